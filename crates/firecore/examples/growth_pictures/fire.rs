//! Runs the front over scripted ground and takes isochrones from what came of it.

use firecore::grid::GridShape;
use firecore::perimeter::{Field, Perimeter, Tolerance, outlines};
use firecore::spread::ellipse::eccentricity;
use firecore::spread::front::{Disc, Growth, Ignition, Medium, Outline, Start, TravelCost, grow};
use firecore::spread::{StopToken, Stopped};

/// Seconds in an hour.
pub(crate) const HOUR_S: f64 = 3600.0;

/// What a fire does for some hours, on level ground.
#[derive(Clone, Copy)]
pub(crate) struct Spell {
    pub(crate) hours: f64,
    pub(crate) heading_m_s: f64,
    pub(crate) length_to_width: f64,
    /// Compass direction of the head, degrees clockwise from north.
    pub(crate) toward_deg: f64,
}

impl Spell {
    /// The heading direction, east and north.
    pub(crate) fn toward(&self) -> [f64; 2] {
        let (east, north) = self.toward_deg.to_radians().sin_cos();
        [east, north]
    }

    pub(crate) fn cost(&self) -> TravelCost {
        TravelCost::of_ellipse(self.heading_m_s, eccentricity(self.length_to_width), self.toward(), 0.0)
    }
}

/// How far lines may lie from the contours: far below a pixel.
const TOLERANCE: Tolerance = Tolerance::Cells(0.05);

/// A square grid with its south-western corner at the origin.
pub(crate) fn square(cells: usize, cell_size_m: f64) -> GridShape {
    let north_m = cells as f64 * cell_size_m;
    GridShape { rows: cells, cols: cells, cell_size_m, west_m: 0.0, north_m }
}

/// Spells, one after another, over ground that burns or does not.
pub(crate) struct Script<'a> {
    pub(crate) shape: GridShape,
    pub(crate) spells: &'a [Spell],
    /// Whether a cell can burn, by row and column.
    pub(crate) burns: &'a dyn Fn(usize, usize) -> bool,
}

/// What came of a fire.
pub(crate) struct Burned {
    pub(crate) shape: GridShape,
    pub(crate) arrival_s: Vec<f32>,
    pub(crate) burnable: Vec<bool>,
}

impl Script<'_> {
    /// Grows a fire from an outline given in metres east and north.
    pub(crate) fn run(&self, outline: &[[f64; 2]]) -> Result<Burned, Stopped> {
        let place = |[east_m, north_m]: [f64; 2]| [east_m - self.shape.west_m, self.shape.north_m - north_m];
        let outline = match outline {
            [point] => {
                let [east_m, south_m] = place(*point);
                Outline::Disc(Disc { east_m, south_m, radius_m: 0.0 })
            }
            ring => Outline::Polygon(vec![ring.iter().copied().map(place).collect()]),
        };
        let mut ends_s: Vec<f32> = Vec::new();
        for spell in self.spells {
            ends_s.push(ends_s.last().unwrap_or(&0.0) + (spell.hours * HOUR_S) as f32);
        }
        let horizon_s = ends_s.pop().unwrap_or_default();
        let start = Start {
            burning: &[Ignition { outline, begins_s: 0.0 }],
            burned: &[],
            changes_s: &ends_s,
            horizon_s,
        };
        let mut medium = Scripted { costs: self.spells.iter().map(Spell::cost).collect(), burns: self.burns };
        let growth = grow(&self.shape, &mut medium, &start, &StopToken::default())?;
        Ok(self.burned(growth))
    }

    fn burned(&self, growth: Growth) -> Burned {
        let cell_m = self.shape.cell_size_m;
        let (row, col) = growth.origin;
        let shape = GridShape {
            rows: growth.size.0,
            cols: growth.size.1,
            cell_size_m: cell_m,
            west_m: self.shape.west_m + col as f64 * cell_m,
            north_m: self.shape.north_m - row as f64 * cell_m,
        };
        let burns = |at: usize| (self.burns)(row + at / shape.cols, col + at % shape.cols);
        Burned { shape, burnable: (0..shape.len()).map(burns).collect(), arrival_s: growth.arrival_s }
    }
}

struct Scripted<'a> {
    costs: Vec<TravelCost>,
    burns: &'a dyn Fn(usize, usize) -> bool,
}

impl Medium for Scripted<'_> {
    fn cost(&mut self, step: usize, _: usize, _: usize) -> TravelCost {
        self.costs[step]
    }

    fn burnable(&self, row: usize, col: usize) -> bool {
        (self.burns)(row, col)
    }
}

impl Burned {
    /// The ground burned by some hours.
    pub(crate) fn isochrones(&self, hours: &[f64]) -> Vec<Perimeter> {
        let field = Field { shape: &self.shape, arrival_s: &self.arrival_s, burnable: &self.burnable };
        let levels: Vec<(Field<'_>, f32)> =
            hours.iter().map(|hour| (field, (hour * HOUR_S) as f32)).collect();
        outlines(&levels, TOLERANCE)
    }
}

/// How far some lengths are from 0.
pub(crate) struct Error {
    pub(crate) mean: f64,
    pub(crate) worst: f64,
}

impl Burned {
    /// The distance, in cells, between the front as it reached each burned cell and where it should have been then.
    ///
    /// `off_m` takes a cell's middle and its time in seconds.
    pub(crate) fn error_cells(&self, hours: f64, off_m: impl Fn([f64; 2], f64) -> f64) -> Error {
        let mut errors = Vec::new();
        for (at, time_s) in self.arrival_s.iter().enumerate() {
            let centre = self.shape.centre(at / self.shape.cols, at % self.shape.cols);
            let time_s = f64::from(*time_s);
            if self.burnable[at] && time_s > 0.0 && time_s <= hours * HOUR_S {
                errors.push(off_m([centre.east_m, centre.north_m], time_s).abs() / self.shape.cell_size_m);
            }
        }
        let mean = errors.iter().sum::<f64>() / errors.len().max(1) as f64;
        Error { mean, worst: errors.into_iter().fold(0.0, f64::max) }
    }
}
