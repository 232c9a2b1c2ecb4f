use super::*;

fn decided(
    distance_m: Option<f64>,
    detection_count: usize,
    requested: Option<RequestedPriority>,
) -> Decision {
    let nearest = |distance_m| NearestAsset { id: "a".into(), name: None, distance_m };
    let facts = Facts { nearest_asset: distance_m.map(nearest), detection_count, requested };
    decide(&facts, &Thresholds::default())
}

fn level(
    distance_m: Option<f64>,
    detection_count: usize,
    requested: Option<RequestedPriority>,
) -> (Method, u8) {
    let decision = decided(distance_m, detection_count, requested);
    (decision.method, decision.priority.level())
}

#[test]
fn the_table_is_followed_on_both_sides_of_each_line() {
    use Method::{PhysX, Surrogate};
    let table = [
        (Some(0.0), 1, (PhysX, 1)),
        (Some(500.0), 5, (PhysX, 1)),
        (Some(500.0), 6, (PhysX, 1)),
        (Some(500.1), 5, (PhysX, 3)),
        (Some(1000.0), 5, (PhysX, 3)),
        (Some(1000.0), 6, (PhysX, 2)),
        (Some(1000.1), 5, (Surrogate, 7)),
        (Some(4200.0), 6, (Surrogate, 6)),
        (None, 1, (Surrogate, 7)),
        (None, 6, (Surrogate, 6)),
    ];
    for (distance_m, count, expected) in table {
        assert_eq!(level(distance_m, count, None), expected, "{distance_m:?} {count}");
    }
}

#[test]
fn a_requested_priority_moves_one_step_and_never_the_method() {
    use Method::{PhysX, Surrogate};
    use RequestedPriority::{Critical, High, Low, Normal};
    let table = [
        (Some(800.0), Low, (PhysX, 4)),
        (Some(800.0), Normal, (PhysX, 3)),
        (Some(800.0), High, (PhysX, 2)),
        (Some(800.0), Critical, (PhysX, 2)),
        (Some(100.0), Critical, (PhysX, 1)),
        (Some(100.0), Low, (PhysX, 2)),
        (None, Critical, (Surrogate, 6)),
        (None, Low, (Surrogate, 8)),
    ];
    for (distance_m, requested, expected) in table {
        assert_eq!(level(distance_m, 1, Some(requested)), expected, "{distance_m:?} {requested}");
    }
    assert_eq!(level(Some(100.0), 6, Some(Low)), (PhysX, 1), "a step each way cancels out");
}

#[test]
fn the_reason_holds_words_and_numbers() {
    assert_eq!(
        decided(Some(4200.0), 8, None).reason,
        "surrogate, priority 6: nearest asset 4.2 km away (more than 1000 m); \
         8 detections (more than 5) make it one step more urgent"
    );
    assert_eq!(decided(None, 1, None).reason, "surrogate, priority 7: no asset is known");
    assert_eq!(
        decided(Some(1000.4), 1, Some(RequestedPriority::Low)).reason,
        "surrogate, priority 8: nearest asset 1000.4 m away (more than 1000 m); \
         the requested priority low makes it one step less urgent"
    );
    let facts = Facts {
        nearest_asset: Some(NearestAsset {
            id: "h".into(),
            name: Some("Pine Hospital".into()),
            distance_m: 420.0,
        }),
        detection_count: 6,
        requested: None,
    };
    assert_eq!(
        decide(&facts, &Thresholds::default()).reason,
        "physx, priority 1: nearest asset (Pine Hospital) 420 m away (at most 500 m); \
         6 detections (more than 5) make it one step more urgent; 1 is the most urgent"
    );
}

#[test]
fn thresholds_that_make_no_sense_are_refused() {
    for (near_m, far_m) in [(0.0, 10.0), (-1.0, 10.0), (f64::NAN, 10.0), (1.0, f64::INFINITY), (11.0, 10.0)] {
        assert!(Thresholds::new(near_m, far_m, 5).is_err(), "{near_m} {far_m}");
    }
    let message = Thresholds::new(600.0, 500.0, 5).unwrap_err().to_string();
    assert_eq!(message, "near_m must be at most far_m, found 600 and 500");
}

#[test]
fn thresholds_move_the_lines() {
    let thresholds = Thresholds::new(2000.0, 2000.0, 1).unwrap();
    let nearest_asset = Some(NearestAsset { id: "a".into(), name: None, distance_m: 1500.0 });
    let decision = decide(&Facts { nearest_asset, detection_count: 2, requested: None }, &thresholds);
    assert_eq!((decision.method, decision.priority.level()), (Method::PhysX, 1));
    assert!(decision.reason.contains("at most 2000 m"), "{}", decision.reason);
}

#[test]
fn requested_priorities_read_and_print_alike() {
    for priority in RequestedPriority::ALL {
        assert_eq!(priority.to_string().parse(), Ok(priority));
    }
    let message = "urgent".parse::<RequestedPriority>().unwrap_err().to_string();
    assert_eq!(message, "priority must be one of low, normal, high, critical, found \"urgent\"");
}

#[test]
fn a_record_says_what_would_have_led_elsewhere() {
    let texts = |distance_m, count| -> Vec<String> {
        let record = decided(distance_m, count, None).record;
        record.counterfactuals.into_iter().map(|other| other.text).collect()
    };
    assert_eq!(
        texts(Some(1040.0), 1),
        [
            "physx, priority 3, if the nearest asset were 40 m nearer",
            "surrogate, priority 6, with 5 more detections"
        ]
    );
    assert_eq!(
        texts(Some(800.0), 6),
        [
            "physx, priority 1, if the nearest asset were 300 m nearer",
            "surrogate, priority 6, if the nearest asset were more than 200 m farther away"
        ]
    );
    assert_eq!(texts(None, 6), ["physx, priority 2, if an asset lay within 1000 m"]);
    assert_eq!(
        texts(Some(500.0), 1),
        ["physx, priority 3, if the nearest asset were more than 0 m farther away"]
    );
}

#[test]
fn every_counterfactual_holds_when_its_change_is_made() {
    for distance_m in [0.0, 123.4, 500.0, 500.1, 777.7, 1000.0, 1000.1, 5_000.3] {
        for count in [1, 5, 6] {
            let decision = decided(Some(distance_m), count, None);
            for other in decision.record.counterfactuals {
                let (distance_m, count) = match other.change {
                    Change::Nearer(by_m) => (distance_m - by_m - 1e-6, count),
                    Change::Farther(by_m) => (distance_m + by_m + 1e-6, count),
                    Change::AssetWithin(reach_m) => (reach_m, count),
                    Change::MoreDetections(more) => (distance_m, count + more),
                };
                let then = decided(Some(distance_m), count, None);
                assert_eq!((then.method, then.priority), (other.method, other.priority), "{}", other.text);
            }
        }
    }
}
