//! Real FIRMS files of every dialect become detections, row for row.

use guira::ingest::wire;

use crate::inputs::reference_data;

/// File, and the rows that it holds.
const FILES: [(&str, usize); 12] = [
    ("connectors/firms/area_api_viirs_snpp_sample.csv", 9),
    ("connectors/firms/country_api_viirs_noaa20_sample.csv", 5),
    ("fires/thomas_2017/detections/viirs_snpp_nrt_20171204_20171216.csv", 9_254),
    ("fires/thomas_2017/detections/viirs_snpp_archive_download_fire_nrt_V1_20171205_20171210.csv", 6_872),
    ("fires/thomas_2017/detections/modis_c6_nrt_20171204_20171216.csv", 1_936),
    ("fires/glass_2020/detections/viirs_snpp_nrt.csv", 2_376),
    ("fires/glass_2020/detections/viirs_noaa20_nrt.csv", 2_038),
    ("fires/glass_2020/detections/modis_c6_nrt.csv", 643),
    ("detections_bulk/MODIS_C6_USA_contiguous_and_Hawaii_7d_20201003.csv.gz", 8_805),
    ("detections_bulk/MODIS_C6_1_Global_24h_20220227.csv.gz", 19_416),
    ("detections_bulk/SUOMI_VIIRS_C2_Global_VNP14IMGTDL_NRT_2023313.txt.gz", 43_981),
    ("detections_bulk/fire_archive_M6_96619_australia_20190801_20190930.csv.gz", 36_011),
];

#[test]
fn every_row_of_every_dialect_is_a_detection() {
    let Some(data) = reference_data() else { return };
    let now = "2026-01-01T00:00:00Z".parse().unwrap();
    for (file, rows) in FILES {
        let bytes = std::fs::read(data.join(file)).unwrap();
        let (detections, refusals) = wire::decode(file, &bytes, now).unwrap().into_parts();
        assert_eq!(refusals.first().map(ToString::to_string), None);
        assert_eq!(detections.len(), rows, "{file}");
        let sized = detections.iter().filter(|detection| detection.pixel_size_m().is_some()).count();
        assert_eq!(sized, rows, "{file}: pixels without a size");
    }
}

#[test]
fn the_archive_and_the_rolling_file_name_a_pixel_alike() {
    let Some(data) = reference_data() else { return };
    let now = "2026-01-01T00:00:00Z".parse().unwrap();
    let ids = |file: &str| {
        let bytes = std::fs::read(data.join(file)).unwrap();
        let (detections, _) = wire::decode(file, &bytes, now).unwrap().into_parts();
        detections.iter().map(|detection| detection.id()).collect::<std::collections::HashSet<_>>()
    };
    let (rolling, archive) = (ids(FILES[2].0), ids(FILES[3].0));
    let common = rolling.intersection(&archive).count();
    assert!(common * 10 > archive.len() * 9, "{common} of {}", archive.len());
}
