//! Operators' hands: first in the index, then in the store, then the fires are told.

use firecore::detection::{ClusterId, DetectionId};

use super::events::{Message, Wish};
use super::router::{Answer, Pending};
use super::store::{Change, Operation};
use super::world::World;

impl World {
    pub(super) fn operate(&mut self, wish: Wish) -> Result<(), String> {
        if !self.catch_up()? {
            return Ok(());
        }
        let Some(mut operation) = self.understood(wish) else { return Ok(()) };
        if !self.change_index(&mut operation.change) {
            return Ok(());
        }
        let (answer, wait_ms) = self.draw_answer();
        if answer != Answer::Refused {
            self.store.operate(operation.clone());
        }
        self.ask(Pending::Operate { operation, answer }, wait_ms);
        Ok(())
    }

    /// The change that a wish comes to; none where there is nothing to change.
    fn understood(&mut self, wish: Wish) -> Option<Operation> {
        let router = self.router.as_ref()?;
        let fires: Vec<ClusterId> = router.fires.keys().copied().collect();
        let pick = |number: usize| fires.get(number % fires.len().max(1)).copied();
        let (undoes, change) = match wish {
            Wish::Split { fire, bits } => {
                let fire = pick(fire)?;
                let held = router.index.detections_of(fire).into_iter().enumerate();
                let part = held.filter(|(at, _)| bits >> (at % 64) & 1 == 1).map(|(_, id)| id).collect();
                (None, Change::Split { fire, parted: fire, part })
            }
            Wish::Merge { fire, other } => {
                let (survivor, absorbed) = (pick(fire)?, pick(other)?);
                (None, Change::Merge { survivor, absorbed, part: Vec::new() })
            }
            Wish::Relabel { fire, name } => {
                let fire = pick(fire)?;
                let (label, before) = (Some(format!("fire {name}")), router.fires[&fire].label.clone());
                (None, Change::Relabel { fire, label, before })
            }
            Wish::Undo { operation } => {
                let count = self.store.operations().len();
                let number = operation.checked_rem(count)?;
                (Some(number), self.reverse(number)?)
            }
        };
        Some(Operation { undoes, change })
    }

    /// What takes an operation back, as things stand now.
    fn reverse(&self, number: usize) -> Option<Change> {
        let operations = self.store.operations();
        if operations.iter().any(|other| other.undoes == Some(number)) {
            return None;
        }
        let router = self.router.as_ref()?;
        match &operations[number].change {
            Change::Split { part, fire, .. } => {
                let parted = router.index.cluster_of(*part.first()?).unwrap_or(*fire);
                let survivor = self.survivor_shown(*fire);
                (parted != survivor).then_some(Change::Merge { survivor, absorbed: parted, part: Vec::new() })
            }
            Change::Merge { survivor, part, .. } => {
                let fire = self.survivor_shown(*survivor);
                let still = |id: &&DetectionId| router.index.cluster_of(**id) == Some(fire);
                let part: Vec<DetectionId> = part.iter().filter(still).copied().collect();
                (!part.is_empty()).then_some(Change::Split { fire, parted: fire, part })
            }
            Change::Relabel { fire, before, .. } => {
                let fire = self.survivor_shown(*fire);
                let label = router.fires.get(&fire)?.label.clone();
                Some(Change::Relabel { fire, label: before.clone(), before: label })
            }
        }
    }

    /// The fire that a fire is part of by now, as the board has it.
    fn survivor_shown(&self, fire: ClusterId) -> ClusterId {
        let mut at = fire;
        while let Some(into) = self.board.get(&at).and_then(|shown| shown.merged_into) {
            at = into;
        }
        at
    }

    /// Completes the change with what came of it; false where the index refuses, which changes nothing.
    fn change_index(&mut self, change: &mut Change) -> bool {
        let index = &mut self.router.as_mut().expect("it hears").index;
        match change {
            Change::Split { fire, parted, part } => {
                let Ok(split) = index.split(*fire, part) else { return false };
                (*fire, *parted, *part) = (split.kept, split.founded, split.moved);
            }
            Change::Merge { survivor, absorbed, part } => {
                let Ok(merge) = index.merge(*survivor, *absorbed) else { return false };
                (*survivor, *absorbed, *part) = (merge.survivor, merge.absorbed, merge.moved);
            }
            Change::Relabel { .. } => {}
        }
        true
    }

    /// It is in the store: the fires are told.
    pub(super) fn operated(&mut self, operation: Operation) -> Result<(), String> {
        self.tally.undone += u64::from(operation.undoes.is_some());
        match operation.change {
            Change::Split { fire, parted, .. } => {
                self.tally.splits += 1;
                match self.actor(fire).is_some() {
                    true => self.tell(fire, Message::Parted),
                    false => self.tell_to_read(fire),
                }
                self.tell_to_read(parted);
            }
            Change::Merge { survivor, absorbed, .. } => {
                self.absorb_fire(absorbed, survivor)?;
                self.tell_to_read(survivor);
            }
            Change::Relabel { fire, label, .. } => {
                let router = self.router.as_mut().expect("it hears");
                let Some(followed) = router.fires.get_mut(&fire) else { return Ok(()) };
                followed.label.clone_from(&label);
                if followed.actor.is_some() {
                    self.tell(fire, Message::Relabel(label));
                }
            }
        }
        Ok(())
    }
}
