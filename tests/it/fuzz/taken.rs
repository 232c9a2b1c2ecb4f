//! What becomes of bytes from the wire, on both sides of it. The fuzzer has these doors, too.

use std::sync::{Arc, OnceLock};

use firecore::detection::ClusterId;
use firecore::ignition::{Perturbation, Seed};
use firecore::spread::Physics;
use firecore::strategy::{Method, Priority};
use guira::simulate::Scenario;
use guira::simulate::physx::check;
use guira::simulate::wire::proto::run_simulation_request::Draws;
use guira::simulate::wire::proto::scenario::{Air, Ground};
use guira::simulate::wire::{WireError, ground, proto, read, seed, tile, weather};

use super::world;

/// Largest landscape that is taken, cells.
const CELLS_MAX: u64 = 10_000;

/// Longest words that are taken over from a server, characters; with the words around them.
const WORDS_MAX: usize = 600;

/// What bytes are read as.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    Simulation,
    Ensemble,
    /// As it was put.
    Landscape,
    /// As it was put.
    Weather,
}

/// A server gets these bytes: whether it takes them.
pub(super) fn request(kind: Kind, bytes: &[u8]) -> bool {
    match kind {
        Kind::Simulation => read::message(bytes).is_ok_and(|message| simulation(&message).is_ok()),
        Kind::Ensemble => read::message(bytes).is_ok_and(|message| ensemble(&message).is_ok()),
        Kind::Landscape => read::message(bytes).is_ok_and(|message| landscape(&message).is_ok()),
        Kind::Weather => read::message(bytes).is_ok_and(|message| air(&message).is_ok()),
    }
}

/// A client gets these bytes: whether it takes them for a fire.
pub(super) fn response(bytes: &[u8]) -> bool {
    static ASKED: OnceLock<Scenario> = OnceLock::new();
    let scenario = ASKED.get_or_init(asked);
    let Ok(message) = read::message::<proto::RunSimulationResponse>(bytes) else { return false };
    let Some(result) = message.result else { return false };
    let Ok(arrival) = tile::result_from_wire(&result, &scenario.landscape) else { return false };
    let cells = scenario.landscape.shape.len();
    assert!(arrival.arrival_s.cells.len() <= cells && arrival.fireline_intensity_kw_m.len() <= cells);
    let words = arrival.no_spread.as_ref().map_or(0, |reason| reason.to_string().chars().count());
    assert!(words <= WORDS_MAX, "a reason of {words} characters");
    let burned = result.statistics.unwrap_or_default().burned_cells;
    check::fault(&arrival, burned, scenario, &Perturbation::NONE).is_none()
}

fn simulation(message: &proto::RunSimulationRequest) -> Result<(), WireError> {
    let (seed, order) = scenario(message.scenario.as_ref())?;
    match &message.draws {
        None => {}
        Some(Draws::Perturbation(draws)) => {
            let draws = seed::perturbation_from_wire(draws, &order)?;
            let sent = seed::perturbation_to_wire(&draws);
            let as_held = (0..order.len()).collect::<Vec<_>>();
            assert_eq!(Ok(&draws), seed::perturbation_from_wire(&sent, &as_held).as_ref());
        }
        Some(Draws::RngSeed(rng_seed)) => {
            let draws = seed::draw_from_wire(rng_seed, rng_seed.member, &seed)?;
            assert_eq!(draws.ignition_shift_m.len(), order.len());
        }
    }
    Ok(())
}

fn ensemble(message: &proto::RunEnsembleRequest) -> Result<(), WireError> {
    let (seed, _) = scenario(message.scenario.as_ref())?;
    let rng_seed = message.rng_seed.clone().unwrap_or_default();
    seed::draw_from_wire(&rng_seed, message.first_member, &seed).map(drop)
}

fn scenario(message: Option<&proto::Scenario>) -> Result<(Seed, Vec<usize>), WireError> {
    let none = || WireError::new("a field", "a value", "none");
    let message = message.ok_or_else(none)?;
    if let Some(Ground::Landscape(message)) = &message.ground {
        landscape(message)?;
    }
    if let Some(Air::Weather(message)) = &message.air {
        air(message)?;
    }
    let physics = weather::physics_from_wire(message.physics.as_ref().ok_or_else(none)?)?;
    assert_eq!(Ok(physics), weather::physics_from_wire(&weather::physics_to_wire(&physics)));
    let (seed, order) = seed::seed_from_wire(message.seed.as_ref().ok_or_else(none)?)?;
    assert_eq!(order.len(), seed.burning.len() + seed.outlines.len());
    // What was taken is a value like any other: it goes out and comes back the same.
    let again = seed::seed_from_wire(&seed::seed_to_wire(&seed)).map(|(seed, _)| seed);
    assert_eq!(Ok(&seed), again.as_ref());
    Ok((seed, order))
}

fn landscape(message: &proto::Landscape) -> Result<(), WireError> {
    let landscape = ground::landscape_from_wire(message, CELLS_MAX)?;
    let cells = landscape.shape.len();
    let layers = [landscape.terrain.len(), landscape.fuel.len()];
    assert!(cells as u64 <= CELLS_MAX && layers == [cells; 2]);
    assert!(landscape.canopy.as_ref().is_none_or(|canopy| canopy.len() == cells));
    assert_eq!(
        Ok(&landscape),
        ground::landscape_from_wire(&ground::landscape_to_wire(&landscape), CELLS_MAX).as_ref()
    );
    Ok(())
}

fn air(message: &proto::WeatherSeries) -> Result<(), WireError> {
    let series = weather::weather_from_wire(message)?;
    assert!(series.steps.iter().all(|step| step.cells.len() == series.shape.len()));
    assert_eq!(Ok(&series), weather::weather_from_wire(&weather::weather_to_wire(&series)).as_ref());
    Ok(())
}

fn asked() -> Scenario {
    Scenario {
        cluster_id: ClusterId(uuid::Uuid::nil()),
        version: 1,
        method: Method::PhysX,
        priority: Priority::new(5),
        physics: Physics::default(),
        seed: world::seed(),
        horizon_s: world::HORIZON_S,
        members: 1,
        deadline: None,
        landscape: Arc::new(world::landscape()),
        weather: Arc::new(world::weather()),
    }
}
