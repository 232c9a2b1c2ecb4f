//! Where a member is computed changes nothing about it.

use std::sync::Arc;

use guira::simulate::physx::FallBack;
use guira::simulate::{Scenario, Simulator};
use serde_json::Value;

use super::rig::{Process, client, ensemble, local, options, scenario};
use crate::hindcast::forecast;
use crate::inputs::reference_data;
use crate::support::{Setup, assets_at, detection};

#[tokio::test(flavor = "multi_thread")]
async fn members_of_a_server_are_those_of_this_process_to_the_last_bit() {
    let server = Process::start(&["--threads", "2"]);
    for gzip in [false, true] {
        let mut options = options(&[server.url()], FallBack::Surrogate);
        options.gzip = gzip;
        let remote = client(options);
        let scenario = Arc::new(scenario(10, 3_600));
        let there = ensemble(&*remote, &scenario, 4).await;
        let here = ensemble(&local(2), &scenario, 4).await;
        for (here, there) in here.into_iter().zip(there) {
            let (here, there) = (here.unwrap(), there.unwrap());
            let bits = |layer: &[f32]| layer.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
            assert_eq!(here.arrival, there.arrival);
            assert_eq!(bits(&here.arrival.arrival_s.cells), bits(&there.arrival.arrival_s.cells));
            assert_eq!(
                there.origin.simulator,
                format!("guira {} at {}", env!("CARGO_PKG_VERSION"), server.url())
            );
            assert_eq!(there.origin.instead, None);
        }
        let report = remote.fleet().unwrap();
        assert_eq!((report.members_done, report.members_here, report.retries), (10, 0, 0));
    }
}

/// The forecast that the service answers with, and who it says computed it.
async fn forecast_of(simulator: Option<Arc<dyn Simulator>>) -> (Value, Value) {
    const FIRE: (f64, f64) = (-120.0, 38.0);
    let assets = assets_at([FIRE]);
    let service = Setup { threads: 2, real: true, assets, simulator, ..Setup::new() }.start().await;
    let detections = [detection(FIRE.0, FIRE.1), detection(FIRE.0 + 0.002, FIRE.1 + 0.001)];
    let mut body = service.forecast_of(&detections).await.json();
    let simulators = body.as_object_mut().unwrap().remove("simulators").unwrap();
    assert_eq!(body["method"], "physx");
    (body, simulators)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forecast_by_servers_is_the_same_text_but_for_who_computed_it() {
    let servers = [Process::start(&["--threads", "1"]), Process::start(&["--threads", "1"])];
    let remote = client(options(&servers.each_ref().map(Process::url), FallBack::Surrogate));
    let (here, by_us) = forecast_of(None).await;
    let (there, by_servers) = forecast_of(Some(remote)).await;
    assert_eq!(here.to_string(), there.to_string());
    assert_eq!(by_us[0]["simulator"], format!("guira {} in this process", env!("CARGO_PKG_VERSION")));
    let count: u64 = by_servers.as_array().unwrap().iter().map(|one| one["members"].as_u64().unwrap()).sum();
    assert_eq!(by_us[0]["members"].as_u64(), Some(count));
}

#[test]
fn a_real_fire_on_servers_gives_the_forecast_of_one_here() {
    let Some(data) = reference_data() else { return };
    let server = Process::start(&["--threads", "2"]);
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("guira.toml");
    std::fs::write(
        &config,
        format!("[physx]\nservers = [\"{}\"]\nfall_back = \"surrogate\"\n", server.url()),
    )
    .unwrap();
    let fire = data.join("fires/glass_2020");
    let text = |path: &str| fire.join(path).display().to_string();
    let (detections, landscape, weather) =
        (text("detections/viirs_snpp_nrt.csv"), text("landscape"), text("weather"));
    let arguments = [
        "--detections",
        &detections,
        "--at",
        "2020-09-27T22:30Z",
        "--horizon",
        "3h",
        "--landscape",
        &landscape,
        "--weather",
        &weather,
        "--method",
        "physx",
        "--members",
        "6",
    ];
    let run = |name: &str, more: &[&str]| {
        let out = folder.path().join(name);
        let (_, mut collection) = forecast(&[&arguments[..], more].concat(), &out);
        let mut by = String::new();
        without_simulators(&mut collection, &mut by);
        (collection, by)
    };
    let (here, there) = (run("here", &[]), run("there", &["--config", &config.display().to_string()]));
    assert!(there.1.contains(&server.url()) && here.1.contains("in this process"), "{}\n{}", here.1, there.1);
    assert!(here.0 == there.0, "the forecasts differ");
}

/// Takes out who computed what, wherever it is said.
fn without_simulators(value: &mut Value, taken: &mut String) {
    match value {
        Value::Object(fields) => {
            *taken += &fields.remove("simulators").map(|by| by.to_string()).unwrap_or_default();
            fields.values_mut().for_each(|field| without_simulators(field, taken));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| without_simulators(item, taken)),
        _ => {}
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn members_by_the_surrogate_are_computed_here() {
    let server = Process::start(&["--threads", "1"]);
    let remote = client(options(&[server.url()], FallBack::Local));
    let scenario = Scenario { method: firecore::strategy::Method::Surrogate, ..scenario(3, 3_600) };
    for done in ensemble(&*remote, &Arc::new(scenario), 2).await {
        let origin = done.unwrap().origin;
        assert!(origin.simulator.ends_with("in this process") && origin.instead.is_none(), "{origin:?}");
    }
    assert_eq!(remote.fleet().unwrap().members_done, 0);
}
