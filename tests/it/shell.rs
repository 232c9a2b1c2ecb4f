//! Small lives of the whole service on paused time, each drawn from a seed: members fail, panic and fall silent, actors are
//! killed, the store loses answers, operators split and merge, assets move, clocks step, the service ends and is started anew.
//! In some lives fires fall asleep within hours, in some there is a known source of heat. When that is over, what is shown
//! must agree with the journal, every request must have settled, and no version may have fallen.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use firecore::asset::{Asset, AssetIndex, HeatSources};
use firecore::cluster::Lifecycle;
use firecore::detection::{ClusterId, Detection, DetectionDraft, DetectionId, Source};
use guira::clock::Clock;
use guira::engine::Submission;
use guira::engine::assets::{AssetsEdit, Conditions};
use guira::engine::fault::Victim;
use guira::engine::live::{Delivery, Filter, Kind, Subscription};
use guira::engine::operations::{Action, OperationError, Wish};
use guira::settings::LiveSettings;
use guira::simulate::MemberRequest;
use guira::store::{OperationId, RequestId, Store};
use jiff::SignedDuration;
use serde_json::Value;
use uuid::Uuid;

use crate::support::forgetful::{Call, Fault, Forgetful};
use crate::support::{Act, Garbage, Setup, TestService, start_time};

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
    world: World,
    service: TestService,
    detections: Vec<Detection>,
    acknowledged: Vec<DetectionId>,
    requests: Vec<RequestId>,
    operations: Vec<OperationId>,
    live: Subscription,
    /// Each fire's newest version in the events so far.
    newest: HashMap<ClusterId, u64>,
}

/// What outlives the service.
struct World {
    seed: u64,
    store: Arc<Forgetful>,
    /// From now on nothing fails.
    calm: Arc<AtomicBool>,
    clock: Clock,
    members: u32,
    asset: Asset,
    surrogate_first: bool,
    /// Fires are dormant after hours; the clock goes forward only.
    sleepy: bool,
    heat_sources: Vec<Asset>,
}

impl World {
    fn of(seed: u64, draws: &mut Draws) -> Self {
        let sleepy = draws.below(3) == 0;
        let heat_sources: Vec<Asset> = (0..draws.below(4) / 3).map(|_| asset(draws)).collect();
        Self {
            seed,
            store: Forgetful::new(),
            calm: Arc::default(),
            clock: Clock::manual(start_time()),
            members: 1 + draws.below(3) as u32,
            asset: asset(draws),
            surrogate_first: draws.below(2) == 0,
            sleepy,
            heat_sources,
        }
    }

    fn heat_sources(&self) -> HeatSources {
        HeatSources::new(self.heat_sources.clone(), 300.0).unwrap()
    }

    fn lifecycle(&self) -> Lifecycle {
        if self.sleepy { Lifecycle::new(5_400, 4 * 3_600).unwrap() } else { Lifecycle::default() }
    }

    async fn service(&self) -> TestService {
        let (seed, quiet) = (self.seed, Arc::clone(&self.calm));
        let script = move |request: &MemberRequest| match quiet.load(Ordering::Relaxed) {
            true => Act::Finish,
            false => act(seed, request),
        };
        let setup = Setup {
            members: Some(self.members),
            assets: AssetIndex::new(vec![self.asset.clone()]).unwrap(),
            heat_sources: self.heat_sources(),
            clock: self.clock.clone(),
            lifecycle: self.lifecycle(),
            age_check_s: if self.sleepy { 5 } else { 0 },
            surrogate_first: self.surrogate_first,
            // Paused time runs on while threads compute.
            live: LiveSettings { kept_s: 1_000_000_000, ..LiveSettings::default() },
            ..self.store.setup().script(script)
        };
        setup.start().await
    }
}

impl Life {
    async fn of(seed: u64) -> Self {
        let mut draws = Draws(seed);
        let world = World::of(seed, &mut draws);
        let service = world.service().await;
        let live = service.engine.live().subscribe(Filter::default(), None);
        let count = 2 + draws.below(5);
        let detections = (0..count).map(|_| detection(&mut draws)).collect();
        let (acknowledged, requests, operations) = (Vec::new(), Vec::new(), Vec::new());
        let newest = HashMap::new();
        Self { draws, world, service, detections, acknowledged, requests, operations, live, newest }
    }

    async fn live(mut self) -> Result<(), String> {
        for at in 0..self.detections.len() {
            let sent = self.detections[at..at + 1].to_vec();
            self.submit(sent).await;
            for _ in 0..self.draws.below(3) {
                self.something_happens().await?;
            }
        }
        self.world.calm.store(true, Ordering::Relaxed);
        self.world.store.mend();
        // What got no answer is sent again, and what the store kept without one is found.
        for at in 0..self.detections.len() {
            self.submit(self.detections[at..at + 1].to_vec()).await;
        }
        self.ends_well().await?;
        self.versions_rise()
    }

    async fn submit(&mut self, detections: Vec<Detection>) {
        let ids: Vec<DetectionId> = detections.iter().map(Detection::id).collect();
        let answer = self.service.engine.submit(Submission { detections, requested: None }).await;
        if let Ok(receipt) = answer {
            self.acknowledged.extend(ids);
            self.requests.push(receipt.request_id);
        }
    }

    async fn something_happens(&mut self) -> Result<(), String> {
        match self.draws.below(14) {
            0 => drop(self.service.engine.kill(Victim::Clusters)),
            1 => drop(self.service.engine.kill(Victim::Aggregators)),
            2 => drop(self.service.engine.kill(Victim::Members)),
            3 => self.world.store.spoil(Call::Append, Fault::KeepSilent, 1),
            4 => self.world.store.spoil(Call::Operate, Fault::KeepSilent, 1),
            5 => {
                let by = if self.world.sleepy { 2 } else { [1, -1][self.draws.below(2) as usize] };
                self.world.clock.advance(SignedDuration::from_hours(by));
            }
            6 => {
                let edit = AssetsEdit::Replace(vec![asset(&mut self.draws)]);
                self.service.engine.change_assets(edit, &Conditions::default(), 10).await.unwrap();
            }
            7 | 8 => self.operate().await,
            9 => self.restart().await?,
            10 => {
                let call = [
                    Call::Records,
                    Call::Forecast,
                    Call::History,
                    Call::Journal,
                    Call::Forecasts,
                    Call::Operations,
                    Call::SetAside,
                ];
                let fault = [Fault::Err, Fault::KeepSilent];
                let (call, fault) = (self.draws.one_of(&call), self.draws.one_of(&fault));
                self.world.store.spoil(call.unwrap(), fault.unwrap(), 1 + self.draws.below(2) as u32);
            }
            11 => tokio::time::sleep(Duration::from_millis(self.draws.below(300))).await,
            _ => {
                for _ in 0..self.draws.below(40) {
                    tokio::task::yield_now().await;
                }
            }
        }
        Ok(())
    }

    /// The service ends, of its own will or not, and another one is started on what the store has.
    async fn restart(&mut self) -> Result<(), String> {
        if self.draws.below(2) == 0 {
            self.service.engine.kill(Victim::Supervisor);
            self.service.engine.ended().await;
        } else {
            self.service.engine.stop().await;
        }
        self.versions_rise()?;
        // A start that the store fails ends the process: that has its own test.
        self.world.store.mend();
        self.service = self.world.service().await;
        self.live = self.service.engine.live().subscribe(Filter::default(), None);
        // It has read the journal when it answers.
        let nothing = Action::Undo { operation: OperationId(Uuid::nil()) };
        let answer = self.service.engine.operate(Wish { action: nothing, by: None, note: None }).await;
        assert!(matches!(answer, Err(OperationError::UnknownOperation { .. })), "{answer:?}");
        Ok(())
    }

    /// An operator's hand; one that finds nothing to do is refused.
    async fn operate(&mut self) {
        let journal = self.world.store.kept().journal().await.unwrap();
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
        while let Some(delivery) = self.live.try_next() {
            let Delivery::Event(event) = delivery else { return Err("events were missed".to_owned()) };
            if event.kind != Kind::ForecastCompleted {
                continue;
            }
            let told: Value = serde_json::from_slice(&event.json).unwrap();
            let version = told["data"]["version"].as_u64().or(told["version"].as_u64());
            let (version, fire) = (version.ok_or("no version")?, event.cluster_id.ok_or("no fire")?);
            let before = self.newest.insert(fire, version);
            if before.is_some_and(|before| before >= version) {
                return Err(format!("fire {fire}: forecast {version} after {before:?}"));
            }
        }
        Ok(())
    }
}

/// What a member does: the same whenever the same member of the same version is asked.
fn act(seed: u64, request: &MemberRequest) -> Act {
    let fire = request.scenario.cluster_id.0.as_u64_pair().0;
    let member = u64::from(request.member.index.0);
    let mut draws = Draws(seed ^ fire ^ request.scenario.version << 8 ^ member << 32);
    match draws.below(40) {
        0..=2 => Act::Fail,
        3 => Act::Panic,
        4 => Act::KeepSilent,
        39 => Act::Garbage(Garbage::NotANumber),
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
    Asset { id: draws.below(3).to_string(), kind: None, name: None, clearance_s: None, geometry }
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
