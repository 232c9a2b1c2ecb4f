use serde_json::{Value, json};

use super::*;
use firecore::geo::Bounds;
use firecore::strategy::Priority;
use jiff::Timestamp;

fn fire(number: u128) -> ClusterId {
    ClusterId(Uuid::from_u128(number))
}

fn event(kind: Kind, number: u128) -> LiveEvent {
    LiveEvent {
        kind,
        cluster_id: Some(fire(number)),
        with: Vec::new(),
        at: Timestamp::UNIX_EPOCH,
        priority: None,
        bounds: None,
        data: json!({}),
    }
}

fn counted(count: u64) -> LiveEvent {
    LiveEvent { data: json!({ "count": count }), ..event(Kind::ClusterUpdated, 1) }
}

fn live() -> Live {
    Live::new(LiveSettings::default())
}

fn small(events_max: usize) -> Live {
    Live::new(LiveSettings { events_max, ..LiveSettings::default() })
}

/// All that lies ready.
fn drain(subscription: &mut Subscription) -> Vec<Delivery> {
    std::iter::from_fn(|| subscription.try_next()).collect()
}

fn events(subscription: &mut Subscription) -> Vec<Event> {
    let only_events = |delivery| match delivery {
        Delivery::Event(event) => event,
        Delivery::Resync(resync) => panic!("{resync:?}"),
    };
    drain(subscription).into_iter().map(only_events).collect()
}

fn kinds(subscription: &mut Subscription) -> Vec<Kind> {
    events(subscription).iter().map(|event| event.kind).collect()
}

#[tokio::test(start_paused = true)]
async fn everybody_gets_every_event_in_order_and_the_text_is_shared() {
    let live = live();
    let mut subscriptions = [(); 3].map(|()| live.subscribe(Filter::default(), None));
    let ids: Vec<EventId> = (0..100).map(|count| live.publish(counted(count))).collect();
    let told = subscriptions.each_mut().map(events);
    for events in &told {
        assert_eq!(events.iter().map(|event| event.id).collect::<Vec<_>>(), ids);
    }
    assert_eq!(told[0][7].sse.as_ptr(), told[1][7].sse.as_ptr());
    assert_eq!(live.load(), LiveLoad { subscribers: 3, ..live.load() });
}

#[tokio::test(start_paused = true)]
async fn an_event_is_one_json_object_on_one_line_and_the_data_of_its_server_sent_event() {
    let live = live();
    let mut subscription = live.subscribe(Filter::default(), None);
    let data = json!({"text": "two\nlines", "number": 0.5});
    let id = live.publish(LiveEvent { data: data.clone(), ..event(Kind::StrategyChanged, 5) });
    let Delivery::Event(event) = subscription.next().await else { panic!("nothing was missed") };
    let json: Value = serde_json::from_slice(&event.json).unwrap();
    let wanted = json!({
        "id": id.to_string(), "kind": "strategy.changed", "cluster_id": fire(5).to_string(),
        "at": "1970-01-01T00:00:00Z", "data": data,
    });
    assert_eq!(json, wanted);
    let line = String::from_utf8(event.json.to_vec()).unwrap();
    let sse = String::from_utf8(event.sse.to_vec()).unwrap();
    assert_eq!(sse, format!("id: {id}\nevent: strategy.changed\ndata: {line}\n\n"));
    assert_eq!(id.to_string().parse(), Ok(id));
}

#[test]
fn what_is_no_id_is_refused() {
    for text in ["", "-", "5", "01c2f7a9d3b8e654-", "01c2f7a9d3b8e654-x", "1-1", "01c2f7a9d3b8e654-+1"] {
        assert_eq!(text.parse::<EventId>(), Err(EventIdError), "{text:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_thousand_disconnects_at_random_miss_nothing() {
    let live = live();
    // A fixed sequence of draws: SplitMix64.
    let mut state = 20_261_130_u64;
    let mut draw = move |below: u64| {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % below
    };
    let mut last = live.newest();
    let (mut published, mut told) = (Vec::new(), Vec::new());
    for _ in 0..1_000 {
        // While it is away, and then in the midst of its catching up.
        published.extend((0..draw(20)).map(|count| live.publish(counted(count))));
        tokio::time::advance(Duration::from_millis(draw(2_000))).await;
        let mut subscription = live.subscribe(Filter::default(), Some(last));
        for _ in 0..draw(25) {
            match subscription.try_next() {
                Some(Delivery::Event(event)) => told.push(event.id),
                Some(Delivery::Resync(resync)) => panic!("{resync:?}"),
                None => published.push(live.publish(counted(0))),
            }
            last = subscription.id();
        }
    }
    let rest = events(&mut live.subscribe(Filter::default(), Some(last)));
    told.extend(rest.iter().map(|event| event.id));
    assert!(published.len() > 8_000, "{}", published.len());
    assert_eq!(told, published);
}

#[tokio::test(start_paused = true)]
async fn an_id_is_good_for_ten_minutes() {
    let live = live();
    let first = live.publish(counted(1));
    let second = live.publish(counted(2));
    tokio::time::advance(Duration::from_secs(600)).await;
    assert_eq!(events(&mut live.subscribe(Filter::default(), Some(first)))[0].id, second);
    tokio::time::advance(Duration::from_secs(1)).await;
    let why = Missed::Overtaken { events: 1 };
    let mut late = live.subscribe(Filter::default(), Some(first));
    assert_eq!(drain(&mut late), [Delivery::Resync(Resync { id: second, why })]);
    // Nothing came after the second: who has it has all.
    assert_eq!(drain(&mut live.subscribe(Filter::default(), Some(second))), []);
}

#[tokio::test(start_paused = true)]
async fn an_id_of_another_run_or_of_none_gives_a_resync_and_then_what_comes() {
    let (live, other) = (live(), live());
    live.publish(counted(1));
    let foreign = other.publish(counted(1));
    let ahead = EventId { sequence: 9, ..live.newest() };
    for id in [foreign, ahead] {
        let mut subscription = live.subscribe(Filter::default(), Some(id));
        let resync = Resync { id: live.newest(), why: Missed::ForeignId };
        assert_eq!(drain(&mut subscription), [Delivery::Resync(resync)]);
        let next = live.publish(counted(2));
        assert_eq!(events(&mut subscription)[0].id, next);
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_does_not_read_costs_nothing_and_is_told_what_it_missed() {
    let live = small(1_000);
    let mut slow: Vec<Subscription> = (0..100).map(|_| live.subscribe(Filter::default(), None)).collect();
    for count in 0..1_000 {
        live.publish(counted(count));
    }
    let full = live.load();
    for count in 0..100_000 {
        live.publish(counted(count));
    }
    let later = live.load();
    assert_eq!((full.events, later.events), (1_000, 1_000));
    assert!(later.bytes < full.bytes * 11 / 10, "{} -> {}", full.bytes, later.bytes);
    let resync = Resync { id: live.newest(), why: Missed::Overtaken { events: 101_000 } };
    for subscription in &mut slow {
        assert_eq!(drain(subscription), [Delivery::Resync(resync)]);
    }
    let next = live.publish(counted(1));
    assert!(slow.iter_mut().all(|subscription| events(subscription)[0].id == next));
}

#[tokio::test(start_paused = true)]
async fn bytes_are_bounded_too_and_the_newest_event_stays() {
    let live = Live::new(LiveSettings { bytes_max: 10_000, ..LiveSettings::default() });
    let long =
        |bytes| LiveEvent { data: json!({"text": "x".repeat(bytes)}), ..event(Kind::ClusterUpdated, 1) };
    for _ in 0..100 {
        live.publish(long(1_000));
        assert!(live.load().bytes <= 10_000);
    }
    assert!(live.load().events > 4);
    live.publish(long(20_000));
    assert_eq!(live.load().events, 1);
    live.publish(long(1));
    assert_eq!(live.load().events, 1);
    assert!(live.load().bytes < 2_000);
}

#[tokio::test(start_paused = true)]
async fn a_newer_partial_forecast_or_the_runs_end_makes_the_older_one_needless() {
    let live = live();
    let mut slow = live.subscribe(Filter::default(), None);
    let mut quick = live.subscribe(Filter::default(), None);
    let partial = |number| live.publish(event(Kind::ForecastPartial, number));
    partial(1);
    assert_eq!(events(&mut quick).len(), 1);
    let (newest, other) = (partial(1), partial(2));
    let told: Vec<EventId> = events(&mut slow).iter().map(|event| event.id).collect();
    assert_eq!(told, [newest, other]);
    partial(1);
    partial(2);
    live.publish(event(Kind::ForecastCompleted, 1));
    live.publish(event(Kind::ForecastFailed, 2));
    partial(1);
    let wanted = [Kind::ForecastCompleted, Kind::ForecastFailed, Kind::ForecastPartial];
    assert_eq!(kinds(&mut slow), wanted);
}

#[tokio::test(start_paused = true)]
async fn a_needless_partial_forecast_gives_its_bytes_back() {
    let live = live();
    let partial =
        || LiveEvent { data: json!({"areas": "x".repeat(5_000)}), ..event(Kind::ForecastPartial, 1) };
    live.publish(partial());
    let one = live.load().bytes;
    for _ in 0..100 {
        live.publish(partial());
    }
    assert!(live.load().bytes < one + 101 * ENTRY_BYTES, "{}", live.load().bytes);
}

#[tokio::test(start_paused = true)]
async fn a_filter_keeps_out_what_is_not_wanted() {
    let live = live();
    let bounds =
        |west_deg: f64, east_deg: f64| Bounds { west_deg, east_deg, south_deg: 10.0, north_deg: 11.0 };
    let filters = [
        Filter { clusters: [fire(1)].into(), ..Filter::default() },
        Filter { kinds: vec![Kind::ClusterFounded, Kind::AssetsChanged], ..Filter::default() },
        Filter { bounds: Some(bounds(179.0, -179.0)), ..Filter::default() },
        Filter { level_max: Some(3), ..Filter::default() },
    ];
    let mut subscriptions = filters.map(|filter| live.subscribe(filter, None));
    let at = |kind, number, level, west, east| LiveEvent {
        priority: Some(Priority::new(level)),
        bounds: Some(bounds(west, east)),
        ..event(kind, number)
    };
    let a = live.publish(at(Kind::ClusterFounded, 1, 3, 179.5, 179.6));
    let b = live.publish(at(Kind::ClusterUpdated, 2, 4, -179.5, -179.4));
    let c = live.publish(at(Kind::ClusterFounded, 3, 1, 0.0, 1.0));
    let d = live.publish(at(Kind::ClusterUpdated, 1, 9, 178.0, -178.0));
    let of_no_fire = LiveEvent { cluster_id: None, ..event(Kind::AssetsChanged, 0) };
    let e = live.publish(of_no_fire);
    let told = subscriptions
        .each_mut()
        .map(|subscription| events(subscription).iter().map(|event| event.id).collect::<Vec<_>>());
    assert_eq!(told, [vec![a, d], vec![a, c, e], vec![a, b, d, e], vec![a, c, e]]);
    // What is not wanted is looked at once: nothing is left, and whoever resumes need not look again.
    assert!(subscriptions.iter().all(|one| one.lag() == 0 && one.id() == e));
}

#[tokio::test(start_paused = true)]
async fn a_filter_that_wants_little_passes_over_much() {
    let live = live();
    let mut subscription = live.subscribe(Filter { clusters: [fire(7)].into(), ..Filter::default() }, None);
    for count in 0..3 * LOOK_MAX as u64 {
        live.publish(counted(count));
    }
    live.publish(event(Kind::ClusterClosed, 7));
    assert_eq!(kinds(&mut subscription), [Kind::ClusterClosed]);
}

#[tokio::test(start_paused = true)]
async fn who_follows_a_fire_follows_what_it_becomes() {
    let live = live();
    let mut subscription = live.subscribe(Filter { clusters: [fire(1)].into(), ..Filter::default() }, None);
    live.publish(event(Kind::ClusterUpdated, 2));
    live.publish(LiveEvent { with: vec![fire(1)], ..event(Kind::ClusterMerged, 2) });
    live.publish(event(Kind::ForecastCompleted, 2));
    live.publish(LiveEvent { with: vec![fire(3)], ..event(Kind::ClusterSplit, 2) });
    live.publish(event(Kind::ClusterClosed, 3));
    live.publish(event(Kind::ClusterClosed, 4));
    let wanted = [Kind::ClusterMerged, Kind::ForecastCompleted, Kind::ClusterSplit, Kind::ClusterClosed];
    assert_eq!(kinds(&mut subscription), wanted);
}

#[tokio::test(start_paused = true)]
async fn a_wait_that_is_given_up_loses_nothing() {
    let live = live();
    let mut subscription = live.subscribe(Filter::default(), None);
    let waited = tokio::time::timeout(Duration::from_secs(1), subscription.next()).await;
    assert!(waited.is_err());
    let id = live.publish(counted(1));
    assert!(matches!(subscription.next().await, Delivery::Event(event) if event.id == id));
}

#[test]
fn kinds_are_known_by_name() {
    for kind in Kind::ALL {
        assert_eq!(kind.name().parse(), Ok(kind));
    }
    let error = "cluster.found".parse::<Kind>().unwrap_err().to_string();
    assert!(error.contains("cluster.founded") && error.contains("\"cluster.found\""), "{error}");
}
