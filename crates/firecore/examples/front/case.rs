//! A case of `scripts/peers/growth`: arrays of ground and weather in a folder.
//!
//! Rows of the arrays go from south to north. Each hour of weather holds for that hour, so its valid time is the half hour.

use std::error::Error;
use std::io::BufRead;
use std::path::Path;
use std::sync::Arc;
use std::thread;

use firecore::geo::{EastNorth, LocalFrame};
use firecore::grid::GridShape;
use firecore::ignition::{Ignition, Perturbation, Seed};
use firecore::landscape::{Landscape, Terrain};
use firecore::moisture::{DeadFuelMoisture, FuelMoisture, LiveFuelMoisture};
use firecore::perimeter::Perimeter;
use firecore::spread::{ArrivalTimes, Physics, StopToken, spread};
use firecore::units::{M_S_PER_MPH, WIND_10M_PER_20FT};
use firecore::weather::{Weather, WeatherSeries, WeatherStep};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::ensemble::Forecast;
use crate::npy::{self, Array, Problem};
use crate::timed;

/// Ground, weather and start.
struct Case {
    seed: Seed,
    landscape: Landscape,
    weather: WeatherSeries,
    horizon_s: u32,
}

/// Solves once for each line of standard input, so that a caller can take turns with another program while both stay warm. A
/// line that is not empty names a file for the arrival times.
pub(crate) fn serve(folder: &str) -> Result<(), Box<dyn Error>> {
    let case = Case::read(Path::new(folder)).map_err(|problem| -> Box<dyn Error> { problem })?;
    for line in std::io::stdin().lock().lines() {
        let (solve_s, outcome) = timed(|| {
            let Case { seed, landscape, weather, horizon_s } = &case;
            let (member, stop) = (Perturbation::NONE, StopToken::default());
            spread(seed, &member, &Physics::SURFACE, landscape, weather, *horizon_s, &stop)
        });
        let outcome = outcome?;
        let burned =
            outcome.arrival_s.cells.iter().filter(|time_s| **time_s <= case.horizon_s as f32).count();
        let line = line?;
        if !line.trim().is_empty() {
            case.write(Path::new(line.trim()), &outcome)?;
        }
        println!("{}", json!({ "solve_s": solve_s, "burned": burned, "edge_reached": outcome.edge_reached }));
    }
    Ok(())
}

/// Members of a file, triples of wind factor, wind turn in degrees and moisture factor, to three perimeters.
pub(crate) fn forecast(folder: &str, members: &str, threads: usize) -> Result<(), Box<dyn Error>> {
    let case = Case::read(Path::new(folder)).map_err(|problem| -> Box<dyn Error> { problem })?;
    let triples: Vec<[f64; 3]> = serde_json::from_str(&std::fs::read_to_string(members)?)?;
    let member = |[wind_speed_factor, turn_deg, moisture_factor]: &[f64; 3]| Perturbation {
        wind_speed_factor: *wind_speed_factor,
        wind_turn_rad: turn_deg.to_radians(),
        moisture_factor: *moisture_factor,
        ..Perturbation::NONE
    };
    let members: Vec<Perturbation> = triples.iter().map(member).collect();
    let Case { seed, landscape, weather, horizon_s } = &case;
    let forecast = Forecast { seed, landscape, weather, horizon_s: *horizon_s };
    let (tally, perimeters) = forecast.perimeters(&members, threads)?;
    let cells = |perimeter: &Perimeter| perimeter.plane_area_ha() * 1e4 / landscape.shape.cell_size_m.powi(2);
    let [p10, p50, p90] = &perimeters[..] else { unreachable!("three percentiles were asked for") };
    println!(
        "{}",
        json!({ "burned": tally.cells, "percentile_cells": [cells(p10), cells(p50), cells(p90)] })
    );
    Ok(())
}

impl Case {
    /// Reads the arrays side by side: what takes time is to unpack them.
    fn read(folder: &Path) -> Result<Self, Problem> {
        let about: Value = serde_json::from_str(&std::fs::read_to_string(folder.join("case.json"))?)?;
        let number = |name: &str| about[name].as_f64().ok_or(format!("case.json: needed the number {name}"));
        let cell_size_m = number("cell_m")?;
        let frame = LocalFrame::utm(number("utm_zone")? as u8, false);
        let seeded_at: Timestamp = about["start"].as_str().ok_or("case.json: needed start")?.parse()?;
        let fuel = Array::open(&folder.join("fuel.npy"))?;
        let [rows, cols] = fuel.counts[..] else { return Err("fuel.npy: needed rows and columns".into()) };
        let shape =
            GridShape { rows, cols, cell_size_m, west_m: number("west_m")?, north_m: number("north_m")? };
        let start = shape.centre(number("start_row")? as usize, number("start_col")? as usize);
        let ignition = Ignition {
            position: frame.to_lon_lat(start),
            radius_m: 0.0,
            position_sd_m: 0.0,
            gap_m: 0.0,
            age_s: 0,
        };
        let live_pct = [number("live_herb_pct")?, number("live_woody_pct")?];
        let layer = |name: &str| Array::open(&folder.join(name))?.read_north_up(|value| value);
        let (elevation_m, weather, fuel, rise) = thread::scope(|scope| {
            let slope = scope.spawn(|| layer("slope.npy"));
            let elevation_m = scope.spawn(|| layer("dem.npy"));
            let fuel = scope.spawn(|| fuel.read_north_up(|code| code as u8));
            let weather = scope.spawn(|| weather(folder, &frame, &shape, seeded_at, live_pct));
            let aspect_deg = layer("aspect.npy");
            let rise = joined(slope).and_then(|slope| Ok::<_, Problem>(rise(slope, aspect_deg?, &shape)));
            (joined(elevation_m), joined(weather), joined(fuel), rise)
        });
        let ((rise_east, rise_north), weather) = (rise?, weather?);
        Ok(Self {
            seed: Seed { seeded_at, burning: vec![ignition], burned: vec![], outlines: vec![] },
            landscape: Landscape {
                terrain: Terrain::flat(shape.len())
                    .with_elevation_m(&elevation_m?)
                    .with_rise(&rise_east, &rise_north),
                fuel: fuel?,
                fuel_models: Arc::default(),
                canopy: None,
                frame,
                shape,
            },
            weather,
            horizon_s: (3600.0 * number("hours")?) as u32,
        })
    }

    /// Arrival in s over the whole grid from south to north, infinite where nothing burned.
    fn write(&self, path: &Path, outcome: &ArrivalTimes) -> Result<(), Box<dyn Error>> {
        let (shape, window) = (&self.landscape.shape, &outcome.arrival_s.shape);
        let mut all = vec![f32::INFINITY; shape.len()];
        let corner = EastNorth { east_m: window.west_m + 1.0, north_m: window.north_m - 1.0 };
        let (top, left) = shape.cell_at(corner).ok_or("BUG: the window lies outside the grid")?;
        for (row, cells) in outcome.arrival_s.cells.chunks(window.cols).enumerate() {
            let first = shape.index(top + row, left);
            for (own, time_s) in all[first..first + window.cols].iter_mut().zip(cells) {
                *own = if *time_s <= self.horizon_s as f32 { *time_s } else { f32::INFINITY };
            }
        }
        npy::write(path, shape.rows, shape.cols, &north_up(&all, shape.cols))
    }
}

/// The gradient toward east and north from the tangent of the slope and the aspect, in their place, in two bands side by side.
fn rise(mut slope: Vec<f32>, mut aspect_deg: Vec<f32>, shape: &GridShape) -> (Vec<f32>, Vec<f32>) {
    let cells = (shape.rows.div_ceil(2) * shape.cols).max(1);
    thread::scope(|scope| {
        for (slope, aspect_deg) in slope.chunks_mut(cells).zip(aspect_deg.chunks_mut(cells)) {
            scope.spawn(|| {
                for (east, north) in slope.iter_mut().zip(aspect_deg) {
                    // Aspect looks downslope, the gradient upslope.
                    let (tan, aspect_rad) = (*east, north.to_radians());
                    (*east, *north) = (-tan * aspect_rad.sin(), -tan * aspect_rad.cos());
                }
            });
        }
    });
    (slope, aspect_deg)
}

fn joined<T>(thread: thread::ScopedJoinHandle<'_, T>) -> T {
    thread.join().expect("BUG: a reader panicked")
}

/// Rows the other way round.
fn north_up<T: Copy>(cells: &[T], cols: usize) -> Vec<T> {
    cells.chunks(cols).rev().flatten().copied().collect()
}

fn weather(
    folder: &Path,
    frame: &LocalFrame,
    ground: &GridShape,
    seeded_at: Timestamp,
    live_pct: [f64; 2],
) -> Result<WeatherSeries, Problem> {
    let open = |name: &str| Array::open(&folder.join(name));
    let values = |name: &str| open(name)?.read(|value| value);
    let speed = open("ws.npy")?;
    let [hours, rows, cols] = speed.counts[..] else {
        return Err("ws.npy: needed hours, rows and columns".into());
    };
    let (speed_mph, from_deg) = (speed.read(|value| value)?, values("wd.npy")?);
    let dead_pct = [values("m1.npy")?, values("m10.npy")?, values("m100.npy")?];
    let cell = |at: usize| {
        let speed_m_s = f64::from(speed_mph[at]) * M_S_PER_MPH * WIND_10M_PER_20FT;
        let (east, north) = f64::from(from_deg[at]).to_radians().sin_cos();
        let [one_hour, ten_hour, hundred_hour] =
            [0, 1, 2].map(|class: usize| f64::from(dead_pct[class][at]) / 100.0);
        let [herbaceous, woody] = live_pct.map(|percent| percent / 100.0);
        Weather {
            wind_10m_east_m_s: -speed_m_s * east,
            wind_10m_north_m_s: -speed_m_s * north,
            moisture: FuelMoisture {
                dead: DeadFuelMoisture { one_hour, ten_hour, hundred_hour },
                live: LiveFuelMoisture { herbaceous, woody },
            },
        }
    };
    let step = |hour: usize| {
        let cells: Vec<Weather> = (hour * rows * cols..(hour + 1) * rows * cols).map(cell).collect();
        let half_past = SignedDuration::from_mins(60 * hour as i64 + 30);
        WeatherStep { valid_at: seeded_at + half_past, cells: north_up(&cells, cols) }
    };
    let cell_size_m = ground.cell_size_m * ground.cols as f64 / cols as f64;
    Ok(WeatherSeries {
        frame: frame.clone(),
        shape: GridShape { rows, cols, cell_size_m, ..*ground },
        steps: (0..hours).map(step).collect(),
        terrain_bends_wind: false,
    })
}
