//! Aggregator: one forecast run, with a deadline and a quorum.
//!
//! Spawned, linked, by the cluster that planned the run; supervises its members. It waits for its turn, fetches the
//! inputs once, keeps a bounded number of members under way, and ends after it has told the cluster what came of the
//! run. Whatever would block its mailbox is an errand that comes back as a message, so the deadline is always heard.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use firecore::ensemble::{MemberIndex, MemberPlan, RngSeed};
use firecore::forecast::{Ending, Forecast, ForecastPlan};
use firecore::schedule::{Degradation, Dropped, Hold};
use firecore::strategy::Method;
use ractor::{Actor, ActorCell, ActorId, ActorProcessingErr, ActorRef, SupervisionEvent};
use tokio::time::Instant;

use super::Parts;
use super::assets::AssetList;
use super::cluster::{ClusterMsg, FinishedRun};
use super::errand;
use super::intake::{Intake, Look};
use super::member::{Member, MemberArgs};
use super::reduce::{self, Absorbed, Assembled, Basis, Remarks};
use super::scheduler::{Occasion, RunGrant, RunPermit};
use super::tally::{MemberFacts, Standing, Tally};
use crate::compute::Urgency;
use crate::inputs::{InputSet, InputsError};
use crate::simulate::{MemberRequest, Scenario, SimulateError, Simulated};

pub(super) enum AggregatorMsg {
    /// From the errand that stands in line: the run may begin, or why it may not. The clock of the deadline starts.
    RunGranted(Result<RunGrant, Dropped>),
    /// From the errand that waits for the deadline: the run is not wanted any more. It ends.
    RunWithdrawn,
    /// From the errand that fetches: landscape and weather for all members, and why the surrogate has to stand in where it has to. The
    /// members start.
    InputsFetched(Result<InputSet, InputsError>, Option<String>),
    /// From a member: what came of it. The next one starts, or the run settles.
    MemberFinished(MemberIndex, Result<Box<Simulated>, SimulateError>),
    /// From the errand that waits: the run settles with what has arrived.
    DeadlinePassed,
    /// From the errand that adds members to the reducer: it is back, perhaps with a look at what it has. More follow.
    Absorbed(Result<Absorbed, String>),
    /// From the errand that reduces: the forecast, or why there is none. The run ends.
    Assembled(Result<Assembled, String>),
}

pub(super) struct AggregatorArgs {
    pub(super) plan: Arc<ForecastPlan>,
    /// The fire's newest forecast, to say what changed.
    pub(super) before: Option<Arc<Forecast>>,
    pub(super) occasion: Occasion,
    pub(super) parts: Arc<Parts>,
    pub(super) cluster: ActorRef<ClusterMsg>,
}

pub(super) struct AggregatorState {
    plan: Arc<ForecastPlan>,
    before: Option<Arc<Forecast>>,
    occasion: Occasion,
    /// What overload changed about the plan.
    degradation: Option<Degradation>,
    /// Why the surrogate stands in for PhysX, where it has to.
    stand_in: Option<String>,
    parts: Arc<Parts>,
    cluster: ActorRef<ClusterMsg>,
    /// The list of assets that the forecast is made with: as it is when the members start.
    assets: Arc<AssetList>,
    planned: Instant,
    /// When its turn came.
    began: Instant,
    tally: Tally,
    intake: Intake,
    members: HashMap<ActorId, (MemberIndex, ActorCell)>,
    phase: Phase,
    told: bool,
}

enum Phase {
    /// In line for a permit.
    Waiting,
    /// The inputs are on their way.
    Fetching(RunPermit),
    /// Members are under way.
    Simulating(RunPermit, InputSet, Arc<Scenario>),
    /// The members' results are being reduced.
    Reducing(RunPermit),
    /// Nothing is to come any more.
    Ended,
}

pub(super) struct Aggregator;

impl Actor for Aggregator {
    type Msg = AggregatorMsg;
    type State = AggregatorState;
    type Arguments = AggregatorArgs;

    async fn pre_start(
        &self,
        _myself: ActorRef<AggregatorMsg>,
        args: AggregatorArgs,
    ) -> Result<AggregatorState, ActorProcessingErr> {
        Ok(AggregatorState {
            tally: Tally::new(args.plan.members, args.parts.settings.quorum),
            intake: Intake::new(&args.plan, args.parts.ensemble),
            assets: args.parts.assets.current(),
            plan: args.plan,
            before: args.before,
            occasion: args.occasion,
            degradation: None,
            stand_in: None,
            parts: args.parts,
            cluster: args.cluster,
            planned: Instant::now(),
            began: Instant::now(),
            members: HashMap::new(),
            phase: Phase::Waiting,
            told: false,
        })
    }

    async fn post_start(
        &self,
        myself: ActorRef<AggregatorMsg>,
        state: &mut AggregatorState,
    ) -> Result<(), ActorProcessingErr> {
        state.stand_in_line(&myself).await
    }

    async fn handle(
        &self,
        myself: ActorRef<AggregatorMsg>,
        message: AggregatorMsg,
        state: &mut AggregatorState,
    ) -> Result<(), ActorProcessingErr> {
        match message {
            AggregatorMsg::RunGranted(outcome) => state.begin(&myself, outcome).await,
            AggregatorMsg::RunWithdrawn => state.fail(&myself, "the run was withdrawn".to_owned()),
            AggregatorMsg::InputsFetched(outcome, stand_in) => {
                state.take_inputs(&myself, outcome, stand_in).await
            }
            AggregatorMsg::MemberFinished(index, outcome) => state.count(&myself, index, outcome).await,
            AggregatorMsg::DeadlinePassed => state.deadline_passed(&myself).await,
            AggregatorMsg::Absorbed(outcome) => state.absorbed(&myself, outcome).await,
            AggregatorMsg::Assembled(outcome) => state.report(&myself, outcome),
        }
    }

    async fn handle_supervisor_evt(
        &self,
        myself: ActorRef<AggregatorMsg>,
        event: SupervisionEvent,
        state: &mut AggregatorState,
    ) -> Result<(), ActorProcessingErr> {
        match event {
            // A clean end says nothing: the result is in the mailbox, behind this event.
            SupervisionEvent::ActorTerminated(_, _, None) => Ok(()),
            SupervisionEvent::ActorTerminated(child, _, Some(reason)) => {
                state.child_lost(&myself, &child, &reason).await
            }
            SupervisionEvent::ActorFailed(child, error) => {
                state.child_lost(&myself, &child, &format!("crashed: {error}")).await
            }
            _ => Ok(()),
        }
    }
}

impl AggregatorState {
    async fn stand_in_line(&mut self, myself: &ActorRef<AggregatorMsg>) -> Result<(), ActorProcessingErr> {
        let (scheduler, plan, occasion) =
            (self.parts.scheduler.clone(), Arc::clone(&self.plan), self.occasion);
        let (cluster, me) = (self.cluster.clone(), myself.clone());
        errand::send(myself.get_cell(), async move {
            let on_hold = |hold: Hold| {
                let (version, reason) = (plan.version, hold.to_string());
                drop(cluster.cast(ClusterMsg::ForecastHeld { version, reason }));
            };
            let outcome = scheduler.acquire(&plan, occasion, on_hold).await;
            drop(me.cast(AggregatorMsg::RunGranted(outcome)));
        })
        .await?;
        Ok(())
    }

    async fn begin(
        &mut self,
        myself: &ActorRef<AggregatorMsg>,
        outcome: Result<RunGrant, Dropped>,
    ) -> Result<(), ActorProcessingErr> {
        let RunGrant { permit, method, members, degradation, withdrawn } = match outcome {
            Ok(grant) => grant,
            Err(why) => return self.fail(myself, not_run(why).to_owned()),
        };
        self.phase = Phase::Fetching(permit);
        if let Some(degradation) = degradation {
            self.degrade(method, members, degradation);
        }
        self.began = Instant::now();
        drop(self.cluster.cast(ClusterMsg::ForecastStarted { version: self.plan.version }));
        let (me, deadline) = (myself.clone(), Duration::from_secs(self.parts.settings.run_deadline_s));
        errand::send(myself.get_cell(), async move {
            let message = tokio::select! {
                () = tokio::time::sleep(deadline) => AggregatorMsg::DeadlinePassed,
                Ok(()) = withdrawn => AggregatorMsg::RunWithdrawn,
            };
            drop(me.cast(message));
        })
        .await?;
        let (me, parts, plan) = (myself.clone(), Arc::clone(&self.parts), Arc::clone(&self.plan));
        errand::send(myself.get_cell(), async move {
            let area = plan.seed.area();
            let stand_in = parts.simulator.stand_in(plan.method).await;
            let outcome = parts.inputs.fetch(area, plan.seed.seeded_at, plan.horizon_s()).await;
            drop(me.cast(AggregatorMsg::InputsFetched(outcome, stand_in)));
        })
        .await?;
        Ok(())
    }

    /// Changes the plan to what overload leaves of it.
    fn degrade(&mut self, method: Method, members: u32, degradation: Degradation) {
        let plan = Arc::make_mut(&mut self.plan);
        (plan.method, plan.members) = (method, members);
        plan.reason += &format!("; {degradation}");
        self.degradation = Some(degradation);
        self.tally = Tally::new(members, self.parts.settings.quorum);
        self.intake = Intake::new(&self.plan, self.parts.ensemble);
    }

    async fn take_inputs(
        &mut self,
        myself: &ActorRef<AggregatorMsg>,
        outcome: Result<InputSet, InputsError>,
        stand_in: Option<String>,
    ) -> Result<(), ActorProcessingErr> {
        match (std::mem::replace(&mut self.phase, Phase::Ended), outcome) {
            (Phase::Fetching(permit), Ok(inputs)) => {
                if let Some(reason) = stand_in {
                    Arc::make_mut(&mut self.plan).method = Method::Surrogate;
                    self.stand_in = Some(format!("the surrogate stands in for PhysX: {reason}"));
                }
                let deadline = self.began + Duration::from_secs(self.parts.settings.run_deadline_s);
                let scenario = Arc::new(Scenario::of(&self.plan, &inputs, Some(deadline)));
                self.phase = Phase::Simulating(permit, inputs, scenario);
                self.assets = self.parts.assets.current();
                self.intake.watch(&self.plan, &self.assets.index);
                self.start_members(myself).await
            }
            (Phase::Fetching(_), Err(error)) => self.fail(myself, format!("no inputs: {error}")),
            (other, _) => {
                self.phase = other;
                Ok(())
            }
        }
    }

    /// Starts members until as many are under way as may be.
    async fn start_members(&mut self, myself: &ActorRef<AggregatorMsg>) -> Result<(), ActorProcessingErr> {
        let Phase::Simulating(_, _, scenario) = &self.phase else { return Ok(()) };
        let (running_max, waiting_max) = (self.running_max(), self.waiting_max());
        while self.tally.running() < running_max && self.intake.waiting() < waiting_max {
            let Some(index) = self.tally.start_next() else { break };
            let args = MemberArgs {
                index,
                request: request(scenario, &self.parts, index),
                simulator: Arc::clone(&self.parts.simulator),
                aggregator: myself.clone(),
            };
            let (member, _) = Member::spawn_linked(None, Member, args, myself.get_cell()).await?;
            self.members.insert(member.get_id(), (index, member.get_cell()));
        }
        Ok(())
    }

    async fn count(
        &mut self,
        myself: &ActorRef<AggregatorMsg>,
        index: MemberIndex,
        outcome: Result<Box<Simulated>, SimulateError>,
    ) -> Result<(), ActorProcessingErr> {
        // What comes after the run has settled is not counted.
        if !matches!(self.phase, Phase::Simulating(..)) {
            return Ok(());
        }
        match outcome {
            Ok(done) => match self.intake.misfit(&done.arrival.arrival_s.shape) {
                Some(fault) => {
                    self.tally.lost(index, SimulateError::Unusable { fault }.to_string());
                }
                None if self.tally.finished(index, MemberFacts::from(&*done)) => {
                    self.intake.finished(index, Box::new(done.arrival));
                }
                None => {}
            },
            Err(error) => self.tally.lost(index, error.to_string()),
        }
        self.go_on(myself).await
    }

    async fn child_lost(
        &mut self,
        myself: &ActorRef<AggregatorMsg>,
        child: &ActorCell,
        reason: &str,
    ) -> Result<(), ActorProcessingErr> {
        match self.members.get(&child.get_id()) {
            Some(_) if !matches!(self.phase, Phase::Simulating(..)) => Ok(()),
            Some((index, _)) => {
                self.tally.lost(*index, reason.to_owned());
                self.go_on(myself).await
            }
            None => self.fail(myself, format!("part of the run was lost: {reason}")),
        }
    }

    async fn deadline_passed(&mut self, myself: &ActorRef<AggregatorMsg>) -> Result<(), ActorProcessingErr> {
        match &self.phase {
            Phase::Simulating(..) => {
                let reason = format!("no answer within {} s", self.parts.settings.run_deadline_s);
                self.tally.close(&reason);
                self.go_on(myself).await
            }
            Phase::Fetching(_) => self.fail(
                myself,
                format!("the inputs were not there within {} s", self.parts.settings.run_deadline_s),
            ),
            Phase::Waiting | Phase::Reducing(_) | Phase::Ended => Ok(()),
        }
    }

    /// After each change: what finished is added, the next members start, or the run is reduced, or ends.
    async fn go_on(&mut self, myself: &ActorRef<AggregatorMsg>) -> Result<(), ActorProcessingErr> {
        match self.tally.standing() {
            Standing::Open => {
                self.absorb(myself).await?;
                self.start_members(myself).await
            }
            Standing::Settled => self.reduce(myself).await,
            Standing::OutOfReach => {
                let losses = self.tally.losses().unwrap_or_default();
                self.fail(myself, format!("no quorum: {losses}"))
            }
        }
    }

    /// Sends finished members to the pool, where there are any and the reducer is here.
    async fn absorb(&mut self, myself: &ActorRef<AggregatorMsg>) -> Result<(), ActorProcessingErr> {
        let Phase::Simulating(_, inputs, _) = &self.phase else { return Ok(()) };
        let worked = self.began.elapsed() * u32::try_from(self.parts.pool.load().threads).unwrap_or(1);
        let Some(load) = self.intake.load(&self.tally, worked, self.waiting_max()) else { return Ok(()) };
        let (me, parts, plan) = (myself.clone(), Arc::clone(&self.parts), &self.plan);
        let (urgency, still_running) = (Urgency::new(plan.method, plan.priority), Ending::StillRunning);
        let remarks = load.look.below().map(|below| {
            let facts = self.tally.facts_below(below);
            Remarks::new(&parts, Arc::clone(plan), facts, self.basis(inputs), still_running)
        });
        errand::send(myself.get_cell(), async move {
            let outcome = reduce::absorb(&parts, urgency, load, remarks).await;
            drop(me.cast(AggregatorMsg::Absorbed(outcome)));
        })
        .await?;
        Ok(())
    }

    async fn absorbed(
        &mut self,
        myself: &ActorRef<AggregatorMsg>,
        outcome: Result<Absorbed, String>,
    ) -> Result<(), ActorProcessingErr> {
        let Absorbed { reducer, look, forecast, spent } = match outcome {
            Ok(absorbed) => absorbed,
            Err(reason) => return self.fail(myself, reason),
        };
        self.intake.back(reducer, spent);
        let open = matches!(self.phase, Phase::Simulating(..)) && self.tally.standing() == Standing::Open;
        if let Some(forecast) = forecast.filter(|_| open) {
            let fraction = self.parts.ensemble.settle_fraction;
            let settled = forecast.bands.iter().all(|band| band.is_within(fraction));
            match look {
                Look::Settle { below } if settled && self.tally.is_quorum_below(below) => {
                    self.tally.settle(below, fraction);
                    self.intake.drop_from(below);
                }
                _ if self.parts.ensemble.provisional_after > 0 => {
                    drop(self.cluster.cast(ClusterMsg::ForecastRefined(forecast)));
                }
                _ => {}
            }
        }
        self.go_on(myself).await
    }

    /// Finished members that may wait for the reducer: it is back before the threads have gone through so many, unless a
    /// member is waited for.
    fn waiting_max(&self) -> usize {
        4 * self.running_max()
    }

    /// Members under way at a time: two for each that is computed, so that no thread waits for the next one.
    fn running_max(&self) -> usize {
        match self.parts.settings.members_in_flight_max {
            0 => 2 * self.parts.simulator.width(self.plan.method).max(1),
            given => given,
        }
    }

    async fn reduce(&mut self, myself: &ActorRef<AggregatorMsg>) -> Result<(), ActorProcessingErr> {
        let (permit, inputs, reducer, arrivals) = match std::mem::replace(&mut self.phase, Phase::Ended) {
            Phase::Simulating(permit, inputs, scenario) => match self.intake.rest() {
                Some((reducer, arrivals)) => (permit, inputs, reducer, arrivals),
                // It comes back as a message, and the run goes on here.
                None => {
                    self.phase = Phase::Simulating(permit, inputs, scenario);
                    return Ok(());
                }
            },
            other => {
                self.phase = other;
                return Ok(());
            }
        };
        self.phase = Phase::Reducing(permit);
        // Whoever has not answered by now is not waited for: a kill stops its simulation too.
        for (_, member) in self.members.values() {
            member.kill();
        }
        let (me, parts, plan) = (myself.clone(), Arc::clone(&self.parts), Arc::clone(&self.plan));
        let (facts, ending) = (self.tally.facts_below(u32::MAX), self.tally.ending());
        let remarks = Remarks::new(&parts, plan, facts, self.basis(&inputs), ending);
        let before = self.before.take();
        errand::send(myself.get_cell(), async move {
            let outcome =
                reduce::assemble(&parts, reducer, arrivals, remarks, inputs.landscape, before).await;
            drop(me.cast(AggregatorMsg::Assembled(outcome)));
        })
        .await?;
        Ok(())
    }

    fn basis<'a>(&'a self, inputs: &'a InputSet) -> Basis<'a> {
        let doubt = self.degradation.map(|one| one.to_string());
        let doubts = [doubt, self.stand_in.clone()];
        Basis { tally: &self.tally, inputs, assets: &self.assets, doubts }
    }

    fn report(
        &mut self,
        myself: &ActorRef<AggregatorMsg>,
        outcome: Result<Assembled, String>,
    ) -> Result<(), ActorProcessingErr> {
        match outcome {
            Ok(Assembled { diff, forecast, results_uri }) => {
                let took_s = self.planned.elapsed().as_secs_f64();
                let physx_follows = self.degradation.is_some_and(|one| one.physx_follows);
                let run = FinishedRun { diff, forecast, results_uri, took_s, physx_follows };
                match std::mem::replace(&mut self.phase, Phase::Ended) {
                    // What a stand-in took says nothing of what PhysX takes.
                    Phase::Reducing(permit) if self.stand_in.is_none() => permit.complete(),
                    _ => {}
                }
                self.tell(myself, ClusterMsg::ForecastCompleted(Box::new(run)))
            }
            Err(reason) => self.fail(myself, reason),
        }
    }

    fn fail(&mut self, myself: &ActorRef<AggregatorMsg>, reason: String) -> Result<(), ActorProcessingErr> {
        self.tell(myself, ClusterMsg::ForecastFailed { version: self.plan.version, reason })
    }

    /// The last message of a run: what follows it is not heard any more.
    fn tell(
        &mut self,
        myself: &ActorRef<AggregatorMsg>,
        outcome: ClusterMsg,
    ) -> Result<(), ActorProcessingErr> {
        if !std::mem::replace(&mut self.told, true) {
            drop(self.cluster.cast(outcome)); // a cluster that has left is no error
        }
        self.phase = Phase::Ended;
        myself.stop(None);
        Ok(())
    }
}

fn not_run(why: Dropped) -> &'static str {
    match why {
        Dropped::Replaced => "a newer run of the fire took its place in line",
        Dropped::Withdrawn => "the run was withdrawn before its turn",
    }
}

fn request(scenario: &Arc<Scenario>, parts: &Parts, index: MemberIndex) -> MemberRequest {
    let rng_seed = RngSeed { cluster: scenario.cluster_id, version: scenario.version, member: index };
    let member = MemberPlan::draw(rng_seed, &scenario.seed, &parts.perturbation);
    MemberRequest { scenario: Arc::clone(scenario), member }
}
