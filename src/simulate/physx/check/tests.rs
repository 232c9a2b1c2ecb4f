use std::sync::Arc;

use firecore::detection::ClusterId;
use firecore::ensemble::{MemberIndex, MemberPlan, PerturbationSettings, RngSeed};
use firecore::ignition::{Ignition, MappedPerimeter, MappedShape};
use firecore::spread::{Physics, StopToken, spread};
use firecore::strategy::{Method, Priority};
use jiff::Timestamp;

use super::*;
use crate::inputs::demo;

const HORIZON_S: u32 = 6 * 3_600;

fn scenario(landscape: &Arc<Landscape>, seed: Seed) -> Scenario {
    let weather = Arc::new(demo::weather_series(seed.seeded_at, HORIZON_S));
    Scenario {
        cluster_id: ClusterId(uuid::Uuid::from_u128(7)),
        version: 1,
        method: Method::PhysX,
        priority: Priority::new(1),
        physics: Physics::default(),
        seed,
        horizon_s: HORIZON_S,
        members: 10,
        deadline: None,
        landscape: Arc::clone(landscape),
        weather,
    }
}

/// Two fires over made-up hills and trees, and a mapped line between them.
fn scenarios() -> Vec<Scenario> {
    let at: Timestamp = "2024-08-15T19:00:00Z".parse().unwrap();
    let landscape = Arc::new(demo::landscape());
    let detections = demo::detections(at);
    let of = |detections: &[firecore::detection::Detection], outlines| {
        scenario(&landscape, Seed::of(detections.iter(), outlines, at, 86_400))
    };
    let places = detections.iter().map(|detection| detection.position()).collect();
    let line = MappedPerimeter { shape: MappedShape::Line(places), position_sd_m: 50.0 };
    vec![of(&detections[..1], vec![]), of(&detections[1..], vec![]), of(&[], vec![line])]
}

fn member(scenario: &Scenario, index: u32) -> (Perturbation, ArrivalTimes) {
    let rng_seed = RngSeed { cluster: scenario.cluster_id, version: 1, member: MemberIndex(index) };
    let draws = MemberPlan::draw(rng_seed, &scenario.seed, &PerturbationSettings::default()).perturbation;
    let Scenario { seed, physics, landscape, weather, .. } = scenario;
    let stop = StopToken::default();
    let arrival = spread(seed, &draws, physics, landscape, weather, HORIZON_S, &stop).unwrap();
    (draws, arrival)
}

fn found(arrival: &ArrivalTimes, scenario: &Scenario, draws: &Perturbation) -> Option<String> {
    fault(arrival, burned_cells(arrival, HORIZON_S), scenario, draws)
}

#[test]
fn fires_of_our_own_solver_pass_with_embers_and_without() {
    let (mut spot_fires, mut burned) = (0, 0);
    for mut scenario in scenarios() {
        for physics in [Physics::default(), Physics::SURFACE] {
            scenario.physics = physics;
            for index in 0..10 {
                let (draws, arrival) = member(&scenario, index);
                assert_eq!(found(&arrival, &scenario, &draws), None, "member {index} of {physics:?}");
                spot_fires += arrival.spot_fires;
                burned += burned_cells(&arrival, HORIZON_S);
            }
        }
    }
    assert!(spot_fires > 100 && burned > 10_000, "{spot_fires} spot fires, {burned} cells");
}

/// What a faulty program or line makes of a result.
type Harm = fn(&mut ArrivalTimes, &mut u64);

#[test]
fn what_is_no_fire_is_found_out() {
    let scenario = scenarios().swap_remove(0);
    let (draws, arrival) = member(&scenario, 3);
    let harms: [(&str, Harm); 12] = [
        ("not a number", |fire, _| fire.arrival_s.cells[100] = f32::NAN),
        ("minus infinity", |fire, _| fire.arrival_s.cells[100] = f32::NEG_INFINITY),
        ("intensity without end", |fire, _| fire.fireline_intensity_kw_m[100] = f32::INFINITY),
        ("cut short", |fire, _| fire.arrival_s.cells.truncate(1_000)),
        ("an intensity that no fire has", |fire, _| fire.fireline_intensity_kw_m[100] = 1e9),
        ("nothing", |fire, burned| {
            fire.arrival_s.cells.fill(f32::INFINITY);
            *burned = 0;
        }),
        ("another count", |_, burned| *burned += 1),
        ("times turned round", |fire, burned| {
            let times = fire.arrival_s.cells.iter_mut().filter(|time_s| **time_s <= HORIZON_S as f32);
            times.for_each(|time_s| *time_s = HORIZON_S as f32 - *time_s);
            *burned = burned_cells(fire, HORIZON_S);
        }),
        ("noise", |fire, burned| {
            let mut state = 7_u32;
            for time_s in fire.arrival_s.cells.iter_mut().filter(|time_s| time_s.is_finite()) {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                *time_s = (state >> 8) as f32 / (1 << 24) as f32 * HORIZON_S as f32;
            }
            *burned = burned_cells(fire, HORIZON_S);
        }),
        ("rows upside down", |fire, burned| {
            let cols = fire.arrival_s.shape.cols;
            let rows: Vec<Vec<f32>> = fire.arrival_s.cells.chunks(cols).rev().map(<[f32]>::to_vec).collect();
            fire.arrival_s.cells = rows.concat();
            *burned = burned_cells(fire, HORIZON_S);
        }),
        ("before the start", |fire, burned| {
            fire.arrival_s.cells.iter_mut().for_each(|time_s| *time_s -= 3_600.0);
            *burned = burned_cells(fire, HORIZON_S);
        }),
        ("no time at all", |fire, burned| {
            let burns = fire.burnable.iter();
            fire.arrival_s.cells = burns.map(|burns| if *burns { 0.0 } else { f32::INFINITY }).collect();
            *burned = burned_cells(fire, HORIZON_S);
        }),
    ];
    for (name, harm) in harms {
        let (mut harmed, mut burned) = (arrival.clone(), burned_cells(&arrival, HORIZON_S));
        harm(&mut harmed, &mut burned);
        let found = fault(&harmed, burned, &scenario, &draws);
        println!("{name}: {}", found.clone().unwrap_or_default());
        assert!(found.is_some(), "{name}");
    }
}

#[test]
fn ground_that_has_gone_out_is_no_fault() {
    let mut scenario = scenarios().swap_remove(2);
    let disc = |radius_m: f64, at: usize| {
        let place = scenario.landscape.shape.centre(200 + 6 * at, 300);
        let position = scenario.landscape.frame.to_lon_lat(place);
        Ignition { position, radius_m, position_sd_m: 50.0, gap_m: 0.0, age_s: 90_000 }
    };
    let (wide, small): (Vec<_>, Vec<_>) = (0..20).map(|at| (disc(187.5, at), disc(15.0, at))).unzip();
    for burned in [wide, small] {
        scenario.seed = Seed { burned, ..scenario.seed };
        let (draws, arrival) = member(&scenario, 1);
        assert_eq!(found(&arrival, &scenario, &draws), None, "beside a line that burns");
    }
    // The fire itself lies on a lake, far from what has gone out.
    let mut water = Landscape::clone(&scenario.landscape);
    water.fuel.iter_mut().take(100_000).for_each(|code| *code = 98);
    scenario.landscape = Arc::new(water);
    let on_water = scenario.landscape.frame.to_lon_lat(scenario.landscape.shape.centre(20, 300));
    let ignition = Ignition { position: on_water, position_sd_m: 0.0, ..scenario.seed.burned[0] };
    scenario.seed = Seed { burning: vec![ignition], outlines: vec![], ..scenario.seed };
    let (draws, arrival) = member(&scenario, 1);
    assert!(arrival.no_spread.is_some());
    assert_eq!(found(&arrival, &scenario, &draws), None, "beside a fire that does not spread");
}

#[test]
fn a_fire_at_another_place_is_found_out() {
    let scenarios = scenarios();
    let (draws, arrival) = member(&scenarios[0], 3);
    let error = found(&arrival, &scenarios[1], &draws).unwrap();
    assert!(error.contains("start"), "{error}");
}
