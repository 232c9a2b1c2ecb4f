use super::*;

fn decoded(text: &str) -> (Vec<Detection>, Vec<Refusal>) {
    decode_table("feed.csv", text.as_bytes(), "2026-01-01T00:00:00Z".parse().unwrap()).unwrap()
}

/// One detection from one table of one row.
fn one(header: &str, row: &str) -> Detection {
    let (mut detections, refusals) = decoded(&format!("{header}\n{row}\n"));
    assert_eq!(refusals, []);
    detections.remove(0)
}

const ROLLING: &str = "latitude,longitude,bright_ti4,scan,track,acq_date,acq_time,satellite,confidence,version,bright_ti5,frp,daynight";
const SERVICE: &str = "country_id,latitude,longitude,bright_ti4,scan,track,acq_date,acq_time,satellite,instrument,\
    confidence,version,bright_ti5,frp,daynight";
const ARCHIVE: &str = "latitude,longitude,brightness,scan,track,acq_date,acq_time,satellite,instrument,confidence,bright_t31,frp,daynight,type";

#[test]
fn the_rolling_file_the_service_and_the_archive_are_read() {
    let rolling =
        one(ROLLING, "34.27252,-119.29575,295.7,0.6,0.5,2017-12-05,906,N,nominal,1.0NRT,283.4,2.2,N");
    assert_eq!(rolling.acquired_at().to_string(), "2017-12-05T09:06:00Z");
    assert_eq!((rolling.position().lon_deg(), rolling.position().lat_deg()), (-119.29575, 34.27252));
    assert_eq!((rolling.confidence(), rolling.frp_mw()), (CONFIDENCE_NOMINAL, Some(2.2)));
    assert_eq!(rolling.sensor(), Some("VIIRS S-NPP"));
    assert!((rolling.pixel_size_m().unwrap() - 547.7).abs() < 0.1);
    assert_eq!(rolling.temperature_c(), Some(22.55));

    let service =
        one(SERVICE, "MEX,16.83388,-91.0163,306.71,0.43,0.62,2023-06-12,41,N20,VIIRS,h,2.0NRT,291.26,,N");
    assert_eq!(service.acquired_at().to_string(), "2023-06-12T00:41:00Z");
    assert_eq!((service.sensor(), service.confidence()), (Some("VIIRS NOAA-20"), CONFIDENCE_HIGH));
    assert_eq!(service.frp_mw(), None);

    let archive = one(ARCHIVE, "-11.807,142.0583,313,1,1,8/1/2019,56,Terra,MODIS,48,297.3,6.6,D,0");
    assert_eq!(archive.acquired_at().to_string(), "2019-08-01T00:56:00Z");
    assert_eq!((archive.sensor(), archive.confidence()), (Some("MODIS Terra"), 0.48));
    assert_eq!(archive.pixel_size_m(), Some(1000.0));
}

#[test]
fn times_are_read_in_all_their_forms() {
    for (text, expected) in [
        ("0", "00:00:00"),
        ("7", "00:07:00"),
        ("41", "00:41:00"),
        ("906", "09:06:00"),
        ("0906", "09:06:00"),
        ("00:34", "00:34:00"),
        ("2359", "23:59:00"),
    ] {
        assert_eq!(time(text).unwrap().to_string(), expected, "{text}");
    }
    for text in ["", "2460", "2400", "12:60", "09061", "noon", "1:2:3", "é1"] {
        assert_eq!(time(text), None, "{text}");
    }
    assert_eq!(date("12/5/2017"), date("2017-12-05"));
    for text in ["", "13/5/2017", "2017-02-30", "5.12.2017", "1/2/3/4"] {
        assert_eq!(date(text), None, "{text}");
    }
}

#[test]
fn one_pixel_in_two_files_is_one_detection() {
    let rolling =
        one(ROLLING, "34.27252,-119.29575,295.7,0.6,0.6,2017-12-05,906,N,nominal,1.0NRT,283.4,2.2,N");
    let service =
        one(SERVICE, "USA,34.27252,-119.29575,295.7,0.6,0.6,2017-12-05,0906,N,VIIRS,n,1.0NRT,283.4,2.2,N");
    assert_eq!(rolling.id(), service.id());
    let other =
        one(SERVICE, "USA,34.27252,-119.29575,295.7,0.6,0.6,2017-12-05,0906,1,VIIRS,n,1.0NRT,283.4,2.2,N");
    assert_ne!(rolling.id(), other.id());
}

#[test]
fn each_bad_row_is_named_by_line_and_field_and_the_rest_goes_on() {
    let rows = [
        "34.2,-119.2,295.7,0.6,0.6,2017-12-05,906,N,nominal,1.0NRT,283.4,2.2,N",
        "34.2,-219.2,295.7,0.6,0.6,2017-12-05,906,N,nominal,1.0NRT,283.4,2.2,N",
        "34.2,-119.2,295.7,0.6,0.6,yesterday,906,N,nominal,1.0NRT,283.4,2.2,N",
        "34.2,-119.2,295.7,0.6,0.6,2017-12-05,2561,N,nominal,1.0NRT,283.4,2.2,N",
        "34.2,-119.2,295.7,0.6,0.6,2017-12-05,906,N,perhaps,1.0NRT,283.4,2.2,N",
        "34.2,-119.2,295.7,0.6,0.6,2017-12-05,906,N,nominal,1.0NRT,283.4,-2.2,N",
        "34.2",
        "34.3,-119.2,295.7,0.6,0.6,2017-12-05,906,N,l,1.0NRT,283.4,2.2,N",
    ];
    let (detections, refusals) = decoded(&format!("{ROLLING}\n{}\n", rows.join("\n")));
    assert_eq!(detections.len(), 2);
    let found: Vec<String> = refusals.iter().map(ToString::to_string).collect();
    let expected = [
        "feed.csv line 3: longitude must be a number from -180 to 180 degrees, found -219.2",
        "feed.csv line 4: acq_date must be a date like 2024-01-15 or 1/15/2024, found \"yesterday\"",
        "feed.csv line 5: acq_time must be a time like 0906, 41 or 00:34, found \"2561\"",
        "feed.csv line 6: confidence must be low, nominal, high, their first letters, or a number from 0 to 100, found \"perhaps\"",
        "feed.csv line 7: frp must be a finite number of megawatts, 0 or more, found -2.2",
        "feed.csv line 8: longitude must be a number, found nothing",
    ];
    assert_eq!(found, expected);
    assert_eq!(refusals[3].field, "confidence");
}

#[test]
fn a_table_of_something_else_is_none() {
    let now = "2026-01-01T00:00:00Z".parse().unwrap();
    assert!(decode_table("passes.csv", b"file,acq_date,acq_time\nx,2020-01-01,0906\n", now).is_none());
    assert!(decode_table("empty.csv", b"", now).is_none());
}

#[test]
fn a_refused_row_is_named_by_its_line_whatever_ends_the_lines() {
    let good = "34.27252,-119.29575,295.7,0.6,0.5,2017-12-05,906,N,nominal,1.0NRT,283.4,2.2,N";
    let bad = good.replace("34.27252", "134.27252");
    for ending in ["\n", "\r\n"] {
        let (_, refusals) = decoded(&[ROLLING, &bad, good, &bad, ""].join(ending));
        let lines: Vec<Place> = refusals.into_iter().map(|refusal| refusal.place).collect();
        assert_eq!(lines, [Place::Line(2), Place::Line(4)], "lines that end in {ending:?}");
    }
}
