//! Members' arrival times reduced to percentiles, cell by cell.

use crate::geo::LocalFrame;
use crate::grid::GridShape;

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
    /// Mean fireline intensity of the members that burned the cell, kW/m.
    pub fireline_intensity_kw_m: Vec<f32>,
    /// True where the ground can burn at all.
    pub burnable: Vec<bool>,
}
