//! Computed values against published ones and other programs': one binary, a module a subject.

mod rasters;
mod surface;
mod table;
