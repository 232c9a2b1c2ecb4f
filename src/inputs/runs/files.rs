//! Weather files of this machine: read once, until they change.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use firecore::forecast::InputNote;
use firecore::weather::WeatherSeries;
use georead::weather::text::{LocalTime, read_text};
use georead::weather::{WeatherRun, grib2, nws, open_meteo};
use jiff::SignedDuration;
use jiff::tz::Offset;

use super::{Wanted, choose, series};
use crate::inputs::{InputsError, builtin};

/// Endings of files that weather is read from, in lower case.
const TEXTS: [&str; 6] = ["csv", "wxs", "raws", "fw21", "json", "input"];
const GRIBS: [&str; 4] = ["grib2", "grb2", "grib", "grb"];

/// Files of one folder that are read: stations of a country are fewer.
const FILES_MAX: usize = 512;

/// Largest text and largest file of a model's output, bytes: what their readers take, or more.
const TEXT_BYTES_MAX: u64 = 64 << 20;
const GRIB_BYTES_MAX: u64 = grib2::BYTES_MAX as u64;

/// Files whose weather is kept: what a fire is asked of again with each forecast; others are read anew.
const KEPT_MAX: usize = 64;

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
#[derive(Debug, Default)]
pub(in crate::inputs) struct RunFiles(Mutex<VecDeque<(Key, Arc<Read>)>>);

/// A file, and how its clock was read.
type Key = (FileState, i64);

/// What was read of a file.
#[derive(Debug)]
enum Read {
    /// A run, and whether its times had no zone.
    Run(WeatherRun, Vec<String>, bool),
    /// Fields of a run that other files may have more of.
    Fields(grib2::Fields),
}

/// A run that files have, and what was said of it.
#[derive(Debug)]
pub(in crate::inputs) struct FilesRun {
    pub(in crate::inputs) run: WeatherRun,
    pub(in crate::inputs) warnings: Vec<String>,
    /// Whether its times had no zone.
    local: bool,
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
        let read = self.runs(path, offset)?;
        if read.is_empty() {
            return Err(nothing(path));
        }
        let end = wanted.start + SignedDuration::from_secs(i64::from(wanted.horizon_s));
        let runs = read.iter().map(|read| read.run.clone()).collect();
        let Some(run) = choose(runs, wanted.start, end) else { return Ok(None) };
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

    /// The runs that the files of a path have: one a text or an answer, and of GRIB files one a model's start, however many files it comes in.
    ///
    /// **Errors** name the file, what was needed and what was found.
    pub(in crate::inputs) fn runs(
        &self,
        path: &Path,
        offset: SignedDuration,
    ) -> Result<Vec<FilesRun>, InputsError> {
        let mut runs = Vec::new();
        let (mut grib_files, mut gribs) = (Vec::new(), Vec::new());
        for file in files_of(path).into_iter().take(FILES_MAX) {
            let name = file.0.clone();
            let read = self.read(file, offset)?;
            match &*read {
                Read::Run(run, warnings, local) => {
                    runs.push(FilesRun { run: run.clone(), warnings: warnings.clone(), local: *local });
                }
                Read::Fields(_) => {
                    grib_files.push(name);
                    gribs.push(read);
                }
            }
        }
        let fields: Vec<&grib2::Fields> = gribs.iter().filter_map(|read| read.fields()).collect();
        let joined = grib2::runs(&fields)
            .map_err(|error| InputsError::Weather { path: path.to_owned(), problem: error.to_string() })?;
        for grib2::Joined { mut run, warnings, files } in joined {
            run.provider = format!("{} {}", run.provider, names(&grib_files, &files)).trim().to_owned();
            runs.push(FilesRun { run, warnings, local: false });
        }
        Ok(runs)
    }

    fn read(&self, file: FileState, offset: SignedDuration) -> Result<Arc<Read>, InputsError> {
        let key = (file, offset.as_secs());
        let known = |kept: &mut VecDeque<(Key, Arc<Read>)>| {
            let place = kept.iter().position(|(known, _)| *known == key)?;
            let found = kept.remove(place)?;
            kept.push_front(found.clone());
            Some(found.1)
        };
        if let Some(read) = known(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner)) {
            return Ok(read);
        }
        let read = Arc::new(parse(&key.0, offset)?);
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.push_front((key, Arc::clone(&read)));
        kept.truncate(KEPT_MAX);
        Ok(read)
    }
}

impl Read {
    fn fields(&self) -> Option<&grib2::Fields> {
        match self {
            Self::Fields(fields) => Some(fields),
            Self::Run(..) => None,
        }
    }
}

/// Names of some of the files.
fn names(files: &[PathBuf], of: &[usize]) -> String {
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
fn by_longitude(lon_deg: f64) -> SignedDuration {
    SignedDuration::from_hours((lon_deg / 15.0).round() as i64)
}

fn nothing(path: &Path) -> InputsError {
    let endings =
        TEXTS.iter().chain(&GRIBS).map(|ending| format!(".{ending}")).collect::<Vec<_>>().join(", ");
    let problem = format!("needed ws.tif and wd.tif, or files that end in {endings}, found none");
    InputsError::Weather { path: path.to_owned(), problem }
}

fn parse((path, length, _): &FileState, offset: SignedDuration) -> Result<Read, InputsError> {
    let failed = |problem: String| InputsError::Weather { path: path.clone(), problem };
    let bytes_max = if is_grib(path) { GRIB_BYTES_MAX } else { TEXT_BYTES_MAX };
    if *length > bytes_max {
        return Err(failed(format!("needed at most {bytes_max} bytes, found {length}")));
    }
    let bytes = std::fs::read(path).map_err(|source| InputsError::Read { path: path.clone(), source })?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    if is_grib(path) {
        let fields = grib2::Fields::read(&bytes, None).map_err(|error| failed(error.to_string()))?;
        return Ok(Read::Fields(fields));
    }
    if bytes.trim_ascii_start().starts_with(b"{") || bytes.trim_ascii_start().starts_with(b"[") {
        return json(&bytes).map_err(failed);
    }
    let offset = Offset::from_seconds(i32::try_from(offset.as_secs()).unwrap_or(0)).unwrap_or(Offset::UTC);
    let (run, warnings) =
        read_text(&name, &bytes, LocalTime { offset }).map_err(|error| failed(error.to_string()))?;
    let local = has_ending(path, &["wxs", "raws", "input"]);
    Ok(Read::Run(run, warnings, local))
}

/// The answer of one of the services.
fn json(bytes: &[u8]) -> Result<Read, String> {
    let open_meteo = match open_meteo::read(bytes) {
        Ok((run, warnings)) => return Ok(Read::Run(run, warnings, false)),
        Err(error) => error.to_string(),
    };
    match nws::grid_point(bytes).or_else(|_| nws::observations(bytes)) {
        Ok((run, warnings)) => Ok(Read::Run(run, warnings, false)),
        Err(nws) => Err(format!("as Open-Meteo's answer: {open_meteo}; as api.weather.gov's: {nws}")),
    }
}

#[cfg(test)]
mod tests;
