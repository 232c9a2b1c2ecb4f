//! What operators do by hand: they split fires and merge them.

use std::collections::HashSet;

use super::index::ClusterIndex;
use crate::detection::{ClusterId, DetectionId};

/// What a split did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split {
    /// The fire that was split: the part with the detection that came first.
    pub kept: ClusterId,
    /// The fire that the other part is.
    pub founded: ClusterId,
    /// The other part, in the order in which it came.
    pub moved: Vec<DetectionId>,
}

/// Why a fire is not split; nothing has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SplitError {
    /// There is no such fire, or no longer.
    #[error("the fire to split must be one of those followed, found {fire}")]
    UnknownFire {
        /// The refused fire.
        fire: ClusterId,
    },
    /// No detection is named.
    #[error("the part to split off fire {fire} must have 1 detection at least, found 0")]
    PartEmpty {
        /// The fire.
        fire: ClusterId,
    },
    /// Nothing would be left.
    #[error("the part to split off fire {fire} must leave 1 detection at least, found all {count} named")]
    PartIsWhole {
        /// The fire.
        fire: ClusterId,
        /// Number of its detections.
        count: usize,
    },
    /// A detection is named that is not in the fire.
    #[error("detection {detection} must be of fire {fire}, found {}", in_words(*found))]
    NotOfFire {
        /// The refused detection.
        detection: DetectionId,
        /// The fire to split.
        fire: ClusterId,
        /// The fire that it belongs to; `None` where it was never assigned.
        found: Option<ClusterId>,
    },
}

/// What a merge did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merge {
    /// The fire that was known longer: it goes on.
    pub survivor: ClusterId,
    /// The other one.
    pub absorbed: ClusterId,
    /// The other one's detections, in the order in which they came: split them off to undo the merge.
    pub moved: Vec<DetectionId>,
}

/// Why fires are not merged; nothing has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MergeError {
    /// There is no such fire, or no longer.
    #[error("a fire to merge must be one of those followed, found {fire}")]
    UnknownFire {
        /// The refused fire.
        fire: ClusterId,
    },
    /// A fire is to be merged with itself.
    #[error("the fires to merge must be two, found {fire} twice")]
    SameFire {
        /// The fire.
        fire: ClusterId,
    },
}

impl ClusterIndex {
    /// Parts some detections off a fire, by an operator's word: both parts are one fire each from now on, whether or not
    /// they hang together.
    ///
    /// The part with the detection that came first keeps the id; the other gets that of its own first detection, which
    /// may be the id of a fire that was absorbed before. Detections that come later never join the two again, nor what they
    /// have grown to by then (see [`assign`](Self::assign)); with all other fires each joins and merges as any does.
    /// Only [`merge`](Self::merge) lifts that. Both parts stay apart from what the fire was held apart from.
    ///
    /// Takes time in proportion to the fire's detections.
    ///
    /// **Errors** say what is wrong with the fire or the part. A detection named twice counts once.
    pub fn split(&mut self, fire: ClusterId, part: &[DetectionId]) -> Result<Split, SplitError> {
        let root = self.fires.root(fire).ok_or(SplitError::UnknownFire { fire })?;
        let mut named = HashSet::with_capacity(part.len());
        for &detection in part {
            let found = self.cluster_of(detection);
            match self.seen.get(&detection) {
                Some(&number) if found == Some(fire) => named.insert(number),
                _ => return Err(SplitError::NotOfFire { detection, fire, found }),
            };
        }
        let members = self.fires.members(root);
        if named.is_empty() {
            return Err(SplitError::PartEmpty { fire });
        }
        if named.len() == members.len() {
            return Err(SplitError::PartIsWhole { fire, count: members.len() });
        }
        let first_is_named = named.contains(&members[0]);
        let (stay, go): (Vec<u32>, Vec<u32>) =
            members.into_iter().partition(|number| named.contains(number) == first_is_named);
        let moved = self.named(&go);
        let founded = ClusterId::founded_by(moved[0]);
        self.fires.part(&mut self.links, root, &stay, &go, founded);
        Ok(Split { kept: fire, founded, moved })
    }

    /// Joins two fires by an operator's word, wherever they lie, and lifts what held the two apart. The one known longer
    /// survives; what each was held apart from otherwise stays apart from both.
    ///
    /// **Errors** when either is no fire, or both are the same.
    pub fn merge(&mut self, a: ClusterId, b: ClusterId) -> Result<Merge, MergeError> {
        let root = |fire| self.fires.root(fire).ok_or(MergeError::UnknownFire { fire });
        let (a_root, b_root) = (root(a)?, root(b)?);
        if a == b {
            return Err(MergeError::SameFire { fire: a });
        }
        let a_is_older = self.fires.first_of(a_root) < self.fires.first_of(b_root);
        let (survivor, absorbed) = if a_is_older { (a, b) } else { (b, a) };
        let moved = self.detections_of(absorbed);
        self.fires.join(&mut self.links, a_root, b_root);
        Ok(Merge { survivor, absorbed, moved })
    }
}

fn in_words(fire: Option<ClusterId>) -> String {
    fire.map_or_else(|| "it was never assigned".to_owned(), |fire| format!("it is of fire {fire}"))
}
