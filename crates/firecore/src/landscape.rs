//! Terrain, fuel and canopy of an area, on one grid.
//!
//! Layers are kept as whole numbers of small steps, 15 bytes a cell with canopy where 32-bit floats take 29. What LANDFIRE
//! gives comes back as it was; what lies between two steps is rounded to the nearer one, and what lies beyond the last one is held
//! there. No data is what readers make of it: 0, which is sea level, flat ground and no trees.
//!
//! | Layer | Step | Span | Where the step comes from |
//! |---|---|---|---|
//! | elevation | 1/4 m | -1000 to 15383 m | whole metres in LANDFIRE; others err by metres |
//! | rise, each component | grows with its root | -20 to 20 | see [`Terrain::rise`] |
//! | canopy cover | 1/10000 | 0 to 1 | whole percent in LANDFIRE |
//! | canopy height, base height | 1 cm | 0 to 655 m | decimetres in LANDFIRE |
//! | canopy bulk density | 1/5000 kg/m3 | 0 to 13 kg/m3 | hundredths in LANDFIRE |

use std::sync::Arc;

mod canopy;
mod terrain;
#[cfg(test)]
mod tests;

pub use canopy::{Canopy, Trees};
pub use terrain::Terrain;

use crate::fuel::FuelModels;
use crate::geo::LocalFrame;
use crate::grid::GridShape;
use crate::wind::TerrainWind;

/// Code of a fuel model as rasters hold it. The standard ones: 1 to 13, 101 to 204, 91 to 99 for what does not burn.
pub type FuelCode = u8;

/// What stands for "no data" in a fuel raster: it does not burn.
pub const FUEL_NO_DATA: FuelCode = 0;

/// Terrain, fuel and canopy of an area; each has `shape.len()` cells, row-major over `shape`.
#[derive(Clone, Debug, PartialEq)]
pub struct Landscape {
    /// The plane that the grid lies in.
    pub frame: LocalFrame,
    /// Where the cells lie.
    pub shape: GridShape,
    /// Elevation and slope.
    pub terrain: Terrain,
    /// Fuel model codes.
    pub fuel: Vec<FuelCode>,
    /// What the codes mean.
    pub fuel_models: Arc<FuelModels>,
    /// Canopy layers, where the area has them.
    pub canopy: Option<Canopy>,
}

impl Landscape {
    /// Whether a cell's ground burns, by the cell's place in the layers.
    pub fn burns(&self, cell: usize) -> bool {
        self.fuel_models.burns(self.fuel[cell])
    }

    /// What its terrain makes of a wind that does not know it; made at the first call, which takes some 70 ms for 4 million cells.
    pub fn terrain_wind(&self) -> &TerrainWind {
        self.terrain.wind(&self.shape)
    }

    /// Memory that its layers take, bytes, with what its terrain makes of the wind, whether that was asked for yet or not.
    pub fn memory_bytes(&self) -> usize {
        let canopy = self.canopy.as_ref().map_or(0, Canopy::memory_bytes);
        let wind = TerrainWind::memory_bytes(&self.shape);
        self.terrain.memory_bytes() + size_of_val(self.fuel.as_slice()) + canopy + wind
    }
}
