//! The custom fuel model file of FARSITE, FlamMap and BehavePlus.

use super::{Draft, FuelFileError, Numbers, code, number, quoted, refused};
use crate::fuel::standard::LB_FT2_PER_TON_ACRE;
use crate::units::{KG_PER_LB, M_PER_FT, M2_PER_HA};

/// Names of the fields of a line before its description, as errors say them.
const FIELDS: [&str; 15] = [
    "number",
    "code",
    "1 h load",
    "10 h load",
    "100 h load",
    "live herbaceous load",
    "live woody load",
    "type",
    "1 h surface-to-volume ratio",
    "live herbaceous surface-to-volume ratio",
    "live woody surface-to-volume ratio",
    "depth",
    "moisture of extinction",
    "heat content of dead fuel",
    "heat content of live fuel",
];

/// Where older files, which have no code, type and description, keep each of their numbers.
const OLDER: [usize; 13] = [0, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12, 13, 14];

/// kJ/kg in one Btu/lb (exact by the definition of the international Btu).
const KJ_KG_PER_BTU_LB: f64 = 2.326;

/// From here on a metric heat content is taken for J/kg, below it for kJ/kg: wood has some 18 600 kJ/kg.
const J_KG_MIN: f64 = 1e6;

/// Factors from a file's units to those of the models.
struct Units {
    load_lb_ft2: f64,
    ratio_1_ft: f64,
    depth_ft: f64,
    metric_heat: bool,
}

const ENGLISH: Units =
    Units { load_lb_ft2: LB_FT2_PER_TON_ACRE, ratio_1_ft: 1.0, depth_ft: 1.0, metric_heat: false };

/// t/ha, 1/cm, cm.
const METRIC: Units = Units {
    load_lb_ft2: 1000.0 / M2_PER_HA * (M_PER_FT * M_PER_FT) / KG_PER_LB,
    ratio_1_ft: 100.0 * M_PER_FT,
    depth_ft: 0.01 / M_PER_FT,
    metric_heat: true,
};

/// The lines of a file, numbers brought to the models' units.
pub(super) fn drafts(text: &str) -> Result<Vec<Draft>, FuelFileError> {
    let mut units = &ENGLISH;
    let mut drafts = Vec::new();
    let mut begun = false;
    for (line, text) in text.lines().enumerate().map(|(index, text)| (index + 1, text.trim())) {
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        let fields: Vec<&str> = text.split_whitespace().collect();
        match (begun, fields[0].to_ascii_lowercase().as_str()) {
            (false, "english") => {}
            (false, "metric") => units = &METRIC,
            _ => drafts.push(draft(line, &fields, units)?),
        }
        begun = true;
    }
    Ok(drafts)
}

fn draft(line: usize, fields: &[&str], units: &Units) -> Result<Draft, FuelFileError> {
    let older = fields.len() == OLDER.len() && fields.iter().all(|field| field.parse::<f64>().is_ok());
    let place = |field: usize| if older { OLDER.iter().position(|at| *at == field) } else { Some(field) };
    let text = |field: usize| {
        let found = place(field).and_then(|place| fields.get(place)).copied();
        found.ok_or_else(|| refused(line, FIELDS[field], "a value", "the end of the line"))
    };
    let value = |field: usize| number(line, FIELDS[field], text(field)?);
    let number_of_model = code(line, FIELDS[0], text(0)?)?;
    let dynamic = match older {
        true => false,
        false => match text(7)?.to_ascii_lowercase().as_str() {
            "static" => false,
            "dynamic" => true,
            _ => return Err(refused(line, FIELDS[7], "static or dynamic", &quoted(text(7)?))),
        },
    };
    let mut load_lb_ft2 = [0.0; 5];
    for (load, field) in load_lb_ft2.iter_mut().zip(2..) {
        *load = value(field)? * units.load_lb_ft2;
    }
    let mut surface_to_volume_1_ft = [0.0; 3];
    for (ratio, field) in surface_to_volume_1_ft.iter_mut().zip(8..) {
        *ratio = value(field)? * units.ratio_1_ft;
    }
    let heat_btu_lb = |field: usize| -> Result<f64, FuelFileError> {
        let heat = value(field)?;
        Ok(match units.metric_heat {
            false => heat,
            true if heat >= J_KG_MIN => heat / 1000.0 / KJ_KG_PER_BTU_LB,
            true => heat / KJ_KG_PER_BTU_LB,
        })
    };
    let numbers = Numbers {
        load_lb_ft2,
        surface_to_volume_1_ft,
        depth_ft: value(11)? * units.depth_ft,
        dead_extinction_percent: value(12)?,
        heat_btu_lb: [heat_btu_lb(13)?, heat_btu_lb(14)?],
        dynamic,
    };
    let name = if older { format!("FM{number_of_model}") } else { text(1)?.to_owned() };
    let description = fields.get(FIELDS.len()..).unwrap_or_default().join(" ");
    let description = if description.is_empty() { "custom fuel model".to_owned() } else { description };
    Ok(Draft { line, code: number_of_model, name, description, numbers: Some(numbers) })
}
