//! PhysX members over gRPC: real server processes, a scripted peer, a bad line, certificates.

mod certificates;
mod faults;
mod kills;
mod peer;
mod rig;
mod same;
mod server;
