//! The calls: each is checked, given a place, run and answered.

use std::sync::Arc;
use std::time::Duration;

use firecore::ensemble::{MemberIndex, MemberPlan};
use firecore::ignition::Perturbation;
use firecore::landscape::Landscape;
use firecore::strategy::{Method, Priority};
use firecore::weather::WeatherSeries;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};
use tonic::metadata::MetadataMap;
use tonic::{Code, Request, Response, Status, Streaming};

use super::super::local::LocalSimulator;
use super::super::wire::proto::phys_x_sim_server::PhysXSim;
use super::super::wire::proto::run_simulation_request::Draws;
use super::super::wire::proto::scenario::{Air, Ground};
use super::super::wire::proto::{self, Output, SeedShape};
use super::super::wire::{WireError, ground, hex, seed, tile, weather};
use super::super::{MemberRequest, Scenario};
use super::ServerOptions;
use super::admission::{Admission, Place};
use super::answer::{self, invalid, missing, too_late};
use super::ensemble::{self, Members};
use super::inputs::{HeldInputs, digest};
use super::metrics::{Metrics, Outcome};

/// When a call came.
#[derive(Clone, Copy, Debug)]
pub(super) struct Arrived(pub(super) Instant);

/// Largest radius of a disc, cells: our choice; its edge is drawn piece by piece.
const DISC_CELLS_MAX: f64 = 5_000.0;

/// How long before the call's own deadline the answer goes out, so that it is ours and says what happened.
const ANSWER_AHEAD: Duration = Duration::from_millis(2);

#[derive(Clone, Debug)]
pub(super) struct Service {
    pub(super) local: Arc<LocalSimulator>,
    pub(super) admission: Admission,
    pub(super) inputs: Arc<HeldInputs>,
    pub(super) metrics: Arc<Metrics>,
    pub(super) options: ServerOptions,
    /// Drawn at the start.
    pub(super) instance: String,
    pub(super) stopping: watch::Receiver<bool>,
}

/// A scenario, what of it was put, and the order of its seed's parts.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) scenario: Arc<Scenario>,
    order: Arc<Vec<usize>>,
    intensities: bool,
    landscape_sha256: bytes::Bytes,
    weather_sha256: bytes::Bytes,
}

#[tonic::async_trait]
impl PhysXSim for Service {
    type RunEnsembleStream = ensemble::Events;

    async fn describe(
        &self,
        _request: Request<proto::DescribeRequest>,
    ) -> Result<Response<proto::DescribeResponse>, Status> {
        Ok(Response::new(self.about()))
    }

    async fn put_input(
        &self,
        request: Request<Streaming<proto::PutInputRequest>>,
    ) -> Result<Response<proto::PutInputResponse>, Status> {
        self.refuse_when_stopping()?;
        self.inputs.put(request.into_inner()).await.map(Response::new)
    }

    async fn run_simulation(
        &self,
        request: Request<proto::RunSimulationRequest>,
    ) -> Result<Response<proto::RunSimulationResponse>, Status> {
        let mut count = Count::new(&self.metrics);
        let outcome = self.one(request).await;
        count.ends(&outcome);
        outcome.map(|result| Response::new(proto::RunSimulationResponse { result: Some(result) }))
    }

    async fn run_ensemble(
        &self,
        request: Request<proto::RunEnsembleRequest>,
    ) -> Result<Response<ensemble::Events>, Status> {
        self.refuse_when_stopping()?;
        let (arrived, trace) = (arrived(&request), trace_id(request.metadata()));
        let deadline = deadline(arrived, request.metadata(), request.get_ref().time_limit_ms);
        let message = request.into_inner();
        let rng_seed =
            message.rng_seed.ok_or_else(|| invalid(&WireError::new("rng_seed", "a value", "none")))?;
        if message.members == 0 || message.first_member.checked_add(message.members).is_none() {
            let found = format!("{} from {}", message.members, message.first_member);
            return Err(invalid(&WireError::new("members", "at least 1", found)));
        }
        let first = self.admission.try_enter()?;
        let asked = self.ask(message.scenario.unwrap_or_default()).await?;
        // What is wrong with the draws is said now, not for each member.
        seed::draw_from_wire(&rng_seed, 0, &asked.scenario.seed)
            .map_err(|error| invalid(&error.within("rng_seed")))?;
        tracing::debug!(trace, members = message.members, "an ensemble begins");
        let members = message.first_member..message.first_member + message.members;
        let events =
            ensemble::events(Members::new(self.clone(), asked, rng_seed, members, first), arrived, deadline);
        Ok(Response::new(events))
    }
}

impl Service {
    async fn one(
        &self,
        request: Request<proto::RunSimulationRequest>,
    ) -> Result<proto::MemberResult, Status> {
        self.refuse_when_stopping()?;
        let (arrived, trace) = (arrived(&request), trace_id(request.metadata()));
        let deadline = deadline(arrived, request.metadata(), request.get_ref().time_limit_ms);
        let message = request.into_inner();
        let place = self.admission.try_enter()?;
        let run = async {
            let asked = self.ask(message.scenario.unwrap_or_default()).await?;
            let draws = match &message.draws {
                None => Ok(Perturbation::NONE),
                Some(Draws::Perturbation(draws)) => seed::perturbation_from_wire(draws, &asked.order)
                    .map_err(|error| error.within("perturbation")),
                Some(Draws::RngSeed(rng_seed)) => {
                    seed::draw_from_wire(rng_seed, rng_seed.member, &asked.scenario.seed)
                        .map_err(|error| error.within("rng_seed"))
                }
            };
            let draws = draws.map_err(|error| invalid(&error))?;
            self.member(&asked, message.member, draws, arrived, place).await
        };
        let done = by(deadline, arrived, run).await;
        tracing::debug!(trace, member = message.member, ok = done.is_ok(), "a member ends");
        done
    }

    /// Runs one member in its place.
    pub(super) async fn member(
        &self,
        asked: &Asked,
        member: u32,
        draws: Perturbation,
        arrived: Instant,
        place: Place,
    ) -> Result<proto::MemberResult, Status> {
        let plan = MemberPlan { index: MemberIndex(member), perturbation: draws };
        let request = MemberRequest { scenario: Arc::clone(&asked.scenario), member: plan };
        let (arrival, took) = self.local.compute(request).await.map_err(|error| answer::of(&error))?;
        let ended = Instant::now();
        self.admission.took(took);
        self.metrics.member_s.observe(took.as_secs_f64());
        let scenario = &asked.scenario;
        let sent = tile::tile_to_wire(&arrival, &scenario.landscape, asked.intensities);
        let size = sent.arrival_s_f32.len() + sent.fireline_intensity_kw_m_f32.len();
        self.metrics.result_bytes.inc_by(size as u64);
        let statistics = proto::Statistics {
            burned_cells: tile::burned_cells(&arrival, scenario.horizon_s),
            spot_fires: arrival.spot_fires as u64,
            embers_refused: arrival.embers_refused as u64,
            edge_reached: arrival.edge_reached,
            waited_ms: 1e3 * (ended - arrived).saturating_sub(took).as_secs_f64(),
            computed_ms: 1e3 * took.as_secs_f64(),
            members_in_hand: u32::try_from(self.admission.in_hand()).unwrap_or(u32::MAX),
        };
        drop(place);
        Ok(proto::MemberResult {
            member,
            arrival: Some(sent),
            statistics: Some(statistics),
            no_spread: arrival.no_spread.as_ref().map(tile::no_spread_to_wire),
            provenance: Some(proto::Provenance {
                model: "guira".to_owned(),
                version: env!("CARGO_PKG_VERSION").to_owned(),
                instance: self.instance.clone(),
                landscape_sha256: asked.landscape_sha256.clone(),
                weather_sha256: asked.weather_sha256.clone(),
            }),
        })
    }

    /// What a scenario asks for, checked.
    async fn ask(&self, message: proto::Scenario) -> Result<Asked, Status> {
        let (landscape, landscape_sha256) = self.landscape(message.ground).await?;
        let (weather, weather_sha256) = self.weather(message.air).await?;
        let mut absent = Vec::new();
        if landscape.is_none() {
            absent.push(format!("landscape/{}", hex(&landscape_sha256)));
        }
        if weather.is_none() {
            absent.push(format!("weather/{}", hex(&weather_sha256)));
        }
        let (Some(landscape), Some(weather)) = (landscape, weather) else { return Err(missing(&absent)) };
        if landscape.frame != weather.frame {
            let (needed, found) = (landscape.frame.epsg(), weather.frame.epsg());
            return Err(invalid(&WireError::new("scenario.weather.epsg", needed, found)));
        }
        let in_scenario = |error: WireError| invalid(&error.within("scenario"));
        let none = |field: &str| in_scenario(WireError::new(field, "a value", "none"));
        let sent = message.seed.ok_or_else(|| none("seed"))?;
        let (seed, order) = seed::seed_from_wire(&sent).map_err(|error| in_scenario(error.within("seed")))?;
        let cell_size_m = landscape.shape.cell_size_m;
        let widest_m = seed.burning.iter().map(|disc| disc.radius_m).fold(0.0, f64::max);
        if widest_m > DISC_CELLS_MAX * cell_size_m {
            let needed = format!("at most {DISC_CELLS_MAX} cells of {cell_size_m} m");
            return Err(in_scenario(WireError::new("seed.parts, disc.radius_m", needed, widest_m)));
        }
        let sent = message.physics.ok_or_else(|| none("physics"))?;
        let physics =
            weather::physics_from_wire(&sent).map_err(|error| in_scenario(error.within("physics")))?;
        let horizon_s = message.horizon_s;
        if horizon_s == 0 || horizon_s > self.options.horizon_s_max {
            let needed = format!("1 to {} s", self.options.horizon_s_max);
            return Err(in_scenario(WireError::new("horizon_s", needed, horizon_s)));
        }
        let level = match message.priority {
            0 => 5,
            level @ 1..=10 => level as u8,
            other => return Err(in_scenario(WireError::new("priority", "1 to 10, or 0", other))),
        };
        let scenario = Scenario {
            cluster_id: firecore::detection::ClusterId(uuid::Uuid::nil()),
            version: 0,
            method: Method::PhysX,
            priority: Priority::new(level),
            physics,
            seed,
            horizon_s,
            members: 1,
            deadline: None,
            landscape,
            weather,
        };
        Ok(Asked {
            scenario: Arc::new(scenario),
            order: Arc::new(order),
            intensities: message.outputs.contains(&i32::from(Output::FirelineIntensity)),
            landscape_sha256,
            weather_sha256,
        })
    }

    async fn landscape(
        &self,
        sent: Option<Ground>,
    ) -> Result<(Option<Arc<Landscape>>, bytes::Bytes), Status> {
        match sent {
            None => Err(invalid(&WireError::new("scenario.landscape", "a landscape or its digest", "none"))),
            Some(Ground::LandscapeSha256(sha)) => {
                let key = digest("scenario.landscape_sha256", &sha).map_err(|error| invalid(&error))?;
                Ok((self.inputs.landscape(&key), sha))
            }
            Some(Ground::Landscape(message)) => {
                let cells_max = self.options.landscape_cells_max;
                let read = move || ground::landscape_from_wire(&message, cells_max);
                let read = tokio::task::spawn_blocking(read).await;
                let read = read.map_err(|error| answer::refused(&error.to_string()))?;
                let read = read.map_err(|error| invalid(&error.within("scenario.landscape")))?;
                Ok((Some(Arc::new(read)), bytes::Bytes::new()))
            }
        }
    }

    async fn weather(&self, sent: Option<Air>) -> Result<(Option<Arc<WeatherSeries>>, bytes::Bytes), Status> {
        match sent {
            None => Err(invalid(&WireError::new("scenario.weather", "weather or its digest", "none"))),
            Some(Air::WeatherSha256(sha)) => {
                let key = digest("scenario.weather_sha256", &sha).map_err(|error| invalid(&error))?;
                Ok((self.inputs.weather(&key), sha))
            }
            Some(Air::Weather(message)) => {
                let read = weather::weather_from_wire(&message);
                let read = read.map_err(|error| invalid(&error.within("scenario.weather")))?;
                Ok((Some(Arc::new(read)), bytes::Bytes::new()))
            }
        }
    }

    fn refuse_when_stopping(&self) -> Result<(), Status> {
        match *self.stopping.borrow() {
            true => Err(Status::unavailable("the server is being stopped")),
            false => Ok(()),
        }
    }

    fn about(&self) -> proto::DescribeResponse {
        let options = &self.options;
        let count = |value: usize| u32::try_from(value).unwrap_or(u32::MAX);
        proto::DescribeResponse {
            model: "guira".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            description:
                "Rothermel surface spread, crown fire and embers, by a front solver over real terrain"
                    .to_owned(),
            capabilities: Some(proto::Capabilities {
                outputs: vec![Output::FirelineIntensity.into()],
                seed_shapes: [SeedShape::Disc, SeedShape::Polygon, SeedShape::Line].map(Into::into).to_vec(),
                draws_from_rng_seed: true,
                crown_fire: true,
                embers: true,
            }),
            limits: Some(proto::Limits {
                threads: count(options.threads.get()),
                members_in_hand_max: count(options.threads.get() + options.waiting_max),
                message_size_max_bytes: options.message_bytes_max as u64,
                landscape_cells_max: options.landscape_cells_max,
                horizon_max_s: options.horizon_s_max,
                inputs_max_bytes: options.inputs_bytes_max,
            }),
            instance: self.instance.clone(),
        }
    }
}

/// Counts what came of a member, also where whoever asked has left.
struct Count {
    metrics: Arc<Metrics>,
    outcome: &'static str,
}

impl Count {
    fn new(metrics: &Arc<Metrics>) -> Self {
        Self { metrics: Arc::clone(metrics), outcome: "cancelled" }
    }

    fn ends<T>(&mut self, outcome: &Result<T, Status>) {
        self.outcome = match outcome {
            Ok(_) => "ok",
            Err(status) => outcome_name(status.code()),
        };
    }
}

impl Drop for Count {
    fn drop(&mut self) {
        self.metrics.members.get_or_create(&Outcome::of(self.outcome)).inc();
    }
}

/// As the metrics name it.
pub(super) fn outcome_name(code: Code) -> &'static str {
    match code {
        Code::InvalidArgument | Code::OutOfRange => "invalid",
        Code::FailedPrecondition => "input_missing",
        Code::ResourceExhausted => "busy",
        Code::DeadlineExceeded => "deadline",
        Code::Unavailable => "stopping",
        _ => "failed",
    }
}

/// What a future gives by a deadline; after it the future is dropped, which stops what it began.
async fn by<T>(
    deadline: Option<Instant>,
    arrived: Instant,
    run: impl Future<Output = Result<T, Status>>,
) -> Result<T, Status> {
    match deadline {
        None => run.await,
        Some(deadline) => tokio::select! {
            done = run => done,
            () = sleep_until(deadline) => Err(too_late(arrived.elapsed())),
        },
    }
}

fn arrived<T>(request: &Request<T>) -> Instant {
    request.extensions().get::<Arrived>().map_or_else(Instant::now, |arrived| arrived.0)
}

/// The earlier of the call's own deadline and the request's.
fn deadline(arrived: Instant, metadata: &MetadataMap, time_limit_ms: u32) -> Option<Instant> {
    let own = metadata.get("grpc-timeout").and_then(|value| value.to_str().ok()).and_then(timeout);
    let own = own.map(|own| own.saturating_sub(ANSWER_AHEAD));
    let asked = (time_limit_ms > 0).then(|| Duration::from_millis(time_limit_ms.into()));
    let shorter = match (own, asked) {
        (Some(own), Some(asked)) => Some(own.min(asked)),
        (one, other) => one.or(other),
    };
    shorter.and_then(|limit| arrived.checked_add(limit))
}

/// The header's value. Source: gRPC over HTTP/2, `Timeout`.
fn timeout(text: &str) -> Option<Duration> {
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let value: u64 = digits.parse().ok().filter(|_| digits.len() <= 8)?;
    match unit {
        "H" => Some(Duration::from_secs(3600 * value)),
        "M" => Some(Duration::from_secs(60 * value)),
        "S" => Some(Duration::from_secs(value)),
        "m" => Some(Duration::from_millis(value)),
        "u" => Some(Duration::from_micros(value)),
        "n" => Some(Duration::from_nanos(value)),
        _ => None,
    }
}

/// The trace that a call belongs to, where it says so.
fn trace_id(metadata: &MetadataMap) -> String {
    let parent = metadata.get("traceparent").and_then(|value| value.to_str().ok());
    let id = parent.and_then(|parent| parent.split('-').nth(1));
    id.filter(|id| id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()))
        .unwrap_or("none")
        .to_owned()
}
