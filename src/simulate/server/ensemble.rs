//! An ensemble's members as a stream of events: some under way at a time, each sent as it ends.

use std::ops::Range;
use std::pin::Pin;
use std::time::Duration;

use futures_util::stream::{FuturesUnordered, Stream, StreamExt, unfold};
use tokio::time::{Instant, sleep, sleep_until};
use tonic::Status;

use super::super::wire::proto::run_ensemble_response::Event;
use super::super::wire::{proto, seed};
use super::admission::Place;
use super::answer::{invalid, too_late};
use super::metrics::Outcome;
use super::service::{Asked, Service, outcome_name};

/// How often it is said how far an ensemble is while no member ends.
const PROGRESS_EVERY: Duration = Duration::from_secs(1);

/// What a call gets; dropping it stops the members.
pub(super) type Events = Pin<Box<dyn Stream<Item = Result<proto::RunEnsembleResponse, Status>> + Send>>;

type Ended = (u32, Result<proto::MemberResult, Status>);
type Running = Pin<Box<dyn Future<Output = Ended> + Send>>;

/// The members that are still to come and those under way.
pub(super) struct Members {
    service: Service,
    asked: Asked,
    rng_seed: proto::RngSeed,
    left: Range<u32>,
    running: FuturesUnordered<Running>,
    first: Option<Place>,
    members: u32,
    done: u32,
}

impl Members {
    /// The first one has its place already.
    pub(super) fn new(
        service: Service,
        asked: Asked,
        rng_seed: proto::RngSeed,
        left: Range<u32>,
        first: Place,
    ) -> Self {
        let members = left.end - left.start;
        let running = FuturesUnordered::new();
        Self { service, asked, rng_seed, left, running, first: Some(first), members, done: 0 }
    }

    /// One more than there are threads, so that none waits for the next one.
    fn start(&mut self, arrived: Instant) {
        while self.running.len() <= self.service.options.threads.get() {
            let Some(member) = self.left.next() else { break };
            let (service, asked, place) = (self.service.clone(), self.asked.clone(), self.first.take());
            let draws = seed::draw_from_wire(&self.rng_seed, member, &asked.scenario.seed);
            self.running.push(Box::pin(async move {
                let run = async {
                    let draws = draws.map_err(|error| invalid(&error.within("rng_seed")))?;
                    let place = match place {
                        Some(place) => place,
                        None => service.admission.enter().await?,
                    };
                    service.member(&asked, member, draws, arrived, place).await
                };
                (member, run.await)
            }));
        }
    }

    fn progress(&self) -> Event {
        Event::Progress(proto::Progress {
            members: self.members,
            members_done: self.done,
            members_in_hand: u32::try_from(self.running.len()).unwrap_or(u32::MAX),
        })
    }

    /// A member ended.
    fn ended(&mut self, (member, outcome): Ended) -> Event {
        self.done += 1;
        let name = outcome.as_ref().map_or_else(|status| outcome_name(status.code()), |_| "ok");
        self.service.metrics.members.get_or_create(&Outcome::of(name)).inc();
        match outcome {
            Ok(result) => Event::Result(result),
            Err(status) => Event::Failure(proto::MemberFailure {
                member,
                code: status.code().into(),
                reason: status.message().to_owned(),
            }),
        }
    }
}

/// Progress, then each member as it ends; one error where time was up.
pub(super) fn events(members: Members, arrived: Instant, deadline: Option<Instant>) -> Events {
    let next = move |state: Option<(Members, bool)>| async move {
        let (mut members, told) = state?;
        members.start(arrived);
        if !told {
            let event = members.progress();
            return Some((answer(event), Some((members, true))));
        }
        if members.running.is_empty() {
            return None;
        }
        let passed = async {
            match deadline {
                Some(deadline) => sleep_until(deadline).await,
                None => std::future::pending().await,
            }
        };
        let event = tokio::select! {
            biased;
            Some(ended) = members.running.next() => members.ended(ended),
            () = passed => return Some((Err(too_late(arrived.elapsed())), None)),
            () = sleep(PROGRESS_EVERY) => members.progress(),
        };
        Some((answer(event), Some((members, true))))
    };
    Box::pin(unfold(Some((members, false)), next))
}

fn answer(event: Event) -> Result<proto::RunEnsembleResponse, Status> {
    Ok(proto::RunEnsembleResponse { event: Some(event) })
}
