//! A cell's cost against the exact functions, under weather that differs from cell to cell.

use super::*;
use crate::geo::LocalFrame;
use crate::landscape::Terrain;
use crate::moisture::{DeadFuelMoisture, FuelMoisture, LiveFuelMoisture};
use crate::spread::ellipse::Ellipse;
use crate::weather::WeatherStep;

const SIDE: usize = 60;
const STEPS: usize = 4;
const DRAWS: Perturbation = Perturbation {
    wind_speed_factor: 1.13,
    wind_turn_rad: 0.2,
    moisture_factor: 0.94,
    ember_key: 0,
    ignition_shift_m: Vec::new(),
};

/// Every standard fuel that burns, on slopes of all kinds.
fn landscape() -> Landscape {
    let frame = LocalFrame::utm(10, false);
    let shape =
        GridShape { rows: SIDE, cols: SIDE, cell_size_m: 30.0, west_m: 500_000.0, north_m: 4_200_000.0 };
    let models = crate::fuel::FuelModels::standard();
    let burning: Vec<FuelCode> =
        models.all().iter().filter(|model| model.is_burnable()).map(|model| model.code).collect();
    let waves = |turn: f64| -> Vec<f32> {
        (0..shape.len()).map(|cell| (0.6 * (turn * cell as f64).sin()) as f32).collect()
    };
    Landscape {
        frame,
        shape,
        terrain: Terrain::flat(shape.len())
            .with_elevation_m(&hills(&shape))
            .with_rise(&waves(0.37), &waves(0.61)),
        fuel: (0..shape.len())
            .map(|cell| burning[(cell / SIDE / 6 * 10 + cell % SIDE / 6) % burning.len()])
            .collect(),
        fuel_models: std::sync::Arc::new(models),
        canopy: None,
    }
}

/// Elevations of hills some hundreds of metres apart, m.
fn hills(shape: &GridShape) -> Vec<f32> {
    let (rows, cols) = (shape.rows, shape.cols);
    let height_m =
        |cell: usize| 60.0 * ((cell / cols) as f32 * 0.4).sin() * ((cell % cols) as f32 * 0.3).cos();
    (0..rows * cols).map(|cell| 500.0 + height_m(cell)).collect()
}

/// Four steps on 5 x 4 nodes: from still to storm, from bone-dry to beyond extinction, herbs from cured to green; the nodes end
/// inside the landscape.
fn weather(landscape: &Landscape, live_varies: bool) -> WeatherSeries {
    let node = |step: usize, node: usize| {
        let part = |irrational: f64| ((7 * step + node + 1) as f64 * irrational).fract();
        let one_hour = 0.02 + 0.30 * part(0.618_034).powi(2);
        let live = if live_varies { part(0.754_878) } else { 0.4 * step as f64 };
        Weather {
            wind_10m_east_m_s: 30.0 * part(0.569_840) - 15.0,
            wind_10m_north_m_s: 30.0 * part(0.819_173) - 15.0,
            moisture: FuelMoisture {
                dead: DeadFuelMoisture { one_hour, ten_hour: one_hour + 0.01, hundred_hour: one_hour + 0.03 },
                live: LiveFuelMoisture { herbaceous: 0.2 + live, woody: 0.6 + live },
            },
        }
    };
    let valid_at = |step: usize| Timestamp::UNIX_EPOCH + jiff::SignedDuration::from_hours(step as i64);
    let step = |step: usize| WeatherStep {
        valid_at: valid_at(step),
        cells: (0..20).map(|at| node(step, at)).collect(),
    };
    let (west_m, north_m) = (landscape.shape.west_m + 200.0, landscape.shape.north_m + 130.0);
    WeatherSeries {
        frame: landscape.frame.clone(),
        shape: GridShape { rows: 5, cols: 4, cell_size_m: 310.0, west_m, north_m },
        steps: (0..STEPS).map(step).collect(),
        terrain_bends_wind: false,
    }
}

/// Largest relative errors of the rate of spread at the head, flanks and back, of the heat, and the number of cells that burn;
/// slower rates than a metre a day count as none.
fn worst(landscape: &Landscape, weather: &WeatherSeries) -> ([f64; 4], usize) {
    const SLOW_M_S: f64 = 1.0 / 86_400.0;
    let tables = Tables::of(landscape, weather);
    let scene = Scene { landscape, weather, tables: &tables };
    let mut ground = Ground::new(scene, &DRAWS, &Physics::SURFACE);
    let (mut worst, mut burn) = ([0.0_f64; 4], 0);
    for (step, row, col) in (0..STEPS * SIDE * SIDE).map(|at| (at / SIDE / SIDE, at / SIDE % SIDE, at % SIDE))
    {
        let cost = ground.cost(step, row, col);
        let exact = ground.head(step, row, col);
        let ellipse = Ellipse::new(exact.heading_rate_of_spread_m_s, exact.effective_wind_m_s);
        let slowness = f64::from(cost.slowness_s_m);
        let drift = slowness - 1.0 / f64::from(cost.head_m_s());
        let found = [1.0 / (slowness - drift), 1.0 / slowness, 1.0 / (slowness + drift)];
        if exact.heading_rate_of_spread_m_s < SLOW_M_S {
            assert!(found[0] < 1.1 * SLOW_M_S, "{found:?} at {row} {col}");
            continue;
        }
        burn += 1;
        for (place, cosine) in [1.0, 0.0, -1.0].into_iter().enumerate() {
            let error = found[place] / ellipse.radial_rate_of_spread_m_s(cosine) - 1.0;
            worst[place] = worst[place].max(error.abs());
        }
        let heat = f64::from(cost.heat_per_unit_area_kj_m2) / exact.heat_per_unit_area_kj_m2 - 1.0;
        worst[3] = worst[3].max(heat.abs());
    }
    (worst, burn)
}

#[test]
fn under_varied_weather_a_cells_cost_keeps_the_tables_thousandth() {
    let landscape = landscape();
    for (live_varies, bends) in [(false, false), (true, false), (false, true), (true, true)] {
        let weather = WeatherSeries { terrain_bends_wind: bends, ..weather(&landscape, live_varies) };
        let ([head, across, back, heat], burn) = worst(&landscape, &weather);
        assert!(burn > 2 * SIDE * SIDE && burn < STEPS * SIDE * SIDE, "{burn} cells burn");
        let found = format!("head {head:e}, across {across:e}, back {back:e}, heat {heat:e}");
        assert!(
            head < 2e-4 && across < 4e-4 && back < 4e-4 && heat < 2e-4,
            "live varies {live_varies}, wind bends {bends}: {found}"
        );
    }
}

#[test]
fn four_cells_at_once_cost_the_same_bits() {
    let mut landscape = landscape();
    for cell in (0..SIDE * SIDE).step_by(7) {
        landscape.fuel[cell] = 98;
    }
    let bits = |cost: &TravelCost| {
        let drift = [cost.drift_east_s_m, cost.drift_north_s_m];
        let [one, two] = [drift, [cost.rise_east, cost.rise_north]].map(|parts| parts.map(f32::to_bits));
        [cost.slowness_s_m.to_bits(), cost.heat_per_unit_area_kj_m2.to_bits(), one[0], one[1], two[0], two[1]]
    };
    let (mut weather, mut asked) = (weather(&landscape, false), 0);
    for (still, bends) in [(false, false), (false, true), (true, false)] {
        weather.terrain_bends_wind = bends;
        if still {
            weather.steps.iter_mut().flat_map(|step| &mut step.cells).for_each(|cell| {
                (cell.wind_10m_east_m_s, cell.wind_10m_north_m_s) = (0.0, 0.0);
            });
            // The least slope that there is.
            let least = |cell: usize| if landscape.terrain.rise(cell)[0] > 0.0 { 2e-8 } else { 0.0 };
            let rise: Vec<f32> = (0..SIDE * SIDE).map(least).collect();
            landscape.terrain = Terrain::flat(SIDE * SIDE).with_rise(&rise, &[0.0; SIDE * SIDE]);
        }
        let tables = Tables::of(&landscape, &weather);
        let scene = Scene { landscape: &landscape, weather: &weather, tables: &tables };
        let mut ground = Ground::new(scene, &DRAWS, &Physics::SURFACE);
        for (step, row) in (0..STEPS * SIDE).map(|at| (at / SIDE, at % SIDE)) {
            for col in (0..SIDE).step_by(LANES) {
                let mut costs = TravelCosts::NONE;
                if !ground.costs(step, row, col, &mut costs) {
                    continue;
                }
                for lane in 0..LANES {
                    if !ground.burns(row, col + lane) {
                        continue;
                    }
                    let one = ground.cost(step, row, col + lane);
                    assert_eq!(bits(&costs.one(lane)), bits(&one), "{one:?} at {row} {col}");
                    asked += 1;
                }
            }
        }
    }
    assert!(asked > 2 * STEPS * SIDE * SIDE, "{asked} cells");
}

#[test]
fn a_wind_that_knows_no_terrain_is_another_over_hills_and_the_same_over_a_plain() {
    let mut landscape = landscape();
    let weather = weather(&landscape, false);
    let bending = WeatherSeries { terrain_bends_wind: true, ..weather.clone() };
    let costs = |landscape: &Landscape, weather: &WeatherSeries| {
        let tables = Tables::of(landscape, weather);
        let mut ground =
            Ground::new(Scene { landscape, weather, tables: &tables }, &DRAWS, &Physics::SURFACE);
        (0..SIDE * SIDE).map(|at| ground.cost(0, at / SIDE, at % SIDE)).collect::<Vec<_>>()
    };
    let (plain, bent) = (costs(&landscape, &weather), costs(&landscape, &bending));
    let changed = plain.iter().zip(&bent).filter(|(one, other)| one != other).count();
    assert!(changed > SIDE * SIDE / 2, "{changed} cells");
    landscape.terrain = landscape.terrain.with_elevation_m(&[300.0; SIDE * SIDE]);
    assert_eq!(costs(&landscape, &weather), costs(&landscape, &bending));
}
