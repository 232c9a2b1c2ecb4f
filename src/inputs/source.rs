//! The inputs that an operator configured, with the built-in ones behind them.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::SystemTime;

use firecore::forecast::InputNote;
use firecore::geo::{Bounds, LocalFrame};
use firecore::grid::GridShape;
use firecore::landscape::Landscape;
use firecore::weather::WeatherSeries;
use jiff::Timestamp;
use tokio::sync::Semaphore;

use super::area::{self, PlaneBox};
use super::folder::Opened;
use super::fuel::FuelMeaning;
use super::settings::LIVE_FUEL_MOISTURE_DEFAULT;
use super::weather::Request;
use super::{
    InputFuture, InputNews, InputSet, InputSettings, Inputs, InputsError, NewsFuture, builtin, folder,
    weather,
};
use watch::Watch;

mod watch;

#[cfg(test)]
mod tests;

/// Landscape and weather from the configured folders; the built-in ones where those have nothing.
///
/// Each answer notes what stood in. The last few landscapes are kept, until a file of theirs changes.
#[derive(Debug)]
pub struct ConfiguredInputs {
    shared: Arc<Shared>,
    /// Reads that run at once: each may hold a quarter of a gigabyte while it runs.
    reads: Semaphore,
}

const READS_MAX: usize = 2;
/// Landscapes kept; a forecast that is re-run every few minutes should not read its files again.
const KEPT_MAX: usize = 4;
/// Cells of all kept landscapes together: about 0.5 GB with canopy. The newest is kept whatever its size.
const KEPT_CELLS_MAX: usize = 16_000_000;

#[derive(Debug)]
struct Shared {
    settings: InputSettings,
    kept: Mutex<VecDeque<Kept>>,
    watch: Mutex<Watch>,
}

#[derive(Debug)]
struct Kept {
    key: Key,
    landscape: Arc<Landscape>,
    notes: Vec<InputNote>,
}

/// The ground of a fetch: there, or still to be read.
enum Ground {
    Known(Arc<Landscape>, Vec<InputNote>),
    Opened(Box<Opened>, Key),
}

/// What a landscape depends on: the path, the window and the state of the files.
#[derive(Clone, Debug, PartialEq)]
struct Key {
    path: PathBuf,
    window: PlaneBox,
    files: Vec<(PathBuf, u64, Option<SystemTime>)>,
}

impl ConfiguredInputs {
    /// Inputs by the operator's settings. Nothing is read before the first [`Inputs::fetch`].
    pub fn new(settings: InputSettings) -> Self {
        let shared = Shared { settings, kept: Mutex::default(), watch: Mutex::default() };
        Self { shared: Arc::new(shared), reads: Semaphore::new(READS_MAX) }
    }

    /// Reads what every fetch depends on, so that a mistake in it shows before the first fire.
    ///
    /// **Errors** when the file of custom fuel models cannot be used.
    pub fn check(&self) -> Result<(), InputsError> {
        FuelMeaning::read(&self.shared.settings).map(drop)
    }

    /// [`Inputs::fetch`] on this thread, which waits for the files: for command lines.
    ///
    /// **Errors** as [`Inputs::fetch`].
    pub fn fetch_blocking(
        &self,
        area: &Bounds,
        start: Timestamp,
        horizon_s: u32,
    ) -> Result<InputSet, InputsError> {
        self.shared.fetch(area, start, horizon_s)
    }
}

impl Inputs for ConfiguredInputs {
    fn fetch(&self, area: Bounds, start: Timestamp, horizon_s: u32) -> InputFuture<'_> {
        Box::pin(async move {
            let _permit = self.reads.acquire().await.map_err(|_| InputsError::GivenUp)?;
            let shared = Arc::clone(&self.shared);
            let read = tokio::task::spawn_blocking(move || shared.fetch(&area, start, horizon_s));
            read.await.map_err(|_| InputsError::GivenUp)?
        })
    }

    fn news(&self) -> NewsFuture<'_> {
        Box::pin(async move {
            let shared = Arc::clone(&self.shared);
            // Given up only with the runtime.
            tokio::task::spawn_blocking(move || shared.news()).await.unwrap_or_default()
        })
    }
}

impl Shared {
    fn news(&self) -> Vec<InputNews> {
        let mut watch = self.watch.lock().unwrap_or_else(PoisonError::into_inner);
        watch.look(&self.settings.weathers, self.settings.weather_hold_s)
    }

    fn fetch(&self, area: &Bounds, start: Timestamp, horizon_s: u32) -> Result<InputSet, InputsError> {
        let weather =
            |frame: &LocalFrame, shape: &GridShape| self.weather(area, frame, shape, start, horizon_s);
        let (ground, weather) = match self.ground(area)? {
            Ground::Known(landscape, notes) => {
                let weather = weather(&landscape.frame, &landscape.shape);
                (Ok((landscape, notes)), weather)
            }
            // Side by side: where the landscape's cells lie is known before they are read.
            Ground::Opened(opened, key) => {
                let (frame, shape) = (opened.frame.clone(), opened.shape);
                thread::scope(|scope| {
                    let weather = scope.spawn(|| weather(&frame, &shape));
                    (self.read(*opened, key), folder::joined(weather))
                })
            }
        };
        let ((landscape, mut notes), (weather, weather_notes)) = (ground?, weather?);
        notes.extend(weather_notes);
        Ok(InputSet { landscape, weather: Arc::new(weather), notes })
    }

    fn ground(&self, area: &Bounds) -> Result<Ground, InputsError> {
        for path in &self.settings.landscapes {
            let key = self.key(path, area)?;
            if let Some((landscape, notes)) = self.recall(&key) {
                return Ok(Ground::Known(landscape, notes));
            }
            let meaning = FuelMeaning::read(&self.settings)?;
            if let Some(opened) = folder::open(path, area, self.settings.reach_m, meaning)? {
                return Ok(Ground::Opened(Box::new(opened), key));
            }
        }
        let frame = LocalFrame::at(area::centre(area)?);
        let window = area::plane_box(&frame, area)?;
        let (landscape, mut notes) = builtin::landscape(frame, &window, self.settings.reach_m);
        say_nothing_in(&self.settings.landscapes, &mut notes);
        Ok(Ground::Known(landscape, notes))
    }

    fn read(&self, opened: Opened, key: Key) -> Result<(Arc<Landscape>, Vec<InputNote>), InputsError> {
        let (landscape, notes) = opened.read()?;
        let landscape = Arc::new(landscape);
        self.keep(Kept { key, landscape: Arc::clone(&landscape), notes: notes.clone() });
        Ok((landscape, notes))
    }

    fn weather(
        &self,
        area: &Bounds,
        frame: &LocalFrame,
        shape: &GridShape,
        start: Timestamp,
        horizon_s: u32,
    ) -> Result<(WeatherSeries, Vec<InputNote>), InputsError> {
        let settings = &self.settings;
        let constant = settings.constant_weather;
        let live = settings.live_fuel_moisture.or(constant.map(|weather| weather.moisture.live));
        let request = Request {
            frame,
            ground: PlaneBox {
                west_m: shape.west_m,
                south_m: shape.north_m - shape.rows as f64 * shape.cell_size_m,
                east_m: shape.west_m + shape.cols as f64 * shape.cell_size_m,
                north_m: shape.north_m,
            },
            fire: area::plane_box(frame, area)?.centre(),
            start,
            horizon_s,
            hold_s: settings.weather_hold_s,
            live: live.unwrap_or(LIVE_FUEL_MOISTURE_DEFAULT),
        };
        for folder in &settings.weathers {
            if let Some((series, mut notes)) = weather::load(folder, &request)? {
                notes.push(live_note(live.is_some()));
                return Ok((series, notes));
            }
        }
        let (mut weather, mut notes) = match constant {
            Some(constant) => (constant, constant_notes()),
            None => (builtin::WEATHER_DEFAULT, builtin::weather_notes()),
        };
        if let Some(live) = settings.live_fuel_moisture {
            weather.moisture.live = live;
            notes.retain(|note| note.input != "live_fuel_moisture");
            notes.push(live_note(true));
        }
        say_nothing_in(&settings.weathers, &mut notes);
        Ok((builtin::constant_series(frame.clone(), request.fire, start, &weather), notes))
    }

    fn key(&self, path: &Path, area: &Bounds) -> Result<Key, InputsError> {
        let frame = LocalFrame::at(area::centre(area)?);
        let window = area::plane_box(&frame, area)?.snapped_outward(folder::SNAP_M);
        let mut files = Vec::new();
        let entries = std::fs::read_dir(path).into_iter().flatten().flatten().map(|entry| entry.path());
        for file in entries.chain([path.to_owned()]).chain(self.settings.fuel_models.clone()) {
            if let Ok(state) = std::fs::metadata(&file) {
                files.push((file, state.len(), state.modified().ok()));
            }
        }
        files.sort();
        Ok(Key { path: path.to_owned(), window, files })
    }

    fn recall(&self, key: &Key) -> Option<(Arc<Landscape>, Vec<InputNote>)> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let place = kept.iter().position(|kept| kept.key == *key)?;
        let found = kept.remove(place)?;
        let answer = (Arc::clone(&found.landscape), found.notes.clone());
        kept.push_front(found);
        Some(answer)
    }

    fn keep(&self, fresh: Kept) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.push_front(fresh);
        let cells = |kept: &VecDeque<Kept>| kept.iter().map(|kept| kept.landscape.shape.len()).sum::<usize>();
        while kept.len() > 1 && (kept.len() > KEPT_MAX || cells(&kept) > KEPT_CELLS_MAX) {
            kept.pop_back();
        }
    }
}

/// Adds to the first note that the configured folders had nothing.
fn say_nothing_in(paths: &[PathBuf], notes: &mut [InputNote]) {
    if let (false, Some(note)) = (paths.is_empty(), notes.first_mut()) {
        let names: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
        note.source = format!("{}; nothing for this place and time in {}", note.source, names.join(", "));
    }
}

fn constant_notes() -> Vec<InputNote> {
    ["wind", "dead_fuel_moisture", "live_fuel_moisture"].map(setting_note).to_vec()
}

fn live_note(set: bool) -> InputNote {
    if set {
        setting_note("live_fuel_moisture")
    } else {
        let source = "built-in 60 % herbaceous, 90 % woody (scenario L2)";
        builtin::fallback("live_fuel_moisture", source, None)
    }
}

fn setting_note(input: &str) -> InputNote {
    InputNote { input: input.to_owned(), source: "settings".to_owned(), valid_at: None, fallback: false }
}
