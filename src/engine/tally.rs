//! Tally: which members of a run have finished, which are lost, and whether that is enough. A plain value.
//!
//! Keyed by member and idempotent, because the end of a member can be heard before its result: a result takes the
//! place of a loss, a loss never that of a result, and each is counted once. The arrival times go to the intake; here
//! stays what a forecast says of its members beside them.

use std::sync::Arc;

use firecore::ensemble::MemberIndex;
use firecore::forecast::Ending;
use firecore::spread::NoSpread;

use crate::simulate::{Origin, Simulated};

/// One slot a member, in the members' order.
#[derive(Debug)]
pub(super) struct Tally {
    slots: Vec<Slot>,
    quorum_share: f64,
    /// The share of its area that every perimeter's band came within, where the run ended for that.
    settled_at: Option<f64>,
    out_of_time: bool,
}

/// What a forecast says of a member beside its arrival times.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct MemberFacts {
    pub(super) edge_reached: bool,
    pub(super) embers_refused: usize,
    pub(super) no_spread: Option<NoSpread>,
    /// Who computed it.
    pub(super) origin: Arc<Origin>,
}

impl From<&Simulated> for MemberFacts {
    fn from(member: &Simulated) -> Self {
        let Simulated { arrival, origin, .. } = member;
        Self {
            edge_reached: arrival.edge_reached,
            embers_refused: arrival.embers_refused,
            no_spread: arrival.no_spread.clone(),
            origin: Arc::clone(origin),
        }
    }
}

#[derive(Debug)]
enum Slot {
    Planned,
    Running,
    Finished(MemberFacts),
    Lost(String),
    /// Not needed: the run had settled without it.
    LeftOut,
}

/// How a run stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// Members are still to come.
    Open,
    /// Every member finished or is lost, and the quorum is met.
    Settled,
    /// So many are lost that the quorum cannot be met any more.
    OutOfReach,
}

impl Tally {
    /// No member has started; the quorum is a share of the members, rounded up, at least one.
    pub(super) fn new(members: u32, quorum_share: f64) -> Self {
        let slots = (0..members).map(|_| Slot::Planned).collect();
        Self { slots, quorum_share, settled_at: None, out_of_time: false }
    }

    /// The next member to start, which is then under way.
    pub(super) fn start_next(&mut self) -> Option<MemberIndex> {
        let index = self.slots.iter().position(|slot| matches!(slot, Slot::Planned))?;
        self.slots[index] = Slot::Running;
        Some(MemberIndex(u32::try_from(index).expect("members are counted in 32 bits")))
    }

    /// Members under way.
    pub(super) fn running(&self) -> usize {
        self.count(|slot| matches!(slot, Slot::Running))
    }

    /// Takes a member's result; false where there is one already, or where it is not needed any more.
    pub(super) fn finished(&mut self, index: MemberIndex, facts: MemberFacts) -> bool {
        match &mut self.slots[index.0 as usize] {
            Slot::Finished(_) | Slot::LeftOut => false,
            slot => {
                *slot = Slot::Finished(facts);
                true
            }
        }
    }

    /// Takes note that a member will give no result.
    pub(super) fn lost(&mut self, index: MemberIndex, reason: String) {
        match &mut self.slots[index.0 as usize] {
            Slot::Finished(_) | Slot::Lost(_) | Slot::LeftOut => {}
            slot => *slot = Slot::Lost(reason),
        }
    }

    /// Gives up on every member that has not finished.
    pub(super) fn close(&mut self, reason: &str) {
        for slot in &mut self.slots {
            if matches!(slot, Slot::Planned | Slot::Running) {
                *slot = Slot::Lost(reason.to_owned());
                self.out_of_time = true;
            }
        }
    }

    /// Ends the run with the members below an index: the others are not needed.
    pub(super) fn settle(&mut self, below: u32, fraction: f64) {
        for slot in self.slots.iter_mut().skip(below as usize) {
            *slot = Slot::LeftOut;
        }
        self.settled_at = Some(fraction);
    }

    /// True where every member below an index has finished or is lost.
    pub(super) fn is_complete_below(&self, below: u32) -> bool {
        let (slots, below) = (&self.slots, below as usize);
        below <= slots.len()
            && slots[..below].iter().all(|slot| matches!(slot, Slot::Finished(_) | Slot::Lost(_)))
    }

    /// Number of members below an index that finished.
    pub(super) fn finished_below(&self, below: u32) -> u32 {
        let finished =
            self.slots.iter().take(below as usize).filter(|slot| matches!(slot, Slot::Finished(_)));
        u32::try_from(finished.count()).expect("members are counted in 32 bits")
    }

    /// True where the members below an index alone would be a quorum of themselves.
    pub(super) fn is_quorum_below(&self, below: u32) -> bool {
        self.finished_below(below) as usize >= quorum(below as usize, self.quorum_share)
    }

    /// How the run stands.
    pub(super) fn standing(&self) -> Standing {
        let lost = self.lost_count();
        let finished = self.count(|slot| matches!(slot, Slot::Finished(_)));
        let needed = self.slots.len() - self.count(|slot| matches!(slot, Slot::LeftOut));
        if needed - lost < quorum(needed, self.quorum_share) {
            Standing::OutOfReach
        } else if finished + lost == needed {
            Standing::Settled
        } else {
            Standing::Open
        }
    }

    /// Members that are lost.
    pub(super) fn lost_count(&self) -> usize {
        self.count(|slot| matches!(slot, Slot::Lost(_)))
    }

    /// Why no more members are to come.
    pub(super) fn ending(&self) -> Ending {
        match self.settled_at {
            Some(fraction) => Ending::Settled { fraction },
            None if self.out_of_time => Ending::Deadline,
            None => Ending::AllMembers,
        }
    }

    /// One sentence: how many of how many, and the first reason for a loss.
    pub(super) fn losses(&self) -> Option<String> {
        let reasons: Vec<&String> = self
            .slots
            .iter()
            .filter_map(|slot| if let Slot::Lost(reason) = slot { Some(reason) } else { None })
            .collect();
        let first = reasons.first()?;
        Some(format!("{} of {} members lost; the first one: {first}", reasons.len(), self.slots.len()))
    }

    /// What the finished members below an index say, in the members' order.
    pub(super) fn facts_below(&self, below: u32) -> Vec<MemberFacts> {
        let finished =
            |slot: &Slot| if let Slot::Finished(facts) = slot { Some(facts.clone()) } else { None };
        self.slots.iter().take(below as usize).filter_map(finished).collect()
    }

    fn count(&self, wanted: impl Fn(&Slot) -> bool) -> usize {
        self.slots.iter().filter(|slot| wanted(slot)).count()
    }
}

fn quorum(members: usize, share: f64) -> usize {
    (members as f64 * share).ceil().max(1.0) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(embers_refused: usize) -> MemberFacts {
        let origin = Arc::new(Origin { simulator: "a test".to_owned(), instead: None });
        MemberFacts { edge_reached: false, embers_refused, no_spread: None, origin }
    }

    #[test]
    fn facts_come_out_in_the_members_order() {
        let mut tally = Tally::new(3, 1.0);
        while tally.start_next().is_some() {}
        for index in [2, 0, 1] {
            assert!(tally.finished(MemberIndex(index), facts(index as usize)));
        }
        assert_eq!((tally.standing(), tally.ending()), (Standing::Settled, Ending::AllMembers));
        let order: Vec<usize> = tally.facts_below(u32::MAX).iter().map(|one| one.embers_refused).collect();
        assert_eq!(order, [0, 1, 2]);
    }

    #[test]
    fn a_result_after_its_members_end_still_counts_and_only_once() {
        let mut tally = Tally::new(2, 1.0);
        while tally.start_next().is_some() {}
        tally.lost(MemberIndex(0), "ended".into());
        assert!(tally.finished(MemberIndex(0), facts(1)));
        assert!(!tally.finished(MemberIndex(0), facts(9)));
        tally.lost(MemberIndex(0), "ended".into());
        tally.finished(MemberIndex(1), facts(2));
        assert_eq!(tally.standing(), Standing::Settled);
        assert_eq!(tally.facts_below(u32::MAX).len(), 2);
    }

    #[test]
    fn four_of_five_are_a_quorum_of_80_percent_and_three_are_not() {
        let mut tally = Tally::new(5, 0.8);
        while tally.start_next().is_some() {}
        tally.lost(MemberIndex(4), "panicked".into());
        for index in 0..3 {
            tally.finished(MemberIndex(index), facts(0));
        }
        assert_eq!((tally.standing(), tally.running()), (Standing::Open, 1));
        tally.close("silent");
        assert_eq!((tally.standing(), tally.ending()), (Standing::OutOfReach, Ending::Deadline));
        assert_eq!(tally.losses().unwrap(), "2 of 5 members lost; the first one: silent");
    }

    #[test]
    fn a_settled_run_needs_no_more_than_the_members_before() {
        let mut tally = Tally::new(10, 0.8);
        for _ in 0..7 {
            tally.start_next();
        }
        for index in [0, 1, 3, 4, 5] {
            tally.finished(MemberIndex(index), facts(0));
        }
        assert!(!tally.is_complete_below(5) && !tally.is_complete_below(11));
        tally.lost(MemberIndex(2), "failed".into());
        assert!(tally.is_complete_below(5) && tally.is_quorum_below(5) && !tally.is_quorum_below(3));
        assert_eq!((tally.finished_below(5), tally.standing()), (4, Standing::Open));
        tally.settle(5, 0.1);
        assert_eq!(
            (tally.standing(), tally.ending()),
            (Standing::Settled, Ending::Settled { fraction: 0.1 })
        );
        assert_eq!((tally.facts_below(10).len(), tally.lost_count(), tally.running()), (4, 1, 0));
        assert!(!tally.finished(MemberIndex(6), facts(0)) && tally.start_next().is_none());
    }
}
