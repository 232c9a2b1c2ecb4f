//! Where a fire burns, as one outline, from the footprints that sensors saw burning.
//!
//! Footprints close to each other become one part: a circle that fits nowhere between them is taken as burned ground, too. That
//! is the alpha hull of the union of their discs (Edelsbrunner, Kirkpatrick & Seidel 1983, IEEE Trans. Inf. Theory 29:551), with
//! a circle whose size goes with the sensor's. A footprint alone stays its disc. What was seen lately burns at its edge; older
//! ground around it has gone out.
//!
//! ```
//! use firecore::ignition::region::{Footprint, Shape, region};
//! let pixel = |east_m: f64| Footprint { middle_m: [east_m, 0.0], radius_m: 187.5, gap_m: 375.0, age_s: 0, burns: true };
//! let found = region([pixel(0.0), pixel(600.0), pixel(9_000.0)]);
//! assert_eq!(found.active.len(), 2, "two pixels with a gap of one between them, and one far off");
//! assert!(matches!(found.active[0].shape, Shape::Area(_)) && matches!(found.active[1].shape, Shape::Disc { .. }));
//! ```

use field::{Field, Lattice};
use ring::signed_area;

mod field;
mod group;
mod ring;
#[cfg(test)]
mod tests;

/// Footprints or samples after which it is asked whether to go on: of each some microseconds at most.
const POLL_EVERY: usize = 64;

/// A place of a plane: metres east and north.
pub type Place = [f64; 2];

/// Ground that one detection saw burning.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Footprint {
    /// Its middle.
    pub middle_m: Place,
    /// Its radius, m.
    pub radius_m: f64,
    /// Radius of the circle that is rolled around it, m: ground beside it that no such circle comes to is burned, too.
    pub gap_m: f64,
    /// How long before the seed's time it was seen, s.
    pub age_s: u32,
    /// Whether it still burns; else it has gone out.
    pub burns: bool,
}

/// The form of a part.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// A footprint alone.
    Disc {
        /// Its middle.
        middle_m: Place,
        /// Its radius, m.
        radius_m: f64,
    },
    /// A ring that runs left around the part, and others that run right around its holes. They neither cross nor touch; a ring's
    /// last place joins its first.
    Area(Vec<Vec<Place>>),
}

/// A connected part of the ground.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// Where it lies.
    pub shape: Shape,
    /// Age of what was seen of it last, s before the seed's time; a footprint is of the part that its middle lies in.
    pub newest_age_s: u32,
    /// Age of what was seen of it first, s.
    pub oldest_age_s: u32,
    /// How many footprints it is made of.
    pub footprints: usize,
}

/// Ground that footprints were seen on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Region {
    /// Burned, and its edge burns.
    pub active: Vec<Part>,
    /// Burned and gone out, without the active ground: where the two meet they share a line.
    pub cold: Vec<Part>,
}

/// The region of some footprints, in whatever order they come.
///
/// Holes too wide to be closed are ground that has not been seen burning, and burn inward: a ring of footprints around an
/// unseen middle is a ring.
///
/// Cost: 512 samples a footprint at most, 8 million in all.
pub fn region(footprints: impl IntoIterator<Item = Footprint>) -> Region {
    region_until(footprints, &|| false).expect("nobody stops it")
}

/// [`region`], given up as soon as `stopped` says so: `None` then. It is asked every few milliseconds.
pub fn region_until(
    footprints: impl IntoIterator<Item = Footprint>,
    stopped: &dyn Fn() -> bool,
) -> Option<Region> {
    let mut sorted: Vec<Footprint> = footprints.into_iter().collect();
    sorted.sort_by(|a, b| key(a).partial_cmp(&key(b)).expect("a footprint's numbers are numbers"));
    let mut found = Region::default();
    for members in group::groups(&sorted, stopped)? {
        if stopped() {
            return None;
        }
        match members[..] {
            [alone] => {
                let shape = Shape::Disc { middle_m: alone.middle_m, radius_m: alone.radius_m };
                let part = Part::of(shape, &members);
                if alone.burns { found.active.push(part) } else { found.cold.push(part) }
            }
            _ => join(&members, &mut found, stopped)?,
        }
    }
    Some(found)
}

fn key(footprint: &Footprint) -> ([f64; 4], u32, bool) {
    let [east_m, north_m] = footprint.middle_m;
    ([east_m, north_m, footprint.radius_m, footprint.gap_m], footprint.age_s, footprint.burns)
}

/// Adds the parts that footprints with meeting reaches make.
fn join(members: &[Footprint], found: &mut Region, stopped: &dyn Fn() -> bool) -> Option<()> {
    let burning: Vec<Footprint> = members.iter().copied().filter(|footprint| footprint.burns).collect();
    let lattice = Lattice::around(members);
    let active = Field::of(&lattice, &burning, stopped)?;
    found.active.extend(parts(&lattice, &active.rings(&lattice), members, stopped)?);
    if burning.len() < members.len() {
        let rest = Field::of(&lattice, members, stopped)?.without(&active);
        found.cold.extend(parts(&lattice, &rest.rings(&lattice), members, stopped)?);
    }
    Some(())
}

/// One part for each ring that runs left, with the holes in it and the footprints on it.
fn parts(
    lattice: &Lattice,
    rings: &[Vec<Place>],
    footprints: &[Footprint],
    stopped: &dyn Fn() -> bool,
) -> Option<Vec<Part>> {
    let holding = lattice.holding(rings);
    let areas_m2: Vec<f64> = rings.iter().map(|ring| signed_area(ring)).collect();
    // The smallest first: a place belongs to the innermost ring around it.
    let mut inward: Vec<usize> = (0..rings.len()).collect();
    inward.sort_by(|a, b| areas_m2[*a].abs().total_cmp(&areas_m2[*b].abs()));
    let mut rank = vec![0; rings.len()];
    inward.iter().enumerate().for_each(|(at, ring)| rank[*ring] = at);
    let innermost = |place: Place, but: Option<usize>| {
        let around = holding.around(place).into_iter().map(|ring| ring as usize);
        around.filter(|ring| Some(*ring) != but).min_by_key(|ring| rank[*ring])
    };
    let outer: Vec<usize> = inward.into_iter().filter(|ring| areas_m2[*ring] > 0.0).collect();
    let mut part_of = vec![None; rings.len()];
    outer.iter().enumerate().for_each(|(part, ring)| part_of[*ring] = Some(part));
    let mut drafts: Vec<(Vec<Vec<Place>>, Vec<Footprint>)> =
        outer.iter().map(|ring| (vec![rings[*ring].clone()], Vec::new())).collect();
    for (hole, ring) in rings.iter().enumerate().filter(|(hole, _)| areas_m2[*hole] <= 0.0) {
        if let Some(part) = innermost(ring[0], Some(hole)).and_then(|around| part_of[around]) {
            drafts[part].0.push(ring.clone());
        }
    }
    for (at, footprint) in footprints.iter().enumerate() {
        if at % POLL_EVERY == 0 && stopped() {
            return None;
        }
        // In a hole the innermost ring is the hole's.
        if let Some(part) = innermost(footprint.middle_m, None).and_then(|around| part_of[around]) {
            drafts[part].1.push(*footprint);
        }
    }
    Some(drafts.into_iter().map(|(rings, seen)| Part::of(Shape::Area(rings), &seen)).collect())
}

impl Part {
    fn of(shape: Shape, footprints: &[Footprint]) -> Self {
        let ages = || footprints.iter().map(|footprint| footprint.age_s);
        Self {
            shape,
            newest_age_s: ages().min().unwrap_or(0),
            oldest_age_s: ages().max().unwrap_or(0),
            footprints: footprints.len(),
        }
    }
}
