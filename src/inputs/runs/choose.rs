//! Which of several runs serves: the newest complete one.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;
use std::sync::Arc;

use georead::weather::{Hour, Sample, WeatherRun};
use jiff::{SignedDuration, Timestamp};

use super::time::BRIDGED_S_MAX;

/// The run that a forecast from `start` to `end` takes, which needs some `hours` around it; `None` where there is none.
///
/// What was observed is one run, however many stations and files it came in. Of models' runs the newest that has wind at every hour of
/// the forecast wins; where none is complete, the one that reaches furthest into it, then the newest. A complete run wins over what was observed;
/// otherwise what was observed comes first, for it is known.
pub(in crate::inputs) fn choose(
    runs: Vec<Arc<WeatherRun>>,
    start: Timestamp,
    end: Timestamp,
    hours: &RangeInclusive<Timestamp>,
) -> Option<Arc<WeatherRun>> {
    let (models, observed): (Vec<_>, Vec<_>) = runs.into_iter().partition(|run| run.issued_at.is_some());
    let observed = merged(&observed, hours);
    let best = models.into_iter().max_by_key(|run| {
        let reach = reach(run, start, end);
        (reach >= end.as_second(), if reach >= end.as_second() { 0 } else { reach }, run.issued_at)
    });
    match (best, observed) {
        (Some(model), Some(observed)) => {
            let complete = reach(&model, start, end) >= end.as_second();
            let better = complete || reach(&observed, start, end) < reach(&model, start, end);
            Some(if better { model } else { observed })
        }
        (model, observed) => model.or(observed),
    }
}

/// In words the longest gap of the wind that is not bridged, of each model's run and of all that was observed, which is one run.
pub(super) fn gaps(runs: &[Arc<WeatherRun>]) -> Vec<String> {
    let (models, observed): (Vec<_>, Vec<_>) = runs.iter().partition(|run| run.issued_at.is_some());
    let mut gaps: Vec<String> =
        models.iter().filter_map(|run| gap(&run.provider, windy(run).collect())).collect();
    if let Some(first) = observed.first() {
        let seconds: BTreeSet<i64> = observed.iter().flat_map(|run| windy(run)).collect();
        gaps.extend(gap(&first.provider, seconds.into_iter().collect()));
    }
    gaps
}

fn gap(provider: &str, seconds: Vec<i64>) -> Option<String> {
    let gaps = || seconds.windows(2).filter(|pair| pair[1] - pair[0] > BRIDGED_S_MAX);
    let longest = gaps().max_by_key(|pair| pair[1] - pair[0])?;
    let [from, to] = [0, 1].map(|end| Timestamp::from_second(longest[end]).unwrap_or_default());
    let hours = (longest[1] - longest[0] - 1) / 3600;
    let more = match gaps().count() - 1 {
        0 => String::new(),
        more => format!("; gaps beside it: {more}"),
    };
    Some(format!(
        "{hours} hours between {from} and {to} are not in {provider}: the nearest hour it has is held{more}"
    ))
}

/// Instants at which a run has wind anywhere, as seconds of the epoch.
fn windy(run: &WeatherRun) -> impl Iterator<Item = i64> {
    let known = |hour: &&Hour| {
        hour.samples.iter().any(|sample| {
            let pairs = [
                (sample.wind_10m_east_m_s, sample.wind_10m_north_m_s),
                (sample.wind_80m_east_m_s, sample.wind_80m_north_m_s),
            ];
            pairs.iter().any(|(east, north)| east.is_finite() && north.is_finite())
        })
    };
    run.hours.iter().filter(known).map(|hour| hour.valid_at.as_second())
}

/// How far into a span a run has wind without a gap of more than six hours, as seconds of the epoch; before the span where it does not begin in time.
fn reach(run: &WeatherRun, start: Timestamp, end: Timestamp) -> i64 {
    let (start_s, end_s) = (start.as_second(), end.as_second());
    let mut reached = i64::MIN;
    for second in windy(run) {
        match (reached == i64::MIN, second > start_s) {
            (true, true) => return i64::MIN,
            (true, false) => reached = second,
            (false, _)
                if second - reached.max(start_s - BRIDGED_S_MAX) > BRIDGED_S_MAX && second > start_s =>
            {
                break;
            }
            (false, _) => reached = second,
        }
    }
    reached.min(end_s)
}

/// Observations of several files as one: their stations side by side, at every instant of the hours that one of them knows.
fn merged(runs: &[Arc<WeatherRun>], hours: &RangeInclusive<Timestamp>) -> Option<Arc<WeatherRun>> {
    let [first, others @ ..] = runs else { return None };
    if others.is_empty() {
        return Some(Arc::clone(first));
    }
    let count: usize = runs.iter().map(|run| run.nodes.len()).sum();
    let (mut provider, mut nodes) = (String::new(), Vec::with_capacity(count));
    let mut by_time: BTreeMap<Timestamp, Vec<Sample>> = BTreeMap::new();
    for run in runs {
        for hour in run.hours.iter().filter(|hour| hours.contains(&hour.valid_at)) {
            let row = by_time.entry(hour.valid_at).or_insert_with(|| vec![Sample::UNKNOWN; count]);
            row[nodes.len()..][..hour.samples.len()].copy_from_slice(&hour.samples);
        }
        nodes.extend_from_slice(&run.nodes);
        if !provider.contains(&run.provider) {
            let comma = if provider.is_empty() { "" } else { ", " };
            provider = format!("{provider}{comma}{}", run.provider);
        }
    }
    let hours = by_time.into_iter().map(|(valid_at, samples)| Hour { valid_at, samples }).collect();
    Some(Arc::new(WeatherRun { provider, issued_at: None, nodes, grid: None, hours }))
}

/// From when to when a run has anything at all.
pub(in crate::inputs) fn span(run: &WeatherRun) -> Option<(Timestamp, Timestamp)> {
    Some((run.hours.first()?.valid_at, run.hours.last()?.valid_at))
}

/// Whole hours from the one that holds `start` to the one that ends `end`.
pub(super) fn whole_hours(start: Timestamp, end: Timestamp) -> Vec<Timestamp> {
    let first = start.as_second().div_euclid(3600) * 3600;
    let count = (end.as_second() - first).div_euclid(3600) + i64::from((end.as_second() - first) % 3600 != 0);
    let at = |hour: i64| Timestamp::from_second(first).map(|first| first + SignedDuration::from_hours(hour));
    (0..=count.max(0)).filter_map(|hour| at(hour).ok()).collect()
}

#[cfg(test)]
mod tests {
    use georead::weather::Node;

    use super::*;

    fn at(hour: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_400 / 3600 * 3600 + hour * 3600).unwrap()
    }

    fn run(provider: &str, issued: Option<i64>, hours: impl IntoIterator<Item = i64>) -> WeatherRun {
        let sample = Sample { wind_10m_east_m_s: 1.0, wind_10m_north_m_s: 0.0, ..Sample::UNKNOWN };
        WeatherRun {
            provider: provider.to_owned(),
            issued_at: issued.map(at),
            nodes: vec![Node { place: None, elevation_m: None, name: None }],
            grid: None,
            hours: hours.into_iter().map(|hour| Hour { valid_at: at(hour), samples: vec![sample] }).collect(),
        }
    }

    fn chosen(runs: &[WeatherRun]) -> String {
        let runs = runs.iter().map(|run| Arc::new(run.clone())).collect();
        choose(runs, at(0), at(12), &(at(-24)..=at(24))).unwrap().provider.clone()
    }

    #[test]
    fn the_newest_complete_run_wins() {
        let whole = run("whole", Some(-6), -6..=20);
        let older = run("older", Some(-12), -12..=20);
        let short = run("short", Some(0), 0..=8);
        let late = run("late", Some(1), 1..=20);
        let mut holed = run("holed", Some(0), -1..=20);
        holed.hours.drain(3..10);
        assert_eq!(
            chosen(&[older.clone(), whole.clone(), short.clone(), late.clone(), holed.clone()]),
            "whole"
        );
        assert_eq!(chosen(&[short.clone(), late.clone(), holed.clone()]), "short");
        assert_eq!(chosen(&[late.clone(), holed]), "holed");
    }

    #[test]
    fn observations_are_one_run_and_give_way_to_one_that_reaches_further() {
        let (a, b) = (run("a", None, -3..=0), run("b", None, [-2, 1]));
        assert_eq!(chosen(&[a.clone(), b.clone()]), "a, b");
        let both = merged(&[Arc::new(a.clone()), Arc::new(b)], &(at(-24)..=at(24))).unwrap();
        assert_eq!((both.nodes.len(), both.hours.len()), (2, 5));
        let known = |hour: usize| {
            both.hours[hour].samples.iter().map(|s| s.wind_10m_east_m_s.is_finite()).collect::<Vec<_>>()
        };
        assert_eq!((known(0), known(1), known(4)), (vec![true, false], vec![true, true], vec![false, true]));
        assert_eq!(chosen(&[a.clone(), run("model", Some(-1), 0..=5)]), "model");
        assert_eq!(chosen(&[run("seen", None, -3..=12), run("model", Some(-1), 0..=5)]), "seen");
    }

    #[test]
    fn gaps_are_those_that_no_station_fills_and_nothing_bridges() {
        let told =
            |runs: &[WeatherRun]| gaps(&runs.iter().map(|run| Arc::new(run.clone())).collect::<Vec<_>>());
        let holed = run("table", None, (0..=4).chain(16..=25));
        let said = told(std::slice::from_ref(&holed));
        assert!(said.len() == 1 && said[0].starts_with("11 hours between "), "{said:?}");
        assert!(said[0].ends_with(" are not in table: the nearest hour it has is held"), "{said:?}");
        assert_eq!(told(&[holed.clone(), run("other", None, [10])]), [""; 0]);
        assert_eq!(told(&[holed, run("model", Some(0), 0..=25)]).len(), 1);
        assert_eq!(told(&[run("model", Some(0), [0, 6, 12])]), [""; 0]);
        let more = told(&[run("model", Some(0), [0, 7, 20])]);
        assert!(more[0].starts_with("12 hours") && more[0].ends_with("gaps beside it: 1"), "{more:?}");
    }

    #[test]
    fn whole_hours_reach_around_a_span() {
        let span = |from_s: i64, to_s: i64| {
            let second = |s: i64| at(0) + SignedDuration::from_secs(s);
            let hours = whole_hours(second(from_s), second(to_s));
            (hours[0].duration_since(at(0)).as_hours(), hours.len())
        };
        assert_eq!((span(0, 3600), span(10, 3600), span(3599, 3601)), ((0, 2), (0, 2), (0, 3)));
    }
}
