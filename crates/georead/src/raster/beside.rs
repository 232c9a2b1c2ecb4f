//! Texts in files beside a raster, which say where it lies where it does not say so itself.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::PixelPlace;

/// Bytes that such a file may have: the longest in use have two thousand.
const TEXT_BYTES_MAX: u64 = 64 << 10;

/// What lies beside a raster.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Beside {
    /// The text of a `.prj` file: the coordinate system.
    pub projection: Option<String>,
    /// The text of a world file (`.tfw`): the place in it.
    pub world: Option<String>,
}

impl Beside {
    /// What lies beside a file of this machine, under its name with another ending.
    pub fn of(path: &Path) -> Self {
        let gzipped = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("gz"));
        let path = if gzipped { path.with_extension("") } else { path.to_owned() };
        let first = |endings: &[&str]| endings.iter().find_map(|ending| text(&path.with_extension(ending)));
        Self { projection: first(&["prj", "PRJ"]), world: first(&["tfw", "TFW", "tifw", "wld"]) }
    }

    /// The place that the world file says, by its six numbers; the last two are the middle of the first pixel.
    pub(super) fn place(&self) -> Option<PixelPlace> {
        let words = self.world.as_deref()?.split_ascii_whitespace().take(6);
        let numbers: Vec<f64> = words.map(|word| word.parse().ok()).collect::<Option<_>>()?;
        let [x_per_col, y_per_col, x_per_row, y_per_row, x, y] = numbers.try_into().ok()?;
        let place = PixelPlace { x0: x, x_per_col, x_per_row, y0: y, y_per_col, y_per_row };
        let (x0, y0) = place.to_xy(-0.5, -0.5);
        PixelPlace { x0, y0, ..place }.checked()
    }
}

fn text(path: &PathBuf) -> Option<String> {
    let mut bytes = Vec::new();
    fs::File::open(path).ok()?.take(TEXT_BYTES_MAX).read_to_end(&mut bytes).ok()?;
    Some(String::from_utf8_lossy(&bytes).trim_start_matches('\u{feff}').to_owned())
}
