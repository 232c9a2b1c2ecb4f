//! Fires that had to do without something that the network did not give in time: it is fetched when nobody waits, and told.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use firecore::forecast::InputNote;
use firecore::geo::{Bounds, LonLat};
use jiff::Timestamp;

use crate::inputs::{InputNews, area};

/// Fires that are remembered: those that were asked for last. Our choice: more than burn at a time beside one network that is away.
const FIRES_MAX: usize = 256;

/// Time that one look may take: it comes once a minute.
const LOOK: Duration = Duration::from_secs(40);

/// How far from the middle of an area a fire still is the one that did without, m.
pub(super) const SAME_FIRE_M: f64 = 15_000.0;

/// Inputs that come over the network.
const FETCHED: [&str; 4] = ["terrain", "fuel", "wind", "dead_fuel_moisture"];

#[derive(Debug, Default)]
pub(super) struct Missed(Mutex<VecDeque<Fire>>);

#[derive(Clone, Debug)]
struct Fire {
    area: Bounds,
    place: LonLat,
    start: Timestamp,
    horizon_s: u32,
    lacked: Vec<String>,
}

/// Inputs that stood in and might have been fetched.
pub(super) fn lacked(notes: &[InputNote]) -> Vec<String> {
    let stood_in = notes.iter().filter(|note| note.fallback && FETCHED.contains(&note.input.as_str()));
    let built_in = stood_in.filter(|note| note.source.starts_with("built-in"));
    built_in.map(|note| note.input.clone()).collect()
}

impl Missed {
    /// Remembers a fire that had to do without.
    pub(super) fn note(&self, area: &Bounds, start: Timestamp, horizon_s: u32, notes: &[InputNote]) {
        let (lacked, Ok(place)) = (lacked(notes), area::centre(area)) else { return };
        let mut fires = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        fires.retain(|fire| fire.place.distance_m(place) > SAME_FIRE_M);
        if lacked.is_empty() {
            return;
        }
        fires.push_back(Fire { area: *area, place, start, horizon_s, lacked });
        if fires.len() > FIRES_MAX {
            fires.pop_front();
        }
    }

    /// Fetches for the remembered fires, oldest first, for as long as a look may take; what came is told.
    pub(super) fn look(
        &self,
        fetch: impl Fn(&Bounds, Timestamp, u32) -> Option<Vec<InputNote>>,
    ) -> Vec<InputNews> {
        let (began, mut news) = (Instant::now(), Vec::new());
        let count = self.0.lock().unwrap_or_else(PoisonError::into_inner).len();
        for _ in 0..count {
            if began.elapsed() > LOOK {
                break;
            }
            let next = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
            let Some(mut fire) = next else { break };
            let notes = fetch(&fire.area, fire.start, fire.horizon_s);
            let still = notes.map_or_else(|| fire.lacked.clone(), |notes| lacked(&notes));
            let came: Vec<String> =
                fire.lacked.iter().filter(|input| !still.contains(input)).cloned().collect();
            if !came.is_empty() {
                let (place, what) = (fire.place, came.join(", ").replace('_', " "));
                news.push(InputNews::new(format!("{what} came over the network"), move |other, _, _| {
                    other.distance_m(place) <= SAME_FIRE_M
                }));
            }
            if !still.is_empty() {
                fire.lacked = still;
                self.0.lock().unwrap_or_else(PoisonError::into_inner).push_back(fire);
            }
        }
        news
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(input: &str, source: &str, fallback: bool) -> InputNote {
        InputNote { input: input.to_owned(), source: source.to_owned(), valid_at: None, fallback }
    }

    fn area(lon: f64) -> Bounds {
        Bounds { west_deg: lon, south_deg: 34.0, east_deg: lon + 0.01, north_deg: 34.01 }
    }

    #[test]
    fn what_came_is_told_once_and_what_did_not_is_tried_again() {
        let missed = Missed::default();
        let start = Timestamp::UNIX_EPOCH;
        let without = [
            note("terrain", "built-in flat ground: 3dep: no answer", true),
            note("wind", "built-in light wind", true),
            note("canopy", "built-in: no canopy", true),
            note("wind", "3 of 24 hours are held", true),
        ];
        missed.note(&area(-119.0), start, 3600, &without);
        missed.note(&area(-119.0), start, 7200, &without);
        assert!(missed.look(|_, _, _| None).is_empty());
        let half = |_: &Bounds, _, horizon_s| {
            assert_eq!(horizon_s, 7200, "a fire is remembered as it was asked for last");
            Some(vec![note("wind", "built-in light wind", true)])
        };
        let news = missed.look(half);
        assert_eq!(news[0].what, "terrain came over the network");
        assert!(news[0].touches(&area(-119.05), start, 3600) && !news[0].touches(&area(-118.0), start, 3600));
        assert!(missed.look(half).is_empty());
        assert_eq!(missed.look(|_, _, _| Some(Vec::new()))[0].what, "wind came over the network");
        assert!(missed.look(|_, _, _| panic!("nothing is left")).is_empty());
    }

    #[test]
    fn a_fire_that_lacks_nothing_any_more_is_forgotten() {
        let missed = Missed::default();
        missed.note(&area(-119.0), Timestamp::UNIX_EPOCH, 60, &[note("fuel", "built-in GR2", true)]);
        missed.note(&area(-119.0), Timestamp::UNIX_EPOCH, 60, &[note("fuel", "ESA WorldCover", false)]);
        assert!(missed.look(|_, _, _| panic!("nothing is left")).is_empty());
    }
}
