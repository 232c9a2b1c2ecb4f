//! Which fire a detection belongs to: joined, founded or merged.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{BuildHasherDefault, Hasher};

use super::fires::Fires;
use super::linking::LinkSettings;
use super::links::Links;
use super::mark::Mark;
use super::mesh::Spot;
use crate::detection::{ClusterId, Detection, DetectionId};

/// What a detection meant for the set of fires.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Assignment {
    /// It was assigned before; nothing changed.
    Duplicate {
        /// The fire that it belongs to now.
        cluster: ClusterId,
    },
    /// It belongs to a fire that was known.
    Joined {
        /// The fire.
        cluster: ClusterId,
    },
    /// It is the first of a new fire.
    Founded {
        /// The new fire.
        cluster: ClusterId,
    },
    /// It links fires that were apart: they are one from now on, and it belongs to it.
    Merged {
        /// The fire that was known longest.
        survivor: ClusterId,
        /// The others, the one known longest first.
        absorbed: Vec<ClusterId>,
    },
}

/// Assigns detections to fires: those that [link](LinkSettings), directly or over others, are of one fire.
///
/// Which detections share a fire does not depend on the order in which they come. A fire's id does: it is that of the
/// detection that came first, whatever the detections' own times, so what comes late changes no fire's name. Within a
/// batch [`batch_order`] decides.
///
/// An operator may [`split`](Self::split) and [`merge`](Self::merge) fires. To have the index again after a restart,
/// assign the same detections in the same order, with the operator's acts in between.
///
/// ```
/// use firecore::cluster::{Assignment, ClusterIndex, LinkSettings};
/// use firecore::detection::{Detection, DetectionDraft, Source};
/// let now: jiff::Timestamp = "2026-08-01T12:00:00Z".parse()?;
/// let at = |lon_deg| Detection::new(DetectionDraft::new(Source::Satellite, lon_deg, 0.0, 0.9, now), now);
/// let mut index = ClusterIndex::new(LinkSettings::default());
/// let Assignment::Founded { cluster } = index.assign(&at(10.0)?) else { panic!("the first founds a fire") };
/// assert_eq!(index.assign(&at(10.008)?), Assignment::Joined { cluster });
/// let second = at(10.008)?.id();
/// let split = index.split(cluster, &[second])?;
/// assert_eq!((split.moved, index.fires()), (vec![second], 2));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct ClusterIndex {
    settings: LinkSettings,
    pub(super) links: Links,
    /// The number of each detection, in the order in which they came.
    pub(super) seen: HashMap<DetectionId, u32, BuildHasherDefault<IdHasher>>,
    /// The other way round.
    pub(super) ids: Vec<DetectionId>,
    pub(super) fires: Fires,
    /// Roots of the groups near a detection: kept, so that a detection allocates nothing.
    near: Vec<u32>,
}

impl ClusterIndex {
    /// An index without fires.
    pub fn new(settings: LinkSettings) -> Self {
        Self {
            settings,
            links: Links::new(&settings),
            seen: HashMap::default(),
            ids: Vec::new(),
            fires: Fires::default(),
            near: Vec::new(),
        }
    }

    /// Assigns a detection to a fire.
    ///
    /// Fires that an operator has [split](Self::split) are not joined: of those the detection joins the one whose nearest
    /// detection that it links to is nearer, and of two equally near ones the one known longer.
    pub fn assign(&mut self, detection: &Detection) -> Assignment {
        let number = self.ids.len() as u32;
        match self.seen.entry(detection.id()) {
            Entry::Occupied(known) => {
                let known = *known.get();
                return Assignment::Duplicate { cluster: self.fires.id(self.links.group_of(known)) };
            }
            Entry::Vacant(entry) => entry.insert(number),
        };
        self.ids.push(detection.id());
        let (mark, spot) = Mark::of(detection, &self.settings);
        let mut near = std::mem::take(&mut self.near);
        near.clear();
        self.links.groups_near(&mark, spot, &mut near);
        self.choose(&mark, spot, &mut near);
        let survivor = near.first().copied();
        let absorbed: Vec<ClusterId> = near.iter().skip(1).map(|root| self.fires.id(*root)).collect();
        let group = near.iter().copied().reduce(|a, b| self.fires.join(&mut self.links, a, b));
        self.near = near;
        self.links.put(mark, spot, group);
        let root = self.links.group_of(number);
        let cluster = match group {
            None => self.fires.found(root, number, ClusterId::founded_by(detection.id())),
            Some(_) => self.fires.extend(root, number),
        };
        match survivor {
            None => Assignment::Founded { cluster },
            Some(_) if absorbed.is_empty() => Assignment::Joined { cluster },
            Some(_) => Assignment::Merged { survivor: cluster, absorbed },
        }
    }

    /// Leaves those groups near a mark that it brings together, the fire known longest first.
    fn choose(&mut self, mark: &Mark, spot: Spot, near: &mut Vec<u32>) {
        if near.len() > 1 && self.fires.some_are_apart(near) {
            let chords2 = self.links.nearest(mark, spot, near);
            let mut by_distance: Vec<(f64, u32, u32)> = near
                .iter()
                .zip(chords2)
                .map(|(root, chord2)| (chord2, self.fires.first_of(*root), *root))
                .collect();
            by_distance.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            near.clear();
            for (_, _, root) in by_distance {
                if near.iter().all(|taken| !self.fires.are_apart(*taken, root)) {
                    near.push(root);
                }
            }
        }
        near.sort_unstable_by_key(|root| self.fires.first_of(*root));
    }

    /// The fire that a detection belongs to now; `None` when it was never assigned.
    pub fn cluster_of(&self, detection: DetectionId) -> Option<ClusterId> {
        self.seen.get(&detection).map(|&number| self.fires.id(self.links.group_of(number)))
    }

    /// A fire's detections in the order in which they came; none where there is no such fire.
    pub fn detections_of(&self, fire: ClusterId) -> Vec<DetectionId> {
        let root = self.fires.root(fire);
        root.map_or_else(Vec::new, |root| self.named(&self.fires.members(root)))
    }

    /// Number of distinct detections assigned.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// True before the first detection.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// Number of fires.
    pub fn fires(&self) -> usize {
        self.fires.count()
    }

    pub(super) fn named(&self, numbers: &[u32]) -> Vec<DetectionId> {
        numbers.iter().map(|number| self.ids[*number as usize]).collect()
    }
}

/// Positions in a batch in the order in which its detections are assigned: by time, then id.
///
/// The same batch in any order then founds fires of the same ids. Of detections with the same id the first one stays first.
pub fn batch_order(batch: &[Detection]) -> Vec<usize> {
    let mut positions: Vec<usize> = (0..batch.len()).collect();
    positions.sort_by_key(|position| batch[*position].order_key());
    positions
}

/// Hashes a detection's id by taking eight of its bytes: a UUID of version 5 is a hash already.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct IdHasher(u64);

impl Hasher for IdHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        if let Some((first, _)) = bytes.split_first_chunk::<8>() {
            // The multiplication is for ids that a caller made up: the map looks at both ends of the hash.
            self.0 = u64::from_le_bytes(*first).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        }
    }

    fn write_usize(&mut self, _length: usize) {}
}
