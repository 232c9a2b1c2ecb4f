//! Hours of weather from a provider.

use firecore::geo::LonLat;
use georead::weather::WeatherRun;
use jiff::Timestamp;

use super::{Online, Provider, models, nws, open_meteo};
use crate::inputs::net::NetError;
use crate::inputs::remote::Reach;

/// What weather is asked for.
#[derive(Clone, Copy, Debug)]
pub(in crate::inputs) struct Ask {
    /// The fire.
    pub(in crate::inputs) place: LonLat,
    pub(in crate::inputs) start: Timestamp,
    pub(in crate::inputs) end: Timestamp,
    /// Hours before the start that are wanted too, where the provider has them at no extra request.
    pub(in crate::inputs) history_h: i64,
}

/// Weather that was fetched.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::inputs) struct Fetched {
    pub(in crate::inputs) run: WeatherRun,
    pub(in crate::inputs) fetched_at: Timestamp,
    /// Why it is older than it should be.
    pub(in crate::inputs) old: Option<String>,
    /// What was left out or changed, in words.
    pub(in crate::inputs) warnings: Vec<String>,
}

/// Why a provider gave no weather.
#[derive(Clone, Debug, thiserror::Error)]
pub(in crate::inputs) enum WeatherError {
    /// It could not be fetched.
    #[error(transparent)]
    Net(#[from] NetError),
    /// What came is not what should have come.
    #[error("{url}: {problem}")]
    Content {
        /// What was asked.
        url: String,
        /// What was needed and what was found.
        problem: String,
    },
    /// No start of the model reaches that far.
    #[error("{model} has no run that reaches from the beginning to the end of the forecast")]
    NoStart {
        /// The model.
        model: &'static str,
    },
}

impl WeatherError {
    /// True where the provider has nothing for this place or time.
    pub(in crate::inputs) fn is_absent(&self) -> bool {
        match self {
            Self::Net(error) => error.is_absent(),
            Self::NoStart { .. } => true,
            Self::Content { .. } => false,
        }
    }
}

impl Online {
    /// Weather of one provider.
    pub(in crate::inputs) fn weather(
        &self,
        provider: Provider,
        reach: &Reach,
        ask: &Ask,
    ) -> Result<Fetched, WeatherError> {
        let address = self.address(provider);
        match provider {
            Provider::OpenMeteo => open_meteo::fetch(address, self.archive(), reach, ask),
            Provider::Nws => nws::fetch(address, reach, ask),
            Provider::Hrrr => models::fetch(&models::HRRR, address, reach, ask),
            Provider::Gfs => models::fetch(&models::GFS, address, reach, ask),
            Provider::Usgs3dep
            | Provider::CopernicusGlo30
            | Provider::Landfire
            | Provider::WorldCover
            | Provider::Overpass => {
                unreachable!("BUG: {provider} gives no weather")
            }
        }
    }
}
