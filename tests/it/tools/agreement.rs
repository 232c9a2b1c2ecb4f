//! Every computed column against the verification tables, through the binary.

use super::{Row, guira, rows, table, verification, verification_path};

/// Relative to the reference, or to the floor where the reference is smaller.
const TOLERANCE: f64 = 1e-6;

/// Below this, in a column's own unit, errors are absolute.
const FLOOR: f64 = 1e-4;

/// Rates between 0 and this, ft/min, are what rounding leaves exactly at extinction: without shape or direction.
const REMAINDER_FT_MIN: f64 = 1e-9;

/// Runs a tool on a verification table and hands each pair of rows to a check.
fn compare(tool: &str, name: &str, check: impl Fn(&Row, &Row) -> usize) -> usize {
    let path = verification_path(name);
    let computed = table(&guira(&[tool, "--input", path.to_str().unwrap()]));
    let reference = rows(&verification(name));
    assert_eq!(computed.len(), reference.len());
    reference
        .iter()
        .zip(&computed)
        .map(|(reference, computed)| {
            assert_eq!(computed["error"], "", "{reference:?}");
            check(reference, computed)
        })
        .sum()
}

/// Asserts that a column agrees; 1 for the column that was compared.
fn agree(reference: &Row, computed: &Row, column: &str, tolerance: f64) -> usize {
    let (wanted, got) = (&reference[column], &computed[column]);
    let (Ok(wanted), Ok(got)) = (wanted.parse::<f64>(), got.parse::<f64>()) else {
        assert_eq!(wanted, got, "{column} of {reference:?}");
        return 1;
    };
    let error = (got - wanted).abs() / wanted.abs().max(FLOOR);
    assert!(error <= tolerance, "{column}: {got}, not {wanted} ({error:.1e}) in {reference:?}");
    1
}

#[test]
fn spread_agrees_in_every_column() {
    let compared = compare("spread", "surface_spread_vectors.csv", |reference, computed| {
        let number = |row: &Row, column: &str| row[column].parse::<f64>().unwrap_or_default();
        let fastest = number(reference, "pub_ros_ft_min")
            .max(number(reference, "ros_ft_min"))
            .max(number(computed, "ros_ft_min"));
        if fastest > 0.0 && fastest < REMAINDER_FT_MIN {
            return agree(reference, computed, "pub_ros_ft_min", TOLERANCE);
        }
        let clipped = reference["phi_s_clipped"] == "1";
        let mut compared = 0;
        for column in computed.keys().filter(|column| *column != "error") {
            // A clipped row differs in all that follows from the slope; there the columns of the publications count.
            if clipped && !column.starts_with("pub_") && follows_slope(column) {
                assert_eq!(computed["ros_ft_min"], computed["pub_ros_ft_min"]);
                continue;
            }
            compared += match column.as_str() {
                // The reference sets directions below half a degree to 0.
                "dir_behave_deg" if reference[column] == "0" => {
                    assert!(number(computed, column) < 0.5, "{computed:?}");
                    1
                }
                _ => agree(reference, computed, column, TOLERANCE),
            };
        }
        compared
    });
    assert!(compared > 50_000, "only {compared} values were compared");
}

fn follows_slope(column: &str) -> bool {
    let still = [
        "case_id",
        "group",
        "waf",
        "midflame_mph",
        "char_sav",
        "packing_ratio",
        "rel_packing_ratio",
        "live_mx_pct",
        "heat_sink_btu_ft3",
        "reaction_intensity_btu_ft2_min",
        "residence_min",
        "hpua_btu_ft2",
        "ros0_ft_min",
        "wind_limit_mph",
        "phi_s_clipped",
    ];
    !still.contains(&column) && !column.starts_with("m_") && !column.starts_with("wind_")
}

/// Relative: the reference counts 3.28084 ft in a metre, and prints ten digits.
const CROWN_TOLERANCE: f64 = 5e-7;

#[test]
fn crown_fires_agree_in_every_column() {
    let compared = compare("crown", "crown_fire_vectors.csv", |reference, computed| {
        let columns = computed.keys().filter(|column| *column != "error");
        columns.map(|column| agree(reference, computed, column, CROWN_TOLERANCE)).sum()
    });
    assert!(compared > 9_000, "only {compared} values were compared");
}

#[test]
fn crown_rates_by_cruz_agree_in_every_column() {
    let compared = compare("crown", "crown_cruz_vectors.csv", |reference, computed| {
        let columns = computed.keys().filter(|column| *column != "error");
        columns.map(|column| agree(reference, computed, column, TOLERANCE)).sum()
    });
    assert_eq!(compared, 120 * 12);
}

#[test]
fn spotting_distances_agree_in_every_column() {
    let compared = compare("spot", "spotting_vectors.csv", |reference, computed| {
        let columns = computed.keys().filter(|column| *column != "error");
        columns.map(|column| agree(reference, computed, column, TOLERANCE)).sum()
    });
    assert_eq!(compared, 203 * 18);
}

#[test]
fn fine_dead_moisture_agrees_with_the_consensus() {
    let compared = compare("moisture", "fine_dead_fuel_moisture_vectors.csv", |reference, computed| {
        let mut compared = agree(reference, computed, "reference_pct", TOLERANCE);
        compared += agree(reference, computed, "consensus_correction_pct", TOLERANCE);
        assert_eq!(computed["correction_pct"], reference["consensus_correction_pct"]);
        if reference["correction_pct"] == reference["consensus_correction_pct"] {
            compared += agree(reference, computed, "total_pct", TOLERANCE);
        }
        assert_eq!(computed["m_1h_pct"], computed["total_pct"]);
        compared
    });
    assert!(compared > 3_850, "only {compared} values were compared");
}

#[test]
fn equilibrium_moisture_agrees() {
    let compared = compare("moisture", "equilibrium_moisture_vectors.csv", |reference, computed| {
        let number = |column: &str| computed[column].parse::<f64>().unwrap();
        assert!((number("m_1h_pct") / number("emc_pct") - 1.03).abs() < 1e-9);
        agree(reference, computed, "emc_pct", TOLERANCE)
    });
    assert_eq!(compared, 153);
}

#[test]
fn the_list_of_fuel_models_reads_back_as_fuel_models() {
    let folder = tempfile::tempdir().unwrap();
    let models = folder.path().join("models.csv");
    std::fs::write(&models, guira(&["fuel", "list", "--csv"]).stdout).unwrap();
    let vectors = verification_path("surface_spread_vectors.csv");
    let arguments = ["spread", "--input", vectors.to_str().unwrap()];
    let standard = table(&guira(&arguments));
    let read_back = table(&guira(&[&arguments[..], &["--fuel-models", models.to_str().unwrap()]].concat()));
    for (standard, read_back) in
        standard.iter().zip(&read_back).filter(|(row, _)| row["group"] != "H_near_extinction")
    {
        for column in ["ros_ft_min", "fli_btu_ft_s", "lw_ratio", "live_mx_pct"] {
            agree(standard, read_back, column, TOLERANCE);
        }
    }
}

/// Against the library itself: sites are kept apart, hours in order.
#[test]
fn hourly_weather_wets_and_dries_each_site_by_itself() {
    use firecore::geo::LonLat;
    use firecore::moisture::conditioning::{HourlyWeather, Site, Sky, StickSet, Sticks, condition};
    use firecore::moisture::equilibrium;

    let start: jiff::Timestamp = "2024-08-01T18:00:00Z".parse().unwrap();
    let hours: Vec<HourlyWeather> = (0..30)
        .map(|hour| HourlyWeather {
            valid_at: start + jiff::SignedDuration::from_hours(hour),
            temperature_c: 25.0 + (hour % 7) as f64,
            relative_humidity: 0.3,
            rain_kg_m2: if hour == 12 { 3.0 } else { 0.0 },
            sky: Sky::Clouds { cover: 0.25 },
        })
        .collect();
    let mut text = String::from(
        "station,valid_at,temp_c,rh_pct,rain_mm,cloud_pct,latitude,longitude,elevation_m,canopy_cover_pct\n",
    );
    for hour in &hours {
        for (station, cover) in [("open", 0), ("wood", 60)] {
            let (time, temperature, rain) = (hour.valid_at, hour.temperature_c, hour.rain_kg_m2);
            text += &format!("{station},{time},{temperature},30,{rain},25,40,-120,1500,{cover}\n");
        }
    }
    text += "open,2024-08-01T18:00:00Z,25,30,0,25,40,-120,1500,0\n";
    let computed = table(&super::piped(&["moisture", "--sticks", "fire-growth"], text.as_bytes()));
    for (station, canopy_cover) in [("open", 0.0), ("wood", 0.6)] {
        let site = Site { canopy_cover, ..Site::level(LonLat::new(-120.0, 40.0).unwrap(), 1500.0) };
        let mut sticks = Sticks::new(StickSet::FireGrowth, equilibrium::dead_moisture(25.0, 0.3));
        let expected = condition(&hours, &site, &mut sticks);
        let rows = computed.iter().filter(|row| row["station"] == station && row["error"].is_empty());
        let got: Vec<f64> = rows.map(|row| row["m_10h_pct"].parse().unwrap()).collect();
        assert_eq!(got.len(), expected.len());
        for (got, expected) in got.iter().zip(&expected) {
            assert!((got - 100.0 * expected.ten_hour).abs() < 1e-9, "{got} {expected:?}");
        }
    }
    let late = computed.last().unwrap();
    assert!(
        late["error"].starts_with("valid_at: needed a time after 2024-08-02T23:00:00Z"),
        "{}",
        late["error"]
    );
}
