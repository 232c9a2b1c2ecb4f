//! Distributions of differences from a reference, quantity by quantity, held against what was measured before.

use std::collections::BTreeMap;

/// How far computed values lie from a reference's, by quantity.
#[derive(Default)]
pub(crate) struct Differences(BTreeMap<&'static str, Vec<f64>>);

/// What a distribution of differences may look like, read from a line of a table.
struct Limits {
    quantity: &'static str,
    cells: usize,
    quantiles: [f64; 4],
    shares_pct: [f64; 3],
}

const QUANTILES: [f64; 4] = [0.10, 0.50, 0.90, 0.99];
const WITHIN: [f64; 3] = [0.01, 0.05, 0.20];

impl Differences {
    /// Signed, as a share of the reference. Where both are zero there is none.
    pub(crate) fn relative(&mut self, quantity: &'static str, computed: f64, reference: f64) {
        let difference = if computed == reference { 0.0 } else { (computed - reference) / reference };
        self.record(quantity, difference);
    }

    /// NaN counts as infinitely far.
    pub(crate) fn record(&mut self, quantity: &'static str, difference: f64) {
        let difference = if difference.is_nan() { f64::INFINITY } else { difference };
        self.0.entry(quantity).or_default().push(difference);
    }

    /// Prints every distribution and fails when one is outside its limits, has none, or limits have no distribution.
    ///
    /// **Shape**: a line a quantity, its fields parted by `|`: name; number of cells, at least; the 10, 50, 90 and 99 %
    /// quantiles of the size of the differences, at most; percentage of cells with a difference of at most 1, 5 and
    /// 20 %, at least.
    pub(crate) fn assert_within(self, table: &'static str) {
        let limits: Vec<Limits> = table.trim().lines().map(Limits::parse).collect();
        let limited = |name: &str| limits.iter().any(|limit| limit.quantity == name);
        let unlimited: Vec<_> = self.0.keys().filter(|name| !limited(name)).collect();
        eprintln!(
            "{:<48} {:>6} {:>8} p10, p50, p90, p99; % within 1, 5, 20 %",
            "quantity", "cells", "median"
        );
        let holds = |limit: &Limits| self.0.get(limit.quantity).is_some_and(|found| limit.hold(found));
        let outside: Vec<_> =
            limits.iter().filter(|limit| !holds(limit)).map(|limit| limit.quantity).collect();
        assert!(unlimited.is_empty(), "these quantities have no limits: {unlimited:?}");
        assert!(outside.is_empty(), "outside their limits: {outside:?}");
    }
}

/// How often a reference's class of fire met each of this crate's: surface, passive, active, the reference by rows.
#[derive(Default)]
pub(crate) struct Classes([[usize; 3]; 3]);

impl Classes {
    /// Classes count from 0.
    pub(crate) fn record(&mut self, reference: usize, computed: usize) {
        self.0[reference][computed] += 1;
    }

    /// Prints the table and fails when fewer cells agree than on its limits' diagonal, or more differ than beside it.
    pub(crate) fn assert_within(&self, named: &str, limits: [[usize; 3]; 3]) {
        eprintln!("classes, {named}: {:?}", self.0);
        for (row, (found, limits)) in self.0.iter().zip(limits).enumerate() {
            for (column, (found, limit)) in found.iter().zip(limits).enumerate() {
                let holds = if row == column { *found >= limit } else { *found <= limit };
                assert!(holds, "{named}: {found} cells of class {row} are {column} here, limit {limit}");
            }
        }
    }
}

impl Limits {
    fn parse(line: &'static str) -> Self {
        let mut fields = line.split('|').map(str::trim);
        let mut next = || fields.next().unwrap_or_else(|| panic!("{line}: four fields"));
        let (quantity, cells) = (next(), next());
        let cells = cells.parse().unwrap_or_else(|_| panic!("{line}: a number of cells"));
        Self { quantity, cells, quantiles: numbers(next()), shares_pct: numbers(next()) }
    }

    fn hold(&self, differences: &[f64]) -> bool {
        let mut sizes: Vec<f64> = differences.iter().map(|difference| difference.abs()).collect();
        let mut signed = differences.to_vec();
        sizes.sort_by(f64::total_cmp);
        signed.sort_by(f64::total_cmp);
        let place = |share: f64| ((sizes.len() - 1) as f64 * share).round() as usize;
        let quantiles = QUANTILES.map(|share| sizes[place(share)]);
        let within = |bound: f64| sizes.partition_point(|size| *size <= bound);
        let shares_pct = WITHIN.map(|bound| 100.0 * within(bound) as f64 / sizes.len() as f64);
        eprintln!(
            "{:<48} {:>6} {:>+8.5} {quantiles:.5?} {shares_pct:.2?}",
            self.quantity,
            sizes.len(),
            signed[place(0.5)],
        );
        sizes.len() >= self.cells
            && quantiles.iter().zip(self.quantiles).all(|(found, limit)| *found <= limit)
            && shares_pct.iter().zip(self.shares_pct).all(|(found, limit)| *found >= limit)
    }
}

fn numbers<const N: usize>(text: &str) -> [f64; N] {
    let numbers =
        text.split_whitespace().map(|word| word.parse().unwrap_or_else(|_| panic!("{word}: a number")));
    let numbers: Vec<f64> = numbers.collect();
    numbers.try_into().unwrap_or_else(|_| panic!("{text}: {N} numbers"))
}
