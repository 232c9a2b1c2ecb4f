//! Landscapes and the grids that everything lies on.

use bytes::Bytes;
use firecore::geo::LocalFrame;
use firecore::grid::GridShape;
use firecore::landscape::{Canopy, Landscape, Terrain, Trees};

use super::proto::{self, layer::Form};
use super::{WireError, fuel, given, within};

/// Steepest ground, rise over run, that is no slip: 87 degrees from the horizontal.
const RISE_MAX: f64 = 20.0;

/// Elevations, m: beyond the deepest and the highest ground on Earth.
const ELEVATION_M: [f64; 2] = [-1_000.0, 9_500.0];

/// Cells, m: from a garden bed to a coarse weather model.
const CELL_SIZE_M: [f64; 2] = [0.1, 100_000.0];

/// Eastings and northings of UTM planes lie far inside, m.
const PLACE_M_MAX: f64 = 1e8;

/// Tallest trees, m, with room: the tallest known one has 116 m.
const CANOPY_M_MAX: f64 = 200.0;

/// Densest canopy, kg/m3, with room: measured ones end below 1.
const BULK_DENSITY_KG_M3_MAX: f64 = 10.0;

/// A landscape as it goes out: what it keeps as floats, which are kept as the same where they come in.
pub fn landscape_to_wire(landscape: &Landscape) -> proto::Landscape {
    let (terrain, cells) = (&landscape.terrain, 0..landscape.shape.len());
    let rise = |part: usize| layer_to_wire(cells.clone().map(|cell| terrain.rise(cell)[part]));
    let canopy = |canopy: &Canopy| {
        let layer = |of: fn(Trees) -> f64| {
            Some(layer_to_wire(cells.clone().map(|cell| of(canopy.trees(cell)) as f32)))
        };
        proto::Canopy {
            cover: layer(|trees| trees.cover),
            height_m: layer(|trees| trees.height_m),
            base_height_m: layer(|trees| trees.base_height_m),
            bulk_density_kg_m3: layer(|trees| trees.bulk_density_kg_m3),
        }
    };
    proto::Landscape {
        epsg: landscape.frame.epsg().into(),
        grid: Some(grid_to_wire(&landscape.shape)),
        elevation_m: Some(layer_to_wire(cells.clone().map(|cell| terrain.elevation_m(cell)))),
        rise_east: Some(rise(0)),
        rise_north: Some(rise(1)),
        fuel_code: Bytes::copy_from_slice(&landscape.fuel),
        canopy: landscape.canopy.as_ref().map(canopy),
        fuel_models: fuel::to_wire(&landscape.fuel_models),
    }
}

/// A landscape of at most so many cells.
pub fn landscape_from_wire(wire: &proto::Landscape, cells_max: u64) -> Result<Landscape, WireError> {
    let frame = frame(wire.epsg)?;
    let shape = grid(given("grid", &wire.grid)?, cells_max).map_err(|error| error.within("grid"))?;
    let cells = shape.len();
    let layer = |field: &str, wire: &Option<proto::Layer>, [low, high]: [f64; 2]| {
        layer_from_wire(given(field, wire)?, cells, low, high).map_err(|error| error.within(field))
    };
    if wire.fuel_code.len() != cells {
        return Err(WireError::new("fuel_code", format_args!("{cells} bytes"), wire.fuel_code.len()));
    }
    let canopy = |wire: &proto::Canopy| {
        // One layer after the other: each is packed before the next is unpacked.
        let canopy = Canopy::bare(cells).with_cover(&layer("cover", &wire.cover, [0.0, 1.0])?);
        let heights = [0.0, CANOPY_M_MAX];
        let canopy = canopy
            .with_height_m(&layer("height_m", &wire.height_m, heights)?)
            .with_base_height_m(&layer("base_height_m", &wire.base_height_m, heights)?);
        let densities = [0.0, BULK_DENSITY_KG_M3_MAX];
        let density = layer("bulk_density_kg_m3", &wire.bulk_density_kg_m3, densities)?;
        Ok::<_, WireError>(canopy.with_bulk_density_kg_m3(&density))
    };
    let terrain = Terrain::flat(cells);
    let terrain = terrain.with_elevation_m(&layer("elevation_m", &wire.elevation_m, ELEVATION_M)?);
    let rise = |field, wire| layer(field, wire, [-RISE_MAX, RISE_MAX]);
    let terrain =
        terrain.with_rise(&rise("rise_east", &wire.rise_east)?, &rise("rise_north", &wire.rise_north)?);
    Ok(Landscape {
        frame,
        terrain,
        fuel: wire.fuel_code.to_vec(),
        fuel_models: fuel::from_wire(&wire.fuel_models)?,
        canopy: wire.canopy.as_ref().map(canopy).transpose().map_err(|error| error.within("canopy"))?,
        shape,
    })
}

/// The plane of an EPSG code.
pub(super) fn frame(epsg: u32) -> Result<LocalFrame, WireError> {
    match epsg {
        32601..=32660 => Ok(LocalFrame::utm((epsg - 32600) as u8, false)),
        32701..=32760 => Ok(LocalFrame::utm((epsg - 32700) as u8, true)),
        other => Err(WireError::new("epsg", "32601 to 32660 or 32701 to 32760", other)),
    }
}

pub(super) fn grid_to_wire(shape: &GridShape) -> proto::Grid {
    proto::Grid {
        rows: u32::try_from(shape.rows).expect("a grid has fewer rows than 32 bits count"),
        cols: u32::try_from(shape.cols).expect("a grid has fewer columns than 32 bits count"),
        cell_size_m: shape.cell_size_m,
        west_m: shape.west_m,
        north_m: shape.north_m,
    }
}

pub(super) fn grid(wire: &proto::Grid, cells_max: u64) -> Result<GridShape, WireError> {
    let cells = u64::from(wire.rows) * u64::from(wire.cols);
    if cells == 0 || cells > cells_max {
        let found = format!("{} x {}", wire.rows, wire.cols);
        return Err(WireError::new("rows and cols", format_args!("1 to {cells_max} cells"), found));
    }
    Ok(GridShape {
        rows: wire.rows as usize,
        cols: wire.cols as usize,
        cell_size_m: within("cell_size_m", wire.cell_size_m, CELL_SIZE_M[0], CELL_SIZE_M[1])?,
        west_m: within("west_m", wire.west_m, -PLACE_M_MAX, PLACE_M_MAX)?,
        north_m: within("north_m", wire.north_m, -PLACE_M_MAX, PLACE_M_MAX)?,
    })
}

fn layer_to_wire(mut values: impl ExactSizeIterator<Item = f32> + Clone) -> proto::Layer {
    let first = values.clone().next().unwrap_or(0.0);
    let form = match values.clone().all(|value| value == first) {
        true => Form::Constant(first),
        false => {
            let mut bytes = vec![0; 4 * values.len()];
            for (four, value) in bytes.chunks_exact_mut(4).zip(&mut values) {
                four.copy_from_slice(&value.to_le_bytes());
            }
            Form::ValuesF32(bytes.into())
        }
    };
    proto::Layer { form: Some(form) }
}

fn layer_from_wire(wire: &proto::Layer, cells: usize, low: f64, high: f64) -> Result<Vec<f32>, WireError> {
    let values = match given("form", &wire.form)? {
        Form::Constant(value) => vec![*value; cells],
        Form::ValuesF32(bytes) if bytes.len() == 4 * cells => f32_values(bytes).collect(),
        Form::ValuesF32(bytes) => {
            return Err(WireError::new("values_f32", format_args!("{} bytes", 4 * cells), bytes.len()));
        }
    };
    let (low_f32, high_f32) = (low as f32, high as f32);
    match values.iter().find(|value| !(**value >= low_f32 && **value <= high_f32)) {
        None => Ok(values),
        Some(found) => Err(WireError::new("a value", format_args!("a number from {low} to {high}"), found)),
    }
}

/// 32-bit floats of little-endian bytes; what is left of fewer than four is not looked at.
pub(super) fn f32_values(bytes: &[u8]) -> impl ExactSizeIterator<Item = f32> + '_ {
    bytes.chunks_exact(4).map(|four| f32::from_le_bytes(four.try_into().expect("chunks of four have four")))
}
