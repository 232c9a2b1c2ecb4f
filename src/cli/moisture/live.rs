//! One row: a day of weather, and the live fuel's moisture after it and the days of the same site before it.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use firecore::moisture::live::{self, GrowingDay, INDEX_DAYS};

use crate::cli::table::column::{Input, Output};
use crate::cli::table::fuels::MoistBeds;
use crate::cli::table::{Given, Tool, unit};

/// Sites of one table; each keeps its last days, about 1 kB.
const SITES_MAX: usize = 100_000;

/// Days of a common and of a leap year.
const YEAR_DAYS: [u16; 2] = [365, 366];

/// Places of the inputs.
#[derive(Clone, Copy)]
enum In {
    TemperatureMin,
    TemperatureMax,
    HumidityMin,
    Latitude,
    Longitude,
    Day,
}

const OUTPUTS: [Output; 5] = [
    Output::new("day_index", "growing season index, this day", unit::NONE),
    Output::new("index_days", "days in the mean", unit::NONE),
    Output::new("mean_index", "growing season index, mean", unit::NONE),
    Output::new("m_herb_pct", "moisture, live herbaceous", unit::PERCENT),
    Output::new("m_woody_pct", "moisture, live woody", unit::PERCENT),
];

/// Growing days, each site with a course of its own.
pub(super) struct Live {
    inputs: [Input; 6],
    /// The last days, the newest last, by the bits of latitude and longitude.
    sites: Mutex<HashMap<[u64; 2], VecDeque<GrowingDay>>>,
}

impl Live {
    pub(super) fn new() -> Self {
        let inputs = [
            Input::number("temp_min_c", "lowest temperature", unit::CELSIUS, [-60.0, 60.0]),
            Input::number("temp_max_c", "highest temperature", unit::CELSIUS, [-60.0, 60.0]),
            Input::number("rh_min_pct", "lowest relative humidity", unit::PERCENT, [0.0, 100.0]),
            Input::number("latitude", "latitude", unit::DEGREE, [-90.0, 90.0]),
            Input::number("longitude", "longitude", unit::DEGREE, [-180.0, 180.0]).or(""),
            Input::number("day_of_year", "day of the year", unit::NONE, [1.0, 366.0]),
        ];
        Self { inputs, sites: Mutex::default() }
    }
}

impl Tool for Live {
    fn inputs(&self) -> &[Input] {
        &self.inputs
    }

    fn outputs(&self) -> &[Output] {
        &OUTPUTS
    }

    fn needs_order(&self) -> bool {
        true
    }

    fn compute(&self, given: Given, _: &mut MoistBeds, results: &mut [f64]) -> Result<(), String> {
        let day = day(given)?;
        let mut sites = self.sites.lock().unwrap_or_else(PoisonError::into_inner);
        let key = [In::Latitude, In::Longitude].map(|column| given.number(column as usize).to_bits());
        if sites.len() >= SITES_MAX && !sites.contains_key(&key) {
            return Err(format!("latitude: needed at most {SITES_MAX} sites in one table, found more"));
        }
        let days = sites.entry(key).or_default();
        let before = days.back().map(|last| last.day_of_year);
        let is_gap = before.is_some_and(|before| !follows(before, day.day_of_year));
        if is_gap {
            days.clear();
        } else if days.len() == INDEX_DAYS {
            days.pop_front();
        }
        days.push_back(day);
        if let Some(before) = before.filter(|_| is_gap) {
            return Err(format!(
                "day_of_year: needed the day after {before}, that of the site's row before, found {}; the mean begins anew",
                day.day_of_year
            ));
        }
        let index = live::mean_index(days.make_contiguous());
        let moisture = live::moisture(index);
        results.copy_from_slice(&[
            day.index(),
            days.len() as f64,
            index,
            moisture.herbaceous,
            moisture.woody,
        ]);
        Ok(())
    }
}

fn follows(before: u16, day: u16) -> bool {
    day == before + 1 || (day == 1 && YEAR_DAYS.contains(&before))
}

fn day(given: Given) -> Result<GrowingDay, String> {
    let number = |column: In| given.number(column as usize);
    let day = GrowingDay {
        temperature_c_min: number(In::TemperatureMin),
        temperature_c_max: number(In::TemperatureMax),
        relative_humidity_min: number(In::HumidityMin),
        latitude_deg: number(In::Latitude),
        day_of_year: number(In::Day) as u16,
    };
    if f64::from(day.day_of_year) != number(In::Day) {
        return Err(format!("day_of_year: needed a whole number from 1 to 366, found {}", number(In::Day)));
    }
    if day.temperature_c_min > day.temperature_c_max {
        return Err(format!(
            "temp_min_c: needed at most temp_max_c ({}), found {}",
            day.temperature_c_max, day.temperature_c_min
        ));
    }
    Ok(day)
}
