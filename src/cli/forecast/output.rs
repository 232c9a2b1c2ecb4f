//! The files at the top of the results folder: all fires' perimeters, and the main fire's raster and picture.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, ensure};
use firecore::forecast::Forecast;
use firecore::ignition::Perturbation;
use firecore::spread::{StopToken, spread_in_detail};
use firecore::strategy::Method;
use guira::artifacts::impact::assets_document;
use guira::artifacts::{
    ARRIVAL_FILE, ASSETS_FILE, CONTROL_FILES, Control, GEOJSON_FILE, PICTURE_FILE, PictureExtras,
    forecast_geojson, write_control, write_into, write_picture,
};
use guira::components::Components;
use guira::inputs::InputSet;
use serde_json::{Value, json};

use super::Outcome;
use super::verify::Observed;

/// Removes the files of an earlier run: they would be taken for this one's if it failed.
pub(super) fn clear(folder: &Path) -> anyhow::Result<()> {
    let names = [GEOJSON_FILE, ASSETS_FILE, ARRIVAL_FILE, PICTURE_FILE].into_iter().chain(CONTROL_FILES);
    for path in names.map(|name| folder.join(name)) {
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(error).with_context(|| format!("cannot replace {}", path.display()));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Writes the files; the fire with the most detections is the main one, and `layers` asks for how its front moved.
pub(super) async fn write(
    folder: &Path,
    Outcome { forecasts, all_kept, .. }: &Outcome,
    components: &Components,
    observed: Option<&Observed>,
    layers: bool,
) -> anyhow::Result<Vec<PathBuf>> {
    let Some(main) = main_of(forecasts) else { return Ok(Vec::new()) };
    // The engine has written the same files; only a picture that shows more is another.
    let same = match observed {
        None => &[GEOJSON_FILE, ASSETS_FILE, ARRIVAL_FILE, PICTURE_FILE][..],
        Some(_) => &[GEOJSON_FILE, ASSETS_FILE, ARRIVAL_FILE],
    };
    let copied = *all_kept && components.artifacts.copy_into(folder, main, same).is_ok();
    if !copied || observed.is_some() {
        let landscape = inputs(main, components).await?.landscape;
        let extras = PictureExtras {
            later_detections: observed.map(|observed| observed.places.clone()).unwrap_or_default(),
            ..PictureExtras::default()
        };
        match copied {
            true => write_picture(folder, main, Some(&landscape), &extras)?,
            false => drop(write_into(folder, main, Some(&landscape), &extras)?),
        }
    }
    if forecasts.len() > 1 {
        let path = folder.join(GEOJSON_FILE);
        std::fs::write(&path, format!("{}\n", together(forecasts)))
            .with_context(|| format!("cannot write {}", path.display()))?;
        let path = folder.join(ASSETS_FILE);
        let documents: Vec<Value> = forecasts.iter().map(|forecast| assets_document(forecast)).collect();
        std::fs::write(&path, format!("{}\n", json!({ "forecasts": documents })))
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    let mut written =
        [GEOJSON_FILE, ASSETS_FILE, ARRIVAL_FILE, PICTURE_FILE].map(|name| folder.join(name)).to_vec();
    if layers && main.plan.method == Method::PhysX {
        written.extend(write_control(folder, main, &control(main, components).await?)?);
    }
    Ok(written)
}

/// What the engine has just used, from the inputs' own cache.
async fn inputs(forecast: &Forecast, components: &Components) -> anyhow::Result<InputSet> {
    let seed = &forecast.plan.seed;
    Ok(components.inputs.fetch(seed.area(), seed.seeded_at, forecast.plan.horizon_s()).await?)
}

fn main_of(forecasts: &[Arc<Forecast>]) -> Option<&Arc<Forecast>> {
    forecasts.iter().max_by_key(|forecast| forecast.plan.detection_count)
}

/// Refuses where layers were asked for and the main fire has none.
pub(super) fn check_layers(forecasts: &[Arc<Forecast>]) -> anyhow::Result<()> {
    let method = main_of(forecasts).map(|main| main.plan.method);
    ensure!(
        method == Some(Method::PhysX),
        "--arrival-layers needs a forecast by physx, found {}: --method physx takes it for all fires",
        method.map_or("none".to_owned(), |method| method.to_string())
    );
    Ok(())
}

/// The main fire once more, with its start and its inputs as they were given.
async fn control(forecast: &Arc<Forecast>, components: &Components) -> anyhow::Result<Control> {
    let inputs = inputs(forecast, components).await?;
    let plan = Arc::clone(forecast);
    let run = move |stop: &StopToken| {
        let plan = &plan.plan;
        let (landscape, weather) = (&inputs.landscape, &inputs.weather);
        let (none, horizon_s) = (Perturbation::NONE, plan.horizon_s());
        spread_in_detail(&plan.seed, &none, &plan.physics, landscape, weather, horizon_s, stop)
    };
    let (times, on_arrival) = components.pool.run(forecast.plan.priority, run).await??;
    Ok(Control { times, on_arrival })
}

/// One collection of all fires' features, and what each forecast says of itself.
fn together(forecasts: &[Arc<Forecast>]) -> Value {
    let (mut features, mut fires) = (Vec::new(), Vec::new());
    for forecast in forecasts {
        let mut one = forecast_geojson(forecast);
        if let Some(Value::Array(own)) = one.get_mut("features").map(Value::take) {
            features.extend(own);
        }
        if let Value::Object(members) = &mut one {
            members.retain(|name, _| name != "features" && name != "type");
        }
        fires.push(one);
    }
    json!({ "type": "FeatureCollection", "features": features, "forecasts": fires })
}
