//! One run of the solver over made ground.

use firecore::geo::EastNorth;
use firecore::grid::GridShape;
use firecore::spread::StopToken;
use firecore::spread::front::{Disc, Growth, Medium, Start, TravelCost, grow};

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
    Disc { centre: Point, radius_m: f64 },
    Line(Vec<Point>),
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
        let discs: Vec<Disc> = self.ignitions.iter().flat_map(|(outline, _)| self.discs(outline)).collect();
        let changes_s: Vec<f32> = self.changes_s.iter().map(|change| *change as f32).collect();
        let horizon_s = self.horizon_s as f32;
        let start = Start { burning: &discs, burned: &[], changes_s: &changes_s, horizon_s };
        grow(&self.shape, medium, &start, &StopToken::default()).expect("nothing stops it")
    }

    fn discs(&self, outline: &Outline) -> Vec<Disc> {
        let disc = |[east, north]: Point, radius_m: f64| Disc {
            east_m: east - self.shape.west_m,
            south_m: self.shape.north_m - north,
            radius_m,
        };
        match outline {
            Outline::Disc { centre, radius_m } => vec![disc(*centre, *radius_m)],
            Outline::Line(points) => points
                .windows(2)
                .flat_map(|ends| {
                    let way = [ends[1][0] - ends[0][0], ends[1][1] - ends[0][1]];
                    let parts = (way[0].hypot(way[1]) / self.shape.cell_size_m * 4.0).ceil();
                    (0..=parts as usize).map(move |part| {
                        let share = part as f64 / parts;
                        disc([ends[0][0] + share * way[0], ends[0][1] + share * way[1]], 0.0)
                    })
                })
                .collect(),
        }
    }
}
