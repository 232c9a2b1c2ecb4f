//! Where and when a file has weather, without unpacking it.

use firecore::geo::LonLat;
use jiff::Timestamp;

use super::assemble::{Quantity, understood};
use super::{Grib2Error, Grid};

/// How far apart places of a grid are that stand for it, m, where its nodes are closer. Reason: no point inside is further than 36 km from one.
const APART_M: f64 = 50_000.0;

/// Where and when a file has weather.
#[derive(Clone, Debug, PartialEq)]
pub struct Coverage {
    /// The earliest time that a field holds for.
    pub first: Timestamp,
    /// The latest.
    pub last: Timestamp,
    /// Nodes of the first field's grid, 50 km apart or as far as its nodes are, its edges among them.
    pub places: Vec<LonLat>,
}

/// The coverage of a file's bytes.
///
/// **Errors** as [`super::read`], but nothing is unpacked: packed values may be broken.
pub fn coverage(bytes: &[u8]) -> Result<Coverage, Grib2Error> {
    let (fields, _) = understood(bytes)?;
    let weather: Vec<_> = fields.iter().filter(|field| Quantity::of(field).is_some()).collect();
    let times = || weather.iter().map(|field| field.span.valid_at());
    let (Some(lead), Some(first), Some(last)) = (weather.first(), times().min(), times().max()) else {
        return Err(Grib2Error::NoWeather { found: fields.len() });
    };
    Ok(Coverage { first, last, places: places(&lead.grid)? })
}

fn places(grid: &Grid) -> Result<Vec<LonLat>, Grib2Error> {
    let (column, row) = (grid.columns / 2, grid.rows / 2);
    let middle = grid.node(column, row)?;
    let step = |column: usize, row: usize| -> Result<usize, Grib2Error> {
        let apart_m = grid.node(column, row)?.distance_m(middle).max(1.0);
        Ok(((APART_M / apart_m) as usize).max(1))
    };
    let columns = lines(grid.columns, step(column.saturating_sub(1), row)?);
    let rows = lines(grid.rows, step(column, row.saturating_sub(1))?);
    let each = rows.iter().flat_map(|row| columns.iter().map(|column| grid.node(*column, *row)));
    each.collect()
}

/// Every so-many-th line, and the last.
fn lines(count: usize, step: usize) -> Vec<usize> {
    (0..count).step_by(step).filter(|line| line + 1 < count).chain([count - 1]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::weather::grib2::read;

    #[test]
    fn a_files_times_and_places_are_those_of_its_run() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/files/grib2/run.grib2");
        let bytes = std::fs::read(path).unwrap();
        let (found, (run, _)) = (coverage(&bytes).unwrap(), read(&bytes, None).unwrap());
        // The model's ground is told for the start, an hour before the first hour.
        assert_eq!(Some(found.first), run.issued_at);
        assert_eq!(found.last, run.hours[2].valid_at);
        let corners = [0, 11, 96, 107].map(|node: usize| run.nodes[node].place.unwrap());
        assert_eq!(found.places, corners);
        assert!(coverage(b"GRIB").is_err());
    }

    #[test]
    fn lines_have_both_edges() {
        assert_eq!(lines(1, 5), [0]);
        assert_eq!(lines(2, 5), [0, 1]);
        assert_eq!(lines(11, 5), [0, 5, 10]);
        assert_eq!(lines(12, 5), [0, 5, 10, 11]);
    }
}
