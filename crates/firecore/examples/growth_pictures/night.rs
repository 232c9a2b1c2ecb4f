//! A night in which the front stands, and the morning after.

use std::error::Error;

use firecore::spread::front::RATE_OF_SPREAD_MIN_M_S;

use super::exact::{area_ha, outside_m, sum_of_ellipses};
use super::fire::{Script, Spell, square};
use super::picture::{Arrow, Isochrone, Mark, Picture};

const CELLS: usize = 140;
const CELL_M: f64 = 20.0;
const POINT: [f64; 2] = [530.0, 590.0];

/// Head, length-to-width ratio and direction of each hour from 18:00; 0 where the air is too moist for any fire.
const HOURLY: [(f64, f64, f64); 15] = [
    (0.22, 2.5, 70.0),
    (0.16, 2.2, 70.0),
    (0.08, 1.8, 75.0),
    (0.02, 1.3, 80.0),
    (0.004, 1.0, 80.0),
    (0.0, 1.0, 0.0),
    (0.0, 1.0, 0.0),
    (0.0, 1.0, 0.0),
    (0.0, 1.0, 0.0),
    (0.0, 1.0, 0.0),
    (0.0, 1.0, 0.0),
    (0.004, 1.0, 0.0),
    (0.03, 1.4, 20.0),
    (0.10, 2.0, 15.0),
    (0.20, 2.5, 10.0),
];
const EVENING_HOUR: usize = 18;

pub(crate) fn picture() -> Result<Picture, Box<dyn Error>> {
    let spells: Vec<Spell> = HOURLY
        .iter()
        .map(|(heading_m_s, length_to_width, toward_deg)| Spell {
            hours: 1.0,
            heading_m_s: *heading_m_s,
            length_to_width: *length_to_width,
            toward_deg: *toward_deg,
        })
        .collect();
    let hours: Vec<f64> = (1..=HOURLY.len()).map(|hour| hour as f64).collect();
    let shape = square(CELLS, CELL_M);
    let burned = Script { shape, spells: &spells, burns: &|_, _| true }.run(&[POINT])?;
    let perimeters = burned.isochrones(&hours);
    let all_hours = HOURLY.len() as f64;
    let error = burned.error_cells(all_hours, |place, seconds| outside_m(POINT, &spells, seconds, place));
    let exact_ha = |hour: f64| area_ha(&sum_of_ellipses(POINT, &spells, hour, 3600));
    let off_percent = |of: std::ops::Range<usize>| {
        let off = |at: usize| (100.0 * (perimeters[at].plane_area_ha() / exact_ha(hours[at]) - 1.0)).abs();
        of.map(off).fold(0.0, f64::max)
    };
    let (moving, stands) = (off_percent(0..4).max(off_percent(12..hours.len())), off_percent(4..12));
    let standing = HOURLY.iter().filter(|hour| hour.0 == 0.0).count();
    let clock = |hour: f64| format!("{:02}:00", (EVENING_HOUR + hour as usize) % 24);
    Ok(Picture {
        title: "A night without spread".to_owned(),
        shape,
        cover: Vec::new(),
        isochrones: Isochrone::each(&hours, perimeters, clock),
        label_ways: vec![[0.93, 0.36]],
        label_from: POINT,
        exact: hours.iter().map(|hour| sum_of_ellipses(POINT, &spells, *hour, 120)).collect(),
        exact_name: "exact: sum of\nthe hours'\nellipses",
        marks: vec![Mark::Point(POINT)],
        arrows: vec![Arrow::wind(70.0, "wind, evening"), Arrow::wind(15.0, "wind, morning")],
        caption: vec![
            format!(
                "Even, level ground, a weather step each hour from {EVENING_HOUR}:00. Heads of 0.22 m/s at 18:00 falling to 0.004 at 22:00, {standing} hours below {RATE_OF_SPREAD_MIN_M_S} m/s"
            ),
            "(what counts as standing), from 05:00 on 0.004, 0.03, 0.10 and 0.20 m/s under another wind; length-to-width 1 to 2.5.".to_owned(),
            format!("Cells of {CELL_M} m. The front is {:.3} cells from the exact one in the mean of all cells' times, {:.2} at most. Areas are within {moving:.1} % while it moves; at night, when a line is known to a cell only, within {stands:.1} %.", error.mean, error.worst),
        ],
    })
}
