//! The table against the reference file, and codes in words.

use super::*;

const REFERENCE: &str = include_str!("../../tests/verification/data/fuel_models.csv");

/// The reference rows, by column name; quoted fields hold the only commas inside a field.
fn reference() -> Vec<std::collections::HashMap<String, String>> {
    let mut lines = REFERENCE.lines().filter(|line| !line.starts_with('#'));
    let names: Vec<String> = fields(lines.next().expect("the file has a head"));
    lines.map(|line| names.iter().cloned().zip(fields(line)).collect()).collect()
}

fn fields(line: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut quoted = false;
    for letter in line.chars() {
        match letter {
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(String::new()),
            other => fields.last_mut().expect("there is always a field").push(other),
        }
    }
    fields
}

#[test]
fn the_table_holds_the_reference_values() {
    let rows = reference();
    assert_eq!(rows.len() + 1, FuelModels::standard().all().len(), "every reference model and no data");
    for row in rows {
        let number = |column: &str| row[column].parse::<f64>().unwrap_or(0.0);
        let model = FuelModel::standard(number("code") as u8).expect("every reference code is standard");
        assert_eq!(model.name, row["name"]);
        assert_eq!(model.description, row["description"].replace('&', "and").to_lowercase());
        assert_eq!(model.is_burnable(), row["burnable"] == "1", "{model}");
        let Some(fuel) = &model.fuel else { continue };
        assert_eq!(fuel.herbaceous_cures, row["dynamic"] == "1", "{model}");
        let ratios = [number("sav_1h"), 109.0, 30.0, number("sav_herb"), number("sav_woody")];
        let classes = ["1h", "10h", "100h", "herb", "woody"];
        for (class, (name, ratio)) in classes.into_iter().zip(ratios).enumerate() {
            let load = number(&format!("load_{name}_lb_ft2"));
            assert!((fuel.load_lb_ft2[class] - load).abs() <= 1e-11 * load, "{model}: {name} load");
            if load > 0.0 {
                assert_eq!(fuel.surface_to_volume_1_ft[class], ratio, "{model}: {name} ratio");
            }
        }
        assert_eq!(fuel.depth_ft, number("depth_ft"), "{model}");
        assert_eq!(fuel.dead_extinction_moisture, number("mx_dead_pct") / 100.0, "{model}");
        assert_eq!([fuel.dead_heat_btu_lb, fuel.live_heat_btu_lb], [number("heat_btu_lb"); 2], "{model}");
    }
}

#[test]
fn a_code_is_found_by_itself_alone() {
    let models = FuelModels::standard();
    let known: Vec<_> = (0..=u8::MAX).filter(|code| models.get(*code).is_some()).collect();
    assert_eq!(known, models.all().iter().map(|model| model.code).collect::<Vec<_>>());
    assert!(models.all().iter().all(|model| models.get(model.code) == Some(model)));
    assert!(models.all().iter().all(|model| FuelModel::standard(model.code) == Some(model)));
}

#[test]
fn a_custom_model_is_added_or_takes_a_standard_ones_place() {
    let named = |code, name: &str| FuelModel {
        code,
        name: name.to_owned().into(),
        ..FuelModel::standard(4).expect("FM4").clone()
    };
    let models = FuelModels::standard().with([
        named(14, "maquis"),
        named(102, "steppe"),
        named(255, "last"),
        named(14, "garrigue"),
    ]);
    assert_eq!(models.all().len(), FuelModels::standard().all().len() + 2);
    assert!(models.all().is_sorted_by_key(|model| model.code));
    assert_eq!(models.describe_all([14, 102, 255]), "garrigue chaparral, steppe chaparral, last chaparral");
    assert!(models.burns(255) && !models.burns(254));
    assert_eq!(models.get(101), FuelModel::standard(101), "the others stay");
}

#[test]
fn every_code_may_have_a_model() {
    let all = (0..=u8::MAX).map(|code| FuelModel { code, ..FuelModel::standard(4).expect("FM4").clone() });
    let models = FuelModels::standard().with(all);
    assert!((0..=u8::MAX).all(|code| models.get(code).is_some_and(|model| model.code == code)));
}

#[test]
fn a_code_is_said_in_words() {
    let models = FuelModels::standard();
    assert_eq!(models.describe(2), "FM2 timber grass and understory");
    assert_eq!(models.describe(0), "0 no data");
    assert_eq!(models.describe(50), "50 not a known fuel model");
}
