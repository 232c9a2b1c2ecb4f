//! Exact arrival fields: how far contours lie from the curves that they stand for.

use super::*;

/// A fire from a point that spreads as an ellipse with the point in its rear focus, in cells.
struct Ellipse {
    half_length: f64,
    ratio: f64,
    /// Where the head goes, from east toward north, rad.
    heading_rad: f64,
    /// The ignition, cells from the grid's centre.
    origin: (f64, f64),
}

/// Seconds in which the fire has the size asked for.
const TIME_S: f32 = 10_000.0;

impl Ellipse {
    fn eccentricity(&self) -> f64 {
        (1.0 - 1.0 / (self.ratio * self.ratio)).sqrt()
    }

    fn area(&self) -> f64 {
        std::f64::consts::PI * self.half_length * self.half_length / self.ratio
    }

    /// Its grid, with the ellipse in the middle, and the times at which it comes to the cells.
    fn field(&self) -> (GridShape, Vec<f32>) {
        let cells = (2.0 * self.half_length).ceil() as usize + 8;
        let shape = GridShape {
            rows: cells,
            cols: cells,
            cell_size_m: 30.0,
            west_m: 0.0,
            north_m: cells as f64 * 30.0,
        };
        let time = |at: usize| {
            let (x, y) =
                self.along_and_across((at % cells) as f64 + 0.5, (cells - 1 - at / cells) as f64 + 0.5);
            let e = self.eccentricity();
            let size = (x.hypot(y) - e * x) / (1.0 - e * e) / self.half_length;
            (size * f64::from(TIME_S)) as f32
        };
        (shape, (0..cells * cells).map(time).collect())
    }

    /// Along and across the heading from the ignition of a place in cells east and north of the corner.
    fn along_and_across(&self, x: f64, y: f64) -> (f64, f64) {
        let middle = ((2.0 * self.half_length).ceil() + 8.0) / 2.0;
        let (sin, cos) = self.heading_rad.sin_cos();
        let shift = self.half_length * self.eccentricity();
        let (x, y) = (x - middle - self.origin.0 + shift * cos, y - middle - self.origin.1 + shift * sin);
        (x * cos + y * sin, y * cos - x * sin)
    }

    /// Distance of a place from the curve.
    fn distance(&self, x: f64, y: f64) -> f64 {
        let (along, across) = self.along_and_across(x, y);
        let (a, b) = (self.half_length, self.half_length / self.ratio);
        let (x, y) = ((along - a * self.eccentricity()).abs(), across.abs());
        // The nearest point by its angle: a coarse search, then a finer one around the best.
        let away = |angle: f64| (a * angle.cos() - x).hypot(b * angle.sin() - y);
        let (mut low, mut high) = (0.0, std::f64::consts::FRAC_PI_2);
        for _ in 0..12 {
            let step = (high - low) / 20.0;
            let best = (0..=20)
                .map(|n| low + step * f64::from(n))
                .min_by(|p, q| away(*p).total_cmp(&away(*q)))
                .expect("twenty");
            (low, high) = ((best - step).max(0.0), (best + step).min(std::f64::consts::FRAC_PI_2));
        }
        away(low.midpoint(high))
    }

    /// Places on the curve, closely spaced.
    fn places(&self) -> Vec<(f64, f64)> {
        let middle = ((2.0 * self.half_length).ceil() + 8.0) / 2.0;
        let (sin, cos) = self.heading_rad.sin_cos();
        let place = |n: u32| {
            let angle = f64::from(n) / 4000.0 * std::f64::consts::TAU;
            let (along, across) =
                (self.half_length * angle.cos(), self.half_length / self.ratio * angle.sin());
            (
                middle + self.origin.0 + along * cos - across * sin,
                middle + self.origin.1 + along * sin + across * cos,
            )
        };
        (0..4000).map(place).collect()
    }
}

/// Relative error of area, farthest contour corner from the curve, and farthest place of the curve from the contour, cells.
#[derive(Clone, Copy, Debug, Default)]
struct Errors {
    area: f64,
    of_contour: f64,
    of_curve: f64,
    points: usize,
}

fn errors(ellipse: &Ellipse, tolerance: Tolerance) -> Errors {
    let (shape, arrival_s) = ellipse.field();
    let burnable = vec![true; shape.len()];
    let field = Field { shape: &shape, arrival_s: &arrival_s, burnable: &burnable };
    let perimeter = outlines(&[(field, TIME_S)], tolerance).remove(0);
    let corners: Vec<(f64, f64)> =
        rings(&perimeter.plane).flat_map(|ring| &ring.0).map(|at| (at.x / 30.0, at.y / 30.0)).collect();
    let lines: Vec<_> = rings(&perimeter.plane).flat_map(|ring| ring.lines()).collect();
    let to_contour = |(x, y): (f64, f64)| {
        let to_line = |line: &geo::Line<f64>| {
            let cells = |at: geo::Coord<f64>| (at.x / 30.0, at.y / 30.0);
            lattice::distance_squared((x, y), cells(line.start), cells(line.end))
        };
        lines.iter().map(to_line).fold(f64::INFINITY, f64::min).sqrt()
    };
    Errors {
        area: perimeter.plane.unsigned_area() / 900.0 / ellipse.area() - 1.0,
        of_contour: corners.iter().map(|at| ellipse.distance(at.0, at.1)).fold(0.0, f64::max),
        of_curve: ellipse.places().into_iter().map(to_contour).fold(0.0, f64::max),
        points: corners.len(),
    }
}

/// The worst over headings and places of the ignition within a cell.
fn worst(length: f64, ratio: f64, tolerance: Tolerance) -> Errors {
    let mut worst = Errors::default();
    for heading_deg in [0.0_f64, 10.0, 22.5, 45.0, 73.0] {
        for origin in [(0.0, 0.0), (0.5, 0.5), (0.31, 0.17)] {
            let ellipse =
                Ellipse { half_length: length / 2.0, ratio, heading_rad: heading_deg.to_radians(), origin };
            let found = errors(&ellipse, tolerance);
            if found.area.abs() > worst.area.abs() {
                worst.area = found.area;
            }
            worst.of_contour = worst.of_contour.max(found.of_contour);
            worst.of_curve = worst.of_curve.max(found.of_curve);
            worst.points = worst.points.max(found.points);
        }
    }
    worst
}

/// Area, %, and farthest curve from the contour, cells: what was measured, rounded up, for fires of 20, 100 and 500 cells.
///
/// The area falls short by about `1 / (6 w^2)`, `w` being the half-width in cells; at the tips, whose radius of curvature is
/// `w / ratio`, the contour ends where the fire is about a cell wide.
#[test]
fn contours_are_of_second_order() {
    let budgets = [
        (1.0, [(0.25, 0.026), (0.008, 0.015), (0.0003, 0.015)]),
        (2.0, [(0.80, 0.10), (0.031, 0.022), (0.0014, 0.015)]),
        (3.0, [(1.75, 0.21), (0.065, 0.042), (0.0027, 0.016)]),
        (5.0, [(4.8, 0.55), (0.175, 0.12), (0.007, 0.026)]),
        (7.0, [(9.0, 0.80), (0.35, 0.24), (0.0135, 0.047)]),
    ];
    for (ratio, by_length) in budgets {
        let mut before = f64::INFINITY;
        for (length, (area_percent, cells)) in [20.0, 100.0, 500.0].into_iter().zip(by_length) {
            let found = worst(length, ratio, Tolerance::OFF);
            let case = format!("ratio {ratio}, {length} cells: {found:?}");
            assert!(100.0 * found.area.abs() < area_percent, "{case}");
            assert!(found.of_contour.max(found.of_curve) < f64::max(cells, 1.01 / 64.0), "{case}");
            // Five times as many cells: a 25th of the error, and better where the tips come into sight.
            assert!(found.area.abs() < before / 20.0, "{case}");
            before = found.area.abs();
        }
    }
}

#[test]
fn simplified_lines_keep_the_area_and_the_tolerance_with_a_tenth_of_the_points() {
    for ratio in [1.0, 3.0, 7.0] {
        let (contour, simplified) =
            (worst(200.0, ratio, Tolerance::OFF), worst(200.0, ratio, Tolerance::Cells(0.2)));
        assert!((contour.area - simplified.area).abs() < 1e-5, "{ratio}: {contour:?} {simplified:?}");
        assert!(simplified.of_contour < contour.of_contour + 0.2, "{ratio}: {simplified:?}");
        assert!(simplified.of_curve < contour.of_curve + 0.2, "{ratio}: {simplified:?}");
        assert!(simplified.points * 10 < contour.points, "{ratio}: {simplified:?}");
    }
}

/// A fire that is narrower than the way between two centres and runs between two rows leaves no contour; from a cell's
/// diagonal on it is one piece whichever way it runs.
#[test]
fn a_narrow_fire_is_one_piece_from_a_cells_diagonal_on() {
    let pieces = |width: f64, heading_deg: f64, offset: f64| {
        let shape = shape(40, 40);
        let (sin, cos) = heading_deg.to_radians().sin_cos();
        let time = |at: usize| {
            let (x, y) = ((at % 40) as f64 - 19.5 + offset, 19.5 - (at / 40) as f64);
            let (along, across) = (x * cos + y * sin, y * cos - x * sin);
            ((across.abs() - width / 2.0).max(along.abs() - 15.0) * 100.0) as f32
        };
        contour(&shape, &(0..shape.len()).map(time).collect::<Vec<_>>(), 0.0).plane.0.len()
    };
    let worst = |width: f64| {
        let turns = (0..=18)
            .flat_map(|turn| [0.0, 0.21, 0.5].map(|offset| pieces(width, 5.0 * f64::from(turn), offset)));
        turns.fold((usize::MAX, 0), |(least, most), pieces| (least.min(pieces), most.max(pieces)))
    };
    assert_eq!(worst(std::f64::consts::SQRT_2), (1, 1));
    let (least, most) = worst(0.9);
    assert!(least == 0 && most > 1, "{least} to {most} pieces");
}
