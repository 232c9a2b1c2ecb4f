//! TestService: the whole service in this process, with a scripted simulator, small inputs and a manual clock.

use std::future::pending;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::RecvTimeoutError;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use firecore::asset::{Asset, AssetIndex, HeatSources};
use firecore::cluster::{ClusterSettings, Lifecycle, LinkSettings};
use firecore::ensemble::PerturbationSettings;
use firecore::grid::Grid;
use firecore::perimeter::Tolerance;
use firecore::spread::ArrivalTimes;
use guira::artifacts::Artifacts;
use guira::clock::Clock;
use guira::compute::ComputePool;
use guira::engine::fault::OnRecord;
use guira::engine::grids::GridRoom;
use guira::engine::{Engine, EngineParts, RequestView};
use guira::http::auth::Keys;
use guira::http::live::LiveClients;
use guira::http::{HttpParts, router};
use guira::inputs::Inputs;
use guira::settings::{
    EngineSettings, EnsembleSettings, ForecastSettings, HttpSettings, LiveSettings, StoreSettings,
    WebhookSettings,
};
use guira::simulate::local::LocalSimulator;
use guira::simulate::{MemberRequest, Origin, SimulateError, SimulateFuture, Simulated, Simulator};
use guira::store::memory::MemoryStore;
use guira::store::{RequestId, Store};
use guira::webhooks::Webhooks;
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::sync::oneshot;
use tower::ServiceExt;

pub(crate) mod forgetful;
mod garbage;
mod inputs;
pub(crate) mod replay;

pub(crate) use garbage::Garbage;
use inputs::SmallInputs;
pub(crate) use inputs::{BadInputs, NewsyInputs};

/// What a scripted member does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    Finish,
    Fail,
    Panic,
    KeepSilent,
    FinishAfterMs(u64),
    Garbage(Garbage),
}

type Script = Arc<dyn Fn(&MemberRequest) -> Act + Send + Sync>;

/// A simulator that does what its script says of each member.
struct ScriptedSimulator {
    script: Script,
    silent: Arc<AtomicUsize>,
}

/// Counts a member that keeps silent, until it is dropped.
struct Silent(Arc<AtomicUsize>);

impl Silent {
    fn new(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(count))
    }
}

impl Drop for Silent {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Simulator for ScriptedSimulator {
    fn run(&self, request: MemberRequest) -> SimulateFuture<'_> {
        let act = (self.script)(&request);
        Box::pin(async move {
            match act {
                Act::Finish => Ok(simulated(circle(&request))),
                Act::Fail => Err(SimulateError::Panicked { message: "no fuel".to_owned() }),
                Act::Panic => panic!("scripted panic of member {}", request.member.index.0),
                Act::KeepSilent => {
                    let _silent = Silent::new(&self.silent);
                    pending().await
                }
                Act::Garbage(garbage) => Ok(simulated(garbage.of(circle(&request)))),
                Act::FinishAfterMs(wait_ms) => {
                    tokio::time::sleep(Duration::from_millis(wait_ms)).await;
                    Ok(simulated(circle(&request)))
                }
            }
        })
    }

    fn width(&self, _method: firecore::strategy::Method) -> usize {
        1
    }
}

fn simulated(arrival: ArrivalTimes) -> Simulated {
    let origin = Arc::new(Origin { simulator: "the script".to_owned(), instead: None });
    Simulated { arrival, origin, took: Duration::ZERO }
}

/// A fire that spreads evenly from the first ignition, faster with the member's wind.
fn circle(request: &MemberRequest) -> ArrivalTimes {
    let landscape = &request.scenario.landscape;
    let shape = landscape.shape;
    let start = landscape.frame.to_plane(request.scenario.seed.burning[0].position);
    let rate_m_s = 0.05 * request.member.perturbation.wind_speed_factor;
    let arrival = (0..shape.len()).map(|at| {
        let centre = shape.centre(at / shape.cols, at % shape.cols);
        ((centre.east_m - start.east_m).hypot(centre.north_m - start.north_m) / rate_m_s) as f32
    });
    let horizon_s = request.scenario.horizon_s as f32;
    let cells: Vec<f32> =
        arrival.map(|arrival_s| if arrival_s <= horizon_s { arrival_s } else { f32::INFINITY }).collect();
    ArrivalTimes {
        frame: landscape.frame.clone(),
        fireline_intensity_kw_m: cells
            .iter()
            .map(|cell| if cell.is_finite() { 500.0 } else { 0.0 })
            .collect(),
        arrival_s: Grid { shape, cells },
        burnable: vec![true; shape.len()],
        spot_fires: 0,
        embers_refused: 0,
        edge_reached: false,
        no_spread: None,
    }
}

/// The instant that every test begins at.
pub(crate) fn start_time() -> Timestamp {
    "2024-01-15T15:00:00Z".parse().unwrap()
}

/// What a test may change.
pub(crate) struct Setup {
    pub(crate) script: Script,
    pub(crate) engine: EngineSettings,
    pub(crate) ensemble: EnsembleSettings,
    /// Members of a forecast by the surrogate; without it the built-in number.
    pub(crate) members: Option<u32>,
    pub(crate) http: HttpSettings,
    pub(crate) live: LiveSettings,
    pub(crate) webhooks: Vec<WebhookSettings>,
    pub(crate) keys: Keys,
    pub(crate) threads: usize,
    pub(crate) store: Option<Arc<dyn Store>>,
    pub(crate) inputs: Arc<dyn Inputs>,
    pub(crate) on_record: Option<OnRecord>,
    pub(crate) assets: AssetIndex,
    pub(crate) heat_sources: HeatSources,
    /// Where the grids behind forecasts are kept.
    pub(crate) grids: GridRoom,
    /// Where forecasts' files go, where any are written.
    pub(crate) artifacts: Option<Artifacts>,
    pub(crate) clock: Clock,
    /// How often fires are told to age, s; 0: never, for a paused clock runs from one such time to the next whenever all wait
    /// for the pool's threads.
    pub(crate) age_check_s: u64,
    /// When fires are dormant and closed.
    pub(crate) lifecycle: Lifecycle,
    /// A surrogate forecast stands in for the first one by PhysX.
    pub(crate) surrogate_first: bool,
    /// Simulates by the rules of fire on the pool, whatever the script says.
    pub(crate) real: bool,
    /// Simulates so, whatever else is set.
    pub(crate) simulator: Option<Arc<dyn Simulator>>,
}

impl Setup {
    pub(crate) fn new() -> Self {
        Self {
            script: Arc::new(|_| Act::Finish),
            engine: EngineSettings { members_in_flight_max: 4, ..EngineSettings::default() },
            ensemble: EnsembleSettings::default(),
            members: None,
            http: HttpSettings::default(),
            live: LiveSettings::default(),
            webhooks: Vec::new(),
            keys: Keys::default(),
            threads: 1,
            store: None,
            inputs: Arc::new(SmallInputs),
            on_record: None,
            assets: AssetIndex::default(),
            heat_sources: HeatSources::default(),
            grids: GridRoom::default(),
            artifacts: None,
            clock: Clock::manual(start_time()),
            age_check_s: 0,
            lifecycle: Lifecycle::default(),
            surrogate_first: false,
            real: false,
            simulator: None,
        }
    }

    pub(crate) fn script(mut self, script: impl Fn(&MemberRequest) -> Act + Send + Sync + 'static) -> Self {
        self.script = Arc::new(script);
        self
    }

    pub(crate) async fn start(self) -> TestService {
        let clock = self.clock;
        let pool = Arc::new(ComputePool::start(NonZeroUsize::new(self.threads).unwrap(), 64).unwrap());
        let silent = Arc::default();
        let simulator: Arc<dyn Simulator> = match (self.simulator, self.real) {
            (Some(simulator), _) => simulator,
            (None, true) => Arc::new(LocalSimulator::new(Arc::clone(&pool))),
            (None, false) => Arc::new(ScriptedSimulator { script: self.script, silent: Arc::clone(&silent) }),
        };
        let parts = EngineParts {
            grids: self.grids,
            simulator,
            inputs: Arc::clone(&self.inputs),
            store: self.store.unwrap_or_else(|| Arc::new(MemoryStore::new(StoreSettings::default()))),
            pool: Arc::clone(&pool),
            artifacts: self.artifacts.map(Arc::new),
            assets: Arc::new(self.assets),
            heat_sources: Arc::new(self.heat_sources),
            clock: clock.clone(),
            clusters: Arc::new(
                clusters(self.members)
                    .with_surrogate_first(self.surrogate_first)
                    .with_lifecycle(self.lifecycle),
            ),
            links: LinkSettings::default(),
            perturbation: PerturbationSettings::default(),
            perimeter_tolerance: Tolerance::default(),
            ensemble: self.ensemble,
            settings: EngineSettings { age_check_s: self.age_check_s, ..self.engine },
            live: self.live,
        };
        let engine = match self.on_record {
            Some(on_record) => Engine::start_with_fault(parts, on_record).await,
            None => Engine::start(parts).await,
        };
        let engine = Arc::new(engine.unwrap());
        let webhooks = Arc::new(Webhooks::start(&self.webhooks, engine.live(), &clock).unwrap());
        let http = Arc::new(HttpParts {
            engine: Arc::clone(&engine),
            inputs: self.inputs,
            pool,
            keys: self.keys,
            clock: clock.clone(),
            live: LiveClients::new(self.http.live_clients_max),
            webhooks: Arc::clone(&webhooks),
            settings: self.http,
        });
        TestService { engine, webhooks, clock, silent, router: router(Arc::clone(&http)), http }
    }
}

fn clusters(members: Option<u32>) -> ClusterSettings {
    let settings = ForecastSettings::default();
    let members = members.unwrap_or(settings.members_surrogate);
    ForecastSettings { members_surrogate: members, ..settings }.clusters().unwrap()
}

/// The service.
pub(crate) struct TestService {
    pub(crate) engine: Arc<Engine>,
    pub(crate) webhooks: Arc<Webhooks>,
    pub(crate) clock: Clock,
    /// For a server of its own.
    pub(crate) http: Arc<HttpParts>,
    silent: Arc<AtomicUsize>,
    router: Router,
}

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error} in {:?}", self.text))
    }
}

impl TestService {
    /// A service whose members all finish.
    pub(crate) async fn start() -> Self {
        Setup::new().start().await
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        Answer { status, headers, text: String::from_utf8(bytes.to_vec()).unwrap() }
    }

    /// The answer as it begins: its body may never end.
    pub(crate) async fn open(&self, request: Request<Body>) -> axum::response::Response {
        self.router.clone().oneshot(request).await.unwrap()
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn post(&self, path: &str, body: impl Into<Body>) -> Answer {
        self.send(json_request(Method::POST, path, body)).await
    }

    /// Sends detections that must be taken; gives the answer.
    pub(crate) async fn schedule(&self, detections: &[Value]) -> Value {
        let answer = self.post("/schedule", json!({"detections": detections}).to_string()).await;
        assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.text);
        answer.json()
    }

    /// Sends detections and waits until no run for them is to come.
    pub(crate) async fn settle(&self, detections: &[Value]) -> RequestView {
        let scheduled = self.schedule(detections).await;
        self.settled(&scheduled).await
    }

    pub(crate) async fn settled(&self, scheduled: &Value) -> RequestView {
        let id = RequestId(scheduled["request_id"].as_str().unwrap().parse().unwrap());
        in_time("request settles", self.engine.settled(id)).await.unwrap().unwrap()
    }

    /// What the service answers about the forecast of the fire that detections make.
    pub(crate) async fn forecast_of(&self, detections: &[Value]) -> Answer {
        let scheduled = self.schedule(detections).await;
        self.settled(&scheduled).await;
        let cluster = scheduled["cluster_ids"][0].as_str().unwrap();
        let answer = self.get(&format!("/clusters/{cluster}/forecast")).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        answer
    }

    /// Members that keep silent and that nobody has given up.
    pub(crate) fn silent(&self) -> usize {
        self.silent.load(Ordering::Relaxed)
    }

    /// Waits until so many members keep silent, and no more come.
    pub(crate) async fn until_silent(&self, members: usize) {
        let kept = async {
            while self.silent() != members {
                tokio::task::yield_now().await;
            }
        };
        in_time(&format!("{members} silent members"), kept).await;
        yield_often().await;
        assert_eq!(self.silent(), members);
    }

    /// Waits until the pool's threads have nothing to do and what they gave has arrived: a paused clock runs on meanwhile
    /// where whoever waits for time does.
    pub(crate) async fn until_computed(&self) {
        let computed = async {
            loop {
                yield_often().await;
                let load = self.http.pool.load();
                if load.running + load.queued == 0 {
                    break;
                }
            }
        };
        in_time("end of what is computed", computed).await;
        yield_often().await;
    }

    /// Waits until the board shows what is wanted.
    pub(crate) async fn until(&self, wanted: impl Fn(&guira::engine::board::Board) -> bool) {
        let mut changes = self.engine.board().changes();
        let shown = async {
            while !wanted(self.engine.board()) {
                changes.changed().await.unwrap();
            }
        };
        in_time("board shows what is wanted", shown).await;
    }
}

/// Lets whoever has something to do have its turn.
pub(crate) async fn yield_often() {
    for _ in 0..200 {
        tokio::task::yield_now().await;
    }
}

/// Real time after which a wait has failed, s.
const WAIT_S_MAX: u64 = 120;

/// What a wait gives; one that hangs fails the test. In real time, for a paused clock runs on while the pool's threads compute.
pub(crate) async fn in_time<T>(what: &str, wait: impl Future<Output = T>) -> T {
    let (hung, hangs) = oneshot::channel();
    let (_over, over) = mpsc::channel::<()>();
    thread::spawn(move || {
        if over.recv_timeout(Duration::from_secs(WAIT_S_MAX)) == Err(RecvTimeoutError::Timeout) {
            hung.send(()).ok();
        }
    });
    tokio::select! {
        done = wait => done,
        Ok(()) = hangs => panic!("no {what} within {WAIT_S_MAX} s"),
    }
}

pub(crate) fn json_request(method: Method, path: &str, body: impl Into<Body>) -> Request<Body> {
    Request::builder()
        .method(method)
        .uri(path)
        .header("content-type", "application/json")
        .body(body.into())
        .unwrap()
}

/// Assets at places, so that fires there are for PhysX.
pub(crate) fn assets_at(places: impl IntoIterator<Item = (f64, f64)>) -> AssetIndex {
    let asset = |(at, (lon, lat)): (usize, (f64, f64))| Asset {
        id: at.to_string(),
        kind: None,
        name: None,
        clearance_s: None,
        geometry: geo::Point::new(lon, lat).into(),
    };
    AssetIndex::new(places.into_iter().enumerate().map(asset).collect()).unwrap()
}

/// A detection as a client sends it.
pub(crate) fn detection(lon: f64, lat: f64) -> Value {
    json!({
        "source": "satellite", "latitude": lat, "longitude": lon, "confidence": 0.95,
        "timestamp": "2024-01-15T14:30:00Z",
    })
}
