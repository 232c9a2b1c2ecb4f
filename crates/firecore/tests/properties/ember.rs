//! Embers as chance.

use firecore::spread::crown::CrownClass;
use firecore::spread::spotting::ember::{self, EmberYield, LandingDistance};
use firecore::spread::spotting::ignition;
use proptest::prelude::*;

use crate::physics::any_finite;

fn landing() -> impl Strategy<Value = LandingDistance> {
    (100.0..80_000.0, 0.5..25.0, proptest::option::of(50.0..5000.0)).prop_map(|(intensity, wind, within)| {
        let landing = LandingDistance::new(intensity, wind);
        within.map_or(landing, |within| landing.within_m(within))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn fewer_embers_land_farther(landing in landing(), a in 0.0..5000.0, b in 0.0..5000.0) {
        let (near, far) = (landing.share_beyond(f64::min(a, b)), landing.share_beyond(f64::max(a, b)));
        prop_assert!((0.0..=1.0).contains(&near) && (0.0..=1.0).contains(&far));
        prop_assert!(far <= near);
        prop_assert_eq!(landing.share_beyond(0.0), 1.0);
        prop_assert_eq!(landing.share_beyond(landing.distance_m_max()), 0.0);
    }

    #[test]
    fn distances_out_of_the_tail_have_its_distribution(landing in landing(), beyond in 0.0..300.0, uniform in 0.0..1.0) {
        let tail = landing.share_beyond(beyond);
        let Some(distance) = landing.tail_distance_m(uniform, beyond) else {
            prop_assert_eq!(tail, 0.0);
            return Ok(());
        };
        prop_assert!(beyond <= distance && distance <= landing.distance_m_max());
        prop_assert!((landing.share_beyond(distance) - (1.0 - uniform) * tail).abs() < 1e-9);
    }

    #[test]
    fn a_cap_takes_embers_from_beyond_it_only(landing in landing(), cap in 10.0..2000.0, share in 0.0..1.0) {
        let capped = landing.within_m(cap);
        prop_assert!(capped.distance_m_max() <= cap);
        let ratio = |distance: f64| landing.share_beyond(distance) - capped.share_beyond(distance);
        prop_assert!(ratio(share * cap) >= -1e-12);
    }

    #[test]
    fn a_whole_number_has_the_expected_mean(expected in 0.0..20.0) {
        let draws = 10_000;
        let sum: u32 = (0..draws).map(|draw| ember::whole_number(expected, (f64::from(draw) + 0.5) / 1e4)).sum();
        prop_assert!((f64::from(sum) / f64::from(draws) - expected).abs() < 2e-4);
    }

    #[test]
    fn wetter_and_colder_fuel_ignites_less(
        a in 0.0..0.6, b in 0.0..0.6, cold in -30.0..60.0, warmer in 0.0..20.0, shade in 0.0..1.0,
    ) {
        let probability = ignition::probability;
        let (dry, wet) = (f64::min(a, b), f64::max(a, b));
        prop_assert!((0.0..=1.0).contains(&probability(a, cold)));
        prop_assert!(probability(wet, cold) <= probability(dry, cold) * (1.0 + 1e-12));
        prop_assert!(probability(a, cold) <= probability(a, cold + warmer) * (1.0 + 1e-12));
        prop_assert!(ignition::fuel_temperature_c(cold, shade) >= cold);
    }

    #[test]
    fn no_finite_input_gives_anything_but_finite_embers(
        intensity in any_finite(), wind in any_finite(), within in any_finite(), beyond in any_finite(),
        uniform in any_finite(), heat in any_finite(), area in any_finite(), moisture in any_finite(),
        temperature in any_finite(),
    ) {
        let landing = LandingDistance::new(intensity, wind);
        for landing in [landing, landing.within_m(within)] {
            let share = landing.share_beyond(beyond);
            prop_assert!((0.0..=1.0).contains(&share), "{landing:?}");
            prop_assert!(landing.distance_m_max().is_finite());
            if let Some(distance) = landing.tail_distance_m(uniform, beyond) {
                prop_assert!(distance.is_finite() && distance >= 0.0, "{landing:?}");
            }
        }
        prop_assert!(ember::crosswind_offset_m(intensity, uniform).is_finite());
        let expected = EmberYield::default().expected(CrownClass::Active, heat, area);
        prop_assert!(expected.is_finite() && expected >= 0.0);
        prop_assert!((0.0..=1.0).contains(&ignition::probability(moisture, temperature)));
    }
}

/// Source: the fits of Sardoy et al. (2008) worked out by hand; at 1 MW/m the intensity's powers are 1.
#[test]
fn landing_distances_follow_the_published_fits() {
    let near = |moments: (f64, f64), mean: f64, deviation: f64| {
        assert!((moments.0 - mean).abs() < 5e-4 && (moments.1 - deviation).abs() < 5e-4, "{moments:?}");
    };
    // Froude number 1.29: the wind bends the plume over.
    assert!((ember::froude(1000.0, 4.0) - 1.2914).abs() < 5e-4, "{}", ember::froude(1000.0, 4.0));
    near(LandingDistance::new(1000.0, 4.0).log_moments(), 1.5175, 1.3347);
    // Froude number 0.81: the plume rises.
    assert!((ember::froude(1000.0, 2.5) - 0.8071).abs() < 5e-4, "{}", ember::froude(1000.0, 2.5));
    near(LandingDistance::new(1000.0, 2.5).log_moments(), 2.0281, 1.4770);
}

/// What the defaults of [`EmberYield`] are explained with.
#[test]
fn a_crown_fire_front_sends_fifty_embers_in_an_hour_and_one_in_eight_far() {
    let heat_kj_m2 = 25_000.0;
    let yields = EmberYield::default();
    let area_m2 = 1000.0 * 2000.0;
    assert!((yields.expected(CrownClass::Active, heat_kj_m2, area_m2) - 50.0).abs() < 1e-9);
    assert!((yields.expected(CrownClass::Conditional, heat_kj_m2, area_m2) - 5.0).abs() < 1e-9);
    let share = LandingDistance::new(heat_kj_m2 * 2000.0 / 3600.0, 10.0).share_beyond(100.0);
    assert!((share - 0.125).abs() < 0.01, "{share}");
}

#[test]
fn calm_air_drops_embers_at_the_foot_of_the_fire() {
    assert!(LandingDistance::new(20_000.0, 0.0).distance_m_max() < 2.0);
    assert!(
        LandingDistance::new(20_000.0, 0.5).distance_m_max()
            < LandingDistance::new(20_000.0, 2.0).distance_m_max()
    );
}

#[test]
fn offsets_across_the_wind_are_normal() {
    let at = |uniform| ember::crosswind_offset_m(20_000.0, uniform);
    assert!(at(0.5).abs() < 1e-12);
    assert!((at(0.1) + at(0.9)).abs() < 1e-9 && at(0.9) > 0.0);
    // 0.92 times a length of 7.21 m; 0.8413 of a normal distribution lies below one standard deviation.
    assert!((at(0.841_344_746_068_543) - 6.63).abs() < 0.01, "{}", at(0.841_344_746_068_543));
}
