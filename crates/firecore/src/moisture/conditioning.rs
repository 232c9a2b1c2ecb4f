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
use crate::geo::LonLat;
use stick::{Stick, Surroundings};
use wood::{FREEZING_K, RADII_CM, VAPOUR_K, Wood};

mod stick;
pub mod sun;
#[cfg(test)]
mod tests;
mod wood;

pub use wood::StickSet;

/// Air temperatures that the sticks are held inside, degrees C. Source: Bevins (2005).
const TEMPERATURE_C_MIN: f64 = -60.0;
const TEMPERATURE_C_MAX: f64 = 60.0;

/// Relative humidities likewise; a site above the weather station reaches at most 0.99. Source: Bevins (2005), FARSITE.
const HUMIDITY_MIN: f64 = 0.001;
const HUMIDITY_MAX: f64 = 1.0;
const HUMIDITY_ALOFT_MAX: f64 = 0.99;

/// Radiation likewise, kW/m2: the solar constant, rounded up.
const RADIATION_KW_M2_MAX: f64 = 1.4;

/// Rain of one span likewise, kg/m2: no hour on record had as much.
const RAIN_KG_M2_MAX: f64 = 500.0;

/// Longest span between two hours that is run through, h; of a longer gap the rest is left out.
const SPAN_H_MAX: f64 = 24.0;

/// Fall of temperature and of dew point with height, K/m: 5.5 and 1.1 degrees F in 1000 ft. Source: Rothermel, Wilson,
/// Morris and Sackett (1986), INT-359.
const TEMPERATURE_K_M: f64 = 5.5 / 1.8 / 304.8;
const DEW_POINT_K_M: f64 = 1.1 / 1.8 / 304.8;

/// Heights of a site above its weather that the fall is followed through, m.
const ABOVE_WEATHER_M_MAX: f64 = 3000.0;

/// Light that an overcast sky takes, and how it grows with cloud. Source: Kasten and Czeplak (1980), Solar Energy
/// 24:177.
const OVERCAST_LOSS: f64 = 0.75;
const CLOUD_EXPONENT: f64 = 3.4;

/// Share of one-hour fuel's moisture that is the equilibrium of the ten-hour stick's surface, the rest being that
/// stick's mean. Source: fitted to the one-hour raster of the FlamMap run that the verification compares with.
const FINE_EQUILIBRIUM_SHARE: f64 = 0.8;

/// What lets sunlight through, or how much of it came through.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Sky {
    /// Share of the sky under cloud, 0 to 1.
    Clouds {
        /// The share.
        cover: f64,
    },
    /// Measured on open, level ground.
    Measured {
        /// Global radiation, kW/m2.
        level_kw_m2: f64,
    },
}

/// Weather at an instant, and the rain since the one before.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HourlyWeather {
    /// The instant.
    pub valid_at: Timestamp,
    /// Of the air in the shade, degrees C.
    pub temperature_c: f64,
    /// 0 to 1.
    pub relative_humidity: f64,
    /// Rain since the instant before, kg/m2 (mm).
    pub rain_kg_m2: f64,
    /// The light.
    pub sky: Sky,
}

/// The ground that the fuel lies on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Site {
    /// Where it lies: for the sun's path.
    pub place: LonLat,
    /// Its elevation, m.
    pub elevation_m: f64,
    /// Its elevation less that of the weather, m.
    pub above_weather_m: f64,
    /// Upslope gradient, rise over run toward east and north.
    pub rise: [f64; 2],
    /// Share of the ground under crowns, 0 to 1.
    pub canopy_cover: f64,
}

impl Site {
    /// Open, level ground at the weather's own elevation.
    pub fn level(place: LonLat, elevation_m: f64) -> Self {
        Self { place, elevation_m, above_weather_m: 0.0, rise: [0.0, 0.0], canopy_cover: 0.0 }
    }

    /// The weather as it reaches the fuel.
    ///
    /// Temperature and dew point fall with height as in well-mixed air of an afternoon (Rothermel et al. 1986,
    /// INT-359), at most 3000 m. Light is what [`Site::radiation_kw_m2`] says.
    pub fn reached_by(&self, weather: &HourlyWeather) -> FuelWeather {
        let (temperature_c, relative_humidity) =
            aloft(weather.temperature_c, weather.relative_humidity, self.above_weather_m);
        FuelWeather {
            valid_at: weather.valid_at,
            temperature_c,
            relative_humidity,
            rain_kg_m2: weather.rain_kg_m2,
            radiation_kw_m2: self.radiation_kw_m2(weather.valid_at, weather.sky),
        }
    }

    /// Sunlight that reaches the fuel: of a clear sky on the slope, less what clouds and crowns take.
    ///
    /// Clouds let 1 - 0.75 cover^3.4 through (Kasten and Czeplak 1980); of measured light the share of the clear sky's
    /// is taken. Crowns let 1 - cover through, as in FARSITE.
    pub fn radiation_kw_m2(&self, instant: Timestamp, sky: Sky) -> f64 {
        let sun = sun::direction(self.place, instant);
        let clear = sun::clear_sky_kw_m2(sun, self.elevation_m, self.rise);
        let through_sky = match sky {
            Sky::Clouds { cover } => 1.0 - OVERCAST_LOSS * cover.clamp(0.0, 1.0).powf(CLOUD_EXPONENT),
            Sky::Measured { level_kw_m2 } => {
                let level = sun::clear_sky_kw_m2(sun, self.elevation_m, [0.0, 0.0]);
                if level > 0.0 { (level_kw_m2 / level).clamp(0.0, 1.0) } else { 0.0 }
            }
        };
        clear * through_sky * (1.0 - self.canopy_cover.clamp(0.0, 1.0))
    }
}

/// Weather right at the fuel.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct FuelWeather {
    /// The instant.
    pub valid_at: Timestamp,
    /// Of the air, degrees C.
    pub temperature_c: f64,
    /// 0 to 1.
    pub relative_humidity: f64,
    /// Rain since the instant before, kg/m2 (mm).
    pub rain_kg_m2: f64,
    /// Sunlight on the fuel, kW/m2.
    pub radiation_kw_m2: f64,
}

impl FuelWeather {
    fn surroundings(&self) -> Surroundings {
        Surroundings {
            temperature_c: self.temperature_c.clamp(TEMPERATURE_C_MIN, TEMPERATURE_C_MAX),
            humidity: self.relative_humidity.clamp(HUMIDITY_MIN, HUMIDITY_MAX),
            radiation_w_m2: 1000.0 * self.radiation_kw_m2.clamp(0.0, RADIATION_KW_M2_MAX),
        }
    }
}

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
    /// The first weather only sets the start. An instant that is not after the last one changes nothing; of a gap
    /// above 24 hours the first 24 are run. Weather is held inside -60 to 60 degrees C, 0.001 to 1, 0 to 1.4 kW/m2 and
    /// 0 to 500 kg/m2.
    ///
    /// Source: Nelson (2000), Can. J. For. Res. 30:1071; sizes by Carlson et al. (2007), Int. J. Wildland Fire 16:204;
    /// rain and parameters by Bevins (2005). See [`StickSet`].
    /// Valid for: dead wood without bark off the ground; against sticks in the field the model explains 79 % of the
    /// variance for ten-hour fuel and 51 % for 1000-hour fuel, and below 0.30 one-hour fuel is no better than by the
    /// danger rating's equilibrium (Carlson et al. 2007).
    pub fn advance(&mut self, weather: &FuelWeather) -> DeadFuelMoisture {
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

/// Temperature and relative humidity higher up.
///
/// Source: Rothermel, Wilson, Morris and Sackett (1986), INT-359, with the sticks' own curve of saturation pressure.
fn aloft(temperature_c: f64, relative_humidity: f64, above_m: f64) -> (f64, f64) {
    let above_m = above_m.clamp(-ABOVE_WEATHER_M_MAX, ABOVE_WEATHER_M_MAX);
    if above_m == 0.0 {
        return (temperature_c, relative_humidity);
    }
    let air_k = temperature_c.clamp(TEMPERATURE_C_MIN, TEMPERATURE_C_MAX) + FREEZING_K;
    let humidity = relative_humidity.clamp(HUMIDITY_MIN, HUMIDITY_MAX);
    let dew_point_k = VAPOUR_K / (VAPOUR_K / air_k - humidity.ln()) - DEW_POINT_K_M * above_m;
    let air_k = air_k - TEMPERATURE_K_M * above_m;
    let humidity = (VAPOUR_K / air_k - VAPOUR_K / dew_point_k).exp();
    (air_k - FREEZING_K, humidity.clamp(HUMIDITY_MIN, HUMIDITY_ALOFT_MAX))
}
