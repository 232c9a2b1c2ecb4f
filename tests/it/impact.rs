//! `GET /clusters/{id}/assets` and `GET /point`: when does it reach me?

use firecore::asset::{Asset, AssetIndex};
use guira::engine::grids::GridRoom;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::support::{Setup, TestService, detection};

/// The scripted fire's rate in the median, m/s; members differ by 20 %.
const RATE_M_S: f64 = 0.05;

fn asset(id: &str, geometry: impl Into<geo::Geometry<f64>>) -> Asset {
    Asset {
        id: id.to_owned(),
        kind: Some("camp".to_owned()),
        name: None,
        clearance_s: None,
        geometry: geometry.into(),
    }
}

/// A fire at 120 W 38 N, with a camp 1.3 km east, a road 2.6 km north, and a town that no member reaches.
async fn service() -> (TestService, String) {
    let road = geo::LineString::from(vec![(-120.02, 38.024), (-119.98, 38.024)]);
    let assets = vec![
        asset("town", geo::Point::new(-119.957_77, 37.966_73)),
        asset("road", road),
        asset("camp", geo::Point::new(-119.985, 38.0)),
        asset("elsewhere", geo::Point::new(-100.0, 38.0)),
    ];
    let service = Setup { assets: AssetIndex::new(assets).unwrap(), ..Setup::new() }.start().await;
    let scheduled = service.schedule(&[detection(-120.0, 38.0)]).await;
    service.settled(&scheduled).await;
    let id = scheduled["cluster_ids"][0].as_str().unwrap().to_owned();
    (service, id)
}

fn arrival_s(answer: &Value, percentile: &str) -> f64 {
    answer["arrival"][percentile]["s"].as_f64().unwrap_or_else(|| panic!("{answer}"))
}

#[tokio::test(start_paused = true)]
async fn each_asset_in_the_window_says_when_it_is_reached() {
    let (service, id) = service().await;
    let answer = service.get(&format!("/clusters/{id}/assets")).await.json();
    assert_eq!(
        (&answer["total"], &answer["members"], &answer["assets_version"]),
        (&json!(3), &json!(5), &json!(1))
    );
    let assets = answer["assets"].as_array().unwrap();
    let ids: Vec<&str> = assets.iter().map(|asset| asset["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["camp", "road", "town"], "the first reached first");

    let camp = &assets[0];
    let distance_m = camp["distance_m"].as_f64().unwrap();
    assert!((distance_m - 1_314.0).abs() < 5.0, "{distance_m}");
    let p50_s = arrival_s(camp, "p50");
    assert!((distance_m / RATE_M_S / 1.2..distance_m / RATE_M_S / 0.8).contains(&p50_s), "{camp}");
    assert!(arrival_s(camp, "p90") <= p50_s && p50_s <= arrival_s(camp, "p10"), "{camp}");
    let seeded_at: Timestamp = answer["seeded_at"].as_str().unwrap().parse().unwrap();
    let at: Timestamp = camp["arrival"]["p50"]["at"].as_str().unwrap().parse().unwrap();
    assert_eq!(at, seeded_at + SignedDuration::from_secs(p50_s as i64));
    let shares: Vec<f64> =
        camp["reached"].as_array().unwrap().iter().map(|by| by["probability"].as_f64().unwrap()).collect();
    assert_eq!((shares.len(), shares[0], shares[4]), (5, 0.0, 1.0), "{camp}");
    assert!(shares.is_sorted());
    // The line is reached where it is nearest.
    let road_m = assets[1]["distance_m"].as_f64().unwrap();
    assert!((road_m - 2_669.0).abs() < 10.0, "{road_m}");
    // Its cells are of 200 m: the nearest of them is up to one nearer.
    let p50_s = arrival_s(&assets[1], "p50");
    assert!(((road_m - 200.0) / RATE_M_S / 1.2..(road_m + 200.0) / RATE_M_S / 0.8).contains(&p50_s));
    assert_eq!((&assets[2]["probability"], &assets[2]["arrival"]["p90"]), (&json!(0.0), &Value::Null));
}

#[tokio::test(start_paused = true)]
async fn an_asset_says_by_when_its_clearing_must_begin_and_when_that_has_passed() {
    let camp = |id: &str, east_deg: f64, clearance_s: Option<u32>| Asset {
        clearance_s,
        ..asset(id, geo::Point::new(-120.0 + east_deg, 38.0))
    };
    let assets = vec![
        camp("soon", 0.015, Some(3_600)),
        camp("late", 0.016, Some(86_400)),
        camp("unknown", 0.017, None),
    ];
    let service = Setup { assets: AssetIndex::new(assets).unwrap(), ..Setup::new() }.start().await;
    let scheduled = service.schedule(&[detection(-120.0, 38.0)]).await;
    service.settled(&scheduled).await;
    let id = scheduled["cluster_ids"][0].as_str().unwrap();
    let answer = service.get(&format!("/clusters/{id}/assets")).await.json();
    let of = |id: &str| {
        answer["assets"].as_array().unwrap().iter().find(|asset| asset["id"] == id).unwrap().clone()
    };
    let time = |value: &Value| value.as_str().unwrap().parse::<Timestamp>().unwrap();
    for (id, clearance_s, overdue) in [("soon", 3_600, false), ("late", 86_400, true)] {
        let asset = of(id);
        // One member in ten comes by p90, the earliest of the three.
        let arrival = time(&asset["arrival"]["p90"]["at"]);
        assert_eq!(time(&asset["clear_by"]), arrival - SignedDuration::from_secs(clearance_s), "{asset}");
        assert_eq!(
            (&asset["clearance_s"], &asset["overdue"]),
            (&json!(clearance_s), &json!(overdue)),
            "{asset}"
        );
    }
    let unknown = of("unknown");
    assert_eq!((&unknown["clear_by"], &unknown["overdue"]), (&Value::Null, &json!(false)));
}

#[tokio::test(start_paused = true)]
async fn only_assets_that_are_likely_enough_are_given_where_that_is_asked_for() {
    let (service, id) = service().await;
    let path = format!("/clusters/{id}/assets");
    let some = service.get(&format!("{path}?min_probability=0.1")).await.json();
    assert_eq!((some["assets"].as_array().unwrap().len(), &some["total"]), (2, &json!(3)));
    for query in ["min_probability=2", "min_probability=x", "limit=3"] {
        assert_eq!(service.get(&format!("{path}?{query}")).await.status, 400);
    }
    // The forecast itself names the most urgent.
    let forecast = service.get(&format!("/clusters/{id}/forecast")).await.json();
    assert_eq!((&forecast["assets"]["in_reach"], &forecast["assets"]["reached"]), (&json!(3), &json!(2)));
    assert_eq!(forecast["assets"]["most_urgent"][0], some["assets"][0]);
}

#[tokio::test(start_paused = true)]
async fn any_place_can_be_asked_about() {
    let (service, id) = service().await;
    let answer = service.get("/point?lon=-119.985&lat=38.0").await.json();
    let [fire] = &answer["fires"].as_array().unwrap()[..] else { panic!("{answer}") };
    assert_eq!(
        (&fire["cluster_id"], &fire["burnable"], &fire["stale"]),
        (&json!(id), &json!(true), &json!(false))
    );
    let camp = service.get(&format!("/clusters/{id}/assets")).await.json()["assets"][0].clone();
    // The same place: percentiles of times beside times of percentiles, in cells of 200 m.
    for percentile in ["p90", "p50", "p10"] {
        let (here, there) = (arrival_s(fire, percentile), arrival_s(&camp, percentile));
        assert!((here / there - 1.0).abs() < 0.01, "{percentile}: {here} {there}");
    }
    let shares = |of: &Value| -> Vec<f64> {
        of["reached"].as_array().unwrap().iter().map(|by| by["probability"].as_f64().unwrap()).collect()
    };
    assert_eq!(shares(fire).len(), 5);
    assert!(shares(fire).is_sorted() && shares(fire)[4] == 1.0, "{fire}");

    assert_eq!(service.get("/point?lon=-100&lat=38").await.json()["fires"], json!([]));
    assert_eq!(service.get("/point?lat=-80&lon=60").await.json()["fires"], json!([]));
    for query in ["", "lon=1", "lon=1&lat=95", "lon=a&lat=1", "lon=1&lat=1&z=1"] {
        let refused = service.get(&format!("/point?{query}")).await;
        assert_eq!(
            (refused.status.as_u16(), &refused.json()["type"]),
            (400, &json!("urn:guira:problem:bad-parameter"))
        );
    }
}

/// In real time: files are read on threads of their own.
#[tokio::test]
async fn grids_that_lie_in_a_file_answer_and_those_that_cannot_be_read_are_said_to_be() {
    let folder = tempfile::tempdir().unwrap();
    let grids = GridRoom { folder: Some(folder.path().join("grids")), bytes_max: 0 };
    let service = Setup { grids, ..Setup::new() }.start().await;
    let scheduled = service.schedule(&[detection(-120.0, 38.0)]).await;
    service.settled(&scheduled).await;
    let id = scheduled["cluster_ids"][0].as_str().unwrap();
    let (point, outlines) =
        ("/point?lon=-119.985&lat=38.0", format!("/clusters/{id}/forecast?perimeter_tolerance_m=50"));
    let file = folder.path().join("grids").join(&id[..2]).join(id);
    while !file.exists() {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    let known = service.get(point).await.json();
    assert_eq!((&known["fires"][0]["cluster_id"], &known["unanswered"]), (&json!(id), &Value::Null));
    assert_eq!(service.get(&outlines).await.status, 200);
    std::fs::write(&file, "no grids").unwrap();
    let unknown = service.get(point).await.json();
    assert_eq!((&unknown["fires"], &unknown["unanswered"]), (&json!([]), &json!([id])));
    assert_eq!(service.get(&outlines).await.status, 500);
    // The perimeters need none.
    assert_eq!(service.get(&format!("/clusters/{id}/forecast")).await.status, 200);
}
