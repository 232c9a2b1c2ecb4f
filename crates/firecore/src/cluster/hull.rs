//! The ground that some positions span: bounding box and convex hull, the same whatever order they came in.

use geo::{Coord, Kernel, Orientation};

use crate::geo::{Bounds, LonLat};

/// Bounding box and convex hull of positions, kept while they arrive.
///
/// Longitudes are read from -180 to 180 or, where that makes the box narrower, from 0 to 360; positions that
/// span half the globe or more either way (a fire around a pole) get the full circle. The hull lies in the
/// plane of longitude and latitude, where a convex outline stays convex under any shift and stretch; around a
/// pole, where that plane tears, it is only an outline of the box's kind.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Extent {
    south_deg: f64,
    north_deg: f64,
    /// West and east with longitudes read from -180.
    plain: (f64, f64),
    /// West and east with longitudes read from 0.
    shifted: (f64, f64),
    hull: Vec<LonLat>,
}

impl Extent {
    /// The extent of no position.
    pub(super) fn empty() -> Self {
        let nothing = (f64::INFINITY, f64::NEG_INFINITY);
        let (south_deg, north_deg) = nothing;
        Self { south_deg, north_deg, plain: nothing, shifted: nothing, hull: Vec::new() }
    }

    /// Adds positions. `all` gives every position that ever came, these too; it is asked only when the
    /// reading of longitudes changes, because then corners that were inside before may come out.
    pub(super) fn add<All>(&mut self, added: &[LonLat], all: impl FnOnce() -> All)
    where
        All: Iterator<Item = LonLat>,
    {
        let reading_before = self.reads_from_zero();
        for place in added {
            self.south_deg = self.south_deg.min(place.lat_deg());
            self.north_deg = self.north_deg.max(place.lat_deg());
            widen(&mut self.plain, place.lon_deg());
            widen(&mut self.shifted, from_zero(place.lon_deg()));
        }
        let from_zero = self.reads_from_zero();
        let corners: Vec<LonLat> = if from_zero == reading_before {
            self.hull.iter().chain(added).copied().collect()
        } else {
            all().collect()
        };
        self.hull = convex_hull(corners, from_zero);
    }

    /// The bounding box; `None` without positions.
    pub(super) fn bounds(&self) -> Option<Bounds> {
        if self.hull.is_empty() {
            return None;
        }
        let (west_deg, east_deg) = match (self.reads_from_zero(), self.plain, self.shifted) {
            (false, plain, _) if plain.1 - plain.0 <= 180.0 => plain,
            (true, _, (west_deg, east_deg)) => (to_antimeridian(west_deg), to_antimeridian(east_deg)),
            _ => (-180.0, 180.0),
        };
        Some(Bounds { west_deg, south_deg: self.south_deg, east_deg, north_deg: self.north_deg })
    }

    /// Corners of the convex hull, counter-clockwise from the westernmost, not closed; one or two corners
    /// where the positions span no area.
    pub(super) fn hull(&self) -> &[LonLat] {
        &self.hull
    }

    /// Area of the hull in the plane of longitude and latitude, square degrees: for comparing it with itself.
    pub(super) fn area_deg2(&self) -> f64 {
        let from_zero_read = self.reads_from_zero();
        let at = |place: &LonLat| {
            let lon_deg = place.lon_deg();
            [if from_zero_read { from_zero(lon_deg) } else { lon_deg }, place.lat_deg()]
        };
        let corners: Vec<[f64; 2]> = self.hull.iter().map(at).collect();
        let next = corners.iter().cycle().skip(1);
        corners.iter().zip(next).map(|(a, b)| (a[0] * b[1] - b[0] * a[1]) / 2.0).sum::<f64>().abs()
    }

    fn reads_from_zero(&self) -> bool {
        self.plain.1 - self.plain.0 > 180.0 && self.shifted.1 - self.shifted.0 <= 180.0
    }
}

fn widen(range: &mut (f64, f64), value: f64) {
    range.0 = range.0.min(value);
    range.1 = range.1.max(value);
}

fn from_zero(lon_deg: f64) -> f64 {
    if lon_deg < 0.0 { lon_deg + 360.0 } else { lon_deg }
}

fn to_antimeridian(lon_deg: f64) -> f64 {
    if lon_deg > 180.0 { lon_deg - 360.0 } else { lon_deg }
}

/// Andrew's monotone chain with an exact orientation test: only true corners stay, so adding the hull of a
/// part gives the same corners as adding the part.
fn convex_hull(places: Vec<LonLat>, reads_from_zero: bool) -> Vec<LonLat> {
    let read = |place: LonLat| {
        let lon_deg = place.lon_deg();
        Coord { x: if reads_from_zero { from_zero(lon_deg) } else { lon_deg }, y: place.lat_deg() }
    };
    let mut corners: Vec<(Coord<f64>, LonLat)> =
        places.into_iter().map(|place| (read(place), place)).collect();
    corners.sort_by(|(a, _), (b, _)| a.x.total_cmp(&b.x).then(a.y.total_cmp(&b.y)));
    corners.dedup_by(|(a, _), (b, _)| a == b);
    if corners.len() < 3 {
        return corners.into_iter().map(|(_, place)| place).collect();
    }
    let mut hull = half(corners.iter());
    let upper = half(corners.iter().rev());
    hull.pop();
    hull.extend(&upper[..upper.len() - 1]);
    hull.into_iter().map(|(_, place)| place).collect()
}

/// The left-turning chain from the first corner to the last.
fn half<'a>(corners: impl Iterator<Item = &'a (Coord<f64>, LonLat)>) -> Vec<(Coord<f64>, LonLat)> {
    let mut chain: Vec<(Coord<f64>, LonLat)> = Vec::new();
    for corner in corners {
        while let [.., a, b] = chain[..]
            && <f64 as geo::GeoNum>::Ker::orient2d(a.0, b.0, corner.0) != Orientation::CounterClockwise
        {
            chain.pop();
        }
        chain.push(*corner);
    }
    chain
}
