//! Windows of a cloud-optimised GeoTIFF: cells a second from memory, and what a window of 60 km asks of a source far away.

use std::fmt::Write as _;
use std::hint::black_box;
use std::io::Write;
use std::sync::Arc;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use firecore::geo::LocalFrame;
use firecore::grid::GridShape;
use flate2::Compression;
use flate2::write::ZlibEncoder;
use georead::raster::resample::{CoordinateMap, Method, read};
use georead::raster::{Beside, PixelWindow, Raster};

use counting::Counting;

#[path = "../tests/shared/counting.rs"]
mod counting;

/// Edge of the raster and of its tiles, pixels.
const EDGE: usize = 8192;
const TILE: usize = 512;
/// Edge of a pixel, m.
const PIXEL_M: f64 = 30.0;

/// A raster of 16-bit integers in UTM zone 11: tiles of 512, deflate, differences; directory and tables first.
fn file() -> Vec<u8> {
    let across = EDGE / TILE;
    let count = (across * across) as u32;
    let header = 8 + 2 + 13 * 12 + 4;
    let (offsets_at, counts_at) = (header, header + 4 * count);
    let (scale_at, tie_at) = (counts_at + 4 * count, counts_at + 4 * count + 24);
    let keys_at = tie_at + 48;
    let mut bytes = vec![0; keys_at as usize + 32];
    let (mut offsets, mut counts) = (Vec::new(), Vec::new());
    for tile in 0..across * across {
        let packed = tile_bytes(tile / across * TILE, tile % across * TILE);
        offsets.push(bytes.len() as u32);
        counts.push(packed.len() as u32);
        bytes.extend(packed);
    }
    let mut put =
        |at: u32, piece: &[u8]| bytes[at as usize..at as usize + piece.len()].copy_from_slice(piece);
    put(0, &[b'I', b'I', 42, 0, 8, 0, 0, 0, 13, 0]);
    let (edge, tile) = (EDGE as u32, TILE as u32);
    let tags: [(u16, u16, u32, u32); 13] = [
        (256, 4, 1, edge),
        (257, 4, 1, edge),
        (258, 3, 1, 16),
        (259, 3, 1, 8),
        (317, 3, 1, 2),
        (322, 4, 1, tile),
        (323, 4, 1, tile),
        (324, 4, count, offsets_at),
        (325, 4, count, counts_at),
        (339, 3, 1, 2),
        (33550, 12, 3, scale_at),
        (33922, 12, 6, tie_at),
        (34735, 3, 16, keys_at),
    ];
    for (index, (tag, kind, count, value)) in tags.into_iter().enumerate() {
        let at = 10 + 12 * index as u32;
        put(at, &tag.to_le_bytes());
        put(at + 2, &kind.to_le_bytes());
        put(at + 4, &count.to_le_bytes());
        put(at + 8, &value.to_le_bytes());
    }
    for (index, (offset, count)) in offsets.iter().zip(&counts).enumerate() {
        put(offsets_at + 4 * index as u32, &offset.to_le_bytes());
        put(counts_at + 4 * index as u32, &count.to_le_bytes());
    }
    let doubles = [PIXEL_M, PIXEL_M, 0.0, 0.0, 0.0, 0.0, 300_000.0, 4_200_000.0, 0.0];
    for (index, number) in doubles.iter().enumerate() {
        put(scale_at + 8 * index as u32, &number.to_le_bytes());
    }
    let keys: [u16; 16] = [1, 1, 0, 3, 1024, 0, 1, 1, 1025, 0, 1, 1, 3072, 0, 1, 32611];
    for (index, key) in keys.iter().enumerate() {
        put(keys_at + 2 * index as u32, &key.to_le_bytes());
    }
    bytes
}

/// Rough hills, as elevations come: differences of a few metres from pixel to pixel.
fn tile_bytes(top: usize, left: usize) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::new(6));
    for row in top..top + TILE {
        let height = |col: usize| {
            let (x, y) = (col as f64 / 40.0, row as f64 / 35.0);
            let rough = (row * 7 + col * 13 + row * col) % 5;
            (1000.0 + 300.0 * x.sin() + 200.0 * (y + 0.3 * x).cos()) as i16 + rough as i16
        };
        let mut line = Vec::with_capacity(2 * TILE);
        let mut before = 0_i16;
        for col in left..left + TILE {
            let value = height(col);
            line.extend(value.wrapping_sub(before).to_le_bytes());
            before = value;
        }
        encoder.write_all(&line).expect("memory takes all");
    }
    encoder.finish().expect("memory takes all")
}

/// What opening and one window of 60 x 60 km cost, in words.
fn asked(source: &Arc<Counting>) -> String {
    let taken = |what: &str, said: &mut String| {
        let [requests, pieces, bytes] = source.taken();
        write!(said, "{what}: {requests} requests, {pieces} pieces, {bytes} bytes; ").expect("text grows");
    };
    let mut said = String::new();
    let raster = Raster::from_source(source.clone(), "far", &Beside::default()).expect("a raster");
    taken("open", &mut said);
    let window = PixelWindow { row: 1900, col: 2100, rows: 2000, cols: 2000 };
    raster.read(0, window).expect("a window");
    taken("60 x 60 km", &mut said);
    said
}

fn windows(criterion: &mut Criterion) {
    let bytes = file();
    let source = Counting::new(bytes.clone());
    eprintln!("{}of {} bytes in all", asked(&source), bytes.len());
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("cog.tif");
    std::fs::write(&path, &bytes).expect("a file");
    let raster = Raster::open(&path).expect("a raster");
    let window = PixelWindow { row: 1900, col: 2100, rows: 2000, cols: 2000 };
    let mut group = criterion.benchmark_group("raster");
    group.sample_size(10).throughput(Throughput::Elements((window.rows * window.cols) as u64));
    group.bench_function(BenchmarkId::new("window", 2000), |bencher| {
        bencher.iter(|| black_box(raster.read(0, window).expect("a window")));
    });
    let (west_m, north_m) = raster.place.to_xy(2100.3, 1900.3);
    let shape = GridShape { rows: 2000, cols: 2000, cell_size_m: PIXEL_M, west_m, north_m };
    let frame = LocalFrame::utm(11, false);
    for method in [Method::Nearest, Method::Bilinear] {
        group.bench_function(BenchmarkId::new("resampled", format!("{method:?}")), |bencher| {
            bencher.iter(|| {
                let map = CoordinateMap::new(&raster, &frame, &shape).expect("a place");
                black_box(read(&raster, 0, &map, method).expect("a window"))
            });
        });
    }
    group.finish();
}

criterion_group!(benches, windows);
criterion_main!(benches);
