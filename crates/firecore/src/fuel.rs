//! Fuel models: what the ground holds that can burn.
//!
//! A [`FuelModels`] says what the codes of a landscape mean: the standard sets, or those and a user's own.
//!
//! ```
//! use firecore::fuel::FuelModels;
//!
//! let models = FuelModels::standard();
//! assert!(models.burns(102));
//! assert_eq!(models.describe(102), "GR2 low load, dry climate grass");
//! assert_eq!(models.describe(98), "98 open water");
//! ```

use std::borrow::Cow;
use std::fmt;

use crate::landscape::FuelCode;
use crate::units::{KG_PER_LB, KJ_PER_BTU, M_PER_FT};

pub mod crosswalk;
pub mod custom;
mod fault;
mod models;
mod standard;
#[cfg(test)]
mod tests;

pub use fault::FuelFault;
pub use models::FuelModels;

/// Density of fuel particles, lb/ft3. Source: Albini (1976), INT-GTR-30.
pub(crate) const PARTICLE_DENSITY_LB_FT3: f64 = 32.0;

/// One fuel model, or one kind of ground that does not burn.
#[derive(Clone, Debug, PartialEq)]
pub struct FuelModel {
    /// The code that rasters hold.
    pub code: FuelCode,
    /// Short name; the standard ones are `FM1` to `FM13`, `GR1` to `SB4`, `NB0` to `NB9`.
    pub name: Cow<'static, str>,
    /// What it stands for, in a few words.
    pub description: Cow<'static, str>,
    /// `None` where nothing burns.
    pub(crate) fuel: Option<Fuel>,
}

/// A fuel model's numbers, in the units of their reports.
#[derive(Clone, Debug, PartialEq)]
pub struct Fuel {
    /// Oven-dry load: 1 h, 10 h, 100 h, live herbaceous, live woody.
    pub load_lb_ft2: [f64; 5],
    /// Surface-to-volume ratio, same order; 0 where there is no load.
    pub surface_to_volume_1_ft: [f64; 5],
    /// Depth of the fuel bed.
    pub depth_ft: f64,
    /// Moisture of dead fuel at which no fire spreads.
    pub dead_extinction_moisture: f64,
    /// Low heat of combustion of dead fuel, cured herbaceous fuel among it.
    pub dead_heat_btu_lb: f64,
    /// The same of live fuel.
    pub live_heat_btu_lb: f64,
    /// The herbaceous load moves to the dead fuel as it dries.
    pub herbaceous_cures: bool,
}

impl FuelModel {
    /// A model of somebody's own; without `fuel` nothing burns.
    ///
    /// **Errors** name the number that no fuel has.
    pub fn new(
        code: FuelCode,
        name: String,
        description: String,
        fuel: Option<Fuel>,
    ) -> Result<Self, FuelFault> {
        match fuel.as_ref().and_then(Fuel::fault) {
            Some(fault) => Err(fault),
            None => Ok(Self { code, name: name.into(), description: description.into(), fuel }),
        }
    }

    /// Its numbers in the units of its report; `None` where nothing burns.
    pub fn fuel(&self) -> Option<&Fuel> {
        self.fuel.as_ref()
    }

    /// The standard model of a code; `None` for a code that no standard set holds. What a landscape's own codes
    /// mean, its [`FuelModels`] say.
    pub fn standard(code: FuelCode) -> Option<&'static Self> {
        models::standard(code)
    }

    /// False for water, rock, snow, ploughed fields, towns, and where there is no data.
    pub fn is_burnable(&self) -> bool {
        self.fuel.is_some()
    }

    /// Depth of the fuel bed, m; 0 where nothing burns.
    pub fn depth_m(&self) -> f64 {
        self.fuel.as_ref().map_or(0.0, |fuel| fuel.depth_ft * M_PER_FT)
    }

    /// Moisture of dead fuel from which on no fire spreads; 0 where nothing burns.
    pub fn dead_extinction_moisture(&self) -> f64 {
        self.fuel.as_ref().map_or(0.0, |fuel| fuel.dead_extinction_moisture)
    }

    /// Oven-dry load, kg/m2: 1 h, 10 h, 100 h, live herbaceous, live woody; 0 where nothing burns.
    pub fn load_kg_m2(&self) -> [f64; 5] {
        self.fuel.as_ref().map_or([0.0; 5], |fuel| {
            fuel.load_lb_ft2.map(|load_lb_ft2| load_lb_ft2 * KG_PER_LB / (M_PER_FT * M_PER_FT))
        })
    }

    /// Surface-to-volume ratio of the same five, 1/m; 0 where there is no load.
    pub fn surface_to_volume_1_m(&self) -> [f64; 5] {
        self.fuel
            .as_ref()
            .map_or([0.0; 5], |fuel| fuel.surface_to_volume_1_ft.map(|ratio_1_ft| ratio_1_ft / M_PER_FT))
    }

    /// Low heat of combustion of dead and of live fuel, kJ/kg; 0 where nothing burns.
    pub fn heat_kj_kg(&self) -> [f64; 2] {
        self.fuel.as_ref().map_or([0.0; 2], |fuel| {
            [fuel.dead_heat_btu_lb, fuel.live_heat_btu_lb]
                .map(|heat_btu_lb| heat_btu_lb * KJ_PER_BTU / KG_PER_LB)
        })
    }

    /// Whether the herbaceous load moves to the dead fuel as it dries.
    pub fn herbaceous_cures(&self) -> bool {
        self.fuel.as_ref().is_some_and(|fuel| fuel.herbaceous_cures)
    }
}

/// `GR2 low load, dry climate grass`; where nothing burns the code leads, for that is what maps call it: `98 open water`.
impl fmt::Display for FuelModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.is_burnable() {
            true => write!(f, "{} {}", self.name, self.description),
            false => write!(f, "{} {}", self.code, self.description),
        }
    }
}
