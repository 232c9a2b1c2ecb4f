//! How much of a file is read.

/// Most features of a file. A point takes some 250 bytes of memory, so half a gigabyte.
pub const FEATURES_MAX: usize = 2_000_000;

/// Most vertices of a file: every building of a large country's fire districts has fewer; 24 to 60 bytes each while it is read.
pub const VERTICES_MAX: usize = 10_000_000;

/// Largest file that is read into memory, bytes: a million points are 0.1 to 0.25 GB.
pub const FILE_BYTES_MAX: u64 = 1 << 30;

/// Longest id, kind or name, bytes. OpenStreetMap allows 255 characters.
pub const TEXT_BYTES_MAX: usize = 1_020;

/// Longest clearance, s: 30 days; what takes longer is not cleared before a fire.
pub const CLEARANCE_S_MAX: u32 = 30 * 24 * 3600;

/// Most lists in lists of a geometry, or geometries in geometries: a multipolygon has four.
pub(super) const NESTING_MAX: usize = 6;

/// Most bytes of one value in a GeoPackage: a polygon of four million vertices.
pub(super) const VALUE_BYTES_MAX: i32 = 64 << 20;

/// Most steps of SQLite's machine for one file. Reading takes some 30 for a feature and 2 for each column; a view without end
/// is stopped after some seconds.
pub(super) const SQL_STEPS_MAX: u64 = 300_000_000;

/// Most columns of a table: as many as SQLite itself takes unless it is built otherwise.
pub(super) const COLUMNS_MAX: usize = 2_000;
