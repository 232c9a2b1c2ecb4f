//! Files as they come from the programs that write them, and what is wrong with them when it is.

use super::*;
use crate::fuel::{Fuel, FuelModels};
use crate::moisture::{DeadFuelMoisture, FuelMoisture, LiveFuelMoisture};
use crate::spread::rothermel::FuelBed;
use proptest::prelude::*;

/// GR2, FM10 and TU5 as a file would have them, under custom codes.
const STANDARD_ONES: &str = "English\n\
    14 GR2c 0.10 0.00 0.00 1.00 0.00 dynamic 2000 1800 9999 1.0 15 8000 8000 grass of a file\n\
    \n# a comment\n\
    15 FM10c 3.00564 2.00376 5.0094 0 2.00376 Static 2000 9999 1500 1.0 25 8000 8000\n\
    16\tTU5c\t4.0\t4.0\t3.0\t0\t3.0\tstatic\t1500\t9999\t750\t1.0\t25\t8000\t8000\tvery high load\n";

fn fmd(line: &str) -> Result<CustomFuels, FuelFileError> {
    parse(&format!("ENGLISH\n{line}\n"), Format::Fmd)
}

fn fuel(model: &FuelModel) -> &Fuel {
    model.fuel.as_ref().expect("it burns")
}

fn near(a: f64, b: f64, relative: f64) {
    assert!((a - b).abs() <= relative * b.abs(), "{a} and {b}");
}

#[test]
fn a_file_of_standard_numbers_gives_the_standard_models() {
    let file = parse(STANDARD_ONES, Format::Fmd).expect("a sound file");
    assert_eq!(file.warnings, []);
    assert_eq!(file.models[0].to_string(), "GR2c grass of a file");
    assert_eq!(file.models[1].to_string(), "FM10c custom fuel model");
    for (model, code, tolerance) in
        [(&file.models[0], 102, 0.0), (&file.models[1], 10, 1e-6), (&file.models[2], 165, 0.0)]
    {
        let standard = fuel(FuelModel::standard(code).expect("a standard model"));
        let own = fuel(model);
        for class in 0..5 {
            near(own.load_lb_ft2[class], standard.load_lb_ft2[class], tolerance);
            assert_eq!(own.surface_to_volume_1_ft[class], standard.surface_to_volume_1_ft[class], "{model}");
        }
        assert_eq!((own.depth_ft, own.herbaceous_cures), (standard.depth_ft, standard.herbaceous_cures));
        assert_eq!(own.dead_extinction_moisture, standard.dead_extinction_moisture);
        assert_eq!((own.dead_heat_btu_lb, own.live_heat_btu_lb), (8000.0, 8000.0));
    }
}

#[test]
fn metric_files_mean_the_same_fuel() {
    // 1 short ton/acre is 2.241702 t/ha, 2000 1/ft 65.6168 1/cm, 1 ft 30.48 cm, 8000 Btu/lb 18 608 kJ/kg.
    let heat_j_kg = "18608000 18608000";
    for heat in [heat_j_kg, "18608 18608"] {
        let text = format!(
            "METRIC\n14 GR2m 0.2241702 0 0 2.241702 0 dynamic 65.6168 59.05512 0 30.48 15 {heat} grass\n"
        );
        let file = parse(&text, Format::Fmd).expect("a sound file");
        let (own, standard) = (fuel(&file.models[0]), fuel(FuelModel::standard(102).expect("GR2")));
        for class in [0, 3] {
            near(own.load_lb_ft2[class], standard.load_lb_ft2[class], 1e-6);
            near(own.surface_to_volume_1_ft[class], standard.surface_to_volume_1_ft[class], 1e-6);
        }
        near(own.depth_ft, 1.0, 1e-12);
        near(own.dead_heat_btu_lb, 8000.0, 1e-9);
        near(own.live_heat_btu_lb, 8000.0, 1e-9);
        assert_eq!(file.warnings, []);
    }
}

#[test]
fn older_files_have_thirteen_numbers() {
    // The sample of FARSITE 4's help page.
    let text = "ENGLISH\n19 2.250 1.500 3.710 0.000 1.000 2000 1800 1500 0.600 25 8000 8000\n";
    let file = parse(text, Format::Fmd).expect("a sound file");
    let model = &file.models[0];
    assert_eq!((model.code, model.to_string().as_str()), (19, "FM19 custom fuel model"));
    let own = fuel(model);
    near(own.load_lb_ft2[2], 3.71 * 2000.0 / 43_560.0, 1e-12);
    assert_eq!(own.surface_to_volume_1_ft, [2000.0, 109.0, 30.0, 0.0, 1500.0]);
    assert_eq!((own.depth_ft, own.dead_extinction_moisture, own.herbaceous_cures), (0.6, 0.25, false));
}

#[test]
fn errors_name_the_line_the_field_what_was_needed_and_what_was_found() {
    let sound = "14 X 1 1 1 0 1 static 2000 1800 1500 1 25 8000 8000 text";
    assert!(fmd(sound).is_ok());
    for (at, word, expected) in [
        (0, "0", "line 2, number: needed a whole number from 1 to 255, found \"0\""),
        (0, "256", "line 2, number: needed a whole number from 1 to 255, found \"256\""),
        (2, "1,5", "line 2, 1 h load: needed a number, found \"1,5\""),
        (2, "inf", "line 2, 1 h load: needed a number, found \"inf\""),
        (3, "-1", "line 2, 10 h load: needed 0 to 10 lb/ft2, found -0.04591"),
        (7, "cured", "line 2, type: needed static or dynamic, found \"cured\""),
        (8, "0", "line 2, 1 h surface-to-volume ratio: needed 16 to 10000 1/ft where there is load, found 0"),
        (11, "0", "line 2, depth: needed above 0 and at most 30 ft, found 0"),
        (
            11,
            "0.001",
            "line 2, depth: needed more room than the fuel itself fills, found loads that would fill 5.739 of it",
        ),
        (12, "0", "line 2, moisture of extinction: needed above 0 and at most 100 %, found 0"),
        (13, "18600", "line 2, heat content of dead fuel: needed 1000 to 14100 Btu/lb, found 18600"),
    ] {
        let words: Vec<&str> =
            sound.split(' ').enumerate().map(|(place, own)| if place == at { word } else { own }).collect();
        assert_eq!(fmd(&words.join(" ")).expect_err(word).to_string(), expected);
    }
    let short = fmd("14 X 1 1 1 0 1 static 2000 1800 1500 1").expect_err("fields are missing");
    assert_eq!(
        short.to_string(),
        "line 2, moisture of extinction: needed a value, found the end of the line"
    );
    let live = fmd("14 X 0 0 0 1 1 dynamic 2000 1800 1500 1 25 8000 8000").expect_err("no dead fuel");
    assert!(live.to_string().contains("without dead fuel no fire spreads"), "{live}");
    let twice = parse(&format!("{sound}\n{sound}\n"), Format::Fmd).expect_err("a code twice");
    assert_eq!(twice.to_string(), "line 2, code: needed a code of its own, found 14, which line 1 has too");
    assert_eq!(parse("METRIC\n", Format::Fmd).expect_err("empty").field, "model");
}

#[test]
fn what_is_unusual_is_read_and_noted() {
    let file = fmd("102 X 1 1 1 0 1 static 4200 1800 1500 9 0.25 8000 10000 text").expect("it can be");
    let notes: Vec<String> = file.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(
        notes,
        [
            "line 2: code 102 takes the place of the standard model GR2 low load, dry climate grass",
            "line 2: 1 h surface-to-volume ratio: the standard models have 750 to 3500 1/ft, found 4200",
            "line 2: depth: the standard models have 0.2 to 6 ft, found 9",
            "line 2: moisture of extinction: the standard models have 12 to 40 %, found 0.25",
            "line 2: heat content of live fuel: the standard models have 8000 to 9000 Btu/lb, found 10000",
        ]
    );
}

#[test]
fn a_standard_name_under_another_code_is_noted() {
    for (code, meant) in [(14, 14), (200, 102)] {
        let file =
            fmd(&format!("{code} gr2 0.1 0 0 1 0 dynamic 2000 1800 9999 1.0 15 8000 8000")).expect("sound");
        let expected = format!(
            "line 2: the name gr2 is also that of the standard model of code 102; where a table names it, code {meant} is meant"
        );
        assert_eq!(file.warnings.iter().map(ToString::to_string).collect::<Vec<_>>(), [expected]);
    }
    // The same name and code with other fuel takes a place.
    let file = fmd("102 GR2 0.2 0 0 1 0 dynamic 2000 1800 9999 1.0 15 8000 8000").expect("sound");
    assert!(file.warnings[0].text.starts_with("code 102 takes the place"), "{:?}", file.warnings);
}

#[test]
fn the_reference_table_read_as_a_custom_file_gives_the_standard_models() {
    let text = include_str!("../../../tests/verification/data/fuel_models.csv");
    let file = parse(text, Format::Csv).expect("a sound file");
    assert_eq!(file.models.len(), 58);
    for model in &file.models {
        let standard = FuelModel::standard(model.code).expect("a standard model");
        assert_eq!((&model.name, model.is_burnable()), (&standard.name, standard.is_burnable()));
        let (Some(own), Some(theirs)) = (FuelBed::of(model), FuelBed::of(standard)) else { continue };
        near(own.surface_to_volume_1_m(), theirs.surface_to_volume_1_m(), 1e-10);
        near(own.bulk_density_kg_m3(), theirs.bulk_density_kg_m3(), 1e-10);
    }
    // Each takes the place of the standard model that it is, which is worth no word.
    assert_eq!(file.warnings, []);
    assert_eq!(FuelModels::standard().with(file.models).all().len(), FuelModels::standard().all().len());
}

#[test]
fn a_table_may_have_its_columns_in_any_order_and_heat_apart() {
    let head = "name,code,depth_ft,mx_dead_pct,heat_dead_btu_lb,heat_live_btu_lb,load_1h_t_ac,load_10h_t_ac,load_100h_t_ac,\
                load_herb_t_ac,load_woody_t_ac,sav_1h,sav_herb,sav_woody,dynamic,description,note";
    let row = "MAQ,14,5,22,8600,9000,3.2,1.1,,0.2,5.6,1900,1700,1500,1,\"Maquis, high \"\"macchia\"\"\",x";
    let file = parse(&format!("# by hand\n{head}\n{row}\n"), Format::Csv).expect("a sound file");
    let own = fuel(&file.models[0]);
    assert_eq!(file.models[0].to_string(), "MAQ Maquis, high \"macchia\"");
    assert_eq!((own.dead_heat_btu_lb, own.live_heat_btu_lb, own.load_lb_ft2[2]), (8600.0, 9000.0, 0.0));
    near(own.load_lb_ft2[0], 3.2 * 2000.0 / 43_560.0, 1e-12);
    assert!(own.herbaceous_cures);

    let error = |row: &str| parse(&format!("{head}\n{row}\n"), Format::Csv).expect_err(row).to_string();
    assert_eq!(error("MAQ,14"), "line 2, fields: needed 17 of them, found 2");
    assert!(
        error(&row.replace(",1,\"", ",yes,\"")).starts_with("line 2, dynamic: needed 0 or 1, found \"yes\"")
    );
    assert!(error(&row.replace("\",x", ",x")).contains("needed a closing quote"));
    let renamed = format!("{}\n{row}\n", head.replace("depth_ft", "depth"));
    let missing = parse(&renamed, Format::Csv).expect_err("a column is missing").to_string();
    assert!(
        missing.starts_with("line 1, depth_ft: needed a column of this name, found name, code, depth,"),
        "{missing}"
    );
}

#[test]
fn heat_content_counts_for_its_own_category() {
    let bed = |dead: f64, live: f64| {
        let file =
            fmd(&format!("14 X 1 1 1 0 2 static 2000 1800 1500 2 25 {dead} {live} text")).expect("sound");
        FuelBed::of(&file.models[0]).expect("it burns")
    };
    let intensity = |dead: f64, live: f64, woody: f64| {
        let dry = DeadFuelMoisture { one_hour: 0.05, ten_hour: 0.06, hundred_hour: 0.07 };
        let moisture = FuelMoisture { dead: dry, live: LiveFuelMoisture { herbaceous: 0.6, woody } };
        bed(dead, live).moistened(&moisture).reaction_intensity_kw_m2()
    };
    // Equation 58 is linear in each category's heat, and both together give what one common heat gives.
    let (common, high_live, high_dead) =
        (intensity(8000.0, 8000.0, 0.6), intensity(8000.0, 9000.0, 0.6), intensity(9000.0, 8000.0, 0.6));
    near(intensity(9000.0, 9000.0, 0.6), common * 9.0 / 8.0, 1e-12);
    near(high_live + high_dead, common * 17.0 / 8.0, 1e-12);
    assert!(common < high_live.min(high_dead), "{common} {high_live} {high_dead}");
    // Live fuel above its moisture of extinction gives no heat, whatever it holds.
    assert_eq!(intensity(8000.0, 9000.0, 9.0), intensity(8000.0, 8000.0, 9.0));
}

proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text in ".{0,200}", line in "[0-9a-z. \t,\"#-]{0,80}") {
        for format in [Format::Fmd, Format::Csv] {
            let texts = [text.clone(), format!("METRIC\n14 X {line}\n"), format!("code,name,depth_ft\n{line}")];
            for text in texts {
                drop(parse(&text, format));
            }
        }
    }

    #[test]
    fn what_is_accepted_spreads_at_a_finite_rate(
        loads in proptest::array::uniform5(0.0..20.0_f64), ratios in proptest::array::uniform3(16.0..9000.0_f64),
        depth in 0.01..30.0_f64, extinction in 1.0..100.0_f64, heat in proptest::array::uniform2(1000.0..14_000.0_f64),
        dead in 0.0..0.6_f64, live in 0.0..3.0_f64, wind in 0.0..40.0_f64, dynamic: bool,
    ) {
        let join = |numbers: &[f64]| numbers.iter().map(f64::to_string).collect::<Vec<_>>().join(" ");
        let kind = if dynamic { "dynamic" } else { "static" };
        let line = format!("14 X {} {kind} {} {depth} {extinction} {}", join(&loads), join(&ratios), join(&heat));
        if let Ok(file) = fmd(&line) {
            let dead = DeadFuelMoisture { one_hour: dead, ten_hour: dead, hundred_hour: dead };
            let moisture = FuelMoisture { dead, live: LiveFuelMoisture { herbaceous: live, woody: live } };
            let bed = FuelBed::of(&file.models[0]).expect("it burns").moistened(&moisture);
            let head = bed.spread([wind, 0.0], [0.0, 0.3]);
            prop_assert!(head.heading_rate_of_spread_m_s.is_finite() && head.heading_rate_of_spread_m_s >= 0.0);
            prop_assert!(head.heat_per_unit_area_kj_m2.is_finite() && head.effective_wind_m_s.is_finite());
        }
    }
}
