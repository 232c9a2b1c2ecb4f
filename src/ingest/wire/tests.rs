use std::io::Write;

use firecore::detection::Source;

use super::*;

fn now() -> Timestamp {
    "2024-01-15T15:00:00Z".parse().unwrap()
}

fn decoded(text: &str) -> Decoded {
    decode("body", text.as_bytes(), now()).unwrap()
}

const RECORD: &str = r#"{ "source": "satellite", "latitude": 37.7749, "longitude": -122.4194, "confidence": 0.95,
    "timestamp": "2024-01-15T14:30:00Z", "temperature": 310.5, "smoke_density": 0.2, "frp_mw": 12.5,
    "pixel_size_m": 375, "sensor": "VIIRS", "id": "a-1" }"#;

#[test]
fn every_field_of_the_request_body_is_read() {
    let decoded = decoded(&format!(r#"{{ "detections": [{RECORD}], "priority": "high" }}"#));
    let detection = decoded.records[0].as_ref().unwrap();
    assert_eq!(detection.source(), Source::Satellite);
    assert_eq!((detection.position().lon_deg(), detection.position().lat_deg()), (-122.4194, 37.7749));
    assert_eq!(detection.confidence(), 0.95);
    assert_eq!(detection.acquired_at().to_string(), "2024-01-15T14:30:00Z");
    assert_eq!((detection.temperature_c(), detection.smoke_density()), (Some(310.5), Some(0.2)));
    assert_eq!((detection.frp_mw(), detection.pixel_size_m()), (Some(12.5), Some(375.0)));
    assert_eq!((detection.sensor(), detection.producer_id()), (Some("VIIRS"), Some("a-1")));
    assert_eq!(decoded.priority.as_deref(), Some("high"));
}

#[test]
fn a_record_alone_a_list_and_an_envelope_mean_the_same() {
    let expected = decoded(RECORD).records.remove(0).unwrap();
    for text in [
        format!("[{RECORD}]"),
        format!(r#"{{ "detections": [{RECORD}] }}"#),
        format!(r#"{{ "specversion": "1.0", "type": "fire", "data": {RECORD} }}"#),
        format!(r#"{{ "specversion": "1.0", "data": {{ "detections": [{RECORD}] }} }}"#),
    ] {
        assert_eq!(decoded(&text).records, [Ok(expected.clone())], "{text}");
    }
}

#[test]
fn one_bad_record_does_not_sink_the_others_and_is_named() {
    let bad = |field: &str, value: &str| {
        let mut record: Value = serde_json::from_str(RECORD).unwrap();
        record[field] = serde_json::from_str(value).unwrap();
        record.to_string()
    };
    for (field, value, pointer, part) in [
        ("latitude", "91", "latitude", "-90 to 90 degrees, found 91"),
        ("longitude", "\"east\"", "longitude", "must be a number, found \"east\""),
        ("confidence", "95", "confidence", "confidence must be a number from 0 to 1, found 95"),
        ("source", "\"sat\"", "source", "satellite, ground_sensor, drone, watchtower, found \"sat\""),
        ("timestamp", "\"2024-01-15 14:30\"", "timestamp", "with a zone like"),
        ("timestamp", "\"2024-03-15T00:00:00Z\"", "timestamp", "timestamp must be at most 24 h ahead"),
        ("temperature", "9000", "temperature", "temperature must be"),
        ("sensor", "7", "sensor", "sensor must be text, found 7"),
        ("id", "\"\"", "id", "id must have 1 to 200 bytes"),
    ] {
        let decoded = decoded(&format!(r#"{{ "detections": [{RECORD}, {}] }}"#, bad(field, value)));
        assert!(decoded.records[0].is_ok());
        let refusal = decoded.records[1].as_ref().unwrap_err();
        assert_eq!(refusal.pointer().unwrap(), format!("/detections/1/{pointer}"));
        assert!(refusal.to_string().starts_with("body at /detections/1: "), "{refusal}");
        assert!(refusal.reason.contains(part), "{field} {value}: {refusal}");
    }
}

#[test]
fn a_missing_field_and_a_record_that_is_none_are_named() {
    let decoded = decoded(r#"{ "detections": [{ "source": "drone", "longitude": 1.0 }, 7] }"#);
    let refusals: Vec<_> = decoded.records.iter().map(|record| record.as_ref().unwrap_err()).collect();
    assert_eq!(refusals[0].reason, "latitude must be a number, found nothing");
    assert_eq!(refusals[1].reason, "a record must be an object, found 7");
    assert_eq!(refusals[1].pointer().unwrap(), "/detections/1");
}

#[test]
fn geojson_points_are_read_and_other_shapes_refused() {
    let feature = |geometry: &str| {
        format!(
            r#"{{ "type": "Feature", "id": 17, "geometry": {geometry}, "properties": {{ "source": "watchtower",
            "confidence": 0.5, "timestamp": "2024-01-15T14:30:00+01:00" }} }}"#
        )
    };
    let point = feature(r#"{ "type": "Point", "coordinates": [10.5, 44.25, 800] }"#);
    let line = feature(r#"{ "type": "LineString", "coordinates": [[10.5, 44.25], [10.6, 44.3]] }"#);
    let records =
        decoded(&format!(r#"{{ "type": "FeatureCollection", "features": [{point}, {line}] }}"#)).records;
    let detection = records[0].as_ref().unwrap();
    assert_eq!((detection.position().lon_deg(), detection.position().lat_deg()), (10.5, 44.25));
    assert_eq!(detection.acquired_at().to_string(), "2024-01-15T13:30:00Z");
    assert_eq!(detection.producer_id(), Some("17"));
    let refusal = records[1].as_ref().unwrap_err();
    assert_eq!(refusal.pointer().unwrap(), "/features/1/geometry");
    assert!(decoded(&point).records[0].is_ok());
}

#[test]
fn what_is_none_of_the_formats_says_what_was_looked_for_and_what_is_there() {
    for (text, found) in [
        ("Invalid MAP_KEY.", "\"Invalid MAP_KEY.\""),
        ("", "nothing"),
        ("a,b\n1,2\n", "\"a,b\""),
        (r#"{ "alerts": [] }"#, "alerts"),
        ("[1, 2]", "[1, 2]"),
    ] {
        let error = decode("feed.csv", text.as_bytes(), now()).unwrap_err().to_string();
        assert!(error.starts_with("feed.csv holds no detections") && error.contains("FIRMS CSV"), "{error}");
        assert!(error.contains(found), "{error}");
    }
    let error = decode("body", b"{ \"detections\": [", now()).unwrap_err().to_string();
    assert!(error.starts_with("body is not valid JSON: "), "{error}");
}

#[test]
fn gzipped_bodies_are_unpacked() {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(RECORD.as_bytes()).unwrap();
    let packed = encoder.finish().unwrap();
    assert_eq!(decode("body", &packed, now()).unwrap().records, decoded(RECORD).records);
    assert!(matches!(decode("body", &packed[..20], now()), Err(WireError::Gzip { .. })));
}
