//! A fire that is read back: after a crash, at a start, or without what an operator took away.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use firecore::cluster::{Cluster, ClusterState as Life, Effect, Input, Resume, came_after};
use firecore::detection::{ClusterId, DetectionId};
use ractor::{ActorProcessingErr, ActorRef};

use super::{ClusterActorState, ClusterMsg, Recalled};
use crate::engine::board::ClusterState;
use crate::engine::coverage::Coverage;
use crate::engine::supervisor::SupervisorMsg;
use crate::engine::{Parts, STORE_S_MAX};
use crate::store::{KeptForecast, Record};

impl ClusterActorState {
    /// Reads the fire back and forecasts it anew: what was under way was lost with the actor.
    pub(super) async fn rebuild(
        &mut self,
        myself: &ActorRef<ClusterMsg>,
        one_by_one: bool,
    ) -> Result<(), ActorProcessingErr> {
        let (records, reach) = self.read().await?;
        let wait = Duration::from_secs(STORE_S_MAX);
        let kept = tokio::time::timeout(wait, self.parts.store.forecast(self.cluster.id())).await??;
        self.resume(kept, self.newest_version().await?);
        let batches =
            if one_by_one { records.into_iter().map(|record| vec![record]).collect() } else { vec![records] };
        for batch in batches {
            self.take_in(batch, |batch, nearest| Input::Recalled { batch, nearest });
        }
        self.go_on(myself, reach, self.lack()).await
    }

    /// The same from what the supervisor has read for many fires at once.
    pub(super) async fn recall(
        &mut self,
        myself: &ActorRef<ClusterMsg>,
        recalled: Recalled,
    ) -> Result<(), ActorProcessingErr> {
        let Recalled { records, reach, kept } = recalled;
        let newest = if kept.is_none() { self.newest_version().await? } else { 0 };
        self.resume(kept, newest);
        self.take_in(records, |batch, nearest| Input::Recalled { batch, nearest });
        self.go_on(myself, reach, self.lack()).await
    }

    /// Whether something that it holds is another fire's by now: an operator's split was kept, and its answer was lost.
    pub(super) fn holds_more_than(&self, records: &[Record]) -> bool {
        let own: HashSet<DetectionId> = records.iter().map(|record| record.detection.id()).collect();
        self.cluster.detections().any(|held| !own.contains(&held.id()))
    }

    /// The same without what an operator took away.
    pub(super) async fn parted(
        &mut self,
        myself: &ActorRef<ClusterMsg>,
        why: String,
    ) -> Result<(), ActorProcessingErr> {
        if let Some(run) = &self.run {
            self.cancel(run.version, &why);
        }
        // It knows what is gone.
        self.next = None;
        let (records, reach) = self.read().await?;
        self.resume(self.kept.clone(), self.cluster.version());
        self.take_in(records, |batch, nearest| Input::Recalled { batch, nearest });
        self.go_on(myself, reach, why).await
    }

    /// Follows a fire that was read back.
    async fn go_on(
        &mut self,
        myself: &ActorRef<ClusterMsg>,
        reach: u64,
        why: String,
    ) -> Result<(), ActorProcessingErr> {
        let (id, now) = (self.cluster.id(), self.parts.clock.now());
        let before = self.parts.board.get(id).map(|snapshot| snapshot.state);
        let mut effects = self.cluster.step(Input::Aged, now);
        // It was read back as active: what it was shown to be before says whether that is news.
        let slept = matches!(before, Some(ClusterState::Dormant | ClusterState::Closed));
        if before == Some(self.cluster.state().into()) {
            effects.retain(|effect| !matches!(effect, Effect::StateChanged { .. }));
        } else if slept && self.cluster.state() == Life::Active {
            self.tell_life(Life::Active);
        }
        effects.extend(self.cluster.step(Input::Reevaluate { why }, now));
        self.cover(reach, &effects);
        drop(self.supervisor.cast(SupervisorMsg::ClusterRebuilt(self.cluster.id())));
        self.publish();
        self.heed_assets(myself);
        self.perform(myself, effects).await?;
        self.announce();
        Ok(())
    }

    /// One that was merged and split off again, or is there again after a restart, goes on counting.
    async fn newest_version(&self) -> Result<u64, ActorProcessingErr> {
        let wait = Duration::from_secs(STORE_S_MAX);
        Ok(tokio::time::timeout(wait, self.parts.store.newest_version(self.cluster.id())).await??)
    }

    /// Goes on where the store and the board say that the fire stood, without its detections, after the version that is
    /// known to have been its newest.
    fn resume(&mut self, stored: Option<KeptForecast>, newest: u64) {
        let id = self.cluster.id();
        let before = self.parts.board.get(id);
        let before = before.as_deref();
        let shown = before.and_then(|snapshot| snapshot.forecast.clone());
        self.plan = before.and_then(|snapshot| snapshot.plan.clone());
        // What could not be stored is still on the board.
        self.kept = stored.into_iter().chain(shown).max_by_key(|kept| kept.forecast.plan.version);
        self.coverage =
            before.map_or_else(Coverage::default, |snapshot| Coverage::resumed(&snapshot.coverage));
        let planned = before.and_then(|snapshot| snapshot.plan.as_ref()).map_or(0, |plan| plan.version);
        let completed = self.kept.as_ref().map(|kept| kept.forecast.plan.version);
        let resume = Resume {
            id,
            label: self.cluster.label().map(str::to_owned),
            detections: Vec::new(),
            nearest: None,
            version: newest.max(planned).max(completed.unwrap_or(0)),
            completed,
            staleness: before.and_then(|snapshot| snapshot.staleness.clone()),
            failure: before.and_then(|snapshot| snapshot.failure.clone()),
        };
        self.cluster = Cluster::resumed(resume, Arc::clone(&self.parts.clusters));
    }

    /// What the last forecast of a fire that was read back lacks.
    fn lack(&self) -> String {
        let covered = self.kept.as_ref().map_or(0, |kept| kept.forecast.plan.detection_count);
        match self.cluster.count().saturating_sub(covered) {
            0 => "the fire was read back from the store and is forecast anew".to_owned(),
            more => came_after(more),
        }
    }

    /// What the store has of the fire, and the last place in the journal among it all: records that were put aside are
    /// not given, but whoever sent them waits for what comes of the others.
    pub(super) async fn read(&self) -> Result<(Vec<Record>, u64), ActorProcessingErr> {
        let (id, wait) = (self.cluster.id(), Duration::from_secs(STORE_S_MAX));
        let records = tokio::time::timeout(wait, self.parts.store.records(id)).await??;
        let aside = tokio::time::timeout(wait, self.parts.store.set_aside(id)).await??;
        let all = records.iter().chain(aside.iter().map(|(record, _)| record));
        let reach = all.map(|record| record.sequence).max().unwrap_or(0);
        Ok((records, reach))
    }
}

/// A fire that nothing is known of but its name.
pub(in crate::engine) fn resumed(id: ClusterId, label: Option<String>, parts: &Parts) -> Cluster {
    let resume = Resume {
        id,
        label,
        detections: Vec::new(),
        nearest: None,
        version: 0,
        completed: None,
        staleness: None,
        failure: None,
    };
    Cluster::resumed(resume, Arc::clone(&parts.clusters))
}
