//! Intake: from members that finished to the reducer that takes them, and when what it has is looked at. A plain value.
//!
//! The reducer is either here or away on the ComputePool; meanwhile finished members wait here. Where a run may end early
//! the members are taken strictly by their indices up to each milestone: what is looked at, and so when the run ends, does not
//! depend on the order in which they finish. One exception keeps a run going: when too many members wait for a slow one,
//! the milestone is passed without a look.

use std::sync::Arc;
use std::time::Duration;

use firecore::asset::AssetIndex;
use firecore::ensemble::MemberIndex;
use firecore::ensemble::band::RankBand;
use firecore::ensemble::impact::Watch;
use firecore::ensemble::reduce::Reducer;
use firecore::forecast::{ForecastPlan, PERCENTILES};
use firecore::grid::GridShape;
use firecore::spread::ArrivalTimes;

use super::tally::Tally;
use crate::settings::EnsembleSettings;

/// Share of the threads' time that provisional forecasts may take; the first one is made in any case.
const PROVISIONAL_SHARE: f64 = 0.05;

/// Finished members.
pub(super) type Arrivals = Vec<(MemberIndex, Box<ArrivalTimes>)>;

/// What goes to the pool.
pub(super) struct Load {
    pub(super) reducer: Box<Reducer>,
    pub(super) arrivals: Arrivals,
    /// After they were added, whether and why the result is looked at.
    pub(super) look: Look,
}

/// Whether a reducer that took members in is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// Not now.
    No,
    /// For a provisional forecast.
    Show {
        /// It is made of all members below it that have finished.
        below: u32,
    },
    /// For a provisional forecast, and whether the run can end with the members below this index.
    Settle {
        /// All members below it have finished or are lost.
        below: u32,
    },
}

#[derive(Debug)]
pub(super) struct Intake {
    settings: EnsembleSettings,
    reducer: Option<Box<Reducer>>,
    waiting: Arrivals,
    /// Number of members at which the result is looked at next.
    milestone: u32,
    /// Time spent on looks.
    spent: Duration,
    /// The first member's.
    grid: Option<GridShape>,
}

impl Intake {
    pub(super) fn new(plan: &ForecastPlan, settings: EnsembleSettings) -> Self {
        let reducer = Reducer::new(plan.horizon_s(), settings.one_by_one_max);
        let milestone = match settings.provisional_after {
            0 if settings.settle_fraction > 0.0 => first_closed(settings.band_coverage, plan.members),
            0 => u32::MAX,
            after => after,
        };
        Self {
            settings,
            reducer: Some(Box::new(reducer)),
            waiting: Vec::new(),
            milestone,
            spent: Duration::ZERO,
            grid: None,
        }
    }

    /// Follows when the members reach assets; before the first one comes.
    pub(super) fn watch(&mut self, plan: &ForecastPlan, assets: &Arc<AssetIndex>) {
        let Some((start, _)) = plan.seed.extent().next() else { return };
        let (assets, lead_times_s) = (Arc::clone(assets), plan.lead_times_s.clone());
        let reducer = self.reducer.take().expect("BUG: the reducer is away before the first member");
        self.reducer = Some(Box::new(reducer.watching(Watch { assets, start, lead_times_s })));
    }

    /// What is wrong with a member's grid beside those of the members before it, in words: they lie on one.
    pub(super) fn misfit(&mut self, shape: &GridShape) -> Option<String> {
        let of = *self.grid.get_or_insert(*shape);
        let fits = shape.cell_size_m == of.cell_size_m && (shape.is_empty() || shape.shares_lattice(&of));
        (!fits).then(|| format!("its grid is not that of the members before it: {shape:?} beside {of:?}"))
    }

    /// Takes a member that finished.
    pub(super) fn finished(&mut self, index: MemberIndex, arrival: Box<ArrivalTimes>) {
        self.waiting.push((index, arrival));
    }

    /// Members that wait for the reducer.
    pub(super) fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// Takes the reducer back, and the time that a look took.
    pub(super) fn back(&mut self, reducer: Box<Reducer>, spent: Duration) {
        self.reducer = Some(reducer);
        self.spent += spent;
    }

    /// The reducer and what is to be added to it, where both are here.
    ///
    /// `worked` is the time of all threads since the run began; above `waiting_max` members nobody is waited for.
    pub(super) fn load(&mut self, tally: &Tally, worked: Duration, waiting_max: usize) -> Option<Load> {
        let taken = self.reducer.as_ref()?.members();
        loop {
            let milestone = self.milestone;
            let (look, arrivals) = match self.settings.settle_fraction > 0.0 {
                true => self.by_index(tally, worked, waiting_max),
                false => self.as_they_come(taken, worked),
            };
            if !arrivals.is_empty() || look != Look::No {
                return Some(Load { reducer: self.reducer.take()?, arrivals, look });
            }
            // A milestone that was passed without a load: the next one may be reached too.
            if milestone == self.milestone {
                return None;
            }
        }
    }

    /// Everything that is left, for the end of the run; `None` while the reducer is away.
    pub(super) fn rest(&mut self) -> Option<(Box<Reducer>, Arrivals)> {
        let reducer = self.reducer.take()?;
        Some((reducer, std::mem::take(&mut self.waiting)))
    }

    /// Forgets the members that wait with this index or a higher one.
    pub(super) fn drop_from(&mut self, index: u32) {
        self.waiting.retain(|(waiting, _)| waiting.0 < index);
    }

    fn as_they_come(&mut self, taken: u32, worked: Duration) -> (Look, Arrivals) {
        let arrivals = std::mem::take(&mut self.waiting);
        let members = taken + arrivals.len() as u32;
        if members < self.milestone || arrivals.is_empty() || !self.affordable(worked) {
            return (Look::No, arrivals);
        }
        self.milestone = members.saturating_mul(2);
        (Look::Show { below: u32::MAX }, arrivals)
    }

    fn by_index(&mut self, tally: &Tally, worked: Duration, waiting_max: usize) -> (Look, Arrivals) {
        let below = self.milestone;
        let complete = tally.is_complete_below(below);
        let ahead = self.waiting.iter().filter(|(index, _)| index.0 >= below).count();
        if !complete && ahead >= waiting_max {
            let highest = self.waiting.iter().map(|(index, _)| index.0 + 1).max();
            self.milestone = next(highest.unwrap_or(below));
            return (Look::No, std::mem::take(&mut self.waiting));
        }
        let (arrivals, held) =
            std::mem::take(&mut self.waiting).into_iter().partition(|(index, _)| index.0 < below);
        self.waiting = held;
        if !complete {
            return (Look::No, arrivals);
        }
        self.milestone = next(below);
        let look = match bands_closed(tally.finished_below(below), self.settings.band_coverage) {
            true => Look::Settle { below },
            false if self.settings.provisional_after > 0 && self.affordable(worked) => Look::Show { below },
            false => Look::No,
        };
        (look, arrivals)
    }

    fn affordable(&self, worked: Duration) -> bool {
        self.spent.as_secs_f64() <= PROVISIONAL_SHARE * worked.as_secs_f64()
    }
}

impl Look {
    /// The members that it is made of, where there is one.
    pub(super) fn below(self) -> Option<u32> {
        match self {
            Self::No => None,
            Self::Show { below } | Self::Settle { below } => Some(below),
        }
    }
}

/// Half as many again: members that were not needed are few, and so are the looks.
fn next(members: u32) -> u32 {
    members.saturating_add(members.div_ceil(2))
}

/// True where so many members close the bands of all percentiles.
fn bands_closed(members: u32, coverage: f64) -> bool {
    let closed = |share| {
        let band = RankBand::new(members, share, coverage);
        band.low.is_some() && band.high.is_some()
    };
    members > 0 && PERCENTILES.iter().all(|percentile| closed(u32::from(100 - percentile)))
}

/// The least number of members whose bands are closed, at most `most`.
fn first_closed(coverage: f64, most: u32) -> u32 {
    (1..most).find(|members| bands_closed(*members, coverage)).unwrap_or(most)
}

#[cfg(test)]
mod tests;
