//! When assets are reached: what the reducer says is what all members together say, whatever their order.

use std::sync::Arc;

use firecore::asset::{Asset, AssetIndex};
use firecore::ensemble::MemberIndex;
use firecore::ensemble::band::rank;
use firecore::ensemble::impact::Watch;
use firecore::ensemble::reduce::{Reduced, Reducer};
use firecore::geo::{EastNorth, LocalFrame, LonLat};
use firecore::grid::{Grid, GridShape};
use firecore::spread::ArrivalTimes;
use geo::{Coord, Geometry, LineString, Point, Polygon};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

const CELL_M: f64 = 30.0;
const WEST_M: f64 = 300_000.0;
const NORTH_M: f64 = 3_700_020.0;
const LEADS_S: [u32; 3] = [1_200, 2_400, 3_600];

/// A fire that spreads evenly from a place in cells, in a window around it.
#[derive(Clone, Debug)]
struct Disc {
    centre: [f64; 2],
    rate_cells_s: f64,
    bare: u64,
}

#[derive(Clone, Debug)]
enum Shape {
    Point([f64; 2]),
    Line([f64; 2], [f64; 2]),
    /// From its north-western corner to its south-eastern one.
    Box([f64; 2], [f64; 2]),
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 200, failure_persistence: None, rng_seed: RngSeed::Fixed(7), ..Default::default()
    })]

    #[test]
    fn assets_are_reached_as_the_members_say(
        discs in prop::collection::vec(disc(), 1..14),
        shapes in prop::collection::vec(shape(), 1..8),
        counted in any::<bool>(),
        turn in 0_usize..14,
    ) {
        let members: Vec<ArrivalTimes> = discs.iter().map(member).collect();
        // Above the bound times are counted in bins: assets and counts must not notice.
        let one_by_one_max = if counted { 3 } else { 256 };
        let order: Vec<usize> = (0..members.len()).collect();
        let mut turned: Vec<usize> = order.iter().rev().copied().collect();
        turned.rotate_left(turn % members.len());
        let reduced = reduce(&members, &order, &shapes, one_by_one_max);
        let again = reduce(&members, &turned, &shapes, one_by_one_max);
        prop_assert_eq!(&reduced.assets, &again.assets);
        prop_assert_eq!(&reduced.burned, &again.burned);
        check_assets(&reduced, &members, &shapes)?;
        check_counts(&reduced, &members)?;
    }
}

fn check_assets(reduced: &Reduced, members: &[ArrivalTimes], shapes: &[Shape]) -> Result<(), TestCaseError> {
    for (number, shape) in shapes.iter().enumerate() {
        let times: Vec<Option<f32>> = members.iter().map(|member| earliest_s(member, shape)).collect();
        let found = reduced.assets.iter().find(|arrival| arrival.asset == number);
        prop_assert_eq!(found.is_some(), times.iter().any(Option::is_some), "{:?}", shape);
        let Some(found) = found else { continue };
        let mut times: Vec<f32> =
            times.into_iter().flatten().filter(|time_s| *time_s <= LEADS_S[2] as f32).collect();
        times.sort_by(f32::total_cmp);
        let expected = |share| times.get(rank(members.len() as u32, share) as usize - 1).copied();
        let close = |a: Option<f32>, b: Option<f32>| match (a, b) {
            // The places go through longitude and latitude and back: a tenth of a millimetre.
            (Some(a), Some(b)) => (a - b).abs() < 0.01,
            (a, b) => a == b,
        };
        prop_assert!(close(found.p90_s, expected(10)), "{:?} {:?} {:?}", shape, found, times);
        prop_assert!(close(found.p50_s, expected(50)), "{:?} {:?} {:?}", shape, found, times);
        prop_assert!(close(found.p10_s, expected(90)), "{:?} {:?} {:?}", shape, found, times);
        let ordered = |a: Option<f32>, b: Option<f32>| b.is_none_or(|b| a.is_some_and(|a| a <= b));
        prop_assert!(ordered(found.p90_s, found.p50_s) && ordered(found.p50_s, found.p10_s));
        prop_assert!(found.reached.is_sorted());
        for (lead, reached) in LEADS_S.iter().zip(&found.reached) {
            let near = times.iter().filter(|time_s| (**time_s - *lead as f32).abs() < 0.01).count();
            let expected = times.iter().filter(|time_s| **time_s <= *lead as f32).count();
            prop_assert!((*reached as usize).abs_diff(expected) <= near);
        }
    }
    Ok(())
}

/// The counts of each cell are those of the members' own cells.
fn check_counts(reduced: &Reduced, members: &[ArrivalTimes]) -> Result<(), TestCaseError> {
    let shape = &reduced.arrival.shape;
    prop_assert_eq!(reduced.burned.members as usize, members.len());
    for (lead, counts) in LEADS_S.iter().zip(&reduced.burned.counts) {
        for row in 0..shape.rows {
            for col in 0..shape.cols {
                let burned = |member: &&ArrivalTimes| {
                    let cell = member.arrival_s.shape.cell_at(shape.centre(row, col));
                    cell.is_some_and(|(row, col)| member.arrival_s.get(row, col) <= *lead as f32)
                };
                let expected = members.iter().filter(burned).count();
                prop_assert_eq!(usize::from(counts[shape.index(row, col)]), expected);
            }
        }
    }
    Ok(())
}

fn reduce(members: &[ArrivalTimes], order: &[usize], shapes: &[Shape], one_by_one_max: usize) -> Reduced {
    let assets = shapes.iter().enumerate().map(|(number, shape)| Asset {
        id: number.to_string(),
        kind: None,
        name: None,
        clearance_s: None,
        geometry: geometry(shape),
    });
    let assets = Arc::new(AssetIndex::new(assets.collect()).expect("small shapes"));
    let watch = Watch { assets, start: place([15.0, 15.0]), lead_times_s: LEADS_S.to_vec() };
    let mut reducer = Reducer::new(LEADS_S[2], one_by_one_max).watching(watch);
    for index in order {
        reducer.add(MemberIndex(*index as u32), &members[*index]);
    }
    reducer.reduce(0.9).expect("there is a member")
}

/// The earliest time of the cells that a shape touches, looked at one by one.
fn earliest_s(member: &ArrivalTimes, shape: &Shape) -> Option<f32> {
    let window = &member.arrival_s.shape;
    let corner = [(NORTH_M - window.north_m) / CELL_M, (window.west_m - WEST_M) / CELL_M];
    let cells = (0..window.rows).flat_map(|row| (0..window.cols).map(move |col| (row, col)));
    let mut touched = cells.filter(|(row, col)| {
        let north_west = [*row as f64 + corner[0], *col as f64 + corner[1]];
        touches(shape, north_west)
    });
    match shape {
        Shape::Point(at) => {
            let cell = touched.next()?;
            Some(at_point(member, cell, [at[0] - corner[0], at[1] - corner[1]]).max(0.0))
        }
        _ => touched.map(|cell| beside(member, cell).max(0.0)).reduce(f32::min),
    }
}

/// Bilinear between the four centres around, by the rule of contours.
fn at_point(member: &ArrivalTimes, own: (usize, usize), at: [f64; 2]) -> f32 {
    let window = &member.arrival_s.shape;
    if !member.burnable[window.index(own.0, own.1)] {
        return beside(member, own);
    }
    let own_s = member.arrival_s.get(own.0, own.1);
    let mut time_s = 0.0_f64;
    for row in -1..=window.rows as i64 {
        for col in -1..=window.cols as i64 {
            let apart = [row as f64 + 0.5 - at[0], col as f64 + 0.5 - at[1]];
            let weight = (1.0 - apart[0].abs()).max(0.0) * (1.0 - apart[1].abs()).max(0.0);
            if weight == 0.0 {
                continue;
            }
            let inside = (0..window.rows as i64).contains(&row) && (0..window.cols as i64).contains(&col);
            let cell = inside.then(|| window.index(row as usize, col as usize));
            let cell = cell.filter(|cell| member.burnable[*cell]);
            time_s += weight * f64::from(cell.map_or(own_s, |cell| member.arrival_s.cells[cell]));
        }
    }
    time_s as f32
}

/// A cell's time, or the earliest of those around one that cannot burn.
fn beside(member: &ArrivalTimes, (row, col): (usize, usize)) -> f32 {
    let window = &member.arrival_s.shape;
    if member.burnable[window.index(row, col)] {
        return member.arrival_s.get(row, col);
    }
    let mut earliest_s = f32::INFINITY;
    for near_row in row.saturating_sub(1)..(row + 2).min(window.rows) {
        for near_col in col.saturating_sub(1)..(col + 2).min(window.cols) {
            if member.burnable[window.index(near_row, near_col)] {
                earliest_s = earliest_s.min(member.arrival_s.get(near_row, near_col));
            }
        }
    }
    earliest_s
}

/// Whether a shape comes into the cell with this north-western corner.
fn touches(shape: &Shape, [south, east]: [f64; 2]) -> bool {
    match shape {
        Shape::Point(at) => (south..south + 1.0).contains(&at[0]) && (east..east + 1.0).contains(&at[1]),
        Shape::Box(from, to) => {
            from[0] < south + 1.0 && to[0] >= south && from[1] < east + 1.0 && to[1] >= east
        }
        // Clipped against the cell's four sides (Liang and Barsky).
        Shape::Line(from, to) => {
            let (mut first, mut last) = (0.0_f64, 1.0_f64);
            for (axis, low) in [(0, south), (1, east)] {
                let way = to[axis] - from[axis];
                let ends = [(low - from[axis]) / way, (low + 1.0 - from[axis]) / way];
                first = first.max(ends[0].min(ends[1]));
                last = last.min(ends[0].max(ends[1]));
            }
            first <= last
        }
    }
}

fn member(disc: &Disc) -> ArrivalTimes {
    let reach = (disc.rate_cells_s * f64::from(LEADS_S[2])).ceil() as i64 + 2;
    let side = 2 * reach as usize + 1;
    let corner = disc.centre.map(|part| part.floor() as i64 - reach);
    let shape = GridShape {
        rows: side,
        cols: side,
        cell_size_m: CELL_M,
        west_m: WEST_M + corner[1] as f64 * CELL_M,
        north_m: NORTH_M - corner[0] as f64 * CELL_M,
    };
    let cell = |at: usize| [(at / side) as i64 + corner[0], (at % side) as i64 + corner[1]];
    // The same ground for every member; what cannot burn is not reached.
    let burnable: Vec<bool> = (0..side * side).map(|at| !bare(cell(at), disc.bare)).collect();
    let time = |at: usize| {
        let [row, col] = cell(at).map(|part| part as f64 + 0.5);
        let apart = (row - disc.centre[0]).hypot(col - disc.centre[1]);
        let time_s = (apart - 1.0) / disc.rate_cells_s;
        match burnable[at] && time_s <= f64::from(LEADS_S[2]) + 1.5 / disc.rate_cells_s {
            true => time_s as f32,
            false => f32::INFINITY,
        }
    };
    ArrivalTimes {
        frame: frame(),
        arrival_s: Grid { shape, cells: (0..side * side).map(time).collect() },
        fireline_intensity_kw_m: vec![100.0; side * side],
        burnable,
        spot_fires: 0,
        embers_refused: 0,
        edge_reached: false,
        no_spread: None,
    }
}

fn bare([row, col]: [i64; 2], every: u64) -> bool {
    ((row.rem_euclid(7) * 3 + col.rem_euclid(5)) as u64).is_multiple_of(every)
}

fn geometry(shape: &Shape) -> Geometry<f64> {
    let at = |cells: [f64; 2]| {
        let place = place(cells);
        Coord { x: place.lon_deg(), y: place.lat_deg() }
    };
    match shape {
        Shape::Point(cells) => Point::from(at(*cells)).into(),
        Shape::Line(from, to) => LineString::from(vec![at(*from), at(*to)]).into(),
        Shape::Box(from, to) => {
            let corners = [*from, [to[0], from[1]], *to, [from[0], to[1]], *from];
            Polygon::new(corners.map(at).into_iter().collect(), Vec::new()).into()
        }
    }
}

fn place([south, east]: [f64; 2]) -> LonLat {
    frame().to_lon_lat(EastNorth { east_m: WEST_M + east * CELL_M, north_m: NORTH_M - south * CELL_M })
}

fn frame() -> LocalFrame {
    LocalFrame::utm(11, false)
}

fn disc() -> impl Strategy<Value = Disc> {
    let centre = [10.0..20.0_f64, 10.0..20.0_f64];
    (centre, 0.001..0.005_f64).prop_map(|(centre, rate_cells_s)| Disc { centre, rate_cells_s, bare: 4 })
}

/// Whether a line passes every corner of cells by more than the sagitta of its great circle.
fn clear_of_corners(from: [f64; 2], to: [f64; 2]) -> bool {
    let way = [to[0] - from[0], to[1] - from[1]];
    let length = way[0].hypot(way[1]);
    let off = |row: i32, col: i32| {
        let apart = [f64::from(row) - from[0], f64::from(col) - from[1]];
        ((apart[0] * way[1] - apart[1] * way[0]) / length).abs()
    };
    (-12..42).all(|row| (-12..42).all(|col| off(row, col) > 0.004))
}

/// Off the borders of cells by more than the rounding of longitude and latitude.
fn cells() -> impl Strategy<Value = [f64; 2]> {
    [(-10_i32..40, 0.02..0.98_f64), (-10_i32..40, 0.02..0.98_f64)]
        .prop_map(|axes| axes.map(|(whole, part)| f64::from(whole) + part))
}

fn shape() -> impl Strategy<Value = Shape> {
    let low_high = |(a, b): ([f64; 2], [f64; 2])| {
        Shape::Box([a[0].min(b[0]), a[1].min(b[1])], [a[0].max(b[0]), a[1].max(b[1])])
    };
    let line = |(from, to)| Shape::Line(from, to);
    prop_oneof![
        cells().prop_map(Shape::Point),
        pair().prop_filter("clear of corners", |(from, to)| clear_of_corners(*from, *to)).prop_map(line),
        pair().prop_map(low_high),
    ]
}

/// Two places some way apart along both axes.
fn pair() -> impl Strategy<Value = ([f64; 2], [f64; 2])> {
    let apart = |(a, b): &([f64; 2], [f64; 2])| (0..2).all(|axis| (a[axis] - b[axis]).abs() > 0.5);
    (cells(), cells()).prop_filter("some way apart", apart)
}
