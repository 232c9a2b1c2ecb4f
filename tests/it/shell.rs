//! Small lives of the whole service on paused time, each drawn from a seed: members fail, panic and fall silent, actors are
//! killed, the store loses answers, operators split and merge, assets move, clocks step. When that is over, what is shown
//! must agree with the journal, every request must have settled, and no version may have fallen.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use firecore::asset::{Asset, AssetIndex};
use firecore::detection::{ClusterId, Detection, DetectionDraft, DetectionId, Source};
use guira::engine::Submission;
use guira::engine::assets::{AssetsEdit, Conditions};
use guira::engine::fault::Victim;
use guira::engine::live::{Delivery, Filter, Kind, Subscription};
use guira::engine::operations::{Action, Wish};
use guira::simulate::MemberRequest;
use guira::store::{OperationId, RequestId, Store};
use jiff::SignedDuration;
use serde_json::Value;

use crate::support::forgetful::{Call, Fault, Forgetful};
use crate::support::{Act, Setup, TestService, start_time};

mod oracle;

/// Lives, where `GUIRA_SHELL_RUNS` does not say another number.
const RUNS: u64 = 1_000;

/// Real time after which a life that is not over hangs: threads compute while the paused time runs on.
const HANGS_AFTER: Duration = Duration::from_secs(20);

/// `GUIRA_SHELL_SEED=n` plays that life alone.
fn seeds() -> Range<u64> {
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().unwrap());
    match number("GUIRA_SHELL_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("GUIRA_SHELL_RUNS").unwrap_or(RUNS),
    }
}

#[test]
fn whatever_fails_the_service_agrees_with_its_journal_in_the_end() {
    let mut faults = Vec::new();
    for seed in seeds() {
        let named = Named(seed);
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
        let end = runtime.block_on(async { Life::of(seed).await.live().await });
        faults.extend(end.err().map(|fault| format!("GUIRA_SHELL_SEED={seed}: {fault}")));
        drop(named);
    }
    assert!(
        faults.is_empty(),
        "{} lives end wrong:\n{}",
        faults.len(),
        faults[..faults.len().min(3)].join("\n")
    );
}

/// Says which life it was where something panics in it.
struct Named(u64);

impl Drop for Named {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("GUIRA_SHELL_SEED={} plays it alone", self.0);
        }
    }
}

struct Life {
    draws: Draws,
    store: Arc<Forgetful>,
    service: TestService,
    /// From now on nothing fails.
    calm: Arc<AtomicBool>,
    detections: Vec<Detection>,
    acknowledged: Vec<DetectionId>,
    requests: Vec<RequestId>,
    operations: Vec<OperationId>,
    live: Subscription,
}

impl Life {
    async fn of(seed: u64) -> Self {
        let mut draws = Draws(seed);
        let (store, calm) = (Forgetful::new(), Arc::new(AtomicBool::new(false)));
        let quiet = Arc::clone(&calm);
        let script = move |request: &MemberRequest| match quiet.load(Ordering::Relaxed) {
            true => Act::Finish,
            false => act(seed, request),
        };
        let setup = Setup {
            store: Some(Arc::clone(&store) as _),
            members: Some(1 + draws.below(3) as u32),
            assets: AssetIndex::new(vec![asset(&mut draws)]).unwrap(),
            surrogate_first: draws.below(2) == 0,
            ..Setup::new().script(script)
        };
        let service = setup.start().await;
        let live = service.engine.live().subscribe(Filter::default(), None);
        let count = 2 + draws.below(5);
        let detections = (0..count).map(|_| detection(&mut draws)).collect();
        let (acknowledged, requests, operations) = (Vec::new(), Vec::new(), Vec::new());
        Self { draws, store, service, calm, detections, acknowledged, requests, operations, live }
    }

    async fn live(mut self) -> Result<(), String> {
        for at in 0..self.detections.len() {
            let sent = self.detections[at..at + 1].to_vec();
            self.submit(sent).await;
            for _ in 0..self.draws.below(3) {
                self.something_happens().await;
            }
        }
        self.calm.store(true, Ordering::Relaxed);
        self.store.mend();
        // What got no answer is sent again, and what the store kept without one is found.
        for at in 0..self.detections.len() {
            self.submit(self.detections[at..at + 1].to_vec()).await;
        }
        self.rests().await?;
        self.settles().await?;
        self.versions_rise()?;
        self.agrees().await
    }

    async fn submit(&mut self, detections: Vec<Detection>) {
        let ids: Vec<DetectionId> = detections.iter().map(Detection::id).collect();
        let answer = self.service.engine.submit(Submission { detections, requested: None }).await;
        if let Ok(receipt) = answer {
            self.acknowledged.extend(ids);
            self.requests.push(receipt.request_id);
        }
    }

    async fn something_happens(&mut self) {
        match self.draws.below(12) {
            0 => drop(self.service.engine.kill(Victim::Clusters)),
            1 => drop(self.service.engine.kill(Victim::Aggregators)),
            2 => drop(self.service.engine.kill(Victim::Members)),
            3 => self.store.spoil(Call::Append, Fault::KeepSilent, 1),
            4 => self.store.spoil(Call::Operate, Fault::KeepSilent, 1),
            5 => {
                let by = if self.draws.below(2) == 0 { 1 } else { -1 };
                self.service.clock.advance(SignedDuration::from_hours(by));
            }
            6 => {
                let edit = AssetsEdit::Replace(vec![asset(&mut self.draws)]);
                self.service.engine.change_assets(edit, &Conditions::default(), 10).await.unwrap();
            }
            7 | 8 => self.operate().await,
            9 => tokio::time::sleep(Duration::from_millis(self.draws.below(300))).await,
            _ => {
                for _ in 0..self.draws.below(40) {
                    tokio::task::yield_now().await;
                }
            }
        }
    }

    /// An operator's hand; one that finds nothing to do is refused.
    async fn operate(&mut self) {
        let journal = self.store.journal().await.unwrap();
        let fires: Vec<ClusterId> = journal.records.iter().map(|(fire, _)| *fire).collect();
        let (Some(fire), Some(other)) = (self.draws.one_of(&fires), self.draws.one_of(&fires)) else {
            return;
        };
        let action = match self.draws.below(6) {
            0..=2 => {
                let own = journal.records.iter().filter(|(owner, _)| *owner == fire);
                let part = own.map(|(_, record)| record.detection.id()).filter(|_| self.draws.below(2) == 0);
                Action::Split { fire, part: part.collect() }
            }
            3 => Action::Merge { fire, other },
            4 => Action::Relabel { fire, label: Some(format!("fire {}", self.draws.below(9))) },
            _ => match self.draws.one_of(&self.operations) {
                Some(operation) => Action::Undo { operation },
                None => return,
            },
        };
        if let Ok(done) = self.service.engine.operate(Wish { action, by: None, note: None }).await {
            self.operations.push(done.id);
        }
    }

    /// Each fire's newest version in the live events only rises.
    fn versions_rise(&mut self) -> Result<(), String> {
        let mut newest: HashMap<ClusterId, u64> = HashMap::new();
        while let Some(delivery) = self.live.try_next() {
            let Delivery::Event(event) = delivery else { return Err("events were missed".to_owned()) };
            if event.kind != Kind::ForecastCompleted {
                continue;
            }
            let told: Value = serde_json::from_slice(&event.json).unwrap();
            let version = told["data"]["version"].as_u64().or(told["version"].as_u64());
            let (version, fire) = (version.ok_or("no version")?, event.cluster_id.ok_or("no fire")?);
            let before = newest.insert(fire, version);
            if before.is_some_and(|before| before >= version) {
                return Err(format!("fire {fire}: forecast {version} after {before:?}"));
            }
        }
        Ok(())
    }
}

/// What a member does: the same whenever the same member of the same version is asked.
fn act(seed: u64, request: &MemberRequest) -> Act {
    let fire = request.plan.cluster_id.0.as_u64_pair().0;
    let member = u64::from(request.member.index.0);
    let mut draws = Draws(seed ^ fire ^ request.plan.version << 8 ^ member << 32);
    match draws.below(40) {
        0..=2 => Act::Fail,
        3 => Act::Panic,
        4 => Act::KeepSilent,
        5..=14 => Act::FinishAfterMs(draws.below(500)),
        _ => Act::Finish,
    }
}

/// Within some kilometres, so that some are one fire and others are not.
fn detection(draws: &mut Draws) -> Detection {
    let (lon_deg, lat_deg) = place(draws);
    let source = Source::ALL[draws.below(4) as usize];
    let seen_at = start_time() - SignedDuration::from_mins(draws.below(2_000) as i64);
    let draft = DetectionDraft::new(source, lon_deg, lat_deg, 0.9, seen_at);
    Detection::new(draft, start_time()).unwrap()
}

fn asset(draws: &mut Draws) -> Asset {
    let geometry = geo::Point::from(place(draws)).into();
    Asset { id: draws.below(3).to_string(), kind: None, name: None, geometry }
}

fn place(draws: &mut Draws) -> (f64, f64) {
    (-120.0 + draws.below(8) as f64 * 0.006, 38.0 + draws.below(3) as f64 * 0.001)
}

/// Numbers from a seed, the same everywhere: SplitMix64.
struct Draws(u64);

impl Draws {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    fn one_of<T: Copy>(&mut self, among: &[T]) -> Option<T> {
        let at = self.below(among.len().max(1) as u64) as usize;
        among.get(at).copied()
    }
}
