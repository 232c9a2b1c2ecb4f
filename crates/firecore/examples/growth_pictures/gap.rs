//! A barrier with a gap: behind it the fire spreads from the gap's ends.

use std::error::Error;
use std::f64::consts::{PI, TAU};

use super::exact::{Line, reach_m};
use super::fire::{HOUR_S, Script, Spell, square};
use super::picture::{Arrow, Cover, Isochrone, Mark, Picture};

const CELLS: usize = 240;
const CELL_M: f64 = 20.0;
const POINT: [f64; 2] = [2110.0, 1010.0];
/// Rows of the barrier, and the columns of its gap.
const BARRIER: std::ops::Range<usize> = 148..151;
const GAP: std::ops::Range<usize> = 94..117;
const SPELL: Spell = Spell { hours: 8.0, heading_m_s: 0.11, length_to_width: 1.4, toward_deg: 30.0 };

/// The barrier's southern edge and the gap's ends on its northern one: the fire sees what lies between these.
const SOUTH_M: f64 = (CELLS - BARRIER.end) as f64 * CELL_M;
const NORTH_M: f64 = (CELLS - BARRIER.start) as f64 * CELL_M;
const ENDS: [[f64; 2]; 2] = [[GAP.start as f64 * CELL_M, NORTH_M], [GAP.end as f64 * CELL_M, NORTH_M]];

fn burns(row: usize, col: usize) -> bool {
    !BARRIER.contains(&row) || GAP.contains(&col)
}

pub(crate) fn picture() -> Result<Picture, Box<dyn Error>> {
    let shape = square(CELLS, CELL_M);
    let hours: Vec<f64> = (1..=SPELL.hours as usize).map(|hour| hour as f64).collect();
    let burned = Script { shape, spells: &[SPELL], burns: &burns }.run(&[POINT])?;
    let perimeters = burned.isochrones(&hours);
    let lines: Vec<Vec<Line>> = hours.iter().map(|hour| exact(*hour * HOUR_S)).collect();
    let error =
        burned.error_cells(SPELL.hours, |place, seconds| SPELL.heading_m_s * (seconds - exact_s(place)));
    let cover = (0..shape.len()).map(|at| match burns(at / CELLS, at % CELLS) {
        true => Cover::Fuel,
        false => Cover::Bare,
    });
    Ok(Picture {
        title: "Through a gap in a barrier".to_owned(),
        shape,
        cover: cover.collect(),
        isochrones: Isochrone::each(&hours, perimeters, |hour| format!("{hour} h")),
        label_ways: vec![[0.0, 1.0], [0.0, -1.0]],
        label_from: POINT,
        exact: lines.into_iter().flatten().collect(),
        exact_name: "exact: ellipses\nfrom the begin and\nthe gap's ends",
        marks: vec![
            Mark::Ray(POINT, beyond(ENDS[0])),
            Mark::Ray(POINT, beyond(ENDS[1])),
            Mark::Point(POINT),
        ],
        arrows: vec![Arrow::wind(SPELL.toward_deg, "wind")],
        caption: vec![
            format!(
                "Even, level ground. Head {} m/s toward {} degrees, length-to-width {}. A barrier {} m wide with a gap of {} m.",
                SPELL.heading_m_s, SPELL.toward_deg, SPELL.length_to_width,
                BARRIER.len() as f64 * CELL_M, GAP.len() as f64 * CELL_M,
            ),
            "Beyond it the fire seems to come from where it began as far as that is in sight (thin lines), else from the gap's ends.".to_owned(),
            format!("Cells of {CELL_M} m. The front is {:.3} cells of the head's way from the exact one in the mean of all cells' times, {:.2} at most.", error.mean, error.worst),
        ],
    })
}

/// The fire's edge at a time: an ellipse where the fire sees the ground, two more around the gap's ends behind the barrier.
fn exact(seconds: f64) -> Vec<Line> {
    let mut seen: Vec<Line> = vec![Vec::new()];
    for step in 0..=360 {
        // From due west on against the clock: the line begins and ends beside the barrier.
        let turn = PI + TAU * f64::from(step) / 360.0;
        let direction = [turn.cos(), turn.sin()];
        let reach = reach_m(&SPELL, 0.0, [0.0; 2], direction, seconds).unwrap_or_default();
        let place = [POINT[0] + reach * direction[0], POINT[1] + reach * direction[1]];
        match in_sight(place) {
            true => seen.last_mut().expect("there is always one").push(place),
            false => seen.push(Vec::new()),
        }
    }
    for (end, (from, to)) in ENDS.into_iter().zip([(None, PI), (Some(0.0), 0.0)]) {
        let come = [end[0] - POINT[0], end[1] - POINT[1]];
        let grazing = come[1].atan2(come[0]);
        let (from, to) = (from.unwrap_or(grazing), if from.is_some() { grazing } else { to });
        let mut arc = Vec::new();
        for step in 0..=60 {
            let turn = from + (to - from) * f64::from(step) / 60.0;
            let direction = [turn.cos(), turn.sin()];
            let reach = reach_m(&SPELL, come[0].hypot(come[1]), come, direction, seconds);
            arc.extend(reach.map(|reach| [end[0] + reach * direction[0], end[1] + reach * direction[1]]));
        }
        seen.push(arc);
    }
    seen.retain(|line| line.len() > 1);
    seen
}

/// Whether nothing of the barrier lies between the fire's begin and a place.
fn in_sight(place: [f64; 2]) -> bool {
    let east_at =
        |north_m: f64| POINT[0] + (place[0] - POINT[0]) * (north_m - POINT[1]) / (place[1] - POINT[1]);
    let open = |north_m: f64| place[1] <= north_m || (ENDS[0][0]..=ENDS[1][0]).contains(&east_at(north_m));
    open(SOUTH_M) && open(NORTH_M)
}

/// A place on the line from the fire's begin past an end of the gap.
fn beyond(end: [f64; 2]) -> [f64; 2] {
    let share = (CELLS as f64 * CELL_M - POINT[1]) / (end[1] - POINT[1]);
    [POINT[0] + share * (end[0] - POINT[0]), POINT[1] + share * (end[1] - POINT[1])]
}

/// When a place burns, s.
fn exact_s(place: [f64; 2]) -> f64 {
    let cost = SPELL.cost();
    let length_m = |from: [f64; 2], to: [f64; 2]| (to[0] - from[0]).hypot(to[1] - from[1]);
    let around = ENDS.map(|end| length_m(POINT, end) + length_m(end, place));
    let way_m = if in_sight(place) { length_m(POINT, place) } else { around[0].min(around[1]) };
    f64::from(cost.slowness_s_m) * way_m
        + f64::from(cost.drift_east_s_m) * (place[0] - POINT[0])
        + f64::from(cost.drift_north_s_m) * (place[1] - POINT[1])
}
