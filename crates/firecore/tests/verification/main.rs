//! Computed values against published ones and other programs': one binary, a module a subject.

mod crown;
mod ignition;
mod spotting;
mod surface;
mod table;
