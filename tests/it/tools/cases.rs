//! Single cases by flags, and the fuel models.

use super::{guira, refused, said};

fn printed(arguments: &[&str]) -> String {
    let output = guira(arguments);
    assert!(output.status.success(), "{arguments:?}: {}", said(&output));
    String::from_utf8(output.stdout).unwrap()
}

/// The numbers of the line that begins with these words.
fn line<'a>(text: &'a str, what: &str) -> Vec<&'a str> {
    let found = text.lines().find_map(|line| line.strip_prefix(what));
    found.unwrap_or_else(|| panic!("no line {what} in:\n{text}")).split_whitespace().collect()
}

/// Source of the rate: BehavePlus 6, as ELMFIRE's verification guide prints it.
#[test]
fn one_fire_is_printed_in_both_systems_of_units() {
    let text = printed(&["spread", "--fuel", "GR2", "--moisture", "D1L1", "--wind-20ft-mph", "10"]);
    let rate = line(&text, "rate of spread, head");
    assert!((rate[0].parse::<f64>().unwrap() - 46.15).abs() < 0.005, "{rate:?}");
    assert_eq!(rate[1..], ["ft/min", "14.066", "m/min"]);
    assert_eq!(line(&text, "mid-flame wind"), ["3.621", "mph", "5.8275", "km/h"]);
    assert_eq!(line(&text, "fuel model"), ["GR2", "low", "load,", "dry", "climate", "grass"]);
}

#[test]
fn flags_win_over_the_scenario_and_all_heights_of_wind_are_known() {
    let head = |more: &[&str]| {
        let text = printed(&[&["spread", "--fuel", "102", "--moisture", "D1L1"], more].concat());
        line(&text, "rate of spread, head")[0].parse::<f64>().unwrap()
    };
    assert!(head(&["--m-1h", "9"]) < head(&[]));
    assert_eq!(head(&["--midflame-mph", "4"]), head(&["--midflame-mph", "4", "--wind-toward-deg", "-90"]));
    assert!(head(&["--midflame-mph", "10"]) > head(&["--wind-20ft-mph", "10"]));
    assert!(head(&["--wind-20ft-mph", "10"]) > head(&["--wind-10m-mph", "10"]));
    let sheltered = ["--wind-20ft-mph", "10", "--canopy-cover-pct", "60", "--canopy-height-ft", "60"];
    assert!(head(&["--wind-20ft-mph", "10"]) > head(&sheltered));
    assert!(
        head(&["--midflame-mph", "40"]) > head(&["--midflame-mph", "40", "--wind-limit", "rothermel-1972"])
    );
    assert_ne!(head(&["--m-herb", "90"]), head(&["--m-herb", "90", "--curing", "scott-burgan-2005"]));
}

#[test]
fn a_case_that_cannot_be_computed_says_which_flag_is_wrong() {
    for (arguments, expected) in [
        (
            &["spread", "--fuel", "GR2"][..],
            "--moisture or --m-1h: needed a number from 0 to 1000 (%), found nothing",
        ),
        (
            &["spread", "--fuel", "GRR", "--moisture", "D1L1"],
            "--fuel: needed the code or name of one of 59 fuel models, found GRR",
        ),
        (&["spread", "--fuel", "GR2", "--moisture", "D5L1"], "--moisture"),
        (
            &["spread", "--fuel", "GR2", "--moisture", "D1L1", "--slope-pct", "-5"],
            "--slope-pct: needed a number from 0 to 1000 (%), found -5",
        ),
        (
            &["spread", "--fuel", "GR2", "--input", "fires.csv"],
            "needed a table or the values of one case, found both",
        ),
        (&["crown", "--fuel", "TU5", "--moisture", "D1L1"], "--wind-20ft-mph: needed"),
        (&["crown", "--cbd-kg-m3", "dense"], "--cbd-kg-m3: needed a number (kg/m3), found dense"),
        (
            &["spot", "--source", "torching", "--wind-20ft-mph", "20"],
            "--trees, --dbh-in, --tree-height-ft, --species: needed for --source torching",
        ),
        (
            &["spot", "--source", "active_crown", "--flame-ft", "50", "--wind-20ft-mph", "25"],
            "--tree-height-ft: needed for --source active_crown, found nothing",
        ),
        (
            &["spot", "--source", "active_crown", "--tree-height-ft", "50", "--wind-20ft-mph", "25"],
            "--intensity-kw-m or --flame-ft: needed",
        ),
        (
            &[
                "spot",
                "--source",
                "active_crown",
                "--flame-ft",
                "50",
                "--tree-height-ft",
                "0",
                "--wind-20ft-mph",
                "25",
            ],
            "--tree-height-ft: needed a tree height above 0 (ft) for active_crown, found 0",
        ),
        (
            &[
                "spot",
                "--source",
                "torching",
                "--trees",
                "5",
                "--species",
                "douglas-fir",
                "--wind-20ft-mph",
                "20",
            ],
            "--dbh-in, --tree-height-ft: needed for --source torching, found nothing",
        ),
        (
            &["spot", "--source", "pile", "--trees", "5", "--wind-20ft-mph", "20"],
            "--trees: --source pile has no use for it; it is for torching",
        ),
        (
            &["spot", "--source", "pile", "--flame-ft", "5", "--dbh-in", "3", "--wind-20ft-mph", "20"],
            "--dbh-in: --source pile has no use for it",
        ),
        (&["moisture", "--scenario", "D1"], "D1L1"),
        (
            &["moisture", "--rh-pct", "20"],
            "--temp-f or --temp-c: needed a number from -40 to 200 (deg F), found nothing",
        ),
        (&["moisture", "--temp-f", "85", "--rh-pct", "20", "--month", "8"], "the look-up tables need"),
        (&["fuel", "show", "GR22"], "found GR22 (near it: GR2"),
        (&["fuel", "show", "spinifex"], "`guira fuel list` names them"),
        (&["fuel", "crosswalk", "fpb"], "fbp"),
    ] {
        let said = refused(arguments, b"");
        assert!(said.contains(expected), "{arguments:?}: {said}");
    }
}

#[test]
fn crown_fire_spotting_and_moisture_answer_one_case() {
    let crown = printed(&[
        "crown",
        "--fuel",
        "TU5",
        "--moisture",
        "D1L1",
        "--wind-20ft-mph",
        "25",
        "--canopy-cover-pct",
        "60",
        "--canopy-height-ft",
        "60",
        "--canopy-base-ft",
        "4",
        "--cbd-kg-m3",
        "0.15",
    ]);
    assert_eq!(line(&crown, "type of fire"), ["active"]);
    // 3.0 kg/m2/min over 0.15 kg/m3.
    assert_eq!(line(&crown, "critical crown rate of spread")[2..], ["20", "m/min"]);
    let spot = printed(&[
        "spot",
        "--source",
        "active_crown",
        "--intensity-kw-m",
        "20000",
        "--tree-height-ft",
        "60",
        "--wind-20ft-mph",
        "30",
    ]);
    assert_eq!(line(&spot, "fireline intensity, kW/m"), ["20000"]);
    assert!(line(&spot, "spotting distance, level ground")[0].parse::<f64>().unwrap() > 0.0);
    let scenario = printed(&["moisture", "--scenario", "d2l3"]);
    assert_eq!(line(&scenario, "moisture, live herbaceous"), ["90", "%"]);
    let air = printed(&["moisture", "--temp-c", "30", "--rh-pct", "20"]);
    assert_eq!(air, printed(&["moisture", "--temp-f", "86", "--rh-pct", "20"]));
    let place = printed(&[
        "moisture",
        "--temp-f",
        "85",
        "--rh-pct",
        "20",
        "--month",
        "8",
        "--hour",
        "14",
        "--aspect",
        "180",
        "--slope-pct",
        "25",
        "--shading",
        "exposed",
        "--elevation",
        "level",
    ]);
    // 3 % for the air and 1 % for the place: Rothermel (1983), INT-143.
    assert_eq!(line(&place, "moisture, fine dead"), ["4", "%"]);
}

#[test]
fn crown_methods_have_the_names_of_forecasts_too() {
    let head = "method,fuel_model,m_1h_pct,m_10h_pct,m_100h_pct,m_herb_pct,m_woody_pct,wind20_mph,\
        canopy_cover_pct,canopy_height_ft,canopy_base_ft,cbd_lb_ft3";
    let results = |method: &str| {
        let text = format!("{head}\n{method},TU5,3,4,5,30,60,25,60,60,4,0.01\n");
        let mut row = super::table(&super::piped(&["crown"], text.as_bytes())).remove(0);
        assert_eq!(row["error"], "", "{method}");
        row.remove("method");
        row
    };
    let names = [
        ("rothermel", "rothermel-1991"),
        ("scott_reinhardt", "scott-reinhardt-2001"),
        ("cruz", "cruz-2005"),
        ("finney", "finney-1998"),
    ];
    for (short, long) in names {
        assert_eq!(results(short), results(long));
    }
    assert_ne!(results("cruz"), results("finney"));
}

#[test]
fn fuel_models_are_listed_and_shown() {
    let list = printed(&["fuel", "list"]);
    assert_eq!(list.lines().count(), 2 + 59);
    assert!(list.contains("102  GR2"));
    for name in ["GR2", "gr2", "102"] {
        let shown = printed(&["fuel", "show", name]);
        assert_eq!(line(&shown, "load, live herbaceous")[..2], ["1", "ton/acre"]);
        assert_eq!(line(&shown, "characteristic surface-to-volume ratio")[0], "1820");
        assert_eq!(line(&shown, "D1L1")[0], "2.9");
    }
    assert!(printed(&["fuel", "show", "98"]).contains("Nothing burns here"));
    assert!(printed(&["fuel", "show", "TL8", "--metric"]).contains("(km/h)"));
    assert!(printed(&["fuel", "crosswalk", "fbp"]).contains("C-2 boreal spruce"));
}

#[test]
fn own_fuel_models_are_used_beside_the_standard_ones() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("own.fmd");
    let line_of = "14 MAQ 3.2 1.1 0 0.2 5.6 dynamic 1900 1700 1500 5 22 8600 9000 Maquis\n";
    std::fs::write(&path, format!("ENGLISH\n{line_of}")).unwrap();
    let own = ["--fuel-models", path.to_str().unwrap()];
    let shown = printed(&[&["fuel", "show", "maq"], &own[..]].concat());
    assert_eq!(line(&shown, "heat content, live fuel")[..2], ["9000", "Btu/lb"]);
    let spread = printed(&[&["spread", "--fuel", "MAQ", "--moisture", "D1L1"], &own[..]].concat());
    assert_eq!(line(&spread, "fuel model"), ["MAQ", "Maquis"]);
    std::fs::write(&path, format!("ENGLISH\n{}", line_of.replace("MAQ", "GR2"))).unwrap();
    let taken = said(&guira(&[&["fuel", "list"], &own[..]].concat()));
    assert!(taken.contains("the name GR2 is also that of the standard model of code 102"), "{taken}");
    assert!(taken.contains("code 14 is meant"), "{taken}");
    let copies = folder.path().join("copies.csv");
    std::fs::write(&copies, guira(&["fuel", "list", "--csv"]).stdout).unwrap();
    let copied = guira(&["fuel", "list", "--fuel-models", copies.to_str().unwrap()]);
    assert!(copied.status.success() && said(&copied).is_empty(), "{}", said(&copied));
    std::fs::write(&path, "ENGLISH\n14 MAQ 3.2 wet\n").unwrap();
    let said = refused(&[&["fuel", "list"], &own[..]].concat(), b"");
    assert!(said.contains("own.fmd") && said.contains("line 2"), "{said}");
}
