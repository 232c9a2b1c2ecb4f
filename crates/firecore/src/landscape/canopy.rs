//! Tree canopy by cell, packed.

use crate::wind::{Stand, crown_ratio};

/// Steps of cover, the whole ground.
const COVER_STEPS: f64 = 10_000.0;

/// Steps of a height in a metre.
const HEIGHT_STEPS_PER_M: f64 = 100.0;

/// Steps of bulk density in 1 kg/m3.
const DENSITY_STEPS_PER_KG_M3: f64 = 5000.0;

/// The trees of a cell; all 0 where none stand.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Trees {
    /// Share of the ground under crowns, 0 to 1.
    pub cover: f64,
    /// Height of the canopy's top, m.
    pub height_m: f64,
    /// Height of the canopy's base, m.
    pub base_height_m: f64,
    /// Mass of available canopy fuel over the volume of the canopy, kg/m3.
    pub bulk_density_kg_m3: f64,
}

/// Tree canopy of an area, row-major: 8 bytes a cell.
///
/// What is no number, or negative, counts as 0: nothing grows there.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Canopy {
    cells: Vec<Packed>,
}

/// A cell's layers side by side: whoever asks for one asks for most.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
struct Packed {
    cover: u16,
    height: u16,
    base_height: u16,
    bulk_density: u16,
}

impl Canopy {
    /// No tree anywhere.
    pub fn bare(cells: usize) -> Self {
        Self { cells: vec![Packed::default(); cells] }
    }

    /// The trees of each cell.
    pub fn of(cells: impl IntoIterator<Item = Trees>) -> Self {
        let packed = |trees: Trees| Packed {
            cover: cover_steps(trees.cover),
            height: steps(trees.height_m, HEIGHT_STEPS_PER_M),
            base_height: steps(trees.base_height_m, HEIGHT_STEPS_PER_M),
            bulk_density: steps(trees.bulk_density_kg_m3, DENSITY_STEPS_PER_KG_M3),
        };
        Self { cells: cells.into_iter().map(packed).collect() }
    }

    /// The same with this cover, shares of 0 to 1.
    ///
    /// **Panics** where there is not one for each cell, as the other layers do.
    #[must_use]
    pub fn with_cover(self, layer: &[f32]) -> Self {
        self.with(layer, |cell, cover| cell.cover = cover_steps(cover.into()))
    }

    /// The same with these heights of the canopy's top, m.
    #[must_use]
    pub fn with_height_m(self, layer: &[f32]) -> Self {
        self.with(layer, |cell, height_m| cell.height = steps(height_m.into(), HEIGHT_STEPS_PER_M))
    }

    /// The same with these heights of the canopy's base, m.
    #[must_use]
    pub fn with_base_height_m(self, layer: &[f32]) -> Self {
        self.with(layer, |cell, height_m| cell.base_height = steps(height_m.into(), HEIGHT_STEPS_PER_M))
    }

    /// The same with these bulk densities, kg/m3.
    #[must_use]
    pub fn with_bulk_density_kg_m3(self, layer: &[f32]) -> Self {
        self.with(layer, |cell, density| cell.bulk_density = steps(density.into(), DENSITY_STEPS_PER_KG_M3))
    }

    fn with(mut self, layer: &[f32], set: impl Fn(&mut Packed, f32)) -> Self {
        assert_eq!(layer.len(), self.cells.len(), "BUG: a layer has one value for each cell");
        self.cells.iter_mut().zip(layer).for_each(|(cell, value)| set(cell, *value));
        self
    }

    /// Number of cells.
    pub fn len(&self) -> usize {
        self.cells.len()
    }

    /// True when there is no cell.
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    /// The trees of a cell.
    pub fn trees(&self, cell: usize) -> Trees {
        let cell = &self.cells[cell];
        Trees {
            cover: f64::from(cell.cover) / COVER_STEPS,
            height_m: f64::from(cell.height) / HEIGHT_STEPS_PER_M,
            base_height_m: f64::from(cell.base_height) / HEIGHT_STEPS_PER_M,
            bulk_density_kg_m3: f64::from(cell.bulk_density) / DENSITY_STEPS_PER_KG_M3,
        }
    }

    /// The stand of trees in a cell; `None` where none stands.
    pub fn stand(&self, cell: usize) -> Option<Stand> {
        let Trees { cover, height_m, base_height_m, .. } = self.trees(cell);
        (cover > 0.0 && height_m > 0.0).then(|| Stand {
            cover,
            height_m,
            crown_ratio: Some(crown_ratio(height_m, base_height_m)),
        })
    }

    /// 48 bits that tell stands apart.
    #[inline(always)]
    pub(crate) fn stand_bits(&self, cell: usize) -> u64 {
        let Packed { cover, height, base_height, .. } = self.cells[cell];
        u64::from(cover) | u64::from(height) << 16 | u64::from(base_height) << 32
    }

    /// Whether trees stand anywhere.
    pub(crate) fn has_trees(&self) -> bool {
        self.cells.iter().any(|cell| cell.height > 0)
    }

    pub(super) fn memory_bytes(&self) -> usize {
        size_of_val(self.cells.as_slice())
    }
}

fn cover_steps(cover: f64) -> u16 {
    steps(cover.clamp(0.0, 1.0), COVER_STEPS)
}

/// The nearest number of steps: the cast holds what lies outside, and makes 0 of what is no number.
fn steps(value: f64, steps_per_unit: f64) -> u16 {
    (value * steps_per_unit + 0.5) as u16
}
