//! Points of contours as whole numbers: what is decided about them is decided exactly.

/// Units in the edge of a cell: corners of simplified lines lie on whole units.
pub(super) const CELL: i32 = 1024;

/// Steps between two centres that a contour may cross their line at. Crossings of different contours of one line are the
/// same or a 64th of a cell apart (0.5 m in cells of 30 m), and none is at a centre: lines that are not one keep apart.
pub(super) const STEPS: i32 = 64;

/// East and north of the grid's south-western corner, in units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Point {
    pub(super) x: i32,
    pub(super) y: i32,
}

impl Point {
    pub(super) fn new(x: i32, y: i32) -> Self {
        Self { x, y }
    }
}

/// Twice the area of a triangle: positive where it is counter-clockwise.
pub(super) fn cross(a: Point, b: Point, c: Point) -> i64 {
    let (bx, by) = (i64::from(b.x) - i64::from(a.x), i64::from(b.y) - i64::from(a.y));
    let (cx, cy) = (i64::from(c.x) - i64::from(a.x), i64::from(c.y) - i64::from(a.y));
    bx * cy - by * cx
}

/// Twice the area inside a ring, whose last point leads back to its first: positive where it runs counter-clockwise.
pub(super) fn twice_area(ring: &[Point]) -> i64 {
    ring.windows(2).map(|pair| cross(ring[0], pair[0], pair[1])).sum()
}

/// Square of the distance between a place and the nearest point of a line from `a` to `b`, units squared.
pub(super) fn distance_squared(place: (f64, f64), a: (f64, f64), b: (f64, f64)) -> f64 {
    let share = nearest_share(place, a, b);
    let (x, y) = (a.0 + share * (b.0 - a.0) - place.0, a.1 + share * (b.1 - a.1) - place.1);
    x * x + y * y
}

/// Where along a line from `a` to `b`, 0 to 1, the point nearest to a place lies.
pub(super) fn nearest_share(place: (f64, f64), a: (f64, f64), b: (f64, f64)) -> f64 {
    let (dx, dy) = (b.0 - a.0, b.1 - a.1);
    let length_squared = dx * dx + dy * dy;
    if length_squared == 0.0 {
        return 0.0;
    }
    (((place.0 - a.0) * dx + (place.1 - a.1) * dy) / length_squared).clamp(0.0, 1.0)
}

/// A point as floating-point numbers, which hold every one exactly.
pub(super) fn place(point: Point) -> (f64, f64) {
    (f64::from(point.x), f64::from(point.y))
}

/// True where the insides of two lines cross at one point; false where they only touch.
pub(super) fn lines_cross(a: (Point, Point), b: (Point, Point)) -> bool {
    let apart = |line: (Point, Point), first: Point, second: Point| {
        let (first, second) = (cross(line.0, line.1, first), cross(line.0, line.1, second));
        (first > 0 && second < 0) || (first < 0 && second > 0)
    };
    apart(a, b.0, b.1) && apart(b, a.0, a.1)
}

/// True inside a triangle and on its edges; a triangle without area holds nothing.
pub(super) fn triangle_holds(triangle: [Point; 3], at: Point) -> bool {
    let [a, b, c] = triangle;
    let sides = [cross(a, b, at), cross(b, c, at), cross(c, a, at)];
    cross(a, b, c) != 0 && (sides.iter().all(|side| *side >= 0) || sides.iter().all(|side| *side <= 0))
}
