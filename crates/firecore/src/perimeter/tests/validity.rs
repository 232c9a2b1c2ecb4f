//! Random fields of every kind: valid rings, nesting and the tolerance, before and after simplification.

use std::collections::HashSet;

use geo::{Contains, Coord, Intersects, Line, Point as Place};

use super::*;

/// Numbers of 0 to 1 from a seed.
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0xD1B5_4A32_D192_ED03)
    }

    pub(super) fn share(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (bits >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn below(&mut self, count: usize) -> usize {
        (self.share() * count as f64) as usize
    }
}

/// Three fields, each nowhere later than the one before, over one ground; contoured at 400 s.
pub(super) struct Case {
    pub(super) shape: GridShape,
    fields: [Vec<f32>; 3],
    burnable: Vec<bool>,
}

pub(super) const TIME_S: f32 = 400.0;

impl Case {
    pub(super) fn new(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let (rows, cols) = (3 + random.below(22), 3 + random.below(22));
        let shape = GridShape { rows, cols, cell_size_m: 30.0, west_m: 300_000.0, north_m: 3_800_000.0 };
        let kind = random.below(8);
        let wall_share = [0.0, 0.0, 0.1, 0.3][random.below(4)];
        let turn = random.share() * std::f64::consts::TAU;
        let (scale, phase) = (0.3 + random.share(), random.share() * 10.0);
        let mut late: Vec<f64> = Vec::with_capacity(shape.len());
        for at in 0..shape.len() {
            let (x, y) = ((at % cols) as f64 - cols as f64 / 2.0, (at / cols) as f64 - rows as f64 / 2.0);
            let (along, across) = (x * turn.cos() + y * turn.sin(), y * turn.cos() - x * turn.sin());
            late.push(match kind {
                // Noise; the same with cells that are not reached; few values, so that times are met exactly.
                0 => random.share() * 1000.0,
                1 => {
                    if random.share() < 0.25 {
                        f64::INFINITY
                    } else {
                        random.share() * 1000.0 - 100.0
                    }
                }
                2 => [200.0, 399.0, 400.0, 401.0, 600.0][random.below(5)],
                // Waves and rings in rings, with a little noise; a chain of diagonal cells.
                3 => 400.0 + 300.0 * (scale * x + phase).sin() * (scale * y).cos() + 40.0 * random.share(),
                4 => 400.0 + 200.0 * (scale * 2.0 * x.hypot(y) + phase).sin(),
                5 => 300.0 + 150.0 * ((along / 3.0).sin() * 2.0 - across).abs() - 60.0 * random.share(),
                6 => {
                    if (at / cols + at % cols) % 2 == 0 {
                        390.0
                    } else {
                        410.0 + 100.0 * random.share()
                    }
                }
                // A fire with a ragged edge, its start below zero and its front above the horizon.
                _ => 60.0 * (along.hypot(across) - 0.9 * along) + 80.0 * random.share() - 200.0,
            });
        }
        let spread = [0.0, 2.0, 30.0, 300.0][random.below(4)];
        let mut fields = [late.clone(), late.clone(), late]
            .map(|times| times.iter().map(|time| *time as f32).collect::<Vec<f32>>());
        for level in 1..3 {
            let (before, rest) = fields.split_at_mut(level);
            for (earlier, later) in rest[0].iter_mut().zip(&before[level - 1]) {
                // Where nothing arrived, an earlier field may have; many times are the same in both.
                *earlier = match random.below(3) {
                    0 => *later,
                    _ if later.is_infinite() => (300.0 + 300.0 * random.share()) as f32,
                    _ => *later - (spread * random.share()) as f32,
                };
            }
        }
        let burnable: Vec<bool> = (0..shape.len()).map(|_| random.share() >= wall_share).collect();
        for field in &mut fields {
            for (time, _) in field.iter_mut().zip(&burnable).filter(|(_, burnable)| !**burnable) {
                *time = f32::INFINITY;
            }
        }
        Self { shape, fields, burnable }
    }

    pub(super) fn outlines(&self, tolerance: Tolerance) -> Vec<Perimeter> {
        let field = |arrival_s| Field { shape: &self.shape, arrival_s, burnable: &self.burnable };
        let levels: Vec<_> = self.fields.iter().map(|times| (field(&times[..]), TIME_S)).collect();
        outlines(&levels, tolerance)
    }
}

fn signed_area(ring: &LineString<f64>) -> f64 {
    Polygon::new(ring.clone(), vec![]).signed_area()
}

fn distance(at: Coord<f64>, line: &Line<f64>) -> f64 {
    lattice::distance_squared((at.x, at.y), (line.start.x, line.start.y), (line.end.x, line.end.y)).sqrt()
}

/// Why a shape is not valid: by this module's own rules, and by geo's.
pub(super) fn fault(shape: &MultiPolygon<f64>) -> Option<String> {
    let edges: Vec<(usize, Line<f64>)> = rings(shape)
        .enumerate()
        .flat_map(|(ring, line)| line.lines().map(move |edge| (ring, edge)))
        .collect();
    for ring in rings(shape) {
        let corners: HashSet<_> = ring.0[1..].iter().map(|at| (at.x.to_bits(), at.y.to_bits())).collect();
        if ring.0.len() < 4 || ring.0.first() != ring.0.last() || corners.len() + 1 != ring.0.len() {
            return Some(format!("open, too short or with a corner twice: {ring:?}"));
        }
    }
    for (at, (_, a)) in edges.iter().enumerate() {
        for (_, b) in &edges[..at] {
            let shared = usize::from(a.start == b.end) + usize::from(a.end == b.start);
            let folds = |a: &Line<f64>, b: &Line<f64>| {
                a.end == b.start && (a.intersects(&Place(b.end)) || b.intersects(&Place(a.start)))
            };
            if (shared == 0 && a.intersects(b)) || shared == 2 || folds(a, b) || folds(b, a) {
                return Some(format!("edges meet: {a:?} {b:?}"));
            }
        }
    }
    for part in shape {
        let shell = Polygon::new(part.exterior().clone(), vec![]);
        if shell.signed_area() <= 0.0 {
            return Some("a shell runs clockwise".to_owned());
        }
        for (number, hole) in part.interiors().iter().enumerate() {
            let in_hole =
                |other: &LineString<f64>| Polygon::new(other.clone(), vec![]).contains(&Place(hole.0[0]));
            let others = part.interiors().iter().enumerate().filter(|(other, _)| *other != number);
            if signed_area(hole) >= 0.0
                || !shell.contains(&Place(hole.0[0]))
                || others.into_iter().any(|(_, other)| in_hole(other))
            {
                return Some(format!(
                    "a hole is not in its shell, in another hole, or counter-clockwise: {hole:?}"
                ));
            }
        }
    }
    for (number, part) in shape.iter().enumerate() {
        let mut others = shape.iter().enumerate().filter(|(other, _)| *other != number);
        if others.any(|(_, other)| other.contains(&Place(part.exterior().0[0]))) {
            return Some("a part lies in another one".to_owned());
        }
    }
    (!shape.is_valid()).then(|| format!("by geo: {:?}", shape.validation_errors()))
}

/// Area of `inner` outside of `outer`, square metres or degrees.
pub(super) fn outside(inner: &MultiPolygon<f64>, outer: &MultiPolygon<f64>) -> f64 {
    inner.difference(outer).unsigned_area()
}

/// The farthest that a corner or the middle of an edge of one shape lies from the lines of another, ring by ring, m.
fn farthest(from: &MultiPolygon<f64>, to: &MultiPolygon<f64>) -> f64 {
    let lines: Vec<_> = rings(to).flat_map(|ring| ring.lines()).collect();
    let places = rings(from)
        .flat_map(|ring| ring.lines())
        .flat_map(|line| [0.0, 0.2, 0.4, 0.6, 0.8].map(|share| line.start + (line.end - line.start) * share));
    let away = |at: Coord<f64>| lines.iter().map(|line| distance(at, line)).fold(f64::INFINITY, f64::min);
    places.map(away).fold(0.0, f64::max)
}

/// The least way between two edges that do not meet, m.
fn clearance_m(shape: &MultiPolygon<f64>) -> f64 {
    let edges: Vec<Line<f64>> = rings(shape).flat_map(|ring| ring.lines()).collect();
    let mut least = f64::INFINITY;
    for a in &edges {
        for b in edges.iter().filter(|b| a.start != b.start && a.start != b.end) {
            least = least.min(distance(a.start, b));
        }
    }
    least
}

const CASES: u64 = 4000;

#[test]
fn contours_are_valid_nest_and_keep_apart() {
    for seed in 0..CASES {
        let made = Case::new(seed).outlines(Tolerance::OFF);
        for perimeter in &made {
            assert_eq!(fault(&perimeter.plane), None, "case {seed}");
            let least_m = clearance_m(&perimeter.plane);
            assert!(least_m > 0.999 * 30.0 / 64.0 / std::f64::consts::SQRT_2, "case {seed}: {least_m} m");
        }
        for pair in made.windows(2) {
            let outside_m2 = outside(&pair[0].plane, &pair[1].plane);
            assert!(outside_m2 < 1e-3, "case {seed}: {outside_m2} m2 outside");
        }
    }
}

#[test]
fn simplified_perimeters_are_valid_nest_and_stay_within_the_tolerance() {
    let (mut before, mut after) = (0, 0);
    for seed in 0..CASES / 2 {
        let case = Case::new(seed);
        let tolerance = Tolerance::Cells([0.1, 0.2, 0.5, 1.0][seed as usize % 4]);
        let tolerance_m = tolerance.m(30.0) + 1e-6;
        let (contours, simplified) = (case.outlines(Tolerance::OFF), case.outlines(tolerance));
        for (contour, simple) in contours.iter().zip(&simplified) {
            assert_eq!(fault(&simple.plane), None, "case {seed}");
            let least_m = clearance_m(&simple.plane);
            assert!(least_m > 0.999 * 30.0 / 128.0, "case {seed}: {least_m} m");
            let counts = |shape: &MultiPolygon<f64>| {
                (shape.0.len(), rings(shape).count(), rings(shape).map(|ring| ring.0.len()).sum::<usize>())
            };
            let (was, is) = (counts(&contour.plane), counts(&simple.plane));
            assert_eq!((was.0, was.1), (is.0, is.1), "case {seed}: rings vanished");
            (before, after) = (before + was.2, after + is.2);
            // The slow check on every fifth case, so that every tolerance has 100 and more.
            if seed % 5 == 0 {
                let away_m =
                    farthest(&contour.plane, &simple.plane).max(farthest(&simple.plane, &contour.plane));
                assert!(away_m <= tolerance_m, "case {seed}: {away_m} m away, {tolerance_m} m allowed");
            }
            let change = (contour.plane.unsigned_area() - simple.plane.unsigned_area()).abs() / 900.0;
            assert!(change <= 0.01 * is.1 as f64, "case {seed}: {change} cells of area in {} rings", is.1);
        }
        for pair in simplified.windows(2) {
            let outside_m2 = outside(&pair[0].plane, &pair[1].plane);
            assert!(outside_m2 < 1e-3, "case {seed}: {outside_m2} m2 outside");
        }
    }
    assert!(after < before, "{after} of {before} points are left");
}
