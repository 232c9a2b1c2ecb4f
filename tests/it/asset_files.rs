//! Files of assets that change while the service runs: the list follows, and the fires near what changed hear of it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::http::{Method, StatusCode};
use firecore::asset::AssetIndex;
use guira::engine::assets::AssetsWatch;
use guira::inputs::assets::AssetFiles;
use guira::settings::HttpSettings;
use serde_json::{Value, json};

use crate::support::{Setup, TestService, detection, in_time, json_request};

/// A service whose list comes from a file, at which it looks all the time.
struct Watched {
    service: TestService,
    watch: AssetsWatch,
    file: PathBuf,
    _folder: tempfile::TempDir,
}

const HEAD: &str = "id,kind,lon,lat,clearance_min\n";

/// 2.6 km from a place where a fire will be, and far from it.
const FARM: &str = "farm,farm,-110.03,38,\n";
const MAST: &str = "mast,mast,-90,38,\n";

impl Watched {
    async fn start(rows: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("assets.csv");
        write(&file, rows);
        let clearance_min = BTreeMap::from([("hospital".to_owned(), 240.0)]);
        let mut files = AssetFiles::new(std::slice::from_ref(&file), &clearance_min);
        let assets = files.read().unwrap();
        let http = HttpSettings { assets_max: 1, ..HttpSettings::default() };
        let setup = Setup { assets: AssetIndex::new(assets.clone()).unwrap(), http, ..Setup::new() };
        let service = setup.start().await;
        let engine = Arc::clone(&service.engine);
        let watch = AssetsWatch::start(files, &assets, engine, Duration::from_millis(10));
        Self { service, watch, file, _folder: folder }
    }

    async fn health(&self) -> Value {
        self.service.get("/health").await.json()["components"]["assets"].clone()
    }

    async fn until(&self, what: &str, wanted: impl Fn(&Value) -> bool) {
        let shown = async {
            while !wanted(&self.health().await) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        in_time(what, shown).await;
    }

    async fn ids(&self) -> Vec<String> {
        let list = self.service.get("/assets").await.json();
        let features = list["features"].as_array().unwrap().iter();
        features.map(|feature| feature["id"].as_str().unwrap().to_owned()).collect()
    }
}

/// Writes the file with a time of change of its own: some systems count them coarsely.
fn write(file: &Path, rows: &[&str]) {
    let before =
        std::fs::metadata(file).and_then(|metadata| metadata.modified()).unwrap_or(SystemTime::UNIX_EPOCH);
    std::fs::write(file, HEAD.to_owned() + &rows.concat()).unwrap();
    let changed = before + Duration::from_secs(1);
    std::fs::File::options().append(true).open(file).unwrap().set_modified(changed).unwrap();
}

#[tokio::test]
async fn a_changed_file_makes_the_fires_that_it_touches_decide_anew_and_leaves_others_alone() {
    let watched = Watched::start(&[FARM]).await;
    let service = &watched.service;
    let view = service.settle(&[detection(-120.0, 38.0), detection(-110.0, 38.0)]).await;
    let [near, far] = [-120.0, -110.0].map(|lon| {
        let mut fires = view.clusters.iter().map(|(fire, _)| fire);
        fires.find(|fire| fire.bounds.is_some_and(|bounds| bounds.west_deg == lon)).unwrap().id
    });
    let before = service.engine.board().get(far).unwrap();
    write(&watched.file, &[FARM, "clinic,hospital,-120.002,38,\n"]);
    let version = |board: &guira::engine::board::Board| {
        board.get(near).unwrap().forecast.as_ref().unwrap().forecast.plan.version
    };
    service.until(|board| version(board) == 2).await;
    let fire = service.get(&format!("/clusters/{near}")).await.json();
    assert_eq!(fire["strategy"]["method"], "physx", "{fire}");
    assert!(Arc::ptr_eq(&before, &service.engine.board().get(far).unwrap()));
    // Its kind's clearance, which lies behind the front: 176 m at 0.05 m/s are an hour.
    let assets = service.get(&format!("/clusters/{near}/assets")).await.json();
    let clinic = &assets["assets"][0];
    assert_eq!(
        (&clinic["id"], &clinic["clearance_s"], &clinic["overdue"]),
        (&json!("clinic"), &json!(14_400), &json!(true))
    );
    write(&watched.file, &[FARM]);
    service.until(|board| version(board) == 3).await;
    watched.watch.stop().await;
}

#[tokio::test]
async fn what_was_changed_over_http_stays_until_the_file_says_something_else_of_it() {
    let watched = Watched::start(&[FARM, MAST]).await;
    let put = async |id: &str| {
        let point = json!({"type": "Feature", "properties": {"kind": "camp"}, "geometry": {"type": "Point", "coordinates": [10, 20]}});
        watched
            .service
            .send(json_request(Method::PUT, &format!("/assets/{id}"), point.to_string()))
            .await
            .status
    };
    let kind = async |id: &str| {
        watched.service.get(&format!("/assets/{id}")).await.json()["properties"]["kind"].clone()
    };
    assert_eq!(put("tent").await, StatusCode::CREATED);
    assert_eq!(put("another").await, StatusCode::UNPROCESSABLE_ENTITY, "one beside those of the file");
    assert_eq!(put("mast").await, StatusCode::OK);
    write(&watched.file, &["farm,ranch,-110.03,38,\n", MAST]);
    watched.until("third change", |health| health["version"] == 4).await;
    assert_eq!(watched.ids().await, ["farm", "mast", "tent"]);
    assert_eq!((kind("farm").await, kind("mast").await), (json!("ranch"), json!("camp")));
    write(&watched.file, &["mast,tower,-90,38,\n"]);
    watched.until("fourth change", |health| health["version"] == 5).await;
    assert_eq!(watched.ids().await, ["mast", "tent"]);
    assert_eq!(kind("mast").await, "tower");
    watched.watch.stop().await;
}

#[tokio::test]
async fn a_broken_file_keeps_the_list_and_the_health_says_so_until_it_is_whole() {
    let watched = Watched::start(&[FARM]).await;
    let health = watched.health().await;
    assert_eq!(
        (&health["status"], &health["files"], &health["from_files"], &health["trouble"]),
        (&json!("ok"), &json!(1), &json!(1), &Value::Null)
    );
    write(&watched.file, &[FARM, "clinic,hospital,-120.002,north,\n"]);
    watched.until("trouble", |health| health["status"] == "degraded").await;
    let health = watched.health().await;
    assert!(
        health["trouble"].as_str().unwrap().contains("feature 2: needed a latitude in degrees"),
        "{health}"
    );
    assert_eq!(watched.ids().await, ["farm"]);
    write(&watched.file, &[FARM, MAST]);
    watched.until("end of the trouble", |health| health["status"] == "ok").await;
    assert_eq!(watched.ids().await, ["farm", "mast"]);
    watched.watch.stop().await;
}
