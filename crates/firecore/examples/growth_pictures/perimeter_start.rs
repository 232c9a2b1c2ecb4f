//! A fire that begins as a mapped perimeter: lines of equal time run beside its outline, between the cells.

use std::error::Error;

use super::exact::{beside, from_polygon_m};
use super::fire::{HOUR_S, Script, Spell, square};
use super::picture::{Arrow, Isochrone, Mark, Picture};

const CELLS: usize = 48;
const CELL_M: f64 = 50.0;
const SPELL: Spell = Spell { hours: 4.0, heading_m_s: 0.03, length_to_width: 1.0, toward_deg: 0.0 };
const HOURS: [f64; 4] = [1.0, 2.0, 3.0, 4.0];

/// The mapped perimeter, against the clock, metres east and north.
const PERIMETER: [[f64; 2]; 9] = [
    [520.0, 640.0],
    [1130.0, 535.0],
    [1475.0, 905.0],
    [1845.0, 940.0],
    [1730.0, 1610.0],
    [1340.0, 1415.0],
    [1065.0, 1835.0],
    [690.0, 1690.0],
    [610.0, 1180.0],
];

pub(crate) fn picture() -> Result<Picture, Box<dyn Error>> {
    let shape = square(CELLS, CELL_M);
    let burned = Script { shape, spells: &[SPELL], burns: &|_, _| true }.run(&PERIMETER)?;
    let perimeters = burned.isochrones(&HOURS);
    let way_m = |hour: f64| SPELL.heading_m_s * HOUR_S * hour;
    let error = burned.error_cells(SPELL.hours, |place, seconds| {
        from_polygon_m(&PERIMETER, place) - SPELL.heading_m_s * seconds
    });
    Ok(Picture {
        title: "From a mapped perimeter".to_owned(),
        shape,
        cover: Vec::new(),
        isochrones: Isochrone::each(&HOURS, perimeters, |hour| format!("{hour} h")),
        label_ways: vec![[-1.0, 0.1], [1.0, -0.3]],
        label_from: [1100.0, 1150.0],
        exact: HOURS.iter().flat_map(|hour| beside(&PERIMETER, way_m(*hour))).collect(),
        exact_name: "exact: at one\ndistance from\nthe outline",
        marks: vec![Mark::Cells, Mark::Ground(PERIMETER.to_vec())],
        arrows: vec![Arrow::none("no wind")],
        caption: vec![
            format!(
                "Even, level ground without wind, {} m/s in every direction: {} m an hour in cells of {CELL_M} m.",
                SPELL.heading_m_s,
                way_m(1.0),
            ),
            "The ground inside has burned at the start; its outline cuts through cells as it was mapped."
                .to_owned(),
            format!(
                "The front is {:.3} cells from the exact one in the mean of all cells' times, {:.2} at most.",
                error.mean, error.worst
            ),
        ],
    })
}
