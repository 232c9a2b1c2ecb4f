//! The pure half of Guira: what can be computed without a clock, a socket, a thread or a log line.
//!
//! `now` and `rng_seed` are arguments; what would be a log line is a field of the result.
//!
//! # Conventions, said once
//!
//! - **Axes.** x is metres east, y is metres north, in the projected plane of a [`geo::LocalFrame`].
//!   A [`grid::Grid`] is row-major, row 0 is the northern edge, column 0 the western edge.
//! - **Angles.** Compass degrees (clockwise from north) appear at the edges only and say `from` or
//!   `toward`; the kernels use east and north components.
//! - **Units.** Metre, second, kilowatt, degree Celsius; a quantity's name carries its unit as a suffix and
//!   no suffix means dimensionless. Moisture is kg of water per kg of dry fuel, slope is rise over run.
//! - **Time.** Instants are [`jiff::Timestamp`]; durations and arrival times are seconds (`_s`).

// Modules in reading order; imports point only up this list.
pub mod units;

pub mod geo;
pub mod grid;
mod sphere;

pub mod fuel;
pub mod landscape;
pub mod moisture;
pub mod weather;
pub mod wind;

pub mod asset;
pub mod detection;
pub mod ignition;

pub mod spread;

pub mod surrogate;

pub mod perimeter;

pub mod ensemble;

pub mod strategy;

pub mod forecast;

pub mod schedule;

pub mod cluster;
