//! FlatGeobuf, version 3: a header, an index that is skipped, and features, each a FlatBuffers table behind its size.
//!
//! Source: flatgeobuf.org, `header.fbs` and `feature.fbs` of 3.x.

use geo::{Coord, Geometry, LineString, MultiLineString, MultiPoint, MultiPolygon, Point, Polygon};

use super::collect::{Collector, Meaning, NEEDED_SHAPE, Properties, named_crs, number_text, turn};
use super::limits::{COLUMNS_MAX, NESTING_MAX, VERTICES_MAX};
use super::{Features, FeaturesError, Format};
use crate::crs::Crs;
use table::{Broken, Table};

mod table;

/// The first bytes: the name and the major version.
pub(super) const MAGIC: &[u8] = b"fgb\x03fgb";

/// Of a node of the index, bytes.
const NODE_BYTES: u64 = 40;

/// What the header says.
struct Header {
    geometry_type: u8,
    columns: Vec<(u8, Option<Meaning>)>,
    features: u64,
    index_bytes: u64,
    crs: Result<Crs, String>,
}

/// Assets from a FlatGeobuf file.
pub(super) fn read(bytes: &[u8], mut collector: Collector<'_>) -> Result<Features, FeaturesError> {
    let damaged = |what: &str, collector: &Collector<'_>| collector.damaged(Format::FlatGeobuf, what);
    let mut left = &bytes[8.min(bytes.len())..];
    let header = sized(&mut left).ok_or_else(|| damaged("its header is cut short", &collector))?;
    let header =
        header.and_then(Header::read).map_err(|Broken| damaged("its header is damaged", &collector))?;
    if header.columns.len() > COLUMNS_MAX {
        return Err(collector.too_many("columns", COLUMNS_MAX));
    }
    let index = usize::try_from(header.index_bytes).ok().filter(|bytes| *bytes <= left.len());
    left = &left[index.ok_or_else(|| damaged("its index is cut short", &collector))?..];
    let crs = collector.crs(header.crs)?;
    while !left.is_empty() {
        let feature = sized(&mut left).ok_or_else(|| damaged("a feature is cut short", &collector))?;
        let mut budget = collector.vertices_left();
        let read = feature.and_then(|feature| {
            let properties = properties(&feature, &header.columns)?;
            let geometry = feature.table(0)?.map(|table| shape(&table, header.geometry_type, &mut budget, 0));
            Ok((properties, geometry.transpose()?))
        });
        let (properties, geometry) =
            read.map_err(|Broken| collector.fault("a whole feature", "a damaged one"))?;
        let mut geometry = match geometry.unwrap_or_else(|| Err("no geometry".to_owned())) {
            Ok(geometry) => geometry,
            Err(found) => return Err(collector.fault(NEEDED_SHAPE, found)),
        };
        turn(&mut geometry, &crs).map_err(|found| collector.fault("a place on Earth", found))?;
        collector.add(properties, None, geometry)?;
    }
    let found = collector.number() as u64 - 1;
    if header.features != 0 && header.features != found {
        let detail = format!("its header says {} features, found {found}", header.features);
        return Err(damaged(&detail, &collector));
    }
    collector.finish(Format::FlatGeobuf)
}

/// The table behind its size; `None` where it is cut short.
fn sized<'a>(left: &mut &'a [u8]) -> Option<Result<Table<'a>, Broken>> {
    let (size, rest) = left.split_first_chunk::<4>()?;
    let size = u32::from_le_bytes(*size) as usize;
    let (table, rest) = (rest.get(..size)?, &rest[size..]);
    *left = rest;
    Some(Table::root(table))
}

impl Header {
    fn read(table: Table<'_>) -> Result<Self, Broken> {
        let mut columns = Vec::new();
        for column in table.tables(7)? {
            let column = column?;
            let name = column.text(0)?.ok_or(Broken)?;
            columns.push((column.u8(1)?.unwrap_or(0), Meaning::of(name)));
        }
        let features = table.u64(8)?.unwrap_or(0);
        let node_size = u64::from(table.u16(9)?.unwrap_or(16));
        let crs = match table.table(10)? {
            None => Ok(Crs::geographic()),
            Some(crs) => named(crs.text(0)?, crs.i32(1)?.unwrap_or(0), crs.text(2)?),
        };
        let geometry_type = table.u8(2)?.unwrap_or(0);
        Ok(Self { geometry_type, columns, features, index_bytes: index_bytes(features, node_size)?, crs })
    }
}

fn named(organization: Option<&str>, code: i32, name: Option<&str>) -> Result<Crs, String> {
    match (organization.unwrap_or("EPSG"), code) {
        (_, 0) => Err(name.map_or("a system without a code".to_owned(), super::collect::excerpt)),
        (organization, code) if organization.eq_ignore_ascii_case("EPSG") => Crs::from_epsg(code.into()),
        ("OGC", _) => named_crs(name.unwrap_or_default()),
        (organization, code) => Err(format!("{organization}:{code}")),
    }
}

/// Size of the packed tree: each level has a node for so many of the level below.
fn index_bytes(features: u64, node_size: u64) -> Result<u64, Broken> {
    if features == 0 || node_size == 0 {
        return Ok(0);
    }
    let (mut level, mut nodes, node_size) = (features, features, node_size.max(2));
    while level > 1 {
        level = level.div_ceil(node_size);
        nodes = nodes.checked_add(level).ok_or(Broken)?;
    }
    nodes.checked_mul(NODE_BYTES).ok_or(Broken)
}

/// Properties: a column's number, then its value, again and again.
fn properties(feature: &Table<'_>, columns: &[(u8, Option<Meaning>)]) -> Result<Properties, Broken> {
    let own: Vec<(u8, Option<Meaning>)>;
    let mut columns = columns;
    if columns.is_empty() {
        own = feature
            .tables(2)?
            .map(|column| {
                let column = column?;
                Ok((column.u8(1)?.unwrap_or(0), Meaning::of(column.text(0)?.ok_or(Broken)?)))
            })
            .collect::<Result<_, Broken>>()?;
        columns = &own;
    }
    let (mut properties, mut left) = (Properties::default(), feature.bytes(1)?.unwrap_or_default());
    while !left.is_empty() {
        let column = u16::from_le_bytes(take(&mut left)?);
        let (kind, meaning) = columns.get(usize::from(column)).ok_or(Broken)?;
        let value = value(*kind, &mut left)?;
        if let (Some(meaning), Some(value)) = (meaning, value) {
            properties.put(*meaning, value);
        }
    }
    Ok(properties)
}

fn take<const N: usize>(left: &mut &[u8]) -> Result<[u8; N], Broken> {
    let (taken, rest) = left.split_first_chunk::<N>().ok_or(Broken)?;
    *left = rest;
    Ok(*taken)
}

/// A property's value as text; `None` of those that are none.
fn value(kind: u8, left: &mut &[u8]) -> Result<Option<String>, Broken> {
    Ok(match kind {
        0 => Some(i8::from_le_bytes(take(left)?).to_string()),
        1 => Some(take::<1>(left)?[0].to_string()),
        2 => {
            take::<1>(left)?;
            None
        }
        3 => Some(i16::from_le_bytes(take(left)?).to_string()),
        4 => Some(u16::from_le_bytes(take(left)?).to_string()),
        5 => Some(i32::from_le_bytes(take(left)?).to_string()),
        6 => Some(u32::from_le_bytes(take(left)?).to_string()),
        7 => Some(i64::from_le_bytes(take(left)?).to_string()),
        8 => Some(u64::from_le_bytes(take(left)?).to_string()),
        9 => Some(number_text(f32::from_le_bytes(take(left)?).into())),
        10 => Some(number_text(f64::from_le_bytes(take(left)?))),
        11..=14 => {
            let size = u32::from_le_bytes(take(left)?) as usize;
            let (bytes, rest) = left.split_at_checked(size).ok_or(Broken)?;
            *left = rest;
            (kind == 11).then(|| String::from_utf8_lossy(bytes).into_owned())
        }
        _ => return Err(Broken),
    })
}

/// A geometry, within a number of vertices that parts which share them count again; the inner error says what was found instead.
fn shape(
    table: &Table<'_>,
    known_type: u8,
    budget: &mut usize,
    depth: usize,
) -> Result<Result<Geometry<f64>, String>, Broken> {
    let kind = if known_type == 0 { table.u8(6)?.unwrap_or(0) } else { known_type };
    let polygons = kind == 6;
    if polygons {
        let mut all = Vec::new();
        for part in table.tables(7)? {
            if depth >= NESTING_MAX {
                return Err(Broken);
            }
            match shape(&part?, 3, budget, depth + 1)? {
                Ok(Geometry::Polygon(polygon)) => all.push(polygon),
                Ok(_) => return Err(Broken),
                Err(found) => return Ok(Err(found)),
            }
        }
        return Ok(match all.is_empty() {
            true => Err("an empty geometry".to_owned()),
            false => Ok(MultiPolygon(all).into()),
        });
    }
    let Some(points) = coordinates(table, budget)? else {
        return Ok(Err(format!("more than {VERTICES_MAX} vertices")));
    };
    if points.is_empty() && (1..=5).contains(&kind) {
        return Ok(Err("an empty geometry".to_owned()));
    }
    Ok(Ok(match kind {
        1 => Point::from(points[0]).into(),
        2 => LineString(points).into(),
        3 => {
            let mut rings = parts(table, points)?.into_iter();
            let exterior = rings.next().ok_or(Broken)?;
            Polygon::new(exterior, rings.collect()).into()
        }
        4 => MultiPoint(points.into_iter().map(Point::from).collect()).into(),
        5 => MultiLineString(parts(table, points)?).into(),
        7 => return Ok(Err("a geometry collection".to_owned())),
        other => return Ok(Err(format!("geometry type {other}"))),
    }))
}

fn coordinates(table: &Table<'_>, budget: &mut usize) -> Result<Option<Vec<Coord<f64>>>, Broken> {
    let Some(numbers) = table.vector(1, 8)? else { return Ok(Some(Vec::new())) };
    let (pairs, odd) = numbers.as_chunks::<16>();
    if !odd.is_empty() {
        return Err(Broken);
    }
    let Some(left) = budget.checked_sub(pairs.len()) else { return Ok(None) };
    *budget = left;
    let number = |bytes: &[u8]| f64::from_le_bytes(bytes.try_into().expect("half of 16 bytes are 8"));
    Ok(Some(pairs.iter().map(|pair| Coord { x: number(&pair[..8]), y: number(&pair[8..]) }).collect()))
}

/// Points parted at the ends that a table says; one part without any.
fn parts(table: &Table<'_>, points: Vec<Coord<f64>>) -> Result<Vec<LineString<f64>>, Broken> {
    let Some(ends) = table.vector(0, 4)? else { return Ok(vec![LineString(points)]) };
    let (mut parts, mut start) = (Vec::new(), 0);
    for end in ends.as_chunks::<4>().0 {
        let end = u32::from_le_bytes(*end) as usize;
        let part = points.get(start..end).filter(|part| !part.is_empty()).ok_or(Broken)?;
        parts.push(LineString(part.to_vec()));
        start = end;
    }
    match parts.is_empty() {
        true => Ok(vec![LineString(points)]),
        false => Ok(parts),
    }
}
