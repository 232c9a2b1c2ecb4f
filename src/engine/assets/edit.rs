//! What may be done to the list of assets.

use std::collections::{BTreeSet, HashMap};

use firecore::asset::Asset;

use super::{AssetList, AssetsChangeError};

/// A change of the list.
#[derive(Clone, Debug)]
pub enum AssetsEdit {
    /// One asset is new, or takes the place of the one with its id.
    Put(Asset),
    /// One asset goes.
    Remove(String),
    /// These are all there are; no two with one id.
    Replace(Vec<Asset>),
    /// Each is new, or takes the place of the one with its id; no two with one id.
    PutAll(Vec<Asset>),
    /// Some come or take the places of those with their ids, others go, where they are there; no two with one id.
    Update {
        /// What comes.
        put: Vec<Asset>,
        /// Ids of what goes.
        remove: BTreeSet<String>,
    },
}

/// The list after an edit.
pub(super) struct Outcome {
    pub(super) assets: Vec<Asset>,
    /// Ids of what was added, replaced or removed.
    pub(super) changed: BTreeSet<String>,
}

impl AssetsEdit {
    /// The one asset that it is about.
    pub(super) fn id(&self) -> Option<&str> {
        match self {
            Self::Put(asset) => Some(&asset.id),
            Self::Remove(id) => Some(id),
            Self::Replace(_) | Self::PutAll(_) | Self::Update { .. } => None,
        }
    }

    /// The list after it; assets that stay keep their order, new ones come behind them.
    pub(super) fn apply(self, before: &AssetList) -> Result<Outcome, AssetsChangeError> {
        let old = before.index.assets();
        let assets = match self {
            Self::Put(asset) => put(old, vec![asset]),
            Self::PutAll(assets) => put(old, assets),
            Self::Replace(assets) => assets,
            Self::Update { put: new, remove } => {
                let mut assets = put(old, new);
                assets.retain(|asset| !remove.contains(&asset.id));
                assets
            }
            Self::Remove(id) => {
                if before.get(&id).is_none() {
                    return Err(AssetsChangeError::NotFound { id });
                }
                old.iter().filter(|asset| asset.id != id).cloned().collect()
            }
        };
        let now: HashMap<&str, &Asset> = assets.iter().map(|asset| (asset.id.as_str(), asset)).collect();
        let put = assets.iter().filter(|asset| before.get(&asset.id) != Some(asset));
        let gone = old.iter().filter(|asset| !now.contains_key(asset.id.as_str()));
        let changed = put.chain(gone).map(|asset| asset.id.clone()).collect();
        Ok(Outcome { assets, changed })
    }
}

impl Outcome {
    /// Assets that were added, replaced and removed.
    pub(super) fn counts(&self, before: &AssetList) -> (usize, usize, usize) {
        let there: BTreeSet<&str> = self.assets.iter().map(|asset| asset.id.as_str()).collect();
        let count = |was: bool, is: bool| {
            let like = |id: &&String| (before.get(id).is_some(), there.contains(id.as_str())) == (was, is);
            self.changed.iter().filter(like).count()
        };
        (count(false, true), count(true, true), count(true, false))
    }
}

fn put(old: &[Asset], new: Vec<Asset>) -> Vec<Asset> {
    let mut assets = old.to_vec();
    let mut place: HashMap<String, usize> =
        old.iter().enumerate().map(|(place, asset)| (asset.id.clone(), place)).collect();
    for asset in new {
        match place.get(&asset.id) {
            Some(at) => assets[*at] = asset,
            None => {
                place.insert(asset.id.clone(), assets.len());
                assets.push(asset);
            }
        }
    }
    assets
}
