//! Tools that compute one row of a table at a time: a file in, the same rows with results out.
//!
//! A [`Tool`] names its columns and computes a row in SI units; everything else is here and shared: columns by
//! name in any order, defaults, units, errors in a column of their own, order, threads, files. The same tool answers one
//! case given by flags ([`case`]).

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, bail};

mod batch;
pub(crate) mod case;
pub(crate) mod column;
pub(crate) mod fuels;
mod header;
mod notice;
pub(crate) mod number;
mod plan;
mod row_ends;
mod source;
mod stream;
mod target;
pub(crate) mod unit;

use case::Flag;
use column::{Columns, Input, Output};
use fuels::MoistBeds;
pub(crate) use target::Target;

/// Name of the column that says what is wrong with a row.
const ERROR_COLUMN: &str = "error";

/// Computes one row.
pub(crate) trait Tool: Send + Sync {
    /// The columns that it reads.
    fn inputs(&self) -> &[Input];

    /// The columns that it writes.
    fn outputs(&self) -> &[Output];

    /// Whether a row depends on rows before it: then one thread computes them all, in their order.
    fn needs_order(&self) -> bool {
        false
    }

    /// Computes the results, in the order of the outputs and in SI units; what stays NaN is left blank. Those that nobody
    /// wants may be anything. The beds are those of rows before, for the tool to use and to leave for rows behind.
    fn compute(&self, given: Given, beds: &mut MoistBeds, results: &mut [f64]) -> Result<(), String>;
}

/// A row's inputs, in the order of the tool's columns, and what is wanted of it.
#[derive(Clone, Copy)]
pub(crate) struct Given<'a> {
    values: &'a [f64],
    wanted: Columns,
}

impl Given<'_> {
    /// A number, in SI units.
    pub(crate) fn number(self, column: usize) -> f64 {
        self.values[column]
    }

    /// The place of a word among those that its column allows, or of a fuel model among all; 0 where it is unknown.
    pub(crate) fn place(self, column: usize) -> usize {
        self.values[column] as usize
    }

    /// The same; `None` where it is unknown.
    pub(crate) fn maybe_place(self, column: usize) -> Option<usize> {
        (!self.values[column].is_nan()).then(|| self.place(column))
    }

    /// Whether any of these outputs will be written.
    pub(crate) fn wants(self, columns: Columns) -> bool {
        self.wanted.has_any(columns)
    }
}

/// The files that a tool reads and writes.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub(crate) struct Files {
    /// CSV table to read; without it, and for -, standard input.
    #[arg(long, value_name = "FILE", help_heading = "Tables")]
    pub(crate) input: Option<PathBuf>,
    /// Where the table with the results goes; without it, and for -, standard output.
    #[arg(long, value_name = "FILE", help_heading = "Tables")]
    pub(crate) output: Option<PathBuf>,
    /// Computed columns to write, as in a,b,c; without it all. Columns of the table are carried through in any case.
    #[arg(long, value_name = "NAMES", value_delimiter = ',', help_heading = "Tables")]
    pub(crate) columns: Option<Vec<String>>,
}

/// Answers the case if flags give one, else computes the table by the tool that fits its header.
pub(crate) fn answer(
    tools: &[Arc<dyn Tool>],
    files: &Files,
    case: Option<(&dyn Tool, Vec<Flag>)>,
) -> anyhow::Result<()> {
    let Some((tool, flags)) = case.filter(|(_, flags)| flags.iter().any(Flag::is_given)) else {
        return run(tools, files);
    };
    if files.input.is_some() || files.output.is_some() || files.columns.is_some() {
        bail!(
            "--input, --output and --columns are for tables: needed a table or the values of one case, found both"
        );
    }
    case::print(tool, &flags, &mut std::io::stdout().lock())
}

/// Runs the tool that fits the table, over all its rows.
fn run(tools: &[Arc<dyn Tool>], files: &Files) -> anyhow::Result<()> {
    let input = files.input.as_deref();
    let name = || input.map_or_else(|| "standard input".to_owned(), |path| path.display().to_string());
    let mut rows = source::Rows::new(source::open(input)?);
    let plan = rows
        .header()
        .and_then(|header| plan::Plan::new(tools, header, files.columns.as_deref()))
        .with_context(name)?;
    let notices = plan.notices();
    let mut target = Target::open(input, files.output.as_deref())?;
    let tally = stream::run(rows, Arc::new(plan), &mut target)?;
    target.finish()?;
    let mut said = format!("{} rows, {} with errors", tally.rows, tally.rows_with_errors);
    if let Some((line, error)) = tally.first_error {
        said += &format!("; the first, line {line}: {error}");
    }
    for line in [said].into_iter().chain(notices) {
        writeln!(std::io::stderr(), "{line}").ok();
    }
    Ok(())
}
