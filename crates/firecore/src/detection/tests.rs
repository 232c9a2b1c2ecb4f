use jiff::SignedDuration;

use super::*;

fn now() -> Timestamp {
    "2026-08-01T12:00:00Z".parse().unwrap()
}

fn draft() -> DetectionDraft {
    DetectionDraft::new(Source::Satellite, -122.5, 39.1, 0.9, now())
}

fn refused(draft: DetectionDraft) -> (&'static str, String) {
    let error = Detection::new(draft, now()).unwrap_err();
    (error.field(), error.to_string())
}

fn id(draft: DetectionDraft) -> DetectionId {
    Detection::new(draft, now()).unwrap().id()
}

#[test]
fn each_wrong_value_is_refused_by_name() {
    let hour = SignedDuration::from_hours(1);
    let wrong = [
        ("lon_deg", DetectionDraft { lon_deg: 180.1, ..draft() }),
        ("lon_deg", DetectionDraft { lon_deg: f64::NAN, ..draft() }),
        ("lat_deg", DetectionDraft { lat_deg: -90.1, ..draft() }),
        ("lat_deg", DetectionDraft { lat_deg: f64::INFINITY, ..draft() }),
        ("confidence", DetectionDraft { confidence: 1.01, ..draft() }),
        ("confidence", DetectionDraft { confidence: f64::NAN, ..draft() }),
        ("acquired_at", DetectionDraft { acquired_at: now() + 25 * hour, ..draft() }),
        ("acquired_at", DetectionDraft { acquired_at: Timestamp::MAX, ..draft() }),
        ("temperature_c", DetectionDraft { temperature_c: Some(-274.0), ..draft() }),
        ("temperature_c", DetectionDraft { temperature_c: Some(f64::NAN), ..draft() }),
        ("smoke_density", DetectionDraft { smoke_density: Some(1.5), ..draft() }),
        ("frp_mw", DetectionDraft { frp_mw: Some(-0.1), ..draft() }),
        ("frp_mw", DetectionDraft { frp_mw: Some(f64::INFINITY), ..draft() }),
        ("pixel_size_m", DetectionDraft { pixel_size_m: Some(0.0), ..draft() }),
        ("pixel_size_m", DetectionDraft { pixel_size_m: Some(f64::NAN), ..draft() }),
        ("sensor", DetectionDraft { sensor: Some(String::new()), ..draft() }),
        ("producer_id", DetectionDraft { producer_id: Some("x".repeat(201)), ..draft() }),
    ];
    for (field, draft) in wrong {
        assert_eq!(refused(draft.clone()).0, field, "{draft:?}");
    }
}

#[test]
fn a_refusal_says_what_was_needed_and_found() {
    let negative = DetectionDraft { frp_mw: Some(-3.5), ..draft() };
    assert_eq!(refused(negative).1, "frp_mw must be a finite number of megawatts, 0 or more, found -3.5");
    let late = DetectionDraft { acquired_at: "2026-08-02T12:00:01Z".parse().unwrap(), ..draft() };
    assert_eq!(
        refused(late).1,
        "acquired_at must be at most 24 h ahead of 2026-08-01T12:00:00Z, found 2026-08-02T12:00:01Z"
    );
}

#[test]
fn limits_themselves_are_accepted() {
    let edge = DetectionDraft {
        lon_deg: -180.0,
        lat_deg: 90.0,
        confidence: 0.0,
        acquired_at: now() + AHEAD_MAX,
        frp_mw: Some(0.0),
        smoke_density: Some(1.0),
        pixel_size_m: Some(PIXEL_SIZE_M_MAX),
        producer_id: Some("x".repeat(TEXT_BYTES_MAX)),
        ..draft()
    };
    assert!(Detection::new(edge, now()).is_ok());
    assert!(Detection::new(DetectionDraft { acquired_at: Timestamp::MIN, ..draft() }, now()).is_ok());
}

#[test]
fn sources_read_and_print_alike_and_nothing_else_is_one() {
    for source in Source::ALL {
        assert_eq!(source.to_string().parse(), Ok(source));
        assert_eq!(serde_json::to_string(&source).unwrap(), format!("\"{source}\""));
    }
    for name in ["Satellite", "ground sensor", "groundsensor", ""] {
        let message = name.parse::<Source>().unwrap_err().to_string();
        let allowed = "source must be one of satellite, ground_sensor, drone, watchtower, found";
        assert_eq!(message, format!("{allowed} {name:?}"));
    }
}

#[test]
fn the_same_content_has_the_same_id() {
    assert_eq!(id(draft()), id(draft()));
    // Pinned: another id would make every stored detection look unseen.
    assert_eq!(id(draft()).to_string(), "904a7b28-c88b-5790-95c5-43c440798390");
    let zero = |lat_deg| id(DetectionDraft { lat_deg, ..draft() });
    assert_eq!(zero(0.0), zero(-0.0));
    let meridian = |lon_deg| id(DetectionDraft { lon_deg, ..draft() });
    assert_eq!(meridian(180.0), meridian(-180.0));
}

#[test]
fn any_other_content_has_another_id() {
    let drafts = [
        draft(),
        DetectionDraft { source: Source::Drone, ..draft() },
        DetectionDraft { lon_deg: -122.500_000_1, ..draft() },
        DetectionDraft { confidence: 0.8, ..draft() },
        DetectionDraft { acquired_at: now() - SignedDuration::from_nanos(1), ..draft() },
        DetectionDraft { frp_mw: Some(0.5), ..draft() },
        DetectionDraft { smoke_density: Some(0.5), ..draft() },
        DetectionDraft { sensor: Some("VIIRS".into()), ..draft() },
        DetectionDraft { producer_id: Some("VIIRS".into()), ..draft() },
    ];
    let ids: std::collections::HashSet<_> = drafts.iter().cloned().map(id).collect();
    assert_eq!(ids.len(), drafts.len());
}

#[test]
fn a_producers_id_is_the_identity_within_its_source() {
    let named = |source, confidence| {
        id(DetectionDraft { source, confidence, producer_id: Some("7".into()), ..draft() })
    };
    assert_eq!(named(Source::Drone, 0.1), named(Source::Drone, 0.9));
    assert_ne!(named(Source::Drone, 0.1), named(Source::Watchtower, 0.1));
    assert_eq!(named(Source::Drone, 0.1).to_string(), "1e9147f3-69a7-56dd-acef-08cfac7c87cd");
    assert_eq!(
        ClusterId::founded_by(named(Source::Drone, 0.1)).to_string(),
        "faae6807-87b5-5d2d-9559-81dc8bf43846"
    );
}

#[test]
fn the_footprint_is_half_the_pixel() {
    let of = |source, pixel_size_m| {
        let detection = Detection::new(DetectionDraft { source, pixel_size_m, ..draft() }, now()).unwrap();
        (detection.radius_m(), detection.position_sd_m().round())
    };
    assert_eq!(of(Source::Satellite, None), (187.5, 108.0));
    assert_eq!(of(Source::Satellite, Some(1000.0)), (500.0, 289.0));
    assert_eq!(of(Source::GroundSensor, None), (50.0, 29.0));
    assert_eq!(of(Source::Drone, None), (15.0, 10.0));
    assert_eq!(of(Source::Drone, Some(4.0)), (2.0, 10.0));
    assert_eq!(of(Source::Watchtower, None), (50.0, 250.0));
}

#[test]
fn the_store_gets_back_what_it_kept() {
    let full = DetectionDraft { frp_mw: Some(1.0), sensor: Some("VIIRS".into()), ..draft() };
    let detection = Detection::new(full, now()).unwrap();
    let kept = serde_json::to_string(&detection).unwrap();
    assert_eq!(serde_json::from_str::<Detection>(&kept).unwrap(), detection);
}
