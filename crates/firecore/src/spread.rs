//! One member's fire growth: from a seed to the time that each cell burns.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::geo::LocalFrame;
use crate::grid::{Grid, GridShape};
use crate::ignition::{Perturbation, Seed};
use crate::landscape::Landscape;
use crate::weather::WeatherSeries;

pub mod crown;
pub mod ellipse;
pub mod front;
mod ground;
pub mod lookup;
mod physics;
pub mod rothermel;
pub mod spotting;
mod start;

#[cfg(test)]
mod tests;

pub use ground::Tables;
pub use physics::{EmberSettings, FOLIAR_MOISTURE, Physics};

/// Asks a running simulation to stop; polled by the solver, shared with whoever may cancel.
#[derive(Debug, Default)]
pub struct StopToken(AtomicBool);

impl StopToken {
    /// Asks for the stop; may be called more than once.
    pub fn stop(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// True once a stop was asked for.
    pub fn is_stopped(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// The simulation was asked to stop before it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the simulation was stopped before it ended")]
pub struct Stopped;

/// When each cell of an area burns in one simulation, and how hard.
#[derive(Clone, Debug, PartialEq)]
pub struct ArrivalTimes {
    /// The plane that the grids lie in.
    pub frame: LocalFrame,
    /// Seconds after the seed's `seeded_at`; infinity: not reached. Values may exceed the horizon in cells next
    /// to the front: they place the front between two cells and do not mean that the cell burned.
    pub arrival_s: Grid<f32>,
    /// Byram's fireline intensity of the front as it arrived, kW/m; 0 where nothing arrived within the horizon and where a fire began.
    pub fireline_intensity_kw_m: Vec<f32>,
    /// True where the ground can burn at all.
    pub burnable: Vec<bool>,
    /// Fires that embers set ahead of the front.
    pub spot_fires: usize,
    /// Embers that were not followed, for their number is bounded.
    pub embers_refused: usize,
    /// The fire reached the edge of the landscape: beyond it nothing is known.
    pub edge_reached: bool,
    /// Why the fire did not spread, if it did not.
    pub no_spread: Option<NoSpread>,
}

impl ArrivalTimes {
    /// What is wrong with a result that another program may have given, in words; `None` where it can be reduced.
    ///
    /// Every layer must be of the grid's size; a time is infinity or finite (before 0 inside what burns at the start), an
    /// intensity finite and at least 0; the frame is the landscape's.
    pub fn fault(&self, landscape: &Landscape) -> Option<String> {
        let (shape, cells) = (&self.arrival_s.shape, self.arrival_s.shape.len());
        let layers = [
            ("arrival times", self.arrival_s.cells.len()),
            ("intensities", self.fireline_intensity_kw_m.len()),
            ("burnable cells", self.burnable.len()),
        ];
        if let Some((layer, found)) = layers.into_iter().find(|(_, length)| *length != cells) {
            return Some(format!("needed {cells} {layer}, found {found}"));
        }
        if self.frame != landscape.frame {
            let [found, needed] = [&self.frame, &landscape.frame].map(LocalFrame::epsg);
            return Some(format!("needed a grid in EPSG:{needed}, found EPSG:{found}"));
        }
        if !(shape.cell_size_m.is_finite()
            && shape.cell_size_m > 0.0
            && shape.west_m.is_finite()
            && shape.north_m.is_finite())
        {
            return Some(format!("needed a grid with a place and a cell size in m, found {shape:?}"));
        }
        let wrong = |value: f32| value.is_nan() | (value == f32::NEG_INFINITY);
        if let Some(time_s) = any(&self.arrival_s.cells, wrong) {
            return Some(format!("needed arrival times in s, found {time_s}"));
        }
        let wrong = |value: f32| !(0.0..f32::INFINITY).contains(&value);
        let intensity = any(&self.fireline_intensity_kw_m, wrong);
        intensity.map(|found| format!("needed intensities of 0 kW/m or more, found {found}"))
    }
}

/// The first value that is wrong. Counted first, which goes in lanes, for as a rule there is none.
fn any(values: &[f32], wrong: impl Fn(f32) -> bool) -> Option<f32> {
    let count: u32 = values.iter().map(|value| u32::from(wrong(*value))).sum();
    if count == 0 { None } else { values.iter().copied().find(|value| wrong(*value)) }
}

/// Why a fire did not spread.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum NoSpread {
    /// No ignition lies on the landscape.
    #[error("none of the {ignitions} ignitions lies inside the landscape")]
    OutsideLandscape {
        /// Number of ignitions in the seed.
        ignitions: usize,
    },
    /// The ground under the ignitions cannot burn.
    #[error("the ground under the ignitions does not burn: fuel {codes}")]
    NotBurnable {
        /// The codes found there, in words.
        codes: String,
    },
    /// The fuel there is too wet to carry fire, or there is too little of it.
    #[error("no fire spreads in {codes} at a dead 1-hour fuel moisture of {:.1} %", 100.0 * one_hour)]
    TooWet {
        /// Fuel models there, in words.
        codes: String,
        /// Dead 1-hour moisture there.
        one_hour: f64,
    },
    /// The fire does not get out of the cells that it starts in.
    #[error(
        "the fire stays in the cells that it starts in: at {heading_m_h:.1} m an hour at most, none beyond burns in time"
    )]
    TooSlow {
        /// The fastest rate of spread at the ignitions, m/h.
        heading_m_h: f64,
    },
    /// Nothing around the ignitions can burn.
    #[error("nothing around the ignitions burns: they lie in {codes}")]
    Enclosed {
        /// Fuel models at the ignitions, in words.
        codes: String,
    },
    /// What another simulator says.
    #[error("{reason}")]
    Other {
        /// In its words.
        reason: String,
    },
}

/// A name that none of some choices has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("needed one of {}, found \"{found}\"", names.join(", "))]
pub struct UnknownName {
    /// The names there are.
    pub names: Vec<&'static str>,
    /// The name that was given.
    pub found: String,
}

/// The choice of a name.
fn by_name<T: Copy>(text: &str, choices: &[(&'static str, T)]) -> Result<T, UnknownName> {
    let found = choices.iter().find(|(name, _)| *name == text).map(|(_, choice)| *choice);
    found.ok_or_else(|| UnknownName {
        names: choices.iter().map(|(name, _)| *name).collect(),
        found: text.to_owned(),
    })
}

/// Grows a fire over real ground: the PhysX method in process.
///
/// Surface fire spreads by Rothermel's model; the physics says what else burns.
///
/// The perturbation moves the ignitions and changes wind and moisture. The weather must be given in the landscape's
/// frame. Rates along the slope's surface are brought to the map by the slope in the heading direction.
///
/// **Shape**: the result's window holds the cells that the fire came near; it lies on the landscape's grid.
///
/// **Errors**: [`Stopped`] when the token was set.
pub fn spread(
    seed: &Seed,
    perturbation: &Perturbation,
    physics: &Physics,
    landscape: &Landscape,
    weather: &WeatherSeries,
    horizon_s: u32,
    stop: &StopToken,
) -> Result<ArrivalTimes, Stopped> {
    let tables = Tables::of(landscape, weather);
    let scene = Scene { landscape, weather, tables: &tables };
    spread_in(&mut front::Workspace::default(), scene, seed, perturbation, physics, horizon_s, stop)
}

/// [`spread`], and how the front moved as it reached each cell of the result's grid, row-major.
///
/// **Errors**: [`Stopped`] when the token was set.
pub fn spread_in_detail(
    seed: &Seed,
    perturbation: &Perturbation,
    physics: &Physics,
    landscape: &Landscape,
    weather: &WeatherSeries,
    horizon_s: u32,
    stop: &StopToken,
) -> Result<(ArrivalTimes, Vec<front::OnArrival>), Stopped> {
    let mut workspace = front::Workspace::default();
    let tables = Tables::of(landscape, weather);
    let scene = Scene { landscape, weather, tables: &tables };
    let times = spread_in(&mut workspace, scene, seed, perturbation, physics, horizon_s, stop)?;
    let (grid, window) = (&landscape.shape, &times.arrival_s.shape);
    let cells = |metres: f64| (metres / grid.cell_size_m).round() as usize;
    let growth = front::Growth {
        origin: (cells(grid.north_m - window.north_m), cells(window.west_m - grid.west_m)),
        size: (window.rows, window.cols),
        arrival_s: times.arrival_s.cells.clone(),
        fireline_intensity_kw_m: Vec::new(),
        burned_cells: 0,
        started_cells: 0,
        spot_fires: times.spot_fires,
        edge_reached: times.edge_reached,
    };
    let on_arrival = workspace.on_arrival(&growth);
    Ok((times, on_arrival))
}

/// What the members of a forecast have in common.
#[derive(Clone, Copy, Debug)]
pub struct Scene<'a> {
    /// Terrain, fuel and canopy.
    pub landscape: &'a Landscape,
    /// In the landscape's frame.
    pub weather: &'a WeatherSeries,
    /// Made of the two.
    pub tables: &'a Tables,
}

/// [`spread`] for one member of many: in memory that another has used, with the tables that all of them share. The result is the
/// same to the last bit.
///
/// **Errors**: [`Stopped`] when the token was set.
pub fn spread_in(
    workspace: &mut front::Workspace,
    scene: Scene<'_>,
    seed: &Seed,
    perturbation: &Perturbation,
    physics: &Physics,
    horizon_s: u32,
    stop: &StopToken,
) -> Result<ArrivalTimes, Stopped> {
    let Scene { landscape, weather, tables } = scene;
    assert!(landscape.frame == weather.frame, "BUG: weather and landscape lie in different frames");
    assert!(tables.are_of(landscape, weather), "BUG: tables of another landscape or weather");
    let mut ground = ground::Ground::new(scene, perturbation, physics);
    let start = start::Beginnings::new(seed, perturbation, landscape, stop)?;
    let changes_s = ground.changes_s(seed.seeded_at);
    let growth = front::grow_in(
        workspace,
        &landscape.shape,
        &mut ground,
        &front::Start {
            burning: &start.burning,
            burned: &start.burned,
            changes_s: &changes_s,
            horizon_s: horizon_s as f32,
        },
        stop,
    )?;
    let no_spread = start.no_spread(&growth, &ground, &changes_s);
    let shape = window(&landscape.shape, &growth);
    let cols = growth.origin.1..growth.origin.1 + shape.cols;
    let mut burnable = Vec::with_capacity(shape.len());
    // Row by row: of a flattened iterator nobody knows how long it is, and each cell is put in by itself.
    for row in growth.origin.0..growth.origin.0 + shape.rows {
        burnable.extend(ground.burns_along(row, cols.clone()));
    }
    Ok(ArrivalTimes {
        frame: landscape.frame.clone(),
        arrival_s: Grid { shape, cells: growth.arrival_s },
        fireline_intensity_kw_m: growth.fireline_intensity_kw_m,
        burnable,
        spot_fires: growth.spot_fires,
        embers_refused: ground.embers_refused(),
        edge_reached: growth.edge_reached,
        no_spread,
    })
}

/// Where the window of touched cells lies.
fn window(grid: &GridShape, growth: &front::Growth) -> GridShape {
    GridShape {
        rows: growth.size.0,
        cols: growth.size.1,
        cell_size_m: grid.cell_size_m,
        west_m: grid.west_m + growth.origin.1 as f64 * grid.cell_size_m,
        north_m: grid.north_m - growth.origin.0 as f64 * grid.cell_size_m,
    }
}
