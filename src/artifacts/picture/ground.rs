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
    for y in 0..MAP_PX {
        for x in 0..MAP_PX {
            let point = view.point_at(x, y);
            let colour = match backdrop {
                Some(landscape) => landscape_colour(landscape, point),
                None => bare_colour(arrival, point),
            };
            canvas.set(x, y, colour);
        }
    }
}

fn bare_colour(arrival: &ArrivalPercentiles, point: EastNorth) -> Colour {
    match arrival.shape.cell_at(point) {
        Some((row, col)) if !arrival.burnable[arrival.shape.index(row, col)] => BARE,
        _ => PAPER,
    }
}

fn landscape_colour(landscape: &Landscape, point: EastNorth) -> Colour {
    let Some((row, col)) = landscape.shape.cell_at(point) else { return UNKNOWN };
    let cell = landscape.shape.index(row, col);
    let fuel = landscape.fuel[cell];
    let burns = landscape.burns(cell);
    let cover = cover_colour(fuel, burns);
    if fuel == 98 && !burns {
        return cover;
    }
    let light = shade(landscape, point);
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
fn shade(landscape: &Landscape, point: EastNorth) -> f32 {
    /// Slopes are drawn steeper than they are, as maps do, so that hills show.
    const EXAGGERATION: f32 = 1.6;
    /// How much of the light comes from the sun; the rest from the whole sky.
    const SUN: f32 = 0.62;
    let (east, north) = gradient(landscape, point);
    let (east, north) = (east * EXAGGERATION, north * EXAGGERATION);
    // Unit vector to the sun: (-1, 1) / 2 on the map, sine and cosine of 45 degrees up.
    let toward_sun = (0.5 * east - 0.5 * north + std::f32::consts::FRAC_1_SQRT_2)
        / (1.0 + east * east + north * north).sqrt();
    let lit = toward_sun.max(0.0) * std::f32::consts::SQRT_2;
    (1.0 - SUN) + SUN * lit
}

fn gradient(landscape: &Landscape, point: EastNorth) -> (f32, f32) {
    let shape = &landscape.shape;
    let x = (point.east_m - shape.west_m) / shape.cell_size_m - 0.5;
    let y = (shape.north_m - point.north_m) / shape.cell_size_m - 0.5;
    let near = |value: f64, count: usize| {
        let low = value.clamp(0.0, (count - 1) as f64);
        (low as usize, (low as usize + 1).min(count - 1), (low - low.floor()) as f32)
    };
    let ((left, right, x), (top, bottom, y)) = (near(x, shape.cols), near(y, shape.rows));
    let blend = |layer: &[f32]| {
        let mix = |row: usize| {
            let (a, b) = (layer[shape.index(row, left)], layer[shape.index(row, right)]);
            a + (b - a) * x
        };
        mix(top) + (mix(bottom) - mix(top)) * y
    };
    (blend(&landscape.rise_east), blend(&landscape.rise_north))
}
