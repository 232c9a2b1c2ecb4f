//! Terrain and fuel from tiles: whole, missing, late, gone, at the edges of the Earth's maps.

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use guira::inputs::Inputs;
use guira::inputs::online::Provider;

use super::rig::{NOW, at, cell, fetch, inputs, note, options, tile, with_landscapes};
use crate::support::replay::{Asked, Replay, Reply};

const PROVIDERS: [Provider; 2] = [Provider::CopernicusGlo30, Provider::WorldCover];

/// A plane that rises by 1000 m a degree to the east and 2000 m to the north.
fn elevation_m(lon: f64, lat: f64) -> f32 {
    (500.0 + 1000.0 * (lon + 120.0) + 2000.0 * (lat - 34.0)) as f32
}

/// WorldCover's tree cover in the north, grassland in the south. Source: its product user manual.
fn class(_: f64, lat: f64) -> f32 {
    if lat > 34.5 { 10.0 } else { 30.0 }
}

/// The tiles of southern California; the sea has none.
fn california(asked: &Asked) -> Reply {
    let tiff = |bytes: Vec<u8>| Reply::of("image/tiff", bytes).header("ETag", "\"1\"");
    match asked.target.as_str() {
        path if path.contains("N34_00_W120_00") => tiff(tile(-120.0, 35.0, 1.0, 240, elevation_m)),
        path if path.contains("N34_00_W119_00") => tiff(tile(-119.0, 35.0, 1.0, 240, elevation_m)),
        path if path.contains("N33W120") => tiff(tile(-120.0, 36.0, 3.0, 360, class)),
        _ => Reply::status(404),
    }
}

#[test]
fn terrain_and_fuel_come_from_the_tiles_that_a_fire_touches_and_say_so() {
    let folder = tempfile::tempdir().unwrap();
    let server = Replay::start(california);
    let set = fetch(&inputs(options(&server, folder.path(), &PROVIDERS)), -119.0, 34.45);
    assert!(note(&set, "terrain").source.starts_with("Copernicus DEM GLO-30"), "{:?}", set.notes);
    assert!(note(&set, "fuel").source.contains("classes of worldcover-arid"), "{:?}", set.notes);
    assert!(!note(&set, "terrain").fallback && !note(&set, "fuel").fallback && note(&set, "canopy").fallback);
    // On both sides of the seam, and on it.
    for lon in [-119.02, -119.000_1, -118.999_9, -118.98] {
        let found = set.landscape.terrain.elevation_m(cell(&set, lon, 34.45));
        assert!((found - elevation_m(lon, 34.45)).abs() < 5.0, "{lon}: {found}");
    }
    let here = cell(&set, -119.01, 34.45);
    // 1000 m a degree of longitude, 91.9 km at 34.45 degrees; 2000 m a degree of latitude, 110.9 km.
    assert!(
        (set.landscape.terrain.rise(here)[0] - 0.0109).abs() < 1e-3,
        "{}",
        set.landscape.terrain.rise(here)[0]
    );
    assert!(
        (set.landscape.terrain.rise(here)[1] - 0.0180).abs() < 1e-3,
        "{}",
        set.landscape.terrain.rise(here)[1]
    );
}

/// A folder may have fuel alone: the ground under it is then that of the tiles.
#[test]
fn a_folder_without_elevation_takes_it_from_the_tiles() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("fbfm40.tif"), tile(-120.0, 35.0, 1.0, 1200, |_, _| 145.0)).unwrap();
    let server = Replay::start(california);
    let online = |server: &Replay| {
        let landscapes = vec![folder.path().to_owned()];
        let cache = folder.path().join("cache");
        with_landscapes(options(server, &cache, &PROVIDERS), landscapes)
    };
    let set = fetch(&online(&server), -119.5, 34.45);
    let here = cell(&set, -119.5, 34.45);
    assert_eq!(set.landscape.fuel[here], 145);
    let found = set.landscape.terrain.elevation_m(here);
    assert!((found - elevation_m(-119.5, 34.45)).abs() < 5.0, "{found}");
    assert!(note(&set, "terrain").source.starts_with("Copernicus DEM GLO-30"), "{:?}", set.notes);
    let nowhere = Replay::start(|_| Reply::status(500));
    std::fs::remove_dir_all(folder.path().join("cache")).unwrap();
    let set = fetch(&online(&nowhere), -119.5, 34.45);
    let terrain = note(&set, "terrain");
    assert!(
        terrain.fallback && terrain.source.contains("no dem, slp and asp given; copernicus"),
        "{terrain:?}"
    );
    assert_eq!(set.landscape.fuel[cell(&set, -119.5, 34.45)], 145);
}

/// Its own elevation stays, even where a cell has none: that is told, not mended with another's.
#[test]
fn a_folder_with_a_hole_in_its_elevation_keeps_it() {
    let folder = tempfile::tempdir().unwrap();
    let dem = tile(-120.0, 35.0, 1.0, 1200, |lon, _| if lon < -119.31 { f32::NAN } else { 77.0 });
    std::fs::write(folder.path().join("dem.tif"), dem).unwrap();
    std::fs::write(folder.path().join("fbfm40.tif"), tile(-120.0, 35.0, 1.0, 1200, |_, _| 145.0)).unwrap();
    let server = Replay::start(california);
    let cache = folder.path().join("cache");
    let set = fetch(
        &with_landscapes(options(&server, &cache, &PROVIDERS), vec![folder.path().to_owned()]),
        -119.3,
        34.35,
    );
    assert_eq!(set.landscape.terrain.elevation_m(cell(&set, -119.3, 34.35)), 77.0);
    let said: Vec<&str> =
        set.notes.iter().filter(|note| note.input == "terrain").map(|note| note.source.as_str()).collect();
    assert!(said[0].contains("dem.tif") && said[1].contains("cells that burn, taken as 0 m"), "{said:?}");
    assert!(server.asked().is_empty(), "{:?}", server.asked());
}

#[test]
fn what_was_fetched_serves_again_without_a_request_and_without_a_network() {
    let folder = tempfile::tempdir().unwrap();
    let server = Replay::start(california);
    let options = options(&server, folder.path(), &PROVIDERS);
    let first = inputs(options.clone());
    let before = fetch(&first, -119.0, 34.45);
    let requests = server.asked().len();
    assert!(Arc::ptr_eq(&before.landscape, &fetch(&first, -119.0, 34.45).landscape));
    assert_eq!(server.asked().len(), requests);
    drop(server);
    let after = fetch(&inputs(options), -119.0, 34.45);
    assert_eq!(before.landscape, after.landscape);
    assert_eq!(note(&after, "terrain").source, note(&before, "terrain").source);
}

#[test]
fn a_tile_that_is_not_there_is_the_sea() {
    let folder = tempfile::tempdir().unwrap();
    let server = Replay::start(california);
    let inputs = inputs(options(&server, folder.path(), &PROVIDERS));
    // On the coast of the tiles: land in the east.
    let coast = fetch(&inputs, -119.999, 34.5);
    assert_eq!(coast.landscape.fuel[cell(&coast, -120.01, 34.5)], 98, "water");
    assert_eq!(coast.landscape.terrain.elevation_m(cell(&coast, -120.01, 34.5)), 0.0);
    assert!(coast.landscape.burns(cell(&coast, -119.98, 34.45)));
    // Far out.
    let sea = fetch(&inputs, -140.0, 20.0);
    for input in ["terrain", "fuel"] {
        let note = note(&sea, input);
        assert!(note.fallback && note.source.ends_with(": no tile here, which means sea"), "{:?}", sea.notes);
    }
    assert!(sea.landscape.fuel.iter().all(|fuel| *fuel == 98));
}

#[test]
fn land_without_land_cover_is_no_water() {
    let folder = tempfile::tempdir().unwrap();
    let server = Replay::start(|asked| match asked.target.contains("/worldcover/") {
        true => Reply::status(404),
        false => california(asked),
    });
    let set = fetch(&inputs(options(&server, folder.path(), &PROVIDERS)), -119.5, 34.45);
    let fuel = note(&set, "fuel");
    assert!(
        fuel.fallback && fuel.source.contains("worldcover: no tile here, and the ground lies at 1900 m"),
        "{fuel:?}"
    );
    assert!(set.landscape.burns(cell(&set, -119.5, 34.45)));
}

/// A cache is filled before the network goes: whoever types it without one must hear of it.
#[test]
fn a_fetch_that_brings_nothing_at_all_fails() {
    let folder = tempfile::tempdir().unwrap();
    let server = Replay::start(california);
    let fetch = |origin: &str| {
        let settings = format!(
            "[inputs]\nreach_m = 1000.0\n[inputs.online]\nterrain = [\"copernicus-glo-30\"]\nfuel = []\nweather = []\n\
             private_hosts = [\"127.0.0.1\"]\ncache_dir = {:?}\naddresses = {{ copernicus-glo-30 = \"{origin}\" }}\n",
            folder.path().join("cache")
        );
        std::fs::write(folder.path().join("guira.toml"), settings).unwrap();
        let flags = [
            "inputs",
            "fetch",
            "--bbox",
            "-119.6,34.4,-119.5,34.5",
            "--wait-s",
            "2",
            "--config",
            "guira.toml",
        ];
        Command::new(env!("CARGO_BIN_EXE_guira")).args(flags).current_dir(folder.path()).output().unwrap()
    };
    let out = fetch("http://127.0.0.1:1");
    let error = String::from_utf8(out.stderr).unwrap();
    assert!(!out.status.success() && error.contains("nothing came for any piece of the box"), "{error}");
    let out = fetch(&server.origin);
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    drop(server);
    assert!(fetch("http://127.0.0.1:1").status.code() == Some(1), "another address has another cache");
}

#[test]
fn a_fire_at_the_antimeridian_and_one_in_the_far_north_get_their_ground() {
    let folder = tempfile::tempdir().unwrap();
    let server = Replay::start(|asked| {
        let tiff = |bytes: Vec<u8>| Reply::of("image/tiff", bytes).header("ETag", "\"1\"");
        match asked.target.as_str() {
            path if path.contains("S17_00_E179_00") => tiff(tile(179.0, -16.0, 1.0, 240, |_, _| 100.0)),
            path if path.contains("S17_00_W180_00") => tiff(tile(-180.0, -16.0, 1.0, 240, |_, _| 200.0)),
            path if path.contains("S18E177") => tiff(tile(177.0, -15.0, 3.0, 360, |_, _| 30.0)),
            path if path.contains("S18W180") => tiff(tile(-180.0, -15.0, 3.0, 360, |_, _| 10.0)),
            // Tiles of the far north are narrower in pixels; here they are square.
            path if path.contains("N70_00_E025_00") => {
                tiff(tile(25.0, 71.0, 1.0, 240, |_, lat| (lat * 10.0) as f32))
            }
            path if path.contains("N69E024") => tiff(tile(24.0, 72.0, 3.0, 360, |_, _| 20.0)),
            _ => Reply::status(404),
        }
    });
    let inputs = inputs(options(&server, folder.path(), &PROVIDERS));
    let fiji = fetch(&inputs, 179.999, -16.5);
    for (lon, elevation, burns) in [(179.98, 100.0, true), (-179.98, 200.0, true)] {
        let here = cell(&fiji, lon, -16.5);
        assert_eq!(fiji.landscape.terrain.elevation_m(here), elevation, "{lon}");
        assert_eq!(fiji.landscape.burns(here), burns, "{lon}");
    }
    assert_ne!(
        fiji.landscape.fuel[cell(&fiji, 179.98, -16.5)],
        fiji.landscape.fuel[cell(&fiji, -179.98, -16.5)]
    );
    let finnmark = fetch(&inputs, 25.5, 70.5);
    let here = cell(&finnmark, 25.5, 70.5);
    assert!(
        (finnmark.landscape.terrain.elevation_m(here) - 705.0).abs() < 0.2 && finnmark.landscape.burns(here)
    );
    assert!(note(&finnmark, "fuel").source.contains("worldcover-humid"));
}

#[tokio::test]
async fn a_network_that_is_too_slow_costs_the_wait_once_and_what_comes_later_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let slow = Arc::new(AtomicBool::new(true));
    let slowness = Arc::clone(&slow);
    let server = Replay::start(move |asked| {
        let wait = if slowness.load(Ordering::Relaxed) { Duration::from_secs(3) } else { Duration::ZERO };
        Reply { wait, ..california(asked) }
    });
    let mut options = options(&server, folder.path(), &PROVIDERS);
    options.wait = Duration::from_millis(700);
    let inputs = inputs(options);
    assert!(inputs.news().await.is_empty());
    let (start, began) = (NOW.parse().unwrap(), Instant::now());
    let set = inputs.fetch(at(-119.0, 34.45), start, 3600).await.unwrap();
    assert!(began.elapsed() < Duration::from_millis(2500), "{:?}", began.elapsed());
    for input in ["terrain", "fuel", "wind"] {
        assert!(note(&set, input).fallback, "{:?}", set.notes);
    }
    assert!(note(&set, "terrain").source.contains("copernicus-glo-30: "), "{:?}", set.notes);
    // The next fire does not wait for the same.
    let began = Instant::now();
    inputs.fetch(at(-119.5, 34.45), start, 3600).await.unwrap();
    assert!(began.elapsed() < Duration::from_millis(500), "{:?}", began.elapsed());
    slow.store(false, Ordering::Relaxed);
    let news = inputs.news().await;
    assert_eq!(news.len(), 2, "{news:?}");
    assert_eq!(news[0].what, "terrain, fuel came over the network");
    assert!(
        news[0].touches(&at(-119.0, 34.45), start, 3600) && !news[0].touches(&at(-100.0, 34.45), start, 3600)
    );
    let set = inputs.fetch(at(-119.0, 34.45), start, 3600).await.unwrap();
    assert!(!note(&set, "terrain").fallback && !note(&set, "fuel").fallback, "{:?}", set.notes);
    assert!(inputs.news().await.is_empty());
}

#[test]
fn a_tile_that_is_no_raster_or_lies_about_itself_is_named_and_the_ground_built_in() {
    let folder = tempfile::tempdir().unwrap();
    let server = Replay::start(|asked| match asked.target.contains("ESA_WorldCover") {
        true => Reply::of("text/html", "<html>quota exceeded</html>"),
        false => {
            let mut bytes = tile(-119.0, 35.0, 1.0, 240, elevation_m);
            bytes.truncate(bytes.len() / 2);
            Reply::of("image/tiff", bytes)
        }
    });
    let set = fetch(&inputs(options(&server, folder.path(), &PROVIDERS)), -118.5, 34.45);
    let (terrain, fuel) = (note(&set, "terrain"), note(&set, "fuel"));
    assert!(
        terrain.fallback && terrain.source.starts_with("built-in flat ground: copernicus-glo-30: http"),
        "{terrain:?}"
    );
    assert!(
        fuel.fallback && fuel.source.contains("worldcover: http") && fuel.source.contains("needed a"),
        "{fuel:?}"
    );
}

#[test]
fn elevations_that_no_place_has_are_taken_out() {
    let folder = tempfile::tempdir().unwrap();
    let server = Replay::start(|asked| match asked.target.contains("DEM") {
        true => Reply::of(
            "image/tiff",
            tile(-119.0, 35.0, 1.0, 240, |lon, _| if lon > -118.5 { 1e30 } else { 300.0 }),
        ),
        false => Reply::status(404),
    });
    let set = fetch(&inputs(options(&server, folder.path(), &PROVIDERS)), -118.5, 34.45);
    let range = (0..set.landscape.fuel.len())
        .map(|cell| set.landscape.terrain.elevation_m(cell))
        .fold([f32::MAX, f32::MIN], |[low, high], at| [low.min(at), high.max(at)]);
    assert!(range[0] >= 0.0 && range[1] <= 9000.0, "{range:?}");
}
