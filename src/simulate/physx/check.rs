//! What a result must be before it is used: it came from another program, perhaps over a bad wire.
//!
//! A fire spreads from ground to ground: what burns was reached from beside it, from where the fire began, or by an ember. So
//! a cell that burned before all of its neighbours lies where the fire began or is one of the spot fires, and random numbers,
//! stale memory or a shifted grid are told from a fire by the number of such cells.

use firecore::grid::GridShape;
use firecore::ignition::{Perturbation, Seed};
use firecore::landscape::Landscape;
use firecore::spread::ArrivalTimes;

use super::super::Scenario;
use super::super::wire::tile::burned_cells;

/// No fire comes near it, m/s: faster than any wind that is taken. Slips of units and of places are farther off.
const RATE_M_S_MAX: f64 = 100.0;

/// No front is fiercer, kW/m: a hundred times the 100,000 kW/m and more that the fiercest crown fires are put at.
const INTENSITY_KW_M_MAX: f32 = 1e7;

/// How far around a cell one is looked for that burned before it, cells: a long fire may run between its nearest neighbours, so that they
/// burn after it.
const REACH_CELLS: usize = 3;

/// Cells that began without anything around them burning and may have done so by rounding: one in so many of those that burned. Our choice.
const BEGINNINGS_SHARE: f64 = 1e-3;

/// What is wrong with a result, in words; `burned` is how many cells the server says burn.
pub fn fault(
    arrival: &ArrivalTimes,
    burned: u64,
    scenario: &Scenario,
    draws: &Perturbation,
) -> Option<String> {
    let landscape = &scenario.landscape;
    if let Some(fault) = arrival.fault(landscape) {
        return Some(fault);
    }
    let (shape, times) = (&arrival.arrival_s.shape, &arrival.arrival_s.cells);
    let horizon_s = scenario.horizon_s as f32;
    let found = burned_cells(arrival, scenario.horizon_s);
    if found != burned {
        return Some(format!("needed {burned} cells that burn, as the statistics say, found {found}"));
    }
    if burned == 0 && arrival.no_spread.is_none() {
        return Some("needed cells that burn, or why there are none, found neither".to_owned());
    }
    let fiercest = arrival.fireline_intensity_kw_m.iter().map(|found| u32::from(*found > INTENSITY_KW_M_MAX));
    if fiercest.sum::<u32>() > 0 {
        return Some(format!("needed intensities of at most {INTENSITY_KW_M_MAX} kW/m, found higher ones"));
    }
    let on_rock = |(time_s, burns): (&f32, &bool)| u32::from((*time_s <= horizon_s) & !*burns);
    let on_rock: u32 = times.iter().zip(&arrival.burnable).map(on_rock).sum();
    if on_rock > 0 {
        return Some(format!("needed fire on ground that burns, found {on_rock} cells of other ground"));
    }
    let began = Began::of(&scenario.seed, draws, landscape);
    if let Some(fault) = began.beyond(shape, times, scenario.horizon_s) {
        return Some(fault);
    }
    if let Some(fault) = began.first_elsewhere(shape, times, horizon_s) {
        return Some(fault);
    }
    let alone = beginnings(shape, times, horizon_s);
    let alone = alone.into_iter().filter(|at| !began.holds(shape, *at)).count();
    let embers = scenario.physics.embers.map_or(0, |embers| embers.followed_max as usize);
    let allowed =
        arrival.spot_fires.min(embers).saturating_add((BEGINNINGS_SHARE * burned as f64).ceil() as usize);
    (alone > allowed).then(|| {
        format!(
            "needed times that rise away from the start, found {alone} cells that burn before all around them"
        )
    })
}

/// Cells that burn within the horizon, and before all others near them.
///
/// Row by row in lanes: what lies above and below, then beside, then which cells come before all eight; few do.
fn beginnings(shape: &GridShape, times: &[f32], horizon_s: f32) -> Vec<usize> {
    let (rows, cols) = (shape.rows, shape.cols);
    let less = |a: f32, b: f32| if a < b { a } else { b };
    let mut found = Vec::new();
    let nothing = vec![f32::INFINITY; cols];
    let row = |at: usize| if at < rows { &times[at * cols..(at + 1) * cols] } else { &nothing[..] };
    let (mut least, mut first) = (vec![0.0_f32; cols], vec![0_u32; cols.saturating_sub(2)]);
    for at in 0..rows {
        let (above, here, below) = (row(at.wrapping_sub(1)), row(at), row(at + 1));
        for ((least, above), below) in least.iter_mut().zip(above).zip(below) {
            *least = less(*above, *below);
        }
        // The window has a rim that does not burn, but where the landscape ends.
        for col in [0, cols.saturating_sub(1)] {
            if here.get(col).is_some_and(|time_s| *time_s <= horizon_s) {
                found.push(at * cols + col);
            }
        }
        if cols < 3 {
            continue;
        }
        let inner = cols - 2;
        let beside = least[..inner].iter().zip(&least[1..=inner]).zip(&least[2..]);
        let beside = beside.zip(here[..inner].iter().zip(&here[2..]));
        for ((first, time_s), (((a, b), c), (west, east))) in
            first.iter_mut().zip(&here[1..=inner]).zip(beside)
        {
            let around = less(less(less(*a, *b), *c), less(*west, *east));
            *first = u32::from((*time_s <= horizon_s) & (*time_s < around));
        }
        if first.iter().sum::<u32>() > 0 {
            let first = first.iter().enumerate().filter(|(_, first)| **first > 0);
            found.extend(first.map(|(col, _)| at * cols + col + 1));
        }
    }
    found.retain(|at| is_first(shape, times, *at));
    found
}

/// Whether nothing within reach burns before a cell.
fn is_first(shape: &GridShape, times: &[f32], at: usize) -> bool {
    let (row, col) = (at / shape.cols, at % shape.cols);
    let span = |middle: usize, count: usize| {
        middle.saturating_sub(REACH_CELLS)..(middle + REACH_CELLS + 1).min(count)
    };
    let mut near = span(row, shape.rows).flat_map(|row| span(col, shape.cols).map(move |col| (row, col)));
    near.all(|(near_row, near_col)| {
        (near_row, near_col) == (row, col) || times[shape.index(near_row, near_col)] > times[at]
    })
}

/// The least of some times, in lanes: a row's is not waited for number by number.
fn least(times: &[f32]) -> f32 {
    let less = |a: f32, b: f32| if b < a { b } else { a };
    let (eights, rest) = times.as_chunks::<8>();
    let mut lanes = [f32::INFINITY; 8];
    for eight in eights {
        for (lane, time_s) in lanes.iter_mut().zip(eight) {
            *lane = less(*lane, *time_s);
        }
    }
    lanes.iter().chain(rest).copied().fold(f32::INFINITY, less)
}

/// Where the fire may have begun: boxes in the plane, west, south, east, north.
struct Began {
    boxes: Vec<[f64; 4]>,
}

impl Began {
    fn of(seed: &Seed, draws: &Perturbation, landscape: &Landscape) -> Self {
        let (frame, cell_m) = (&landscape.frame, landscape.shape.cell_size_m);
        let discs = seed.burning.iter().enumerate().map(|(at, ignition)| {
            let [east_m, north_m] = draws.shift_m(at);
            let middle = frame.to_plane(ignition.position);
            // Joined ground reaches between discs, and one without fuel is sought beside.
            let reach_m = ignition.radius_m + ignition.gap_m + 2.0 * ignition.position_sd_m + 2.0 * cell_m;
            around(middle.east_m + east_m, middle.north_m + north_m, reach_m)
        });
        let outlines = seed.outlines.iter().enumerate().map(|(at, outline)| {
            let [east_m, north_m] = draws.shift_m(seed.burning.len() + at);
            let places = outline.places().map(|place| {
                let at = frame.to_plane(place);
                around(at.east_m + east_m, at.north_m + north_m, 2.0 * cell_m)
            });
            places.reduce(union).unwrap_or([0.0; 4])
        });
        // Burned ground counts as burned from the start on, and does not move.
        let burned = seed.burned.iter().map(|ignition| {
            let middle = frame.to_plane(ignition.position);
            around(middle.east_m, middle.north_m, ignition.radius_m + ignition.gap_m + 2.0 * cell_m)
        });
        Self { boxes: discs.chain(outlines).chain(burned).collect() }
    }

    fn holds(&self, shape: &GridShape, at: usize) -> bool {
        let centre = shape.centre(at / shape.cols, at % shape.cols);
        let inside = |[west, south, east, north]: &[f64; 4]| {
            (*west..=*east).contains(&centre.east_m) && (*south..=*north).contains(&centre.north_m)
        };
        self.boxes.iter().any(inside)
    }

    /// What burns first, or by 0 s, and not where the fire began.
    fn first_elsewhere(&self, shape: &GridShape, times: &[f32], horizon_s: f32) -> Option<String> {
        let rows = || times.chunks_exact(shape.cols.max(1)).enumerate();
        // A row that has nothing early is not looked at again.
        let least_of_rows: Vec<f32> = rows().map(|(_, row)| least(row)).collect();
        let first_s = least(&least_of_rows);
        if first_s > horizon_s {
            return None;
        }
        let early = |time_s: f32| time_s <= 0.0 || time_s == first_s;
        let mut cells = rows().filter(|(row, _)| early(least_of_rows[*row])).flat_map(|(row, times)| {
            let found = times.iter().enumerate().filter(|(_, time_s)| early(**time_s));
            found.map(move |(col, time_s)| (row * shape.cols + col, *time_s))
        });
        // Of several that come first one may be where the fire began, and that will do.
        let mut first_is_there = false;
        let wrong = cells.find(|(at, time_s)| {
            let began = self.holds(shape, *at);
            first_is_there |= began && *time_s == first_s;
            !began && *time_s <= 0.0
        });
        match wrong {
            Some((_, time_s)) => {
                Some(format!("needed times after 0 s beyond the fire's start, found {time_s} s"))
            }
            None if !first_is_there => Some(format!(
                "needed a fire that begins at its start, found the first time, {first_s} s, elsewhere"
            )),
            None => None,
        }
    }

    /// What burns farther from the start than any fire comes.
    fn beyond(&self, shape: &GridShape, times: &[f32], horizon_s: u32) -> Option<String> {
        let [west, south, east, north] = self.boxes.iter().copied().reduce(union)?;
        let reach_m = RATE_M_S_MAX * f64::from(horizon_s) + 2.0 * shape.cell_size_m;
        let burned = |row: usize, col: usize| times[shape.index(row, col)] <= horizon_s as f32;
        let span_m = |count: usize| count as f64 * shape.cell_size_m;
        let window = [
            shape.west_m,
            shape.north_m - span_m(shape.rows),
            shape.west_m + span_m(shape.cols),
            shape.north_m,
        ];
        let bound = [west - reach_m, south - reach_m, east + reach_m, north + reach_m];
        if union(window, bound) == bound {
            return None;
        }
        let outside = |row: usize, col: usize| {
            let centre = shape.centre(row, col);
            centre.east_m < bound[0]
                || centre.north_m < bound[1]
                || centre.east_m > bound[2]
                || centre.north_m > bound[3]
        };
        let mut cells = (0..shape.rows).flat_map(|row| (0..shape.cols).map(move |col| (row, col)));
        let (row, col) = cells.find(|(row, col)| burned(*row, *col) && outside(*row, *col))?;
        let centre = shape.centre(row, col);
        Some(format!(
            "needed fire within {reach_m} m of its start, found some at {:.0} m east, {:.0} m north",
            centre.east_m, centre.north_m
        ))
    }
}

fn around(east_m: f64, north_m: f64, reach_m: f64) -> [f64; 4] {
    [east_m - reach_m, north_m - reach_m, east_m + reach_m, north_m + reach_m]
}

fn union(a: [f64; 4], b: [f64; 4]) -> [f64; 4] {
    [a[0].min(b[0]), a[1].min(b[1]), a[2].max(b[2]), a[3].max(b[3])]
}

#[cfg(test)]
mod tests;
