//! The window of a frame's plane that a request is about.

use firecore::geo::{Bounds, LocalFrame, LonLat};
pub(super) use georead::raster::PlaneBox;

use super::InputsError;

/// The middle of an area.
///
/// **Errors** when an edge is not finite or out of range, or south lies above north.
pub(super) fn centre(area: &Bounds) -> Result<LonLat, InputsError> {
    let refused = || InputsError::Area {
        west_deg: area.west_deg,
        south_deg: area.south_deg,
        east_deg: area.east_deg,
        north_deg: area.north_deg,
    };
    let corner = LonLat::new(area.west_deg, area.south_deg).and(LonLat::new(area.east_deg, area.north_deg));
    if corner.is_err() || area.south_deg > area.north_deg {
        return Err(refused());
    }
    Ok(area.middle())
}

/// The smallest box of a frame's plane around an area.
pub(super) fn plane_box(frame: &LocalFrame, area: &Bounds) -> Result<PlaneBox, InputsError> {
    /// Points on each edge: an edge of constant latitude is curved in the plane.
    const EDGE_POINTS: u32 = 4;
    let centre = frame.to_plane(centre(area)?);
    let mut found = PlaneBox {
        west_m: centre.east_m,
        south_m: centre.north_m,
        east_m: centre.east_m,
        north_m: centre.north_m,
    };
    let width_deg = (area.east_deg - area.west_deg).rem_euclid(360.0);
    for step in 0..=EDGE_POINTS {
        let share = f64::from(step) / f64::from(EDGE_POINTS);
        let lon_deg = (area.west_deg + width_deg * share + 180.0).rem_euclid(360.0) - 180.0;
        let lat_deg = area.south_deg + (area.north_deg - area.south_deg) * share;
        let edges = [
            (lon_deg, area.south_deg),
            (lon_deg, area.north_deg),
            (area.west_deg, lat_deg),
            (area.east_deg, lat_deg),
        ];
        for (lon_deg, lat_deg) in edges {
            let Ok(place) = LonLat::new(lon_deg, lat_deg) else { continue };
            let point = frame.to_plane(place);
            found.west_m = found.west_m.min(point.east_m);
            found.east_m = found.east_m.max(point.east_m);
            found.south_m = found.south_m.min(point.north_m);
            found.north_m = found.north_m.max(point.north_m);
        }
    }
    Ok(found)
}
