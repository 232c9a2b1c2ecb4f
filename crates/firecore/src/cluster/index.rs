//! Which fire a detection belongs to: joined, founded or merged.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{BuildHasherDefault, Hasher};

use jiff::Timestamp;

use super::links::Links;
use crate::detection::{ClusterId, Detection, DetectionId};

/// Great-circle distance within which two detections are of one fire: 10 m to 100 km.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct LinkRadius(f64);

/// A distance that is no link radius.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error("the link radius must be a number from 10 to 100000 metres, found {found}")]
pub struct LinkRadiusError {
    /// The refused distance, m.
    pub found: f64,
}

impl LinkRadius {
    /// A link radius in metres.
    ///
    /// **Errors** when it is not a number from 10 m to 100 km.
    pub fn new(radius_m: f64) -> Result<Self, LinkRadiusError> {
        if (10.0..=100_000.0).contains(&radius_m) {
            Ok(Self(radius_m))
        } else {
            Err(LinkRadiusError { found: radius_m })
        }
    }

    /// The radius, m.
    pub fn m(self) -> f64 {
        self.0
    }
}

impl Default for LinkRadius {
    /// 1 km.
    fn default() -> Self {
        Self(1000.0)
    }
}

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
        /// The fire with the older founding detection.
        survivor: ClusterId,
        /// The others, oldest founding detection first.
        absorbed: Vec<ClusterId>,
    },
}

/// Assigns detections to fires: two detections within the link radius are of one fire.
///
/// Which detections share a fire does not depend on the order in which they come. A fire's id does: it is
/// that of the first detection that came. [`batch_order`] makes it the same for the same batch.
#[derive(Clone, Debug)]
pub struct ClusterIndex {
    links: Links,
    /// The cell of each detection.
    seen: HashMap<DetectionId, u32, BuildHasherDefault<IdHasher>>,
    /// For each cell the place of its fire in `fires`; it holds for roots only.
    fire_at: Vec<u32>,
    fires: Vec<Fire>,
}

#[derive(Clone, Copy, Debug)]
struct Fire {
    id: ClusterId,
    /// Time and id of the founding detection: of two fires the one where it is smaller survives.
    founded: (Timestamp, DetectionId),
}

impl ClusterIndex {
    /// An index without fires.
    pub fn new(radius: LinkRadius) -> Self {
        Self {
            links: Links::new(radius.m()),
            seen: HashMap::default(),
            fire_at: Vec::new(),
            fires: Vec::new(),
        }
    }

    /// Assigns a detection to a fire.
    pub fn assign(&mut self, detection: &Detection) -> Assignment {
        let entry = match self.seen.entry(detection.id()) {
            Entry::Occupied(known) => {
                let cell = *known.get();
                return Assignment::Duplicate { cluster: self.fire_of_cell(cell).id };
            }
            Entry::Vacant(entry) => entry,
        };
        let (fires, fire_at) = (&self.fires, &self.fire_at);
        let mut meeting = Meeting::default();
        let added = self.links.add(detection.position(), |root, found| {
            meeting.join(fires, fire_at.get(root as usize).copied());
            meeting.join(fires, fire_at.get(found as usize).copied());
        });
        entry.insert(added.cell);
        let Meeting { survivor, mut absorbed } = meeting;
        if added.opened {
            self.fire_at.push(survivor.unwrap_or(self.fires.len() as u32));
        }
        match survivor {
            None if added.opened => {
                let id = ClusterId::founded_by(detection.id());
                self.fires.push(Fire { id, founded: detection.order_key() });
                Assignment::Founded { cluster: id }
            }
            None => Assignment::Joined { cluster: self.fire_of_cell(added.cell).id },
            Some(survivor) => {
                let root = self.links.group(added.cell);
                self.fire_at[root as usize] = survivor;
                let survivor = self.fires[survivor as usize].id;
                if absorbed.is_empty() {
                    return Assignment::Joined { cluster: survivor };
                }
                absorbed.sort_by_key(|&fire| self.fires[fire as usize].founded);
                let absorbed = absorbed.into_iter().map(|fire| self.fires[fire as usize].id).collect();
                Assignment::Merged { survivor, absorbed }
            }
        }
    }

    /// The fire that a detection belongs to now; `None` when it was never assigned.
    pub fn cluster_of(&self, detection: DetectionId) -> Option<ClusterId> {
        self.seen.get(&detection).map(|&cell| self.fire_of_cell(cell).id)
    }

    /// Number of distinct detections assigned.
    pub fn len(&self) -> usize {
        self.seen.len()
    }

    /// True before the first detection.
    pub fn is_empty(&self) -> bool {
        self.seen.is_empty()
    }

    fn fire_of_cell(&self, cell: u32) -> &Fire {
        &self.fires[self.fire_at[self.links.group(cell) as usize] as usize]
    }
}

/// The fires that one detection brings together.
#[derive(Default)]
struct Meeting {
    survivor: Option<u32>,
    absorbed: Vec<u32>,
}

impl Meeting {
    /// Counts a fire in, once; the cell that the detection itself opened has none.
    fn join(&mut self, fires: &[Fire], fire: Option<u32>) {
        let Some(fire) = fire else { return };
        let Some(survivor) = self.survivor else {
            self.survivor = Some(fire);
            return;
        };
        if fire == survivor || self.absorbed.contains(&fire) {
            return;
        }
        let older = fires[fire as usize].founded < fires[survivor as usize].founded;
        let (survivor, absorbed) = if older { (fire, survivor) } else { (survivor, fire) };
        self.survivor = Some(survivor);
        self.absorbed.push(absorbed);
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
struct IdHasher(u64);

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
