//! Time of the perimeters of one forecast: three percentiles at five lead times over a window of 1000 x 1000 cells.
//!
//! `smooth`: an ellipse of length-to-width 3. `ragged`: the same with a ground that slows the fire in patches, and with
//! ground that cannot burn, so that lines have many bends, islands and shared stretches.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use firecore::geo::{LocalFrame, LonLat};
use firecore::grid::GridShape;
use firecore::perimeter::{Field, Perimeter, Tolerance, outlines};

const CELLS: usize = 1000;
const CELL_M: f64 = 30.0;
const LEAD_TIMES_S: [f32; 5] = [3_600.0, 10_800.0, 21_600.0, 43_200.0, 86_400.0];
/// Head's rate of spread by percentile, m/s: p90 reaches 850 cells in a day.
const HEAD_M_S: [f64; 3] = [0.25, 0.275, 0.30];

struct Case {
    shape: GridShape,
    arrival_s: Vec<Vec<f32>>,
    burnable: Vec<bool>,
}

/// A number of 0 to 1 for each place, the same in every run.
fn noise(row: usize, col: usize) -> f64 {
    let mut bits =
        (row as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ (col as u64).wrapping_mul(0xC2B2_AE3D_27D4_EB4F);
    bits = (bits ^ (bits >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    (bits >> 40) as f64 / (1_u64 << 24) as f64
}

fn case(ragged: bool) -> Case {
    let frame = LocalFrame::at(place());
    let corner = frame.to_plane(place());
    let shape = GridShape {
        rows: CELLS,
        cols: CELLS,
        cell_size_m: CELL_M,
        west_m: corner.east_m,
        north_m: corner.north_m,
    };
    let eccentricity = (1.0 - 1.0 / 9.0_f64).sqrt();
    let cells = || (0..CELLS).flat_map(|row| (0..CELLS).map(move |col| (row, col)));
    let slowing = |row: usize, col: usize| match ragged {
        true => 1.0 + 0.06 * noise(row / 8, col / 8) + 0.03 * noise(row, col),
        false => 1.0,
    };
    let arrival = |head_m_s: f64| {
        let time = |(row, col): (usize, usize)| {
            let (east, south) = (col as f64 - 80.0, row as f64 - 80.0);
            let along = 0.8 * east + 0.6 * south;
            let cells_of_head = (east.hypot(south) - eccentricity * along) / (1.0 - eccentricity);
            ((cells_of_head * CELL_M / head_m_s - 600.0) * slowing(row, col)) as f32
        };
        cells().map(time).collect::<Vec<f32>>()
    };
    let burnable: Vec<bool> =
        cells().map(|(row, col)| !ragged || noise(row / 5 + 7, col / 5) > 0.08).collect();
    let mut arrival_s: Vec<Vec<f32>> = HEAD_M_S.iter().map(|speed| arrival(*speed)).collect();
    for times in &mut arrival_s {
        for (time, _) in times.iter_mut().zip(&burnable).filter(|(_, burnable)| !**burnable) {
            *time = f32::INFINITY;
        }
    }
    Case { shape, arrival_s, burnable }
}

fn place() -> LonLat {
    LonLat::new(-119.5, 34.5).expect("a valid place")
}

fn perimeters(criterion: &mut Criterion) {
    let frame = LocalFrame::at(place());
    for (name, ragged) in [("smooth", false), ("ragged", true)] {
        let case = case(ragged);
        let fields = || {
            case.arrival_s
                .iter()
                .map(|arrival_s| Field { shape: &case.shape, arrival_s, burnable: &case.burnable })
                .flat_map(|field| LEAD_TIMES_S.map(|time_s| (field, time_s)))
        };
        let levels: Vec<_> = fields().collect();
        let contours = || outlines(&levels, Tolerance::OFF);
        let simplified = || outlines(&levels, Tolerance::default());
        let points = |made: &[Perimeter]| {
            let of = |one: &Perimeter| -> usize {
                one.plane
                    .iter()
                    .map(|part| {
                        part.exterior().0.len()
                            + part.interiors().iter().map(|hole| hole.0.len()).sum::<usize>()
                    })
                    .sum()
            };
            made.iter().map(of).sum::<usize>()
        };
        let (made, few) = (contours(), simplified());
        eprintln!("{name}: {} points, {} simplified", points(&made), points(&few));
        let mut time = |what: &str, run: &mut dyn FnMut() -> usize| {
            criterion.bench_function(&format!("perimeter/{name}/{what}"), |bencher| bencher.iter(&mut *run));
        };
        time("15 contours", &mut || black_box(contours()).len());
        time("15 contours, simplified", &mut || black_box(simplified()).len());
        let on_globe =
            |made: &[Perimeter]| made.iter().map(|one| one.to_lon_lat(&frame).0.len()).sum::<usize>();
        time("to longitude and latitude", &mut || on_globe(&made));
        time("to longitude and latitude, simplified", &mut || on_globe(&few));
    }
}

criterion_group! {
    name = perimeter;
    config = Criterion::default().sample_size(10);
    targets = perimeters
}
criterion_main!(perimeter);
