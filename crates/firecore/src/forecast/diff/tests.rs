use jiff::SignedDuration;

use super::*;
use crate::forecast::sample::{LEADS_S, Sample, asset};

fn times(change: &ForecastDiff) -> Vec<(u8, u32)> {
    change.ground.iter().map(|ground| (ground.percentile, ground.lead_time_s)).collect()
}

#[test]
fn a_forecast_does_not_differ_from_itself() {
    let sample = Sample { assets: vec![asset("a", 300.0, 0.0), asset("b", 900.0, 0.0)], ..Sample::default() };
    let forecast = sample.forecast();
    let change = diff(&forecast, &forecast, "nothing");
    assert!(change.is_empty(), "{change:?}");
    assert_eq!(change.why, "nothing");
    assert_eq!((change.areas.len(), change.ground.len()), (6, 6));
    // A window that is larger or lies elsewhere is the same ground.
    for other in [Sample { reach: 80, ..sample.clone() }, Sample { east: 3, ..sample }] {
        let (before, after) =
            (diff(&forecast, &other.forecast(), ""), diff(&other.forecast(), &forecast, ""));
        assert!(before.ground_note.is_none() && before.ground == after.ground);
        assert!(before.ground.iter().all(|ground| ground.grew_ha == 0.0 && ground.shrank_ha == 0.0));
    }
}

#[test]
fn a_faster_fire_grows_by_the_ring_between_them() {
    let slow = Sample::default().forecast();
    let fast =
        Sample { version: 2, rate_m_s: 0.15, method: Method::Surrogate, ..Sample::default() }.forecast();
    let change = diff(&slow, &fast, "more wind");
    assert!(!change.is_empty());
    assert_eq!((change.from_version, change.to_version), (1, 2));
    assert_eq!(change.method, Some((Method::PhysX, Method::Surrogate)));
    let p50 = change.ground.iter().find(|ground| (ground.percentile, ground.lead_time_s) == (50, LEADS_S[0]));
    let p50 = p50.expect("the hour is in both");
    let disc_ha = |rate_m_s: f64| std::f64::consts::PI * (rate_m_s * 3_600.0_f64).powi(2) / 1e4;
    let ring_ha = disc_ha(0.15 * 1.05) - disc_ha(0.1 * 1.05);
    assert!((p50.grew_ha / ring_ha - 1.0).abs() < 0.02, "{} {ring_ha}", p50.grew_ha);
    assert_eq!(p50.shrank_ha, 0.0);
    let back = diff(&fast, &slow, "less wind");
    let mirrored: Vec<_> = back.ground.iter().map(|ground| (ground.shrank_ha, ground.grew_ha)).collect();
    assert_eq!(
        mirrored,
        change.ground.iter().map(|ground| (ground.grew_ha, ground.shrank_ha)).collect::<Vec<_>>()
    );
    assert!(change.areas.iter().all(|area| area.before_ha.is_some_and(|before| before < area.after_ha)));
}

#[test]
fn ground_is_compared_at_the_same_instant() {
    let before = Sample::default();
    let seeded_at = before.seeded_at + SignedDuration::from_secs(3_600);
    // An hour later, half as fast from the start: at its first hour the earlier forecast is at its second.
    let after = Sample { version: 2, seeded_at, ..before.clone() }.forecast();
    let change = diff(&before.forecast(), &after, "");
    assert_eq!(
        times(&change),
        [(10, 3_600), (50, 3_600), (90, 3_600)],
        "the second hour is beyond the horizon"
    );
    assert_eq!(change.ground[0].valid_at, seeded_at + SignedDuration::from_secs(3_600));
    assert!(change.ground.iter().all(|ground| ground.grew_ha == 0.0 && ground.shrank_ha > 10.0));
    assert_eq!(change.seeded_at, Some((before.seeded_at, seeded_at)));
    // Earlier than the earlier forecast's seed nothing is known.
    let early = Sample { seeded_at: before.seeded_at - SignedDuration::from_hours(9), ..before.clone() };
    assert!(diff(&before.forecast(), &early.forecast(), "").ground.is_empty());
}

#[test]
fn other_cells_are_compared_to_within_a_cell_and_say_so() {
    let before = Sample::default().forecast();
    let coarse = Sample { cell_m: 60.0, reach: 30, ..Sample::default() }.forecast();
    for (change, note) in
        [(diff(&before, &coarse, ""), "30 m and 60 m"), (diff(&coarse, &before, ""), "60 m and 30 m")]
    {
        assert!(change.ground_note.is_some_and(|found| found.contains(note)));
        assert_eq!((change.areas.len(), change.ground.len()), (6, 6));
        for (ground, area) in change.ground.iter().zip(&change.areas) {
            let wide_m = (area.after_ha * 1e4 * std::f64::consts::PI).sqrt() * 2.0;
            let cell_ha = wide_m * 60.0 / 1e4;
            assert!(ground.grew_ha <= cell_ha && ground.shrank_ha <= cell_ha, "{ground:?} {cell_ha}");
        }
    }
}

#[test]
fn assets_are_newly_threatened_no_longer_and_sooner() {
    let assets = vec![asset("near", 300.0, 0.0), asset("middle", 700.0, 0.0), asset("far", 1_200.0, 0.0)];
    let slow = Sample { assets: assets.clone(), ..Sample::default() }.forecast();
    let fast = Sample { assets: assets.clone(), rate_m_s: 0.18, version: 2, ..Sample::default() }.forecast();
    let told = |change: &ForecastDiff| -> Vec<(String, ThreatChange)> {
        change.assets.iter().map(|asset| (asset.id.clone(), asset.change)).collect()
    };
    // Half an hour or less is not told: 300 m take 48 minutes, and 26 at the higher rate.
    let change = diff(&slow, &fast, "");
    let [(sooner, ThreatChange::Sooner { by_s }), (newly, ThreatChange::NewlyThreatened)] =
        &told(&change)[..]
    else {
        panic!("{:?}", change.assets)
    };
    assert_eq!((sooner.as_str(), newly.as_str()), ("middle", "far"));
    assert!((by_s - (700.0 / 0.105 - 700.0 / 0.189)).abs() < 60.0, "{by_s}");
    let back = diff(&fast, &slow, "");
    assert!(matches!(
        &told(&back)[..],
        [(later, ThreatChange::Later { .. }), (no_longer, ThreatChange::NoLongerThreatened)]
            if later == "middle" && no_longer == "far"
    ));
    // What is not in the list any more is not threatened by this fire.
    let gone = Sample { assets: assets[1..].to_vec(), ..Sample::default() }.forecast();
    let change = diff(&slow, &gone, "");
    assert!(matches!(&told(&change)[..], [(id, ThreatChange::NoLongerThreatened)] if id == "near"));
    assert_eq!((change.assets[0].probability_before, change.assets[0].probability_after), (1.0, 0.0));
}

#[test]
fn ground_without_grids_is_not_compared_and_the_areas_are() {
    let (before, after) = (Sample::default(), Sample { version: 2, rate_m_s: 0.15, ..Sample::default() });
    let change = diff(&before.forecast().without_grids(), &after.forecast(), "");
    assert!(change.ground.is_empty() && change.ground_note.is_some_and(|note| note.contains("grids")));
    assert!(change.areas.iter().all(|area| area.before_ha.is_some_and(|before| before < area.after_ha)));
}
