//! The tables against the exact functions.

use std::f64::consts::TAU;

use super::*;
use crate::fuel::FuelModels;
use crate::moisture::{DeadFuelMoisture, FuelMoisture, LiveFuelMoisture};
use crate::spread::ellipse::Ellipse;
use crate::spread::rothermel::FuelBeds;

const DRY: FuelMoisture = FuelMoisture {
    dead: DeadFuelMoisture { one_hour: 0.05, ten_hour: 0.06, hundred_hour: 0.07 },
    live: LiveFuelMoisture { herbaceous: 0.60, woody: 0.90 },
};

/// Midflame winds and slopes: still to storm, level to steep, evenly by ratio.
fn forcings() -> impl Iterator<Item = ([f64; 2], [f64; 2])> {
    (0..4000_u32).map(|case| {
        // Low-discrepancy: multiples of irrational numbers.
        let part = |irrational: f64| (f64::from(case) * irrational).fract();
        let wind_m_s = 20.0 * 10.0_f64.powf(-4.0 * part(0.618_034));
        let rise = if case % 5 == 0 { 0.0 } else { 2.0 * 10.0_f64.powf(-3.0 * part(0.754_878)) };
        let (wind, slope) = ((TAU * part(0.569_840)).sin_cos(), (TAU * part(0.819_173)).sin_cos());
        let scale = |length: f64, (east, north): (f64, f64)| [length * east, length * north];
        (if case % 7 == 0 { [0.0; 2] } else { scale(wind_m_s, wind) }, scale(rise, slope))
    })
}

/// Largest relative errors of the rate of spread at the head, flanks and back, over all standard fuel.
fn worst() -> [f64; 3] {
    let mut worst = [0.0_f64; 3];
    let beds = FuelBeds::standard();
    for bed in FuelModels::standard().all().iter().filter_map(|model| beds.get(model.code)) {
        let (table, moist) = (SpreadTable::of(bed), bed.moistened(&DRY));
        let class = Class::of(&moist);
        for (wind, rise) in forcings() {
            let head = moist.spread(wind, rise);
            let ellipse = Ellipse::new(head.heading_rate_of_spread_m_s, head.effective_wind_m_s);
            let climb = rise[0] * head.toward[0] + rise[1] * head.toward[1];
            let flat = climb.hypot(1.0);
            let cost = table.cost(&class, wind.map(|part| part as f32), rise.map(|part| part as f32));
            let drift = f64::from(cost.drift_east_s_m).hypot(f64::from(cost.drift_north_s_m));
            let slowness = f64::from(cost.slowness_s_m);
            let found = [1.0 / (slowness - drift), 1.0 / slowness, 1.0 / (slowness + drift)];
            let exact = [1.0, 0.0, -1.0].map(|cosine| ellipse.radial_rate_of_spread_m_s(cosine) / flat);
            for place in 0..3 {
                worst[place] = worst[place].max((found[place] / exact[place] - 1.0).abs());
            }
        }
    }
    worst
}

/// The largest error at the head is that of a wind that all but balances the slope.
#[test]
fn the_table_is_within_a_thousandth_of_the_exact_rate() {
    let [head, across, back] = worst();
    assert!(head < 2e-4, "head {head:e}");
    assert!(across < 4e-4, "across {across:e}");
    assert!(back < 4e-4, "back {back:e}");
}

#[test]
fn a_bed_where_no_fire_spreads_stands() {
    let beds = FuelBeds::standard();
    let bed = beds.get(101).expect("GR1 burns");
    let dead = DeadFuelMoisture { one_hour: 0.3, ten_hour: 0.3, hundred_hour: 0.3 };
    let class = Class::of(&bed.moistened(&FuelMoisture { dead, ..DRY }));
    let cost = SpreadTable::of(bed).cost(&class, [3.0, 0.0], [0.0, 0.5]);
    assert_eq!(cost, TravelCost::standing(class.heat_per_unit_area_kj_m2));
}

#[test]
fn every_finite_forcing_gives_a_finite_cost() {
    let beds = FuelBeds::standard();
    let bed = beds.get(2).expect("FM2 burns");
    let (table, class) = (SpreadTable::of(bed), Class::of(&bed.moistened(&DRY)));
    for forcing in [0.0, 1e-38, -1e-20, 1e-7, 3.0, -40.0, 1e20, f32::MAX] {
        for other in [0.0, 1e-10, -0.3, 1e30] {
            let cost = table.cost(&class, [forcing, other], [other, forcing]);
            let finite = cost.slowness_s_m.is_finite() && cost.drift_east_s_m.is_finite();
            assert!(finite && cost.drift_north_s_m.is_finite(), "{forcing} {other}: {cost:?}");
        }
    }
}
