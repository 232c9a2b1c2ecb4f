//! A fuel bed whose live fuel has its moisture, in single precision: the bed of a cell in some nanoseconds.
//!
//! Live moisture settles how much grass is cured, and with it every load. What dead moisture then enters are three sums that
//! are linear in it (the dead fuel's own moisture, the heat sink, the live fuel's moisture of extinction) and two damping
//! polynomials: the same equations as [`FuelBed::moistened`], with their constants gathered.

use wide::f32x4;

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
    /// The dead fuel's moisture over that of its extinction; the moisture of extinction of the live fuel, as long as it is above
    /// the dead fuel's; the heat sink over what makes a rate in m/s of the reaction.
    linear: Linear,
    /// Reaction intensity undamped, Btu/ft2/min: dead and live.
    reaction_btu_ft2_min: [f32; 2],
    dead_extinction_moisture: f32,
    live_moisture: f32,
    /// Heat per unit area over the reaction intensity.
    heat_kj_m2: f32,
}

/// Three functions that are linear in dead moisture, and one lane to fill a register: constants and factors of 1 h, 10 h and
/// 100 h moisture.
#[derive(Clone, Copy, Debug)]
struct Linear([f32x4; 4]);

impl Linear {
    #[inline(always)]
    fn at(&self, dead_moisture: [f32; 3]) -> [f32; 4] {
        let Self([constant, one, ten, hundred]) = *self;
        let [one_hour, ten_hour, hundred_hour] = dead_moisture.map(f32x4::splat);
        (constant + one * one_hour + (ten * ten_hour + hundred * hundred_hour)).to_array()
    }

    /// From the functions' values at four moistures.
    fn of(functions: impl Fn(&Category) -> [f64; 3], dead: impl Fn(DeadFuelMoisture) -> Category) -> Self {
        let at = |one_hour, ten_hour, hundred_hour| {
            let [dead, extinction, sink] =
                functions(&dead(DeadFuelMoisture { one_hour, ten_hour, hundred_hour }));
            [dead, extinction, sink, 0.0]
        };
        let dry = at(0.0, 0.0, 0.0);
        let wet = [at(1.0, 0.0, 0.0), at(0.0, 1.0, 0.0), at(0.0, 0.0, 1.0)];
        let lanes = |of: &dyn Fn(usize) -> f64| f32x4::new(std::array::from_fn(|lane| of(lane) as f32));
        let [one, ten, hundred] = wet.map(|wet| lanes(&|lane| wet[lane] - dry[lane]));
        Self([lanes(&|lane| dry[lane]), one, ten, hundred])
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
        let functions = |dead: &Category| {
            [
                dead.moisture() / extinction,
                live.extinction_unbounded(dead, extinction),
                (dead.heat_btu_lb_ft2 + live.heat_btu_lb_ft2) / rate_m_s,
            ]
        };
        Self {
            linear: Linear::of(functions, dead_at),
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
    #[inline(always)]
    pub(in crate::spread) fn still(&self, dead_moisture: [f32; 3]) -> [f32; 2] {
        let [dead_btu_ft2_min, live_btu_ft2_min] = self.reaction_btu_ft2_min;
        let [dead, above, heat_sink, _] = self.linear.at(dead_moisture);
        let least = self.dead_extinction_moisture;
        // Not `max`, which looks for lost numbers.
        let live_extinction = if above > least { above } else { least };
        let [dead, live] = damping([dead, self.live_moisture / live_extinction]);
        let reaction_btu_ft2_min = dead_btu_ft2_min * dead + live_btu_ft2_min * live;
        [heat_sink / reaction_btu_ft2_min, self.heat_kj_m2 * reaction_btu_ft2_min]
    }
}

/// Source: equation 29, as in `moist`.
#[inline(always)]
fn damping(r: [f32; 2]) -> [f32; 2] {
    let polynomial = r.map(|r| 1.0 + r * (-2.59 + r * (5.11 - 3.52 * r)));
    std::array::from_fn(|lane| if r[lane] >= 1.0 - ROUNDING { 0.0 } else { polynomial[lane] })
}
