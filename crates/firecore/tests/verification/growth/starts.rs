//! Fires that start as areas.

use std::f64::consts::PI;

use firecore::grid::GridShape;

use super::cases::exact::{Exact, Point, Spell, direction};
use super::cases::fire::{Fire, Outline};

const CELLS: usize = 400;
const CELL_M: f64 = 30.0;

/// The origin is the grid's middle.
fn shape() -> GridShape {
    let half_m = 0.5 * CELLS as f64 * CELL_M;
    GridShape { rows: CELLS, cols: CELLS, cell_size_m: CELL_M, west_m: -half_m, north_m: half_m }
}

fn fire(outline: Outline, horizon_s: f64) -> Fire {
    Fire { shape: shape(), ignitions: vec![(outline, 0.0)], changes_s: Vec::new(), horizon_s }
}

/// A square, turned, its middle off the cells' own.
fn square(half_m: f64, turn_deg: f64) -> Vec<Point> {
    let corner = |at: u8| {
        let [east, north] = direction(turn_deg + 90.0 * f64::from(at));
        [half_m * 2_f64.sqrt() * east + 7.0, half_m * 2_f64.sqrt() * north - 4.0]
    };
    (0..4).map(corner).chain([corner(0)]).collect()
}

/// Must: area 1 % at ratios to 3, 2 % at 6. Aim: 0.1 %. Reach is held to a hundredth of what the fire ran, and a cell and a half;
/// toward the head of a long ellipse it falls short by up to four hundredths, where a corner of the start faces there.
#[test]
fn a_square_grows_by_the_ellipse_all_around() {
    let (mut lines, mut over) = (String::new(), 0);
    for (turn_deg, ratio, toward_deg) in
        [(45.0, 1.0, 0.0), (20.0, 1.0, 0.0), (20.0, 2.0, 0.0), (5.0, 3.0, 130.0), (33.0, 6.0, 77.0)]
    {
        let corners = square(700.0, turn_deg);
        let exact = Exact {
            corners: corners.clone(),
            radius_m: 0.0,
            spells: vec![Spell::new(f64::INFINITY, 0.4, ratio, toward_deg)],
        };
        let end_s = 3.0 * 3600.0;
        let field = fire(Outline::Polygon(vec![corners]), end_s).over_uniform(&exact.spells);
        for time_s in [0.0, 0.4 * end_s, end_s] {
            let contour = field.contour(time_s);
            let percent = 100.0 * (contour.area_m2 / exact.area_m2(time_s) - 1.0);
            let reach = |bearing_deg: i32| {
                let normal = direction(f64::from(bearing_deg));
                ((contour.reach_m(normal) - exact.reach_m(normal, time_s)) / CELL_M).abs()
            };
            let cells = (0..360).step_by(15).map(reach).fold(0.0, f64::max);
            lines += &format!(
                "square {turn_deg}, ratio {ratio} toward {toward_deg}, {time_s} s: area {percent:.3} %, reach {cells:.3} cells\n"
            );
            let ran_cells = 0.4 * time_s / CELL_M;
            let (area_max, share_max) = if ratio > 3.0 { (2.0, 0.04) } else { (1.0, ratio * 0.01) };
            over += usize::from(percent.abs() > area_max || cells > 1.5 + share_max * ran_cells);
        }
    }
    println!("{lines}");
    assert_eq!(over, 0, "\n{lines}");
}

/// An island of unburned ground burns in from its shore. Must: 1 % of the island. Aim: 0.1 %.
#[test]
fn an_island_in_the_start_burns_inward() {
    let (outer_m, inner_m, rate_m_s) = (2500.0, 1500.0, 0.1);
    let rings = vec![square(outer_m, 45.0), square(inner_m, 45.0)];
    let still = Spell::new(f64::INFINITY, rate_m_s, 1.0, 0.0);
    let field = fire(Outline::Polygon(rings), 3.0 * 3600.0).over_uniform(&[still]);
    for time_s in [0.0, 3600.0, 3.0 * 3600.0] {
        let moved_m = rate_m_s * time_s;
        let grown_m2 = 4.0 * outer_m * outer_m + 8.0 * outer_m * moved_m + PI * moved_m * moved_m;
        let island_m2 = 4.0 * (inner_m - moved_m) * (inner_m - moved_m);
        let found_m2 = field.contour(time_s).area_m2;
        let percent = 100.0 * (found_m2 - (grown_m2 - island_m2)) / (4.0 * inner_m * inner_m);
        println!("island, {time_s} s: {percent:.3} %");
        assert!(percent.abs() < 1.0, "{time_s} s: {percent} %");
    }
}
