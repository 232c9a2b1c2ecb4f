//! Tally: which members of a run have finished, which are lost, and whether that is enough. A plain value.
//!
//! Keyed by member and idempotent, because the end of a member can be heard before its result: a result takes the
//! place of a loss, a loss never that of a result, and each is counted once.

use firecore::ensemble::MemberIndex;
use firecore::spread::ArrivalTimes;

/// One slot a member, in the members' order.
#[derive(Debug)]
pub(super) struct Tally {
    slots: Vec<Slot>,
    quorum: usize,
}

#[derive(Debug)]
enum Slot {
    Planned,
    Running,
    Finished(Box<ArrivalTimes>),
    Lost(String),
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
        let quorum = (f64::from(members) * quorum_share).ceil().max(1.0) as usize;
        Self { slots: (0..members).map(|_| Slot::Planned).collect(), quorum }
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

    /// Takes a member's result.
    pub(super) fn finished(&mut self, index: MemberIndex, arrival: Box<ArrivalTimes>) {
        match &mut self.slots[index.0 as usize] {
            Slot::Finished(_) => {}
            slot => *slot = Slot::Finished(arrival),
        }
    }

    /// Takes note that a member will give no result.
    pub(super) fn lost(&mut self, index: MemberIndex, reason: String) {
        match &mut self.slots[index.0 as usize] {
            Slot::Finished(_) | Slot::Lost(_) => {}
            slot => *slot = Slot::Lost(reason),
        }
    }

    /// Gives up on every member that has not finished.
    pub(super) fn close(&mut self, reason: &str) {
        for slot in &mut self.slots {
            if matches!(slot, Slot::Planned | Slot::Running) {
                *slot = Slot::Lost(reason.to_owned());
            }
        }
    }

    /// How the run stands.
    pub(super) fn standing(&self) -> Standing {
        let lost = self.count(|slot| matches!(slot, Slot::Lost(_)));
        let finished = self.count(|slot| matches!(slot, Slot::Finished(_)));
        if self.slots.len() - lost < self.quorum {
            Standing::OutOfReach
        } else if finished + lost == self.slots.len() {
            Standing::Settled
        } else {
            Standing::Open
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

    /// The finished members' results in the members' order, whatever order they came in.
    pub(super) fn into_results(self) -> Vec<ArrivalTimes> {
        let finished = |slot| if let Slot::Finished(arrival) = slot { Some(*arrival) } else { None };
        self.slots.into_iter().filter_map(finished).collect()
    }

    fn count(&self, wanted: impl Fn(&Slot) -> bool) -> usize {
        self.slots.iter().filter(|slot| wanted(slot)).count()
    }
}

#[cfg(test)]
mod tests {
    use firecore::geo::LocalFrame;
    use firecore::grid::{Grid, GridShape};

    use super::*;

    fn arrival(seconds: f32) -> Box<ArrivalTimes> {
        let shape = GridShape { rows: 1, cols: 1, west_m: 0.0, north_m: 0.0, cell_size_m: 30.0 };
        Box::new(ArrivalTimes {
            frame: LocalFrame::utm(10, false),
            arrival_s: Grid::filled(shape, seconds),
            fireline_intensity_kw_m: vec![0.0],
            burnable: vec![true],
            edge_reached: false,
            spot_fires: 0,
            embers_refused: 0,
            no_spread: None,
        })
    }

    #[test]
    fn results_come_out_in_the_members_order() {
        let mut tally = Tally::new(3, 1.0);
        while tally.start_next().is_some() {}
        for index in [2, 0, 1] {
            tally.finished(MemberIndex(index), arrival(index as f32));
        }
        assert_eq!(tally.standing(), Standing::Settled);
        let order: Vec<f32> = tally.into_results().iter().map(|one| one.arrival_s.cells[0]).collect();
        assert_eq!(order, [0.0, 1.0, 2.0]);
    }

    #[test]
    fn a_result_after_its_members_end_still_counts_and_only_once() {
        let mut tally = Tally::new(2, 1.0);
        while tally.start_next().is_some() {}
        tally.lost(MemberIndex(0), "ended".into());
        tally.finished(MemberIndex(0), arrival(1.0));
        tally.finished(MemberIndex(0), arrival(9.0));
        tally.lost(MemberIndex(0), "ended".into());
        tally.finished(MemberIndex(1), arrival(2.0));
        assert_eq!(tally.standing(), Standing::Settled);
        assert_eq!(tally.into_results().len(), 2);
    }

    #[test]
    fn four_of_five_are_a_quorum_of_80_percent_and_three_are_not() {
        let mut tally = Tally::new(5, 0.8);
        while tally.start_next().is_some() {}
        tally.lost(MemberIndex(4), "panicked".into());
        for index in 0..3 {
            tally.finished(MemberIndex(index), arrival(1.0));
        }
        assert_eq!((tally.standing(), tally.running()), (Standing::Open, 1));
        tally.close("silent");
        assert_eq!(tally.standing(), Standing::OutOfReach);
        assert_eq!(tally.losses().unwrap(), "2 of 5 members lost; the first one: silent");
    }
}
