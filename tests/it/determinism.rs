//! The same detections give the same bytes: on any number of threads, in whatever order members finish.

use std::collections::HashSet;

use guira::simulate::MemberRequest;

use crate::support::{Act, Setup, TestService, assets_at, detection};

const FIRE: (f64, f64) = (-120.0, 38.0);

/// Orders in which members finish, each on every number of threads.
const ORDERS: u64 = 1_000;

/// As many may finish in 5,040 orders.
const MEMBERS: usize = 7;

/// What the service answers about the fire's forecast, as text.
async fn forecast_text(service: &TestService) -> String {
    let detections = [detection(FIRE.0, FIRE.1), detection(FIRE.0 + 0.002, FIRE.1 + 0.001)];
    service.forecast_of(&detections).await.text
}

#[tokio::test]
async fn one_thread_and_two_give_the_same_bytes() {
    let mut texts = Vec::new();
    for threads in [1, 2, 2] {
        let setup = Setup { threads, real: true, assets: assets_at([FIRE]), ..Setup::new() };
        texts.push(forecast_text(&setup.start().await).await);
    }
    assert!(texts[0].contains("\"method\":\"physx\""));
    assert!(texts[0].contains("\"MultiPolygon\""));
    assert_eq!(texts[0], texts[1]);
    assert_eq!(texts[0], texts[2]);
}

#[tokio::test(start_paused = true)]
async fn the_order_in_which_members_finish_changes_nothing() {
    let mut texts = Vec::new();
    let orders: [fn(u32) -> u64; 4] =
        [|_| 1, |index| u64::from(index), |index| 10 - u64::from(index), |index| u64::from(index * 7 % 5)];
    for wait_ms in orders {
        let script = move |request: &MemberRequest| Act::FinishAfterMs(wait_ms(request.member.index.0));
        texts.push(forecast_text(&Setup::new().script(script).start().await).await);
    }
    for text in &texts[1..] {
        assert_eq!(&texts[0], text);
    }
}

#[tokio::test(start_paused = true)]
async fn a_thousand_orders_on_one_two_and_eight_threads_give_the_same_bytes() {
    let mut expected: Option<String> = None;
    for threads in [1, 2, 8] {
        let (mut state, mut orders) = (7, HashSet::new());
        for _ in 0..ORDERS {
            let order = shuffled(&mut state);
            orders.insert(order);
            let script =
                move |request: &MemberRequest| Act::FinishAfterMs(order[request.member.index.0 as usize]);
            let mut setup = Setup { threads, members: Some(MEMBERS as u32), ..Setup::new().script(script) };
            setup.engine.members_in_flight_max = MEMBERS;
            let text = forecast_text(&setup.start().await).await;
            let expected = expected.get_or_insert_with(|| text.clone());
            assert!(text == *expected, "{order:?} on {threads} threads:\n{text}\nfirst:\n{expected}");
        }
        assert!(orders.len() > 800, "only {} orders are different", orders.len());
    }
    assert!(expected.is_some_and(|text| text.contains("\"MultiPolygon\"")));
}

/// When each member finishes, ms: Fisher and Yates with a small generator.
fn shuffled(state: &mut u64) -> [u64; MEMBERS] {
    let mut order = std::array::from_fn(|at| at as u64 + 1);
    for last in (1..MEMBERS).rev() {
        *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        order.swap(last, (*state >> 33) as usize % (last + 1));
    }
    order
}
