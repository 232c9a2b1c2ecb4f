//! The front against exact solutions, finer grids and an independent method.
//!
//! Budgets are what must hold; the aim beside each is what is worth working for.

pub(crate) mod cases;
mod corners;
mod equal_hours;
mod gap;
mod heterogeneous;
mod huygens;
mod independent;
mod landscapes;
mod merging;
mod numbers;
mod published;
mod starts;
mod uniform;
