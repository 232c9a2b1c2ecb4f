//! A landscape from a folder of rasters, or from one raster with a band a layer.
//!
//! Layers are named as LANDFIRE names them and carry its units unless the file says otherwise. Where the fuel layer
//! lies in a UTM zone, its own cells are the landscape's cells and nothing about it is resampled; other layers, and
//! every layer of a raster in another system, are brought onto the grid: classes by the nearest pixel, the rest
//! bilinearly.
//!
//! Aspect is taken to refer to the north of the raster's own grid, which is how it is derived from a DEM and how
//! LANDFIRE ships it; it is turned into the frame's axes together with the slope.

use std::ops::RangeInclusive;
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

use firecore::forecast::InputNote;
use firecore::geo::{Bounds, LocalFrame, LonLat};
use firecore::grid::GridShape;
use firecore::landscape::{FUEL_NO_DATA, FuelCode, Landscape, Terrain};
use georead::raster::mosaic::{Mosaic, MosaicError};
use georead::raster::resample::{self, CoordinateMap, Method};
use georead::raster::{Raster, RasterProblem};

use super::area::{self, PlaneBox};
use super::fuel::FuelMeaning;
use super::{InputsError, builtin};

mod layers;
mod terrain;
#[cfg(test)]
mod tests;
mod vegetation;

pub(super) use layers::Layers;
use layers::{Layer, LayerRaster};
pub(super) use terrain::ELEVATION_M;

/// Cells that a landscape may have: 16 bytes each with canopy and what the terrain makes of the wind, 144 MB, and some 40 while its layers are read side by side.
const CELLS_MAX: usize = 9_000_000;
/// Windows begin and end on multiples of this, so that a fire that grows a little asks for the same one.
pub(super) const SNAP_M: f64 = 3_000.0;
/// Degrees of longitude from a zone's middle within which its plane is used. Our choice: five zones, in which a landscape that is mapped in one
/// plane, as a state is, keeps its own cells.
const ZONE_REACH_DEG: f64 = 15.0;

/// A landscape, and what was used for it.
pub(super) struct Loaded {
    pub(super) landscape: Landscape,
    pub(super) notes: Vec<InputNote>,
    /// Whether neither elevation nor slope was there, so that the ground is flat.
    pub(super) is_flat: bool,
}

/// A folder or a multi-band file with fuel around an area: where the landscape's cells will lie, before a pixel is read.
pub(super) struct Opened {
    layers: Layers,
    /// The fuel raster; of several tiles that at the fire, whose pixels are the landscape's cells.
    fuel: Raster,
    /// All tiles, where there are several.
    fuel_tiles: Option<(Mosaic, PathBuf)>,
    fuel_band: usize,
    meaning: FuelMeaning,
    pub(super) frame: LocalFrame,
    pub(super) shape: GridShape,
    notes: Vec<InputNote>,
}

/// Opens a folder or file.
///
/// `None` where the fuel layer has no pixel in the area.
///
/// **Errors** name the file, what was needed and what was found.
pub(super) fn open(
    path: &Path,
    area: &Bounds,
    reach_m: f64,
    meaning: FuelMeaning,
) -> Result<Option<Opened>, InputsError> {
    let layers = Layers::find(path)?;
    let (fuel, fuel_band) = layers.fuel()?;
    let centre = area::centre(area)?;
    let (fuel, fuel_tiles) = match fuel {
        LayerRaster::One(raster) => (*raster, None),
        LayerRaster::Tiles { mosaic, folder, .. } => match tile_at(&mosaic, centre)? {
            Some(tile) => (tile, Some((mosaic, folder))),
            None => return Ok(None),
        },
    };
    let frame = match fuel.crs().map_err(|problem| failed(&fuel, problem))?.utm {
        Some((zone, _)) if !near_zone(zone, centre) => return Ok(None),
        Some((zone, south)) => LocalFrame::utm(zone, south),
        None => LocalFrame::at(centre),
    };
    let wanted = area::plane_box(&frame, area)?;
    if resample::covered(&fuel, &frame, &wanted).is_none() {
        return Ok(None);
    }
    let mut notes = Vec::new();
    let tiles = fuel_tiles.as_ref().map(|(mosaic, _)| mosaic);
    let shape = grid(&fuel, tiles, &frame, &wanted, reach_m, &mut notes)?;
    Ok(Some(Opened { layers, fuel, fuel_tiles, fuel_band, meaning, frame, shape, notes }))
}

impl Opened {
    /// Terrain, fuel and canopy; with what the terrain makes of the wind where that may be asked for.
    ///
    /// **Errors** name the file, what was needed and what was found.
    pub(super) fn read(self, bends_wind: bool) -> Result<Loaded, InputsError> {
        let Self { layers, fuel, fuel_tiles, fuel_band, meaning, frame, shape, mut notes } = self;
        let map = CoordinateMap::new(&fuel, &frame, &shape).map_err(|problem| failed(&fuel, problem))?;
        let source = Source { layers: &layers, frame: &frame, shape: &shape };
        let fuel_codes = || {
            let (codes, path) = match &fuel_tiles {
                None => (read(&fuel, fuel_band, &map, Method::Nearest)?, Path::new(&fuel.name)),
                Some((mosaic, folder)) => {
                    let codes = mosaic.read(fuel_band, &frame, &shape, Method::Nearest);
                    (codes.map_err(tile_failed)?, folder.as_path())
                }
            };
            Ok(vegetation::fuel_codes(&codes, path, &meaning))
        };
        // Side by side: what takes time is to unpack and scale the pixels, about as much for the one as for the other.
        let (ground, canopy) = thread::scope(|scope| {
            let canopy = scope.spawn(|| vegetation::canopy(&source));
            let codes = scope.spawn(fuel_codes);
            let ground = terrain::read(&source);
            let ground = joined(codes).and_then(|(codes, fuel_notes)| {
                let ground = ground?;
                notes.extend(fuel_notes);
                notes.extend(ground.notes(|cell| meaning.models.burns(codes[cell])));
                let (frame, fuel_models) = (frame.clone(), Arc::clone(&meaning.models));
                let terrain = ground.terrain;
                let landscape = Landscape { frame, shape, terrain, fuel: codes, fuel_models, canopy: None };
                if bends_wind && !ground.is_flat {
                    landscape.terrain_wind();
                }
                Ok((landscape, ground.is_flat))
            });
            (ground, joined(canopy))
        });
        let ((mut landscape, is_flat), (canopy, canopy_notes)) = (ground?, canopy?);
        landscape.canopy = canopy;
        notes.extend(canopy_notes);
        Ok(Loaded { landscape, notes, is_flat })
    }
}

/// What the layers of one landscape are read with.
struct Source<'a> {
    layers: &'a Layers,
    frame: &'a LocalFrame,
    shape: &'a GridShape,
}

/// One layer on the landscape's grid.
struct LayerCells {
    /// Row-major; NaN stands for no data.
    cells: Vec<f32>,
    path: PathBuf,
    /// What the file says about its unit, in lower case.
    unit: String,
}

impl LayerCells {
    /// The layer again where no value in its unit is beyond these; no data is none.
    fn within(
        self,
        range: RangeInclusive<f32>,
        what: &str,
        needed: &'static str,
    ) -> Result<Self, InputsError> {
        match self.cells.iter().find(|value| **value > *range.end() || **value < *range.start()) {
            None => Ok(self),
            Some(found) => {
                let (what, found) = (what.to_owned(), found.to_string());
                Err(InputsError::Implausible { path: self.path, what, needed, found })
            }
        }
    }
}

/// One layer as its raster has it, in the window that the landscape needs.
struct LayerPixels {
    /// NaN stands for no data; empty where the landscape lies outside the raster.
    pixels: Vec<f32>,
    map: CoordinateMap,
    path: PathBuf,
    unit: String,
}

impl LayerPixels {
    /// The layer on the landscape's grid; the pixels are gone then.
    fn take_cells(&mut self, shape: &GridShape, method: Method) -> Vec<f32> {
        match self.map.window {
            None => vec![f32::NAN; shape.len()],
            Some(window) => resample::onto_grid(std::mem::take(&mut self.pixels), &window, &self.map, method),
        }
    }

    /// The same of what is made of each pixel.
    fn cells_of(&self, shape: &GridShape, method: Method, make: impl Fn(f32) -> f32) -> Vec<f32> {
        match self.map.window {
            None => vec![f32::NAN; shape.len()],
            Some(window) => {
                let pixels = self.pixels.iter().map(|pixel| make(*pixel)).collect();
                resample::onto_grid(pixels, &window, &self.map, method)
            }
        }
    }
}

impl Source<'_> {
    /// A layer on the landscape's grid; `None` where there is none.
    fn layer(&self, layer: Layer, method: Method) -> Result<Option<LayerCells>, InputsError> {
        match self.layers.open(layer)? {
            None => Ok(None),
            Some((LayerRaster::Tiles { mosaic, folder, unit }, band)) => {
                let cells = mosaic.read(band, self.frame, self.shape, method).map_err(tile_failed)?;
                Ok(Some(LayerCells { cells, path: folder, unit }))
            }
            Some((LayerRaster::One(raster), band)) => {
                let mut pixels = self.pixels(*raster, band)?;
                let cells = pixels.take_cells(self.shape, method);
                Ok(Some(LayerCells { cells, path: pixels.path, unit: pixels.unit }))
            }
        }
    }

    /// A layer's own pixels.
    fn pixels(&self, raster: Raster, band: usize) -> Result<LayerPixels, InputsError> {
        let map = CoordinateMap::new(&raster, self.frame, self.shape)
            .map_err(|problem| failed(&raster, problem))?;
        let pixels = match map.window {
            None => Vec::new(),
            Some(window) => raster.read(band, window).map_err(|problem| failed(&raster, problem))?,
        };
        let unit = raster.metadata.unit_text(band);
        Ok(LayerPixels { pixels, map, path: raster.name.into(), unit })
    }
}

/// A landscape of elevations, whose slopes are derived from them, and fuel; no canopy.
pub(super) fn landscape_of(
    frame: LocalFrame,
    shape: GridShape,
    elevation_m: Vec<f32>,
    fuel: Vec<FuelCode>,
) -> Landscape {
    let terrain = terrain_of(&shape, &elevation_m);
    let fuel_models = Arc::default();
    Landscape { frame, shape, terrain, fuel, fuel_models, canopy: None }
}

/// Elevations, m, and the slopes that are derived from them.
pub(super) fn terrain_of(shape: &GridShape, elevation_m: &[f32]) -> Terrain {
    let (rise_east, rise_north) = terrain::horn(elevation_m, shape);
    Terrain::flat(shape.len()).with_elevation_m(elevation_m).with_rise(&rise_east, &rise_north)
}

/// What a thread gave; its panic goes on here.
pub(super) fn joined<T>(thread: thread::ScopedJoinHandle<'_, T>) -> T {
    thread.join().unwrap_or_else(|panic| resume_unwind(panic))
}

fn read(raster: &Raster, band: usize, map: &CoordinateMap, method: Method) -> Result<Vec<f32>, InputsError> {
    resample::read(raster, band, map, method).map_err(|problem| failed(raster, problem))
}

fn tile_failed(MosaicError { name, problem }: MosaicError) -> InputsError {
    InputsError::Raster { path: name.into(), problem }
}

/// The tile that a place lies on; `None` where it lies on none.
fn tile_at(mosaic: &Mosaic, place: LonLat) -> Result<Option<Raster>, InputsError> {
    let (lon, lat) = (place.lon_deg(), place.lat_deg());
    let point = Bounds { west_deg: lon, south_deg: lat, east_deg: lon, north_deg: lat };
    for tile in mosaic.tiles.iter().filter(|tile| tile.bounds.touches(&point)) {
        let failed = |problem| InputsError::Raster { path: tile.name.clone().into(), problem };
        let raster = tile.open().map_err(failed)?;
        let frame = LocalFrame::at(place);
        let inside = |(col, row): (f64, f64)| {
            (0.0..raster.cols as f64).contains(&col) && (0.0..raster.rows as f64).contains(&row)
        };
        if resample::pixel_at(&raster, &frame, frame.to_plane(place)).is_some_and(inside) {
            return Ok(Some(raster));
        }
    }
    Ok(None)
}

/// The part of a box where a raster, or any of several tiles, has pixels.
fn covered(
    fuel: &Raster,
    tiles: Option<&Mosaic>,
    frame: &LocalFrame,
    window: &PlaneBox,
) -> Result<PlaneBox, InputsError> {
    let Some(mosaic) = tiles else { return Ok(resample::covered(fuel, frame, window).unwrap_or(*window)) };
    // By their boxes: tiles may be small beside the window, and many.
    let mut found: Option<PlaneBox> = None;
    for tile in &mosaic.tiles {
        let near = near_zone((frame.epsg() % 100) as u8, tile.bounds.middle());
        let Some(part) = area::plane_box(frame, &tile.bounds)?.common(window).filter(|_| near) else {
            continue;
        };
        found = Some(found.map_or(part, |found| found.around(&part)));
    }
    Ok(found.unwrap_or(*window))
}

/// The landscape's cells: the fuel raster's own where it lies in the frame's plane, else cells of about its size.
fn grid(
    fuel: &Raster,
    tiles: Option<&Mosaic>,
    frame: &LocalFrame,
    wanted: &PlaneBox,
    reach_m: f64,
    notes: &mut Vec<InputNote>,
) -> Result<GridShape, InputsError> {
    let window = wanted.grown(reach_m).snapped_outward(SNAP_M);
    let own_cell_m = fuel.place.square_north_up().filter(|_| resample::same_plane(fuel, frame));
    let cell_size_m = own_cell_m.unwrap_or_else(|| resample::ground_size_m(fuel, frame, wanted.centre()));
    let cells = |window: &PlaneBox| {
        ((window.east_m - window.west_m) / cell_size_m) * ((window.north_m - window.south_m) / cell_size_m)
    };
    let fits = |window: PlaneBox| {
        let surplus = (cells(&window) / CELLS_MAX as f64).sqrt();
        if surplus <= 1.0 {
            return window;
        }
        let middle = wanted.centre();
        let half_m = (CELLS_MAX as f64).sqrt() * cell_size_m / 2.0;
        let square = PlaneBox {
            west_m: middle.east_m - half_m,
            south_m: middle.north_m - half_m,
            east_m: middle.east_m + half_m,
            north_m: middle.north_m + half_m,
        };
        square.common(&window).unwrap_or(square)
    };
    let fitting = fits(window);
    if fitting != window {
        notes.push(InputNote {
            input: "terrain".to_owned(),
            source: format!(
                "landscape cut to {:.0} km around the fire: cells of {cell_size_m} m, at most {CELLS_MAX} of them",
                (fitting.east_m - fitting.west_m) / 2000.0
            ),
            valid_at: None,
            fallback: false,
        });
    }
    Ok(match own_cell_m {
        Some(_) if tiles.is_none() => {
            own_grid(fuel, &fitting, cell_size_m, [0.0, 0.0, fuel.cols as f64, fuel.rows as f64])
        }
        // The lattice of the tile at the fire goes on through the others.
        Some(_) => {
            let covered = covered(fuel, tiles, frame, &fitting)?;
            own_grid(fuel, &covered, cell_size_m, [f64::MIN, f64::MIN, f64::MAX, f64::MAX])
        }
        None => {
            let covered = covered(fuel, tiles, frame, &fitting)?;
            let west_m = (covered.west_m / cell_size_m).floor() * cell_size_m;
            let north_m = (covered.north_m / cell_size_m).ceil() * cell_size_m;
            let count = |length_m: f64| ((length_m / cell_size_m).ceil() as usize).max(1);
            let (rows, cols) = (count(north_m - covered.south_m), count(covered.east_m - west_m));
            GridShape { rows, cols, cell_size_m, west_m, north_m }
        }
    })
}

/// The raster's pixels whose centres lie in a window, between a first column and row and a last.
fn own_grid(
    raster: &Raster,
    window: &PlaneBox,
    cell_size_m: f64,
    [left_min, top_min, right_max, bottom_max]: [f64; 4],
) -> GridShape {
    let (left, top) = raster.place.to_pixel(window.west_m, window.north_m);
    let (right, bottom) = raster.place.to_pixel(window.east_m, window.south_m);
    let cut = |low: f64, high: f64, least: f64, most: f64| {
        let low = low.floor().clamp(least, most - 1.0);
        let high = high.ceil().clamp(least, most);
        (low, (high - low).max(1.0) as usize)
    };
    let ((col, cols), (row, rows)) =
        (cut(left, right, left_min, right_max), cut(top, bottom, top_min, bottom_max));
    let (west_m, north_m) = raster.place.to_xy(col, row);
    GridShape { rows, cols, cell_size_m, west_m, north_m }
}

fn near_zone(zone: u8, place: LonLat) -> bool {
    let middle_deg = f64::from(zone) * 6.0 - 183.0;
    let apart_deg = (place.lon_deg() - middle_deg + 180.0).rem_euclid(360.0) - 180.0;
    apart_deg.abs() <= ZONE_REACH_DEG
}

fn failed(raster: &Raster, problem: RasterProblem) -> InputsError {
    InputsError::Raster { path: raster.name.clone().into(), problem }
}

/// A note about a layer that was read.
fn used(input: &str, source: String) -> InputNote {
    InputNote { input: input.to_owned(), source, valid_at: None, fallback: false }
}
