//! Lookup tables of surface spread: a cell's travel cost in some nanoseconds instead of some hundred.
//!
//! What costs time in Rothermel's and Anderson's fits are their powers and exponentials, and of these only two functions
//! of one number are left once a fuel bed is chosen: the wind factor by wind speed, and the shape and pace of the ellipse
//! by the summed factor of wind and slope. Neither depends on moisture, so a [`SpreadTable`] belongs to a fuel bed alone;
//! a moisture class adds two numbers, a [`Class`]. Both functions are kept as straight pieces between nodes that lie evenly
//! on the scale of floating point numbers, so that the bits of a number say where it belongs.
//!
//! ```
//! use firecore::moisture::{DeadFuelMoisture, FuelMoisture, LiveFuelMoisture};
//! use firecore::spread::lookup::{Class, SpreadTable};
//! use firecore::spread::rothermel::FuelBeds;
//!
//! let beds = FuelBeds::standard();
//! let bed = beds.get(102).expect("GR2 burns");
//! let dry = FuelMoisture {
//!     dead: DeadFuelMoisture { one_hour: 0.03, ten_hour: 0.04, hundred_hour: 0.05 },
//!     live: LiveFuelMoisture { herbaceous: 0.30, woody: 0.60 },
//! };
//! let cost = SpreadTable::of(bed).cost(&Class::of(&bed.moistened(&dry)), [1.6, 0.0], [0.0, 0.0]);
//! let exact = bed.moistened(&dry).spread([1.6, 0.0], [0.0, 0.0]).heading_rate_of_spread_m_s;
//! assert!((f64::from(1.0 / cost.seconds([1.0, 0.0])) / exact - 1.0).abs() < 1e-3);
//! ```

mod pieces;
#[cfg(test)]
mod tests;

use pieces::Pieces;

use super::crown::CrownClass;
use super::ellipse;
use super::front::lanes::{LANES, Lanes, four};
use super::front::{RATE_OF_SPREAD_MIN_M_S, TravelCost, TravelCosts};
use super::rothermel::{CuredBed, FuelBed, MoistBed};

/// Summed factors of wind and slope below this one do not move the fire: it grows as a circle. They change its rate by
/// less than a part in a million million.
const FACTOR_MIN: f32 = 1e-12;

/// Winds and slopes beyond this many m/s and rise over run are held inside half of it, to keep the arithmetic finite.
const FORCING_MAX: f32 = 1000.0;

/// A fuel bed's answer to wind and slope, tabulated.
#[derive(Clone, Debug)]
pub struct SpreadTable {
    /// Wind factor over wind speed, by the square of the speed in m/s.
    per_wind: Pieces<1, 7>,
    /// Slowness over that in still air, and the drift's, by the summed factor, where the ellipse's length is not at its
    /// bound: for weak factors and for those that matter.
    weak: Pieces<2, 3>,
    strong: Pieces<2, 6>,
    /// The factor from which on the ellipse keeps its longest shape.
    factor_of_longest: f32,
    /// Slowness times (1 + factor) there, and the drift's.
    longest: [f32; 2],
    slope_factor: f32,
}

/// What a moisture class decides, for one fuel bed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Class {
    /// Seconds a metre on level ground in still air; infinite where no fire spreads.
    pub still_slowness_s_m: f32,
    /// Heat released per unit area by the flaming front, kJ/m2.
    pub heat_per_unit_area_kj_m2: f32,
}

/// Four of them.
pub(super) struct Classes {
    pub(super) still_slowness_s_m: Lanes,
    pub(super) heat_per_unit_area_kj_m2: Lanes,
}

impl Class {
    /// The class of a bed at a moisture.
    pub fn of(bed: &MoistBed) -> Self {
        Self {
            still_slowness_s_m: (1.0 / bed.still_rate_of_spread_m_s()) as f32,
            heat_per_unit_area_kj_m2: bed.heat_per_unit_area_kj_m2() as f32,
        }
    }

    /// The class of a bed at its live moisture and a moisture of dead 1 h, 10 h and 100 h fuel.
    #[inline]
    pub(super) fn of_cured(bed: &CuredBed, dead_moisture: [f32; 3]) -> Self {
        let [still_slowness_s_m, heat_per_unit_area_kj_m2] = bed.still(dead_moisture);
        Self { still_slowness_s_m, heat_per_unit_area_kj_m2 }
    }
}

impl SpreadTable {
    /// Tabulates a bed: 7,900 nodes, 0.10 ms.
    pub fn of(bed: &FuelBed) -> Self {
        let [wind_factor, wind_power] = bed.wind_power();
        let pace = |factor: f64| {
            let length_to_width = ellipse::anderson(bed.effective_wind_m_s(factor));
            let [slowness, drift] = pace(length_to_width);
            [(slowness / (1.0 + factor)) as f32, (drift / (1.0 + factor)) as f32]
        };
        Self {
            per_wind: Pieces::of_power(-28..20, wind_factor, wind_power),
            weak: Pieces::of(-44..-6, pace),
            strong: Pieces::of(-6..16, pace),
            factor_of_longest: factor_of_longest(bed) as f32,
            longest: pace_of_longest(),
            slope_factor: bed.slope_factor(1.0) as f32,
        }
    }

    /// The travel cost of a cell under a mid-flame wind and on a slope.
    ///
    /// **Shape**: both vectors are east and north components: the wind the way it blows, m/s, and the upslope gradient,
    /// rise over run.
    ///
    /// Source: [`MoistBed::spread`] and [`ellipse::length_to_width`], within 0.1 % of the rate of spread of head, flanks
    /// and back, for the standard models. Where wind and slope cancel to within a ten-thousandth of either the head keeps that,
    /// but the shape, there almost a circle, is resolved to a tenth only.
    #[inline(always)]
    pub fn cost(&self, class: &Class, midflame_wind_m_s: [f32; 2], rise: [f32; 2]) -> TravelCost {
        let squared = |[east, north]: [f32; 2]| east * east + north * north;
        let (mut wind, mut rise) = (midflame_wind_m_s, rise);
        if squared(wind) + squared(rise) > FORCING_MAX * FORCING_MAX {
            (wind, rise) = (held(wind), held(rise));
        }
        let ([wind_east, wind_north], [rise_east, rise_north]) = (wind, rise);
        let (wind_squared, rise_squared) = (squared(wind), squared(rise));
        let [per_wind] = self.per_wind.at(wind_squared);
        let per_rise = self.slope_factor * rise_squared.sqrt();
        let east = per_wind * wind_east + per_rise * rise_east;
        let north = per_wind * wind_north + per_rise * rise_north;
        let factor_squared = east * east + north * north;
        let factor = factor_squared.sqrt();
        let [slowness, drift] = self.pace(factor);
        // Rates are along the slope, and so is the drift: the way in the heading direction climbs.
        let climb = rise_east * east + rise_north * north;
        let along = (factor_squared + climb * climb).sqrt();
        let per_along = if factor > FACTOR_MIN { 1.0 / along } else { 0.0 };
        let slowness_s_m = class.still_slowness_s_m * slowness;
        let drift_s_m = class.still_slowness_s_m * drift;
        // As in `TravelCost::on_slope`; a lost number counts as a front that stands, too.
        let spreads = (slowness_s_m - drift_s_m) * (RATE_OF_SPREAD_MIN_M_S as f32) < 1.0;
        if !spreads {
            return TravelCost::standing(class.heat_per_unit_area_kj_m2);
        }
        let drift_s_m = -drift_s_m * per_along;
        TravelCost {
            slowness_s_m,
            drift_east_s_m: drift_s_m * (east + climb * rise_east),
            drift_north_s_m: drift_s_m * (north + climb * rise_north),
            rise_east,
            rise_north,
            heat_per_unit_area_kj_m2: class.heat_per_unit_area_kj_m2,
            class: CrownClass::Surface,
        }
    }

    /// [`Self::cost`] by four tables, the same to the last bit; whether no wind or slope is beyond every one on Earth.
    #[inline(always)]
    pub(super) fn costs(
        tables: [&Self; LANES],
        classes: &Classes,
        [wind_east, wind_north]: [Lanes; 2],
        [rise_east, rise_north]: [Lanes; 2],
        costs: &mut TravelCosts,
    ) -> bool {
        let (zero, one) = (Lanes::ZERO, Lanes::ONE);
        let wind_squared = wind_east * wind_east + wind_north * wind_north;
        let rise_squared = rise_east * rise_east + rise_north * rise_north;
        let within = (wind_squared + rise_squared).simd_le(Lanes::splat(FORCING_MAX * FORCING_MAX));
        let per_wind = Pieces::<1, 7>::at_four(four(|lane| &tables[lane].per_wind), wind_squared);
        let per_rise = Lanes::new(four(|lane| tables[lane].slope_factor)) * rise_squared.sqrt();
        let east = per_wind * wind_east + per_rise * rise_east;
        let north = per_wind * wind_north + per_rise * rise_north;
        let factor_squared = east * east + north * north;
        let factor = factor_squared.sqrt();
        let [slowness, drift] = Self::paces(tables, factor);
        let climb = rise_east * east + rise_north * north;
        let along = (factor_squared + climb * climb).sqrt();
        let per_along = factor.simd_gt(Lanes::splat(FACTOR_MIN)).bitselect(one / along, zero);
        let slowness_s_m = classes.still_slowness_s_m * slowness;
        let drift_s_m = classes.still_slowness_s_m * drift;
        let least = Lanes::splat(RATE_OF_SPREAD_MIN_M_S as f32);
        let spreads = ((slowness_s_m - drift_s_m) * least).simd_lt(one);
        let drift_s_m = -drift_s_m * per_along;
        *costs = TravelCosts {
            slowness_s_m,
            drift_s_m: [drift_s_m * (east + climb * rise_east), drift_s_m * (north + climb * rise_north)],
            rise: [rise_east, rise_north],
            heat_per_unit_area_kj_m2: classes.heat_per_unit_area_kj_m2,
        };
        if !spreads.all() {
            costs.stand_but(spreads);
        }
        within.all()
    }

    /// [`Self::pace`] by four tables.
    #[inline(always)]
    fn paces(tables: [&Self; LANES], factor: Lanes) -> [Lanes; 2] {
        let longest = Lanes::new(four(|lane| tables[lane].factor_of_longest));
        let first = Lanes::splat(tables[0].strong.first());
        if (factor.simd_ge(first) & factor.simd_lt(longest)).all() {
            return Pieces::<2, 6>::at_four(four(|lane| &tables[lane].strong), factor);
        }
        let factors = factor.to_array();
        let paces = four(|lane| tables[lane].pace(factors[lane]));
        [0, 1].map(|part| Lanes::new(four(|lane| paces[lane][part])))
    }

    /// Slowness and drift over the slowness in still air.
    #[inline(always)]
    fn pace(&self, factor: f32) -> [f32; 2] {
        if factor >= self.factor_of_longest {
            self.longest.map(|pace| pace / (1.0 + factor))
        } else if factor >= self.strong.first() {
            self.strong.at(factor)
        } else if factor > FACTOR_MIN {
            self.weak.at(factor)
        } else {
            [1.0, 0.0]
        }
    }
}

/// A wind or slope beyond every one on Earth, held.
#[cold]
fn held(forcing: [f32; 2]) -> [f32; 2] {
    forcing.map(|part| part.clamp(-0.5 * FORCING_MAX, 0.5 * FORCING_MAX))
}

/// Slowness and drift of an ellipse over the slowness of its head.
fn pace(length_to_width: f64) -> [f64; 2] {
    let eccentricity = ellipse::eccentricity(length_to_width);
    let slowness = 1.0 / (1.0 - eccentricity);
    [slowness, eccentricity * slowness]
}

fn pace_of_longest() -> [f32; 2] {
    pace(ellipse::LENGTH_TO_WIDTH_MAX).map(|pace| pace as f32)
}

/// The summed factor at which the ellipse reaches its longest shape, by halving the span of winds.
fn factor_of_longest(bed: &FuelBed) -> f64 {
    let (mut low_m_s, mut high_m_s) = (0.0, 20.0);
    for _ in 0..60 {
        let middle_m_s = 0.5 * (low_m_s + high_m_s);
        if ellipse::anderson(middle_m_s) < ellipse::LENGTH_TO_WIDTH_MAX {
            low_m_s = middle_m_s;
        } else {
            high_m_s = middle_m_s;
        }
    }
    bed.wind_factor_over_wind(low_m_s * low_m_s) * low_m_s
}
