//! One world: its ground, its clocks, its producers, and what goes wrong in it.

use std::collections::{BTreeMap, BTreeSet};
use std::f64::consts::TAU;
use std::sync::Arc;

use firecore::asset::{Asset, AssetIndex};
use firecore::cluster::{ClusterSettings, EnsembleSizes, Lifecycle};
use firecore::detection::{ClusterId, Detection, DetectionDraft, DetectionId, Source};
use firecore::geo::LonLat;
use firecore::strategy::Thresholds;
use jiff::{SignedDuration, Timestamp};

use super::Tally;
use super::events::{Crash, Event, Order, Queue, Wish};
use super::fire::Shown;
use super::fleet::Fleet;
use super::router::Router;
use super::store::Store;
use crate::scene::destination;

pub(super) const SECOND_MS: u64 = 1_000;
pub(super) const HOUR_MS: u64 = 3_600 * SECOND_MS;

/// How long things go wrong, at most, ms.
const FAULTS_MS: u64 = 12 * 24 * HOUR_MS;

/// No world has more to do than this: one that has goes round in circles.
const EVENTS_MAX: u64 = 200_000;

pub(super) struct World {
    pub(super) draws: Draws,
    pub(super) queue: Queue,
    /// Time that never goes back, ms.
    pub(super) now_ms: u64,
    wall_off_s: i64,
    /// Until then things go wrong, ms.
    pub(super) calm_from_ms: u64,
    pub(super) settings: Arc<ClusterSettings>,
    pub(super) assets: AssetIndex,
    sites: Vec<LonLat>,
    pub(super) batches: Vec<Vec<Detection>>,
    pub(super) acknowledged: BTreeSet<DetectionId>,
    pub(super) store: Store,
    /// Counts the processes; what is meant for an earlier one is not heard.
    pub(super) process: u64,
    /// None while the process is down.
    pub(super) router: Option<Router>,
    pub(super) board: BTreeMap<ClusterId, Shown>,
    pub(super) fleet: Fleet,
    pub(super) tally: Tally,
}

impl World {
    /// The world of a seed.
    pub(super) fn of(seed: u64) -> Self {
        let mut draws = Draws(seed);
        let middle = LonLat::new(draws.within(-179.9, 179.9), draws.within(-60.0, 70.0)).expect("inside");
        let gap_m = draws.within(200.0, 900.0);
        let sites = (0..2 + draws.below(5))
            .map(|at| destination(middle, draws.within(0.0, TAU), gap_m * at as f64))
            .collect();
        let calm_from_ms = FAULTS_MS / (1 + draws.below(8));
        let settings = settings(&mut draws);
        let fleet = Fleet::drawn(&mut draws);
        let mut world = Self {
            draws,
            queue: Queue::default(),
            now_ms: 0,
            wall_off_s: 0,
            calm_from_ms,
            settings: Arc::new(settings),
            assets: AssetIndex::default(),
            sites,
            batches: Vec::new(),
            acknowledged: BTreeSet::new(),
            store: Store::default(),
            process: 0,
            router: None,
            board: BTreeMap::new(),
            fleet,
            tally: Tally::default(),
        };
        world.edit_assets();
        world.queue.add(0, Event::Start);
        world.plan_producers();
        world.plan_faults();
        world
    }

    /// Lives it to the end; an error is what must not be.
    pub(super) fn live(mut self) -> Result<Tally, String> {
        self.drain()?;
        self.now_ms = self.now_ms.max(self.calm_from_ms);
        // What the store kept without an answer is found with the next batch; then all fires look at the time.
        for event in [Event::Send { batch: 0 }, Event::Age, Event::Age] {
            self.queue.add(self.now_ms + HOUR_MS, event);
            self.drain()?;
        }
        self.judge()?;
        Ok(self.tally)
    }

    fn drain(&mut self) -> Result<(), String> {
        for _ in 0..EVENTS_MAX {
            let Some((at_ms, event)) = self.queue.next() else { return Ok(()) };
            self.now_ms = self.now_ms.max(at_ms);
            self.happen(event)?;
        }
        Err(format!("it is not over after {EVENTS_MAX} events"))
    }

    fn happen(&mut self, event: Event) -> Result<(), String> {
        match event {
            Event::Send { batch } => self.send(batch),
            Event::ToRouter { process, order } => self.hear(process, order)?,
            Event::StoreAnswers { process } => self.store_answers(process)?,
            Event::ToFire { fire, life, message } => self.tell_fire(fire, life, message)?,
            Event::Restart { process, fire } => self.restart(process, fire),
            Event::Start => self.start(),
            Event::RunEnds { ticket, outcome } => self.run_ends(ticket, outcome)?,
            Event::Tick => self.tick()?,
            Event::Age => self.send_order(Order::Age),
            Event::Crash(crash) => self.crash(crash)?,
            Event::Wish(wish) => self.send_order(Order::Operate(wish)),
            Event::EditAssets => {
                self.edit_assets();
                self.send_order(Order::AssetsChanged);
            }
            Event::ClockStep { by_s } => self.wall_off_s += by_s,
        }
        Ok(())
    }

    /// True once in `times`, while things go wrong.
    pub(super) fn fails(&mut self, times: u64) -> bool {
        self.now_ms < self.calm_from_ms && self.draws.below(times) == 0
    }

    /// What the wall clock says.
    pub(super) fn wall(&self) -> Timestamp {
        let start: Timestamp = "2026-08-01T12:00:00Z".parse().expect("a time");
        let passed = SignedDuration::from_millis(self.now_ms as i64);
        start + passed + SignedDuration::from_secs(self.wall_off_s)
    }

    /// Folds what happened into the trace.
    pub(super) fn note(&mut self, kind: u64, what: u64) {
        for word in [self.now_ms, kind, what] {
            self.tally.trace = (self.tally.trace.rotate_left(5) ^ word).wrapping_mul(0x100_0000_01b3);
        }
    }

    /// 5 to 40 detections of some places over days, in batches that come late, twice and out of order.
    fn plan_producers(&mut self) {
        let count = 5 + self.draws.below(36);
        let mut drawn: Vec<(u64, Detection)> = (0..count).map(|_| self.draw_detection()).collect();
        if self.draws.below(2) == 0 {
            drawn.sort_by_key(|(sent_ms, _)| *sent_ms);
        }
        while !drawn.is_empty() {
            let size = (1 + self.draws.below(4) as usize).min(drawn.len());
            let batch: Vec<(u64, Detection)> = drawn.drain(..size).collect();
            let sent_ms = batch.iter().map(|(sent_ms, _)| *sent_ms).max().unwrap_or(0);
            let mut detections: Vec<Detection> = batch.into_iter().map(|(_, detection)| detection).collect();
            if self.draws.below(6) == 0 {
                detections.push(detections[0].clone());
            }
            let number = self.batches.len();
            self.batches.push(detections);
            self.queue.add(sent_ms, Event::Send { batch: number });
            if self.draws.below(5) == 0 {
                let again_ms = sent_ms + self.draws.below(2 * HOUR_MS);
                self.queue.add(again_ms, Event::Send { batch: number });
            }
        }
    }

    /// A detection and when it is sent, ms.
    fn draw_detection(&mut self) -> (u64, Detection) {
        let draws = &mut self.draws;
        let site = self.sites[draws.below(self.sites.len() as u64) as usize];
        let off_m = draws.within(0.0, 300.0);
        let place = destination(site, draws.within(0.0, TAU), off_m);
        // In bursts, so that runs are under way when the next one comes.
        let burst_ms = self.calm_from_ms * draws.below(4) / 4;
        let burst_lasts_ms =
            [HOUR_MS / 40, HOUR_MS / 10, 20 * HOUR_MS, 20 * HOUR_MS][draws.below(4) as usize];
        let seen_ms = burst_ms + draws.below(burst_lasts_ms);
        let late_ms = if draws.below(4) == 0 { draws.below(30 * HOUR_MS) } else { draws.below(HOUR_MS / 60) };
        let source = Source::ALL[draws.below(4) as usize];
        let start: Timestamp = "2026-08-01T12:00:00Z".parse().expect("a time");
        // Some claim to come from the future.
        let ahead_s = if draws.below(20) == 0 { 3_600 } else { 0 };
        let acquired_at = start + SignedDuration::from_millis(seen_ms as i64 + ahead_s * 1_000);
        let mut draft = DetectionDraft::new(
            source,
            place.lon_deg(),
            place.lat_deg(),
            draws.within(0.1, 1.0),
            acquired_at,
        );
        draft.sensor = (draws.below(10) == 0).then(|| "flare".to_owned());
        let detection = Detection::new(draft, acquired_at).expect("a drawn detection is valid");
        (seen_ms + late_ms, detection)
    }

    fn plan_faults(&mut self) {
        let often = self.draws.below(4);
        for _ in 0..often * 6 {
            let at_ms = self.draws.below(self.calm_from_ms);
            let event = match self.draws.below(10) {
                0..=2 => Event::Crash(Crash::Fire),
                3 => Event::Crash(Crash::Process),
                4 => Event::Crash(Crash::Run),
                5 => Event::EditAssets,
                6 => Event::ClockStep { by_s: if self.draws.below(2) == 0 { 3_600 } else { -3_600 } },
                _ => Event::Wish(self.draw_wish()),
            };
            // Soon after something was sent, so that it hits.
            self.queue.add(at_ms, event);
        }
        for hours in 1..=(self.calm_from_ms / HOUR_MS / 6) {
            self.queue.add(hours * 6 * HOUR_MS, Event::Age);
        }
    }

    fn draw_wish(&mut self) -> Wish {
        let (first, second) = (self.draws.next() as usize, self.draws.next());
        match self.draws.below(8) {
            0..=2 => Wish::Split { fire: first, bits: second },
            3 | 4 => Wish::Merge { fire: first, other: second as usize },
            5 => Wish::Relabel { fire: first, name: second % 9 },
            _ => Wish::Undo { operation: first },
        }
    }

    /// Another list of assets: some added, some moved, some gone.
    fn edit_assets(&mut self) {
        let mut assets = self.assets.assets().to_vec();
        for _ in 0..1 + self.draws.below(2) {
            let site = self.sites[self.draws.below(self.sites.len() as u64) as usize];
            let away_m = self.draws.within(100.0, 6_000.0);
            let place = destination(site, self.draws.within(0.0, TAU), away_m);
            let geometry = geo::Point::new(place.lon_deg(), place.lat_deg()).into();
            let id = self.draws.below(4).to_string();
            assets.retain(|asset| asset.id != id);
            if self.draws.below(3) > 0 {
                assets.push(Asset { id, kind: None, name: None, clearance_s: None, geometry });
            }
        }
        self.assets = AssetIndex::new(assets).expect("points have an index");
    }
}

fn settings(draws: &mut Draws) -> ClusterSettings {
    let (thresholds, ensemble) = (Thresholds::default(), EnsembleSizes::default());
    let lead_times_s = [vec![3_600, 6 * 3_600], vec![3_600, 24 * 3_600]][draws.below(2) as usize].clone();
    let lifecycle = [(1, 3), (2, 5), (5, 20)][draws.below(3) as usize];
    let day_s = 24 * 3_600;
    ClusterSettings::new(thresholds, ensemble, lead_times_s, day_s)
        .expect("in range")
        .with_lifecycle(Lifecycle::new(lifecycle.0 * day_s, lifecycle.1 * day_s).expect("in order"))
        .with_surrogate_first(draws.below(3) > 0)
}

/// Numbers from a seed, the same everywhere: SplitMix64.
#[derive(Debug)]
pub(super) struct Draws(pub(super) u64);

impl Draws {
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(super) fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    pub(super) fn one_of<T: Clone>(&mut self, among: &[T]) -> Option<T> {
        let at = self.below(among.len().max(1) as u64) as usize;
        among.get(at).cloned()
    }

    pub(super) fn within(&mut self, from: f64, to: f64) -> f64 {
        from + (to - from) * (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub(super) fn exponential(&mut self, mean: f64) -> f64 {
        -mean * (1.0 - self.within(0.0, 1.0)).ln()
    }
}
