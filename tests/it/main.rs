//! The service's tests: through its public doors, one module a subject.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod support;

mod anywhere;
mod asset_files;
mod assets;
mod auth;
mod cli;
mod clusters;
mod determinism;
mod doctor;
mod doors;
mod ensemble;
mod failures;
mod firms;
mod forecast;
mod fuels;
mod fuzz;
mod health;
mod hindcast;
mod impact;
mod inputs;
mod kept;
mod life;
mod live;
mod lost_store;
mod malformed;
mod mapped;
mod online;
mod operations;
mod overload;
mod paths;
mod physx;
mod proto;
mod python;
mod ractor_facts;
mod schedule;
mod shell;
mod store_faults;
mod story;
mod tools;
mod tracking;
mod webhooks;
mod websocket;
