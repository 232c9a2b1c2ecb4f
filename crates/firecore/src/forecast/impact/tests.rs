use super::*;
use crate::forecast::sample::{LEADS_S, Sample, asset, place, start};

fn near(found: Option<f64>, expected_s: f64) {
    assert!(found.is_some_and(|found| (found / expected_s - 1.0).abs() < 0.01), "{found:?} {expected_s}");
}

#[test]
fn an_assets_times_are_those_of_the_second_half_and_last_tenth_of_the_members() {
    let sample = Sample { assets: vec![asset("a", 300.0, 0.0)], ..Sample::default() };
    let forecast = sample.forecast();
    let [impact] = &forecast.assets[..] else { panic!("{:?}", forecast.assets) };
    assert!((impact.distance_m - 300.0).abs() < 1.0, "{}", impact.distance_m);
    // The fastest, fifth and ninth of ten: 145, 105 and 65 % of 0.1 m/s.
    near(impact.arrival.p90_s, 300.0 / 0.145);
    near(impact.arrival.p50_s, 300.0 / 0.105);
    near(impact.arrival.p10_s, 300.0 / 0.065);
    // By the first hour those with at least 0.083 m/s.
    let reached: Vec<_> =
        impact.reached.iter().map(|reached| (reached.lead_time_s, reached.members)).collect();
    assert_eq!(reached, [(LEADS_S[0], 7), (LEADS_S[1], 10)]);
    assert_eq!((impact.reached[0].probability, impact.probability()), (0.7, 1.0));
}

#[test]
fn the_asset_that_is_reached_first_comes_first() {
    let assets = [("far", 1_700.0), ("late", 900.0), ("soon", 200.0), ("beside", 250.0)];
    let assets = assets.map(|(id, east_m)| asset(id, east_m, 0.0)).to_vec();
    let forecast = Sample { assets, ..Sample::default() }.forecast();
    let ids: Vec<&str> = forecast.assets.iter().map(|asset| asset.id.as_str()).collect();
    assert_eq!(ids, ["soon", "beside", "late", "far"]);
    assert_eq!(forecast.assets[3].arrival, ArrivalTime::default());
    assert_eq!(forecast.assets[3].probability(), 0.0);
}

#[test]
fn a_place_has_the_times_and_counts_of_its_cell() {
    let forecast = Sample { assets: vec![asset("a", 315.0, 15.0)], ..Sample::default() }.forecast();
    let at = forecast.at_place(place(315.0, 15.0)).expect("it lies in the window");
    assert!(at.burnable);
    // The centre of a cell: percentiles of times and times of percentiles are the same there.
    let own = &forecast.assets[0];
    assert_eq!(at.reached, own.reached);
    for ((_, found), (_, expected)) in at.arrival.each().into_iter().zip(own.arrival.each()) {
        near(found, expected.expect("within the horizon"));
    }
    assert!(forecast.at_place(start()).is_some_and(|at| at.arrival.p10_s.is_some()));
    assert!(forecast.at_place(place(1_900.0, 0.0)).is_none(), "outside of the window");
    assert!(forecast.at_place(LonLat::new(60.0, -34.0).unwrap()).is_none(), "on the other side of the Earth");
}

#[test]
fn p90_comes_first_everywhere() {
    let forecast = Sample::default().forecast();
    let mut places = 0;
    for east in -40..40 {
        for north in -40..40 {
            let at = forecast.at_place(place(f64::from(east) * 43.7, f64::from(north) * 43.7));
            let Some(at) = at else { continue };
            places += 1;
            let times = at.arrival.each().map(|(_, time)| time.unwrap_or(f64::INFINITY));
            assert!(times.is_sorted(), "{times:?}");
            assert!(at.reached.is_sorted_by_key(|reached| reached.members));
        }
    }
    assert!(places > 6_000, "{places}");
}

#[test]
fn without_its_grids_a_forecast_still_knows_which_ground_it_is_about() {
    let whole = Sample::default().forecast();
    let light = whole.without_grids();
    assert!(whole.has_grids() && !light.has_grids());
    for (place, covered) in
        [(start(), true), (place(1_900.0, 0.0), false), (LonLat::new(60.0, -34.0).unwrap(), false)]
    {
        assert_eq!([whole.covers(place), light.covers(place)], [covered; 2]);
        assert_eq!([whole.at_place(place).is_some(), light.at_place(place).is_some()], [covered, false]);
    }
    let again = light.with_grids(whole.arrival.clone(), whole.burned.clone());
    assert_eq!(again.at_place(start()), whole.at_place(start()));
}
