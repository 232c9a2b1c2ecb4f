//! What an operator may set about inputs, with the defaults.

use std::path::PathBuf;

use firecore::fuel::crosswalk::Classification;
use firecore::moisture::{DeadFuelMoisture, FuelMoisture, LiveFuelMoisture};
use jiff::SignedDuration;
use serde::Deserialize;

use super::online::OnlineOptions;

/// Where landscape and weather come from. The default names nothing, so that everything is built in.
#[derive(Clone, Debug, PartialEq)]
pub struct InputSettings {
    /// Landscape folders (or multi-band landscape files); the first one with data at the fire is used.
    pub landscapes: Vec<PathBuf>,
    /// Folders of gridded hourly weather; the first one with data at the fire is used.
    pub weathers: Vec<PathBuf>,
    /// Weather to use where no folder has any.
    pub constant_weather: Option<ConstantWeather>,
    /// Live fuel moisture, which no weather folder holds.
    pub live_fuel_moisture: Option<LiveFuelMoisture>,
    /// File of custom fuel models, which add to the standard ones or take their place: `.csv`, else as FARSITE's `.fmd`.
    pub fuel_models: Option<PathBuf>,
    /// Classification that the fuel rasters follow; without it they hold codes of fuel models.
    pub fuel_classification: Option<Classification>,
    /// How far the clock of weather files without a zone is ahead of UTC; without it by the fire's longitude.
    pub utc_offset: Option<SignedDuration>,
    /// What is fetched where no folder has any; `None`: nothing is.
    pub online: Option<OnlineOptions>,
    /// Which wind the terrain bends.
    pub terrain_wind: TerrainWinds,
    /// How far beyond the fire the landscape is read, m.
    pub reach_m: f64,
    /// How long before its first and after its last hour a weather folder still serves, s.
    pub weather_hold_s: u32,
}

/// 30 km: further than a fire runs in a day on nearly every day, and 4 million cells of 30 m.
pub const REACH_M_DEFAULT: f64 = 30_000.0;

/// Three days: what blew last is then still a better guess than a built-in breeze, and the note says how old it is.
pub const WEATHER_HOLD_S_DEFAULT: u32 = 3 * 24 * 3600;

impl Default for InputSettings {
    fn default() -> Self {
        Self {
            landscapes: Vec::new(),
            weathers: Vec::new(),
            constant_weather: None,
            live_fuel_moisture: None,
            fuel_models: None,
            fuel_classification: None,
            utc_offset: None,
            online: None,
            terrain_wind: TerrainWinds::default(),
            reach_m: REACH_M_DEFAULT,
            weather_hold_s: WEATHER_HOLD_S_DEFAULT,
        }
    }
}

/// Which wind the terrain turns and speeds up, as [`firecore::wind::TerrainWind`] does.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TerrainWinds {
    /// That of models and stations. Rasters are taken to know the terrain, and a constant wind is meant as it is.
    #[default]
    Auto,
    /// Every wind.
    Always,
    /// None.
    Never,
}

/// One wind and one moisture for all places and times.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ConstantWeather {
    /// Wind 10 m above open ground, m/s.
    pub wind_10m_m_s: f64,
    /// Compass direction that the wind comes from, degrees clockwise from true north.
    pub wind_from_deg: f64,
    /// Dead and live fuel moisture.
    pub moisture: FuelMoisture,
}

/// Dead fuel moisture where none is given: 6, 7 and 8 %.
///
/// Source: Scott and Burgan (2005), RMRS-GTR-153, dead moisture scenario D2 ("low").
pub const DEAD_FUEL_MOISTURE_DEFAULT: DeadFuelMoisture =
    DeadFuelMoisture { one_hour: 0.06, ten_hour: 0.07, hundred_hour: 0.08 };

/// Live fuel moisture where none is given: 60 % herbaceous, 90 % woody.
///
/// Source: Scott and Burgan (2005), RMRS-GTR-153, live moisture scenario L2 (two-thirds cured). Published decks
/// of Californian fires in autumn use 30 % and 60 to 70 %, which is L1: set them where the season is known.
pub const LIVE_FUEL_MOISTURE_DEFAULT: LiveFuelMoisture = LiveFuelMoisture { herbaceous: 0.60, woody: 0.90 };
