//! Asset book: the list of assets as it is now, and the one way to change it.
//!
//! Readers take the current list and keep it for as long as they need it: they wait for nobody. Writers come one at a time; a
//! change is a new list with the next version. It is in the store before it is shown, and then the supervisor hears which
//! ground changed, so that only fires that it touches decide anew.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use firecore::asset::{Asset, AssetError, AssetIndex};
use firecore::strategy::Priority;
use tokio::sync::Mutex;

use super::supervisor::SupervisorMsg;
use super::{Engine, Parts, STORE_S_MAX, StartError, announce};
use crate::compute::ComputeError;
use crate::store::{KeptAssets, Store, StoreError};

mod delta;
mod edit;
mod files;
mod tag;

pub(super) use delta::AssetDelta;
pub use edit::AssetsEdit;
pub use files::{AssetFilesStatus, AssetsWatch, LOOK_S};
pub use tag::{Conditions, Tags};

/// The assets at one version.
#[derive(Debug)]
pub struct AssetList {
    /// Rises by one with each change.
    pub version: u64,
    /// The assets by place.
    pub index: Arc<AssetIndex>,
    by_id: HashMap<String, usize>,
    tag: String,
}

/// What a change did.
#[derive(Clone, Debug)]
pub struct AssetsChange {
    /// The list after it.
    pub list: Arc<AssetList>,
    /// Assets that were not there before.
    pub added: usize,
    /// Assets that were there before and are others now.
    pub replaced: usize,
    /// Assets that are gone.
    pub removed: usize,
}

/// Why the list was not changed.
#[derive(Debug, thiserror::Error)]
pub enum AssetsChangeError {
    /// What the caller required of the list does not hold.
    #[error("{0}")]
    Precondition(String),
    /// No such asset.
    #[error("no asset has the id {id}")]
    NotFound {
        /// The id.
        id: String,
    },
    /// The list would be too long.
    #[error("needed at most {assets_max} assets, found {assets}")]
    TooMany {
        /// Assets there would be.
        assets: usize,
        /// The bound.
        assets_max: usize,
    },
    /// An asset cannot be indexed.
    #[error(transparent)]
    Asset(#[from] AssetError),
    /// The index was not built.
    #[error(transparent)]
    Compute(#[from] ComputeError),
    /// The store did not keep it: it may have been kept or not where it did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl AssetList {
    /// An index under a version.
    pub(super) fn new(version: u64, index: Arc<AssetIndex>) -> Self {
        let ids = index.assets().iter().enumerate().map(|(place, asset)| (asset.id.clone(), place));
        Self { version, by_id: ids.collect(), tag: tag::of(version, index.assets()), index }
    }

    /// An asset by its id.
    pub fn get(&self, id: &str) -> Option<&Asset> {
        self.by_id.get(id).map(|place| &self.index.assets()[*place])
    }

    /// A strong validator of the whole list, without quotes: another list never has the same, not after a restart either.
    pub fn tag(&self) -> &str {
        &self.tag
    }
}

/// The current list.
#[derive(Debug)]
pub(super) struct AssetBook {
    /// Held only for as long as a pointer is copied.
    current: RwLock<Arc<AssetList>>,
    /// Held by a writer from its reading to its writing.
    writer: Mutex<()>,
    /// How the files stand that the list comes from, where it comes from any.
    files: RwLock<Option<AssetFilesStatus>>,
}

impl AssetBook {
    /// What the store has, else the list of the settings as version 1.
    pub(super) async fn open(store: &dyn Store, start: Arc<AssetIndex>) -> Result<Self, StartError> {
        let failed = |reason: String| StartError::Assets { reason };
        let kept = tokio::time::timeout(Duration::from_secs(STORE_S_MAX), store.assets()).await;
        let kept = kept
            .map_err(|_| failed(format!("the store did not answer within {STORE_S_MAX} s")))?
            .map_err(|error| failed(error.to_string()))?;
        let list = match kept {
            None => AssetList::new(1, start),
            Some(KeptAssets { version, assets }) => {
                let index = AssetIndex::new(assets).map_err(|error| failed(error.to_string()))?;
                AssetList::new(version, Arc::new(index))
            }
        };
        Ok(Self { current: RwLock::new(Arc::new(list)), writer: Mutex::new(()), files: RwLock::default() })
    }

    /// The list as it is now.
    pub(super) fn current(&self) -> Arc<AssetList> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn show(&self, list: Arc<AssetList>) {
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = list;
    }
}

impl Engine {
    /// The list of assets as it is now.
    pub fn assets(&self) -> Arc<AssetList> {
        self.parts.assets.current()
    }

    /// Changes the list, all of it or nothing; no more than `assets_max` may be in it afterwards.
    ///
    /// An edit that changes nothing leaves the version as it is. A caller that leaves before the answer may have changed it.
    pub async fn change_assets(
        &self,
        edit: AssetsEdit,
        conditions: &Conditions,
        assets_max: usize,
    ) -> Result<AssetsChange, AssetsChangeError> {
        let parts = &self.parts;
        let _writer = parts.assets.writer.lock().await;
        let before = parts.assets.current();
        conditions.check(&before, edit.id()).map_err(AssetsChangeError::Precondition)?;
        let (outcome, (added, replaced, removed)) = match edit {
            // What files say may be a million assets: not on a thread that others wait for.
            edit @ AssetsEdit::Update { .. } => {
                let before = Arc::clone(&before);
                let work = move |_: &firecore::spread::StopToken| counted(edit, &before);
                parts.pool.run_asked(Priority::new(1), work).await??
            }
            edit => counted(edit, &before)?,
        };
        if added + replaced + removed == 0 {
            return Ok(AssetsChange { list: before, added, replaced, removed });
        }
        let assets = outcome.assets.len();
        // What comes from files is the operator's choice.
        let assets_max = assets_max.saturating_add(self.asset_files().map_or(0, |files| files.assets));
        if assets > assets_max && added > 0 {
            return Err(AssetsChangeError::TooMany { assets, assets_max });
        }
        let (list, delta) = build(parts, before, outcome.assets, outcome.changed).await?;
        let kept = KeptAssets { version: list.version, assets: list.index.assets().to_vec() };
        let saved =
            tokio::time::timeout(Duration::from_secs(STORE_S_MAX), parts.store.save_assets(kept)).await;
        saved.unwrap_or(Err(StoreError::TimedOut { seconds: STORE_S_MAX }))?;
        // Shown before the supervisor hears of it: a fire that is not touched may read either list.
        parts.assets.show(Arc::clone(&list));
        let change = AssetsChange { list, added, replaced, removed };
        announce::assets(parts, &change);
        drop(self.supervisor.cast(SupervisorMsg::AssetsChanged(Arc::new(delta))));
        tracing::info!(version = change.list.version, added, replaced, removed, "the assets changed");
        Ok(change)
    }
}

/// What an edit gives, and how many assets it adds, replaces and removes.
fn counted(
    edit: AssetsEdit,
    before: &AssetList,
) -> Result<(edit::Outcome, (usize, usize, usize)), AssetsChangeError> {
    let outcome = edit.apply(before)?;
    let counts = outcome.counts(before);
    Ok((outcome, counts))
}

/// The next list and what changed in it, made on a compute thread.
async fn build(
    parts: &Parts,
    before: Arc<AssetList>,
    assets: Vec<Asset>,
    changed: BTreeSet<String>,
) -> Result<(Arc<AssetList>, AssetDelta), AssetsChangeError> {
    let work = move |_: &firecore::spread::StopToken| -> Result<_, AssetError> {
        let list = AssetList::new(before.version + 1, Arc::new(AssetIndex::new(assets)?));
        let delta = AssetDelta::new(&list, changed)?;
        Ok((Arc::new(list), delta))
    };
    Ok(parts.pool.run_asked(Priority::new(1), work).await??)
}

#[cfg(test)]
mod tests;
