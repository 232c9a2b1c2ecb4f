//! What stations observed.

use std::collections::BTreeMap;

use firecore::geo::LonLat;

use super::{Measure, refused};
use crate::weather::answer::{AnswerError, At, parse};
use crate::weather::rows::Rows;
use crate::weather::{Node, Sample, WeatherRun, checked, humidity, wind_m_s};

/// Observations of an answer. Reason: the service gives 500 at once.
const OBSERVATIONS_MAX: usize = 20_000;

/// Weather of an answer for one observation or several, of one station or more.
///
/// Values that the service's own check refused (`qc:X`, `qc:B`) are gaps, and observations without a time are left out and told.
///
/// **Errors** with the service's own words where it refuses, else with the field that is not what it should be; and where nothing is left.
pub fn read(bytes: &[u8]) -> Result<(WeatherRun, Vec<String>), AnswerError> {
    let answer = parse(bytes)?;
    let root = At::root(&answer);
    refused(&root)?;
    let features: Vec<_> = match root.get("features") {
        Some(features) => features.items()?.collect(),
        None => vec![root.clone()],
    };
    if features.is_empty() || features.len() > OBSERVATIONS_MAX {
        return Err(root.wrong(format!("1 to {OBSERVATIONS_MAX} observations")));
    }
    let (timed, untimed): (Vec<_>, Vec<_>) = features.iter().partition(|feature| time(feature).is_ok());
    if timed.is_empty() {
        time(&features[0])?;
    }
    let (nodes, places) = stations(&timed)?;
    let mut rows = Rows::new(nodes.len());
    for (feature, place) in timed.iter().zip(places) {
        let valid_at = time(feature)?.instant()?;
        rows.put(place, valid_at, &sample(&feature.member("properties", "an observation")?)?)?;
    }
    let (hours, mut warnings) = rows.hours();
    if !untimed.is_empty() {
        warnings.push(format!("{} observations without a time were left out", untimed.len()));
    }
    let run = WeatherRun { provider: "NWS stations".to_owned(), issued_at: None, nodes, grid: None, hours };
    let (run, more) = checked(run);
    warnings.extend(more);
    Ok((run, warnings))
}

fn time<'a>(feature: &At<'a>) -> Result<At<'a>, AnswerError> {
    let properties = feature.member("properties", "an observation")?;
    properties.member("timestamp", "the time of the observation")
}

/// The stations, each once, and which of them each observation is of.
fn stations(features: &[&At<'_>]) -> Result<(Vec<Node>, Vec<usize>), AnswerError> {
    let mut nodes: Vec<Node> = Vec::new();
    let mut known = BTreeMap::new();
    let mut places = Vec::new();
    for feature in features {
        let properties = feature.member("properties", "an observation")?;
        let station = properties.member("station", "the station's address")?.text()?;
        let place = match known.get(station) {
            Some(place) => *place,
            None => {
                nodes.push(node(feature, &properties, station)?);
                known.insert(station, nodes.len() - 1);
                nodes.len() - 1
            }
        };
        places.push(place);
    }
    Ok((nodes, places))
}

fn node(feature: &At<'_>, properties: &At<'_>, station: &str) -> Result<Node, AnswerError> {
    let point = feature.member("geometry", "a point")?.member("coordinates", "a longitude and a latitude")?;
    let numbers = point.items()?.map(|number| number.number()).collect::<Result<Vec<_>, _>>()?;
    let &[lon_deg, lat_deg, ..] = numbers.as_slice() else {
        return Err(point.wrong("a longitude and a latitude"));
    };
    let place = LonLat::new(lon_deg, lat_deg).map_err(|error| point.wrong(error))?;
    let elevation = properties.get("elevation").map(|height| Measure::Height.of(&height)).transpose()?;
    let name = station.rsplit('/').next().unwrap_or(station);
    Ok(Node {
        place: Some(place),
        elevation_m: elevation.filter(|height| height.is_finite()),
        name: Some(name.to_owned()),
    })
}

fn sample(properties: &At<'_>) -> Result<Sample, AnswerError> {
    let value = |name: &str, measure: Measure| match properties.get(name) {
        Some(quantity) if !doubted(&quantity) => measure.of(&quantity),
        _ => Ok(f64::NAN),
    };
    let mut sample = Sample::UNKNOWN;
    let speed_m_s = value("windSpeed", Measure::Speed)?;
    let from_deg = value("windDirection", Measure::Bearing)?;
    (sample.wind_10m_east_m_s, sample.wind_10m_north_m_s) = wind_m_s(speed_m_s, from_deg);
    let air_c = value("temperature", Measure::Temperature)?;
    let dew_point_c = value("dewpoint", Measure::Temperature)?;
    let told = value("relativeHumidity", Measure::Share)?;
    sample.temperature_c = air_c as f32;
    let humidity = if told.is_nan() { humidity::of_dew_point_or_gap(air_c, dew_point_c) } else { told };
    sample.relative_humidity = humidity as f32;
    sample.rain_kg_m2 = value("precipitationLastHour", Measure::Rain)? as f32;
    sample.cloud_cover = clouds(properties)?;
    Ok(sample)
}

/// True for a value that failed the service's check. Source: MADIS quality control, where X is a failed and B a subjectively bad value.
fn doubted(quantity: &At<'_>) -> bool {
    let flag = quantity.get("qualityControl").and_then(|flag| flag.value.as_str());
    matches!(flag, Some("qc:X" | "qc:B"))
}

/// Cover of the layer that covers most; NaN where no layer says.
fn clouds(properties: &At<'_>) -> Result<f32, AnswerError> {
    let Some(layers) = properties.get("cloudLayers") else { return Ok(f32::NAN) };
    let mut most = f32::NAN;
    for layer in layers.items()? {
        if let Some(amount) = layer.get("amount") {
            most = most.max(cover(amount.text()?));
        }
    }
    Ok(most)
}

/// The middle of what a word covers; NaN for one that says nothing of it.
///
/// Source: Federal Meteorological Handbook No. 1 (2019), table 9-2, in eighths: few 1 to 2, scattered 3 to 4, broken 5 to 7.
fn cover(amount: &str) -> f32 {
    match amount {
        "CLR" | "SKC" => 0.0,
        "FEW" => 1.5 / 8.0,
        "SCT" => 3.5 / 8.0,
        "BKN" => 6.0 / 8.0,
        "OVC" | "VV" => 1.0,
        _ => f32::NAN,
    }
}
