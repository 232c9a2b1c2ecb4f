//! Guira, the service around `firecore`: detections flow in, a supervised tree of actors decides what to forecast,
//! perimeters flow out. Modules in reading order:

pub mod settings;

pub mod clock;
pub mod telemetry;

pub mod compute;
pub mod simulate;

pub mod inputs;

pub mod artifacts;
pub mod ingest;
pub mod store;

pub mod engine;

pub mod webhooks;

pub mod http;

pub mod components;
