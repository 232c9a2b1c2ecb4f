use serde_json::Value;

use super::test_forecast::forecast_at;
use super::*;
use crate::inputs::demo;

#[test]
fn the_features_say_what_was_forecast_and_the_rest_what_it_was_made_from() {
    let forecast = forecast_at(-119.5, 34.5);
    let document = forecast_geojson(&forecast);
    assert_eq!(document["type"], "FeatureCollection");
    assert_eq!(document["features"].as_array().unwrap().len(), 6);
    let last = &document["features"][5]["properties"];
    assert_eq!(last["method"], "physx");
    assert_eq!((&last["percentile"], &last["lead_time_s"]), (&Value::from(90), &Value::from(7200)));
    assert_eq!(last["valid_time"], "2024-08-01T22:00:00Z");
    assert_eq!(last["cluster_id"], "12345678-9abc-4def-8123-456789abcdef");
    assert_eq!(last["detection_count"], 3);
    assert!(last["area_ha"].as_f64().unwrap() > 1000.0 && last["intensity"].as_f64().unwrap() > 0.0);
    assert_eq!((&document["members_used"], &document["members_lost"]), (&Value::from(19), &Value::from(1)));
    assert_eq!((&last["area_ha_low"], &last["area_ha_high"]), (&Value::from(900.0), &Value::Null));
    let p10 = &document["features"][3]["properties"];
    assert_eq!((&p10["area_ha_low"], &p10["area_ha_high"]), (&Value::Null, &Value::from(1_100.04)));
    assert_eq!((&p10["band"]["members"], &p10["band"]["rank"]), (&Value::from(19), &Value::from(18)));
    assert_eq!(
        (&document["provisional"], &document["ended"]),
        (&Value::from(false), &Value::from("all_members"))
    );
    assert_eq!(
        (&document["issued_at"], &document["no_spread"]),
        (&Value::from("2024-08-01T20:03:00Z"), &Value::Null)
    );
    assert_eq!(document["inputs"][0]["fallback"], true);
    assert_eq!(document["physics"]["crown_fire"], "cruz-2005");
    assert_eq!(document["physics"]["embers_per_gj"], 0.05);
    assert_eq!(document["degradations"][0], "1 of 20 members was lost: out of time");
}

#[test]
fn rings_are_closed_turn_the_right_way_and_have_seven_decimals() {
    let document = forecast_geojson(&forecast_at(-119.5, 34.5));
    for feature in document["features"].as_array().unwrap() {
        for polygon in feature["geometry"]["coordinates"].as_array().unwrap() {
            for (index, ring) in polygon.as_array().unwrap().iter().enumerate() {
                let points: Vec<(f64, f64)> = ring
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|at| (at[0].as_f64().unwrap(), at[1].as_f64().unwrap()))
                    .collect();
                assert_eq!(points.first(), points.last());
                let turned: f64 = points.windows(2).map(|p| p[0].0 * p[1].1 - p[1].0 * p[0].1).sum();
                assert_eq!(turned > 0.0, index == 0, "ring {index}");
                let exact = points.iter().all(|(lon, lat)| {
                    ((lon * 1e7).round() / 1e7 - lon).abs() < 1e-12
                        && ((lat * 1e7).round() / 1e7 - lat).abs() < 1e-12
                });
                assert!(exact);
            }
        }
    }
}

#[test]
fn the_same_forecast_gives_the_same_bytes() {
    let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let forecast = forecast_at(179.99, -17.5);
    let write = |folder: &Path| write_into(folder, &forecast, None, &PictureExtras::default()).unwrap().files;
    for (a, b) in write(first.path()).iter().zip(write(second.path())) {
        assert!(fs::read(a).unwrap() == fs::read(&b).unwrap(), "{}", b.display());
    }
}

#[tokio::test]
async fn the_files_lie_in_a_folder_of_their_own_and_no_part_is_left() {
    let root = tempfile::tempdir().unwrap();
    let artifacts = Artifacts::new(root.path().join("with space"));
    let forecast = forecast_at(-119.6, 35.05);
    let world = Arc::new(demo::landscape());
    let extras = PictureExtras {
        later_detections: vec![LonLat::new(-119.59, 35.05).unwrap()],
        observed: forecast.perimeters.first().map(|perimeter| perimeter.perimeter.clone()),
        title: Some("A test".to_owned()),
    };
    let set = artifacts.put(Arc::new(forecast.clone()), Some(world), extras).await.unwrap();
    assert!(set.uri.starts_with("file:///") && set.uri.contains("with%20space"), "{}", set.uri);
    assert!(set.uri.ends_with("/12345678-9abc-4def-8123-456789abcdef/000007"), "{}", set.uri);
    let folder = artifacts.folder(&forecast);
    let mut names: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, [ARRIVAL_FILE, ASSETS_FILE, GEOJSON_FILE, PICTURE_FILE]);
    let picture = fs::File::open(folder.join(PICTURE_FILE)).unwrap();
    let info = png::Decoder::new(std::io::BufReader::new(picture)).read_info().unwrap();
    assert_eq!((info.info().width, info.info().height), (1300, 960));
}

#[test]
fn the_arrival_raster_reads_back_in_its_zone() {
    let forecast = forecast_at(-119.5, 34.5);
    let bytes = raster::arrival_hours(&forecast).unwrap();
    let mut decoder = tiff::decoder::Decoder::new(std::io::Cursor::new(bytes)).unwrap();
    assert_eq!(decoder.dimensions().unwrap(), (160, 160));
    let keys = decoder.get_tag_u16_vec(tiff::tags::Tag::GeoKeyDirectoryTag).unwrap();
    assert!(keys.chunks(4).any(|key| key == [3072, 0, 1, 32611]));
    let tiff::decoder::DecodingResult::F32(hours) = decoder.read_image().unwrap() else {
        panic!("not float32")
    };
    let shape = &forecast.arrival.shape;
    assert_eq!(hours[shape.index(80, 80)], 0.0);
    // Beyond the horizon, and on ground that does not burn.
    assert_eq!((hours[0], hours[shape.index(80, 150)]), (-9999.0, -9999.0));
    let reached = hours[shape.index(80, 100)];
    assert!((0.5..1.0).contains(&reached), "{reached}");
}

#[test]
fn a_forecast_without_any_perimeter_still_has_a_picture() {
    let folder = tempfile::tempdir().unwrap();
    let mut forecast = forecast_at(10.0, -33.0);
    forecast.arrival.p50_s.fill(f32::INFINITY);
    forecast.perimeters.clear();
    forecast.no_spread = Some("the ground under the ignitions does not burn: fuel 98 open water".to_owned());
    let set = write_into(folder.path(), &forecast, None, &PictureExtras::default()).unwrap();
    assert_eq!(set.files.len(), 4);
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let blocked = folder.path().join("file");
    fs::write(&blocked, "").unwrap();
    let forecast = forecast_at(10.0, 50.0);
    let error = write_into(&blocked.join("x"), &forecast, None, &PictureExtras::default()).unwrap_err();
    assert!(error.to_string().contains("file"), "{error}");
}

#[test]
fn files_are_copied_whole_and_a_missing_one_is_named() {
    let forecast = forecast_at(-119.5, 34.5);
    let root = tempfile::tempdir().unwrap();
    let (artifacts, folder) = (Artifacts::new(root.path().join("kept")), root.path().join("top"));
    let refused = artifacts.copy_into(&folder, &forecast, &[GEOJSON_FILE]).unwrap_err().to_string();
    assert!(refused.contains(GEOJSON_FILE), "{refused}");
    artifacts.put_blocking(&forecast, None, &PictureExtras::default()).unwrap();
    let names = [GEOJSON_FILE, ASSETS_FILE, ARRIVAL_FILE, PICTURE_FILE];
    artifacts.copy_into(&folder, &forecast, &names).unwrap();
    for name in names {
        let own = std::fs::read(artifacts.folder(&forecast).join(name)).unwrap();
        assert!(own.len() > 100 && own == std::fs::read(folder.join(name)).unwrap(), "{name}");
    }
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), names.len());
}
