//! From the weather of a station or a model to the weather right at the fuel.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::sun;
use super::surface::Surroundings;
use super::wood::{FREEZING_K, VAPOUR_K};
use crate::geo::LonLat;
use crate::units::M_PER_FT;

/// Air temperatures that the sticks are held inside, degrees C. Source: Bevins (2005).
const TEMPERATURE_C_MIN: f64 = -60.0;
const TEMPERATURE_C_MAX: f64 = 60.0;

/// Relative humidities likewise; a site above the weather station reaches at most 0.99. Source: Bevins (2005), FARSITE.
const HUMIDITY_MIN: f64 = 0.001;
const HUMIDITY_MAX: f64 = 1.0;
pub(super) const HUMIDITY_ALOFT_MAX: f64 = 0.99;

/// Radiation likewise, kW/m2: the solar constant, rounded up.
const RADIATION_KW_M2_MAX: f64 = 1.4;

/// Fall of temperature and of dew point with height, K/m: 5.5 and 1.1 degrees F in 1000 ft. Source: Rothermel, Wilson,
/// Morris and Sackett (1986), INT-359.
const TEMPERATURE_K_M: f64 = 5.5 / 1.8 / (1000.0 * M_PER_FT);
const DEW_POINT_K_M: f64 = 1.1 / 1.8 / (1000.0 * M_PER_FT);

/// Heights of a site above its weather that the fall is followed through, m.
const ABOVE_WEATHER_M_MAX: f64 = 3000.0;

/// Light that an overcast sky takes, and how it grows with cloud. Source: Kasten and Czeplak (1980), Solar Energy
/// 24:177.
const OVERCAST_LOSS: f64 = 0.75;
const CLOUD_EXPONENT: f64 = 3.4;

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
    pub(super) fn is_unknown(&self) -> bool {
        let values = [self.temperature_c, self.relative_humidity, self.rain_kg_m2, self.radiation_kw_m2];
        values.iter().any(|value| value.is_nan())
    }

    pub(super) fn surroundings(&self) -> Surroundings {
        Surroundings {
            temperature_c: self.temperature_c.clamp(TEMPERATURE_C_MIN, TEMPERATURE_C_MAX),
            humidity: self.relative_humidity.clamp(HUMIDITY_MIN, HUMIDITY_MAX),
            radiation_w_m2: 1000.0 * self.radiation_kw_m2.clamp(0.0, RADIATION_KW_M2_MAX),
        }
    }
}
/// Temperature, degrees C, and relative humidity, 0 to 1, `above_m` higher up than they are known; at most 3000 m are followed.
///
/// Source: Rothermel, Wilson, Morris and Sackett (1986), INT-359, with the sticks' own curve of saturation pressure.
pub fn aloft(temperature_c: f64, relative_humidity: f64, above_m: f64) -> (f64, f64) {
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
