//! LANDFIRE's Product Service: an order, a wait of minutes, a zip with one raster that has a band a layer. What came is a landscape file
//! like any other.
//!
//! Nobody waits until it is made: an order goes out when a fire needs one, and is looked after whenever somebody looks again. For the answer
//! to such a question a forecast waits as long as for the tiles, which are fetched side by side.
//!
//! Source of the requests: LFPS user guide, version of May 2025 (submit and status by GET, layers by `;`, the area as west south east north).

use std::fs;
use std::io::{Cursor, Read, Write};
use std::path::{Path, PathBuf};

use firecore::geo::Bounds;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::OnlineOptions;
use super::documents::{JSON, escaped};
use crate::inputs::net::{Ask, NetError};
use crate::inputs::remote::Reach;

/// Areas are ordered in whole pieces of this edge, degrees, so that neighbouring fires share one.
const PIECE_DEG: f64 = 0.5;

/// How far around a fire the order reaches, degrees: 30 km to the north and south.
const AROUND_DEG: f64 = 0.27;

/// How long a landscape holds, s: LANDFIRE is renewed every year.
const AGE_S_MAX: i64 = 365 * 24 * 3600;

/// How long an order may take before it is given up and made again, s. Source: LFPS user guide, "jobs are kept for a day".
const ORDER_S_MAX: i64 = 24 * 3600;

/// Largest answer, zip and raster, bytes: an answer is some kilobytes; eight layers of 60 x 60 km of 30 m are 64 MB, and pieces make them more.
const ANSWER_BYTES_MAX: usize = 1 << 20;
const ZIP_BYTES_MAX: usize = 256 << 20;
const RASTER_BYTES_MAX: u64 = 1 << 30;

/// Files of one zip that are looked at: a landscape comes as a dozen.
const FILES_MAX: usize = 64;

/// The United States and what lies between: an order from elsewhere comes back empty. Source: LANDFIRE, extents of CONUS, Alaska and
/// Hawaii.
const COVERED: [Bounds; 3] = [
    Bounds { west_deg: -127.99, south_deg: 22.76, east_deg: -65.25, north_deg: 51.65 },
    Bounds { west_deg: -179.99, south_deg: 51.2, east_deg: -129.0, north_deg: 71.5 },
    Bounds { west_deg: -160.6, south_deg: 18.7, east_deg: -154.5, north_deg: 22.4 },
];

/// Why there is no landscape from LANDFIRE.
#[derive(Debug, thiserror::Error)]
pub(in crate::inputs) enum LandfireError {
    /// Nobody said who asks.
    #[error("landfire not asked: no inputs.online.contact is set")]
    NoContact,
    /// It knows the United States alone.
    #[error("landfire covers the United States alone")]
    Elsewhere,
    /// The order is being made.
    #[error("landfire was asked at {since} and is still making the landscape")]
    UnderWay {
        /// When the order went out.
        since: Timestamp,
    },
    /// It refused, or failed.
    #[error("landfire: {said}")]
    Failed {
        /// What it said.
        said: String,
    },
    /// It could not be asked.
    #[error(transparent)]
    Net(#[from] NetError),
    /// The disk refused.
    #[error("cannot keep LANDFIRE's landscape in {}: {source}", folder.display())]
    Disk {
        /// Where.
        folder: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

impl LandfireError {
    /// False where nothing is wrong: it was not asked, or still works.
    pub(in crate::inputs) fn is_failure(&self) -> bool {
        matches!(self, Self::Failed { .. } | Self::Net(_) | Self::Disk { .. })
    }
}

/// An order that went out.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Order {
    id: String,
    since: Timestamp,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Submitted {
    job_id: Option<String>,
    message: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Status {
    status: Option<String>,
    output_file: Option<String>,
    messages: Option<serde_json::Value>,
}

/// The landscape file around a fire, where it is there and not too old: nobody is asked.
pub(in crate::inputs) fn kept(options: &OnlineOptions, now: Timestamp, fire: &Bounds) -> Option<PathBuf> {
    options.contact.as_ref()?;
    let file = file_of(options, &piece(fire)?);
    (file.is_file() && !is_old(&file, now)).then_some(file)
}

/// The landscape file around a fire: the one that is there, else an order for it.
///
/// **Errors** with [`LandfireError::UnderWay`] until it is there.
pub(in crate::inputs) fn landscape(
    options: &OnlineOptions,
    address: &str,
    reach: &Reach,
    fire: &Bounds,
) -> Result<PathBuf, LandfireError> {
    let Some(piece) = piece(fire) else { return Err(LandfireError::Elsewhere) };
    let Some(contact) = &options.contact else { return Err(LandfireError::NoContact) };
    let folder = options.cache_folder.join("landfire");
    let file = file_of(options, &piece);
    let note = file.with_extension("json");
    let now = reach.cache.now();
    if file.is_file() && !is_old(&file, now) {
        return Ok(file);
    }
    let result = match order_of(&note, now) {
        Some(order) => look_after(address, reach, &order, &file),
        None => submit(options, address, contact, reach, &piece, now).and_then(|order| {
            keep(&folder, &note, &serde_json::to_vec(&order).unwrap_or_default())?;
            Err(LandfireError::UnderWay { since: order.since })
        }),
    };
    match result {
        Ok(()) => {
            drop(fs::remove_file(&note));
            Ok(file)
        }
        // An old landscape is better than none.
        Err(_) if file.is_file() => Ok(file),
        Err(error) => {
            if matches!(error, LandfireError::Failed { .. }) {
                drop(fs::remove_file(&note));
            }
            Err(error)
        }
    }
}

fn file_of(options: &OnlineOptions, piece: &Bounds) -> PathBuf {
    let Bounds { west_deg, south_deg, east_deg, north_deg } = piece;
    options.cache_folder.join("landfire").join(format!("{west_deg}_{south_deg}_{east_deg}_{north_deg}.tif"))
}

/// The piece of the country that is ordered for a fire.
fn piece(fire: &Bounds) -> Option<Bounds> {
    let down = |deg: f64| (deg / PIECE_DEG).floor() * PIECE_DEG;
    let up = |deg: f64| (deg / PIECE_DEG).ceil() * PIECE_DEG;
    let across_deg = AROUND_DEG / fire.south_deg.to_radians().cos().max(0.2);
    let inside = |known: &&Bounds| {
        fire.west_deg >= known.west_deg
            && fire.east_deg <= known.east_deg
            && fire.south_deg >= known.south_deg
            && fire.north_deg <= known.north_deg
            && fire.west_deg <= fire.east_deg
    };
    COVERED.iter().find(inside).map(|_| Bounds {
        west_deg: down(fire.west_deg - across_deg),
        south_deg: down(fire.south_deg - AROUND_DEG),
        east_deg: up(fire.east_deg + across_deg),
        north_deg: up(fire.north_deg + AROUND_DEG),
    })
}

fn is_old(file: &Path, now: Timestamp) -> bool {
    let changed = fs::metadata(file).and_then(|state| state.modified()).ok();
    let changed = changed.and_then(|changed| Timestamp::try_from(changed).ok());
    changed.is_none_or(|changed| now.duration_since(changed).as_secs() > AGE_S_MAX)
}

/// The order that is under way, unless it is too old.
fn order_of(note: &Path, now: Timestamp) -> Option<Order> {
    let order: Order = serde_json::from_slice(&fs::read(note).ok()?).ok()?;
    (now.duration_since(order.since).as_secs() <= ORDER_S_MAX).then_some(order)
}

fn submit(
    options: &OnlineOptions,
    address: &str,
    contact: &str,
    reach: &Reach,
    piece: &Bounds,
    now: Timestamp,
) -> Result<Order, LandfireError> {
    let Bounds { west_deg, south_deg, east_deg, north_deg } = piece;
    let area = format!("{west_deg} {south_deg} {east_deg} {north_deg}");
    let query: Vec<String> =
        [("Email", contact), ("Layer_List", &options.landfire_layers.join(";")), ("Area_of_Interest", &area)]
            .iter()
            .map(|(name, value)| format!("{name}={}", escaped(value)))
            .collect();
    let answer: Submitted = json(reach, &format!("{address}/job/submit?{}", query.join("&")))?;
    match answer.job_id {
        Some(id) if id.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '-') => {
            Ok(Order { id, since: now })
        }
        _ => Err(LandfireError::Failed {
            said: answer.message.unwrap_or_else(|| "gave no number of the order".to_owned()),
        }),
    }
}

/// Asks after an order, and takes what is ready.
fn look_after(address: &str, reach: &Reach, order: &Order, file: &Path) -> Result<(), LandfireError> {
    let answer: Status = json(reach, &format!("{address}/job/status?JobId={}", order.id))?;
    match answer.status.as_deref() {
        Some("Succeeded") => {
            let Some(url) = answer.output_file else {
                return Err(LandfireError::Failed { said: "is ready, and names no file".to_owned() });
            };
            let zip = reach.net.get(Ask {
                url,
                range: None,
                types: &[],
                bytes_max: ZIP_BYTES_MAX,
                deadline: reach.deadline,
                wait: reach.wait,
            })?;
            unpack(&zip.bytes, file)
        }
        Some("Failed" | "Canceled" | "Cancelled") => {
            let said = answer.messages.map(|said| said.to_string()).unwrap_or_default();
            Err(LandfireError::Failed { said: said.chars().take(200).collect() })
        }
        _ => Err(LandfireError::UnderWay { since: order.since }),
    }
}

/// Writes the raster of a zip to a file, whole or not at all.
fn unpack(zip: &[u8], file: &Path) -> Result<(), LandfireError> {
    let broken = |said: String| LandfireError::Failed { said: format!("the zip cannot be read: {said}") };
    let mut archive = zip::ZipArchive::new(Cursor::new(zip)).map_err(|error| broken(error.to_string()))?;
    for place in 0..archive.len().min(FILES_MAX) {
        let entry = archive.by_index(place).map_err(|error| broken(error.to_string()))?;
        let name = entry.name().map_err(|error| broken(error.to_string()))?;
        let is_raster = name.to_ascii_lowercase().ends_with(".tif");
        if !is_raster || !entry.is_file() {
            continue;
        }
        if entry.size() > RASTER_BYTES_MAX {
            return Err(broken(format!("needed at most {RASTER_BYTES_MAX} bytes, found {}", entry.size())));
        }
        let mut raster = Vec::new();
        entry.take(RASTER_BYTES_MAX).read_to_end(&mut raster).map_err(|error| broken(error.to_string()))?;
        return keep(file.parent().unwrap_or(Path::new(".")), file, &raster);
    }
    Err(broken(format!("needed a .tif, found {} files without one", archive.len())))
}

fn keep(folder: &Path, file: &Path, bytes: &[u8]) -> Result<(), LandfireError> {
    let beside = file.with_extension("part");
    let written = fs::create_dir_all(folder)
        .and_then(|()| fs::File::create(&beside))
        .and_then(|mut part| part.write_all(bytes).and_then(|()| part.sync_all()))
        .and_then(|()| fs::rename(&beside, file));
    written.map_err(|source| LandfireError::Disk { folder: folder.to_owned(), source })
}

fn json<T: for<'de> Deserialize<'de>>(reach: &Reach, url: &str) -> Result<T, LandfireError> {
    let answer = reach.net.get(Ask {
        url: url.to_owned(),
        range: None,
        types: JSON,
        bytes_max: ANSWER_BYTES_MAX,
        deadline: reach.deadline,
        wait: reach.wait,
    })?;
    serde_json::from_slice(&answer.bytes).map_err(|error| LandfireError::Failed {
        said: format!("the answer is not what was needed: {error}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbouring_fires_share_a_piece_that_reaches_30_km_around_them() {
        let fire = |lon: f64, lat: f64| Bounds {
            west_deg: lon,
            south_deg: lat,
            east_deg: lon + 0.01,
            north_deg: lat + 0.01,
        };
        let found = piece(&fire(-119.2, 34.4)).unwrap();
        assert_eq!(
            (found.west_deg, found.south_deg, found.east_deg, found.north_deg),
            (-120.0, 34.0, -118.5, 35.0)
        );
        assert_eq!(piece(&fire(-119.25, 34.5)).unwrap(), found);
        assert!(piece(&fire(10.0, 45.0)).is_none());
    }
}
