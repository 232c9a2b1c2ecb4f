//! Fuel codes and canopy.

use std::collections::BTreeMap;

use firecore::landscape::Canopy;
use firecore::units::{KG_M3_PER_LB_FT3, M_PER_FT};

use super::*;

/// Tallest canopy that is taken, m: the tallest tree measures 116 m.
const HEIGHT_M_MAX: f32 = 150.0;
const HEIGHT_NEEDED: &str = "at most 150 m in the layer's unit, or a value that the file says is no data";

/// Densest canopy that is taken, kg/m3: ten times 0.45, LANDFIRE's densest, and a little more.
const DENSITY_KG_M3_MAX: f32 = 5.0;
const DENSITY_NEEDED: &str = "at most 5 kg/m3 in the layer's unit, or a value that the file says is no data";

/// Codes of a fuel layer; what means nothing counts as no data, and a note says how many cells and which.
pub(super) fn fuel_codes(
    cells: &[f32],
    path: &Path,
    meaning: &FuelMeaning,
) -> (Vec<FuelCode>, Vec<InputNote>) {
    let mut notes = Vec::new();
    let mut unknown: BTreeMap<i64, usize> = BTreeMap::new();
    // Asked once for each number, not for each cell.
    let known: [Option<FuelCode>; 256] = std::array::from_fn(|code| meaning.code(code as f32));
    let codes = cells
        .iter()
        .map(|&cell| {
            let whole = cell as u8;
            let code = if f32::from(whole) == cell { known[usize::from(whole)] } else { meaning.code(cell) };
            code.unwrap_or_else(|| {
                *unknown.entry(cell as i64).or_default() += 1;
                FUEL_NO_DATA
            })
        })
        .collect();
    notes.push(used("fuel", format!("{}{}", path.display(), meaning.in_words())));
    notes.extend_from_slice(meaning.notes());
    if !unknown.is_empty() {
        let total: usize = unknown.values().sum();
        let mut parts: Vec<String> =
            unknown.iter().take(5).map(|(code, count)| format!("{code} in {count}")).collect();
        if unknown.len() > 5 {
            parts.push(format!("{} other codes", unknown.len() - 5));
        }
        let source = format!(
            "{}: {total} cells hold {}, taken as no data: {}",
            path.display(),
            meaning.unknown_in_words(),
            parts.join(", ")
        );
        notes.push(builtin::fallback("fuel", &source, None));
    }
    (codes, notes)
}

/// Canopy layers. Cover and height are needed for any canopy at all; without base height or bulk density there is
/// shelter from the wind but no crown fire.
pub(super) fn canopy(source: &Source) -> Result<(Option<Canopy>, Vec<InputNote>), InputsError> {
    let mut notes = Vec::new();
    let read = |layer| source.layer(layer, Method::Bilinear);
    let (cover, height) = (read(Layer::Cover)?, read(Layer::Height)?);
    let cover = cover.map(|cover| {
        let is_class = cover.unit.contains("classes");
        let most = if is_class { 4.0 } else { 1.005 / cover_factor(&cover.unit) };
        cover.within(f32::MIN..=most, "canopy cover", "at most 100 percent, or class 4")
    });
    let cover = cover.transpose()?;
    let height = height
        .map(|height| held(height, height_factor, HEIGHT_M_MAX, ["canopy height", HEIGHT_NEEDED]))
        .transpose()?;
    let is_missing = [cover.is_none(), height.is_none()];
    // Packed before the next layers are read.
    let stands = cover.zip(height).map(|(mut cover, height)| {
        if cover.unit.contains("classes") {
            cover.cells.iter_mut().for_each(|cell| *cell = cover_of_class(*cell));
        }
        let folder = cover.path.parent().unwrap_or(&cover.path).display().to_string();
        let canopy = Canopy::bare(source.shape.len())
            .with_cover(&scaled(cover, cover_factor))
            .with_height_m(&scaled(height, height_factor));
        (canopy, folder)
    });
    let base_height = read(Layer::BaseHeight)?
        .map(|base| held(base, height_factor, HEIGHT_M_MAX, ["canopy base height", HEIGHT_NEEDED]))
        .transpose()?;
    let bulk_density = read(Layer::BulkDensity)?
        .map(|bulk| held(bulk, density_factor, DENSITY_KG_M3_MAX, ["canopy bulk density", DENSITY_NEEDED]))
        .transpose()?;
    let [no_cover, no_height] = is_missing;
    let missing: Vec<&str> = [
        ("cc", no_cover),
        ("ch", no_height),
        ("cbh", base_height.is_none()),
        ("cbd", bulk_density.is_none()),
    ]
    .into_iter()
    .filter_map(|(name, is_missing)| is_missing.then_some(name))
    .collect();
    let Some((mut canopy, folder)) = stands else {
        let source = format!("built-in: no canopy; missing {}", missing.join(", "));
        notes.push(builtin::fallback("canopy", &source, None));
        return Ok((None, notes));
    };
    notes.push(used("canopy", folder.clone()));
    if !missing.is_empty() {
        let source = format!("{folder}: {} missing, so that no crown can burn", missing.join(" and "));
        notes.push(builtin::fallback("canopy", &source, None));
    }
    if let (Some(base), Some(bulk)) = (base_height, bulk_density) {
        canopy = canopy
            .with_base_height_m(&scaled(base, height_factor))
            .with_bulk_density_kg_m3(&scaled(bulk, density_factor));
    }
    Ok((Some(canopy), notes))
}

/// A layer of heights or densities whose values, in SI, are not above the most.
fn held(
    layer: LayerCells,
    factor_of: impl Fn(&str) -> f32,
    most: f32,
    [what, needed]: [&'static str; 2],
) -> Result<LayerCells, InputsError> {
    let told = f32::MIN..=most / factor_of(&layer.unit);
    layer.within(told, what, needed)
}

/// The whole ground in one step of a cover layer: a hundredth, unless the file says otherwise.
fn cover_factor(unit: &str) -> f32 {
    if unit.contains("fraction") { 1.0 } else { 0.01 }
}

/// Metres in one step of a height layer: a tenth, unless the file says otherwise.
fn height_factor(unit: &str) -> f32 {
    let (tenths, feet) = (unit.contains("10"), unit.contains("feet") || unit.contains("foot"));
    match (tenths, feet) {
        (true, true) => 0.1 * M_PER_FT as f32,
        (true, false) => 0.1,
        (false, true) => M_PER_FT as f32,
        (false, false) if unit.contains("met") => 1.0,
        (false, false) => 0.1,
    }
}

/// kg/m3 in one step of a bulk density layer: a hundredth, unless the file says otherwise.
fn density_factor(unit: &str) -> f32 {
    match unit {
        _ if unit.contains("lb/ft3 x 1000") => (0.001 * KG_M3_PER_LB_FT3) as f32,
        _ if unit.contains("lb/ft3") => KG_M3_PER_LB_FT3 as f32,
        _ if unit.contains("100") || !unit.contains("kg") => 0.01,
        _ => 1.0,
    }
}

/// Cover from the classes that old landscape files have: the middle of each. Source: FARSITE, 1 to 20, to 50, to 80 and to 100 percent.
fn cover_of_class(class: f32) -> f32 {
    const COVER_PERCENT: [f32; 5] = [0.0, 10.5, 35.5, 65.5, 90.5];
    COVER_PERCENT.get(class.max(0.0) as usize).copied().unwrap_or(0.0)
}

/// Values in SI by the factor of the layer's unit; nothing grows where there is no data.
fn scaled(layer: LayerCells, factor_of: impl Fn(&str) -> f32) -> Vec<f32> {
    let factor = factor_of(&layer.unit);
    layer.cells.into_iter().map(|value| if value > 0.0 { value * factor } else { 0.0 }).collect()
}
