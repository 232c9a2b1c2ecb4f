//! Moisture of live fuel.

use firecore::moisture::live::{self, GrowingDay};

use super::{guira, piped, refused, said, table};

const HEAD: &str = "site,temp_min_c,temp_max_c,rh_min_pct,latitude,longitude,day_of_year";

/// A spring that warms day by day.
fn spring(day_of_year: u16, warmer_c: f64) -> GrowingDay {
    let warmth_c = f64::from(day_of_year) / 10.0 + warmer_c;
    GrowingDay {
        temperature_c_min: warmth_c - 8.0,
        temperature_c_max: warmth_c + 12.0,
        relative_humidity_min: 0.35,
        latitude_deg: 45.0,
        day_of_year,
    }
}

fn line(site: &str, longitude: i32, day: &GrowingDay) -> String {
    let (min_c, max_c) = (day.temperature_c_min, day.temperature_c_max);
    format!("{site},{min_c},{max_c},35,45,{longitude},{}\n", day.day_of_year)
}

fn computed(text: &str) -> Vec<super::Row> {
    table(&piped(&["moisture"], text.as_bytes()))
}

#[test]
fn live_fuel_follows_each_sites_last_three_weeks() {
    let courses = [("low", 1, 2.0), ("high", 2, -2.0)];
    let mut text = format!("{HEAD}\n");
    for day in 80..120 {
        for (site, longitude, warmer_c) in courses {
            text += &line(site, longitude, &spring(day, warmer_c));
        }
    }
    let computed = computed(&text);
    let mut greenness = Vec::new();
    for (site, _, warmer_c) in courses {
        let days: Vec<GrowingDay> = (80..120).map(|day| spring(day, warmer_c)).collect();
        let rows: Vec<_> = computed.iter().filter(|row| row["site"] == site).collect();
        assert_eq!(rows.len(), days.len());
        for (at, row) in rows.iter().enumerate() {
            let number = |column: &str| row[column].parse::<f64>().unwrap();
            let index = live::mean_index(&days[..=at]);
            let moisture = live::moisture(index);
            assert!((number("mean_index") - index).abs() < 1e-9, "{row:?}");
            assert!((number("day_index") - days[at].index()).abs() < 1e-9, "{row:?}");
            assert!((number("m_herb_pct") - 100.0 * moisture.herbaceous).abs() < 1e-9, "{row:?}");
            assert!((number("m_woody_pct") - 100.0 * moisture.woody).abs() < 1e-9, "{row:?}");
            assert_eq!(number("index_days"), (at + 1).min(21) as f64);
        }
        greenness.push(rows.last().unwrap()["m_herb_pct"].parse::<f64>().unwrap());
    }
    assert!(greenness[0] > greenness[1], "the warmer site is greener: {greenness:?}");
}

#[test]
fn a_gap_in_the_days_is_an_error_and_a_new_beginning() {
    let days = [364, 365, 1, 2, 4, 5];
    let rows: String = days.iter().map(|day| line("x", 0, &spring(*day, 5.0))).collect();
    let computed = computed(&format!("{HEAD}\n{rows}"));
    assert!(computed[4]["error"].starts_with("day_of_year: needed the day after 2"), "{:?}", computed[4]);
    let counts: Vec<&str> = computed.iter().map(|row| row["index_days"].as_str()).collect();
    assert_eq!(counts, ["1", "2", "3", "4", "", "2"]);
    let odd = table(&piped(
        &["moisture"],
        b"temp_min_c,temp_max_c,rh_min_pct,latitude,day_of_year\n9,8,35,45,170\n8,9,35,45,170.5\n",
    ));
    assert!(
        odd[0]["error"].starts_with("temp_min_c: needed at most temp_max_c (8), found 9"),
        "{:?}",
        odd[0]
    );
    assert!(odd[1]["error"].starts_with("day_of_year: needed a whole number"), "{:?}", odd[1]);
}

#[test]
fn a_stage_and_a_day_are_answered_by_flags() {
    let printed = |arguments: &[&str]| {
        let output = guira(&[&["moisture"], arguments].concat());
        assert!(output.status.success(), "{}", said(&output));
        String::from_utf8(output.stdout).unwrap()
    };
    let stage = printed(&["--stage", "entering-dormancy"]);
    assert!(stage.contains("live herbaceous  50 %") && stage.contains("live woody"), "{stage}");
    let day = [
        "--temp-min-c",
        "8",
        "--temp-max-c",
        "24",
        "--rh-min-pct",
        "35",
        "--latitude",
        "45",
        "--day-of-year",
    ];
    let text = printed(&[&day[..], &["170"]].concat());
    let herbaceous = text.lines().find_map(|line| line.strip_prefix("moisture, live herbaceous")).unwrap();
    let percent: f64 = herbaceous.split_whitespace().next().unwrap().parse().unwrap();
    assert!((percent - 107.0).abs() < 1.0, "{text}");
    assert!(refused(&["moisture", "--stage", "green"], b"").contains("fresh"));
    let short = refused(&["moisture", "--temp-min-c", "8"], b"");
    assert!(short.contains("--temp-max-c: needed a number from -60 to 60 (deg C), found nothing"), "{short}");
    let mixed = refused(&["moisture", "--temp-min-c", "8", "--temp-f", "80"], b"");
    assert!(mixed.contains("live fuel needs --temp-min-c"), "{mixed}");
}
