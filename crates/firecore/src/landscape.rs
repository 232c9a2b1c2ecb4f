//! Terrain, fuel and canopy of an area, on one grid.

use std::sync::Arc;

use crate::fuel::FuelModels;
use crate::geo::LocalFrame;
use crate::grid::GridShape;

/// Code of a fuel model as rasters hold it. The standard ones: 1 to 13, 101 to 204, 91 to 99 for what does not burn.
pub type FuelCode = u8;

/// What stands for "no data" in a fuel raster: it does not burn.
pub const FUEL_NO_DATA: FuelCode = 0;

/// Terrain, fuel and canopy of an area; every vector is row-major over `shape` and has `shape.len()` values.
#[derive(Clone, Debug, PartialEq)]
pub struct Landscape {
    /// The plane that the grid lies in.
    pub frame: LocalFrame,
    /// Where the cells lie.
    pub shape: GridShape,
    /// Elevation, m.
    pub elevation_m: Vec<f32>,
    /// Rise over run toward the frame's east: the eastward component of the upslope gradient.
    pub rise_east: Vec<f32>,
    /// Rise over run toward the frame's north.
    pub rise_north: Vec<f32>,
    /// Fuel model codes.
    pub fuel: Vec<FuelCode>,
    /// What the codes mean.
    pub fuel_models: Arc<FuelModels>,
    /// Canopy layers, where the area has them.
    pub canopy: Option<Canopy>,
}

impl Landscape {
    /// Whether a cell's ground burns, by the cell's place in the vectors.
    pub fn burns(&self, cell: usize) -> bool {
        self.fuel_models.burns(self.fuel[cell])
    }
}

/// Tree canopy, row-major over the landscape's grid.
#[derive(Clone, Debug, PartialEq)]
pub struct Canopy {
    /// Share of the ground under crowns, 0 to 1.
    pub cover: Vec<f32>,
    /// Height of the canopy's top, m.
    pub height_m: Vec<f32>,
    /// Height of the canopy's base, m.
    pub base_height_m: Vec<f32>,
    /// Mass of available canopy fuel over the volume of the canopy, kg/m3.
    pub bulk_density_kg_m3: Vec<f32>,
}
