//! Where landscape, weather and assets come from.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use firecore::fuel::crosswalk::Classification;
use firecore::moisture::{DeadFuelMoisture, FuelMoisture, LiveFuelMoisture};
use georead::features::CLEARANCE_S_MAX;
use jiff::SignedDuration;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use super::online::OnlineSettings;
use super::{OutOfRange, number, whole};
use crate::inputs::online::OnlineOptions;
use crate::inputs::settings::{DEAD_FUEL_MOISTURE_DEFAULT, LIVE_FUEL_MOISTURE_DEFAULT, REACH_M_DEFAULT};
use crate::inputs::{ConstantWeather, InputSettings, TerrainWinds};

/// Where landscape, weather and assets come from; without any of them built-in values stand in, and a note says so.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct InputsSettings {
    /// Landscape folders or files; the first one with data at the fire is used.
    pub landscapes: Vec<PathBuf>,
    /// Folders of hourly weather; the first one with data at the fire is used.
    pub weathers: Vec<PathBuf>,
    /// Files of what is worth protecting, one or a list: GeoJSON, CSV, GeoPackage, FlatGeobuf or Overpass JSON.
    #[serde(deserialize_with = "paths")]
    pub assets: Vec<PathBuf>,
    /// Minutes that people need to clear an asset, by its kind, where its file does not say.
    pub clearance_min: BTreeMap<String, f64>,
    /// File of custom fuel models.
    pub fuel_models: Option<PathBuf>,
    /// Classification that the fuel rasters follow; without it they hold codes of fuel models.
    #[serde(deserialize_with = "classification")]
    pub fuel_classification: Option<Classification>,
    /// Which wind the terrain turns and speeds up: `auto`, `always` or `never`.
    pub terrain_wind: TerrainWinds,
    /// How far beyond the fire the landscape is read, m.
    pub reach_m: f64,
    /// Weather for all places and times, where no folder has any.
    pub constant_weather: Option<ConstantWeatherSettings>,
    /// Live fuel moisture, kg water per kg dry fuel.
    pub live_fuel_moisture: Option<LiveFuelMoisture>,
    /// Hours that the clock of weather files without a zone is ahead of UTC; without it by the fire's longitude.
    pub utc_offset_h: Option<f64>,
    /// What is fetched where no folder has any.
    pub online: OnlineSettings,
}

impl Default for InputsSettings {
    fn default() -> Self {
        Self {
            landscapes: Vec::new(),
            weathers: Vec::new(),
            assets: Vec::new(),
            clearance_min: BTreeMap::new(),
            fuel_models: None,
            fuel_classification: None,
            terrain_wind: TerrainWinds::default(),
            reach_m: REACH_M_DEFAULT,
            constant_weather: None,
            live_fuel_moisture: None,
            utc_offset_h: None,
            online: OnlineSettings::default(),
        }
    }
}

/// One wind and one moisture for all places and times.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConstantWeatherSettings {
    /// Wind 10 m above open ground, m/s.
    pub wind_10m_m_s: f64,
    /// Compass direction that the wind comes from, degrees.
    pub wind_from_deg: f64,
    /// Dead fuel moisture, kg water per kg dry fuel.
    #[serde(default = "dead_fuel_moisture_default")]
    pub dead_fuel_moisture: DeadFuelMoisture,
}

/// A path, or a list of them.
fn paths<'de, D: Deserializer<'de>>(value: D) -> Result<Vec<PathBuf>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "a path or a list of paths")]
    enum Paths {
        One(PathBuf),
        Many(Vec<PathBuf>),
    }
    Ok(match Paths::deserialize(value)? {
        Paths::One(path) => vec![path],
        Paths::Many(paths) => paths,
    })
}

fn classification<'de, D: Deserializer<'de>>(value: D) -> Result<Option<Classification>, D::Error> {
    String::deserialize(value)?.parse().map(Some).map_err(D::Error::custom)
}

fn dead_fuel_moisture_default() -> DeadFuelMoisture {
    DEAD_FUEL_MOISTURE_DEFAULT
}

impl InputsSettings {
    /// Checks every value's range.
    pub(super) fn check(&self) -> Result<(), OutOfRange> {
        let clearance_min_max = f64::from(CLEARANCE_S_MAX) / 60.0;
        for minutes in self.clearance_min.values() {
            number("inputs.clearance_min", *minutes, 0.0, clearance_min_max)?;
        }
        number("inputs.reach_m", self.reach_m, 1_000.0, 200_000.0)?;
        number("inputs.utc_offset_h", self.utc_offset_h.unwrap_or(0.0), -12.0, 14.0)?;
        whole("inputs.online.cache_mb_max", self.online.cache_mb_max, 16, 10_000_000)?;
        if let Some(weather) = &self.constant_weather {
            number("inputs.constant_weather.wind_10m_m_s", weather.wind_10m_m_s, 0.0, 100.0)?;
            number("inputs.constant_weather.wind_from_deg", weather.wind_from_deg, 0.0, 360.0)?;
            let dead = &weather.dead_fuel_moisture;
            number("inputs.constant_weather.dead_fuel_moisture.one_hour", dead.one_hour, 0.001, 3.0)?;
            number("inputs.constant_weather.dead_fuel_moisture.ten_hour", dead.ten_hour, 0.001, 3.0)?;
            number("inputs.constant_weather.dead_fuel_moisture.hundred_hour", dead.hundred_hour, 0.001, 3.0)?;
        }
        if let Some(live) = &self.live_fuel_moisture {
            number("inputs.live_fuel_moisture.herbaceous", live.herbaceous, 0.01, 5.0)?;
            number("inputs.live_fuel_moisture.woody", live.woody, 0.01, 5.0)?;
        }
        Ok(())
    }

    /// As the inputs take them; `data_dir` is where what is fetched is kept where nothing else is said and there is no home.
    ///
    /// **Errors** name the field, what was needed and what was found.
    pub fn sources(&self, data_dir: &Path) -> Result<InputSettings, OutOfRange> {
        let live = self.live_fuel_moisture;
        let utc_offset = self.utc_offset_h.map(|hours| SignedDuration::from_secs((hours * 3600.0) as i64));
        Ok(InputSettings {
            landscapes: self.landscapes.clone(),
            weathers: self.weathers.clone(),
            constant_weather: self.constant_weather.as_ref().map(|weather| ConstantWeather {
                wind_10m_m_s: weather.wind_10m_m_s,
                wind_from_deg: weather.wind_from_deg,
                moisture: FuelMoisture {
                    dead: weather.dead_fuel_moisture,
                    live: live.unwrap_or(LIVE_FUEL_MOISTURE_DEFAULT),
                },
            }),
            live_fuel_moisture: live,
            fuel_models: self.fuel_models.clone(),
            fuel_classification: self.fuel_classification,
            terrain_wind: self.terrain_wind,
            reach_m: self.reach_m,
            utc_offset,
            online: self.online.options(data_dir)?.filter(OnlineOptions::serve_forecasts),
            ..InputSettings::default()
        })
    }
}
