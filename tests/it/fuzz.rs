//! Messages that nobody meant: changed at random, they are refused or taken, and never more than that.
//!
//! The draws are the same in each run. `scripts/fuzz` looks further, led by what the code does.

use std::path::Path;

use prost::Message;

use messages::{requests, responses};
use mutate::{Draws, mutated};
use taken::{Kind, request, response};

mod messages;
mod mutate;
mod swollen;
mod taken;
mod world;

/// Changed messages made of each valid request, and of each valid response: seconds in a debug build.
const RUNS: [u64; 2] = [4_000, 20_000];

/// What the fuzzer begins from.
const SEEDS: &str = "fuzz/seeds";

#[test]
fn no_request_however_wrong_ends_the_server_or_fills_its_memory() {
    let (mut taken, mut refused) = (0, 0);
    for (at, (kind, valid)) in requests().into_iter().enumerate() {
        assert!(request(kind, &valid), "the message that all others are made of has to be taken: {kind:?}");
        let mut draws = Draws(at as u64);
        for _ in 0..RUNS[0] {
            match request(kind, &mutated(&valid, &mut draws)) {
                true => taken += 1,
                false => refused += 1,
            }
        }
    }
    assert!(
        taken > RUNS[0] / 10 && refused > RUNS[0],
        "{taken} taken, {refused} refused: too few of one kind"
    );
}

#[test]
fn no_response_however_wrong_ends_the_client_or_fills_its_memory() {
    let (mut taken, mut refused) = (0, 0);
    for (at, valid) in responses().into_iter().enumerate() {
        assert!(response(&valid), "the message that all others are made of has to be taken");
        let mut draws = Draws(100 + at as u64);
        for _ in 0..RUNS[1] {
            match response(&mutated(&valid, &mut draws)) {
                true => taken += 1,
                false => refused += 1,
            }
        }
    }
    assert!(
        taken > RUNS[1] / 10 && refused > RUNS[1],
        "{taken} taken, {refused} refused: too few of one kind"
    );
}

#[test]
fn a_count_beyond_all_numbers_is_no_end_of_the_client() {
    let valid = responses().swap_remove(0);
    let mut message = guira::simulate::wire::proto::RunSimulationResponse::decode(valid.as_slice()).unwrap();
    let statistics = message.result.as_mut().unwrap().statistics.as_mut().unwrap();
    (statistics.spot_fires, statistics.embers_refused) = (u64::MAX, u64::MAX);
    response(&message.encode_to_vec());
}

/// With `GUIRA_WRITE_SEEDS` set, they are written instead.
#[test]
fn the_fuzzers_seeds_are_the_valid_messages() {
    let requests = requests().into_iter().map(|(kind, message)| [vec![kind as u8], message].concat());
    let folders = [("physx_request", requests.collect::<Vec<_>>()), ("physx_response", responses())];
    for (target, messages) in folders {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(SEEDS).join(target);
        if std::env::var_os("GUIRA_WRITE_SEEDS").is_some() {
            std::fs::create_dir_all(&folder).unwrap();
            for (at, message) in messages.iter().enumerate() {
                std::fs::write(folder.join(format!("{at}.bin")), message).unwrap();
            }
        }
        for (at, message) in messages.iter().enumerate() {
            let held = std::fs::read(folder.join(format!("{at}.bin"))).unwrap_or_default();
            assert!(held == *message, "{SEEDS}/{target}/{at}.bin differs: run with GUIRA_WRITE_SEEDS=1");
        }
    }
}

#[test]
fn what_is_changed_is_often_still_a_message_with_other_numbers() {
    let (_, valid) = requests().swap_remove(Kind::Simulation as usize);
    let mut draws = Draws(7);
    let decoded = (0..1_000)
        .filter_map(|_| {
            guira::simulate::wire::proto::RunSimulationRequest::decode(&*mutated(&valid, &mut draws)).ok()
        })
        .filter(|message| message.encode_to_vec() != valid)
        .count();
    assert!(decoded > 300, "{decoded} of 1000");
}
