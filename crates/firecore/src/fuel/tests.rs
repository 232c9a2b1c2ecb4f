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
    assert_eq!(rows.len() + 1, FuelModel::all().len(), "every reference model and no data");
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
        assert_eq!(fuel.heat_btu_lb, number("heat_btu_lb"), "{model}");
    }
}

#[test]
fn a_code_is_found_by_itself_alone() {
    let known = (0..=u8::MAX).filter(|code| FuelModel::standard(*code).is_some());
    assert_eq!(
        known.collect::<Vec<_>>(),
        FuelModel::all().iter().map(|model| model.code).collect::<Vec<_>>()
    );
    assert!(FuelModel::all().iter().all(|model| FuelModel::standard(model.code) == Some(model)));
}

#[test]
fn a_code_is_said_in_words() {
    assert_eq!(describe(2), "FM2 timber grass and understory");
    assert_eq!(describe(0), "0 no data");
    assert_eq!(describe(50), "50 not a standard fuel model");
}
