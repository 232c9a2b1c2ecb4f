//! Landscape and weather that tests run on, and inputs that fail.

use std::future::{pending, ready};
use std::sync::{Arc, Mutex};

use firecore::forecast::InputNote;
use firecore::geo::{Bounds, LocalFrame, LonLat};
use firecore::grid::GridShape;
use firecore::landscape::{Landscape, Terrain};
use firecore::moisture::{DeadFuelMoisture, FuelMoisture, LiveFuelMoisture};
use firecore::weather::{Weather, WeatherSeries, WeatherStep};
use guira::inputs::{InputFuture, InputNews, InputSet, Inputs, InputsError, NewsFuture};
use jiff::Timestamp;

/// Flat grass around the area, and a steady wind.
pub(super) struct SmallInputs;

impl Inputs for SmallInputs {
    fn fetch(&self, area: Bounds, start: Timestamp, _horizon_s: u32) -> InputFuture<'_> {
        Box::pin(async move {
            let middle =
                LonLat::new((area.west_deg + area.east_deg) / 2.0, (area.south_deg + area.north_deg) / 2.0);
            let middle = middle.expect("the tests' fires lie off the antimeridian");
            let frame = LocalFrame::at(middle);
            let plane = frame.to_plane(middle);
            let shape = GridShape {
                rows: 40,
                cols: 40,
                west_m: plane.east_m - 4_000.0,
                north_m: plane.north_m + 4_000.0,
                cell_size_m: 200.0,
            };
            let landscape = Landscape {
                frame: frame.clone(),
                shape,
                terrain: Terrain::flat(shape.len()),
                fuel: vec![1; shape.len()],
                fuel_models: Arc::default(),
                canopy: None,
            };
            let weather = Weather {
                wind_10m_east_m_s: 3.0,
                wind_10m_north_m_s: 0.0,
                moisture: FuelMoisture {
                    dead: DeadFuelMoisture { one_hour: 0.06, ten_hour: 0.07, hundred_hour: 0.08 },
                    live: LiveFuelMoisture { herbaceous: 0.6, woody: 0.9 },
                },
            };
            let one = GridShape { rows: 1, cols: 1, cell_size_m: 8_000.0, ..shape };
            let steps = vec![WeatherStep { valid_at: start, cells: vec![weather] }];
            Ok(InputSet {
                landscape: Arc::new(landscape),
                weather: Arc::new(WeatherSeries { frame, shape: one, steps, terrain_bends_wind: false }),
                notes: vec![InputNote {
                    input: "wind".to_owned(),
                    source: "test".to_owned(),
                    valid_at: Some(start),
                    fallback: false,
                }],
            })
        })
    }
}

/// Inputs that tell of news once they are given some.
#[derive(Debug, Default)]
pub(crate) struct NewsyInputs(pub(crate) Mutex<Vec<InputNews>>);

impl Inputs for NewsyInputs {
    fn fetch(&self, area: Bounds, start: Timestamp, horizon_s: u32) -> InputFuture<'_> {
        SmallInputs.fetch(area, start, horizon_s)
    }

    fn news(&self) -> NewsFuture<'_> {
        Box::pin(ready(std::mem::take(&mut *self.0.lock().unwrap())))
    }
}

/// Inputs that fail, or never come.
pub(crate) enum BadInputs {
    Fail,
    KeepSilent,
}

impl Inputs for BadInputs {
    fn fetch(&self, _area: Bounds, _start: Timestamp, _horizon_s: u32) -> InputFuture<'_> {
        Box::pin(async {
            match self {
                Self::Fail => Err(InputsError::GivenUp),
                Self::KeepSilent => pending().await,
            }
        })
    }
}
