//! Time and memory of a cell by the size of the fire.

use std::error::Error;
use std::f64::consts::PI;
use std::fs;

use firecore::grid::GridShape;
use firecore::spread::StopToken;
use firecore::spread::front::{Growth, Ignition, Medium, Outline, Start, Workspace, grow_in};

use crate::chart::{self, Line};
use crate::surface::Surface;
use crate::world::{
    CELLS, SEED_RADIUS_M, TOWARD, Uniform, eccentricity, hills, middle, seed, shape, turning_wind,
};
use crate::{least, median, rounds, timed};

/// Burned cells.
const SIZES: [usize; 8] = [10_000, 30_000, 100_000, 300_000, 1_000_000, 3_000_000, 10_000_000, 20_000_000];

/// A size is timed again until this much time went into it, s.
const TIMED_S: f64 = 2.0;

const LENGTH_TO_WIDTH: f64 = 3.0;

pub(crate) fn run(svg: Option<&str>) -> Result<(), Box<dyn Error>> {
    println!("case,burned_cells,hours,runs,ns_a_cell_median,ns_a_cell_least,bytes_a_burned_cell");
    // The box around an ellipse of 20 million cells that heads north-east by east, and some more.
    let ground = shape(6_000, 7_500);
    let start = Start { burning: &rear_focus(&ground), burned: &[], changes_s: &[], horizon_s: 6e5 };
    let even = sizes("uniform", &ground, &mut Uniform::new(LENGTH_TO_WIDTH), &start)?;
    let landscape = hills(8 * CELLS);
    let weather = turning_wind(&landscape, 240);
    let mut medium = Surface::new(&landscape, &weather);
    let changes_s = medium.changes_s(seed().seeded_at);
    let burning = middle(&landscape.shape, SEED_RADIUS_M);
    let start = Start { burning: &burning, burned: &[], changes_s: &changes_s, horizon_s: 240.0 * 3600.0 };
    let uneven = sizes("hills", &landscape.shape, &mut medium, &start)?;
    if let Some(path) = svg {
        let lines = [
            Line { name: "hills, surface fire, weather that changes every hour", points: uneven },
            Line { name: "even ground, length-to-width 3", points: even },
        ];
        fs::write(path, chart::draw(&lines, "burned cells", "ns a burned cell"))?;
    }
    Ok(())
}

/// The point from which the largest fire ends in the middle of the grid.
fn rear_focus(shape: &GridShape) -> [Ignition; 1] {
    let half_length_cells = (SIZES[SIZES.len() - 1] as f64 * LENGTH_TO_WIDTH / PI).sqrt();
    let back_m = eccentricity(LENGTH_TO_WIDTH) * half_length_cells * shape.cell_size_m;
    let mut burning = middle(shape, 0.0);
    if let Outline::Disc(disc) = &mut burning[0].outline {
        disc.east_m -= back_m * TOWARD[0];
        disc.south_m += back_m * TOWARD[1];
    }
    burning
}

/// Prints a row for each size; sizes and median ns a cell.
fn sizes<M: Medium>(
    name: &str,
    shape: &GridShape,
    medium: &mut M,
    longest: &Start<'_>,
) -> Result<Vec<(f64, f64)>, Box<dyn Error>> {
    let stop = StopToken::default();
    let mut grow = |horizon_s: f32| -> Result<(f64, usize, Growth), Box<dyn Error>> {
        // Memory is asked for anew, as a run on its own would.
        let mut workspace = Workspace::default();
        let start = Start { horizon_s, ..*longest };
        let (time_s, growth) = timed(|| grow_in(&mut workspace, shape, medium, &start, &stop));
        Ok((time_s, workspace.footprint().0, growth?))
    };
    let horizons_s = horizons_s(&grow_to_largest(longest, &mut grow)?)?;
    let rounds = rounds(15)?;
    let mut points = Vec::new();
    for horizon_s in horizons_s {
        let (mut times_s, mut last) = (Vec::new(), None);
        while times_s.len() < rounds && (times_s.is_empty() || times_s.iter().sum::<f64>() < TIMED_S) {
            let (time_s, bytes, growth) = grow(horizon_s)?;
            times_s.push(time_s);
            last = Some((bytes, growth.burned_cells, growth.edge_reached));
        }
        let Some((bytes, cells, edge_reached)) = last else { unreachable!("it ran at least once") };
        if edge_reached {
            return Err(format!("{name}: the fire of {cells} cells reached the edge").into());
        }
        let ns = |of: fn(&[f64]) -> f64| 1e9 * of(&times_s) / cells as f64;
        println!(
            "{name},{cells},{:.2},{},{:.1},{:.1},{:.1}",
            horizon_s / 3600.0,
            times_s.len(),
            ns(median),
            ns(least),
            bytes as f64 / cells as f64
        );
        points.push((cells as f64, ns(median)));
    }
    Ok(points)
}

/// A fire of more cells than the largest size: the horizon is doubled until it is.
fn grow_to_largest(
    longest: &Start<'_>,
    grow: &mut impl FnMut(f32) -> Result<(f64, usize, Growth), Box<dyn Error>>,
) -> Result<Growth, Box<dyn Error>> {
    let mut horizon_s = longest.horizon_s / 8.0;
    loop {
        let (_, _, growth) = grow(horizon_s.min(longest.horizon_s))?;
        if growth.burned_cells >= SIZES[SIZES.len() - 1] {
            return Ok(growth);
        }
        if growth.edge_reached || horizon_s >= longest.horizon_s {
            return Err(format!("only {} cells burned by {horizon_s} s", growth.burned_cells).into());
        }
        horizon_s *= 1.3;
    }
}

/// When the fire has each size, s.
fn horizons_s(growth: &Growth) -> Result<Vec<f32>, Box<dyn Error>> {
    let mut times_s: Vec<f32> =
        growth.arrival_s.iter().copied().filter(|time_s| time_s.is_finite()).collect();
    times_s.sort_unstable_by(f32::total_cmp);
    let at = |size: &usize| {
        times_s.get(size - 1).copied().ok_or_else(|| format!("fewer than {size} cells").into())
    };
    SIZES.iter().map(at).collect()
}
