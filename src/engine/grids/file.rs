//! The file of one forecast's grids: a head, then each grid by itself, packed by LZ4.
//!
//! Little-endian: eight letters, the forecast's version (u64) and time of issue (i128, ns), rows, columns, members and lead times
//! (u32 each), the lead times (u32, s); then p10, p50, p90 and intensity (f32, the four bytes of all values one after the other,
//! for like compresses beside like), burnable (u8) and the counts by lead time (u16), each with its packed length (u32) before it.

use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use firecore::detection::ClusterId;
use firecore::ensemble::reduce::{ArrivalPercentiles, BurnCounts};
use firecore::forecast::Forecast;
use lz4_flex::block::{compress_prepend_size, decompress_size_prepended};

const LETTERS: [u8; 8] = *b"guiragr1";

/// Where a fire's file lies: not too many in one folder.
pub(super) fn path(folder: &Path, id: ClusterId) -> PathBuf {
    let name = id.to_string();
    // Ids are hashes: any two digits part them evenly.
    let shelf = name.get(..2).unwrap_or("00").to_owned();
    folder.join(shelf).join(name)
}

/// Writes it beside its place; gives where. It need not outlive the process, so nothing waits for the disk.
pub(super) fn write_part(path: &Path, whole: &Forecast) -> std::io::Result<PathBuf> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let part = path.with_extension("part");
    let mut file = BufWriter::new(File::create(&part)?);
    let (arrival, burned) = (&whole.arrival, &whole.burned);
    file.write_all(&head(whole))?;
    for lead_time_s in &burned.lead_times_s {
        file.write_all(&lead_time_s.to_le_bytes())?;
    }
    for values in [&arrival.p10_s, &arrival.p50_s, &arrival.p90_s, &arrival.fireline_intensity_kw_m] {
        write_packed(&mut file, &apart(values))?;
    }
    write_packed(&mut file, &arrival.burnable.iter().map(|can| u8::from(*can)).collect::<Vec<u8>>())?;
    for counts in &burned.counts {
        write_packed(&mut file, &counts.iter().flat_map(|count| count.to_le_bytes()).collect::<Vec<u8>>())?;
    }
    file.into_inner()?;
    Ok(part)
}

/// What the file of a forecast begins with.
fn head(forecast: &Forecast) -> Vec<u8> {
    let (shape, burned) = (&forecast.arrival.shape, &forecast.burned);
    let mut head = LETTERS.to_vec();
    head.extend(forecast.plan.version.to_le_bytes());
    head.extend(forecast.issued_at.as_nanosecond().to_le_bytes());
    for number in [shape.rows, shape.cols, burned.members as usize, burned.counts.len()] {
        head.extend((number as u32).to_le_bytes());
    }
    head
}

/// The forecast with the grids that its file holds; the error is in words.
pub(super) fn read(path: &Path, light: &Forecast) -> Result<Forecast, String> {
    let mut file = BufReader::new(File::open(path).map_err(|error| error.to_string())?);
    let wanted = head(light);
    let mut found = vec![0; wanted.len()];
    file.read_exact(&mut found).map_err(|error| error.to_string())?;
    // The number of members and of lead times is known from the grids alone.
    let known = wanted.len() - 8;
    if found[..known] != wanted[..known] {
        return Err(format!("it is not of forecast {}", light.plan.version));
    }
    let number = |at: usize| u32::from_le_bytes([found[at], found[at + 1], found[at + 2], found[at + 3]]);
    let (members, leads) = (number(known), number(known + 4));
    let lead_times_s = (0..leads).map(|_| read_u32(&mut file)).collect::<Result<Vec<u32>, String>>()?;
    let cells = light.arrival.shape.len();
    let mut floats = || Ok::<_, String>(together(&read_packed(&mut file, 4 * cells)?));
    let (p10_s, p50_s, p90_s, fireline_intensity_kw_m) = (floats()?, floats()?, floats()?, floats()?);
    let burnable = read_packed(&mut file, cells)?.into_iter().map(|can| can == 1).collect();
    let mut counts = Vec::with_capacity(lead_times_s.len());
    for _ in 0..leads {
        let bytes = read_packed(&mut file, 2 * cells)?;
        counts.push(bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect());
    }
    let (frame, shape) = (light.arrival.frame.clone(), light.arrival.shape);
    let arrival = ArrivalPercentiles { frame, shape, p10_s, p50_s, p90_s, fireline_intensity_kw_m, burnable };
    Ok(light.with_grids(arrival, BurnCounts { members, lead_times_s, counts }))
}

/// The first bytes of all values, then the second ones, and so on.
fn apart(values: &[f32]) -> Vec<u8> {
    (0..4).flat_map(|byte| values.iter().map(move |value| value.to_le_bytes()[byte])).collect()
}

fn together(bytes: &[u8]) -> Vec<f32> {
    let count = bytes.len() / 4;
    (0..count).map(|at| f32::from_le_bytes([0, 1, 2, 3].map(|byte| bytes[byte * count + at]))).collect()
}

fn write_packed(file: &mut impl Write, bytes: &[u8]) -> std::io::Result<()> {
    let packed = compress_prepend_size(bytes);
    let length = u32::try_from(packed.len()).map_err(std::io::Error::other)?;
    file.write_all(&length.to_le_bytes())?;
    file.write_all(&packed)
}

fn read_packed(file: &mut impl Read, length: usize) -> Result<Vec<u8>, String> {
    let packed = read_u32(file)?;
    let mut bytes = Vec::new();
    file.take(packed.into()).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    // The length is in front, and memory is taken by it.
    if bytes.first_chunk().map(|first| u32::from_le_bytes(*first) as usize) != Some(length) {
        return Err(format!("a grid of {length} bytes was needed, found another one or a part of it"));
    }
    decompress_size_prepended(&bytes).map_err(|error| error.to_string())
}

fn read_u32(file: &mut impl Read) -> Result<u32, String> {
    let mut bytes = [0; 4];
    file.read_exact(&mut bytes).map_err(|error| error.to_string())?;
    Ok(u32::from_le_bytes(bytes))
}
