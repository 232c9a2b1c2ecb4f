//! One row: fine dead fuel moisture by look-up.

use firecore::moisture::fine_dead::{
    Aspect, Elevation, FineDead, Hour, Humidity, Season, Shading, Slope, Temperature,
};
use firecore::units::celsius_of_fahrenheit;

use crate::cli::table::column::{Input, Kind, Output};
use crate::cli::table::fuels::MoistBeds;
use crate::cli::table::{Given, Tool, unit};

/// Places of the inputs.
#[derive(Clone, Copy)]
enum In {
    Temperature,
    Humidity,
    Season,
    Hour,
    Aspect,
    Slope,
    Shading,
    Elevation,
}

const OUTPUTS: [Output; 7] = [
    Output::new("reference_pct", "reference moisture", unit::PERCENT_POINTS),
    Output::new("correction_pct", "correction for the place", unit::PERCENT_POINTS),
    Output::new("total_pct", "moisture, fine dead", unit::PERCENT_POINTS),
    Output::unprinted("consensus_correction_pct", unit::PERCENT_POINTS),
    Output::new("m_1h_pct", "moisture, dead 1-hour", unit::PERCENT_POINTS),
    Output::new("m_10h_pct", "moisture, dead 10-hour", unit::PERCENT_POINTS),
    Output::new("m_100h_pct", "moisture, dead 100-hour", unit::PERCENT_POINTS),
];

/// The look-up tables, row by row.
pub(super) struct Look {
    inputs: [Input; 8],
}

/// A class of one of these types, by its name or by a number.
macro_rules! class {
    ($column:literal, $what:literal, $class:ident, $of:expr) => {
        Input::new(
            $column,
            $what,
            Kind::Class($class::ALL.iter().map(|class| class.name()).collect(), |value| {
                let of: fn(f64) -> Option<$class> = $of;
                let class = of(value)?;
                $class::ALL.iter().position(|one| *one == class)
            }),
        )
        .or_blank()
    };
}

impl Look {
    pub(super) fn new() -> Self {
        let inputs = [
            class!("temp_f", "temperature, deg F", Temperature, |value| {
                Temperature::of_c(celsius_of_fahrenheit(value)).ok()
            }),
            class!("rh_pct", "relative humidity, %", Humidity, |value| Humidity::of_share(value / 100.0)
                .ok()),
            class!("month", "months", Season, |value| {
                let month = value as u8;
                (f64::from(month) == value).then(|| Season::of_month(month).ok()).flatten()
            }),
            class!("hour", "local time, h", Hour, |value| Hour::of_local(value).ok()),
            class!("aspect", "aspect", Aspect, |value| Aspect::of_deg(value).ok()),
            class!("slope_pct", "slope, %", Slope, |value| Slope::of_tan(value / 100.0).ok()),
            class!("shading", "shading", Shading, |_| None),
            class!("elevation", "against the weather station", Elevation, |_| None),
        ];
        Self { inputs }
    }
}

impl Tool for Look {
    fn inputs(&self) -> &[Input] {
        &self.inputs
    }

    fn outputs(&self) -> &[Output] {
        &OUTPUTS
    }

    fn compute(&self, given: Given, _: &mut MoistBeds, results: &mut [f64]) -> Result<(), String> {
        let unknown = |columns: &[In]| {
            let blank = columns.iter().filter(|column| given.maybe_place(**column as usize).is_none());
            blank.map(|column| self.inputs[*column as usize].name).collect::<Vec<_>>()
        };
        let place = |column: In| given.place(column as usize);
        let site = FineDead {
            temperature: Temperature::ALL[place(In::Temperature)],
            humidity: Humidity::ALL[place(In::Humidity)],
            season: Season::ALL[place(In::Season)],
            hour: Hour::ALL[place(In::Hour)],
            aspect: Aspect::ALL[place(In::Aspect)],
            slope: Slope::ALL[place(In::Slope)],
            shading: Shading::ALL[place(In::Shading)],
            elevation: Elevation::ALL[place(In::Elevation)],
        };
        let air = unknown(&[In::Temperature, In::Humidity]);
        let ground = unknown(&[In::Season, In::Hour, In::Aspect, In::Slope, In::Shading, In::Elevation]);
        if !air.is_empty() && !ground.is_empty() {
            let blank = [air, ground].concat().join(", ");
            return Err(format!("{blank}: needed the air, the place or both whole, found nothing"));
        }
        let percent = |share: f64| (100.0 * share).round();
        if air.is_empty() {
            results[0] = percent(site.reference());
        }
        if ground.is_empty() {
            results[1] = percent(site.correction());
            results[3] = results[1];
        }
        if air.is_empty() && ground.is_empty() {
            let dead = site.moisture();
            results[2] = percent(dead.one_hour);
            results[4..].copy_from_slice(&[dead.one_hour, dead.ten_hour, dead.hundred_hour].map(percent));
        }
        Ok(())
    }
}
