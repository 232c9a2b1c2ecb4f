//! What a file's header asks for: the tool that fits it, and what is written in which order.

use std::sync::Arc;

use anyhow::bail;

use super::column::{Output, shown};
use super::{ERROR_COLUMN, Tool};

/// Where written fields come from.
pub(crate) enum Slot {
    /// Fields of the row that is read, from one place to another, as they are.
    Carried(usize, usize),
    /// One of the tool's outputs.
    Output(usize),
    /// What is wrong with the row.
    Error,
}

/// The tool whose columns the header has.
pub(crate) fn fitting(tools: &[Arc<dyn Tool>], header: &[Vec<u8>]) -> anyhow::Result<Arc<dyn Tool>> {
    let has = |name: &str| header.iter().any(|column| column == name.as_bytes());
    let missing = |tool: &Arc<dyn Tool>| {
        let needed = tool.inputs().iter().filter(|input| input.column_is_needed);
        needed.filter(|input| !has(input.name)).count()
    };
    let Some(tool) = tools.iter().min_by_key(|tool| missing(tool)).cloned() else {
        bail!("BUG: no tool to choose from");
    };
    if missing(&tool) > 0 {
        bail!("{}", lacking(tools, header));
    }
    if let Some(doubled) = doubled(tool.as_ref(), header) {
        bail!("{doubled}");
    }
    Ok(tool)
}

/// Places of the outputs with these names, in the order of the names; all without names.
pub(crate) fn asked(outputs: &[Output], names: Option<&[String]>) -> anyhow::Result<Vec<usize>> {
    let Some(names) = names else { return Ok((0..outputs.len()).collect()) };
    let mut asked = Vec::new();
    for name in names.iter().map(|name| name.trim()) {
        let Some(place) = outputs.iter().position(|output| output.name == name) else {
            bail!("{}", unknown(outputs, name));
        };
        if !asked.contains(&place) {
            asked.push(place);
        }
    }
    Ok(asked)
}

/// The carried columns in their order, the outputs in place where the file has them already, else behind, and the error
/// last. Outputs that nobody asks for are left out, for they would be another run's.
pub(crate) fn slots(outputs: &[Output], asked: &[usize], header: &[Vec<u8>]) -> Vec<Slot> {
    let place = |name: &[u8]| outputs.iter().position(|output| output.name.as_bytes() == name);
    let mut slots: Vec<Slot> = Vec::new();
    for (field, name) in header.iter().enumerate() {
        match (place(name), slots.last_mut()) {
            (Some(output), _) if asked.contains(&output) => slots.push(Slot::Output(output)),
            (Some(_), _) => {}
            (None, _) if name == ERROR_COLUMN.as_bytes() => slots.push(Slot::Error),
            (None, Some(Slot::Carried(_, last))) if *last + 1 == field => *last = field,
            (None, _) => slots.push(Slot::Carried(field, field)),
        }
    }
    let absent = |name: &str| !header.iter().any(|column| column == name.as_bytes());
    let behind = asked.iter().filter(|output| absent(outputs[**output].name));
    slots.extend(behind.map(|output| Slot::Output(*output)));
    if absent(ERROR_COLUMN) {
        slots.push(Slot::Error);
    }
    slots
}

/// How many letters a name may differ by to be suggested.
const EDITS_MAX: usize = 3;

/// That no column has a name, with the one that looks most like it and all there are.
fn unknown(outputs: &[Output], found: &str) -> String {
    let names = || outputs.iter().map(|output| output.name);
    let edits = |name: &&str| strsim::levenshtein(found, name);
    let longer = names().filter(|name| !found.is_empty() && name.contains(found)).min_by_key(edits);
    let near = longer.or_else(|| names().filter(|name| edits(name) <= EDITS_MAX).min_by_key(edits));
    let near = near.map_or_else(String::new, |name| format!(" (near it: {name})"));
    format!(
        "--columns: needed names of columns that are computed here, found {}{near}; there are {}",
        shown(found.as_bytes()),
        names().collect::<Vec<_>>().join(", ")
    )
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
