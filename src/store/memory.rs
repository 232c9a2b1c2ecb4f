//! A store in memory, bounded: detections beyond the bound are refused, requests beyond theirs forget the oldest.
//!
//! It does not survive a restart.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::future::ready;
use std::sync::{Mutex, MutexGuard, PoisonError};

use firecore::detection::{ClusterId, DetectionId};
use jiff::Timestamp;

use super::{
    Appended, Batch, Journal, KeptAssets, KeptForecast, Operation, OperationChange, Record, Request,
    RequestId, Store, StoreError, StoreFuture,
};
use crate::settings::StoreSettings;

/// Keeps everything in this process's memory.
#[derive(Debug)]
pub struct MemoryStore {
    bounds: StoreSettings,
    held: Mutex<Held>,
}

#[derive(Debug, Default)]
pub(super) struct Held {
    sequences: HashMap<DetectionId, u64>,
    journal: BTreeMap<u64, (ClusterId, Record)>,
    operations: BTreeMap<u64, Operation>,
    fires: HashMap<ClusterId, Vec<u64>>,
    merged: HashMap<ClusterId, ClusterId>,
    /// By place in the journal.
    aside: BTreeMap<u64, String>,
    requests: HashMap<RequestId, KeptRequest>,
    requests_in_order: VecDeque<RequestId>,
    forecasts: HashMap<ClusterId, KeptForecast>,
    history: HashMap<ClusterId, VecDeque<KeptForecast>>,
    versions: HashMap<ClusterId, u64>,
    /// Whose forecast was kept when, oldest first: as many as there are in `history`.
    history_in_order: VecDeque<ClusterId>,
    assets: Option<KeptAssets>,
}

/// A request by the places of its detections: which fires they are of changes.
#[derive(Debug)]
struct KeptRequest {
    id: RequestId,
    received_at: Timestamp,
    sequences: Vec<u64>,
}

impl MemoryStore {
    /// An empty store.
    pub fn new(bounds: StoreSettings) -> Self {
        Self { bounds, held: Mutex::default() }
    }

    /// Becomes what another one is.
    pub(super) fn replace_by(&self, other: Self) {
        let mut fresh = other.held.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut held = self.lock();
        // Forecasts are in memory alone.
        fresh.forecasts = std::mem::take(&mut held.forecasts);
        fresh.history = std::mem::take(&mut held.history);
        fresh.history_in_order = std::mem::take(&mut held.history_in_order);
        *held = fresh;
    }

    /// What is kept, for one step.
    pub(super) fn lock(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for MemoryStore {
    fn append_all(&self, batches: Vec<Batch>) -> StoreFuture<'_, Vec<Vec<Appended>>> {
        let mut held = self.lock();
        let room = held.room_for(&batches, &mut HashSet::new(), &self.bounds);
        Box::pin(ready(room.map(|()| held.append_all(batches, &self.bounds))))
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
        let (records, operations) = (held.journal.values().cloned().collect(), held.operations());
        Box::pin(ready(Ok(Journal { records, operations, survivors })))
    }

    fn operations(&self) -> StoreFuture<'_, Vec<(u64, Operation)>> {
        Box::pin(ready(Ok(self.lock().operations())))
    }

    fn operate(&self, operation: Operation) -> StoreFuture<'_, u64> {
        Box::pin(ready(Ok(self.lock().operate(operation))))
    }

    fn put_aside(&self, detection: DetectionId, reason: String) -> StoreFuture<'_, ()> {
        self.lock().put_aside(detection, reason);
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
            for sequence in &request.sequences {
                let last = clusters.entry(held.journal[sequence].0).or_default();
                *last = (*last).max(*sequence);
            }
            Request {
                id: request.id,
                received_at: request.received_at,
                clusters: clusters.into_iter().collect(),
            }
        });
        Box::pin(ready(Ok(request)))
    }

    fn save_forecast(&self, kept: KeptForecast) -> StoreFuture<'_, ()> {
        let mut held = self.lock();
        let cluster = kept.forecast.plan.cluster_id;
        let newest = held.forecasts.get(&cluster).map_or(0, |older| older.forecast.plan.version);
        held.met(cluster, kept.forecast.plan.version);
        if kept.forecast.plan.version >= newest && !held.merged.contains_key(&cluster) {
            held.remember(&kept, &self.bounds);
            held.forecasts.insert(cluster, kept);
        }
        Box::pin(ready(Ok(())))
    }

    fn forecast(&self, cluster: ClusterId) -> StoreFuture<'_, Option<KeptForecast>> {
        let held = self.lock();
        Box::pin(ready(Ok(held.forecasts.get(&held.survivor(cluster)).cloned())))
    }

    fn forecasts(&self) -> StoreFuture<'_, Vec<KeptForecast>> {
        Box::pin(ready(Ok(self.lock().forecasts.values().cloned().collect())))
    }

    fn history(&self, cluster: ClusterId) -> StoreFuture<'_, Vec<KeptForecast>> {
        let held = self.lock();
        let kept = held.history.get(&cluster).map(|kept| kept.iter().cloned().collect());
        Box::pin(ready(Ok(kept.unwrap_or_default())))
    }

    fn newest_version(&self, cluster: ClusterId) -> StoreFuture<'_, u64> {
        let version = self.lock().versions.get(&cluster).copied();
        Box::pin(ready(Ok(version.unwrap_or(0))))
    }

    fn save_assets(&self, assets: KeptAssets) -> StoreFuture<'_, ()> {
        self.lock().save_assets(assets);
        Box::pin(ready(Ok(())))
    }

    fn assets(&self) -> StoreFuture<'_, Option<KeptAssets>> {
        Box::pin(ready(Ok(self.lock().assets.clone())))
    }
}

impl Held {
    /// An error where there is no room for batches beside detections that are on their way; else theirs are, too.
    pub(super) fn room_for(
        &self,
        batches: &[Batch],
        on_their_way: &mut HashSet<DetectionId>,
        bounds: &StoreSettings,
    ) -> Result<(), StoreError> {
        let rows = batches.iter().flat_map(|batch| &batch.rows);
        let ids: HashSet<DetectionId> = rows.map(|(_, row)| row.id()).collect();
        let is_fresh = |id: &DetectionId| !self.sequences.contains_key(id) && !on_their_way.contains(id);
        let fresh: Vec<DetectionId> = ids.into_iter().filter(is_fresh).collect();
        let (detections, detections_max) = (self.journal.len() + on_their_way.len(), bounds.detections_max);
        if !fresh.is_empty() && detections + fresh.len() > detections_max {
            return Err(StoreError::Full { detections, detections_max });
        }
        on_their_way.extend(fresh);
        Ok(())
    }

    /// Takes batches whether there is room for them or not.
    pub(super) fn append_all(&mut self, batches: Vec<Batch>, bounds: &StoreSettings) -> Vec<Vec<Appended>> {
        batches.into_iter().map(|batch| self.append(batch, bounds)).collect()
    }

    fn append(&mut self, batch: Batch, bounds: &StoreSettings) -> Vec<Appended> {
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
                let sequence = self.next_sequence();
                self.sequences.insert(detection.id(), sequence);
                self.fires.entry(cluster).or_default().push(sequence);
                let (requested, received_at) = (batch.requested, batch.received_at);
                let record = Record { sequence, detection, requested, received_at };
                self.journal.insert(sequence, (cluster, record));
                Appended { sequence, fresh: true }
            })
            .collect();
        let sequences = appended.iter().map(|row| row.sequence).collect();
        self.keep(KeptRequest { id: batch.request_id, received_at: batch.received_at, sequences }, bounds);
        appended
    }

    pub(super) fn put_aside(&mut self, detection: DetectionId, reason: String) {
        if let Some(sequence) = self.sequences.get(&detection).copied() {
            let cluster = self.journal[&sequence].0;
            self.fires.entry(cluster).or_default().retain(|kept| *kept != sequence);
            self.aside.insert(sequence, reason);
        }
    }

    /// A fire has a forecast of this version.
    pub(super) fn met(&mut self, cluster: ClusterId, version: u64) {
        let newest = self.versions.entry(cluster).or_default();
        *newest = (*newest).max(version);
    }

    pub(super) fn save_assets(&mut self, assets: KeptAssets) {
        if self.assets.as_ref().is_none_or(|kept| kept.version <= assets.version) {
            self.assets = Some(assets);
        }
    }

    fn next_sequence(&self) -> u64 {
        let last = |key: Option<&u64>| key.copied().unwrap_or(0);
        let detection = last(self.journal.last_key_value().map(|(sequence, _)| sequence));
        1 + detection.max(last(self.operations.last_key_value().map(|(sequence, _)| sequence)))
    }

    fn operations(&self) -> Vec<(u64, Operation)> {
        self.operations.iter().map(|(sequence, operation)| (*sequence, operation.clone())).collect()
    }

    pub(super) fn operate(&mut self, operation: Operation) -> u64 {
        match &operation.change {
            OperationChange::Split { fire, parted, part } => self.split(*fire, *parted, part),
            OperationChange::Merge { survivor, absorbed, .. } => self.merge(*survivor, *absorbed),
            OperationChange::Relabel { .. } => {}
        }
        let sequence = self.next_sequence();
        self.operations.insert(sequence, operation);
        sequence
    }

    /// One fire becomes two; the first keeps its name, and with it the forecast.
    fn split(&mut self, fire: ClusterId, parted: ClusterId, part: &[DetectionId]) {
        let named: HashSet<u64> = part.iter().filter_map(|id| self.sequences.get(id)).copied().collect();
        for sequence in &named {
            if let Some((cluster, _)) = self.journal.get_mut(sequence)
                && *cluster == fire
            {
                *cluster = parted;
            }
        }
        let whole = self.fires.remove(&fire).unwrap_or_default();
        let (moved, rest): (Vec<u64>, Vec<u64>) =
            whole.into_iter().partition(|sequence| named.contains(sequence));
        self.fires.insert(fire, rest);
        self.fires.insert(parted, moved);
        self.merged.remove(&parted);
    }

    /// Keeps a forecast, and forgets the oldest beyond the bounds.
    fn remember(&mut self, kept: &KeptForecast, bounds: &StoreSettings) {
        let cluster = kept.forecast.plan.cluster_id;
        let own = self.history.entry(cluster).or_default();
        own.push_back(kept.clone());
        self.history_in_order.push_back(cluster);
        if own.len() > bounds.history_per_fire_max {
            own.pop_front();
            if let Some(at) = self.history_in_order.iter().position(|other| *other == cluster) {
                self.history_in_order.remove(at);
            }
        }
        while self.history_in_order.len() > bounds.history_max {
            let Some(oldest) = self.history_in_order.pop_front() else { return };
            if let Some(own) = self.history.get_mut(&oldest) {
                own.pop_front();
            }
        }
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

    fn keep(&mut self, request: KeptRequest, bounds: &StoreSettings) {
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
