//! PhysX members over gRPC: real server processes, a scripted peer, a bad line, certificates.

mod certificates;
mod faults;
mod kills;
mod peer;
pub(crate) mod rig;
mod same;
mod server;
