//! Engine: the handle that the shells hold. Detections go in, forecasts are read from the board and the store.
//!
//! Behind it is a tree of actors: one supervisor, one cluster a fire, at most one aggregator a cluster, and its
//! members. Nobody outside ever holds one of them. Each engine has a tree of its own: no names, no process groups.

use std::sync::Arc;
use std::time::Duration;

use firecore::asset::{AssetIndex, HeatSources};
use firecore::cluster::{ClusterSettings, LinkSettings, Received};
use firecore::detection::{ClusterId, Detection};
use firecore::ensemble::PerturbationSettings;
use firecore::forecast::Forecast;
use firecore::perimeter::Tolerance;
use firecore::schedule::Report;
use firecore::strategy::{Method, RequestedPriority};
use jiff::{SignedDuration, Timestamp};
use ractor::rpc::CallResult;
use ractor::{Actor, ActorRef};
use tokio::sync::OwnedSemaphorePermit;
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::artifacts::Artifacts;
use crate::clock::Clock;
use crate::compute::ComputePool;
use crate::inputs::Inputs;
use crate::settings::{EngineSettings, EnsembleSettings, LiveSettings};
use crate::simulate::Simulator;
use crate::simulate::fleet::FleetReport;
use crate::store::{Record, Request, RequestId, Store, StoreError};
use assets::AssetBook;
use board::{Board, ClusterSnapshot, Progress};
use gate::{Gate, GateFull};
use grids::{GridRoom, Grids, GridsError};
use live::Live;
use pace::Pace;
use scheduler::Scheduler;
use supervisor::{Pending, Supervisor, SupervisorMsg};

pub use mapped::MappedFireError;
pub use scheduler::Spent;

pub mod assets;
pub mod board;
pub mod fault;
pub mod gate;
pub mod grids;
pub mod live;
pub mod operations;
pub mod past;

mod aggregator;
mod announce;
mod asleep;
mod cluster;
mod coverage;
mod errand;
mod intake;
mod lineage;
mod mapped;
mod member;
mod pace;
mod reduce;
mod scheduler;
mod supervisor;
mod tally;

/// Longest wait for the store inside a handler, s: meanwhile the actor hears nothing else.
const STORE_S_MAX: u64 = 10;

/// Longest wait for the supervisor's answer to a batch, s: as long as the store may take, and those before it.
const SUBMIT_S_MAX: u64 = 60;

/// What an engine is built from.
#[expect(missing_debug_implementations, reason = "the traits in it have none")]
pub struct EngineParts {
    /// Computes members.
    pub simulator: Arc<dyn Simulator>,
    /// Gives landscape and weather.
    pub inputs: Arc<dyn Inputs>,
    /// Keeps what must outlive an actor.
    pub store: Arc<dyn Store>,
    /// Reduces members to a forecast.
    pub pool: Arc<ComputePool>,
    /// Writes a forecast's files, where they are wanted.
    pub artifacts: Option<Arc<Artifacts>>,
    /// What is near a fire, until the list is changed: what the store has of it wins.
    pub assets: Arc<AssetIndex>,
    /// What is hot without being a wildfire.
    pub heat_sources: Arc<HeatSources>,
    /// Tells the time.
    pub clock: Clock,
    /// How fires are followed.
    pub clusters: Arc<ClusterSettings>,
    /// What makes two detections one fire.
    pub links: LinkSettings,
    /// How far members depart from the inputs.
    pub perturbation: PerturbationSettings,
    /// How far perimeters may lie from the contours.
    pub perimeter_tolerance: Tolerance,
    /// How members are reduced.
    pub ensemble: EnsembleSettings,
    /// Bounds, deadline and quorum.
    pub settings: EngineSettings,
    /// How much of what happened can be caught up on.
    pub live: LiveSettings,
    /// Where the grids behind forecasts are kept.
    pub grids: GridRoom,
}

/// What every actor shares.
struct Parts {
    simulator: Arc<dyn Simulator>,
    inputs: Arc<dyn Inputs>,
    store: Arc<dyn Store>,
    pool: Arc<ComputePool>,
    artifacts: Option<Arc<Artifacts>>,
    assets: AssetBook,
    heat_sources: Arc<HeatSources>,
    clock: Clock,
    clusters: Arc<ClusterSettings>,
    links: LinkSettings,
    perturbation: PerturbationSettings,
    perimeter_tolerance: Tolerance,
    ensemble: EnsembleSettings,
    settings: EngineSettings,
    board: Board,
    live: Live,
    grids: Arc<Grids>,
    pace: Pace,
    scheduler: Scheduler,
    on_record: Option<fault::OnRecord>,
}

impl Parts {
    /// A record as a fire takes it in.
    fn received(&self, record: &Record) -> Received {
        Received {
            heat_source: self.heat_sources.of(&record.detection),
            detection: record.detection.clone(),
            requested: record.requested,
            received_at: record.received_at,
        }
    }
}

/// Detections that came together.
#[derive(Clone, Debug)]
pub struct Submission {
    /// At least one.
    pub detections: Vec<Detection>,
    /// How urgent their sender thinks they are.
    pub requested: Option<RequestedPriority>,
}

/// What became of one detection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Disposition {
    /// The fire that it belongs to.
    pub cluster_id: ClusterId,
    /// It was there before.
    pub duplicate: bool,
}

/// What the supervisor answers.
struct Accepted {
    dispositions: Vec<Disposition>,
    cluster_ids: Vec<ClusterId>,
}

/// The answer to a submission: all of it is in the store.
#[derive(Clone, Debug)]
pub struct SubmitReceipt {
    /// Under which its forecasts can be asked for.
    pub request_id: RequestId,
    /// One a detection, in the submission's order.
    pub dispositions: Vec<Disposition>,
    /// The fires that it touched, each once.
    pub cluster_ids: Vec<ClusterId>,
    /// When nine of ten such forecasts would be there; none before the first forecast has finished.
    pub estimated_completion: Option<Timestamp>,
}

/// Why a submission was not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SubmitError {
    /// Too much is on its way in.
    #[error(transparent)]
    Full(#[from] GateFull),
    /// The store did not take it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The engine has stopped: nothing was taken.
    #[error("the engine has stopped")]
    Stopped,
    /// The engine did not answer in time, or stopped before it did: the batch may have been taken or not.
    #[error("the engine did not answer")]
    Unanswered,
}

/// Why no engine was started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The supervisor did not come up.
    #[error("the supervisor did not start: {reason}")]
    Supervisor {
        /// Why.
        reason: String,
    },
    /// The folder for grids cannot be emptied.
    #[error("the folder for grids cannot be emptied: {0}")]
    Grids(std::io::Error),
    /// The store did not give the assets that it keeps, or they are no list.
    #[error("the assets that the store keeps cannot be used: {reason}")]
    Assets {
        /// Why.
        reason: String,
    },
}

/// How a request stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestStatus {
    /// No run for it has begun.
    Scheduled,
    /// Some runs have begun or finished, and some are to come.
    Running,
    /// Each of its fires has a forecast that covers it.
    Completed,
    /// Some of its fires have one, and the runs of the others failed.
    Partial,
    /// The run of each of its fires failed.
    Failed,
}

/// A request and its fires.
#[derive(Clone, Debug)]
pub struct RequestView {
    /// What was accepted.
    pub request: Request,
    /// How it stands.
    pub status: RequestStatus,
    /// Its fires that are on the board, each with the request's progress there.
    pub clusters: Vec<(Arc<ClusterSnapshot>, Progress)>,
}

impl RequestView {
    /// The newest forecast of each of its fires that has one.
    pub fn forecasts(&self) -> impl Iterator<Item = &Arc<Forecast>> {
        self.clusters.iter().filter_map(|(snapshot, _)| Some(&snapshot.forecast.as_ref()?.forecast))
    }
}

/// The handle.
#[expect(missing_debug_implementations, reason = "an engine is a tree of actors")]
pub struct Engine {
    parts: Arc<Parts>,
    gate: Gate,
    supervisor: ActorRef<SupervisorMsg>,
    tree: JoinHandle<()>,
}

/// How busy an engine is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EngineLoad {
    /// Batches on their way in, and the most there may be.
    pub batches: (usize, usize),
    /// Forecast runs that wait for their turn, and what overload leaves out.
    pub runs: Report,
    /// What the threads were spent on.
    pub spent: Spent,
}

impl Engine {
    /// Starts the tree and brings back every fire that the store holds.
    pub async fn start(parts: EngineParts) -> Result<Self, StartError> {
        Self::start_with(parts, None).await
    }

    async fn start_with(parts: EngineParts, on_record: Option<fault::OnRecord>) -> Result<Self, StartError> {
        let gate = Gate::new(parts.settings.batches_in_flight_max);
        let assets = AssetBook::open(&*parts.store, parts.assets).await?;
        let parts = Arc::new(Parts {
            simulator: parts.simulator,
            inputs: parts.inputs,
            store: parts.store,
            artifacts: parts.artifacts,
            assets,
            heat_sources: parts.heat_sources,
            clock: parts.clock,
            clusters: parts.clusters,
            links: parts.links,
            perturbation: parts.perturbation,
            perimeter_tolerance: parts.perimeter_tolerance,
            ensemble: parts.ensemble,
            board: Board::default(),
            live: Live::new(parts.live),
            grids: Arc::new(Grids::open(parts.grids).map_err(StartError::Grids)?),
            pace: Pace::default(),
            scheduler: Scheduler::new(&parts.settings, parts.pool.load().threads),
            pool: parts.pool,
            settings: parts.settings,
            on_record,
        });
        let (supervisor, tree) = Supervisor::spawn(None, Supervisor, Arc::clone(&parts))
            .await
            .map_err(|error| StartError::Supervisor { reason: error.to_string() })?;
        Ok(Self { parts, gate, supervisor, tree })
    }

    /// Takes a batch, or refuses at once where too many are on their way in.
    pub async fn try_submit(&self, submission: Submission) -> Result<SubmitReceipt, SubmitError> {
        let permit = self.gate.try_enter()?;
        self.pass(submission, permit).await
    }

    /// Takes a batch, waiting for its turn.
    pub async fn submit(&self, submission: Submission) -> Result<SubmitReceipt, SubmitError> {
        let permit = self.gate.enter().await;
        self.pass(submission, permit).await
    }

    async fn pass(
        &self,
        submission: Submission,
        permit: OwnedSemaphorePermit,
    ) -> Result<SubmitReceipt, SubmitError> {
        let request_id = RequestId(Uuid::new_v4());
        let estimated_completion = self.estimated_completion();
        let wait = Duration::from_secs(SUBMIT_S_MAX);
        let ask = |reply| SupervisorMsg::Submit(Pending { request_id, submission, reply, permit });
        let CallResult::Success(answer) =
            self.supervisor.call(ask, Some(wait)).await.map_err(|_| SubmitError::Stopped)?
        else {
            return Err(SubmitError::Unanswered);
        };
        let Accepted { dispositions, cluster_ids } = answer?;
        Ok(SubmitReceipt { request_id, dispositions, cluster_ids, estimated_completion })
    }

    /// When nine of ten forecasts that are planned now would be there, by the slower method of those measured: which
    /// one it will be is decided after the answer. What is measured begins at the plan, so it holds the wait for a turn.
    fn estimated_completion(&self) -> Option<Timestamp> {
        let measured = [Method::PhysX, Method::Surrogate].map(|method| self.parts.pace.estimate_s(method));
        let seconds = measured.into_iter().flatten().reduce(f64::max)?;
        SignedDuration::try_from_secs_f64(seconds)
            .ok()
            .and_then(|span| self.parts.clock.now().checked_add(span).ok())
    }

    /// What has come of a request; `None` where its id is not known.
    pub async fn request(&self, id: RequestId) -> Result<Option<RequestView>, StoreError> {
        let Some(request) = self.parts.store.request(id).await? else { return Ok(None) };
        let known: Vec<_> = request
            .clusters
            .iter()
            .map(|(cluster, sequence)| {
                let snapshot = self.parts.board.get(*cluster);
                let progress =
                    snapshot.as_ref().map_or(Progress::Scheduled, |snapshot| snapshot.progress(*sequence));
                (snapshot, progress)
            })
            .collect();
        let progress: Vec<Progress> = known.iter().map(|(_, progress)| *progress).collect();
        let clusters =
            known.into_iter().filter_map(|(snapshot, progress)| Some((snapshot?, progress))).collect();
        Ok(Some(RequestView { status: RequestStatus::of(&progress), request, clusters }))
    }

    /// Waits until no run of a request is to come, then says what has come of it.
    pub async fn settled(&self, id: RequestId) -> Result<Option<RequestView>, StoreError> {
        let mut changes = self.parts.board.changes();
        loop {
            changes.borrow_and_update();
            match self.request(id).await? {
                Some(view) if !view.status.is_settled() => {}
                answer => return Ok(answer),
            }
            if changes.changed().await.is_err() {
                return self.request(id).await;
            }
        }
    }

    /// The newest snapshot of each fire.
    pub fn board(&self) -> &Board {
        &self.parts.board
    }

    /// A fire's newest forecast with the grids behind it, and the snapshot that it is of: that given, or a newer one where a
    /// forecast came meanwhile. `None` where there is no forecast yet.
    pub async fn whole(
        &self,
        mut snapshot: Arc<ClusterSnapshot>,
    ) -> Result<Option<(Arc<ClusterSnapshot>, Arc<Forecast>)>, GridsError> {
        loop {
            let Some(light) = snapshot.newest() else { return Ok(None) };
            match self.parts.grids.whole(light).await {
                Ok(whole) => return Ok(Some((snapshot, whole))),
                Err(error) => match self.parts.board.get(snapshot.id) {
                    Some(newer) if !newer.newest().is_some_and(|newest| Arc::ptr_eq(newest, light)) => {
                        snapshot = newer;
                    }
                    _ => return Err(error),
                },
            }
        }
    }

    /// What happens to the fires, as it happens.
    pub fn live(&self) -> &Live {
        &self.parts.live
    }

    /// What the engine keeps.
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.parts.store
    }

    /// What nine of ten forecasts of a method took at most, s; `None` before the first.
    pub fn pace_s(&self, method: Method) -> Option<f64> {
        self.parts.pace.estimate_s(method)
    }

    /// Takes a duration that another engine on this machine measured, until there is one of its own.
    pub fn expect_pace(&self, method: Method, seconds: f64) {
        self.parts.pace.expect(method, seconds);
    }

    /// How busy it is.
    pub fn load(&self) -> EngineLoad {
        let (runs, spent) = self.parts.scheduler.report();
        EngineLoad { batches: self.gate.load(), runs, spent }
    }

    /// The servers that compute members, where there are any.
    pub fn fleet(&self) -> Option<FleetReport> {
        self.parts.simulator.fleet()
    }

    /// True while the supervisor stands.
    pub fn is_running(&self) -> bool {
        !self.tree.is_finished()
    }

    /// Waits until the supervisor has ended: while serving, that is a reason to exit.
    pub async fn ended(&self) {
        drop(self.supervisor.wait(None).await);
    }

    /// Stops the tree; runs under way are cancelled.
    pub async fn stop(&self) {
        drop(self.supervisor.stop_and_wait(None, None).await);
        if let Err(error) = self.parts.grids.clear() {
            tracing::warn!(%error, "the files of grids stay behind");
        }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.supervisor.kill();
    }
}

impl RequestStatus {
    fn of(progress: &[Progress]) -> Self {
        let count = |wanted| progress.iter().filter(|one| **one == wanted).count();
        let (scheduled, completed, failed) =
            (count(Progress::Scheduled), count(Progress::Completed), count(Progress::Failed));
        match progress.len() {
            all if scheduled == all => Self::Scheduled,
            all if completed == all => Self::Completed,
            all if failed == all => Self::Failed,
            all if completed + failed == all => Self::Partial,
            _ => Self::Running,
        }
    }

    /// True where no run is to come.
    pub fn is_settled(self) -> bool {
        matches!(self, Self::Completed | Self::Partial | Self::Failed)
    }

    /// As it is written on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Scheduled => "scheduled",
            Self::Running => "running",
            Self::Completed => "completed",
            Self::Partial => "partial",
            Self::Failed => "failed",
        }
    }
}
