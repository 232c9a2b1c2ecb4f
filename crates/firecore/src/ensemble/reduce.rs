//! Members' arrival times reduced to percentiles, cell by cell, as the members come.
//!
//! A [`Reducer`] takes one member at a time, keeps what order statistics need and can be asked at any time; the caller drops
//! the member. Neither the order of the members nor how the work is split enters the result.
//!
//! ```
//! use firecore::ensemble::MemberIndex;
//! use firecore::ensemble::reduce::{EXACT_MEMBERS_MAX, Reducer};
//! # use firecore::{geo::LocalFrame, grid::{Grid, GridShape}, spread::ArrivalTimes};
//! # let shape = GridShape { rows: 1, cols: 1, cell_size_m: 30.0, west_m: 0.0, north_m: 0.0 };
//! # let members = [600.0, 900.0, 1200.0].map(|time_s| ArrivalTimes {
//! #     frame: LocalFrame::utm(10, false), arrival_s: Grid::filled(shape, time_s), fireline_intensity_kw_m: vec![500.0],
//! #     burnable: vec![true], spot_fires: 0, embers_refused: 0, edge_reached: false, no_spread: None,
//! # });
//! let mut reducer = Reducer::new(3600, EXACT_MEMBERS_MAX);
//! for (index, member) in members.into_iter().enumerate() {
//!     reducer.add(MemberIndex(index as u32), &member);
//! }
//! let reduced = reducer.reduce(0.9).expect("three members");
//! assert_eq!(reduced.arrival.p50_s, [900.0]);
//! assert_eq!((reduced.bands[1].ranks.low, reduced.bands[1].ranks.coverage), (None, 1.0));
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::MemberIndex;
use super::band::{RankBand, rank};
use super::impact::{AssetArrival, Impacts, Watch};
use crate::geo::LocalFrame;
use crate::grid::GridShape;
use crate::spread::ArrivalTimes;
pub use burned::BurnCounts;
use place::Place;
use tile::{CELLS, EDGE, Keep, Patch, Tile};

mod burned;
mod histogram;
mod place;
mod sort;
#[cfg(test)]
mod tests;
mod tile;

/// Members whose times are kept one by one where nothing else is asked for: 4 bytes for each member and cell that it came
/// near, so 1 kB a cell at most, and a quarter of that for any number of members beyond.
pub const EXACT_MEMBERS_MAX: usize = 256;

/// The percentiles that are reduced, and for each the share of the members, %, whose arrival it is: pNN is the ground that
/// (100 - NN) % of the members burned.
const PERCENTILES_AND_SHARES: [(u8, u32); 3] = [(10, 90), (50, 50), (90, 10)];

/// Times later than the horizon by more than this share of it, or earlier than the start by it, are counted as at this
/// bound: they only place the front between two cells.
const BEYOND_SHARE: f32 = 0.25;

/// Order statistics of the members' arrival times: one structure that the perimeters of every lead time are contours of.
#[derive(Clone, Debug, PartialEq)]
pub struct ArrivalPercentiles {
    /// The plane that the grid lies in.
    pub frame: LocalFrame,
    /// Where the cells lie; every vector is row-major over it.
    pub shape: GridShape,
    /// Seconds after the seed by which at least 90 % of the members burned the cell; infinity: not within the horizon.
    pub p10_s: Vec<f32>,
    /// The same for at least 50 % of the members.
    pub p50_s: Vec<f32>,
    /// The same for at least 10 % of the members.
    pub p90_s: Vec<f32>,
    /// Mean fireline intensity of the members whose fire came to the cell, kW/m.
    pub fireline_intensity_kw_m: Vec<f32>,
    /// True where the ground can burn at all.
    pub burnable: Vec<bool>,
}

impl ArrivalPercentiles {
    /// Reduces members that are all there; `None` without a member.
    ///
    /// A cell's pNN is the k-th smallest of the members' arrival times, k being (100 - NN) % of the members rounded up.
    /// The windows of the members may differ; they must lie on one grid.
    pub fn reduce(members: &[ArrivalTimes]) -> Option<Self> {
        let mut reducer = Reducer::new(0, usize::MAX);
        for (index, member) in members.iter().enumerate() {
            reducer.add(MemberIndex(u32::try_from(index).ok()?), member);
        }
        reducer.percentiles()
    }

    /// Arrival times of a percentile: 10, 50 or 90.
    pub fn percentile_s(&self, percentile: u8) -> &[f32] {
        match percentile {
            10 => &self.p10_s,
            50 => &self.p50_s,
            90 => &self.p90_s,
            _ => panic!("BUG: percentile {percentile} is not kept"),
        }
    }
}

/// How sure a percentile's arrival times are with so many members.
#[derive(Clone, Debug, PartialEq)]
pub struct PercentileBand {
    /// 10, 50 or 90.
    pub percentile: u8,
    /// Which of the sorted members are the band's ends.
    pub ranks: RankBand,
    /// The band's early end, by cell, over the percentiles' grid: the larger perimeter. `None` where it is open.
    pub early_s: Option<Vec<f32>>,
    /// The band's late end: the smaller perimeter.
    pub late_s: Option<Vec<f32>>,
}

/// Percentiles and how sure they are.
#[derive(Clone, Debug, PartialEq)]
pub struct Reduced {
    /// The percentiles.
    pub arrival: ArrivalPercentiles,
    /// One for each of 10, 50 and 90.
    pub bands: Vec<PercentileBand>,
    /// How many members burned each cell, where that was watched.
    pub burned: BurnCounts,
    /// When the assets are reached, where they were watched.
    pub assets: Vec<AssetArrival>,
    /// Assets near the members that were not followed.
    pub assets_left_out: usize,
}

/// Takes members one by one, in any order, and gives their percentiles at any time.
#[derive(Clone, Debug)]
pub struct Reducer {
    keep: Keep,
    members: BTreeSet<MemberIndex>,
    place: Option<Place>,
    impacts: Option<Impacts>,
    /// By row and column of tiles from the first member's north-western corner.
    tiles: BTreeMap<(i32, i32), Tile>,
}

/// A part of the result: some rows, with every field that the percentiles and their bands need.
#[derive(Clone, Debug)]
pub struct Stripe {
    rows: Range<i32>,
    /// One for each rank, row-major.
    fields: Vec<Vec<f32>>,
    /// One for each lead time, row-major.
    burned: Vec<Vec<u16>>,
    fireline_intensity_kw_m: Vec<f32>,
    burnable: Vec<bool>,
}

impl Reducer {
    /// No member yet.
    ///
    /// Of more than `one_by_one_max` members the times are counted in bins: a percentile is then off by less than 1.6 % of the
    /// span between the cell's earliest and latest time. So is the memory bounded, whatever the number of members.
    pub fn new(horizon_s: u32, one_by_one_max: usize) -> Self {
        let horizon_s = horizon_s as f32;
        let bounds_s = [-BEYOND_SHARE * horizon_s, (1.0 + BEYOND_SHARE) * horizon_s];
        Self {
            keep: Keep { one_by_one_max, bounds_s, lead_times_s: Vec::new() },
            members: BTreeSet::new(),
            place: None,
            impacts: None,
            tiles: BTreeMap::new(),
        }
    }

    /// Also counts the members that burned each cell by each lead time, and follows when they reach assets; before the first
    /// member.
    pub fn watching(mut self, watch: Watch) -> Self {
        assert!(self.members.is_empty(), "BUG: members came before they were watched");
        self.keep.lead_times_s.clone_from(&watch.lead_times_s);
        self.impacts = Some(Impacts::new(watch));
        self
    }

    /// Takes a member; false, and nothing is changed, where it was taken before.
    ///
    /// The windows of the members may differ; they must lie on one grid.
    pub fn add(&mut self, index: MemberIndex, member: &ArrivalTimes) -> bool {
        if !self.members.insert(index) {
            return false;
        }
        assert!(self.members.len() <= histogram::COUNT_MAX, "BUG: {} members", self.members.len());
        if let Some(impacts) = &mut self.impacts {
            impacts.add(member);
        }
        let shape = &member.arrival_s.shape;
        let place = self.place.get_or_insert_with(|| Place::new(&member.frame, shape));
        let (top, left) = place.take_in(&member.frame, shape);
        let edge = EDGE as i32;
        let (rows, cols) = (top..top + shape.rows as i32, left..left + shape.cols as i32);
        for tile_row in tiles(&rows) {
            let part = rows.start.max(tile_row * edge)..rows.end.min((tile_row + 1) * edge);
            for tile_col in tiles(&cols) {
                let across = cols.start.max(tile_col * edge)..cols.end.min((tile_col + 1) * edge);
                let patch = Patch {
                    member,
                    from: ((part.start - rows.start) as usize, (across.start - cols.start) as usize),
                    to: ((part.start - tile_row * edge) as usize, (across.start - tile_col * edge) as usize),
                    size: (part.len(), across.len()),
                };
                self.tiles.entry((tile_row, tile_col)).or_insert_with(Tile::new).add(&patch, &self.keep);
            }
        }
        true
    }

    /// Number of members taken.
    pub fn members(&self) -> u32 {
        u32::try_from(self.members.len()).expect("members are bounded when they are added")
    }

    /// Memory that is held for the cells, bytes.
    pub fn bytes(&self) -> usize {
        self.tiles.values().map(Tile::bytes).sum()
    }

    /// The percentiles; `None` without a member.
    pub fn percentiles(&self) -> Option<ArrivalPercentiles> {
        Some(self.join(None, vec![self.stripe(None, 0, 1)])?.arrival)
    }

    /// The percentiles with bands of at least a coverage, above 0 and below 1; `None` without a member.
    pub fn reduce(&self, coverage: f64) -> Option<Reduced> {
        self.join(Some(coverage), vec![self.stripe(Some(coverage), 0, 1)])
    }

    /// One of `count` parts of what [`Reducer::join`] makes the result of: the caller may compute them side by side.
    ///
    /// Without a coverage there are no bands.
    pub fn stripe(&self, coverage: Option<f64>, part: usize, count: usize) -> Stripe {
        let ranks = self.ranks(coverage);
        let Some(place) = self.place.as_ref().filter(|_| !ranks.is_empty()) else {
            return Stripe {
                rows: 0..0,
                fields: Vec::new(),
                burned: Vec::new(),
                fireline_intensity_kw_m: Vec::new(),
                burnable: Vec::new(),
            };
        };
        let rows = share_of(&place.rows, part, count);
        let cells = rows.len() * place.cols.len();
        let mut stripe = Stripe {
            fields: vec![vec![f32::INFINITY; cells]; ranks.len()],
            burned: vec![vec![0; cells]; self.keep.lead_times_s.len()],
            fireline_intensity_kw_m: vec![0.0; cells],
            burnable: vec![false; cells],
            rows,
        };
        let (mut scratch, mut fields) = (Vec::new(), vec![[f32::INFINITY; CELLS]; ranks.len()]);
        let mut burned = vec![[0; CELLS]; self.keep.lead_times_s.len()];
        let edge = EDGE as i32;
        let touched = tiles(&stripe.rows);
        for ((tile_row, tile_col), tile) in
            self.tiles.range((touched.start, i32::MIN)..(touched.end, i32::MIN))
        {
            match self.members.len() > self.keep.one_by_one_max {
                true => tile.counted(&ranks, &self.keep, &mut fields),
                false => tile.sorted(&ranks, &mut scratch, &mut fields),
            }
            tile.burned(&self.keep.lead_times_s, &mut burned);
            stripe.take(tile, &fields, &burned, (tile_row * edge, tile_col * edge), &place.cols);
        }
        stripe
    }

    /// The result from all its parts, made with the same coverage and without a member in between, in any order.
    pub fn join(&self, coverage: Option<f64>, mut stripes: Vec<Stripe>) -> Option<Reduced> {
        let place = self.place.as_ref()?;
        stripes.sort_by_key(|stripe| stripe.rows.start);
        let ranks = self.ranks(coverage);
        let field = |rank: u32| -> Vec<f32> {
            let at = ranks.iter().position(|one| *one == rank as usize).expect("BUG: a rank was not reduced");
            stripes
                .iter()
                .filter_map(|stripe| stripe.fields.get(at))
                .map(Vec::as_slice)
                .collect::<Vec<_>>()
                .concat()
        };
        let bands = coverage.map(|coverage| self.bands(coverage)).unwrap_or_default();
        let members = self.members();
        let [p10_s, p50_s, p90_s] = PERCENTILES_AND_SHARES.map(|(_, share)| field(rank(members, share)));
        let bands = bands
            .into_iter()
            .map(|(percentile, ranks)| PercentileBand {
                percentile,
                early_s: ranks.low.map(field),
                late_s: ranks.high.map(field),
                ranks,
            })
            .collect();
        let shape = place.shape();
        assert!(p50_s.len() == shape.len(), "BUG: parts of the result are missing");
        // Each vector at once: cell by cell it would not know how long it gets.
        let intensities: Vec<&[f32]> =
            stripes.iter().map(|stripe| stripe.fireline_intensity_kw_m.as_slice()).collect();
        let burnable: Vec<&[bool]> = stripes.iter().map(|stripe| stripe.burnable.as_slice()).collect();
        let arrival = ArrivalPercentiles {
            frame: place.frame.clone(),
            shape,
            p10_s,
            p50_s,
            p90_s,
            fireline_intensity_kw_m: intensities.concat(),
            burnable: burnable.concat(),
        };
        let count = |lead: usize| -> Vec<u16> {
            let parts: Vec<&[u16]> =
                stripes.iter().filter_map(|stripe| Some(&stripe.burned.get(lead)?[..])).collect();
            parts.concat()
        };
        let lead_times_s = self.keep.lead_times_s.clone();
        let counts = (0..lead_times_s.len()).map(count).collect();
        Some(Reduced {
            arrival,
            bands,
            burned: BurnCounts { members, lead_times_s, counts },
            assets: self.impacts.as_ref().map(Impacts::arrivals).unwrap_or_default(),
            assets_left_out: self.impacts.as_ref().map_or(0, Impacts::left_out),
        })
    }

    fn bands(&self, coverage: f64) -> Vec<(u8, RankBand)> {
        let band = |share| RankBand::new(self.members(), share, coverage);
        PERCENTILES_AND_SHARES.iter().map(|(percentile, share)| (*percentile, band(*share))).collect()
    }

    /// Every rank that the percentiles and bands need, rising, each once; none without a member.
    fn ranks(&self, coverage: Option<f64>) -> Vec<usize> {
        let members = self.members();
        if members == 0 {
            return Vec::new();
        }
        let percentiles = PERCENTILES_AND_SHARES.iter().map(|(_, share)| rank(members, *share));
        let bands = coverage.map(|coverage| self.bands(coverage)).unwrap_or_default();
        let ends = bands.iter().flat_map(|(_, band)| [band.low, band.high].into_iter().flatten());
        let all: BTreeSet<usize> = percentiles.chain(ends).map(|rank| rank as usize).collect();
        all.into_iter().collect()
    }
}

impl Stripe {
    /// Copies what of a tile lies in the stripe; `corner` is the tile's first row and column of cells.
    fn take(
        &mut self,
        tile: &Tile,
        fields: &[tile::Column],
        burned: &[[u16; CELLS]],
        corner: (i32, i32),
        cols: &Range<i32>,
    ) {
        let (across, edge) = (cols.len(), EDGE as i32);
        let span = cols.start.max(corner.1)..cols.end.min(corner.1 + edge);
        for row in self.rows.start.max(corner.0)..self.rows.end.min(corner.0 + edge) {
            let from = (row - corner.0) as usize * EDGE + (span.start - corner.1) as usize;
            let to = (row - self.rows.start) as usize * across + (span.start - cols.start) as usize;
            let width = span.len();
            for (own, field) in self.fields.iter_mut().zip(fields) {
                own[to..to + width].copy_from_slice(&field[from..from + width]);
            }
            for (own, counts) in self.burned.iter_mut().zip(burned) {
                own[to..to + width].copy_from_slice(&counts[from..from + width]);
            }
            self.burnable[to..to + width].copy_from_slice(&tile.burnable()[from..from + width]);
            for (cell, own) in self.fireline_intensity_kw_m[to..to + width].iter_mut().enumerate() {
                *own = tile.intensity_kw_m(from + cell);
            }
        }
    }
}

/// The tiles that a range of cells lies in, along one axis.
fn tiles(cells: &Range<i32>) -> Range<i32> {
    let edge = EDGE as i32;
    match cells.is_empty() {
        true => 0..0,
        false => cells.start.div_euclid(edge)..(cells.end - 1).div_euclid(edge) + 1,
    }
}

/// The part-th of `count` shares of some rows, cut between tiles: a tile is reduced once.
fn share_of(rows: &Range<i32>, part: usize, count: usize) -> Range<i32> {
    let (all, edge) = (tiles(rows), EDGE as i32);
    let cut = |part: usize| match part {
        0 => rows.start,
        part if part >= count => rows.end,
        part => ((all.start + (all.len() * part / count) as i32) * edge).clamp(rows.start, rows.end),
    };
    cut(part)..cut(part + 1)
}
