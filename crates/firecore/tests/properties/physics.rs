//! Surface spread, wind and shape.

use std::sync::LazyLock;

use firecore::fuel::{FuelModels, custom};
use firecore::moisture::{DeadFuelMoisture, FuelMoisture, LiveFuelMoisture};
use firecore::spread::ellipse::Ellipse;
use firecore::spread::lookup::{Class, SpreadTable};
use firecore::spread::rothermel::{self, FuelBed, FuelBeds, SurfaceSpread, WindLimit};
use firecore::wind::{self, Stand};
use proptest::num::f64::{NORMAL, SUBNORMAL, ZERO};
use proptest::prelude::*;

static BEDS: LazyLock<FuelBeds> = LazyLock::new(FuelBeds::standard);

pub(crate) fn bed() -> impl Strategy<Value = &'static FuelBed> {
    let codes: Vec<_> = FuelModels::standard()
        .all()
        .iter()
        .filter(|model| model.is_burnable())
        .map(|model| model.code)
        .collect();
    proptest::sample::select(codes).prop_map(|code| BEDS.get(code).expect("a burnable model has a bed"))
}

pub(crate) fn moisture() -> impl Strategy<Value = FuelMoisture> {
    let dead = (0.01..0.5, 0.01..0.5, 0.01..0.5);
    (dead, (0.2..2.5, 0.4..2.5)).prop_map(|(dead, live)| moisture_of(dead, live))
}

fn moisture_of(dead: (f64, f64, f64), live: (f64, f64)) -> FuelMoisture {
    let (one_hour, ten_hour, hundred_hour) = dead;
    let (herbaceous, woody) = live;
    FuelMoisture {
        dead: DeadFuelMoisture { one_hour, ten_hour, hundred_hour },
        live: LiveFuelMoisture { herbaceous, woody },
    }
}

/// A vector of a length below `length` and its direction, radians.
fn vector(length: f64) -> impl Strategy<Value = [f64; 2]> {
    (0.0..length, 0.0..std::f64::consts::TAU).prop_map(|(length, angle)| polar(length, angle))
}

fn polar(length: f64, angle_rad: f64) -> [f64; 2] {
    [length * angle_rad.cos(), length * angle_rad.sin()]
}

fn rotated([east, north]: [f64; 2], angle_rad: f64) -> [f64; 2] {
    let (sin, cos) = angle_rad.sin_cos();
    [cos * east - sin * north, sin * east + cos * north]
}

/// Any number that is one.
pub(crate) fn any_finite() -> impl Strategy<Value = f64> {
    prop_oneof![
        -1.0..5.0_f64,
        NORMAL | SUBNORMAL | ZERO,
        Just(f64::MAX),
        Just(f64::MIN),
        Just(0.3),
        Just(1.2)
    ]
}

/// A user's own fuel model, through the file format that users write.
fn own_bed() -> impl Strategy<Value = FuelBed> {
    let loads = (0.001..5.0, 0.0..5.0, 0.0..5.0, 0.0..2.0, 0.0..2.0);
    let ratios = (16.0..9000.0, 16.0..9000.0, 16.0..9000.0);
    (loads, ratios, (0.05..20.0, 5.0..60.0, 3000.0..14_000.0), any::<bool>()).prop_map(
        |((one, ten, hundred, herbs, shrubs), (fine, herb, woody), (depth, extinction, heat), dynamic)| {
            let text = format!(
                "code,name,load_1h_lb_ft2,load_10h_lb_ft2,load_100h_lb_ft2,load_herb_lb_ft2,load_woody_lb_ft2,sav_1h,\
                 sav_herb,sav_woody,depth_ft,mx_dead_pct,heat_btu_lb,dynamic\n\
                 60,OWN,{one},{ten},{hundred},{herbs},{shrubs},{fine},{herb},{woody},{depth},{extinction},{heat},{}\n",
                u8::from(dynamic)
            );
            let file = custom::parse(&text, custom::Format::Csv);
            // A bed packed beyond what wood fills is refused.
            file.ok().and_then(|file| file.models.first().and_then(FuelBed::of))
        },
    )
    .prop_filter_map("no fuel model", |bed| bed)
}

fn is_sound(head: &SurfaceSpread) -> bool {
    let [east, north] = head.toward;
    let numbers = [head.heading_rate_of_spread_m_s, head.effective_wind_m_s, head.heat_per_unit_area_kj_m2];
    numbers.iter().all(|number| number.is_finite() && *number >= 0.0)
        && (east.hypot(north) - 1.0).abs() < 1e-12
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn more_wind_never_slows_the_head(
        bed in bed(), moisture in moisture(), a in 0.0..30.0, b in 0.0..30.0,
        // With the wind anywhere but against the slope: there more wind first cancels the slope's part.
        upslope in 0.0..1.5, upslope_toward in 0.0..std::f64::consts::FRAC_PI_2,
    ) {
        let bed = bed.moistened(&moisture);
        let slope = polar(upslope, upslope_toward);
        let rate = |speed| bed.spread([speed, 0.0], slope).heading_rate_of_spread_m_s;
        prop_assert!(rate(f64::min(a, b)) <= rate(f64::max(a, b)) * (1.0 + 1e-12));
    }

    #[test]
    fn a_head_is_never_slower_than_still_air_on_level_ground(
        bed in bed(), moisture in moisture(), wind in vector(30.0), slope in vector(1.5),
    ) {
        let bed = bed.moistened(&moisture);
        prop_assert!(bed.spread(wind, slope).heading_rate_of_spread_m_s >= bed.still_rate_of_spread_m_s());
    }

    /// Any dead class, the shrubs, or all of these at once. Not live grass that cures: see docs/science.md.
    #[test]
    fn wetter_fuel_never_speeds_the_head(
        bed in bed(), moisture in moisture(), wind in vector(15.0), slope in vector(1.0), factor in 1.0..3.0,
        which in 0..5_usize,
    ) {
        let mut wetter = moisture;
        let parts = [
            &mut wetter.dead.one_hour,
            &mut wetter.dead.ten_hour,
            &mut wetter.dead.hundred_hour,
            &mut wetter.live.woody,
        ];
        for (place, part) in parts.into_iter().enumerate() {
            if which == 4 || which == place {
                *part *= factor;
            }
        }
        let rate = |moisture| bed.moistened(moisture).spread(wind, slope).heading_rate_of_spread_m_s;
        prop_assert!(rate(&wetter) <= rate(&moisture) * (1.0 + 1e-9));
    }

    /// From twigs to moss: far beyond the standard models.
    #[test]
    fn own_fuel_models_are_as_sound_as_the_standard_ones(
        bed in own_bed(), moisture in moisture(), wind in vector(30.0), slope in vector(1.5), still in any::<bool>(),
    ) {
        let moist = bed.moistened(&moisture);
        let wind = if still { [0.0; 2] } else { wind };
        let head = moist.spread(wind, slope);
        prop_assert!(is_sound(&head), "{head:?} of {bed:?}");
        prop_assert!(head.heading_rate_of_spread_m_s >= moist.still_rate_of_spread_m_s());
        prop_assert_eq!(moist.spread([0.0; 2], [0.0; 2]).heading_rate_of_spread_m_s, moist.still_rate_of_spread_m_s());
        let table = SpreadTable::of(&bed);
        let cost = table.cost(&Class::of(&moist), wind.map(|part| part as f32), slope.map(|part| part as f32));
        prop_assert!(cost.slowness_s_m.is_finite() && cost.slowness_s_m > 0.0, "{cost:?}");
        prop_assert!(cost.head_m_s() > 0.0 && cost.head_m_s().is_finite(), "{cost:?}");
    }

    #[test]
    fn still_air_on_level_ground_gives_a_circle(bed in bed(), moisture in moisture()) {
        let bed = bed.moistened(&moisture);
        let head = bed.spread([0.0, 0.0], [0.0, 0.0]);
        prop_assert_eq!(head.heading_rate_of_spread_m_s, bed.still_rate_of_spread_m_s());
        let fire = Ellipse::new(head.heading_rate_of_spread_m_s, head.effective_wind_m_s);
        prop_assert_eq!(fire.length_to_width, 1.0);
        prop_assert_eq!(fire.backing_rate_of_spread_m_s(), head.heading_rate_of_spread_m_s);
    }

    #[test]
    fn turning_wind_and_slope_turns_the_head_and_nothing_else(
        bed in bed(), moisture in moisture(), wind in vector(15.0), slope in vector(1.0),
        turn in 0.0..std::f64::consts::TAU,
    ) {
        let bed = bed.moistened(&moisture);
        let (still, turned) = (bed.spread(wind, slope), bed.spread(rotated(wind, turn), rotated(slope, turn)));
        let near = |a: f64, b: f64| (a - b).abs() <= 1e-9 * a.abs().max(1e-6);
        prop_assert!(near(still.heading_rate_of_spread_m_s, turned.heading_rate_of_spread_m_s));
        prop_assert!(near(still.effective_wind_m_s, turned.effective_wind_m_s));
        if still.effective_wind_m_s > 1e-3 {
            let expected = rotated(still.toward, turn);
            prop_assert!((expected[0] - turned.toward[0]).hypot(expected[1] - turned.toward[1]) < 1e-6);
        }
    }

    #[test]
    fn in_a_mirror_the_fire_is_mirrored(
        bed in bed(), moisture in moisture(), wind in vector(15.0), slope in vector(1.0),
    ) {
        let bed = bed.moistened(&moisture);
        let mirrored = |[east, north]: [f64; 2]| [-east, north];
        let (seen, image) = (bed.spread(wind, slope), bed.spread(mirrored(wind), mirrored(slope)));
        prop_assert_eq!(seen.heading_rate_of_spread_m_s, image.heading_rate_of_spread_m_s);
        prop_assert_eq!(seen.effective_wind_m_s, image.effective_wind_m_s);
        prop_assert_eq!(mirrored(seen.toward), image.toward);
    }

    #[test]
    fn wind_that_balances_the_slope_leaves_a_still_fire(
        bed in bed(), slope in vector(1.0), dead in 0.01..0.1, nudge in -1e-13..1e-13_f64,
    ) {
        let bed = bed.moistened(&moisture_of((dead, dead, dead), (0.6, 0.9)));
        let effect = bed.spread([0.0, 0.0], slope);
        let [east, north] = effect.toward;
        let speed = -effect.effective_wind_m_s * (1.0 + nudge);
        let head = bed.spread([speed * east, speed * north], slope);
        prop_assert!(is_sound(&head));
        let still = bed.still_rate_of_spread_m_s();
        prop_assert!((head.heading_rate_of_spread_m_s - still).abs() <= 1e-9 * effect.heading_rate_of_spread_m_s);
        prop_assert!(Ellipse::new(still, head.effective_wind_m_s).length_to_width < 1.0 + 1e-3);
    }

    #[test]
    fn a_wind_limit_only_ever_slows(bed in bed(), moisture in moisture(), wind in vector(30.0), slope in vector(1.0)) {
        let bed = bed.moistened(&moisture);
        let free = bed.spread(wind, slope);
        for limit in [WindLimit::Rothermel1972, WindLimit::Andrews2013] {
            let held = bed.with_wind_limit(limit).spread(wind, slope);
            let wind_m_s = bed.wind_limit_m_s(limit);
            prop_assert!(held.heading_rate_of_spread_m_s <= free.heading_rate_of_spread_m_s);
            prop_assert!(held.effective_wind_m_s <= wind_m_s.max(0.0) * (1.0 + 1e-12));
            if free.effective_wind_m_s < wind_m_s * (1.0 - 1e-9) {
                prop_assert_eq!(free, held);
            }
        }
        prop_assert_eq!(bed.with_wind_limit(WindLimit::None).spread(wind, slope), free);
        let held = bed.with_wind_limit(WindLimit::RateOfSpread2013).spread(wind, slope);
        let highest = held.effective_wind_m_s.max(bed.still_rate_of_spread_m_s());
        prop_assert_eq!(held.heading_rate_of_spread_m_s, free.heading_rate_of_spread_m_s.min(highest));
        prop_assert_eq!((held.effective_wind_m_s, held.toward), (free.effective_wind_m_s, free.toward));
    }

    #[test]
    fn no_finite_input_gives_anything_but_finite_numbers(
        bed in bed(), dead in (any_finite(), any_finite(), any_finite()), live in (any_finite(), any_finite()),
        wind in [any_finite(), any_finite()], slope in [any_finite(), any_finite()], cos in -1.0..=1.0,
    ) {
        let bed = bed.moistened(&moisture_of(dead, live));
        let head = bed.spread(wind, slope);
        prop_assert!(is_sound(&head), "{head:?}");
        let fire = Ellipse::new(head.heading_rate_of_spread_m_s, head.effective_wind_m_s);
        let normal = fire.normal_rate_of_spread_m_s(cos);
        for rate in [fire.backing_rate_of_spread_m_s(), fire.radial_rate_of_spread_m_s(cos), normal] {
            prop_assert!(rate.is_finite() && rate >= -1e-9 * fire.heading_rate_of_spread_m_s);
            let intensity_kw_m = rothermel::fireline_intensity_kw_m(head.heat_per_unit_area_kj_m2, rate);
            prop_assert!(rothermel::flame_length_m(intensity_kw_m).is_finite());
        }
    }

    #[test]
    fn the_fire_reaches_farthest_ahead_and_least_behind(head in 0.001..5.0, wind in 0.0..20.0, cos in -1.0..=1.0) {
        let fire = Ellipse::new(head, wind);
        let back = fire.backing_rate_of_spread_m_s();
        let (radial, normal) = (fire.radial_rate_of_spread_m_s(cos), fire.normal_rate_of_spread_m_s(cos));
        prop_assert!(back * (1.0 - 1e-9) <= radial && radial <= head * (1.0 + 1e-9));
        // The front passes a point on its way outward at least as fast as it moves square to itself there.
        prop_assert!(radial <= normal * (1.0 + 1e-9) && normal <= head * (1.0 + 1e-9));
    }

    #[test]
    fn midflame_wind_is_a_share_of_the_wind_above(
        depth in any_finite(), cover in any_finite(), height in any_finite(), ratio in proptest::option::of(any_finite()),
    ) {
        let stand = Stand { cover, height_m: height, crown_ratio: ratio };
        for factor in [wind::adjustment_factor(depth, None), wind::adjustment_factor(depth, Some(&stand))] {
            prop_assert!((0.0..1.0).contains(&factor), "{factor}");
        }
    }
}

#[test]
fn every_fuel_model_has_a_bed_or_does_not_burn() {
    for model in FuelModels::standard().all() {
        assert_eq!(BEDS.get(model.code).is_some(), model.is_burnable(), "{model}");
    }
    assert_eq!(BEDS.get(50), None);
}

#[test]
fn extinct_fuel_spreads_nothing() {
    let wet = moisture_of((0.6, 0.6, 0.6), (3.0, 3.0));
    let bed = BEDS.get(8).expect("FM8 burns").moistened(&wet);
    assert_eq!(bed.spread([10.0, 0.0], [0.5, 0.0]), SurfaceSpread::NONE);
}

#[test]
fn a_number_that_is_none_stays_one() {
    // Not promised, but a lost number must not turn into a plausible one.
    let dry = moisture_of((0.05, 0.05, 0.05), (0.6, 0.9));
    let bed = BEDS.get(1).expect("FM1 burns").moistened(&dry);
    assert!(bed.spread([f64::NAN, 0.0], [0.0, 0.0]).heading_rate_of_spread_m_s.is_nan());
}
