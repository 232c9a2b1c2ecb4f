//! Fine dead fuel moisture by look-up: a reference for the air, then a correction for place and time of day.
//!
//! Every input is a class. A class is built from a quantity (`of_..`) or read from its name in the published tables.
//!
//! It covers the day, from 08:00 to 20:00 or sunset. The tables do not hold for the night, when cold air gathers in the
//! valleys: an hour of it is refused.
//!
//! ```
//! use firecore::moisture::fine_dead::{Elevation, FineDead, Season, Shading, Slope};
//!
//! let site = FineDead {
//!     temperature: "70-89".parse()?,
//!     humidity: "20-24".parse()?,
//!     season: Season::MayToJuly,
//!     hour: "14-16".parse()?,
//!     aspect: "S".parse()?,
//!     slope: Slope::Gentle,
//!     shading: Shading::Exposed,
//!     elevation: Elevation::Level,
//! };
//! assert_eq!(site.moisture().one_hour, 0.03);
//! # Ok::<(), firecore::moisture::ClassError>(())
//! ```

use super::DeadFuelMoisture;
use tables::{EXPOSED_PCT, REFERENCE_PCT, SHADED_PCT};

mod classes;
mod tables;
#[cfg(test)]
mod tests;

pub use classes::{Aspect, Elevation, FineDeadError, Hour, Humidity, Season, Shading, Slope, Temperature};

/// How much wetter ten-hour and hundred-hour fuel are than one-hour fuel. Source: Rothermel (1983), INT-143.
const TEN_HOUR_MORE: f64 = 0.02;
const HUNDRED_HOUR_MORE: f64 = 0.04;

/// All that the method asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FineDead {
    /// Of the air, where the weather was read.
    pub temperature: Temperature,
    /// Of the air, where the weather was read.
    pub humidity: Humidity,
    /// Time of the year.
    pub season: Season,
    /// Time of the day.
    pub hour: Hour,
    /// Of the site.
    pub aspect: Aspect,
    /// Of the site.
    pub slope: Slope,
    /// Of the fuel.
    pub shading: Shading,
    /// Of the site against the weather station.
    pub elevation: Elevation,
}

impl FineDead {
    /// Reference moisture of one-hour fuel for the air alone.
    ///
    /// Source: Rothermel (1983), INT-143, after Fosberg and Deeming (1971), RM-207.
    pub fn reference(&self) -> f64 {
        f64::from(self.reference_pct()) / 100.0
    }

    /// What place and time add to the reference.
    ///
    /// Source: Rothermel (1983), INT-143. In three cells (east, exposed, February to April and August to October)
    /// codings differ by 0.01; here they hold what two of three have.
    pub fn correction(&self) -> f64 {
        f64::from(self.correction_pct()) / 100.0
    }

    /// Moisture of dead fuel: reference and correction, 0.02 more for ten-hour and 0.04 more for hundred-hour fuel.
    ///
    /// Valid for: fine fuel between 08:00 and sunset that no rain has wetted.
    pub fn moisture(&self) -> DeadFuelMoisture {
        let one_hour = f64::from(self.reference_pct() + self.correction_pct()) / 100.0;
        DeadFuelMoisture {
            one_hour,
            ten_hour: one_hour + TEN_HOUR_MORE,
            hundred_hour: one_hour + HUNDRED_HOUR_MORE,
        }
    }

    fn reference_pct(&self) -> u8 {
        REFERENCE_PCT[self.temperature.place()][self.humidity.place()]
    }

    fn correction_pct(&self) -> u8 {
        let (season, aspect) = (self.season as usize, self.aspect as usize);
        let by_hour = match self.shading {
            Shading::Exposed => &EXPOSED_PCT[season][self.slope as usize][aspect],
            Shading::Shaded => &SHADED_PCT[season][aspect],
        };
        by_hour[self.hour as usize][self.elevation as usize]
    }
}
