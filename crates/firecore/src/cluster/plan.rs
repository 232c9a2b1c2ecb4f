//! When a fire is forecast, by which method, how urgently, and what comes of the runs.

use jiff::Timestamp;

use super::{Cluster, ClusterState, Effect, Failure, Staleness, mapped};
use crate::forecast::{ForecastPlan, Urgency};
use crate::schedule::Class;
use crate::strategy::{Decision, Facts, Method, Priority};

/// A fire has grown when its hull is larger by this share than the newest completed forecast knew it: our choice.
const GREW_SHARE: f64 = 0.1;

/// A run that has begun.
#[derive(Clone, Copy, Debug)]
pub(super) struct UnderWay {
    version: u64,
    method: Method,
    priority: Priority,
    /// The run before it was given up: this one is let finish, or detections that keep coming would leave no forecast.
    after_cancelled: bool,
    cancelled: bool,
}

/// A plan that no completed forecast is as new as.
#[derive(Clone, Debug)]
pub(super) struct Planned {
    version: u64,
    decided_at: Timestamp,
    /// What the forecast before it lacks.
    why: String,
    method: Method,
    priority: Priority,
    stands_in: bool,
    outside_forecast: bool,
    hull_deg2: f64,
}

impl Cluster {
    /// Whether runs are planned for it: not for a known source of heat, nor while it is dormant.
    pub(super) fn is_forecast(&self) -> bool {
        let held = self.heat_source().is_some() && !self.settings.forecasts_heat_sources();
        self.state == ClusterState::Active && !held
    }

    /// Decides anew and plans the next version; `why` says what the last forecast lacks.
    pub(super) fn plan(&mut self, why: String, outside_forecast: bool, now: Timestamp) -> Vec<Effect> {
        let Some(seed) = self.seed() else {
            return Vec::new();
        };
        let mut decision = self.decide();
        // Where nothing is run for it either: the last forecast lacks it all the same.
        self.grow_stale(why.clone(), now);
        if !self.is_forecast() {
            self.decision = Some(decision);
            return vec![Effect::Publish];
        }
        let stands_in = decision.method == Method::PhysX && self.needs_stand_in();
        if stands_in {
            decision = decision.by(Method::Surrogate, "the first forecast at once, physx follows");
        }
        let mut effects = self.give_up_run(&decision, outside_forecast);
        let why = if self.version == 0 { "the fire was found".to_owned() } else { why };
        self.version += 1;
        self.running = Some(decision.method);
        let hull_deg2 = self.extent.area_deg2();
        self.planned.push(Planned {
            version: self.version,
            decided_at: now,
            why: why.clone(),
            method: decision.method,
            priority: decision.priority,
            stands_in,
            outside_forecast,
            hull_deg2,
        });
        let left = self.planned.iter().any(|plan| plan.outside_forecast);
        let grew = left || hull_deg2 > self.covered_deg2 * (1.0 + GREW_SHARE);
        let plan = ForecastPlan {
            cluster_id: self.id,
            version: self.version,
            method: decision.method,
            priority: decision.priority,
            reason: decision.reason.clone(),
            decided_at: now,
            record: decision.record.clone(),
            urgency: Urgency { first: self.completed.is_none(), stands_in, grew, why },
            physics: *self.settings.physics(),
            seed,
            detection_count: self.detections.len(),
            members: self.settings.ensemble().of(decision.method),
            lead_times_s: self.settings.lead_times_s().to_vec(),
        };
        self.decision = Some(decision);
        effects.extend([Effect::Plan(Box::new(plan)), Effect::Publish]);
        effects
    }

    /// Without any forecast, and with none on its way that needs no turn of the full physics.
    fn needs_stand_in(&self) -> bool {
        let on_its_way = self.under_way.is_some_and(|run| run.method == Method::Surrogate);
        let settled = self.failure.is_some() || self.settings.fixed_method().is_some();
        self.settings.surrogate_first() && self.completed.is_none() && !on_its_way && !settled
    }

    /// A run under way goes on, unless the fire has left what it can say or is more urgent than it by a class.
    fn give_up_run(&mut self, next: &Decision, outside_forecast: bool) -> Vec<Effect> {
        let Some(run) = &mut self.under_way else {
            return Vec::new();
        };
        let rose = Class::of(next.priority) < Class::of(run.priority);
        let why = match (outside_forecast, rose) {
            (true, _) => "detections lie outside the large perimeter that was forecast",
            (false, true) => "the fire became more urgent by a class",
            (false, false) => return Vec::new(),
        };
        // A surrogate is done before it could be given up.
        if run.method == Method::Surrogate || run.cancelled || run.after_cancelled {
            return Vec::new();
        }
        run.cancelled = true;
        vec![Effect::Cancel { version: run.version, why: why.to_owned() }]
    }

    pub(super) fn started(&mut self, version: u64) -> Vec<Effect> {
        if let Some(plan) = self.planned.iter().find(|plan| plan.version == version) {
            self.under_way = Some(UnderWay {
                version,
                method: plan.method,
                priority: plan.priority,
                after_cancelled: self.under_way.is_some_and(|run| run.cancelled),
                cancelled: false,
            });
        }
        Vec::new()
    }

    /// Its turn does not come for now: the last forecast is stale for this reason.
    pub(super) fn held(&mut self, version: u64, reason: String, now: Timestamp) -> Vec<Effect> {
        if version != self.version || self.running.is_none() {
            return Vec::new();
        }
        self.grow_stale(reason, now);
        vec![Effect::Publish]
    }

    pub(super) fn completed(&mut self, version: u64, now: Timestamp) -> Vec<Effect> {
        if version > self.version || self.completed.is_some_and(|newest| version <= newest) {
            return Vec::new();
        }
        self.completed = Some(version);
        self.under_way.take_if(|run| run.version <= version);
        let plan = self.planned.iter().rfind(|plan| plan.version <= version).cloned();
        self.planned.retain(|plan| plan.version > version);
        self.covered_deg2 = plan.as_ref().map_or_else(|| self.extent.area_deg2(), |plan| plan.hull_deg2);
        self.failure.take_if(|failure| failure.version < version);
        if version < self.version {
            self.lack_what_came_after();
            return vec![Effect::Publish];
        }
        self.running = None;
        self.staleness = None;
        if plan.is_some_and(|plan| plan.stands_in) {
            let effects = self.plan("the surrogate stood in for the first forecast".to_owned(), false, now);
            // What stands in knows all that is known: it is no staler for the better one that follows.
            self.staleness = None;
            return effects;
        }
        vec![Effect::Publish]
    }

    /// The forecast that is complete by now lacks what led to the plans after its own.
    fn lack_what_came_after(&mut self) {
        let (Some(next), Some(newest)) = (self.planned.first(), self.planned.last()) else { return };
        let known = self.staleness.take().map(|staleness| staleness.reason);
        let reason = known.unwrap_or_else(|| newest.why.clone());
        self.staleness = Some(Staleness { since: next.decided_at, reason });
    }

    pub(super) fn failed(&mut self, version: u64, reason: &str, now: Timestamp) -> Vec<Effect> {
        self.under_way.take_if(|run| run.version == version);
        // What failed was replaced by a newer plan, or was already settled.
        if version != self.version {
            return Vec::new();
        }
        let Some(method) = self.running.take() else {
            return Vec::new();
        };
        let why = format!("forecast {version} by {method} failed ({reason})");
        let stood_in = self.planned.last().is_some_and(|plan| plan.version == version && plan.stands_in);
        self.failure = Some(Failure { version, method, reason: reason.to_owned() });
        match method {
            Method::PhysX => self.plan(why, false, now),
            Method::Surrogate if stood_in => self.plan(why, false, now),
            // There is no simpler method: the last forecast stands until something new happens.
            Method::Surrogate => {
                self.grow_stale(why, now);
                vec![Effect::Publish]
            }
        }
    }

    /// What the table says, or the method that the settings fix; the surrogate after a PhysX forecast that failed.
    pub(super) fn decide(&self) -> Decision {
        let facts = Facts {
            nearest_asset: self.nearest.clone(),
            detection_count: self.detections.len(),
            requested: self.requested(),
        };
        let decision = mapped::decision(&facts, &self.settings);
        match &self.failure {
            Some(Failure { version, method: Method::PhysX, reason }) if decision.method == Method::PhysX => {
                decision.by(Method::Surrogate, &format!("forecast {version} by physx failed ({reason})"))
            }
            _ => decision,
        }
    }
}

/// What a forecast lacks that some detections came after.
pub fn came_after(detections: usize) -> String {
    let noun = if detections == 1 { "detection" } else { "detections" };
    format!("{detections} {noun} came after it")
}
