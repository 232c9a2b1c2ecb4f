//! Rasters through the crate's public doors.

mod geotiff;
mod made;
