//! The classes that the tables are kept by: each built from a quantity or read from its published name.

use crate::moisture::class::{classes, named};
use crate::units::{M_PER_FT, fahrenheit_of_celsius};

/// Temperature below which the tables end, degrees F.
const TEMPERATURE_F_MIN: f64 = 10.0;

/// First temperature of each class but the first, degrees F.
const TEMPERATURE_F_EDGES: [f64; 5] = [30.0, 50.0, 70.0, 90.0, 110.0];

/// Width of a humidity class, percent.
const HUMIDITY_PCT_STEP: f64 = 5.0;

/// The hours that the day tables cover, and how many one column does.
const HOUR_MIN: f64 = 8.0;
const HOUR_MAX: f64 = 20.0;
const HOUR_STEP: f64 = 2.0;

/// Steepest gentle slope, percent.
const GENTLE_SLOPE_PCT_MAX: f64 = 30.0;

/// Share of the fuel in shade from which on it counts as shaded.
const SHADED_SHARE_MIN: f64 = 0.5;

/// Farthest above or below the station's elevation that counts as level, and the end of the tables, ft.
const LEVEL_FT_MAX: f64 = 1000.0;
const ELEVATION_DIFFERENCE_FT_MAX: f64 = 2000.0;

/// A quantity outside the tables.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum FineDeadError {
    /// Colder than the tables, or no number.
    #[error("temperature is {temperature_c} degrees C; the tables begin at -12.5 (10 degrees F)")]
    Temperature {
        /// The air's temperature.
        temperature_c: f64,
    },
    /// No share.
    #[error("relative humidity is {relative_humidity}; it lies from 0 to 1")]
    Humidity {
        /// The share given.
        relative_humidity: f64,
    },
    /// No month.
    #[error("month is {month}; January is 1 and December is 12")]
    Month {
        /// The number given.
        month: u8,
    },
    /// Night, or no hour of a day.
    #[error("local hour is {hour_local}; the day tables hold from 8 to before 20")]
    Night {
        /// The hour given.
        hour_local: f64,
    },
    /// No direction.
    #[error("aspect is {aspect_deg} degrees; it is the compass direction that the slope faces")]
    Aspect {
        /// The direction given.
        aspect_deg: f64,
    },
    /// No slope.
    #[error("slope is {slope_tan}; it is rise over run, 0 or more")]
    Slope {
        /// The slope given.
        slope_tan: f64,
    },
    /// No share.
    #[error("shade is {shade}; it lies from 0 to 1")]
    Shade {
        /// The share given.
        shade: f64,
    },
    /// The weather was read too far above or below.
    #[error(
        "site lies {difference_m} m above the weather station; the tables hold to 610 m (2000 ft) above or below"
    )]
    Elevation {
        /// The site's elevation less the station's.
        difference_m: f64,
    },
}

/// Class of the air's temperature, named by degrees F.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Temperature(u8);

impl Temperature {
    /// Every class, from cold to warm.
    pub const ALL: &'static [Self] = &[Self(0), Self(1), Self(2), Self(3), Self(4), Self(5)];
    const NAMES: &'static [&'static str] = &["10-29", "30-49", "50-69", "70-89", "90-109", ">109"];

    /// The class of a temperature to the nearest degree F.
    pub fn of_c(temperature_c: f64) -> Result<Self, FineDeadError> {
        let temperature_f = fahrenheit_of_celsius(temperature_c).round();
        if !temperature_f.is_finite() || temperature_f < TEMPERATURE_F_MIN {
            return Err(FineDeadError::Temperature { temperature_c });
        }
        Ok(Self(TEMPERATURE_F_EDGES.iter().filter(|edge| temperature_f >= **edge).count() as u8))
    }

    /// Its name, as [`FromStr`](std::str::FromStr) reads it.
    pub fn name(self) -> &'static str {
        Self::NAMES[self.place()]
    }

    /// Its row or column in the tables.
    pub(super) fn place(self) -> usize {
        usize::from(self.0)
    }
}

named!(Temperature: "a temperature class (degrees F)");

/// Class of the air's relative humidity, named by percent: steps of five, and 100 alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Humidity(u8);

impl Humidity {
    /// Every class, from dry to damp.
    pub const ALL: &'static [Self] = &{
        let mut all = [Self(0); 21];
        let mut place = 0;
        while place < all.len() {
            all[place] = Self(place as u8);
            place += 1;
        }
        all
    };
    const NAMES: &'static [&'static str] = &[
        "0-4", "5-9", "10-14", "15-19", "20-24", "25-29", "30-34", "35-39", "40-44", "45-49", "50-54",
        "55-59", "60-64", "65-69", "70-74", "75-79", "80-84", "85-89", "90-94", "95-99", "100",
    ];

    /// The class of a relative humidity, 0 to 1, to the nearest percent.
    pub fn of_share(relative_humidity: f64) -> Result<Self, FineDeadError> {
        let range = 0.0..=1.0;
        if !range.contains(&relative_humidity) {
            return Err(FineDeadError::Humidity { relative_humidity });
        }
        Ok(Self(((100.0 * relative_humidity).round() / HUMIDITY_PCT_STEP) as u8))
    }

    /// Its name, as [`FromStr`](std::str::FromStr) reads it.
    pub fn name(self) -> &'static str {
        Self::NAMES[self.place()]
    }

    /// Its row or column in the tables.
    pub(super) fn place(self) -> usize {
        usize::from(self.0)
    }
}

named!(Humidity: "a relative humidity class (percent)");

classes! {
    /// Months with a correction table of their own; in the southern hemisphere add six months.
    Season: "a group of months" {
        /// May, June, July.
        MayToJuly = "May-Jul",
        /// February to April and August to October.
        SpringOrAutumn = "Feb-Apr,Aug-Oct",
        /// November, December, January.
        NovemberToJanuary = "Nov-Jan",
    }
}

impl Season {
    /// The group of a month, 1 to 12, on the northern hemisphere.
    pub fn of_month(month: u8) -> Result<Self, FineDeadError> {
        match month {
            5..=7 => Ok(Self::MayToJuly),
            2..=4 | 8..=10 => Ok(Self::SpringOrAutumn),
            1 | 11 | 12 => Ok(Self::NovemberToJanuary),
            _ => Err(FineDeadError::Month { month }),
        }
    }
}

classes! {
    /// Two hours of the day, local standard or daylight time as people there keep it.
    Hour: "a time of day" {
        /// 8:00 to before 10:00.
        From8 = "08-10",
        /// 10:00 to before 12:00.
        From10 = "10-12",
        /// 12:00 to before 14:00.
        From12 = "12-14",
        /// 14:00 to before 16:00.
        From14 = "14-16",
        /// 16:00 to before 18:00.
        From16 = "16-18",
        /// 18:00 to before 20:00, or sunset where it comes first.
        From18 = "18-sunset",
    }
}

impl Hour {
    /// The class of an hour of the day, such as 14.5.
    pub fn of_local(hour_local: f64) -> Result<Self, FineDeadError> {
        if !(HOUR_MIN..HOUR_MAX).contains(&hour_local) {
            return Err(FineDeadError::Night { hour_local });
        }
        Ok(Self::ALL[((hour_local - HOUR_MIN) / HOUR_STEP) as usize])
    }
}

classes! {
    /// The quarter of the compass that a slope faces.
    Aspect: "an aspect" {
        /// North: 315 to before 45 degrees.
        North = "N",
        /// East: 45 to before 135 degrees.
        East = "E",
        /// South: 135 to before 225 degrees.
        South = "S",
        /// West: 225 to before 315 degrees.
        West = "W",
    }
}

impl Aspect {
    /// The quarter around a compass direction; any number of turns.
    pub fn of_deg(aspect_deg: f64) -> Result<Self, FineDeadError> {
        if !aspect_deg.is_finite() {
            return Err(FineDeadError::Aspect { aspect_deg });
        }
        let quarter = (aspect_deg.rem_euclid(360.0) + 45.0) / 90.0;
        Ok(Self::ALL[quarter as usize % 4])
    }
}

classes! {
    /// Steepness, named by percent; it counts on exposed ground only.
    Slope: "a slope class (percent)" {
        /// Rise over run to 0.30.
        Gentle = "0-30",
        /// Steeper.
        Steep = "31+",
    }
}

impl Slope {
    /// The class of a rise over run, to the nearest percent.
    pub fn of_tan(slope_tan: f64) -> Result<Self, FineDeadError> {
        if !(slope_tan.is_finite() && slope_tan >= 0.0) {
            return Err(FineDeadError::Slope { slope_tan });
        }
        Ok(if (100.0 * slope_tan).round() <= GENTLE_SLOPE_PCT_MAX { Self::Gentle } else { Self::Steep })
    }
}

classes! {
    /// Shading of the fuel by canopy and cloud together.
    Shading: "a shading" {
        /// Less than half.
        Exposed = "exposed",
        /// Half or more.
        Shaded = "shaded",
    }
}

impl Shading {
    /// The class of the share of the fuel that is in shade, 0 to 1.
    pub fn of_share(shade: f64) -> Result<Self, FineDeadError> {
        match shade {
            0.0..SHADED_SHARE_MIN => Ok(Self::Exposed),
            SHADED_SHARE_MIN..=1.0 => Ok(Self::Shaded),
            _ => Err(FineDeadError::Shade { shade }),
        }
    }
}

classes! {
    /// Where the fuel lies, seen from where the weather was read.
    Elevation: "an elevation class" {
        /// 1000 to 2000 ft (305 to 610 m) below it.
        Below = "below",
        /// Within 1000 ft of it.
        Level = "level",
        /// 1000 to 2000 ft above it.
        Above = "above",
    }
}

impl Elevation {
    /// The class of the site's elevation less the weather station's.
    pub fn of_difference_m(difference_m: f64) -> Result<Self, FineDeadError> {
        let difference_ft = difference_m / M_PER_FT;
        if difference_ft.abs() <= LEVEL_FT_MAX {
            return Ok(Self::Level);
        }
        // Rounding of a whole number of feet written in metres does not push it over the edge.
        if difference_ft.abs().round() <= ELEVATION_DIFFERENCE_FT_MAX {
            return Ok(if difference_ft < 0.0 { Self::Below } else { Self::Above });
        }
        Err(FineDeadError::Elevation { difference_m })
    }
}
