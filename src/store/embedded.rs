//! A store in one file: a journal of all that was done, and in memory what came of it.
//!
//! One thread writes. What waits for it is written together, synced, and only then done in memory and answered: readers never see what could still be
//! lost. When it starts it does everything in the journal once more. After a write that failed nobody knows what is in the file: it is
//! opened and read anew before the next one.
//!
//! Of forecasts their versions are in the file and the rest in memory alone: after a restart each fire that is active is forecast anew, and its versions go on.

use std::collections::HashSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, SyncSender, TrySendError};
use std::thread::{self, JoinHandle};

use firecore::detection::{ClusterId, DetectionId};
use redb::{Database, DatabaseError, ReadableDatabase, ReadableTable, TableDefinition};
use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;

use super::memory::MemoryStore;
use super::{
    Appended, Batch, Journal, KeptAssets, KeptForecast, Operation, Record, Request, RequestId, Store,
    StoreError, StoreFuture,
};
use crate::settings::StoreSettings;

/// Entries by their places, which rise by one: JSON, so that a later version reads what an earlier one wrote.
const JOURNAL: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("journal");

/// What holds for the whole file, by name.
const ABOUT: TableDefinition<'_, &str, u64> = TableDefinition::new("about");

/// Name of the version of what is in the file.
const SCHEMA_KEY: &str = "schema";

/// The version that this program reads and writes.
const SCHEMA: u64 = 1;

/// Records after which no more orders join a write. Our choice: a sync of some takes as long as that of one, but who waits for it waits for all.
const RECORDS_MAX: usize = 512;

/// Orders that wait for the writer at most: the doors before it hold back more. Our choice.
const ORDERS_MAX: usize = 4_096;

/// Name of the file in the data directory.
pub const FILE_NAME: &str = "journal.redb";

/// Why a file is not a store that can be used.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process has it.
    #[error("{path} is used by another process: stop it, or choose another data_dir")]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// A later version wrote it.
    #[error("{path} was written by a later version: needed schema {SCHEMA}, found {found}")]
    Later {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: u64,
    },
    /// An entry cannot be read.
    #[error("{path} is damaged: entry {place} is no entry of a journal: {source}")]
    Entry {
        /// The file.
        path: PathBuf,
        /// The entry's place.
        place: u64,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// It cannot be read or written.
    #[error("{path} cannot be used as the store: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system or the file's reader said.
        source: Box<redb::Error>,
    },
    /// A folder or a new file cannot be made.
    #[error("cannot make {path}: {source}")]
    Make {
        /// What was to be made.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

/// Keeps what it is told in a file.
#[derive(Debug)]
pub struct EmbeddedStore {
    memory: Arc<MemoryStore>,
    /// `None` when it ends.
    orders: Option<SyncSender<Order>>,
    writer: Option<JoinHandle<()>>,
}

/// The file is free then.
impl Drop for EmbeddedStore {
    fn drop(&mut self) {
        self.orders = None;
        if let Some(writer) = self.writer.take()
            && writer.join().is_err()
        {
            tracing::error!("the store's writer panicked");
        }
    }
}

/// One thing that was done.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Entry {
    Batches(Vec<Batch>),
    Operation(Operation),
    Aside {
        detection: DetectionId,
        reason: String,
    },
    Assets(KeptAssets),
    /// A fire has a forecast of this version.
    Forecast {
        cluster: ClusterId,
        version: u64,
    },
}

/// What came of one.
#[derive(Debug)]
enum Outcome {
    Appended(Vec<Vec<Appended>>),
    Operated(u64),
    Done,
}

struct Order {
    /// `None` only sees to it that memory is what the file is.
    entry: Option<Entry>,
    reply: oneshot::Sender<Result<Outcome, StoreError>>,
}

impl EmbeddedStore {
    /// Opens the store in a folder; makes it where there is none.
    ///
    /// **Errors** name the file, and say what is wrong with it.
    pub fn open(folder: &Path, bounds: StoreSettings) -> Result<Self, OpenError> {
        let path = folder.join(FILE_NAME);
        if !path.exists() {
            create(folder, &path)?;
        }
        let (orders, waiting) = mpsc::sync_channel(ORDERS_MAX);
        let (database, memory, next) = read(&path, &bounds)?;
        let memory = Arc::new(memory);
        let writer = Writer { path, bounds, memory: Arc::clone(&memory), database: Some(database), next };
        let writer = thread::Builder::new()
            .name("store".to_owned())
            .spawn(move || writer.run(&waiting))
            .map_err(|source| OpenError::Make { path: folder.to_owned(), source })?;
        Ok(Self { memory, orders: Some(orders), writer: Some(writer) })
    }

    async fn done(&self, entry: Entry) -> Result<Outcome, StoreError> {
        self.ordered(Some(entry)).await
    }

    async fn ordered(&self, entry: Option<Entry>) -> Result<Outcome, StoreError> {
        let gone = || StoreError::Failed { reason: "its writer has ended".to_owned() };
        let (reply, answer) = oneshot::channel();
        let orders = self.orders.as_ref().ok_or_else(gone)?;
        orders.try_send(Order { entry, reply }).map_err(|error| match error {
            TrySendError::Full(_) => {
                StoreError::Failed { reason: format!("{ORDERS_MAX} orders wait for its writer already") }
            }
            TrySendError::Disconnected(_) => gone(),
        })?;
        answer.await.map_err(|_| gone())?
    }
}

/// Makes a file in one step: whatever happens meanwhile, it is there whole or not at all.
fn create(folder: &Path, path: &Path) -> Result<(), OpenError> {
    let making = |path: &Path| {
        let path = path.to_owned();
        move |source| OpenError::Make { path, source }
    };
    fs::create_dir_all(folder).map_err(making(folder))?;
    let unfinished = path.with_extension("redb.new");
    match fs::remove_file(&unfinished) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(making(&unfinished)(error)),
        _ => {}
    }
    let failed = |error: redb::Error| file_error(&unfinished, error);
    let database = Database::create(&unfinished).map_err(|error| failed(error.into()))?;
    let write = database.begin_write().map_err(|error| failed(error.into()))?;
    write.open_table(JOURNAL).map_err(|error| failed(error.into()))?;
    let mut about = write.open_table(ABOUT).map_err(|error| failed(error.into()))?;
    about.insert(SCHEMA_KEY, SCHEMA).map_err(|error| failed(error.into()))?;
    drop(about);
    write.commit().map_err(|error| failed(error.into()))?;
    drop(database);
    File::open(&unfinished).and_then(|file| file.sync_all()).map_err(making(&unfinished))?;
    fs::rename(&unfinished, path).map_err(making(path))?;
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(making(folder))
}

/// Opens a file and does all that is in it; gives the place of the next entry, too.
fn read(path: &Path, bounds: &StoreSettings) -> Result<(Database, MemoryStore, u64), OpenError> {
    let failed = |error: redb::Error| file_error(path, error);
    let database = Database::open(path).map_err(|error| match error {
        DatabaseError::DatabaseAlreadyOpen => OpenError::InUse { path: path.to_owned() },
        error => failed(error.into()),
    })?;
    let snapshot = database.begin_read().map_err(|error| failed(error.into()))?;
    let about = snapshot.open_table(ABOUT).map_err(|error| failed(error.into()))?;
    let found = about.get(SCHEMA_KEY).map_err(|error| failed(error.into()))?.map_or(0, |found| found.value());
    if found > SCHEMA {
        return Err(OpenError::Later { path: path.to_owned(), found });
    }
    let memory = MemoryStore::new(bounds.clone());
    let journal = snapshot.open_table(JOURNAL).map_err(|error| failed(error.into()))?;
    let mut next = 0;
    for entry in journal.iter().map_err(|error| failed(error.into()))? {
        let (place, bytes) = entry.map_err(|error| failed(error.into()))?;
        let place = place.value();
        let entry = serde_json::from_slice(bytes.value()).map_err(|source| OpenError::Entry {
            path: path.to_owned(),
            place,
            source,
        })?;
        perform(&memory, entry, bounds);
        next = place + 1;
    }
    drop((journal, about, snapshot));
    Ok((database, memory, next))
}

/// Does in memory what is in the file.
fn perform(memory: &MemoryStore, entry: Entry, bounds: &StoreSettings) -> Outcome {
    let mut held = memory.lock();
    match entry {
        Entry::Batches(batches) => return Outcome::Appended(held.append_all(batches, bounds)),
        Entry::Operation(operation) => return Outcome::Operated(held.operate(operation)),
        Entry::Aside { detection, reason } => held.put_aside(detection, reason),
        Entry::Assets(assets) => held.save_assets(assets),
        Entry::Forecast { cluster, version } => held.met(cluster, version),
    }
    Outcome::Done
}

fn file_error(path: &Path, error: redb::Error) -> OpenError {
    OpenError::File { path: path.to_owned(), source: Box::new(error) }
}

/// The one thread that writes.
struct Writer {
    path: PathBuf,
    bounds: StoreSettings,
    memory: Arc<MemoryStore>,
    /// `None` after a write that failed.
    database: Option<Database>,
    /// The next entry's place.
    next: u64,
}

impl Writer {
    /// Until nobody can give an order any more.
    fn run(mut self, waiting: &Receiver<Order>) {
        while let Ok(first) = waiting.recv() {
            let mut records = weight(&first);
            let mut orders = vec![first];
            while records < RECORDS_MAX
                && let Ok(order) = waiting.try_recv()
            {
                records += weight(&order);
                orders.push(order);
            }
            self.carry_out(orders);
        }
    }

    fn carry_out(&mut self, orders: Vec<Order>) {
        if let Err(reason) = self.be_open() {
            return refuse(orders, &reason);
        }
        let mut on_their_way = HashSet::new();
        let (mut accepted, mut bytes) = (Vec::new(), Vec::new());
        for order in orders {
            let Some(entry) = &order.entry else {
                accepted.push(order);
                continue;
            };
            let room = match entry {
                Entry::Batches(batches) => {
                    self.memory.lock().room_for(batches, &mut on_their_way, &self.bounds)
                }
                _ => Ok(()),
            };
            match room.and_then(|()| serde_json::to_vec(entry).map_err(|error| failed(&error))) {
                Ok(entry) => {
                    bytes.push(entry);
                    accepted.push(order);
                }
                // Whoever does not wait any more needs no answer.
                Err(error) => drop(order.reply.send(Err(error))),
            }
        }
        if let Err(error) = self.write(&bytes) {
            tracing::error!(path = %self.path.display(), %error, "the store cannot be written; it is opened anew");
            self.database = None;
            return refuse(accepted, &error.to_string());
        }
        for Order { entry, reply } in accepted {
            let outcome = entry.map_or(Outcome::Done, |entry| perform(&self.memory, entry, &self.bounds));
            drop(reply.send(Ok(outcome)));
        }
    }

    fn write(&mut self, entries: &[Vec<u8>]) -> Result<(), redb::Error> {
        let Some(database) = self.database.as_ref().filter(|_| !entries.is_empty()) else { return Ok(()) };
        // Its commit returns when all is synced.
        let write = database.begin_write()?;
        let mut journal = write.open_table(JOURNAL)?;
        let mut next = self.next;
        for entry in entries {
            journal.insert(next, entry.as_slice())?;
            next += 1;
        }
        drop(journal);
        write.commit()?;
        self.next = next;
        Ok(())
    }

    /// Reads the file again where a write failed: memory is then what the file is.
    fn be_open(&mut self) -> Result<(), String> {
        if self.database.is_none() {
            let (database, memory, next) =
                read(&self.path, &self.bounds).map_err(|error| error.to_string())?;
            self.memory.replace_by(memory);
            (self.database, self.next) = (Some(database), next);
            tracing::info!(path = %self.path.display(), "the store can be written again");
        }
        Ok(())
    }
}

/// Records of an order.
fn weight(order: &Order) -> usize {
    match &order.entry {
        Some(Entry::Batches(batches)) => batches.iter().map(|batch| batch.rows.len().max(1)).sum(),
        _ => 1,
    }
}

fn failed(error: &dyn std::error::Error) -> StoreError {
    StoreError::Failed { reason: error.to_string() }
}

fn refuse(orders: Vec<Order>, reason: &str) {
    for Order { reply, .. } in orders {
        drop(reply.send(Err(StoreError::Failed { reason: reason.to_owned() })));
    }
}

impl Store for EmbeddedStore {
    fn append_all(&self, batches: Vec<Batch>) -> StoreFuture<'_, Vec<Vec<Appended>>> {
        Box::pin(async move {
            match self.done(Entry::Batches(batches)).await? {
                Outcome::Appended(appended) => Ok(appended),
                other => unreachable!("batches are appended, and this came: {other:?}"),
            }
        })
    }

    fn records(&self, cluster: ClusterId) -> StoreFuture<'_, Vec<Record>> {
        self.memory.records(cluster)
    }

    fn journal(&self) -> StoreFuture<'_, Journal> {
        Box::pin(async move {
            // After a write that failed the file tells.
            self.ordered(None).await?;
            self.memory.journal().await
        })
    }

    fn operations(&self) -> StoreFuture<'_, Vec<(u64, Operation)>> {
        self.memory.operations()
    }

    fn operate(&self, operation: Operation) -> StoreFuture<'_, u64> {
        Box::pin(async move {
            match self.done(Entry::Operation(operation)).await? {
                Outcome::Operated(place) => Ok(place),
                other => unreachable!("an operation has a place, and this came: {other:?}"),
            }
        })
    }

    fn put_aside(&self, detection: DetectionId, reason: String) -> StoreFuture<'_, ()> {
        Box::pin(async move { self.done(Entry::Aside { detection, reason }).await.map(drop) })
    }

    fn set_aside(&self, cluster: ClusterId) -> StoreFuture<'_, Vec<(Record, String)>> {
        self.memory.set_aside(cluster)
    }

    fn request(&self, id: RequestId) -> StoreFuture<'_, Option<Request>> {
        self.memory.request(id)
    }

    fn save_forecast(&self, kept: KeptForecast) -> StoreFuture<'_, ()> {
        Box::pin(async move {
            let plan = &kept.forecast.plan;
            self.done(Entry::Forecast { cluster: plan.cluster_id, version: plan.version }).await?;
            self.memory.save_forecast(kept).await
        })
    }

    fn forecast(&self, cluster: ClusterId) -> StoreFuture<'_, Option<KeptForecast>> {
        self.memory.forecast(cluster)
    }

    fn forecasts(&self) -> StoreFuture<'_, Vec<KeptForecast>> {
        self.memory.forecasts()
    }

    fn history(&self, cluster: ClusterId) -> StoreFuture<'_, Vec<KeptForecast>> {
        self.memory.history(cluster)
    }

    fn newest_version(&self, cluster: ClusterId) -> StoreFuture<'_, u64> {
        self.memory.newest_version(cluster)
    }

    fn save_assets(&self, assets: KeptAssets) -> StoreFuture<'_, ()> {
        Box::pin(async move { self.done(Entry::Assets(assets)).await.map(drop) })
    }

    fn assets(&self) -> StoreFuture<'_, Option<KeptAssets>> {
        self.memory.assets()
    }
}

#[cfg(test)]
mod tests;
