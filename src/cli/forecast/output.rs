//! The files at the top of the results folder: all fires' perimeters, and the main fire's raster and picture.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use firecore::forecast::Forecast;
use firecore::geo::Bounds;
use firecore::landscape::Landscape;
use geo::BoundingRect;
use guira::artifacts::{
    ARRIVAL_FILE, GEOJSON_FILE, PICTURE_FILE, PictureExtras, forecast_geojson, write_into, write_picture,
};
use guira::components::Components;
use serde_json::{Value, json};

use super::verify::Observed;

/// Removes the files of an earlier run: they would be taken for this one's if it failed.
pub(super) fn clear(folder: &Path) -> anyhow::Result<()> {
    for path in [GEOJSON_FILE, ARRIVAL_FILE, PICTURE_FILE].map(|name| folder.join(name)) {
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(error).with_context(|| format!("cannot replace {}", path.display()));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Writes the files; the fire with the most detections is the main one. `all_kept`: the engine has written files of each.
pub(super) async fn write(
    folder: &Path,
    forecasts: &[Arc<Forecast>],
    all_kept: bool,
    components: &Components,
    observed: Option<&Observed>,
) -> anyhow::Result<Vec<PathBuf>> {
    let Some(main) = forecasts.iter().max_by_key(|forecast| forecast.plan.detection_count) else {
        return Ok(Vec::new());
    };
    // The engine has written the same files; only a picture that shows more is another.
    let same = match observed {
        None => &[GEOJSON_FILE, ARRIVAL_FILE, PICTURE_FILE][..],
        Some(_) => &[GEOJSON_FILE, ARRIVAL_FILE],
    };
    let copied = all_kept && components.artifacts.copy_into(folder, main, same).is_ok();
    if !copied || observed.is_some() {
        let landscape = landscape(main, components).await?;
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
    }
    Ok([GEOJSON_FILE, ARRIVAL_FILE, PICTURE_FILE].map(|name| folder.join(name)).to_vec())
}

/// The landscape that the engine has just used, from the inputs' own cache.
async fn landscape(main: &Forecast, components: &Components) -> anyhow::Result<Arc<Landscape>> {
    let seed = &main.plan.seed;
    let places: geo::MultiPoint<f64> = seed
        .burning
        .iter()
        .map(|ignition| geo::Point::new(ignition.position.lon_deg(), ignition.position.lat_deg()))
        .collect();
    let bounds = places.bounding_rect().context("BUG: a forecast without ignitions")?;
    let area = Bounds {
        west_deg: bounds.min().x,
        south_deg: bounds.min().y,
        east_deg: bounds.max().x,
        north_deg: bounds.max().y,
    };
    Ok(components.inputs.fetch(area, seed.seeded_at, main.plan.horizon_s()).await?.landscape)
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
