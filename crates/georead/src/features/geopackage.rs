//! GeoPackages (OGC 12-128r18): all tables of features, or one by its name.
//!
//! Only read, in SQLite's defensive ways: no schema of the file is trusted, values are bounded, and a view that never ends is stopped.

use std::io::Cursor;
use std::path::Path;

use geo::Geometry;
use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, ErrorCode, MAIN_DB, OpenFlags, Row};

use super::collect::{Collector, Meaning, NEEDED_SHAPE, Properties, excerpt, number_text, turn};
use super::limits::{COLUMNS_MAX, SQL_STEPS_MAX, VALUE_BYTES_MAX};
use super::{Features, FeaturesError, Format, wkb};
use crate::crs::Crs;

/// What every SQLite database begins with.
pub(super) const MAGIC: &[u8; 16] = b"SQLite format 3\0";

/// Steps of SQLite's machine between two looks at how many there were.
const STEPS_A_LOOK: i32 = 100_000;

/// Assets from a GeoPackage on disk.
pub(super) fn read_file(
    path: &Path,
    collector: Collector<'_>,
    layer: Option<&str>,
) -> Result<Features, FeaturesError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    match Connection::open_with_flags(path, flags) {
        Ok(database) => tables(&database, collector, layer),
        Err(error) => Err(collector.damaged(Format::GeoPackage, error)),
    }
}

/// Assets from a GeoPackage in memory.
pub(super) fn read(
    bytes: &[u8],
    collector: Collector<'_>,
    layer: Option<&str>,
) -> Result<Features, FeaturesError> {
    let mut bytes = bytes.to_vec();
    // A database in memory has no write-ahead log beside it; what these two bytes say otherwise would refuse it.
    if let Some(versions) = bytes.get_mut(18..20) {
        versions.fill(1);
    }
    let length = bytes.len();
    let open = || {
        let mut database = Connection::open_in_memory()?;
        database.deserialize_read_exact(MAIN_DB, Cursor::new(bytes), length, true)?;
        Ok::<_, rusqlite::Error>(database)
    };
    match open() {
        Ok(database) => tables(&database, collector, layer),
        Err(error) => Err(collector.damaged(Format::GeoPackage, error)),
    }
}

/// A table of features.
struct Table {
    name: String,
    geometry: String,
    organization: Option<String>,
    code: Option<i64>,
    srs_id: i64,
}

fn tables(
    database: &Connection,
    mut collector: Collector<'_>,
    layer: Option<&str>,
) -> Result<Features, FeaturesError> {
    let failed = |error: rusqlite::Error, collector: &Collector<'_>| {
        let detail = match error.sqlite_error_code() {
            Some(ErrorCode::OperationInterrupted) => {
                format!("it took more than {SQL_STEPS_MAX} steps to read")
            }
            _ => error.to_string(),
        };
        collector.damaged(Format::GeoPackage, detail)
    };
    guard(database).map_err(|error| failed(error, &collector))?;
    let mut all = list(database).map_err(|error| failed(error, &collector))?;
    if let Some(layer) = layer {
        let names: Vec<String> = all.iter().map(|table| table.name.clone()).collect();
        all.retain(|table| table.name == layer);
        if all.is_empty() {
            let found = format!("the tables {}", excerpt(&names.join(", ")));
            return Err(
                collector.damaged(Format::GeoPackage, format!("needed the table {layer:?}, found {found}"))
            );
        }
    }
    if all.is_empty() {
        let (origin, found) =
            (collector.origin.to_owned(), "a GeoPackage without a table of features".to_owned());
        return Err(FeaturesError::NoFeatures { origin, found });
    }
    let are_several = all.len() > 1;
    for table in &all {
        let crs = collector.crs(table.crs())?;
        let mut fault = None;
        let read = rows(database, table, are_several, &crs, &mut collector, &mut fault);
        match (fault, read) {
            (Some(fault), _) => return Err(fault),
            (None, Err(error)) => return Err(failed(error, &collector)),
            (None, Ok(())) => {}
        }
    }
    collector.finish(Format::GeoPackage)
}

/// Bounds what a hostile database can make SQLite do.
fn guard(database: &Connection) -> rusqlite::Result<()> {
    database.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    database.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    database.set_limit(Limit::SQLITE_LIMIT_LENGTH, VALUE_BYTES_MAX)?;
    database.set_limit(Limit::SQLITE_LIMIT_COLUMN, COLUMNS_MAX as i32)?;
    database.set_limit(Limit::SQLITE_LIMIT_ATTACHED, 0)?;
    database.pragma_update(None, "cell_size_check", true)?;
    database.pragma_update(None, "query_only", true)?;
    let mut steps = 0_u64;
    let look = move || {
        steps += STEPS_A_LOOK as u64;
        steps > SQL_STEPS_MAX
    };
    database.progress_handler(STEPS_A_LOOK, Some(look))
}

fn list(database: &Connection) -> rusqlite::Result<Vec<Table>> {
    let mut query = database.prepare(
        "SELECT c.table_name, g.column_name, s.organization, s.organization_coordsys_id, g.srs_id
         FROM gpkg_contents c JOIN gpkg_geometry_columns g ON g.table_name = c.table_name
         LEFT JOIN gpkg_spatial_ref_sys s ON s.srs_id = g.srs_id
         WHERE c.data_type = 'features' ORDER BY c.table_name LIMIT 1000",
    )?;
    let table = |row: &Row<'_>| {
        Ok(Table {
            name: row.get(0)?,
            geometry: row.get(1)?,
            organization: row.get(2)?,
            code: row.get(3)?,
            srs_id: row.get(4)?,
        })
    };
    query.query_map([], table)?.collect()
}

impl Table {
    fn crs(&self) -> Result<Crs, String> {
        match (self.organization.as_deref(), self.code) {
            (Some(organization), Some(code)) if organization.eq_ignore_ascii_case("EPSG") => {
                Crs::from_epsg(code)
            }
            (Some(organization), Some(code)) => {
                Err(format!("{organization}:{code} in the table {:?}", self.name))
            }
            _ => Err(format!("the reference system {} in the table {:?}", self.srs_id, self.name)),
        }
    }
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A column whose name is text.
struct Column {
    name: String,
    is_key: bool,
}

/// The columns of a table. Names are not asked of a statement: one that is no UTF-8 would be a panic there.
fn columns(database: &Connection, table: &str) -> rusqlite::Result<Vec<Column>> {
    let mut query = database.prepare("SELECT name, pk = 1 FROM pragma_table_xinfo(?1)")?;
    let mut rows = query.query([table])?;
    let mut columns = Vec::new();
    while let Some(row) = rows.next()? {
        if let ValueRef::Text(name) = row.get_ref(0)?
            && let Ok(name) = std::str::from_utf8(name)
        {
            columns.push(Column { name: name.to_owned(), is_key: row.get_ref(1)? == ValueRef::Integer(1) });
        }
    }
    Ok(columns)
}

/// Adds a table's features. What is wrong with one is put into `fault`.
fn rows(
    database: &Connection,
    table: &Table,
    are_several: bool,
    crs: &Crs,
    collector: &mut Collector<'_>,
    fault: &mut Option<FeaturesError>,
) -> rusqlite::Result<()> {
    let columns = columns(database, &table.name)?;
    if !columns.iter().any(|column| column.name.eq_ignore_ascii_case(&table.geometry)) {
        let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
        let found = format!("the columns {}", excerpt(&names.join(", ")));
        *fault = Some(collector.fault(format!("the column {:?}", table.geometry), found));
        return Ok(());
    }
    // A key that happens to be called `id` is the feature's number, which others may have too.
    let key = columns.iter().find(|column| column.is_key);
    let meaning = |column: &Column| Some((column.name.clone(), Meaning::of(&column.name)?));
    let read: Vec<(String, Meaning)> =
        columns.iter().filter(|column| !column.is_key).filter_map(meaning).collect();
    let key_text = key.map_or("NULL".to_owned(), |key| quoted(&key.name));
    let mut selected = vec![quoted(&table.geometry), key_text];
    selected.extend(read.iter().map(|(name, _)| quoted(name)));
    let mut query =
        database.prepare(&format!("SELECT {} FROM {}", selected.join(", "), quoted(&table.name)))?;
    let mut rows = query.query([])?;
    while let Some(row) = rows.next()? {
        let mut properties = Properties::default();
        for (place, (_, meaning)) in read.iter().enumerate() {
            if let Some(text) = text(row.get_ref(place + 2)?) {
                properties.put(*meaning, text);
            }
        }
        let own_id = text(row.get_ref(1)?);
        let own_id = own_id.map(|number| match are_several {
            true => collector.numbered(&format!("{}/{number}", table.name)),
            false => collector.numbered(&number),
        });
        let added = geometry(row.get_ref(0)?)
            .and_then(|mut geometry| turn(&mut geometry, crs).map(|()| geometry))
            .map_err(|found| collector.fault(NEEDED_SHAPE, found))
            .and_then(|geometry| collector.add(properties, own_id, geometry));
        if let Err(refused) = added {
            *fault = Some(refused);
            return Ok(());
        }
    }
    Ok(())
}

fn text(value: ValueRef<'_>) -> Option<String> {
    match value {
        ValueRef::Integer(value) => Some(value.to_string()),
        ValueRef::Real(value) => Some(number_text(value)),
        ValueRef::Text(text) => Some(String::from_utf8_lossy(text).into_owned()),
        ValueRef::Null | ValueRef::Blob(_) => None,
    }
}

/// The geometry of a GeoPackage's binary: `GP`, a version, flags, a system's number, an envelope, and well-known binary.
fn geometry(value: ValueRef<'_>) -> Result<Geometry<f64>, String> {
    let blob = match value {
        ValueRef::Null => return Err("no geometry".to_owned()),
        ValueRef::Blob(blob) => blob,
        _ => return Err("a geometry that is no blob".to_owned()),
    };
    let &[b'G', b'P', 0, flags, ..] = blob else {
        return Err("a blob that is no GeoPackage geometry".to_owned());
    };
    if flags & 0x20 != 0 {
        return Err("an extended GeoPackage geometry".to_owned());
    }
    let envelope_bytes = match flags >> 1 & 7 {
        0 => 0,
        1 => 32,
        2 | 3 => 48,
        4 => 64,
        other => return Err(format!("an envelope of kind {other}")),
    };
    let body = blob.get(8 + envelope_bytes..).ok_or("a geometry that is cut short")?;
    wkb::read(body)?.ok_or_else(|| "an empty geometry".to_owned())
}
