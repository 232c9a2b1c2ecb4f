//! A fuel bed whose live fuel has its moisture, in single precision: the bed of a cell in some nanoseconds.
//!
//! Live moisture settles how much grass is cured, and with it every load. What dead moisture then enters are three sums that
//! are linear in it (the dead fuel's own moisture, the heat sink, the live fuel's moisture of extinction) and two damping
//! polynomials: the same equations as [`FuelBed::moistened`], with their constants gathered.

use super::Curing;
use super::bed::FuelBed;
use super::moist::{Category, KJ_M2_PER_BTU_FT2};
use crate::moisture::{DeadFuelMoisture, LiveFuelMoisture};
use crate::units::M_S_PER_FT_MIN;

/// Closer to extinction than this share of it nothing spreads: what is left would be rounding. Source: sixteen steps of single
/// precision.
const ROUNDING: f32 = 1e-6;

const DRY: DeadFuelMoisture = DeadFuelMoisture { one_hour: 0.0, ten_hour: 0.0, hundred_hour: 0.0 };

/// A fuel bed at one live moisture: what is left to know is dead moisture, wind and slope.
#[derive(Clone, Copy, Debug)]
pub(in crate::spread) struct CuredBed {
    /// The dead fuel's moisture over that of its extinction.
    dead: Linear,
    /// Moisture of extinction of the live fuel, as long as it is above the dead fuel's.
    live_extinction: Linear,
    /// Heat sink over what makes a rate in m/s of the reaction.
    heat_sink: Linear,
    /// Reaction intensity undamped, Btu/ft2/min: dead and live.
    reaction_btu_ft2_min: [f32; 2],
    dead_extinction_moisture: f32,
    live_moisture: f32,
    /// Heat per unit area over the reaction intensity.
    heat_kj_m2: f32,
}

/// A constant and the factors of dead 1 h, 10 h and 100 h moisture.
#[derive(Clone, Copy, Debug)]
struct Linear([f32; 4]);

impl Linear {
    #[inline]
    fn at(&self, [one_hour, ten_hour, hundred_hour]: [f32; 3]) -> f32 {
        let Self([constant, one, ten, hundred]) = self;
        constant + one * one_hour + (ten * ten_hour + hundred * hundred_hour)
    }

    /// Of a function that is linear in dead moisture, from its values at four moistures.
    fn of(function: impl Fn(&Category) -> f64, dead: impl Fn(DeadFuelMoisture) -> Category) -> Self {
        let at = |one_hour, ten_hour, hundred_hour| {
            function(&dead(DeadFuelMoisture { one_hour, ten_hour, hundred_hour }))
        };
        let dry = at(0.0, 0.0, 0.0);
        let wet = [at(1.0, 0.0, 0.0), at(0.0, 1.0, 0.0), at(0.0, 0.0, 1.0)].map(|wet| (wet - dry) as f32);
        Self([dry as f32, wet[0], wet[1], wet[2]])
    }
}

impl CuredBed {
    /// The bed at a live moisture, held inside 0 to 10 kg/kg.
    pub(in crate::spread) fn of(bed: &FuelBed, live: &LiveFuelMoisture) -> Self {
        let cured = bed.cured_share(live.herbaceous, Curing::BehavePlus);
        let dead_at = |moisture| bed.dead_category(&moisture, cured);
        let (dead, live) = (dead_at(DRY), bed.live_category(live, cured));
        let [dead_btu_lb_min, live_btu_lb_min] = bed.reaction_btu_lb_min;
        let extinction = bed.dead_extinction_moisture;
        let rate_m_s = bed.flux_ratio * M_S_PER_FT_MIN * bed.surface / bed.bulk_density_lb_ft3;
        Self {
            dead: Linear::of(|dead| dead.moisture() / extinction, dead_at),
            live_extinction: Linear::of(|dead| live.extinction_unbounded(dead, extinction), dead_at),
            heat_sink: Linear::of(|dead| (dead.heat_btu_lb_ft2 + live.heat_btu_lb_ft2) / rate_m_s, dead_at),
            reaction_btu_ft2_min: [
                (dead_btu_lb_min * dead.net_load_lb_ft2()) as f32,
                (live_btu_lb_min * live.net_load_lb_ft2()) as f32,
            ],
            dead_extinction_moisture: extinction as f32,
            live_moisture: live.moisture() as f32,
            heat_kj_m2: (bed.residence_min * KJ_M2_PER_BTU_FT2) as f32,
        }
    }

    /// Slowness on level ground in still air, s/m, infinite where no fire spreads, and the heat released per unit area,
    /// kJ/m2, at a moisture of dead 1 h, 10 h and 100 h fuel inside 0 to 10 kg/kg.
    #[inline]
    pub(in crate::spread) fn still(&self, dead_moisture: [f32; 3]) -> [f32; 2] {
        let [dead_btu_ft2_min, live_btu_ft2_min] = self.reaction_btu_ft2_min;
        let (above, least) = (self.live_extinction.at(dead_moisture), self.dead_extinction_moisture);
        // Not `max`, which looks for lost numbers.
        let live_extinction = if above > least { above } else { least };
        let reaction_btu_ft2_min = dead_btu_ft2_min * damping(self.dead.at(dead_moisture))
            + live_btu_ft2_min * damping(self.live_moisture / live_extinction);
        [self.heat_sink.at(dead_moisture) / reaction_btu_ft2_min, self.heat_kj_m2 * reaction_btu_ft2_min]
    }
}

/// Source: equation 29, as in `moist`.
#[inline]
fn damping(r: f32) -> f32 {
    if r >= 1.0 - ROUNDING { 0.0 } else { 1.0 + r * (-2.59 + r * (5.11 - 3.52 * r)) }
}
