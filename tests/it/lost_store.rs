//! A store that takes a batch and does not say so in time: no false acceptance, and nothing is lost.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use firecore::detection::{ClusterId, DetectionId};
use guira::engine::RequestStatus;
use guira::settings::StoreSettings;
use guira::store::memory::MemoryStore;
use guira::store::{Appended, Batch, KeptForecast, Record, Request, RequestId, Store, StoreFuture};
use serde_json::json;

use crate::support::{Setup, detection};

/// Keeps what it is given, but the first answer to `append` never comes.
struct Forgetful {
    store: MemoryStore,
    answered: AtomicBool,
}

impl Store for Forgetful {
    fn append(&self, batch: Batch) -> StoreFuture<'_, Vec<Appended>> {
        Box::pin(async {
            let appended = self.store.append(batch).await;
            if !self.answered.swap(true, Ordering::Relaxed) {
                pending::<()>().await;
            }
            appended
        })
    }

    fn records(&self, cluster: ClusterId) -> StoreFuture<'_, Vec<Record>> {
        self.store.records(cluster)
    }

    fn journal(&self) -> StoreFuture<'_, Vec<(ClusterId, Record)>> {
        self.store.journal()
    }

    fn put_aside(&self, detection: DetectionId, reason: String) -> StoreFuture<'_, ()> {
        self.store.put_aside(detection, reason)
    }

    fn set_aside(&self, cluster: ClusterId) -> StoreFuture<'_, Vec<(Record, String)>> {
        self.store.set_aside(cluster)
    }

    fn request(&self, id: RequestId) -> StoreFuture<'_, Option<Request>> {
        self.store.request(id)
    }

    fn save_forecast(&self, forecast: KeptForecast) -> StoreFuture<'_, ()> {
        self.store.save_forecast(forecast)
    }

    fn forecast(&self, cluster: ClusterId) -> StoreFuture<'_, Option<KeptForecast>> {
        self.store.forecast(cluster)
    }
}

#[tokio::test(start_paused = true)]
async fn a_batch_without_an_answer_is_refused_and_found_again_when_it_is_sent_again() {
    let store =
        Forgetful { store: MemoryStore::new(StoreSettings::default()), answered: AtomicBool::new(false) };
    let service = Setup { store: Some(Arc::new(store)), ..Setup::new() }.start().await;
    let body = json!({"detections": [detection(-120.0, 38.0)]}).to_string();
    let refused = service.post("/schedule", body).await;
    assert_eq!(refused.status, 500, "{}", refused.text);

    let again = service.schedule(&[detection(-120.0, 38.0), detection(-110.0, 38.0)]).await;
    assert_eq!(again["dispositions"][0]["status"], "duplicate");
    assert_eq!(again["dispositions"][1]["status"], "accepted");
    let view = service.settled(&again).await;
    assert_eq!(view.status, RequestStatus::Completed);
    assert_eq!(view.forecasts().count(), 2, "the fire of the first batch is forecast too");
}
