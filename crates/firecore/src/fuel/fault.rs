//! Numbers that no fuel has.

use super::{Fuel, PARTICLE_DENSITY_LB_FT3};

/// Kinds of particles, in the order of [`Fuel`]'s arrays.
const KINDS: [&str; 5] = ["1 h", "10 h", "100 h", "live herbaceous", "live woody"];

/// Heaviest load of a class, lb/ft2: some 220 short ton/acre, above the heaviest slash; more is a slip of units.
const LOAD_LB_FT2_MAX: f64 = 10.0;

/// Finest particles, 1/ft: needles and grass end at some 4000, moss at some 10 000.
const RATIO_1_FT_MAX: f64 = 10_000.0;

/// Coarsest particles, 1/ft: below 16 a particle adds nothing to the fire in Albini's (1976) weighting.
const RATIO_1_FT_MIN: f64 = 16.0;

/// Deepest bed, ft: above any shrub that fire spreads through as a bed.
const DEPTH_FT_MAX: f64 = 30.0;

/// Heat contents of plants, Btu/lb: pure carbon has 14 100.
const HEAT_BTU_LB: [f64; 2] = [1_000.0, 14_100.0];

/// A number that no fuel has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: needed {needed}, found {found}")]
pub struct FuelFault {
    /// Which number.
    pub field: String,
    /// What would do.
    pub needed: String,
    /// What was given.
    pub found: String,
}

impl Fuel {
    /// The first of its numbers that no fuel has.
    pub fn fault(&self) -> Option<FuelFault> {
        self.checked().err()
    }

    fn checked(&self) -> Result<(), FuelFault> {
        let within =
            |field: &str, value: f64, low: f64, high: f64, unit: &str| match value >= low && value <= high {
                true => Ok(()),
                false => Err(fault(field, &format!("{low} to {high}{unit}"), &short(value))),
            };
        let loads = self.load_lb_ft2;
        for (load, kind) in loads.into_iter().zip(KINDS) {
            within(&format!("{kind} load"), load, 0.0, LOAD_LB_FT2_MAX, " lb/ft2")?;
        }
        if loads[..3].iter().sum::<f64>() <= 0.0 {
            let needed = "at least one above 0: without dead fuel no fire spreads";
            return Err(fault("dead loads", needed, "none"));
        }
        for ((load, ratio), kind) in loads.into_iter().zip(self.surface_to_volume_1_ft).zip(KINDS) {
            if load > 0.0 {
                let field = format!("{kind} surface-to-volume ratio");
                within(&field, ratio, RATIO_1_FT_MIN, RATIO_1_FT_MAX, " 1/ft where there is load")?;
            }
        }
        if !(self.depth_ft > 0.0 && self.depth_ft <= DEPTH_FT_MAX) {
            let needed = format!("above 0 and at most {DEPTH_FT_MAX} ft");
            return Err(fault("depth", &needed, &short(self.depth_ft)));
        }
        let packing = loads.iter().sum::<f64>() / self.depth_ft / PARTICLE_DENSITY_LB_FT3;
        if packing >= 1.0 {
            let found = format!("loads that would fill {} of it", short(packing));
            return Err(fault("depth", "more room than the fuel itself fills", &found));
        }
        if !(self.dead_extinction_moisture > 0.0 && self.dead_extinction_moisture <= 1.0) {
            let found = short(100.0 * self.dead_extinction_moisture);
            return Err(fault("moisture of extinction", "above 0 and at most 100 %", &found));
        }
        for (heat, kind) in [self.dead_heat_btu_lb, self.live_heat_btu_lb].into_iter().zip(["dead", "live"]) {
            let [low, high] = HEAT_BTU_LB;
            within(&format!("heat content of {kind} fuel"), heat, low, high, " Btu/lb")?;
        }
        Ok(())
    }
}

fn fault(field: &str, needed: &str, found: &str) -> FuelFault {
    FuelFault { field: field.to_owned(), needed: needed.to_owned(), found: found.to_owned() }
}

/// At most four digits.
pub(super) fn short(value: f64) -> String {
    let digits = (3.0 - value.abs().max(1e-9).log10().floor()).clamp(0.0, 9.0) as i32;
    let scale = 10.0_f64.powi(digits);
    ((value * scale).round() / scale).to_string()
}
