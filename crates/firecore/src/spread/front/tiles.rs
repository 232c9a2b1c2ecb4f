//! The cells that the front came near, in square tiles that are made when they are first needed.

use super::Medium;
use super::corner::Turn;
use super::lanes::{LANES, Lanes};
use super::metric::{Cost, CostBits, Vector};
use crate::spread::crown::CrownClass;

/// Cells along a tile's edge. Source: our choice; three in four cells lie inside their tile, and a fire of 65,000 cells takes
/// tiles for 79,000.
pub(super) const SIDE: usize = 16;

/// Cells in a tile.
pub(super) const AREA: usize = SIDE * SIDE;

/// A bit for each cell of a tile's row.
const ROW: u32 = (1 << SIDE) - 1;

/// The first tile stands for all ground outside the grid: nothing there burns.
const OUTSIDE: u32 = 0;

/// Room for this many cells is asked for at the start where the grid has so many, 1 GiB and half of that for results: where memory is
/// used when it is touched, that spares the copies of growing, which doubled a large fire's time. Where it is refused, room grows.
const CELLS_AT_FIRST: usize = 1 << 25;

/// Cells of a run from which on they are read ahead of their visits: 16 MiB and more. Source: our choice; below, what lies along the
/// front is still near, and reading ahead gains nothing.
const TOUCHED_FROM: usize = 1 << 19;

/// The ground can burn.
pub(super) const BURNABLE: u8 = 1;
/// Visited since its time was last lowered.
pub(super) const VISITED: u8 = 2;
/// Timed by a straight way that no ray takes: an upper bound until a ray comes.
pub(super) const CHORD: u8 = 4;
/// An end of the line that a neighbour was timed from, before its own visit and since its time was last lowered.
pub(super) const USED: u8 = 8;
/// Its embers have been thrown.
pub(super) const THROWN: u8 = 16;
/// Timed from the front itself when the weather changed.
pub(super) const RETIMED: u8 = 32;
/// Among the cells whose time lies beyond the step's end.
pub(super) const LISTED: u8 = 64;

/// No pair of neighbours.
pub(super) const NO_PAIR: u8 = 0;

/// What the front knows of a cell: half a cache line.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(32))]
pub(super) struct Cell {
    /// s after the start; infinity: not reached; minus infinity: nothing times it, for it cannot burn or is an ignition's own
    /// ground.
    pub(super) time_s: f32,
    /// From its virtual source, cells.
    pub(super) ray: Vector,
    pub(super) cost: CostBits,
    /// Which weather step the cost belongs to, by [`tag`].
    pub(super) tag: u8,
    pub(super) flags: u8,
    /// The two steps of the ring that the ends of its line lie at, as bits.
    pub(super) pair: u8,
    pub(super) turn: Turn,
}

impl Cell {
    const NEW: Self = Self {
        time_s: f32::INFINITY,
        ray: [0.0; 2],
        cost: [0; 4],
        tag: 0,
        flags: 0,
        pair: NO_PAIR,
        turn: Turn::No,
    };

    const WALL: Self = Self { time_s: f32::NEG_INFINITY, ..Self::NEW };

    #[inline]
    pub(super) fn cost(&self) -> Cost {
        Cost::from_bits(&self.cost)
    }

    #[inline]
    pub(super) fn has(&self, flags: u8) -> bool {
        self.flags & flags != 0
    }
}

/// What came of a cell.
#[derive(Clone, Copy, Debug)]
pub(super) struct Arrival {
    /// Heat released per unit area, kJ/m2.
    pub(super) heat_kj_m2: f32,
    /// Square to the front, m/s; 0 where it is not known yet.
    pub(super) rate_of_spread_m_s: f32,
    /// Where the front faced, clockwise from north; not a number where it is still to be told from the cell.
    pub(super) toward_rad: f32,
    pub(super) class: CrownClass,
}

impl Arrival {
    pub(super) const NONE: Self =
        Self { heat_kj_m2: 0.0, rate_of_spread_m_s: 0.0, toward_rad: f32::NAN, class: CrownClass::Surface };

    /// Notes how fast the front came and where it faced, unless that is known, from the cost that its cell still has; no rate, and
    /// north, where a fire began.
    pub(super) fn keep(&mut self, cell: &Cell, cell_m: f32) {
        let (cost, began) = (cell.cost(), cell.ray == [0.0; 2]);
        let gradient = cost.gradient(cell.ray);
        if self.rate_of_spread_m_s == 0.0 && !began {
            self.rate_of_spread_m_s = cell_m / cost.normal_slowness(gradient);
        }
        if self.toward_rad.is_nan() {
            let [east, north] = if began { [0.0, 1.0] } else { gradient };
            self.toward_rad = east.atan2(north);
        }
    }
}

/// What tells the costs of one weather step from those of its neighbours in time; never 0. It comes again after [`TAGS`] steps.
pub(super) fn tag(step: usize) -> u8 {
    (step % TAGS) as u8 + 1
}

const TAGS: usize = 255;

/// Old costs are forgotten every so many steps: none is left when its tag comes again, whether the last step before kept it or not.
const FORGOTTEN_EVERY: usize = TAGS / 2;

/// Whether a cell and all around it lie in one tile.
#[inline]
fn is_inner(id: usize) -> bool {
    let inner = |at: usize| at.wrapping_sub(1) < SIDE - 2;
    inner(id % AREA / SIDE) & inner(id % SIDE)
}

/// By place in a tile, for the eight cells around: which of the nine tiles they lie in, and their places there.
const RINGS: [[(u8, u8); 8]; AREA] = {
    let mut rings = [[(0, 0); 8]; AREA];
    let mut at = 0;
    while at < AREA * 8 {
        let (place, step) = (at / 8, at % 8);
        let down = [0, 0, 1, 2, 2, 2, 1, 0][step];
        let right = [1, 2, 2, 2, 1, 0, 0, 0][step];
        // Counted from the corner of the tile in the north-west.
        let (row, col) = (place / SIDE + SIDE + down - 1, place % SIDE + SIDE + right - 1);
        let which = row / SIDE * 3 + col / SIDE;
        rings[place][step] = (which as u8, (row % SIDE * SIDE + col % SIDE) as u8);
        at += 1;
    }
    rings
};

/// From a cell to the eight around it, in a tile that went on without end.
const AROUND: [u32; 8] = {
    let down = SIDE as u32;
    [down.wrapping_neg(), 1_u32.wrapping_sub(down), 1, down + 1, down, down - 1, u32::MAX, u32::MAX - down]
};

/// A tile's edge.
struct Edge {
    /// The tile beyond, of the nine around.
    which: usize,
    /// What a place there is off by if the tile went on, beside the distance of the two tiles.
    apart: u32,
    /// All bits for each of the eight steps that lead there.
    across: [u32; 8],
}

/// North, east, south and west.
const EDGE: [Edge; 4] = {
    const ALL: u32 = u32::MAX;
    let (down, all) = (SIDE as u32, AREA as u32);
    [
        Edge { which: 1, apart: all, across: [ALL, ALL, 0, 0, 0, 0, 0, ALL] },
        Edge { which: 5, apart: down.wrapping_neg(), across: [0, ALL, ALL, ALL, 0, 0, 0, 0] },
        Edge { which: 7, apart: all.wrapping_neg(), across: [0, 0, 0, ALL, ALL, ALL, 0, 0] },
        Edge { which: 3, apart: down, across: [0, 0, 0, 0, 0, ALL, ALL, ALL] },
    ]
};

/// By place in a tile, for those at its edge: which edge, and whether it is a corner.
const EDGES: [(u8, bool); AREA] = {
    let mut edges = [(0, false); AREA];
    let mut place = 0;
    while place < AREA {
        let (row, col) = (place / SIDE, place % SIDE);
        let (north, south) = (row == 0, row == SIDE - 1);
        let (west, east) = (col == 0, col == SIDE - 1);
        let edge = if north {
            0
        } else if east {
            1
        } else if south {
            2
        } else {
            3
        };
        edges[place] = (edge, (north || south) && (west || east));
        place += 1;
    }
    edges
};

/// Room for nine tiles: a power of two.
const NINE: usize = 16;

#[derive(Clone, Copy, Debug)]
struct Tile {
    row: u32,
    col: u32,
    /// First cells of the nine tiles around and including it, row by row; `u32::MAX`: not looked up yet.
    around: [u32; NINE],
}

/// All tiles of a run; may be used for one run after another.
#[derive(Debug, Default)]
pub(super) struct Tiles {
    pub(super) rows: usize,
    pub(super) cols: usize,
    tile_cols: usize,
    /// Tiles by place; 0: none yet.
    directory: Vec<u32>,
    tiles: Vec<Tile>,
    pub(super) cells: Vec<Cell>,
    /// How the front moved as it reached each cell.
    pub(super) arrivals: Vec<Arrival>,
}

impl Tiles {
    /// Forgets what was, and makes ready for a grid: the work is that of the tiles there were.
    pub(super) fn open(&mut self, rows: usize, cols: usize) {
        let (tile_rows, tile_cols) = (rows.div_ceil(SIDE), cols.div_ceil(SIDE));
        let same = self.rows == rows && self.cols == cols;
        if same {
            for tile in self.tiles.drain(..).skip(1) {
                self.directory[tile.row as usize / SIDE * tile_cols + tile.col as usize / SIDE] = 0;
            }
        } else {
            self.directory = vec![0; tile_rows * tile_cols];
        }
        (self.rows, self.cols, self.tile_cols) = (rows, cols, tile_cols);
        self.tiles.clear();
        self.cells.clear();
        self.arrivals.clear();
        let room = ((tile_rows * tile_cols + 1) * AREA).min(CELLS_AT_FIRST);
        let reserved =
            self.cells.try_reserve_exact(room).and_then(|()| self.arrivals.try_reserve_exact(room));
        if reserved.is_err() {
            // One tile after the other, then.
            self.cells.reserve(AREA);
        }
        self.tiles.push(Tile { row: 0, col: 0, around: [OUTSIDE; NINE] });
        self.cells.resize(AREA, Cell::WALL);
        self.arrivals.resize(AREA, Arrival::NONE);
    }

    /// Cells of all tiles, but for the one that stands for the outside.
    pub(super) fn ids(&self) -> std::ops::Range<usize> {
        AREA..self.cells.len()
    }

    /// First cells of all tiles, but for the one that stands for the outside.
    pub(super) fn first_ids(&self) -> impl Iterator<Item = usize> + use<> {
        self.ids().step_by(AREA)
    }

    /// Row and column of a cell.
    #[inline]
    pub(super) fn place(&self, id: usize) -> (usize, usize) {
        let tile = &self.tiles[id / AREA];
        (tile.row as usize + id % AREA / SIDE, tile.col as usize + id % SIDE)
    }

    /// The cell at a place, which must lie in the grid.
    pub(super) fn at(&mut self, row: usize, col: usize, medium: &impl Medium) -> usize {
        self.tile(row / SIDE, col / SIDE, medium) + row % SIDE * SIDE + col % SIDE
    }

    /// The eight neighbours of a cell.
    #[inline(always)]
    pub(super) fn around(&mut self, id: usize, medium: &impl Medium) -> [u32; 8] {
        // A loop becomes two additions of lanes; a map does not.
        let mut here = AROUND;
        for cell in &mut here {
            *cell = cell.wrapping_add(id as u32);
        }
        if is_inner(id) { here } else { self.across(id, here, medium) }
    }

    /// The same for a cell at its tile's edge, from what they would be if the tile went on.
    #[inline(never)]
    fn across(&mut self, id: usize, mut here: [u32; 8], medium: &impl Medium) -> [u32; 8] {
        let (tile, place) = (id / AREA, id % AREA);
        let (edge, corner) = EDGES[place];
        if corner {
            let ring = &RINGS[place];
            let mut firsts = ring.map(|(which, _)| self.tiles[tile].around[usize::from(which) % NINE]);
            if firsts.contains(&u32::MAX) {
                firsts = ring.map(|(which, _)| self.beside(tile, usize::from(which), medium));
            }
            return std::array::from_fn(|step| firsts[step] + u32::from(ring[step].1));
        }
        let edge = &EDGE[usize::from(edge) % 4];
        let mut first = self.tiles[tile].around[edge.which % NINE];
        if first == u32::MAX {
            first = self.beside(tile, edge.which, medium);
        }
        let apart = first.wrapping_sub((tile * AREA) as u32).wrapping_add(edge.apart);
        for (cell, across) in here.iter_mut().zip(&edge.across) {
            *cell = cell.wrapping_add(across & apart);
        }
        here
    }

    /// Which of the eight steps from a cell, to the ring around it, lead to cells that burn later than some time, as bits.
    #[inline(always)]
    pub(super) fn later_around(&self, id: usize, around: &[u32; 8], limit_s: f32) -> u32 {
        /// From the cell in the north-west to the one in the south-east.
        const REACH: usize = 2 * SIDE + 3;
        let cells = &self.cells[..];
        let [first, last] = match is_inner(id) {
            true => {
                let south = 2 * SIDE;
                let block = cells[id - SIDE - 1..].first_chunk::<REACH>().expect("an inner cell has a ring");
                let time_s = |at: usize| block[at].time_s;
                [
                    Lanes::new([time_s(1), time_s(2), time_s(SIDE + 2), time_s(south + 2)]),
                    Lanes::new([time_s(south + 1), time_s(south), time_s(SIDE), time_s(0)]),
                ]
            }
            false => {
                let time_s = |step: usize| cells[around[step] as usize].time_s;
                [
                    Lanes::new([time_s(0), time_s(1), time_s(2), time_s(3)]),
                    Lanes::new([time_s(4), time_s(5), time_s(6), time_s(7)]),
                ]
            }
        };
        let limit_s = Lanes::splat(limit_s);
        first.simd_gt(limit_s).to_bitmask() | last.simd_gt(limit_s).to_bitmask() << LANES
    }

    /// Reads cells of the queue and their surroundings, and what costs there are made of, for nothing: what lies outside the caches is
    /// fetched for all of them at once, not for one after another as they are visited.
    pub(super) fn touch(&self, entries: &[u64], medium: &impl Medium) {
        /// From the cell in the north-west on, the first and the last of each row of three.
        const PLACES: [usize; 6] = [0, 2, SIDE, SIDE + 2, 2 * SIDE, 2 * SIDE + 2];
        if self.cells.len() < TOUCHED_FROM {
            return;
        }
        let mut flags = 0;
        for &entry in entries {
            let first = (entry as u32 as usize).saturating_sub(SIDE + 1);
            if let Some(cells) = self.cells.get(first..first + 2 * SIDE + 3) {
                flags |= PLACES.iter().fold(0, |flags, at| flags | cells[*at].flags);
            }
            if let Some(arrival) = self.arrivals.get(first + SIDE + 1) {
                flags |= arrival.class as u8;
            }
            let (row, col) = self.place(entry as u32 as usize);
            let span = |at: usize, count: usize| at.saturating_sub(1)..(at + 2).min(count);
            medium.comes_near(span(row, self.rows), span(col, self.cols));
        }
        std::hint::black_box(flags);
    }

    /// Forgets in time which costs belong to steps that are long past.
    pub(super) fn forget_old_costs(&mut self, step: usize) {
        if step == 0 || !step.is_multiple_of(FORGOTTEN_EVERY) {
            return;
        }
        // What burned in the step before is still asked about.
        let last = tag(step - 1);
        for cell in &mut self.cells {
            cell.tag = if cell.tag == last { last } else { 0 };
        }
    }

    /// Makes a cell as if the front had not come near; ground of an ignition does not burn again.
    pub(super) fn forget(&mut self, id: usize, wall: bool) {
        let flags = self.cells[id].flags & BURNABLE;
        self.cells[id] = Cell { flags, ..if wall { Cell::WALL } else { Cell::NEW } };
        if !wall {
            self.arrivals[id] = Arrival::NONE;
        }
    }

    /// First cell of one of the nine tiles around and including another.
    fn beside(&mut self, tile: usize, which: usize, medium: &impl Medium) -> u32 {
        let known = self.tiles[tile].around[which];
        if known != u32::MAX {
            return known;
        }
        let row = (self.tiles[tile].row as usize / SIDE).checked_add_signed(which as isize / 3 - 1);
        let col = (self.tiles[tile].col as usize / SIDE).checked_add_signed(which as isize % 3 - 1);
        let first = match (row, col) {
            (Some(row), Some(col)) if row * SIDE < self.rows && col * SIDE < self.cols => {
                self.tile(row, col, medium) as u32
            }
            _ => OUTSIDE,
        };
        self.tiles[tile].around[which] = first;
        first
    }

    /// First cell of a tile, which is made if need be.
    fn tile(&mut self, tile_row: usize, tile_col: usize, medium: &impl Medium) -> usize {
        let at = tile_row * self.tile_cols + tile_col;
        if self.directory[at] != 0 {
            return self.directory[at] as usize * AREA;
        }
        let first = self.cells.len();
        assert!(
            first < (u32::MAX as usize) - AREA,
            "BUG: a grid of so many cells was not refused on reading"
        );
        self.directory[at] = (first / AREA) as u32;
        let (row, col) = (tile_row * SIDE, tile_col * SIDE);
        let mut around = [u32::MAX; NINE];
        around[4] = first as u32;
        self.tiles.push(Tile { row: row as u32, col: col as u32, around });
        self.arrivals.resize(first + AREA, Arrival::NONE);
        // As one: pushed one by one, each would ask for room.
        self.cells.resize(first + AREA, Cell { flags: BURNABLE, ..Cell::NEW });
        let (rows, cols) = (row..(row + SIDE).min(self.rows), col..(col + SIDE).min(self.cols));
        medium.comes_near(rows.clone(), cols.clone());
        for (down, cells) in self.cells[first..].chunks_exact_mut(SIDE).enumerate() {
            let in_grid = row + down < rows.end;
            let mut walls = !if in_grid { medium.burnable_along(row + down, cols.clone()) } else { 0 };
            while walls & ROW != 0 {
                cells[walls.trailing_zeros() as usize % SIDE] = Cell::WALL;
                walls &= walls - 1;
            }
        }
        first
    }
}
