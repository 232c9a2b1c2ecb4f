//! Whole simulations: crowns and embers over real ground.

use std::sync::Arc;

use super::*;
use crate::detection::ClusterId;
use crate::ensemble::{MemberIndex, MemberPlan, PerturbationSettings, RngSeed};
use crate::fuel::FuelModels;
use crate::geo::{EastNorth, LonLat};
use crate::ignition::{Ignition, MappedPerimeter, MappedShape};
use crate::landscape::{Canopy, Terrain, Trees};
use crate::moisture::{DeadFuelMoisture, FuelMoisture, LiveFuelMoisture};
use crate::weather::{Weather, WeatherStep};

const ROWS: usize = 120;
const COLS: usize = 200;
const CELL_M: f64 = 30.0;
const HORIZON_S: u32 = 3 * 3600;

/// Level ground of one fuel, the fire's cell at row 60, column 40, wind from the west.
fn plain(fuel: u8) -> Landscape {
    let place = LonLat::new(-119.0, 34.5).expect("a valid place");
    let frame = LocalFrame::at(place);
    let centre = frame.to_plane(place);
    let shape = GridShape {
        rows: ROWS,
        cols: COLS,
        cell_size_m: CELL_M,
        west_m: centre.east_m - 40.5 * CELL_M,
        north_m: centre.north_m + 60.5 * CELL_M,
    };
    Landscape {
        terrain: Terrain::flat(shape.len()),
        fuel: vec![fuel; shape.len()],
        fuel_models: Arc::new(FuelModels::standard()),
        canopy: None,
        frame,
        shape,
    }
}

fn weather(landscape: &Landscape, wind_m_s: f64) -> WeatherSeries {
    let moisture = FuelMoisture {
        dead: DeadFuelMoisture { one_hour: 0.05, ten_hour: 0.06, hundred_hour: 0.07 },
        live: LiveFuelMoisture { herbaceous: 0.6, woody: 0.9 },
    };
    let weather = Weather { wind_10m_east_m_s: wind_m_s, wind_10m_north_m_s: 0.0, moisture };
    let cells = vec![weather];
    WeatherSeries {
        frame: landscape.frame.clone(),
        shape: GridShape { rows: 1, cols: 1, cell_size_m: 1e5, ..landscape.shape },
        steps: vec![WeatherStep { valid_at: seed().seeded_at, cells }],
        terrain_bends_wind: false,
    }
}

fn seed() -> Seed {
    let position = LonLat::new(-119.0, 34.5).expect("a valid place");
    Seed {
        seeded_at: "2026-08-01T12:00:00Z".parse().expect("a time"),
        burning: vec![Ignition { position, radius_m: 50.0, position_sd_m: 0.0, gap_m: 0.0, age_s: 0 }],
        burned: vec![],
        outlines: Vec::new(),
    }
}

/// A member's draws, with no other departure than its embers.
fn member(index: u32) -> Perturbation {
    let cluster = ClusterId(uuid::Uuid::from_u128(7));
    let rng_seed = RngSeed { cluster, version: 1, member: MemberIndex(index) };
    let still =
        PerturbationSettings { wind_speed_fraction: 0.0, moisture_fraction: 0.0, wind_direction_sd_deg: 0.0 };
    MemberPlan::draw(rng_seed, &seed(), &still).perturbation
}

fn run(landscape: &Landscape, wind_m_s: f64, physics: &Physics, index: u32) -> ArrivalTimes {
    let weather = weather(landscape, wind_m_s);
    spread(&seed(), &member(index), physics, landscape, &weather, HORIZON_S, &StopToken::default())
        .expect("nothing stops it")
}

fn burned_beyond(result: &ArrivalTimes, landscape: &Landscape, col: usize) -> usize {
    let shape = &result.arrival_s.shape;
    let east_m = |cell: usize| shape.centre(cell / shape.cols, cell % shape.cols).east_m;
    let beyond_m = landscape.shape.west_m + col as f64 * CELL_M;
    let burned = |cell: &usize| result.arrival_s.cells[*cell] <= HORIZON_S as f32;
    (0..shape.len()).filter(burned).filter(|cell| east_m(*cell) > beyond_m).count()
}

/// Chaparral with ground that does not burn from a column on, so many cells wide.
fn chaparral_with_a_break(first: usize, cells: usize, code: u8) -> Landscape {
    let mut landscape = plain(4);
    for cell in 0..landscape.fuel.len() {
        if (first..first + cells).contains(&(cell % COLS)) {
            landscape.fuel[cell] = code;
        }
    }
    landscape
}

#[test]
fn embers_cross_a_road_and_a_river_and_nothing_else_does() {
    let no_embers = Physics { embers: None, ..Physics::default() };
    for (cells, code, members_at_least) in [(1, 91, 8), (4, 98, 6)] {
        let landscape = chaparral_with_a_break(80, cells, code);
        let held = run(&landscape, 12.0, &no_embers, 0);
        assert_eq!((burned_beyond(&held, &landscape, 80), held.spot_fires), (0, 0));
        let crossed = (0..10)
            .filter(|index| {
                let result = run(&landscape, 12.0, &Physics::default(), *index);
                burned_beyond(&result, &landscape, 80 + cells) > 0
            })
            .count();
        assert!(crossed >= members_at_least, "{crossed} of 10 members cross {cells} cells of {code}");
    }
}

#[test]
fn no_ember_crosses_ten_kilometres_of_water() {
    let mut landscape = plain(4);
    (0..landscape.fuel.len()).filter(|cell| cell % COLS >= 60).for_each(|cell| landscape.fuel[cell] = 98);
    let result = run(&landscape, 12.0, &Physics::default(), 0);
    assert_eq!(burned_beyond(&result, &landscape, 60), 0);
}

#[test]
fn embers_are_the_members_own_and_the_same_every_time() {
    let landscape = plain(4);
    let [first, again, other] = [3, 3, 4].map(|index| run(&landscape, 8.0, &Physics::default(), index));
    assert!(first.spot_fires > 0);
    assert_eq!(first, again);
    assert_ne!(first.arrival_s, other.arrival_s);
}

#[test]
fn the_number_of_embers_is_bounded_and_the_bound_is_told() {
    let landscape = plain(4);
    let few = EmberSettings { followed_max: 5, ..EmberSettings::default() };
    let result = run(&landscape, 8.0, &Physics { embers: Some(few), ..Physics::default() }, 0);
    assert!(result.spot_fires <= 5 && result.embers_refused > 0, "{} fires", result.spot_fires);
    let storm = EmberSettings { per_gj: 1e9, followed_max: 1000 };
    let result = run(&landscape, 8.0, &Physics { embers: Some(storm), ..Physics::default() }, 0);
    assert!(result.spot_fires <= 1000 && result.embers_refused > 0);
}

#[test]
fn wet_fuel_takes_no_embers() {
    let (landscape, mut wet) = (plain(4), weather(&plain(4), 8.0));
    wet.steps[0].cells[0].moisture.dead.one_hour = 0.35;
    let stop = StopToken::default();
    let result = spread(&seed(), &member(0), &Physics::default(), &landscape, &wet, HORIZON_S, &stop)
        .expect("nothing stops it");
    assert_eq!(result.spot_fires, 0);
}

/// Timber litter under a stand; its surface fire alone crawls.
fn forest(base_height_m: f64) -> Landscape {
    let mut landscape = plain(10);
    let trees = Trees { cover: 0.6, height_m: 18.0, base_height_m, bulk_density_kg_m3: 0.2 };
    landscape.canopy = Some(Canopy::of(vec![trees; landscape.shape.len()]));
    landscape
}

#[test]
fn crowns_burn_where_there_are_any_and_physics_lets_them() {
    let crowns = Physics { embers: None, ..Physics::default() };
    let head_m = |landscape: &Landscape, physics: &Physics| {
        let result = run(landscape, 8.0, physics, 0);
        let shape = &result.arrival_s.shape;
        let burned = (0..shape.len()).filter(|cell| result.arrival_s.cells[*cell] <= HORIZON_S as f32);
        let east_m = |cell: usize| shape.centre(cell / shape.cols, cell % shape.cols).east_m;
        burned.map(east_m).fold(0.0_f64, f64::max)
            - landscape.frame.to_plane(seed().burning[0].position).east_m
    };
    let (low, high) = (forest(1.0), forest(15.0));
    let (on_the_ground, in_crowns) = (head_m(&low, &Physics::SURFACE), head_m(&low, &crowns));
    assert!(in_crowns > 2.0 * on_the_ground, "{in_crowns} m against {on_the_ground} m");
    assert_eq!(head_m(&high, &crowns), head_m(&high, &Physics::SURFACE), "the base is out of reach");
    assert_eq!(head_m(&plain(10), &crowns), head_m(&plain(10), &Physics::SURFACE), "there are no crowns");
}

#[test]
fn a_crown_fire_in_the_solver_is_the_crown_fire_of_the_equations() {
    let landscape = forest(1.0);
    let crowns = Physics { embers: None, ..Physics::default() };
    let result = run(&landscape, 8.0, &crowns, 0);
    // Cruz, Alexander and Wakimoto (2005), active: 11.02 U^0.9 CBD^0.19 exp(-0.17 m), km/h, kg/m3, %, in m/min.
    let rate_m_s = 11.02 * (8.0_f64 * 3.6).powf(0.9) * 0.2_f64.powf(0.19) * (-0.17_f64 * 5.0).exp() / 60.0;
    let arrival_at = |east_m: f64| {
        let origin = landscape.frame.to_plane(seed().burning[0].position);
        let at = EastNorth { east_m: origin.east_m + east_m, north_m: origin.north_m };
        let (row, col) = result.arrival_s.shape.cell_at(at).expect("inside");
        f64::from(result.arrival_s.cells[row * result.arrival_s.shape.cols + col])
    };
    let found_m_s = 1500.0 / (arrival_at(3000.0) - arrival_at(1500.0));
    assert!((found_m_s / rate_m_s - 1.0).abs() < 0.01, "{found_m_s} m/s, {rate_m_s} m/s");
}

/// A ring around the fire's place, half so many metres wide, in longitude and latitude.
fn ring(landscape: &Landscape, half_m: f64) -> Vec<LonLat> {
    let origin = landscape.frame.to_plane(seed().burning[0].position);
    let corner = |(x, y): (f64, f64)| EastNorth {
        east_m: origin.east_m + x * half_m,
        north_m: origin.north_m + y * half_m,
    };
    let corners = [(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)];
    corners.map(|at| landscape.frame.to_lon_lat(corner(at))).to_vec()
}

fn from_outline(landscape: &Landscape, mapped: MappedPerimeter, shift_m: [f64; 2]) -> ArrivalTimes {
    let seed = Seed { burning: vec![], outlines: vec![mapped], ..seed() };
    let member = Perturbation { ignition_shift_m: vec![shift_m], ..Perturbation::NONE };
    let weather = weather(landscape, 4.0);
    spread(&seed, &member, &Physics::SURFACE, landscape, &weather, HORIZON_S, &StopToken::default())
        .expect("nothing stops it")
}

/// The arrival time so many metres east and north of the fire's place.
fn arrival_s(result: &ArrivalTimes, east_m: f64, north_m: f64) -> f32 {
    let origin = result.frame.to_plane(seed().burning[0].position);
    let at = EastNorth { east_m: origin.east_m + east_m, north_m: origin.north_m + north_m };
    let shape = &result.arrival_s.shape;
    shape.cell_at(at).map_or(f32::INFINITY, |(row, col)| result.arrival_s.cells[shape.index(row, col)])
}

#[test]
fn a_mapped_perimeter_has_burned_but_for_its_holes_and_burns_on_at_its_edges() {
    let landscape = plain(102);
    let shape = MappedShape::Area(vec![ring(&landscape, 600.0), ring(&landscape, 300.0)]);
    let result = from_outline(&landscape, MappedPerimeter { shape, position_sd_m: 0.0 }, [0.0; 2]);
    assert_eq!(result.no_spread, None);
    assert!(arrival_s(&result, 450.0, 0.0) <= 0.0 && arrival_s(&result, 0.0, -450.0) <= 0.0);
    let (in_hole, outside) = (arrival_s(&result, -270.0, 0.0), arrival_s(&result, 660.0, 0.0));
    assert!(in_hole > 0.0 && in_hole < 3600.0, "the hole's western edge, with the wind: {in_hole} s");
    assert!(outside > 0.0 && outside < 3600.0, "the head: {outside} s");
    assert!(arrival_s(&result, -660.0, 0.0) > outside, "the back is slower than the head");
}

#[test]
fn a_mapped_line_burns_to_both_sides_and_moves_with_a_member() {
    let landscape = plain(102);
    let corners = ring(&landscape, 600.0);
    let line =
        || MappedPerimeter { shape: MappedShape::Line(vec![corners[0], corners[3]]), position_sd_m: 30.0 };
    let [as_drawn, moved] = [[0.0; 2], [90.0, 0.0]].map(|shift_m| from_outline(&landscape, line(), shift_m));
    let beside = |result: &ArrivalTimes, east_m: f64| arrival_s(result, east_m - 600.0, 0.0);
    assert!(beside(&as_drawn, 60.0) > 0.0 && beside(&as_drawn, 60.0) < beside(&as_drawn, -60.0));
    let (a, b) = (beside(&as_drawn, 150.0), beside(&moved, 240.0));
    assert!((a - b).abs() < 1.0, "three cells on: {a} s, {b} s");
    let seed = Seed { outlines: vec![line()], ..seed() };
    let rng_seed =
        RngSeed { cluster: ClusterId(uuid::Uuid::from_u128(7)), version: 1, member: MemberIndex(3) };
    let drawn = MemberPlan::draw(rng_seed, &seed, &PerturbationSettings::default()).perturbation;
    assert_eq!(drawn.ignition_shift_m.len(), 2, "one for the disc, one for the line");
    assert!(drawn.ignition_shift_m[1] != [0.0; 2]);
}

#[test]
fn a_perimeter_outside_the_landscape_says_so() {
    let landscape = plain(102);
    let far = [(-117.0, 34.0), (-116.9, 34.0), (-116.9, 34.1)];
    let ring = far.map(|(lon, lat)| LonLat::new(lon, lat).expect("a valid place")).to_vec();
    let mapped = MappedPerimeter { shape: MappedShape::Area(vec![ring]), position_sd_m: 0.0 };
    let result = from_outline(&landscape, mapped, [0.0; 2]);
    assert_eq!(result.no_spread, Some(NoSpread::OutsideLandscape { ignitions: 1 }));
}

#[test]
fn the_detail_of_a_run_lies_on_its_grid() {
    let landscape = forest(1.0);
    let weather = weather(&landscape, 8.0);
    let crowns = Physics { embers: None, ..Physics::default() };
    let (none, stop) = (Perturbation::NONE, StopToken::default());
    let (times, on_arrival) =
        spread_in_detail(&seed(), &none, &crowns, &landscape, &weather, HORIZON_S, &stop)
            .expect("nothing stops it");
    let plain = spread(&seed(), &none, &crowns, &landscape, &weather, HORIZON_S, &stop);
    assert_eq!(Ok(&times), plain.as_ref(), "the detail changes nothing");
    assert_eq!(on_arrival.len(), times.arrival_s.cells.len());
    let of_detail = on_arrival.iter().map(|arrival| arrival.fireline_intensity_kw_m);
    let burned = times.arrival_s.cells.iter().map(|time_s| *time_s <= HORIZON_S as f32);
    let both = of_detail.zip(&times.fireline_intensity_kw_m).zip(burned);
    assert!(both.filter(|(_, burned)| *burned).all(|((detail, known), _)| detail == *known));
    let origin = landscape.frame.to_plane(seed().burning[0].position);
    let at = EastNorth { east_m: origin.east_m + 1500.0, north_m: origin.north_m };
    let (row, col) = times.arrival_s.shape.cell_at(at).expect("inside");
    let head = on_arrival[times.arrival_s.shape.index(row, col)];
    assert_eq!(head.class, crown::CrownClass::Active);
    assert!((head.toward_rad - std::f32::consts::FRAC_PI_2).abs() < 0.01, "{head:?} faces east");
    assert!(head.rate_of_spread_m_s > 0.5 && head.flame_length_m > 5.0, "{head:?}");
}

#[test]
fn memory_and_tables_that_other_members_used_change_no_bit() {
    let mut landscape = chaparral_with_a_break(80, 2, 98);
    let trees = Trees { cover: 0.5, height_m: 14.0, base_height_m: 1.5, bulk_density_kg_m3: 0.15 };
    landscape.canopy = Some(Canopy::of(vec![trees; landscape.shape.len()]));
    let weather = weather(&landscape, 9.0);
    let tables = Tables::of(&landscape, &weather);
    let scene = Scene { landscape: &landscape, weather: &weather, tables: &tables };
    let (mut workspace, stop) = (front::Workspace::default(), StopToken::default());
    for index in 0..4 {
        let (draws, physics) = (member(index), Physics::default());
        let shared =
            spread_in(&mut workspace, scene, &seed(), &draws, &physics, HORIZON_S, &stop).expect("no stop");
        assert!(shared.arrival_s.cells.len() > 1000);
        assert!(shared == run(&landscape, 9.0, &physics, index), "member {index}");
    }
}
