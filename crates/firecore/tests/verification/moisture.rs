//! Dead fuel moisture by look-up and at equilibrium, against the tables of other codings.

use firecore::moisture::equilibrium;
use firecore::moisture::fine_dead::{
    Elevation, FineDead, Hour, Humidity, Season, Shading, Slope, Temperature,
};
use firecore::units::celsius_of_fahrenheit;

use crate::table::{Budget, Errors, Row, Table};

const FINE_DEAD: &str = include_str!("data/fine_dead_fuel_moisture_vectors.csv");
const EQUILIBRIUM: &str = include_str!("data/equilibrium_moisture_vectors.csv");

/// Relative: the reference is printed to a millionth of a percent of moisture.
const EQUILIBRIUM_BUDGET: Budget = Budget { p75: 1e-6, p99: 1e-6, max: 1e-6 };

#[test]
fn the_whole_reference_and_correction_tables_agree() {
    let table = Table::parse(FINE_DEAD);
    let (mut references, mut corrections) = (0, 0);
    for row in table.rows() {
        match row.text("kind") {
            "reference" => {
                let site = FineDead {
                    temperature: class(row, "temp_f"),
                    humidity: class(row, "rh_pct"),
                    ..anywhere()
                };
                assert_eq!(site.reference(), row.number("reference_pct") / 100.0);
                references += 1;
            }
            "correction" => {
                let site = place(row, anywhere());
                assert_eq!(site.correction(), row.number("consensus_correction_pct") / 100.0);
                corrections += 1;
            }
            _ => {}
        }
    }
    assert_eq!((references, corrections), (126, 864));
}

#[test]
fn whole_cases_add_reference_and_correction() {
    let table = Table::parse(FINE_DEAD);
    let (mut count, mut printed) = (0, 0);
    for row in table.rows().filter(|row| row.text("kind") == "total") {
        let air =
            FineDead { temperature: class(row, "temp_f"), humidity: class(row, "rh_pct"), ..anywhere() };
        let dead = place(row, air).moisture();
        let (reference, correction) = (row.number("reference_pct"), row.number("consensus_correction_pct"));
        assert_eq!(dead.one_hour, (reference + correction) / 100.0);
        assert!((dead.ten_hour - dead.one_hour - 0.02).abs() < 1e-15);
        assert!((dead.hundred_hour - dead.one_hour - 0.04).abs() < 1e-15);
        // Elsewhere the reference itself sides with one coding against two.
        if correction == row.number("correction_pct") {
            assert_eq!(dead.one_hour, row.number("total_pct") / 100.0);
            printed += 1;
        }
        count += 1;
    }
    assert_eq!(count, 300);
    assert!(printed >= 290, "only {printed} printed totals were compared");
}

#[test]
fn equilibrium_agrees_with_the_published_regressions() {
    let table = Table::parse(EQUILIBRIUM);
    let mut errors = Errors::default();
    for row in table.rows() {
        let temperature_c = celsius_of_fahrenheit(row.number("temp_f"));
        let computed = 100.0 * equilibrium::moisture(temperature_c, row.number("rh_pct") / 100.0);
        let name = format!("{} F {} %", row.text("temp_f"), row.text("rh_pct"));
        errors.relative("emc_pct", &name, computed, row.number("emc_pct"), 0.0);
    }
    assert_eq!(errors.count(), 153);
    errors.assert_within(EQUILIBRIUM_BUDGET);
}

#[test]
fn standing_air_gives_the_danger_ratings_factors() {
    let dead = equilibrium::dead_moisture(21.0, 0.30);
    let equilibrium = equilibrium::moisture(21.0, 0.30);
    assert!((dead.one_hour / equilibrium - 1.03).abs() < 1e-12);
    assert!((dead.ten_hour / equilibrium - 1.28).abs() < 1e-12);
}

fn anywhere() -> FineDead {
    FineDead {
        temperature: Temperature::ALL[0],
        humidity: Humidity::ALL[0],
        season: Season::MayToJuly,
        hour: Hour::From8,
        aspect: firecore::moisture::fine_dead::Aspect::North,
        slope: Slope::Gentle,
        shading: Shading::Exposed,
        elevation: Elevation::Level,
    }
}

/// The row's place and time with another's air.
fn place(row: Row, air: FineDead) -> FineDead {
    FineDead {
        season: class(row, "month"),
        hour: class(row, "hour"),
        aspect: class(row, "aspect"),
        slope: class(row, "slope_pct"),
        shading: class(row, "shading"),
        elevation: class(row, "elevation"),
        ..air
    }
}

fn class<C: std::str::FromStr<Err = firecore::moisture::ClassError>>(row: Row, column: &str) -> C {
    row.text(column).parse().unwrap_or_else(|error| panic!("{error}"))
}
