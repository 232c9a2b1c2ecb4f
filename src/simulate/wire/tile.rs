//! A member's result: the window of cells that the fire came near, and what else there is to say of it.

use bytes::Bytes;
use firecore::grid::{Grid, GridShape};
use firecore::landscape::Landscape;
use firecore::spread::{ArrivalTimes, NoSpread};

use super::ground::f32_values;
use super::proto::{self, no_spread::Why};
use super::{WireError, given, within};

/// A result's tile as it goes out; without intensities where they are not wanted.
pub fn tile_to_wire(arrival: &ArrivalTimes, landscape: &Landscape, intensities: bool) -> proto::ArrivalTile {
    let (shape, grid) = (&arrival.arrival_s.shape, &landscape.shape);
    let cells = |metres: f64| (metres / grid.cell_size_m).round() as u32;
    let (times, heat) = (&arrival.arrival_s.cells, &arrival.fireline_intensity_kw_m);
    let rows = || times.chunks_exact(shape.cols.max(1)).zip(heat.chunks_exact(shape.cols.max(1)));
    let holds = |(time, heat): (&f32, &f32)| *time != f32::INFINITY || *heat != 0.0;
    let spans: Vec<(usize, usize)> = rows()
        .map(|(times, heat)| {
            let first = times.iter().zip(heat).position(holds);
            let last = times.iter().zip(heat).rposition(holds);
            first.zip(last).map_or((0, 0), |(first, last)| (first, last + 1 - first))
        })
        .collect();
    let pack = |layer: &[f32]| {
        let held = spans.iter().map(|(_, cols)| cols).sum::<usize>();
        let mut bytes = vec![0; 4 * held];
        let mut rest = &mut bytes[..];
        for (row, (first, cols)) in layer.chunks_exact(shape.cols.max(1)).zip(&spans) {
            let (stretch, behind) = rest.split_at_mut(4 * cols);
            for (four, value) in stretch.chunks_exact_mut(4).zip(&row[*first..first + cols]) {
                four.copy_from_slice(&value.to_le_bytes());
            }
            rest = behind;
        }
        Bytes::from(bytes)
    };
    proto::ArrivalTile {
        first_row: cells(grid.north_m - shape.north_m),
        first_col: cells(shape.west_m - grid.west_m),
        rows: shape.rows as u32,
        cols: shape.cols as u32,
        arrival_s_f32: pack(times),
        fireline_intensity_kw_m_f32: if intensities { pack(heat) } else { Bytes::new() },
        span_first_col: spans.iter().map(|(first, _)| *first as u32).collect(),
        span_cols: spans.iter().map(|(_, cols)| *cols as u32).collect(),
    }
}

/// A member's result on the landscape that it was asked for.
///
/// **Errors** where the layers do not fit each other or the landscape. What the numbers are is checked by
/// [`super::super::physx::check`].
pub fn result_from_wire(
    wire: &proto::MemberResult,
    landscape: &Landscape,
) -> Result<ArrivalTimes, WireError> {
    let tile = given("arrival", &wire.arrival)?;
    let shape = window(tile, landscape).map_err(|error| error.within("arrival"))?;
    let spans = spans(tile).map_err(|error| error.within("arrival"))?;
    let held: usize = spans.iter().map(|(_, cols)| cols).sum();
    let unpack = |field: &str, bytes: &[u8], nothing: f32| {
        if bytes.len() != 4 * held {
            let needed = format!("{} bytes: 4 for each of {held} cells", 4 * held);
            return Err(WireError::new(format!("arrival.{field}"), needed, bytes.len()));
        }
        let mut layer = Vec::with_capacity(shape.len());
        let mut rest = bytes;
        for (first, cols) in &spans {
            let (stretch, behind) = rest.split_at(4 * cols);
            layer.resize(layer.len() + first, nothing);
            layer.extend(f32_values(stretch));
            layer.resize(layer.len() + shape.cols - first - cols, nothing);
            rest = behind;
        }
        Ok(layer)
    };
    let statistics = given("statistics", &wire.statistics)?;
    let count = |field: &str, value: u64| {
        usize::try_from(value).map_err(|_| WireError::new(format!("statistics.{field}"), "a count", value))
    };
    let grid_row = |row: usize| landscape.shape.index(tile.first_row as usize + row, tile.first_col as usize);
    let burns: [bool; 256] = std::array::from_fn(|code| landscape.fuel_models.burns(code as u8));
    let mut burnable = Vec::with_capacity(shape.len());
    for row in 0..shape.rows {
        let codes = &landscape.fuel[grid_row(row)..grid_row(row) + shape.cols];
        burnable.extend(codes.iter().map(|code| burns[usize::from(*code)]));
    }
    Ok(ArrivalTimes {
        frame: landscape.frame.clone(),
        fireline_intensity_kw_m: unpack(
            "fireline_intensity_kw_m_f32",
            &tile.fireline_intensity_kw_m_f32,
            0.0,
        )?,
        arrival_s: Grid { cells: unpack("arrival_s_f32", &tile.arrival_s_f32, f32::INFINITY)?, shape },
        burnable,
        spot_fires: count("spot_fires", statistics.spot_fires)?,
        embers_refused: count("embers_refused", statistics.embers_refused)?,
        edge_reached: statistics.edge_reached,
        no_spread: wire.no_spread.as_ref().map(no_spread_from_wire).transpose()?,
    })
}

/// Cells that burn within the horizon.
pub fn burned_cells(arrival: &ArrivalTimes, horizon_s: u32) -> u64 {
    let horizon_s = horizon_s as f32;
    // In 32 bits, which goes in lanes: no window has more cells.
    arrival.arrival_s.cells.iter().map(|time_s| u32::from(*time_s <= horizon_s)).sum::<u32>().into()
}

/// Why a fire did not spread, as it goes out.
pub fn no_spread_to_wire(no_spread: &NoSpread) -> proto::NoSpread {
    let why = match no_spread.clone() {
        NoSpread::OutsideLandscape { ignitions } => Why::OutsideLandscapeIgnitions(ignitions as u64),
        NoSpread::NotBurnable { codes } => Why::NotBurnableFuel(codes),
        NoSpread::TooWet { codes, one_hour } => {
            Why::TooWet(proto::TooWet { fuel: codes, dead_moisture_one_hour: one_hour })
        }
        NoSpread::TooSlow { heading_m_h } => Why::TooSlowHeadingMH(heading_m_h),
        NoSpread::Enclosed { codes } => Why::EnclosedFuel(codes),
        NoSpread::Other { reason } => Why::Other(reason),
    };
    proto::NoSpread { why: Some(why) }
}

/// Longest words that are taken over from a server, characters.
const WORDS_MAX: usize = 500;

fn no_spread_from_wire(wire: &proto::NoSpread) -> Result<NoSpread, WireError> {
    let short = |text: &str| text.chars().filter(|letter| !letter.is_control()).take(WORDS_MAX).collect();
    Ok(match given("no_spread.why", &wire.why)? {
        Why::OutsideLandscapeIgnitions(ignitions) => {
            NoSpread::OutsideLandscape { ignitions: usize::try_from(*ignitions).unwrap_or(usize::MAX) }
        }
        Why::NotBurnableFuel(codes) => NoSpread::NotBurnable { codes: short(codes) },
        Why::TooWet(wet) => {
            let one_hour = within("no_spread.too_wet", wet.dead_moisture_one_hour, 0.0, 100.0)?;
            NoSpread::TooWet { codes: short(&wet.fuel), one_hour }
        }
        Why::TooSlowHeadingMH(heading_m_h) => NoSpread::TooSlow {
            heading_m_h: within("no_spread.too_slow_heading_m_h", *heading_m_h, 0.0, 1e6)?,
        },
        Why::EnclosedFuel(codes) => NoSpread::Enclosed { codes: short(codes) },
        Why::Other(reason) => NoSpread::Other { reason: short(reason) },
    })
}

/// Where the tile lies; inside the landscape.
fn window(tile: &proto::ArrivalTile, landscape: &Landscape) -> Result<GridShape, WireError> {
    let grid = &landscape.shape;
    let (first_row, first_col) = (tile.first_row as usize, tile.first_col as usize);
    let (rows, cols) = (tile.rows as usize, tile.cols as usize);
    if first_row + rows > grid.rows || first_col + cols > grid.cols || (rows == 0) != (cols == 0) {
        let needed = format!("a window of the {} x {} grid", grid.rows, grid.cols);
        let found = format!("{rows} x {cols} from row {first_row}, column {first_col}");
        return Err(WireError::new("rows and cols", needed, found));
    }
    // The same sum as the solver's: the same bits.
    Ok(GridShape {
        rows,
        cols,
        cell_size_m: grid.cell_size_m,
        west_m: grid.west_m + first_col as f64 * grid.cell_size_m,
        north_m: grid.north_m - first_row as f64 * grid.cell_size_m,
    })
}

/// Each row's stretch; inside the window.
fn spans(tile: &proto::ArrivalTile) -> Result<Vec<(usize, usize)>, WireError> {
    let (firsts, counts, rows) = (&tile.span_first_col, &tile.span_cols, tile.rows as usize);
    if firsts.len() != rows || counts.len() != rows {
        let found = format!("{} and {}", firsts.len(), counts.len());
        return Err(WireError::new("span_first_col and span_cols", format_args!("{rows} each"), found));
    }
    let spans = firsts.iter().zip(counts).map(|(first, cols)| (*first as usize, *cols as usize));
    let spans: Vec<(usize, usize)> = spans.collect();
    match spans.iter().find(|(first, cols)| first + cols > tile.cols as usize) {
        None => Ok(spans),
        Some((first, cols)) => {
            let found = format!("{cols} columns from {first}");
            Err(WireError::new("span_cols", format_args!("columns of the {} there are", tile.cols), found))
        }
    }
}
