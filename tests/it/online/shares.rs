//! A provider that hangs: the others are served within the wait, and the next forecast does not wait for it again.

use std::time::{Duration, Instant};

use guira::clock::Clock;
use guira::inputs::online::Provider;
use guira::inputs::{ConfiguredInputs, InputSet, InputSettings};

use super::rig::{at, note, options, tile};
use crate::inputs::reference_data;
use crate::support::replay::{Asked, Replay, Reply};

/// How long a hanging provider takes: longer than anybody waits.
const HANG: Duration = Duration::from_secs(20);

/// Canberra, and California's ground for an order of LANDFIRE's; weather as Open-Meteo answered it once.
fn world(asked: &Asked, weather: &[u8]) -> Reply {
    let tiff = |bytes: Vec<u8>| Reply::of("image/tiff", bytes).header("ETag", "\"1\"");
    match asked.target.as_str() {
        path if path.contains("DSM_COG_10_S36_00_E149") => tiff(tile(149.0, -35.0, 1.0, 240, |_, _| 600.0)),
        path if path.contains("DSM_COG_10_N34_00_W120") => tiff(tile(-120.0, 35.0, 1.0, 240, |_, _| 500.0)),
        path if path.contains("S36E147_Map") => tiff(tile(147.0, -33.0, 3.0, 360, |_, _| 30.0)),
        path if path.contains("N33W120_Map") => tiff(tile(-120.0, 36.0, 3.0, 360, |_, _| 30.0)),
        path if path.starts_with("/open-meteo/") => Reply::json(weather),
        _ => Reply::status(404),
    }
}

/// Two forecasts beside each other while one provider hangs: their inputs, and how often it was asked for each.
fn beside(
    hanging: Provider,
    providers: &[Provider],
    (lon, lat): (f64, f64),
) -> Option<[(InputSet, usize); 2]> {
    let weather = reference_data()?.join("weather_samples/open_meteo/aus-basic-ecmwf_ifs.json");
    let weather = std::fs::read(weather).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let below = format!("/{hanging}/");
    let path = below.clone();
    let server = Replay::start(move |asked| match asked.target.starts_with(&path) {
        true => Reply { wait: HANG, ..Reply::status(404) },
        false => world(asked, &weather),
    });
    let mut options = options(&server, folder.path(), providers);
    options.wait = Duration::from_secs(3);
    let settings = InputSettings { online: Some(options), reach_m: 3_000.0, ..InputSettings::default() };
    let inputs = ConfiguredInputs::at(settings, Clock::manual("2026-02-17T06:00:00Z".parse().unwrap()));
    let mut before = 0;
    let fetched = [lon, lon + 0.05].map(|lon| {
        let began = Instant::now();
        let set = inputs.fetch_blocking(&at(lon, lat), "2026-02-17T03:00:00Z".parse().unwrap(), 6 * 3600);
        assert!(began.elapsed() < Duration::from_secs(10), "{hanging}: {:?}", began.elapsed());
        let asked = server.asked().iter().filter(|asked| asked.target.starts_with(&below)).count();
        let first = before;
        before = asked;
        (set.unwrap(), asked - first)
    });
    Some(fetched)
}

fn stood_in(set: &InputSet) -> Vec<&str> {
    ["terrain", "fuel", "wind"].into_iter().filter(|input| note(set, input).fallback).collect()
}

#[test]
fn one_provider_that_hangs_leaves_the_others_their_time_and_is_not_waited_for_again() {
    let providers = [
        Provider::Usgs3dep,
        Provider::CopernicusGlo30,
        Provider::WorldCover,
        Provider::Nws,
        Provider::OpenMeteo,
    ];
    for (hanging, lacking) in [
        (Provider::Usgs3dep, &[][..]),
        (Provider::CopernicusGlo30, &["terrain"]),
        (Provider::WorldCover, &["fuel"]),
        (Provider::Nws, &[]),
        (Provider::OpenMeteo, &["wind"]),
    ] {
        let Some([(first, asked), (second, again)]) = beside(hanging, &providers, (149.1954, -35.2548))
        else {
            return;
        };
        assert_eq!(stood_in(&first), lacking, "{hanging}: {:?}", first.notes);
        assert_eq!(stood_in(&second), lacking, "{hanging}: {:?}", second.notes);
        assert!(asked > 0 && again == 0, "{hanging}: {asked} {again}");
        let said = |set: &InputSet, words: &str| set.notes.iter().any(|note| note.source.contains(words));
        assert!(said(&first, "no whole answer within the"), "{hanging}: {:?}", first.notes);
        assert!(said(&second, "failed just now ("), "{hanging}: {:?}", second.notes);
    }
}

#[test]
fn landfire_that_hangs_leaves_the_tiles_their_time_and_is_not_waited_for_again() {
    let providers = [Provider::Landfire, Provider::CopernicusGlo30, Provider::WorldCover];
    let Some([(first, asked), (second, again)]) = beside(Provider::Landfire, &providers, (-119.5, 34.45))
    else {
        return;
    };
    assert_eq!((stood_in(&first), stood_in(&second)), (vec!["wind"], vec!["wind"]), "{:?}", first.notes);
    assert_eq!((asked, again), (1, 0));
    assert!(
        note(&first, "fuel").source.contains("/landfire/job/submit: no whole answer"),
        "{:?}",
        first.notes
    );
}
