//! One run of the solver over made ground.

use firecore::geo::EastNorth;
use firecore::grid::GridShape;
use firecore::spread::StopToken;
use firecore::spread::front::{self, Disc, Growth, Ignition, Medium, Start, TravelCost, grow};

use super::exact::{Point, Spell};
use super::field::Field;

/// Ground as two functions of the place of a cell's centre.
pub(crate) struct Ground<'a> {
    pub(crate) shape: GridShape,
    /// By weather step.
    pub(crate) cost: &'a dyn Fn(usize, Point) -> TravelCost,
    pub(crate) burns: &'a dyn Fn(Point) -> bool,
}

impl Ground<'_> {
    fn centre(&self, row: usize, col: usize) -> Point {
        let EastNorth { east_m, north_m } = self.shape.centre(row, col);
        [east_m, north_m]
    }
}

impl Medium for Ground<'_> {
    fn cost(&mut self, step: usize, row: usize, col: usize) -> TravelCost {
        (self.cost)(step, self.centre(row, col))
    }

    fn burnable(&self, row: usize, col: usize) -> bool {
        (self.burns)(self.centre(row, col))
    }
}

/// Where a fire begins.
#[derive(Clone, Debug)]
pub(crate) enum Outline {
    Disc {
        centre: Point,
        radius_m: f64,
    },
    Line(Vec<Point>),
    /// Rings, holes among them.
    Polygon(Vec<Vec<Point>>),
}

/// A fire's beginning and end.
#[derive(Clone, Debug)]
pub(crate) struct Fire {
    pub(crate) shape: GridShape,
    /// Each with the time at which it begins.
    pub(crate) ignitions: Vec<(Outline, f64)>,
    pub(crate) changes_s: Vec<f64>,
    pub(crate) horizon_s: f64,
}

impl Fire {
    pub(crate) fn from_point(shape: GridShape, at: Point, horizon_s: f64) -> Self {
        let start = Outline::Disc { centre: at, radius_m: 0.0 };
        Self { shape, ignitions: vec![(start, 0.0)], changes_s: Vec::new(), horizon_s }
    }

    /// The run over ground that is the same everywhere.
    pub(crate) fn over_uniform(&self, spells: &[Spell]) -> Field {
        let costs: Vec<TravelCost> = spells.iter().map(Spell::cost).collect();
        let cost = |step: usize, _: Point| costs[step.min(costs.len() - 1)];
        self.over(&cost, &|_| true)
    }

    pub(crate) fn over(
        &self,
        cost: &dyn Fn(usize, Point) -> TravelCost,
        burns: &dyn Fn(Point) -> bool,
    ) -> Field {
        let mut ground = Ground { shape: self.shape, cost, burns };
        let growth = self.grow(&mut ground);
        Field::of(&self.shape, &growth, |row, col| ground.burnable(row, col))
    }

    pub(crate) fn grow<M: Medium>(&self, medium: &mut M) -> Growth {
        let ignition = |(outline, begins_s): &(Outline, f64)| Ignition {
            outline: self.as_seen_from_the_corner(outline),
            begins_s: *begins_s as f32,
        };
        let burning: Vec<Ignition> = self.ignitions.iter().map(ignition).collect();
        let changes_s: Vec<f32> = self.changes_s.iter().map(|change| *change as f32).collect();
        let horizon_s = self.horizon_s as f32;
        let start = Start { burning: &burning, burned: &[], changes_s: &changes_s, horizon_s };
        grow(&self.shape, medium, &start, &StopToken::default()).expect("nothing stops it")
    }

    /// The outline in metres east and south of the grid's north-western corner.
    fn as_seen_from_the_corner(&self, outline: &Outline) -> front::Outline {
        let place = |[east, north]: &Point| [east - self.shape.west_m, self.shape.north_m - north];
        let ring = |points: &Vec<Point>| points.iter().map(place).collect::<Vec<_>>();
        match outline {
            Outline::Disc { centre, radius_m } => {
                let [east_m, south_m] = place(centre);
                front::Outline::Disc(Disc { east_m, south_m, radius_m: *radius_m })
            }
            Outline::Line(points) => front::Outline::Line(ring(points)),
            Outline::Polygon(rings) => front::Outline::Polygon(rings.iter().map(ring).collect()),
        }
    }
}
