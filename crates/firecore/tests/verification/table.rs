//! Reads reference tables and collects how far computed values lie from them.

use std::collections::BTreeMap;

/// A reference table: lines that begin with `#` say what it holds, the next one names its columns.
pub(crate) struct Table {
    names: Vec<&'static str>,
    rows: Vec<Vec<&'static str>>,
}

/// One row of a [`Table`].
#[derive(Clone, Copy)]
pub(crate) struct Row<'a> {
    table: &'a Table,
    fields: &'a [&'static str],
}

impl Table {
    /// The table in a text; a comma inside a quoted field does not part it.
    pub(crate) fn parse(text: &'static str) -> Self {
        let mut lines = text.lines().filter(|line| !line.starts_with('#'));
        let names: Vec<_> = fields(lines.next().expect("a table has a head"));
        let rows: Vec<Vec<_>> = lines.map(fields).collect();
        assert!(rows.iter().all(|row| row.len() == names.len()), "a row has as many fields as the head");
        Self { names, rows }
    }

    pub(crate) fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.rows.iter().map(|fields| Row { table: self, fields })
    }
}

impl Row<'_> {
    pub(crate) fn text(&self, column: &str) -> &'static str {
        let place = self.table.names.iter().position(|name| *name == column);
        self.fields[place.unwrap_or_else(|| panic!("the table has no column {column}"))]
    }

    /// `None` where the field is empty.
    pub(crate) fn maybe(&self, column: &str) -> Option<f64> {
        let text = self.text(column);
        (!text.is_empty()).then(|| text.parse().unwrap_or_else(|_| panic!("{column}: {text} is no number")))
    }

    pub(crate) fn number(&self, column: &str) -> f64 {
        self.maybe(column).unwrap_or_else(|| panic!("{column} is empty"))
    }
}

fn fields(line: &'static str) -> Vec<&'static str> {
    let mut quoted = false;
    let parts = line.split(|letter| {
        quoted ^= letter == '"';
        letter == ',' && !quoted
    });
    parts.map(|field| field.trim_matches('"')).collect()
}

/// Errors by column, each with the row it belongs to.
#[derive(Default)]
pub(crate) struct Errors(BTreeMap<String, Vec<(f64, String)>>);

impl Errors {
    /// Relative to the reference, or to `floor` where the reference is smaller.
    pub(crate) fn relative(&mut self, column: &str, row: &str, computed: f64, reference: f64, floor: f64) {
        self.record(column, row, (computed - reference).abs() / reference.abs().max(floor));
    }

    /// NaN counts as infinitely far.
    pub(crate) fn record(&mut self, column: &str, row: &str, error: f64) {
        let error = if error.is_nan() { f64::INFINITY } else { error };
        self.0.entry(column.to_owned()).or_default().push((error, row.to_owned()));
    }

    /// Number of values compared.
    pub(crate) fn count(&self) -> usize {
        self.0.values().map(Vec::len).sum()
    }

    /// Fails, with every column's quantiles, when one of them is above its budget.
    pub(crate) fn assert_within(self, budget: Budget) {
        let mut report =
            format!("{:<30} {:>5} {:>9} {:>9} {:>9}  worst row\n", "column", "n", "p75", "p99", "max");
        let mut over = Vec::new();
        for (column, mut errors) in self.0 {
            errors.sort_by(|a, b| a.0.total_cmp(&b.0));
            let quantile = |share: f64| errors[((errors.len() - 1) as f64 * share).round() as usize].0;
            let (count, [p75, p99, max]) = (errors.len(), [0.75, 0.99, 1.0].map(quantile));
            let row = &errors[count - 1].1;
            report += &format!("{column:<30} {count:>5} {p75:>9.1e} {p99:>9.1e} {max:>9.1e}  {row}\n");
            if p75 > budget.p75 || p99 > budget.p99 || max > budget.max {
                over.push(column);
            }
        }
        assert!(over.is_empty(), "above the budget of {budget:?}: {over:?}\n{report}");
    }
}

/// What quantiles of the errors of a column may reach.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Budget {
    pub(crate) p75: f64,
    pub(crate) p99: f64,
    pub(crate) max: f64,
}
