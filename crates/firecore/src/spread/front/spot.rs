//! Fires ahead of the front: what burned is told to the medium span by span, and the fires that it names begin.

#[cfg(test)]
mod tests;

use super::solver::{BUCKET_S, Front};
use super::{Burned, EMBER_SPAN_S, Medium, SpotFire, Stopped};

/// What the front keeps about embers; nothing of it is used where the medium throws none.
#[derive(Default)]
pub(super) struct Embers {
    pub(super) wanted: bool,
    /// Cells visited in the current span, in order; a cell may be there twice.
    pub(super) visited: Vec<u32>,
    /// By cell: its embers have been thrown.
    thrown: Vec<bool>,
    /// Fires that begin after the current weather step.
    waiting: Vec<SpotFire>,
    /// Fires set so far.
    pub(super) fires: usize,
}

impl<M: Medium> Front<'_, M> {
    /// Settles every cell that burns before the end of the current weather step, and the fires that embers set.
    ///
    /// Embers set no fire within the span in which they rose, so a span is complete before its embers land: the order of
    /// visits inside it decides nothing, unless the medium stops throwing at some number.
    pub(super) fn advance_with_embers(&mut self) -> Result<(), Stopped> {
        self.embers.wanted = true;
        self.embers.thrown.resize(self.rows * self.cols, false);
        self.set_waiting(0);
        let span = (EMBER_SPAN_S / BUCKET_S) as usize;
        for first in (0..self.buckets.len()).step_by(span) {
            let end = (first + span).min(self.buckets.len());
            self.settle(first..end)?;
            self.throw(end);
        }
        Ok(())
    }

    /// Throws the embers of the cells visited in the span that ends before `bucket`.
    fn throw(&mut self, bucket: usize) {
        let span_end_s = self.begin_s + bucket as f32 * BUCKET_S;
        let mut fires = Vec::new();
        for cell in std::mem::take(&mut self.embers.visited) {
            let cell = cell as usize;
            if std::mem::replace(&mut self.embers.thrown[cell], true) {
                continue;
            }
            let burned = Burned {
                row: cell / self.cols,
                col: cell % self.cols,
                arrival_s: self.time_s(cell),
                fireline_intensity_kw_m: self.fireline_intensity_kw_m(cell),
                heat_per_unit_area_kj_m2: self.cost(cell, self.step).heat_per_unit_area_kj_m2,
            };
            self.medium.embers(self.step, &burned, span_end_s, &mut fires);
        }
        self.embers.waiting.append(&mut fires);
        if !self.embers.waiting.is_empty() {
            self.set_waiting(bucket);
        }
    }

    /// Sets the fires that begin within the current weather step; the others wait on.
    fn set_waiting(&mut self, bucket: usize) {
        let (now, later): (Vec<_>, Vec<_>) = std::mem::take(&mut self.embers.waiting)
            .into_iter()
            .partition(|fire: &SpotFire| fire.begins_s < self.end_s);
        self.embers.waiting = later;
        for fire in now {
            self.set_spot_fire(&fire, bucket);
        }
    }

    fn set_spot_fire(&mut self, fire: &SpotFire, bucket: usize) {
        if fire.row >= self.rows || fire.col >= self.cols {
            return;
        }
        let cell = fire.row * self.cols + fire.col;
        if !self.burnable(cell) || self.time_s(cell) <= fire.begins_s {
            return;
        }
        self.embers.fires += 1;
        // Its eight neighbours are exact, and the rest follows from them. Timing three cells around it, as around a first
        // ignition, costs a tenth of the whole run; at a ratio of 3 it makes ground just off the axis 6 % late instead of 8.
        self.lower(cell, fire.begins_s, [0.0; 2], bucket);
    }
}
