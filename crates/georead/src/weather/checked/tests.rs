use jiff::Timestamp;

use super::*;
use crate::weather::{Node, wind_m_s};

fn run(rows: &[(i64, Sample)]) -> WeatherRun {
    let hours = rows.iter().map(|(second, sample)| Hour {
        valid_at: Timestamp::from_second(*second).unwrap(),
        samples: vec![*sample],
    });
    WeatherRun {
        provider: "made".to_owned(),
        issued_at: None,
        nodes: vec![Node { place: None, elevation_m: None, name: None }],
        grid: None,
        hours: hours.collect(),
    }
}

fn at(temperature_c: f32) -> Sample {
    Sample { temperature_c, ..Sample::UNKNOWN }
}

#[test]
fn hours_are_sorted_and_the_later_row_of_an_instant_wins() {
    let humid = Sample { relative_humidity: 0.5, ..at(3.0) };
    let (run, warnings) = checked(run(&[(7200, at(2.0)), (0, humid), (0, at(4.0))]));
    let told: Vec<_> = run.hours.iter().map(|hour| hour.samples[0].temperature_c).collect();
    assert_eq!(told, [4.0, 2.0]);
    assert_eq!(run.hours[0].samples[0].relative_humidity, 0.5, "what the later row does not say stays");
    assert_eq!(warnings.len(), 2, "{warnings:?}");
}

#[test]
fn what_weather_cannot_be_becomes_a_gap_and_is_counted() {
    let mut broken = Sample::UNKNOWN;
    (broken.wind_10m_east_m_s, broken.wind_10m_north_m_s) = wind_m_s(200.0, 10.0);
    broken.temperature_c = f32::INFINITY;
    broken.rain_kg_m2 = -1.0;
    broken.relative_humidity = 1.04;
    broken.radiation_kw_m2 = -0.004;
    broken.cloud_cover = 1.2;
    broken.wind_80m_east_m_s = 3.0;
    let (run, warnings) = checked(run(&[(0, broken), (3600, at(-90.0)), (7200, at(60.1))]));
    let first = run.hours[0].samples[0];
    assert!(first.wind_10m_east_m_s.is_nan() && first.wind_10m_north_m_s.is_nan());
    assert!(first.temperature_c.is_nan() && first.rain_kg_m2.is_nan() && first.cloud_cover.is_nan());
    assert_eq!((first.relative_humidity, first.radiation_kw_m2), (1.0, 0.0));
    assert!(first.wind_80m_east_m_s.is_nan(), "a wind with one component is none");
    assert_eq!(run.hours[1].samples[0].temperature_c, -90.0);
    assert!(run.hours[2].samples[0].temperature_c.is_nan());
    assert!(warnings.iter().any(|warning| warning.starts_with("2 temperatures")), "{warnings:?}");
    assert_eq!(warnings.len(), 4, "{warnings:?}");
}

#[test]
fn a_gap_is_no_fault() {
    let (run, warnings) = checked(run(&[(0, Sample::UNKNOWN)]));
    assert!(run.hours[0].samples[0].cloud_cover.is_nan());
    assert_eq!(warnings, [""; 0]);
}
