use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use super::*;
use crate::geo::LonLat;
use crate::grid::Grid;
use crate::perimeter::{Field, Perimeter};

const CELL_M: f64 = 30.0;
const HORIZON_S: u32 = 43_200;

/// A member with intensities of its own; its window begins at a row and column of the common grid.
fn window(row: i32, col: i32, cols: usize, arrival_s: Vec<f32>) -> ArrivalTimes {
    let shape = GridShape {
        rows: arrival_s.len().checked_div(cols).unwrap_or(0),
        cols,
        cell_size_m: CELL_M,
        west_m: CELL_M * f64::from(col),
        north_m: -CELL_M * f64::from(row),
    };
    let intensity = |time: &f32| if time.is_finite() { 500.0 + time.rem_euclid(7.3) } else { 0.0 };
    ArrivalTimes {
        frame: LocalFrame::at(LonLat::new(-119.0, 34.0).expect("a valid place")),
        fireline_intensity_kw_m: arrival_s.iter().map(intensity).collect(),
        burnable: arrival_s.iter().enumerate().map(|(at, time)| time.is_finite() || at % 3 > 0).collect(),
        arrival_s: Grid { shape, cells: arrival_s },
        edge_reached: false,
        spot_fires: 0,
        embers_refused: 0,
        no_spread: None,
    }
}

/// A member whose window starts `col` cells east and holds one row of times.
fn member(col: i32, arrival_s: &[f32]) -> ArrivalTimes {
    let mut one = window(0, col, arrival_s.len(), arrival_s.to_vec());
    one.fireline_intensity_kw_m =
        arrival_s.iter().map(|time| if time.is_finite() { 500.0 } else { 0.0 }).collect();
    one
}

fn unit(stream: &mut ChaCha8Rng) -> f64 {
    (stream.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
}

/// Discs that grow from a shifted centre at a rate of their own, each in the window that holds it.
fn discs(count: usize, radius_cells: i32, seed: u64) -> Vec<ArrivalTimes> {
    let mut stream = ChaCha8Rng::seed_from_u64(seed);
    (0..count).map(|_| disc(&mut stream, radius_cells)).collect()
}

fn disc(stream: &mut ChaCha8Rng, radius_cells: i32) -> ArrivalTimes {
    let (shift, rate) = ([unit(stream), unit(stream)].map(|unit| 8.0 * unit - 4.0), 0.7 + 0.6 * unit(stream));
    let reach = (f64::from(radius_cells) * rate).ceil() as i32 + 6;
    let side = 2 * reach + 1;
    let time = |at: i32| {
        let (row, col) = (f64::from(at / side - reach), f64::from(at % side - reach));
        let distance = (row - shift[0]).hypot(col - shift[1]) - 2.0;
        let time_s = distance * f64::from(HORIZON_S) / (f64::from(radius_cells) * rate);
        if distance > f64::from(radius_cells) * rate + 1.0 { f32::INFINITY } else { time_s as f32 }
    };
    window(-reach, -reach, side as usize, (0..side * side).map(time).collect())
}

fn reducer(members: &[ArrivalTimes], order: impl Iterator<Item = usize>, one_by_one_max: usize) -> Reducer {
    let mut reducer = Reducer::new(HORIZON_S, one_by_one_max);
    for index in order {
        assert!(reducer.add(MemberIndex(index as u32), &members[index]));
    }
    reducer
}

fn shuffled(count: usize, seed: u64) -> Vec<usize> {
    let mut stream = ChaCha8Rng::seed_from_u64(seed);
    let mut order: Vec<usize> = (0..count).collect();
    for at in (1..count).rev() {
        order.swap(at, (stream.next_u64() % (at as u64 + 1)) as usize);
    }
    order
}

/// Every field as bits: zeros of different sign would differ.
fn bits(reduced: &Reduced) -> Vec<u32> {
    let arrival = &reduced.arrival;
    let fields = [&arrival.p10_s, &arrival.p50_s, &arrival.p90_s, &arrival.fireline_intensity_kw_m];
    let bands = reduced.bands.iter().flat_map(|band| [&band.early_s, &band.late_s]).flatten();
    fields.into_iter().chain(bands).flatten().map(|value| value.to_bits()).collect()
}

#[test]
fn ten_members_give_their_first_fifth_and_ninth_time() {
    let members: Vec<_> = (1..=10).rev().map(|hour| member(0, &[hour as f32])).collect();
    let reduced = ArrivalPercentiles::reduce(&members).expect("ten members");
    assert_eq!((reduced.p90_s[0], reduced.p50_s[0], reduced.p10_s[0]), (1.0, 5.0, 9.0));
}

#[test]
fn a_cell_that_one_of_five_reached_is_in_p90_alone() {
    let far = f32::INFINITY;
    let members: Vec<_> = [far, far, 7.0, far, far].iter().map(|time| member(0, &[*time])).collect();
    let reduced = ArrivalPercentiles::reduce(&members).expect("five members");
    assert_eq!((reduced.p90_s[0], reduced.p50_s[0], reduced.p10_s[0]), (7.0, far, far));
    assert_eq!(reduced.fireline_intensity_kw_m[0], 500.0);
}

#[test]
fn windows_that_differ_are_joined() {
    let members = [member(2, &[1.0, 2.0]), member(0, &[3.0]), member(5, &[])];
    let reduced = ArrivalPercentiles::reduce(&members).expect("three members");
    assert_eq!(reduced.shape.cols, 4);
    assert_eq!(reduced.p90_s, [3.0, f32::INFINITY, 1.0, 2.0]);
    assert!(ArrivalPercentiles::reduce(&[]).is_none());
    let nothing = ArrivalPercentiles::reduce(&[member(5, &[])]).expect("one member");
    assert!(nothing.shape.is_empty() && nothing.p50_s.is_empty());
}

#[test]
fn a_member_counts_once() {
    let mut reducer = Reducer::new(HORIZON_S, EXACT_MEMBERS_MAX);
    assert!(reducer.add(MemberIndex(3), &member(0, &[5.0])));
    assert!(!reducer.add(MemberIndex(3), &member(0, &[1.0])));
    assert_eq!((reducer.members(), reducer.percentiles().expect("one").p50_s[0]), (1, 5.0));
}

/// The rule said once more, cell by cell, over every member's whole window.
#[test]
fn each_cell_is_the_kth_of_the_members_sorted() {
    for count in [1, 2, 7, 33, 100] {
        let members = discs(count, 20, count as u64);
        let reduced = reducer(&members, 0..count, usize::MAX).reduce(0.9).expect("members");
        let arrival = &reduced.arrival;
        for row in 0..arrival.shape.rows {
            for col in 0..arrival.shape.cols {
                let centre = arrival.shape.centre(row, col);
                let at = |member: &ArrivalTimes| {
                    let shape = &member.arrival_s.shape;
                    shape.cell_at(centre).map(|(row, col)| shape.index(row, col))
                };
                let values = |of: &dyn Fn(&ArrivalTimes, usize) -> f32| -> Vec<f32> {
                    members.iter().filter_map(|member| Some(of(member, at(member)?))).collect()
                };
                let mut times = values(&|member, at| member.arrival_s.cells[at]);
                times.sort_unstable_by(f32::total_cmp);
                let kth = |rank: u32| times.get(rank as usize - 1).copied().unwrap_or(f32::INFINITY);
                let cell = arrival.shape.index(row, col);
                for (band, share) in reduced.bands.iter().zip([90, 50, 10]) {
                    assert_eq!(band.ranks.rank as usize, (share * count).div_ceil(100).max(1));
                    assert_eq!(arrival.percentile_s(band.percentile)[cell], kth(band.ranks.rank));
                    let ends = [(&band.early_s, band.ranks.low), (&band.late_s, band.ranks.high)];
                    for (field, rank) in ends {
                        assert_eq!(field.as_ref().map(|field| field[cell]), rank.map(kth));
                    }
                }
                let came = values(&|member, at| member.fireline_intensity_kw_m[at]);
                let came: Vec<f64> = came.into_iter().filter(|one| *one > 0.0).map(f64::from).collect();
                let mean = came.iter().sum::<f64>() / came.len().max(1) as f64;
                assert!((f64::from(arrival.fireline_intensity_kw_m[cell]) - mean).abs() < 1e-3);
                let burns = members.iter().any(|member| at(member).is_some_and(|at| member.burnable[at]));
                assert_eq!(arrival.burnable[cell], burns);
            }
        }
    }
}

#[test]
fn the_order_of_the_members_and_the_number_of_parts_change_no_bit() {
    let members = discs(40, 24, 5);
    for one_by_one_max in [usize::MAX, 12, 0] {
        let first = reducer(&members, 0..40, one_by_one_max).reduce(0.9).expect("members");
        for round in 0..20 {
            let order = shuffled(40, round);
            let other = reducer(&members, order.iter().copied(), one_by_one_max);
            let same = bits(&other.reduce(0.9).expect("members")) == bits(&first);
            assert!(same, "order {order:?}, at most {one_by_one_max} one by one");
            let count = 1 + round as usize % 7;
            let parts = (0..count).rev().map(|part| other.stripe(Some(0.9), part, count)).collect();
            assert!(other.join(Some(0.9), parts).expect("members") == first, "{count} parts");
        }
    }
}

#[test]
fn percentiles_nest_and_lie_in_their_bands() {
    let members = discs(60, 20, 9);
    for one_by_one_max in [usize::MAX, 10] {
        let mut reducer = Reducer::new(HORIZON_S, one_by_one_max);
        for (index, member) in members.iter().enumerate() {
            reducer.add(MemberIndex(index as u32), member);
            let Reduced { arrival, bands, .. } = reducer.reduce(0.9).expect("members");
            let ordered = |a: &[f32], b: &[f32]| a.iter().zip(b).all(|(a, b)| a <= b);
            assert!(ordered(&arrival.p90_s, &arrival.p50_s) && ordered(&arrival.p50_s, &arrival.p10_s));
            for band in &bands {
                let middle = arrival.percentile_s(band.percentile);
                assert!(band.early_s.as_ref().is_none_or(|early_s| ordered(early_s, middle)));
                assert!(band.late_s.as_ref().is_none_or(|late_s| ordered(middle, late_s)));
            }
        }
    }
}

/// Error budget of the counted form, as shares of the span of a cell's times: p50 0.3 %, p99 0.8 %, max 1.6 %.
#[test]
fn counted_times_are_off_by_less_than_their_promise() {
    let members = discs(600, 24, 77);
    let exact = reducer(&members, 0..600, usize::MAX);
    let counted = reducer(&members, 0..600, 64).reduce(0.9).expect("members").arrival;
    let arrival = exact.reduce(0.9).expect("members").arrival;
    let span_s = |cell: usize| {
        let centre = arrival.shape.centre(cell / arrival.shape.cols, cell % arrival.shape.cols);
        let time = |member: &ArrivalTimes| {
            let shape = &member.arrival_s.shape;
            shape
                .cell_at(centre)
                .map(|(row, col)| member.arrival_s.get(row, col))
                .filter(|time| time.is_finite())
        };
        let times: Vec<f32> = members.iter().filter_map(time).collect();
        let most = times.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        most - times.iter().copied().fold(f32::INFINITY, f32::min)
    };
    let mut shares = Vec::new();
    for percentile in [10, 50, 90] {
        let pairs = counted.percentile_s(percentile).iter().zip(arrival.percentile_s(percentile));
        for (cell, (found, right)) in pairs.enumerate() {
            assert_eq!(found.is_finite(), right.is_finite());
            if right.is_finite() && *right < HORIZON_S as f32 && *found != *right {
                shares.push((found - right).abs() / span_s(cell));
            }
        }
    }
    shares.sort_unstable_by(f32::total_cmp);
    let share = |quantile: f64| shares[((shares.len() - 1) as f64 * quantile) as usize];
    println!("{} times differ: p50 {}, p99 {}, max {}", shares.len(), share(0.5), share(0.99), share(1.0));
    assert!(shares.len() > 1_000);
    assert!(share(0.5) < 0.003 && share(0.99) < 0.008 && share(1.0) < 0.016);
}

#[test]
fn counted_times_take_the_same_memory_for_any_number_of_members() {
    let members = discs(700, 12, 3);
    let bytes = |count, one_by_one_max| reducer(&members, 0..count, one_by_one_max).bytes();
    let counted = [300, 700].map(|count| bytes(count, 64) as f64);
    let one_by_one = [300, 700].map(|count| bytes(count, usize::MAX) as f64);
    println!("counted {counted:?}, one by one {one_by_one:?}");
    // What waits to be counted varies between 0 and 32 members.
    assert!(counted[1] < 1.25 * counted[0], "{counted:?}");
    assert!(
        one_by_one[1] > 2.0 * one_by_one[0] && one_by_one[1] > 4.0 * counted[1],
        "{one_by_one:?} {counted:?}"
    );
}

/// Monte Carlo: members are drawn over and over, and the true percentile is known from many.
#[test]
fn a_band_holds_the_true_percentile_as_often_as_it_says() {
    const ROUNDS: usize = 400;
    const MEMBERS: usize = 30;
    let truth = reducer(&discs(4_000, 12, 1), 0..4_000, usize::MAX).reduce(0.9).expect("members").arrival;
    let area_ha = |shape: &GridShape, arrival_s: &[f32], burnable: &[bool]| {
        Perimeter::at(Field { shape, arrival_s, burnable }, 0.8 * HORIZON_S as f32).plane_area_ha()
    };
    for (at, percentile) in [10, 50, 90].into_iter().enumerate() {
        let true_s = truth.percentile_s(percentile);
        let true_ha = area_ha(&truth.shape, true_s, &truth.burnable);
        let (mut cells, mut cells_held, mut areas_held, mut coverage) = (0, 0, 0, 0.0);
        for round in 0..ROUNDS {
            let members = discs(MEMBERS, 12, 1_000 + round as u64);
            let Reduced { arrival, bands, .. } =
                reducer(&members, 0..MEMBERS, usize::MAX).reduce(0.9).expect("members");
            let band = &bands[at];
            let (early_s, late_s) =
                (band.early_s.as_ref().expect("closed"), band.late_s.as_ref().expect("closed"));
            let area = |arrival_s: &[f32]| area_ha(&arrival.shape, arrival_s, &arrival.burnable);
            areas_held += usize::from(area(late_s) <= true_ha && true_ha <= area(early_s));
            coverage = band.ranks.coverage;
            // A sparse set of cells, for neighbours say the same.
            for cell in (0..true_s.len()).step_by(13) {
                let centre = truth.shape.centre(cell / truth.shape.cols, cell % truth.shape.cols);
                let Some((row, col)) = arrival.shape.cell_at(centre) else { continue };
                let own = arrival.shape.index(row, col);
                if true_s[cell] > 0.0 && true_s[cell] < 0.8 * HORIZON_S as f32 {
                    cells += 1;
                    cells_held += usize::from(early_s[own] <= true_s[cell] && true_s[cell] <= late_s[own]);
                }
            }
        }
        let (by_cell, by_area) =
            (f64::from(cells_held as u32) / f64::from(cells), areas_held as f64 / ROUNDS as f64);
        println!("p{percentile}: {coverage:.3} said, {by_cell:.3} of the cells, {by_area:.3} of the areas");
        // Two standard errors of 400 rounds are 0.03; the cells of one round hang together.
        assert!((by_cell - coverage).abs() < 0.03, "p{percentile}: {by_cell} of the cells, {coverage} said");
        assert!(by_area > coverage - 0.03, "p{percentile}: {by_area} of the areas, {coverage} said");
    }
}
