//! From a seed to the ground that the front starts from, and why it did not spread from them.

use std::collections::BTreeSet;

use super::front::{self, Disc, Growth, Medium, Outline};
use super::ground::Ground;
use super::{NoSpread, StopToken, Stopped};
use crate::geo::{EastNorth, LonLat};
use crate::ignition::region::{Footprint, Part, Region, Shape, region_until};
use crate::ignition::{Ignition, MappedPerimeter, MappedShape, Perturbation, Seed};
use crate::landscape::{FuelCode, Landscape};

pub(super) struct Beginnings {
    /// Middles of discs and corners of outlines, metres east and south of the grid's north-western corner.
    places: Vec<[f64; 2]>,
    pub(super) burning: Vec<front::Ignition>,
    pub(super) burned: Vec<Outline>,
}

impl Beginnings {
    pub(super) fn new(
        seed: &Seed,
        perturbation: &Perturbation,
        landscape: &Landscape,
        stop: &StopToken,
    ) -> Result<Self, Stopped> {
        let footprints: Vec<Footprint> = seed.footprints(&landscape.frame, perturbation).collect();
        let (burning, burned) = footprints.split_at(seed.burning.len());
        // Where nothing burns under a footprint, its place is wrong, and it is no part of the ground that all make together.
        let moved: Vec<Option<Disc>> = burning
            .iter()
            .zip(&seed.burning)
            .map(|(at, seen)| elsewhere(at, seen, landscape, stop))
            .collect();
        let on_fuel = burning.iter().zip(&moved).filter(|(_, moved)| moved.is_none()).map(|(at, _)| at);
        let ground = region_until(on_fuel.chain(burned).copied(), &|| stop.is_stopped());
        let Region { active, cold } = ground.ok_or(Stopped)?;
        let drawn = |(at, mapped)| outline(mapped, perturbation.shift_m(burning.len() + at), landscape);
        let outlines: Vec<Outline> = seed.outlines.iter().enumerate().map(drawn).collect();
        let middle = |(at, moved): (&Footprint, &Option<Disc>)| match moved {
            Some(disc) => [disc.east_m, disc.south_m],
            None => on_grid(at.middle_m, landscape),
        };
        let mut places: Vec<[f64; 2]> = burning.iter().zip(&moved).map(middle).collect();
        for outline in &outlines {
            match outline {
                Outline::Disc(disc) => places.push([disc.east_m, disc.south_m]),
                Outline::Line(line) => places.extend(line),
                Outline::Polygon(rings) => places.extend(rings.iter().flatten()),
            }
        }
        let elsewhere = moved.into_iter().flatten().map(Outline::Disc);
        let ground = |part: Part| part_on_grid(part, landscape);
        let at_once = |outline| front::Ignition { outline, begins_s: 0.0 };
        Ok(Self {
            burning: active.into_iter().map(ground).chain(elsewhere).chain(outlines).map(at_once).collect(),
            burned: cold.into_iter().map(ground).collect(),
            places,
        })
    }

    /// Why the fire did not spread, if it did not.
    pub(super) fn no_spread(
        &self,
        growth: &Growth,
        ground: &Ground<'_>,
        changes_s: &[f32],
    ) -> Option<NoSpread> {
        if growth.burned_cells > growth.started_cells {
            return None;
        }
        let cell_m = ground.shape().cell_size_m;
        let (rows, cols) = (ground.shape().rows as f64, ground.shape().cols as f64);
        let mut hosts = Vec::new();
        for [east_m, south_m] in &self.places {
            let (row, col) = (south_m / cell_m, east_m / cell_m);
            if row >= 0.0 && col >= 0.0 && row < rows && col < cols {
                hosts.push((row as usize, col as usize));
            }
        }
        if hosts.is_empty() {
            return Some(NoSpread::OutsideLandscape { ignitions: self.burning.len() });
        }
        let codes: BTreeSet<FuelCode> = hosts.iter().map(|(row, col)| ground.fuel(*row, *col)).collect();
        hosts.retain(|(row, col)| ground.burnable(*row, *col));
        let Some(&(row, col)) = hosts.first() else {
            return Some(NoSpread::NotBurnable { codes: ground.describe(codes) });
        };
        let first_step = changes_s.iter().filter(|change| **change <= 0.0).count();
        let steps = first_step..=changes_s.len();
        let heading_m_s = hosts
            .iter()
            .flat_map(|(row, col)| steps.clone().map(move |step| (step, *row, *col)))
            .map(|(step, row, col)| ground.head(step, row, col).heading_rate_of_spread_m_s)
            .fold(0.0, f64::max);
        let one_hour = ground.weather(first_step, row, col).moisture.dead.one_hour;
        let next_to_front =
            growth.arrival_s.iter().any(|arrival_s| *arrival_s > 0.0 && arrival_s.is_finite());
        Some(match (heading_m_s > 0.0, next_to_front) {
            (false, _) => NoSpread::TooWet { codes: ground.describe(codes), one_hour },
            (true, true) => NoSpread::TooSlow { heading_m_h: 3600.0 * heading_m_s },
            (true, false) => NoSpread::Enclosed { codes: ground.describe(codes) },
        })
    }
}

/// A mapped shape on the landscape's grid, moved as a whole by a member's draw.
fn outline(mapped: &MappedPerimeter, shift_m: [f64; 2], landscape: &Landscape) -> Outline {
    let shape = &landscape.shape;
    let place = |place: &LonLat| {
        let at = landscape.frame.to_plane(*place);
        [at.east_m + shift_m[0] - shape.west_m, shape.north_m - at.north_m - shift_m[1]]
    };
    match &mapped.shape {
        MappedShape::Line(line) => Outline::Line(line.iter().map(place).collect()),
        MappedShape::Area(rings) => {
            Outline::Polygon(rings.iter().map(|ring| ring.iter().map(place).collect()).collect())
        }
    }
}

/// A place of the plane in metres east and south of the grid's north-western corner.
fn on_grid([east_m, north_m]: [f64; 2], landscape: &Landscape) -> [f64; 2] {
    [east_m - landscape.shape.west_m, landscape.shape.north_m - north_m]
}

/// A part of the seed's ground on the landscape's grid.
fn part_on_grid(part: Part, landscape: &Landscape) -> Outline {
    let place = |place: [f64; 2]| on_grid(place, landscape);
    match part.shape {
        Shape::Disc { middle_m, radius_m } => {
            let [east_m, south_m] = place(middle_m);
            Outline::Disc(Disc { east_m, south_m, radius_m })
        }
        Shape::Area(rings) => {
            Outline::Polygon(rings.into_iter().map(|ring| ring.into_iter().map(place).collect()).collect())
        }
    }
}

/// Where a footprint begins that nothing burns under: its place is taken as wrong by its own uncertainty, and the nearest cell that burns
/// within two standard deviations of the disc starts instead.
fn elsewhere(
    footprint: &Footprint,
    seen: &Ignition,
    landscape: &Landscape,
    stop: &StopToken,
) -> Option<Disc> {
    let shape = &landscape.shape;
    let [east_m, south_m] = on_grid(footprint.middle_m, landscape);
    let disc = Disc { east_m, south_m, radius_m: footprint.radius_m };
    let reach_m = footprint.radius_m + 2.0 * seen.position_sd_m;
    let inside_m = disc.radius_m.max(0.5 * shape.cell_size_m);
    // As a rule the cell in its middle burns, and nothing is sought.
    let middle = EastNorth { east_m: footprint.middle_m[0], north_m: footprint.middle_m[1] };
    if let Some((row, col)) = shape.cell_at(middle)
        && landscape.burns(shape.index(row, col))
    {
        let centre = shape.centre(row, col);
        let distance_m = (centre.east_m - middle.east_m).hypot(centre.north_m - middle.north_m);
        if distance_m <= inside_m.min(reach_m) {
            return None;
        }
    }
    let (distance_m, at) = nearest_burnable(&disc, reach_m, landscape, stop)?;
    let is_beyond = distance_m > inside_m;
    is_beyond.then_some(Disc {
        east_m: at.east_m - shape.west_m,
        south_m: shape.north_m - at.north_m,
        radius_m: 0.0,
    })
}

/// The nearest centre of a burnable cell within a reach, and its distance, m.
fn nearest_burnable(
    disc: &Disc,
    reach_m: f64,
    landscape: &Landscape,
    stop: &StopToken,
) -> Option<(f64, EastNorth)> {
    let shape = &landscape.shape;
    let (row, col) = (disc.south_m / shape.cell_size_m, disc.east_m / shape.cell_size_m);
    let reach = reach_m / shape.cell_size_m;
    let span = |at: f64, count: usize| {
        ((at - reach).max(0.0) as usize)..((at + reach + 1.0).max(0.0) as usize).min(count)
    };
    let mut nearest: Option<(f64, EastNorth)> = None;
    for near_row in span(row, shape.rows) {
        // What it gives then is not used: the run ends where the ground is joined.
        if stop.is_stopped() {
            break;
        }
        for near_col in span(col, shape.cols) {
            let east = (near_col as f64 + 0.5 - col) * shape.cell_size_m;
            let south = (near_row as f64 + 0.5 - row) * shape.cell_size_m;
            let distance_m = east.hypot(south);
            let closer = nearest.is_none_or(|(least_m, _)| distance_m < least_m);
            if distance_m <= reach_m && closer && landscape.burns(shape.index(near_row, near_col)) {
                nearest = Some((distance_m, shape.centre(near_row, near_col)));
            }
        }
    }
    nearest
}
