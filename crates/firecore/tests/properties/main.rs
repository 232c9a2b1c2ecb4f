//! What holds for any input: one binary, a module a subject.

mod moisture;
mod physics;
mod tracking;
