//! One row: the rates of Cruz, Alexander and Wakimoto (2005), and Van Wagner's (1977) thresholds.

use firecore::moisture::{DeadFuelMoisture, FuelMoisture, LiveFuelMoisture};
use firecore::spread::crown::{CanopyFuel, CrownMethod, CrownModel};

use crate::cli::table::column::{Input, Output};
use crate::cli::table::fuels::MoistBeds;
use crate::cli::table::{Given, Tool, unit};

/// Kilojoules that a kilogram of foliage takes to ignite for each percent of moisture: Van Wagner's figure, and the
/// rounder one that ELMFIRE and pyretechnics have.
const KJ_KG_PER_PERCENT: f64 = 25.9;
const ROUNDED_KJ_KG_PER_PERCENT: f64 = 26.0;

/// Places of the inputs.
#[derive(Clone, Copy)]
enum In {
    Wind,
    OneHour,
    BulkDensity,
    CanopyBase,
    Foliar,
}

const OUTPUTS: [Output; 7] = [
    Output::new("active_m_min", "rate of spread, active crown fire", unit::M_MIN),
    Output::new("critical_m_min", "critical crown rate of spread", unit::M_MIN),
    Output::new("cac", "criterion of active crowning", unit::NONE),
    Output::new("passive_m_min", "rate of spread, passive crown fire", unit::M_MIN),
    Output::new("final_m_min", "rate of spread, final", unit::M_MIN),
    Output::new("vw_crit_kw_m", "critical surface fireline intensity", unit::KW_M),
    Output::new("vw26_crit_kw_m", "the same with 26 kJ/kg", unit::KW_M),
];

/// Crown fire rates, row by row.
pub(super) struct Cruz {
    inputs: [Input; 5],
    model: CrownModel,
}

impl Cruz {
    pub(super) fn new() -> Self {
        let inputs = [
            Input::number("wind10_kmh", "wind, 10 m", unit::KM_H, [0.0, 800.0]),
            Input::number("m1_pct", "moisture, dead 1-hour", unit::PERCENT, [0.0, 1000.0]),
            Input::number("cbd_kg_m3", "canopy bulk density", unit::KG_M3, [0.0, 10.0]),
            Input::number("cbh_m", "canopy base height", unit::M, [0.0, 122.0]).or(""),
            Input::number("fmc_pct", "moisture, foliage", unit::PERCENT, [0.0, 1000.0]).or(""),
        ];
        Self { inputs, model: CrownModel::new(CrownMethod::Cruz2005) }
    }
}

impl Tool for Cruz {
    fn inputs(&self) -> &[Input] {
        &self.inputs
    }

    fn outputs(&self) -> &[Output] {
        &OUTPUTS
    }

    fn compute(&self, given: Given, _: &mut MoistBeds, results: &mut [f64]) -> Result<(), String> {
        let number = |column: In| given.number(column as usize);
        let one_hour = number(In::OneHour);
        // The rates ask for no other moisture.
        let moisture = FuelMoisture {
            dead: DeadFuelMoisture { one_hour, ten_hour: one_hour, hundred_hour: one_hour },
            live: LiveFuelMoisture { herbaceous: 1.0, woody: 1.0 },
        };
        let canopy = CanopyFuel {
            base_height_m: number(In::CanopyBase),
            bulk_density_kg_m3: number(In::BulkDensity),
            height_m: f64::INFINITY,
            foliar_moisture: number(In::Foliar),
        };
        let moist = self.model.moistened(&moisture);
        let wind_m_s = number(In::Wind);
        let active_m_s = moist.active_rate_of_spread_m_s(&canopy, wind_m_s);
        let critical_m_s = canopy.critical_active_rate_of_spread_m_s();
        let criterion = active_m_s / critical_m_s;
        let passive_m_s = moist.passive_rate_of_spread_m_s(&canopy, wind_m_s);
        let rounded = CanopyFuel {
            foliar_moisture: canopy.foliar_moisture * (ROUNDED_KJ_KG_PER_PERCENT / KJ_KG_PER_PERCENT),
            ..canopy
        };
        let values = [
            active_m_s,
            critical_m_s,
            criterion,
            passive_m_s,
            if criterion > 1.0 { active_m_s } else { passive_m_s },
            canopy.critical_fireline_intensity_kw_m(),
            rounded.critical_fireline_intensity_kw_m(),
        ];
        results.copy_from_slice(&values);
        Ok(())
    }
}
