//! Whether a provider gives what forecasts need: one small request of the kind that they make, and a look at what comes.
//!
//! That something answers says little: so does the page of a network that wants a login first.

use std::time::{Duration, Instant};

use firecore::geo::Bounds;

use super::tiles::TileSet;
use super::{Online, Provider, models, overpass};
use crate::inputs::net::{Ask, NetError, bare, shown};

/// Most that is read of an answer, bytes: the index of a model's hour has some 40 kB; and of a tile its beginning.
const BYTES_MAX: usize = 1 << 20;
const TILE_BYTES: usize = 16;

/// Most characters of another answer that are told.
const FOUND_CHARS_MAX: usize = 40;

/// A place that every provider has: the San Gabriel Mountains behind Los Angeles. Source: USGS, index of 1 x 1 degree products (n35w119);
/// lists of tiles of the buckets copernicus-dem-30m (N34_00_W119_00) and esa-worldcover (N33W120).
const SURE: Bounds = Bounds { west_deg: -118.3, south_deg: 34.3, east_deg: -118.2, north_deg: 34.4 };

/// What should come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expected {
    Tile,
    Json,
    Index,
    /// Words of a server about itself: not all that answer queries have them.
    Words,
}

impl Online {
    /// How long a provider takes to give something that it surely has: [`Self::sure`].
    ///
    /// **Errors** where nothing comes, or something else: an error, a redirect, a page.
    pub fn answers(&self, provider: Provider, wait: Duration) -> Result<Duration, NetError> {
        let began = Instant::now();
        let (url, expected) = match provider {
            Provider::Overpass => (overpass::status(self.address(provider)), Expected::Words),
            _ => {
                let (path, expected) = self.sure_of(provider);
                (format!("{}/{path}", self.address(provider)), expected)
            }
        };
        let ask = Ask {
            url: url.clone(),
            range: (expected == Expected::Tile).then_some((0, TILE_BYTES)),
            types: &[],
            bytes_max: BYTES_MAX,
            deadline: began + wait,
            wait,
        };
        match self.net.get(ask) {
            Ok(answer) => expected.found_in(&url, &answer.bytes)?,
            // A host that knows no ranges sends all of a tile.
            Err(NetError::TooLarge { .. }) if expected == Expected::Tile => {}
            // One that has no words of itself, or wants a query.
            Err(NetError::Absent { .. } | NetError::Status { status: 400 | 405, .. })
                if expected == Expected::Words => {}
            Err(error) => return Err(error),
        }
        Ok(began.elapsed())
    }

    /// What a provider surely has, behind its address.
    pub fn sure(&self, provider: Provider) -> String {
        self.sure_of(provider).0
    }

    /// The proxy that all goes through, without a password.
    pub fn proxy(&self) -> Option<String> {
        self.options().proxy.as_deref().map(bare)
    }

    fn sure_of(&self, provider: Provider) -> (String, Expected) {
        let tile = |set: TileSet| {
            let path = set.touched(&SURE).first().map(|tile| set.path(*tile));
            (path.unwrap_or_default(), Expected::Tile)
        };
        // Yesterday's first start is there by now, and not gone yet.
        let index =
            |model: &models::Model| (models::index_of_yesterday(model, self.cache.now()), Expected::Index);
        match provider {
            Provider::Usgs3dep => tile(TileSet::Usgs3dep),
            Provider::CopernicusGlo30 => tile(TileSet::Glo30),
            Provider::WorldCover => tile(TileSet::WorldCover),
            // Source: LFPS, table of its requests.
            Provider::Landfire => ("healthCheck".to_owned(), Expected::Json),
            Provider::OpenMeteo => {
                let query = "latitude=34.35&longitude=-118.25&hourly=wind_speed_10m&forecast_days=1";
                (format!("forecast?{query}"), Expected::Json)
            }
            // Four decimals, none of them zero: anything else may be answered by a redirect.
            Provider::Nws => ("points/34.3456,-118.2345".to_owned(), Expected::Json),
            Provider::Hrrr => index(&models::HRRR),
            Provider::Gfs => index(&models::GFS),
            Provider::Overpass => (String::new(), Expected::Words),
        }
    }
}

impl Expected {
    fn found_in(self, url: &str, bytes: &[u8]) -> Result<(), NetError> {
        let text = String::from_utf8_lossy(bytes);
        let text = text.trim_start_matches('\u{feff}').trim_start();
        let begins = |with: &str| text.get(..with.len()).is_some_and(|head| head.eq_ignore_ascii_case(with));
        let is_page = begins("<!doctype html") || begins("<html") || begins("<head");
        let is_it = match self {
            // Both byte orders, classic and BigTIFF.
            Self::Tile => {
                [b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"].iter().any(|magic| bytes.starts_with(*magic))
            }
            Self::Json => serde_json::from_slice::<serde_json::Value>(bytes).is_ok(),
            // Source: wgrib2, its inventory: number of the field, first byte, date.
            Self::Index => text.starts_with("1:0:d="),
            Self::Words => !is_page,
        };
        if is_it {
            return Ok(());
        }
        let found = match is_page {
            true => "a web page (HTML)".to_owned(),
            false => format!("{:?}", text.chars().take(FOUND_CHARS_MAX).collect::<String>()),
        };
        Err(NetError::Type { url: shown(url), needed: self.in_words().to_owned(), found })
    }

    fn in_words(self) -> &'static str {
        match self {
            Self::Tile => "a GeoTIFF",
            Self::Json => "JSON",
            Self::Index => "the index of a GRIB2 file",
            Self::Words => "words of the server about itself",
        }
    }
}
