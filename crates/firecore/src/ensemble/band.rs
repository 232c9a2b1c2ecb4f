//! How sure a percentile is with so many members: the order-statistic interval.
//!
//! The members are independent draws of one distribution. Between the l-th and the u-th smallest of n draws lies the
//! distribution's q-quantile with the probability that from l to u - 1 of the draws are below it, which is a binomial sum,
//! whatever the distribution; where draws are equal it is at least that.
//!
//! Source: David and Nagaraja (2003), Order Statistics, 3rd ed., section 7.1.

/// Which of the sorted members hold a quantile between them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RankBand {
    /// Number of members.
    pub members: u32,
    /// The member, counted from the smallest as 1, that stands for the quantile.
    pub rank: u32,
    /// The band's lower end; `None`: with so few members it is open below.
    pub low: Option<u32>,
    /// The band's upper end; `None`: with so few members it is open above.
    pub high: Option<u32>,
    /// Probability that the quantile lies between the two.
    pub coverage: f64,
}

impl RankBand {
    /// The narrowest band around the quantile of `share_percent` % with at least a coverage.
    ///
    /// Narrow means few members between its ends, and among those the larger coverage. A band that is closed on both sides is
    /// taken where there is one; else one that is open on one side; else it is open on both, which holds for certain.
    ///
    /// **Valid for**: 1 to 99 %, coverage above 0 and below 1, at least one member.
    pub fn new(members: u32, share_percent: u32, coverage: f64) -> Self {
        assert!(members > 0, "BUG: a quantile of no members");
        assert!((1..100).contains(&share_percent), "BUG: a quantile of {share_percent} %");
        let rank = rank(members, share_percent);
        let below = cumulative(members, f64::from(share_percent) / 100.0);
        let closed = narrowest(&below, 1..=rank, rank..=members, coverage);
        let found = closed.or_else(|| {
            // Rank 0 is before all members, and the one after the last is after all.
            let open_above = narrowest(&below, 1..=rank, members + 1..=members + 1, coverage);
            let open_below = narrowest(&below, 0..=0, rank..=members, coverage);
            open_above.into_iter().chain(open_below).min_by(better)
        });
        match found {
            Some(Span { low, high, coverage }) => Self {
                members,
                rank,
                low: (low > 0).then_some(low),
                high: (high <= members).then_some(high),
                coverage,
            },
            None => Self { members, rank, low: None, high: None, coverage: 1.0 },
        }
    }
}

/// The member that stands for a quantile: `share_percent` % of the members rounded up, the smallest being 1.
pub fn rank(members: u32, share_percent: u32) -> u32 {
    let rank = (u64::from(share_percent) * u64::from(members)).div_ceil(100).max(1);
    u32::try_from(rank).expect("a share of a 32-bit number has 32 bits")
}

#[derive(Clone, Copy)]
struct Span {
    low: u32,
    high: u32,
    coverage: f64,
}

/// Narrower first, then surer.
fn better(a: &Span, b: &Span) -> std::cmp::Ordering {
    (a.high - a.low).cmp(&(b.high - b.low)).then(b.coverage.total_cmp(&a.coverage))
}

/// The best span whose ends lie in two ranges and that covers enough.
fn narrowest(
    below: &[f64],
    lows: std::ops::RangeInclusive<u32>,
    highs: std::ops::RangeInclusive<u32>,
    coverage: f64,
) -> Option<Span> {
    let spans = lows.filter_map(|low| {
        let start = below[low as usize];
        let first = (*highs.start()).max(low + 1);
        let ends = first..=*highs.end();
        // The probability rises with the upper end: the first that is enough is found by halving.
        let (mut from, mut to) = (*ends.start(), *ends.end());
        if from > to || below[to as usize] - start < coverage {
            return None;
        }
        while from < to {
            let middle = from + (to - from) / 2;
            if below[middle as usize] - start >= coverage { to = middle } else { from = middle + 1 }
        }
        Some(Span { low, high: from, coverage: below[from as usize] - start })
    });
    spans.min_by(better)
}

/// For each r from 0 to n + 1 the probability that fewer than r of n draws lie below the q-quantile.
fn cumulative(members: u32, q: f64) -> Vec<f64> {
    let odds = (q / (1.0 - q)).ln();
    // In logarithms, for the first term of 10,000 members is far below the smallest number.
    let mut term = f64::from(members) * (1.0 - q).ln();
    let mut below = Vec::with_capacity(members as usize + 2);
    let mut sum = 0.0;
    below.push(sum);
    for count in 0..=members {
        sum += term.exp();
        below.push(sum.min(1.0));
        term += odds + (f64::from(members - count) / f64::from(count + 1)).ln();
    }
    below
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ends(members: u32, share_percent: u32) -> (Option<u32>, u32, Option<u32>) {
        let band = RankBand::new(members, share_percent, 0.9);
        (band.low, band.rank, band.high)
    }

    #[test]
    fn the_medians_band_is_the_tables() {
        // Binomial sums by hand: 1 - 2 / 2^5, and 1 - 2 (1 + 10) / 2^10.
        let five = RankBand::new(5, 50, 0.9);
        assert_eq!((five.low, five.high), (Some(1), Some(5)));
        assert!((five.coverage - 0.9375).abs() < 1e-12);
        let ten = RankBand::new(10, 50, 0.95);
        assert_eq!((ten.low, ten.high), (Some(2), Some(9)));
        assert!((ten.coverage - (1.0 - 22.0 / 1024.0)).abs() < 1e-12);
    }

    #[test]
    fn with_few_members_a_side_is_open() {
        // 1 - 0.9^21 is 0.8906, and 1 - 0.9^22 is 0.9015.
        assert_eq!(ends(21, 10).0, None);
        assert!(ends(22, 10).0.is_some() && ends(22, 10).2.is_some());
        assert_eq!(ends(21, 90).2, None);
        assert_eq!(ends(5, 90), (Some(4), 5, None));
        assert_eq!(ends(4, 50), (Some(1), 2, None));
        let one = RankBand::new(1, 50, 0.9);
        assert_eq!((one.low, one.rank, one.high, one.coverage), (None, 1, None, 1.0));
    }

    #[test]
    fn a_band_holds_its_rank_covers_enough_and_mirrors() {
        for members in (1..=120).chain([1_000, 10_000]) {
            for share in [10, 50, 90] {
                let band = RankBand::new(members, share, 0.9);
                assert!(band.coverage >= 0.9 && band.coverage <= 1.0, "{band:?}");
                assert!(band.low.is_none_or(|low| low >= 1 && low <= band.rank), "{band:?}");
                assert!(band.high.is_none_or(|high| high >= band.rank && high <= members), "{band:?}");
            }
            let (small, large) = (RankBand::new(members, 10, 0.9), RankBand::new(members, 90, 0.9));
            assert!((small.coverage - large.coverage).abs() < 0.05, "{small:?} {large:?}");
        }
    }

    #[test]
    fn more_members_narrow_the_band() {
        let width = |members| {
            let band = RankBand::new(members, 50, 0.9);
            f64::from(band.high.expect("closed") - band.low.expect("closed")) / f64::from(members)
        };
        // 2 x 1.645 standard deviations of a share, each half over the root of n.
        for members in [100, 1_000, 10_000] {
            let normal = 1.645 / f64::from(members).sqrt();
            assert!((width(members) - normal).abs() < 1.5 / f64::from(members), "{members}");
        }
    }
}
