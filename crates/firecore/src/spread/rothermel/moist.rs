//! A fuel bed at one moisture, and its answer to wind and slope.

use super::bed::{CLASSES, FuelBed, Particle, TOTAL_MINERAL, effective_wind_m_s, wind_factor_over_wind};
use super::{Curing, SurfaceSpread, WindLimit};
use crate::moisture::{DeadFuelMoisture, FuelMoisture, LiveFuelMoisture};
use crate::units::{KJ_PER_BTU, M_PER_FT, M_S_PER_FT_MIN};

/// Moisture that inputs are held below: above any fuel's, and there only to keep the arithmetic finite.
const MOISTURE_MAX: f64 = 10.0;

/// Wind components and slopes are held inside plus and minus this many m/s and rise over run, for the same reason.
const FORCING_MAX: f64 = 1000.0;

/// Wind and slope that cancel to within this share of either are taken to balance: what remains is rounding, and
/// has no direction.
const BALANCE: f64 = 1e-12;

/// A fuel bed at one moisture: what is left to know is wind and slope.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MoistBed {
    still_rate_of_spread_m_s: f64,
    heat_per_unit_area_kj_m2: f64,
    wind_factor: f64,
    wind_exponent: f64,
    slope_factor: f64,
    /// Largest factor of wind and slope together; infinite without a wind limit.
    factor_max: f64,
    /// The rate of spread stays at or below the effective wind.
    rate_below_wind: bool,
    reaction_intensity_kw_m2: f64,
    heat_sink_kj_m3: f64,
    dead_moisture: f64,
    live_moisture: f64,
    live_extinction_moisture: f64,
}

impl FuelBed {
    /// The bed at a moisture, held inside 0 to 10 kg/kg.
    ///
    /// In models whose grass cures, live herbaceous load moves to the dead fuel as its moisture falls from 1.2 to
    /// 0.3, keeps its surface-to-volume ratio and takes the 1-hour moisture. The live fuel's moisture of extinction
    /// is found after that.
    ///
    /// Source: Rothermel (1972), INT-115, equations 12 to 77; live moisture of extinction and net load by Albini
    /// (1976), INT-GTR-30; curing by Burgan (1979), in the form that BehavePlus uses.
    pub fn moistened(&self, moisture: &FuelMoisture) -> MoistBed {
        self.moistened_with(moisture, Curing::BehavePlus)
    }

    /// The same, with a choice of how grass cures.
    pub fn moistened_with(&self, moisture: &FuelMoisture, curing: Curing) -> MoistBed {
        let cured = self.cured_share(moisture.live.herbaceous, curing);
        let dead = self.dead_category(&moisture.dead, cured);
        let live = self.live_category(&moisture.live, cured);

        let live_extinction_moisture = live
            .extinction_unbounded(&dead, self.dead_extinction_moisture)
            .max(self.dead_extinction_moisture);
        let dead_lb_ft2 = dead.net_load_lb_ft2() * damping(dead.moisture(), self.dead_extinction_moisture);
        let live_lb_ft2 = live.net_load_lb_ft2() * damping(live.moisture(), live_extinction_moisture);
        let [dead_btu_lb_min, live_btu_lb_min] = self.reaction_btu_lb_min;
        let reaction_btu_ft2_min = dead_btu_lb_min * dead_lb_ft2 + live_btu_lb_min * live_lb_ft2; // eq. 27 and 58
        let heat_sink_btu_ft3 =
            self.bulk_density_lb_ft3 * (dead.heat_btu_lb_ft2 + live.heat_btu_lb_ft2) / self.surface; // eq. 77
        let still_ft_min = reaction_btu_ft2_min * self.flux_ratio / heat_sink_btu_ft3; // eq. 52

        MoistBed {
            still_rate_of_spread_m_s: still_ft_min * M_S_PER_FT_MIN,
            heat_per_unit_area_kj_m2: reaction_btu_ft2_min * self.residence_min * KJ_M2_PER_BTU_FT2,
            wind_factor: self.wind_factor,
            wind_exponent: self.wind_exponent,
            slope_factor: self.slope_factor,
            factor_max: f64::INFINITY,
            rate_below_wind: false,
            reaction_intensity_kw_m2: reaction_btu_ft2_min * KJ_M2_PER_BTU_FT2 / 60.0,
            heat_sink_kj_m3: heat_sink_btu_ft3 * KJ_M2_PER_BTU_FT2 / M_PER_FT,
            dead_moisture: dead.moisture(),
            live_moisture: live.moisture(),
            live_extinction_moisture,
        }
    }

    /// The share of the herbaceous load that is dead at a moisture of it.
    pub(super) fn cured_share(&self, herbaceous: f64, curing: Curing) -> f64 {
        if self.herbaceous_cures { curing.cured_share(held_moisture(herbaceous)) } else { 0.0 }
    }

    /// The dead fuel, with the cured share of the herbs.
    pub(super) fn dead_category(&self, moisture: &DeadFuelMoisture, cured: f64) -> Category {
        let one_hour = held_moisture(moisture.one_hour);
        let mut dead = Category::default();
        dead.add(&self.dead[0], 1.0, one_hour);
        dead.add(&self.dead[1], 1.0, held_moisture(moisture.ten_hour));
        dead.add(&self.dead[2], 1.0, held_moisture(moisture.hundred_hour));
        dead.add(&self.herbaceous, cured, one_hour);
        dead
    }

    /// The live fuel, without the cured share of the herbs.
    pub(super) fn live_category(&self, moisture: &LiveFuelMoisture, cured: f64) -> Category {
        let mut live = Category::default();
        live.add(&self.herbaceous, 1.0 - cured, held_moisture(moisture.herbaceous));
        live.add(&self.woody, 1.0, held_moisture(moisture.woody));
        live
    }
}

/// A moisture inside 0 to 10 kg/kg.
pub(in crate::spread) fn held_moisture(moisture: f64) -> f64 {
    moisture.clamp(0.0, MOISTURE_MAX)
}

impl MoistBed {
    /// The head of a fire under a mid-flame wind and on a slope.
    ///
    /// **Shape**: both arguments are east and north components: the wind the way it blows, m/s, and the upslope
    /// gradient, rise over run. The factors of wind and slope add as vectors. Where the two balance, the rate is
    /// that of level ground in still air and the fire grows as a circle; the rate is never below that.
    ///
    /// Source: Rothermel (1972), INT-115, equations 47 to 52; the sum of vectors and the effective wind by
    /// Andrews (2018), RMRS-GTR-371.
    /// Valid for: finite arguments, held inside plus and minus 1000.
    pub fn spread(&self, midflame_wind_m_s: [f64; 2], slope_tan: [f64; 2]) -> SurfaceSpread {
        if self.still_rate_of_spread_m_s <= 0.0 {
            return SurfaceSpread::NONE;
        }
        let [wind_east, wind_north] = midflame_wind_m_s.map(|wind| wind.clamp(-FORCING_MAX, FORCING_MAX));
        let [rise_east, rise_north] = slope_tan.map(|rise| rise.clamp(-FORCING_MAX, FORCING_MAX));

        // Each factor over the length of the vector that it goes with, so that neither is divided by a length.
        let wind_squared = wind_east * wind_east + wind_north * wind_north;
        let per_wind = wind_factor_over_wind(self.wind_factor, self.wind_exponent, wind_squared);
        let slope = (rise_east * rise_east + rise_north * rise_north).sqrt();
        let per_slope = self.slope_factor * slope;

        let east = per_wind * wind_east + per_slope * rise_east;
        let north = per_wind * wind_north + per_slope * rise_north;
        let length = (east * east + north * north).sqrt();
        let wind = wind_squared.sqrt();
        if length <= BALANCE * (per_wind * wind + per_slope * slope) {
            return self.still();
        }
        // Not `min`, which would make an infinite rate of a lost number.
        let factor = if length > self.factor_max { self.factor_max } else { length };
        let wind_alone = slope == 0.0 && factor == length;
        let effective_wind_m_s = if wind_alone { wind } else { self.effective_wind_m_s(factor) };
        let mut rate_m_s = self.still_rate_of_spread_m_s * (1.0 + factor);
        if self.rate_below_wind {
            let limit_m_s = effective_wind_m_s.max(self.still_rate_of_spread_m_s);
            rate_m_s = if rate_m_s > limit_m_s { limit_m_s } else { rate_m_s };
        }
        SurfaceSpread {
            heading_rate_of_spread_m_s: rate_m_s,
            toward: [east / length, north / length],
            effective_wind_m_s,
            heat_per_unit_area_kj_m2: self.heat_per_unit_area_kj_m2,
        }
    }

    /// The mid-flame wind that, blowing upslope, gives the head a rate of spread, m/s.
    ///
    /// **Shape**: the slope is rise over run. 0 where the head is at least that fast in still air; `None` where no
    /// fire spreads, and where a wind limit stands in the way.
    ///
    /// Source: Rothermel (1972), INT-115, equations 47 to 52, solved for the wind.
    pub fn upslope_wind_m_s(&self, rate_of_spread_m_s: f64, slope_tan: f64) -> Option<f64> {
        if self.still_rate_of_spread_m_s <= 0.0 {
            return None;
        }
        let slope_factor = self.slope_factor * slope_tan.clamp(0.0, FORCING_MAX).powi(2);
        let mut factor = rate_of_spread_m_s / self.still_rate_of_spread_m_s - 1.0;
        if self.rate_below_wind && factor > 0.0 {
            // The effective wind must be as fast as the head.
            factor = factor.max(self.wind_factor * rate_of_spread_m_s.powf(self.wind_exponent));
        }
        let within_limit = factor <= self.factor_max || factor <= slope_factor;
        within_limit.then(|| self.effective_wind_m_s((factor - slope_factor).max(0.0)))
    }

    /// The same bed with a limit on the wind or on the rate of spread; the direction stays. Without a call, none.
    ///
    /// A limit on the wind holds rate of spread and shape, one on the rate of spread leaves the shape alone.
    pub fn with_wind_limit(mut self, limit: WindLimit) -> Self {
        self.factor_max = self.wind_factor * self.wind_limit_m_s(limit).powf(self.wind_exponent);
        self.rate_below_wind = limit == WindLimit::RateOfSpread2013;
        self
    }

    /// Largest effective wind of a limit, m/s; infinite where it limits none.
    pub fn wind_limit_m_s(&self, limit: WindLimit) -> f64 {
        let reaction_btu_ft2_min = self.reaction_intensity_kw_m2 * 60.0 / KJ_M2_PER_BTU_FT2;
        limit.wind_ft_min(reaction_btu_ft2_min) * M_S_PER_FT_MIN
    }

    /// Rate of spread on level ground in still air, m/s. Source: Rothermel (1972), eq. 52 with both factors zero.
    pub fn still_rate_of_spread_m_s(&self) -> f64 {
        self.still_rate_of_spread_m_s
    }

    /// Heat released per unit area by the flaming front, kJ/m2.
    pub fn heat_per_unit_area_kj_m2(&self) -> f64 {
        self.heat_per_unit_area_kj_m2
    }

    /// Heat released per second and area by the flaming front, kW/m2. Not the fireline intensity.
    pub fn reaction_intensity_kw_m2(&self) -> f64 {
        self.reaction_intensity_kw_m2
    }

    /// Heat needed to ignite the fuel in a unit volume of the bed, kJ/m3.
    pub fn heat_sink_kj_m3(&self) -> f64 {
        self.heat_sink_kj_m3
    }

    /// Moisture of the dead fuel, weighted by surface.
    pub fn dead_moisture(&self) -> f64 {
        self.dead_moisture
    }

    /// Moisture of the live fuel, weighted by surface; 0 where none is left alive.
    pub fn live_moisture(&self) -> f64 {
        self.live_moisture
    }

    /// Moisture from which on live fuel takes heat and gives none; the dead fuel's where none is left alive.
    pub fn live_extinction_moisture(&self) -> f64 {
        self.live_extinction_moisture
    }

    fn still(&self) -> SurfaceSpread {
        SurfaceSpread {
            heading_rate_of_spread_m_s: self.still_rate_of_spread_m_s,
            heat_per_unit_area_kj_m2: self.heat_per_unit_area_kj_m2,
            ..SurfaceSpread::NONE
        }
    }

    fn effective_wind_m_s(&self, factor: f64) -> f64 {
        effective_wind_m_s(self.wind_factor, self.wind_exponent, factor)
    }
}

/// kJ/m2 in one Btu/ft2.
pub(super) const KJ_M2_PER_BTU_FT2: f64 = KJ_PER_BTU / (M_PER_FT * M_PER_FT);

/// Sums over the particles of one category, dead or live.
#[derive(Default)]
pub(super) struct Category {
    /// Surface of the particles over the ground's area, ft2/ft2.
    surface: f64,
    surface_moisture: f64,
    /// Surface times heated share times heat of preignition.
    pub(super) heat_btu_lb_ft2: f64,
    /// Load by its heated share, lb/ft2, and the same times moisture.
    fine_lb_ft2: f64,
    fine_moisture_lb_ft2: f64,
    live_weight_lb_ft2: f64,
    class_surface: [f64; CLASSES],
    class_load_lb_ft2: [f64; CLASSES],
}

impl Category {
    /// Adds a share of a particle's load at a moisture.
    fn add(&mut self, particle: &Particle, share: f64, moisture: f64) {
        let load_lb_ft2 = share * particle.load_lb_ft2;
        let surface = load_lb_ft2 * particle.surface_ft2_lb;
        let fine_lb_ft2 = load_lb_ft2 * particle.heated_share;
        self.surface += surface;
        self.surface_moisture += surface * moisture;
        self.heat_btu_lb_ft2 += surface * particle.heated_share * (250.0 + 1116.0 * moisture); // eq. 12 and 14
        self.fine_lb_ft2 += fine_lb_ft2;
        self.fine_moisture_lb_ft2 += fine_lb_ft2 * moisture;
        self.live_weight_lb_ft2 += load_lb_ft2 * particle.live_weight;
        self.class_surface[particle.class] += surface;
        self.class_load_lb_ft2[particle.class] += load_lb_ft2;
    }

    pub(super) fn moisture(&self) -> f64 {
        if self.surface > 0.0 { self.surface_moisture / self.surface } else { 0.0 }
    }

    /// Load without minerals, each particle weighted by the surface of its class. Source: Albini (1976).
    ///
    /// Weighting by the particle's own surface, as Rothermel (1972) first did, gives too little where two kinds of
    /// fine fuel share a category.
    pub(super) fn net_load_lb_ft2(&self) -> f64 {
        if self.surface <= 0.0 {
            return 0.0;
        }
        let counted = 0..CLASSES - 1;
        let weighted: f64 =
            counted.map(|class| self.class_surface[class] * self.class_load_lb_ft2[class]).sum();
        (1.0 - TOTAL_MINERAL) * weighted / self.surface
    }

    /// Moisture of extinction of live fuel, which is never below that of the dead fuel.
    ///
    /// Source: Albini (1976), INT-GTR-30, in place of Rothermel's eq. 88.
    pub(super) fn extinction_unbounded(&self, dead: &Self, dead_extinction: f64) -> f64 {
        if self.live_weight_lb_ft2 <= 0.0 {
            return dead_extinction;
        }
        let dead_to_live = dead.fine_lb_ft2 / self.live_weight_lb_ft2;
        let dead_moisture = dead.fine_moisture_lb_ft2 / dead.fine_lb_ft2;
        2.9 * dead_to_live * (1.0 - dead_moisture / dead_extinction) - 0.226
    }
}

/// How moisture slows the reaction: 1 when dry, 0 from extinction on. Source: equation 29.
fn damping(moisture: f64, extinction: f64) -> f64 {
    /// Closer to extinction than this what is left is rounding, and would spread as a fire of some nanometres a day.
    const ROUNDING: f64 = 1e-12;
    let r = moisture / extinction;
    if r >= 1.0 - ROUNDING {
        return 0.0;
    }
    1.0 + r * (-2.59 + r * (5.11 - 3.52 * r))
}
