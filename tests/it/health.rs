//! `GET /health`: what is wrong with a part is wrong with the whole.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::http::StatusCode;
use guira::artifacts::Artifacts;
use guira::inputs::online::Provider;

use crate::online::rig;
use crate::support::replay::{Replay, Reply};
use crate::support::{BadInputs, Setup, detection};

#[tokio::test]
async fn a_service_whose_forecasts_fail_is_degraded_and_still_alive() {
    let service = Setup { inputs: Arc::new(BadInputs::Fail), ..Setup::new() }.start().await;
    assert_eq!(service.get("/health").await.json()["status"], "ok");
    service.settle(&[detection(-120.0, 38.0)]).await;
    let answer = service.get("/health").await;
    assert_eq!(answer.status, StatusCode::OK);
    let health = answer.json();
    assert_eq!(
        (&health["status"], &health["components"]["forecasts"]["status"]),
        (&"degraded".into(), &"degraded".into())
    );
}

#[tokio::test]
async fn a_provider_that_fails_is_named_until_a_forecast_has_what_it_gives() {
    let folder = tempfile::tempdir().unwrap();
    let away = Arc::new(AtomicBool::new(true));
    let is_away = Arc::clone(&away);
    let server = Replay::start(move |_| match is_away.load(Ordering::Relaxed) {
        true => Reply::status(403),
        false => Reply::status(404),
    });
    let options = rig::options(&server, folder.path(), &[Provider::CopernicusGlo30]);
    let artifacts = Some(Artifacts::new(folder.path().join("forecasts")));
    let service = Setup { inputs: Arc::new(rig::inputs(options)), artifacts, ..Setup::new() }.start().await;
    service.settle(&[detection(-120.0, 38.0)]).await;
    let health = service.get("/health").await.json();
    let inputs = &health["components"]["inputs"];
    assert_eq!((&health["status"], &inputs["status"]), (&"degraded".into(), &"degraded".into()), "{health}");
    let trouble = &inputs["troubles"][0];
    assert_eq!((&trouble["source"], &trouble["fires"]), (&"copernicus-glo-30".into(), &1.into()));
    assert_eq!(trouble["since"], rig::NOW);
    assert!(trouble["reason"].as_str().unwrap().contains("answered 403"), "{trouble}");

    away.store(false, Ordering::Relaxed);
    service.settle(&[detection(-120.001, 38.001)]).await;
    let health = service.get("/health").await.json();
    assert_eq!(
        (&health["status"], &health["components"]["inputs"]["status"]),
        (&"ok".into(), &"ok".into()),
        "{health}"
    );
}
