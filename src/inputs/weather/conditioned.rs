//! Dead fuel moisture that a folder's temperature and humidity make, for the classes that it has no raster of.
//!
//! Wood is conditioned at a few sites, through the hours of up to five days before; between the sites moisture is interpolated. The rasters
//! know the ground, so nothing is brought to another elevation.

use std::path::Path;

use firecore::forecast::InputNote;
use firecore::grid::GridShape;
use firecore::moisture::conditioning::{HourlyWeather, Site, Sky, StickSet, Sticks};
use firecore::moisture::{DeadFuelMoisture, FuelMoisture, equilibrium};
use firecore::units::{ZERO_CELSIUS_K, celsius_of_fahrenheit};
use firecore::weather::{Weather, WeatherSeries, WeatherStep};
use georead::weather::checked::{RELATIVE_HUMIDITY, TEMPERATURE_C};
use jiff::{SignedDuration, Timestamp};

use super::{Request, Timed, band_at, cells, held_s, open, refused};
use crate::inputs::InputsError;
use crate::inputs::builtin::fallback;
use crate::inputs::runs::{HOURS_BEFORE_MAX, SETTLED_HOURS};

/// Least edge of the ground that a site speaks for, m: moisture varies over hours and elevations more than over kilometres.
const SITE_M: f64 = 4_000.0;

/// Sites along an edge at most: 64 sites through 5 days of hours take 0.1 s, at the 11 us an hour that a site takes.
const SITES_MAX: usize = 8;

/// Moisture over sites, at the instants of the wind's bands.
pub(super) struct Conditioned {
    series: WeatherSeries,
    /// Bands that wood was conditioned through.
    bands: usize,
    /// From the first of them to the forecast's start, h.
    hours_before: i64,
    /// The last of them that is not after the start, else the first.
    valid_at: Timestamp,
    /// Seconds of the forecast, at its nearer end, that have no air.
    held_s: i64,
    /// Whether those are its first ones.
    begins_late: bool,
    /// What is taken for granted of the temperature, where its file does not say in what it is.
    assumed: &'static str,
}

impl Conditioned {
    /// Of a folder; `None` where it has no temperature or no humidity, none of before the forecast's end, or none that may be held for it.
    ///
    /// **Errors** name the file, what was needed and what was found.
    pub(super) fn load(
        folder: &Path,
        request: &Request<'_>,
        shape: &GridShape,
    ) -> Result<Option<Self>, InputsError> {
        let (Some(temperature), Some(humidity)) = (open(folder, "tmpf")?, open(folder, "rh")?) else {
            return Ok(None);
        };
        let held_s = held_s(&temperature.times, request);
        if held_s > i64::from(request.hold_s) {
            return Ok(None);
        }
        let sites = sites(shape);
        let (from, end) = (
            request.start - SignedDuration::from_hours(HOURS_BEFORE_MAX),
            request.start + SignedDuration::from_secs(i64::from(request.horizon_s)),
        );
        let first = temperature.times.partition_point(|time| *time < from);
        let last = temperature.times.partition_point(|time| *time <= end);
        if first == last {
            return Ok(None);
        }
        // The one after the end, too: moisture is interpolated up to the end.
        let bands = first..(last + 1).min(temperature.times.len());
        let places: Vec<Site> = (0..sites.len())
            .map(|site| sites.centre(site / sites.cols, site % sites.cols))
            .map(|centre| Site::level(request.frame.to_lon_lat(centre), 0.0))
            .collect();
        let mut sticks: Vec<Option<Sticks>> = vec![None; sites.len()];
        let mut steps = Vec::with_capacity(bands.len());
        for band in bands.clone() {
            let valid_at = temperature.times[band];
            let air = air(&temperature, band, &humidity, request, &sites)?;
            let moist = |((place, sticks), [temperature_c, relative_humidity]): (
                (&Site, &mut Option<Sticks>),
                [f64; 2],
            )| {
                let sticks = sticks.get_or_insert_with(|| {
                    Sticks::new(
                        StickSet::FireGrowth,
                        equilibrium::dead_moisture(temperature_c, relative_humidity),
                    )
                });
                let sky = Sky::Clouds { cover: 0.0 };
                let weather =
                    HourlyWeather { valid_at, temperature_c, relative_humidity, rain_kg_m2: 0.0, sky };
                let dead = sticks.advance(&place.reached_by(&weather));
                let moisture = FuelMoisture { dead, live: request.live };
                Weather { wind_10m_east_m_s: 0.0, wind_10m_north_m_s: 0.0, moisture }
            };
            let cells = places.iter().zip(&mut sticks).zip(air).map(moist).collect();
            steps.push(WeatherStep { valid_at, cells });
        }
        let began = temperature.times[first];
        let hours_before = request.start.duration_since(began).as_hours().max(0);
        let known = steps.iter().rev().map(|step| step.valid_at).find(|valid_at| *valid_at <= request.start);
        let assumed = match DegreesOf::of(&temperature.raster.metadata.unit_text(bands.start)) {
            Some(_) => "",
            None => "; tmpf gives no unit: taken as degrees F",
        };
        let series =
            WeatherSeries { frame: request.frame.clone(), shape: sites, steps, terrain_bends_wind: false };
        Ok(Some(Self {
            series,
            bands: bands.len(),
            hours_before,
            valid_at: known.unwrap_or(began),
            held_s,
            begins_late: began > request.start,
            assumed,
        }))
    }

    /// Moisture by cell of the wind's grid at an instant.
    pub(super) fn at(&self, valid_at: Timestamp, shape: &GridShape) -> Vec<DeadFuelMoisture> {
        let step = self.series.step_at(valid_at);
        let place = |cell: usize| shape.centre(cell / shape.cols, cell % shape.cols);
        (0..shape.len()).map(|cell| self.series.at(step, place(cell)).moisture.dead).collect()
    }

    /// Where the moisture of these classes comes from, and what was not known for it.
    pub(super) fn notes(&self, folder: &Path, classes: &[&str]) -> Vec<InputNote> {
        const INPUT: &str = "dead_fuel_moisture";
        let said = format!(
            "{} conditioned by temperature and humidity of {} instants of {}",
            classes.join(", "),
            self.bands,
            folder.display()
        );
        let valid_at = Some(self.valid_at);
        let made = InputNote { input: INPUT.to_owned(), source: said, valid_at, fallback: false };
        let mut lacks = "no rain or cloud is known: none is taken to be there".to_owned();
        if self.hours_before < SETTLED_HOURS as i64 {
            lacks.push_str(
                "; less than a day of weather before: wood begins in balance with the first hour's air",
            );
        }
        lacks.push_str(self.assumed);
        let mut notes = vec![made, fallback(INPUT, &lacks, None)];
        if self.held_s > 0 {
            let hours = self.held_s as f64 / 3600.0;
            let (is, held) = match self.begins_late {
                true => ("begin", "after the forecast does; the first moisture is held"),
                false => ("end", "before the forecast does; the last moisture is held"),
            };
            let said = format!("temperature and humidity of {} {is} {hours:.1} h {held}", folder.display());
            notes.push(fallback(INPUT, &said, valid_at));
        }
        notes
    }
}

/// A coarser grid in the middle of the same ground: all of its sites lie on it, however small that is.
fn sites(shape: &GridShape) -> GridShape {
    let length_m = shape.rows.max(shape.cols) as f64 * shape.cell_size_m;
    let edge_m = (length_m / SITES_MAX as f64).max(SITE_M);
    let count =
        |cells: usize| ((cells as f64 * shape.cell_size_m / edge_m).ceil() as usize).clamp(1, SITES_MAX);
    let (rows, cols) = (count(shape.rows), count(shape.cols));
    let spare_m = |sites: usize, cells: usize| sites as f64 * edge_m - cells as f64 * shape.cell_size_m;
    GridShape {
        rows,
        cols,
        cell_size_m: edge_m,
        west_m: shape.west_m - 0.5 * spare_m(cols, shape.cols),
        north_m: shape.north_m + 0.5 * spare_m(rows, shape.rows),
    }
}

/// What a temperature is told in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum DegreesOf {
    Celsius,
    Fahrenheit,
    Kelvin,
}

impl DegreesOf {
    /// As a file says it, in lower case; `None` where it does not.
    fn of(text: &str) -> Option<Self> {
        text.split(|letter: char| !letter.is_alphanumeric()).find_map(|word| match word {
            "c" | "degc" | "celsius" | "centigrade" => Some(Self::Celsius),
            "f" | "degf" | "fahrenheit" => Some(Self::Fahrenheit),
            "k" | "kelvin" => Some(Self::Kelvin),
            _ => None,
        })
    }

    fn to_celsius(self, told: f64) -> f64 {
        match self {
            Self::Celsius => told,
            Self::Fahrenheit => celsius_of_fahrenheit(told),
            Self::Kelvin => told - ZERO_CELSIUS_K,
        }
    }
}

/// Degrees Celsius and relative humidity at each site.
fn air(
    temperature: &Timed,
    band: usize,
    humidity: &Timed,
    request: &Request<'_>,
    sites: &GridShape,
) -> Result<Vec<[f64; 2]>, InputsError> {
    let degrees =
        DegreesOf::of(&temperature.raster.metadata.unit_text(band)).unwrap_or(DegreesOf::Fahrenheit);
    let humidity_band = band_at(humidity, temperature.times[band])?;
    let share =
        if humidity.raster.metadata.unit_text(humidity_band).contains("fraction") { 1.0 } else { 0.01 };
    let temperatures = cells(&temperature.raster, band, request, sites, |value| value)?;
    let humidities = cells(&humidity.raster, humidity_band, request, sites, |value| value)?;
    // No air is so dry: those are fractions that do not say so.
    if share < 1.0 && humidities.iter().all(|told| *told <= 1.0) {
        let found = humidities.iter().copied().fold(0.0, f64::max);
        let needed = "relative humidity in percent, or a unit that says fraction";
        return Err(refused(humidity, humidity_band, found, needed));
    }
    temperatures
        .into_iter()
        .zip(humidities)
        .map(|(temperature_told, humidity_told)| {
            let temperature_c = degrees.to_celsius(temperature_told);
            if !TEMPERATURE_C.contains(&(temperature_c as f32)) {
                let found = format!("{temperature_told}, which is {temperature_c:.1} degrees C");
                let needed = "air of -90 to 60 degrees C, in degrees F unless the file says otherwise";
                return Err(refused(temperature, band, found, needed));
            }
            let relative_humidity = humidity_told * share;
            if !RELATIVE_HUMIDITY.contains(&(relative_humidity as f32)) {
                let needed = "relative humidity of 0 to 100 percent, unless the file says fraction";
                return Err(refused(humidity, humidity_band, humidity_told, needed));
            }
            Ok([temperature_c, relative_humidity.min(1.0)])
        })
        .collect()
}
