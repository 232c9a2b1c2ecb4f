//! Dead fuel moisture hour by hour from the weather: sticks of wood that wet and dry under air, sun and rain.
//!
//! Nelson's model: water and warmth move between air and surface and from the surface to the core of a stick, for one
//! size of wood each. The state is a plain value, so that a run can stop at any hour and go on from there.
//!
//! It does not know wind, snow, ground that wets fuel from below, nor light from other slopes.
//!
//! ```
//! use firecore::geo::LonLat;
//! use firecore::moisture::DeadFuelMoisture;
//! use firecore::moisture::conditioning::{HourlyWeather, Site, Sky, StickSet, Sticks, condition};
//!
//! let start: jiff::Timestamp = "2024-08-01T18:00:00Z".parse()?;
//! let weather: Vec<HourlyWeather> = (0..6)
//!     .map(|hour| HourlyWeather {
//!         valid_at: start + jiff::SignedDuration::from_hours(hour),
//!         temperature_c: 30.0,
//!         relative_humidity: 0.20,
//!         rain_kg_m2: 0.0,
//!         sky: Sky::Clouds { cover: 0.1 },
//!     })
//!     .collect();
//! let site = Site::level(LonLat::new(-120.0, 40.0)?, 1500.0);
//! let damp = DeadFuelMoisture { one_hour: 0.12, ten_hour: 0.13, hundred_hour: 0.14 };
//! let mut sticks = Sticks::new(StickSet::DangerRating, damp);
//! let hours = condition(&weather, &site, &mut sticks);
//! assert_eq!(hours[0], damp);
//! assert!(hours[5].one_hour < 0.10);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::DeadFuelMoisture;
use stick::Stick;
use surface::Surroundings;
use wood::{RADII_CM, Wood};

mod site;
mod stick;
pub mod sun;
mod surface;
#[cfg(test)]
mod tests;
mod wood;

pub use site::{FuelWeather, HourlyWeather, Site, Sky, aloft};
pub use wood::StickSet;

/// Rain of one span that the sticks are held below, kg/m2: no hour on record had as much.
const RAIN_KG_M2_MAX: f64 = 500.0;

/// Longest span between two hours that is run through, h; of a longer gap the rest is left out.
const SPAN_H_MAX: f64 = 24.0;

/// Share of one-hour fuel's moisture that is the equilibrium of the ten-hour stick's surface, the rest being that
/// stick's mean. Source: fitted to the one-hour raster of the FlamMap run that the verification compares with.
const FINE_EQUILIBRIUM_SHARE: f64 = 0.8;

/// Sticks of the three sizes and what they have been through: all that has to be kept to go on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sticks {
    set: StickSet,
    initial: DeadFuelMoisture,
    /// `None` until the first weather.
    course: Option<Course>,
}

/// Sticks on their way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Course {
    valid_at: Timestamp,
    air: Surroundings,
    /// By rising size; the first is absent where one-hour fuel follows the second.
    one_hour: Option<Stick>,
    ten_hour: Stick,
    hundred_hour: Stick,
    moisture: DeadFuelMoisture,
}

impl Sticks {
    /// Sticks that hold `initial` when the first weather comes.
    pub fn new(set: StickSet, initial: DeadFuelMoisture) -> Self {
        Self { set, initial, course: None }
    }

    /// Their moisture after the last weather.
    pub fn moisture(&self) -> DeadFuelMoisture {
        self.course.as_ref().map_or(self.initial, |course| course.moisture)
    }

    /// Moves the sticks to the instant of `weather`; between two instants weather changes evenly.
    ///
    /// The first weather only sets the start. An instant that is not after the last one changes nothing, nor does weather
    /// with a value that is not a number; of a gap above 24 hours the first 24 are run. Weather is held inside -60 to 60 degrees C, 0.001 to 1, 0 to 1.4 kW/m2 and
    /// 0 to 500 kg/m2.
    ///
    /// Source: Nelson (2000), Can. J. For. Res. 30:1071; sizes by Carlson et al. (2007), Int. J. Wildland Fire 16:204;
    /// rain and parameters by Bevins (2005). See [`StickSet`].
    /// Valid for: dead wood without bark off the ground; against sticks in the field the model explains 79 % of the
    /// variance for ten-hour fuel and 51 % for 1000-hour fuel, and below 0.30 one-hour fuel is no better than by the
    /// danger rating's equilibrium (Carlson et al. 2007).
    pub fn advance(&mut self, weather: &FuelWeather) -> DeadFuelMoisture {
        if weather.is_unknown() {
            return self.moisture();
        }
        let air = weather.surroundings();
        let woods = woods(self.set);
        match &mut self.course {
            None => self.course = Some(Course::begin(&woods, &self.initial, weather.valid_at, air)),
            Some(course) => course.advance(&woods, weather, air),
        }
        self.moisture()
    }
}

impl Course {
    fn begin(woods: &Woods, initial: &DeadFuelMoisture, valid_at: Timestamp, air: Surroundings) -> Self {
        Self {
            valid_at,
            air,
            one_hour: woods.one_hour.as_ref().map(|wood| Stick::new(wood, initial.one_hour, &air)),
            ten_hour: Stick::new(&woods.ten_hour, initial.ten_hour, &air),
            hundred_hour: Stick::new(&woods.hundred_hour, initial.hundred_hour, &air),
            moisture: *initial,
        }
    }

    fn advance(&mut self, woods: &Woods, weather: &FuelWeather, air: Surroundings) {
        let hours = weather.valid_at.duration_since(self.valid_at).as_secs_f64() / 3600.0;
        if hours <= 0.0 {
            return;
        }
        let hours = hours.min(SPAN_H_MAX);
        let rain_cm = weather.rain_kg_m2.clamp(0.0, RAIN_KG_M2_MAX) / 10.0;
        self.ten_hour.advance(&woods.ten_hour, &self.air, &air, hours, rain_cm);
        self.hundred_hour.advance(&woods.hundred_hour, &self.air, &air, hours, rain_cm);
        let ten_hour = self.ten_hour.mean_moisture(&woods.ten_hour);
        let one_hour = match (&mut self.one_hour, &woods.one_hour) {
            (Some(stick), Some(wood)) => {
                stick.advance(wood, &self.air, &air, hours, rain_cm);
                stick.mean_moisture(wood)
            }
            _ => {
                let surface = self.ten_hour.surface_equilibrium();
                ten_hour + FINE_EQUILIBRIUM_SHARE * (surface - ten_hour)
            }
        };
        let hundred_hour = self.hundred_hour.mean_moisture(&woods.hundred_hour);
        self.moisture = DeadFuelMoisture { one_hour, ten_hour, hundred_hour };
        self.valid_at = weather.valid_at;
        self.air = air;
    }
}

/// Moisture of dead fuel at each of the weather's instants; `sticks` go on from where they are.
///
/// **Shape**: one value an instant, in the weather's order.
pub fn condition(weather: &[HourlyWeather], site: &Site, sticks: &mut Sticks) -> Vec<DeadFuelMoisture> {
    weather.iter().map(|hour| sticks.advance(&site.reached_by(hour))).collect()
}

/// The wood of a set's sticks.
struct Woods {
    one_hour: Option<Wood>,
    ten_hour: Wood,
    hundred_hour: Wood,
}

fn woods(set: StickSet) -> Woods {
    match set {
        StickSet::DangerRating => {
            let [one_hour, ten_hour, hundred_hour] = RADII_CM.map(Wood::of_radius);
            Woods { one_hour: Some(one_hour), ten_hour, hundred_hour }
        }
        StickSet::FireGrowth => Woods {
            one_hour: None,
            ten_hour: Wood::first_ten_hour(),
            hundred_hour: Wood::first_hundred_hour(),
        },
    }
}
