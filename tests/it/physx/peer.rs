//! A PhysX server that does what its script says of each member, and a line that fails.

use std::collections::HashMap;
use std::future::pending;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use firecore::spread::{StopToken, spread};
use futures_util::Stream;
use guira::simulate::wire::proto::phys_x_sim_server::{PhysXSim, PhysXSimServer};
use guira::simulate::wire::proto::run_simulation_request::Draws;
use guira::simulate::wire::proto::scenario::{Air, Ground};
use guira::simulate::wire::{ground, proto, seed, tile, weather};
use prost::Message;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tonic::{Code, Request, Response, Status, Streaming};
use tonic_types::{ErrorDetails, StatusExt};

/// What the peer does with a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Act {
    LateMs(u64),
    Hang,
    NotANumber,
    Noise,
    OtherGrid,
    CutShort,
    OtherCount,
    OtherMember,
    NoResult,
    Full,
    Break,
    Panic,
}

/// A peer, until it is dropped.
pub(super) struct Peer {
    pub(super) address: SocketAddr,
    /// Members that it was asked for.
    calls: Arc<AtomicUsize>,
    /// The trace context of each.
    pub(super) traces: Arc<Mutex<Vec<String>>>,
    _serving: JoinSet<()>,
}

impl Peer {
    pub(super) async fn start(act: Act) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let calls = Arc::new(AtomicUsize::new(0));
        let traces = Arc::default();
        let service =
            Scripted { act, calls: Arc::clone(&calls), traces: Arc::clone(&traces), held: Arc::default() };
        let mut serving = JoinSet::new();
        serving.spawn(async move {
            let incoming = futures_util::stream::unfold(listener, |listener| async {
                let accepted = listener.accept().await.map(|(stream, _)| stream);
                Some((accepted, listener))
            });
            let members = PhysXSimServer::new(service).max_encoding_message_size(usize::MAX);
            tonic::transport::Server::builder()
                .add_service(members)
                .serve_with_incoming(incoming)
                .await
                .unwrap();
        });
        Self { address, calls, traces, _serving: serving }
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(super) fn calls(&self) -> usize {
        self.calls.load(Ordering::Relaxed)
    }
}

#[derive(Clone)]
struct Scripted {
    act: Act,
    calls: Arc<AtomicUsize>,
    traces: Arc<Mutex<Vec<String>>>,
    held: Arc<Mutex<HashMap<Vec<u8>, Vec<u8>>>>,
}

type Events = Pin<Box<dyn Stream<Item = Result<proto::RunEnsembleResponse, Status>> + Send>>;

#[tonic::async_trait]
impl PhysXSim for Scripted {
    type RunEnsembleStream = Events;

    async fn describe(
        &self,
        _request: Request<proto::DescribeRequest>,
    ) -> Result<Response<proto::DescribeResponse>, Status> {
        Ok(Response::new(proto::DescribeResponse {
            model: "scripted".to_owned(),
            version: "1".to_owned(),
            instance: "one".to_owned(),
            capabilities: Some(proto::Capabilities {
                seed_shapes: vec![proto::SeedShape::Disc.into()],
                ..proto::Capabilities::default()
            }),
            limits: Some(proto::Limits { threads: 1, members_in_hand_max: 4, ..proto::Limits::default() }),
            ..proto::DescribeResponse::default()
        }))
    }

    async fn put_input(
        &self,
        request: Request<Streaming<proto::PutInputRequest>>,
    ) -> Result<Response<proto::PutInputResponse>, Status> {
        let (mut pieces, mut sha256, mut bytes) = (request.into_inner(), Vec::new(), Vec::new());
        while let Some(piece) = pieces.message().await? {
            if sha256.is_empty() {
                sha256 = piece.sha256.to_vec();
            }
            bytes.extend_from_slice(&piece.piece);
        }
        self.held.lock().unwrap().insert(sha256.clone(), bytes);
        Ok(Response::new(proto::PutInputResponse { sha256: sha256.into(), known: false }))
    }

    async fn run_simulation(
        &self,
        request: Request<proto::RunSimulationRequest>,
    ) -> Result<Response<proto::RunSimulationResponse>, Status> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        let parent = request.metadata().get("traceparent").expect("every call has a trace");
        self.traces.lock().unwrap().push(parent.to_str().unwrap().to_owned());
        match self.act {
            Act::Hang => return pending().await,
            Act::LateMs(wait_ms) => tokio::time::sleep(Duration::from_millis(wait_ms)).await,
            Act::Full => {
                let details = ErrorDetails::with_retry_info(Some(Duration::from_millis(20)));
                return Err(Status::with_error_details(Code::ResourceExhausted, "full", details));
            }
            Act::Break => return Err(Status::internal("something broke")),
            Act::Panic => panic!("a scripted panic"),
            Act::NoResult => return Ok(Response::new(proto::RunSimulationResponse::default())),
            _ => {}
        }
        let result = harmed(self.act, self.simulate(request.into_inner()));
        Ok(Response::new(proto::RunSimulationResponse { result: Some(result) }))
    }

    async fn run_ensemble(
        &self,
        _request: Request<proto::RunEnsembleRequest>,
    ) -> Result<Response<Events>, Status> {
        Err(Status::unimplemented("members alone"))
    }
}

impl Scripted {
    /// What a good server gives.
    fn simulate(&self, request: proto::RunSimulationRequest) -> proto::MemberResult {
        let scenario = request.scenario.unwrap();
        let (Some(Ground::LandscapeSha256(ground_sha)), Some(Air::WeatherSha256(air_sha))) =
            (scenario.ground, scenario.air)
        else {
            panic!("inputs go by their digests");
        };
        let held = self.held.lock().unwrap();
        let landscape = proto::Landscape::decode(held[&ground_sha[..]].as_slice()).unwrap();
        let landscape = ground::landscape_from_wire(&landscape, u64::MAX).unwrap();
        let series = proto::WeatherSeries::decode(held[&air_sha[..]].as_slice()).unwrap();
        let series = weather::weather_from_wire(&series).unwrap();
        let (seed, order) = seed::seed_from_wire(&scenario.seed.unwrap()).unwrap();
        let Some(Draws::Perturbation(draws)) = request.draws else { panic!("draws are sent") };
        let draws = seed::perturbation_from_wire(&draws, &order).unwrap();
        let physics = weather::physics_from_wire(&scenario.physics.unwrap()).unwrap();
        let (horizon_s, stop) = (scenario.horizon_s, StopToken::default());
        let arrival = spread(&seed, &draws, &physics, &landscape, &series, horizon_s, &stop).unwrap();
        proto::MemberResult {
            member: request.member,
            arrival: Some(tile::tile_to_wire(&arrival, &landscape, true)),
            statistics: Some(proto::Statistics {
                burned_cells: tile::burned_cells(&arrival, horizon_s),
                spot_fires: arrival.spot_fires as u64,
                embers_refused: arrival.embers_refused as u64,
                edge_reached: arrival.edge_reached,
                ..proto::Statistics::default()
            }),
            no_spread: arrival.no_spread.as_ref().map(tile::no_spread_to_wire),
            provenance: None,
        }
    }
}

/// A result as a faulty program gives it.
fn harmed(act: Act, mut result: proto::MemberResult) -> proto::MemberResult {
    let arrival = result.arrival.as_mut().unwrap();
    let mut times = arrival.arrival_s_f32.to_vec();
    match act {
        Act::NotANumber => times[40..44].copy_from_slice(&f32::NAN.to_le_bytes()),
        Act::Noise => {
            for (at, four) in times.chunks_exact_mut(4).enumerate() {
                four.copy_from_slice(&((at * 7_919 % 3_600) as f32).to_le_bytes());
            }
            result.statistics.as_mut().unwrap().burned_cells = times.len() as u64 / 4;
        }
        Act::OtherGrid => arrival.first_col += 1_000_000,
        Act::CutShort => times.truncate(times.len() / 2),
        Act::OtherCount => result.statistics.as_mut().unwrap().burned_cells += 7,
        Act::OtherMember => result.member += 1,
        _ => {}
    }
    arrival.arrival_s_f32 = times.into();
    result
}

/// How a line fails.
#[derive(Clone, Copy, Debug)]
pub(super) enum LineFault {
    /// It breaks after so many bytes of answers.
    Breaks(usize),
    /// Nothing comes any more after so many bytes of answers, and nobody says so.
    FallsSilent(usize),
    /// So few bytes of answers pass, each 10 ms.
    Drips(usize),
}

/// A line to a server that fails, until it is dropped; each connection anew.
pub(super) struct Line {
    pub(super) address: SocketAddr,
    _relay: JoinSet<()>,
}

impl Line {
    pub(super) async fn to(server: SocketAddr, fault: LineFault) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut relay = JoinSet::new();
        relay.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((caller, _)) = listener.accept().await {
                if let Ok(called) = TcpStream::connect(server).await {
                    connections.spawn(pass(caller, called, fault));
                }
            }
        });
        Self { address, _relay: relay }
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

async fn pass(caller: TcpStream, called: TcpStream, fault: LineFault) {
    let (mut from_caller, mut to_caller) = caller.into_split();
    let (mut from_called, mut to_called) = called.into_split();
    let requests = async { tokio::io::copy(&mut from_caller, &mut to_called).await.map(drop) };
    let answers = async {
        let (mut bytes, mut passed) = (vec![0; 16 * 1024], 0);
        loop {
            let size = match fault {
                LineFault::Drips(each) => each,
                _ => bytes.len(),
            };
            let read = from_called.read(&mut bytes[..size]).await?;
            passed += read;
            match fault {
                _ if read == 0 => return Ok(()),
                LineFault::Breaks(after) if passed > after => return Ok(()),
                LineFault::FallsSilent(after) if passed > after => pending::<()>().await,
                LineFault::Drips(_) => tokio::time::sleep(Duration::from_millis(10)).await,
                _ => {}
            }
            to_caller.write_all(&bytes[..read]).await?;
        }
    };
    let ended: std::io::Result<()> = tokio::select! {
        ended = requests => ended,
        ended = answers => ended,
    };
    drop(ended); // either side may leave
}
