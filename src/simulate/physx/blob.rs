//! What all members of a run send: the landscape and the weather with their digests, and the rest of the scenario.

use bytes::Bytes;
use firecore::ignition::Perturbation;
use prost::Message;
use sha2::{Digest, Sha256};

use super::super::Scenario;
use super::super::wire::proto::{self, scenario::Air, scenario::Ground};
use super::super::wire::{ground, seed, weather};

/// Bytes of one piece of an input: small enough that other calls get their turn on the connection, and for any server's limit.
const PIECE_BYTES: usize = 1 << 19;

/// An input as it is put.
#[derive(Clone, Debug)]
pub(super) struct Blob {
    pub(super) kind: proto::InputKind,
    pub(super) sha256: [u8; 32],
    bytes: Bytes,
}

impl Blob {
    fn new(kind: proto::InputKind, bytes: Vec<u8>) -> Self {
        Self { kind, sha256: Sha256::digest(&bytes).into(), bytes: bytes.into() }
    }

    /// The pieces of a call that puts it.
    pub(super) fn pieces(&self) -> impl Iterator<Item = proto::PutInputRequest> + Send + 'static {
        let Self { kind, sha256, bytes } = self.clone();
        let size_bytes = bytes.len() as u64;
        let count = bytes.len().div_ceil(PIECE_BYTES).max(1);
        (0..count).map(move |at| {
            let piece = bytes.slice(at * PIECE_BYTES..((at + 1) * PIECE_BYTES).min(bytes.len()));
            match at {
                0 => proto::PutInputRequest {
                    kind: kind.into(),
                    sha256: Bytes::copy_from_slice(&sha256),
                    size_bytes,
                    piece,
                },
                _ => proto::PutInputRequest { piece, ..proto::PutInputRequest::default() },
            }
        })
    }
}

/// What goes out for each member of a run.
#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) landscape: Blob,
    pub(super) weather: Blob,
    scenario: proto::Scenario,
}

impl Prepared {
    /// Encodes the inputs: for a large landscape a good part of a second.
    pub(super) fn of(scenario: &Scenario) -> Self {
        let landscape = ground::landscape_to_wire(&scenario.landscape).encode_to_vec();
        let landscape = Blob::new(proto::InputKind::Landscape, landscape);
        let weather = weather::weather_to_wire(&scenario.weather).encode_to_vec();
        let weather = Blob::new(proto::InputKind::Weather, weather);
        let digest = |blob: &Blob| Bytes::copy_from_slice(&blob.sha256);
        let scenario = proto::Scenario {
            seed: Some(seed::seed_to_wire(&scenario.seed)),
            ground: Some(Ground::LandscapeSha256(digest(&landscape))),
            air: Some(Air::WeatherSha256(digest(&weather))),
            physics: Some(weather::physics_to_wire(&scenario.physics)),
            horizon_s: scenario.horizon_s,
            outputs: vec![proto::Output::FirelineIntensity.into()],
            priority: scenario.priority.level().into(),
        };
        Self { landscape, weather, scenario }
    }

    /// One member's request, for a server that knows discs or one that does not.
    pub(super) fn request(
        &self,
        scenario: &Scenario,
        member: u32,
        draws: &Perturbation,
        discs: bool,
        time_limit_ms: u32,
    ) -> proto::RunSimulationRequest {
        let (mut sent, mut draws_sent) = (self.scenario.clone(), seed::perturbation_to_wire(draws));
        if !discs {
            sent.seed = Some(seed::seed_to_polygons(&scenario.seed, draws));
            draws_sent.shift_east_m.clear();
            draws_sent.shift_north_m.clear();
        }
        proto::RunSimulationRequest {
            scenario: Some(sent),
            draws: Some(proto::run_simulation_request::Draws::Perturbation(draws_sent)),
            member,
            time_limit_ms,
        }
    }
}
