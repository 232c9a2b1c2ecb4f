//! A hundred members to three nested perimeters, as a forecast goes: drawn, grown, reduced, outlined.

use std::error::Error;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use firecore::detection::ClusterId;
use firecore::ensemble::reduce::{EXACT_MEMBERS_MAX, Reducer};
use firecore::ensemble::{MemberIndex, MemberPlan, PerturbationSettings, RngSeed};
use firecore::ignition::{Perturbation, Seed};
use firecore::landscape::Landscape;
use firecore::perimeter::{Field, Perimeter, Tolerance, outlines};
use firecore::spread::front::Workspace;
use firecore::spread::{ArrivalTimes, Physics, Scene, StopToken, Stopped, Tables, spread_in};
use firecore::weather::WeatherSeries;

use crate::world::{CELLS, hills, seed, turning_wind};
use crate::{least, median, rounds, timed};

const MEMBERS: u32 = 100;
const HOURS: u32 = 17;

/// What every member shares.
pub(crate) struct Forecast<'a> {
    pub(crate) seed: &'a Seed,
    pub(crate) landscape: &'a Landscape,
    pub(crate) weather: &'a WeatherSeries,
    pub(crate) horizon_s: u32,
}

/// What came of a member, in numbers.
#[derive(Clone, Copy, Default)]
pub(crate) struct Tally {
    pub(crate) cells: usize,
    pub(crate) at_the_edge: usize,
}

pub(crate) fn run() -> Result<(), Box<dyn Error>> {
    let rounds = rounds(5)?;
    let landscape = hills(2 * CELLS);
    let weather = turning_wind(&landscape, HOURS as usize);
    let seed = seed();
    let forecast =
        Forecast { seed: &seed, landscape: &landscape, weather: &weather, horizon_s: 3600 * HOURS };
    let names = [
        "solved, 1 thread",
        "solved, 2 threads",
        "to three perimeters, 1 thread",
        "to three perimeters, 2 threads",
    ];
    let mut times_s = names.map(|_| Vec::new());
    let (mut tally, mut areas_ha) = (Tally::default(), Vec::new());
    for _ in 0..rounds {
        for (at, threads) in [1, 2].into_iter().enumerate() {
            let (time_s, outcome) = timed(|| forecast.solve(&members(&seed), threads, |_, _| ()));
            times_s[at].push(time_s);
            tally = outcome?;
            let (time_s, perimeters) = timed(|| forecast.perimeters(&members(&seed), threads));
            times_s[at + 2].push(time_s);
            areas_ha = perimeters?.1.iter().map(Perimeter::plane_area_ha).collect();
        }
    }
    println!(
        "{rounds} rounds; hills, surface fire, {HOURS} h: {MEMBERS} members of {} cells in the mean, {} at the grid's edge\n",
        tally.cells / MEMBERS as usize,
        tally.at_the_edge
    );
    println!("| what | s: median | least |\n| --- | ---: | ---: |");
    for (name, times_s) in names.iter().zip(&times_s) {
        println!("| {name} | {:.2} | {:.2} |", median(times_s), least(times_s));
    }
    let scaling = |of: fn(&[f64]) -> f64| of(&times_s[0]) / of(&times_s[1]);
    println!(
        "\nTwo threads solve {:.2} times as fast as one ({:.2} by the least times).",
        scaling(median),
        scaling(least)
    );
    println!("p10, p50, p90: {} ha.", shown_ha(&areas_ha));
    Ok(())
}

fn shown_ha(areas_ha: &[f64]) -> String {
    areas_ha.iter().map(|area| format!("{area:.0}")).collect::<Vec<_>>().join(", ")
}

/// As the service draws them, with the usual settings.
fn members(seed: &Seed) -> Vec<Perturbation> {
    let cluster = ClusterId(uuid::Uuid::from_u128(1));
    let rng_seed = |index| RngSeed { cluster, version: 1, member: MemberIndex(index) };
    let draw = |index| MemberPlan::draw(rng_seed(index), seed, &PerturbationSettings::default()).perturbation;
    (0..MEMBERS).map(draw).collect()
}

impl Forecast<'_> {
    /// Grows every member by surface fire alone and hands it over with its index, from any thread.
    pub(crate) fn solve(
        &self,
        members: &[Perturbation],
        threads: usize,
        finished: impl Fn(MemberIndex, ArrivalTimes) + Sync,
    ) -> Result<Tally, Stopped> {
        let Forecast { seed, landscape, weather, horizon_s } = *self;
        let (next, tally) = (AtomicUsize::new(0), Mutex::new(Tally::default()));
        // As the service does: tables shared by all members, memory by those of a thread.
        let tables = Tables::of(landscape, weather);
        let scene = Scene { landscape, weather, tables: &tables };
        let work = || -> Result<(), Stopped> {
            let (stop, mut workspace) = (StopToken::default(), Workspace::default());
            while let Some((index, member)) = take(members, &next) {
                let arrival =
                    spread_in(&mut workspace, scene, seed, member, &Physics::SURFACE, horizon_s, &stop)?;
                let burned = |time_s: &&f32| **time_s <= horizon_s as f32;
                let cells = arrival.arrival_s.cells.iter().filter(burned).count();
                let mut tally = tally.lock().unwrap_or_else(PoisonError::into_inner);
                tally.cells += cells;
                tally.at_the_edge += usize::from(arrival.edge_reached);
                drop(tally);
                finished(index, arrival);
            }
            Ok(())
        };
        thread::scope(|scope| {
            let running: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
            running.into_iter().try_for_each(|thread| thread.join().expect("BUG: a member panicked"))
        })?;
        Ok(tally.into_inner().unwrap_or_else(PoisonError::into_inner))
    }

    /// The three perimeters at the horizon: each member goes into the reducer when it is finished, and is dropped.
    pub(crate) fn perimeters(
        &self,
        members: &[Perturbation],
        threads: usize,
    ) -> Result<(Tally, Vec<Perimeter>), Stopped> {
        let reducer = Mutex::new(Reducer::new(self.horizon_s, EXACT_MEMBERS_MAX));
        let tally = self.solve(members, threads, |index, arrival| {
            reducer.lock().unwrap_or_else(PoisonError::into_inner).add(index, &arrival);
        })?;
        let reducer = reducer.into_inner().unwrap_or_else(PoisonError::into_inner);
        let stripes = thread::scope(|scope| {
            let part = |part| {
                scope.spawn({
                    let reducer = &reducer;
                    move || reducer.stripe(None, part, threads)
                })
            };
            let parts: Vec<_> = (0..threads).map(part).collect();
            parts.into_iter().map(|part| part.join().expect("BUG: the reduction panicked")).collect()
        });
        let reduced = reducer.join(None, stripes).expect("BUG: there are members").arrival;
        let field = |percentile| Field {
            shape: &reduced.shape,
            arrival_s: reduced.percentile_s(percentile),
            burnable: &reduced.burnable,
        };
        let levels = [10, 50, 90].map(|percentile| (field(percentile), self.horizon_s as f32));
        Ok((tally, outlines(&levels, Tolerance::default())))
    }
}

fn take<'a>(members: &'a [Perturbation], next: &AtomicUsize) -> Option<(MemberIndex, &'a Perturbation)> {
    let index = next.fetch_add(1, Ordering::Relaxed);
    members.get(index).map(|member| (MemberIndex(index as u32), member))
}
