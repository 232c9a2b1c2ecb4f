//! What must hold once nothing fails any more and all is worked off: one pass over the journal says the same.

use std::collections::BTreeMap;
use std::sync::Arc;

use firecore::cluster::{Cluster, ClusterIndex, ClusterState, Input, LinkSettings, Resume};
use firecore::detection::{ClusterId, Detection, DetectionId};
use firecore::strategy::{Decision, DecisionRecord, Priority};
use jiff::{SignedDuration, Timestamp};

use super::fire::{Shown, received};
use super::store::{Entry, Record};
use super::world::World;

impl World {
    pub(super) fn judge(&self) -> Result<(), String> {
        self.fleet.is_idle()?;
        let router = self.router.as_ref().ok_or("the process is down")?;
        ensure(!router.in_doubt, || "the index is in doubt".to_owned())?;
        let mut index = ClusterIndex::new(LinkSettings::default());
        self.store.replay(&mut index);
        let mut fires: BTreeMap<ClusterId, Vec<&Record>> = BTreeMap::new();
        for entry in &self.store.journal {
            let Entry::Detection(record) = entry else { continue };
            let id = record.detection.id();
            let fire = index.cluster_of(id).ok_or("a replayed detection is of no fire")?;
            let found = [router.index.cluster_of(id), self.store.fire_of.get(&id).copied()];
            ensure(found == [Some(fire); 2], || format!("detection {id} is of {fire}, found {found:?}"))?;
            fires.entry(fire).or_default().push(record);
        }
        let kept = |id: &&DetectionId| !self.store.fire_of.contains_key(id);
        let lost: Vec<_> = self.acknowledged.iter().filter(kept).collect();
        ensure(lost.is_empty(), || format!("acknowledged and lost: {lost:?}"))?;
        let followed: Vec<_> = router.fires.keys().collect();
        ensure(followed == fires.keys().collect::<Vec<_>>(), || {
            format!("followed are {followed:?}, wanted {:?}", fires.keys())
        })?;
        fires.iter().try_for_each(|(fire, records)| {
            self.judge_fire(*fire, records).map_err(|fault| format!("fire {fire}: {fault}"))
        })
    }

    fn judge_fire(&self, fire: ClusterId, records: &[&Record]) -> Result<(), String> {
        let shown = self.board.get(&fire).ok_or("it is not on the board")?;
        let actor = self.actor(fire);
        let found = match (actor, &shown.asleep) {
            (Some(actor), _) => &actor.cluster,
            (None, Some(asleep)) => asleep,
            (None, None) => return Err("nobody looks after it".to_owned()),
        };
        let expected = self.in_one_step(fire, records, found);
        let ids = |cluster: &Cluster| cluster.detections().map(Detection::id).collect::<Vec<_>>();
        same("detections", ids(found), ids(&expected))?;
        same("count", found.count(), records.len())?;
        same("bounds", found.bounds(), expected.bounds())?;
        same("hull", found.hull(), expected.hull())?;
        same("seed", found.seed(), expected.seed())?;
        same("span", (found.first_at(), found.last_at()), (expected.first_at(), expected.last_at()))?;
        same("receipt", found.last_received_at(), expected.last_received_at())?;
        same("heat source", found.heat_source(), expected.heat_source())?;
        same("state", shown.state, expected.state())?;
        same("merged", shown.merged_into, None)?;
        self.judge_forecast(found, shown)?;
        if actor.is_some() {
            same("label", found.label(), self.store.labels().remove(&fire).flatten().as_deref())?;
            same("nearest asset", found.nearest_asset(), expected.nearest_asset())?;
            let decisions = (found.decision(), expected.decision());
            let (Some(found), Some(expected)) = decisions else {
                return same("decision", decisions.0, decisions.1);
            };
            same("decision", rests_on(found), rests_on(expected))?;
            // For a plan something else than the table may have had the last word: that stands until the next plan.
            let by_the_table = found.record.overridden.is_none() && expected.record.overridden.is_none();
            ensure(!by_the_table || found == expected, || format!("decision: found {found:?}"))?;
        }
        Ok(())
    }

    /// The fire as it is made in one step from its records, as it stands now.
    fn in_one_step(&self, fire: ClusterId, records: &[&Record], found: &Cluster) -> Cluster {
        let resume = Resume {
            id: fire,
            label: None,
            detections: records.iter().map(|record| received(record)).collect(),
            nearest: self.nearest(records.iter().map(|record| &record.detection)),
            version: 0,
            completed: None,
            staleness: None,
            failure: found.failure().cloned(),
        };
        let mut cluster = Cluster::resumed(resume, Arc::clone(&self.settings));
        cluster.step(Input::Aged, self.wall());
        cluster
    }

    fn judge_forecast(&self, fire: &Cluster, shown: &Shown) -> Result<(), String> {
        let (completed, version) = (fire.completed_version(), fire.version());
        same("kept version", shown.kept.as_ref().map(|kept| kept.version), completed)?;
        let forecast = fire.state() == ClusterState::Active && fire.heat_source().is_none();
        let settled = match fire.failure() {
            Some(failure) => {
                failure.version == version && (completed.is_none() || fire.staleness().is_some())
            }
            None => false,
        };
        ensure(!forecast || completed == Some(version) || settled, || {
            format!("version {version}: completed {completed:?}, failure {:?}", fire.failure())
        })?;
        let ids: Vec<DetectionId> = fire.detections().map(Detection::id).collect();
        let Some(kept) = &shown.kept else { return same("staleness", fire.staleness(), None) };
        let covered = *kept.covers == ids;
        let newest = completed == Some(version);
        let outlived = |off_s: i64| self.outlived(fire, self.wall() + SignedDuration::from_secs(off_s));
        let stale = fire.staleness();
        if !covered || outlived(0) {
            ensure(stale.is_some(), || {
                format!(
                    "forecast {} is not stale: it covers {} of {}",
                    kept.version,
                    kept.covers.len(),
                    ids.len()
                )
            })?;
        }
        // While a clock was ahead it may have looked outlived.
        if covered && newest && !outlived(24 * 3_600) {
            ensure(stale.is_none(), || format!("forecast {} covers all, but {stale:?}", kept.version))?;
        }
        Ok(())
    }

    fn outlived(&self, fire: &Cluster, now: Timestamp) -> bool {
        let horizon_s = self.settings.lead_times_s().last().copied().unwrap_or(0);
        fire.last_received_at().is_some_and(|at| at + SignedDuration::from_secs(horizon_s.into()) <= now)
    }
}

/// What a decision rests on, without its words.
fn rests_on(decision: &Decision) -> (Priority, DecisionRecord) {
    (decision.priority, DecisionRecord { overridden: None, ..decision.record.clone() })
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, found: T, expected: T) -> Result<(), String> {
    ensure(found == expected, || format!("{what}: found {found:?}, expected {expected:?}"))
}

fn ensure(holds: bool, fault: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(fault()) }
}
