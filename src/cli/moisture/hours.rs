//! One row: an hour of weather, and the sticks that went through all hours of the same site before it.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use firecore::geo::LonLat;
use firecore::moisture::conditioning::{HourlyWeather, Site, Sky, StickSet, Sticks};
use firecore::moisture::equilibrium;
use jiff::Timestamp;

use crate::cli::table::column::{Input, Kind, Output, Told};
use crate::cli::table::fuels::MoistBeds;
use crate::cli::table::{Given, Tool, unit};

/// Sites of one table; each keeps its sticks, about 1 kB.
const SITES_MAX: usize = 100_000;

/// Places of the inputs; the last six and the position make a site.
#[derive(Clone, Copy)]
enum In {
    Time,
    Temperature,
    Humidity,
    Rain,
    Cloud,
    Radiation,
    Latitude,
    Longitude,
    Elevation,
    AboveWeather,
    Slope,
    Aspect,
    CanopyCover,
}

const OUTPUTS: [Output; 3] = [
    Output::new("m_1h_pct", "moisture, dead 1-hour", unit::PERCENT),
    Output::new("m_10h_pct", "moisture, dead 10-hour", unit::PERCENT),
    Output::new("m_100h_pct", "moisture, dead 100-hour", unit::PERCENT),
];

/// Weather hour by hour, each site with sticks of its own.
pub(super) struct Hours {
    inputs: Vec<Input>,
    set: StickSet,
    /// By the site's numbers, bit by bit.
    sticks: Mutex<HashMap<[u64; 7], Course>>,
}

/// A site's sticks, and the time that they have come to.
struct Course {
    sticks: Sticks,
    valid_at: Timestamp,
}

impl Hours {
    pub(super) fn new(set: StickSet) -> Self {
        let number = |name, what, unit, bounds| Input::number(name, what, unit, bounds);
        let inputs = vec![
            Input::new("valid_at", "time", Kind::Time),
            number("temp_c", "temperature", unit::CELSIUS, [-60.0, 60.0]),
            number("rh_pct", "relative humidity", unit::PERCENT, [0.0, 100.0]),
            number("rain_mm", "rain since the row before", unit::NONE, [0.0, 500.0])
                .or("0")
                .told(Told::Always),
            number("cloud_pct", "cloud cover", unit::PERCENT, [0.0, 100.0])
                .or("0")
                .told(Told::Without("radiation_w_m2")),
            number("radiation_w_m2", "global radiation, level ground", unit::NONE, [0.0, 1400.0]).or(""),
            number("latitude", "latitude", unit::DEGREE, [-90.0, 90.0]),
            number("longitude", "longitude", unit::DEGREE, [-180.0, 180.0]),
            number("elevation_m", "elevation", unit::M, [-500.0, 9000.0]).or("0"),
            number("above_weather_m", "above the weather", unit::M, [-3000.0, 3000.0]).or("0"),
            number("slope_pct", "slope", unit::PERCENT, [0.0, 1000.0]).or("0"),
            number("aspect_deg", "aspect", unit::DEGREE, [-360.0, 360.0]).or("0"),
            number("canopy_cover_pct", "canopy cover", unit::PERCENT, [0.0, 100.0]).or("0"),
        ];
        Self { inputs, set, sticks: Mutex::default() }
    }
}

impl Tool for Hours {
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
        let site = site(given)?;
        let weather = weather(given)?;
        let mut sticks = self.sticks.lock().unwrap_or_else(PoisonError::into_inner);
        let known = sticks.len();
        let key = std::array::from_fn(|place| given.number(In::Latitude as usize + place).to_bits());
        let course = match sticks.entry(key) {
            std::collections::hash_map::Entry::Occupied(course) => course.into_mut(),
            std::collections::hash_map::Entry::Vacant(_) if known >= SITES_MAX => {
                return Err(format!("latitude: needed at most {SITES_MAX} sites in one table, found more"));
            }
            std::collections::hash_map::Entry::Vacant(free) => {
                let reached = site.reached_by(&weather);
                let initial = equilibrium::dead_moisture(reached.temperature_c, reached.relative_humidity);
                let begun = Timestamp::MIN;
                free.insert(Course { sticks: Sticks::new(self.set, initial), valid_at: begun })
            }
        };
        if weather.valid_at <= course.valid_at {
            return Err(format!(
                "valid_at: needed a time after {}, that of the site's row before, found {}",
                course.valid_at, weather.valid_at
            ));
        }
        course.valid_at = weather.valid_at;
        let moisture = course.sticks.advance(&site.reached_by(&weather));
        results.copy_from_slice(&[moisture.one_hour, moisture.ten_hour, moisture.hundred_hour]);
        Ok(())
    }
}

fn site(given: Given) -> Result<Site, String> {
    let number = |column: In| given.number(column as usize);
    let place =
        LonLat::new(number(In::Longitude), number(In::Latitude)).map_err(|error| error.to_string())?;
    let (east, north) = number(In::Aspect).to_radians().sin_cos();
    let slope = number(In::Slope);
    Ok(Site {
        place,
        elevation_m: number(In::Elevation),
        above_weather_m: number(In::AboveWeather),
        // An aspect faces downslope.
        rise: [-slope * east, -slope * north],
        canopy_cover: number(In::CanopyCover),
    })
}

fn weather(given: Given) -> Result<HourlyWeather, String> {
    let number = |column: In| given.number(column as usize);
    let valid_at = Timestamp::from_second(number(In::Time) as i64).map_err(|error| error.to_string())?;
    let radiation_w_m2 = number(In::Radiation);
    Ok(HourlyWeather {
        valid_at,
        temperature_c: number(In::Temperature),
        relative_humidity: number(In::Humidity),
        rain_kg_m2: number(In::Rain),
        sky: match radiation_w_m2.is_nan() {
            true => Sky::Clouds { cover: number(In::Cloud) },
            false => Sky::Measured { level_kw_m2: radiation_w_m2 / 1000.0 },
        },
    })
}
