//! Computed values against published ones and other programs': one binary, a module a subject.

mod conditioning;
mod moisture;
mod rasters;
mod crown;
mod ignition;
mod spotting;
mod options;
mod surface;
mod table;
