//! The part of a run that a forecast needs: a box around its landscape, and the hours that it reads.

use std::ops::RangeInclusive;

use firecore::geo::{Bounds, EastNorth, wrapped_deg};
use jiff::Timestamp;

use super::time::BRIDGED_S_MAX;
use super::{HOURS_BEFORE_MAX, Wanted};

/// Around the landscape, degrees of latitude: cells of the series reach 3 km beyond it. The reader adds the nodes around the box.
const MARGIN_DEG: f64 = 0.1;

/// Boxes reach from and to whole steps of this, degrees, and hours from and to whole days: the next forecast of a fire, and fires beside it,
/// find what was read for this one.
const SNAP_DEG: f64 = 0.25;
const SNAP_S: i64 = 24 * 3600;

/// Where and when.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Within {
    pub(super) bounds: Bounds,
    pub(super) hours: RangeInclusive<Timestamp>,
}

impl Within {
    pub(super) fn of(wanted: &Wanted<'_>) -> Self {
        Self { bounds: around(wanted), hours: hours(wanted.start, wanted.horizon_s, wanted.hold_s) }
    }
}

/// From what conditions fuel, and what is bridged or held, to what is held behind the end.
fn hours(start: Timestamp, horizon_s: u32, hold_s: u32) -> RangeInclusive<Timestamp> {
    let hold_s = i64::from(hold_s);
    let from_s = start.as_second() - (HOURS_BEFORE_MAX * 3600 + BRIDGED_S_MAX).max(hold_s);
    let until_s = start.as_second() + i64::from(horizon_s) + hold_s.max(BRIDGED_S_MAX);
    let whole = |days: i64| Timestamp::from_second(days * SNAP_S);
    let from = whole(from_s.div_euclid(SNAP_S)).unwrap_or(Timestamp::MIN);
    let until = whole(until_s.div_euclid(SNAP_S) + 1).unwrap_or(Timestamp::MAX);
    from..=until
}

fn around(wanted: &Wanted<'_>) -> Bounds {
    let (shape, frame) = (&wanted.landscape.shape, &wanted.landscape.frame);
    let (width_m, height_m) = (shape.cols as f64 * shape.cell_size_m, shape.rows as f64 * shape.cell_size_m);
    let middle = wanted.middle;
    let corners = (0..9).map(|step| {
        let at = EastNorth {
            east_m: shape.west_m + f64::from(step % 3) * 0.5 * width_m,
            north_m: shape.north_m - f64::from(step / 3) * 0.5 * height_m,
        };
        frame.to_lon_lat(at)
    });
    let whole = Bounds::of([middle].into_iter().chain(corners)).expect("BUG: there is at least the fire");
    let margin_deg = MARGIN_DEG / middle.lat_deg().to_radians().cos().max(0.01);
    let down = |deg: f64| (deg / SNAP_DEG).floor() * SNAP_DEG;
    let up = |deg: f64| -down(-deg);
    let width_deg = (whole.east_deg - whole.west_deg).rem_euclid(360.0);
    let west_deg = down(whole.west_deg - margin_deg);
    let east_deg = up(whole.west_deg + width_deg + margin_deg);
    let all_around = east_deg - west_deg > 180.0;
    Bounds {
        west_deg: if all_around { -180.0 } else { wrapped_deg(west_deg) },
        south_deg: down(whole.south_deg - MARGIN_DEG).max(-90.0),
        east_deg: if all_around { 180.0 } else { wrapped_deg(east_deg) },
        north_deg: up(whole.north_deg + MARGIN_DEG).min(90.0),
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    #[test]
    fn hours_hold_the_days_that_condition_fuel_and_what_is_held_behind_the_end() {
        let start: Timestamp = "2025-08-14T20:30:00Z".parse().unwrap();
        let hours_of = |horizon_h: u32, hold_h: u32| {
            let found = hours(start, horizon_h * 3600, hold_h * 3600);
            let days = |from: Timestamp, until: Timestamp| until.duration_since(from).as_hours() / 24;
            assert!(*found.start() <= start - SignedDuration::from_hours(126));
            (found.start().to_string(), days(*found.start(), *found.end()))
        };
        assert_eq!(hours_of(2, 0), ("2025-08-09T00:00:00Z".to_owned(), 7));
        assert_eq!(hours_of(2, 72), ("2025-08-09T00:00:00Z".to_owned(), 9));
        assert_eq!(hours_of(2, 24 * 6), ("2025-08-08T00:00:00Z".to_owned(), 13));
        // The same day, the same hours.
        assert_eq!(hours(start, 7200, 0), hours(start + SignedDuration::from_mins(60), 7200, 0));
    }
}
