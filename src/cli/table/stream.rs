//! Rows through all cores, in order, a few batches at a time.
//!
//! One thread reads whole rows, one a core parts, computes and writes them as text, the calling one passes the texts on.
//! A fixed number of batches goes round from thread to thread and back to the reader, so memory is bounded and used
//! again. Workers take turns, so order needs no sorting.

use std::io::Write;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use anyhow::bail;

use super::batch::Batch;
use super::plan::Plan;
use super::source::Rows;

/// Workers beyond this find nothing to do: one thread writes what they compute, and keeps about this many busy.
const WORKERS_MAX: usize = 8;

/// Batches that go round for each worker: one in work, one waiting, one being read or written.
const BATCHES_PER_WORKER: usize = 3;

/// How many rows went through.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Tally {
    pub(crate) rows: u64,
    pub(crate) rows_with_errors: u64,
    /// The first of these, with its line.
    pub(crate) first_error: Option<(u64, String)>,
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
    let workers = if plan.needs_order() { 1 } else { cores.min(WORKERS_MAX) };
    let batches = BATCHES_PER_WORKER * workers;
    let (spare, spares) = sync_channel(batches);
    for _ in 0..batches {
        spare.send(Batch::default()).ok();
    }
    let mut inlets: Vec<SyncSender<Batch>> = Vec::new();
    let mut outlets: Vec<Receiver<Batch>> = Vec::new();
    for _ in 0..workers {
        let (inlet, filled) = sync_channel(BATCHES_PER_WORKER);
        let (results, outlet) = sync_channel(BATCHES_PER_WORKER);
        let plan = Arc::clone(&plan);
        thread::spawn(move || work(&plan, &filled, &results));
        inlets.push(inlet);
        outlets.push(outlet);
    }
    let reader = thread::spawn(move || read(&mut rows, &spares, &inlets));

    let mut total = Tally::default();
    let mut written = 0_u64;
    for outlet in outlets.iter().cycle() {
        let Ok(mut batch) = outlet.recv() else { break };
        target.write_all(&batch.text)?;
        total.add(std::mem::take(&mut batch.tally));
        written += 1;
        // A reader that is done needs no more.
        spare.send(batch.emptied()).ok();
    }
    match reader.join() {
        Ok(Ok(read)) if read == written => Ok(total),
        Ok(Err(error)) => Err(error),
        _ => bail!("BUG: a thread stopped before its work was done"),
    }
}

/// Fills batches, hands them to the workers in turn and counts them.
fn read(rows: &mut Rows, spares: &Receiver<Batch>, inlets: &[SyncSender<Batch>]) -> anyhow::Result<u64> {
    let mut count = 0;
    for inlet in inlets.iter().cycle() {
        // A writer that is gone returns no batch, and a worker that is gone has nobody left to write for.
        let Ok(mut batch) = spares.recv() else { break };
        if !rows.fill(&mut batch)? || inlet.send(batch).is_err() {
            break;
        }
        count += 1;
    }
    Ok(count)
}

fn work(plan: &Plan, filled: &Receiver<Batch>, results: &SyncSender<Batch>) {
    let mut scratch = plan.scratch();
    for mut batch in filled {
        plan.write_batch(&mut batch, &mut scratch);
        if results.send(batch).is_err() {
            break;
        }
    }
}

impl Tally {
    /// Counts another's rows, which come behind these.
    pub(crate) fn add(&mut self, other: Self) {
        self.rows += other.rows;
        self.rows_with_errors += other.rows_with_errors;
        self.first_error = self.first_error.take().or(other.first_error);
    }
}
