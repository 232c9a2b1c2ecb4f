//! Crown fire.

use firecore::moisture::{DeadFuelMoisture, FuelMoisture, LiveFuelMoisture};
use firecore::spread::crown::{CanopyFuel, CrownClass, CrownFire, CrownMethod, CrownModel, MoistCrownModel};
use firecore::spread::ellipse;
use firecore::spread::rothermel::{MoistBed, SurfaceSpread};
use proptest::prelude::*;

use crate::physics::{any_finite, bed, moisture};

/// Mid-flame wind over 10 m wind below the canopies of these tests.
const MIDFLAME_PER_10M: f64 = 0.12;

fn canopy() -> impl Strategy<Value = CanopyFuel> {
    (0.05..15.0, 0.02..0.5, 1.0..30.0, 0.3..1.8).prop_map(
        |(base_height_m, density, depth_m, foliar_moisture)| CanopyFuel {
            base_height_m,
            bulk_density_kg_m3: density,
            height_m: base_height_m + depth_m,
            foliar_moisture,
        },
    )
}

fn method() -> impl Strategy<Value = CrownMethod> {
    proptest::sample::select(CrownMethod::ALL.to_vec())
}

fn surface_at(bed: &MoistBed, wind_10m_m_s: f64, upslope: f64) -> SurfaceSpread {
    bed.spread([wind_10m_m_s * MIDFLAME_PER_10M, 0.0], [upslope, 0.0])
}

fn fire(crowns: &MoistCrownModel, bed: &MoistBed, canopy: &CanopyFuel, wind: f64, upslope: f64) -> CrownFire {
    let at = |wind| surface_at(bed, wind, upslope);
    crowns.fire(&at(wind), canopy, wind, at)
}

fn is_sound(fire: &CrownFire) -> bool {
    let numbers = [fire.heading_rate_of_spread_m_s, fire.heat_per_unit_area_kj_m2];
    numbers.iter().all(|number| number.is_finite() && *number >= 0.0)
        && (0.0..=1.0).contains(&fire.crown_fraction_burned)
        && (1.0..=8.0).contains(&fire.length_to_width)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn more_wind_never_slows_the_active_rate(
        method in method(), moisture in moisture(), canopy in canopy(), a in 0.0..40.0, b in 0.0..40.0,
    ) {
        let crowns = CrownModel::new(method).moistened(&moisture);
        let rate = |wind| crowns.active_rate_of_spread_m_s(&canopy, wind);
        prop_assert!(rate(f64::min(a, b)) <= rate(f64::max(a, b)) * (1.0 + 1e-12));
    }

    #[test]
    fn wetter_foliage_never_makes_crowning_easier(
        method in method(), bed in bed(), moisture in moisture(), canopy in canopy(), wind in 0.0..40.0,
        upslope in 0.0..1.0, factor in 1.0..3.0,
    ) {
        let (crowns, bed) = (CrownModel::new(method).moistened(&moisture), bed.moistened(&moisture));
        let wetter = CanopyFuel { foliar_moisture: canopy.foliar_moisture * factor, ..canopy };
        prop_assert!(wetter.critical_fireline_intensity_kw_m() >= canopy.critical_fireline_intensity_kw_m());
        let [dry, wet] = [canopy, wetter].map(|canopy| fire(&crowns, &bed, &canopy, wind, upslope));
        prop_assert!(wet.class.is_crown_fire() <= dry.class.is_crown_fire());
        if method != CrownMethod::Finney1998 {
            prop_assert!(wet.class <= dry.class);
        }
        // Van Wagner's fraction rises again where the surface fire is faster than an active crown fire need be.
        if dry.crown_fraction_burned < 0.9 {
            prop_assert!(wet.crown_fraction_burned <= dry.crown_fraction_burned + 1e-12);
        }
    }

    #[test]
    fn more_wind_upslope_never_calms_a_fire(
        // Finney's class also follows the rate, which falls where crown fire is slower than the surface fire.
        method in method().prop_filter("class by wind", |method| *method != CrownMethod::Finney1998),
        bed in bed(), moisture in moisture(), canopy in canopy(), a in 0.0..40.0, b in 0.0..40.0, upslope in 0.0..1.0,
    ) {
        let (crowns, bed) = (CrownModel::new(method).moistened(&moisture), bed.moistened(&moisture));
        let class = |wind| fire(&crowns, &bed, &canopy, wind, upslope).class;
        prop_assert!(class(f64::min(a, b)) <= class(f64::max(a, b)));
    }

    #[test]
    fn crowns_never_slow_or_cool_a_fire(
        method in method(), bed in bed(), moisture in moisture(), canopy in canopy(), wind in 0.0..40.0,
        upslope in 0.0..1.0,
    ) {
        let (crowns, bed) = (CrownModel::new(method).moistened(&moisture), bed.moistened(&moisture));
        let surface = surface_at(&bed, wind, upslope);
        let fire = fire(&crowns, &bed, &canopy, wind, upslope);
        prop_assert!(is_sound(&fire), "{fire:?}");
        prop_assert!(fire.heading_rate_of_spread_m_s >= surface.heading_rate_of_spread_m_s);
        prop_assert!(fire.heat_per_unit_area_kj_m2 >= surface.heat_per_unit_area_kj_m2);
        if !fire.class.is_crown_fire() {
            prop_assert_eq!(fire.heading_rate_of_spread_m_s, surface.heading_rate_of_spread_m_s);
            prop_assert_eq!(fire.crown_fraction_burned, 0.0);
            prop_assert_eq!(fire.length_to_width, ellipse::length_to_width(surface.effective_wind_m_s));
        }
        let behavior = crowns.behavior(&surface, &canopy, wind, |wind| surface_at(&bed, wind, upslope));
        prop_assert_eq!(behavior.class, fire.class);
        prop_assert_eq!(behavior.crown_fraction_burned, fire.crown_fraction_burned);
        let floor = surface.heading_rate_of_spread_m_s;
        prop_assert_eq!(behavior.head.rate_of_spread_m_s.max(floor), fire.heading_rate_of_spread_m_s);
    }

    #[test]
    fn a_fire_under_no_canopy_is_the_surface_fire(
        method in method(), bed in bed(), moisture in moisture(), canopy in canopy(), wind in 0.0..40.0,
        missing in 0..4,
    ) {
        let (crowns, bed) = (CrownModel::new(method).moistened(&moisture), bed.moistened(&moisture));
        let mut bare = canopy;
        match missing {
            0 => bare.base_height_m = 0.0,
            1 => bare.bulk_density_kg_m3 = 0.0,
            2 => bare.height_m = 0.0,
            _ => bare.height_m = bare.base_height_m,
        }
        let surface = surface_at(&bed, wind, 0.0);
        let fire = fire(&crowns, &bed, &bare, wind, 0.0);
        prop_assert_eq!(fire.class, CrownClass::Surface);
        prop_assert_eq!(fire.heading_rate_of_spread_m_s, surface.heading_rate_of_spread_m_s);
        prop_assert_eq!(fire.heat_per_unit_area_kj_m2, surface.heat_per_unit_area_kj_m2);
        let behavior = crowns.behavior(&surface, &bare, wind, |wind| surface_at(&bed, wind, 0.0));
        prop_assert_eq!(behavior.class, CrownClass::Surface);
        prop_assert_eq!(behavior.head.rate_of_spread_m_s, surface.heading_rate_of_spread_m_s);
    }

    #[test]
    fn no_finite_input_gives_anything_but_finite_crown_fires(
        method in method(), bed in bed(), dead in [any_finite(), any_finite(), any_finite()],
        live in [any_finite(), any_finite()], wind in any_finite(), upslope in any_finite(),
        base_height_m in any_finite(), bulk_density_kg_m3 in any_finite(), height_m in any_finite(),
        foliar_moisture in any_finite(),
    ) {
        let moisture = FuelMoisture {
            dead: DeadFuelMoisture { one_hour: dead[0], ten_hour: dead[1], hundred_hour: dead[2] },
            live: LiveFuelMoisture { herbaceous: live[0], woody: live[1] },
        };
        let canopy = CanopyFuel { base_height_m, bulk_density_kg_m3, height_m, foliar_moisture };
        let (crowns, bed) = (CrownModel::new(method).moistened(&moisture), bed.moistened(&moisture));
        let fire = fire(&crowns, &bed, &canopy, wind, upslope);
        prop_assert!(is_sound(&fire), "{fire:?}");
        let at = |wind| surface_at(&bed, wind, upslope);
        let behavior = crowns.behavior(&at(wind), &canopy, wind, at);
        for number in [
            behavior.active_rate_of_spread_m_s,
            behavior.active_heat_per_unit_area_kj_m2,
            behavior.critical_fireline_intensity_kw_m,
            behavior.critical_surface_rate_of_spread_m_s.unwrap_or_default(),
            behavior.critical_active_rate_of_spread_m_s,
            behavior.transition_ratio,
            behavior.active_ratio,
            behavior.crowning_wind_10m_m_s.unwrap_or_default(),
            behavior.head.fireline_intensity_kw_m,
            behavior.head.flame_length_m,
        ] {
            prop_assert!(number.is_finite() && number >= 0.0, "{behavior:?}");
        }
    }
}

#[test]
fn methods_are_found_by_the_names_they_print() {
    for method in CrownMethod::ALL {
        assert_eq!(method.to_string().parse(), Ok(method));
    }
    let unknown = "Finney".parse::<CrownMethod>().expect_err("names are in lower case").to_string();
    assert!(unknown.contains("finney-1998") && unknown.ends_with("found \"Finney\""), "{unknown}");
}

#[test]
fn every_class_is_reached_by_every_method_that_knows_it() {
    let dry = FuelMoisture {
        dead: DeadFuelMoisture { one_hour: 0.04, ten_hour: 0.05, hundred_hour: 0.06 },
        live: LiveFuelMoisture { herbaceous: 0.6, woody: 0.9 },
    };
    let bed = firecore::spread::rothermel::FuelBeds::standard().get(165).expect("TU5 burns").moistened(&dry);
    for method in CrownMethod::ALL {
        let crowns = CrownModel::new(method).moistened(&dry);
        let class = |base_height_m, bulk_density_kg_m3| {
            let canopy =
                CanopyFuel { base_height_m, bulk_density_kg_m3, height_m: 30.0, foliar_moisture: 1.0 };
            fire(&crowns, &bed, &canopy, 12.0, 0.0).class
        };
        assert_eq!(class(20.0, 0.02), CrownClass::Surface, "{method}");
        assert_eq!(class(20.0, 0.3), CrownClass::Conditional, "{method}");
        assert_eq!(class(0.5, 0.02), CrownClass::Passive, "{method}");
        assert_eq!(class(0.5, 0.3), CrownClass::Active, "{method}");
    }
}
