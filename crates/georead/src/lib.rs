//! Reads the files and answers that inputs come in: rasters, weather, features. Bytes in, numbers out.
//!
//! Nothing here knows a network, a clock or a setting. What comes in may be broken or hostile: every reader refuses with an error that names
//! what was needed and what was found, never panics, and allocates no more than its stated limits. Units and senses
//! are turned once, here: metres, seconds, degrees Celsius, fractions, wind by its components toward true east and north.
//!
//! In reading order: [`bytes`], where bytes come from; [`crs`], the coordinate systems that are known; [`raster`], windows of rasters and of
//! mosaics of them, and those on a grid; [`weather`], what every reader of weather gives; [`features`], what fires threaten.
//!
//! `tests/fuzz` has a door for each decoder, and a folder of small files for each door: tests pass mutants of them, and `scripts/fuzz` what
//! the code itself leads it to.

pub mod bytes;
pub mod crs;
pub mod features;
pub mod raster;
pub mod weather;
