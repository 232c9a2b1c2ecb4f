//! Computed values against published ones and other programs': one binary, a module a subject.

mod conditioning;
mod moisture;
mod rasters;
mod surface;
mod table;
