//! What operators do by hand, beside an oracle that keeps fires as plain lists and measures every pair.

use std::collections::BTreeMap;

use firecore::cluster::{Assignment, ClusterIndex, LinkSettings, MergeError, SplitError};
use firecore::detection::{ClusterId, Detection, DetectionId};
use proptest::prelude::*;

use crate::scene::{cases, decided, detections, linked};

/// What happens next; numbers are taken modulo what there is.
#[derive(Clone, Debug)]
enum Act {
    Assign,
    /// Splits off the detections of a fire whose bits are set.
    Split(usize, u64),
    /// Splits off what lies on one side of a fire's middle, as an operator would.
    SplitByPlace(usize),
    Merge(usize, usize),
    UndoSplit(usize),
    UndoMerge(usize),
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = prop_oneof![
        8 => Just(Act::Assign),
        1 => (any::<usize>(), any::<u64>()).prop_map(|(fire, bits)| Act::Split(fire, bits)),
        2 => any::<usize>().prop_map(Act::SplitByPlace),
        1 => (any::<usize>(), any::<usize>()).prop_map(|(a, b)| Act::Merge(a, b)),
        1 => any::<usize>().prop_map(Act::UndoSplit),
        1 => any::<usize>().prop_map(Act::UndoMerge),
    ];
    prop::collection::vec(act, 4..90)
}

proptest! {
    #![proptest_config(cases(1000))]

    #[test]
    fn an_index_under_an_operators_hands_does_as_lists_do(detections in detections(4..70), acts in acts()) {
        let settings = LinkSettings::default();
        prop_assume!(decided(&detections, &settings));
        let mut both = Both::new(&detections, settings);
        for act in acts {
            both.act(&act);
            both.agree();
        }
        let again = both.replayed();
        for detection in &detections {
            prop_assert_eq!(again.cluster_of(detection.id()), both.index.cluster_of(detection.id()));
        }
    }

    #[test]
    fn a_split_and_a_merge_undo_each_other(detections in detections(6..60), picks in any::<[u64; 3]>()) {
        let mut index = ClusterIndex::new(LinkSettings::default());
        detections.iter().for_each(|detection| drop(index.assign(detection)));
        let fires = |index: &ClusterIndex| -> Vec<_> {
            detections.iter().map(|detection| index.cluster_of(detection.id())).collect()
        };
        let before = fires(&index);
        let fire = before[picks[0] as usize % before.len()].expect("it was assigned");
        let held = index.detections_of(fire);
        let part: Vec<_> = held.iter().enumerate().filter(|(at, _)| picks[1] >> (at % 64) & 1 == 1).map(|(_, id)| *id).collect();
        if let Ok(split) = index.split(fire, &part) {
            prop_assert_eq!((split.kept, index.fires()), (fire, distinct(&before) + 1));
            let merge = index.merge(split.founded, split.kept).expect("both are fires");
            prop_assert_eq!((merge.survivor, merge.absorbed, &merge.moved), (fire, split.founded, &split.moved));
            prop_assert_eq!(fires(&index), before.clone());
        }
        let other = before[picks[2] as usize % before.len()].expect("it was assigned");
        if let Ok(merge) = index.merge(fire, other) {
            let split = index.split(merge.survivor, &merge.moved).expect("a part was recorded");
            prop_assert_eq!((split.kept, split.founded), (merge.survivor, merge.absorbed));
            prop_assert_eq!(fires(&index), before);
        }
    }
}

fn distinct(fires: &[Option<ClusterId>]) -> usize {
    fires.iter().collect::<std::collections::HashSet<_>>().len()
}

/// The index and the lists, taken through the same acts.
struct Both<'a> {
    settings: LinkSettings,
    to_come: std::slice::Iter<'a, Detection>,
    came: Vec<&'a Detection>,
    index: ClusterIndex,
    /// By the number of the detection that came first: all its detections, and the first ones of those held apart.
    lists: BTreeMap<usize, (Vec<usize>, Vec<usize>)>,
    journal: Vec<Entry<'a>>,
    splits: Vec<(ClusterId, ClusterId)>,
    merges: Vec<(ClusterId, Vec<DetectionId>)>,
}

/// What a service keeps to have the index again.
enum Entry<'a> {
    Assigned(&'a Detection),
    Split(ClusterId, Vec<DetectionId>),
    Merged(ClusterId, ClusterId),
}

impl<'a> Both<'a> {
    fn new(detections: &'a [Detection], settings: LinkSettings) -> Self {
        Self {
            settings,
            to_come: detections.iter(),
            came: Vec::new(),
            index: ClusterIndex::new(settings),
            lists: BTreeMap::new(),
            journal: Vec::new(),
            splits: Vec::new(),
            merges: Vec::new(),
        }
    }

    fn act(&mut self, act: &Act) {
        let fires: Vec<usize> = self.lists.keys().copied().collect();
        let pick = |number: usize| fires[number % fires.len()];
        match *act {
            Act::Assign => self.assign(),
            _ if fires.is_empty() => {}
            Act::Split(fire, bits) => self.split(pick(fire), |at, _| bits >> (at % 64) & 1 == 1),
            Act::SplitByPlace(fire) => {
                let fire = pick(fire);
                let middle = self.came[fire].position();
                self.split(fire, |_, detection| detection.position().lat_deg() > middle.lat_deg());
            }
            Act::Merge(a, b) => self.merge(self.id(pick(a)), self.id(pick(b))),
            Act::UndoSplit(at) if !self.splits.is_empty() => {
                let (a, b) = self.splits[at % self.splits.len()];
                self.merge(a, b);
            }
            Act::UndoMerge(at) if !self.merges.is_empty() => {
                let (fire, part) = self.merges[at % self.merges.len()].clone();
                self.split_off(fire, &part);
            }
            Act::UndoSplit(_) | Act::UndoMerge(_) => {}
        }
    }

    fn id(&self, first: usize) -> ClusterId {
        ClusterId::founded_by(self.came[first].id())
    }

    fn assign(&mut self) {
        let Some(detection) = self.to_come.next() else { return };
        let number = self.came.len();
        let nearest_m = |list: &[usize]| {
            let links =
                list.iter().map(|at| self.came[*at]).filter(|one| linked(one, detection, &self.settings));
            links.map(|one| one.position().distance_m(detection.position())).min_by(f64::total_cmp)
        };
        let near = self.lists.iter().filter_map(|(first, (list, _))| Some((nearest_m(list)?, *first)));
        let mut near: Vec<(f64, usize)> = near.collect();
        near.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let mut taken: Vec<usize> = Vec::new();
        for (_, first) in near {
            if taken.iter().all(|other| !self.lists[other].1.contains(&first)) {
                taken.push(first);
            }
        }
        taken.sort_unstable();
        self.came.push(detection);
        let expected = match taken[..] {
            [] => Assignment::Founded { cluster: self.id(number) },
            [only] => Assignment::Joined { cluster: self.id(only) },
            [survivor, ref absorbed @ ..] => Assignment::Merged {
                survivor: self.id(survivor),
                absorbed: absorbed.iter().map(|first| self.id(*first)).collect(),
            },
        };
        assert_eq!(self.index.assign(detection), expected);
        let fire = taken.first().copied().unwrap_or(number);
        self.lists.entry(fire).or_default().0.push(number);
        taken.iter().skip(1).for_each(|absorbed| self.join_lists(fire, *absorbed));
        self.journal.push(Entry::Assigned(detection));
    }

    fn join_lists(&mut self, survivor: usize, absorbed: usize) {
        let (list, apart) = self.lists.remove(&absorbed).expect("a list");
        for (_, others) in self.lists.values_mut() {
            others.iter_mut().filter(|other| **other == absorbed).for_each(|other| *other = survivor);
        }
        let (into, into_apart) = self.lists.get_mut(&survivor).expect("a list");
        into.extend(list);
        into.sort_unstable();
        into_apart.extend(apart);
        into_apart.retain(|other| ![survivor, absorbed].contains(other));
    }

    fn split(&mut self, fire: usize, named: impl Fn(usize, &Detection) -> bool) {
        let list = &self.lists[&fire].0;
        let part = list.iter().enumerate().filter(|(at, number)| named(*at, self.came[**number]));
        let part: Vec<DetectionId> = part.map(|(_, number)| self.came[*number].id()).collect();
        self.split_off(self.id(fire), &part);
    }

    fn split_off(&mut self, fire: ClusterId, part: &[DetectionId]) {
        let first = self.lists.keys().copied().find(|first| self.id(*first) == fire);
        let Some(first) = first else {
            assert_eq!(self.index.split(fire, part), Err(SplitError::UnknownFire { fire }));
            return;
        };
        let list = self.lists[&first].0.clone();
        let of = |number: &usize| self.came[*number].id();
        if let Some(detection) = part.iter().find(|id| !list.iter().any(|number| of(number) == **id)) {
            let found = self.index.cluster_of(*detection);
            let refused = SplitError::NotOfFire { detection: *detection, fire, found };
            assert_eq!(self.index.split(fire, part), Err(refused));
            return;
        }
        let keeps = part.contains(&of(&first));
        let (stay, go): (Vec<usize>, Vec<usize>) =
            list.iter().partition(|number| part.contains(&of(number)) == keeps);
        let refused = match (part.len(), go.len()) {
            (0, _) => Some(SplitError::PartEmpty { fire }),
            (_, 0) => Some(SplitError::PartIsWhole { fire, count: list.len() }),
            _ => None,
        };
        if let Some(refused) = refused {
            assert_eq!(self.index.split(fire, part), Err(refused));
            return;
        }
        let moved: Vec<DetectionId> = go.iter().map(of).collect();
        let split = self.index.split(fire, part).expect("a proper part");
        assert_eq!((split.kept, split.founded, &split.moved), (fire, self.id(go[0]), &moved));
        let mut apart = self.lists[&first].1.clone();
        apart.iter().for_each(|other| self.lists.get_mut(other).expect("a list").1.push(go[0]));
        self.lists.insert(first, (stay, [&apart[..], &[go[0]]].concat()));
        apart.push(first);
        self.lists.insert(go[0], (go, apart));
        self.splits.push((fire, split.founded));
        self.journal.push(Entry::Split(fire, part.to_vec()));
    }

    fn merge(&mut self, a: ClusterId, b: ClusterId) {
        let first = |id: ClusterId| self.lists.keys().copied().find(|first| self.id(*first) == id);
        let (a_first, b_first) = match (first(a), first(b)) {
            (None, _) => return assert_eq!(self.index.merge(a, b), Err(MergeError::UnknownFire { fire: a })),
            (_, None) => return assert_eq!(self.index.merge(a, b), Err(MergeError::UnknownFire { fire: b })),
            (Some(_), Some(_)) if a == b => {
                return assert_eq!(self.index.merge(a, b), Err(MergeError::SameFire { fire: a }));
            }
            (Some(a_first), Some(b_first)) => (a_first, b_first),
        };
        let (survivor, absorbed) = (a_first.min(b_first), a_first.max(b_first));
        let moved: Vec<_> = self.lists[&absorbed].0.iter().map(|number| self.came[*number].id()).collect();
        let merge = self.index.merge(a, b).expect("two fires");
        assert_eq!((merge.survivor, merge.absorbed), (self.id(survivor), self.id(absorbed)));
        assert_eq!(merge.moved, moved);
        self.join_lists(survivor, absorbed);
        self.merges.push((merge.survivor, moved));
        self.journal.push(Entry::Merged(a, b));
    }

    fn agree(&self) {
        assert_eq!((self.index.len(), self.index.fires()), (self.came.len(), self.lists.len()));
        for (first, (list, _)) in &self.lists {
            let fire = self.id(*first);
            let ids: Vec<DetectionId> = list.iter().map(|number| self.came[*number].id()).collect();
            assert!(ids.iter().all(|id| self.index.cluster_of(*id) == Some(fire)));
            assert_eq!(self.index.detections_of(fire), ids);
        }
    }

    /// The index as it is made anew from what was kept.
    fn replayed(&self) -> ClusterIndex {
        let mut index = ClusterIndex::new(self.settings);
        for entry in &self.journal {
            match entry {
                Entry::Assigned(detection) => drop(index.assign(detection)),
                Entry::Split(fire, part) => drop(index.split(*fire, part).expect("as before")),
                Entry::Merged(a, b) => drop(index.merge(*a, *b).expect("as before")),
            }
        }
        index
    }
}
