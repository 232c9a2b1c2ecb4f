//! From a file's fields to a fuel model: what cannot be is refused, what no standard model has is noted.

use super::{Draft, FuelFileError, FuelWarning, Numbers, refused};
use crate::fuel::fault::short;
use crate::fuel::standard::{
    HUNDRED_HOUR_SURFACE_TO_VOLUME_1_FT, LB_FT2_PER_TON_ACRE, STANDARD, TEN_HOUR_SURFACE_TO_VOLUME_1_FT,
};
use crate::fuel::{Fuel, FuelModel};

/// The model of a draft.
pub(super) fn model(draft: &Draft, warnings: &mut Vec<FuelWarning>) -> Result<FuelModel, FuelFileError> {
    let mut warn = |text: String| warnings.push(FuelWarning { line: draft.line, text });
    let fuel = match &draft.numbers {
        None => None,
        Some(numbers) => Some(fuel(draft.line, numbers)?),
    };
    let (name, description) = (draft.name.clone().into(), draft.description.clone().into());
    let model = FuelModel { code: draft.code, name, description, fuel };
    taken_over(&model).into_iter().for_each(&mut warn);
    model.fuel.iter().flat_map(unusual).for_each(warn);
    Ok(model)
}

/// The standard models whose code or name this model takes; nothing where it is the same model.
fn taken_over(model: &FuelModel) -> Vec<String> {
    let has_name = |standard: &FuelModel| standard.name.eq_ignore_ascii_case(&model.name);
    let mut notes = Vec::new();
    if let Some(standard) = FuelModel::standard(model.code)
        && !(has_name(standard) && is_same_fuel(model.fuel.as_ref(), standard.fuel.as_ref()))
    {
        notes.push(format!("code {} takes the place of the standard model {standard}", model.code));
    }
    if let Some(standard) = STANDARD.iter().find(|standard| standard.code != model.code && has_name(standard))
    {
        let meant = model.code.min(standard.code);
        notes.push(format!(
            "the name {} is also that of the standard model of code {}; where a table names it, code {meant} is meant",
            model.name, standard.code
        ));
    }
    notes
}

/// Relative difference of two numbers that mean the same: what units there and back leave, and files with six digits.
const SAME: f64 = 1e-5;

/// Whether all that counts in two models is the same.
fn is_same_fuel(one: Option<&Fuel>, other: Option<&Fuel>) -> bool {
    let (Some(one), Some(other)) = (one, other) else { return one.is_none() && other.is_none() };
    let is_same = |measure: &Measure| match ((measure.of)(one), (measure.of)(other)) {
        (Some(one), Some(other)) => (one - other).abs() <= SAME * other.abs(),
        (one, other) => one.is_none() && other.is_none(),
    };
    one.herbaceous_cures == other.herbaceous_cures && MEASURES.iter().all(is_same)
}

fn fuel(line: usize, numbers: &Numbers) -> Result<Fuel, FuelFileError> {
    let loads = numbers.load_lb_ft2;
    let [one_hour, herbaceous, woody] = numbers.surface_to_volume_1_ft;
    let ratios =
        [one_hour, TEN_HOUR_SURFACE_TO_VOLUME_1_FT, HUNDRED_HOUR_SURFACE_TO_VOLUME_1_FT, herbaceous, woody];
    let fuel = Fuel {
        load_lb_ft2: loads,
        surface_to_volume_1_ft: std::array::from_fn(|at| if loads[at] > 0.0 { ratios[at] } else { 0.0 }),
        depth_ft: numbers.depth_ft,
        dead_extinction_moisture: numbers.dead_extinction_percent / 100.0,
        dead_heat_btu_lb: numbers.heat_btu_lb[0],
        live_heat_btu_lb: numbers.heat_btu_lb[1],
        herbaceous_cures: numbers.dynamic && loads[3] > 0.0,
    };
    match fuel.fault() {
        None => Ok(fuel),
        Some(fault) => Err(refused(line, &fault.field, &fault.needed, &fault.found)),
    }
}

/// A number that is compared with the standard models'.
struct Measure {
    field: &'static str,
    unit: &'static str,
    /// `None` where a model has no such fuel.
    of: fn(&Fuel) -> Option<f64>,
}

const MEASURES: [Measure; 12] = [
    Measure { field: "1 h load", unit: "ton/acre", of: |fuel| load(fuel, 0) },
    Measure { field: "10 h load", unit: "ton/acre", of: |fuel| load(fuel, 1) },
    Measure { field: "100 h load", unit: "ton/acre", of: |fuel| load(fuel, 2) },
    Measure { field: "live herbaceous load", unit: "ton/acre", of: |fuel| load(fuel, 3) },
    Measure { field: "live woody load", unit: "ton/acre", of: |fuel| load(fuel, 4) },
    Measure { field: "1 h surface-to-volume ratio", unit: "1/ft", of: |fuel| ratio(fuel, 0) },
    Measure { field: "live herbaceous surface-to-volume ratio", unit: "1/ft", of: |fuel| ratio(fuel, 3) },
    Measure { field: "live woody surface-to-volume ratio", unit: "1/ft", of: |fuel| ratio(fuel, 4) },
    Measure { field: "depth", unit: "ft", of: |fuel| Some(fuel.depth_ft) },
    Measure {
        field: "moisture of extinction",
        unit: "%",
        of: |fuel| Some(100.0 * fuel.dead_extinction_moisture),
    },
    Measure { field: "heat content of dead fuel", unit: "Btu/lb", of: |fuel| Some(fuel.dead_heat_btu_lb) },
    Measure { field: "heat content of live fuel", unit: "Btu/lb", of: |fuel| live_heat(fuel) },
];

fn load(fuel: &Fuel, class: usize) -> Option<f64> {
    (fuel.load_lb_ft2[class] > 0.0).then(|| fuel.load_lb_ft2[class] / LB_FT2_PER_TON_ACRE)
}

fn ratio(fuel: &Fuel, class: usize) -> Option<f64> {
    (fuel.load_lb_ft2[class] > 0.0).then(|| fuel.surface_to_volume_1_ft[class])
}

fn live_heat(fuel: &Fuel) -> Option<f64> {
    fuel.load_lb_ft2[3..].iter().any(|load| *load > 0.0).then_some(fuel.live_heat_btu_lb)
}

/// Numbers outside what the 53 standard models span.
fn unusual(fuel: &Fuel) -> Vec<String> {
    let standard = || STANDARD.iter().filter_map(|model| model.fuel.as_ref());
    let mut notes = Vec::new();
    for Measure { field, unit, of } in MEASURES {
        let Some(value) = of(fuel) else { continue };
        let low = standard().filter_map(of).fold(f64::INFINITY, f64::min);
        let high = standard().filter_map(of).fold(0.0, f64::max);
        // A tenth of a percent of room, for files round.
        if value < low * 0.999 || value > high * 1.001 {
            let (low, high, value) = (short(low), short(high), short(value));
            notes.push(format!("{field}: the standard models have {low} to {high} {unit}, found {value}"));
        }
    }
    notes
}
