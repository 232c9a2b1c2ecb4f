//! One workspace for many runs, runs taken back, and what is said of each cell.

use super::*;

const DAY: (f64, f64, f64) = (0.5, 2.0, 45.0);
const CHANGES_S: [f32; 3] = [3000.0, 6000.0, 9000.0];

fn series(last: (f64, f64, f64)) -> [(f64, f64, f64); 4] {
    [DAY, (0.4, 3.0, 90.0), (0.3, 1.5, 10.0), last]
}

fn start(burning: &[Ignition]) -> Start<'_> {
    Start { burning, burned: &[], changes_s: &CHANGES_S, horizon_s: 12_000.0 }
}

fn medium(ellipses: &[(f64, f64, f64)]) -> Uniform<'_> {
    Uniform { ellipses, barrier: |row, col| row == 180 && col > 195 }
}

#[test]
fn a_workspace_that_was_used_gives_the_same_bits() {
    let (ellipses, stop) = (series(DAY), StopToken::default());
    let points = [at_start(middle(0.0))];
    let mut workspace = Workspace::default();
    let mut run = |points: &[Ignition]| {
        grow_in(&mut workspace, &shape(), &mut medium(&ellipses), &start(points), &stop)
            .expect("nothing stops it")
    };
    let first = run(&points);
    run(&[at_start(middle(900.0))]);
    assert!(run(&points) == first);
}

#[test]
fn a_run_taken_back_is_the_run_that_it_would_have_been() {
    let stop = StopToken::default();
    let points = [at_start(middle(100.0))];
    let later =
        Ignition { begins_s: 9500.0, ..at_start(Disc { east_m: 2000.0, south_m: 2500.0, radius_m: 200.0 }) };
    let more = [points[0].clone(), later];
    let mut workspace = Workspace::resumable();
    let changed = series((0.8, 4.0, 200.0));
    let first = grow_in(&mut workspace, &shape(), &mut medium(&series(DAY)), &start(&points), &stop);
    let mut again = |ellipses: &[(f64, f64, f64)], points: &[Ignition], from_s: f32| {
        regrow(&mut workspace, &shape(), &mut medium(ellipses), &start(points), from_s, &stop)
            .expect("nothing stops it")
    };
    assert!(Ok(again(&series(DAY), &points, 9100.0)) == first, "nothing changed");
    let other = grow(&shape(), &mut medium(&changed), &start(&points), &stop);
    assert!(Ok(again(&changed, &points, 9000.0)) == other, "other weather from the last change on");
    let both = grow(&shape(), &mut medium(&changed), &start(&more), &stop);
    assert!(Ok(again(&changed, &more, 9200.0)) == both, "another fire, later");
    assert!(Ok(again(&series(DAY), &points, 0.0)) == first, "back to the start");
}

#[test]
fn memory_is_taken_where_the_fire_is() {
    let points = [at_start(middle(0.0))];
    let mut workspace = Workspace::default();
    let start = Start { burning: &points, burned: &[], changes_s: &[], horizon_s: 8000.0 };
    let growth = grow_in(&mut workspace, &shape(), &mut medium(&[DAY]), &start, &StopToken::default())
        .expect("nothing stops it");
    let (bytes, near) = workspace.footprint();
    assert!(near >= growth.burned_cells, "{near} cells near");
    // 32 bytes of state and cost and 16 of results, for as many cells again in the tiles of so small a fire.
    assert!(bytes < 100 * near, "{bytes} bytes for {near} cells");
}

#[test]
fn each_cell_says_how_the_front_came() {
    let points = [at_start(middle(0.0))];
    let mut workspace = Workspace::default();
    let start = Start { burning: &points, burned: &[], changes_s: &[], horizon_s: 8000.0 };
    let mut wind = Uniform { ellipses: &[(0.5, 2.0, 90.0)], barrier: |_, _| false };
    let growth = grow_in(&mut workspace, &shape(), &mut wind, &start, &StopToken::default())
        .expect("nothing stops it");
    let all = workspace.on_arrival(&growth);
    let at = |row: usize, col: usize| all[(row - growth.origin.0) * growth.size.1 + col - growth.origin.1];
    let head = at(200, 300);
    assert!((head.rate_of_spread_m_s - 0.5).abs() < 1e-3, "{head:?}");
    assert!((head.toward_rad.to_degrees() - 90.0).abs() < 0.1, "{head:?}");
    assert!((head.fireline_intensity_kw_m - 500.0).abs() < 1.0, "{head:?}");
    // Byram: 0.0775 I^0.46.
    assert!((head.flame_length_m - 0.0775 * 500.0_f32.powf(0.46)).abs() < 0.01, "{head:?}");
    assert_eq!(head.class, CrownClass::Surface);
    let back = at(200, 195);
    assert!((back.toward_rad.to_degrees().rem_euclid(360.0) - 270.0).abs() < 1.0, "{back:?}");
    let start = at(200, 200);
    assert_eq!((start.rate_of_spread_m_s, start.toward_rad), (0.0, 0.0), "where the fire began");
    for (one, time_s) in all.iter().zip(&growth.arrival_s) {
        let nothing = [one.rate_of_spread_m_s, one.fireline_intensity_kw_m, one.flame_length_m] == [0.0; 3];
        let came = *time_s <= 8000.0;
        assert_eq!(one.toward_rad.is_nan(), !came, "at {time_s} s: {one:?}");
        assert_eq!(nothing, !came || *time_s == 0.0, "at {time_s} s: {one:?}");
    }
}

#[test]
fn on_a_slope_the_fire_keeps_its_width_on_the_map() {
    struct Slope;
    impl Medium for Slope {
        fn cost(&mut self, _: usize, _: usize, _: usize) -> TravelCost {
            TravelCost::on_slope(0.5, 0.75_f64.sqrt(), [0.0, 1.0], [0.0, 1.0], 1000.0)
        }
        fn burnable(&self, _: usize, _: usize) -> bool {
            true
        }
    }
    let points = [at_start(middle(0.0))];
    let start = Start { burning: &points, burned: &[], changes_s: &[], horizon_s: 8000.0 };
    let growth = grow(&shape(), &mut Slope, &start, &StopToken::default()).expect("nothing stops it");
    let shortened = area_m2(&growth) / ellipse_area_m2(0.5, 2.0, 8000.0);
    assert!((shortened - 0.5_f64.sqrt()).abs() < 0.003, "area times {shortened}");
    let head_m = arrival(&growth, 130, 200);
    let expected_s = 70.0 * CELL_M as f32 * 2.0_f32.sqrt() / 0.5;
    assert!((head_m / expected_s - 1.0).abs() < 0.002, "{head_m} s, expected {expected_s} s");
}
