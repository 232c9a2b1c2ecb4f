use std::time::Duration;

use super::*;
use crate::inputs::demo;

#[test]
fn the_demonstration_worlds_assets_are_read_and_indexed() {
    let index = index_from_geojson("demo", &demo::assets_geojson()).unwrap();
    let kinds: Vec<_> = index.assets().iter().filter_map(|asset| asset.kind.as_deref()).collect();
    assert_eq!(kinds, ["town", "hospital", "substation", "camp", "power_line", "reservoir"]);
    let nearest = index.nearest(demo::detections(jiff::Timestamp::UNIX_EPOCH)[0].position()).unwrap();
    assert!(nearest.distance_m < 500.0, "{nearest:?}");
}

#[test]
fn a_table_of_a_geopackage_is_named_behind_its_path() {
    let of = |text: &str| AssetFile::new(Path::new(text));
    assert_eq!(of("a.gpkg"), AssetFile { path: "a.gpkg".into(), layer: None });
    assert_eq!(
        of("b/a.gpkg|layername=power lines"),
        AssetFile { path: "b/a.gpkg".into(), layer: Some("power lines".to_owned()) }
    );
}

fn files(folder: &Path, texts: &[(&str, &str)]) -> AssetFiles {
    let paths: Vec<PathBuf> = texts.iter().map(|(name, _)| folder.join(name)).collect();
    for (path, (_, text)) in paths.iter().zip(texts) {
        std::fs::write(path, text).unwrap();
    }
    AssetFiles::new(&paths, &BTreeMap::from([("town".to_owned(), 90.0)]))
}

fn ids(assets: &[Asset]) -> Vec<&str> {
    assets.iter().map(|asset| asset.id.as_str()).collect()
}

#[test]
fn files_make_one_list_and_a_kind_has_its_clearance() {
    let folder = tempfile::tempdir().unwrap();
    let towns = ("towns.csv", "lon,lat,kind,clearance_h\n1,2,town,\n1,3,town,2\n1,4,mast,\n");
    let mut all = files(folder.path(), &[towns, ("more.csv", "lon,lat,id\n1,2,a\n1,3,\n")]);
    let assets = all.read().unwrap();
    assert_eq!(ids(&assets), ["towns/1", "towns/2", "towns/3", "a", "more/2"]);
    let clearances: Vec<Option<u32>> = assets.iter().map(|asset| asset.clearance_s).collect();
    assert_eq!(clearances, [Some(5_400), Some(7_200), None, None, None]);
    let mut twice =
        files(folder.path(), &[("b.csv", "lon,lat,id\n1,2,a\n"), ("more.csv", "lon,lat,id\n1,2,a\n")]);
    let error = twice.read().unwrap_err().to_string();
    assert!(
        error.contains("more.csv: needed ids of its own, found \"a\"") && error.contains("b.csv has"),
        "{error}"
    );
}

/// Later than what was there before, also where the system counts whole seconds.
fn write_later(path: &Path, text: &str) {
    let before = std::fs::metadata(path).unwrap().modified().unwrap();
    std::fs::write(path, text).unwrap();
    let file = std::fs::File::options().append(true).open(path).unwrap();
    file.set_modified(before + Duration::from_secs(1)).unwrap();
}

#[test]
fn a_changed_file_is_read_when_it_rests_and_a_broken_one_when_it_changes_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.csv");
    let mut all = files(folder.path(), &[("a.csv", "lon,lat,id\n1,2,a\n")]);
    all.read().unwrap();
    assert!(all.look().is_none() && all.look().is_none());
    write_later(&path, "lon,lat,id\n1,2,b");
    assert!(all.look().is_none(), "seen for the first time");
    write_later(&path, "lon,lat,id\n1,2,b\n1,3,c\n");
    assert!(all.look().is_none(), "it is still being written");
    assert_eq!(ids(&all.look().unwrap().unwrap()), ["b", "c"]);
    assert!(all.look().is_none());

    write_later(&path, "lon,lat,id\n1,north,b\n");
    assert!(all.look().is_none());
    assert!(all.look().unwrap().is_err());
    for _ in 0..LOOKS_UNTIL_RETRY {
        assert!(all.look().is_none(), "told once");
    }
    assert!(all.look().unwrap().is_err(), "once in a while it is tried again");
    write_later(&path, "lon,lat,id\n1,2,b\n");
    assert!(all.look().is_none());
    assert_eq!(ids(&all.look().unwrap().unwrap()), ["b"]);
    std::fs::remove_file(&path).unwrap();
    assert!(all.look().is_none());
    assert!(all.look().unwrap().is_err());
}
