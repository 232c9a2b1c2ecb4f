//! A grid point's forecast: layers of values, each over an interval.

use firecore::geo::LonLat;
use jiff::{SignedDuration, Span, SpanRelativeTo, Timestamp, Unit};

use super::{Measure, properties};
use crate::weather::answer::{AnswerError, At, parse};
use crate::weather::rows::Rows;
use crate::weather::{Node, Sample, WeatherRun, checked, humidity, wind_m_s};

/// Hours that a layer may reach. Reason: the service forecasts eight days; four times that.
const HOURS_MAX: usize = 24 * 32;

/// Corners of a grid point's cell. Reason: it has four.
const CORNERS_MAX: usize = 64;

/// Weather of a grid point's answer, hour by hour: a value holds through its interval, rain is shared out evenly over it.
///
/// **Errors** with the service's own words where it refuses, else with the field that is not what it should be.
pub fn read(bytes: &[u8]) -> Result<(WeatherRun, Vec<String>), AnswerError> {
    let answer = parse(bytes)?;
    let root = At::root(&answer);
    let properties = properties(&root)?;
    let issued_at = properties.get("updateTime").map(|time| time.instant()).transpose()?;
    let elevation = properties.get("elevation").map(|height| Measure::Height.of(&height)).transpose()?;
    let elevation_m = elevation.filter(|height| height.is_finite());
    let node = Node { place: Some(middle(&root)?), elevation_m, name: None };
    let mut rows = Rows::new(1);
    let speeds = layer(&properties, "windSpeed", Measure::Speed)?;
    let bearings = layer(&properties, "windDirection", Measure::Bearing)?;
    let temperatures = layer(&properties, "temperature", Measure::Temperature)?;
    let dew_points = layer(&properties, "dewpoint", Measure::Temperature)?;
    let humidities = layer(&properties, "relativeHumidity", Measure::Share)?;
    let clouds = layer(&properties, "skyCover", Measure::Share)?;
    let rain = layer(&properties, "quantitativePrecipitation", Measure::Rain)?;
    let layers = [&speeds, &bearings, &temperatures, &dew_points, &humidities, &clouds];
    let mut hours: Vec<_> = layers.iter().flat_map(|layer| layer.through()).collect();
    hours.sort_unstable();
    hours.dedup();
    for valid_at in hours {
        let mut sample = Sample::UNKNOWN;
        (sample.wind_10m_east_m_s, sample.wind_10m_north_m_s) =
            wind_m_s(speeds.at(valid_at), bearings.at(valid_at));
        let air_c = temperatures.at(valid_at);
        sample.temperature_c = air_c as f32;
        sample.relative_humidity = match humidities.at(valid_at) {
            gap if gap.is_nan() => humidity::of_dew_point_or_gap(air_c, dew_points.at(valid_at)) as f32,
            share => share as f32,
        };
        sample.cloud_cover = clouds.at(valid_at) as f32;
        rows.put(0, valid_at, &sample)?;
    }
    for piece in &rain.pieces {
        let share = (piece.value / piece.hours as f64) as f32;
        for valid_at in piece.ends() {
            rows.at(valid_at)?[0].rain_kg_m2 = share;
        }
    }
    let (hours, mut warnings) = rows.hours();
    if hours.is_empty() {
        return Err(properties.wrong("values of windSpeed, temperature or another layer"));
    }
    let run = WeatherRun { provider: "NWS".to_owned(), issued_at, nodes: vec![node], grid: None, hours };
    let (run, more) = checked(run);
    warnings.extend(more);
    Ok((run, warnings))
}

/// The middle of the cell's corners.
fn middle(root: &At<'_>) -> Result<LonLat, AnswerError> {
    let geometry = root.member("geometry", "the cell's outline")?;
    let outline = geometry.member("coordinates", "the cell's outline")?;
    let ring = outline.items()?.next().ok_or_else(|| outline.wrong("a ring of corners"))?;
    let corners = ring.items()?;
    // The last corner is the first again.
    let count = corners.len().saturating_sub(1);
    if !(3..=CORNERS_MAX).contains(&count) {
        return Err(ring.wrong("3 to 64 corners"));
    }
    let (mut lon_deg, mut lat_deg) = (0.0, 0.0);
    for corner in corners.take(count) {
        let numbers = corner.items()?.map(|number| number.number()).collect::<Result<Vec<_>, _>>()?;
        let &[lon, lat, ..] = numbers.as_slice() else {
            return Err(corner.wrong("a longitude and a latitude"));
        };
        (lon_deg, lat_deg) = (lon_deg + lon / count as f64, lat_deg + lat / count as f64);
    }
    LonLat::new(lon_deg, lat_deg).map_err(|error| ring.wrong(error))
}

/// A value through some hours.
struct Piece {
    from: Timestamp,
    hours: i64,
    value: f64,
}

impl Piece {
    /// The ends of its hours.
    fn ends(&self) -> impl Iterator<Item = Timestamp> {
        (1..=self.hours).filter_map(|hour| self.from.checked_add(SignedDuration::from_hours(hour)).ok())
    }

    /// The starts of its hours.
    fn starts(&self) -> impl Iterator<Item = Timestamp> {
        (0..self.hours).filter_map(|hour| self.from.checked_add(SignedDuration::from_hours(hour)).ok())
    }
}

/// One variable's pieces, by rising start.
struct Layer {
    pieces: Vec<Piece>,
}

impl Layer {
    /// The hours that it knows.
    fn through(&self) -> impl Iterator<Item = Timestamp> {
        self.pieces.iter().flat_map(Piece::starts)
    }

    /// The value that holds at an instant: of the last piece that has begun, as long as it lasts.
    fn at(&self, instant: Timestamp) -> f64 {
        let begun = self.pieces.partition_point(|piece| piece.from <= instant);
        let Some(piece) = begun.checked_sub(1).map(|last| &self.pieces[last]) else { return f64::NAN };
        let since = instant.duration_since(piece.from);
        if since < SignedDuration::from_hours(piece.hours) { piece.value } else { f64::NAN }
    }
}

/// A layer; one that is not told has no pieces.
fn layer(properties: &At<'_>, name: &str, measure: Measure) -> Result<Layer, AnswerError> {
    let Some(layer) = properties.get(name) else { return Ok(Layer { pieces: Vec::new() }) };
    let values = layer.member("values", "a list of values")?;
    if values.items()?.len() == 0 {
        return Ok(Layer { pieces: Vec::new() });
    }
    let turn = measure.turn(&layer.member("uom", measure.units())?)?;
    let mut pieces = Vec::new();
    let mut hours = 0;
    for item in values.items()? {
        let valid = item.member("validTime", "an interval, as 2024-07-01T06:00:00+00:00/PT3H")?;
        let piece = interval(&valid, item.get("value").map_or(Ok(f64::NAN), |value| value.number())?, turn)?;
        hours += piece.hours as usize;
        if hours > HOURS_MAX {
            return Err(valid.wrong(format!("at most {HOURS_MAX} hours in a layer")));
        }
        pieces.push(piece);
    }
    pieces.sort_by_key(|piece| piece.from);
    Ok(Layer { pieces })
}

fn interval(valid: &At<'_>, value: f64, turn: fn(f64) -> f64) -> Result<Piece, AnswerError> {
    let wrong = || valid.wrong("a start and a length of hours, as 2024-07-01T06:00:00+00:00/PT3H");
    let (start, length) = valid.text()?.split_once('/').ok_or_else(wrong)?;
    let from: Timestamp = start.parse().map_err(|_| wrong())?;
    let length: Span = length.parse().map_err(|_| wrong())?;
    let hours = length.total((Unit::Hour, SpanRelativeTo::days_are_24_hours())).map_err(|_| wrong())?;
    // Part of an hour at the end is an hour.
    let whole = hours.ceil();
    if !(1.0..=HOURS_MAX as f64).contains(&whole) {
        return Err(wrong());
    }
    Ok(Piece { from, hours: whole as i64, value: turn(value) })
}
