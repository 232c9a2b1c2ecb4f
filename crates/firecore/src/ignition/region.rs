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

use field::Field;
use ring::{holds, signed_area};

mod field;
mod group;
mod ring;
#[cfg(test)]
mod tests;

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
    let mut sorted: Vec<Footprint> = footprints.into_iter().collect();
    sorted.sort_by(|a, b| key(a).partial_cmp(&key(b)).expect("a footprint's numbers are numbers"));
    let mut found = Region::default();
    for members in group::groups(&sorted) {
        match members[..] {
            [alone] => {
                let shape = Shape::Disc { middle_m: alone.middle_m, radius_m: alone.radius_m };
                let part = Part::of(shape, &members);
                if alone.burns { found.active.push(part) } else { found.cold.push(part) }
            }
            _ => join(&members, &mut found),
        }
    }
    found
}

fn key(footprint: &Footprint) -> ([f64; 4], u32, bool) {
    let [east_m, north_m] = footprint.middle_m;
    ([east_m, north_m, footprint.radius_m, footprint.gap_m], footprint.age_s, footprint.burns)
}

/// Adds the parts that footprints with meeting reaches make.
fn join(members: &[Footprint], found: &mut Region) {
    let burning: Vec<Footprint> = members.iter().copied().filter(|footprint| footprint.burns).collect();
    let lattice = field::Lattice::around(members);
    let active = Field::of(&lattice, &burning);
    found.active.extend(parts(&active.rings(&lattice), members));
    if burning.len() < members.len() {
        let rest = Field::of(&lattice, members).without(&active);
        found.cold.extend(parts(&rest.rings(&lattice), members));
    }
}

/// One part for each ring that runs left, with the holes in it and the footprints on it.
fn parts(rings: &[Vec<Place>], footprints: &[Footprint]) -> Vec<Part> {
    let mut outer: Vec<Draft> = Vec::new();
    for ring in rings {
        let area_m2 = signed_area(ring);
        if area_m2 > 0.0 {
            outer.push(Draft { area_m2, rings: vec![ring.clone()], seen: Vec::new() });
        }
    }
    // The smallest first: a place belongs to the innermost ring around it.
    outer.sort_by(|a, b| a.area_m2.total_cmp(&b.area_m2));
    for hole in rings.iter().filter(|ring| signed_area(ring) <= 0.0) {
        if let Some(around) = outer.iter_mut().find(|draft| holds(&draft.rings[0], hole[0])) {
            around.rings.push(hole.clone());
        }
    }
    for footprint in footprints {
        let around = outer.iter_mut().find(|draft| holds(&draft.rings[0], footprint.middle_m));
        if let Some(draft) = around
            && !draft.rings[1..].iter().any(|hole| holds(hole, footprint.middle_m))
        {
            draft.seen.push(*footprint);
        }
    }
    outer.into_iter().map(|draft| Part::of(Shape::Area(draft.rings), &draft.seen)).collect()
}

struct Draft {
    area_m2: f64,
    rings: Vec<Vec<Place>>,
    seen: Vec<Footprint>,
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
