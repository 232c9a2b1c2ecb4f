//! Weather as its readers give it: hour by hour at some places.
//!
//! In reading order: [`checked`], the one check that every reader ends in; [`grib2`], forecasts on a grid.

pub mod checked;
pub mod grib2;
mod humidity;
mod rows;

pub use checked::checked;

use firecore::geo::LonLat;
use jiff::Timestamp;

/// One source's weather: hours at places.
#[derive(Clone, Debug, PartialEq)]
pub struct WeatherRun {
    /// Who says so, as in `HRRR` or `Open-Meteo ecmwf_ifs025`.
    pub provider: String,
    /// When the model that it comes from was started; `None` for observations and where it is not said.
    pub issued_at: Option<Timestamp>,
    /// The places, at least one.
    pub nodes: Vec<Node>,
    /// Rows and columns where the places are a grid, row by row, neighbours beside each other; `None` for scattered ones.
    pub grid: Option<(usize, usize)>,
    /// By rising time, at least one.
    pub hours: Vec<Hour>,
}

/// A place that weather is given for.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Where it lies; `None` for a stream of weather that does not say, and holds everywhere.
    pub place: Option<LonLat>,
    /// Elevation that the temperature belongs to, m: the station's, or the model's own ground.
    pub elevation_m: Option<f64>,
    /// A station's name.
    pub name: Option<String>,
}

/// An instant.
#[derive(Clone, Debug, PartialEq)]
pub struct Hour {
    /// The instant.
    pub valid_at: Timestamp,
    /// One a node, in their order.
    pub samples: Vec<Sample>,
}

/// Weather at a node and an instant; NaN stands for what is not known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// Wind 10 m above open ground, the way it blows, toward true east, m/s.
    pub wind_10m_east_m_s: f32,
    /// The same toward true north.
    pub wind_10m_north_m_s: f32,
    /// Wind at 80 m, toward true east, m/s.
    pub wind_80m_east_m_s: f32,
    /// The same toward true north.
    pub wind_80m_north_m_s: f32,
    /// Air temperature in the shade, degrees C.
    pub temperature_c: f32,
    /// 0 to 1.
    pub relative_humidity: f32,
    /// Rain since the hour before, kg/m2 (mm).
    pub rain_kg_m2: f32,
    /// Share of the sky under cloud, 0 to 1.
    pub cloud_cover: f32,
    /// Global radiation on level ground, kW/m2.
    pub radiation_kw_m2: f32,
}

impl Sample {
    /// Nothing known.
    pub const UNKNOWN: Self = Self {
        wind_10m_east_m_s: f32::NAN,
        wind_10m_north_m_s: f32::NAN,
        wind_80m_east_m_s: f32::NAN,
        wind_80m_north_m_s: f32::NAN,
        temperature_c: f32::NAN,
        relative_humidity: f32::NAN,
        rain_kg_m2: f32::NAN,
        cloud_cover: f32::NAN,
        radiation_kw_m2: f32::NAN,
    };

    /// Sets the wind at 10 m from its speed, m/s, and the true bearing that it comes from, degrees.
    pub fn set_wind_10m(&mut self, speed_m_s: f64, from_deg: f64) {
        let (sine, cosine) = from_deg.to_radians().sin_cos();
        self.wind_10m_east_m_s = (-speed_m_s * sine) as f32;
        self.wind_10m_north_m_s = (-speed_m_s * cosine) as f32;
    }
}
