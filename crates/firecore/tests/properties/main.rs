//! Invariants over random inputs, one module a subject.

mod tracking;
