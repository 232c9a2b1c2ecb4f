//! Weather that stays the same is the same weather, however it is parted.

use std::sync::Arc;

use firecore::geo::{LocalFrame, LonLat};
use firecore::grid::GridShape;
use firecore::ignition::{Ignition, Perturbation, Seed};
use firecore::landscape::{Landscape, Terrain};
use firecore::moisture::{DeadFuelMoisture, FuelMoisture, LiveFuelMoisture};
use firecore::spread::{ArrivalTimes, Physics, StopToken, spread};
use firecore::weather::{Weather, WeatherSeries, WeatherStep};

use super::cases::exact::{Exact, Spell};
use super::cases::fire::Fire;
use super::cases::uniform::fire_of;

const CELLS: usize = 300;
const CELL_M: f64 = 30.0;

/// Grass with a hill under it, so that no two cells are alike.
fn landscape() -> Landscape {
    let frame = LocalFrame::at(place());
    let centre = frame.to_plane(place());
    let half_m = 0.5 * CELLS as f64 * CELL_M;
    let shape = GridShape {
        rows: CELLS,
        cols: CELLS,
        cell_size_m: CELL_M,
        west_m: centre.east_m - half_m,
        north_m: centre.north_m + half_m,
    };
    let layer = |of: fn(f32, f32) -> f32| -> Vec<f32> {
        (0..CELLS * CELLS)
            .map(|at| 0.3 * of((at / CELLS) as f32 / 40.0, (at % CELLS) as f32 / 40.0))
            .collect()
    };
    let rise_east = layer(|row, col| (row + 2.0 * col).sin());
    let rise_north = layer(|row, col| (2.0 * row - col).cos());
    Landscape {
        terrain: Terrain::flat(shape.len()).with_rise(&rise_east, &rise_north),
        fuel: vec![122; shape.len()],
        fuel_models: Arc::default(),
        canopy: None,
        frame,
        shape,
    }
}

fn place() -> LonLat {
    LonLat::new(-119.0, 34.5).expect("a valid place")
}

/// The same hour, over and over.
fn weather(landscape: &Landscape, hours: usize) -> WeatherSeries {
    let hour = Weather {
        wind_10m_east_m_s: 3.0,
        wind_10m_north_m_s: 2.0,
        moisture: FuelMoisture {
            dead: DeadFuelMoisture { one_hour: 0.06, ten_hour: 0.07, hundred_hour: 0.08 },
            live: LiveFuelMoisture { herbaceous: 0.6, woody: 0.9 },
        },
    };
    let step = |at: usize| WeatherStep {
        valid_at: seed().seeded_at + jiff::SignedDuration::from_hours(at as i64),
        cells: vec![hour],
    };
    let extent_m = CELL_M * CELLS as f64;
    WeatherSeries {
        frame: landscape.frame.clone(),
        shape: GridShape { rows: 1, cols: 1, cell_size_m: extent_m, ..landscape.shape },
        steps: (0..hours).map(step).collect(),
        terrain_bends_wind: false,
    }
}

fn seed() -> Seed {
    let ignition = Ignition { position: place(), radius_m: 60.0, position_sd_m: 0.0, gap_m: 0.0, age_s: 0 };
    Seed {
        seeded_at: "2026-08-01T12:00:00Z".parse().expect("a time"),
        burning: vec![ignition],
        burned: vec![],
        outlines: Vec::new(),
    }
}

#[test]
fn twelve_equal_hours_are_one_step_of_twelve_to_the_bit() {
    let landscape = landscape();
    let run = |hours: usize| -> ArrivalTimes {
        let weather = weather(&landscape, hours);
        let (physics, stop) = (Physics::SURFACE, StopToken::default());
        spread(&seed(), &Perturbation::NONE, &physics, &landscape, &weather, 12 * 3600, &stop)
            .expect("nothing stops it")
    };
    let (whole, parted) = (run(1), run(12));
    let bits = |times: &ArrivalTimes| -> Vec<u32> {
        times.arrival_s.cells.iter().chain(&times.fireline_intensity_kw_m).map(|x| x.to_bits()).collect()
    };
    let burned = whole.arrival_s.cells.iter().filter(|time_s| **time_s <= 43_200.0).count();
    assert!(burned > 3000, "{burned} cells burned");
    assert_eq!(whole.arrival_s.shape, parted.arrival_s.shape);
    assert!(bits(&whole) == bits(&parted));
}

/// Where a solver is made to part the hours, for it cannot see that they are alike. Aim: 0.01 % of cells change sides.
#[test]
fn equal_hours_that_are_parted_all_the_same_change_next_to_nothing() {
    for (ratio, toward_deg) in [(1.5, 22.5), (4.0, 0.0), (4.0, 22.5), (4.0, 71.0), (7.0, 40.0)] {
        let spell = Spell::new(3600.0, 0.4, ratio, toward_deg);
        let end_s = 12.0 * 3600.0;
        let whole = fire_of(&Exact::from_point(spell), end_s, 500.0);
        let hours =
            Fire { changes_s: (1..12).map(|hour| f64::from(hour) * 3600.0).collect(), ..whole.clone() };
        let (whole, hours) = (whole.over_uniform(&[spell]), hours.over_uniform(&[spell; 12]));
        let burns = |time_s: &f32| f64::from(*time_s) <= end_s;
        let burned = whole.arrival_s.iter().filter(|time_s| burns(time_s)).count();
        let apart =
            whole.arrival_s.iter().zip(&hours.arrival_s).filter(|(a, b)| burns(a) != burns(b)).count();
        let percent = 100.0 * apart as f64 / burned as f64;
        println!("ratio {ratio} toward {toward_deg}: {apart} of {burned} cells, {percent:.3} %");
        assert!(percent < 0.3, "ratio {ratio} toward {toward_deg}: {apart} of {burned} cells change sides");
    }
}
