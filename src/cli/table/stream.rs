//! Rows through all cores, in order, a few batches at a time.
//!
//! One thread reads and parts the rows, one a core computes and writes text, the calling one passes the texts on.
//! Batches go round the workers in turn and come back in turn, so order needs no sorting, and the channels between hold
//! at most two batches a worker.

use std::io::Write;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use anyhow::bail;

use super::batch::Batch;
use super::plan::Plan;
use super::source::Rows;

/// Workers beyond this find nothing to do: one thread parts the rows, and keeps about this many busy.
const WORKERS_MAX: usize = 8;

/// How many rows went through.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Tally {
    pub(crate) rows: u64,
    pub(crate) rows_with_errors: u64,
    /// The first of these, with its line.
    pub(crate) first_error: Option<(u64, String)>,
}

/// A batch's text and tally.
struct Done {
    text: Vec<u8>,
    tally: Tally,
}

/// Computes every row of a file.
///
/// The threads are not joined when writing fails: the reader may be waiting for input that never comes, and the process
/// is about to end.
pub(crate) fn run(mut rows: Rows, plan: Arc<Plan>, target: &mut dyn Write) -> anyhow::Result<Tally> {
    let mut header = Vec::new();
    plan.write_header(&mut header);
    target.write_all(&header)?;

    let cores = thread::available_parallelism().map_or(1, usize::from);
    let mut inlets: Vec<SyncSender<Batch>> = Vec::new();
    let mut outlets: Vec<Receiver<Done>> = Vec::new();
    let workers = if plan.needs_order() { 1 } else { cores.min(WORKERS_MAX) };
    for _ in 0..workers {
        let (inlet, batches) = sync_channel(1);
        let (results, outlet) = sync_channel(1);
        let plan = Arc::clone(&plan);
        thread::spawn(move || work(&plan, &batches, &results));
        inlets.push(inlet);
        outlets.push(outlet);
    }
    let reader = thread::spawn(move || read(&mut rows, &inlets));

    let mut total = Tally::default();
    let mut written = 0_u64;
    for outlet in outlets.iter().cycle() {
        let Ok(done) = outlet.recv() else { break };
        target.write_all(&done.text)?;
        total.add(done.tally);
        written += 1;
    }
    match reader.join() {
        Ok(Ok(read)) if read == written => Ok(total),
        Ok(Err(error)) => Err(error),
        _ => bail!("BUG: a thread stopped before its work was done"),
    }
}

/// Hands the batches to the workers in turn and counts them.
fn read(rows: &mut Rows, inlets: &[SyncSender<Batch>]) -> anyhow::Result<u64> {
    let mut count = 0;
    for inlet in inlets.iter().cycle() {
        let batch = rows.batch()?;
        // A worker that is gone has nobody left to write for.
        if batch.is_empty() || inlet.send(batch).is_err() {
            break;
        }
        count += 1;
    }
    Ok(count)
}

fn work(plan: &Plan, batches: &Receiver<Batch>, results: &SyncSender<Done>) {
    let mut scratch = plan.scratch();
    let mut capacity = 0;
    for batch in batches {
        let mut text = Vec::with_capacity(capacity);
        let mut tally = Tally { rows: batch.len() as u64, ..Tally::default() };
        for (row, line) in batch.rows() {
            if let Some(error) = plan.write_row(row, &mut scratch, &mut text) {
                tally.rows_with_errors += 1;
                tally.first_error.get_or_insert((line, error));
            }
        }
        capacity = text.len() + text.len() / 8;
        if results.send(Done { text, tally }).is_err() {
            break;
        }
    }
}

impl Tally {
    fn add(&mut self, other: Self) {
        self.rows += other.rows;
        self.rows_with_errors += other.rows_with_errors;
        self.first_error = self.first_error.take().or(other.first_error);
    }
}
