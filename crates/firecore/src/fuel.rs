//! Standard fuel models: what the ground holds that can burn.
//!
//! ```
//! use firecore::fuel::{self, FuelModel};
//!
//! let grass = FuelModel::standard(102).expect("102 is a standard model");
//! assert!(grass.is_burnable());
//! assert_eq!(fuel::describe(102), "GR2 low load, dry climate grass");
//! assert_eq!(fuel::describe(98), "98 open water");
//! ```

use std::fmt;

use crate::landscape::FuelCode;
use crate::units::M_PER_FT;

mod standard;
#[cfg(test)]
mod tests;

/// One standard fuel model, or one standard kind of ground that does not burn.
#[derive(Clone, Debug, PartialEq)]
pub struct FuelModel {
    /// The code that rasters hold.
    pub code: FuelCode,
    /// Short name: `FM1` to `FM13`, `GR1` to `SB4`, `NB0` to `NB9`.
    pub name: &'static str,
    /// What it stands for, in a few words.
    pub description: &'static str,
    /// `None` where nothing burns.
    pub(crate) fuel: Option<Fuel>,
}

/// A fuel model's numbers, in the units of their reports.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Fuel {
    /// Oven-dry load: 1 h, 10 h, 100 h, live herbaceous, live woody.
    pub(crate) load_lb_ft2: [f64; 5],
    /// Surface-to-volume ratio, same order; 0 where there is no load.
    pub(crate) surface_to_volume_1_ft: [f64; 5],
    /// Depth of the fuel bed.
    pub(crate) depth_ft: f64,
    /// Moisture of dead fuel at which no fire spreads.
    pub(crate) dead_extinction_moisture: f64,
    /// Low heat of combustion, the same for every particle.
    pub(crate) heat_btu_lb: f64,
    /// The herbaceous load moves to the dead fuel as it dries.
    pub(crate) herbaceous_cures: bool,
}

impl FuelModel {
    /// The standard model of a code; `None` for a code that no standard set holds.
    pub fn standard(code: FuelCode) -> Option<&'static Self> {
        standard::STANDARD.get(usize::from(PLACE[usize::from(code)]))
    }

    /// Every standard model, by rising code; those that do not burn among them.
    pub fn all() -> &'static [Self] {
        &standard::STANDARD
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

/// Whether ground of a code burns: a standard model that carries fuel.
pub fn burns(code: FuelCode) -> bool {
    FuelModel::standard(code).is_some_and(FuelModel::is_burnable)
}

/// Several codes in words.
pub fn describe_all(codes: impl IntoIterator<Item = FuelCode>) -> String {
    codes.into_iter().map(describe).collect::<Vec<_>>().join(", ")
}

/// A fuel code in words, known or not.
pub fn describe(code: FuelCode) -> String {
    match FuelModel::standard(code) {
        Some(model) => model.to_string(),
        None => format!("{code} not a standard fuel model"),
    }
}

/// Stands in [`PLACE`] for a code that no standard set holds.
const ABSENT: u8 = u8::MAX;

/// Where each code's model lies in the standard table.
static PLACE: [u8; 256] = places();

const fn places() -> [u8; 256] {
    let mut places = [ABSENT; 256];
    let mut place = 0;
    while place < standard::STANDARD.len() {
        places[standard::STANDARD[place].code as usize] = place as u8;
        place += 1;
    }
    places
}
