//! Weather as its readers give it: hour by hour at some places.
//!
//! In reading order: [`checked()`], the one check that every reader ends in; [`grib2`], forecasts on a grid; [`open_meteo`]
//! and [`nws`], two services' answers in JSON, and [`answer`], why one is no weather; [`text`], tables and streams of stations.

pub mod answer;
pub mod checked;
pub mod grib2;
mod humidity;
pub mod nws;
pub mod open_meteo;
mod rows;
pub mod text;

pub use checked::checked;

use firecore::geo::LonLat;
use jiff::Timestamp;

/// Samples of a run: places times hours. Reason: 36 bytes each, 300 MB in all.
pub const SAMPLES_MAX: usize = 8 << 20;

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

    /// True where anything is known.
    pub(crate) fn is_known(&self) -> bool {
        let winds = [
            self.wind_10m_east_m_s,
            self.wind_10m_north_m_s,
            self.wind_80m_east_m_s,
            self.wind_80m_north_m_s,
        ];
        let rest = [
            self.temperature_c,
            self.relative_humidity,
            self.rain_kg_m2,
            self.cloud_cover,
            self.radiation_kw_m2,
        ];
        winds.iter().chain(&rest).any(|value| !value.is_nan())
    }

    /// Takes over what the other knows.
    fn take_known(&mut self, other: &Self) {
        let take = |mine: &mut f32, told: f32| {
            if !told.is_nan() {
                *mine = told;
            }
        };
        take(&mut self.wind_10m_east_m_s, other.wind_10m_east_m_s);
        take(&mut self.wind_10m_north_m_s, other.wind_10m_north_m_s);
        take(&mut self.wind_80m_east_m_s, other.wind_80m_east_m_s);
        take(&mut self.wind_80m_north_m_s, other.wind_80m_north_m_s);
        take(&mut self.temperature_c, other.temperature_c);
        take(&mut self.relative_humidity, other.relative_humidity);
        take(&mut self.rain_kg_m2, other.rain_kg_m2);
        take(&mut self.cloud_cover, other.cloud_cover);
        take(&mut self.radiation_kw_m2, other.radiation_kw_m2);
    }
}

/// Wind by its components toward east and north, m/s, from its speed and the true bearing that it comes from, degrees.
///
/// Calm needs no bearing. What cannot be a wind, as a speed below zero, becomes one that [`checked()`] takes out and counts.
fn wind_m_s(speed_m_s: f64, from_deg: f64) -> (f32, f32) {
    if speed_m_s == 0.0 {
        return (0.0, 0.0);
    }
    let is_bearing = from_deg.is_nan() || (0.0..=360.0).contains(&from_deg);
    if speed_m_s < 0.0 || !is_bearing {
        return (f32::INFINITY, f32::INFINITY);
    }
    let (sine, cosine) = from_deg.to_radians().sin_cos();
    ((-speed_m_s * sine) as f32, (-speed_m_s * cosine) as f32)
}
