//! A square of cells of the members' common grid: what has been kept of the members that came to it.

use super::histogram::Histogram;
use super::sort::{LANES, Row, sort_lanes};
use crate::spread::ArrivalTimes;

/// Cells along an edge: a row of arrival times is one cache line.
pub(super) const EDGE: usize = 16;

/// Cells of a tile.
pub(super) const CELLS: usize = EDGE * EDGE;

/// Members that wait to be counted together: taken one by one, each would bring a cell's bins into the cache again.
const WAITING_MAX: usize = 32;

/// Intensities are added in steps of 1/1024 kW/m: sums of such numbers are exact, so their order does not matter.
const INTENSITY_STEPS_PER_KW_M: f64 = 1024.0;

/// Adding and taking away this rounds to a whole number of steps: between 2^52 and 2^53 steps neighbouring doubles are one
/// step apart.
const TO_STEPS: f64 = 1.5 * (1_u64 << 52) as f64 / INTENSITY_STEPS_PER_KW_M;

/// One member's arrival times.
pub(super) type Column = [f32; CELLS];

/// What has been kept.
#[derive(Clone, Debug)]
pub(super) struct Tile {
    burnable: [bool; CELLS],
    /// One a member that came to the tile, as long as they are kept one by one.
    #[expect(
        clippy::vec_box,
        reason = "a growing vector would copy a kilobyte a member, and hold twice what is needed"
    )]
    columns: Vec<Box<Column>>,
    /// Counts of the others, once there were too many.
    histogram: Option<Box<Histogram>>,
    intensity: Option<Box<Intensity>>,
}

#[derive(Clone, Debug)]
struct Intensity {
    sum_kw_m: [f64; CELLS],
    arrived: [u32; CELLS],
}

/// The part of a member's window that lies in a tile.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patch<'a> {
    pub(super) member: &'a ArrivalTimes,
    /// Its north-western cell in the member's window.
    pub(super) from: (usize, usize),
    /// The same in the tile.
    pub(super) to: (usize, usize),
    pub(super) size: (usize, usize),
}

impl Patch<'_> {
    /// For each row where it begins in the member's window and in the tile.
    fn starts(&self) -> impl Iterator<Item = (usize, usize)> + use<> {
        let (cols, from, to) = (self.member.arrival_s.shape.cols, self.from, self.to);
        (0..self.size.0).map(move |row| ((from.0 + row) * cols + from.1, (to.0 + row) * EDGE + to.1))
    }

    /// Takes the member's cells into the tile's.
    fn lines<T, U>(&self, own: &mut [T], theirs: &[U], take: impl Fn(&mut T, &U)) {
        let line = |own: &mut [T], theirs: &[U]| {
            own.iter_mut().zip(theirs).for_each(|(own, their)| take(own, their))
        };
        for (from, to) in self.starts() {
            match self.size.1 {
                // A length that is known beforehand: the processor takes several cells in one step.
                EDGE => line(&mut own[to..to + EDGE], &theirs[from..from + EDGE]),
                width => line(&mut own[to..to + width], &theirs[from..from + width]),
            }
        }
    }
}

/// How times are kept.
#[derive(Clone, Debug)]
pub(super) struct Keep {
    /// Above so many members that came to a tile their times are counted, not kept one by one.
    pub(super) one_by_one_max: usize,
    /// What lies outside counts as at the nearer bound.
    pub(super) bounds_s: [f32; 2],
    /// By each of them it is counted how many members burned a cell.
    pub(super) lead_times_s: Vec<u32>,
}

impl Tile {
    pub(super) fn new() -> Self {
        Self { burnable: [false; CELLS], columns: Vec::new(), histogram: None, intensity: None }
    }

    pub(super) fn add(&mut self, patch: &Patch<'_>, keep: &Keep) {
        let member = patch.member;
        patch.lines(&mut self.burnable, &member.burnable, |own, their| *own |= their);
        let times = &member.arrival_s.cells;
        if patch
            .starts()
            .all(|(from, _)| times[from..][..patch.size.1].iter().all(|time| *time == f32::INFINITY))
        {
            return;
        }
        let mut column = Box::new([f32::INFINITY; CELLS]);
        patch.lines(&mut column[..], times, |own, their| {
            debug_assert!(!their.is_nan(), "BUG: an arrival time is no number");
            // Minus zero becomes zero: it would sort either way.
            *own = their + 0.0;
        });
        self.columns.push(column);
        self.add_intensity(patch);
        let kept_max = if self.histogram.is_some() { WAITING_MAX } else { keep.one_by_one_max };
        if self.columns.len() > kept_max {
            let columns = std::mem::take(&mut self.columns);
            let leads = keep.lead_times_s.len();
            let histogram = self.histogram.get_or_insert_with(|| Box::new(Histogram::new(leads)));
            count_all(histogram, &columns, keep);
        }
    }

    fn add_intensity(&mut self, patch: &Patch<'_>) {
        let empty = || Box::new(Intensity { sum_kw_m: [0.0; CELLS], arrived: [0; CELLS] });
        let Intensity { sum_kw_m, arrived } = &mut **self.intensity.get_or_insert_with(empty);
        let theirs = &patch.member.fireline_intensity_kw_m;
        patch.lines(sum_kw_m, theirs, |sum, their| {
            let came_kw_m = if *their > 0.0 { *their } else { 0.0 };
            *sum += (f64::from(came_kw_m) + TO_STEPS) - TO_STEPS;
        });
        patch.lines(arrived, theirs, |count, their| *count += u32::from(*their > 0.0));
    }

    /// Memory that it takes.
    pub(super) fn bytes(&self) -> usize {
        let counted = self.histogram.as_ref().map_or(0, |histogram| histogram.bytes());
        let intensity = self.intensity.as_ref().map_or(0, |_| size_of::<Intensity>());
        let columns = self.columns.capacity() * size_of::<usize>() + self.columns.len() * size_of::<Column>();
        size_of::<Self>() + columns + counted + intensity
    }

    pub(super) fn burnable(&self) -> &[bool; CELLS] {
        &self.burnable
    }

    /// Mean of the members that came to a cell, kW/m; 0 where none did.
    pub(super) fn intensity_kw_m(&self, cell: usize) -> f32 {
        match self.intensity.as_ref().map(|kept| (kept.sum_kw_m[cell], kept.arrived[cell])) {
            Some((sum_kw_m, arrived)) if arrived > 0 => (sum_kw_m / f64::from(arrived)) as f32,
            _ => 0.0,
        }
    }

    /// For each of some rising ranks, counted from 1, the cells' times from the counts, into `fields`.
    ///
    /// What is still kept one by one is counted too, even if it is all there is: neither the order of the members nor
    /// which of them came to the tile's other cells enters a cell's time.
    pub(super) fn counted(&self, ranks: &[usize], keep: &Keep, fields: &mut [Column]) {
        let leads = keep.lead_times_s.len();
        let mut all = self.histogram.clone().unwrap_or_else(|| Box::new(Histogram::new(leads)));
        count_all(&mut all, &self.columns, keep);
        (0..CELLS).for_each(|cell| {
            all.ranked(cell, ranks, |place, time_s| fields[place][cell] = time_s);
        });
    }

    /// The same, exactly, from times that are kept one by one; rows are scratch space.
    pub(super) fn sorted(&self, ranks: &[usize], rows: &mut Vec<Row>, fields: &mut [Column]) {
        debug_assert!(self.histogram.is_none(), "BUG: some times are no longer kept one by one");
        for first in (0..CELLS).step_by(LANES) {
            rows.clear();
            let strips = self.columns.iter().map(|column| column[first..].first_chunk::<LANES>());
            let strips = strips.map(|strip| strip.expect("a tile is a whole number of strips"));
            rows.extend(strips.filter(|strip| strip.iter().any(|time| *time < f32::INFINITY)));
            sort_lanes(rows);
            for (rank, field) in ranks.iter().zip(fields.iter_mut()) {
                // Members that did not come to these cells are behind all that did.
                let row = rows.get(rank - 1).unwrap_or(&[f32::INFINITY; LANES]);
                field[first..first + LANES].copy_from_slice(row);
            }
        }
    }

    /// How many members burned each cell by each lead time, into `counts`.
    pub(super) fn burned(&self, lead_times_s: &[u32], counts: &mut [[u16; CELLS]]) {
        for (at, (lead, counts)) in lead_times_s.iter().zip(counts.iter_mut()).enumerate() {
            *counts = self.histogram.as_ref().map_or([0; CELLS], |histogram| histogram.burned(at));
            for column in &self.columns {
                for (count, time_s) in counts.iter_mut().zip(&column[..]) {
                    *count += u16::from(*time_s <= *lead as f32);
                }
            }
        }
    }
}

fn count_all(histogram: &mut Histogram, columns: &[Box<Column>], keep: &Keep) {
    for some in columns.chunks(WAITING_MAX) {
        histogram.count(some, keep.bounds_s, &keep.lead_times_s);
    }
}
