//! What a fire may threaten, and how far away the nearest of it is.
//!
//! Distances are great-circle metres on the mean sphere. An edge between two vertices is the shorter arc of
//! their great circle, so an asset across the antimeridian or around a pole needs no cutting, and one cut
//! there is read just as well. For edges of a few kilometres the arc and the straight line of a map are
//! the same; an edge of 100 km along the 45th parallel bulges by 200 m.
//!
//! ```
//! use firecore::asset::{Asset, AssetIndex};
//! use firecore::geo::LonLat;
//! let hospital = Asset {
//!     id: "h1".into(),
//!     kind: Some("hospital".into()),
//!     name: None,
//!     clearance_s: None,
//!     geometry: geo::Point::new(179.999, 0.0).into(),
//! };
//! let index = AssetIndex::new(vec![hospital])?;
//! let nearest = index.nearest(LonLat::new(-179.999, 0.0)?).expect("there is one asset");
//! assert_eq!(nearest.distance_m.round(), 222.0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use geo::Geometry;
use serde::{Deserialize, Serialize};

use crate::geo::LonLat;
use crate::sphere::{UnitVector, chord2, chord2_of, distance_m_of, unit_vector};
pub use heat::{HEAT_SOURCE_RADIUS_M, HeatSources};
use shape::{Area, Edge};
use tree::{FAN, FARTHER_THAN_ALL, Item, Tree};

pub mod footprint;

mod heat;
mod shape;
mod tree;
#[cfg(test)]
mod tests;

/// Something worth protecting.
///
/// Serde is for the store; the wire has types of its own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Asset {
    /// Its id in the list that it comes from.
    pub id: String,
    /// What it is, such as `hospital`.
    pub kind: Option<String>,
    /// What people call it.
    pub name: Option<String>,
    /// Time that people need to clear it, s; `None` where nobody has to leave or it is not known.
    pub clearance_s: Option<u32>,
    /// Where it lies, longitude and latitude in degrees, WGS 84.
    pub geometry: Geometry<f64>,
}

impl Asset {
    /// Whether an index would take it.
    ///
    /// **Errors** are those of [`AssetIndex::new`].
    pub fn check(&self) -> Result<(), AssetError> {
        self.take_apart(0).map(drop)
    }

    /// Great-circle distance from it to the nearest of some places, m; 0 where one lies inside. `None` without places.
    pub fn distance_m(&self, places: impl IntoIterator<Item = LonLat>) -> Option<f64> {
        let (edges, areas) = self.take_apart(0).ok()?;
        let chord2 = |place: UnitVector| match areas.iter().any(|area| area.contains(place)) {
            true => 0.0,
            false => edges.iter().map(|edge| edge.chord2_to(&place)).fold(f64::INFINITY, f64::min),
        };
        let nearest = places.into_iter().map(|place| chord2(unit_vector(place))).reduce(f64::min);
        nearest.map(distance_m_of)
    }

    /// Its edges, at least one, and its areas.
    fn take_apart(&self, owner: usize) -> Result<(Vec<Edge>, Vec<Area>), AssetError> {
        let (mut edges, mut areas) = (Vec::new(), Vec::new());
        self.take_apart_into(owner, &mut edges, &mut areas)?;
        Ok((edges, areas))
    }

    /// Adds its areas to the others, and its edges to a list without any.
    fn take_apart_into(
        &self,
        owner: usize,
        edges: &mut Vec<Edge>,
        areas: &mut Vec<Area>,
    ) -> Result<(), AssetError> {
        shape::take_apart(&self.geometry, owner, edges, areas).map_err(|fault| fault.of_asset(&self.id))?;
        match edges.is_empty() {
            true => Err(AssetError::Empty { id: self.id.clone() }),
            false => Ok(()),
        }
    }
}

/// The asset nearest to a place or to a fire.
#[derive(Clone, Debug, PartialEq)]
pub struct NearestAsset {
    /// The asset's id.
    pub id: String,
    /// The asset's name, where it has one.
    pub name: Option<String>,
    /// Great-circle distance, m; 0 inside a polygon.
    pub distance_m: f64,
}

/// Why an asset cannot be indexed.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum AssetError {
    /// A coordinate is no position.
    #[error(
        "asset {id:?}: every longitude must lie in -180..=180 and latitude in -90..=90, found ({lon_deg}, {lat_deg})"
    )]
    Position {
        /// The asset.
        id: String,
        /// The longitude found, degrees.
        lon_deg: f64,
        /// The latitude found, degrees.
        lat_deg: f64,
    },
    /// The geometry has no point at all.
    #[error("asset {id:?}: its geometry must have at least one point, found none")]
    Empty {
        /// The asset.
        id: String,
    },
    /// A polygon or an edge spans a good part of the globe, where inside and outside lose their meaning.
    #[error("asset {id:?}: it must reach less than a quarter of the Earth's circumference from its middle")]
    TooLarge {
        /// The asset.
        id: String,
    },
}

/// Assets by place: answers "which is nearest" in logarithmic time.
#[derive(Clone, Debug, Default)]
pub struct AssetIndex {
    assets: Vec<Asset>,
    /// Empty where there is an arc: then points are edges too, for one search takes less than two.
    points: Tree<Spot>,
    edges: Tree<Edge>,
    areas: Tree<Area>,
}

/// A point of an asset: most assets are one, and half as much to read as an arc.
#[derive(Clone, Debug)]
struct Spot {
    at: UnitVector,
    owner: u32,
}

impl Item for Spot {
    fn corners(&self) -> [UnitVector; 2] {
        [self.at; 2]
    }
}

impl AssetIndex {
    /// An index over assets.
    ///
    /// **Errors** name the first asset with a coordinate out of range, without any point, or too large.
    pub fn new(assets: Vec<Asset>) -> Result<Self, AssetError> {
        let (mut points, mut arcs, mut areas, mut edges) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for (owner, asset) in assets.iter().enumerate() {
            asset.take_apart_into(owner, &mut edges, &mut areas)?;
            for edge in edges.drain(..) {
                match edge.ends() {
                    [at, end] if at == end => points.push(Spot { at, owner: owner as u32 }),
                    _ => arcs.push(edge),
                }
            }
        }
        if !arcs.is_empty() {
            arcs.extend(points.drain(..).map(|spot: Spot| Edge::point(spot.owner as usize, spot.at)));
        }
        Ok(Self { assets, points: Tree::new(points), edges: Tree::new(arcs), areas: Tree::new(areas) })
    }

    /// Number of assets.
    pub fn len(&self) -> usize {
        self.assets.len()
    }

    /// True when there is no asset.
    pub fn is_empty(&self) -> bool {
        self.assets.is_empty()
    }

    /// The assets, in the order given.
    pub fn assets(&self) -> &[Asset] {
        &self.assets
    }

    /// The asset nearest to a place; `None` only when there is no asset.
    pub fn nearest(&self, place: LonLat) -> Option<NearestAsset> {
        self.nearest_to_any([place])
    }

    /// The asset nearest to any of some places (a fire's detections); `None` without places or assets.
    ///
    /// Of two assets at the same distance the one earlier in the list is given.
    pub fn nearest_to_any(&self, places: impl IntoIterator<Item = LonLat>) -> Option<NearestAsset> {
        let mut best: Option<(f64, usize)> = None;
        for place in places {
            let Some(found) = self.nearest_chord2(unit_vector(place)) else { break };
            if best.is_none_or(|best| found < best) {
                best = Some(found);
            }
        }
        best.map(|(chord2, owner)| NearestAsset {
            id: self.assets[owner].id.clone(),
            name: self.assets[owner].name.clone(),
            distance_m: distance_m_of(chord2),
        })
    }

    /// Places in the list of all assets that come within a distance of a place, rising.
    ///
    /// **Valid for**: less than a quarter of the Earth's circumference.
    pub fn within(&self, place: LonLat, distance_m: f64) -> Vec<usize> {
        let (place, chord2) = (unit_vector(place), chord2_of(distance_m));
        let mut owners = self.around(place);
        self.points.visit_within(place, chord2, |spot| {
            if crate::sphere::chord2(spot.at, place) <= chord2 {
                owners.push(spot.owner as usize);
            }
        });
        self.edges.visit_within(place, chord2, |edge| {
            if edge.chord2_to(&place) <= chord2 {
                owners.push(edge.owner);
            }
        });
        owners.sort_unstable();
        owners.dedup();
        owners
    }

    /// At most `count` of [`AssetIndex::within`], the nearest first and those at one distance in the list's order.
    pub fn nearest_within(&self, place: LonLat, distance_m: f64, count: usize) -> Vec<usize> {
        let all = self.within(place, distance_m);
        let distance = |owner: &usize| self.assets[*owner].distance_m([place]).unwrap_or(f64::INFINITY);
        let mut by_distance: Vec<(f64, usize)> = all.iter().map(|owner| (distance(owner), *owner)).collect();
        by_distance.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        by_distance.into_iter().take(count).map(|(_, owner)| owner).collect()
    }

    /// Squared chord to the nearest asset, and its place in the list.
    fn nearest_chord2(&self, place: UnitVector) -> Option<(f64, usize)> {
        let around = self.around(place).into_iter().min();
        let mut best = around.map_or((FARTHER_THAN_ALL, usize::MAX), |owner| (0.0, owner));
        self.points.visit_nearest_first(place, best.0, |leaf| {
            // All of a leaf first, without a branch: which is the nearest cannot be guessed.
            let mut chords2 = [f64::INFINITY; FAN];
            chords2.iter_mut().zip(leaf).for_each(|(found, spot)| *found = chord2(spot.at, place));
            let least = least_of(&chords2);
            if least <= best.0 {
                let nearest = chords2.iter().zip(leaf).filter(|(found, _)| **found == least);
                best = nearest.fold(best, |best, (found, spot)| lesser(best, (*found, spot.owner as usize)));
            }
            best.0
        });
        self.edges.visit_nearest_first(place, best.0, |leaf| {
            // An edge is no farther than its start: that bounds what is worth its distance.
            let mut starts2 = [f64::INFINITY; FAN];
            starts2.iter_mut().zip(leaf).for_each(|(found, edge)| *found = chord2(edge.ends()[0], place));
            let within = least_of(&starts2).min(best.0).sqrt();
            for (start2, edge) in starts2.iter().zip(leaf) {
                if edge.may_reach(*start2, within) {
                    best = lesser(best, (edge.chord2_to(&place), edge.owner));
                }
            }
            best.0
        });
        (best.1 < self.assets.len()).then_some(best)
    }

    /// Places in the list of assets that a place lies inside of, in any order.
    fn around(&self, place: UnitVector) -> Vec<usize> {
        let mut owners = Vec::new();
        self.areas.visit_within(place, 0.0, |area| {
            if area.contains(place) {
                owners.push(area.owner);
            }
        });
        owners
    }
}

/// The nearer of two, and of two at one distance that which is earlier in the list.
fn lesser(a: (f64, usize), b: (f64, usize)) -> (f64, usize) {
    if b < a { b } else { a }
}

/// The least of a leaf's distances.
fn least_of(chords2: &[f64; FAN]) -> f64 {
    chords2.iter().fold(f64::INFINITY, |least, found| if *found < least { *found } else { least })
}
