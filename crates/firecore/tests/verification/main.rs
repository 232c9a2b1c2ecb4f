//! Computed values against published ones and other programs': one binary, a module a subject.

mod conditioning;
mod crown;
mod differences;
mod growth;
mod ignition;
mod moisture;
mod options;
mod rasters;
mod reference_runs;
mod spotting;
mod surface;
mod table;
