//! Broken and hostile files: refused or read, never a panic, and never more than a window of values.

use std::fs;
use std::sync::Arc;

use georead::raster::{Beside, PixelWindow, Raster};

use crate::points::{kept, reference};

/// Pseudo-random numbers (Marsaglia's xorshift), the same on every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, count: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % count.max(1) as u64) as usize
    }
}

/// Changes a few bytes, most of them among the first, cuts the end off, or puts numbers where they hurt.
fn mutate(bytes: &mut Vec<u8>, numbers: &mut Numbers) {
    const HURTFUL: [u64; 6] = [0, 1, u16::MAX as u64, i32::MAX as u64, u32::MAX as u64, u64::MAX];
    for _ in 0..1 + numbers.below(4) {
        let reach = if numbers.below(3) == 0 { bytes.len() } else { bytes.len().min(600) };
        let at = numbers.below(reach);
        match numbers.below(8) {
            0 => bytes.truncate(at.max(1)),
            1 | 2 => {
                let number = HURTFUL[numbers.below(6)].to_le_bytes();
                let count = [2, 4, 8][numbers.below(3)].min(bytes.len() - at);
                bytes[at..at + count].copy_from_slice(&number[..count]);
            }
            3 => bytes[at] ^= 1 << numbers.below(8),
            _ => bytes[at] = numbers.below(256) as u8,
        }
    }
}

/// True where it opened and a window was read.
fn survives(bytes: Vec<u8>) -> bool {
    let Ok(raster) = Raster::from_source(Arc::new(bytes), "broken", &Beside::default()) else { return false };
    let window = PixelWindow { row: 0, col: 0, rows: raster.rows.min(64), cols: raster.cols.min(64) };
    let last = PixelWindow { row: raster.rows - window.rows, col: raster.cols - window.cols, ..window };
    let mut read = false;
    for window in [window, last] {
        if let Ok(values) = raster.read(raster.bands - 1, window) {
            assert_eq!(values.len(), window.rows * window.cols);
            read = true;
        }
    }
    if let Ok(crs) = raster.crs() {
        let place = crs.to_lon_lat(raster.place.x0, raster.place.y0);
        assert!(place.is_none_or(|place| place.lon_deg().is_finite()));
    }
    read
}

fn fuzz(files: &[Vec<u8>], runs: usize) -> (usize, usize) {
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    let mut survived = 0;
    for file in files {
        for _ in 0..runs {
            let mut bytes = file.clone();
            mutate(&mut bytes, &mut numbers);
            survived += usize::from(survives(bytes));
        }
    }
    (survived, files.len() * runs)
}

#[test]
fn mutated_tiffs_are_refused_or_read() {
    let names = fs::read_dir(kept("files")).unwrap().map(|entry| entry.unwrap().path());
    let mut paths: Vec<_> =
        names.filter(|path| path.extension().is_some_and(|ending| ending == "tif")).collect();
    paths.sort();
    let files: Vec<Vec<u8>> = paths.iter().map(|path| fs::read(path).unwrap()).collect();
    let (survived, all) = fuzz(&files, 100);
    // Both ways are taken often.
    assert!(survived > all / 10 && survived < all * 9 / 10, "{survived} of {all}");
}

#[test]
fn mutated_grids_are_refused_or_read() {
    let mut text =
        "ncols 40\nnrows 30\nxllcorner 1.5\nyllcorner -2\ncellsize 3\nnodata_value -9999\n".to_owned();
    for row in 0..30 {
        text += &(0..40).map(|col| format!("{}", row * col - 9)).collect::<Vec<_>>().join(" ");
        text += "\r\n";
    }
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut packed, text.as_bytes()).unwrap();
    let (survived, all) = fuzz(&[text.into_bytes(), packed.finish().unwrap()], 2000);
    assert!(survived > all / 50 && survived < all * 9 / 10, "{survived} of {all}");
}

#[test]
fn mutated_landscape_files_are_refused_or_read() {
    let mut header = vec![0_u8; 7316];
    let mut put = |at: usize, bytes: &[u8]| header[at..at + bytes.len()].copy_from_slice(bytes);
    for (at, word) in [(0, 21_i32), (4, 20), (8, 40), (4164, 12), (4168, 9)] {
        put(at, &word.to_le_bytes());
    }
    for (at, number) in [(4180, 1000.0_f64), (4188, 2000.0), (4208, 30.0), (4216, 30.0)] {
        put(at, &number.to_le_bytes());
    }
    let mut values: Vec<u8> = (0..12 * 9 * 8_u16).flat_map(u16::to_le_bytes).collect();
    let mut file = header.clone();
    file.append(&mut values);
    assert!(survives(file.clone()));
    let mut files = vec![file];
    if let Some(folder) = reference() {
        let mut real = fs::read(folder.join("landscape_samples/flammap_reference/2427464.lcp")).unwrap();
        real.truncate(1 << 20);
        files.push(real);
    }
    // What matters lies in two places, which mutations seldom hit: the words at 4164 on are drawn by hand.
    let mut numbers = Numbers(7);
    for _ in 0..2000 {
        let mut bytes = files[0].clone();
        let at = [0, 4, 8, 4164, 4168, 4180, 4188, 4208, 4216][numbers.below(9)] + numbers.below(4);
        bytes[at] = numbers.below(256) as u8;
        survives(bytes);
    }
    let (survived, all) = fuzz(&files, 500);
    assert!(survived > 0 && survived < all, "{survived} of {all}");
}

#[test]
fn texts_of_projections_are_refused_or_read_whatever_they_hold() {
    let lines = fs::read_to_string(kept("figures/projections.tsv")).unwrap();
    let grid = b"ncols 1\nnrows 1\nxllcorner 0\nyllcorner 0\ncellsize 1\n5".to_vec();
    let source = Arc::new(grid);
    let mut numbers = Numbers(99);
    let mut known = 0;
    let deep = "PROJCS[".repeat(10_000);
    let texts = lines.lines().filter_map(|line| line.split('\t').next_back()).chain([deep.as_str()]);
    for text in texts {
        for _ in 0..100 {
            let mut bytes = text.as_bytes().to_vec();
            mutate(&mut bytes, &mut numbers);
            let projection = Some(String::from_utf8_lossy(&bytes).into_owned());
            let beside = Beside { projection, world: None };
            let raster = Raster::from_source(source.clone(), "grid", &beside).unwrap();
            known += usize::from(raster.crs().is_ok());
        }
    }
    assert!(known > 100, "{known}");
}
