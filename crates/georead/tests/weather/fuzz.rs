//! Broken input: deterministic mutations of real and made files. Nothing may panic, and limits hold.

use georead::weather::text::{LocalTime, read_text};
use georead::weather::{WeatherRun, grib2, nws, open_meteo};
use jiff::tz::Offset;

use crate::figures::{kept, real, sample};

/// Xorshift64: the same mutations in every run. Source: Marsaglia (2003), "Xorshift RNGs".
struct Xorshift(u64);

impl Xorshift {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }
}

/// Calls with mutated copies: bytes and bits changed, pieces cut, doubled and moved.
pub(crate) fn mutated(original: &[u8], rounds: usize, mut read: impl FnMut(&[u8])) {
    let mut random = Xorshift(0x9e37_79b9_7f4a_7c15 ^ original.len() as u64);
    for _ in 0..rounds {
        let mut bytes = original.to_vec();
        for _ in 0..=random.below(4) {
            let at = random.below(bytes.len());
            match random.below(6) {
                0 => bytes[at] = random.next() as u8,
                1 => bytes[at] ^= 1 << random.below(8),
                2 => bytes[at] = [0, 0x7f, 0x80, 0xff][random.below(4)],
                3 => bytes.truncate(at.max(1)),
                4 => {
                    let end = (at + random.below(40)).min(bytes.len());
                    let piece = bytes[at..end].to_vec();
                    let to = random.below(bytes.len());
                    bytes.splice(to..to, piece);
                }
                _ => {
                    let end = (at + random.below(40)).min(bytes.len() - 1);
                    bytes.drain(at.min(end)..end);
                }
            }
        }
        read(&bytes);
    }
}

/// What every run must be, whatever it was read from.
pub(crate) fn assert_sound(run: &WeatherRun) {
    assert!(!run.nodes.is_empty() && !run.hours.is_empty());
    assert!(run.grid.is_none_or(|(rows, columns)| rows * columns == run.nodes.len()));
    assert!(run.hours.is_sorted_by(|a, b| a.valid_at < b.valid_at));
    for hour in &run.hours {
        assert_eq!(hour.samples.len(), run.nodes.len());
        for sample in &hour.samples {
            let speed_m_s = sample.wind_10m_east_m_s.hypot(sample.wind_10m_north_m_s);
            assert!(speed_m_s.is_nan() || speed_m_s <= 120.0);
            assert!(sample.temperature_c.is_nan() || (-90.0..=60.0).contains(&sample.temperature_c));
            assert!(sample.relative_humidity.is_nan() || (0.0..=1.0).contains(&sample.relative_humidity));
            assert!(sample.rain_kg_m2.is_nan() || (0.0..=500.0).contains(&sample.rain_kg_m2));
            assert!(sample.cloud_cover.is_nan() || (0.0..=1.0).contains(&sample.cloud_cover));
            assert!(sample.radiation_kw_m2.is_nan() || (0.0..=1.7).contains(&sample.radiation_kw_m2));
        }
    }
}

#[test]
fn broken_grib2_is_refused_or_sound() {
    let (mut read, mut refused) = (0, 0);
    for name in ["grib2_run.grib2", "grib2_made.grib2"] {
        let bytes = kept(name);
        mutated(&bytes, 3000, |bytes| match grib2::read(bytes, None) {
            Ok((run, _)) => {
                assert_sound(&run);
                read += 1;
            }
            Err(_) => refused += 1,
        });
        // Every field alone, so that each packing meets its own broken bytes.
        let lengths: Vec<_> = lengths(&bytes).collect();
        for (from, until) in lengths {
            mutated(&bytes[from..until], 300, |bytes| {
                for message in grib2::messages(bytes).flatten() {
                    match message.field(None) {
                        Ok(field) => {
                            assert_eq!(field.values.len(), field.window.nodes());
                            read += 1;
                        }
                        Err(_) => refused += 1,
                    }
                }
            });
        }
    }
    assert!(read > 1000 && refused > 1000, "{read} read, {refused} refused");
}

/// Where each message of sound bytes begins and ends.
fn lengths(bytes: &[u8]) -> impl Iterator<Item = (usize, usize)> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        let head = bytes.get(at..at + 16)?;
        let from = at;
        at += u64::from_be_bytes(head[8..].try_into().unwrap()) as usize;
        Some((from, at))
    })
}

#[test]
fn broken_headers_of_real_grib2_are_refused_or_bounded() {
    for name in ["grib2/gfs.t12z.pgrb2.0p25.f023-PV-TMP-missing.grib2", "grib2/ds.critfireo.bin.xz"] {
        let Some(mut bytes) = sample(name) else { return };
        let behind = bytes.split_off(400);
        let mut seen = 0;
        let bounds =
            firecore::geo::Bounds { west_deg: -100.0, south_deg: 35.0, east_deg: -99.0, north_deg: 36.0 };
        mutated(&bytes, 60, |head| {
            let bytes = [head, &behind].concat();
            for message in grib2::messages(&bytes).flatten().take(1) {
                if let Ok(field) = message.field(Some(&bounds)) {
                    assert_eq!(field.values.len(), field.window.nodes());
                }
                seen += 1;
            }
        });
        assert!(seen > 5, "{seen}");
    }
}

#[test]
fn broken_indexes_are_refused_or_read() {
    let index = "1:0:d=2023072206:TMP:2 m above ground:anl:\n2:99:d=2023072206:HGT:surface:anl:\n";
    let mut read = 0;
    mutated(index.as_bytes(), 4000, |bytes| {
        let text = String::from_utf8_lossy(bytes);
        if let Ok(entries) = grib2::inventory::parse(&text) {
            let pieces = grib2::inventory::ranges(&entries, |_| true, None);
            assert!(pieces.len() <= entries.len());
            read += 1;
        }
    });
    assert!(read > 100, "{read}");
}

/// Mutates so often, and counts what was read and what refused.
fn counted<E>(
    bytes: &[u8],
    rounds: usize,
    reader: impl Fn(&[u8]) -> Result<(WeatherRun, Vec<String>), E>,
) -> (usize, usize) {
    let (mut read, mut refused) = (0, 0);
    mutated(bytes, rounds, |bytes| match reader(bytes) {
        Ok((run, _)) => {
            assert_sound(&run);
            read += 1;
        }
        Err(_) => refused += 1,
    });
    (read, refused)
}

#[test]
fn broken_answers_are_refused_or_sound() {
    let answers = [
        ("open_meteo/aus-basic-ecmwf_ifs.json", open_meteo::read as fn(&[u8]) -> _, 300),
        ("nws_api/detailed_forecast.json", nws::grid_point, 300),
        ("nws_api/stations_observations_multiple.json", nws::observations, 2000),
    ];
    for (name, reader, rounds) in answers {
        let Some(bytes) = sample(name) else { return };
        let (read, refused) = counted(&bytes, rounds, reader);
        assert!(read > rounds / 100 && refused > rounds / 20, "{name}: {read} read, {refused} refused");
    }
}

#[test]
fn broken_texts_are_refused_or_sound() {
    let local = LocalTime { offset: Offset::UTC };
    for (name, cut) in [
        ("weather_samples/stations/TS934-MDT-2018-06-20_2128-2018-06-21_2128-1.csv", 1200),
        ("landscape_samples/flammap_reference/2427464_Basic.input.wxs", 700),
        ("landscape_samples/farsite_reference/062913.input", 900),
    ] {
        let Some(mut bytes) = real(name) else { return };
        // Whole lines.
        let end = bytes[..cut].iter().rposition(|byte| *byte == b'\n').unwrap();
        bytes.truncate(end);
        let (read, refused) = counted(&bytes, 1500, |bytes| read_text(name, bytes, local));
        assert!(read > 20 && refused > 100, "{name}: {read} read, {refused} refused");
    }
    let fw21 = "StationID,DateTime,Temperature(F),WindSpeed(mph),WindAzimuth(degrees),SolarRadiation(W/m2)\n\
                20284,2018-05-24T00:00:00-07:00,34,2,322,0.0\n20284,2018-05-24T01:00:00-07:00,32,-999,60,9\n";
    let (read, refused) = counted(fw21.as_bytes(), 2000, |bytes| read_text("x.fw21", bytes, local));
    assert!(read > 100 && refused > 100, "{read} read, {refused} refused");
}
