//! The service's tests: through its public doors, one module a subject.

mod support;

mod auth;
mod clusters;
mod determinism;
mod failures;
mod firms;
mod forecast;
mod inputs;
mod malformed;
mod ractor_facts;
mod schedule;
