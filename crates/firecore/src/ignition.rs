//! The state that a simulation starts from, and how one member's start and weather depart from it.

use jiff::Timestamp;

use crate::geo::LonLat;
use crate::landscape::Landscape;
use crate::moisture::{DeadFuelMoisture, FuelMoisture, LiveFuelMoisture};
use crate::weather::Weather;

/// Ground that burns when a simulation starts: a disc around a detection.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ignition {
    /// Centre of the disc.
    pub position: LonLat,
    /// Radius of the disc, m: half the footprint of the sensor's pixel.
    pub radius_m: f64,
    /// Standard deviation of the centre's true place in each axis, m.
    pub position_sd_m: f64,
}

/// The state that every member of a forecast starts from.
#[derive(Clone, Debug, PartialEq)]
pub struct Seed {
    /// When the simulation starts: the newest detection's time.
    pub seeded_at: Timestamp,
    /// Ground that burns then.
    pub burning: Vec<Ignition>,
    /// Ground that burned earlier and has gone out: it neither spreads fire nor burns again.
    pub burned: Vec<Ignition>,
}

impl Seed {
    /// How many of the burning ignitions have their middle on ground that cannot burn, or outside the landscape.
    pub fn off_fuel(&self, landscape: &Landscape) -> usize {
        let shape = &landscape.shape;
        let on_fuel = |ignition: &&Ignition| {
            let cell = shape.cell_at(landscape.frame.to_plane(ignition.position));
            cell.is_some_and(|(row, col)| landscape.burns(shape.index(row, col)))
        };
        self.burning.len() - self.burning.iter().filter(on_fuel).count()
    }
}

/// How one member departs from the seed and from the weather as given.
#[derive(Clone, Debug, PartialEq)]
pub struct Perturbation {
    /// Factor on the wind speed.
    pub wind_speed_factor: f64,
    /// Turn of the wind, clockwise, rad.
    pub wind_turn_rad: f64,
    /// Factor on every fuel moisture.
    pub moisture_factor: f64,
    /// Key of the draws of embers.
    pub ember_key: u64,
    /// Shift of each burning ignition, m east and m north, in the seed's order; none means all stay.
    pub ignition_shift_m: Vec<[f64; 2]>,
}

impl Perturbation {
    /// The seed and the weather as given.
    pub const NONE: Self = Self {
        wind_speed_factor: 1.0,
        wind_turn_rad: 0.0,
        moisture_factor: 1.0,
        ember_key: 0,
        ignition_shift_m: Vec::new(),
    };

    /// Shift of a burning ignition by its place in the seed, m east and m north.
    pub fn shift_m(&self, ignition: usize) -> [f64; 2] {
        self.ignition_shift_m.get(ignition).copied().unwrap_or_default()
    }

    /// What the draws make of weather, ready to be applied many times.
    pub fn weather_shift(&self) -> WeatherShift {
        let (sine, cosine) = self.wind_turn_rad.sin_cos();
        WeatherShift {
            wind_along: self.wind_speed_factor * cosine,
            wind_across: self.wind_speed_factor * sine,
            moisture: self.moisture_factor,
        }
    }

    /// Weather as this member has it.
    pub fn of_weather(&self, given: &Weather) -> Weather {
        self.weather_shift().of(given)
    }
}

/// A member's draws of weather: the wind turned and scaled, every moisture scaled.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WeatherShift {
    wind_along: f64,
    wind_across: f64,
    moisture: f64,
}

impl WeatherShift {
    /// Weather as the member has it.
    pub fn of(&self, given: &Weather) -> Weather {
        let (east, north) = (given.wind_10m_east_m_s, given.wind_10m_north_m_s);
        let FuelMoisture { dead, live } = given.moisture;
        let moist = |moisture: f64| moisture * self.moisture;
        Weather {
            wind_10m_east_m_s: self.wind_along * east + self.wind_across * north,
            wind_10m_north_m_s: self.wind_along * north - self.wind_across * east,
            moisture: FuelMoisture {
                dead: DeadFuelMoisture {
                    one_hour: moist(dead.one_hour),
                    ten_hour: moist(dead.ten_hour),
                    hundred_hour: moist(dead.hundred_hour),
                },
                live: self.of_live(&live),
            },
        }
    }

    /// Live moisture as the member has it.
    pub fn of_live(&self, given: &LiveFuelMoisture) -> LiveFuelMoisture {
        LiveFuelMoisture { herbaceous: given.herbaceous * self.moisture, woody: given.woody * self.moisture }
    }
}
