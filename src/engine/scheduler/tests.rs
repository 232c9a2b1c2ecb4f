use std::pin::pin;
use std::task::{Context, Poll, Waker};

use firecore::forecast::Urgency;
use firecore::ignition::Seed;
use firecore::spread::Physics;
use firecore::strategy::{Facts, Priority, Thresholds, decide};
use jiff::Timestamp;
use uuid::Uuid;

use super::*;

fn poll<F: Future>(future: std::pin::Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

fn plan(fire: u128, level: u8, method: Method) -> ForecastPlan {
    ForecastPlan {
        cluster_id: ClusterId(Uuid::from_u128(fire)),
        version: 1,
        method,
        priority: Priority::new(level),
        reason: String::new(),
        decided_at: Timestamp::UNIX_EPOCH,
        record: decide(&Facts::default(), &Thresholds::default()).record,
        urgency: Urgency::of_first("a test"),
        physics: Physics::default(),
        seed: Seed {
            seeded_at: Timestamp::UNIX_EPOCH,
            burning: Vec::new(),
            burned: Vec::new(),
            outlines: Vec::new(),
        },
        detection_count: 1,
        members: 10,
        lead_times_s: vec![3_600],
    }
}

fn scheduler(runs_max: usize) -> Scheduler {
    Scheduler::new(&EngineSettings { runs_max, surrogate_runs_max: 1, ..EngineSettings::default() }, 2)
}

fn again(fire_since: Instant) -> Occasion {
    Occasion { first: false, uncovered_since: fire_since, grew: false, after_surrogate: false }
}

#[tokio::test(start_paused = true)]
async fn the_most_urgent_run_goes_first_and_one_that_left_is_skipped() {
    let scheduler = scheduler(1);
    let now = Instant::now();
    let plans = [5, 9, 2, 1].map(|level| plan(level.into(), level, Method::PhysX));
    let ask = |at: usize| scheduler.acquire(&plans[at], again(now), |_| {});
    let held = ask(0).await.unwrap();
    let (mut low, mut high) = (pin!(ask(1)), pin!(ask(2)));
    assert!(poll(low.as_mut()).is_pending());
    {
        let leaver = pin!(ask(3));
        assert!(poll(leaver).is_pending());
    }
    assert!(poll(high.as_mut()).is_pending());
    assert_eq!(scheduler.report().0.waiting, [1, 0, 1]);
    drop(held);
    assert!(poll(low.as_mut()).is_pending());
    let Poll::Ready(Ok(held)) = poll(high.as_mut()) else { panic!("the urgent one is next") };
    drop(held);
    assert!(poll(low.as_mut()).is_ready());
}

#[tokio::test(start_paused = true)]
async fn the_surrogate_has_tokens_of_its_own_and_a_grant_that_nobody_takes_comes_back() {
    let scheduler = scheduler(1);
    let (physx, cheap) = (plan(1, 1, Method::PhysX), plan(2, 9, Method::Surrogate));
    let held = scheduler.acquire(&physx, again(Instant::now()), |_| {}).await.unwrap();
    assert_eq!(held.method, Method::PhysX);
    let quick = scheduler.acquire(&cheap, Occasion::first(), |_| {}).await.unwrap();
    assert_eq!((quick.method, quick.members, quick.degradation), (Method::Surrogate, 10, None));
    {
        let other = plan(3, 1, Method::PhysX);
        let mut leaver = pin!(scheduler.acquire(&other, again(Instant::now()), |_| {}));
        assert!(poll(leaver.as_mut()).is_pending());
        // Granted, and gone before it looked.
        drop(held);
        assert_eq!(scheduler.report().0.running, [1, 1]);
    }
    assert_eq!(scheduler.report().0.running, [0, 1]);
}

#[tokio::test(start_paused = true)]
async fn a_newer_run_of_the_fire_takes_the_place_in_line_and_a_withdrawal_ends_both_kinds() {
    let scheduler = scheduler(1);
    let now = Instant::now();
    let (first, second, other) =
        (plan(1, 3, Method::PhysX), plan(2, 3, Method::PhysX), plan(3, 3, Method::PhysX));
    let mut held = scheduler.acquire(&first, again(now), |_| {}).await.unwrap();
    let mut older = pin!(scheduler.acquire(&second, again(now), |_| {}));
    assert!(poll(older.as_mut()).is_pending());
    let mut newer = pin!(scheduler.acquire(&second, again(now), |_| {}));
    assert!(poll(newer.as_mut()).is_pending());
    assert!(matches!(poll(older.as_mut()), Poll::Ready(Err(Dropped::Replaced))));
    let mut waits = pin!(scheduler.acquire(&other, again(now), |_| {}));
    assert!(poll(waits.as_mut()).is_pending());
    scheduler.withdraw(second.cluster_id);
    assert!(matches!(poll(newer.as_mut()), Poll::Ready(Err(Dropped::Withdrawn))));
    scheduler.withdraw(first.cluster_id);
    assert_eq!(held.withdrawn.try_recv(), Ok(()));
    assert!(poll(waits.as_mut()).is_pending(), "its token is free once it has ended");
    drop(held);
    assert!(poll(waits.as_mut()).is_ready());
}

#[tokio::test(start_paused = true)]
async fn runs_share_the_threads_time_and_only_forecasts_count_as_well_spent() {
    let scheduler = scheduler(2);
    let plans = [plan(1, 3, Method::PhysX), plan(2, 3, Method::PhysX)];
    let first = scheduler.acquire(&plans[0], again(Instant::now()), |_| {}).await.unwrap();
    tokio::time::advance(Duration::from_secs(1)).await;
    let second = scheduler.acquire(&plans[1], again(Instant::now()), |_| {}).await.unwrap();
    tokio::time::advance(Duration::from_secs(2)).await;
    // Two threads: 1 s alone, 2 s beside the other.
    first.permit.complete();
    drop(second);
    let (_, Spent { completed_s, wasted_s }) = scheduler.report();
    assert!((completed_s - 4.0).abs() < 0.01 && (wasted_s - 2.0).abs() < 0.01, "{completed_s} {wasted_s}");
}

/// Under overload the waiting futures alone move the ladder: low fires hear that they are held, and run when there is room.
#[tokio::test(start_paused = true)]
async fn who_waits_keeps_the_time_and_hears_why_it_is_held() {
    let scheduler = scheduler(1);
    let now = Instant::now();
    let busy = scheduler.acquire(&plan(1, 1, Method::PhysX), again(now), |_| {}).await.unwrap();
    let mut line = tokio::task::JoinSet::new();
    for fire in 2..60 {
        let scheduler = scheduler.clone();
        line.spawn(async move {
            scheduler.acquire(&plan(fire, 1, Method::PhysX), again(now), |_| {}).await.map(|_| ())
        });
    }
    let low = plan(100, 8, Method::Surrogate);
    let surrogate = scheduler.acquire(&plan(99, 1, Method::Surrogate), again(now), |_| {}).await.unwrap();
    tokio::time::sleep(Duration::from_secs(31)).await;
    drop(surrogate);
    assert_eq!(scheduler.report().0.level.number(), 3);
    let (told, hears) = std::sync::mpsc::channel();
    let asked = scheduler.clone();
    line.spawn(async move {
        let tell = move |hold: Hold| told.send(hold.to_string()).unwrap();
        let granted = asked.acquire(&low, again(Instant::now()), tell).await;
        granted.map(|grant| assert_eq!(grant.members, if grant.degradation.is_some() { 5 } else { 10 }))
    });
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(hears.recv().unwrap().contains("level 3 of 5"));
    drop(busy);
    while let Some(outcome) = line.join_next().await {
        outcome.unwrap().unwrap();
    }
    assert_eq!(scheduler.report().0.waiting_in_all(), 0);
}
