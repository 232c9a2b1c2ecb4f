//! Whether the weather folders hold another run than they did.

use std::path::{Path, PathBuf};

use firecore::geo::LonLat;
use jiff::{SignedDuration, Timestamp};

use crate::inputs::runs::{FileState, RunFiles, STATION_M_MAX, files_of};
use crate::inputs::weather::{self, Coverage};
use crate::inputs::{InputNews, InputsError};

/// The weather folders as they were when they were looked at last.
#[derive(Debug, Default)]
pub(super) struct Watch {
    folders: Option<Vec<Seen>>,
}

#[derive(Clone, Debug, Default)]
struct Seen {
    files: Vec<FileState>,
    /// What the folder said of itself; `None` where it has no weather.
    coverage: Option<Known>,
}

/// Where and when a path has weather.
#[derive(Clone, Debug)]
enum Known {
    Rasters(Coverage),
    Files { first: Timestamp, last: Timestamp, places: Vec<Option<LonLat>> },
}

impl Known {
    fn of(path: &Path, runs: &RunFiles) -> Result<Option<Self>, InputsError> {
        if weather::has_rasters(path) {
            return Ok(weather::coverage(path)?.map(Self::Rasters));
        }
        let (mut ends, mut places): (Option<(Timestamp, Timestamp)>, Vec<Option<LonLat>>) =
            (None, Vec::new());
        // Whichever zone its clock has: a day more or less decides nothing here.
        for found in runs.covered(path, SignedDuration::ZERO)? {
            ends = Some(
                ends.map_or((found.first, found.last), |(a, b)| (a.min(found.first), b.max(found.last))),
            );
            places.extend(found.places);
        }
        Ok(ends.map(|(first, last)| Self::Files { first, last, places }))
    }

    fn ends(&self) -> (Timestamp, Timestamp) {
        match self {
            Self::Rasters(run) => (run.first, run.last),
            Self::Files { first, last, .. } => (*first, *last),
        }
    }

    /// Whether a forecast of a place takes its wind from here, where nothing before it has any.
    fn serves(&self, place: LonLat, start: Timestamp, horizon_s: u32, hold_s: u32) -> bool {
        match self {
            Self::Rasters(run) => run.serves(place, start, horizon_s, hold_s),
            Self::Files { first, last, places } => {
                let hold_s = i64::from(hold_s);
                let in_time = start.as_second() + i64::from(horizon_s) >= first.as_second() - hold_s
                    && start.as_second() <= last.as_second() + hold_s;
                let near = |known: &Option<LonLat>| {
                    known.is_none_or(|known| known.distance_m(place) <= STATION_M_MAX)
                };
                in_time && places.iter().any(near)
            }
        }
    }
}

impl Watch {
    /// What is another since the last look; nothing at the first one. A folder that cannot be read, as one that is being written,
    /// is looked at again the next time.
    pub(super) fn look(&mut self, folders: &[PathBuf], hold_s: u32, runs: &RunFiles) -> Vec<InputNews> {
        let first = self.folders.is_none();
        let known = self.folders.get_or_insert_with(|| vec![Seen::default(); folders.len()]);
        let mut news = Vec::new();
        for (folder, seen) in folders.iter().zip(known) {
            let mut files = weather::files(folder);
            files.extend(files_of(folder));
            if files == seen.files {
                continue;
            }
            match Known::of(folder, runs) {
                Ok(coverage) => {
                    let before = std::mem::replace(seen, Seen { files, coverage: coverage.clone() }).coverage;
                    if !first && (before.is_some() || coverage.is_some()) {
                        news.push(told(folder, before, coverage, hold_s));
                    }
                }
                Err(error) => not_read(folder, &error),
            }
        }
        news
    }
}

fn not_read(folder: &Path, error: &InputsError) {
    tracing::warn!(folder = %folder.display(), %error, "new weather cannot be read, and is tried again");
}

fn told(folder: &Path, before: Option<Known>, after: Option<Known>, hold_s: u32) -> InputNews {
    let what = match &after {
        Some(run) => {
            let (first, last) = run.ends();
            format!("new weather in {}: {first} to {last}", folder.display())
        }
        None => format!("the weather in {} is gone", folder.display()),
    };
    InputNews::new(what, move |place: LonLat, start: Timestamp, horizon_s: u32| {
        [&before, &after].into_iter().flatten().any(|run| run.serves(place, start, horizon_s, hold_s))
    })
}
