//! Sums and means over intervals, turned into hours.
//!
//! Models tell rain from the start on, or from the last six hours on, or of the last hour; the difference of two that start together is the
//! rain between their ends.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

/// Seconds in an hour.
const HOUR_S: i64 = 3600;

/// Longest interval that is shared out over its hours. Reason: a day's rain told at once says nothing of its hours, but is not to be lost.
const HOURS_MAX: i64 = 24;

/// What fell within intervals, for all nodes of a window.
#[derive(Debug, Default)]
pub(super) struct Buckets {
    /// By the model's start, the interval's end and its start.
    totals: BTreeMap<(Timestamp, Timestamp, Timestamp), Vec<f32>>,
}

/// What fell evenly within an interval.
#[derive(Debug, PartialEq)]
pub(super) struct Shares {
    /// The ends of its hours.
    pub(super) hours: Vec<Timestamp>,
    /// In each of them, one a node.
    pub(super) in_an_hour: Vec<f32>,
}

impl Buckets {
    /// Adds totals of an interval; false where it is no whole number of hours.
    pub(super) fn add(
        &mut self,
        reference: Timestamp,
        from: Timestamp,
        until: Timestamp,
        totals: Vec<f32>,
    ) -> bool {
        let fits = hours(from, until).is_some();
        if fits {
            self.totals.insert((reference, until, from), totals);
        }
        fits
    }

    /// Adds means of an interval, as totals over its hours.
    pub(super) fn add_mean(
        &mut self,
        reference: Timestamp,
        from: Timestamp,
        until: Timestamp,
        mut means: Vec<f32>,
    ) -> bool {
        let length = hours(from, until).unwrap_or(0) as f32;
        means.iter_mut().for_each(|mean| *mean *= length);
        self.add(reference, from, until, means)
    }

    /// The finest intervals that can be told, each shared out over its hours; what holds comes later: the finer, of the later start.
    pub(super) fn shares(&self) -> Vec<Shares> {
        let mut ends: Vec<_> = self.totals.keys().map(|(reference, until, _)| (*reference, *until)).collect();
        ends.dedup();
        let mut finest: Vec<_> =
            ends.into_iter().filter_map(|(reference, until)| self.finest(reference, until)).collect();
        finest.sort_by_key(|piece| (piece.reference, -piece.hours));
        finest.into_iter().map(|piece| self.share(&piece)).collect()
    }

    /// The shortest interval with an end, as told or as a difference.
    fn finest(&self, reference: Timestamp, until: Timestamp) -> Option<Piece> {
        let ending =
            self.totals.range((reference, until, Timestamp::MIN)..=(reference, until, Timestamp::MAX));
        let pieces = ending.flat_map(|((_, _, from), _)| {
            let told =
                hours(*from, until).map(|hours| Piece { reference, until, from: *from, before: None, hours });
            let earlier = (1..HOURS_MAX).filter_map(move |hours| {
                let before = until.checked_sub(SignedDuration::from_hours(hours)).ok()?;
                let known = before > *from && self.totals.contains_key(&(reference, before, *from));
                known.then_some(Piece { reference, until, from: *from, before: Some(before), hours })
            });
            told.into_iter().chain(earlier)
        });
        // What is longer than a day is of use only as a difference. Of two as short the one that was told outright.
        pieces
            .filter(|piece| piece.hours <= HOURS_MAX)
            .min_by_key(|piece| (piece.hours, piece.before.is_some()))
    }

    fn share(&self, piece: &Piece) -> Shares {
        let Piece { reference, until, from, before, hours } = *piece;
        let count = hours as f32;
        let whole = &self.totals[&(reference, until, from)];
        let in_an_hour = match before {
            None => whole.iter().map(|total| total / count).collect(),
            Some(before) => {
                let part = &self.totals[&(reference, before, from)];
                // Packing rounds both, so that a dry hour may come out below zero. `max` would fill gaps.
                let above = |difference: f32| if difference < 0.0 { 0.0 } else { difference };
                whole.iter().zip(part).map(|(whole, part)| above(whole - part) / count).collect()
            }
        };
        let back = |hours| until.checked_sub(SignedDuration::from_hours(hours)).ok();
        Shares { hours: (0..hours).rev().filter_map(back).collect(), in_an_hour }
    }
}

/// An interval that can be told: from `before`, or else from `from`, to its end.
struct Piece {
    reference: Timestamp,
    until: Timestamp,
    from: Timestamp,
    before: Option<Timestamp>,
    hours: i64,
}

/// Whole hours of an interval, if it is some.
fn hours(from: Timestamp, until: Timestamp) -> Option<i64> {
    let seconds = until.duration_since(from).as_secs();
    (seconds > 0 && seconds % HOUR_S == 0).then_some(seconds / HOUR_S)
}

#[cfg(test)]
mod tests;
