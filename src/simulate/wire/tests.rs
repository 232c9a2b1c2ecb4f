use std::sync::Arc;

use firecore::detection::ClusterId;
use firecore::ensemble::{MemberIndex, MemberPlan, PerturbationSettings, RngSeed};
use firecore::fuel::{Fuel, FuelModel, FuelModels};
use firecore::geo::{Bounds, LonLat};
use firecore::ignition::{Ignition, MappedPerimeter, MappedShape, Perturbation, Seed};
use firecore::landscape::{Canopy, Landscape, Terrain};
use firecore::spread::{ArrivalTimes, NoSpread, Physics, StopToken, spread};
use firecore::weather::{WeatherSeries, WeatherStep};
use prost::Message;

use super::proto;
use super::*;
use crate::inputs::{ConfiguredInputs, InputSet, InputSettings};

fn place(lon_deg: f64, lat_deg: f64) -> LonLat {
    LonLat::new(lon_deg, lat_deg).unwrap()
}

fn seeded_at() -> Timestamp {
    "2024-01-15T15:00:00.123456789Z".parse().unwrap()
}

fn disc(lon_deg: f64, age_s: u32) -> Ignition {
    let position = place(lon_deg, 34.505);
    Ignition { position, radius_m: 187.5, position_sd_m: 60.0, gap_m: 500.0, age_s }
}

fn seed() -> Seed {
    let ring =
        [(-119.52, 34.50), (-119.51, 34.50), (-119.51, 34.51)].map(|(lon, lat)| place(lon, lat)).to_vec();
    let line = MappedShape::Line(ring[..2].to_vec());
    let outline = |shape| MappedPerimeter { shape, position_sd_m: 30.0 };
    Seed {
        seeded_at: seeded_at(),
        burning: vec![disc(-119.505, 0), disc(-119.503, 600)],
        burned: vec![disc(-119.500, 90_000)],
        outlines: vec![outline(MappedShape::Area(vec![ring])), outline(line)],
    }
}

fn world() -> InputSet {
    let area = Bounds { west_deg: -119.51, south_deg: 34.5, east_deg: -119.5, north_deg: 34.51 };
    let settings = InputSettings { reach_m: 2_000.0, ..InputSettings::default() };
    ConfiguredInputs::new(settings).fetch_blocking(&area, seeded_at(), 3600).unwrap()
}

/// With hills, trees and a model of its own.
fn landscape() -> Landscape {
    let mut landscape = Landscape::clone(&world().landscape);
    let cells = landscape.shape.len();
    let wave = |scale: f32| (0..cells).map(|at| scale * (at as f32 * 0.01).sin().abs()).collect::<Vec<f32>>();
    landscape.terrain =
        Terrain::flat(cells).with_elevation_m(&wave(300.0)).with_rise(&wave(0.3), &wave(-0.1));
    let canopy = Canopy::bare(cells).with_cover(&wave(0.9)).with_height_m(&wave(20.0));
    let canopy = canopy.with_base_height_m(&wave(2.0)).with_bulk_density_kg_m3(&wave(0.2));
    landscape.canopy = Some(canopy);
    let standard = FuelModel::standard(102).unwrap().fuel().unwrap().clone();
    let own = Fuel { depth_ft: 1.234_567_890_123, ..standard };
    let own = FuelModel::new(30, "OWN".to_owned(), "a meadow".to_owned(), Some(own)).unwrap();
    let bare = FuelModel::new(31, "BARE".to_owned(), "a quarry".to_owned(), None).unwrap();
    landscape.fuel_models = Arc::new(FuelModels::standard().with([own, bare]));
    landscape.fuel.iter_mut().step_by(7).for_each(|code| *code = 30);
    landscape
}

fn weather(of: &WeatherSeries) -> WeatherSeries {
    let mut weather = of.clone();
    let first = weather.steps[0].clone();
    for hour in 1..4 {
        let mut cells = first.cells.clone();
        cells.iter_mut().for_each(|cell| cell.wind_10m_east_m_s += 0.1 * f64::from(hour));
        let valid_at = first.valid_at + jiff::SignedDuration::from_hours(hour.into());
        weather.steps.push(WeatherStep { valid_at, cells });
    }
    weather
}

fn draws(seed: &Seed) -> Perturbation {
    let rng_seed =
        RngSeed { cluster: ClusterId(uuid::Uuid::from_u128(7)), version: 3, member: MemberIndex(5) };
    MemberPlan::draw(rng_seed, seed, &PerturbationSettings::default()).perturbation
}

fn simulated(landscape: &Landscape, weather: &WeatherSeries, seed: &Seed) -> ArrivalTimes {
    spread(seed, &draws(seed), &Physics::default(), landscape, weather, 7_200, &StopToken::default()).unwrap()
}

fn result(arrival: &ArrivalTimes, landscape: &Landscape) -> proto::MemberResult {
    proto::MemberResult {
        member: 5,
        arrival: Some(tile::tile_to_wire(arrival, landscape, true)),
        statistics: Some(proto::Statistics {
            burned_cells: tile::burned_cells(arrival, 7_200),
            spot_fires: arrival.spot_fires as u64,
            embers_refused: arrival.embers_refused as u64,
            edge_reached: arrival.edge_reached,
            ..proto::Statistics::default()
        }),
        no_spread: arrival.no_spread.as_ref().map(tile::no_spread_to_wire),
        provenance: None,
    }
}

/// The same after it went over the wire.
fn there<M: Message + Default>(message: &M) -> M {
    M::decode(message.encode_to_vec().as_slice()).unwrap()
}

#[test]
fn a_landscape_comes_back_to_the_last_bit() {
    let landscape = landscape();
    let back = ground::landscape_from_wire(&there(&ground::landscape_to_wire(&landscape)), u64::MAX).unwrap();
    assert_eq!(landscape, back);
}

#[test]
fn weather_and_physics_come_back_to_the_last_bit() {
    let weather = weather(&world().weather);
    assert_eq!(weather, weather::weather_from_wire(&there(&weather::weather_to_wire(&weather))).unwrap());
    for physics in [Physics::default(), Physics::SURFACE] {
        assert_eq!(physics, weather::physics_from_wire(&there(&weather::physics_to_wire(&physics))).unwrap());
    }
}

#[test]
fn a_seed_and_its_draws_come_back_whatever_the_order_of_its_parts() {
    let seed = seed();
    let sent = there(&seed::seed_to_wire(&seed));
    let (back, order) = seed::seed_from_wire(&sent).unwrap();
    let draws = draws(&seed);
    let draws_back =
        seed::perturbation_from_wire(&there(&seed::perturbation_to_wire(&draws)), &order).unwrap();
    assert_eq!((&seed, &draws), (&back, &draws_back));
    // Another client may send its parts in another order; its shifts follow them.
    let mut mixed = sent.clone();
    mixed.parts.swap(0, 3);
    let mut shifts = seed::perturbation_to_wire(&draws);
    shifts.shift_east_m.swap(0, 3);
    shifts.shift_north_m.swap(0, 3);
    let (back, order) = seed::seed_from_wire(&mixed).unwrap();
    let moved = seed::perturbation_from_wire(&shifts, &order).unwrap();
    let at = back.burning.iter().position(|ignition| ignition.age_s == 0).unwrap();
    assert_eq!(moved.shift_m(at), draws.shift_m(0), "the disc that was first");
    let line = back.outlines.iter().position(|one| matches!(one.shape, MappedShape::Line(_))).unwrap();
    assert_eq!(moved.shift_m(2 + line), draws.shift_m(3));
}

#[test]
fn draws_made_on_the_server_are_those_made_here() {
    let seed = seed();
    let rng_seed =
        RngSeed { cluster: ClusterId(uuid::Uuid::from_u128(7)), version: 3, member: MemberIndex(5) };
    let sent = there(&seed::rng_seed_to_wire(&rng_seed, &PerturbationSettings::default()));
    assert_eq!(seed::draw_from_wire(&sent, 5, &seed).unwrap(), draws(&seed));
}

#[test]
fn results_come_back_to_the_last_bit() {
    let (landscape, seed) = (landscape(), seed());
    let weather = weather(&world().weather);
    let mut arrivals = vec![simulated(&landscape, &weather, &seed)];
    // A fire outside, one on rock, one too wet: nothing to send but the reason.
    let outside = Seed { burning: vec![disc(-110.0, 0)], burned: vec![], outlines: vec![], ..seed.clone() };
    arrivals.push(simulated(&landscape, &weather, &outside));
    let mut rock = landscape.clone();
    rock.fuel.fill(98);
    arrivals.push(simulated(&rock, &weather, &seed));
    let mut wet = weather.clone();
    let cells = wet.steps.iter_mut().flat_map(|step| &mut step.cells);
    cells.for_each(|cell| cell.moisture.dead.one_hour = 0.9);
    let plain = Landscape { canopy: None, ..landscape.clone() };
    arrivals.push(simulated(&plain, &wet, &Seed { outlines: vec![], ..seed.clone() }));
    assert!(arrivals[0].no_spread.is_none() && arrivals[0].arrival_s.cells.len() > 100);
    let reasons: Vec<_> = arrivals[1..].iter().map(|arrival| arrival.no_spread.clone().unwrap()).collect();
    assert!(matches!(reasons[0], NoSpread::OutsideLandscape { ignitions: 1 }), "{reasons:?}");
    assert!(matches!(reasons[1], NoSpread::NotBurnable { .. }), "{reasons:?}");
    assert!(matches!(reasons[2], NoSpread::TooWet { .. }), "{reasons:?}");
    for (arrival, ground) in arrivals.iter().zip([&landscape, &landscape, &rock, &plain]) {
        let back = tile::result_from_wire(&there(&result(arrival, ground)), ground).unwrap();
        let bits = |layer: &[f32]| layer.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
        assert_eq!(arrival, &back);
        assert_eq!(bits(&arrival.arrival_s.cells), bits(&back.arrival_s.cells));
        assert_eq!(bits(&arrival.fireline_intensity_kw_m), bits(&back.fireline_intensity_kw_m));
    }
}

#[test]
fn whether_the_terrain_bends_the_wind_is_told() {
    let mut weather = weather(&world().weather);
    for bends in [true, false] {
        weather.terrain_bends_wind = bends;
        let back = weather::weather_from_wire(&there(&weather::weather_to_wire(&weather))).unwrap();
        assert_eq!(weather, back);
    }
}

#[test]
fn ground_for_a_server_without_discs_is_polygons_and_starts_the_same_fire() {
    let (landscape, weather) = (landscape(), weather(&world().weather));
    let seed = Seed { outlines: vec![], burned: vec![], ..seed() };
    let draws = draws(&seed);
    let polygons = there(&seed::seed_to_polygons(&seed, &draws));
    assert!(
        polygons.parts.iter().all(|part| matches!(part.shape, Some(proto::seed_part::Shape::Polygon(_))))
    );
    let (ground, _) = seed::seed_from_wire(&polygons).unwrap();
    assert_eq!(ground.outlines.len(), 1, "two discs that are joined");
    let run = |seed: &Seed, draws: &Perturbation| {
        let stop = StopToken::default();
        spread(seed, draws, &Physics::SURFACE, &landscape, &weather, 7_200, &stop).unwrap()
    };
    let still = Perturbation { ignition_shift_m: Vec::new(), ..draws.clone() };
    let [by_discs, by_polygons] =
        [run(&seed, &draws), run(&ground, &still)].map(|arrival| tile::burned_cells(&arrival, 7_200) as f64);
    assert!((by_discs / by_polygons - 1.0).abs() < 0.01, "{by_discs} and {by_polygons}");
}

#[test]
fn what_is_wrong_is_named_with_its_path() {
    let landscape = ground::landscape_to_wire(&landscape());
    let weather = weather::weather_to_wire(&weather(&world().weather));
    let ground_error = |change: fn(&mut proto::Landscape)| {
        let mut wrong = landscape.clone();
        change(&mut wrong);
        ground::landscape_from_wire(&wrong, 1_000_000).unwrap_err().to_string()
    };
    let weather_error = |change: fn(&mut proto::WeatherSeries)| {
        let mut wrong = weather.clone();
        change(&mut wrong);
        weather::weather_from_wire(&wrong).unwrap_err().to_string()
    };
    let seed_error = |change: fn(&mut proto::Seed)| {
        let mut wrong = seed::seed_to_wire(&seed());
        change(&mut wrong);
        seed::seed_from_wire(&wrong).unwrap_err().to_string()
    };
    let cases = [
        (ground_error(|wrong| wrong.epsg = 4326), "field epsg: needed 32601 to 32660"),
        (ground_error(|wrong| wrong.grid = None), "field grid: needed a value, found none"),
        (ground_error(|wrong| wrong.grid.as_mut().unwrap().cell_size_m = f64::NAN), "field grid.cell_size_m"),
        (ground_error(|wrong| wrong.grid.as_mut().unwrap().rows = u32::MAX), "field grid.rows and cols"),
        (ground_error(|wrong| wrong.fuel_code.truncate(3)), "found 3"),
        (ground_error(|wrong| wrong.elevation_m = None), "field elevation_m: needed a value"),
        (
            ground_error(|wrong| {
                wrong.rise_east.as_mut().unwrap().form = Some(proto::layer::Form::Constant(f32::NAN));
            }),
            "field rise_east.a value: needed a number from -20 to 20, found NaN",
        ),
        (
            ground_error(|wrong| wrong.fuel_models[0].bed.as_mut().unwrap().depth_ft = -1.0),
            "field fuel_models[0].bed, depth: needed above 0",
        ),
        (weather_error(|wrong| wrong.steps.clear()), "field steps: needed 1 to"),
        (weather_error(|wrong| wrong.steps.swap(0, 1)), "field steps[1].valid_at: needed an instant after"),
        (
            weather_error(|wrong| wrong.steps[2].wind_10m_north_m_s[0] = f64::INFINITY),
            "field steps[2].wind_10m_north_m_s: needed a number from -150 to 150, found inf",
        ),
        (
            weather_error(|wrong| wrong.steps[0].live_moisture_woody.clear()),
            "field steps[0].live_moisture_woody",
        ),
        (seed_error(|wrong| wrong.seeded_at = None), "field seeded_at: needed a value, found none"),
        (seed_error(|wrong| wrong.parts.clear()), "field parts: needed at least one that burns"),
        (seed_error(|wrong| wrong.parts[1].shape = None), "field parts[1].shape: needed a value"),
        (seed_error(|wrong| wrong.parts[2].burned_out = true), "field parts[2].burned_out"),
        (seed_error(|wrong| wrong.parts[0].position_sd_m = -1.0), "field parts[0].position_sd_m"),
    ];
    for (error, expected) in cases {
        assert!(error.contains(expected), "{error}\nlacks {expected}");
    }
}
