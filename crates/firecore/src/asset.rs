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
//!     geometry: geo::Point::new(179.999, 0.0).into(),
//! };
//! let index = AssetIndex::new(vec![hospital])?;
//! let nearest = index.nearest(LonLat::new(-179.999, 0.0)?).expect("there is one asset");
//! assert_eq!(nearest.distance_m.round(), 222.0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use geo::Geometry;
use rstar::RTree;

use crate::geo::LonLat;
use crate::sphere::{UnitVector, chord2_of, distance_m_of, unit_vector};
pub use heat::{HEAT_SOURCE_RADIUS_M, HeatSources};
use rstar::PointDistance;
use shape::{Area, Edge};

pub mod footprint;

mod heat;
mod shape;
#[cfg(test)]
mod tests;

/// Something worth protecting.
#[derive(Clone, Debug, PartialEq)]
pub struct Asset {
    /// Its id in the list that it comes from.
    pub id: String,
    /// What it is, such as `hospital`.
    pub kind: Option<String>,
    /// What people call it.
    pub name: Option<String>,
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
            false => edges.iter().map(|edge| edge.distance_2(&place)).fold(f64::INFINITY, f64::min),
        };
        let nearest = places.into_iter().map(|place| chord2(unit_vector(place))).reduce(f64::min);
        nearest.map(distance_m_of)
    }

    /// Its edges, at least one, and its areas.
    fn take_apart(&self, owner: usize) -> Result<(Vec<Edge>, Vec<Area>), AssetError> {
        let (mut edges, mut areas) = (Vec::new(), Vec::new());
        shape::take_apart(&self.geometry, owner, &mut edges, &mut areas)
            .map_err(|fault| fault.of_asset(&self.id))?;
        match edges.is_empty() {
            true => Err(AssetError::Empty { id: self.id.clone() }),
            false => Ok((edges, areas)),
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
    edges: RTree<Edge>,
    areas: RTree<Area>,
}

impl AssetIndex {
    /// An index over assets.
    ///
    /// **Errors** name the first asset with a coordinate out of range, without any point, or too large.
    pub fn new(assets: Vec<Asset>) -> Result<Self, AssetError> {
        let (mut edges, mut areas) = (Vec::new(), Vec::new());
        for (owner, asset) in assets.iter().enumerate() {
            let (own_edges, own_areas) = asset.take_apart(owner)?;
            edges.extend(own_edges);
            areas.extend(own_areas);
        }
        Ok(Self { assets, edges: RTree::bulk_load(edges), areas: RTree::bulk_load(areas) })
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
        let place = unit_vector(place);
        let around = self.areas.locate_all_at_point(&place).filter(|area| area.contains(place));
        let beside = self.edges.locate_within_distance(place, chord2_of(distance_m));
        let mut owners: Vec<usize> =
            around.map(|area| area.owner).chain(beside.map(|edge| edge.owner)).collect();
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
        let around =
            self.areas.locate_all_at_point(&place).filter(|area| area.contains(place)).map(|area| area.owner);
        if let Some(owner) = around.min() {
            return Some((0.0, owner));
        }
        let mut nearest = self.edges.nearest_neighbor_iter_with_distance_2(&place);
        let (edge, chord2) = nearest.next()?;
        let tied = nearest.take_while(|(_, other)| *other <= chord2).map(|(edge, _)| edge.owner).min();
        Some((chord2, tied.map_or(edge.owner, |owner| owner.min(edge.owner))))
    }
}
