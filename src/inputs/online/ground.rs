//! Terrain and fuel from tiles that cover the Earth.

use std::sync::Arc;
use std::thread;

use firecore::forecast::InputNote;
use firecore::fuel::crosswalk::Classification;
use firecore::geo::{LocalFrame, LonLat};
use firecore::grid::GridShape;
use firecore::landscape::{FUEL_NO_DATA, FuelCode};
use georead::bytes::ByteSource;
use georead::raster::mosaic::{self, Mosaic, Tile};
use georead::raster::resample::Method;
use georead::raster::{Beside, Raster};

use super::tiles::TileSet;
use super::{Climate, Gives, Online, Provider};
use crate::inputs::folder;
use crate::inputs::net::NetError;
use crate::inputs::remote::{Reach, RemoteBytes};

/// How long a tile holds before it is asked whether it changed, s: terrain and land cover are renewed once a year at most.
const AGE_S_MAX: i64 = 30 * 24 * 3600;

/// Cells of a landscape made of tiles: the size of one arc-second.
pub(in crate::inputs) const CELL_SIZE_M: f64 = 30.0;

/// Water, as the standard fuel models number it: what a tile that is not there is.
const WATER: FuelCode = 98;

/// Latitudes between which land cover is taken for that of a dry climate, degrees: the subtropical belts. Our choice; it is wrong for
/// the humid east of the continents, and the setting says otherwise.
const ARID_LAT_DEG: [f64; 2] = [15.0, 50.0];

/// A layer from tiles.
pub(in crate::inputs) struct Built<T> {
    /// Row-major over the grid.
    pub(in crate::inputs) cells: Vec<T>,
    pub(in crate::inputs) note: InputNote,
    /// No tile is there under any of it.
    pub(in crate::inputs) is_all_sea: bool,
}

/// Why a layer is not there, in words, one for each provider that was asked.
pub(in crate::inputs) type Reasons = Vec<String>;

impl Online {
    /// Elevation on a grid, m, from the first provider that has any there.
    pub(in crate::inputs) fn elevation(
        &self,
        reach: &Reach,
        frame: &LocalFrame,
        shape: &GridShape,
    ) -> Result<Built<f32>, Reasons> {
        let providers: Vec<Provider> = self.providers(Gives::Terrain).collect();
        first(&providers, reach, |provider, reach| {
            let (set, words) = match provider {
                Provider::Usgs3dep => (TileSet::Usgs3dep, "USGS 3DEP, 1 arc-second"),
                _ => (TileSet::Glo30, "Copernicus DEM GLO-30 (surface, with crowns and roofs)"),
            };
            let found = self.tiles(set, provider, reach, frame, shape, Method::Bilinear)?;
            // Another provider may know more than a sea.
            if found.tiles == 0 && set == TileSet::Usgs3dep {
                return Err(Missing::Nothing);
            }
            // Anything else is no data.
            let sound = |metres: f32| if folder::ELEVATION_M.contains(&metres) { metres } else { 0.0 };
            let cells = found.cells.into_iter().map(sound).collect();
            let words = format!("{words}; slope and aspect derived from it (Horn 1981)");
            Ok(built("terrain", words, cells, found.tiles))
        })
    }

    /// Fuel models on a grid, from land cover.
    pub(in crate::inputs) fn fuel(
        &self,
        reach: &Reach,
        frame: &LocalFrame,
        shape: &GridShape,
        place: LonLat,
    ) -> Result<Built<FuelCode>, Reasons> {
        let is_tiles = |provider: &Provider| *provider == Provider::WorldCover;
        let providers: Vec<Provider> = self.providers(Gives::Fuel).filter(is_tiles).collect();
        first(&providers, reach, |provider, reach| {
            let found = self.tiles(TileSet::WorldCover, provider, reach, frame, shape, Method::Nearest)?;
            let classes = self.classification(place);
            let known: [FuelCode; 256] =
                std::array::from_fn(|class| classes.to_standard(class as u16).unwrap_or(FUEL_NO_DATA));
            let code = |class: &f32| match class {
                class if class.is_nan() => WATER,
                class => known[usize::from(*class as u8)],
            };
            let cells = found.cells.iter().map(code).collect();
            let words =
                format!("ESA WorldCover 2021 v200, 10 m, classes of {classes} taken as standard fuel models");
            Ok(built("fuel", words, cells, found.tiles))
        })
    }

    fn classification(&self, place: LonLat) -> Classification {
        let [low, high] = ARID_LAT_DEG;
        let by_latitude =
            if (low..high).contains(&place.lat_deg().abs()) { Climate::Arid } else { Climate::Humid };
        match self.options().climate.unwrap_or(by_latitude) {
            Climate::Arid => Classification::WorldCoverArid,
            Climate::Humid => Classification::WorldCoverHumid,
        }
    }

    /// The tiles under a grid, brought onto it: NaN where none has data.
    fn tiles(
        &self,
        set: TileSet,
        provider: Provider,
        reach: &Reach,
        frame: &LocalFrame,
        shape: &GridShape,
        method: Method,
    ) -> Result<Found, Missing> {
        let urls: Vec<String> = set
            .touched(&mosaic::area(frame, shape))
            .into_iter()
            .map(|tile| format!("{}/{}", self.address(provider), set.path(tile)))
            .collect();
        // Side by side: a tile's header is a round trip.
        let opened: Vec<Result<Option<Raster>, Missing>> = thread::scope(|scope| {
            let threads: Vec<_> = urls.iter().map(|url| scope.spawn(move || open(reach, url))).collect();
            threads.into_iter().map(folder::joined).collect()
        });
        let mut mosaic = Mosaic::default();
        for raster in opened {
            let Some(raster) = raster? else { continue };
            mosaic.tiles.push(Tile::of(raster).map_err(|problem| Missing::Failed(problem.to_string()))?);
        }
        let cells =
            mosaic.read(0, frame, shape, method).map_err(|error| Missing::Failed(error.to_string()))?;
        Ok(Found { cells, tiles: mosaic.tiles.len() })
    }
}

/// The layer of the first provider that has it; each gets an equal part of the time that is left.
fn first<T>(
    providers: &[Provider],
    reach: &Reach,
    from: impl Fn(Provider, &Reach) -> Result<Built<T>, Missing>,
) -> Result<Built<T>, Reasons> {
    let mut reasons = Vec::new();
    for (place, provider) in providers.iter().enumerate() {
        match from(*provider, &reach.share(providers.len() - place)) {
            Ok(mut built) => {
                if !reasons.is_empty() {
                    built.note.source = format!("{} ({})", built.note.source, reasons.join("; "));
                }
                return Ok(built);
            }
            Err(Missing::Nothing) => {}
            Err(Missing::Failed(why)) => {
                reach.failures.note(*provider, &why, false);
                reasons.push(format!("{provider}: {why}"));
            }
        }
    }
    Err(reasons)
}

/// What tiles gave.
struct Found {
    cells: Vec<f32>,
    /// How many of them there are.
    tiles: usize,
}

/// Why a provider gave nothing.
enum Missing {
    /// It has nothing of this kind here.
    Nothing,
    /// It could not be reached or read.
    Failed(String),
}

/// A tile; `None` where there is none.
fn open(reach: &Reach, url: &str) -> Result<Option<Raster>, Missing> {
    match RemoteBytes::open(reach, url, AGE_S_MAX) {
        Ok(bytes) => {
            let bytes: Arc<dyn ByteSource> = Arc::new(bytes);
            Raster::from_source(bytes, url, &Beside::default())
                .map(Some)
                .map_err(|problem| Missing::Failed(format!("{url}: {problem}")))
        }
        Err(NetError::Absent { .. }) => Ok(None),
        Err(error) => Err(Missing::Failed(error.to_string())),
    }
}

/// A layer without any tile is the sea, or all of them are missing: nobody can tell, so it counts as a stand-in.
fn built<T>(input: &str, words: String, cells: Vec<T>, tiles: usize) -> Built<T> {
    let is_all_sea = tiles == 0;
    let source = if is_all_sea { format!("{words}: {SEA}") } else { words };
    let note = InputNote { input: input.to_owned(), source, valid_at: None, fallback: is_all_sea };
    Built { cells, note, is_all_sea }
}

/// What is said where no tile is there at all.
const SEA: &str = "no tile here, which means sea";
