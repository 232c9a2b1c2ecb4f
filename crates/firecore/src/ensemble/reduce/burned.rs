//! How many members burned each cell by each lead time: exact, whatever their number.

use crate::grid::GridShape;

/// Counts of members, over the grid of the percentiles.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BurnCounts {
    /// Number of members.
    pub members: u32,
    /// Lead times, s, rising.
    pub lead_times_s: Vec<u32>,
    /// For each lead time and cell, row-major, the members that burned it.
    pub counts: Vec<Vec<u16>>,
}

impl BurnCounts {
    /// Members that burned a cell by each lead time; of one that cannot burn, the most that burned one of the eight around.
    pub fn at(&self, shape: &GridShape, burnable: &[bool], (row, col): (usize, usize)) -> Vec<u16> {
        let own = shape.index(row, col);
        let rows = row.saturating_sub(1)..(row + 2).min(shape.rows);
        let around = rows.flat_map(|row| {
            (col.saturating_sub(1)..(col + 2).min(shape.cols)).map(move |col| shape.index(row, col))
        });
        let cells: Vec<usize> = if burnable[own] { vec![own] } else { around.collect() };
        let most = |counts: &Vec<u16>| cells.iter().map(|cell| counts[*cell]).max().unwrap_or(0);
        self.counts.iter().map(most).collect()
    }
}
