//! Hill-shaded terrain, tinted by what covers it.

use firecore::ensemble::reduce::ArrivalPercentiles;
use firecore::geo::EastNorth;
use firecore::landscape::{FUEL_NO_DATA, FuelCode, Landscape};

use super::canvas::{Canvas, Colour};
use super::{MAP_PX, View};

const PAPER: Colour = [236, 234, 228];
const UNKNOWN: Colour = [214, 214, 214];
/// Ground that the forecast took for not burnable, where no landscape tells what it is.
const BARE: Colour = [205, 203, 200];
/// Fuel of no standard group.
const SOME_FUEL: Colour = [226, 220, 200];

/// Fills the map: the landscape where there is one, else only where the forecast's ground can burn.
pub(super) fn draw(
    canvas: &mut Canvas,
    view: &View,
    backdrop: Option<&Landscape>,
    arrival: &ArrivalPercentiles,
) {
    let backdrop = backdrop.filter(|landscape| landscape.frame == arrival.frame);
    let Some(landscape) = backdrop else {
        for (y, x) in (0..MAP_PX).flat_map(|y| (0..MAP_PX).map(move |x| (y, x))) {
            canvas.set(x, y, bare_colour(arrival, view.point_at(x, y)));
        }
        return;
    };
    let shape = &landscape.shape;
    let across = |x: usize| (view.point_at(x, 0).east_m - shape.west_m) / shape.cell_size_m;
    let down = |y: usize| (shape.north_m - view.point_at(0, y).north_m) / shape.cell_size_m;
    let cols: Vec<Along> = (0..MAP_PX).map(|x| Along::at(across(x), shape.cols)).collect();
    for y in 0..MAP_PX {
        let row = Along::at(down(y), shape.rows);
        for (x, col) in cols.iter().enumerate() {
            canvas.set(x, y, landscape_colour(landscape, &row, col));
        }
    }
}

/// Where a row or column of pixels lies among the landscape's.
struct Along {
    /// The cell that holds it; `None` outside.
    cell: Option<usize>,
    /// The cells whose centres are around it, and the share of the second.
    around: [usize; 2],
    share: f32,
}

impl Along {
    /// At so many cells from the landscape's edge.
    fn at(cells: f64, count: usize) -> Self {
        let low = (cells - 0.5).clamp(0.0, (count - 1) as f64);
        let inside = cells >= 0.0 && cells < count as f64;
        Self {
            cell: inside.then_some(cells as usize),
            around: [low as usize, (low as usize + 1).min(count - 1)],
            share: low.fract() as f32,
        }
    }
}

fn bare_colour(arrival: &ArrivalPercentiles, point: EastNorth) -> Colour {
    match arrival.shape.cell_at(point) {
        Some((row, col)) if !arrival.burnable[arrival.shape.index(row, col)] => BARE,
        _ => PAPER,
    }
}

fn landscape_colour(landscape: &Landscape, row: &Along, col: &Along) -> Colour {
    let (Some(in_row), Some(in_col)) = (row.cell, col.cell) else { return UNKNOWN };
    let cell = landscape.shape.index(in_row, in_col);
    let fuel = landscape.fuel[cell];
    let burns = landscape.burns(cell);
    let cover = cover_colour(fuel, burns);
    if fuel == 98 && !burns {
        return cover;
    }
    let light = shade(landscape, row, col);
    cover.map(|channel| (f32::from(channel) * light).clamp(0.0, 255.0) as u8)
}

/// Soft tints, so that the fire stands out: greens and ochres burn, blue and greys do not.
fn cover_colour(fuel: FuelCode, burns: bool) -> Colour {
    match fuel {
        90..=99 if burns => SOME_FUEL,
        FUEL_NO_DATA => UNKNOWN,
        91 => [206, 196, 206],
        92 => [245, 248, 250],
        93 => [232, 230, 196],
        98 => [158, 196, 222],
        99 => [222, 216, 206],
        _ if !burns => BARE,
        1..=3 | 101..=109 => [238, 235, 210],
        4..=7 | 121..=149 => [222, 226, 196],
        8..=10 | 161..=189 => [200, 216, 190],
        _ => SOME_FUEL,
    }
}

/// Light on a slope from the north-west at 45 degrees, 1 on level ground; between cells it is blended.
fn shade(landscape: &Landscape, row: &Along, col: &Along) -> f32 {
    /// Slopes are drawn steeper than they are, as maps do, so that hills show.
    const EXAGGERATION: f32 = 1.6;
    /// How much of the light comes from the sun; the rest from the whole sky.
    const SUN: f32 = 0.62;
    let (east, north) = gradient(landscape, row, col);
    let (east, north) = (east * EXAGGERATION, north * EXAGGERATION);
    // Unit vector to the sun: (-1, 1) / 2 on the map, sine and cosine of 45 degrees up.
    let toward_sun = (0.5 * east - 0.5 * north + std::f32::consts::FRAC_1_SQRT_2)
        / (1.0 + east * east + north * north).sqrt();
    let lit = toward_sun.max(0.0) * std::f32::consts::SQRT_2;
    (1.0 - SUN) + SUN * lit
}

fn gradient(landscape: &Landscape, row: &Along, col: &Along) -> (f32, f32) {
    let shape = &landscape.shape;
    let [top, bottom] = row.around.map(|row| col.around.map(|col| shape.index(row, col)));
    let blend = |layer: &[f32]| {
        let mix = |[left, right]: [usize; 2]| layer[left] + (layer[right] - layer[left]) * col.share;
        mix(top) + (mix(bottom) - mix(top)) * row.share
    };
    (blend(&landscape.rise_east), blend(&landscape.rise_north))
}
