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

/// Relative errors of the rate of spread along the slope at the head, flanks and back.
fn errors(table: &SpreadTable, moist: &MoistBed, wind: [f64; 2], rise: [f64; 2]) -> [f64; 3] {
    let head = moist.spread(wind, rise);
    let ellipse = Ellipse::new(head.heading_rate_of_spread_m_s, head.effective_wind_m_s);
    let cost = table.cost(&Class::of(moist), wind.map(|part| part as f32), rise.map(|part| part as f32));
    let slowness = f64::from(cost.slowness_s_m);
    let drift = slowness - 1.0 / f64::from(cost.head_m_s());
    let found = [1.0 / (slowness - drift), 1.0 / slowness, 1.0 / (slowness + drift)];
    let exact = [1.0, 0.0, -1.0].map(|cosine| ellipse.radial_rate_of_spread_m_s(cosine));
    std::array::from_fn(|place| (found[place] / exact[place] - 1.0).abs())
}

/// Largest relative errors of the rate of spread at the head, flanks and back, over all standard fuel.
fn worst() -> [f64; 3] {
    let mut worst = [0.0_f64; 3];
    let beds = FuelBeds::standard();
    for bed in FuelModels::standard().all().iter().filter_map(|model| beds.get(model.code)) {
        let (table, moist) = (SpreadTable::of(bed), bed.moistened(&DRY));
        for (wind, rise) in forcings() {
            for (place, error) in errors(&table, &moist, wind, rise).into_iter().enumerate() {
                worst[place] = worst[place].max(error);
            }
        }
    }
    worst
}

/// Largest relative errors at the head, flanks and back where a wind against the slope is that many times what balances it.
fn worst_near_balance(share: f64) -> [f64; 3] {
    let mut worst = [0.0_f64; 3];
    let beds = FuelBeds::standard();
    for bed in FuelModels::standard().all().iter().filter_map(|model| beds.get(model.code)) {
        let (table, moist) = (SpreadTable::of(bed), bed.moistened(&DRY));
        for rise in [0.05, 0.2, 0.5, 0.8, 1.2, 2.0] {
            let balance_m_s = moist.spread([0.0; 2], [0.0, rise]).effective_wind_m_s;
            let wind = [0.0, -share * balance_m_s];
            for (place, error) in errors(&table, &moist, wind, [0.0, rise]).into_iter().enumerate() {
                worst[place] = worst[place].max(error);
            }
        }
    }
    worst
}

/// Factors that nearly cancel keep the table's error of each; their small rest shows it in the shape.
#[test]
fn near_the_balance_of_wind_and_slope_the_head_stays_within_a_thousandth() {
    for share in [0.9, 0.98, 0.99, 0.999, 0.9999, 1.0001, 1.001, 1.01, 1.02, 1.1] {
        let [head, across, back] = worst_near_balance(share);
        assert!(head < 3e-4, "{share}: head {head:e}");
        assert!(across < 5e-4 && back < 5e-4, "{share}: across {across:e}, back {back:e}");
    }
    // Where they cancel altogether the exact fire is a circle, and the table's a little longer than wide.
    let [head, across, back] = worst_near_balance(1.0);
    assert!(head < 3e-4 && across < 0.06 && back < 0.12, "head {head:e}, across {across:e}, back {back:e}");
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
