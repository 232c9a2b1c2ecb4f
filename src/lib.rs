pub mod artifacts;

pub mod inputs;

pub mod ingest;
