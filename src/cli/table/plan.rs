//! From a file's header to what is done with each of its rows.

use std::ops::RangeInclusive;
use std::sync::Arc;

use super::batch::{Batch, Fields, Row};
use super::column::Columns;
use super::fuels::MoistBeds;
use super::header::{self, Slot};
use super::notice;
use super::number::{self, ColumnDigits};
use super::row_ends::Quotes;
use super::stream::Tally;
use super::{ERROR_COLUMN, Given, Tool};

/// What becomes of a row: which fields are read, and what is written in which order.
pub(crate) struct Plan {
    tool: Arc<dyn Tool>,
    /// Names of the columns, as the header has them.
    header: Vec<Vec<u8>>,
    /// For each of the tool's inputs the field that holds it.
    read: Vec<Option<usize>>,
    written: Vec<Slot>,
    /// The outputs that are written.
    wanted: Columns,
    /// For each output where its digits are kept: with those of an equal column.
    digits: Vec<usize>,
}

/// What a worker needs beside the plan, so that no row allocates.
pub(crate) struct Scratch {
    given: Vec<f64>,
    results: Vec<f64>,
    digits: ColumnDigits,
    beds: MoistBeds,
    fields: Fields,
}

impl Plan {
    /// The plan of the tool that fits the header best, for some of its outputs or for all.
    pub(crate) fn new(
        tools: &[Arc<dyn Tool>],
        header: Vec<Vec<u8>>,
        columns: Option<&[String]>,
    ) -> anyhow::Result<Self> {
        let tool = header::fitting(tools, &header)?;
        let outputs = tool.outputs();
        let asked = header::asked(outputs, columns)?;
        let place = |name: &str| header.iter().position(|column| column == name.as_bytes());
        let same = |name: &str| outputs.iter().position(|output| output.name == name);
        Ok(Self {
            read: tool.inputs().iter().map(|input| place(input.name)).collect(),
            written: header::slots(outputs, &asked, &header),
            wanted: asked.iter().fold(Columns::NONE, |wanted, place| wanted.with(*place)),
            digits: (0..outputs.len()).map(|at| same(outputs[at].same_as).unwrap_or(at)).collect(),
            header,
            tool,
        })
    }

    /// Whether rows depend on those before them.
    pub(crate) fn needs_order(&self) -> bool {
        self.tool.needs_order()
    }

    /// What to say about the columns that are not there.
    pub(crate) fn notices(&self) -> Vec<String> {
        notice::notices(self.tool.as_ref(), &self.header)
    }

    /// What a worker needs to follow the plan.
    pub(crate) fn scratch(&self) -> Scratch {
        // A column that is not there has its default in every row.
        let absent = self.tool.inputs().iter().map(|input| input.read(b"").unwrap_or(f64::NAN));
        Scratch {
            given: absent.collect(),
            results: vec![f64::NAN; self.tool.outputs().len()],
            digits: ColumnDigits::new(self.tool.outputs().len()),
            beds: MoistBeds::default(),
            fields: Fields::default(),
        }
    }

    /// The header of what is written.
    pub(crate) fn write_header(&self, text: &mut Vec<u8>) {
        for (at, slot) in self.written.iter().enumerate() {
            separate(text, at);
            match slot {
                Slot::Carried(first, last) => {
                    push_fields(text, *first..=*last, at, |field| &self.header[field]);
                }
                Slot::Output(output) => text.extend_from_slice(self.tool.outputs()[*output].name.as_bytes()),
                Slot::Error => text.extend_from_slice(ERROR_COLUMN.as_bytes()),
            }
        }
        text.push(b'\n');
    }

    /// Writes a batch's rows with their results behind each other.
    pub(crate) fn write_batch(&self, batch: &mut Batch, scratch: &mut Scratch) {
        let Batch { bytes, line, is_plain, text, tally } = batch;
        let mut fields = std::mem::take(&mut scratch.fields);
        scratch.digits.forget();
        fields.each_row(bytes, *line, *is_plain, |row, line| {
            let wrong = self.write_row(row, line, scratch, text);
            tally.add(Tally {
                rows: 1,
                rows_with_errors: u64::from(wrong.is_some()),
                first_error: wrong.map(|wrong| (line, wrong)),
            });
        });
        scratch.fields = fields;
    }

    /// One row with its results, or with what is wrong with it, which is also the answer.
    fn write_row(&self, row: Row, line: u64, scratch: &mut Scratch, text: &mut Vec<u8>) -> Option<String> {
        scratch.results.fill(f64::NAN);
        let wrong = match open_quote(row, line) {
            Some(wrong) => Some(wrong),
            None => self.compute(row, scratch).err(),
        };
        if wrong.is_some() {
            scratch.results.fill(f64::NAN);
        }
        let outputs = self.tool.outputs();
        for (at, slot) in self.written.iter().enumerate() {
            separate(text, at);
            match slot {
                Slot::Carried(first, last) => push_carried(text, row, *first, *last, at),
                Slot::Output(output) => {
                    let value = outputs[*output].unit.of_si(scratch.results[*output]);
                    scratch.digits.push(text, self.digits[*output], value);
                }
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
            let Some(field) = field else { continue };
            match input.read(row.field(*field)) {
                Some(value) => *given = value,
                None => return Err(self.unreadable(row)),
            }
        }
        let given = Given { values: &scratch.given, wanted: self.wanted };
        self.tool.compute(given, &mut scratch.beds, &mut scratch.results)
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

/// A row that a quote makes of several, whether or not it has as many fields as the header.
fn open_quote(row: Row, line: u64) -> Option<String> {
    let found = match row.quotes {
        Quotes::Closed => return None,
        Quotes::Open => "the end of the file",
        Quotes::Torn => "a quote in the middle of a field",
    };
    let last = line + row.newlines() as u64;
    Some(format!(
        "row: needed a closing quote, found {found} (lines {line} to {last} are one row, as if a quote were left open)"
    ))
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

/// Appends a row's fields from one place to another as slot `at`.
fn push_carried(text: &mut Vec<u8>, row: Row, first: usize, last: usize, at: usize) {
    match row.plain_fields(first, last) {
        // Behind nothing else, a field that begins like a comment needs quotes.
        Some(fields) if at > 0 || fields.first() != Some(&b'#') => text.extend_from_slice(fields),
        _ => push_fields(text, first..=last, at, |place| row.field(place)),
    }
}

/// Appends fields, each in quotes where it needs them.
fn push_fields<'a>(
    text: &mut Vec<u8>,
    places: RangeInclusive<usize>,
    at: usize,
    field: impl Fn(usize) -> &'a [u8],
) {
    for (behind, place) in places.enumerate() {
        separate(text, behind);
        number::push_field(text, field(place), at + behind == 0);
    }
}

fn separate(text: &mut Vec<u8>, at: usize) {
    if at > 0 {
        text.push(b',');
    }
}
