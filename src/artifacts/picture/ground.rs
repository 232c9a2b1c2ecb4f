//! Hill-shaded terrain, tinted by what covers it.

use firecore::ensemble::reduce::ArrivalPercentiles;
use firecore::geo::EastNorth;
use firecore::landscape::{FUEL_NO_DATA, FuelCode, Landscape, Terrain};

use super::canvas::Colour;
use super::{MAP_PX, View};

const PAPER: Colour = [236, 234, 228];
const UNKNOWN: Colour = [214, 214, 214];
/// Ground that the forecast took for not burnable, where no landscape tells what it is.
const BARE: Colour = [205, 203, 200];
/// Fuel of no standard group.
const SOME_FUEL: Colour = [226, 220, 200];

/// Colours some rows of the map, whose first is `first`: the landscape where there is one, else only where the forecast's ground
/// can burn.
pub(super) fn draw(
    rows: &mut [Colour],
    width: usize,
    first: usize,
    view: &View,
    backdrop: Option<&Landscape>,
    arrival: Option<&ArrivalPercentiles>,
) {
    let backdrop = backdrop.filter(|landscape| landscape.frame == *view.frame);
    let Some(landscape) = backdrop else {
        for (y, row) in (first..).zip(rows.chunks_mut(width)) {
            let pixels = row[..MAP_PX].iter_mut().enumerate();
            pixels.for_each(|(x, pixel)| *pixel = bare_colour(arrival, view.point_at(x, y)));
        }
        return;
    };
    let shape = &landscape.shape;
    let across = |x: usize| (view.point_at(x, 0).east_m - shape.west_m) / shape.cell_size_m;
    let down = |y: usize| (shape.north_m - view.point_at(0, y).north_m) / shape.cell_size_m;
    let cols: Vec<Along> = (0..MAP_PX).map(|x| Along::at(across(x), shape.cols)).collect();
    let covers: Vec<Cover> = (0..=FuelCode::MAX).map(|fuel| Cover::of(landscape, fuel)).collect();
    for (y, pixels) in (first..).zip(rows.chunks_mut(width)) {
        let row = Along::at(down(y), shape.rows);
        let lines = Lines::of(landscape, &row);
        for (pixel, col) in pixels.iter_mut().zip(&cols) {
            *pixel = match (lines.fuel, col.cell) {
                (Some(fuel), Some(cell)) => covers[usize::from(fuel[cell])].colour(&lines, &row, col),
                _ => UNKNOWN,
            };
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

fn bare_colour(arrival: Option<&ArrivalPercentiles>, point: EastNorth) -> Colour {
    let Some(arrival) = arrival else { return PAPER };
    match arrival.shape.cell_at(point) {
        Some((row, col)) if !arrival.burnable[arrival.shape.index(row, col)] => BARE,
        _ => PAPER,
    }
}

/// How ground of one fuel looks.
struct Cover {
    colour: Colour,
    /// Water lies level.
    shaded: bool,
}

impl Cover {
    fn of(landscape: &Landscape, fuel: FuelCode) -> Self {
        let burns = landscape.fuel_models.burns(fuel);
        Self { colour: cover_colour(fuel, burns), shaded: fuel != 98 || burns }
    }

    fn colour(&self, lines: &Lines<'_>, row: &Along, col: &Along) -> Colour {
        if !self.shaded {
            return self.colour;
        }
        let light = shade(lines, row, col);
        self.colour.map(|channel| (f32::from(channel) * light).clamp(0.0, 255.0) as u8)
    }
}

/// The landscape's rows that a row of pixels lies on and between.
struct Lines<'a> {
    /// `None` outside.
    fuel: Option<&'a [FuelCode]>,
    terrain: &'a Terrain,
    /// The first cells of the rows around.
    firsts: [usize; 2],
}

impl<'a> Lines<'a> {
    fn of(landscape: &'a Landscape, row: &Along) -> Self {
        let first = |row: usize| landscape.shape.index(row, 0);
        Self {
            fuel: row.cell.map(|row| &landscape.fuel[first(row)..first(row + 1)]),
            terrain: &landscape.terrain,
            firsts: row.around.map(first),
        }
    }
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
fn shade(lines: &Lines<'_>, row: &Along, col: &Along) -> f32 {
    /// Slopes are drawn steeper than they are, as maps do, so that hills show.
    const EXAGGERATION: f32 = 1.6;
    /// How much of the light comes from the sun; the rest from the whole sky.
    const SUN: f32 = 0.62;
    let (east, north) = gradient(lines, row, col);
    let (east, north) = (east * EXAGGERATION, north * EXAGGERATION);
    // Unit vector to the sun: (-1, 1) / 2 on the map, sine and cosine of 45 degrees up.
    let toward_sun = (0.5 * east - 0.5 * north + std::f32::consts::FRAC_1_SQRT_2)
        / (1.0 + east * east + north * north).sqrt();
    let lit = toward_sun.max(0.0) * std::f32::consts::SQRT_2;
    (1.0 - SUN) + SUN * lit
}

fn gradient(lines: &Lines<'_>, row: &Along, col: &Along) -> (f32, f32) {
    let mix = |[one, other]: [[f32; 2]; 2], share: f32| {
        [one[0] + (other[0] - one[0]) * share, one[1] + (other[1] - one[1]) * share]
    };
    let along = |first: usize| mix(col.around.map(|cell| lines.terrain.rise(first + cell)), col.share);
    mix(lines.firsts.map(along), row.share).into()
}
