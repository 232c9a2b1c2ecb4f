//! Which fires a change of the assets touches.

use std::collections::BTreeSet;

use firecore::asset::{AssetError, AssetIndex};
use firecore::geo::{Bounds, LonLat};

use super::AssetList;
use crate::engine::board::ClusterSnapshot;

/// What one change added, replaced or removed.
#[derive(Debug)]
pub(in crate::engine) struct AssetDelta {
    /// Ids of what was there and is gone or another now, and of what is new.
    changed: BTreeSet<String>,
    /// What was added, or took the place of another, where it lies now.
    put: AssetIndex,
}

impl AssetDelta {
    pub(super) fn new(list: &AssetList, changed: BTreeSet<String>) -> Result<Self, AssetError> {
        let put = changed.iter().filter_map(|id| list.get(id)).cloned().collect();
        Ok(Self { put: AssetIndex::new(put)?, changed })
    }

    /// Whether a fire has to look again: its nearest asset changed, or one that changed lies now no farther than its
    /// nearest one or than the decision table reaches. Of a fire that shows nothing yet it is not known, so it has to.
    ///
    /// What was farther than the nearest asset and is gone decided nothing. The box around the detections stands for the fire,
    /// so a fire may be asked in vain, but none is left out.
    pub(in crate::engine) fn touches(&self, fire: Option<&ClusterSnapshot>, far_m: f64) -> bool {
        let Some((fire, bounds)) = fire.and_then(|fire| Some((fire, fire.bounds?))) else { return true };
        if fire.nearest.as_ref().is_some_and(|nearest| self.changed.contains(&nearest.id)) {
            return true;
        }
        let reach_m = fire.nearest.as_ref().map_or(f64::INFINITY, |nearest| nearest.distance_m.max(far_m));
        let (middle, radius_m) = disc_around(&bounds);
        self.put.nearest(middle).is_some_and(|put| put.distance_m - radius_m <= reach_m)
    }
}

/// A disc that holds a box: the middle, and the distance to the farthest corner.
///
/// A meridian's side is an arc of a great circle, whose farthest point from the middle is an end; along a parallel the
/// distance rises with the longitude's difference.
fn disc_around(bounds: &Bounds) -> (LonLat, f64) {
    let width_deg = match bounds.east_deg - bounds.west_deg {
        width_deg if width_deg < 0.0 => width_deg + 360.0,
        width_deg => width_deg,
    };
    let lon_deg = match bounds.west_deg + width_deg / 2.0 {
        lon_deg if lon_deg > 180.0 => lon_deg - 360.0,
        lon_deg => lon_deg,
    };
    let place = |lon_deg, lat_deg| LonLat::new(lon_deg, lat_deg).expect("a box of positions has positions");
    let middle = place(lon_deg, (bounds.south_deg + bounds.north_deg) / 2.0);
    let corners = [(bounds.west_deg, bounds.south_deg), (bounds.east_deg, bounds.north_deg)];
    let reaches = corners.map(|(lon_deg, lat_deg)| middle.distance_m(place(lon_deg, lat_deg)));
    (middle, reaches[0].max(reaches[1]))
}
