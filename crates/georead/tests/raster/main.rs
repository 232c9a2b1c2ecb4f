//! Rasters through the crate's public doors.

#[path = "../shared/counting.rs"]
mod counting;
mod figures;
mod geotiff;
#[path = "../shared/made.rs"]
mod made;
mod mosaic;
mod places;
mod points;
mod reads;
#[path = "../shared/reference.rs"]
mod reference;
mod warped;
