//! Filter: which events a subscriber wants.

use std::collections::BTreeSet;

use firecore::detection::ClusterId;
use firecore::geo::Bounds;

use super::Kind;

/// Which events; the default wants all of them.
///
/// What an event does not say does not keep it out: an event without a place passes every box. Only a filter by fire
/// keeps out what names no fire.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter {
    /// Of these fires; empty: of all.
    pub clusters: BTreeSet<ClusterId>,
    /// Of these kinds; empty: of all.
    pub kinds: Vec<Kind>,
    /// Where the fire touches this box.
    pub bounds: Option<Bounds>,
    /// At most this priority level: 1 is the most urgent.
    pub level_max: Option<u8>,
}

/// Why something is no filter.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum FilterError {
    /// No such kind.
    #[error("needed one of {}, found {found:?}", Kind::ALL.map(Kind::name).join(", "))]
    Kind {
        /// What was given.
        found: String,
    },
    /// No box.
    #[error(
        "needed west,south,east,north in degrees, longitudes from -180 to 180, latitudes from -90 to 90, \
         south not above north, found {found}"
    )]
    Bounds {
        /// What was given.
        found: String,
    },
    /// No level.
    #[error("needed a level from 1 (the most urgent) to 10, found {found}")]
    Level {
        /// What was given.
        found: String,
    },
}

/// What of an event a filter looks at.
#[derive(Clone, Debug)]
pub(super) struct Facts {
    pub(super) kind: Kind,
    pub(super) cluster_id: Option<ClusterId>,
    pub(super) with: Box<[ClusterId]>,
    pub(super) level: Option<u8>,
    pub(super) bounds: Option<Bounds>,
}

impl Filter {
    /// A box of west, south, east and north; west above east crosses the antimeridian.
    pub fn checked_bounds(
        [west_deg, south_deg, east_deg, north_deg]: [f64; 4],
    ) -> Result<Bounds, FilterError> {
        let lon = |deg: f64| (-180.0..=180.0).contains(&deg);
        let lat = |deg: f64| (-90.0..=90.0).contains(&deg);
        if lon(west_deg) && lon(east_deg) && lat(south_deg) && lat(north_deg) && south_deg <= north_deg {
            return Ok(Bounds { west_deg, south_deg, east_deg, north_deg });
        }
        Err(FilterError::Bounds { found: format!("{west_deg},{south_deg},{east_deg},{north_deg}") })
    }

    /// A priority level.
    pub fn checked_level(level: u8) -> Result<u8, FilterError> {
        match level {
            1..=10 => Ok(level),
            _ => Err(FilterError::Level { found: level.to_string() }),
        }
    }

    /// True where the event is wanted.
    pub(super) fn wants(&self, facts: &Facts) -> bool {
        (self.kinds.is_empty() || self.kinds.contains(&facts.kind))
            && facts.level.is_none_or(|level| self.level_max.is_none_or(|max| level <= max))
            && self.of_a_wanted_fire(facts)
            && facts.bounds.is_none_or(|at| self.bounds.is_none_or(|bounds| overlap(&bounds, &at)))
    }

    /// Who follows a fire that merges or comes apart follows what it becomes.
    pub(super) fn follow(&mut self, facts: &Facts) {
        if !self.clusters.is_empty() && !facts.with.is_empty() && self.of_a_wanted_fire(facts) {
            self.clusters.extend(facts.cluster_id.iter().chain(&facts.with));
        }
    }

    fn of_a_wanted_fire(&self, facts: &Facts) -> bool {
        let mut about = facts.cluster_id.iter().chain(&facts.with);
        self.clusters.is_empty() || about.any(|id| self.clusters.contains(id))
    }
}

/// True where two boxes share a point; either may cross the antimeridian.
fn overlap(a: &Bounds, b: &Bounds) -> bool {
    let latitudes = a.south_deg <= b.north_deg && b.south_deg <= a.north_deg;
    let share = |a: &(f64, f64), b: &(f64, f64)| a.0 <= b.1 && b.0 <= a.1;
    latitudes && spans(a).iter().any(|one| spans(b).iter().any(|other| share(one, other)))
}

/// A box's longitudes, cut at the antimeridian; one that is not cut is given twice.
fn spans(bounds: &Bounds) -> [(f64, f64); 2] {
    match (bounds.west_deg, bounds.east_deg) {
        (west, east) if west <= east => [(west, east); 2],
        (west, east) => [(west, 180.0), (-180.0, east)],
    }
}
