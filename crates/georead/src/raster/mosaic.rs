//! Many rasters of one layer as one: tiles side by side or one over another, each in a coordinate system of its own.
//!
//! Only tiles that a grid touches are opened, and of these only windows are read, one after another: never a whole country.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use firecore::geo::{Bounds, EastNorth, LocalFrame, LonLat};
use firecore::grid::GridShape;

use super::resample::Method;
use super::{Raster, RasterProblem};

mod fill;

use fill::Cells;

/// One raster of a mosaic, not yet open.
#[derive(Clone)]
pub struct Tile {
    /// What errors call it.
    pub name: String,
    /// A box around it: what lies outside is never asked of it.
    pub bounds: Bounds,
    open: Arc<Open>,
}

type Open = dyn Fn() -> Result<Raster, RasterProblem> + Send + Sync;

impl fmt::Debug for Tile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tile({}: {:?})", self.name, self.bounds)
    }
}

impl Tile {
    /// A tile by a box around it and what opens it.
    pub fn new(
        name: &str,
        bounds: Bounds,
        open: impl Fn() -> Result<Raster, RasterProblem> + Send + Sync + 'static,
    ) -> Self {
        Self { name: name.to_owned(), bounds, open: Arc::new(open) }
    }

    /// A raster that is open already.
    ///
    /// **Errors** where its coordinate system is not known.
    pub fn of(raster: Raster) -> Result<Self, RasterProblem> {
        let bounds = bounds(&raster)?;
        Ok(Self::new(&raster.name.clone(), bounds, move || Ok(raster.clone())))
    }

    /// A file of this machine, whose header is read now.
    ///
    /// **Errors** where it does not open, or its coordinate system is not known.
    pub fn of_file(path: &Path) -> Result<Self, RasterProblem> {
        let raster = Raster::open(path)?;
        let (name, path) = (raster.name.clone(), path.to_owned());
        Ok(Self::new(&name, bounds(&raster)?, move || Raster::open(&path)))
    }

    /// Opens it.
    ///
    /// **Errors** are those of what opens it.
    pub fn open(&self) -> Result<Raster, RasterProblem> {
        (self.open)()
    }
}

/// A box of longitude and latitude around a raster.
///
/// **Errors** where its coordinate system is not known.
pub fn bounds(raster: &Raster) -> Result<Bounds, RasterProblem> {
    /// Points on each edge and across: a projected edge is curved.
    const STEPS: u32 = 8;
    let crs = raster.crs()?;
    let share = |step: u32, count: usize| count as f64 * f64::from(step) / f64::from(STEPS);
    let steps = (0..=STEPS).flat_map(|down| (0..=STEPS).map(move |right| (down, right)));
    let xys =
        steps.map(|(down, right)| raster.place.to_xy(share(right, raster.cols), share(down, raster.rows)));
    if !crs.is_geographic() {
        return Ok(around(xys.filter_map(|(x, y)| crs.to_lon_lat(x, y))));
    }
    // Longitudes as they are: a raster of the world spans more than can be told from its places.
    let [mut west, mut east, mut south, mut north] = [f64::MAX, f64::MIN, f64::MAX, f64::MIN];
    for (x, y) in xys {
        (west, east, south, north) = (west.min(x), east.max(x), south.min(y), north.max(y));
    }
    let turned = |lon: f64| (lon + 180.0).rem_euclid(360.0) - 180.0;
    let (west_deg, east_deg) =
        if east - west >= 360.0 { (-180.0, 180.0) } else { (turned(west), turned(east)) };
    Ok(Bounds { west_deg, south_deg: south, east_deg, north_deg: north })
}

/// A box around some places, with something to spare; all of the Earth around none.
fn around(places: impl Iterator<Item = LonLat>) -> Bounds {
    /// How far a box is grown past the places that were looked at, as a share of its size: an edge bulges between them.
    const SPARE: f64 = 0.02;
    let whole = Bounds { west_deg: -180.0, south_deg: -90.0, east_deg: 180.0, north_deg: 90.0 };
    Bounds::of(places).map_or(whole, |bounds| bounds.grown(SPARE))
}

/// Why a mosaic could not be read.
#[derive(Debug, thiserror::Error)]
#[error("{name}: {problem}")]
pub struct MosaicError {
    /// The tile.
    pub name: String,
    /// What is wrong with it.
    pub problem: RasterProblem,
}

/// Tiles of one layer; where several have data the first one wins.
#[derive(Clone, Debug, Default)]
pub struct Mosaic {
    /// Its tiles, the first one first.
    pub tiles: Vec<Tile>,
}

impl Mosaic {
    /// A band on a grid of a frame, row-major; NaN where no tile has data.
    ///
    /// Coarse grids are read from overviews where these may be (see [`Raster::level_for`]). With [`Method::Bilinear`] a cell that
    /// lies within half a pixel of a tile's edge is the weighted mean of pixels of both tiles, where they lie side by side; where no tile
    /// reaches, the pixel at the edge counts for half a pixel more. So a seam shows neither as a gap nor as a step.
    ///
    /// **Errors** name the tile.
    pub fn read(
        &self,
        band: usize,
        frame: &LocalFrame,
        grid: &GridShape,
        method: Method,
    ) -> Result<Vec<f32>, MosaicError> {
        let mut cells = Cells::<1>::new(grid.len());
        self.fill(&mut cells, band, frame, grid, method, &|value| [value])?;
        let [values] = cells.values();
        Ok(values)
    }

    /// A band of bearings, degrees clockwise from the north of each tile's own grid, as unit vectors in the frame's plane:
    /// their components toward its east and toward its north. They are averaged as vectors: 359 and 1 degrees make 0.
    ///
    /// **Errors** name the tile.
    pub fn read_bearings(
        &self,
        band: usize,
        frame: &LocalFrame,
        grid: &GridShape,
    ) -> Result<(Vec<f32>, Vec<f32>), MosaicError> {
        let mut cells = Cells::<2>::new(grid.len());
        // A negative number stands for flat ground, without a bearing.
        let vector = |deg: f32| if deg < 0.0 { [f32::NAN; 2] } else { deg.to_radians().sin_cos().into() };
        self.fill(&mut cells, band, frame, grid, Method::Bilinear, &vector)?;
        let [east, north] = cells.values();
        Ok((east, north))
    }

    fn fill<const N: usize>(
        &self,
        cells: &mut Cells<N>,
        band: usize,
        frame: &LocalFrame,
        grid: &GridShape,
        method: Method,
        make: &dyn Fn(f32) -> [f32; N],
    ) -> Result<(), MosaicError> {
        if grid.is_empty() {
            return Ok(());
        }
        let area = area(frame, grid);
        for tile in self.tiles.iter().filter(|tile| tile.bounds.touches(&area)) {
            if cells.are_full() {
                break;
            }
            let failed = |problem| MosaicError { name: tile.name.clone(), problem };
            let raster = tile.open().map_err(failed)?;
            if band >= raster.bands {
                return Err(failed(RasterProblem::NoBand { band, bands: raster.bands }));
            }
            let size = raster.crs().map_err(failed)?.length(grid.cell_size_m);
            let raster = raster.level(raster.level_for(size, method)).unwrap_or(raster);
            cells.add(&raster, band, frame, grid, method, make).map_err(failed)?;
        }
        Ok(())
    }
}

/// A box of longitude and latitude around a grid, with something to spare.
pub fn area(frame: &LocalFrame, grid: &GridShape) -> Bounds {
    /// Places on each edge and across: an edge of the plane is curved on the globe.
    const STEPS: u32 = 8;
    let (width_m, height_m) = (grid.cols as f64 * grid.cell_size_m, grid.rows as f64 * grid.cell_size_m);
    let at = |step: u32| f64::from(step) / f64::from(STEPS);
    let points = (0..=STEPS).flat_map(|down| (0..=STEPS).map(move |right| (down, right)));
    let places = points.map(|(down, right)| {
        let (east_m, north_m) = (grid.west_m + at(right) * width_m, grid.north_m - at(down) * height_m);
        frame.to_lon_lat(EastNorth { east_m, north_m })
    });
    around(places)
}
