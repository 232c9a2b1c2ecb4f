//! Lineage: where a fire came from and what became of it. A plain value, made by replaying the journal.

use std::collections::HashMap;

use firecore::cluster::{Assignment, ClusterIndex};
use firecore::detection::{ClusterId, Detection, DetectionId};
use jiff::Timestamp;

use crate::store::{Journal, Operation, OperationChange, OperationId, Record};

/// One turn in the life of a fire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineageEvent {
    /// When it was known.
    pub at: Timestamp,
    /// What happened.
    pub kind: LineageKind,
}

/// What happened to a fire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineageKind {
    /// Its first detection came.
    Founded {
        /// That detection.
        by: DetectionId,
    },
    /// Another fire became part of it.
    Absorbed {
        /// The other one.
        other: ClusterId,
        /// What linked them.
        by: Cause,
    },
    /// It became part of another fire.
    MergedInto {
        /// The other one.
        other: ClusterId,
        /// What linked them.
        by: Cause,
    },
    /// A part of it was split off.
    SplitOff {
        /// The fire that the part is from then on.
        other: ClusterId,
        /// Who did it.
        by: OperationId,
    },
    /// It was split off another fire.
    PartedFrom {
        /// The other one.
        other: ClusterId,
        /// Who did it.
        by: OperationId,
    },
}

/// What linked two fires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// A detection that lies near both.
    Detection(DetectionId),
    /// An operator.
    Operation(OperationId),
}

impl LineageKind {
    /// The other fire, where there is one.
    pub fn other(&self) -> Option<ClusterId> {
        match self {
            Self::Founded { .. } => None,
            Self::Absorbed { other, .. }
            | Self::MergedInto { other, .. }
            | Self::SplitOff { other, .. }
            | Self::PartedFrom { other, .. } => Some(*other),
        }
    }
}

/// What one entry of the journal adds to the lineage of fires.
pub(super) type Turns = Vec<(ClusterId, LineageEvent)>;

/// Assigns a detection that came at a time, and tells what it turned.
pub(super) fn assign(index: &mut ClusterIndex, detection: &Detection, at: Timestamp) -> (Assignment, Turns) {
    let (id, assignment) = (detection.id(), index.assign(detection));
    let turns = match &assignment {
        Assignment::Founded { cluster } => {
            vec![(*cluster, LineageEvent { at, kind: LineageKind::Founded { by: id } })]
        }
        Assignment::Merged { survivor, absorbed } => {
            absorbed.iter().flat_map(|other| merged(at, *survivor, *other, Cause::Detection(id))).collect()
        }
        Assignment::Joined { .. } | Assignment::Duplicate { .. } => Vec::new(),
    };
    (assignment, turns)
}

/// Does what an operator did once more and tells what it turned; what the index refuses turns nothing.
pub(super) fn repeat(index: &mut ClusterIndex, operation: &Operation) -> Turns {
    let done = match &operation.change {
        OperationChange::Split { fire, part, .. } => index.split(*fire, part).is_ok(),
        OperationChange::Merge { survivor, absorbed, .. } => index.merge(*survivor, *absorbed).is_ok(),
        OperationChange::Relabel { .. } => false,
    };
    if done { turns_of(operation) } else { Vec::new() }
}

/// What an operation turned.
pub(super) fn turns_of(operation: &Operation) -> Turns {
    let (at, by) = (operation.at, operation.id);
    match &operation.change {
        OperationChange::Split { fire, parted: founded, .. } => parted(at, *fire, *founded, by),
        OperationChange::Merge { survivor, absorbed, .. } => {
            merged(at, *survivor, *absorbed, Cause::Operation(by))
        }
        OperationChange::Relabel { .. } => Vec::new(),
    }
}

fn merged(at: Timestamp, survivor: ClusterId, absorbed: ClusterId, by: Cause) -> Turns {
    vec![
        (survivor, LineageEvent { at, kind: LineageKind::Absorbed { other: absorbed, by } }),
        (absorbed, LineageEvent { at, kind: LineageKind::MergedInto { other: survivor, by } }),
    ]
}

fn parted(at: Timestamp, fire: ClusterId, founded: ClusterId, by: OperationId) -> Turns {
    vec![
        (fire, LineageEvent { at, kind: LineageKind::SplitOff { other: founded, by } }),
        (founded, LineageEvent { at, kind: LineageKind::PartedFrom { other: fire, by } }),
    ]
}

/// One entry of the journal.
#[derive(Clone, Copy, Debug)]
pub(super) enum Entry<'a> {
    Detection(&'a Record),
    Operation(&'a Operation),
}

/// Detections and operations in the order of their places.
pub(super) fn in_order<'a>(
    records: impl Iterator<Item = &'a Record>,
    operations: &'a [(u64, Operation)],
) -> Vec<Entry<'a>> {
    let detections = records.map(|record| (record.sequence, Entry::Detection(record)));
    let operations = operations.iter().map(|(sequence, operation)| (*sequence, Entry::Operation(operation)));
    let mut entries: Vec<(u64, Entry<'a>)> = detections.chain(operations).collect();
    entries.sort_by_key(|(sequence, _)| *sequence);
    entries.into_iter().map(|(_, entry)| entry).collect()
}

/// Replays a whole journal through an empty index.
pub(super) fn replay(index: &mut ClusterIndex, journal: &Journal) -> HashMap<ClusterId, Vec<LineageEvent>> {
    let mut lineages: HashMap<ClusterId, Vec<LineageEvent>> = HashMap::new();
    for entry in in_order(journal.records.iter().map(|(_, record)| record), &journal.operations) {
        let turns = match entry {
            Entry::Detection(record) => assign(index, &record.detection, record.received_at).1,
            Entry::Operation(operation) => repeat(index, operation),
        };
        for (fire, turn) in turns {
            lineages.entry(fire).or_default().push(turn);
        }
    }
    lineages
}
