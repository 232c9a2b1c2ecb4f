//! Forgetful: a store in memory that fails or falls silent when it is told to, one switch for each of its methods.

use std::collections::HashMap;
use std::future::pending;
use std::sync::{Arc, Mutex};

use firecore::detection::{ClusterId, DetectionId};
use guira::settings::StoreSettings;
use guira::store::memory::MemoryStore;
use guira::store::{
    Appended, Batch, Journal, KeptAssets, KeptForecast, Operation, Record, Request, RequestId, Store,
    StoreError, StoreFuture,
};

use super::{Setup, TestService};

/// A method of the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Call {
    Append,
    Records,
    Journal,
    PutAside,
    SetAside,
    Request,
    SaveForecast,
    Forecast,
    Operations,
    Operate,
    Forecasts,
    History,
    SaveAssets,
    Assets,
}

/// What comes of a call that does not go well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It is done, but nobody is told.
    KeepSilent,
    /// It is not done, and an error says so.
    Err,
}

/// Does what it is told, but for the calls that it was told to spoil.
pub(crate) struct Forgetful {
    store: MemoryStore,
    /// What comes of the next calls, and of how many.
    faults: Mutex<HashMap<Call, (Fault, u32)>>,
    calls: Mutex<HashMap<Call, u32>>,
}

impl Forgetful {
    pub(crate) fn new() -> Arc<Self> {
        let store = MemoryStore::new(StoreSettings::default());
        Arc::new(Self { store, faults: Mutex::default(), calls: Mutex::default() })
    }

    /// A service on this store.
    pub(crate) async fn start(self: &Arc<Self>) -> TestService {
        self.setup().start().await
    }

    pub(crate) fn setup(self: &Arc<Self>) -> Setup {
        Setup { store: Some(Arc::clone(self) as _), ..Setup::new() }
    }

    /// What is kept, which nothing spoils.
    pub(crate) fn kept(&self) -> &MemoryStore {
        &self.store
    }

    /// Spoils the next calls of a method, so many of them.
    pub(crate) fn spoil(&self, call: Call, fault: Fault, times: u32) {
        self.faults.lock().unwrap().insert(call, (fault, times));
    }

    /// Spoils nothing any more.
    pub(crate) fn mend(&self) {
        self.faults.lock().unwrap().clear();
    }

    /// Whether calls of a method are still to be spoiled.
    pub(crate) fn is_to_spoil(&self, call: Call) -> bool {
        self.faults.lock().unwrap().contains_key(&call)
    }

    /// How often a method was called.
    pub(crate) fn calls(&self, call: Call) -> u32 {
        self.calls.lock().unwrap().get(&call).copied().unwrap_or(0)
    }

    fn answer<'a, T: Send + 'a>(
        &'a self,
        call: Call,
        work: impl FnOnce() -> StoreFuture<'a, T> + Send + 'a,
    ) -> StoreFuture<'a, T> {
        Box::pin(async move {
            *self.calls.lock().unwrap().entry(call).or_default() += 1;
            match self.next_fault(call) {
                None => work().await,
                Some(Fault::Err) => Err(StoreError::TimedOut { seconds: 77 }),
                Some(Fault::KeepSilent) => {
                    drop(work().await);
                    pending().await
                }
            }
        })
    }

    fn next_fault(&self, call: Call) -> Option<Fault> {
        let mut faults = self.faults.lock().unwrap();
        let (fault, times) = faults.remove(&call)?;
        if times > 1 {
            faults.insert(call, (fault, times - 1));
        }
        Some(fault)
    }
}

impl Store for Forgetful {
    fn append_all(&self, batches: Vec<Batch>) -> StoreFuture<'_, Vec<Vec<Appended>>> {
        self.answer(Call::Append, || self.store.append_all(batches))
    }

    fn records(&self, cluster: ClusterId) -> StoreFuture<'_, Vec<Record>> {
        self.answer(Call::Records, move || self.store.records(cluster))
    }

    fn journal(&self) -> StoreFuture<'_, Journal> {
        self.answer(Call::Journal, || self.store.journal())
    }

    fn put_aside(&self, detection: DetectionId, reason: String) -> StoreFuture<'_, ()> {
        self.answer(Call::PutAside, move || self.store.put_aside(detection, reason))
    }

    fn set_aside(&self, cluster: ClusterId) -> StoreFuture<'_, Vec<(Record, String)>> {
        self.answer(Call::SetAside, move || self.store.set_aside(cluster))
    }

    fn request(&self, id: RequestId) -> StoreFuture<'_, Option<Request>> {
        self.answer(Call::Request, move || self.store.request(id))
    }

    fn save_forecast(&self, forecast: KeptForecast) -> StoreFuture<'_, ()> {
        self.answer(Call::SaveForecast, || self.store.save_forecast(forecast))
    }

    fn forecast(&self, cluster: ClusterId) -> StoreFuture<'_, Option<KeptForecast>> {
        self.answer(Call::Forecast, move || self.store.forecast(cluster))
    }

    fn operations(&self) -> StoreFuture<'_, Vec<(u64, Operation)>> {
        self.answer(Call::Operations, || self.store.operations())
    }

    fn operate(&self, operation: Operation) -> StoreFuture<'_, u64> {
        self.answer(Call::Operate, || self.store.operate(operation))
    }

    fn forecasts(&self) -> StoreFuture<'_, Vec<KeptForecast>> {
        self.answer(Call::Forecasts, || self.store.forecasts())
    }

    fn history(&self, cluster: ClusterId) -> StoreFuture<'_, Vec<KeptForecast>> {
        self.answer(Call::History, move || self.store.history(cluster))
    }

    fn newest_version(&self, cluster: ClusterId) -> StoreFuture<'_, u64> {
        self.answer(Call::History, move || self.store.newest_version(cluster))
    }

    fn save_assets(&self, assets: KeptAssets) -> StoreFuture<'_, ()> {
        self.answer(Call::SaveAssets, || self.store.save_assets(assets))
    }

    fn assets(&self) -> StoreFuture<'_, Option<KeptAssets>> {
        self.answer(Call::Assets, || self.store.assets())
    }
}
