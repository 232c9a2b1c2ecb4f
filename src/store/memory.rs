//! A store in memory, bounded: detections beyond the bound are refused, requests beyond theirs forget the oldest.
//!
//! It does not survive a restart.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::future::ready;
use std::sync::{Mutex, MutexGuard, PoisonError};

use firecore::detection::{ClusterId, DetectionId};

use super::{
    Appended, Batch, Journal, KeptAssets, KeptForecast, Record, Request, RequestId, Store, StoreError,
    StoreFuture,
};
use crate::settings::StoreSettings;

/// Keeps everything in this process's memory.
#[derive(Debug)]
pub struct MemoryStore {
    bounds: StoreSettings,
    held: Mutex<Held>,
}

#[derive(Debug, Default)]
struct Held {
    sequences: HashMap<DetectionId, u64>,
    journal: BTreeMap<u64, (ClusterId, Record)>,
    fires: HashMap<ClusterId, Vec<u64>>,
    merged: HashMap<ClusterId, ClusterId>,
    /// By place in the journal.
    aside: BTreeMap<u64, String>,
    requests: HashMap<RequestId, Request>,
    requests_in_order: VecDeque<RequestId>,
    forecasts: HashMap<ClusterId, KeptForecast>,
    assets: Option<KeptAssets>,
}

impl MemoryStore {
    /// An empty store.
    pub fn new(bounds: StoreSettings) -> Self {
        Self { bounds, held: Mutex::default() }
    }

    fn lock(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for MemoryStore {
    fn append(&self, batch: Batch) -> StoreFuture<'_, Vec<Appended>> {
        Box::pin(ready(self.lock().append(batch, &self.bounds)))
    }

    fn records(&self, cluster: ClusterId) -> StoreFuture<'_, Vec<Record>> {
        let held = self.lock();
        let sequences = held.fires.get(&held.survivor(cluster)).map_or(&[][..], Vec::as_slice);
        let records = sequences.iter().map(|sequence| held.journal[sequence].1.clone()).collect();
        Box::pin(ready(Ok(records)))
    }

    fn journal(&self) -> StoreFuture<'_, Journal> {
        let held = self.lock();
        let survivors = held.merged.keys().map(|merged| (*merged, held.survivor(*merged))).collect();
        let journal = Journal { records: held.journal.values().cloned().collect(), survivors };
        Box::pin(ready(Ok(journal)))
    }

    fn put_aside(&self, detection: DetectionId, reason: String) -> StoreFuture<'_, ()> {
        let mut held = self.lock();
        if let Some(sequence) = held.sequences.get(&detection).copied() {
            let cluster = held.journal[&sequence].0;
            held.fires.entry(cluster).or_default().retain(|kept| *kept != sequence);
            held.aside.insert(sequence, reason);
        }
        Box::pin(ready(Ok(())))
    }

    fn set_aside(&self, cluster: ClusterId) -> StoreFuture<'_, Vec<(Record, String)>> {
        let held = self.lock();
        let survivor = held.survivor(cluster);
        let all = held.aside.iter().map(|(sequence, reason)| (&held.journal[sequence], reason));
        let own = all.filter(|((cluster, _), _)| *cluster == survivor);
        let aside = own.map(|((_, record), reason)| (record.clone(), reason.clone())).collect();
        Box::pin(ready(Ok(aside)))
    }

    fn request(&self, id: RequestId) -> StoreFuture<'_, Option<Request>> {
        let held = self.lock();
        let request = held.requests.get(&id).map(|request| {
            let mut clusters: BTreeMap<ClusterId, u64> = BTreeMap::new();
            for (cluster, sequence) in &request.clusters {
                let last = clusters.entry(held.survivor(*cluster)).or_default();
                *last = (*last).max(*sequence);
            }
            Request { clusters: clusters.into_iter().collect(), ..request.clone() }
        });
        Box::pin(ready(Ok(request)))
    }

    fn save_forecast(&self, kept: KeptForecast) -> StoreFuture<'_, ()> {
        let mut held = self.lock();
        let cluster = kept.forecast.plan.cluster_id;
        let newest = held.forecasts.get(&cluster).map_or(0, |older| older.forecast.plan.version);
        if kept.forecast.plan.version >= newest && !held.merged.contains_key(&cluster) {
            held.forecasts.insert(cluster, kept);
        }
        Box::pin(ready(Ok(())))
    }

    fn forecast(&self, cluster: ClusterId) -> StoreFuture<'_, Option<KeptForecast>> {
        let held = self.lock();
        Box::pin(ready(Ok(held.forecasts.get(&held.survivor(cluster)).cloned())))
    }

    fn save_assets(&self, assets: KeptAssets) -> StoreFuture<'_, ()> {
        let mut held = self.lock();
        if held.assets.as_ref().is_none_or(|kept| kept.version <= assets.version) {
            held.assets = Some(assets);
        }
        Box::pin(ready(Ok(())))
    }

    fn assets(&self) -> StoreFuture<'_, Option<KeptAssets>> {
        Box::pin(ready(Ok(self.lock().assets.clone())))
    }
}

impl Held {
    fn append(&mut self, batch: Batch, bounds: &StoreSettings) -> Result<Vec<Appended>, StoreError> {
        let detections = self.journal.len();
        let fresh = batch.rows.iter().filter(|(_, row)| !self.sequences.contains_key(&row.id())).count();
        if detections + fresh > bounds.detections_max {
            return Err(StoreError::Full { detections, detections_max: bounds.detections_max });
        }
        for (survivor, absorbed) in &batch.merges {
            self.merge(*survivor, *absorbed);
        }
        let appended: Vec<Appended> = batch
            .rows
            .into_iter()
            .map(|(cluster, detection)| {
                if let Some(sequence) = self.sequences.get(&detection.id()) {
                    return Appended { sequence: *sequence, fresh: false };
                }
                let sequence = self.journal.last_key_value().map_or(1, |(last, _)| last + 1);
                self.sequences.insert(detection.id(), sequence);
                self.fires.entry(cluster).or_default().push(sequence);
                let record = Record { sequence, detection, requested: batch.requested };
                self.journal.insert(sequence, (cluster, record));
                Appended { sequence, fresh: true }
            })
            .collect();
        let mut clusters: BTreeMap<ClusterId, u64> = BTreeMap::new();
        for row in &appended {
            let last = clusters.entry(self.journal[&row.sequence].0).or_default();
            *last = (*last).max(row.sequence);
        }
        let clusters = clusters.into_iter().collect();
        self.keep(Request { id: batch.request_id, received_at: batch.received_at, clusters }, bounds);
        Ok(appended)
    }

    fn merge(&mut self, survivor: ClusterId, absorbed: ClusterId) {
        let moved = self.fires.remove(&absorbed).unwrap_or_default();
        // Those put aside are no longer listed under their fire; each place is either here or there.
        for sequence in moved.iter().chain(self.aside.keys()) {
            if let Some((cluster, _)) = self.journal.get_mut(sequence)
                && *cluster == absorbed
            {
                *cluster = survivor;
            }
        }
        let sequences = self.fires.entry(survivor).or_default();
        sequences.extend(moved);
        sequences.sort_unstable();
        self.forecasts.remove(&absorbed);
        self.merged.insert(absorbed, survivor);
    }

    fn keep(&mut self, request: Request, bounds: &StoreSettings) {
        self.requests_in_order.push_back(request.id);
        self.requests.insert(request.id, request);
        while self.requests_in_order.len() > bounds.requests_max {
            if let Some(oldest) = self.requests_in_order.pop_front() {
                self.requests.remove(&oldest);
            }
        }
    }

    /// The fire that a fire is part of by now. Merges form no circle, so the walk ends.
    fn survivor(&self, cluster: ClusterId) -> ClusterId {
        let mut at = cluster;
        while let Some(next) = self.merged.get(&at) {
            at = *next;
        }
        at
    }
}
