use geo::{Coord, LineString, MultiPolygon, Point, Polygon};

use super::*;

const CELL_M: f64 = 30.0;

fn lattice() -> Lattice {
    let start = LonLat::new(-119.0, 34.0).unwrap();
    Lattice::new(LocalFrame::at(start), CELL_M, (500_010.0, 3_700_000.0), start)
}

/// Longitude and latitude of a place in cells southward and eastward.
fn corner(lattice: &Lattice, [south, east]: [f64; 2]) -> Coord<f64> {
    let place = lattice.frame.to_lon_lat(EastNorth {
        east_m: lattice.west_m + east * CELL_M,
        north_m: lattice.north_m - south * CELL_M,
    });
    Coord { x: place.lon_deg(), y: place.lat_deg() }
}

fn ring(lattice: &Lattice, corners: &[[f64; 2]]) -> LineString<f64> {
    corners.iter().chain(corners.first()).map(|at| corner(lattice, *at)).collect()
}

fn cells(footprint: &Footprint) -> Vec<(i32, i32)> {
    footprint.spans.iter().flat_map(|span| (span.first..=span.last).map(|col| (span.row, col))).collect()
}

#[test]
fn the_start_lies_in_the_first_cell_whatever_window_the_lattice_was_made_of() {
    let start = LonLat::new(-119.0, 34.0).unwrap();
    let frame = LocalFrame::at(start);
    let [south, east] = lattice().in_cells(frame.to_plane(start));
    assert!((0.0..1.0).contains(&south) && (0.0..1.0).contains(&east), "{south} {east}");
    let other = Lattice::new(frame, CELL_M, (500_010.0 - 71.0 * CELL_M, 3_700_000.0 + 1e-7), start);
    assert_eq!(other, lattice());
    assert_eq!(lattice().cell_from(lattice().west_m - 60.0, lattice().north_m - 90.0), (3, -2));
}

#[test]
fn a_point_keeps_its_place_within_its_cell() {
    let lattice = lattice();
    let at = corner(&lattice, [12.25, -7.75]);
    let footprint = Footprint::of(&Point::from(at).into(), &lattice);
    assert!(footprint.spans.is_empty());
    let [[south, east]] = footprint.points[..] else { panic!("{footprint:?}") };
    assert!((south - 12.25).abs() < 1e-3 && (east + 7.75).abs() < 1e-3, "{south} {east}");
}

#[test]
fn a_line_has_every_cell_that_it_crosses_and_no_other() {
    let lattice = lattice();
    for (from, to) in [([0.5, 0.5], [9.3, 40.2]), ([5.2, 3.1], [-80.7, 2.9]), ([3.4, -9.6], [3.4, 9.6])] {
        let line: LineString<f64> = [from, to].iter().map(|at| corner(&lattice, *at)).collect();
        let found = cells(&Footprint::of(&line.into(), &lattice));
        let steps = 200_000;
        let mut passed: Vec<(i32, i32)> = (0..=steps)
            .map(|step| f64::from(step) / f64::from(steps))
            .map(|share| [0, 1].map(|axis| from[axis] + share * (to[axis] - from[axis])))
            .map(|at| (at[0].floor() as i32, at[1].floor() as i32))
            .collect();
        passed.sort_unstable();
        passed.dedup();
        // A corner that is cut by less than a step may be in one of the two alone.
        let apart = found.iter().filter(|cell| !passed.contains(cell)).count()
            + passed.iter().filter(|cell| !found.contains(cell)).count();
        assert!(apart <= 1, "{from:?} {to:?}: {apart} cells differ");
    }
}

#[test]
fn a_polygon_has_its_inside_less_its_holes() {
    let lattice = lattice();
    let exterior = ring(&lattice, &[[-20.5, -30.5], [-18.2, 25.3], [30.4, 41.7], [22.1, -12.6]]);
    let hole = ring(&lattice, &[[-5.5, -5.5], [-5.5, 6.5], [8.5, 6.5], [8.5, -5.5]]);
    let far = ring(&lattice, &[[60.5, 60.5], [60.5, 70.5], [65.5, 70.5], [65.5, 60.5]]);
    let shape = MultiPolygon(vec![Polygon::new(exterior, vec![hole]), Polygon::new(far, Vec::new())]);
    let found = cells(&Footprint::of(&shape.clone().into(), &lattice));
    let (mut edges, mut areas) = (Vec::new(), Vec::new());
    assert!(shape::take_apart(&shape.into(), 0, &mut edges, &mut areas).is_ok());
    let mut crossed = Vec::new();
    edges.iter().for_each(|edge| {
        trace(edge, &lattice, &mut |from, to| cross(from, to, &mut crossed));
    });
    for row in -30..80 {
        for col in -40..80 {
            let centre_inside = areas.iter().any(|area| area.contains(lattice.centre(row, col)));
            let is_crossed =
                crossed.iter().any(|span| span.row == row && (span.first..=span.last).contains(&col));
            assert_eq!(found.contains(&(row, col)), centre_inside || is_crossed, "({row}, {col})");
        }
    }
    assert!(!found.contains(&(1, 1)) && found.contains(&(-12, 0)) && found.contains(&(62, 65)));
}

#[test]
fn a_polygon_around_all_that_is_in_reach_covers_it() {
    let start = LonLat::new(-119.0, 34.0).unwrap();
    let lattice = Lattice::new(LocalFrame::at(start), 2_000.0, (0.0, 0.0), start);
    assert_eq!(lattice.reach, 100);
    let country = Polygon::new(
        LineString::from(vec![
            (-130.0, 25.0),
            (-105.0, 25.0),
            (-105.0, 45.0),
            (-130.0, 45.0),
            (-130.0, 25.0),
        ]),
        Vec::new(),
    );
    let found = Footprint::of(&country.into(), &lattice);
    assert_eq!(found.spans.len(), 201);
    assert!(found.spans.iter().all(|span| (span.first, span.last) == (-100, 100)));
    let elsewhere = Point::new(10.0, 50.0);
    assert_eq!(Footprint::of(&elsewhere.into(), &lattice), Footprint::default());
}
