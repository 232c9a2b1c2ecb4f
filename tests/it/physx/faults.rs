//! Whatever a server or its line does, members arrive, or the product says why not.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use guira::simulate::physx::{FallBack, PhysXSimulator};
use guira::simulate::{Scenario, SimulateError, Simulator};
use serde_json::Value;
use tokio::time::Instant;

use super::peer::{Act, Line, LineFault, Peer};
use super::rig::{Process, client, ensemble, local, options, request, scenario, until_fleet};
use crate::support::{Setup, assets_at, detection};

/// Faults that a result shows.
const UNUSABLE: [Act; 7] = [
    Act::NotANumber,
    Act::Noise,
    Act::OtherGrid,
    Act::CutShort,
    Act::OtherCount,
    Act::OtherMember,
    Act::NoResult,
];

async fn until_serving(simulator: &PhysXSimulator, servers: usize) {
    until_fleet(simulator, |report| {
        report.servers.iter().filter(|server| server.state.name() == "serving").count() == servers
    })
    .await;
}

/// Every member is what this process computes.
async fn assert_all_arrive(simulator: &PhysXSimulator, scenario: &Arc<Scenario>, what: &str) {
    let expected = ensemble(&local(2), scenario, 2).await;
    let found = ensemble(simulator, scenario, 4).await;
    for (expected, found) in expected.into_iter().zip(found) {
        let found = found.unwrap_or_else(|error| panic!("{what}: {error}"));
        assert_eq!(expected.unwrap().arrival, found.arrival, "{what}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_result_is_dropped_and_counted_and_the_member_comes_from_another() {
    let good = Process::start(&["--threads", "1"]);
    let scenario = Arc::new(scenario(8, 1_800));
    for act in UNUSABLE {
        let peer = Peer::start(act).await;
        let simulator = client(options(&[peer.url(), good.url()], FallBack::Surrogate));
        until_serving(&simulator, 2).await;
        assert_all_arrive(&simulator, &scenario, &format!("{act:?}")).await;
        let report = simulator.fleet().unwrap();
        let of_peer = report.servers.iter().find(|server| server.url == peer.url()).unwrap();
        // A second try beside one that takes long is dropped where the first one comes.
        let calls = of_peer.unusable..=of_peer.unusable + report.hedges;
        assert!(of_peer.unusable > 0 && calls.contains(&(peer.calls() as u64)), "{act:?}: {report:?}");
        assert_eq!((report.members_done, report.members_here, of_peer.members_done), (8, 0, 0), "{act:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn with_nothing_but_faulty_servers_this_process_computes_or_the_loss_says_why() {
    let scenario = Arc::new(scenario(3, 1_800));
    for act in UNUSABLE.into_iter().chain([Act::Break, Act::Panic]) {
        let peer = Peer::start(act).await;
        let simulator = client(options(&[peer.url()], FallBack::Local));
        assert_all_arrive(&simulator, &scenario, &format!("{act:?}")).await;
        let done = simulator.run(request(&scenario, 0)).await.unwrap();
        let why = done.origin.instead.clone().expect("it was computed here");
        assert!(why.contains(&peer.url()) || why.contains("no PhysX server"), "{act:?}: {why}");
        assert_eq!(simulator.fleet().unwrap().members_done, 0);
        let simulator = client(options(&[peer.url()], FallBack::Surrogate));
        let error = simulator.run(request(&scenario, 0)).await.unwrap_err();
        assert!(
            matches!(&error, SimulateError::Unavailable { reason } if reason.contains(&peer.url())),
            "{error}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_breaks_hangs_or_is_full_costs_no_member() {
    let good = Process::start(&["--threads", "1"]);
    let scenario = Arc::new(scenario(30, 1_800));
    for act in [Act::Break, Act::Panic, Act::Full, Act::Hang] {
        let peer = Peer::start(act).await;
        let simulator = client(options(&[peer.url(), good.url()], FallBack::Surrogate));
        until_serving(&simulator, 2).await;
        assert_all_arrive(&simulator, &scenario, &format!("{act:?}")).await;
        let report = simulator.fleet().unwrap();
        assert_eq!((report.members_done, report.members_here), (30, 0), "{act:?}: {report:?}");
        // Who refuses has begun nothing: that is no failure, and no try of the budget.
        match act {
            Act::Full => assert_eq!(report.retries, 0, "{report:?}"),
            _ => assert!(report.retries + report.hedges > 0, "{act:?}: {report:?}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_that_break_fall_silent_or_drip_cost_no_member() {
    let (behind, good) = (Process::start(&["--threads", "1"]), Process::start(&["--threads", "1"]));
    let scenario = Arc::new(scenario(20, 3_600));
    let faults = [
        LineFault::Breaks(10_000),
        LineFault::Breaks(2_000),
        LineFault::FallsSilent(10_000),
        LineFault::Drips(200),
    ];
    for fault in faults {
        let line = Line::to(behind.address, fault).await;
        let simulator = client(options(&[line.url(), good.url()], FallBack::Surrogate));
        until_serving(&simulator, 2).await;
        assert_all_arrive(&simulator, &scenario, &format!("{fault:?}")).await;
        let report = simulator.fleet().unwrap();
        assert_eq!((report.members_done, report.members_here), (20, 0), "{fault:?}: {report:?}");
        assert!(report.retries + report.hedges > 0, "{fault:?}: {report:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_members_are_asked_for_twice_where_they_take_long() {
    let good = Process::start(&["--threads", "1"]);
    let slow = Peer::start(Act::LateMs(60_000)).await;
    let simulator = client(options(&[slow.url(), good.url()], FallBack::Surrogate));
    until_serving(&simulator, 2).await;
    let scenario = Arc::new(scenario(40, 1_800));
    let began = Instant::now();
    // Two at a time: one may hang at the slow server, the others go by.
    assert!(ensemble(&*simulator, &scenario, 2).await.iter().all(Result::is_ok));
    let report = simulator.fleet().unwrap();
    println!(
        "40 members beside a server that takes a minute: {:.2} s, {report:?}",
        began.elapsed().as_secs_f64()
    );
    assert!(began.elapsed() < Duration::from_secs(60) && report.hedges >= 1 && report.hedges <= 2);
    assert_eq!(report.retries, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn all_calls_for_a_forecast_have_one_trace_and_each_a_span_of_its_own() {
    let peer = Peer::start(Act::LateMs(0)).await;
    let simulator = client(options(&[peer.url()], FallBack::Surrogate));
    for version in [1, 2] {
        let scenario = Arc::new(Scenario { version, ..scenario(4, 60) });
        assert!(ensemble(&*simulator, &scenario, 2).await.iter().all(Result::is_ok));
    }
    let parents = peer.traces.lock().unwrap().clone();
    let parts: Vec<Vec<&str>> = parents.iter().map(|parent| parent.split('-').collect()).collect();
    let distinct = |at: usize| parts.iter().map(|part| part[at]).collect::<HashSet<_>>().len();
    assert_eq!((parts.len(), distinct(1), distinct(2)), (8, 2, 8), "{parents:?}");
    assert!(
        parts.iter().all(|part| { (part[0], part[1].len(), part[2].len(), part[3]) == ("00", 32, 16, "01") })
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn tries_are_a_tenth_of_the_members_at_most() {
    let peer = Peer::start(Act::NoResult).await;
    let simulator = client(options(&[peer.url()], FallBack::Local));
    let scenario = Arc::new(scenario(60, 60));
    assert!(ensemble(&*simulator, &scenario, 8).await.iter().all(Result::is_ok));
    let report = simulator.fleet().unwrap();
    // Ten are there at the start.
    assert!(report.retries <= 10 + 6 && report.members_here == 60, "{report:?}");
    assert!(peer.calls() < 60, "a server that gives nothing usable is left alone: {}", peer.calls());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deadline_ends_the_wait_for_a_server() {
    let peer = Peer::start(Act::Hang).await;
    let simulator = client(options(&[peer.url()], FallBack::Local));
    let deadline = Some(Instant::now() + Duration::from_millis(300));
    let scenario = Arc::new(Scenario { deadline, ..scenario(2, 1_800) });
    for outcome in ensemble(&*simulator, &scenario, 2).await {
        let error = outcome.unwrap_err();
        assert!(matches!(error, SimulateError::TooLate { .. }), "{error}");
    }
}

/// The forecast of a fire near an asset, by this simulator.
async fn forecast_by(simulator: Arc<PhysXSimulator>) -> Value {
    const FIRE: (f64, f64) = (-120.0, 38.0);
    let setup = Setup { assets: assets_at([FIRE]), simulator: Some(simulator), ..Setup::new() };
    let service = setup.start().await;
    let forecast = service.forecast_of(&[detection(FIRE.0, FIRE.1)]).await.json();
    let health = service.get("/health").await.json();
    let physx = &health["components"]["physx"];
    assert_eq!((&physx["status"], &physx["servers"][0]["state"]), (&"failed".into(), &"unreachable".into()));
    forecast
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_server_the_product_says_what_computed_it_and_why() {
    // Nobody listens there: the port was free a moment ago.
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url = format!("http://{nobody}");
    let here = forecast_by(client(options(std::slice::from_ref(&url), FallBack::Local))).await;
    assert_eq!((&here["method"], &here["members_lost"]), (&"physx".into(), &0.into()));
    let said = here["degradations"].to_string();
    let expected = format!(
        "instead on a PhysX server; the first one: no PhysX server can be used: {url} is unreachable"
    );
    assert!(said.contains("computed in this process") && said.contains(&expected[8..]), "{said}");
    assert!(here["simulators"][0]["simulator"].as_str().unwrap().ends_with("in this process"));
    let by_surrogate = forecast_by(client(options(&[url], FallBack::Surrogate))).await;
    assert_eq!(by_surrogate["method"], "surrogate");
    let said = by_surrogate["degradations"].to_string();
    assert!(said.contains("the surrogate stands in for PhysX: no PhysX server can be used"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_large_for_one_server_goes_to_another() {
    let (small, good) = (
        Process::start(&["--threads", "1", "--landscape-cells-max", "1000"]),
        Process::start(&["--threads", "1"]),
    );
    let scenario = Arc::new(scenario(12, 900));
    let simulator = client(options(&[small.url(), good.url()], FallBack::Surrogate));
    until_serving(&simulator, 2).await;
    assert_all_arrive(&simulator, &scenario, "a server with small limits").await;
    let report = simulator.fleet().unwrap();
    assert_eq!((report.members_done, report.members_here, report.retries), (12, 0, 0), "{report:?}");
    let alone = client(options(&[small.url()], FallBack::Local));
    let done = alone.run(request(&scenario, 0)).await.unwrap();
    let why = done.origin.instead.clone().expect("it was computed here");
    assert!(why.contains("rows and cols: needed 1 to 1000 cells"), "{why}");
}
