//! One node's weather at whole hours: as given, between two hours, or held, and which of the three it was.

use georead::weather::text::wind_10m_per;
use georead::weather::{Sample, WeatherRun};
use jiff::{SignedDuration, Timestamp};

/// Longest gap that is bridged from both sides: weather that is three-hourly is whole, and a day without observations is not.
pub(in crate::inputs) const BRIDGED_S_MAX: i64 = 6 * 3600;

/// How a value came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Basis {
    /// The source has this hour.
    Given,
    /// It lies between two hours of the source.
    Between,
    /// The source has it at another time, and it is held.
    Held,
}

/// A sample of an hour, and how its wind and its temperature came about; `None` where they are not known at all.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct AtHour {
    pub(super) sample: Sample,
    pub(super) wind: Option<Basis>,
    pub(super) air: Option<Basis>,
}

/// A node's hours, one for each of `hours`, which rise by an hour each.
pub(super) fn hourly(run: &WeatherRun, node: usize, hours: &[Timestamp], hold_s: i64) -> Vec<AtHour> {
    let (wind_east, wind) = line(run, node, hours, hold_s, |sample| sample.wind_10m_east_m_s);
    let (wind_north, _) = line(run, node, hours, hold_s, |sample| sample.wind_10m_north_m_s);
    let (aloft_east, aloft) = line(run, node, hours, hold_s, |sample| sample.wind_80m_east_m_s);
    let (aloft_north, _) = line(run, node, hours, hold_s, |sample| sample.wind_80m_north_m_s);
    let (temperature, air) = line(run, node, hours, hold_s, |sample| sample.temperature_c);
    let (humidity, humid) = line(run, node, hours, hold_s, |sample| sample.relative_humidity);
    let (cloud, _) = line(run, node, hours, hold_s, |sample| sample.cloud_cover);
    // Light is not held: tomorrow's noon says nothing of midnight.
    let (radiation, _) = line(run, node, hours, 0, |sample| sample.radiation_kw_m2);
    let rain = rain(run, node, hours);
    (0..hours.len())
        .map(|hour| {
            let sample = Sample {
                wind_10m_east_m_s: wind_east[hour],
                wind_10m_north_m_s: wind_north[hour],
                wind_80m_east_m_s: aloft_east[hour],
                wind_80m_north_m_s: aloft_north[hour],
                temperature_c: temperature[hour],
                relative_humidity: humidity[hour],
                rain_kg_m2: rain[hour],
                cloud_cover: cloud[hour],
                radiation_kw_m2: radiation[hour],
            };
            from_aloft(
                AtHour { sample, wind: wind[hour], air: air[hour].zip(humid[hour]).map(|(a, b)| a.max(b)) },
                aloft[hour],
            )
        })
        .collect()
}

/// Where there is wind at 80 m alone, that at 10 m is what the logarithmic profile makes of it.
fn from_aloft(mut at: AtHour, aloft: Option<Basis>) -> AtHour {
    if let (None | Some(Basis::Held), Some(basis @ (Basis::Given | Basis::Between))) = (at.wind, aloft) {
        let factor = wind_10m_per(80.0) as f32;
        at.sample.wind_10m_east_m_s = at.sample.wind_80m_east_m_s * factor;
        at.sample.wind_10m_north_m_s = at.sample.wind_80m_north_m_s * factor;
        at.wind = Some(basis.max(Basis::Between));
    }
    at
}

/// One quantity at each of the hours.
fn line(
    run: &WeatherRun,
    node: usize,
    hours: &[Timestamp],
    hold_s: i64,
    value: impl Fn(&Sample) -> f32,
) -> (Vec<f32>, Vec<Option<Basis>>) {
    let known: Vec<(i64, f32)> = run
        .hours
        .iter()
        .map(|hour| (hour.valid_at.as_second(), value(&hour.samples[node])))
        .filter(|(_, value)| value.is_finite())
        .collect();
    let at = |hour: &Timestamp| {
        let second = hour.as_second();
        let next = known.partition_point(|(known, _)| *known < second);
        let (before, after) = (next.checked_sub(1).map(|place| known[place]), known.get(next).copied());
        match (before, after) {
            (_, Some((time, value))) if time == second => (value, Some(Basis::Given)),
            (Some((from, a)), Some((to, b))) if to - from <= BRIDGED_S_MAX => {
                let share = (second - from) as f32 / (to - from) as f32;
                (a + (b - a) * share, Some(Basis::Between))
            }
            (before, after) => {
                let near = [before, after].into_iter().flatten();
                let nearest = near.min_by_key(|(time, _)| (time - second).abs());
                match nearest.filter(|(time, _)| (time - second).abs() <= hold_s) {
                    Some((_, value)) => (value, Some(Basis::Held)),
                    None => (f32::NAN, None),
                }
            }
        }
    };
    hours.iter().map(at).unzip()
}

/// Rain of the hour that ends at each of the hours; NaN where nothing is known of it.
fn rain(run: &WeatherRun, node: usize, hours: &[Timestamp]) -> Vec<f32> {
    let of = |hour: &Timestamp| {
        let from = *hour - SignedDuration::from_hours(1);
        let first = run.hours.partition_point(|given| given.valid_at <= from);
        let within = run.hours[first..].iter().take_while(|given| given.valid_at <= *hour);
        let known = within.map(|given| given.samples[node].rain_kg_m2).filter(|rain| rain.is_finite());
        known.reduce(|a, b| a + b).unwrap_or(f32::NAN)
    };
    hours.iter().map(of).collect()
}

#[cfg(test)]
mod tests {
    use georead::weather::{Hour, Node};

    use super::*;

    fn at(hour: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 / 3600 * 3600 + hour * 3600).unwrap()
    }

    /// A run of one node with the east wind and the temperature of some hours.
    fn run(hours: &[(i64, f32, f32)]) -> WeatherRun {
        let hour = |(hour, east, temperature): &(i64, f32, f32)| Hour {
            valid_at: at(*hour),
            samples: vec![Sample {
                wind_10m_east_m_s: *east,
                wind_10m_north_m_s: 0.0,
                temperature_c: *temperature,
                relative_humidity: 0.3,
                ..Sample::UNKNOWN
            }],
        };
        WeatherRun {
            provider: "test".to_owned(),
            issued_at: None,
            nodes: vec![Node { place: None, elevation_m: None, name: None }],
            grid: None,
            hours: hours.iter().map(hour).collect(),
        }
    }

    #[test]
    fn short_gaps_are_bridged_and_long_ones_held_from_the_nearer_side() {
        let run = run(&[(0, 2.0, 10.0), (1, f32::NAN, 12.0), (2, 4.0, 14.0), (12, 8.0, 20.0)]);
        let hours: Vec<Timestamp> = (-4..=16).map(at).collect();
        let found = hourly(&run, 0, &hours, 3 * 3600);
        let east = |hour: i64| {
            let at = &found[(hour + 4) as usize];
            (at.sample.wind_10m_east_m_s, at.wind)
        };
        assert!(east(-4).0.is_nan() && east(-4).1.is_none());
        assert_eq!(east(-3), (2.0, Some(Basis::Held)));
        assert_eq!(east(0), (2.0, Some(Basis::Given)));
        assert_eq!(east(1), (3.0, Some(Basis::Between)));
        assert_eq!(found[5].air, Some(Basis::Given));
        assert_eq!((east(5), east(9)), ((4.0, Some(Basis::Held)), (8.0, Some(Basis::Held))));
        assert!(east(6).1.is_none() && east(8).1.is_none());
        assert_eq!(east(15), (8.0, Some(Basis::Held)));
    }

    #[test]
    fn a_wind_known_at_80_m_alone_is_brought_down() {
        let mut run = run(&[(0, f32::NAN, 10.0)]);
        let sample = &mut run.hours[0].samples[0];
        (sample.wind_10m_north_m_s, sample.wind_80m_east_m_s, sample.wind_80m_north_m_s) =
            (f32::NAN, 10.0, -5.0);
        let found = hourly(&run, 0, &[at(0)], 0);
        assert_eq!(found[0].wind, Some(Basis::Between));
        let (east, north) = (found[0].sample.wind_10m_east_m_s, found[0].sample.wind_10m_north_m_s);
        assert!((east - 6.459).abs() < 1e-3 && (north + 3.229).abs() < 1e-3, "{east} {north}");
    }

    #[test]
    fn the_rain_of_an_hour_is_what_fell_since_the_hour_before() {
        let mut run = run(&[(0, 1.0, 10.0), (1, 1.0, 10.0)]);
        run.hours[0].samples[0].rain_kg_m2 = 0.5;
        run.hours[1].samples[0].rain_kg_m2 = 0.25;
        let mut between = run.hours[1].clone();
        between.valid_at = at(0) + SignedDuration::from_mins(20);
        between.samples[0].rain_kg_m2 = 1.0;
        run.hours.insert(1, between);
        let found: Vec<f32> =
            hourly(&run, 0, &[at(0), at(1), at(2)], 0).iter().map(|at| at.sample.rain_kg_m2).collect();
        assert_eq!(found[..2], [0.5, 1.25]);
        assert!(found[2].is_nan());
    }
}
