//! Readers of weather against real files and against other programs' figures.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod answers;
mod figures;
mod grib2;
#[path = "../shared/reference.rs"]
mod reference;
mod texts;
