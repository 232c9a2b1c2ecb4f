pub mod inputs;

pub mod ingest;
