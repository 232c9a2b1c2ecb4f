//! Servers that are killed, stopped and started again in the middle of ensembles.

use std::sync::Arc;
use std::time::Duration;

use guira::simulate::Simulator;
use guira::simulate::fleet::ServerState;
use guira::simulate::physx::FallBack;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use super::rig::{Process, client, ensemble, options, quiet_address, scenario, until_fleet};
use crate::support::{Setup, assets_at, detection};

/// Rounds of random kills.
const ROUNDS: u64 = 200;

fn serving(simulator: &dyn Simulator) -> usize {
    let report = simulator.fleet().unwrap();
    report.servers.iter().filter(|server| server.state == ServerState::Serving).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn of_three_servers_one_may_be_killed_and_one_stopped_and_all_members_arrive() {
    let servers = [0; 3].map(|_| Process::start(&["--threads", "1"]));
    let simulator = client(options(&servers.each_ref().map(Process::url), FallBack::Surrogate));
    until_fleet(&*simulator, |_| serving(&*simulator) == 3).await;
    let scenario = Arc::new(scenario(100, 3_600));
    let undisturbed = Instant::now();
    let expected = ensemble(&*simulator, &scenario, 6).await;
    let undisturbed_s = undisturbed.elapsed().as_secs_f64();
    let before = simulator.fleet().unwrap();
    assert_eq!((before.members_done, before.members_here), (100, 0));
    let disturb = async {
        while simulator.fleet().unwrap().members_done < 130 {
            sleep(Duration::from_millis(5)).await;
        }
        servers[0].signal("KILL");
        while simulator.fleet().unwrap().members_done < 150 {
            sleep(Duration::from_millis(5)).await;
        }
        servers[1].signal("STOP");
    };
    let disturbed = Instant::now();
    let (found, ()) = tokio::join!(ensemble(&*simulator, &scenario, 6), disturb);
    let disturbed_s = disturbed.elapsed().as_secs_f64();
    for (expected, found) in expected.into_iter().zip(found) {
        assert_eq!(expected.unwrap().arrival, found.unwrap().arrival);
    }
    let after = simulator.fleet().unwrap();
    assert_eq!(after.members_done - before.members_done, 100, "each once");
    println!(
        "100 members on three servers: {undisturbed_s:.2} s; with one killed and one stopped: {disturbed_s:.2} s, {} tries again, {} asked twice",
        after.retries, after.hedges
    );
    assert_eq!(serving(&*simulator), 1);
    servers[1].signal("CONT");
    until_fleet(&*simulator, |_| serving(&*simulator) == 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_random_kills_lose_no_forecast() {
    let mut servers = [0; 2].map(|_| Process::start_at(&quiet_address(), &["--threads", "1"]));
    let addresses = servers.each_ref().map(|server| server.address.to_string());
    let simulator = client(options(&servers.each_ref().map(Process::url), FallBack::Local));
    // Assets all along: every forecast is by PhysX.
    let assets = assets_at((0..ROUNDS).map(place));
    let setup = Setup { assets, simulator: Some(simulator.clone()), ..Setup::new() };
    let service = setup.start().await;
    let (mut state, mut computed_here) = (20_261_130_u64, 0);
    let mut draw = move |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    for round in 0..ROUNDS {
        let (victim, wait_us) = (draw(2) as usize, draw(60_000));
        let seen = [detection(place(round).0, place(round).1)];
        let run = service.forecast_of(&seen);
        let kill = async {
            sleep(Duration::from_micros(wait_us)).await;
            servers[victim].signal("KILL");
        };
        let (answer, ()) = tokio::join!(run, kill);
        let forecast = answer.json();
        assert_eq!(forecast["method"], "physx", "round {round}");
        assert_eq!(
            (&forecast["members_used"], &forecast["members_lost"]),
            (&forecast["members_planned"], &0.into())
        );
        computed_here += u64::from(forecast["degradations"].to_string().contains("in this process instead"));
        // Until it is gone its address is taken.
        servers[victim].wait();
        servers[victim] = Process::start_at(&addresses[victim], &["--threads", "1"]);
    }
    let report = simulator.fleet().unwrap();
    println!("{ROUNDS} kills: {report:?}; {computed_here} forecasts with members computed here");
    assert!(report.retries + report.members_here > 0, "some kill hit a member under way: {report:?}");
}

/// Places far from each other.
fn place(at: u64) -> (f64, f64) {
    (-120.0 + 0.3 * (at % 20) as f64, 35.0 + 0.3 * (at / 20) as f64)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_told_to_stop_finishes_what_it_has() {
    let mut servers = [0; 2].map(|_| Process::start(&["--threads", "1"]));
    let simulator = client(options(&servers.each_ref().map(Process::url), FallBack::Surrogate));
    until_fleet(&*simulator, |_| serving(&*simulator) == 2).await;
    let scenario = Arc::new(scenario(40, 3_600));
    let stop = async {
        while simulator.fleet().unwrap().members_done < 10 {
            sleep(Duration::from_millis(5)).await;
        }
        servers[0].signal("TERM");
    };
    let (found, ()) = tokio::join!(ensemble(&*simulator, &scenario, 4), stop);
    assert!(found.iter().all(Result::is_ok), "{:?}", found.iter().find(|one| one.is_err()));
    assert!(servers[0].wait().success());
    let report = simulator.fleet().unwrap();
    assert_eq!((report.members_done, report.members_here), (40, 0));
    // What it had in hand came from it: nothing was computed twice but where a call crossed the stop, of the four at a time.
    assert!(report.servers[0].failures <= 4, "{report:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_dies_with_many_members_in_hand_loses_none() {
    let servers = [0; 2].map(|_| Process::start(&["--threads", "1", "--waiting-max", "60"]));
    let simulator = client(options(&servers.each_ref().map(Process::url), FallBack::Surrogate));
    until_fleet(&*simulator, |_| serving(&*simulator) == 2).await;
    let scenario = Arc::new(scenario(120, 7_200));
    // A task of its own: beside the results that it takes in, nobody would see in time how far they are. So many members at a time that each server has some forty.
    let mut run = JoinSet::new();
    let (computes, scenario) = (simulator.clone(), Arc::clone(&scenario));
    run.spawn(async move { ensemble(&*computes, &scenario, 90).await });
    while simulator.fleet().unwrap().servers[0].members_done < 2 {
        sleep(Duration::from_millis(2)).await;
    }
    let in_flight = simulator.fleet().unwrap().servers[0].in_flight;
    servers[0].signal("KILL");
    let found = run.join_next().await.unwrap().unwrap();
    assert!(found.iter().all(Result::is_ok), "{:?}", found.iter().find(|one| one.is_err()));
    let report = simulator.fleet().unwrap();
    println!("{in_flight} members were on the server that was killed: {report:?}");
    assert!(in_flight > 20, "{in_flight}");
    assert_eq!((report.members_done, report.members_here), (120, 0));
}
