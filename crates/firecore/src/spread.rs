//! One member's fire growth: from a seed to the time that each cell burns.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::geo::LocalFrame;
use crate::grid::Grid;

pub mod ellipse;
pub mod rothermel;

/// Asks a running simulation to stop; polled by the solver, shared with whoever may cancel.
#[derive(Debug, Default)]
pub struct StopToken(AtomicBool);

impl StopToken {
    /// Asks for the stop; may be called more than once.
    pub fn stop(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// True once a stop was asked for.
    pub fn is_stopped(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// The simulation was asked to stop before it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the simulation was stopped before it ended")]
pub struct Stopped;

/// When each cell of an area burns in one simulation, and how hard.
#[derive(Clone, Debug, PartialEq)]
pub struct ArrivalTimes {
    /// The plane that the grids lie in.
    pub frame: LocalFrame,
    /// Seconds after the seed's `seeded_at`; infinity: not reached. Values may exceed the horizon in cells next
    /// to the front: they place the front between two cells and do not mean that the cell burned.
    pub arrival_s: Grid<f32>,
    /// Byram's fireline intensity of the front as it arrived, kW/m; 0 where nothing arrived.
    pub fireline_intensity_kw_m: Vec<f32>,
    /// True where the ground can burn at all.
    pub burnable: Vec<bool>,
    /// The fire reached the edge of the landscape: beyond it nothing is known.
    pub edge_reached: bool,
    /// Why the fire did not spread, if it did not.
    pub no_spread: Option<NoSpread>,
}

/// Why a fire did not spread.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum NoSpread {
    /// No ignition lies on the landscape.
    #[error("none of the {ignitions} ignitions lies inside the landscape")]
    OutsideLandscape {
        /// Number of ignitions in the seed.
        ignitions: usize,
    },
    /// The ground under the ignitions cannot burn.
    #[error("the ground under the ignitions does not burn: fuel {codes}")]
    NotBurnable {
        /// The codes found there, in words.
        codes: String,
    },
    /// The fuel there is too wet to carry fire for the whole horizon.
    #[error(
        "the fuel at the ignitions is too wet to carry fire: {codes} at 1-hour moisture {one_hour_percent:.1} %"
    )]
    TooWet {
        /// Fuel models there, in words.
        codes: String,
        /// Dead 1-hour moisture there, %.
        one_hour_percent: f64,
    },
}
