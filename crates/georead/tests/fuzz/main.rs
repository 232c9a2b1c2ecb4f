//! Broken and hostile bytes: refused or read, never a panic, and never more than the stated limits.
//!
//! A folder of kept files for each door: what mutants here are made of, and what `scripts/fuzz` begins from, which looks further.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::fs;
use std::path::{Path, PathBuf};

use doors::{DOORS, Door};
use mutate::{Draws, mutated};

mod doors;
mod mutate;
#[path = "../shared/reference.rs"]
mod reference;

/// Kept files of kinds that are refused.
const REFUSED: [&str; 6] =
    ["refused_jpeg.tif", "refused_lerc.tif", "refused_webp.tif", "jpeg.grib2", "ccsds.grib2", "polar.gpkg"];

fn door(name: &str) -> &'static Door {
    DOORS.iter().find(|door| door.name == name).unwrap_or_else(|| panic!("no door {name}"))
}

/// The kept files of a door, in order of their names.
fn kept(door: &Door) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/files").join(door.name);
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

/// Passes mutants of some bytes through a door: how many were taken.
fn taken(door: &Door, bytes: &[u8], rounds: usize) -> usize {
    let mut draws = Draws::of(bytes.len());
    (0..rounds).filter(|_| (door.read)(&mutated(bytes, &mut draws))).count()
}

#[test]
fn the_fuzzer_has_a_target_for_every_door_and_every_door_takes_its_files() {
    let manifest = include_str!("../../fuzz/Cargo.toml");
    for door in &DOORS {
        assert!(manifest.contains(&format!("name = \"{}\"", door.name)), "no target {}", door.name);
        let paths = kept(door);
        assert!(!paths.is_empty(), "{}", door.name);
        for path in paths {
            let name = path.file_name().unwrap().to_string_lossy();
            let is_taken = (door.read)(&fs::read(&path).unwrap());
            assert_eq!(is_taken, !REFUSED.contains(&name.as_ref()), "{}", path.display());
        }
    }
}

#[test]
fn mutants_of_every_kept_file_are_read_or_refused() {
    /// Bytes that a door gets in all, on the average file: seconds in a debug build.
    const BYTES: usize = 4 << 20;
    for door in &DOORS {
        let paths = kept(door);
        let (mut read, mut all) = (0, 0);
        for path in &paths {
            let bytes = fs::read(path).unwrap();
            let rounds = (BYTES / paths.len() / bytes.len()).clamp(100, 4_000);
            read += taken(door, &bytes, rounds);
            all += rounds;
        }
        // Both ways are taken often.
        assert!(read > all / 100 && read < all * 99 / 100, "{}: {read} of {all}", door.name);
    }
}

#[test]
fn mutants_of_real_files_are_read_or_refused() {
    let Some(folder) = reference::real() else { return };
    // Large files are cut at a line's end.
    for (name, path, cut, rounds) in [
        ("landscape", "landscape_samples/flammap_reference/2427464.lcp", 1 << 20, 100),
        ("open_meteo", "weather_samples/open_meteo/aus-basic-ecmwf_ifs.json", usize::MAX, 100),
        ("grib2", "weather_samples/grib2/gfs.t12z.pgrb2.0p25.f023-PV-TMP-missing.grib2", usize::MAX, 20),
        ("nws", "weather_samples/nws_api/detailed_forecast.json", usize::MAX, 100),
        ("nws", "weather_samples/nws_api/stations_observations_multiple.json", usize::MAX, 500),
        (
            "weather_text",
            "weather_samples/stations/TS934-MDT-2018-06-20_2128-2018-06-21_2128-1.csv",
            1_200,
            500,
        ),
        ("weather_text", "landscape_samples/flammap_reference/2427464_Basic.input.wxs", 700, 500),
        ("weather_text", "landscape_samples/farsite_reference/062913.input", 900, 500),
    ] {
        let mut bytes = fs::read(folder.join(path)).unwrap();
        if name == "weather_text" {
            let end = bytes[..cut].iter().rposition(|byte| *byte == b'\n').unwrap();
            bytes.truncate(end);
        }
        bytes.truncate(cut);
        taken(door(name), &bytes, rounds);
    }
}

#[test]
fn the_words_of_a_landscape_file_that_say_its_size_may_say_anything() {
    // They lie among thousands of bytes that nobody reads, where mutations seldom hit them.
    let whole = fs::read(&kept(door("landscape"))[0]).unwrap();
    let mut draws = Draws::of(7);
    for _ in 0..2_000 {
        let mut bytes = whole.clone();
        let at = [0, 4, 8, 4164, 4168, 4180, 4188, 4208, 4216][draws.below(9)] + draws.below(4);
        bytes[at] = draws.below(256) as u8;
        (door("landscape").read)(&bytes);
    }
}

#[test]
fn texts_of_every_projection_are_read_or_refused_and_deep_ones_end() {
    let lines = include_str!("../figures/projections.tsv");
    for text in lines.lines().filter_map(|line| line.split('\t').next_back()) {
        assert!(taken(door("beside"), text.as_bytes(), 100) < 100);
    }
    assert!(!(door("beside").read)("PROJCS[".repeat(10_000).as_bytes()));
}
