//! Elevation and the upslope gradient.

use std::num::NonZeroUsize;
use std::ops::RangeInclusive;

use firecore::grid::GridShape;
use firecore::landscape::Terrain;
use firecore::units::M_PER_FT;

use super::*;

/// Elevations that are taken, m: the Dead Sea lies at -430 m, Everest at 8849 m.
pub(in crate::inputs) const ELEVATION_M: RangeInclusive<f32> = -500.0..=9000.0;

/// How much steeper given slopes may be than those that the elevations make, in the mean. Percent that are taken for degrees make them 1.7
/// times as steep and more; those that LANDFIRE gives for the Thomas and the Glass Fire are 0.95 of what the elevations make.
const STEEPER_MAX: f64 = 1.4;

/// Mean rise below which slopes are not compared: whole metres of elevation make 0.02 of even ground in cells of 30 m.
const RISE_MIN: f64 = 0.03;

/// What was read of the ground.
pub(super) struct Read {
    pub(super) terrain: Terrain,
    /// Whether neither elevation nor slope is there.
    pub(super) is_flat: bool,
    note: InputNote,
    dem: Option<PathBuf>,
    /// Cells without elevation.
    unknown: Vec<u32>,
    /// Mean rise as it is given and as the elevations make it, where these are far apart.
    steeper: Option<[f64; 2]>,
}

impl Read {
    /// Where it comes from, and doubts; `burns` tells the ground that matters.
    pub(super) fn notes(&self, burns: impl Fn(usize) -> bool) -> Vec<InputNote> {
        let mut notes = vec![self.note.clone()];
        let unknown = self.unknown.iter().filter(|cell| burns(**cell as usize)).count();
        if let (Some(dem), 1..) = (&self.dem, unknown) {
            let said = format!("{}: no elevation in {unknown} cells that burn, taken as 0 m", dem.display());
            notes.push(builtin::fallback("terrain", &said, None));
        }
        if let Some(rises) = self.steeper {
            let [given, made] = rises.map(|rise| rise.atan().to_degrees());
            let said = format!(
                "slp is {given:.0} degrees in the mean where the elevations make {made:.0}: percent, where degrees are needed?"
            );
            notes.push(builtin::fallback("terrain", &said, None));
        }
        notes
    }
}

/// Mean rise of a gradient and of the elevations, over every seventh cell of every seventh row that has both.
fn mean_rises(gradient: &Gradient, elevation_m: &[f32], shape: &GridShape) -> [f64; 2] {
    const STEP: usize = 7;
    let (mut sums, mut count) = ([0.0, 0.0], 0_usize);
    for row in (1..shape.rows.saturating_sub(1)).step_by(STEP) {
        for col in (1..shape.cols.saturating_sub(1)).step_by(STEP) {
            let cell = shape.index(row, col);
            let rise = |before: usize, after: usize| {
                f64::from(elevation_m[after] - elevation_m[before]) / (2.0 * shape.cell_size_m)
            };
            let made = rise(cell - 1, cell + 1).hypot(rise(cell - shape.cols, cell + shape.cols));
            if made.is_finite() {
                sums[0] += f64::from(gradient.0[cell]).hypot(f64::from(gradient.1[cell]));
                sums[1] += made;
                count += 1;
            }
        }
    }
    sums.map(|sum| sum / count.max(1) as f64)
}

/// Elevation, and slope with aspect as a vector in the frame's axes; derived from the elevation where slope or
/// aspect is missing, flat where the elevation is missing too.
pub(super) fn read(source: &Source) -> Result<Read, InputsError> {
    let (dem, gradient) = thread::scope(|scope| {
        let dem = scope.spawn(|| elevation(source));
        let gradient = given_gradient(source);
        (joined(dem), gradient)
    });
    let (dem, gradient) = (dem?, gradient?);
    let (path, elevation_m) = match dem {
        Some((path, cells)) => (Some(path), Some(cells)),
        None => (None, None),
    };
    let derived = match (&gradient, &elevation_m) {
        (None, Some(elevation_m)) => Some(horn(elevation_m, source.shape)),
        _ => None,
    };
    let note = note(path.as_ref().map(|path| path.display().to_string()), gradient.is_some());
    let steeper = gradient.as_ref().zip(elevation_m.as_ref()).and_then(|(gradient, elevation_m)| {
        let rises = mean_rises(gradient, elevation_m, source.shape);
        (rises[1] > RISE_MIN && rises[0] > STEEPER_MAX * rises[1]).then_some(rises)
    });
    let is_unknown = |(cell, height): (usize, &f32)| height.is_nan().then_some(cell as u32);
    let unknown = elevation_m.iter().flat_map(|all| all.iter().enumerate().filter_map(is_unknown)).collect();
    let is_flat = elevation_m.is_none() && gradient.is_none();
    let mut terrain = Terrain::flat(source.shape.len());
    // Sea level under what has no elevation: it is water nearly always.
    if let Some(elevation_m) = elevation_m {
        terrain = terrain.with_elevation_m(&elevation_m);
    }
    if let Some((east, north)) = gradient.or(derived) {
        terrain = terrain.with_rise(&east, &north);
    }
    Ok(Read { terrain, is_flat, note, dem: path, unknown, steeper })
}

/// The elevation's file and its values in m; NaN stands for no data.
fn elevation(source: &Source) -> Result<Option<(PathBuf, Vec<f32>)>, InputsError> {
    let Some(dem) = source.layer(Layer::Elevation, Method::Bilinear)? else { return Ok(None) };
    let feet = dem.unit.contains("feet") || dem.unit.contains("foot");
    let factor = if feet { M_PER_FT as f32 } else { 1.0 };
    let told = ELEVATION_M.start() / factor..=ELEVATION_M.end() / factor;
    let dem = dem.within(told, "elevation", "-500 to 9000 m, or a value that the file says is no data")?;
    Ok(Some((dem.path, dem.cells.into_iter().map(|value| value * factor).collect())))
}

fn note(dem: Option<String>, has_slope: bool) -> InputNote {
    match (dem, has_slope) {
        (Some(dem), true) => used("terrain", format!("{dem}, with slope and aspect beside it")),
        (Some(dem), false) => used("terrain", format!("{dem}; slope and aspect derived from it (Horn 1981)")),
        (None, true) => used("terrain", "slope and aspect; no elevation, taken as 0 m".to_owned()),
        (None, false) => {
            builtin::fallback("terrain", "built-in flat ground: no dem, slp and asp given", None)
        }
    }
}

type Gradient = (Vec<f32>, Vec<f32>);

/// Aspects as one raster has them, or as unit vectors in the frame's axes where they come in tiles.
enum Aspect {
    Pixels(LayerPixels),
    Vectors(Gradient),
}

/// Slopes that rasters in whole degrees hold: their tangents are looked up.
const WHOLE_SLOPES_DEG: u8 = 90;

/// Aspects that such rasters hold: their sines and cosines are looked up, too.
const WHOLE_ASPECTS_DEG: u16 = 361;

/// The upslope gradient from slope and aspect; `None` where either is missing.
fn given_gradient(source: &Source) -> Result<Option<Gradient>, InputsError> {
    let (slope, aspect) = thread::scope(|scope| {
        let slope = scope.spawn(|| source.layer(Layer::Slope, Method::Bilinear));
        let aspect = source.layers.open(Layer::Aspect).and_then(|found| match found {
            None => Ok(None),
            Some((LayerRaster::One(raster), band)) => {
                source.pixels(*raster, band).map(Aspect::Pixels).map(Some)
            }
            Some((LayerRaster::Tiles { mosaic, .. }, band)) => {
                let bearings = mosaic.read_bearings(band, source.frame, source.shape).map_err(tile_failed)?;
                Ok(Some(Aspect::Vectors(bearings)))
            }
        });
        (joined(slope), aspect)
    });
    let (Some(slope), Some(aspect)) = (slope?, aspect?) else { return Ok(None) };
    let (shape, method) = (source.shape, Method::Bilinear);
    let (tangents, directions) = (Tangents::of_unit(&slope.unit), Directions::new());
    let most = if tangents.percent { f32::MAX } else { 90.0 };
    let needed = "0 to 90 degrees, a unit that says percent, or a value that the file says is no data";
    let slope = slope.within(0.0..=most, "slope", needed)?;
    let mut aspect = match aspect {
        Aspect::Pixels(aspect) => aspect,
        Aspect::Vectors((mut east, mut north)) => {
            for ((east, north), slope) in east.iter_mut().zip(&mut north).zip(&slope.cells) {
                (*east, *north) = rise(tangents.at(*slope), (*east, *north), 0.0);
            }
            return Ok(Some((east, north)));
        }
    };
    if aspect.map.is_aligned() {
        // In place: each vector of this size that is not made is a thousand pages that the system need not clear.
        let (mut east, mut north) = (slope.cells, aspect.take_cells(shape, method));
        in_bands(shape, &mut east, &mut north, |_, east, north| {
            for (east, north) in east.iter_mut().zip(north) {
                (*east, *north) = rise(tangents.at(*east), directions.at(*north), 0.0);
            }
        });
        return Ok(Some((east, north)));
    }
    // Aspect is averaged as a direction: 359 and 1 degrees make 0.
    let (mut east, mut north) = thread::scope(|scope| {
        let sine = scope.spawn(|| aspect.cells_of(shape, method, |deg| directions.at(deg).0));
        let cosine = aspect.cells_of(shape, method, |deg| directions.at(deg).1);
        (joined(sine), cosine)
    });
    in_bands(shape, &mut east, &mut north, |first_row, east, north| {
        for (at, (east, north)) in east.iter_mut().zip(north).enumerate() {
            let (row, col) = (first_row + at / shape.cols, at % shape.cols);
            let slope_tan = tangents.at(slope.cells[shape.index(row, col)]);
            let turn_rad = aspect.map.turn_rad(row, col) as f32;
            (*east, *north) = rise(slope_tan, (*east, *north), turn_rad);
        }
    });
    Ok(Some((east, north)))
}

/// Does a work on bands of two layers side by side, each told its first row.
fn in_bands(
    shape: &GridShape,
    one: &mut [f32],
    other: &mut [f32],
    work: impl Fn(usize, &mut [f32], &mut [f32]) + Sync,
) {
    let rows = shape.rows.div_ceil(thread::available_parallelism().map_or(1, NonZeroUsize::get));
    let cells = (rows * shape.cols).max(1);
    thread::scope(|scope| {
        for (band, (one, other)) in one.chunks_mut(cells).zip(other.chunks_mut(cells)).enumerate() {
            let work = &work;
            scope.spawn(move || work(band * rows, one, other));
        }
    });
}

/// The upslope gradient from the tangent of the slope and the sine and cosine of the aspect on the raster.
///
/// `turn_rad` is the bearing of the frame's north there.
fn rise(slope_tan: f32, (east, north): (f32, f32), turn_rad: f32) -> (f32, f32) {
    // As `hypot` has it, without a call a cell: in double precision the squares are exact.
    let length = (f64::from(east) * f64::from(east) + f64::from(north) * f64::from(north)).sqrt() as f32;
    // A flat cell has no aspect, and a cell without data no slope.
    if !(slope_tan > 0.0 && length > 1e-3) {
        return (0.0, 0.0);
    }
    let (turn_sine, turn_cosine) = if turn_rad == 0.0 { (0.0, 1.0) } else { turn_rad.sin_cos() };
    // A bearing on the raster minus the bearing of the frame's north there is a bearing in the frame.
    let (east, north) = (east * turn_cosine - north * turn_sine, north * turn_cosine + east * turn_sine);
    // Aspect looks downslope, the gradient upslope.
    (-slope_tan * east / length, -slope_tan * north / length)
}

/// Tangents of slopes in a layer's unit, looked up for whole degrees.
struct Tangents {
    percent: bool,
    whole: Vec<f32>,
}

impl Tangents {
    fn of_unit(unit: &str) -> Self {
        Self {
            percent: unit.contains("percent") || unit.contains('%'),
            whole: (0..WHOLE_SLOPES_DEG).map(|deg| f32::from(deg).to_radians().tan()).collect(),
        }
    }

    fn at(&self, slope: f32) -> f32 {
        match self.whole.get(slope as usize) {
            _ if self.percent => slope / 100.0,
            Some(tangent) if slope == (slope as usize) as f32 => *tangent,
            _ => slope.to_radians().tan(),
        }
    }
}

/// Sine and cosine of aspects, looked up for those that rasters hold.
struct Directions(Vec<(f32, f32)>);

impl Directions {
    fn new() -> Self {
        Self((0..WHOLE_ASPECTS_DEG).map(|deg| f32::from(deg).to_radians().sin_cos()).collect())
    }

    /// No data where the cell is flat, which is written as a negative number.
    fn at(&self, aspect_deg: f32) -> (f32, f32) {
        if aspect_deg < 0.0 {
            return (f32::NAN, f32::NAN);
        }
        match self.0.get(aspect_deg as usize) {
            Some(direction) if aspect_deg == (aspect_deg as usize) as f32 => *direction,
            _ => aspect_deg.to_radians().sin_cos(),
        }
    }
}

/// The upslope gradient of an elevation grid by the third-order finite difference.
///
/// Source: Horn (1981), Proc. IEEE 69(1). A neighbour without data, or beyond the edge, counts as the cell itself.
pub(super) fn horn(elevation_m: &[f32], shape: &GridShape) -> Gradient {
    let at = |row: i64, col: i64, here: f32| {
        let inside = row >= 0 && col >= 0 && row < shape.rows as i64 && col < shape.cols as i64;
        let value = if inside { elevation_m[row as usize * shape.cols + col as usize] } else { here };
        if value.is_nan() { here } else { value }
    };
    let mut gradient = (Vec::with_capacity(shape.len()), Vec::with_capacity(shape.len()));
    let scale = 1.0 / (8.0 * shape.cell_size_m as f32);
    for (cell, &here) in elevation_m.iter().enumerate() {
        let (row, col) = ((cell / shape.cols) as i64, (cell % shape.cols) as i64);
        if here.is_nan() {
            gradient.0.push(0.0);
            gradient.1.push(0.0);
            continue;
        }
        let [nw, n, ne] = [-1, 0, 1].map(|right| at(row - 1, col + right, here));
        let [sw, s, se] = [-1, 0, 1].map(|right| at(row + 1, col + right, here));
        let (w, e) = (at(row, col - 1, here), at(row, col + 1, here));
        gradient.0.push(((ne + 2.0 * e + se) - (nw + 2.0 * w + sw)) * scale);
        gradient.1.push(((nw + 2.0 * n + ne) - (sw + 2.0 * s + se)) * scale);
    }
    gradient
}
