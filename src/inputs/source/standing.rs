//! Whether forecasts have to do without something because a provider or a file failed: who, why and since when; told once, as it begins and ends.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use firecore::forecast::InputNote;
use firecore::geo::{Bounds, LonLat};
use jiff::{SignedDuration, Timestamp};

use super::missed::{SAME_FIRE_M, lacked};
use crate::inputs::online::Gives;
use crate::inputs::remote::Failure;
use crate::inputs::{InputTrouble, InputsError, area};

/// Troubles of fires that are remembered, the newest: as many as fires that are looked after.
const TROUBLES_MAX: usize = 256;

/// How long a trouble counts that was not met again: what waits for the network is looked at every minute, a broken file whenever its fire is
/// forecast. After that the fire is over. Our choice.
const HELD: SignedDuration = SignedDuration::from_hours(1);

/// What stands for files that cannot be read.
const FILES: &str = "files";

#[derive(Debug, Default)]
pub(super) struct Standing(Mutex<Vec<Trouble>>);

/// One source that failed for one fire.
#[derive(Clone, Debug)]
struct Trouble {
    source: String,
    reason: String,
    place: LonLat,
    since: Timestamp,
    seen_at: Timestamp,
}

impl Standing {
    /// What came of inputs for a fire, and the providers that failed meanwhile.
    pub(super) fn hear(
        &self,
        fire: &Bounds,
        notes: Result<&[InputNote], &InputsError>,
        failures: Vec<Failure>,
        now: Timestamp,
    ) {
        // A place that is none is nobody's failure.
        let Ok(place) = area::centre(fire) else { return };
        let met: Vec<(String, String)> = match notes {
            Ok(notes) => {
                let lacked = lacked(notes);
                let counts =
                    |failure: &Failure| failure.stood_in || lacked.contains(&input_of(failure).to_owned());
                let told = |failure: Failure| (failure.provider.name().to_owned(), failure.why);
                failures.into_iter().filter(counts).map(told).collect()
            }
            Err(InputsError::GivenUp) => return,
            Err(error) => vec![(FILES.to_owned(), error.to_string())],
        };
        let mut troubles = self.lock();
        let before = sources(&troubles);
        let mut here: Vec<Trouble> = Vec::new();
        troubles.retain(|trouble| {
            let is_here = trouble.place.distance_m(place) <= SAME_FIRE_M;
            here.extend(is_here.then(|| trouble.clone()));
            !is_here && now.duration_since(trouble.seen_at) <= HELD
        });
        for (source, reason) in met {
            let since = here.iter().find(|known| known.source == source).map_or(now, |known| known.since);
            troubles.push(Trouble { source, reason, place, since, seen_at: now });
        }
        let excess = troubles.len().saturating_sub(TROUBLES_MAX);
        troubles.drain(..excess);
        tell(&before, &troubles);
    }

    /// Each source that fails, with its newest reason.
    pub(super) fn troubles(&self, now: Timestamp) -> Vec<InputTrouble> {
        let troubles = self.lock();
        let mut told: Vec<InputTrouble> = Vec::new();
        for trouble in troubles.iter().filter(|trouble| now.duration_since(trouble.seen_at) <= HELD) {
            let Trouble { source, reason, since, .. } = trouble.clone();
            match told.iter_mut().find(|known| known.source == source) {
                Some(known) => {
                    *known =
                        InputTrouble { source, reason, since: known.since.min(since), fires: known.fires + 1 }
                }
                None => told.push(InputTrouble { source, reason, since, fires: 1 }),
            }
        }
        told
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Trouble>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The input that a provider gives, as notes name it.
fn input_of(failure: &Failure) -> &'static str {
    match failure.provider.gives() {
        Gives::Terrain => "terrain",
        Gives::Fuel => "fuel",
        Gives::Weather => "wind",
        Gives::Assets => "assets",
    }
}

fn sources(troubles: &[Trouble]) -> HashSet<String> {
    troubles.iter().map(|trouble| trouble.source.clone()).collect()
}

/// Logs a change, and nothing while all stays as it is.
fn tell(before: &HashSet<String>, troubles: &[Trouble]) {
    let after = sources(troubles);
    for source in after.difference(before) {
        let reason = troubles.iter().find(|trouble| trouble.source == *source).map(|trouble| &trouble.reason);
        tracing::warn!(
            source,
            reason = reason.map_or("", String::as_str),
            "inputs of forecasts are missing or stood in for, because their source failed"
        );
    }
    for source in before.difference(&after) {
        tracing::info!(source, "no forecast does without inputs of this source any more");
    }
}

#[cfg(test)]
mod tests {
    use std::io::{self, Write};
    use std::sync::Arc;

    use super::*;
    use crate::inputs::online::Provider;

    fn fire(lon: f64) -> Bounds {
        Bounds { west_deg: lon, south_deg: 34.0, east_deg: lon + 0.01, north_deg: 34.01 }
    }

    fn failure(provider: Provider, stood_in: bool) -> Vec<Failure> {
        vec![Failure { provider, why: "no route".to_owned(), stood_in }]
    }

    fn note(source: &str, fallback: bool) -> InputNote {
        InputNote { input: "wind".to_owned(), source: source.to_owned(), valid_at: None, fallback }
    }

    #[test]
    fn a_provider_counts_while_its_input_is_built_in_and_no_longer() {
        let (standing, began) = (Standing::default(), Timestamp::UNIX_EPOCH);
        let (built_in, fetched) = ([note("built-in light wind", true)], [note("gfs", false)]);
        let later = |minutes: i64| began + SignedDuration::from_mins(minutes);
        standing.hear(&fire(-119.0), Ok(&built_in), failure(Provider::Nws, false), began);
        standing.hear(&fire(-119.05), Ok(&built_in), failure(Provider::Nws, false), later(5));
        standing.hear(&fire(-110.0), Ok(&built_in), failure(Provider::Nws, false), later(6));
        let told = standing.troubles(later(7));
        assert_eq!(
            told,
            [InputTrouble {
                source: "nws".to_owned(),
                reason: "no route".to_owned(),
                since: began,
                fires: 2
            }]
        );
        // Another one gave it.
        standing.hear(&fire(-119.0), Ok(&fetched), failure(Provider::Nws, false), later(8));
        assert_eq!(standing.troubles(later(8))[0].fires, 1);
        standing.hear(&fire(-110.0), Ok(&fetched), Vec::new(), later(9));
        assert!(standing.troubles(later(9)).is_empty());
    }

    /// What was logged.
    #[derive(Clone, Default)]
    struct Heard(Arc<Mutex<Vec<u8>>>);

    impl Write for Heard {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_source_that_fails_is_logged_once_as_it_begins_and_once_as_it_ends() {
        let (standing, heard, now) = (Standing::default(), Heard::default(), Timestamp::UNIX_EPOCH);
        let writer = heard.clone();
        let subscriber =
            tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone()).finish();
        tracing::subscriber::with_default(subscriber, || {
            for lon in [-119.0, -119.0, -110.0] {
                let built_in = [note("built-in light wind", true)];
                standing.hear(&fire(lon), Ok(&built_in), failure(Provider::Nws, false), now);
            }
            for lon in [-119.0, -110.0, -110.0] {
                standing.hear(&fire(lon), Ok(&[note("nws", false)]), Vec::new(), now);
            }
        });
        let text = String::from_utf8(heard.0.lock().unwrap().clone()).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 2, "{text}");
        assert!(
            lines[0].contains("WARN") && lines[0].contains("nws") && lines[0].contains("no route"),
            "{text}"
        );
        assert!(lines[1].contains("INFO"), "{text}");
    }

    #[test]
    fn old_weather_counts_and_what_is_not_met_again_is_forgotten() {
        let (standing, began) = (Standing::default(), Timestamp::UNIX_EPOCH);
        standing.hear(&fire(-119.0), Ok(&[note("gfs", false)]), failure(Provider::Gfs, true), began);
        assert_eq!(standing.troubles(began).len(), 1);
        assert!(standing.troubles(began + SignedDuration::from_mins(61)).is_empty());
    }

    #[test]
    fn a_file_that_cannot_be_read_counts_until_its_fire_is_forecast() {
        let (standing, now) = (Standing::default(), Timestamp::UNIX_EPOCH);
        let error = InputsError::Online { problem: "no client".to_owned() };
        standing.hear(&fire(-119.0), Err(&error), Vec::new(), now);
        let told = standing.troubles(now);
        assert_eq!((told[0].source.as_str(), told[0].reason.contains("no client")), ("files", true));
        standing.hear(&fire(-110.0), Ok(&[]), Vec::new(), now);
        assert_eq!(standing.troubles(now).len(), 1, "another fire says nothing of this one's file");
        standing.hear(&fire(-119.0), Ok(&[]), Vec::new(), now);
        assert!(standing.troubles(now).is_empty());
    }
}
