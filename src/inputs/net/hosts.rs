//! Which hosts are left alone for a while, because they failed or asked for it. A plain value.

use std::collections::HashMap;
use std::time::{Duration, Instant};

/// Failures one after another until a host is left alone: our choice; a single lost answer should not cost a forecast its terrain.
const FAILURES_MAX: u32 = 3;

/// For how long at first, and at most: doubled with each further failure. Our choice: forecasts that fall back meanwhile are made anew.
const WAITS: [Duration; 2] = [Duration::from_secs(30), Duration::from_secs(15 * 60)];

/// Longest time that a host may ask to be left alone for: longer is held to be a mistake.
const ASKED_MAX: Duration = Duration::from_secs(3600);

/// For how long a service is left alone that did not give all within a wait: a thousand fires must not wait for it one after another.
const SLOW: Duration = Duration::from_secs(60);

/// What is known of the hosts that were asked.
#[derive(Debug, Default)]
pub(super) struct Hosts {
    known: HashMap<String, Host>,
    /// By service: one host may have several.
    slow: HashMap<String, Slow>,
}

/// For how long nobody asks, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pause {
    pub(super) left: Duration,
    /// Failures one after another, until now.
    pub(super) failures: u32,
    /// The last one.
    pub(super) why: String,
}

#[derive(Debug)]
struct Slow {
    until: Instant,
    /// How long was waited in vain.
    wait: Duration,
    why: String,
}

#[derive(Debug, Default)]
struct Host {
    failures: u32,
    wait: Option<Duration>,
    left_alone: Option<(Instant, String)>,
}

impl Hosts {
    /// Until when a host is left alone, and why; `None` where it may be asked.
    pub(super) fn left_alone(&self, host: &str, now: Instant) -> Option<Pause> {
        let known = self.known.get(host)?;
        let (until, why) = known.left_alone.as_ref()?;
        let left = until.checked_duration_since(now).filter(|left| !left.is_zero())?;
        Some(Pause { left, failures: known.failures, why: why.clone() })
    }

    /// The same of a service for those who wait no longer than was waited in vain, or half as long again.
    pub(super) fn too_slow(&self, service: &str, wait: Duration, now: Instant) -> Option<Pause> {
        let slow = self.slow.get(service).filter(|slow| wait < slow.wait * 3 / 2)?;
        let left = slow.until.checked_duration_since(now).filter(|left| !left.is_zero())?;
        Some(Pause { left, failures: 1, why: slow.why.clone() })
    }

    /// A service did not give all that was wanted of it within a wait.
    pub(super) fn was_slow(&mut self, service: &str, why: &str, wait: Duration, now: Instant) {
        let known = self.slow.get(service).filter(|slow| slow.until > now).map(|slow| slow.wait);
        let slow = Slow { until: now + SLOW, wait: wait.max(known.unwrap_or_default()), why: why.to_owned() };
        self.slow.insert(service.to_owned(), slow);
    }

    /// It answered.
    pub(super) fn answered(&mut self, host: &str, service: &str) {
        self.known.remove(host);
        self.slow.remove(service);
    }

    /// It did not answer, or said that it cannot; `asked` is how long it wants to be left alone.
    pub(super) fn failed(&mut self, host: &str, why: &str, asked: Option<Duration>, now: Instant) {
        let known = self.known.entry(host.to_owned()).or_default();
        known.failures += 1;
        if known.failures >= FAILURES_MAX {
            known.wait = Some(known.wait.map_or(WAITS[0], |wait| (2 * wait).min(WAITS[1])));
        }
        // Who asks for no time at all fails as often as others do.
        let wait = asked.map(|asked| asked.min(ASKED_MAX)).max(known.wait);
        if let Some(wait) = wait {
            known.left_alone = Some((now + wait, why.to_owned()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_that_fails_again_and_again_is_left_alone_longer_and_longer_until_it_answers() {
        let (mut hosts, mut now) = (Hosts::default(), Instant::now());
        for _ in 0..2 {
            hosts.failed("a", "no route", None, now);
            assert_eq!(hosts.left_alone("a", now), None);
        }
        let mut given = 2;
        for wait_s in [30, 60, 120, 240, 480, 900, 900] {
            hosts.failed("a", "no route", None, now);
            let Pause { left, why, failures } = hosts.left_alone("a", now).unwrap();
            given += 1;
            assert_eq!((left.as_secs(), failures, why.as_str()), (wait_s, given, "no route"));
            assert_eq!(hosts.left_alone("b", now), None);
            now += left;
            assert_eq!(hosts.left_alone("a", now), None);
        }
        hosts.answered("a", "a");
        hosts.failed("a", "no route", None, now);
        assert_eq!(hosts.left_alone("a", now), None);
    }

    #[test]
    fn a_service_that_is_too_slow_is_left_alone_by_those_who_wait_no_longer_for_a_minute() {
        let (mut hosts, now) = (Hosts::default(), Instant::now());
        let s = Duration::from_secs;
        hosts.was_slow("a", "no whole answer", s(4), now);
        for (wait_s, later_s, left_s) in [(4, 0, Some(60)), (5, 10, Some(50)), (6, 0, None), (4, 60, None)] {
            let left = hosts.too_slow("a", s(wait_s), now + s(later_s)).map(|pause| pause.left.as_secs());
            assert_eq!(left, left_s, "{wait_s} s, {later_s} s later");
        }
        assert_eq!(hosts.too_slow("b", s(1), now), None);
        hosts.was_slow("a", "no whole answer", s(20), now);
        hosts.was_slow("a", "no whole answer", s(4), now);
        assert!(hosts.too_slow("a", s(20), now).is_some());
        hosts.answered("a", "a");
        assert_eq!(hosts.too_slow("a", s(1), now), None);
    }

    #[test]
    fn a_host_that_asks_for_time_gets_it_at_once_but_no_more_than_an_hour() {
        let (mut hosts, now) = (Hosts::default(), Instant::now());
        for (asked_s, given_s) in [(7, 7), (1_000_000, 3600)] {
            hosts.failed("a", "too many requests", Some(Duration::from_secs(asked_s)), now);
            assert_eq!(hosts.left_alone("a", now).unwrap().left.as_secs(), given_s);
        }
        for left_s in [None, None, Some(30)] {
            hosts.failed("b", "too many requests", Some(Duration::ZERO), now);
            assert_eq!(hosts.left_alone("b", now).map(|pause| pause.left.as_secs()), left_s);
        }
    }
}
