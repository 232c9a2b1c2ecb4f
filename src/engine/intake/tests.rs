use firecore::detection::ClusterId;
use firecore::forecast::Urgency;
use firecore::geo::LocalFrame;
use firecore::grid::{Grid, GridShape};
use firecore::ignition::Seed;
use firecore::spread::Physics;
use firecore::strategy::{Facts, Method, Priority, Thresholds, decide};

use super::*;
use crate::engine::tally::MemberFacts;
use crate::simulate::Origin;

const LONG: Duration = Duration::from_secs(1_000);

fn plan(members: u32) -> ForecastPlan {
    ForecastPlan {
        cluster_id: ClusterId(uuid::Uuid::nil()),
        version: 1,
        method: Method::PhysX,
        priority: Priority::new(5),
        reason: String::new(),
        decided_at: jiff::Timestamp::UNIX_EPOCH,
        record: decide(&Facts::default(), &Thresholds::default()).record,
        urgency: Urgency::of_first("a test"),
        physics: Physics::default(),
        seed: Seed {
            seeded_at: jiff::Timestamp::UNIX_EPOCH,
            burning: Vec::new(),
            burned: Vec::new(),
            outlines: Vec::new(),
        },
        detection_count: 1,
        members,
        lead_times_s: vec![3_600],
    }
}

fn arrival() -> Box<ArrivalTimes> {
    let shape = GridShape { rows: 1, cols: 1, west_m: 0.0, north_m: 0.0, cell_size_m: 30.0 };
    Box::new(ArrivalTimes {
        frame: LocalFrame::utm(10, false),
        arrival_s: Grid::filled(shape, 60.0),
        fireline_intensity_kw_m: vec![0.0],
        burnable: vec![true],
        edge_reached: false,
        spot_fires: 0,
        embers_refused: 0,
        no_spread: None,
    })
}

fn facts() -> MemberFacts {
    let origin = Arc::new(Origin { simulator: "a test".to_owned(), instead: None });
    MemberFacts { edge_reached: false, embers_refused: 0, no_spread: None, origin }
}

/// A run whose members finish when the test says so.
struct Run {
    intake: Intake,
    tally: Tally,
}

impl Run {
    fn new(members: u32, settings: EnsembleSettings) -> Self {
        let mut tally = Tally::new(members, 0.8);
        while tally.start_next().is_some() {}
        Self { intake: Intake::new(&plan(members), settings), tally }
    }

    fn finish(&mut self, index: u32) {
        let arrival = arrival();
        if self.tally.finished(MemberIndex(index), facts()) {
            self.intake.finished(MemberIndex(index), arrival);
        }
    }

    /// What goes to the pool; it comes back at once, after `spent` of looking.
    fn load(&mut self, worked: Duration, spent: Duration) -> Option<(Vec<u32>, Look)> {
        let Load { mut reducer, arrivals, look } = self.intake.load(&self.tally, worked, 8)?;
        assert!(
            self.intake.load(&self.tally, worked, 8).is_none() && self.intake.rest().is_none(),
            "it is away"
        );
        for (index, arrival) in &arrivals {
            reducer.add(*index, arrival);
        }
        self.intake.back(reducer, if look == Look::No { Duration::ZERO } else { spent });
        Some((arrivals.iter().map(|(index, _)| index.0).collect(), look))
    }
}

fn settling() -> EnsembleSettings {
    EnsembleSettings { settle_fraction: 0.1, ..EnsembleSettings::default() }
}

#[test]
fn a_look_comes_after_the_first_members_and_at_each_doubling() {
    let mut run = Run::new(100, EnsembleSettings::default());
    let mut looks = Vec::new();
    for index in (0..100).rev() {
        run.finish(index);
        let (taken, look) = run.load(LONG, Duration::ZERO).unwrap();
        assert_eq!(taken, [index]);
        if look != Look::No {
            looks.push(100 - index);
        }
    }
    assert_eq!(looks, [5, 10, 20, 40, 80]);
    assert!(run.load(LONG, Duration::ZERO).is_none());
}

#[test]
fn looks_take_no_more_than_a_twentieth_of_the_work() {
    let mut run = Run::new(100, EnsembleSettings::default());
    let mut looks = Vec::new();
    for index in 0..100 {
        run.finish(index);
        // A member takes a second, and a look as long.
        let worked = Duration::from_secs(u64::from(index) + 1);
        if run.load(worked, Duration::from_secs(1)).unwrap().1 != Look::No {
            looks.push(index + 1);
        }
    }
    // The second is due at 10, but the first is a twentieth of the work only at 20.
    assert_eq!(looks, [5, 20, 40, 80]);
}

#[test]
fn without_provisional_forecasts_nothing_is_looked_at() {
    let mut run = Run::new(50, EnsembleSettings { provisional_after: 0, ..EnsembleSettings::default() });
    for index in 0..50 {
        run.finish(index);
        assert_eq!(run.load(LONG, Duration::ZERO), Some((vec![index], Look::No)));
    }
}

#[test]
fn a_run_that_may_end_early_takes_members_by_index_whatever_order_they_finish_in() {
    for backward in [false, true] {
        let mut run = Run::new(60, settling());
        let mut looks = Vec::new();
        for first in (0..60).step_by(4) {
            let mut batch: Vec<u32> = (first..first + 4).collect();
            if backward {
                batch.reverse();
            }
            for index in batch {
                run.finish(index);
                while let Some((taken, look)) = run.load(LONG, Duration::ZERO) {
                    if let Some(below) = look.below() {
                        let members = run.intake.reducer.as_ref().unwrap().members();
                        assert_eq!(members, below, "exactly the members below are in it");
                        looks.push(look);
                    }
                    assert!(!taken.is_empty() || look != Look::No);
                }
            }
        }
        let show = |below| Look::Show { below };
        let settle = |below| Look::Settle { below };
        assert_eq!(
            looks,
            [show(5), show(8), show(12), show(18), settle(27), settle(41)],
            "backward: {backward}"
        );
    }
}

#[test]
fn a_slow_member_is_not_waited_for_without_end() {
    let mut run = Run::new(60, settling());
    let mut taken = Vec::new();
    for index in 1..40 {
        run.finish(index);
        while let Some((more, look)) = run.load(LONG, Duration::ZERO) {
            assert_eq!(look, Look::No);
            taken.extend(more);
        }
        assert!(run.intake.waiting() <= 8, "{} wait", run.intake.waiting());
    }
    assert!(taken.len() >= 30, "{taken:?}");
    // With the slow one there the next milestone is reached as ever.
    run.finish(0);
    let mut looked = false;
    for index in 40..60 {
        run.finish(index);
        while let Some((_, look)) = run.load(LONG, Duration::ZERO) {
            looked |= matches!(look, Look::Settle { .. });
        }
    }
    assert!(looked || run.intake.milestone > 60);
}

#[test]
fn lost_members_complete_a_milestone_and_what_is_left_can_be_dropped() {
    let mut run = Run::new(60, EnsembleSettings { provisional_after: 0, ..settling() });
    assert_eq!(run.intake.milestone, 22, "1 - 0.9^22 is the first above 0.9");
    run.tally.lost(MemberIndex(3), "failed".to_owned());
    for index in (0..26).filter(|index| *index != 3) {
        run.finish(index);
    }
    // 21 of the first 22 leave p90's band open, so only the next milestone can settle.
    let (taken, look) = run.load(LONG, Duration::ZERO).unwrap();
    assert_eq!((taken.len(), look), (21, Look::No));
    assert_eq!(run.load(LONG, Duration::ZERO), Some((vec![22, 23, 24, 25], Look::No)));
    for index in 26..36 {
        run.finish(index);
    }
    let (_, look) = run.load(LONG, Duration::ZERO).unwrap();
    assert_eq!(look, Look::Settle { below: 33 });
    assert_eq!(run.intake.waiting(), 3);
    run.intake.drop_from(33);
    assert_eq!(run.intake.rest().unwrap().1.len(), 0);
}
