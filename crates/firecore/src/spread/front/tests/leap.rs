//! The first fire on even ground at once beside the same fire cell by cell.

use super::*;

/// Ground that changes to another fuel from a column on, which has the front told of embers, and so grow cell by cell, or not.
struct Ground {
    ellipse: (f64, f64, f64),
    rise: [f64; 2],
    other_from: usize,
    is_told: bool,
}

impl Medium for Ground {
    fn cost(&mut self, step: usize, _: usize, col: usize) -> TravelCost {
        let (rate_m_s, ratio, toward_deg) = self.ellipse;
        let eccentricity = (1.0 - 1.0 / (ratio * ratio)).sqrt();
        let (east, north) = (toward_deg + 40.0 * step as f64).to_radians().sin_cos();
        let rate_m_s = if col < self.other_from { rate_m_s } else { 2.0 * rate_m_s };
        TravelCost::on_slope(rate_m_s, eccentricity, [east, north], self.rise, 1000.0)
    }

    fn burnable(&self, row: usize, col: usize) -> bool {
        // A pond.
        !(260..270).contains(&row) || !(230..240).contains(&col)
    }

    fn throws_embers(&self) -> bool {
        self.is_told
    }
}

/// Both ways; the largest difference in time, in times of a cell's slowness, and the fires.
fn both(ground: Ground, start: &Start<'_>) -> (f32, Growth) {
    let grow_as = |is_told: bool| {
        let mut ground = Ground { is_told, ..ground };
        grow(&shape(), &mut ground, start, &StopToken::default()).expect("nothing stops it")
    };
    let (at_once, by_cells) = (grow_as(false), grow_as(true));
    assert_eq!(at_once.started_cells, by_cells.started_cells);
    assert_eq!(at_once.edge_reached, by_cells.edge_reached);
    let (rate_m_s, ratio, _) = ground.ellipse;
    let slowness_s = CELL_M / (rate_m_s * (1.0 - (1.0 - 1.0 / (ratio * ratio)).sqrt()));
    let mut worst = 0.0_f32;
    for row in 0..CELLS {
        for col in 0..CELLS {
            let (one, other) = (arrival(&at_once, row, col), arrival(&by_cells, row, col));
            if one.min(other) <= start.horizon_s {
                worst = worst.max((one - other).abs() / slowness_s as f32);
            }
        }
    }
    (worst, at_once)
}

const PLAIN: Ground = Ground { ellipse: (0.5, 2.0, 70.0), rise: [0.0; 2], other_from: CELLS, is_told: false };

#[test]
fn a_leap_is_what_growing_cell_by_cell_comes_to() {
    let point = [at_start(middle(0.0))];
    let start = Start { burning: &point, burned: &[], changes_s: &[], horizon_s: 3000.0 };
    let sloped = Ground { rise: [0.3, -0.2], ..PLAIN };
    for (name, ground) in [("level", PLAIN), ("sloped", sloped)] {
        let (worst, growth) = both(ground, &start);
        assert!(worst < 1e-3, "{name}: {worst}");
        assert!(growth.burned_cells > 500, "{name}: {} cells", growth.burned_cells);
    }
}

#[test]
fn a_leap_ends_where_something_else_begins() {
    let point = [at_start(middle(0.0))];
    let place_m = |cells: f64| cells * CELL_M;
    let second = Ignition {
        begins_s: 2000.0,
        ..at_start(Disc { east_m: place_m(240.0), south_m: place_m(170.0), radius_m: 50.0 })
    };
    let later = [point[0].clone(), second];
    let beside =
        [point[0].clone(), at_start(Disc { east_m: place_m(210.0), south_m: place_m(205.0), radius_m: 0.0 })];
    let pond_and_edge = Start { burning: &point, burned: &[], changes_s: &[], horizon_s: 14_000.0 };
    let cases = [
        ("a pond, then the edge", PLAIN, pond_and_edge),
        ("other fuel", Ground { other_from: 250, ..PLAIN }, Start { horizon_s: 6000.0, ..pond_and_edge }),
        ("other weather", PLAIN, Start { changes_s: &[2500.0], horizon_s: 5000.0, ..pond_and_edge }),
        ("a later fire", PLAIN, Start { burning: &later, horizon_s: 5000.0, ..pond_and_edge }),
        ("two fires", PLAIN, Start { burning: &beside, horizon_s: 5000.0, ..pond_and_edge }),
    ];
    for (name, ground, start) in cases {
        let (worst, growth) = both(ground, &start);
        assert!(growth.burned_cells > 3000, "{name}: {} cells", growth.burned_cells);
        assert!(worst < 1e-3, "{name}: {worst}");
    }
}

/// The step ends when the front has come to a cell beside the wall, and to none of the wall's corners.
#[test]
fn the_end_of_a_leap_does_not_see_through_a_shut_corner() {
    const BESIDE: usize = 214;
    let ellipse = (0.5, 3.0, 135.0);
    let ends_s = 1193.0;
    let wall = |row: usize, col: usize| row + col == 2 * BESIDE + 1;
    let burns = |horizon_s: f32| {
        let mut medium = Uniform { ellipses: &[ellipse, ellipse], barrier: wall };
        run_with(&mut medium, &[ends_s], horizon_s, middle(0.0))
    };
    let ended = burns(ends_s);
    let beside_s = arrival(&ended, BESIDE, BESIDE);
    assert!((0.98 * ends_s..ends_s).contains(&beside_s), "beside the wall at {beside_s} s");
    for (name, growth) in [("at the end", ended), ("in the next step", burns(6000.0))] {
        for row in 0..CELLS {
            for col in (2 * BESIDE + 2).saturating_sub(row)..CELLS {
                let time_s = arrival(&growth, row, col);
                assert!(time_s.is_infinite(), "{name}: ({row}, {col}) behind the wall at {time_s} s");
            }
        }
    }
}

/// How many cells the leap alone burns of a fire of 3,000 s.
fn burned_by_leap(mut ground: Ground, outline: Outline) -> usize {
    let burning = [Ignition { outline, begins_s: 0.0 }];
    let start = Start { burning: &burning, burned: &[], changes_s: &[], horizon_s: 3000.0 };
    let (mut workspace, stop) = (Workspace::default(), StopToken::default());
    workspace.tiles.open(CELLS, CELLS);
    let mut front = solver::Front::new(&shape(), &mut ground, &mut workspace, &stop);
    front.open_step(0, 0.0, start.horizon_s);
    front.ignite_first(&start);
    front.leap(&start).expect("nothing stops it");
    workspace.tiles.cells.iter().filter(|cell| cell.has(tiles::VISITED)).count()
}

#[test]
fn a_leap_burns_all_but_the_rim_at_once() {
    let point = [at_start(middle(0.0))];
    let start = Start { burning: &point, burned: &[], changes_s: &[], horizon_s: 3000.0 };
    let all = both(PLAIN, &start).1.burned_cells;
    let found = burned_by_leap(PLAIN, Outline::Disc(middle(0.0)));
    assert!(found > all / 2 && found < all, "{found} of {all} cells");
    let told = Ground { is_told: true, ..PLAIN };
    assert_eq!(
        burned_by_leap(told, Outline::Disc(middle(0.0))),
        0,
        "embers are told of what burned in order"
    );
}

#[test]
fn discs_lines_and_convex_rings_leap_and_others_do_not() {
    let place = |[east, south]: [f64; 2]| [(200.5 + east) * CELL_M, (200.5 + south) * CELL_M];
    let ring = |places: &[[f64; 2]]| Outline::Polygon(vec![places.iter().copied().map(place).collect()]);
    let line = |places: &[[f64; 2]]| Outline::Line(places.iter().copied().map(place).collect());
    let square = [[-4.0, -4.0], [4.0, -4.0], [4.0, 4.0], [-4.0, 4.0]];
    let star: Vec<[f64; 2]> = (0..5)
        .map(|at| (2.0 * std::f64::consts::TAU * f64::from(at) / 5.0).sin_cos())
        .map(|(east, north)| [5.0 * east, 5.0 * north])
        .collect();
    for tenth in 1..400 {
        let disc = outline::Pieces::of(&Outline::Disc(middle(0.1 * f64::from(tenth) * CELL_M)), CELL_M);
        assert!(disc.is_convex(), "a disc of {tenth} tenths of a cell");
    }
    for (name, outline) in [
        ("disc", Outline::Disc(middle(5.0 * CELL_M))),
        ("line", line(&[[-6.0, 1.0], [5.0, -2.0]])),
        ("square", ring(&square)),
        ("clockwise", ring(&square.map(|[east, south]| [east, -south]))),
    ] {
        let found = burned_by_leap(PLAIN, outline);
        assert!(found > 500, "{name}: {found} cells");
    }
    for (name, outline) in [
        ("notch", ring(&[[-4.0, -4.0], [0.0, 0.0], [4.0, -4.0], [4.0, 4.0], [-4.0, 4.0]])),
        ("star", ring(&star)),
        ("bent line", line(&[[-4.0, -4.0], [4.0, 0.0], [-4.0, 4.0]])),
        ("beyond the grid", ring(&[[-300.0, -4.0], [4.0, -4.0], [4.0, 4.0]])),
    ] {
        assert_eq!(burned_by_leap(PLAIN, outline), 0, "{name}");
    }
}
