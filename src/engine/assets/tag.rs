//! The list's validator, and what a caller may require of the list before it is changed.

use firecore::asset::Asset;
use sha2::{Digest, Sha256};

use super::AssetList;

/// Hexadecimal digits of the digest in a tag.
const DIGEST_DIGITS: usize = 16;

/// Which tags a condition names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tags {
    /// `*`: whatever there is.
    Any,
    /// One of these, without quotes.
    Of(Vec<String>),
}

/// What a caller requires; nothing by default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conditions {
    /// There must be something with one of these tags.
    pub if_match: Option<Tags>,
    /// There must be nothing with any of these tags.
    pub if_none_match: Option<Tags>,
}

impl Tags {
    /// Whether a tag is among them.
    pub fn contain(&self, tag: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Of(tags) => tags.iter().any(|one| one == tag),
        }
    }
}

impl Conditions {
    /// Whether they hold of the list, or of one asset in it; else why not, in words.
    pub(super) fn check(&self, list: &AssetList, id: Option<&str>) -> Result<(), String> {
        let exists = id.is_none_or(|id| list.get(id).is_some());
        let tag = list.tag();
        let found = match exists {
            true => format!("found \"{tag}\""),
            false => format!("found no asset with the id {}", id.unwrap_or_default()),
        };
        if let Some(tags) = &self.if_match
            && !(exists && tags.contain(tag))
        {
            return Err(format!("needed what If-Match names, {found}"));
        }
        match &self.if_none_match {
            Some(tags) if exists && tags.contain(tag) => {
                Err(format!("needed nothing that If-None-Match names, {found}"))
            }
            _ => Ok(()),
        }
    }
}

/// The version and the beginning of a digest of all assets: after a restart the same version may be of another list.
pub(super) fn of(version: u64, assets: &[Asset]) -> String {
    let mut digest = Sha256::new();
    for Asset { id, kind, name, clearance_s, geometry } in assets {
        // Debug text tells every field and coordinate apart; it is compared within one build only. Most are points, and a million
        // coordinates as text take a second.
        digest.update(format!("{id:?}{kind:?}{name:?}{clearance_s:?}").as_bytes());
        match geometry {
            geo::Geometry::Point(at) => {
                [at.x(), at.y()].iter().for_each(|part| digest.update(part.to_le_bytes()))
            }
            other => digest.update(format!("{other:?}").as_bytes()),
        }
    }
    let digest = digest.finalize();
    let digits: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{version}-{}", &digits[..DIGEST_DIGITS])
}
