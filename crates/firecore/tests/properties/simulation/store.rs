//! What outlives the process: the journal of detections and operations, and the newest forecasts.

use std::collections::BTreeMap;

use firecore::cluster::ClusterIndex;
use firecore::detection::{ClusterId, Detection, DetectionId};
use jiff::Timestamp;

use super::events::Kept;

#[derive(Clone, Debug)]
pub(super) struct Record {
    pub(super) detection: Detection,
    pub(super) received_at: Timestamp,
}

/// What an operator did.
#[derive(Clone, Debug)]
pub(super) enum Change {
    Split { fire: ClusterId, parted: ClusterId, part: Vec<DetectionId> },
    Merge { survivor: ClusterId, absorbed: ClusterId, part: Vec<DetectionId> },
    Relabel { fire: ClusterId, label: Option<String>, before: Option<String> },
}

#[derive(Clone, Debug)]
pub(super) struct Operation {
    pub(super) undoes: Option<usize>,
    pub(super) change: Change,
}

#[derive(Clone, Debug)]
pub(super) enum Entry {
    Detection(Record),
    Operation(Operation),
}

#[derive(Debug, Default)]
pub(super) struct Store {
    /// In the order of their places.
    pub(super) journal: Vec<Entry>,
    /// Which fire each detection is of.
    pub(super) fire_of: BTreeMap<DetectionId, ClusterId>,
    /// Places of each fire's detections.
    fires: BTreeMap<ClusterId, Vec<usize>>,
    pub(super) merged: BTreeMap<ClusterId, ClusterId>,
    pub(super) forecasts: BTreeMap<ClusterId, Kept>,
    /// The newest version that was ever kept under a fire's name.
    pub(super) versions: BTreeMap<ClusterId, u64>,
}

impl Store {
    /// Keeps a batch whole, with its merges; tells of each row whether it is fresh.
    pub(super) fn append(
        &mut self,
        rows: &[(ClusterId, Record)],
        merges: &[(ClusterId, ClusterId)],
    ) -> Vec<bool> {
        merges.iter().for_each(|(survivor, absorbed)| self.merge(*survivor, *absorbed));
        let keep = |(fire, record): &(ClusterId, Record)| {
            let fresh = !self.fire_of.contains_key(&record.detection.id());
            if fresh {
                self.fire_of.insert(record.detection.id(), *fire);
                self.fires.entry(*fire).or_default().push(self.journal.len());
                self.journal.push(Entry::Detection(record.clone()));
            }
            fresh
        };
        rows.iter().map(keep).collect()
    }

    pub(super) fn operate(&mut self, operation: Operation) {
        match &operation.change {
            Change::Split { fire, parted, part } => self.split(*fire, *parted, part),
            Change::Merge { survivor, absorbed, .. } => self.merge(*survivor, *absorbed),
            Change::Relabel { .. } => {}
        }
        self.journal.push(Entry::Operation(operation));
    }

    /// A fire's detections in the journal's order; those of its survivor where it was merged.
    pub(super) fn records(&self, fire: ClusterId) -> Vec<Record> {
        let places = self.fires.get(&self.survivor(fire)).map_or(&[][..], Vec::as_slice);
        let record = |place: &usize| match &self.journal[*place] {
            Entry::Detection(record) => record.clone(),
            Entry::Operation(_) => panic!("place {place} is an operation's"),
        };
        places.iter().map(record).collect()
    }

    /// The fires that have detections.
    pub(super) fn fires(&self) -> Vec<ClusterId> {
        self.fires.iter().filter(|(_, places)| !places.is_empty()).map(|(fire, _)| *fire).collect()
    }

    pub(super) fn operations(&self) -> Vec<&Operation> {
        let operations = self.journal.iter().filter_map(|entry| match entry {
            Entry::Operation(operation) => Some(operation),
            Entry::Detection(_) => None,
        });
        operations.collect()
    }

    /// Keeps a forecast unless its fire was merged; a version never falls.
    pub(super) fn save(&mut self, fire: ClusterId, kept: Kept) -> Result<(), String> {
        let newest = self.versions.entry(fire).or_default();
        if kept.version <= *newest {
            return Err(format!("fire {fire}: forecast {} is kept after {newest}", kept.version));
        }
        if !self.merged.contains_key(&fire) {
            *newest = kept.version;
            self.forecasts.insert(fire, kept);
        }
        Ok(())
    }

    /// The journal once more, in one pass.
    pub(super) fn replay(&self, index: &mut ClusterIndex) {
        for entry in &self.journal {
            match entry {
                Entry::Detection(record) => drop(index.assign(&record.detection)),
                Entry::Operation(Operation { change, .. }) => match change {
                    Change::Split { fire, part, .. } => drop(index.split(*fire, part)),
                    Change::Merge { survivor, absorbed, .. } => drop(index.merge(*survivor, *absorbed)),
                    Change::Relabel { .. } => {}
                },
            }
        }
    }

    /// What operators named fires by now.
    pub(super) fn labels(&self) -> BTreeMap<ClusterId, Option<String>> {
        let named = self.operations().into_iter().filter_map(|operation| match &operation.change {
            Change::Relabel { fire, label, .. } => Some((*fire, label.clone())),
            Change::Split { .. } | Change::Merge { .. } => None,
        });
        named.collect()
    }

    pub(super) fn survivor(&self, fire: ClusterId) -> ClusterId {
        let mut at = fire;
        while let Some(next) = self.merged.get(&at) {
            at = *next;
        }
        at
    }

    fn merge(&mut self, survivor: ClusterId, absorbed: ClusterId) {
        let moved = self.fires.remove(&absorbed).unwrap_or_default();
        self.fire_of.values_mut().filter(|fire| **fire == absorbed).for_each(|fire| *fire = survivor);
        let places = self.fires.entry(survivor).or_default();
        places.extend(moved);
        places.sort_unstable();
        self.forecasts.remove(&absorbed);
        self.merged.insert(absorbed, survivor);
    }

    fn split(&mut self, fire: ClusterId, parted: ClusterId, part: &[DetectionId]) {
        let whole = self.fires.remove(&fire).unwrap_or_default();
        let named = |place: &usize| match &self.journal[*place] {
            Entry::Detection(record) => part.contains(&record.detection.id()),
            Entry::Operation(_) => false,
        };
        let (moved, rest): (Vec<usize>, Vec<usize>) = whole.into_iter().partition(named);
        self.fire_of.extend(part.iter().map(|id| (*id, parted)));
        self.fires.insert(fire, rest);
        self.fires.insert(parted, moved);
        self.merged.remove(&parted);
    }
}
