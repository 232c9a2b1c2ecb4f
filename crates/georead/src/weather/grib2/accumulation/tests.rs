use super::*;

fn hour(hours: i64) -> Timestamp {
    Timestamp::from_second(hours * HOUR_S).unwrap()
}

/// Rain of one node: from, until, total.
fn rain(told: &[(i64, i64, f32)]) -> Vec<(i64, f32)> {
    let mut buckets = Buckets::default();
    for (from, until, total) in told {
        assert!(buckets.add(hour(0), hour(*from), hour(*until), vec![*total]));
    }
    let mut by_hour = BTreeMap::new();
    for share in buckets.shares() {
        by_hour.extend(share.hours.iter().map(|end| (end.as_second() / HOUR_S, share.in_an_hour[0])));
    }
    by_hour.into_iter().collect()
}

#[test]
fn rain_since_the_start_is_differenced() {
    assert_eq!(rain(&[(0, 1, 1.0), (0, 2, 1.5), (0, 3, 4.0)]), [(1, 1.0), (2, 0.5), (3, 2.5)]);
}

#[test]
fn rain_since_a_buckets_start_is_differenced_within_its_bucket() {
    let told = [(0, 5, 5.0), (0, 6, 6.5), (6, 7, 0.25), (6, 8, 1.0)];
    assert_eq!(rain(&told)[4..], [(5, 1.0), (6, 1.5), (7, 0.25), (8, 0.75)]);
}

#[test]
fn the_last_hour_told_outright_is_taken_before_a_difference() {
    assert_eq!(rain(&[(0, 1, 1.0), (0, 2, 3.0), (1, 2, 1.9)]), [(1, 1.0), (2, 1.9)]);
}

#[test]
fn several_hours_that_cannot_be_told_apart_share_evenly() {
    assert_eq!(
        rain(&[(0, 3, 3.0), (0, 6, 9.0)]),
        [(1, 1.0), (2, 1.0), (3, 1.0), (4, 2.0), (5, 2.0), (6, 2.0)]
    );
}

#[test]
fn rain_since_a_start_long_ago_counts_by_its_differences() {
    assert_eq!(rain(&[(0, 30, 7.0), (0, 31, 7.5)]), [(31, 0.5)]);
}

#[test]
fn rounding_makes_no_negative_rain_and_gaps_stay() {
    assert_eq!(rain(&[(0, 1, 1.0), (0, 2, 0.99)]), [(1, 1.0), (2, 0.0)]);
    assert!(rain(&[(0, 1, f32::NAN), (0, 2, 1.0)])[1].1.is_nan());
}

#[test]
fn part_of_an_hour_is_not_taken() {
    let mut buckets = Buckets::default();
    let quarter = Timestamp::from_second(900).unwrap();
    assert!(!buckets.add(hour(0), hour(0), quarter, vec![1.0]));
    assert!(!buckets.add(hour(0), hour(2), hour(1), vec![1.0]));
    assert_eq!(buckets.shares(), []);
}
