//! What gRPC costs a member: beside the same member in this process, by size; what two servers are to one; bytes on the wire; how soon a
//! core is free after its call was dropped.
//!
//! `cargo bench --bench physx`; `-- 100` takes so many pairs of each size instead of 60. Servers are `guira physx` processes on
//! loopback, one thread each. Local and remote take turns, and the figure is the median of the pairs' differences.
#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]

use std::io::{BufRead, BufReader, Write};
use std::num::NonZeroUsize;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use firecore::detection::ClusterId;
use firecore::ensemble::{MemberIndex, MemberPlan, PerturbationSettings, RngSeed};
use firecore::grid::GridShape;
use firecore::ignition::Seed;
use firecore::landscape::{Landscape, Terrain};
use firecore::spread::Physics;
use firecore::strategy::{Method, Priority};
use flate2::Compression;
use flate2::write::GzEncoder;
use futures_util::StreamExt;
use guira::compute::ComputePool;
use guira::inputs::demo;
use guira::simulate::local::LocalSimulator;
use guira::simulate::physx::{FallBack, PhysXOptions, PhysXSimulator, ServerUrl, check};
use guira::simulate::server::{PhysXServer, ServerOptions};
use guira::simulate::wire::{proto, seed, tile, weather};
use guira::simulate::{MemberRequest, Scenario, Simulator};
use jiff::Timestamp;
use prost::Message;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

/// Members of the run on one server and on two.
const MEMBERS: u32 = 40;

/// Runs of them here and there, in turn.
const ROUNDS: usize = 15;

/// Calls that are dropped.
const DROPS: u64 = 40;

struct Server(Child, String);

impl Server {
    fn start() -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_guira"))
            .args(["physx", "--listen", "127.0.0.1:0", "--threads", "1"])
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut lines = BufReader::new(child.stderr.take().expect("it is piped")).lines();
        let url = lines.find_map(|line| {
            let line = line.expect("lines are text");
            let (_, rest) = line.split_once("physx listening address=")?;
            Some(format!("http://{}", rest.split_whitespace().next()?))
        });
        std::thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
        Self(child, url.expect("it says where it listens"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.0.kill().expect("it can be killed");
        self.0.wait().expect("it ends");
    }
}

fn client(urls: &[&str]) -> PhysXSimulator {
    let servers = urls.iter().map(|url| ServerUrl::parse(url).expect("an address")).collect();
    PhysXSimulator::start(PhysXOptions::new(servers, FallBack::Surrogate), local()).expect("a client")
}

fn local() -> LocalSimulator {
    LocalSimulator::new(Arc::new(ComputePool::start(NonZeroUsize::MIN, 1_000).expect("a thread")))
}

/// The made-up world, or a small corner of it around the fire.
fn scenario(small: bool, physics: Physics, horizon_s: u32) -> Arc<Scenario> {
    let at: Timestamp = "2024-08-15T19:00:00Z".parse().expect("a time");
    let seed = Seed::of(demo::detections(at)[..1].iter(), Vec::new(), at, 86_400);
    let world = demo::landscape();
    let landscape = if small { corner(&world, &seed) } else { world };
    Arc::new(Scenario {
        cluster_id: ClusterId(uuid::Uuid::from_u128(7)),
        version: 1,
        method: Method::PhysX,
        priority: Priority::new(1),
        physics,
        seed,
        horizon_s,
        members: MEMBERS,
        deadline: None,
        landscape: Arc::new(landscape),
        weather: Arc::new(demo::weather_series(at, horizon_s)),
    })
}

fn corner(world: &Landscape, seed: &Seed) -> Landscape {
    const SIDE: usize = 60;
    let place = world.frame.to_plane(seed.burning[0].position);
    let (row, col) = world.shape.cell_at(place).expect("the fire is in the world");
    let (first_row, first_col) = (row - SIDE / 2, col - SIDE / 2);
    let cells = || (0..SIDE * SIDE).map(|at| world.shape.index(first_row + at / SIDE, first_col + at % SIDE));
    let rise = |part: usize| cells().map(|cell| world.terrain.rise(cell)[part]).collect::<Vec<f32>>();
    let elevations_m: Vec<f32> = cells().map(|cell| world.terrain.elevation_m(cell)).collect();
    let shape = &world.shape;
    Landscape {
        shape: GridShape {
            rows: SIDE,
            cols: SIDE,
            west_m: shape.west_m + first_col as f64 * shape.cell_size_m,
            north_m: shape.north_m - first_row as f64 * shape.cell_size_m,
            ..*shape
        },
        terrain: Terrain::flat(SIDE * SIDE).with_elevation_m(&elevations_m).with_rise(&rise(0), &rise(1)),
        fuel: cells().map(|cell| world.fuel[cell]).collect(),
        canopy: None,
        frame: world.frame.clone(),
        fuel_models: Arc::clone(&world.fuel_models),
    }
}

fn request(scenario: &Arc<Scenario>, index: u32) -> MemberRequest {
    let rng_seed = RngSeed { cluster: scenario.cluster_id, version: 1, member: MemberIndex(index) };
    let member = MemberPlan::draw(rng_seed, &scenario.seed, &PerturbationSettings::default());
    MemberRequest { scenario: Arc::clone(scenario), member }
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// How long a member takes in all, and how much of it its solver takes, ms.
async fn time_ms(simulator: &dyn Simulator, request: MemberRequest) -> [f64; 2] {
    let began = Instant::now();
    let done = simulator.run(request).await.expect("the member finishes");
    [began.elapsed(), done.took].map(|time| time.as_secs_f64() * 1e3)
}

/// The same members here and there, in turn.
async fn overhead(name: &str, scenario: &Arc<Scenario>, pairs: u32) {
    let server = Server::start();
    let (here, there) = (local(), client(&[&server.1]));
    // Both have made what they keep, and the inputs are there.
    for index in 0..3 {
        time_ms(&here, request(scenario, index)).await;
        time_ms(&there, request(scenario, index)).await;
    }
    let (mut here_ms, mut there_ms, mut solver_ms) = (Vec::new(), Vec::new(), Vec::new());
    let (mut extra_ms, mut beside_ms) = (Vec::new(), Vec::new());
    for pair in 0..pairs {
        let of = request(scenario, pair % 5);
        let (own, remote) = match pair % 2 {
            0 => (time_ms(&here, of.clone()).await, time_ms(&there, of).await),
            _ => {
                let remote = time_ms(&there, of.clone()).await;
                (time_ms(&here, of).await, remote)
            }
        };
        here_ms.push(own[0]);
        there_ms.push(remote[0]);
        solver_ms.push(remote[1] - own[1]);
        extra_ms.push(remote[0] - own[0]);
        beside_ms.push((remote[0] - remote[1]) - (own[0] - own[1]));
    }
    let arrival = here.run(request(scenario, 0)).await.expect("the member finishes").arrival;
    let (own, beside) = (median(&mut here_ms), median(&mut beside_ms));
    println!(
        "{name}: {} cells burn, {own:.2} ms here, {:.2} ms there; gRPC takes {beside:.2} ms, {:.1} % (differences in all {:.2} ms, of the solver {:.2} ms)",
        tile::burned_cells(&arrival, scenario.horizon_s),
        median(&mut there_ms),
        100.0 * beside / own,
        median(&mut extra_ms),
        median(&mut solver_ms)
    );
    pieces(scenario, &arrival).await;
}

/// What of it is our own work, and what goes over the wire.
async fn pieces(scenario: &Arc<Scenario>, arrival: &firecore::spread::ArrivalTimes) {
    let draws = request(scenario, 0).member.perturbation;
    let timed = |work: &mut dyn FnMut()| {
        let mut times: Vec<f64> = (0..30)
            .map(|_| {
                let began = Instant::now();
                work();
                began.elapsed().as_secs_f64() * 1e3
            })
            .collect();
        median(&mut times)
    };
    let burned_cells = tile::burned_cells(arrival, scenario.horizon_s);
    let answer = || proto::RunSimulationResponse {
        result: Some(proto::MemberResult {
            arrival: Some(tile::tile_to_wire(arrival, &scenario.landscape, true)),
            statistics: Some(proto::Statistics { burned_cells, ..proto::Statistics::default() }),
            ..proto::MemberResult::default()
        }),
    };
    let bytes = answer().encode_to_vec();
    let pack_ms = timed(&mut || drop(answer().encode_to_vec()));
    let shared = bytes::Bytes::from(bytes.clone());
    let unpack_ms = timed(&mut || {
        let answer = proto::RunSimulationResponse::decode(shared.clone()).expect("it is one");
        let result = answer.result.expect("it has one");
        drop(tile::result_from_wire(&result, &scenario.landscape).expect("it fits"));
    });
    let check_ms = timed(&mut || drop(check::fault(arrival, burned_cells, scenario, &draws)));
    let mut zipped = GzEncoder::new(Vec::new(), Compression::default());
    zipped.write_all(&bytes).expect("memory takes it");
    let sent = proto::RunSimulationRequest {
        scenario: Some(proto::Scenario {
            seed: Some(seed::seed_to_wire(&scenario.seed)),
            ground: Some(proto::scenario::Ground::LandscapeSha256(vec![0; 32].into())),
            air: Some(proto::scenario::Air::WeatherSha256(vec![0; 32].into())),
            physics: Some(weather::physics_to_wire(&scenario.physics)),
            horizon_s: scenario.horizon_s,
            outputs: vec![1],
            priority: 1,
        }),
        draws: Some(proto::run_simulation_request::Draws::Perturbation(seed::perturbation_to_wire(&draws))),
        member: 1,
        time_limit_ms: 1,
    };
    println!(
        "    of it packing {pack_ms:.3} ms, unpacking {unpack_ms:.3} ms, checking {check_ms:.3} ms; request {} bytes, answer {} bytes ({:.2} a cell that burns), with gzip {}",
        sent.encoded_len(),
        bytes.len(),
        bytes.len() as f64 / burned_cells.max(1) as f64,
        zipped.finish().expect("memory takes it").len()
    );
}

/// Members one after another without a pause, as a run asks for them: two under way on one thread, here and there in turn.
async fn many(name: &str, scenario: &Arc<Scenario>) {
    let server = Server::start();
    let (here, there) = (local(), client(&[&server.1]));
    run_s(&here, scenario, 2).await;
    run_s(&there, scenario, 2).await;
    let (mut here_s, mut there_s, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let (own_s, remote_s) = match round % 2 {
            0 => (run_s(&here, scenario, 2).await, run_s(&there, scenario, 2).await),
            _ => {
                let remote_s = run_s(&there, scenario, 2).await;
                (run_s(&here, scenario, 2).await, remote_s)
            }
        };
        here_s.push(own_s);
        there_s.push(remote_s);
        ratios.push(remote_s / own_s);
    }
    println!(
        "{name}, {MEMBERS} members, two under way: {:.3} s here, {:.3} s there, {:.3} times (of {ROUNDS}, the middle half from {:.3} to {:.3})",
        median(&mut here_s),
        median(&mut there_s),
        median(&mut ratios),
        ratios[ROUNDS / 4],
        ratios[3 * ROUNDS / 4]
    );
}

async fn run_s(simulator: &dyn Simulator, scenario: &Arc<Scenario>, at_a_time: usize) -> f64 {
    let began = Instant::now();
    let members = (0..MEMBERS).map(|index| simulator.run(request(scenario, index)));
    let done: Vec<_> = futures_util::stream::iter(members).buffer_unordered(at_a_time).collect().await;
    assert!(done.iter().all(Result::is_ok));
    began.elapsed().as_secs_f64()
}

async fn fleet(scenario: &Arc<Scenario>) {
    let servers = [Server::start(), Server::start()];
    let (one, two) = (client(&[&servers[0].1]), client(&[&servers[0].1, &servers[1].1]));
    run_s(&one, scenario, 2).await;
    run_s(&two, scenario, 4).await;
    let mut ratios = Vec::new();
    for _ in 0..5 {
        let (one_s, two_s) = (run_s(&one, scenario, 2).await, run_s(&two, scenario, 4).await);
        ratios.push(one_s / two_s);
        println!(
            "{MEMBERS} members: {one_s:.2} s on one server, {two_s:.2} s on two: {:.2} times",
            one_s / two_s
        );
    }
    println!("two servers on two cores are {:.2} times one", median(&mut ratios));
}

/// Drops calls at different moments, and waits until the thread has nothing to do.
async fn drops(scenario: &Arc<Scenario>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let server = PhysXServer::new(ServerOptions::with_threads(NonZeroUsize::MIN)).expect("a server");
    let metrics = server.metrics();
    let mut serving = JoinSet::new();
    serving.spawn(async move { server.serve(listener, std::future::pending()).await });
    let simulator = Arc::new(client(&[&url]));
    time_ms(&*simulator, request(scenario, 0)).await;
    let busy = || metrics.render().contains("guira_physx_threads_busy 1");
    let mut waits_ms = Vec::new();
    for number in 0..DROPS {
        let (calling, of) = (Arc::clone(&simulator), request(scenario, 1));
        let mut call = JoinSet::new();
        call.spawn(async move { calling.run(of).await });
        while !busy() {
            tokio::time::sleep(Duration::from_micros(200)).await;
        }
        tokio::time::sleep(Duration::from_millis(3 * number)).await;
        call.abort_all();
        let began = Instant::now();
        while busy() {
            tokio::time::sleep(Duration::from_micros(200)).await;
        }
        waits_ms.push(began.elapsed().as_secs_f64() * 1e3);
    }
    let middle = median(&mut waits_ms);
    println!(
        "a core is free {middle:.2} ms after its call was dropped, at most {:.2} ms of {DROPS}",
        waits_ms.last().expect("some were dropped")
    );
}

fn main() {
    let pairs = std::env::args().find_map(|word| word.parse().ok()).unwrap_or(60);
    let all = async move {
        let whole = scenario(false, Physics::default(), 9 * 3_600);
        overhead("tiny, surface fire", &scenario(true, Physics::SURFACE, 600), 5 * pairs).await;
        overhead("tiny, all of it", &scenario(true, Physics::default(), 1_800), 5 * pairs).await;
        overhead("hills, crowns and embers", &whole, pairs).await;
        overhead("hills, surface fire", &scenario(false, Physics::SURFACE, 24 * 3_600), pairs).await;
        many("hills, crowns and embers", &whole).await;
        many("hills, surface fire", &scenario(false, Physics::SURFACE, 24 * 3_600)).await;
        fleet(&whole).await;
        drops(&whole).await;
    };
    // On the runtime's own threads, as members are asked for in the service.
    Runtime::new().expect("a runtime").block_on(async {
        let mut tasks = JoinSet::new();
        tasks.spawn(all);
        tasks.join_next().await.expect("it was begun").expect("it ends");
    });
}
