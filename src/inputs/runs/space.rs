//! Which of a run's nodes speak for a place, and how much each.

use firecore::geo::{EastNorth, LocalFrame, LonLat};
use georead::weather::WeatherRun;

/// Stations that speak for one place: further ones add little.
const STATIONS_MAX: usize = 6;

/// Furthest that a station speaks for a place, m: weather of the next mountain range is another one.
pub(in crate::inputs) const STATION_M_MAX: f64 = 100_000.0;

/// Nodes further from the fire are never needed, m, and a zone's plane does not reach around the globe.
const PLANE_M_MAX: f64 = 500_000.0;

/// Distance below which a station's own place is meant, m.
const SAME_PLACE_M: f64 = 1.0;

/// How far outside a grid its edge still holds, in cells of the grid.
const BEYOND_CELLS_MAX: f64 = 1.0;

/// Steps of Newton's method in one quadrangle; two suffice on a smooth grid.
const STEPS_MAX: usize = 8;

/// A run's nodes in a frame's plane.
pub(super) struct Nodes {
    places: Vec<Option<EastNorth>>,
    grid: Option<(usize, usize)>,
}

/// Nodes and their weights, which add up to 1.
pub(super) type Weights = Vec<(usize, f64)>;

impl Nodes {
    /// Places in the plane of `frame`, for points around `middle`.
    pub(super) fn new(run: &WeatherRun, frame: &LocalFrame, middle: LonLat) -> Self {
        let far = EastNorth { east_m: f64::INFINITY, north_m: f64::INFINITY };
        let in_plane = |place: LonLat| match place.distance_m(middle) <= PLANE_M_MAX {
            true => frame.to_plane(place),
            false => far,
        };
        let places = run.nodes.iter().map(|node| node.place.map(in_plane)).collect();
        let grid = run.grid.filter(|(rows, cols)| *rows > 1 && *cols > 1 && rows * cols == run.nodes.len());
        Self { places, grid }
    }

    /// Who speaks for a point; nobody where the nearest is too far.
    pub(super) fn speak_for(&self, point: EastNorth) -> Weights {
        match self.grid {
            Some(grid) => self.on_grid(grid, point),
            None => self.by_distance(point),
        }
    }

    /// By the inverse square of the distance. A stream without a place speaks for every point.
    fn by_distance(&self, point: EastNorth) -> Weights {
        let mut near: Vec<(f64, usize)> = Vec::new();
        for (node, place) in self.places.iter().enumerate() {
            let distance_m = place.map_or(0.0, |place| apart_m(place, point));
            if distance_m <= STATION_M_MAX {
                near.push((distance_m, node));
            }
        }
        near.sort_by(|a, b| a.0.total_cmp(&b.0));
        near.truncate(STATIONS_MAX);
        let weight = |distance_m: f64| 1.0 / distance_m.max(SAME_PLACE_M).powi(2);
        let total: f64 = near.iter().map(|(distance_m, _)| weight(*distance_m)).sum();
        near.iter().map(|(distance_m, node)| (*node, weight(*distance_m) / total)).collect()
    }

    /// Bilinear in the quadrangle of neighbours around the point.
    fn on_grid(&self, (rows, cols): (usize, usize), point: EastNorth) -> Weights {
        let Some(nearest) = self.nearest(point) else { return Vec::new() };
        let (row, col) = (nearest / cols, nearest % cols);
        let mut best: Option<(f64, usize, usize, [f64; 2])> = None;
        for top in row.saturating_sub(1)..=row.min(rows - 2) {
            for left in col.saturating_sub(1)..=col.min(cols - 2) {
                let corner = |down: usize, right: usize| self.places[(top + down) * cols + left + right];
                let [Some(a), Some(b), Some(c), Some(d)] =
                    [corner(0, 0), corner(0, 1), corner(1, 0), corner(1, 1)]
                else {
                    continue;
                };
                let Some([x, y]) = inside_quadrangle([a, b, c, d], point) else { continue };
                let beyond = [x, y].iter().map(|share| (share - 0.5).abs() - 0.5).fold(0.0, f64::max);
                if best.is_none_or(|(least, ..)| beyond < least) {
                    best = Some((beyond, top, left, [x, y]));
                }
            }
        }
        let Some((_, top, left, [x, y])) = best.filter(|best| best.0 <= BEYOND_CELLS_MAX) else {
            return Vec::new();
        };
        let (x, y) = (x.clamp(0.0, 1.0), y.clamp(0.0, 1.0));
        let first = top * cols + left;
        vec![
            (first, (1.0 - x) * (1.0 - y)),
            (first + 1, x * (1.0 - y)),
            (first + cols, (1.0 - x) * y),
            (first + cols + 1, x * y),
        ]
    }

    fn nearest(&self, point: EastNorth) -> Option<usize> {
        let places = self.places.iter().enumerate().filter_map(|(node, place)| Some((node, (*place)?)));
        places.min_by(|a, b| apart_m(a.1, point).total_cmp(&apart_m(b.1, point))).map(|(node, _)| node)
    }
}

/// Shares along the rows and down the columns of a point in a quadrangle, by Newton's method; `None` where it has no area.
fn inside_quadrangle([a, b, c, d]: [EastNorth; 4], point: EastNorth) -> Option<[f64; 2]> {
    let (mut x, mut y) = (0.5, 0.5);
    for _ in 0..STEPS_MAX {
        let mix = |value: fn(&EastNorth) -> f64| {
            let (a, b, c, d) = (value(&a), value(&b), value(&c), value(&d));
            let here = (a * (1.0 - x) + b * x) * (1.0 - y) + (c * (1.0 - x) + d * x) * y;
            (here, (b - a) * (1.0 - y) + (d - c) * y, (c - a) * (1.0 - x) + (d - b) * x)
        };
        let (east, east_x, east_y) = mix(|corner| corner.east_m);
        let (north, north_x, north_y) = mix(|corner| corner.north_m);
        let determinant = east_x * north_y - east_y * north_x;
        if determinant == 0.0 || !determinant.is_finite() {
            return None;
        }
        let (east, north) = (point.east_m - east, point.north_m - north);
        x += (east * north_y - east_y * north) / determinant;
        y += (east_x * north - east * north_x) / determinant;
    }
    (x.is_finite() && y.is_finite()).then_some([x, y])
}

fn apart_m(a: EastNorth, b: EastNorth) -> f64 {
    (a.east_m - b.east_m).hypot(a.north_m - b.north_m)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(east_m: f64, north_m: f64) -> EastNorth {
        EastNorth { east_m, north_m }
    }

    /// Two rows of three, a kilometre apart, turned by 20 degrees and sheared.
    fn turned() -> Nodes {
        let (sine, cosine) = 20f64.to_radians().sin_cos();
        let node = |row: usize, col: usize| {
            let (x, y) = (1000.0 * col as f64 + 150.0 * row as f64, -1000.0 * row as f64);
            Some(point(x * cosine - y * sine, x * sine + y * cosine))
        };
        let places = (0..6).map(|place| node(place / 3, place % 3)).collect();
        Nodes { places, grid: Some((2, 3)) }
    }

    #[test]
    fn on_a_grid_the_four_around_a_point_speak_and_give_back_the_point() {
        let nodes = turned();
        let middle = |weights: &[f64]| {
            let mut sum = [0.0, 0.0];
            for (place, weight) in nodes.places.iter().flatten().zip(weights) {
                sum = [sum[0] + place.east_m * weight, sum[1] + place.north_m * weight];
            }
            point(sum[0], sum[1])
        };
        for weights in [
            [0.25, 0.25, 0.0, 0.25, 0.25, 0.0],
            [0.0, 0.12, 0.28, 0.0, 0.18, 0.42],
            [1.0, 0.0, 0.0, 0.0, 0.0, 0.0],
        ] {
            let wanted = middle(&weights);
            let mut found = [0.0; 6];
            nodes.speak_for(wanted).iter().for_each(|(node, weight)| found[*node] += weight);
            for (found, wanted) in found.iter().zip(&weights) {
                assert!((found - wanted).abs() < 1e-9, "{found:?} {wanted:?}");
            }
        }
    }

    #[test]
    fn the_edge_of_a_grid_holds_for_a_cell_beyond_it_and_no_further() {
        let nodes = turned();
        let beyond = |metres: f64| {
            let (sine, cosine) = 20f64.to_radians().sin_cos();
            nodes.speak_for(point((2000.0 + metres) * cosine, (2000.0 + metres) * sine))
        };
        let weight = beyond(900.0).iter().find(|(node, _)| *node == 2).map_or(0.0, |found| found.1);
        assert!((weight - 1.0).abs() < 1e-9);
        assert!(beyond(1100.0).is_empty());
    }

    #[test]
    fn stations_speak_by_the_inverse_square_of_their_distance_and_not_beyond_a_hundred_kilometres() {
        let places = [(0.0, 0.0), (3000.0, 0.0), (500_000.0, 0.0)]
            .map(|(east_m, north_m)| Some(point(east_m, north_m)));
        let nodes = Nodes { places: places.to_vec(), grid: None };
        let weights = nodes.speak_for(point(1000.0, 0.0));
        assert_eq!(weights.len(), 2);
        assert!((weights[0].1 - 0.8).abs() < 1e-12 && weights[0].0 == 0);
        assert!(nodes.speak_for(point(250_000.0, 0.0)).is_empty());
        assert_eq!(Nodes { places: vec![None], grid: None }.speak_for(point(9e9, 0.0)), [(0, 1.0)]);
    }
}
