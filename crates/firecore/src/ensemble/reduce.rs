//! Members' arrival times reduced to percentiles, cell by cell.

use crate::geo::LocalFrame;
use crate::grid::GridShape;
use crate::spread::ArrivalTimes;

/// Order statistics of the members' arrival times: one structure that the perimeters of every lead time are contours of.
#[derive(Clone, Debug, PartialEq)]
pub struct ArrivalPercentiles {
    /// The plane that the grid lies in.
    pub frame: LocalFrame,
    /// Where the cells lie; every vector is row-major over it.
    pub shape: GridShape,
    /// Seconds after the seed by which at least 90 % of the members burned the cell; infinity: not within the horizon.
    pub p10_s: Vec<f32>,
    /// The same for at least 50 % of the members.
    pub p50_s: Vec<f32>,
    /// The same for at least 10 % of the members.
    pub p90_s: Vec<f32>,
    /// Mean fireline intensity of the members whose fire came to the cell, kW/m.
    pub fireline_intensity_kw_m: Vec<f32>,
    /// True where the ground can burn at all.
    pub burnable: Vec<bool>,
}

impl ArrivalPercentiles {
    /// Reduces the members, given in the order of their indices; `None` without a member.
    ///
    /// A cell's pNN is the k-th smallest of the members' arrival times, k being (100 - NN) % of the members rounded up.
    /// The windows of the members may differ; they must lie on one grid.
    pub fn reduce(members: &[ArrivalTimes]) -> Option<Self> {
        let first = members.iter().find(|member| !member.arrival_s.shape.is_empty()).or(members.first())?;
        let shape = union(members, &first.arrival_s.shape);
        let windows: Vec<Window<'_>> = members.iter().map(|member| Window::new(member, &shape)).collect();
        let mut percentiles = Self {
            frame: first.frame.clone(),
            shape,
            p10_s: vec![f32::INFINITY; shape.len()],
            p50_s: vec![f32::INFINITY; shape.len()],
            p90_s: vec![f32::INFINITY; shape.len()],
            fireline_intensity_kw_m: vec![0.0; shape.len()],
            burnable: vec![false; shape.len()],
        };
        let mut times = Vec::with_capacity(members.len());
        for row in 0..shape.rows {
            for col in 0..shape.cols {
                percentiles.reduce_cell(row, col, &windows, &mut times);
            }
        }
        Some(percentiles)
    }

    fn reduce_cell(&mut self, row: usize, col: usize, windows: &[Window<'_>], times: &mut Vec<f32>) {
        times.clear();
        let (mut intensity, mut arrived, mut burnable) = (0.0_f64, 0_u32, false);
        for window in windows {
            let Some(at) = window.index(row, col) else { continue };
            burnable |= window.member.burnable[at];
            let member_kw_m = window.member.fireline_intensity_kw_m[at];
            if member_kw_m > 0.0 {
                intensity += f64::from(member_kw_m);
                arrived += 1;
            }
            times.push(window.member.arrival_s.cells[at]);
        }
        times.sort_unstable_by(f32::total_cmp);
        let cell = self.shape.index(row, col);
        let kth = |share_percent: usize| {
            let rank = (share_percent * windows.len()).div_ceil(100).max(1);
            times.get(rank - 1).copied().unwrap_or(f32::INFINITY)
        };
        self.p10_s[cell] = kth(90);
        self.p50_s[cell] = kth(50);
        self.p90_s[cell] = kth(10);
        self.burnable[cell] = burnable;
        if arrived > 0 {
            self.fireline_intensity_kw_m[cell] = (intensity / f64::from(arrived)) as f32;
        }
    }

    /// Arrival times of a percentile: 10, 50 or 90.
    pub fn percentile_s(&self, percentile: u8) -> &[f32] {
        match percentile {
            10 => &self.p10_s,
            50 => &self.p50_s,
            90 => &self.p90_s,
            _ => panic!("BUG: percentile {percentile} is not kept"),
        }
    }
}

/// A member's window within the union of all.
struct Window<'a> {
    member: &'a ArrivalTimes,
    row: isize,
    col: isize,
}

impl<'a> Window<'a> {
    fn new(member: &'a ArrivalTimes, union: &GridShape) -> Self {
        let shape = &member.arrival_s.shape;
        let cells = |metres: f64| (metres / union.cell_size_m).round() as isize;
        Self { member, row: cells(union.north_m - shape.north_m), col: cells(shape.west_m - union.west_m) }
    }

    fn index(&self, row: usize, col: usize) -> Option<usize> {
        let shape = &self.member.arrival_s.shape;
        let (row, col) = (row as isize - self.row, col as isize - self.col);
        let inside = row >= 0 && col >= 0 && (row as usize) < shape.rows && (col as usize) < shape.cols;
        inside.then(|| shape.index(row as usize, col as usize))
    }
}

/// The smallest window that holds every member's.
fn union(members: &[ArrivalTimes], first: &GridShape) -> GridShape {
    let cell_m = first.cell_size_m;
    let (mut west_m, mut north_m) = (first.west_m, first.north_m);
    let (mut east_m, mut south_m) = far_corner(first);
    for shape in members.iter().map(|member| &member.arrival_s.shape).filter(|shape| !shape.is_empty()) {
        assert!(shape.cell_size_m == cell_m, "BUG: members of one ensemble lie on different grids");
        let (east, south) = far_corner(shape);
        west_m = west_m.min(shape.west_m);
        north_m = north_m.max(shape.north_m);
        east_m = east_m.max(east);
        south_m = south_m.min(south);
    }
    GridShape {
        rows: ((north_m - south_m) / cell_m).round() as usize,
        cols: ((east_m - west_m) / cell_m).round() as usize,
        cell_size_m: cell_m,
        west_m,
        north_m,
    }
}

/// Easting of the eastern and northing of the southern edge, m.
fn far_corner(shape: &GridShape) -> (f64, f64) {
    (
        shape.west_m + shape.cols as f64 * shape.cell_size_m,
        shape.north_m - shape.rows as f64 * shape.cell_size_m,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geo::LonLat;
    use crate::grid::Grid;

    /// A member whose window starts `col` cells east and holds one row of times.
    fn member(col: usize, arrival_s: &[f32]) -> ArrivalTimes {
        let shape = GridShape {
            rows: 1,
            cols: arrival_s.len(),
            cell_size_m: 30.0,
            west_m: 30.0 * col as f64,
            north_m: 0.0,
        };
        ArrivalTimes {
            frame: LocalFrame::at(LonLat::new(-119.0, 34.0).expect("a valid place")),
            arrival_s: Grid { shape, cells: arrival_s.to_vec() },
            fireline_intensity_kw_m: arrival_s
                .iter()
                .map(|time| if time.is_finite() { 500.0 } else { 0.0 })
                .collect(),
            burnable: vec![true; arrival_s.len()],
            edge_reached: false,
            spot_fires: 0,
            embers_refused: 0,
            no_spread: None,
        }
    }

    #[test]
    fn ten_members_give_their_first_fifth_and_ninth_time() {
        let members: Vec<_> = (1..=10).rev().map(|hour| member(0, &[hour as f32])).collect();
        let reduced = ArrivalPercentiles::reduce(&members).expect("ten members");
        assert_eq!((reduced.p90_s[0], reduced.p50_s[0], reduced.p10_s[0]), (1.0, 5.0, 9.0));
    }

    #[test]
    fn a_cell_that_one_of_five_reached_is_in_p90_alone() {
        let far = f32::INFINITY;
        let members: Vec<_> = [far, far, 7.0, far, far].iter().map(|time| member(0, &[*time])).collect();
        let reduced = ArrivalPercentiles::reduce(&members).expect("five members");
        assert_eq!((reduced.p90_s[0], reduced.p50_s[0], reduced.p10_s[0]), (7.0, far, far));
        assert_eq!(reduced.fireline_intensity_kw_m[0], 500.0);
    }

    #[test]
    fn windows_that_differ_are_joined() {
        let members = [member(2, &[1.0, 2.0]), member(0, &[3.0]), member(5, &[])];
        let reduced = ArrivalPercentiles::reduce(&members).expect("three members");
        assert_eq!(reduced.shape.cols, 4);
        assert_eq!(reduced.p90_s, [3.0, f32::INFINITY, 1.0, 2.0]);
        assert!(ArrivalPercentiles::reduce(&[]).is_none());
    }
}
