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
use crate::spread::front::lanes::{LANES, Lanes, four};
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
    /// Reaction intensity undamped, Btu/ft2/min: dead and live; the dead fuel's moisture of extinction; the live fuel's moisture.
    constants: [f32; 4],
    /// Heat per unit area over the reaction intensity.
    heat_kj_m2: f32,
}

/// Three functions that are linear in dead moisture, and one lane to fill a register: constants and factors of 1 h, 10 h and
/// 100 h moisture.
#[derive(Clone, Copy, Debug)]
struct Linear([f32x4; 4]);

impl Linear {
    #[inline(always)]
    fn at(&self, [one_hour, ten_hour, hundred_hour]: [f32x4; 3]) -> f32x4 {
        let Self([constant, one, ten, hundred]) = *self;
        constant + one * one_hour + (ten * ten_hour + hundred * hundred_hour)
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
            constants: [
                (dead_btu_lb_min * dead.net_load_lb_ft2()) as f32,
                (live_btu_lb_min * live.net_load_lb_ft2()) as f32,
                extinction as f32,
                live.moisture() as f32,
            ],
            heat_kj_m2: (bed.residence_min * KJ_M2_PER_BTU_FT2) as f32,
        }
    }

    /// Slowness on level ground in still air, s/m, infinite where no fire spreads, and the heat released per unit area,
    /// kJ/m2, at a moisture of dead 1 h, 10 h and 100 h fuel inside 0 to 10 kg/kg.
    #[inline(always)]
    pub(in crate::spread) fn still(&self, dead_moisture: [f32; 3]) -> [f32; 2] {
        let [dead_btu_ft2_min, live_btu_ft2_min, least, live_moisture] = self.constants;
        let [dead, above, heat_sink, _] = self.linear.at(dead_moisture.map(f32x4::splat)).to_array();
        // Not `max`, which looks for lost numbers.
        let live_extinction = if above > least { above } else { least };
        let [dead, live] = damping([dead, live_moisture / live_extinction]);
        let reaction_btu_ft2_min = dead_btu_ft2_min * dead + live_btu_ft2_min * live;
        [heat_sink / reaction_btu_ft2_min, self.heat_kj_m2 * reaction_btu_ft2_min]
    }
}

impl CuredBed {
    /// [`Self::still`] of four beds, each at a moisture of its own: by bed, four times the same number.
    #[inline(always)]
    pub(in crate::spread) fn still_of_four(
        beds: [&Self; LANES],
        dead_moisture: [[f32x4; 3]; LANES],
    ) -> [Lanes; 2] {
        let linear = four(|lane| beds[lane].linear.at(dead_moisture[lane]));
        let [dead, above, heat_sink, _] = Lanes::transpose(linear);
        let constants = four(|lane| Lanes::new(beds[lane].constants));
        let [dead_btu_ft2_min, live_btu_ft2_min, least, live_moisture] = Lanes::transpose(constants);
        let live_extinction = above.simd_gt(least).bitselect(above, least);
        let dead = damping_of_four(dead);
        let live = damping_of_four(live_moisture / live_extinction);
        let reaction_btu_ft2_min = dead_btu_ft2_min * dead + live_btu_ft2_min * live;
        let heat_kj_m2 = Lanes::new(four(|lane| beds[lane].heat_kj_m2));
        [heat_sink / reaction_btu_ft2_min, heat_kj_m2 * reaction_btu_ft2_min]
    }
}

#[inline(always)]
fn damping_of_four(r: Lanes) -> Lanes {
    let of = Lanes::splat;
    let polynomial = of(1.0) + r * (of(-2.59) + r * (of(5.11) - of(3.52) * r));
    r.simd_ge(of(1.0 - ROUNDING)).bitselect(Lanes::ZERO, polynomial)
}

/// Source: equation 29, as in `moist`.
#[inline(always)]
fn damping(r: [f32; 2]) -> [f32; 2] {
    let polynomial = r.map(|r| 1.0 + r * (-2.59 + r * (5.11 - 3.52 * r)));
    std::array::from_fn(|lane| if r[lane] >= 1.0 - ROUNDING { 0.0 } else { polynomial[lane] })
}
