//! Where detections come from.

pub mod firms;
pub mod wire;
