//! The service's tests: one binary, a module a subject.

mod firms;
mod inputs;
