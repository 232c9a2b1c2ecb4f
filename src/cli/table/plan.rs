//! From a file's header to what is done with each of its rows.

use std::sync::Arc;

use anyhow::bail;

use super::batch::Row;
use super::column::shown;
use super::number;
use super::{ERROR_COLUMN, Given, Tool};

/// What becomes of a row: which fields are read, and what is written in which order.
pub(crate) struct Plan {
    tool: Arc<dyn Tool>,
    /// Names of the columns, as the header has them.
    header: Vec<Vec<u8>>,
    /// For each of the tool's inputs the field that holds it.
    read: Vec<Option<usize>>,
    written: Vec<Slot>,
}

/// Where a written field comes from.
enum Slot {
    /// Field of the row that is read, as it is.
    Carried(usize),
    /// One of the tool's outputs.
    Output(usize),
    /// What is wrong with the row.
    Error,
}

/// What a worker needs beside the plan, so that no row allocates.
pub(crate) struct Scratch {
    given: Vec<f64>,
    results: Vec<f64>,
    digits: number::Digits,
}

impl Plan {
    /// The plan of the tool that fits the header best.
    pub(crate) fn new(tools: &[Arc<dyn Tool>], header: Vec<Vec<u8>>) -> anyhow::Result<Self> {
        let place = |name: &str| header.iter().position(|column| column == name.as_bytes());
        let missing = |tool: &Arc<dyn Tool>| {
            let needed = tool.inputs().iter().filter(|input| input.column_is_needed);
            needed.filter(|input| place(input.name).is_none()).count()
        };
        let Some(tool) = tools.iter().min_by_key(|tool| missing(tool)).cloned() else {
            bail!("BUG: no tool to choose from");
        };
        if missing(&tool) > 0 {
            bail!("{}", lacking(tools, &header));
        }
        if let Some(doubled) = doubled(tool.as_ref(), &header) {
            bail!("{doubled}");
        }
        let read = tool.inputs().iter().map(|input| place(input.name)).collect();
        let written = slots(tool.as_ref(), &header);
        Ok(Self { tool, header, read, written })
    }

    /// Whether rows depend on those before them.
    pub(crate) fn needs_order(&self) -> bool {
        self.tool.needs_order()
    }

    /// What a worker needs to follow the plan.
    pub(crate) fn scratch(&self) -> Scratch {
        Scratch {
            given: vec![0.0; self.tool.inputs().len()],
            results: vec![f64::NAN; self.tool.outputs().len()],
            digits: number::Digits::default(),
        }
    }

    /// The header of what is written.
    pub(crate) fn write_header(&self, text: &mut Vec<u8>) {
        for (at, slot) in self.written.iter().enumerate() {
            separate(text, at);
            match slot {
                Slot::Carried(field) => number::push_field(text, &self.header[*field], at == 0),
                Slot::Output(output) => text.extend_from_slice(self.tool.outputs()[*output].name.as_bytes()),
                Slot::Error => text.extend_from_slice(ERROR_COLUMN.as_bytes()),
            }
        }
        text.push(b'\n');
    }

    /// One row with its results, or with what is wrong with it, which is also the answer.
    pub(crate) fn write_row(&self, row: Row, scratch: &mut Scratch, text: &mut Vec<u8>) -> Option<String> {
        scratch.results.fill(f64::NAN);
        let wrong = self.compute(row, scratch).err();
        if wrong.is_some() {
            scratch.results.fill(f64::NAN);
        }
        for (at, slot) in self.written.iter().enumerate() {
            separate(text, at);
            match slot {
                Slot::Carried(field) => number::push_field(text, row.field(*field), at == 0),
                Slot::Output(output) => scratch.digits.push(text, scratch.results[*output]),
                Slot::Error => {
                    number::push_field(text, wrong.as_deref().unwrap_or_default().as_bytes(), at == 0);
                }
            }
        }
        text.push(b'\n');
        wrong
    }

    fn compute(&self, row: Row, scratch: &mut Scratch) -> Result<(), String> {
        if row.count() != self.header.len() {
            return Err(odd_row(row, self.header.len()));
        }
        let inputs = self.tool.inputs();
        for ((input, field), given) in inputs.iter().zip(&self.read).zip(&mut scratch.given) {
            match input.read(field.map_or(&[], |field| row.field(field))) {
                Some(value) => *given = value,
                None => return Err(self.unreadable(row)),
            }
        }
        self.tool.compute(Given(&scratch.given), &mut scratch.results)?;
        for (output, result) in self.tool.outputs().iter().zip(&mut scratch.results) {
            *result = output.unit.of_si(*result);
        }
        Ok(())
    }

    /// Every field of the row that is not what its column needs.
    fn unreadable(&self, row: Row) -> String {
        let mut wrong = Vec::new();
        for (input, field) in self.tool.inputs().iter().zip(&self.read) {
            let text = field.map_or(&[][..], |field| row.field(field));
            if input.read(text).is_none() {
                wrong.push(input.complaint(input.name, text));
            }
        }
        wrong.join("; ")
    }
}

/// The carried columns in their order, the outputs in place where the file has them already, else behind, and the error
/// last.
fn slots(tool: &dyn Tool, header: &[Vec<u8>]) -> Vec<Slot> {
    let output = |name: &[u8]| tool.outputs().iter().position(|output| output.name.as_bytes() == name);
    let mut slots: Vec<Slot> = Vec::new();
    for (field, name) in header.iter().enumerate() {
        match output(name) {
            Some(output) => slots.push(Slot::Output(output)),
            None if name == ERROR_COLUMN.as_bytes() => slots.push(Slot::Error),
            None => slots.push(Slot::Carried(field)),
        }
    }
    let absent = |name: &str| !header.iter().any(|column| column == name.as_bytes());
    for (at, output) in tool.outputs().iter().enumerate() {
        if absent(output.name) {
            slots.push(Slot::Output(at));
        }
    }
    if absent(ERROR_COLUMN) {
        slots.push(Slot::Error);
    }
    slots
}

/// Columns of a header that an error names.
const NAMES_SHOWN_MAX: usize = 60;

/// What the header lacks for each tool that it may be meant for.
fn lacking(tools: &[Arc<dyn Tool>], header: &[Vec<u8>]) -> String {
    let has = |name: &str| header.iter().any(|column| column == name.as_bytes());
    let mut text = String::from("the header lacks ");
    for (at, tool) in tools.iter().enumerate() {
        let needed = || tool.inputs().iter().filter(|input| input.column_is_needed);
        let missing: Vec<_> = needed().filter(|input| !has(input.name)).map(|input| input.name).collect();
        let names: Vec<_> = needed().map(|input| input.name).collect();
        let or = if at > 0 { "; or it lacks " } else { "" };
        text += &format!("{or}{} (needed: {})", missing.join(", "), names.join(", "));
    }
    text += &match header {
        [] => String::from("; found nothing: the file has no header"),
        [only] if only.contains(&b';') || only.contains(&b'\t') => {
            format!("; found one column, {}: columns are separated by commas", shown(only))
        }
        _ => {
            let found: Vec<_> = header.iter().take(NAMES_SHOWN_MAX).map(|name| shown(name)).collect();
            let more = if header.len() > NAMES_SHOWN_MAX { ", ..." } else { "" };
            format!("; found: {}{more}", found.join(", "))
        }
    };
    text
}

/// A column that the tool knows and the header names twice.
fn doubled(tool: &dyn Tool, header: &[Vec<u8>]) -> Option<String> {
    let inputs = tool.inputs().iter().map(|input| input.name);
    let outputs = tool.outputs().iter().map(|output| output.name);
    for name in inputs.chain(outputs).chain([ERROR_COLUMN]) {
        let mut fields = (1..).zip(header).filter(|(_, column)| *column == name.as_bytes());
        if let (Some((first, _)), Some((second, _))) = (fields.next(), fields.next()) {
            return Some(format!(
                "the header names the column {name} twice: needed once, found as fields {first} and {second}"
            ));
        }
    }
    None
}

/// A row with more or fewer fields than the header.
fn odd_row(row: Row, needed: usize) -> String {
    let lines = row.newlines();
    let spans = match lines {
        0 => String::new(),
        _ => format!(" over {} lines, as if a quote were left open", lines + 1),
    };
    format!("row: needed {needed} fields as in the header, found {}{spans}", row.count())
}

fn separate(text: &mut Vec<u8>, at: usize) {
    if at > 0 {
        text.push(b',');
    }
}
