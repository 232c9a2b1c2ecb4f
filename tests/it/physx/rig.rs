//! Server processes, a world for members, and ensembles run over a simulator.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::Duration;

use firecore::detection::ClusterId;
use firecore::ensemble::{MemberIndex, MemberPlan, PerturbationSettings, RngSeed};
use firecore::ignition::Seed;
use firecore::landscape::Landscape;
use firecore::spread::Physics;
use firecore::strategy::{Method, Priority};
use firecore::weather::WeatherSeries;
use futures_util::StreamExt;
use guira::compute::ComputePool;
use guira::inputs::demo;
use guira::simulate::local::LocalSimulator;
use guira::simulate::physx::{FallBack, PhysXOptions, PhysXSimulator, ServerUrl};
use guira::simulate::{MemberRequest, Scenario, SimulateError, Simulated, Simulator};
use jiff::Timestamp;
use tokio::time::Instant;

/// An address that stays free while nobody listens: below the ports that the system gives to who connects.
pub(super) fn quiet_address() -> String {
    let first = 20_000 + (std::process::id() % 1_000) as u16 * 10;
    let free = |port: &u16| std::net::TcpListener::bind(("127.0.0.1", *port)).is_ok();
    format!("127.0.0.1:{}", (first..first + 2_000).find(free).expect("some port is free"))
}

/// `guira physx`, until it is dropped.
pub(crate) struct Process {
    child: Child,
    pub(crate) address: SocketAddr,
}

impl Process {
    pub(crate) fn start(arguments: &[&str]) -> Self {
        Self::start_at("127.0.0.1:0", arguments)
    }

    pub(super) fn start_at(listen: &str, arguments: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_guira"))
            .args(["physx", "--listen", listen])
            .args(arguments)
            .env_remove("RUST_LOG")
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut lines = BufReader::new(child.stderr.take().expect("it is piped")).lines();
        let address = lines.find_map(|line| {
            let line = line.expect("lines are text");
            let (_, rest) = line.split_once("physx listening address=")?;
            rest.split_whitespace().next()?.parse().ok()
        });
        let address = address.expect("it says where it listens");
        // What it says is read, or it would wait for a reader.
        thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
        Self { child, address }
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(super) fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args([&format!("-{name}"), &id]).status().unwrap().success());
    }

    /// Waits for its end; how it ended.
    pub(super) fn wait(&mut self) -> std::process::ExitStatus {
        self.child.wait().unwrap()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // One that was stopped ends by this signal alone.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

pub(super) fn options(urls: &[String], fall_back: FallBack) -> PhysXOptions {
    PhysXOptions::new(urls.iter().map(|url| ServerUrl::parse(url).unwrap()).collect(), fall_back)
}

/// On so many threads of this process.
pub(super) fn local(threads: usize) -> LocalSimulator {
    LocalSimulator::new(Arc::new(ComputePool::start(NonZeroUsize::new(threads).unwrap(), 1_000).unwrap()))
}

pub(super) fn client(options: PhysXOptions) -> Arc<PhysXSimulator> {
    Arc::new(PhysXSimulator::start(options, local(1)).unwrap())
}

/// A fire of the made-up world: its members take some 10 ms an hour of it.
pub(super) fn scenario(members: u32, horizon_s: u32) -> Scenario {
    static WORLD: OnceLock<Arc<Landscape>> = OnceLock::new();
    let at: Timestamp = "2024-08-15T19:00:00Z".parse().unwrap();
    let landscape = WORLD.get_or_init(|| Arc::new(demo::landscape()));
    let weather: Arc<WeatherSeries> = Arc::new(demo::weather_series(at, horizon_s));
    Scenario {
        cluster_id: ClusterId(uuid::Uuid::from_u128(7)),
        version: 1,
        method: Method::PhysX,
        priority: Priority::new(1),
        physics: Physics::default(),
        seed: Seed::of(demo::detections(at)[..1].iter(), Vec::new(), at, 86_400),
        horizon_s,
        members,
        deadline: None,
        landscape: Arc::clone(landscape),
        weather,
    }
}

pub(super) fn request(scenario: &Arc<Scenario>, member: u32) -> MemberRequest {
    let rng_seed =
        RngSeed { cluster: scenario.cluster_id, version: scenario.version, member: MemberIndex(member) };
    let member = MemberPlan::draw(rng_seed, &scenario.seed, &PerturbationSettings::default());
    MemberRequest { scenario: Arc::clone(scenario), member }
}

/// What came of each member, in their order, with so many under way at a time.
pub(super) async fn ensemble(
    simulator: &dyn Simulator,
    scenario: &Arc<Scenario>,
    at_a_time: usize,
) -> Vec<Result<Simulated, SimulateError>> {
    let runs = (0..scenario.members)
        .map(|member| async move { (member, simulator.run(request(scenario, member)).await) });
    let mut done: Vec<_> = futures_util::stream::iter(runs).buffer_unordered(at_a_time).collect().await;
    done.sort_by_key(|(member, _)| *member);
    assert!(done.iter().enumerate().all(|(at, (member, _))| at == *member as usize), "each once");
    done.into_iter().map(|(_, outcome)| outcome).collect()
}

/// Waits until the simulator's servers stand as is wanted.
pub(super) async fn until_fleet(
    simulator: &dyn Simulator,
    wanted: impl Fn(&guira::simulate::fleet::FleetReport) -> bool,
) {
    let began = Instant::now();
    while !wanted(&simulator.fleet().unwrap()) {
        assert!(began.elapsed() < Duration::from_secs(30), "{:#?}", simulator.fleet());
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
