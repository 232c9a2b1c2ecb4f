//! Growing on after a change of the weather, beside growing anew.

use std::error::Error;

use firecore::spread::StopToken;
use firecore::spread::front::{Start, Workspace, grow_in, regrow};
use firecore::weather::{Weather, WeatherSeries};

use crate::surface::Surface;
use crate::world::{CELLS, SEED_RADIUS_M, hills, middle, seed, turning_wind};
use crate::{least, median, rounds, timed};

const HOURS: usize = 12;

pub(crate) fn run() -> Result<(), Box<dyn Error>> {
    let rounds = rounds(15)?;
    let landscape = hills(CELLS);
    let weather = whole_hours(turning_wind(&landscape, HOURS));
    let burning = middle(&landscape.shape, SEED_RADIUS_M);
    let (shape, stop) = (&landscape.shape, StopToken::default());
    let mut before = Surface::new(&landscape, &weather);
    let changes_s = before.changes_s(seed().seeded_at);
    let horizon_s = (HOURS * 3600) as f32;
    let start = Start { burning: &burning, burned: &[], changes_s: &changes_s, horizon_s };
    println!("{rounds} rounds; hills, surface fire, {HOURS} h; ms: median (least)\n");
    println!("| new weather from hour | burned cells | grown anew | grown on | gain |");
    println!("| ---: | ---: | ---: | ---: | ---: |");
    for hour in [6, 9, 11] {
        let changed = stronger_from(&weather, hour);
        let mut after = Surface::new(&landscape, &changed);
        let (mut resumable, mut plain) = (Workspace::resumable(), Workspace::default());
        let (mut anew_s, mut on_s, mut cells) = (Vec::new(), Vec::new(), 0);
        for _ in 0..rounds {
            grow_in(&mut resumable, shape, &mut before, &start, &stop)?;
            let from_s = (hour * 3600) as f32;
            let (time_s, on) = timed(|| regrow(&mut resumable, shape, &mut after, &start, from_s, &stop));
            on_s.push(time_s);
            let (time_s, anew) = timed(|| grow_in(&mut plain, shape, &mut after, &start, &stop));
            anew_s.push(time_s);
            let (on, anew) = (on?, anew?);
            if on != anew {
                return Err(format!("hour {hour}: what grew on is not what grew anew").into());
            }
            cells = anew.burned_cells;
        }
        let shown = |times_s: &[f64]| format!("{:.1} ({:.1})", 1e3 * median(times_s), 1e3 * least(times_s));
        let gain = median(&anew_s) / median(&on_s);
        println!("| {hour} | {cells} | {} | {} | **{gain:.1}** |", shown(&anew_s), shown(&on_s));
    }
    println!("\nEvery outcome the same to the last bit.");
    Ok(())
}

/// The same weather with changes at whole hours.
fn whole_hours(mut weather: WeatherSeries) -> WeatherSeries {
    for step in &mut weather.steps {
        step.valid_at += jiff::SignedDuration::from_mins(30);
    }
    weather
}

/// A fifth more wind from an hour on.
fn stronger_from(weather: &WeatherSeries, hour: usize) -> WeatherSeries {
    let stronger = |cell: &Weather| Weather {
        wind_10m_east_m_s: 1.2 * cell.wind_10m_east_m_s,
        wind_10m_north_m_s: 1.2 * cell.wind_10m_north_m_s,
        ..*cell
    };
    let mut changed = weather.clone();
    for step in &mut changed.steps[hour..] {
        step.cells = step.cells.iter().map(stronger).collect();
    }
    changed
}
