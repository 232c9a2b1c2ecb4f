//! Files of assets that change while the service runs.
//!
//! A look every so often, [`LOOK_S`] in the service. What a file adds, changes or drops since it was read last is done to the list, as over HTTP;
//! what was put, changed or removed over HTTP stays as it is until the file says something else of that very asset. Files that
//! cannot be used leave the list as it is; that is logged once, and [`Engine::asset_files`] says so until they can.

use std::collections::{BTreeSet, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use firecore::asset::Asset;
use geo::Geometry;
use tokio::sync::Mutex;
use tokio::task::JoinSet;

use super::{AssetList, AssetsChangeError, AssetsEdit, Conditions, Engine};
use crate::inputs::assets::{AssetFiles, AssetsError};

/// Time from one look to the next, s: a change is seen at one and taken at the next, where it still is the same, so within 30 s and what reading
/// the files takes.
pub const LOOK_S: u64 = 15;

/// How the files stand that the list comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AssetFilesStatus {
    /// How many files.
    pub files: usize,
    /// Assets in them when they were read last.
    pub assets: usize,
    /// Why they cannot be used as they are now.
    pub trouble: Option<String>,
}

/// Looks at the files of assets, again and again.
#[derive(Debug)]
pub struct AssetsWatch {
    tasks: Mutex<JoinSet<()>>,
}

/// What was in the files when they were read last: by the digest of an id that of the asset, 16 bytes each.
type Digests = HashMap<u64, u64>;

/// Why a look changed nothing though the files changed.
#[derive(Debug, thiserror::Error)]
enum LookError {
    #[error(transparent)]
    Files(#[from] AssetsError),
    #[error("the list was not changed: {0}")]
    Change(#[from] AssetsChangeError),
    #[error("the files were not read to the end")]
    GivenUp,
}

impl AssetsWatch {
    /// Begins to look at files from which `read` came just now, and which the engine began with.
    pub fn start(files: AssetFiles, read: &[Asset], engine: Arc<Engine>, every: Duration) -> Self {
        let known: Digests = read.iter().map(digests).collect();
        engine.say_of_files(AssetFilesStatus { files: files.len(), assets: known.len(), trouble: None });
        let mut tasks = JoinSet::new();
        tasks.spawn(watch(files, known, engine, every));
        Self { tasks: Mutex::new(tasks) }
    }

    /// Ends it; a change under way is left as it is.
    pub async fn stop(&self) {
        self.tasks.lock().await.shutdown().await;
    }
}

async fn watch(mut files: AssetFiles, mut known: Digests, engine: Arc<Engine>, every: Duration) {
    loop {
        tokio::time::sleep(every).await;
        let (count, assets, list) = (files.len(), known.len(), engine.assets());
        let looked = tokio::task::spawn_blocking(move || {
            let found = files.look().map(|read| Ok(difference(&known, &list, read?)));
            (files, known, found)
        });
        let Ok(looked) = looked.await else {
            tracing::error!("looking at the files of assets failed: they are not looked at any more");
            let trouble = Some(LookError::GivenUp.to_string());
            return engine.say_of_files(AssetFilesStatus { files: count, assets, trouble });
        };
        let found: Option<Result<(AssetsEdit, Digests), AssetsError>>;
        (files, known, found) = looked;
        let taken = match found {
            None => continue,
            Some(Err(error)) => Err(LookError::from(error)),
            Some(Ok((edit, now))) => {
                match engine.change_assets(edit, &Conditions::default(), usize::MAX).await {
                    Ok(_) => {
                        known = now;
                        Ok(())
                    }
                    // The engine may be busy: the files are read again at one of the next looks.
                    Err(error) => {
                        files.forget();
                        Err(error.into())
                    }
                }
            }
        };
        let trouble = taken.err().map(|error| error.to_string());
        if let Some(trouble) = &trouble
            && engine.asset_files().is_none_or(|status| status.trouble.as_ref() != Some(trouble))
        {
            tracing::warn!(trouble, "the files of assets cannot be used: the list stays as it is");
        }
        engine.say_of_files(AssetFilesStatus { files: count, assets: known.len(), trouble });
    }
}

/// What files do to the list that they did not when they were read before, and the digests of what is in them now.
fn difference(known: &Digests, list: &AssetList, assets: Vec<Asset>) -> (AssetsEdit, Digests) {
    let now: Digests = assets.iter().map(digests).collect();
    let gone = |asset: &&Asset| {
        let id = digest(&asset.id);
        known.contains_key(&id) && !now.contains_key(&id)
    };
    let remove: BTreeSet<String> =
        list.index.assets().iter().filter(gone).map(|asset| asset.id.clone()).collect();
    let is_other = |asset: &Asset| {
        let (id, content) = digests(asset);
        known.get(&id) != Some(&content)
    };
    let put: Vec<Asset> = assets.into_iter().filter(is_other).collect();
    (AssetsEdit::Update { put, remove }, now)
}

fn digest(what: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    what.hash(&mut hasher);
    hasher.finish()
}

/// Digests of an asset's id and of all that it is.
fn digests(asset: &Asset) -> (u64, u64) {
    let Asset { id, kind, name, clearance_s, geometry } = asset;
    let mut hasher = DefaultHasher::new();
    (kind, name, clearance_s).hash(&mut hasher);
    match geometry {
        Geometry::Point(at) => [at.x().to_bits(), at.y().to_bits()].hash(&mut hasher),
        // Debug text tells every ring and coordinate apart.
        other => format!("{other:?}").hash(&mut hasher),
    }
    (digest(id), hasher.finish())
}

impl Engine {
    /// How the files stand that the list comes from; `None` where it comes from none.
    pub fn asset_files(&self) -> Option<AssetFilesStatus> {
        self.parts.assets.files.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn say_of_files(&self, status: AssetFilesStatus) {
        *self.parts.assets.files.write().unwrap_or_else(PoisonError::into_inner) = Some(status);
    }
}
