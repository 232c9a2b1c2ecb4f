//! What a forecast leaves on disk: perimeters for a map, arrival times for a GIS, and a picture for a person.
//!
//! One folder a forecast, `<root>/<cluster>/<version>/`, with `forecast.geojson`, `assets.json`, `arrival_p50.tif` and
//! `forecast.png`. Each file appears whole or not at all. Nothing is ever deleted here.
//!
//! ```no_run
//! # fn example(forecast: &firecore::forecast::Forecast) -> Result<(), guira::artifacts::ArtifactError> {
//! use guira::artifacts::{Artifacts, PictureExtras};
//!
//! let written = Artifacts::new("results".into()).put_blocking(forecast, None, &PictureExtras::default())?;
//! assert!(written.uri.starts_with("file:///"));
//! # Ok(())
//! # }
//! ```

use std::fs;
use std::io::Write;
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

use firecore::forecast::Forecast;
use firecore::geo::LonLat;
use firecore::landscape::Landscape;
use geo::MultiPolygon;

use crate::inputs::InputSet;

mod control;
mod decision;
mod geojson;
pub mod impact;
mod picture;
mod raster;
#[cfg(test)]
pub(crate) mod test_forecast;
#[cfg(test)]
mod tests;

pub use control::{CONTROL_FILES, Control, write_control};
pub use decision::{decision_record, plan_decision};
pub(crate) use geojson::coordinates;
pub use geojson::{forecast_facts, forecast_features, forecast_geojson};

/// Perimeters of every lead time and percentile.
pub const GEOJSON_FILE: &str = "forecast.geojson";
/// When the fire reaches the assets.
pub const ASSETS_FILE: &str = "assets.json";
/// Hours after the seed by which half of the members burned a cell.
pub const ARRIVAL_FILE: &str = "arrival_p50.tif";
/// The forecast over the terrain.
pub const PICTURE_FILE: &str = "forecast.png";

/// The PNG of what a fire at a place would be computed from, with a title and paragraphs beside it; `true` marks what falls short.
pub fn inputs_picture(
    inputs: &InputSet,
    place: LonLat,
    title: &str,
    paragraphs: &[(String, bool)],
) -> Result<Vec<u8>, ArtifactError> {
    picture::draw_inputs(inputs, place, title, paragraphs)
}

/// Why a forecast's files could not be written.
#[derive(Debug, thiserror::Error)]
pub enum ArtifactError {
    /// The system refused a file or folder.
    #[error("cannot write {}: {source}", path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A layer could not be encoded.
    #[error("cannot encode a layer: {0}")]
    Raster(#[from] tiff::TiffError),
    /// The picture could not be encoded.
    #[error("cannot encode the picture: {0}")]
    Picture(#[from] png::EncodingError),
    /// The work was given up before it ended: the runtime is shutting down.
    #[error("writing the results was given up before it ended")]
    GivenUp,
}

/// What a picture shows beside the forecast.
#[derive(Clone, Debug, Default)]
pub struct PictureExtras {
    /// Places where fire was seen after the forecast's seed.
    pub later_detections: Vec<LonLat>,
    /// What is known to have burned by the longest lead time: for comparison after the fact.
    pub observed: Option<MultiPolygon<f64>>,
    /// First line of the text; `Fire forecast` without it.
    pub title: Option<String>,
}

/// The files of one forecast.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArtifactSet {
    /// The folder as a URI: `file:///...`.
    pub uri: String,
    /// The files, as paths.
    pub files: Vec<PathBuf>,
}

/// The folder that all forecasts' files lie in.
#[derive(Clone, Debug)]
pub struct Artifacts {
    root: PathBuf,
}

impl Artifacts {
    /// Files go below `root`, which is made when the first forecast is written.
    pub fn new(root: PathBuf) -> Self {
        Self { root }
    }

    /// The folder of a forecast's files.
    pub fn folder(&self, forecast: &Forecast) -> PathBuf {
        self.root.join(forecast.plan.cluster_id.to_string()).join(format!("{:06}", forecast.plan.version))
    }

    /// Writes a forecast's files on a blocking thread.
    ///
    /// `backdrop` is the landscape that the forecast ran on: the picture's terrain and cover.
    ///
    /// **Errors** name the file.
    pub async fn put(
        &self,
        forecast: Arc<Forecast>,
        backdrop: Option<Arc<Landscape>>,
        extras: PictureExtras,
    ) -> Result<ArtifactSet, ArtifactError> {
        let own = self.clone();
        let written =
            tokio::task::spawn_blocking(move || own.put_blocking(&forecast, backdrop.as_deref(), &extras));
        written.await.map_err(|_| ArtifactError::GivenUp)?
    }

    /// The same on this thread.
    pub fn put_blocking(
        &self,
        forecast: &Forecast,
        backdrop: Option<&Landscape>,
        extras: &PictureExtras,
    ) -> Result<ArtifactSet, ArtifactError> {
        write_into(&self.folder(forecast), forecast, backdrop, extras)
    }

    /// Copies some of a forecast's files, which were written before, into a folder of the caller's choice.
    ///
    /// **Errors** name the file.
    pub fn copy_into(&self, folder: &Path, forecast: &Forecast, names: &[&str]) -> Result<(), ArtifactError> {
        fs::create_dir_all(folder).map_err(failed(folder))?;
        let own = self.folder(forecast);
        for name in names {
            let path = folder.join(name);
            let part = part_of(&path);
            let copied = fs::copy(own.join(name), &part).and_then(|_| fs::rename(&part, &path));
            copied.map_err(failed(&path))?;
        }
        Ok(())
    }
}

/// Writes a forecast's files into a folder of the caller's choice.
///
/// **Errors** name the file.
pub fn write_into(
    folder: &Path,
    forecast: &Forecast,
    backdrop: Option<&Landscape>,
    extras: &PictureExtras,
) -> Result<ArtifactSet, ArtifactError> {
    fs::create_dir_all(folder).map_err(failed(folder))?;
    let write = |name: &str, bytes: Vec<u8>| {
        let path = folder.join(name);
        write_whole(&path, &bytes).map_err(failed(&path)).map(|()| path)
    };
    // Side by side: each computes, and then waits for the disk.
    let files: Result<Vec<PathBuf>, ArtifactError> = thread::scope(|scope| {
        let raster = scope.spawn(|| write(ARRIVAL_FILE, raster::arrival_hours(forecast)?));
        let picture = scope.spawn(|| write(PICTURE_FILE, picture::draw(forecast, backdrop, extras)?));
        let perimeters = write(GEOJSON_FILE, format!("{}\n", forecast_geojson(forecast)).into_bytes());
        let assets = write(ASSETS_FILE, format!("{}\n", impact::assets_document(forecast)).into_bytes());
        [perimeters, assets, joined(raster), joined(picture)].into_iter().collect()
    });
    let absolute = fs::canonicalize(folder).map_err(failed(folder))?;
    Ok(ArtifactSet { uri: file_uri(&absolute), files: files? })
}

/// Writes a forecast's picture alone.
///
/// **Errors** name the file.
pub fn write_picture(
    folder: &Path,
    forecast: &Forecast,
    backdrop: Option<&Landscape>,
    extras: &PictureExtras,
) -> Result<(), ArtifactError> {
    let path = folder.join(PICTURE_FILE);
    let bytes = picture::draw(forecast, backdrop, extras)?;
    write_whole(&path, &bytes).map_err(failed(&path))
}

fn failed(path: &Path) -> impl FnOnce(std::io::Error) -> ArtifactError + use<> {
    let path = path.to_owned();
    move |source| ArtifactError::Write { path, source }
}

/// What a thread gave; its panic goes on here.
fn joined<T>(thread: thread::ScopedJoinHandle<'_, T>) -> T {
    thread.join().unwrap_or_else(|panic| resume_unwind(panic))
}

/// A reader sees the file that was there before, or this one: never a part.
fn write_whole(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let part = part_of(path);
    let mut file = fs::File::create(&part)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&part, path)
}

/// What a file is called until it is whole.
fn part_of(path: &Path) -> PathBuf {
    let mut part = path.as_os_str().to_owned();
    part.push(".part");
    PathBuf::from(part)
}

/// A path as RFC 8089 writes it, with what a URI may not hold escaped.
fn file_uri(path: &Path) -> String {
    let mut uri = "file://".to_owned();
    for byte in path.to_string_lossy().bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'/' | b'-' | b'.' | b'_' | b'~' => {
                uri.push(char::from(byte))
            }
            other => uri.push_str(&format!("%{other:02X}")),
        }
    }
    uri
}
