//! Grids: the arrival times behind each fire's newest forecast, which take forty times the memory of all else that is known
//! of it. Those that were made or asked for last lie in memory, up to a bound; the others in files, one a fire.
//!
//! The board and the store hold forecasts without grids; whoever needs them asks here, by the forecast that it has. A cluster
//! puts them here just before it publishes the forecast, and sees to it that what no longer fits is written.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use firecore::detection::ClusterId;
use firecore::forecast::Forecast;
use jiff::Timestamp;
use lru::LruCache;

mod file;

/// Where the grids behind forecasts are kept, and how much memory they take.
#[derive(Clone, Debug, Default)]
pub struct GridRoom {
    /// Folder for those that are not in memory, emptied at the start; without one all of them are in memory.
    pub folder: Option<PathBuf>,
    /// Most bytes in memory where there is a folder.
    pub bytes_max: usize,
}

/// Why the grids of a forecast are not to be had.
#[derive(Debug, thiserror::Error)]
pub enum GridsError {
    /// There is a newer forecast, or the fire is gone.
    #[error("the grids of forecast {version} are not kept any more")]
    Gone {
        /// The forecast's version.
        version: u64,
    },
    /// The file is not what was written.
    #[error("{}: {reason}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

/// The grids of all fires.
#[derive(Debug)]
pub(super) struct Grids {
    /// Where those lie that are not in memory; without it all of them are.
    folder: Option<PathBuf>,
    bytes_max: usize,
    held: Mutex<Held>,
    /// One task writes at a time, and the others wait: they made what does not fit.
    writing: tokio::sync::Mutex<()>,
}

/// Which forecast of a fire it is: a version alone may come twice, where a fire was merged and came back.
type Stamp = (u64, Timestamp);

fn stamp(forecast: &Forecast) -> Stamp {
    (forecast.plan.version, forecast.issued_at)
}

#[derive(Debug)]
struct Held {
    recent: LruCache<ClusterId, Arc<Forecast>>,
    /// Bytes of the grids in `recent`.
    bytes: usize,
    /// Those that no longer fit and are not in a file yet.
    leaving: HashMap<ClusterId, Arc<Forecast>>,
    /// Which forecast each fire's file is of.
    written: HashMap<ClusterId, Stamp>,
}

/// Bytes of a forecast's grids.
fn bytes_of(forecast: &Forecast) -> usize {
    let (arrival, counts) = (&forecast.arrival, &forecast.burned.counts);
    let values = arrival.p10_s.len()
        + arrival.p50_s.len()
        + arrival.p90_s.len()
        + arrival.fireline_intensity_kw_m.len();
    4 * values + arrival.burnable.len() + 2 * counts.iter().map(Vec::len).sum::<usize>()
}

impl Grids {
    /// None yet; the folder is emptied.
    pub(super) fn open(room: GridRoom) -> std::io::Result<Self> {
        let (held, writing) = (Mutex::default(), tokio::sync::Mutex::default());
        let bytes_max = if room.folder.is_some() { room.bytes_max } else { usize::MAX };
        let grids = Self { folder: room.folder, bytes_max, held, writing };
        grids.clear()?;
        Ok(grids)
    }

    fn lock(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the grids of a fire's newest forecast in the place of those before.
    pub(super) fn put(&self, whole: Arc<Forecast>) {
        let mut held = self.lock();
        let id = whole.plan.cluster_id;
        held.leaving.remove(&id);
        held.touch(id, whole);
        held.shrink(self.bytes_max);
    }

    /// Writes those that no longer fit; one that cannot be written stays in memory, and is tried again the next time.
    pub(super) async fn settle(self: &Arc<Self>) {
        if self.lock().leaving.is_empty() {
            return;
        }
        let _writing = self.writing.lock().await;
        let own = Arc::clone(self);
        // Given up only with the runtime.
        drop(tokio::task::spawn_blocking(move || own.write_leaving()).await);
    }

    fn write_leaving(&self) {
        let Some(folder) = &self.folder else { return };
        let leaving: Vec<Arc<Forecast>> = self.lock().leaving.values().cloned().collect();
        for whole in leaving {
            let path = file::path(folder, whole.plan.cluster_id);
            let moved = file::write_part(&path, &whole).and_then(|part| self.move_in(&part, &path, &whole));
            if let Err(error) = moved {
                tracing::error!(path = %path.display(), %error, "grids not written; they stay in memory");
            }
        }
    }

    /// Puts a written file in its place, unless a newer forecast came meanwhile.
    fn move_in(&self, part: &Path, path: &Path, whole: &Arc<Forecast>) -> std::io::Result<()> {
        let (id, mut held) = (whole.plan.cluster_id, self.lock());
        if !held.leaving.get(&id).is_some_and(|other| Arc::ptr_eq(other, whole)) {
            return std::fs::remove_file(part);
        }
        std::fs::rename(part, path)?;
        held.leaving.remove(&id);
        held.written.insert(id, stamp(whole));
        Ok(())
    }

    /// A forecast with its grids.
    pub(super) async fn whole(self: &Arc<Self>, light: &Arc<Forecast>) -> Result<Arc<Forecast>, GridsError> {
        if light.has_grids() {
            return Ok(Arc::clone(light));
        }
        let id = light.plan.cluster_id;
        let gone = GridsError::Gone { version: light.plan.version };
        let folder = {
            let mut held = self.lock();
            if let Some(whole) = held.find(id) {
                return if stamp(&whole) == stamp(light) { Ok(whole) } else { Err(gone) };
            }
            match (&self.folder, held.written.get(&id)) {
                (Some(folder), Some(written)) if *written == stamp(light) => folder.clone(),
                _ => return Err(gone),
            }
        };
        let asked = Arc::clone(light);
        let read = tokio::task::spawn_blocking(move || {
            let path = file::path(&folder, id);
            file::read(&path, &asked).map_err(|reason| GridsError::Unreadable { path, reason })
        });
        let whole = Arc::new(read.await.map_err(|_| gone)??);
        {
            let mut held = self.lock();
            // What was asked for is asked for again; its file stays.
            if held.written.get(&id) == Some(&stamp(&whole)) && held.find(id).is_none() {
                held.touch(id, Arc::clone(&whole));
                held.shrink(self.bytes_max);
            }
        }
        // One that has no file yet may have made room for it.
        self.settle().await;
        Ok(whole)
    }

    /// Lets go of a fire that is part of another one.
    pub(super) fn forget(&self, id: ClusterId) {
        let mut held = self.lock();
        held.leaving.remove(&id);
        held.drop_recent(id);
        if held.written.remove(&id).is_some()
            && let Some(folder) = &self.folder
            && let Err(error) = std::fs::remove_file(file::path(folder, id))
        {
            tracing::warn!(cluster = %id, %error, "a file of grids stays behind");
        }
    }

    /// Takes the files away.
    pub(super) fn clear(&self) -> std::io::Result<()> {
        self.lock().written.clear();
        match self.folder.as_ref().map(std::fs::remove_dir_all) {
            Some(Err(error)) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

impl Default for Held {
    fn default() -> Self {
        Self { recent: LruCache::unbounded(), bytes: 0, leaving: HashMap::new(), written: HashMap::new() }
    }
}

impl Held {
    /// Those in memory; asked for by now.
    fn find(&mut self, id: ClusterId) -> Option<Arc<Forecast>> {
        self.recent.get(&id).or_else(|| self.leaving.get(&id)).cloned()
    }

    fn touch(&mut self, id: ClusterId, whole: Arc<Forecast>) {
        self.bytes += bytes_of(&whole);
        if let Some(before) = self.recent.put(id, whole) {
            self.bytes -= bytes_of(&before);
        }
    }

    fn drop_recent(&mut self, id: ClusterId) {
        if let Some(before) = self.recent.pop(&id) {
            self.bytes -= bytes_of(&before);
        }
    }

    /// Parts with those that nobody asked for the longest; what is in a file already is dropped.
    fn shrink(&mut self, bytes_max: usize) {
        while self.bytes > bytes_max {
            let Some((id, whole)) = self.recent.pop_lru() else { return };
            self.bytes -= bytes_of(&whole);
            if self.written.get(&id) != Some(&stamp(&whole)) {
                self.leaving.insert(id, whole);
            }
        }
    }
}

#[cfg(test)]
mod tests;
