//! The service's tests: one binary, a module a subject.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod firms;
mod inputs;
