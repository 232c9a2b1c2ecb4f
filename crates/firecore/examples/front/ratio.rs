//! The front solver and Dijkstra's, in turns over the same medium.

use std::error::Error;
use std::f64::consts::PI;

use firecore::grid::GridShape;
use firecore::ignition::Perturbation;
use firecore::landscape::Landscape;
use firecore::spread::front::{Medium, Start, Workspace, grow_in};
use firecore::spread::{Physics, Scene, StopToken, Tables, spread, spread_in};
use firecore::weather::WeatherSeries;

use crate::dijkstra::{Buckets, Dijkstra, Heap};
use crate::surface::Surface;
use crate::world::{
    CELL_M, CELLS, HEADING_M_S, SEED_RADIUS_M, Uniform, eccentricity, hills, middle, seed, shape,
    turning_wind, uniform_horizon_s,
};
use crate::{least, median, rounds, timed};

const HORIZON_S: u32 = 12 * 3600;

/// `spread` finds what a medium of its own finds, within this share of the burned cells.
const SAME_SHARE: f64 = 1e-3;

pub(crate) fn run() -> Result<(), Box<dyn Error>> {
    let rounds = rounds(31)?;
    println!(
        "{rounds} rounds, each solver once a round, in workspaces used before; ns a burned cell: median (least)\n"
    );
    println!(
        "| case | burned cells | front | Dijkstra, heap | Dijkstra, buckets | front / heap | front / buckets |"
    );
    println!("| --- | ---: | ---: | ---: | ---: | ---: | ---: |");
    let mut areas = Vec::new();
    for length_to_width in [1.0, 3.0, 5.0, 7.0] {
        let (shape, mut medium) = (shape(CELLS, CELLS), Uniform::new(length_to_width));
        let horizon_s = uniform_horizon_s(length_to_width, 500.0);
        let start = Start { burning: &middle(&shape, 0.0), burned: &[], changes_s: &[], horizon_s };
        let name = format!("uniform, length-to-width {length_to_width}");
        let burned = compare(&name, rounds, &shape, &mut medium, &start)?;
        let exact_m2 = uniform_ellipse_m2(length_to_width, horizon_s);
        areas.push((name, burned.map(|cells| 100.0 * (cells as f64 * CELL_M * CELL_M / exact_m2 - 1.0))));
        let name = format!("the same beside a stone, length-to-width {length_to_width}");
        compare(&name, rounds, &shape, &mut medium.with_stone(&shape), &start)?;
        let start = Start { burning: &middle(&shape, SEED_RADIUS_M), ..start };
        let name = format!("from a disc of {SEED_RADIUS_M} m, length-to-width {length_to_width}");
        compare(&name, rounds, &shape, &mut medium, &start)?;
    }
    let landscape = hills(CELLS);
    let weather = turning_wind(&landscape, 12);
    let mut medium = Surface::new(&landscape, &weather);
    let changes_s = medium.changes_s(seed().seeded_at);
    let burning = middle(&landscape.shape, SEED_RADIUS_M);
    let start = Start { burning: &burning, burned: &[], changes_s: &changes_s, horizon_s: HORIZON_S as f32 };
    let [by_front, by_graph] = compare("hills, surface fire", rounds, &landscape.shape, &mut medium, &start)?;
    println!("\n| area against the exact ellipse, % | front | Dijkstra |\n| --- | ---: | ---: |");
    for (name, [front, graph]) in areas {
        println!("| {name} | {front:+.2} | {graph:+.2} |");
    }
    println!("\nHills: front {by_front} cells, Dijkstra {by_graph}.");
    let cells = members(rounds, &landscape, &weather)?;
    match (cells as f64 / by_front as f64 - 1.0).abs() < SAME_SHARE {
        true => Ok(()),
        false => Err("the medium of this program is not that of `spread`".into()),
    }
}

/// Prints what a member of a forecast takes, alone and as one of many; its cells.
fn members(rounds: usize, landscape: &Landscape, weather: &WeatherSeries) -> Result<usize, Box<dyn Error>> {
    let (seed, member, physics, stop) = (seed(), Perturbation::NONE, Physics::SURFACE, StopToken::default());
    let (mut workspace, tables) = (Workspace::default(), Tables::of(landscape, weather));
    let mut of_many = || {
        let scene = Scene { landscape, weather, tables: &tables };
        spread_in(&mut workspace, scene, &seed, &member, &physics, HORIZON_S, &stop)
    };
    // Makes the memory and the tables.
    of_many()?;
    let (mut times_s, mut cells) = ([Vec::new(), Vec::new()], 0);
    for _ in 0..rounds {
        let (alone_s, outcome) =
            timed(|| spread(&seed, &member, &physics, landscape, weather, HORIZON_S, &stop));
        cells = outcome?.arrival_s.cells.iter().filter(|time| **time <= HORIZON_S as f32).count();
        let (of_many_s, outcome) = timed(&mut of_many);
        outcome?;
        times_s[0].push(alone_s);
        times_s[1].push(of_many_s);
    }
    let ns = |time_s: f64| 1e9 * time_s / cells as f64;
    let [alone, of_many] =
        times_s.map(|times_s| format!("{:.0} ({:.0})", ns(median(&times_s)), ns(least(&times_s))));
    println!("`spread` over the same hills: {cells} cells, alone {alone}, as one of many {of_many}.");
    Ok(cells)
}

/// One row of the table; the cells that the front and Dijkstra's found.
fn compare<M: Medium>(
    name: &str,
    rounds: usize,
    shape: &GridShape,
    medium: &mut M,
    start: &Start<'_>,
) -> Result<[usize; 2], Box<dyn Error>> {
    let (mut workspace, stop) = (Workspace::default(), StopToken::default());
    let (mut heap, mut buckets) = (Dijkstra::<Heap>::default(), Dijkstra::<Buckets>::default());
    let mut times_s = [(); 3].map(|()| Vec::new());
    let mut cells = [0; 3];
    // The first round makes the memory and does not count.
    for round in 0..=rounds {
        let (front_s, growth) = timed(|| grow_in(&mut workspace, shape, medium, start, &stop));
        let (heap_s, by_heap) = timed(|| heap.burned_cells(shape, medium, start));
        let (buckets_s, by_buckets) = timed(|| buckets.burned_cells(shape, medium, start));
        cells = [growth?.burned_cells, by_heap, by_buckets];
        if round > 0 {
            times_s.iter_mut().zip([front_s, heap_s, buckets_s]).for_each(|(all, one)| all.push(one));
        }
    }
    let [front, by_heap, by_buckets] = cells;
    if by_heap != by_buckets {
        return Err(format!("{name}: {by_heap} cells by heap, {by_buckets} by buckets").into());
    }
    let ns = |solver: usize, of: fn(&[f64]) -> f64| 1e9 * of(&times_s[solver]) / cells[solver] as f64;
    let shown = |solver: usize| format!("{:.0} ({:.0})", ns(solver, median), ns(solver, least));
    let ratio = |other: usize| {
        let of = |statistic| ns(0, statistic) / ns(other, statistic);
        format!("**{:.2}** ({:.2})", of(median), of(least))
    };
    println!(
        "| {name} | {front} | {} | {} | {} | {} | {} |",
        shown(0),
        shown(1),
        shown(2),
        ratio(1),
        ratio(2)
    );
    Ok([front, by_heap])
}

/// Area of a fire from a point on even ground, m2: the ellipse whose rear focus is the point.
fn uniform_ellipse_m2(length_to_width: f64, horizon_s: f32) -> f64 {
    let half_length_m = HEADING_M_S * f64::from(horizon_s) / (1.0 + eccentricity(length_to_width));
    PI * half_length_m * half_length_m / length_to_width
}
