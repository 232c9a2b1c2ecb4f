//! One case, given by flags, as a table for the terminal.

use std::io::Write;

use anyhow::bail;

use super::column::{Columns, Input, Kind};
use super::fuels::MoistBeds;
use super::number::rounded;
use super::{Given, Tool};

/// A value that a flag gives for a column.
pub(crate) struct Flag {
    /// As it is written on the command line.
    flag: &'static str,
    /// The column that it stands for.
    column: &'static str,
    /// What was given.
    value: Option<String>,
    /// What it means, where the column alone does not say.
    what: Option<&'static str>,
}

impl Flag {
    pub(crate) fn new(flag: &'static str, column: &'static str, value: &Option<String>) -> Self {
        Self { flag, column, value: value.clone(), what: None }
    }

    /// The same with words for what it means.
    pub(crate) fn meaning(self, what: &'static str) -> Self {
        Self { what: Some(what), ..self }
    }

    /// Whether it was given.
    pub(crate) fn is_given(&self) -> bool {
        self.value.is_some()
    }
}

/// A line of the printed table: what, value and unit, value and unit in the other system.
pub(crate) type Line = [String; 5];

/// Computes the case and prints what went in and what came out.
pub(crate) fn print(tool: &dyn Tool, flags: &[Flag], out: &mut impl Write) -> anyhow::Result<()> {
    let mut given = Vec::new();
    let mut lines: Vec<Line> = Vec::new();
    for input in tool.inputs() {
        let named = || flags.iter().filter(|flag| flag.column == input.name);
        let flag = named().find(|flag| flag.is_given());
        let field = flag.and_then(|flag| flag.value.as_deref()).unwrap_or_default();
        let Some(value) = input.read(field.as_bytes()) else {
            let mut flags: Vec<_> = named().map(|flag| flag.flag).collect();
            flags.dedup();
            let flags = flag.map_or_else(|| flags.join(" or "), |flag| flag.flag.to_owned());
            bail!("{}", input.complaint(&flags, field.as_bytes()));
        };
        given.push(value);
        let what = flag.and_then(|flag| flag.what).unwrap_or(input.what);
        if !what.is_empty() && !value.is_nan() {
            lines.push(input_line(what, input, value));
        }
    }
    let mut results = vec![f64::NAN; tool.outputs().len()];
    let given = Given { values: &given, wanted: Columns::ALL };
    let computed = tool.compute(given, &mut MoistBeds::default(), &mut results);
    computed.map_err(|wrong| anyhow::Error::msg(by_flag(flags, wrong)))?;
    lines.push(Line::default());
    for (output, si) in tool.outputs().iter().zip(&results) {
        if !output.what.is_empty() && si.is_finite() {
            lines.push(match output.words.get(*si as usize) {
                Some(word) => words_line(output.what, word),
                None => number_line(output.what, output.unit, *si),
            });
        }
    }
    write_aligned(&lines, out)
}

/// What is wrong, with the flag that was given in place of the column that it begins with.
fn by_flag(flags: &[Flag], wrong: String) -> String {
    let Some((column, rest)) = wrong.split_once(": ") else { return wrong };
    match flags.iter().find(|flag| flag.column == column && flag.is_given()) {
        Some(flag) => format!("{}: {rest}", flag.flag),
        None => wrong,
    }
}

fn input_line(what: &str, input: &Input, value: f64) -> Line {
    let word = |text: &str| words_line(what, text);
    match &input.kind {
        Kind::Number { unit, .. } => number_line(what, *unit, value),
        Kind::Choice(words) if words[..] == ["0", "1"] => word(["no", "yes"][value as usize]),
        Kind::Choice(words) | Kind::Class(words, _) => word(words[value as usize]),
        Kind::Time => number_line(what, super::unit::NONE, value),
        Kind::Fuel(names) => word(&names.models()[value as usize].to_string()),
    }
}

/// A line that says something in words.
pub(crate) fn words_line(what: &str, text: &str) -> Line {
    [what.to_owned(), text.to_owned(), String::new(), String::new(), String::new()]
}

/// A line with a number in both systems of units.
pub(crate) fn number_line(what: &str, unit: super::unit::Unit, si: f64) -> Line {
    let (other, other_unit) = match unit.other_of_si(si) {
        Some((other, name)) => (rounded(other), name),
        None => Default::default(),
    };
    [what.to_owned(), rounded(unit.of_si(si)), unit.name.to_owned(), other, other_unit.to_owned()]
}

/// Writes the lines: words to the left, numbers to the right; a long word may run over the columns behind it.
pub(crate) fn write_aligned(lines: &[Line], out: &mut impl Write) -> anyhow::Result<()> {
    let numbers = || lines.iter().filter(|line| line[1].parse::<f64>().is_ok());
    let width = |column: usize| numbers().map(|line| line[column].chars().count()).max().unwrap_or_default();
    let what = lines.iter().map(|line| line[0].chars().count()).max().unwrap_or_default();
    let [value, unit, other] = [1, 2, 3].map(width);
    for line in lines {
        let text = match line[1].parse::<f64>() {
            Ok(_) => format!(
                "{:<what$}  {:>value$} {:<unit$}  {:>other$} {}",
                line[0], line[1], line[2], line[3], line[4]
            ),
            Err(_) => format!("{:<what$}  {}", line[0], line[1]),
        };
        writeln!(out, "{}", text.trim_end())?;
    }
    Ok(())
}
