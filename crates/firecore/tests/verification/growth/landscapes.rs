//! Made landscapes: rates over three decades, shapes up to a ratio of 8, wind that turns every hour; a function of place, so
//! that the same landscape can be laid on a grid of any size.

use std::f64::consts::TAU;
use std::fmt;

use firecore::grid::GridShape;
use firecore::spread::ellipse::Ellipse;
use firecore::spread::front::{Growth, Medium, TravelCost};

use super::cases::exact::{Point, Spell, dot};
use super::cases::field::Field;
use super::cases::fire::{Fire, Outline};
use super::numbers::Numbers;

/// Edge of a landscape, m.
pub(crate) const EXTENT_M: f64 = 9000.0;

pub(crate) const HOURS: usize = 12;
pub(crate) const HOUR_S: f64 = 3600.0;

/// A sum of waves, about 1 in size.
struct Waves(Vec<[f64; 4]>);

impl Waves {
    fn new(numbers: &mut Numbers, count: usize, frequency_max: f64) -> Self {
        let size = (2.0 / count as f64).sqrt();
        let wave = |_| {
            let frequency = numbers.within(0.4, frequency_max) * TAU / EXTENT_M;
            let (north, east) = numbers.within(0.0, TAU).sin_cos();
            [frequency * east, frequency * north, numbers.within(0.0, TAU), size]
        };
        Self((0..count).map(wave).collect())
    }

    fn at(&self, place: Point) -> f64 {
        self.0.iter().map(|[kx, ky, phase, size]| size * (kx * place[0] + ky * place[1] + phase).sin()).sum()
    }
}

/// One landscape and its weather.
pub(crate) struct Landscape {
    rate_m_s: f64,
    fuel: Waves,
    slope: [Waves; 2],
    patches: Option<Waves>,
    wind: [Waves; 2],
    winds: Vec<Point>,
    /// Where the fire starts: upwind of the middle.
    pub(crate) start: Point,
}

/// What a place has whatever the hour.
#[derive(Clone, Copy)]
pub(crate) struct Site {
    rate_m_s: f64,
    slope: Point,
    gust: Point,
}

impl Landscape {
    /// By the number of a case; with patches, fuel jumps at their edges.
    pub(crate) fn new(seed: u64, has_patches: bool) -> Self {
        let mut numbers = Numbers(seed.wrapping_mul(0x5851_F42D_4C95_7F2D));
        let mut toward = numbers.within(0.0, TAU);
        let winds = (0..HOURS).map(|_| {
            toward += numbers.within(-0.9, 0.9);
            let speed = numbers.within(0.1, 2.6);
            [speed * toward.sin(), speed * toward.cos()]
        });
        let winds: Vec<Point> = winds.collect();
        let sum = winds.iter().fold([0.0; 2], |sum, wind| [sum[0] + wind[0], sum[1] + wind[1]]);
        let start = sum.map(|part| EXTENT_M * (0.5 - 0.3 * part / sum[0].hypot(sum[1])));
        let mut waves = |count, frequency_max| Waves::new(&mut numbers, count, frequency_max);
        Self {
            rate_m_s: 0.12,
            fuel: waves(6, 4.0),
            slope: [waves(4, 4.0), waves(4, 4.0)],
            patches: has_patches.then(|| waves(6, 9.0)),
            wind: [waves(3, 2.0), waves(3, 2.0)],
            winds,
            start,
        }
    }

    /// The same with all rates times a number.
    pub(crate) fn faster(self, times: f64) -> Self {
        Self { rate_m_s: self.rate_m_s * times, ..self }
    }

    pub(crate) fn site(&self, place: Point) -> Site {
        let mut decades = 1.3 * self.fuel.at(place).tanh();
        if let Some(patches) = &self.patches {
            decades = 0.5 * decades + if patches.at(place) > 0.0 { 0.5 } else { -0.5 };
        }
        Site {
            rate_m_s: self.rate_m_s * 10_f64.powf(decades),
            slope: [0, 1].map(|axis| 0.5 * self.slope[axis].at(place)),
            gust: [0, 1].map(|axis| 0.3 * self.wind[axis].at(place)),
        }
    }

    /// The fire's ellipse at a site in an hour.
    pub(crate) fn spell(&self, hour: usize, site: &Site) -> Spell {
        let wind = self.winds[hour];
        let push: Point = [0, 1].map(|axis| site.slope[axis] + wind[axis] + site.gust[axis]);
        let square = dot(push, push);
        let ratio = 1.0 + 7.0 * (square / 9.0).min(1.0);
        let rate_m_s = site.rate_m_s * (0.4 + 0.4 * square.sqrt());
        let toward = if square > 0.0 { push.map(|part| part / square.sqrt()) } else { [1.0, 0.0] };
        let ellipse = Ellipse::with_length_to_width(rate_m_s, ratio);
        Spell { lasts_s: HOUR_S, ellipse, toward }
    }
}

/// Radius of the disc that every fire starts from, m.
pub(crate) const START_RADIUS_M: f64 = 200.0;

/// The landscape's square, laid with cells.
pub(crate) fn grid(cells: usize) -> GridShape {
    let cell_size_m = EXTENT_M / cells as f64;
    GridShape { rows: cells, cols: cells, cell_size_m, west_m: 0.0, north_m: EXTENT_M }
}

/// A landscape on a grid.
pub(crate) struct Laid<'a> {
    landscape: &'a Landscape,
    shape: GridShape,
    sites: Vec<Option<Site>>,
}

impl Medium for Laid<'_> {
    fn cost(&mut self, step: usize, row: usize, col: usize) -> TravelCost {
        let place = self.shape.centre(row, col);
        let at = self.shape.index(row, col);
        let site = self.sites[at].get_or_insert_with(|| self.landscape.site([place.east_m, place.north_m]));
        self.landscape.spell(step, site).cost()
    }

    fn burnable(&self, _: usize, _: usize) -> bool {
        true
    }
}

/// The solver's fire over a landscape after all its hours.
pub(crate) fn burn(landscape: &Landscape, cells: usize) -> (Field, Growth) {
    let shape = grid(cells);
    let fire = Fire {
        shape,
        ignitions: vec![(Outline::Disc { centre: landscape.start, radius_m: START_RADIUS_M }, 0.0)],
        changes_s: (1..HOURS).map(|hour| hour as f64 * HOUR_S).collect(),
        horizon_s: HOURS as f64 * HOUR_S,
    };
    let mut laid = Laid { landscape, shape, sites: vec![None; shape.len()] };
    let growth = fire.grow(&mut laid);
    (Field::of(&shape, &growth, |_, _| true), growth)
}

/// Numbers of landscapes, each with what its rates are multiplied by so that its fire takes about a third of the square; some
/// come to the edge.
pub(crate) const SMOOTH: [(u64, f64); 5] = [(1, 0.83), (2, 2.2), (3, 2.7), (4, 1.0), (5, 2.3)];
pub(crate) const PATCHES: [(u64, f64); 5] = [(1, 2.0), (2, 2.4), (3, 1.0), (4, 1.15), (5, 1.8)];

/// The same, smooth, for fires that take a tenth to a quarter of the square and leave its edge alone.
pub(crate) const INSIDE: [(u64, f64); 7] =
    [(2, 1.6), (6, 0.68), (8, 0.3), (10, 0.165), (11, 0.29), (4, 0.28), (12, 1.1)];

/// How two fields of arrival times differ, on the cells of the coarser one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Difference {
    /// Of the reference's burned area, by the horizon, %.
    pub(crate) area_percent: f64,
    /// Cells that burn in one of the two only, over the cells that burn in the reference, %.
    pub(crate) mismatch_percent: f64,
    /// Distances between the fronts, in cells: difference in time over the steepness of the reference's times.
    pub(crate) shift_mean: f64,
    pub(crate) shift_median: f64,
    pub(crate) shift_p95: f64,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "area {:+.3} %, mismatch {:.3} %, shift ", self.area_percent, self.mismatch_percent)?;
        write!(
            f,
            "mean {:.3}, median {:.3}, p95 {:.3} cells",
            self.shift_mean, self.shift_median, self.shift_p95
        )
    }
}

/// Compares a field with a reference on a grid an odd number of times finer.
pub(crate) fn difference(field: &Field, reference: &Field, end_s: f64) -> Difference {
    let times = reference.shape.cols / field.shape.cols;
    assert!(times % 2 == 1 && times * field.shape.cols == reference.shape.cols, "centres coincide");
    let (mut ours, mut theirs, mut apart) = (0, 0, 0);
    let mut shifts = Vec::new();
    for row in 0..field.shape.rows {
        for col in 0..field.shape.cols {
            let time_s = f64::from(field.arrival_s[field.shape.index(row, col)]);
            let (fine_row, fine_col) = (times * row + times / 2, times * col + times / 2);
            let last = reference.shape.cols - 1;
            let exact_s = |down: i64, right: i64| {
                let row = fine_row.saturating_add_signed(down as isize).min(last);
                let col = fine_col.saturating_add_signed(right as isize).min(last);
                f64::from(reference.arrival_s[reference.shape.index(row, col)])
            };
            let expected_s = exact_s(0, 0);
            let (burns, expected) = (time_s <= end_s, expected_s <= end_s);
            ours += usize::from(burns);
            theirs += usize::from(expected);
            apart += usize::from(burns != expected);
            if burns && expected && expected_s > 0.0 && time_s > 0.0 {
                let steep = (exact_s(0, 1) - exact_s(0, -1)).hypot(exact_s(1, 0) - exact_s(-1, 0))
                    / (2.0 * reference.shape.cell_size_m);
                if steep.is_finite() && steep > 0.0 {
                    shifts.push((time_s - expected_s).abs() / steep / field.shape.cell_size_m);
                }
            }
        }
    }
    shifts.sort_by(f64::total_cmp);
    let quantile = |share: f64| shifts[((shifts.len() - 1) as f64 * share) as usize];
    Difference {
        area_percent: 100.0 * (ours as f64 / theirs as f64 - 1.0),
        mismatch_percent: 100.0 * apart as f64 / theirs as f64,
        shift_mean: shifts.iter().sum::<f64>() / shifts.len() as f64,
        shift_median: quantile(0.5),
        shift_p95: quantile(0.95),
    }
}
