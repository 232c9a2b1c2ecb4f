//! Arrival times of a tile's cells in counts: the same memory for any number of members.
//!
//! A cell has a fixed number of bins of equal width, a power of two of seconds. The width is the smallest at which the cell's
//! earliest and latest time fit, so it depends on the set of times alone: in whatever order they come, the counts are the
//! same. When a time comes that does not fit, neighbouring bins are joined, which is exact for widths that are powers of two.

use super::tile::{CELLS, Column, EDGE};

/// Bins of a cell. Twice as many as the narrowest width needs are never used: a bin is less than 2 / 127 of the span
/// between the cell's earliest and latest time.
pub(super) const BINS: usize = 128;

/// Exponent of the narrowest width, s: 1/16 s is finer than any arrival time is known.
const FINEST: i32 = -4;

/// The most members whose times are counted in 16 bits.
pub(super) const COUNT_MAX: usize = u16::MAX as usize;

/// Counts of each cell's finite times.
#[derive(Clone, Debug)]
pub(super) struct Histogram {
    earliest_s: Column,
    latest_s: Column,
    /// `BINS` a cell.
    counts: Vec<u16>,
    /// Members that burned each cell by each lead time.
    burned: Vec<Column16>,
}

/// One number a cell.
type Column16 = [u16; CELLS];

impl Histogram {
    pub(super) fn new(leads: usize) -> Self {
        Self {
            burned: vec![[0; CELLS]; leads],
            earliest_s: [f32::INFINITY; CELLS],
            latest_s: [f32::NEG_INFINITY; CELLS],
            counts: vec![0; CELLS * BINS],
        }
    }

    /// Memory that it takes.
    pub(super) fn bytes(&self) -> usize {
        let burned = self.burned.capacity() * size_of::<Column16>();
        size_of::<Self>() + self.counts.capacity() * size_of::<u16>() + burned
    }

    /// Members that burned each cell by a lead time, by its place among them.
    pub(super) fn burned(&self, lead: usize) -> [u16; CELLS] {
        self.burned[lead]
    }

    /// Counts the times of some members; what lies outside `bounds_s` counts as at the nearer bound.
    pub(super) fn count(&mut self, columns: &[Box<Column>], bounds_s: [f32; 2], lead_times_s: &[u32]) {
        for (burned, lead) in self.burned.iter_mut().zip(lead_times_s) {
            for column in columns {
                for (count, time_s) in burned.iter_mut().zip(&column[..]) {
                    *count += u16::from(*time_s <= *lead as f32);
                }
            }
        }
        let mut times = Vec::with_capacity(columns.len());
        let mut strips: Vec<[f32; EDGE]> = Vec::with_capacity(columns.len());
        for (cell, counts) in self.counts.chunks_exact_mut(BINS).enumerate() {
            // A cache line of each member at a time: columns are so far apart that more would not stay in the cache.
            if cell % EDGE == 0 {
                strips.clear();
                strips.extend(columns.iter().filter_map(|column| column[cell..].first_chunk::<EDGE>()));
            }
            let before = (self.earliest_s[cell], self.latest_s[cell]);
            let mut after = before;
            times.clear();
            for time in strips.iter().map(|strip| strip[cell % EDGE]).filter(|time| *time < f32::INFINITY) {
                let time = time.max(bounds_s[0]).min(bounds_s[1]);
                after = (after.0.min(time), after.1.max(time));
                times.push(time);
            }
            let Some(scale) = Scale::of(after) else { continue };
            if let Some(former) = Scale::of(before).filter(|former| *former != scale) {
                rescale(counts, &former, &scale);
            }
            for time in &times {
                counts[scale.bin(*time)] += 1;
            }
            (self.earliest_s[cell], self.latest_s[cell]) = after;
        }
    }

    /// For each of some rising ranks, counted from 1, the time of a cell; infinity where fewer members came.
    ///
    /// Within a bin the times are taken as evenly spread, which rises with the rank.
    pub(super) fn ranked(&self, cell: usize, ranks: &[usize], mut take: impl FnMut(usize, f32)) {
        let span = (self.earliest_s[cell], self.latest_s[cell]);
        let mut places = ranks.iter().copied().enumerate().peekable();
        if let Some(scale) = Scale::of(span) {
            let mut below = 0_usize;
            for (bin, count) in self.counts[cell * BINS..][..BINS].iter().enumerate() {
                let count = usize::from(*count);
                while let Some((place, rank)) = places.next_if(|(_, rank)| *rank <= below + count) {
                    let share = ((rank - below) as f32 - 0.5) / count as f32;
                    take(place, scale.time_s(bin, share).clamp(span.0, span.1));
                }
                below += count;
            }
        }
        places.for_each(|(place, _)| take(place, f32::INFINITY));
    }
}

/// How a cell's bins lie on the axis of time.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Scale {
    /// Number of the first bin, counted from time 0.
    first: i32,
    /// A bin is 2 to this power of seconds wide, so that dividing by it is exact.
    exponent: i32,
    bins_per_s: f32,
}

impl Scale {
    /// The finest one that holds a span; `None` before the first time.
    fn of((earliest_s, latest_s): (f32, f32)) -> Option<Self> {
        if earliest_s > latest_s {
            return None;
        }
        // With bins of a 256th of the span's power of two it cannot fit: the search begins there.
        let mut exponent = FINEST.max(exponent_of(latest_s - earliest_s) - BINS.ilog2() as i32 - 1);
        loop {
            let bins_per_s = power_of_two(-exponent);
            let first = floor(earliest_s * bins_per_s);
            if floor(latest_s * bins_per_s) - first < BINS as i32 {
                return Some(Self { first, exponent, bins_per_s });
            }
            exponent += 1;
        }
    }

    fn bin(&self, time_s: f32) -> usize {
        (floor(time_s * self.bins_per_s) - self.first) as usize
    }

    fn time_s(&self, bin: usize, share: f32) -> f32 {
        ((self.first + bin as i32) as f32 + share) / self.bins_per_s
    }
}

/// The library's own is a call on processors without an instruction for it, and this runs once a member and cell.
///
/// **Valid for**: what fits in 32 bits; 1.25 times seven days in sixteenths of a second are 12 million.
fn floor(value: f32) -> i32 {
    let toward_zero = value as i32;
    toward_zero - i32::from(toward_zero as f32 > value)
}

/// The greatest power of two that is not above a number; far below all others for zero.
fn exponent_of(value: f32) -> i32 {
    (value.to_bits() >> 23) as i32 - 127
}

/// Exactly, on every machine.
fn power_of_two(exponent: i32) -> f32 {
    f32::from_bits(((exponent + 127) as u32) << 23)
}

/// Moves counts to wider bins, or to bins that begin earlier.
fn rescale(counts: &mut [u16], from: &Scale, to: &Scale) {
    let mut moved = [0_u16; BINS];
    let shift = to.exponent - from.exponent;
    for (bin, count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
        moved[(((from.first + bin as i32) >> shift) - to.first) as usize] += count;
    }
    counts.copy_from_slice(&moved);
}
