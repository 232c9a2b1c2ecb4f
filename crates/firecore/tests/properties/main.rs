//! What holds for any input: one binary, a module a subject.

mod crown;
mod ember;
mod growth;
mod moisture;
mod physics;
mod region;
mod spotting;
mod tracking;
