//! The chain of landscapes: configured folders, LANDFIRE's, tiles of the Earth, flat grass.

use std::path::Path;
use std::sync::Arc;
use std::thread;

use firecore::forecast::InputNote;
use firecore::geo::{Bounds, LocalFrame};
use firecore::grid::GridShape;
use firecore::landscape::{FuelCode, Landscape};

use super::{Ground, Kept, Shared};
use crate::inputs::area;
use crate::inputs::folder::Layers;
use crate::inputs::fuel::FuelMeaning;
use crate::inputs::online::{Built, CELL_SIZE_M, Online, Provider, landfire};
use crate::inputs::remote::Reach;
use crate::inputs::{InputsError, builtin, folder, look};

/// How far around a fire tiles are read, m, whatever is configured: 4 million cells.
const REACH_M_MAX: f64 = 30_000.0;

/// The first ground that there is.
pub(super) fn open(
    shared: &Shared,
    area: &Bounds,
    online: Option<&(&Online, Reach)>,
) -> Result<Ground, InputsError> {
    let mut reasons = Vec::new();
    for path in &shared.settings.landscapes {
        if let Some(ground) = from_path(shared, path, area)? {
            return Ok(ground);
        }
        let place = Layers::find(path).and_then(|layers| layers.fuel_bounds()).ok();
        let place = place.map(|bounds| format!(" ({})", look::in_words(&bounds)));
        reasons.push(format!("nothing for this place in {}{}", path.display(), place.unwrap_or_default()));
    }
    if let Some((online, reach)) = online {
        return from_network(shared, area, online, reach, reasons);
    }
    let frame = LocalFrame::at(area::centre(area)?);
    let window = area::plane_box(&frame, area)?;
    let (landscape, mut notes) = builtin::landscape(frame, &window, shared.settings.reach_m);
    say(&mut notes, "terrain", &reasons);
    Ok(Ground::Known(landscape, notes))
}

/// LANDFIRE's landscape, else tiles; they are fetched while LANDFIRE is asked, which may take all the time there is.
fn from_network(
    shared: &Shared,
    area: &Bounds,
    online: &Online,
    reach: &Reach,
    mut reasons: Vec<String>,
) -> Result<Ground, InputsError> {
    let options = online.options();
    let mut from_file = |file: &Path| {
        match from_path(shared, file, area) {
            Ok(Some(ground)) => return Some(ground),
            Ok(None) => reasons.push("landfire's landscape has nothing for this place".to_owned()),
            // What another gave must not stop a forecast.
            Err(error) => {
                reach.failures.note(Provider::Landfire, &error, false);
                reasons.push(format!("landfire: {error}"));
            }
        }
        None
    };
    let is_asked = online.asks(Provider::Landfire);
    let kept = is_asked.then(|| landfire::kept(options, reach.cache.now(), area)).flatten();
    let tiles = match kept {
        Some(file) => match from_file(&file) {
            Some(ground) => return Ok(ground),
            None => from_tiles(shared, area, online, reach),
        },
        None if !is_asked => from_tiles(shared, area, online, reach),
        None => {
            let address = online.address(Provider::Landfire);
            let (order, tiles) = thread::scope(|scope| {
                let order = scope.spawn(|| landfire::landscape(options, address, reach, area));
                let tiles = from_tiles(shared, area, online, reach);
                (folder::joined(order), tiles)
            });
            match order {
                Ok(file) => {
                    if let Some(ground) = from_file(&file) {
                        return Ok(ground);
                    }
                }
                // Most of the Earth is elsewhere: a word about it in each note there would hide what matters.
                Err(landfire::LandfireError::Elsewhere) => {}
                Err(error) => {
                    if error.is_failure() {
                        reach.failures.note(Provider::Landfire, &error, false);
                    }
                    reasons.push(error.to_string());
                }
            }
            tiles
        }
    };
    let (landscape, mut notes) = tiles?;
    say(&mut notes, "fuel", &reasons);
    Ok(Ground::Known(landscape, notes))
}

fn from_path(shared: &Shared, path: &Path, area: &Bounds) -> Result<Option<Ground>, InputsError> {
    let key = shared.key(path, area)?;
    if let Some((landscape, notes)) = shared.recall(&key) {
        return Ok(Some(Ground::Known(landscape, notes)));
    }
    let meaning = FuelMeaning::read(&shared.settings)?;
    let opened = folder::open(path, area, shared.settings.reach_m, meaning)?;
    Ok(opened.map(|opened| Ground::Opened(Box::new(opened), key)))
}

/// Gives a folder's landscape that is flat because it has neither elevation nor slope the elevation of tiles; false where nobody had it.
pub(super) fn raise(
    landscape: &mut Landscape,
    notes: &mut [InputNote],
    (online, reach): &(&Online, Reach),
) -> bool {
    let note = notes.iter_mut().find(|note| note.input == "terrain" && note.fallback);
    match online.elevation(reach, &landscape.frame, &landscape.shape) {
        Ok(built) => {
            landscape.terrain = folder::terrain_of(&landscape.shape, &built.cells);
            if let Some(note) = note {
                *note = built.note;
            }
            true
        }
        Err(reasons) => {
            if let (false, Some(note)) = (reasons.is_empty(), note) {
                note.source = format!("{}; {}", note.source, reasons.join("; "));
            }
            reasons.is_empty()
        }
    }
}

/// Terrain and fuel from tiles, each built in where nobody has it.
fn from_tiles(
    shared: &Shared,
    area: &Bounds,
    online: &Online,
    reach: &Reach,
) -> Result<(Arc<Landscape>, Vec<InputNote>), InputsError> {
    let key = shared.key(Path::new("tiles"), area)?;
    if let Some(known) = shared.recall(&key) {
        return Ok(known);
    }
    let place = area::centre(area)?;
    let frame = LocalFrame::at(place);
    let reach_m = shared.settings.reach_m.min(REACH_M_MAX);
    let window = area::plane_box(&frame, area)?.grown(reach_m).snapped_outward(folder::SNAP_M);
    let shape = grid(&window, frame.to_plane(place));
    let (elevation, fuel) = thread::scope(|scope| {
        let elevation = scope.spawn(|| online.elevation(reach, &frame, &shape));
        let fuel = online.fuel(reach, &frame, &shape, place);
        (folder::joined(elevation), fuel)
    });
    let whole = elevation.is_ok() && fuel.is_ok();
    let fuel = fuel.and_then(|fuel| {
        on_land(
            fuel,
            &elevation,
            shape.cell_at(frame.to_plane(place)).map(|(row, col)| shape.index(row, col)),
        )
    });
    let (landscape, mut notes) = landscape(frame, shape, elevation, fuel);
    notes.push(builtin::fallback("canopy", "built-in: no canopy; land cover says nothing of it", None));
    let landscape = Arc::new(landscape);
    if whole {
        shared.keep(Kept { key, landscape: Arc::clone(&landscape), notes: notes.clone() });
    }
    Ok((landscape, notes))
}

/// Cells of tiles over a window; a window that is too large keeps its middle.
fn grid(window: &crate::inputs::area::PlaneBox, middle: firecore::geo::EastNorth) -> GridShape {
    /// 60 km and a fire of 30 km, in cells of 30 m.
    const EDGE_CELLS_MAX: usize = 3000;
    let count = |length_m: f64| ((length_m / CELL_SIZE_M).ceil() as usize).clamp(1, EDGE_CELLS_MAX);
    let (rows, cols) = (count(window.north_m - window.south_m), count(window.east_m - window.west_m));
    let half = |cells: usize| cells as f64 * CELL_SIZE_M / 2.0;
    let cut = |low_m: f64, high_m: f64, at_m: f64, half_m: f64| match high_m - low_m > 2.0 * half_m {
        true => ((at_m - half_m) / CELL_SIZE_M).floor() * CELL_SIZE_M,
        false => low_m,
    };
    GridShape {
        rows,
        cols,
        cell_size_m: CELL_SIZE_M,
        west_m: cut(window.west_m, window.east_m, middle.east_m, half(cols)),
        north_m: cut(window.south_m, window.north_m, middle.north_m, half(rows)) + rows as f64 * CELL_SIZE_M,
    }
}

/// Land cover that has no tile where the ground at the fire lies above or below the sea is missing: water would stop every fire.
fn on_land(
    fuel: Built<FuelCode>,
    elevation: &Layer<f32>,
    fire: Option<usize>,
) -> Result<Built<FuelCode>, Vec<String>> {
    let ground = elevation.as_ref().ok().filter(|ground| fuel.is_all_sea && !ground.is_all_sea);
    match ground.zip(fire).map(|(ground, fire)| ground.cells[fire]) {
        Some(metres) if metres != 0.0 => Err(vec![format!(
            "{}: no tile here, and the ground lies at {metres:.0} m: it is missing, or its address is wrong",
            Provider::WorldCover
        )]),
        _ => Ok(fuel),
    }
}

/// A layer, or why it is not there.
type Layer<T> = Result<Built<T>, Vec<String>>;

fn landscape(
    frame: LocalFrame,
    shape: GridShape,
    elevation: Layer<f32>,
    fuel: Layer<FuelCode>,
) -> (Landscape, Vec<InputNote>) {
    let mut notes = Vec::new();
    let why = |reasons: &[String]| {
        if reasons.is_empty() { String::new() } else { format!(": {}", reasons.join("; ")) }
    };
    let elevation_m = match elevation {
        Ok(built) => {
            notes.push(built.note);
            built.cells
        }
        Err(reasons) => {
            notes.push(builtin::fallback("terrain", &format!("built-in flat ground{}", why(&reasons)), None));
            vec![0.0; shape.len()]
        }
    };
    let codes = match fuel {
        Ok(built) => {
            notes.push(built.note);
            built.cells
        }
        Err(reasons) => {
            let said = format!("built-in GR2 (102), low-load dry-climate grass, everywhere{}", why(&reasons));
            notes.push(builtin::fallback("fuel", &said, None));
            vec![builtin::FUEL_DEFAULT; shape.len()]
        }
    };
    (folder::landscape_of(frame, shape, elevation_m, codes), notes)
}

/// Adds to the first note about an input what was asked before it.
fn say(notes: &mut [InputNote], input: &str, reasons: &[String]) {
    if let (false, Some(note)) = (reasons.is_empty(), notes.iter_mut().find(|note| note.input == input)) {
        note.source = format!("{}; {}", note.source, reasons.join("; "));
    }
}
