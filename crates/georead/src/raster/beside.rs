//! Texts in files beside a raster, which say where it lies where it does not say so itself.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::PixelPlace;
use crate::crs::{Crs, wkt};

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
        let path = bare(path);
        let first = |endings: &[&str]| endings.iter().find_map(|ending| text(&path.with_extension(ending)));
        Self { projection: first(&["prj", "PRJ"]), world: first(&["tfw", "TFW", "tifw", "wld"]) }
    }

    /// The coordinate system of the raster of a name.
    ///
    /// **Errors** are what was found in place of one.
    pub(super) fn crs(&self, name: &str) -> Result<Crs, String> {
        match self.projection.as_deref() {
            Some(text) if text.trim().is_empty() => {
                let file = bare(Path::new(name)).with_extension("prj");
                let file = file.file_name().unwrap_or_default().to_string_lossy();
                Err(format!("an empty file {file}"))
            }
            Some(text) => wkt::parse(text),
            None => Err("a file that does not say, and no .prj beside it".to_owned()),
        }
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

/// A name without its `.gz`.
fn bare(path: &Path) -> PathBuf {
    let gzipped = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("gz"));
    if gzipped { path.with_extension("") } else { path.to_owned() }
}

fn text(path: &PathBuf) -> Option<String> {
    let mut bytes = Vec::new();
    fs::File::open(path).ok()?.take(TEXT_BYTES_MAX).read_to_end(&mut bytes).ok()?;
    Some(String::from_utf8_lossy(&bytes).trim_start_matches('\u{feff}').to_owned())
}
