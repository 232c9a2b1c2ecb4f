//! Sources that anybody can reach: terrain, land cover, fuel and weather for any place, by name, each with its own address, and in an operator's order.
//!
//! What is fetched is kept on disk. Where the network is slow or gone, a forecast waits for so long and no longer; what stands in is named with the reason.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::Deserialize;

use super::cache::Cache;
use super::net::{Net, NetOptions, NetStartError, Traffic, bare};
use super::remote::{Failures, Reach};
use crate::clock::Clock;

mod documents;
mod ground;
pub(super) mod landfire;
mod models;
mod nws;
mod open_meteo;
mod overpass;
mod probe;
mod tiles;
pub(super) mod weather;

pub(super) use ground::{Built, CELL_SIZE_M};
pub use overpass::{FetchedAssets, OverpassError, parts};

/// A source of inputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Provider {
    /// USGS 3D Elevation Program: terrain of the United States.
    Usgs3dep,
    /// Copernicus DEM GLO-30: terrain of the Earth.
    CopernicusGlo30,
    /// LANDFIRE Product Service: terrain, fuel and canopy of the United States, made on demand within minutes.
    Landfire,
    /// ESA WorldCover 2021: land cover of the Earth, taken as fuel by a crosswalk.
    WorldCover,
    /// Open-Meteo: hourly weather of the Earth, forecast and past.
    OpenMeteo,
    /// api.weather.gov: hourly forecasts of the United States' weather service.
    Nws,
    /// NOAA's High-Resolution Rapid Refresh, 3 km, conterminous United States.
    Hrrr,
    /// NOAA's Global Forecast System, 0.25 degrees.
    Gfs,
    /// OpenStreetMap by the Overpass API: what is worth protecting, on the Earth; asked by command alone, never for a forecast.
    Overpass,
}

/// What a provider gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gives {
    /// Elevation.
    Terrain,
    /// Fuel models, or what stands for them.
    Fuel,
    /// Hours of weather.
    Weather,
    /// What is worth protecting.
    Assets,
}

impl Provider {
    /// Every one.
    pub const ALL: [Self; 9] = [
        Self::Usgs3dep,
        Self::CopernicusGlo30,
        Self::Landfire,
        Self::WorldCover,
        Self::OpenMeteo,
        Self::Nws,
        Self::Hrrr,
        Self::Gfs,
        Self::Overpass,
    ];

    /// Its name in settings and notes.
    pub fn name(self) -> &'static str {
        match self {
            Self::Usgs3dep => "3dep",
            Self::CopernicusGlo30 => "copernicus-glo-30",
            Self::Landfire => "landfire",
            Self::WorldCover => "worldcover",
            Self::OpenMeteo => "open-meteo",
            Self::Nws => "nws",
            Self::Hrrr => "hrrr",
            Self::Gfs => "gfs",
            Self::Overpass => "overpass",
        }
    }

    /// What it gives.
    pub fn gives(self) -> Gives {
        match self {
            Self::Usgs3dep | Self::CopernicusGlo30 => Gives::Terrain,
            Self::Landfire | Self::WorldCover => Gives::Fuel,
            Self::OpenMeteo | Self::Nws | Self::Hrrr | Self::Gfs => Gives::Weather,
            Self::Overpass => Gives::Assets,
        }
    }

    /// Where it is, unless the operator names a mirror.
    pub fn address(self) -> &'static str {
        match self {
            Self::Usgs3dep => "https://prd-tnm.s3.amazonaws.com/StagedProducts/Elevation/1/TIFF/current",
            Self::CopernicusGlo30 => "https://copernicus-dem-30m.s3.amazonaws.com",
            Self::Landfire => "https://lfps.usgs.gov/api",
            Self::WorldCover => "https://esa-worldcover.s3.eu-central-1.amazonaws.com/v200/2021/map",
            Self::OpenMeteo => "https://api.open-meteo.com/v1",
            Self::Nws => "https://api.weather.gov",
            Self::Hrrr => "https://noaa-hrrr-bdp-pds.s3.amazonaws.com",
            Self::Gfs => "https://noaa-gfs-bdp-pds.s3.amazonaws.com",
            Self::Overpass => "https://overpass-api.de/api/interpreter",
        }
    }
}

impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A name that no provider has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("needed one of {}, found {found:?}", Provider::ALL.map(Provider::name).join(", "))]
pub struct UnknownProvider {
    found: String,
}

impl FromStr for Provider {
    type Err = UnknownProvider;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let known = Self::ALL.into_iter().find(|provider| provider.name() == text);
        known.ok_or_else(|| UnknownProvider { found: text.to_owned() })
    }
}

/// Climates that a crosswalk of land cover tells apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Climate {
    /// Arid to semi-arid: Mediterranean, steppe, desert.
    Arid,
    /// Sub-humid to humid: boreal, oceanic, tropical.
    Humid,
}

/// What an operator may set about sources that are reached over the network.
#[derive(Clone, Debug, PartialEq)]
pub struct OnlineOptions {
    /// In the order in which they are asked; the first that has something serves.
    pub providers: Vec<Provider>,
    /// Addresses in place of the providers' own.
    pub addresses: BTreeMap<Provider, String>,
    /// Address of Open-Meteo's archive of the past.
    pub open_meteo_archive: String,
    /// Longest that one forecast waits for all of it.
    pub wait: Duration,
    /// Hosts that may lie at addresses that are not public.
    pub private_hosts: Vec<String>,
    /// Proxy that everything goes through.
    pub proxy: Option<String>,
    /// An address that providers can write to: it goes into the user agent, and LANDFIRE asks for it.
    pub contact: Option<String>,
    /// The climate that land cover is taken for fuel by; without it by latitude.
    pub climate: Option<Climate>,
    /// Layers that LANDFIRE is asked for.
    pub landfire_layers: Vec<String>,
    /// Where what was fetched is kept.
    pub cache_folder: PathBuf,
    /// How much of it.
    pub cache_bytes_max: u64,
}

impl OnlineOptions {
    /// Whether forecasts ask anybody; else only commands do.
    pub fn serve_forecasts(&self) -> bool {
        self.providers.iter().any(|provider| provider.gives() != Gives::Assets)
    }
}

/// Longest wait for a connection: a host that does not answer by then is not going to in time.
const CONNECT: Duration = Duration::from_secs(4);

/// Longest wait for one answer, whatever a command waits in all: LANDFIRE's zips take a minute, and a connection on which nothing comes for two
/// is dead.
const ANSWER: Duration = Duration::from_secs(120);

/// The sources that are reached over the network.
#[derive(Debug)]
pub struct Online {
    options: OnlineOptions,
    net: Arc<Net>,
    cache: Arc<Cache>,
}

impl Online {
    /// Opens the door; nothing is asked yet.
    ///
    /// **Errors** as [`Net::start`].
    pub fn start(mut options: OnlineOptions, clock: Clock) -> Result<Self, NetStartError> {
        let mut origins: Vec<String> =
            options.providers.iter().map(|provider| address(&options, *provider).to_owned()).collect();
        if options.providers.contains(&Provider::OpenMeteo) {
            origins.push(options.open_meteo_archive.clone());
        }
        // From here on only the door knows who asks: notes, errors and the cache name addresses.
        options.addresses.values_mut().for_each(|address| *address = bare(address));
        options.open_meteo_archive = bare(&options.open_meteo_archive);
        let contact = options.contact.as_deref().map(|contact| format!(" ({contact})")).unwrap_or_default();
        let net = Net::start(NetOptions {
            origins,
            private_hosts: options.private_hosts.clone(),
            proxy: options.proxy.clone(),
            connect: CONNECT.min(options.wait),
            answer: ANSWER,
            user_agent: format!("guira/{}{contact}", env!("CARGO_PKG_VERSION")),
        })?;
        let cache = Cache::new(options.cache_folder.clone(), options.cache_bytes_max, clock);
        Ok(Self { net: Arc::new(net), cache: Arc::new(cache), options })
    }

    /// The way out for one forecast, which waits for so long and no longer.
    pub fn reach(&self) -> Reach {
        self.reach_for(self.options.wait)
    }

    /// The same with another wait.
    pub fn reach_for(&self, wait: Duration) -> Reach {
        let (net, cache) = (Arc::clone(&self.net), Arc::clone(&self.cache));
        Reach { net, cache, deadline: Instant::now() + wait, wait, failures: Failures::default() }
    }

    /// Providers of one kind, in their order.
    pub fn providers(&self, gives: Gives) -> impl Iterator<Item = Provider> + '_ {
        self.options.providers.iter().copied().filter(move |provider| provider.gives() == gives)
    }

    /// Whether a provider is asked at all.
    pub fn asks(&self, provider: Provider) -> bool {
        self.options.providers.contains(&provider)
    }

    /// What is set.
    pub fn options(&self) -> &OnlineOptions {
        &self.options
    }

    /// What went through the door so far.
    pub fn traffic(&self) -> Traffic {
        self.net.traffic()
    }

    /// Address of Open-Meteo's archive, without a stroke at its end.
    fn archive(&self) -> &str {
        self.options.open_meteo_archive.trim_end_matches('/')
    }

    /// A provider's address, without a stroke at its end.
    pub(super) fn address(&self, provider: Provider) -> &str {
        address(&self.options, provider)
    }
}

fn address(options: &OnlineOptions, provider: Provider) -> &str {
    let given = options.addresses.get(&provider).map_or(provider.address(), String::as_str);
    given.trim_end_matches('/')
}
