//! Tables of text: a line of names, then a feature a line, its place in two columns or as well-known text in one.
//!
//! Commas, semicolons or tabs part the columns, whichever the first line has most of. Positions are decimal degrees.

use csv::{ByteRecord, ReaderBuilder};
use geo::Point;

use super::collect::{Collector, Meaning, NEEDED_SHAPE, Properties, excerpt, turn};
use super::limits::COLUMNS_MAX;
use super::{Features, FeaturesError, Format, wkt};
use crate::crs::Crs;

/// Names of the columns with the place, whatever their case.
const LON: [&str; 5] = ["lon", "longitude", "lng", "long", "x"];
const LAT: [&str; 3] = ["lat", "latitude", "y"];
const SHAPE: [&str; 5] = ["wkt", "geometry", "geom", "the_geom", "wkt_geom"];

/// Whether a file is a table: by its name, or by columns with a place in its first line.
pub(super) fn is_one(origin: &str, text: &[u8]) -> bool {
    let extension = origin.rsplit('.').next().unwrap_or_default();
    let is_named = ["csv", "tsv", "txt"].iter().any(|known| extension.eq_ignore_ascii_case(known));
    is_named
        || std::str::from_utf8(first_line(text)).is_ok_and(|line| {
            let names =
                line.split([',', ';', '\t']).map(|name| name.trim().trim_matches('"')).collect::<Vec<_>>();
            let has = |known: &[&str]| {
                names.iter().any(|name| known.iter().any(|one| name.eq_ignore_ascii_case(one)))
            };
            has(&SHAPE) || has(&LON) && has(&LAT)
        })
}

fn first_line(text: &[u8]) -> &[u8] {
    // Longer first lines are none of a table of assets.
    let start = &text[..text.len().min(1 << 20)];
    start.split(|byte| *byte == b'\n').next().unwrap_or_default()
}

/// Where a table has what.
struct Columns {
    place: Place,
    properties: Vec<(usize, Meaning)>,
}

enum Place {
    LonLat(usize, usize),
    Shape(usize),
}

/// Assets from a table.
pub(super) fn read(text: &[u8], mut collector: Collector<'_>) -> Result<Features, FeaturesError> {
    let count = |mark: u8| first_line(text).iter().filter(|byte| **byte == mark).count();
    let delimiter = [b'\t', b';', b','].into_iter().max_by_key(|mark| count(*mark)).unwrap_or(b',');
    let mut reader = ReaderBuilder::new().delimiter(delimiter).has_headers(false).from_reader(text);
    let mut record = ByteRecord::new();
    let mut next = |record: &mut ByteRecord, collector: &Collector<'_>| {
        reader.read_byte_record(record).map_err(|error| collector.damaged(Format::Csv, error))
    };
    next(&mut record, &collector)?;
    let columns = columns(&record, &collector)?;
    let mut crs: Option<(i64, Crs)> = None;
    while next(&mut record, &collector)? {
        let cell = |column: usize| cell(&record, column, &collector);
        let mut properties = Properties::default();
        for (column, meaning) in &columns.properties {
            properties.put(*meaning, cell(*column)?);
        }
        let geometry = match columns.place {
            Place::LonLat(lon, lat) => {
                let degrees = |column: usize, what: &str| {
                    let text = cell(column)?;
                    text.parse::<f64>()
                        .map_err(|_| collector.fault(format!("a {what} in degrees"), excerpt(text)))
                };
                Point::new(degrees(lon, "longitude")?, degrees(lat, "latitude")?).into()
            }
            Place::Shape(column) => {
                let (mut geometry, code) =
                    wkt::read(cell(column)?).map_err(|found| collector.fault(NEEDED_SHAPE, found))?;
                if let Some(code) = code {
                    if crs.as_ref().is_none_or(|(known, _)| *known != code) {
                        crs = Some((code, collector.crs(Crs::from_epsg(code))?));
                    }
                    if let Some((_, crs)) = &crs {
                        turn(&mut geometry, crs)
                            .map_err(|found| collector.fault("a place on Earth", found))?;
                    }
                }
                geometry
            }
        };
        collector.add(properties, None, geometry)?;
    }
    collector.finish(Format::Csv)
}

fn cell<'r>(
    record: &'r ByteRecord,
    column: usize,
    collector: &Collector<'_>,
) -> Result<&'r str, FeaturesError> {
    let bytes = record.get(column).unwrap_or_default();
    let text = std::str::from_utf8(bytes).map_err(|_| {
        collector.fault("UTF-8", excerpt(&String::from_utf8_lossy(&bytes[..bytes.len().min(80)])))
    })?;
    Ok(text.trim())
}

fn columns(names: &ByteRecord, collector: &Collector<'_>) -> Result<Columns, FeaturesError> {
    if names.len() > COLUMNS_MAX {
        return Err(collector.too_many("columns", COLUMNS_MAX));
    }
    let names =
        (0..names.len()).map(|column| cell(names, column, collector)).collect::<Result<Vec<_>, _>>()?;
    let find = |known: &[&str]| {
        known.iter().find_map(|one| names.iter().position(|name| name.eq_ignore_ascii_case(one)))
    };
    let place = match (find(&SHAPE), find(&LON), find(&LAT)) {
        (Some(shape), _, _) => Place::Shape(shape),
        (None, Some(lon), Some(lat)) => Place::LonLat(lon, lat),
        _ => {
            let needed = format!(
                "needed columns with the place, {} and {}, or one of {}, found {}",
                LON.join("|"),
                LAT.join("|"),
                SHAPE.join("|"),
                excerpt(&names.join(","))
            );
            return Err(collector.damaged(Format::Csv, needed));
        }
    };
    let meanings = names.iter().enumerate().filter_map(|(column, name)| Some((column, Meaning::of(name)?)));
    Ok(Columns { place, properties: meanings.collect() })
}
