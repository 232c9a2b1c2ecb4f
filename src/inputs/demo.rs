//! A made-up world for a first look without any data: hills, a river, mixed fuel, a town, and wind that turns and
//! strengthens in the afternoon. The place on the map is real, everything on it is invented.
//!
//! ```
//! use guira::inputs::demo;
//!
//! let world = demo::landscape();
//! assert_eq!(world.fuel.len(), world.shape.rows * world.shape.cols);
//! assert!(demo::assets_geojson().contains("hospital"));
//! ```

use std::sync::{Arc, OnceLock};

use firecore::detection::{Detection, DetectionDraft, Source};
use firecore::forecast::InputNote;
use firecore::geo::{Bounds, LocalFrame, LonLat};
use firecore::landscape::Landscape;
use jiff::Timestamp;

use super::area;
use super::{InputFuture, InputSet, Inputs, InputsError, builtin};

mod noise;
mod terrain;
mod towns;
mod weather;

pub use terrain::landscape;
pub use towns::assets_geojson;
pub use weather::series as weather_series;

/// Middle of the world: open hills of the inner coast ranges in southern California.
pub const CENTRE_LON_DEG: f64 = -119.60;
/// Middle of the world, degrees north.
pub const CENTRE_LAT_DEG: f64 = 35.05;

/// The plane that the world lies in.
pub fn frame() -> LocalFrame {
    LocalFrame::at(centre())
}

/// Middle of the world.
pub fn centre() -> LonLat {
    LonLat::new(CENTRE_LON_DEG, CENTRE_LAT_DEG).expect("the constants are a position")
}

/// Two fires of the made-up world at a time: one next to the power line, one far from every asset.
pub fn detections(at: Timestamp) -> Vec<Detection> {
    let places = [terrain::place_at(-4_300.0, 2_100.0), terrain::place_at(-5_500.0, -5_500.0)];
    let detection = |place: LonLat| {
        let draft = DetectionDraft::new(Source::Satellite, place.lon_deg(), place.lat_deg(), 0.9, at);
        Detection::new(draft, at).expect("a place of the world and a confidence of 0.9 are valid")
    };
    places.map(detection).to_vec()
}

/// Inputs that hold the made-up world, and the built-in fall-back for fires elsewhere.
#[derive(Debug, Default)]
pub struct DemoInputs {
    world: OnceLock<Arc<Landscape>>,
}

impl Inputs for DemoInputs {
    fn fetch(&self, area: Bounds, start: Timestamp, horizon_s: u32) -> InputFuture<'_> {
        Box::pin(async move {
            let place = area::centre(&area)?;
            let world = self.world().await?;
            let inside = world.shape.cell_at(world.frame.to_plane(place)).is_some();
            if !inside {
                return builtin::input_set(&area, start);
            }
            let weather = Arc::new(weather_series(start, horizon_s));
            Ok(InputSet { landscape: world, weather, notes: notes(start) })
        })
    }
}

impl DemoInputs {
    /// The world, made on first use: it takes a moment, so it is made on a blocking thread.
    async fn world(&self) -> Result<Arc<Landscape>, InputsError> {
        if let Some(world) = self.world.get() {
            return Ok(Arc::clone(world));
        }
        let made = tokio::task::spawn_blocking(|| Arc::new(landscape())).await;
        let made = made.map_err(|_| InputsError::GivenUp)?;
        Ok(Arc::clone(self.world.get_or_init(|| made)))
    }
}

fn notes(start: Timestamp) -> Vec<InputNote> {
    let inputs = ["terrain", "fuel", "canopy", "wind", "dead_fuel_moisture", "live_fuel_moisture"];
    let timed = |input: &str| input == "wind" || input == "dead_fuel_moisture";
    inputs
        .into_iter()
        .map(|input| InputNote {
            input: input.to_owned(),
            source: "made-up demonstration world".to_owned(),
            valid_at: timed(input).then_some(start),
            fallback: false,
        })
        .collect()
}

#[cfg(test)]
mod tests;
