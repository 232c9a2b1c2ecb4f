//! Fires whose growth is known exactly: the solutions, the runs, the measures, and the reader of a file of such fires.
//!
//! Shared with `examples/growth.rs`. Places are metres east and north of a case's own origin, times are seconds.

#[path = "cases/exact.rs"]
pub(crate) mod exact;
#[path = "cases/layout.rs"]
pub(crate) mod layout;
#[path = "cases/fire.rs"]
pub(crate) mod fire;
#[path = "cases/field.rs"]
pub(crate) mod field;
#[path = "cases/findings.rs"]
pub(crate) mod findings;
#[path = "cases/read.rs"]
pub(crate) mod read;
#[path = "cases/uniform.rs"]
pub(crate) mod uniform;
#[path = "cases/points.rs"]
pub(crate) mod points;
#[path = "cases/varied.rs"]
pub(crate) mod varied;
#[path = "cases/documented.rs"]
pub(crate) mod documented;
#[path = "cases/peers.rs"]
pub(crate) mod peers;
#[path = "cases/vectors.rs"]
pub(crate) mod vectors;
