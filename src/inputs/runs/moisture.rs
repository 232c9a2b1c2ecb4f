//! Dead fuel moisture over the coarse cells, from the weather of the hours and of the days before.
//!
//! Wood is conditioned at a few sites only: at three elevations of the ground in each of its four quarters. Between them moisture is
//! interpolated: over such an area it varies with elevation far more than from place to place.

use firecore::forecast::InputNote;
use firecore::geo::LonLat;
use firecore::grid::GridShape;
use firecore::landscape::Landscape;
use firecore::moisture::conditioning::{HourlyWeather, Site, StickSet, Sticks};
use firecore::moisture::{DeadFuelMoisture, equilibrium};
use jiff::Timestamp;

use super::air::Air;
use crate::inputs::builtin;
use crate::inputs::settings::DEAD_FUEL_MOISTURE_DEFAULT;

/// Elevations of the ground that wood lies at: its lowest, middle and highest, by these shares of the coarse cells.
const BANDS: [f64; 3] = [0.0, 0.5, 1.0];

/// Span of elevations below which one band serves, m: air changes by 1 degree over 100 m.
const BAND_M_MIN: f64 = 100.0;

/// Conditioned hours from which on the first state is forgotten for what fire spreads by: one-hour and ten-hour fuel.
pub(in crate::inputs) const SETTLED_HOURS: usize = 24;

/// Moisture by cell and hour.
pub(super) struct Moist {
    shape: GridShape,
    /// By quarter: north-west, north-east, south-west, south-east.
    quarters: Vec<Quarter>,
    cell_elevation_m: Vec<f64>,
    known: Known,
}

/// What of the moisture is known.
struct Known {
    air: bool,
    rain: bool,
    light: bool,
    elevation: bool,
    hours_before: usize,
}

/// A quarter's bands, by rising elevation.
struct Quarter {
    bands: Vec<(f64, Vec<DeadFuelMoisture>)>,
}

/// Conditions wood at the sites through all hours.
pub(super) fn condition(
    air: &Air<'_>,
    hours: &[Timestamp],
    landscape: &Landscape,
    shape: &GridShape,
) -> Moist {
    let sites: Vec<(usize, LonLat)> = quarter_cells(shape)
        .into_iter()
        .map(|cell| (cell, landscape.frame.to_lon_lat(shape.centre(cell / shape.cols, cell % shape.cols))))
        .collect();
    let bands_m = bands_m(&air.elevation_m);
    let quarters: Vec<Quarter> = std::thread::scope(|scope| {
        let threads: Vec<_> = sites
            .iter()
            .map(|(cell, place)| {
                let bands_m = &bands_m;
                scope.spawn(move || {
                    let band =
                        |elevation_m: &f64| (*elevation_m, course(air, *cell, *place, *elevation_m, hours));
                    Quarter { bands: bands_m.iter().map(band).collect() }
                })
            })
            .collect();
        threads.into_iter().map(crate::inputs::folder::joined).collect()
    });
    let [rain, light] = air.knows();
    let known_hours = (0..hours.len()).filter(|hour| air.at(sites[0].0, *hour, bands_m[0]).is_some()).count();
    Moist {
        shape: *shape,
        quarters,
        cell_elevation_m: air.elevation_m.clone(),
        known: Known {
            air: known_hours > 0,
            rain,
            light,
            elevation: air.knows_elevation(),
            hours_before: known_hours,
        },
    }
}

/// The cells in the middles of the four quarters; one cell four times where there is but one.
fn quarter_cells(shape: &GridShape) -> [usize; 4] {
    let (top, bottom) = (shape.rows / 4, (3 * shape.rows / 4).min(shape.rows - 1));
    let (left, right) = (shape.cols / 4, (3 * shape.cols / 4).min(shape.cols - 1));
    [(top, left), (top, right), (bottom, left), (bottom, right)].map(|(row, col)| shape.index(row, col))
}

fn bands_m(elevations_m: &[f64]) -> Vec<f64> {
    let mut sorted = elevations_m.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = |share: f64| sorted[((sorted.len() - 1) as f64 * share).round() as usize];
    if at(1.0) - at(0.0) < BAND_M_MIN {
        return vec![at(0.5)];
    }
    let mut bands: Vec<f64> = BANDS.map(at).to_vec();
    bands.dedup();
    bands
}

/// Moisture of wood at one site, hour by hour; the built-in one as long as nothing is known of the air.
fn course(
    air: &Air<'_>,
    cell: usize,
    place: LonLat,
    elevation_m: f64,
    hours: &[Timestamp],
) -> Vec<DeadFuelMoisture> {
    let site = Site::level(place, elevation_m);
    let mut sticks: Option<Sticks> = None;
    let mut course = Vec::with_capacity(hours.len());
    for (hour, valid_at) in hours.iter().enumerate() {
        if let Some(at) = air.at(cell, hour, elevation_m) {
            let weather = HourlyWeather {
                valid_at: *valid_at,
                temperature_c: at.temperature_c,
                relative_humidity: at.relative_humidity,
                rain_kg_m2: at.rain_kg_m2,
                sky: at.sky,
            };
            let sticks = sticks.get_or_insert_with(|| {
                let initial = equilibrium::dead_moisture(at.temperature_c, at.relative_humidity);
                Sticks::new(StickSet::FireGrowth, initial)
            });
            sticks.advance(&site.reached_by(&weather));
        }
        course.push(sticks.as_ref().map_or(DEAD_FUEL_MOISTURE_DEFAULT, Sticks::moisture));
    }
    course
}

impl Moist {
    /// Dead fuel moisture in a coarse cell at an hour.
    pub(super) fn at(&self, cell: usize, hour: usize) -> DeadFuelMoisture {
        let (row, col) = (cell / self.shape.cols, cell % self.shape.cols);
        let share = |place: usize, count: usize| {
            let (first, last) = (count / 4, (3 * count / 4).min(count - 1));
            if last > first {
                ((place as f64 - first as f64) / (last - first) as f64).clamp(0.0, 1.0)
            } else {
                0.5
            }
        };
        let (down, right) = (share(row, self.shape.rows), share(col, self.shape.cols));
        let at = |quarter: usize| self.quarters[quarter].at(self.cell_elevation_m[cell], hour);
        mix(mix(at(0), at(1), right), mix(at(2), at(3), right), down)
    }

    /// What is known of it, and what stood in.
    pub(super) fn notes(&self, source: &str, valid_at: Option<Timestamp>) -> Vec<InputNote> {
        const INPUT: &str = "dead_fuel_moisture";
        let known = &self.known;
        if !known.air {
            let said = "built-in 6, 7 and 8 % (scenario D2): the weather lacks temperature, humidity or both";
            return vec![builtin::fallback(INPUT, said, None)];
        }
        let said = format!("conditioned by {} hours of {source}", known.hours_before);
        let mut notes = vec![InputNote { input: INPUT.to_owned(), source: said, valid_at, fallback: false }];
        let lacks: Vec<&str> = [
            (known.rain, "no rain is known: none is taken to have fallen"),
            (known.light, "no cloud or light is known: the sky is taken to be clear"),
            (
                known.elevation,
                "the elevation that the temperature belongs to is not known: it is not brought to the fire's",
            ),
            (
                known.hours_before >= SETTLED_HOURS,
                "less than a day of weather before: wood begins in balance with the first hour's air",
            ),
        ]
        .into_iter()
        .filter_map(|(known, said)| (!known).then_some(said))
        .collect();
        if !lacks.is_empty() {
            notes.push(builtin::fallback(INPUT, &lacks.join("; "), None));
        }
        notes
    }
}

impl Quarter {
    fn at(&self, elevation_m: f64, hour: usize) -> DeadFuelMoisture {
        let next = self.bands.partition_point(|band| band.0 < elevation_m);
        let (low, high) = (&self.bands[next.saturating_sub(1)], &self.bands[next.min(self.bands.len() - 1)]);
        let span_m = high.0 - low.0;
        let share = if span_m > 0.0 { (elevation_m - low.0) / span_m } else { 0.0 };
        mix(low.1[hour], high.1[hour], share)
    }
}

fn mix(a: DeadFuelMoisture, b: DeadFuelMoisture, share: f64) -> DeadFuelMoisture {
    let lerp = |a: f64, b: f64| a + (b - a) * share;
    DeadFuelMoisture {
        one_hour: lerp(a.one_hour, b.one_hour),
        ten_hour: lerp(a.ten_hour, b.ten_hour),
        hundred_hour: lerp(a.hundred_hour, b.hundred_hour),
    }
}
