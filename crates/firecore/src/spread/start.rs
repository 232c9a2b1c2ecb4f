//! From a seed to the ground that the front starts from, and why it did not spread from them.

use std::collections::BTreeSet;

use super::NoSpread;
use super::front::{self, Disc, Growth, Medium, Outline};
use super::ground::Ground;
use crate::geo::{EastNorth, LonLat};
use crate::ignition::{Ignition, MappedPerimeter, MappedShape, Perturbation, Seed};
use crate::landscape::{FuelCode, Landscape};

pub(super) struct Beginnings {
    /// Middles of discs and corners of outlines, metres east and south of the grid's north-western corner.
    places: Vec<[f64; 2]>,
    pub(super) burning: Vec<front::Ignition>,
    pub(super) burned: Vec<Outline>,
}

impl Beginnings {
    pub(super) fn new(seed: &Seed, perturbation: &Perturbation, landscape: &Landscape) -> Self {
        let shifted = |(at, ignition)| disc(ignition, perturbation.shift_m(at), landscape);
        let discs: Vec<Disc> = seed.burning.iter().enumerate().map(shifted).collect();
        let unmoved = |ignition| Outline::Disc(disc(ignition, [0.0; 2], landscape));
        let drawn = |(at, mapped)| outline(mapped, perturbation.shift_m(discs.len() + at), landscape);
        let outlines: Vec<Outline> = seed.outlines.iter().enumerate().map(drawn).collect();
        let mut places: Vec<[f64; 2]> = discs.iter().map(|disc| [disc.east_m, disc.south_m]).collect();
        for outline in &outlines {
            match outline {
                Outline::Disc(disc) => places.push([disc.east_m, disc.south_m]),
                Outline::Line(line) => places.extend(line),
                Outline::Polygon(rings) => places.extend(rings.iter().flatten()),
            }
        }
        let discs = discs.into_iter().map(Outline::Disc);
        let at_once = |outline| front::Ignition { outline, begins_s: 0.0 };
        Self {
            burning: discs.chain(outlines).map(at_once).collect(),
            burned: seed.burned.iter().map(unmoved).collect(),
            places,
        }
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
            (false, _) => {
                NoSpread::TooWet { codes: ground.describe(codes), one_hour_percent: 100.0 * one_hour }
            }
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

/// An ignition's disc on the landscape's grid, moved by a member's draw.
///
/// Where nothing under the disc burns, the place is taken as wrong by its own uncertainty: the nearest cell that burns
/// within two standard deviations of the disc starts instead.
fn disc(ignition: &Ignition, shift_m: [f64; 2], landscape: &Landscape) -> Disc {
    let shape = &landscape.shape;
    let centre = landscape.frame.to_plane(ignition.position);
    let disc = Disc {
        east_m: centre.east_m + shift_m[0] - shape.west_m,
        south_m: shape.north_m - centre.north_m - shift_m[1],
        radius_m: ignition.radius_m,
    };
    let reach_m = ignition.radius_m + 2.0 * ignition.position_sd_m;
    match nearest_burnable(&disc, reach_m, landscape) {
        Some((distance_m, at)) if distance_m > disc.radius_m.max(0.5 * shape.cell_size_m) => {
            Disc { east_m: at.east_m - shape.west_m, south_m: shape.north_m - at.north_m, radius_m: 0.0 }
        }
        _ => disc,
    }
}

/// The nearest centre of a burnable cell within a reach, and its distance, m.
fn nearest_burnable(disc: &Disc, reach_m: f64, landscape: &Landscape) -> Option<(f64, EastNorth)> {
    let shape = &landscape.shape;
    let (row, col) = (disc.south_m / shape.cell_size_m, disc.east_m / shape.cell_size_m);
    let reach = reach_m / shape.cell_size_m;
    let span = |at: f64, count: usize| {
        ((at - reach).max(0.0) as usize)..((at + reach + 1.0).max(0.0) as usize).min(count)
    };
    let mut nearest: Option<(f64, EastNorth)> = None;
    for near_row in span(row, shape.rows) {
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
