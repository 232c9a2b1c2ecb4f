//! Weather files of this machine: read once, until they change.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use firecore::forecast::InputNote;
use firecore::geo::{Bounds, LonLat};
use firecore::weather::WeatherSeries;
use georead::weather::grib2::Grib2Error;
use georead::weather::text::{LocalTime, read_text};
use georead::weather::{Hour, WeatherRun, grib2, nws, open_meteo};
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};

use super::kept::Kept;
use super::within::Within;
use super::{Wanted, choose, series, span};
use crate::inputs::{InputsError, builtin};

/// Endings of files that weather is read from, in lower case.
const TEXTS: [&str; 6] = ["csv", "wxs", "raws", "fw21", "json", "input"];
const GRIBS: [&str; 4] = ["grib2", "grb2", "grib", "grb"];

/// Files of one folder that are read: stations of a country are fewer.
const FILES_MAX: usize = 512;

/// Largest text and largest file of a model's output, bytes: what their readers take, or more.
const TEXT_BYTES_MAX: u64 = 64 << 20;
const GRIB_BYTES_MAX: u64 = grib2::BYTES_MAX as u64;

/// Memory for what was read, bytes. Reason: two days of a model of 3 km, ten quantities an hour, are 4 MB around a fire, and a year of a
/// station is 0.7 MB; this is thirty fires apart from each other, or a region's stations. What is beyond it is read anew with each forecast.
const KEPT_BYTES_MAX: usize = 128 << 20;

/// A file, its size, and when it was changed.
pub(in crate::inputs) type FileState = (PathBuf, u64, Option<SystemTime>);

/// Weather files of a folder, or the one that a path names, by name.
pub(in crate::inputs) fn files_of(path: &Path) -> Vec<FileState> {
    let entries = std::fs::read_dir(path).into_iter().flatten().flatten().map(|entry| entry.path());
    let named = path.is_file().then(|| path.to_owned());
    let known = entries.chain(named).filter(|file| is_text(file) || is_grib(file));
    let mut files: Vec<FileState> = known
        .filter_map(|file| {
            let state = std::fs::metadata(&file).ok()?;
            state.is_file().then(|| (file, state.len(), state.modified().ok()))
        })
        .collect();
    files.sort();
    files
}

fn has_ending(file: &Path, endings: &[&str]) -> bool {
    let ending = file.extension().unwrap_or_default().to_string_lossy().to_lowercase();
    endings.contains(&ending.as_str())
}

fn is_text(file: &Path) -> bool {
    has_ending(file, &TEXTS)
}

fn is_grib(file: &Path) -> bool {
    has_ending(file, &GRIBS)
}

/// What was read, as long as the files stay as they are.
#[derive(Debug)]
pub(in crate::inputs) struct RunFiles(Mutex<Kept<(FileState, How), Read>>);

impl Default for RunFiles {
    fn default() -> Self {
        Self(Mutex::new(Kept::new(KEPT_BYTES_MAX)))
    }
}

/// What is read of a file.
#[derive(Clone, Debug, PartialEq)]
enum How {
    /// All of it, with a clock so far ahead of UTC, s.
    Text(i64),
    /// A model's fields in a place and time.
    Grib(Within),
    /// Where and when a model has fields.
    Coverage,
}

/// What was read of a file.
#[derive(Debug)]
enum Read {
    /// A run, and whether its times had no zone.
    Run(Arc<WeatherRun>, Vec<String>, bool),
    /// Fields of a run that other files may have more of; `None` where the file has none in the place.
    Fields(Option<grib2::Fields>),
    Coverage(grib2::Coverage),
}

/// A run that files have, and what was said of it.
#[derive(Debug)]
struct FilesRun {
    run: Arc<WeatherRun>,
    warnings: Vec<String>,
    /// Whether its times had no zone.
    local: bool,
}

/// Where and when a file has weather.
#[derive(Debug)]
pub(in crate::inputs) struct Covered {
    pub(in crate::inputs) first: Timestamp,
    pub(in crate::inputs) last: Timestamp,
    /// Stations, or nodes of a model some 50 km apart; `None` holds everywhere.
    pub(in crate::inputs) places: Vec<Option<LonLat>>,
}

impl RunFiles {
    /// A series from the files of a path; `None` where they have no wind for the fire's place and time.
    ///
    /// **Errors** name the file, what was needed and what was found.
    pub(in crate::inputs) fn series(
        &self,
        path: &Path,
        utc_offset: Option<SignedDuration>,
        wanted: &Wanted<'_>,
    ) -> Result<Option<(WeatherSeries, Vec<InputNote>)>, InputsError> {
        let offset = utc_offset.unwrap_or_else(|| by_longitude(wanted.middle.lon_deg()));
        let files = files_of(path);
        if files.is_empty() {
            return Err(nothing(path));
        }
        let within = Within::of(wanted);
        let read = self.runs(path, files, offset, |_| Ok(within.clone()))?;
        let end = wanted.start + SignedDuration::from_secs(i64::from(wanted.horizon_s));
        let runs = read.iter().map(|read| Arc::clone(&read.run)).collect();
        let Some(run) = choose(runs, wanted.start, end, &within.hours) else { return Ok(None) };
        let Some(made) = series(&run, &path.display().to_string(), wanted) else { return Ok(None) };
        let mut notes = made.notes;
        let mut said: Vec<String> = read.iter().flat_map(|read| read.warnings.iter().cloned()).collect();
        said.truncate(WARNINGS_SHOWN);
        if utc_offset.is_none() && read.iter().any(|read| read.local) {
            let hours = offset.as_secs_f64() / 3600.0;
            said.push(format!(
                "its times have no zone: taken as {hours:+} h from UTC, by the fire's longitude"
            ));
        }
        if !said.is_empty() {
            notes.push(builtin::fallback("wind", &format!("{}: {}", path.display(), said.join("; ")), None));
        }
        Ok(Some((made.series, notes)))
    }

    /// Where and when each file of a path has weather. Of models nothing is unpacked.
    ///
    /// **Errors** name the file, what was needed and what was found.
    pub(in crate::inputs) fn covered(
        &self,
        path: &Path,
        offset: SignedDuration,
    ) -> Result<Vec<Covered>, InputsError> {
        let mut all = Vec::new();
        for file in files_of(path).into_iter().take(FILES_MAX) {
            let how = if is_grib(&file.0) { How::Coverage } else { How::Text(offset.as_secs()) };
            match &*self.read(file, how)? {
                Read::Run(run, ..) => {
                    let Some((first, last)) = span(run) else { continue };
                    all.push(Covered {
                        first,
                        last,
                        places: run.nodes.iter().map(|node| node.place).collect(),
                    });
                }
                Read::Coverage(grib2::Coverage { first, last, places }) => {
                    let places = places.iter().copied().map(Some).collect();
                    all.push(Covered { first: *first, last: *last, places });
                }
                Read::Fields(_) => {}
            }
        }
        Ok(all)
    }

    /// What is to be said of the files of a path, first which hours they lack; of models' in the middle of their grids, at all hours.
    ///
    /// **Errors** name the file, what was needed and what was found.
    pub(in crate::inputs) fn warnings(
        &self,
        path: &Path,
        offset: SignedDuration,
    ) -> Result<Vec<String>, InputsError> {
        let in_the_middle = |file: &FileState| {
            let read = self.read(file.clone(), How::Coverage)?;
            let Read::Coverage(grib2::Coverage { places, .. }) = &*read else { return Err(nothing(path)) };
            let bounds = Bounds::of(places.get(places.len() / 2).copied()).ok_or_else(|| nothing(path))?;
            Ok(Within { bounds, hours: Timestamp::MIN..=Timestamp::MAX })
        };
        let (runs, warnings): (Vec<_>, Vec<_>) = self
            .runs(path, files_of(path), offset, in_the_middle)?
            .into_iter()
            .map(|read| (read.run, read.warnings))
            .unzip();
        Ok(choose::gaps(&runs).into_iter().chain(warnings.into_iter().flatten()).collect())
    }

    /// The runs that files have: one a text or an answer, and of GRIB files one a model's start, however many files it comes in.
    ///
    /// **Errors** name the file, what was needed and what was found.
    fn runs(
        &self,
        path: &Path,
        files: Vec<FileState>,
        offset: SignedDuration,
        within: impl Fn(&FileState) -> Result<Within, InputsError>,
    ) -> Result<Vec<FilesRun>, InputsError> {
        let mut runs = Vec::new();
        let mut gribs = Vec::new();
        for file in files.into_iter().take(FILES_MAX) {
            let how = if is_grib(&file.0) { How::Grib(within(&file)?) } else { How::Text(offset.as_secs()) };
            let name = file.0.clone();
            let read = self.read(file, how)?;
            match &*read {
                Read::Run(run, warnings, local) => {
                    let (run, warnings) = (Arc::clone(run), warnings.clone());
                    runs.push(FilesRun { run, warnings, local: *local });
                }
                _ => gribs.push((name, read)),
            }
        }
        let (names, fields): (Vec<&Path>, Vec<&grib2::Fields>) =
            gribs.iter().filter_map(|(name, read)| Some((name.as_path(), read.fields()?))).unzip();
        let joined = grib2::runs(&fields)
            .map_err(|error| InputsError::Weather { path: path.to_owned(), problem: error.to_string() })?;
        for grib2::Joined { mut run, warnings, files } in joined {
            run.provider = format!("{} {}", run.provider, in_words(&names, &files)).trim().to_owned();
            runs.push(FilesRun { run: Arc::new(run), warnings, local: false });
        }
        Ok(runs)
    }

    fn read(&self, file: FileState, how: How) -> Result<Arc<Read>, InputsError> {
        let key = (file, how);
        if let Some(read) = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Ok(read);
        }
        let read = Arc::new(parse(&key.0, &key.1)?);
        let bytes = read.bytes();
        self.0.lock().unwrap_or_else(PoisonError::into_inner).put(key, Arc::clone(&read), bytes);
        Ok(read)
    }
}

impl Read {
    fn fields(&self) -> Option<&grib2::Fields> {
        match self {
            Self::Fields(fields) => fields.as_ref(),
            Self::Run(..) | Self::Coverage(_) => None,
        }
    }

    /// Memory that it takes.
    fn bytes(&self) -> usize {
        match self {
            Self::Run(run, ..) => {
                let names =
                    run.nodes.iter().map(|node| node.name.as_ref().map_or(0, String::len)).sum::<usize>();
                let hour = |hour: &Hour| size_of::<Hour>() + size_of_val(&hour.samples[..]);
                size_of_val(&run.nodes[..]) + names + run.hours.iter().map(hour).sum::<usize>()
            }
            Self::Fields(fields) => fields.as_ref().map_or(0, grib2::Fields::bytes),
            Self::Coverage(coverage) => size_of_val(&coverage.places[..]),
        }
    }
}

/// Names of some of the files.
fn in_words(files: &[&Path], of: &[usize]) -> String {
    let name = |place: &usize| files[*place].file_name().unwrap_or_default().to_string_lossy().into_owned();
    match of {
        [] => String::new(),
        [only] => name(only),
        [first, .., last] => format!("{} to {} ({} files)", name(first), name(last), of.len()),
    }
}

/// Warnings of files that a note repeats.
const WARNINGS_SHOWN: usize = 3;

/// Hours that noon is at by the sun, whole: what a clock without a zone is taken for.
pub(in crate::inputs) fn by_longitude(lon_deg: f64) -> SignedDuration {
    SignedDuration::from_hours((lon_deg / 15.0).round() as i64)
}

fn nothing(path: &Path) -> InputsError {
    let endings =
        TEXTS.iter().chain(&GRIBS).map(|ending| format!(".{ending}")).collect::<Vec<_>>().join(", ");
    let problem = format!("needed ws.tif and wd.tif, or files that end in {endings}, found none");
    InputsError::Weather { path: path.to_owned(), problem }
}

fn parse((path, length, _): &FileState, how: &How) -> Result<Read, InputsError> {
    let failed = |problem: String| InputsError::Weather { path: path.clone(), problem };
    let bytes_max = if is_grib(path) { GRIB_BYTES_MAX } else { TEXT_BYTES_MAX };
    if *length > bytes_max {
        return Err(failed(format!("needed at most {bytes_max} bytes, found {length}")));
    }
    let bytes = std::fs::read(path).map_err(|source| InputsError::Read { path: path.clone(), source })?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let offset_s = match how {
        How::Coverage => {
            return grib2::coverage(&bytes).map(Read::Coverage).map_err(|error| failed(error.to_string()));
        }
        How::Grib(Within { bounds, hours }) => {
            return match grib2::Fields::read(&bytes, Some(bounds), Some(hours)) {
                Ok(fields) => Ok(Read::Fields(Some(fields))),
                Err(Grib2Error::Outside { .. }) => Ok(Read::Fields(None)),
                Err(error) => Err(failed(error.to_string())),
            };
        }
        How::Text(offset_s) => *offset_s,
    };
    if bytes.trim_ascii_start().starts_with(b"{") || bytes.trim_ascii_start().starts_with(b"[") {
        return json(&bytes).map_err(failed);
    }
    let offset = Offset::from_seconds(i32::try_from(offset_s).unwrap_or(0)).unwrap_or(Offset::UTC);
    let (run, warnings) =
        read_text(&name, &bytes, LocalTime { offset }).map_err(|error| failed(error.to_string()))?;
    let local = has_ending(path, &["wxs", "raws", "input"]);
    Ok(Read::Run(Arc::new(run), warnings, local))
}

/// The answer of one of the services.
fn json(bytes: &[u8]) -> Result<Read, String> {
    let open_meteo = match open_meteo::read(bytes) {
        Ok((run, warnings)) => return Ok(Read::Run(Arc::new(run), warnings, false)),
        Err(error) => error.to_string(),
    };
    match nws::grid_point(bytes).or_else(|_| nws::observations(bytes)) {
        Ok((run, warnings)) => Ok(Read::Run(Arc::new(run), warnings, false)),
        Err(nws) => Err(format!("as Open-Meteo's answer: {open_meteo}; as api.weather.gov's: {nws}")),
    }
}

#[cfg(test)]
mod tests;
