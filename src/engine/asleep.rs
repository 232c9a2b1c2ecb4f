//! Asleep: fires that are dormant or closed, or part of another one, and have no actor. All that is known of them lies on the board.

use std::sync::Arc;

use firecore::cluster::{Cluster, Input, Received, Resume};
use firecore::detection::ClusterId;

use super::Parts;
use super::board::{ClusterSnapshot, ClusterState};
use super::cluster::resumed;
use super::coverage::Coverage;
use crate::store::{KeptForecast, Record};

/// How a fire stands that was dormant when the service started: its last forecast with it, and nothing planned.
pub(super) fn asleep(
    parts: &Parts,
    id: ClusterId,
    label: Option<String>,
    records: &[Record],
    kept: Option<KeptForecast>,
) -> ClusterSnapshot {
    let detections: Vec<Received> = records.iter().map(|record| parts.received(record)).collect();
    let nearest =
        parts.assets.current().index.nearest_to_any(detections.iter().map(|held| held.detection.position()));
    let completed = kept.as_ref().map(|kept| kept.forecast.plan.version);
    let resume = Resume {
        id,
        label,
        detections,
        nearest,
        version: completed.unwrap_or(0),
        completed,
        staleness: None,
        failure: None,
    };
    let mut cluster = Cluster::resumed(resume, Arc::clone(&parts.clusters));
    cluster.step(Input::Aged, parts.clock.now());
    let reach = records.iter().map(|record| record.sequence).max().unwrap_or(0);
    let plan = kept.as_ref().map(|kept| Arc::new(kept.forecast.plan.clone()));
    ClusterSnapshot::of(&cluster, plan, kept, Coverage::settled(reach))
}

/// How a fire stands that was part of another one before the service started: its detections are that one's.
pub(super) fn tombstone(
    parts: &Parts,
    id: ClusterId,
    label: Option<String>,
    into: ClusterId,
) -> ClusterSnapshot {
    let cluster = resumed(id, label, parts);
    let state = ClusterState::Merged { into };
    ClusterSnapshot { state, ..ClusterSnapshot::of(&cluster, None, None, Coverage::default()) }
}

/// What time alone changes about a fire without an actor.
pub(super) fn age_asleep(parts: &Parts, fire: &mut ClusterSnapshot) {
    let Some(last_received_at) = fire.last_received_at else { return };
    let lifecycle = parts.clusters.lifecycle();
    let life = lifecycle.state(last_received_at, parts.clock.now());
    fire.state = life.into();
    fire.ages_at = lifecycle.next_change(last_received_at, life);
}
