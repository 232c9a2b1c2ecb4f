//! A wind that turns: the flank becomes the head.

use std::error::Error;

use super::exact::{outside_m, sum_of_ellipses};
use super::fire::{Script, Spell, square};
use super::picture::{Arrow, Isochrone, Mark, Picture};

const CELLS: usize = 180;
const CELL_M: f64 = 30.0;
const POINT: [f64; 2] = [705.0, 3045.0];
const SPELLS: [Spell; 2] = [
    Spell { hours: 3.0, heading_m_s: 0.30, length_to_width: 3.0, toward_deg: 60.0 },
    Spell { hours: 3.0, heading_m_s: 0.25, length_to_width: 2.5, toward_deg: 150.0 },
];
const HOURS: [f64; 6] = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];

pub(crate) fn picture() -> Result<Picture, Box<dyn Error>> {
    let shape = square(CELLS, CELL_M);
    let burned = Script { shape, spells: &SPELLS, burns: &|_, _| true }.run(&[POINT])?;
    let perimeters = burned.isochrones(&HOURS);
    let error = burned.error_cells(6.0, |place, seconds| outside_m(POINT, &SPELLS, seconds, place));
    let [first, second] = SPELLS;
    Ok(Picture {
        title: "The wind turns: the flank becomes the head".to_owned(),
        shape,
        cover: Vec::new(),
        isochrones: Isochrone::each(&HOURS, perimeters, |hour| format!("{hour} h")),
        label_ways: vec![[0.2, -1.0], [0.87, 0.5]],
        label_from: POINT,
        exact: HOURS.iter().map(|hour| sum_of_ellipses(POINT, &SPELLS, *hour, 120)).collect(),
        exact_name: "exact: sum of\nthe ellipses of\nboth spells",
        marks: vec![Mark::Point(POINT)],
        arrows: vec![
            Arrow::wind(first.toward_deg, "wind, 0 to 3 h"),
            Arrow::wind(second.toward_deg, "wind, 3 to 6 h"),
        ],
        caption: vec![
            format!(
                "Even, level ground. Head {} m/s toward {} degrees at length-to-width {} for {} h, then {} m/s toward {} degrees at {} for {} h.",
                first.heading_m_s,
                first.toward_deg,
                first.length_to_width,
                first.hours,
                second.heading_m_s,
                second.toward_deg,
                second.length_to_width,
                second.hours,
            ),
            format!(
                "Cells of {CELL_M} m. The front is {:.3} cells from the exact one in the mean of all cells' times, {:.2} at most.",
                error.mean, error.worst
            ),
        ],
    })
}
