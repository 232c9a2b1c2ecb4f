//! Rasters through the crate's public doors.

mod broken;
mod counting;
mod figures;
mod geotiff;
mod made;
mod mosaic;
mod places;
mod points;
mod reads;
mod warped;
