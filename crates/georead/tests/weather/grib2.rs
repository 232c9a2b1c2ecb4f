//! GRIB2 against ecCodes and PROJ.

use firecore::geo::{Bounds, LonLat};
use georead::weather::grib2::{Grib2Error, Message, Span, assemble, messages, read};

use crate::figures::{assert_near, kept, number, sample, table};

/// Degrees that a node's place may differ by: the figures have six digits, the coded first node, too.
const PLACE_DEG: f64 = 3e-6;

fn fields(bytes: &[u8]) -> Vec<Message<'_>> {
    messages(bytes).map(|message| message.unwrap()).collect()
}

fn around(place: LonLat, reach_deg: f64) -> Bounds {
    Bounds {
        west_deg: place.lon_deg() - reach_deg,
        south_deg: place.lat_deg() - reach_deg,
        east_deg: place.lon_deg() + reach_deg,
        north_deg: place.lat_deg() + reach_deg,
    }
}

/// The nearest node to a place: its column and row, and how far it is, degrees.
fn nearest(message: &Message<'_>, place: LonLat) -> ((usize, usize), f64) {
    let window = message.grid.window(Some(&around(place, 1e-4))).unwrap();
    let cells = (0..window.nodes()).map(|slot| window.cell(slot));
    let far = |cell: &(usize, usize)| {
        let node = message.grid.node(cell.0, cell.1).unwrap();
        let east_deg = (node.lon_deg() - place.lon_deg() + 180.0).rem_euclid(360.0) - 180.0;
        east_deg.hypot(node.lat_deg() - place.lat_deg())
    };
    cells.map(|cell| (cell, far(&cell))).min_by(|a, b| a.1.total_cmp(&b.1)).unwrap()
}

#[test]
fn real_files_have_eccodes_values_and_places() {
    let rows = table("grib2_points.csv");
    let mut compared = 0;
    for name in [
        "ds.critfireo.bin.xz",
        "ds.minrh.bin.xz",
        "gdas.t12z.pgrb2.0p25.f000.12.xz",
        "gfs.t12z.pgrb2.0p25.f023-PV-TMP-missing.grib2",
        "hrrr.t06z.wrfsfcf01-TMP.grib2",
        "hrrr.t06z.wrfsfcf01-UGRD.grib2",
    ] {
        let Some(bytes) = sample(&format!("grib2/{name}")) else { return };
        for (index, message) in fields(&bytes).iter().enumerate() {
            let field = message.field(None).unwrap();
            let told = |row: &&Vec<String>| {
                row[0] == name.trim_end_matches(".xz") && number(&row[1]) as usize == index + 1
            };
            for row in rows.iter().filter(told) {
                let place = LonLat::new(number(&row[3]), number(&row[2])).unwrap();
                let ((column, line), far_deg) = nearest(message, place);
                assert!(far_deg < PLACE_DEG, "{row:?}: {far_deg}");
                let found = field.values[line * message.grid.columns + column];
                let expected = number(&row[4]);
                assert_near(found.into(), expected, 1e-6 * expected.abs(), &format!("{row:?}"));
                compared += 1;
            }
        }
    }
    assert_eq!(compared, 1000);
}

#[test]
fn real_files_say_what_they_are() {
    let Some(bytes) = sample("grib2/hrrr.t06z.wrfsfcf01-UGRD.grib2") else { return };
    let all = fields(&bytes);
    let wind = &all[0];
    assert_eq!((wind.parameter.discipline, wind.parameter.category, wind.parameter.number), (0, 2, 2));
    assert_eq!((wind.level.kind, wind.level.value), (103, 10.0));
    assert_eq!(wind.reference_at.to_string(), "2023-07-22T06:00:00Z");
    assert_eq!(wind.span, Span::At("2023-07-22T07:00:00Z".parse().unwrap()));
    assert!(wind.grid.winds_along_grid);
    let Some(bytes) = sample("grib2/ds.minrh.bin.xz") else { return };
    let lowest = &fields(&bytes)[1];
    let (from, until) = ("2023-11-03T18:00:00Z".parse().unwrap(), "2023-11-04T06:00:00Z".parse().unwrap());
    assert_eq!(lowest.span, Span::Over { from, until, statistic: 3 });
}

#[test]
fn made_files_of_every_grid_packing_and_scan_are_as_eccodes_and_proj_have_them() {
    let bytes = kept("files/grib2/made.grib2");
    let rows = table("grib2_made.csv");
    let all = fields(&bytes);
    assert_eq!(all.len(), 27);
    for (index, message) in all.iter().enumerate() {
        let field = message.field(None).unwrap();
        let told: Vec<_> = rows.iter().filter(|row| number(&row[0]) as usize == index + 1).collect();
        assert_eq!(told.len(), field.values.len());
        for row in told {
            let place = LonLat::new(number(&row[6]), number(&row[5])).unwrap();
            let ((column, line), far_deg) = nearest(message, place);
            assert!(far_deg < PLACE_DEG, "{row:?}: {far_deg}");
            let found = field.values[line * message.grid.columns + column];
            assert_near(found.into(), number(&row[7]), 1e-4, &format!("{row:?}"));
        }
    }
}

#[test]
fn the_turn_of_a_grids_axes_is_projs() {
    let Some(bytes) = sample("grib2/hrrr.t06z.wrfsfcf01-UGRD.grib2") else { return };
    let all = fields(&bytes);
    for row in table("hrrr_convergence.csv") {
        let place = LonLat::new(number(&row[1]), number(&row[0])).unwrap();
        let found_deg = all[0].grid.convergence_rad(place).to_degrees();
        assert_near(found_deg, number(&row[2]), 1e-6, "turn");
    }
}

#[test]
fn fields_become_a_run_with_true_winds_hours_of_rain_and_elevations() {
    let bytes = kept("files/grib2/run.grib2");
    let (run, warnings) = read(&bytes, None).unwrap();
    assert_eq!(warnings, [""; 0]);
    assert_eq!((run.provider.as_str(), run.grid), ("HRRR", Some((9, 12))));
    assert_eq!(run.issued_at, Some("2024-07-01T06:00:00Z".parse().unwrap()));
    assert_eq!(run.hours.len(), 3);
    for (index, row) in table("grib2_run.csv").iter().enumerate() {
        let row: Vec<f64> = row.iter().map(|figure| number(figure)).collect();
        let (node, hour) = (&run.nodes[index % 108], &run.hours[index / 108]);
        assert_eq!(hour.valid_at.to_string(), format!("2024-07-01T{:02}:00:00Z", 6 + row[0] as i64));
        let place = node.place.unwrap();
        assert_near(place.lat_deg(), row[1], PLACE_DEG, "latitude");
        assert_near(place.lon_deg(), row[2], PLACE_DEG, "longitude");
        assert_near(node.elevation_m.unwrap(), row[3], 1e-2, "elevation");
        let sample = hour.samples[index % 108];
        let told = [
            (sample.wind_10m_east_m_s, 2e-4),
            (sample.wind_10m_north_m_s, 2e-4),
            (sample.wind_80m_east_m_s, 2e-4),
            (sample.wind_80m_north_m_s, 2e-4),
            (sample.temperature_c, 1e-4),
            (sample.relative_humidity, 2e-5),
            (sample.rain_kg_m2, 2e-5),
            (sample.cloud_cover, 2e-5),
            (sample.radiation_kw_m2, 2e-5),
        ];
        for (figure, ((found, within), expected)) in told.into_iter().zip(&row[4..]).enumerate() {
            assert_near(found.into(), *expected, within, &format!("row {index}, figure {figure}"));
        }
    }
}

#[test]
fn a_box_keeps_the_nodes_around_it_and_no_more() {
    let bytes = kept("files/grib2/run.grib2");
    let all = fields(&bytes);
    let place = all[0].grid.node(5, 4).unwrap();
    let (whole, _) = assemble(&all, None).unwrap();
    let (part, _) = assemble(&all, Some(&around(place, 1e-3))).unwrap();
    let (rows, columns) = part.grid.unwrap();
    assert!(rows <= 5 && columns <= 5, "{rows} x {columns}");
    assert_eq!(part.nodes.len(), rows * columns);
    let kept = part.nodes.iter().position(|node| node.place == Some(place)).unwrap();
    assert_eq!(part.hours[1].samples[kept], whole.hours[1].samples[4 * 12 + 5]);
    let outside = around(LonLat::new(10.0, 50.0).unwrap(), 1.0);
    assert!(matches!(assemble(&all, Some(&outside)), Err(Grib2Error::Outside { .. })));
}

#[test]
fn a_box_across_the_seam_of_a_global_grid_is_whole() {
    let Some(bytes) = sample("grib2/gdas.t12z.pgrb2.0p25.f000.12.xz") else { return };
    let all = fields(&bytes);
    let bounds = Bounds { west_deg: -1.1, south_deg: 50.0, east_deg: 0.6, north_deg: 51.0 };
    let field = all[0].field(Some(&bounds)).unwrap();
    let whole = all[0].field(None).unwrap();
    assert_eq!((field.window.columns, field.window.rows), (9, 5));
    for (slot, value) in field.values.iter().enumerate() {
        let (column, row) = field.window.cell(slot);
        let node = all[0].grid.node(column, row).unwrap();
        assert!((-1.25..=0.75).contains(&node.lon_deg()), "{node:?}");
        assert_near((*value).into(), whole.values[row * 1440 + column].into(), 0.0, "value");
    }
}

#[test]
fn what_is_not_read_is_refused_by_its_number() {
    for (name, template) in [("jpeg", "5. 40"), ("ccsds", "5. 42")] {
        let bytes = kept(&format!("files/grib2/{name}.grib2"));
        let error = fields(&bytes)[0].field(None).unwrap_err().to_string();
        assert!(error.starts_with(&format!("packing template {template}")), "{error}");
    }
    let error = |bytes: &[u8]| messages(bytes).next().unwrap().unwrap_err().to_string();
    assert_eq!(error(b"<html>"), "needed a GRIB2 message, found no GRIB in 6 bytes");
    assert_eq!(error(b"GRIB\0\0\0\x01"), "needed GRIB edition 2, found edition 1");
    let whole = kept("files/grib2/jpeg.grib2");
    assert_eq!(error(&whole[..300]), "a message needs 352 bytes, found 300");
}
