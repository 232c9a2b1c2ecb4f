//! LANDFIRE: an order that takes its time, what it gives, and what it refuses.

use std::io::{Cursor, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use guira::inputs::online::Provider;

use super::rig::{cell, fetch, inputs, note, options, tile};
use crate::support::replay::{Replay, Reply};

fn zipped(name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    archive.start_file("readme.xml", zip::write::SimpleFileOptions::default()).unwrap();
    archive.write_all(b"<metadata/>").unwrap();
    archive.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
    archive.write_all(bytes).unwrap();
    archive.finish().unwrap().into_inner()
}

#[test]
fn an_order_is_made_once_looked_after_and_its_landscape_used_when_it_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let looks = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&looks);
    let server = Replay::start(move |asked| {
        let path = asked.target.split('?').next().unwrap_or_default();
        match path.trim_start_matches("/landfire") {
            "/job/submit" => Reply::json(r#"{"jobId":"ab-12","status":"Submitted"}"#),
            "/job/status" if count.fetch_add(1, Ordering::Relaxed) == 0 => {
                Reply::json(r#"{"jobId":"ab-12","status":"Executing"}"#)
            }
            // Where the file lies is told by an address below the service's own.
            "/job/status" => Reply::json(
                r#"{"jobId":"ab-12","status":"Succeeded","outputFile":"ORIGIN/landfire/output/ab-12.zip"}"#
                    .replace("ORIGIN", &format!("http://{}", asked.host)),
            ),
            "/output/ab-12.zip" => {
                Reply::of("application/zip", zipped("j1a2.tif", &tile(-120.0, 35.0, 1.5, 900, |_, _| 145.0)))
            }
            _ => Reply::status(404),
        }
    });
    let options = options(&server, folder.path(), &[Provider::Landfire, Provider::CopernicusGlo30]);
    let first = inputs(options.clone());
    let waiting = fetch(&first, -119.2, 34.45);
    assert!(
        note(&waiting, "fuel")
            .source
            .contains("landfire was asked at 2025-08-14T20:30:00Z and is still making"),
        "{:?}",
        waiting.notes
    );
    fetch(&first, -119.2, 34.45);
    let there = fetch(&first, -119.2, 34.45);
    assert!(note(&there, "fuel").source.contains("-120_34_-118.5_35.tif"), "{:?}", there.notes);
    assert_eq!(there.landscape.fuel[cell(&there, -119.2, 34.45)], 145);
    let orders = || server.asked().iter().filter(|asked| asked.target.contains("/job/submit")).count();
    assert_eq!(orders(), 1);
    let order = server.asked().into_iter().find(|asked| asked.target.contains("/job/submit")).unwrap().target;
    assert!(order.contains("Email=duty%40example.org&Layer_List=LF2020_Elev%3BLF2023_FBFM40&Area_of_Interest=-120%2034%20-118.5%2035"), "{order}");
    // A neighbour needs no order of its own, nor does another process.
    fetch(&inputs(options), -119.25, 34.5);
    assert_eq!(orders(), 1);
}

#[test]
fn what_landfire_refuses_is_named_and_the_forecast_goes_on() {
    for (answer, said) in [
        (Reply::json(r#"{"message":"Email is not valid"}"#), "landfire: Email is not valid"),
        (Reply::json("[]"), "landfire: the answer is not what was needed"),
        (Reply::of("text/html", "<html>"), "needed application/json"),
        (Reply::status(500), "answered 500"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let server = Replay::start(move |asked| match asked.target.contains("/landfire/") {
            true => answer.clone(),
            false => Reply::status(404),
        });
        let options = options(&server, folder.path(), &[Provider::Landfire, Provider::WorldCover]);
        let set = fetch(&inputs(options), -119.2, 34.45);
        assert!(note(&set, "fuel").source.contains(said), "{said}: {:?}", set.notes);
    }
}

#[test]
fn nobody_is_asked_without_an_address_or_for_another_country() {
    let folder = tempfile::tempdir().unwrap();
    let server = Replay::start(|_| Reply::status(404));
    let mut options = options(&server, folder.path(), &[Provider::Landfire]);
    let abroad = fetch(&inputs(options.clone()), 23.5, 38.2);
    assert!(note(&abroad, "fuel").fallback && server.asked().is_empty());
    options.contact = None;
    let unsigned = "landfire not asked: no inputs.online.contact is set";
    let set = fetch(&inputs(options.clone()), -119.2, 34.45);
    let fuel = &note(&set, "fuel").source;
    assert!(fuel.starts_with("built-in GR2") && fuel.contains(unsigned), "{fuel}");
    // Where it has nothing anyway, no word of it.
    let set = fetch(&inputs(options), 23.5, 38.2);
    assert!(!note(&set, "fuel").source.contains("landfire"), "{:?}", set.notes);
    assert!(server.asked().is_empty());
}
