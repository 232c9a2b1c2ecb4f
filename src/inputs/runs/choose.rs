//! Which of several runs serves: the newest complete one.

use std::collections::BTreeMap;

use georead::weather::{Hour, Sample, WeatherRun};
use jiff::{SignedDuration, Timestamp};

/// The run that a forecast from `start` to `end` takes; `None` where there is none.
///
/// What was observed is one run, however many stations and files it came in. Of models' runs the newest that has wind at every hour of
/// the forecast wins; where none is complete, the one that reaches furthest into it, then the newest. A complete run wins over what was observed;
/// otherwise what was observed comes first, for it is known.
pub(in crate::inputs) fn choose(
    runs: Vec<WeatherRun>,
    start: Timestamp,
    end: Timestamp,
) -> Option<WeatherRun> {
    let (models, observed): (Vec<_>, Vec<_>) = runs.into_iter().partition(|run| run.issued_at.is_some());
    let observed = merged(observed);
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

/// How far into a span a run has wind without a gap of more than six hours, as seconds of the epoch; before the span where it does not begin in time.
fn reach(run: &WeatherRun, start: Timestamp, end: Timestamp) -> i64 {
    /// What is bridged from both sides, too.
    const GAP_S_MAX: i64 = 6 * 3600;
    let known = |hour: &&Hour| {
        hour.samples.iter().any(|sample| {
            let pairs = [
                (sample.wind_10m_east_m_s, sample.wind_10m_north_m_s),
                (sample.wind_80m_east_m_s, sample.wind_80m_north_m_s),
            ];
            pairs.iter().any(|(east, north)| east.is_finite() && north.is_finite())
        })
    };
    let (start_s, end_s) = (start.as_second(), end.as_second());
    let mut reached = i64::MIN;
    for second in run.hours.iter().filter(known).map(|hour| hour.valid_at.as_second()) {
        match (reached == i64::MIN, second > start_s) {
            (true, true) => return i64::MIN,
            (true, false) => reached = second,
            (false, _) if second - reached.max(start_s - GAP_S_MAX) > GAP_S_MAX && second > start_s => break,
            (false, _) => reached = second,
        }
    }
    reached.min(end_s)
}

/// Observations of several files as one: their stations side by side, at every instant that one of them knows.
pub(super) fn merged(runs: Vec<WeatherRun>) -> Option<WeatherRun> {
    let mut runs = runs.into_iter();
    let mut whole = runs.next()?;
    for run in runs {
        whole = side_by_side(whole, run);
    }
    Some(whole)
}

fn side_by_side(a: WeatherRun, b: WeatherRun) -> WeatherRun {
    let (left, right) = (a.nodes.len(), b.nodes.len());
    let mut hours: BTreeMap<Timestamp, Vec<Sample>> = BTreeMap::new();
    let row =
        |hours: &mut BTreeMap<Timestamp, Vec<Sample>>, at: Timestamp, first: usize, samples: Vec<Sample>| {
            let row = hours.entry(at).or_insert_with(|| vec![Sample::UNKNOWN; left + right]);
            row[first..][..samples.len()].copy_from_slice(&samples);
        };
    a.hours.into_iter().for_each(|hour| row(&mut hours, hour.valid_at, 0, hour.samples));
    b.hours.into_iter().for_each(|hour| row(&mut hours, hour.valid_at, left, hour.samples));
    let provider = match a.provider.contains(&b.provider) {
        true => a.provider,
        false => format!("{}, {}", a.provider, b.provider),
    };
    WeatherRun {
        provider,
        issued_at: a.issued_at.max(b.issued_at),
        nodes: a.nodes.into_iter().chain(b.nodes).collect(),
        grid: None,
        hours: hours.into_iter().map(|(valid_at, samples)| Hour { valid_at, samples }).collect(),
    }
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
        choose(runs.to_vec(), at(0), at(12)).unwrap().provider
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
        let both = merged(vec![a.clone(), b]).unwrap();
        assert_eq!((both.nodes.len(), both.hours.len()), (2, 5));
        let known = |hour: usize| {
            both.hours[hour].samples.iter().map(|s| s.wind_10m_east_m_s.is_finite()).collect::<Vec<_>>()
        };
        assert_eq!((known(0), known(1), known(4)), (vec![true, false], vec![true, true], vec![false, true]));
        assert_eq!(chosen(&[a.clone(), run("model", Some(-1), 0..=5)]), "model");
        assert_eq!(chosen(&[run("seen", None, -3..=12), run("model", Some(-1), 0..=5)]), "seen");
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
