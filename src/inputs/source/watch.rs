//! Whether the weather folders hold another run than they did.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use firecore::geo::LonLat;
use jiff::Timestamp;

use crate::inputs::weather::{self, Coverage};
use crate::inputs::{InputNews, InputsError};

/// The weather folders as they were when they were looked at last.
#[derive(Debug, Default)]
pub(super) struct Watch {
    folders: Option<Vec<Seen>>,
}

#[derive(Clone, Debug, Default)]
struct Seen {
    files: Vec<(PathBuf, u64, Option<SystemTime>)>,
    /// What the folder said of itself; `None` where it has no weather.
    coverage: Option<Coverage>,
}

impl Watch {
    /// What is another since the last look; nothing at the first one. A folder that cannot be read, as one that is being written,
    /// is looked at again the next time.
    pub(super) fn look(&mut self, folders: &[PathBuf], hold_s: u32) -> Vec<InputNews> {
        let first = self.folders.is_none();
        let known = self.folders.get_or_insert_with(|| vec![Seen::default(); folders.len()]);
        let mut news = Vec::new();
        for (folder, seen) in folders.iter().zip(known) {
            let files = weather::files(folder);
            if files == seen.files {
                continue;
            }
            match weather::coverage(folder) {
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

fn told(folder: &Path, before: Option<Coverage>, after: Option<Coverage>, hold_s: u32) -> InputNews {
    let what = match &after {
        Some(run) => format!("new weather in {}: {} to {}", folder.display(), run.first, run.last),
        None => format!("the weather in {} is gone", folder.display()),
    };
    InputNews::new(what, move |place: LonLat, start: Timestamp, horizon_s: u32| {
        [&before, &after].into_iter().flatten().any(|run| run.serves(place, start, horizon_s, hold_s))
    })
}
