//! Time of the reduction beside the solver's: what one member costs when it is added, and what the percentiles cost.
//!
//! Members are discs of 100,000 burned cells around centres of their own, each in the window that holds it. Criterion's
//! throughput is in members: its inverse is one member's share. `cell_by_cell` is the last design: every member kept whole, and
//! for each cell all times gathered and sorted.

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use firecore::ensemble::MemberIndex;
use firecore::ensemble::reduce::{ArrivalPercentiles, EXACT_MEMBERS_MAX, Reducer};
use firecore::geo::{LocalFrame, LonLat};
use firecore::grid::{Grid, GridShape};
use firecore::perimeter::{Field, Perimeter};
use firecore::spread::ArrivalTimes;

/// A disc of this radius has 100,000 cells.
const RADIUS_CELLS: f64 = 178.4;
const HORIZON_S: u32 = 43_200;
const CELL_M: f64 = 30.0;

/// Share of the radius and cells of shift by the member's number: no two of a hundred alike.
fn member(index: u32) -> ArrivalTimes {
    let phase = f64::from(index) * 2.399_963;
    let radius = RADIUS_CELLS * (1.0 + 0.08 * phase.cos());
    let (shift_row, shift_col) = (20.0 * phase.sin(), 20.0 * (1.7 * phase).cos());
    let (top, left) = ((shift_row - radius).floor() - 2.0, (shift_col - radius).floor() - 2.0);
    let side = (2.0 * radius).ceil() as usize + 4;
    let shape = GridShape {
        rows: side,
        cols: side,
        cell_size_m: CELL_M,
        west_m: left * CELL_M,
        north_m: -top * CELL_M,
    };
    let time = |at: usize| {
        let (row, col) = (top + (at / side) as f64 - shift_row, left + (at % side) as f64 - shift_col);
        let share = row.hypot(col) / radius;
        if share <= 1.0 { (share * f64::from(HORIZON_S)) as f32 } else { f32::INFINITY }
    };
    let cells: Vec<f32> = (0..side * side).map(time).collect();
    ArrivalTimes {
        frame: LocalFrame::at(LonLat::new(-119.0, 34.0).expect("a valid place")),
        fireline_intensity_kw_m: cells
            .iter()
            .map(|time| if time.is_finite() { 812.5 } else { 0.0 })
            .collect(),
        burnable: vec![true; cells.len()],
        arrival_s: Grid { shape, cells },
        spot_fires: 0,
        embers_refused: 0,
        edge_reached: false,
        no_spread: None,
    }
}

fn reducer_of(members: &[ArrivalTimes], one_by_one_max: usize) -> Reducer {
    let mut reducer = Reducer::new(HORIZON_S, one_by_one_max);
    for (index, member) in members.iter().enumerate() {
        reducer.add(MemberIndex(index as u32), member);
    }
    reducer
}

/// The median by gathering and sorting each cell of the given window, as `reduce` once did.
fn cell_by_cell(members: &[ArrivalTimes], window: &GridShape) -> Vec<f32> {
    let offsets: Vec<(isize, isize)> = members
        .iter()
        .map(|member| {
            let shape = &member.arrival_s.shape;
            let cells = |metres: f64| (metres / CELL_M).round() as isize;
            (cells(window.north_m - shape.north_m), cells(shape.west_m - window.west_m))
        })
        .collect();
    let mut times = Vec::with_capacity(members.len());
    let mut median = vec![f32::INFINITY; window.len()];
    for row in 0..window.rows {
        for col in 0..window.cols {
            times.clear();
            for (member, offset) in members.iter().zip(&offsets) {
                let shape = &member.arrival_s.shape;
                let (row, col) = (row as isize - offset.0, col as isize - offset.1);
                if row >= 0 && col >= 0 && (row as usize) < shape.rows && (col as usize) < shape.cols {
                    times.push(member.arrival_s.cells[shape.index(row as usize, col as usize)]);
                }
            }
            times.sort_unstable_by(f32::total_cmp);
            let rank = members.len().div_ceil(2);
            median[window.index(row, col)] = times.get(rank - 1).copied().unwrap_or(f32::INFINITY);
        }
    }
    median
}

fn ensemble(criterion: &mut Criterion) {
    let members: Vec<ArrivalTimes> = (0..100).map(member).collect();
    let mut group = criterion.benchmark_group("ensemble");
    group.sample_size(10);
    group.throughput(Throughput::Elements(100));
    group.bench_function("add/100_members", |bencher| {
        bencher.iter_with_large_drop(|| reducer_of(&members, EXACT_MEMBERS_MAX));
    });
    let full = reducer_of(&members, EXACT_MEMBERS_MAX);
    group.bench_function("percentiles/100_members", |bencher| bencher.iter(|| full.percentiles()));
    group.bench_function("percentiles_and_bands/100_members", |bencher| bencher.iter(|| full.reduce(0.9)));
    group.bench_function("percentiles_and_bands/100_members/half", |bencher| {
        bencher.iter(|| full.stripe(Some(0.9), 0, 2));
    });
    let reduced = full.reduce(0.9).expect("members");
    let window = reduced.arrival.shape;
    assert_eq!(cell_by_cell(&members, &window), reduced.arrival.p50_s);
    group.bench_function("cell_by_cell/100_members", |bencher| {
        bencher.iter(|| cell_by_cell(&members, &window));
    });
    let counted = reducer_of(&members, 40);
    group.bench_function("counted/percentiles_and_bands", |bencher| bencher.iter(|| counted.reduce(0.9)));
    group.bench_function("counted/add/100_more_members", |bencher| {
        let add = |mut reducer: Reducer| {
            for (index, member) in members.iter().enumerate() {
                reducer.add(MemberIndex(1_000 + index as u32), member);
            }
            reducer
        };
        bencher.iter_batched(|| counted.clone(), add, BatchSize::LargeInput);
    });
    group.throughput(Throughput::Elements(1));
    let ArrivalPercentiles { shape, p50_s, burnable, .. } = &reduced.arrival;
    group.bench_function("area_of_one_contour", |bencher| {
        let field = Field { shape, arrival_s: p50_s, burnable };
        bencher.iter(|| Perimeter::at(field, 30_000.0).plane_area_ha());
    });
    group.finish();
}

criterion_group!(benches, ensemble);
criterion_main!(benches);
