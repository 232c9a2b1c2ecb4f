//! Fuel models that stand beside the standard ones or in their place.

use std::sync::{Arc, OnceLock};

use firecore::fuel::{Fuel, FuelModel, FuelModels};

use super::proto;
use super::{WireError, within};

/// Longest name or description, bytes: our choice.
const TEXT_BYTES_MAX: usize = 1_000;

/// Those of a table that the standard one does not have.
pub(super) fn to_wire(models: &FuelModels) -> Vec<proto::FuelModel> {
    let own = models.all().iter().filter(|model| FuelModel::standard(model.code) != Some(model));
    own.map(|model| proto::FuelModel {
        code: model.code.into(),
        name: model.name.to_string(),
        description: model.description.to_string(),
        bed: model.fuel().map(bed_to_wire),
    })
    .collect()
}

/// The standard models and these.
pub(super) fn from_wire(models: &[proto::FuelModel]) -> Result<Arc<FuelModels>, WireError> {
    /// One for all: what is made of a table is kept by where it lies.
    static STANDARD: OnceLock<Arc<FuelModels>> = OnceLock::new();
    if models.is_empty() {
        return Ok(Arc::clone(STANDARD.get_or_init(|| Arc::new(FuelModels::standard()))));
    }
    if models.len() > 255 {
        return Err(WireError::new("fuel_models", "at most 255 models", models.len()));
    }
    let own = models
        .iter()
        .enumerate()
        .map(|(at, model)| one(model).map_err(|error| error.within(&format!("fuel_models[{at}]"))))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Arc::new(FuelModels::standard().with(own)))
}

fn one(model: &proto::FuelModel) -> Result<FuelModel, WireError> {
    let code = within("code", model.code.into(), 1.0, 255.0)? as u8;
    for (field, text) in [("name", &model.name), ("description", &model.description)] {
        if text.len() > TEXT_BYTES_MAX {
            let needed = format!("at most {TEXT_BYTES_MAX} bytes");
            return Err(WireError::new(field, needed, text.len()));
        }
    }
    let bed = model.bed.as_ref().map(bed_from_wire).transpose().map_err(|error| error.within("bed"))?;
    FuelModel::new(code, model.name.clone(), model.description.clone(), bed)
        .map_err(|fault| WireError::new(format!("bed, {}", fault.field), fault.needed, fault.found))
}

fn bed_to_wire(fuel: &Fuel) -> proto::FuelBed {
    proto::FuelBed {
        load_lb_ft2: fuel.load_lb_ft2.to_vec(),
        surface_to_volume_1_ft: fuel.surface_to_volume_1_ft.to_vec(),
        depth_ft: fuel.depth_ft,
        dead_extinction_moisture: fuel.dead_extinction_moisture,
        dead_heat_btu_lb: fuel.dead_heat_btu_lb,
        live_heat_btu_lb: fuel.live_heat_btu_lb,
        herbaceous_cures: fuel.herbaceous_cures,
    }
}

fn bed_from_wire(bed: &proto::FuelBed) -> Result<Fuel, WireError> {
    let five = |field: &str, values: &[f64]| {
        <[f64; 5]>::try_from(values).map_err(|_| WireError::new(field, "5 numbers", values.len()))
    };
    Ok(Fuel {
        load_lb_ft2: five("load_lb_ft2", &bed.load_lb_ft2)?,
        surface_to_volume_1_ft: five("surface_to_volume_1_ft", &bed.surface_to_volume_1_ft)?,
        depth_ft: bed.depth_ft,
        dead_extinction_moisture: bed.dead_extinction_moisture,
        dead_heat_btu_lb: bed.dead_heat_btu_lb,
        live_heat_btu_lb: bed.live_heat_btu_lb,
        herbaceous_cures: bed.herbaceous_cures,
    })
}
