//! The inputs that an operator configured, with the built-in ones behind them.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread;
use std::time::{Duration, SystemTime};

use firecore::forecast::InputNote;
use firecore::geo::{Bounds, LocalFrame};
use firecore::landscape::Landscape;
use jiff::Timestamp;
use tokio::sync::Semaphore;

use self::missed::Missed;
use self::standing::Standing;
use self::watch::Watch;
use super::area::{self, PlaneBox};
use super::folder::{self, Loaded, Opened};
use super::fuel::FuelMeaning;
use super::net::Traffic;
use super::online::Online;
use super::remote::Reach;
use super::runs::RunFiles;
use super::weather;
use super::{
    InputFuture, InputNews, InputSet, InputSettings, InputTrouble, Inputs, InputsError, NewsFuture,
    TerrainWinds,
};
use crate::clock::Clock;

mod air;
mod ground;
mod missed;
mod standing;
mod watch;

#[cfg(test)]
mod tests;

/// Landscape and weather from the configured folders; the built-in ones where those have nothing.
///
/// Each answer notes what stood in. The last few landscapes are kept, until a file of theirs changes.
#[derive(Debug)]
pub struct ConfiguredInputs {
    shared: Arc<Shared>,
    /// Reads that run at once.
    reads: Semaphore,
}

/// Reads of landscapes at a time. One holds some 25 bytes a cell of layers that are not packed yet, and 40 where these are turned into the
/// frame: up to 0.2 GB for the 4 million cells of the usual reach, 0.4 GB for the largest landscape.
const READS_MAX: usize = 2;
/// The same where some of them wait for the network.
const READS_ONLINE_MAX: usize = 4;
/// How long the network is waited for where a forecast had to do without it, and nobody waits any more.
const MISSED_WAIT: Duration = Duration::from_secs(20);
/// Landscapes kept; a forecast that is re-run every few minutes should not read its files again.
const KEPT_MAX: usize = 4;
/// Cells of all kept landscapes together: 256 MB with canopy. The newest is kept whatever its size.
const KEPT_CELLS_MAX: usize = 16_000_000;

#[derive(Debug)]
struct Shared {
    settings: InputSettings,
    clock: Clock,
    online: OnceLock<Result<Online, String>>,
    kept: Mutex<VecDeque<Kept>>,
    runs: RunFiles,
    watch: Mutex<Watch>,
    missed: Missed,
    standing: Standing,
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

/// A landscape, and what is to be said of it.
type KnownGround = (Arc<Landscape>, Vec<InputNote>);

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
        Self::at(settings, Clock::system())
    }

    /// The same by another clock, which tells how old is what was fetched.
    pub fn at(settings: InputSettings, clock: Clock) -> Self {
        let reads = if settings.online.is_some() { READS_ONLINE_MAX } else { READS_MAX };
        let shared = Shared {
            settings,
            clock,
            online: OnceLock::new(),
            kept: Mutex::default(),
            runs: RunFiles::default(),
            watch: Mutex::default(),
            missed: Missed::default(),
            standing: Standing::default(),
        };
        Self { shared: Arc::new(shared), reads: Semaphore::new(reads) }
    }

    /// Reads what every fetch depends on, so that a mistake in it shows before the first fire.
    ///
    /// **Errors** when the file of custom fuel models cannot be used, or nothing could ever be fetched.
    pub fn check(&self) -> Result<(), InputsError> {
        if self.shared.settings.online.is_some() && self.shared.online().is_none() {
            let known = self.shared.online.get().and_then(|online| online.as_ref().err().cloned());
            return Err(InputsError::Online { problem: known.unwrap_or_default() });
        }
        FuelMeaning::read(&self.shared.settings).map(drop)
    }

    /// What was fetched over the network so far.
    pub fn traffic(&self) -> Traffic {
        self.shared.online().map(Online::traffic).unwrap_or_default()
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

    fn troubles(&self) -> Vec<InputTrouble> {
        self.shared.standing.troubles(self.shared.clock.now())
    }
}

impl Shared {
    /// The way out; `None` where nothing is fetched, or the door could not be opened, which [`ConfiguredInputs::check`] tells.
    fn online(&self) -> Option<&Online> {
        let options = self.settings.online.as_ref()?;
        let start = || Online::start(options.clone(), self.clock.clone()).map_err(|error| error.to_string());
        match self.online.get_or_init(start) {
            Ok(online) => Some(online),
            Err(error) => {
                tracing::error!(error, "nothing can be fetched");
                None
            }
        }
    }

    fn news(&self) -> Vec<InputNews> {
        let mut news = {
            let mut watch = self.watch.lock().unwrap_or_else(PoisonError::into_inner);
            watch.look(&self.settings.weathers, self.settings.weather_hold_s, &self.runs)
        };
        if let Some(online) = self.online() {
            news.extend(self.missed.look(|area, start, horizon_s| {
                let reach = online.reach_for(MISSED_WAIT);
                self.fetch_heard(area, start, horizon_s, Some((online, reach))).map(|set| set.notes).ok()
            }));
        }
        news
    }

    fn fetch(&self, area: &Bounds, start: Timestamp, horizon_s: u32) -> Result<InputSet, InputsError> {
        let Some(online) = self.online() else { return self.fetch_heard(area, start, horizon_s, None) };
        let set = self.fetch_heard(area, start, horizon_s, Some((online, online.reach())))?;
        self.missed.note(area, start, horizon_s, &set.notes);
        Ok(set)
    }

    /// The same, and what failed is remembered.
    fn fetch_heard(
        &self,
        area: &Bounds,
        start: Timestamp,
        horizon_s: u32,
        online: Option<(&Online, Reach)>,
    ) -> Result<InputSet, InputsError> {
        let failures = online.as_ref().map(|(_, reach)| reach.failures.clone()).unwrap_or_default();
        let set = self.fetch_through(area, start, horizon_s, online);
        let notes = set.as_ref().map(|set| set.notes.as_slice());
        self.standing.hear(area, notes, failures.all(), self.clock.now());
        set
    }

    fn fetch_through(
        &self,
        area: &Bounds,
        start: Timestamp,
        horizon_s: u32,
        online: Option<(&Online, Reach)>,
    ) -> Result<InputSet, InputsError> {
        let online = online.as_ref();
        let air = air::Chain { settings: &self.settings, area, start, horizon_s };
        // Side by side: what providers say of the weather needs no ground.
        let (ground, asked) = thread::scope(|scope| {
            let asked = scope.spawn(|| air.ask(online));
            (self.ground(area, &air, online), folder::joined(asked))
        });
        let ((landscape, mut notes), early) = ground?;
        let (mut weather, mut weather_notes) = match early {
            Some(found) => found,
            None => air.over(&landscape, &self.runs, online, asked)?,
        };
        match self.settings.terrain_wind {
            TerrainWinds::Auto => (),
            TerrainWinds::Always => weather.terrain_bends_wind = true,
            TerrainWinds::Never => weather.terrain_bends_wind = false,
        }
        if weather.terrain_bends_wind {
            // Made here, so that no member waits for it.
            let is_flat = landscape.terrain_wind().is_straight();
            if let Some(wind) = weather_notes.iter_mut().find(|note| note.input == "wind" && !is_flat) {
                wind.source.push_str("; turned and sped up by the terrain");
            }
        }
        notes.extend(weather_notes);
        Ok(InputSet { landscape, weather: Arc::new(weather), notes })
    }

    /// The ground, and the weather of rasters, where there are any.
    fn ground(
        &self,
        area: &Bounds,
        air: &air::Chain<'_>,
        online: Option<&(&Online, Reach)>,
    ) -> Result<(KnownGround, Option<air::Found>), InputsError> {
        match ground::open(self, area, online)? {
            Ground::Known(landscape, notes) => {
                let early = air.of_rasters(&landscape.frame, &landscape.shape)?;
                Ok(((landscape, notes), early))
            }
            // Side by side: where the landscape's cells lie is known before they are read.
            Ground::Opened(opened, key) => {
                let (frame, shape) = (opened.frame.clone(), opened.shape);
                let (ground, early) = thread::scope(|scope| {
                    let early = scope.spawn(|| air.of_rasters(&frame, &shape));
                    (self.read(*opened, key, online), folder::joined(early))
                });
                Ok((ground?, early?))
            }
        }
    }

    fn read(
        &self,
        opened: Opened,
        key: Key,
        online: Option<&(&Online, Reach)>,
    ) -> Result<KnownGround, InputsError> {
        let Loaded { mut landscape, mut notes, is_flat } = opened.read(self.may_bend_wind(online))?;
        let whole = match online.filter(|_| is_flat) {
            Some(online) => ground::raise(&mut landscape, &mut notes, online),
            None => true,
        };
        let landscape = Arc::new(landscape);
        if whole {
            self.keep(Kept { key, landscape: Arc::clone(&landscape), notes: notes.clone() });
        }
        Ok((landscape, notes))
    }

    /// Whether some weather that is asked for may have a wind that the terrain bends.
    fn may_bend_wind(&self, online: Option<&(&Online, Reach)>) -> bool {
        match self.settings.terrain_wind {
            TerrainWinds::Auto => {
                let asks = online.is_some() && self.settings.constant_weather.is_none();
                asks || self.settings.weathers.iter().any(|path| !weather::has_rasters(path))
            }
            TerrainWinds::Always => true,
            TerrainWinds::Never => false,
        }
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
