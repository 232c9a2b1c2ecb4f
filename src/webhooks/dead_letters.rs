//! Dead letters: events that a webhook gave up, with why. The oldest make room.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use crate::engine::live::Event;

/// Most letters of all webhooks together: some 1 kB each.
const LETTERS_MAX: usize = 1_000;

/// One event that one webhook gave up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    /// Names it, as long as the process runs.
    pub id: u64,
    /// The webhook's place in the settings, from 0.
    pub webhook: usize,
    /// What was to be sent.
    pub event: Event,
    /// How often it was tried.
    pub attempts: u32,
    /// Why the last try failed.
    pub reason: String,
    /// When that was.
    pub tried_at: Timestamp,
}

#[derive(Debug, Default)]
pub(super) struct DeadLetters(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    letters: VecDeque<DeadLetter>,
    given: u64,
    forgotten: u64,
}

impl DeadLetters {
    pub(super) fn keep(
        &self,
        webhook: usize,
        event: Event,
        attempts: u32,
        reason: String,
        tried_at: Timestamp,
    ) {
        let mut kept = self.kept();
        kept.given += 1;
        let id = kept.given;
        kept.letters.push_back(DeadLetter { id, webhook, event, attempts, reason, tried_at });
        if kept.letters.len() > LETTERS_MAX {
            kept.letters.pop_front();
            kept.forgotten += 1;
        }
    }

    /// The letters, the oldest first, and the number of those that made room.
    pub(super) fn all(&self) -> (Vec<DeadLetter>, u64) {
        let kept = self.kept();
        (kept.letters.iter().cloned().collect(), kept.forgotten)
    }

    pub(super) fn get(&self, id: u64) -> Option<DeadLetter> {
        self.kept().letters.iter().find(|letter| letter.id == id).cloned()
    }

    pub(super) fn forget(&self, id: u64) {
        self.kept().letters.retain(|letter| letter.id != id);
    }

    pub(super) fn tried_again(&self, id: u64, reason: &str, tried_at: Timestamp) {
        if let Some(letter) = self.kept().letters.iter_mut().find(|letter| letter.id == id) {
            letter.attempts += 1;
            letter.reason = reason.to_owned();
            letter.tried_at = tried_at;
        }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::live::{Kind, Live};
    use crate::settings::LiveSettings;

    #[test]
    fn the_oldest_letter_makes_room_and_is_counted() {
        let letters = DeadLetters::default();
        let id = Live::new(LiveSettings::default()).newest();
        let at = Timestamp::UNIX_EPOCH;
        let event = Event::new(id, Kind::AssetsChanged, None, at, "{}");
        for _ in 0..LETTERS_MAX + 2 {
            letters.keep(0, event.clone(), 1, "503".to_owned(), at);
        }
        let (kept, forgotten) = letters.all();
        assert_eq!((kept.len(), forgotten), (LETTERS_MAX, 2));
        assert_eq!((kept[0].id, letters.get(2)), (3, None));
        letters.tried_again(3, "404", at);
        let again = letters.get(3).unwrap();
        assert_eq!((again.attempts, again.reason.as_str()), (2, "404"));
        letters.forget(3);
        assert_eq!(letters.get(3), None);
    }
}
