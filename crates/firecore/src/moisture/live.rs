//! Moisture of live fuel, by the season's course or by what the plants look like.
//!
//! Weather of three weeks gives a growing season index, and the index the moisture of grass and of shrubs; or somebody
//! looks and names the [`Stage`]. Neither knows the species, the soil or drought that lasts for months.
//!
//! ```
//! use firecore::moisture::live::{self, GrowingDay};
//!
//! let day = GrowingDay {
//!     temperature_c_min: 8.0,
//!     temperature_c_max: 24.0,
//!     relative_humidity_min: 0.35,
//!     latitude_deg: 45.0,
//!     day_of_year: 170,
//! };
//! let moisture = live::moisture(live::mean_index(&[day; 21]));
//! assert!((moisture.herbaceous - 1.07).abs() < 0.01 && (moisture.woody - 1.09).abs() < 0.01);
//! ```

use super::LiveFuelMoisture;
use super::class::classes;

/// Night temperatures at which growth begins and is free, degrees C. Source: Jolly, Nemani and Running (2005), Glob.
/// Change Biol. 11:619.
const COLD_C: (f64, f64) = (-2.0, 5.0);

/// Deficits of vapour pressure from which on, and from which on fully, dry air shuts leaves, Pa. Source: likewise.
const DRY_PA: (f64, f64) = (900.0, 4100.0);

/// Lengths of day at which growth begins and is free, s: 10 and 11 hours. Source: likewise.
const DARK_S: (f64, f64) = (36_000.0, 39_600.0);

/// Days that the index is the mean of. Source: likewise.
pub const INDEX_DAYS: usize = 21;

/// Index from which on plants are green. Source: National Fire Danger Rating System 2016.
const GREEN_INDEX: f64 = 0.5;

/// Moisture of dormant and of fully green plants. Source: National Fire Danger Rating System 2016.
const HERBACEOUS: (f64, f64) = (0.30, 2.50);
const WOODY: (f64, f64) = (0.60, 2.00);

/// Tilt of the Earth's axis, degrees, days from the winter solstice to the year's beginning, and days of a year.
/// Source: MT-CLIM, Running, Nemani and Hungerford (1987), Can. J. For. Res. 17:472.
const TILT_DEG: f64 = 23.45;
const SOLSTICE_DAYS: f64 = 10.25;
const DAYS_PER_YEAR: f64 = 365.0;

const S_PER_DAY: f64 = 86_400.0;

/// Weather of one day, as far as growth depends on it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GrowingDay {
    /// Lowest air temperature, degrees C.
    pub temperature_c_min: f64,
    /// Highest air temperature, degrees C.
    pub temperature_c_max: f64,
    /// Lowest relative humidity, 0 to 1.
    pub relative_humidity_min: f64,
    /// Degrees north.
    pub latitude_deg: f64,
    /// 1 to 366.
    pub day_of_year: u16,
}

impl GrowingDay {
    /// How far cold, dry air and short days leave growth free on this day alone: 0 to 1.
    ///
    /// Dryness is that of the afternoon, as in the National Fire Danger Rating System 2016; Jolly et al. took the day's
    /// mean, which gives higher indices in dry summers.
    ///
    /// Source: Jolly, Nemani and Running (2005), Glob. Change Biol. 11:619, eq. 1-4.
    pub fn index(&self) -> f64 {
        let warmth = ramp(self.temperature_c_min, COLD_C);
        let damp = 1.0 - ramp(self.vapour_pressure_deficit_pa(), DRY_PA);
        let light = ramp(day_length_s(self.latitude_deg, self.day_of_year), DARK_S);
        warmth * damp * light
    }

    /// Source: saturation pressure by Magnus' formula with the constants of Murray (1967), J. Appl. Meteorol. 6:203, as
    /// in the National Fire Danger Rating System 2016.
    fn vapour_pressure_deficit_pa(&self) -> f64 {
        let temperature_c = self.temperature_c_max.clamp(-60.0, 60.0);
        let saturated_pa = 610.7 * (17.38 * temperature_c / (239.0 + temperature_c)).exp();
        saturated_pa * (1.0 - self.relative_humidity_min.clamp(0.0, 1.0))
    }
}

/// Mean index of the last [`INDEX_DAYS`] days: 0 without any.
pub fn mean_index(days: &[GrowingDay]) -> f64 {
    let last = &days[days.len().saturating_sub(INDEX_DAYS)..];
    if last.is_empty() {
        return 0.0;
    }
    last.iter().map(GrowingDay::index).sum::<f64>() / last.len() as f64
}

/// Moisture of live fuel at a growing season index, 0 to 1.
///
/// Dormant below 0.5, then in proportion to what the index has above it: herbaceous 0.30 to 2.50, woody 0.60 to 2.00.
/// Annual grass that has cured does not green again in the same year; this function does not remember.
///
/// Source: National Fire Danger Rating System 2016.
/// Valid for: places where the index reaches 1 in the green season; elsewhere divide it by its highest value there.
pub fn moisture(index: f64) -> LiveFuelMoisture {
    let green = ramp(index, (GREEN_INDEX, 1.0));
    let between = |(dormant, lush): (f64, f64)| dormant + (lush - dormant) * green;
    LiveFuelMoisture { herbaceous: between(HERBACEOUS), woody: between(WOODY) }
}

classes! {
    /// What live foliage looks like.
    Stage: "a stage of live foliage" {
        /// Fresh, annuals at the beginning of the growing season.
        Fresh = "fresh",
        /// Still developing, full of sap.
        Maturing = "maturing",
        /// New growth complete, like older perennial foliage.
        Mature = "mature",
        /// Colouring, some leaves fallen.
        EnteringDormancy = "entering-dormancy",
        /// Cured: burns like dead fuel.
        Cured = "cured",
    }
}

impl Stage {
    /// Moisture of foliage at this stage; of cured foliage the most that it holds.
    ///
    /// Source: Rothermel (1983), INT-143, table II-2: 3.00, 2.00, 1.00, 0.50 and below 0.30, each a round figure.
    pub fn moisture(self) -> f64 {
        match self {
            Self::Fresh => 3.00,
            Self::Maturing => 2.00,
            Self::Mature => 1.00,
            Self::EnteringDormancy => 0.50,
            Self::Cured => 0.30,
        }
    }
}

/// Moisture of live fuel from the stages of grass and of shrubs.
pub fn moisture_at(herbaceous: Stage, woody: Stage) -> LiveFuelMoisture {
    LiveFuelMoisture { herbaceous: herbaceous.moisture(), woody: woody.moisture() }
}

/// From 0 at the first bound to 1 at the second.
fn ramp(value: f64, (low, high): (f64, f64)) -> f64 {
    ((value - low) / (high - low)).clamp(0.0, 1.0)
}

/// Time from sunrise to sunset.
///
/// Source: MT-CLIM, Running, Nemani and Hungerford (1987), Can. J. For. Res. 17:472, without refraction.
fn day_length_s(latitude_deg: f64, day_of_year: u16) -> f64 {
    let turn = std::f64::consts::TAU * (f64::from(day_of_year) + SOLSTICE_DAYS) / DAYS_PER_YEAR;
    let declination_rad = -TILT_DEG.to_radians() * turn.cos();
    let latitude_rad = latitude_deg.clamp(-89.9, 89.9).to_radians();
    let cos_sunset = -(latitude_rad.tan() * declination_rad.tan());
    cos_sunset.clamp(-1.0, 1.0).acos() / std::f64::consts::PI * S_PER_DAY
}

#[cfg(test)]
mod tests {
    use super::*;

    fn june() -> GrowingDay {
        GrowingDay {
            temperature_c_min: 10.0,
            temperature_c_max: 18.0,
            relative_humidity_min: 0.60,
            latitude_deg: 45.0,
            day_of_year: 172,
        }
    }

    #[test]
    fn each_limit_alone_stops_growth() {
        assert_eq!(june().index(), 1.0);
        assert_eq!(GrowingDay { temperature_c_min: -2.0, ..june() }.index(), 0.0);
        assert!((GrowingDay { temperature_c_min: 1.5, ..june() }.index() - 0.5).abs() < 1e-12);
        assert_eq!(GrowingDay { day_of_year: 355, ..june() }.index(), 0.0);
        // 40 degrees C saturates at 7370 Pa.
        let scorched = GrowingDay { temperature_c_max: 40.0, relative_humidity_min: 0.10, ..june() };
        assert_eq!(scorched.index(), 0.0);
        let half =
            GrowingDay { temperature_c_max: 40.0, relative_humidity_min: 1.0 - 2500.0 / 7370.0, ..june() };
        assert!((half.index() - 0.5).abs() < 0.01, "{}", half.index());
    }

    #[test]
    fn days_are_as_long_as_almanacs_say() {
        // Without refraction: equinox 12 h; 45 degrees north 15.4 h and 8.6 h at the solstices.
        assert!((day_length_s(45.0, 80) / 3600.0 - 12.0).abs() < 0.1);
        assert!((day_length_s(45.0, 172) / 3600.0 - 15.43).abs() < 0.05);
        assert!((day_length_s(45.0, 355) / 3600.0 - 8.57).abs() < 0.05);
        assert_eq!(day_length_s(80.0, 172), S_PER_DAY);
        assert_eq!(day_length_s(-80.0, 172), 0.0);
    }

    #[test]
    fn moisture_follows_the_index_between_dormant_and_green() {
        assert_eq!(moisture(0.3), LiveFuelMoisture { herbaceous: 0.30, woody: 0.60 });
        assert_eq!(moisture(1.0), LiveFuelMoisture { herbaceous: 2.50, woody: 2.00 });
        let half = moisture(0.75);
        assert!((half.herbaceous - 1.40).abs() < 1e-12 && (half.woody - 1.30).abs() < 1e-12);
    }

    #[test]
    fn the_index_is_the_mean_of_the_last_three_weeks() {
        let winter = GrowingDay { temperature_c_min: -10.0, ..june() };
        let mut days = vec![winter; 40];
        days.extend([june(); 7]);
        assert!((mean_index(&days) - 7.0 / 21.0).abs() < 1e-12);
        assert_eq!(mean_index(&[]), 0.0);
    }

    #[test]
    fn stages_dry_in_their_order() {
        assert!(Stage::ALL.windows(2).all(|pair| pair[0].moisture() > pair[1].moisture()));
        let live = moisture_at("cured".parse().unwrap(), Stage::Mature);
        assert_eq!(live, LiveFuelMoisture { herbaceous: 0.30, woody: 1.00 });
    }
}
