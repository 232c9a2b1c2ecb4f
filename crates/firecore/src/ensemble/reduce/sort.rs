//! Sorts many short columns at once: the same comparisons for each, so that a processor does several in one step.

/// Columns sorted together: 128 bytes a row, two of a processor's cache lines.
pub(super) const LANES: usize = 32;

/// One value of each column.
pub(super) type Row = [f32; LANES];

/// Sorts each lane's values over the rows, rising; no value may be NaN.
///
/// Batcher's odd-even merge exchange for any number of rows. Source: Knuth (1998), The Art of Computer Programming, vol. 3,
/// 2nd ed., section 5.2.2, algorithm M.
pub(super) fn sort_lanes(rows: &mut [Row]) {
    let count = rows.len();
    if count < 2 {
        return;
    }
    let top = count.next_power_of_two() / 2;
    let mut span = top;
    while span > 0 {
        let (mut stride, mut residue, mut distance) = (top, 0, span);
        loop {
            for first in (0..count - distance).filter(|first| first & span == residue) {
                let (head, tail) = rows.split_at_mut(first + distance);
                exchange(&mut head[first], &mut tail[0]);
            }
            if stride == span {
                break;
            }
            (distance, residue) = (stride - span, span);
            stride /= 2;
        }
        span /= 2;
    }
}

/// The smaller of each pair to the first row, the larger to the second.
fn exchange(first: &mut Row, second: &mut Row) {
    for (a, b) in first.iter_mut().zip(second) {
        let (low, high) = if *b < *a { (*b, *a) } else { (*a, *b) };
        (*a, *b) = (low, high);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_lane_is_sorted_whatever_their_number_of_values() {
        for count in 0..140_usize {
            let value = |row: usize, lane: usize| match (row * 7919 + lane * 104_729) % 211 {
                0 => f32::INFINITY,
                1 => -5.5,
                other => (other % 97) as f32,
            };
            let mut rows: Vec<Row> =
                (0..count).map(|row| std::array::from_fn(|lane| value(row, lane))).collect();
            sort_lanes(&mut rows);
            for lane in 0..LANES {
                let mut expected: Vec<f32> = (0..count).map(|row| value(row, lane)).collect();
                expected.sort_unstable_by(f32::total_cmp);
                let found: Vec<f32> = rows.iter().map(|row| row[lane]).collect();
                assert_eq!(found, expected, "{count} values in lane {lane}");
            }
        }
    }
}
