//! What must hold once nothing fails any more: the board, the store and the requests agree with one pass over the journal.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};

use firecore::cluster::{Cluster, ClusterIndex, ClusterSettings, LinkSettings, Received, Resume};
use firecore::detection::{ClusterId, DetectionId};
use firecore::forecast::{Forecast, PERCENTILES};
use guira::engine::RequestStatus;
use guira::engine::board::{ClusterSnapshot, ClusterState};
use guira::store::{Journal, OperationChange, Record, Store};

use super::{HANGS_AFTER, Life};

impl Life {
    /// Waits until no fire has anything to run, no request waits for anything, and all agrees with the journal. An actor that
    /// waits for a silent store is idle, too: so what does not hold yet has its time.
    pub(super) async fn ends_well(&self) -> Result<(), String> {
        let began = Instant::now();
        loop {
            let fault = match self.rests() {
                Err(restless) => restless,
                Ok(()) => match self.settles().await.and(self.agrees().await) {
                    Err(fault) => fault,
                    Ok(()) => return Ok(()),
                },
            };
            ensure(began.elapsed() < HANGS_AFTER, || fault)?;
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }

    /// No fire has anything to run.
    fn rests(&self) -> Result<(), String> {
        let runs = self.service.engine.load().runs;
        let idle = runs.waiting_in_all() == 0 && runs.running == [0, 0];
        let fires = self.service.engine.board().all();
        let restless = fires.iter().find(|fire| !self.is_at_rest(fire)).map(|fire| told(fire));
        ensure(idle && restless.is_none(), || format!("it does not come to rest: {runs:?}, {restless:?}"))
    }

    /// A fire that is forecast or has failed, as far as it is planned, and stands where time has brought it.
    fn is_at_rest(&self, fire: &ClusterSnapshot) -> bool {
        let planned = fire.plan.as_ref().map(|plan| plan.version);
        let forecast = fire.forecast.as_ref().map(|kept| kept.forecast.plan.version);
        let failed = fire.failure.as_ref().map(|failure| failure.version);
        match fire.state {
            ClusterState::Merged { .. } => true,
            ClusterState::Restarting => false,
            state if state != self.due(fire) => false,
            ClusterState::Active if fire.heat_source.is_none() => {
                planned.is_some() && [forecast, failed].contains(&planned)
            }
            _ => true,
        }
    }

    /// Where a fire must stand by now.
    fn due(&self, fire: &ClusterSnapshot) -> ClusterState {
        let last = fire.last_received_at.map(|at| self.world.lifecycle().state(at, self.world.clock.now()));
        last.map_or(ClusterState::Active, ClusterState::from)
    }

    /// No request waits for anything.
    async fn settles(&self) -> Result<(), String> {
        for id in &self.requests {
            let view = self.service.engine.request(*id).await.map_err(|error| error.to_string())?;
            let view = view.ok_or_else(|| format!("request {id} is not known"))?;
            if !view.status.is_settled() {
                let fires: Vec<_> =
                    view.clusters.iter().map(|(fire, progress)| (told(fire), *progress)).collect();
                return Err(format!(
                    "request {id} hangs as {:?}: {fires:?}, {:?}",
                    view.status, view.request
                ));
            }
            let failed = view.clusters.iter().any(|(fire, _)| fire.failure.is_some());
            if view.status != RequestStatus::Completed && !failed {
                return Err(format!("request {id} is {:?}, but no fire failed", view.status));
            }
        }
        Ok(())
    }

    async fn agrees(&self) -> Result<(), String> {
        let journal = self.world.store.kept().journal().await.map_err(|error| error.to_string())?;
        let index = replay(&journal);
        let mut fires: BTreeMap<ClusterId, Vec<&Record>> = BTreeMap::new();
        for (owner, record) in &journal.records {
            let fire = index.cluster_of(record.detection.id());
            ensure(fire == Some(*owner), || format!("{record:?} is of {fire:?}, the store says {owner}"))?;
            fires.entry(*owner).or_default().push(record);
        }
        let kept = |id: &DetectionId| journal.records.iter().any(|(_, record)| record.detection.id() == *id);
        let lost: Vec<_> = self.acknowledged.iter().filter(|id| !kept(id)).collect();
        ensure(lost.is_empty(), || format!("acknowledged and lost: {lost:?}"))?;
        let shown: HashMap<ClusterId, Arc<ClusterSnapshot>> =
            self.service.engine.board().all().into_iter().map(|fire| (fire.id, fire)).collect();
        let merged = |fire: &ClusterSnapshot| matches!(fire.state, ClusterState::Merged { .. });
        let followed = shown.values().filter(|fire| !merged(fire)).count();
        ensure(followed == fires.len(), || format!("{followed} fires are shown, {} are there", fires.len()))?;
        let labels = labels(&journal);
        for (fire, records) in &fires {
            let shown = shown.get(fire).ok_or_else(|| format!("fire {fire} is not shown"))?;
            self.fire_agrees(shown, records)
                .and_then(|()| same("label", shown.label.clone(), labels.get(fire).cloned().flatten()))
                .map_err(|fault| format!("fire {fire}: {fault}; {:?}", told(shown)))?;
        }
        Ok(())
    }

    fn fire_agrees(&self, shown: &ClusterSnapshot, records: &[&Record]) -> Result<(), String> {
        let places = records.iter().map(|record| record.detection.position());
        let nearest = self.service.engine.assets().index.nearest_to_any(places);
        let whole = self.in_one_step(shown.id, records);
        same("state", shown.state, self.due(shown))?;
        same("heat source", shown.heat_source.as_deref(), whole.heat_source())?;
        same("count", shown.detection_count, records.len())?;
        same("bounds", shown.bounds, whole.bounds())?;
        same("span", (shown.first_at, shown.last_at), (whole.first_at(), whole.last_at()))?;
        same("receipt", shown.last_received_at, whole.last_received_at())?;
        same("nearest asset", &shown.nearest, &nearest)?;
        if shown.state != ClusterState::Active || shown.heat_source.is_some() {
            return Ok(()); // no forecast of it is due
        }
        let Some(kept) = &shown.forecast else {
            return ensure(shown.failure.is_some(), || "neither a forecast nor a failure".to_owned());
        };
        accounts_for_itself(&kept.forecast)?;
        let seed = whole.seed().ok_or("no seed")?;
        let covers = kept.forecast.plan.seed == seed;
        ensure(covers || shown.staleness.is_some(), || {
            "the forecast lacks something and is not stale".to_owned()
        })?;
        let newest = shown.plan.as_ref().map(|plan| plan.version) == Some(kept.forecast.plan.version);
        ensure(newest || shown.staleness.is_some(), || "a newer plan has no forecast".to_owned())?;
        ensure(!(covers && newest) || shown.staleness.is_none(), || {
            "the forecast is stale for nothing".to_owned()
        })
    }

    /// The fire that its records give at once.
    fn in_one_step(&self, id: ClusterId, records: &[&Record]) -> Cluster {
        let heat_sources = self.world.heat_sources();
        let received = |record: &&Record| Received {
            detection: record.detection.clone(),
            requested: record.requested,
            received_at: record.received_at,
            heat_source: heat_sources.of(&record.detection),
        };
        let resume = Resume {
            id,
            label: None,
            detections: records.iter().map(received).collect(),
            nearest: None,
            version: 0,
            completed: None,
            staleness: None,
            failure: None,
        };
        Cluster::resumed(resume, Arc::new(ClusterSettings::default()))
    }
}

/// Each forecast says of itself what its users must know.
fn accounts_for_itself(forecast: &Forecast) -> Result<(), String> {
    let accounted = forecast.members_used + forecast.members_lost + forecast.members_left_out;
    same("members", accounted, forecast.plan.members)?;
    ensure(
        !forecast.inputs.is_empty() && forecast.inputs.iter().all(|note| !note.source.is_empty()),
        || "an input has no source".to_owned(),
    )?;
    ensure(forecast.members_lost == 0 || !forecast.degradations.is_empty(), || {
        "members are lost and nothing says so".to_owned()
    })?;
    ensure(!forecast.plan.reason.is_empty() && !forecast.plan.urgency.why.is_empty(), || {
        "no reason".to_owned()
    })?;
    same("perimeters", forecast.perimeters.len(), PERCENTILES.len() * forecast.plan.lead_times_s.len())?;
    ensure(
        forecast.perimeters.chunks(PERCENTILES.len()).all(|lead| lead.is_sorted_by_key(|one| one.area_ha)),
        || "p10, p50 and p90 do not nest".to_owned(),
    )?;
    ensure(!forecast.has_grids(), || "the board holds grids".to_owned())
}

fn told(fire: &ClusterSnapshot) -> impl std::fmt::Debug + use<> {
    (
        fire.state,
        fire.plan.as_ref().map(|plan| plan.version),
        fire.forecast.as_ref().map(|kept| kept.forecast.plan.version),
        fire.failure.clone(),
        fire.staleness.clone(),
    )
}

/// Detections and operations in the order of their places.
fn replay(journal: &Journal) -> ClusterIndex {
    let mut index = ClusterIndex::new(LinkSettings::default());
    let mut operations = journal.operations.iter().peekable();
    let mut operate_before = |index: &mut ClusterIndex, place: u64| {
        while let Some((_, operation)) = operations.next_if(|(at, _)| *at < place) {
            match &operation.change {
                OperationChange::Split { fire, part, .. } => drop(index.split(*fire, part)),
                OperationChange::Merge { survivor, absorbed, .. } => drop(index.merge(*survivor, *absorbed)),
                OperationChange::Relabel { .. } => {}
            }
        }
    };
    for (_, record) in &journal.records {
        operate_before(&mut index, record.sequence);
        index.assign(&record.detection);
    }
    operate_before(&mut index, u64::MAX);
    index
}

fn labels(journal: &Journal) -> HashMap<ClusterId, Option<String>> {
    let named = journal.operations.iter().filter_map(|(_, operation)| match &operation.change {
        OperationChange::Relabel { fire, label, .. } => Some((*fire, label.clone())),
        _ => None,
    });
    named.collect()
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, found: T, expected: T) -> Result<(), String> {
    ensure(found == expected, || format!("{what}: found {found:?}, expected {expected:?}"))
}

fn ensure(holds: bool, fault: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(fault()) }
}
