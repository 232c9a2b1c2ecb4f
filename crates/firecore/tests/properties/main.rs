//! What holds for any input: one binary, a module a subject.

mod physics;
mod tracking;
