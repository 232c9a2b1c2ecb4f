//! One row: the moisture that dead fuel comes to in air that does not change.

use firecore::moisture::equilibrium;

use crate::cli::table::column::{Input, Output};
use crate::cli::table::fuels::MoistBeds;
use crate::cli::table::{Given, Tool, unit};

const OUTPUTS: [Output; 4] = [
    Output::new("emc_pct", "equilibrium moisture", unit::PERCENT),
    Output::new("m_1h_pct", "moisture, dead 1-hour", unit::PERCENT),
    Output::new("m_10h_pct", "moisture, dead 10-hour", unit::PERCENT),
    Output::new("m_100h_pct", "moisture, dead 100-hour", unit::PERCENT),
];

/// Air, row by row.
pub(super) struct Equilibrium {
    inputs: [Input; 2],
}

impl Equilibrium {
    pub(super) fn new() -> Self {
        let inputs = [
            Input::number("temp_f", "temperature", unit::FAHRENHEIT, [-40.0, 200.0]),
            Input::number("rh_pct", "relative humidity", unit::PERCENT, [0.0, 100.0]),
        ];
        Self { inputs }
    }
}

impl Tool for Equilibrium {
    fn inputs(&self) -> &[Input] {
        &self.inputs
    }

    fn outputs(&self) -> &[Output] {
        &OUTPUTS
    }

    fn compute(&self, given: Given, _: &mut MoistBeds, results: &mut [f64]) -> Result<(), String> {
        let (temperature_c, humidity) = (given.number(0), given.number(1));
        let dead = equilibrium::dead_moisture(temperature_c, humidity);
        let moisture = equilibrium::moisture(temperature_c, humidity);
        results.copy_from_slice(&[moisture, dead.one_hour, dead.ten_hour, dead.hundred_hour]);
        Ok(())
    }
}
