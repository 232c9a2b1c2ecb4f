//! What the front does in the control run, layer by layer: the forecast's start and inputs as they were given, drawn by no member.

use std::path::{Path, PathBuf};

use firecore::forecast::Forecast;
use firecore::spread::ArrivalTimes;
use firecore::spread::front::OnArrival;

use super::raster::{Layer, NO_DATA};
use super::{ArtifactError, write_whole};

/// Names of the files, in the order in which they are written.
pub const CONTROL_FILES: [&str; 6] = [
    "control_arrival.tif",
    "control_rate_of_spread.tif",
    "control_spread_toward.tif",
    "control_fireline_intensity.tif",
    "control_flame_length.tif",
    "control_crown_class.tif",
];

/// A run of the start and the inputs as they were given.
#[derive(Clone, Debug)]
pub struct Control {
    /// When each cell burns.
    pub times: ArrivalTimes,
    /// How the front moved as it came there, on the same grid.
    pub on_arrival: Vec<OnArrival>,
}

/// Writes a control run's layers into a folder that is there.
///
/// Ground that burned at the start has an arrival time of 0 and no other value, cells that an ember set alight have their time alone; ground
/// that nothing reached has none.
///
/// **Errors** name the file.
pub fn write_control(
    folder: &Path,
    forecast: &Forecast,
    control: &Control,
) -> Result<Vec<PathBuf>, ArtifactError> {
    let times = &control.times;
    let shape = &times.arrival_s.shape;
    let horizon_s = forecast.plan.horizon_s() as f32;
    let burned = |at: usize| times.burnable[at] && times.arrival_s.cells[at] <= horizon_s;
    let reached = |at: usize| burned(at) && control.on_arrival[at].rate_of_spread_m_s > 0.0;
    let of = |value: &dyn Fn(usize, &OnArrival) -> f32| -> Vec<f32> {
        let cell = |at: usize| if reached(at) { value(at, &control.on_arrival[at]) } else { NO_DATA };
        (0..shape.len()).map(cell).collect()
    };
    let hours = |at: usize| if burned(at) { times.arrival_s.cells[at].max(0.0) / 3600.0 } else { NO_DATA };
    // Bearings on the grid become compass bearings.
    let toward_deg = |at: usize, on_arrival: &OnArrival| {
        let place = times.frame.to_lon_lat(shape.centre(at / shape.cols, at % shape.cols));
        let bearing_rad = f64::from(on_arrival.toward_rad) + times.frame.convergence_rad(place);
        compass_deg(bearing_rad)
    };
    let layers: [(String, &str, Vec<f32>); 6] = [
        (format!("hours after {}", forecast.plan.seed.seeded_at), "hours", (0..shape.len()).map(hours).collect()),
        (
            "rate of spread square to the front as it arrived, along the slope".to_owned(),
            "m/s",
            of(&|_, on_arrival| on_arrival.rate_of_spread_m_s),
        ),
        ("compass direction that the front faced as it arrived".to_owned(), "degrees", of(&toward_deg)),
        ("fireline intensity".to_owned(), "kW/m", of(&|_, on_arrival| on_arrival.fireline_intensity_kw_m)),
        ("flame length".to_owned(), "m", of(&|_, on_arrival| on_arrival.flame_length_m)),
        (
            "what burned: 0 surface, 1 surface where a crown fire from elsewhere would go on, 2 torching trees, 3 active crown fire"
                .to_owned(),
            "",
            of(&|_, on_arrival| f32::from(on_arrival.class as u8)),
        ),
    ];
    let mut files = Vec::new();
    for ((description, unit, values), name) in layers.into_iter().zip(CONTROL_FILES) {
        let layer = Layer { shape, epsg: times.frame.epsg(), description, unit, values: &values };
        let path = folder.join(name);
        write_whole(&path, &layer.geotiff(forecast)?)
            .map_err(|source| ArtifactError::Write { path: path.clone(), source })?;
        files.push(path);
    }
    Ok(files)
}

/// A direction as degrees clockwise from north, 0 and more and below 360: a hair west of north rounds to the full circle, which is 0.
fn compass_deg(bearing_rad: f64) -> f32 {
    (bearing_rad.to_degrees() as f32).rem_euclid(360.0) % 360.0
}

#[cfg(test)]
mod tests {
    use super::compass_deg;

    #[test]
    fn a_hair_west_of_north_is_north() {
        assert_eq!([-1e-9, 0.0, -0.5 * std::f64::consts::PI].map(compass_deg), [0.0, 0.0, 270.0]);
    }
}
