//! The cheap forecast: one analytic ellipse for a fire's mean conditions, with the arguments and the result of
//! [`crate::spread::spread`].
//!
//! The burning ground is the convex hull of each part of the seed's region and of each mapped outline, holes and bays included; fire leaves it everywhere at the speeds of one ellipse. That has
//! the mean rate of spread of the fuels around, each by its share with its own mean slope and the mean weather, in the crowns where most of its cells bear them. What it does
//! not know: changes of fuel, slope or weather on the way, and embers. Open water, ice and ground without data are left out, but do not shelter what lies behind them.

use geo::{Contains, ConvexHull, MultiPoint, Point, Polygon};

use crate::grid::{Grid, GridShape};
use crate::ignition::region::Shape;
use crate::ignition::{MappedPerimeter, Perturbation, Seed};
use crate::landscape::{FUEL_NO_DATA, FuelCode, Landscape};
use crate::spread::ellipse;
use crate::spread::front::TravelCost;
use crate::spread::rothermel::FuelBeds;
use crate::spread::{ArrivalTimes, NoSpread, Physics, StopToken, Stopped};
use crate::weather::WeatherSeries;

mod conditions;

#[cfg(test)]
mod tests;

use conditions::{Conditions, Head};

/// Cells along each edge of the result's grid: arrival times are cones around the hull, so that few are enough.
const CELLS: usize = 96;

/// Cells that a member's grid has beyond that at most, at each edge: three times the edge, nine times the time.
const CELLS_MORE_MAX: usize = CELLS;

/// How much farther than the unperturbed head the grid reaches. By default a member's wind is at most 20 % faster and the rate
/// of spread rises with its power of about 1.5; the rest is for drier fuel.
const REACH_FACTOR: f64 = 1.6;

/// How much farther than a head the grid reaches that is to hold it: the ellipse's own cells, and a wind that turns upslope.
const SPARE_FACTOR: f64 = 1.15;

/// The fastest weather that a member has by default, as the ensemble draws it; it takes the fire into the crowns, or lets wet fuel burn, where the weather as it is
/// given does not.
const FASTEST: Perturbation = Perturbation {
    wind_speed_factor: 1.2,
    moisture_factor: 0.9,
    wind_turn_rad: 0.0,
    ember_key: 0,
    ignition_shift_m: Vec::new(),
};

/// Codes that the ellipse leaves out: no data (the sea, mostly), ice, open water. Roads, fields and buildings are smaller than
/// its cells and left to the PhysX method.
const LEFT_OUT: [FuelCode; 3] = [FUEL_NO_DATA, 92, 98];

/// Grows a fire as one ellipse: the surrogate method.
///
/// **Shape**: a grid of 96 x 96 cells around the fire, the same for every perturbation of one seed that is not wider than the default ones;
/// for one that goes farther more cells of the same grid, 288 x 288 at most. What gets out of those is cut, and said to have reached the edge.
///
/// **Errors**: [`Stopped`] when the token was set before the start; it is not looked at again.
pub fn spread(
    seed: &Seed,
    perturbation: &Perturbation,
    physics: &Physics,
    landscape: &Landscape,
    weather: &WeatherSeries,
    horizon_s: u32,
    stop: &StopToken,
) -> Result<ArrivalTimes, Stopped> {
    if stop.is_stopped() {
        return Err(Stopped);
    }
    let beds = FuelBeds::of(&landscape.fuel_models);
    let around = Conditions::around(seed, landscape, weather, horizon_s);
    let nominal = around.head(&beds, physics, &Perturbation::NONE);
    let fastest = around.head(&beds, physics, &FASTEST);
    let reach_m = reach_m(&nominal, &fastest, horizon_s);
    let head = around.head(&beds, physics, perturbation);
    let more_m = SPARE_FACTOR * head.heading_rate_of_spread_m_s * f64::from(horizon_s) - reach_m;
    let shape = with_more(grid(seed, landscape, reach_m), more_m);
    let cost = TravelCost::of_ellipse(
        head.heading_rate_of_spread_m_s,
        ellipse::eccentricity(head.length_to_width),
        head.toward,
        head.heat_per_unit_area_kj_m2,
    );
    let hulls = Hull::all(seed, perturbation, landscape);
    let mut result = ArrivalTimes {
        frame: landscape.frame.clone(),
        arrival_s: Grid::filled(shape, f32::INFINITY),
        fireline_intensity_kw_m: vec![0.0; shape.len()],
        burnable: vec![false; shape.len()],
        spot_fires: 0,
        embers_refused: 0,
        edge_reached: false,
        no_spread: around.no_spread(head.heading_rate_of_spread_m_s, perturbation),
    };
    let outside = NoSpread::OutsideLandscape { ignitions: seed.burning.len() + seed.outlines.len() };
    let barren = matches!(result.no_spread, Some(NoSpread::NotBurnable { .. }));
    if !barren && result.no_spread.as_ref() != Some(&outside) {
        fill(&mut result, &hulls, &cost, landscape, horizon_s);
    }
    put_out(&mut result, seed, landscape);
    Ok(result)
}

/// How far a member's fire goes beyond its start, m, at most by default.
fn reach_m(nominal: &Head, fastest: &Head, horizon_s: u32) -> f64 {
    let [nominal, fastest] = [nominal, fastest].map(|head| head.heading_rate_of_spread_m_s);
    (REACH_FACTOR * nominal).max(SPARE_FACTOR * fastest) * f64::from(horizon_s)
}

/// A grid with so much more around it, in whole cells.
fn with_more(shape: GridShape, more_m: f64) -> GridShape {
    let cells = ((more_m / shape.cell_size_m).ceil().max(0.0) as usize).min(CELLS_MORE_MAX);
    let width_m = cells as f64 * shape.cell_size_m;
    GridShape {
        rows: shape.rows + 2 * cells,
        cols: shape.cols + 2 * cells,
        west_m: shape.west_m - width_m,
        north_m: shape.north_m + width_m,
        ..shape
    }
}

/// The grid: from the seed and the weather as given, so that members share it.
fn grid(seed: &Seed, landscape: &Landscape, reach_m: f64) -> GridShape {
    let mut bounds = [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY];
    let discs = seed.burning.iter().map(|disc| (disc.position, disc.radius_m + 4.0 * disc.position_sd_m));
    let drawn = |mapped: &MappedPerimeter| {
        let margin_m = 4.0 * mapped.position_sd_m;
        mapped.places().map(move |place| (place, margin_m)).collect::<Vec<_>>()
    };
    for (place, margin_m) in discs.chain(seed.outlines.iter().flat_map(drawn)) {
        let at = landscape.frame.to_plane(place);
        let margin_m = margin_m + reach_m;
        bounds[0] = bounds[0].min(at.east_m - margin_m);
        bounds[1] = bounds[1].min(at.north_m - margin_m);
        bounds[2] = bounds[2].max(at.east_m + margin_m);
        bounds[3] = bounds[3].max(at.north_m + margin_m);
    }
    let [west_m, south_m, east_m, north_m] = bounds;
    let side_m =
        (east_m - west_m).max(north_m - south_m).max(landscape.shape.cell_size_m * CELLS as f64 / 8.0);
    GridShape {
        rows: CELLS,
        cols: CELLS,
        cell_size_m: side_m / CELLS as f64,
        west_m: 0.5 * (west_m + east_m - side_m),
        north_m: 0.5 * (north_m + south_m + side_m),
    }
}

fn fill(result: &mut ArrivalTimes, hulls: &[Hull], cost: &TravelCost, landscape: &Landscape, horizon_s: u32) {
    let shape = result.arrival_s.shape;
    for row in 0..shape.rows {
        for col in 0..shape.cols {
            let at = shape.centre(row, col);
            let cell = shape.index(row, col);
            let ground = landscape.shape.cell_at(at).map(|(row, col)| landscape.shape.index(row, col));
            let burns = ground
                .is_some_and(|ground| !LEFT_OUT.contains(&landscape.fuel[ground]) || landscape.burns(ground));
            result.burnable[cell] = burns;
            let first = hulls.iter().map(|hull| hull.arrival([at.east_m, at.north_m], cost));
            let first = first.min_by(|one, other| one.0.total_cmp(&other.0));
            let (arrival_s, ray) = first.unwrap_or((f32::INFINITY, [0.0; 2]));
            let reached = arrival_s <= horizon_s as f32;
            let border = row == 0 || col == 0 || row + 1 == shape.rows || col + 1 == shape.cols;
            result.edge_reached |= reached && (ground.is_none() || border);
            if burns {
                result.arrival_s.cells[cell] = arrival_s;
            }
            if burns && reached {
                result.fireline_intensity_kw_m[cell] =
                    cost.heat_per_unit_area_kj_m2 * cost.normal_speed_m_s(ray);
            }
        }
    }
}

/// Ground that burned before the start counts as burned.
fn put_out(result: &mut ArrivalTimes, seed: &Seed, landscape: &Landscape) {
    let shape = result.arrival_s.shape;
    for ignition in &seed.burned {
        if let Some((row, col)) = shape.cell_at(landscape.frame.to_plane(ignition.position)) {
            let (at, centre) = (landscape.frame.to_plane(ignition.position), shape.centre(row, col));
            if (at.east_m - centre.east_m).hypot(at.north_m - centre.north_m) <= ignition.radius_m {
                result.arrival_s.cells[shape.index(row, col)] = 0.0;
            }
        }
    }
}

/// The convex hull of one part of a member's start.
struct Hull {
    polygon: Polygon<f64>,
    /// Radius of a part that is a disc, m; else 0.
    radius_m: f64,
}

impl Hull {
    /// Of each part of the burning ground, and of each mapped outline.
    fn all(seed: &Seed, perturbation: &Perturbation, landscape: &Landscape) -> Vec<Self> {
        let around = |places: Vec<[f64; 2]>, radius_m| {
            let points: MultiPoint<f64> = places.into_iter().map(Point::from).collect();
            Self { polygon: points.convex_hull(), radius_m }
        };
        let parts = seed.region(&landscape.frame, perturbation).active.into_iter();
        let parts = parts.map(|part| match part.shape {
            Shape::Disc { middle_m, radius_m } => around(vec![middle_m], radius_m),
            Shape::Area(rings) => around(rings.concat(), 0.0),
        });
        let drawn = seed.outlines.iter().enumerate().map(|(at, mapped)| {
            let [east_m, north_m] = perturbation.shift_m(seed.burning.len() + at);
            let moved = |place| {
                let at_m = landscape.frame.to_plane(place);
                [at_m.east_m + east_m, at_m.north_m + north_m]
            };
            around(mapped.places().map(moved).collect(), 0.0)
        });
        parts.chain(drawn).collect()
    }

    /// Least time to a point and the ray that takes it.
    fn arrival(&self, at: [f64; 2], cost: &TravelCost) -> (f32, [f32; 2]) {
        let corners = &self.polygon.exterior().0;
        if corners.len() > 3 && self.polygon.contains(&Point::new(at[0], at[1])) {
            return (0.0, [0.0; 2]);
        }
        let mut best = (f32::INFINITY, [0.0; 2]);
        for pair in corners.windows(2) {
            let leg = least_leg(at, [pair[0].x, pair[0].y], [pair[1].x, pair[1].y], cost);
            let length_m = leg[0].hypot(leg[1]);
            let share = (1.0 - self.radius_m / length_m).max(0.0);
            let ray = [leg[0] as f32, leg[1] as f32];
            let arrival_s = if share > 0.0 { cost.seconds(ray) * share as f32 } else { 0.0 };
            if arrival_s < best.0 {
                best = (arrival_s, ray);
            }
        }
        best
    }
}

/// The way from the point of a segment from which a place is reached first.
///
/// With `x` along the segment and `h` across it, `a sqrt(h^2 + x^2) + w x` is least where `x = -h w / sqrt(a^2 - w^2)`.
fn least_leg(at: [f64; 2], from: [f64; 2], to: [f64; 2], cost: &TravelCost) -> [f64; 2] {
    let edge = [to[0] - from[0], to[1] - from[1]];
    let length_m = edge[0].hypot(edge[1]);
    let way = [at[0] - from[0], at[1] - from[1]];
    if length_m == 0.0 {
        return way;
    }
    let unit = [edge[0] / length_m, edge[1] / length_m];
    let along_m = way[0] * unit[0] + way[1] * unit[1];
    let across_m = (way[0] * unit[1] - way[1] * unit[0]).abs();
    let drift = f64::from(cost.drift_east_s_m) * unit[0] + f64::from(cost.drift_north_s_m) * unit[1];
    let sine = -drift / f64::from(cost.slowness_s_m);
    let foot_m = (along_m - across_m * sine / (1.0 - sine * sine).sqrt()).clamp(0.0, length_m);
    [way[0] - foot_m * unit[0], way[1] - foot_m * unit[1]]
}
