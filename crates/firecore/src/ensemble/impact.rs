//! When each member's fire reaches each asset, as the members come: the earliest time at which it burns the asset's ground.
//!
//! The members' own times are kept, one number for each asset and member that reached it, and their order statistics are taken by
//! the rule of the perimeters. Percentile grids would not do: a line along a fire's flank is reached somewhere by nearly every
//! member, though no one cell of it is by half of them.
//!
//! A point has the time of its place within the cell, a line or polygon the earliest time of its cells. Ground that cannot burn
//! is reached when the fire stands beside it ([`Field::time_at`]): most towns lie on such ground. Times are not before 0, and
//! what is reached after the horizon is not reached.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::band::rank;
use crate::asset::AssetIndex;
use crate::asset::footprint::{Footprint, Lattice};
use crate::geo::{EastNorth, LonLat};
use crate::perimeter::Field;
use crate::spread::ArrivalTimes;

/// Assets that are followed for one forecast, the nearest to its start. With 10,000 members that all reach all of them their
/// times take 40 MB.
pub const ASSETS_MAX: usize = 1_000;

/// What is watched while members come.
#[derive(Clone, Debug)]
pub struct Watch {
    /// The assets.
    pub assets: Arc<AssetIndex>,
    /// A place of the fire: of more assets than [`ASSETS_MAX`] those nearest to it are followed.
    pub start: LonLat,
    /// Lead times, s, rising; the last is the horizon.
    pub lead_times_s: Vec<u32>,
}

/// When the members reach one asset.
#[derive(Clone, Debug, PartialEq)]
pub struct AssetArrival {
    /// Its place in the list of assets.
    pub asset: usize,
    /// Members that reach it by each lead time.
    pub reached: Vec<u32>,
    /// Seconds after the seed by which at least 90 % of the members reach it; `None`: fewer do within the horizon.
    pub p10_s: Option<f32>,
    /// The same for at least 50 % of the members.
    pub p50_s: Option<f32>,
    /// The same for at least 10 % of the members.
    pub p90_s: Option<f32>,
}

/// Takes members one by one, in any order, and gives at any time when they reach the assets.
#[derive(Clone, Debug)]
pub struct Impacts {
    watch: Watch,
    members: u32,
    place: Option<Place>,
    /// By place in the list: those that lie in some member's window.
    followed: BTreeMap<usize, Followed>,
    /// In some member's window too, but farther from the start than those that are followed.
    left_out: BTreeSet<usize>,
}

/// Where the members lie, known from the first one with a cell.
#[derive(Clone, Debug)]
struct Place {
    lattice: Lattice,
    nearest: BTreeSet<usize>,
}

#[derive(Clone, Debug)]
struct Followed {
    footprint: Footprint,
    /// It lies in some member's window.
    seen: bool,
    /// Of the members that reached it, in the order in which they came.
    times_s: Vec<f32>,
}

impl Impacts {
    /// No member yet.
    pub fn new(watch: Watch) -> Self {
        Self { watch, members: 0, place: None, followed: BTreeMap::new(), left_out: BTreeSet::new() }
    }

    /// Takes a member, each once; their windows may differ, but must lie on one grid.
    pub fn add(&mut self, member: &ArrivalTimes) {
        self.members += 1;
        let shape = &member.arrival_s.shape;
        if shape.is_empty() || self.watch.assets.is_empty() {
            return;
        }
        let Self { watch, place, .. } = self;
        let Place { lattice, nearest } = place.get_or_insert_with(|| Place::new(watch, member));
        assert!(
            lattice.is_of(&member.frame, shape.cell_size_m),
            "BUG: members of one ensemble lie on different grids"
        );
        let corner = lattice.cell_from(shape.west_m, shape.north_m);
        let horizon_s = watch.lead_times_s.last().copied().unwrap_or(0) as f32;
        for asset in in_window(&watch.assets, member) {
            if !nearest.contains(&asset) {
                self.left_out.insert(asset);
                continue;
            }
            let followed = self.followed.entry(asset).or_insert_with(|| Followed {
                footprint: Footprint::of(&watch.assets.assets()[asset].geometry, lattice),
                seen: false,
                times_s: Vec::new(),
            });
            if let Some(time_s) = followed.footprint.reached_s(member, corner) {
                followed.seen = true;
                if time_s <= horizon_s {
                    followed.times_s.push(time_s.max(0.0));
                }
            }
        }
    }

    /// When the members so far reach each asset that lies in some member's window, in the list's order.
    pub fn arrivals(&self) -> Vec<AssetArrival> {
        let seen = self.followed.iter().filter(|(_, followed)| followed.seen);
        seen.map(|(asset, followed)| self.arrival(*asset, followed)).collect()
    }

    /// Assets that lie near a member's window and are not followed, for [`ASSETS_MAX`] others are nearer to the start.
    pub fn left_out(&self) -> usize {
        self.left_out.len()
    }

    fn arrival(&self, asset: usize, followed: &Followed) -> AssetArrival {
        let mut times_s = followed.times_s.clone();
        times_s.sort_unstable_by(f32::total_cmp);
        let of_share = |share| times_s.get(rank(self.members, share) as usize - 1).copied();
        let by = |lead: &u32| times_s.partition_point(|time_s| *time_s <= *lead as f32) as u32;
        AssetArrival {
            asset,
            reached: self.watch.lead_times_s.iter().map(by).collect(),
            p10_s: of_share(90),
            p50_s: of_share(50),
            p90_s: of_share(10),
        }
    }
}

impl Place {
    fn new(watch: &Watch, member: &ArrivalTimes) -> Self {
        let shape = &member.arrival_s.shape;
        let edges = (shape.west_m, shape.north_m);
        let lattice = Lattice::new(member.frame.clone(), shape.cell_size_m, edges, watch.start);
        let nearest = watch.assets.nearest_within(watch.start, lattice.reach_m(), ASSETS_MAX);
        Self { lattice, nearest: nearest.into_iter().collect() }
    }
}

/// Assets in the disc around a member's window: some may lie beside the window.
fn in_window(assets: &AssetIndex, member: &ArrivalTimes) -> Vec<usize> {
    let shape = &member.arrival_s.shape;
    let (height_m, width_m) = (shape.rows as f64 * shape.cell_size_m, shape.cols as f64 * shape.cell_size_m);
    let middle = EastNorth { east_m: shape.west_m + width_m / 2.0, north_m: shape.north_m - height_m / 2.0 };
    // A cell and 1 % more than the corner: the plane is that much off the sphere.
    let radius_m = 1.01 * height_m.hypot(width_m) / 2.0 + shape.cell_size_m;
    assets.within(member.frame.to_lon_lat(middle), radius_m)
}

impl Footprint {
    /// The earliest time in a member's window whose north-western cell is `corner`, s; `None` where no part lies in the window.
    fn reached_s(&self, member: &ArrivalTimes, corner: (i32, i32)) -> Option<f32> {
        let shape = &member.arrival_s.shape;
        let field = Field { shape, arrival_s: &member.arrival_s.cells, burnable: &member.burnable };
        let (rows, cols) = (shape.rows as i32, shape.cols as i32);
        let places = self.points.iter().map(|at| [at[0] - f64::from(corner.0), at[1] - f64::from(corner.1)]);
        let inside = |at: &[f64; 2]| {
            (0.0..f64::from(rows)).contains(&at[0]) && (0.0..f64::from(cols)).contains(&at[1])
        };
        let of_points = places.filter(inside).map(|place| field.time_at(place)).reduce(f32::min);
        let first = self.spans.partition_point(|span| span.row < corner.0);
        let spans = self.spans[first..].iter().take_while(|span| span.row < corner.0 + rows);
        let cells = spans.flat_map(|span| {
            let across = (span.first - corner.1).max(0)..=(span.last - corner.1).min(cols - 1);
            across.map(move |col| (i64::from(span.row - corner.0), i64::from(col)))
        });
        let of_cells = cells.map(|(row, col)| field.reached_s(row, col)).reduce(f32::min);
        of_points.into_iter().chain(of_cells).reduce(f32::min)
    }
}

#[cfg(test)]
mod tests;
