//! Fires ahead of the front: what burned is told to the medium span by span, and the fires that it names begin.

#[cfg(test)]
mod tests;

use super::solver::Front;
use super::tiles::{BURNABLE, THROWN};
use super::{Burned, Medium, SpotFire, Start, Stopped};

/// What the front keeps about embers; nothing of it is used where the medium throws none.
#[derive(Clone, Debug, Default)]
pub(super) struct Embers {
    pub(super) wanted: bool,
    /// Cells visited in the current span, in order; a cell may be there twice.
    pub(super) visited: Vec<u32>,
    /// Fires that begin after the current weather step.
    waiting: Vec<SpotFire>,
    /// Fires set so far.
    pub(super) fires: usize,
}

impl<M: Medium> Front<'_, M> {
    /// Settles every cell that burns before the end of the current weather step, with the fires that embers set and those of
    /// later ignitions.
    ///
    /// Embers set no fire within the span in which they rose, so a span is complete before its embers land: the order of
    /// visits inside it decides nothing, unless the medium stops throwing at some number.
    pub(super) fn advance(&mut self, start: &Start<'_>) -> Result<(), Stopped> {
        self.embers.wanted = self.medium.throws_embers();
        self.set_waiting(0);
        let mut ignitions: Vec<usize> = (0..start.burning.len())
            .filter(|at| {
                let begins_s = start.burning[*at].begins_s;
                begins_s > 0.0 && begins_s >= self.begin_s && begins_s < self.end_s
            })
            .collect();
        ignitions.sort_by(|a, b| start.burning[*a].begins_s.total_cmp(&start.burning[*b].begins_s));
        let mut ignitions = ignitions.into_iter().peekable();
        let span = if self.embers.wanted { self.buckets_a_span() } else { usize::MAX };
        let last = self.queue.last() + 1;
        let mut bucket = 0;
        while bucket < last {
            while let Some(at) =
                ignitions.next_if(|at| self.queue.bucket(start.burning[*at].begins_s) <= bucket)
            {
                self.ignite(&start.burning[at]);
            }
            let next_ignition =
                ignitions.peek().map_or(last, |at| self.queue.bucket(start.burning[*at].begins_s));
            let span_end = if span == usize::MAX { last } else { (bucket / span + 1) * span };
            let end = span_end.min(last).min(next_ignition.max(bucket + 1));
            self.settle(bucket..end)?;
            if end == last && self.end_s < start.horizon_s {
                self.settle_before_change()?;
            }
            if self.embers.wanted && (end == last || end.is_multiple_of(span)) {
                self.throw(end);
            }
            bucket = end;
        }
        Ok(())
    }

    /// Throws the embers of the cells visited in the span that ends before `bucket`.
    fn throw(&mut self, bucket: usize) {
        let span_end_s = self.queue.begins_s(bucket);
        let mut fires = Vec::new();
        for cell in std::mem::take(&mut self.embers.visited) {
            let id = cell as usize;
            if self.tiles.cells[id].has(THROWN) {
                continue;
            }
            self.tiles.cells[id].flags |= THROWN;
            let (cost, ray) = (self.tiles.cells[id].cost(), self.tiles.cells[id].ray);
            let arrival = &self.tiles.arrivals[id];
            let rate_m_s = match ray == [0.0; 2] {
                true => 0.0,
                false => self.cell_m / cost.normal_slowness(cost.gradient(ray)),
            };
            let (row, col) = self.tiles.place(id);
            let burned = Burned {
                row,
                col,
                arrival_s: self.tiles.cells[id].time_s,
                fireline_intensity_kw_m: arrival.heat_kj_m2 * rate_m_s,
                heat_per_unit_area_kj_m2: arrival.heat_kj_m2,
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
        if fire.row >= self.tiles.rows || fire.col >= self.tiles.cols {
            return;
        }
        let id = self.at(fire.row, fire.col);
        let cell = &self.tiles.cells[id];
        if !cell.has(BURNABLE) || cell.time_s <= fire.begins_s {
            return;
        }
        self.embers.fires += 1;
        // From a point every way is a ray: its eight neighbours are exact, and what follows from them where the ground is even.
        // Timing three cells around it, as around an ignition, would cost more than all the rest of the run.
        self.lower(id, fire.begins_s, [0.0; 2], bucket);
    }
}
