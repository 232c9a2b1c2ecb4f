//! `guira doctor` on set-ups that are broken on purpose: each is found, and each line says how to mend it.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::online::rig::tile;
use crate::support::replay::{Replay, Reply};

mod reached;
mod start;

/// What the doctor says of a settings file, and whether it found an error.
fn examined(folder: &Path, settings: &str, flags: &[&str]) -> (String, bool) {
    let config = folder.join("guira.toml");
    fs::write(&config, settings).unwrap();
    let out = Command::new(env!("CARGO_BIN_EXE_guira"))
        .args(["doctor", "--offline", "--config"])
        .arg(&config)
        .args(flags)
        .current_dir(folder)
        .env("XDG_CACHE_HOME", folder.join("cache"))
        .output()
        .unwrap();
    let text = String::from_utf8(out.stdout).unwrap() + &String::from_utf8(out.stderr).unwrap();
    (text, !out.status.success())
}

/// What the doctor says of a folder's guira.toml.
fn said_of(folder: &Path) -> String {
    let out = Command::new(env!("CARGO_BIN_EXE_guira"))
        .args(["doctor", "--config", "guira.toml"])
        .current_dir(folder)
        .env("XDG_CACHE_HOME", folder.join("cache"))
        .output()
        .unwrap();
    String::from_utf8(out.stdout).unwrap()
}

/// The path of one mirror is right, of the other it is not: its every answer is that there is no such thing.
#[test]
fn a_mirror_whose_path_is_wrong_is_found_by_a_tile_that_is_surely_there() {
    let server = Replay::start(|asked| match asked.target.as_str() {
        "/dem/Copernicus_DSM_COG_10_N34_00_W119_00_DEM/Copernicus_DSM_COG_10_N34_00_W119_00_DEM.tif" => {
            Reply::of("image/tiff", "II*\0 and what follows, of which only the beginning is read")
        }
        _ => Reply::status(404),
    });
    let folder = tempfile::tempdir().unwrap();
    let settings = format!(
        "{}[inputs.online]\nterrain = [\"copernicus-glo-30\"]\nfuel = [\"worldcover\"]\nweather = []\nassets = []\n\
         private_hosts = [\"127.0.0.1\"]\naddresses = {{ copernicus-glo-30 = \"{origin}/dem\", worldcover = \"{origin}/oops\" }}\n",
        listen(),
        origin = server.origin.replace("://", "://user:secret@")
    );
    fs::write(folder.path().join("guira.toml"), settings).unwrap();
    let text = said_of(folder.path());
    assert!(line(&text, "provider copernicus-glo-30").starts_with("ok"), "{text}");
    let found = line(&text, "provider worldcover");
    assert!(
        found.starts_with("warning")
            && found
                .contains("/oops/ESA_WorldCover_10m_2021_v200_N33W120_Map.tif: there is no such thing (404)")
            && found.contains("mend the mirror's path"),
        "{text}"
    );
    assert!(!text.contains("secret"), "{text}");
}

/// A free port on loopback, so that no test meets another one's server.
fn listen() -> String {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    format!("[http]\nlisten = \"{free}\"\n")
}

/// A folder of a landscape in longitude and latitude around -119.5, 34.5.
fn landscape(folder: &Path, layers: &[(&str, f32)]) -> PathBuf {
    let path = folder.join("landscape");
    fs::create_dir_all(&path).unwrap();
    for (name, value) in layers {
        fs::write(path.join(name), tile(-120.0, 35.0, 1.0, 120, |_, _| *value)).unwrap();
    }
    path
}

/// The line about something.
fn line<'a>(text: &'a str, what: &str) -> &'a str {
    text.lines().find(|line| line.contains(what)).unwrap_or_else(|| panic!("{what} in {text}"))
}

/// Nobody is asked for terrain or fuel, and nothing else is configured.
#[test]
fn without_providers_of_ground_every_fire_is_on_flat_grass() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("guira.toml");
    let lists = "[inputs.online]\nterrain = []\nfuel = []\nweather = []\nassets = []\n";
    fs::write(&config, listen() + lists).unwrap();
    let out = Command::new(env!("CARGO_BIN_EXE_guira"))
        .args(["doctor", "--config"])
        .arg(&config)
        .current_dir(folder.path())
        .env("XDG_CACHE_HOME", folder.path().join("cache"))
        .output()
        .unwrap();
    let text = String::from_utf8(out.stdout).unwrap();
    let found = line(&text, "landscape");
    assert!(found.starts_with("warning") && found.contains("every fire is on flat grass"), "{text}");
}

#[test]
fn slopes_in_percent_that_do_not_say_so_are_doubted() {
    let folder = tempfile::tempdir().unwrap();
    let ground = landscape(folder.path(), &[("slp.tif", 8.0), ("asp.tif", 270.0)]);
    fs::write(ground.join("fbfm40.tif"), tile(-120.0, 35.0, 1.0, 1200, |_, _| 102.0)).unwrap();
    // A degree of longitude is 92 km at 34.5 degrees: a rise of 0.08.
    let dem = tile(-120.0, 35.0, 1.0, 1200, |lon, _| ((lon + 120.0) * 7_340.0) as f32);
    fs::write(ground.join("dem.tif"), dem).unwrap();
    let settings = format!("{}[inputs]\nlandscapes = [{ground:?}]\n", listen());
    let (text, _) = examined(folder.path(), &settings, &[]);
    let found = line(&text, "landscape ");
    assert!(found.starts_with("warning") && found.contains("percent, where degrees are needed?"), "{text}");
}

#[test]
fn a_sound_set_up_has_no_error() {
    let folder = tempfile::tempdir().unwrap();
    let ground = landscape(folder.path(), &[("fbfm40.tif", 102.0), ("dem.tif", 400.0)]);
    let settings = format!("{}[inputs]\nlandscapes = [{ground:?}]\n", listen());
    let (text, failed) = examined(folder.path(), &settings, &[]);
    assert!(!failed, "{text}");
    assert!(
        line(&text, "landscape ").contains("-120.00 to -119.00, 34.00 to 35.00 with fuel, dem"),
        "{text}"
    );
    for what in ["settings", "data_dir", "http.keys_file", "http.listen", "online inputs"] {
        assert!(line(&text, what).starts_with("ok"), "{text}");
    }
}

/// Each of these is wrong in one way; the line about it says what is wrong, and what to do.
#[test]
fn broken_set_ups_are_found_and_each_line_says_how_to_mend_it() {
    let broken_settings = [
        (
            "[inputs]\nlandscape = [\"x\"]\n",
            "settings",
            "unknown field",
            "docs/operations.md has every setting",
        ),
        (
            "[inputs]\nreach_m = 5.0\n",
            "settings",
            "needed a number from 1000 to 200000, found 5",
            "mend what is named there",
        ),
        (
            "[inputs.online]\nweather = [\"ecmwf\"]\n",
            "settings",
            "needed one of 3dep",
            "mend what is named there",
        ),
    ];
    for (settings, what, said, mend) in broken_settings {
        let folder = tempfile::tempdir().unwrap();
        let (text, failed) = examined(folder.path(), settings, &[]);
        let found = line(&text, what);
        assert!(
            failed && found.starts_with("error") && found.contains(said) && found.contains(mend),
            "{text}"
        );
    }
}

#[test]
fn a_machine_that_does_not_fit_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let (text, failed) =
        examined(folder.path(), &format!("data_dir = {:?}\n{}", file.join("data"), listen()), &[]);
    let found = line(&text, "data_dir");
    assert!(
        failed && found.starts_with("error") && found.contains("make it writable, or name another one"),
        "{text}"
    );

    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let settings = format!("[http]\nlisten = \"{}\"\n", taken.local_addr().unwrap());
    let (text, failed) = examined(folder.path(), &settings, &[]);
    let found = line(&text, "http.listen");
    assert!(
        failed && found.contains("cannot be taken") && found.contains("set another address with --listen"),
        "{text}"
    );

    let (text, failed) = examined(folder.path(), "[http]\nlisten = \"0.0.0.0:0\"\n", &[]);
    let found = line(&text, "http.keys_file");
    assert!(
        failed && found.contains("none, and http.listen is 0.0.0.0:0") && found.contains("guira key new"),
        "{text}"
    );

    let keys = folder.path().join("keys.toml");
    fs::write(&keys, "[[key]]\nid = 3\n").unwrap();
    let settings = format!("{}keys_file = {keys:?}\n", listen());
    let (text, failed) = examined(folder.path(), &settings, &[]);
    let found = line(&text, "http.keys_file");
    assert!(
        failed && found.starts_with("error") && found.contains("make a new one with guira key new"),
        "{text}"
    );

    let settings = format!("{}[physx]\nservers = [\"http://127.0.0.1:1\"]\n", listen());
    let (text, failed) = examined(folder.path(), &settings, &[]);
    let found = line(&text, "PhysX server");
    assert!(failed && found.contains("refused") && found.contains("guira physx --listen"), "{text}");
}

#[test]
fn landscapes_that_cannot_serve_are_found() {
    let examine = |prepare: &dyn Fn(&Path)| {
        let folder = tempfile::tempdir().unwrap();
        let ground = landscape(folder.path(), &[("dem.tif", 400.0)]);
        prepare(&ground);
        let settings = format!("{}[inputs]\nlandscapes = [{ground:?}]\n", listen());
        let (text, failed) = examined(folder.path(), &settings, &[]);
        (line(&text, "landscape ").to_owned(), failed)
    };
    let fuel = || tile(-120.0, 35.0, 1.0, 120, |_, _| 102.0);
    let (found, failed) = examine(&|_| {});
    assert!(
        failed && found.contains("has no fuel layer") && found.contains("put a fuel raster there"),
        "{found}"
    );
    let (found, failed) = examine(&|ground| {
        let bytes = fuel();
        fs::write(ground.join("fbfm40.tif"), &bytes[..bytes.len() / 2]).unwrap();
    });
    assert!(
        failed && found.starts_with("error") && found.contains("fetch or copy the file again"),
        "{found}"
    );
    let (found, failed) = examine(&|ground| {
        fs::write(
            ground.join("fbfm40.asc"),
            "ncols 2\nnrows 2\nxllcorner 0\nyllcorner 0\ncellsize 30\n1 1\n1 1\n",
        )
        .unwrap()
    });
    assert!(
        failed && found.contains("coordinate system") && found.contains("put a .prj beside it"),
        "{found}"
    );
    let (found, failed) = examine(&|ground| {
        fs::write(
            ground.join("fbfm40.asc"),
            "ncols 3\nnrows 2\nxllcorner 0\nyllcorner 0\ncellsize 30\n1 1\n1 1\n",
        )
        .unwrap()
    });
    assert!(
        failed
            && found.contains("ncols x nrows = 3 x 2 = 6 values, found 4")
            && found.contains("mend its heading"),
        "{found}"
    );
    let (found, failed) = examine(&|ground| {
        fs::write(ground.join("fbfm40.tif"), fuel()).unwrap();
        fs::write(ground.join("cc.tif"), tile(20.0, 40.0, 1.0, 120, |_, _| 40.0)).unwrap();
    });
    assert!(
        !failed && found.starts_with("warning") && found.contains("cc lies elsewhere: 20.00 to 21.00"),
        "{found}"
    );
    let (found, failed) = examine(&|ground| {
        fs::write(ground.join("fbfm40.tif"), tile(-120.0, 35.0, 1.0, 120, |_, _| 77.0)).unwrap();
    });
    assert!(
        !failed && found.starts_with("warning") && found.contains("hold codes that no fuel model has"),
        "{found}"
    );
    let (found, failed) = examine(&|ground| fs::remove_dir_all(ground).unwrap());
    assert!(failed && found.contains("cannot read") && found.contains("check the path"), "{found}");
}

#[test]
fn weather_assets_and_fuel_models_that_cannot_serve_are_found() {
    let folder = tempfile::tempdir().unwrap();
    let ground = landscape(folder.path(), &[("fbfm40.tif", 102.0)]);
    let weather = folder.path().join("weather");
    fs::create_dir_all(&weather).unwrap();
    let examine = |table: &str| {
        fs::write(weather.join("stations.csv"), table).unwrap();
        let settings = format!("{}[inputs]\nlandscapes = [{ground:?}]\nweathers = [{weather:?}]\n", listen());
        let (text, failed) = examined(folder.path(), &settings, &[]);
        (line(&text, "weather ").to_owned(), failed)
    };
    let (found, failed) = examine(
        "valid_at,latitude,longitude,wind_10m_m_s,wind_from_deg\n2017-12-05T10:00Z,34.5,-119.5,5,40\n",
    );
    assert!(
        !failed
            && found.starts_with("warning")
            && found.contains("it ended")
            && found.contains("put a new run there"),
        "{found}"
    );
    let (found, failed) = examine(
        "valid_at,latitude,longitude,wind_10m_m_s,wind_from_deg\n2099-12-05T10:00Z,34.5,119.5,5,40\n",
    );
    assert!(
        failed && found.contains("touches no landscape") && found.contains("swapped longitude and latitude"),
        "{found}"
    );
    let (found, failed) = examine(
        "valid_at,latitude,longitude,wind_10m_m_s,wind_from_deg\n2099-12-05T10:00Z,34.5,-119.5,fast,40\n",
    );
    assert!(failed && found.contains("line 2") && found.contains("found \"fast\""), "{found}");

    let hour = |hour: u32| format!("2017-12-05T{hour:02}:00Z,34.5,-119.5,5,40\n");
    let holed: String = (0..5).chain(16..24).map(hour).collect();
    let header = "valid_at,latitude,longitude,wind_10m_m_s,wind_from_deg\n";
    let (found, failed) = examine(&(header.to_owned() + &holed));
    assert!(!failed && found.contains("; 11 hours between 2017-12-05T04:00:00Z and"), "{found}");

    let assets = folder.path().join("assets.geojson");
    let settings = format!("{}[inputs]\nassets = {assets:?}\nlandscapes = [{ground:?}]\n", listen());
    fs::write(&assets, "{\"type\": \"FeatureCollection\", \"features\": [").unwrap();
    let (text, failed) = examined(folder.path(), &settings, &[]);
    let found = line(&text, "assets ");
    assert!(failed && found.starts_with("error") && found.contains("mend the file or feature"), "{text}");
    fs::write(&assets, r#"{"type":"Feature","properties":{"id":"a"},"geometry":{"type":"Point","coordinates":[34.5,-19.5]}}"#).unwrap();
    let (text, failed) = examined(folder.path(), &settings, &[]);
    let found = line(&text, "assets ");
    assert!(
        !failed && found.contains("none of them on a landscape") && found.contains("longitude first"),
        "{text}"
    );

    let models = folder.path().join("models.csv");
    fs::write(&models, "code,name\n14,X\n").unwrap();
    let settings = format!("{}[inputs]\nfuel_models = {models:?}\n", listen());
    let (text, failed) = examined(folder.path(), &settings, &[]);
    let found = line(&text, "fuel models");
    assert!(failed && found.starts_with("error") && found.contains("guira fuel list"), "{text}");
}
