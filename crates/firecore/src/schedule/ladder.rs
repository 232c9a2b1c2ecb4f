//! The brown-out ladder's level: up under overload, back when there is room. A plain value.

use std::collections::VecDeque;

use super::contract::Level;

/// How often the work in line is looked at, s.
pub const WINDOW_S: f64 = 5.0;

/// More work in line than this, in seconds of all cores, is overload: our choice.
pub const OVERLOAD_S: f64 = 30.0;

/// After so many seconds below half of that the ladder goes one level back: our choice.
pub const BACK_AFTER_S: f64 = 60.0;

/// Windows of overload, one after the other, until the ladder goes one level on.
const WINDOWS_OVER: u32 = 2;

/// Windows of calm, likewise, until it goes one level back.
const WINDOWS_CALM: u32 = (BACK_AFTER_S / WINDOW_S) as u32;

/// What came while it was calm must fill less than this share of the cores one level back: our choice. Without this a
/// lasting load would drive the ladder back and forth every minute.
const ROOM_SHARE: f64 = 0.9;

/// More windows than this at once, after nobody asked for long, come to the same: from one end to the other is less.
const WINDOWS_AT_ONCE_MAX: u32 = 5 * WINDOWS_CALM + 4;

#[derive(Clone, Debug, Default)]
pub(super) struct Ladder {
    level: Level,
    /// Windows that have passed.
    passed: u64,
    over: u32,
    calm: u32,
    /// Work that came in the window that runs, and before it in the latest ones: seconds of all cores at each level.
    came_s: VecDeque<[f64; Level::ALL.len()]>,
}

impl Ladder {
    pub(super) fn level(&self) -> Level {
        self.level
    }

    /// Takes note of work that came, as each level would do it.
    pub(super) fn came(&mut self, by_level_s: [f64; Level::ALL.len()]) {
        if self.came_s.is_empty() {
            self.came_s.push_back([0.0; Level::ALL.len()]);
        }
        if let Some(window) = self.came_s.back_mut() {
            window.iter_mut().zip(by_level_s).for_each(|(sum, came)| *sum += came);
        }
    }

    /// How many windows are to be passed by now.
    pub(super) fn windows_until(&mut self, now_s: f64) -> u32 {
        let ended = (now_s / WINDOW_S) as u64;
        self.passed = self.passed.max(ended.saturating_sub(WINDOWS_AT_ONCE_MAX.into()));
        u32::try_from(ended - self.passed.min(ended)).unwrap_or(WINDOWS_AT_ONCE_MAX)
    }

    /// A window has ended with so much work in line, and so much one level back, seconds of all cores.
    pub(super) fn pass(&mut self, queued_s: f64, queued_back_s: f64) {
        self.passed += 1;
        self.over = if queued_s > OVERLOAD_S { self.over + 1 } else { 0 };
        self.calm = if queued_s < OVERLOAD_S / 2.0 { self.calm + 1 } else { 0 };
        if self.over >= WINDOWS_OVER {
            self.level = self.level.more();
            (self.over, self.calm) = (0, 0);
        } else if self.calm >= WINDOWS_CALM && self.is_room_back(queued_back_s) {
            self.level = self.level.less();
            self.calm = 0;
        }
        self.came_s.push_back([0.0; Level::ALL.len()]);
        while self.came_s.len() > WINDOWS_CALM as usize {
            self.came_s.pop_front();
        }
    }

    /// Whether the work of the latest windows, and what is in line, could have been done one level back.
    fn is_room_back(&self, queued_back_s: f64) -> bool {
        let back = self.level.less().index();
        let came_s: f64 = self.came_s.iter().map(|window| window[back]).sum();
        queued_back_s < OVERLOAD_S / 2.0 && came_s + queued_back_s <= ROOM_SHARE * BACK_AFTER_S
    }
}
