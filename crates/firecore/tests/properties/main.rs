//! What holds for any input: one binary, a module a subject.

mod crown;
mod ember;
mod growth;
mod impact;
mod moisture;
mod physics;
mod spotting;
mod tracking;
