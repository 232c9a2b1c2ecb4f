//! OpenStreetMap by the Overpass API: what is worth protecting in a box, as one file of Overpass JSON.
//!
//! A box is asked for in parts, one after another; what was answered is kept for a day, so that a fetch that broke off goes on where it was. An
//! answer is taken when it is whole and sound, or not at all, and an old one stands in for none: the file of the last fetch is still there.
//!
//! Source of the requests: Overpass API User's Manual, and the rules of overpass-api.de's operators: one query at a time, a user agent of
//! one's own, half a minute without a request after a 429.

use std::borrow::Cow;
use std::collections::HashSet;
use std::thread;
use std::time::{Duration, Instant};

use firecore::asset::Asset;
use firecore::geo::Bounds;
use geo::Geometry;
use georead::features::overpass::{Effort, query};
use georead::features::{self, Features, FeaturesError, Format, Options};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::documents::{self, JSON, escaped};
use super::{Online, Provider};
use crate::inputs::net::{Ask, NetError};
use crate::inputs::remote::Reach;

/// Edge of a part, degrees. Our choice: a county or a city; what a part of a dense one holds was never measured, and has [`BYTES_MAX`].
const PART_DEG: f64 = 0.5;

/// Most parts of a box: with one query a part far below the 10,000 a day that the public server means for one user. Source: OpenStreetMap wiki, Overpass API.
const PARTS_MAX: usize = 32;

/// What a server may spend on a part: a third of its own default, and half of it. Source: Overpass QL, 180 s and 512 MiB.
const EFFORT: Effort = Effort { time_s: 60, memory_bytes: 256 << 20 };

/// Largest answer, bytes: a quarter of the memory that a server may spend on it.
const BYTES_MAX: usize = 64 << 20;

/// Largest file made of answers, bytes: four of the largest answers, which a reader holds several times over.
const FILE_BYTES_MAX: usize = 256 << 20;

/// Most remarks that are kept: one a part.
const REMARKS_MAX: usize = PARTS_MAX;

/// How long an answer holds, s.
const AGE_S_MAX: i64 = 24 * 3600;

/// For how long a busy server that names no time is left alone. Source: its operators, "when getting a 429, wait at least 30s".
const BUSY: Duration = Duration::from_secs(30);

/// The shortest time that a busy server is left alone, whatever it names; doubled with each further try, so that ten minutes hold seven.
/// Our choice: some seconds are what its queries take.
const PAUSE_MIN: Duration = Duration::from_secs(3);

/// How far beyond its box a node may lie, degrees: edges are rounded.
const ROUNDING_DEG: f64 = 1e-5;

/// Who made the data, and what may be done with it; their licence wants it to stay with them.
const COPYRIGHT: &str =
    "© OpenStreetMap contributors; Open Database License (ODbL) 1.0, https://www.openstreetmap.org/copyright";

/// Assets of a box.
#[derive(Clone, Debug, PartialEq)]
pub struct FetchedAssets {
    /// A file of them, Overpass JSON.
    pub file: Vec<u8>,
    /// What a reader finds in it.
    pub assets: Vec<Asset>,
    /// What an operator should know, in words.
    pub warnings: Vec<String>,
    /// The state of OpenStreetMap that it is of, where the server says; of several parts the oldest.
    pub as_of: Option<Timestamp>,
    /// What is to be said of where they come from.
    pub copyright: &'static str,
}

/// Why there are no assets.
#[derive(Debug, thiserror::Error)]
pub enum OverpassError {
    /// Nobody is asked.
    #[error("inputs.online.assets: needed {}, found nobody", Provider::Overpass)]
    Nobody,
    /// The box is too long.
    #[error("needed a box of at most {PARTS_MAX} parts of {PART_DEG} degrees, found {found}")]
    TooManyParts {
        /// Parts of the box.
        found: usize,
    },
    /// The parts have too much in them.
    #[error("needed at most {bytes_max} bytes of assets, found more: take a smaller box")]
    TooMuch {
        /// The limit.
        bytes_max: usize,
    },
    /// It could not be asked.
    #[error(transparent)]
    Net(#[from] NetError),
    /// It has too much to do for as long as is waited.
    #[error("{source}; it is to be left alone for {} s, and {} s were left", pause.as_secs_f64().ceil(), left.as_secs())]
    Busy {
        /// What it said.
        source: NetError,
        /// How long it should be left alone.
        pause: Duration,
        /// How long it would have been waited for.
        left: Duration,
    },
    /// The answer cannot be read, or is not whole.
    #[error(transparent)]
    Features(#[from] FeaturesError),
    /// The answer is to something else.
    #[error("{url}: needed {needed}, found {found}")]
    Content {
        /// Who was asked.
        url: String,
        /// What was asked for.
        needed: String,
        /// What came.
        found: String,
    },
}

impl Online {
    /// The assets of a box; each part is waited for so long, and told when it is there. Blocks.
    ///
    /// **Errors** when one part has no whole and sound answer.
    pub fn assets(
        &self,
        bounds: &Bounds,
        wait: Duration,
        mut is_there: impl FnMut(),
    ) -> Result<FetchedAssets, OverpassError> {
        if !self.asks(Provider::Overpass) {
            return Err(OverpassError::Nobody);
        }
        let address = self.address(Provider::Overpass);
        let mut sheet = Sheet::default();
        for part in parts(bounds)? {
            let bytes = fetch(address, &self.reach_for(wait), &part)?;
            sheet.add(&elements(address, &bytes)?)?;
            is_there();
        }
        let file = sheet.file();
        let Features { assets, warnings, .. } = features::read(address, &file, &Options::default())?;
        Ok(FetchedAssets { file, assets, warnings, as_of: sheet.as_of, copyright: COPYRIGHT })
    }
}

/// Where a server says how it is; it stands beside the address of queries.
pub(super) fn status(address: &str) -> String {
    match address.strip_suffix("interpreter") {
        Some(beside) => format!("{beside}status"),
        None => format!("{address}/"),
    }
}

/// The parts that a box is asked for in, none of them over the 180th meridian.
///
/// **Errors** when there are too many.
pub fn parts(bounds: &Bounds) -> Result<Vec<Bounds>, OverpassError> {
    let Bounds { west_deg, south_deg, east_deg, north_deg } = *bounds;
    let spans = match west_deg <= east_deg {
        true => vec![(west_deg, east_deg)],
        false => vec![(west_deg, 180.0), (-180.0, east_deg)],
    };
    // A rounding error needs no part of its own.
    let count = |(from, to): (f64, f64)| ((to - from) / PART_DEG - 1e-9).ceil().max(1.0) as usize;
    let rows = count((south_deg, north_deg));
    let found = rows * spans.iter().map(|span| count(*span)).sum::<usize>();
    if found > PARTS_MAX {
        return Err(OverpassError::TooManyParts { found });
    }
    let edge =
        |(from, to): (f64, f64), place: usize, count: usize| from + (to - from) * place as f64 / count as f64;
    let mut parts = Vec::with_capacity(found);
    for span in spans {
        let cols = count(span);
        for (row, col) in (0..rows).flat_map(|row| (0..cols).map(move |col| (row, col))) {
            parts.push(Bounds {
                west_deg: edge(span, col, cols),
                south_deg: edge((south_deg, north_deg), row, rows),
                east_deg: edge(span, col + 1, cols),
                north_deg: edge((south_deg, north_deg), row + 1, rows),
            });
        }
    }
    Ok(parts)
}

/// The sound answer for a part: the one that is kept, or a new one.
fn fetch(address: &str, reach: &Reach, part: &Bounds) -> Result<Vec<u8>, OverpassError> {
    let url = format!("{address}?data={}", escaped(&query(part, EFFORT)));
    let kept = reach.cache.get(&url, AGE_S_MAX).filter(|entry| entry.fresh).and_then(|entry| entry.bytes);
    if let Some(bytes) = kept.filter(|bytes| check(address, bytes, part).is_ok()) {
        return Ok(bytes);
    }
    let bytes = patient(reach, &url)?;
    check(address, &bytes, part)?;
    documents::keep(reach, &url, Some(&bytes));
    Ok(bytes)
}

/// Asks, and asks a busy server again when it may be asked, as long as there is time.
fn patient(reach: &Reach, url: &str) -> Result<Vec<u8>, OverpassError> {
    let mut pause_min = PAUSE_MIN;
    loop {
        let ask = Ask {
            url: url.to_owned(),
            range: None,
            types: JSON,
            bytes_max: BYTES_MAX,
            deadline: reach.deadline,
            wait: reach.wait,
        };
        let source = match reach.net.get(ask) {
            Ok(answer) => return Ok(answer.bytes),
            Err(error) => error,
        };
        let Some(pause) = pause(&source) else { return Err(source.into()) };
        let pause = pause.max(pause_min);
        pause_min *= 2;
        let left = reach.deadline.saturating_duration_since(Instant::now());
        if pause >= left {
            return Err(OverpassError::Busy { source, pause, left });
        }
        thread::sleep(pause);
    }
}

/// How long a server that has too much to do is left alone; `None` where something else is wrong.
fn pause(error: &NetError) -> Option<Duration> {
    match error {
        NetError::Status { status: 429 | 503 | 504, after, .. } => Some(after.unwrap_or(BUSY)),
        NetError::LeftAlone { left, .. } => Some(*left),
        _ => None,
    }
}

/// What an answer is made of, as it came.
#[derive(Deserialize)]
struct Elements<'a> {
    #[serde(borrow)]
    elements: Vec<&'a RawValue>,
    #[serde(default)]
    osm3s: Database,
    /// What the server says of its answer; an error in it was found before.
    remark: Option<String>,
}

#[derive(Default, Deserialize)]
struct Database {
    timestamp_osm_base: Option<String>,
}

/// What tells an element from others.
#[derive(Deserialize)]
struct Name<'a> {
    #[serde(rename = "type", borrow)]
    kind: Cow<'a, str>,
    id: i64,
}

fn damaged(address: &str, error: serde_json::Error) -> OverpassError {
    let (origin, format) = (address.to_owned(), Format::Overpass);
    FeaturesError::Document { origin, format, detail: error.to_string() }.into()
}

fn elements<'a>(address: &str, bytes: &'a [u8]) -> Result<Elements<'a>, OverpassError> {
    serde_json::from_slice(bytes).map_err(|error| damaged(address, error))
}

/// Whether an answer is whole, can be read, and is to what was asked.
fn check(address: &str, bytes: &[u8], part: &Bounds) -> Result<(), OverpassError> {
    let content = |needed: &str, found: String| {
        Err(OverpassError::Content { url: address.to_owned(), needed: needed.to_owned(), found })
    };
    let features = features::read(address, bytes, &Options::default())?;
    if features.format != Format::Overpass {
        return content("Overpass JSON", features.format.to_string());
    }
    let count = elements(address, bytes)?.elements.len();
    if count > 0 && features.assets.is_empty() {
        return content("elements with a place and a tag that was asked for", format!("none among {count}"));
    }
    // Of ways and relations it is a part of them that lies in the box.
    let is_inside = |asset: &&Asset| match asset.geometry {
        Geometry::Point(at) if asset.id.starts_with("node/") => {
            let holds =
                |from: f64, to: f64, deg: f64| (from - ROUNDING_DEG..=to + ROUNDING_DEG).contains(&deg);
            holds(part.west_deg, part.east_deg, at.x()) && holds(part.south_deg, part.north_deg, at.y())
        }
        _ => true,
    };
    match features.assets.iter().find(|asset| !is_inside(asset)) {
        None => Ok(()),
        Some(asset) => {
            let Bounds { west_deg, south_deg, east_deg, north_deg } = part;
            let needed = format!("nodes in the box {west_deg},{south_deg},{east_deg},{north_deg}");
            content(&needed, format!("{} outside", asset.id))
        }
    }
}

/// A file in the making.
struct Sheet {
    /// With a comma between them.
    elements: Vec<u8>,
    seen: HashSet<(String, i64)>,
    as_of: Option<Timestamp>,
    remarks: Vec<String>,
    bytes_max: usize,
}

impl Default for Sheet {
    fn default() -> Self {
        let (elements, seen, remarks) = Default::default();
        Self { elements, seen, as_of: None, remarks, bytes_max: FILE_BYTES_MAX }
    }
}

impl Sheet {
    /// Takes the elements of a part; what lies in several is taken once.
    fn add(&mut self, part: &Elements<'_>) -> Result<(), OverpassError> {
        for element in &part.elements {
            let name: Name<'_> =
                serde_json::from_str(element.get()).map_err(|error| damaged("an element", error))?;
            if self.seen.insert((name.kind.into_owned(), name.id)) {
                if !self.elements.is_empty() {
                    self.elements.extend_from_slice(b",\n");
                }
                if self.elements.len() + element.get().len() > self.bytes_max {
                    return Err(OverpassError::TooMuch { bytes_max: self.bytes_max });
                }
                self.elements.extend_from_slice(element.get().as_bytes());
            }
        }
        let is_told = |remark: &&String| !self.remarks.contains(remark) && self.remarks.len() < REMARKS_MAX;
        if let Some(remark) = part.remark.as_ref().filter(is_told) {
            self.remarks.push(remark.clone());
        }
        let as_of = part.osm3s.timestamp_osm_base.as_ref().and_then(|text| text.parse().ok());
        self.as_of = [self.as_of, as_of].into_iter().flatten().min();
        Ok(())
    }

    fn file(&self) -> Vec<u8> {
        let mut head = serde_json::json!({
            "version": 0.6,
            "generator": concat!("Overpass API, fetched by guira ", env!("CARGO_PKG_VERSION")),
            "osm3s": { "timestamp_osm_base": self.as_of.map(|as_of| as_of.to_string()), "copyright": COPYRIGHT },
        });
        if !self.remarks.is_empty() {
            head["remark"] = self.remarks.join("; ").into();
        }
        let mut file = head.to_string().into_bytes();
        // The list goes into the object, behind what it says of itself.
        file.pop();
        file.extend_from_slice(b",\"elements\":[\n");
        file.extend_from_slice(&self.elements);
        file.extend_from_slice(b"\n]}\n");
        file
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn box_of(west_deg: f64, south_deg: f64, east_deg: f64, north_deg: f64) -> Bounds {
        Bounds { west_deg, south_deg, east_deg, north_deg }
    }

    #[test]
    fn a_box_is_cut_into_equal_parts_that_meet_and_none_lies_over_the_180th_meridian() {
        assert_eq!(parts(&box_of(-119.5, 34.0, -119.0, 34.5)).unwrap(), [box_of(-119.5, 34.0, -119.0, 34.5)]);
        let cut = parts(&box_of(-119.6, 34.2, -118.8, 34.7)).unwrap();
        assert_eq!(cut.len(), 2);
        assert_eq!((cut[0].west_deg, cut[0].east_deg, cut[1].east_deg), (-119.6, cut[1].west_deg, -118.8));
        let over = parts(&box_of(179.75, -18.0, -179.5, -17.5)).unwrap();
        assert_eq!(over, [box_of(179.75, -18.0, 180.0, -17.5), box_of(-180.0, -18.0, -179.5, -17.5)]);
        let error = parts(&box_of(-120.0, 34.0, -80.0, 34.1)).unwrap_err().to_string();
        assert_eq!(error, "needed a box of at most 32 parts of 0.5 degrees, found 80");
    }

    #[test]
    fn parts_that_have_too_much_in_them_are_no_file() {
        let part = br#"{"elements":[{"type":"node","id":1},{"type":"node","id":2}]}"#;
        let part = elements("here", part).unwrap();
        let mut sheet = Sheet { bytes_max: 60, ..Sheet::default() };
        sheet.add(&part).unwrap();
        sheet.add(&part).unwrap();
        let mut sheet = Sheet { bytes_max: 30, ..Sheet::default() };
        let error = sheet.add(&part).unwrap_err().to_string();
        assert!(error.starts_with("needed at most 30 bytes of assets, found more"), "{error}");
    }

    #[test]
    fn a_server_says_how_it_is_beside_where_it_answers_queries() {
        assert_eq!(status(Provider::Overpass.address()), "https://overpass-api.de/api/status");
        assert_eq!(status("http://mirror.example.org/osm"), "http://mirror.example.org/osm/");
    }
}
