//! The cells just beyond the end of a span: no visit has followed a ray to all of them.

use super::lanes::{LANES, Lanes, four, mask};
use super::metric::{LEG, Vector, cross, dot, minus, plus};
use super::pair::{End, Foot, Lines};
use super::rays::{TOLERANCE, each};
use super::solver::Front;
use super::tiles::{CHORD, Cell, NO_PAIR};
use super::{Medium, Stopped};

/// How often a cell beyond the end is looked at in the mean, at most: a bound on what lowered cells set off around them, which only has to
/// end. Source: our choice.
const LOOKS_MAX: usize = 8;

/// The steps from a cell to the neighbours that share a side with it.
const SIDES: [usize; LANES] = [0, 2, 4, 6];

impl<M: Medium> Front<'_, M> {
    /// Settles what has burned by the end of a step that another follows, as far as cells that burn later decide it, and times the
    /// cells beyond.
    ///
    /// A long ellipse's flank is timed over edges whose far end burns later than the cell itself, when that end is visited: at a
    /// change of the weather no such visit comes. The straight way from the near end would be what the front is made of, a
    /// head's time and more late, with a ray that no fire took.
    pub(super) fn settle_before_change(&mut self) -> Result<(), Stopped> {
        // A ray first: around one source it is exact.
        self.settle_rim();
        self.settle_edges()
    }

    /// Times the cells beyond the end that no edge has timed over the edges around them, and visits those that burn before it.
    fn settle_edges(&mut self) -> Result<(), Stopped> {
        let untimed = |id: &u32| {
            let cell = &self.tiles.cells[*id as usize];
            cell.time_s >= self.end_s && cell.pair == NO_PAIR
        };
        let mut waiting: Vec<u32> = self.later.iter().copied().filter(untimed).collect();
        let most = LOOKS_MAX * waiting.len();
        let last = self.queue.last();
        let mut at = 0;
        while at < waiting.len().min(most) {
            let id = waiting[at] as usize;
            at += 1;
            let around = self.around(id);
            let Some((time_s, ray)) = self.best_edge(id, &around) else {
                continue;
            };
            self.lower(id, time_s, ray, last);
            let is_later = |id: &&u32| {
                let known_s = self.tiles.cells[**id as usize].time_s;
                known_s >= self.end_s && known_s > time_s && known_s < f32::INFINITY
            };
            waiting.extend(around.iter().filter(is_later));
        }
        self.settle(last..last + 1)
    }

    /// The least time of a cell over the edges around it, where that is less than it has.
    fn best_edge(&mut self, id: usize, around: &[u32; 8]) -> Option<(f32, Vector)> {
        let own = self.cost(id);
        let cells = &self.tiles.cells;
        let mut best_s = cells[id].time_s - TOLERANCE * own.head_slowness();
        let mut best = None;
        for turn in [1, 7] {
            let near = four(|lane| &cells[around[SIDES[lane]] as usize]);
            let far = four(|lane| &cells[around[(SIDES[lane] + turn) % 8] as usize]);
            let known = |cell: &Cell| cell.tag == self.tag && self.is_usable(cell, f32::INFINITY);
            let usable = four(|lane| known(near[lane]) && known(far[lane]));
            if usable == [false; LANES] {
                continue;
            }
            let (own, near, far) = (own.splat(), End::of_four(near), End::of_four(far));
            let to = each(|lane| LEG[(SIDES[lane] + 4) % 8]);
            let edge = each(|lane| LEG[(SIDES[lane] + 2 * turn) % 8]);
            // As in a visit: where the source of neither end says so, an edge knows no better.
            let jet_s = near.along_ray_s(&own, to).fast_min(far.along_ray_s(&own, minus(to, edge)));
            let lower = jet_s.simd_lt(Lanes::splat(best_s)).to_bitmask();
            let mut lanes = (0..LANES).filter(|lane| usable[*lane] && lower >> lane & 1 != 0).peekable();
            if lanes.peek().is_none() {
                continue;
            }
            let feet = Lines { own, near, far, to, edge, from_corner: mask(0), behind: mask(0) }.least();
            for lane in lanes {
                if let Foot::On(time_s, ray) = feet.one(lane)
                    && time_s < best_s
                {
                    (best_s, best) = (time_s, Some((time_s, ray)));
                }
            }
        }
        best
    }

    /// Times the cells beyond the front's end that only a chord has come to by the best ray of the cells around.
    pub(super) fn settle_rim(&mut self) {
        for at in 0..self.later.len() {
            let id = self.later[at] as usize;
            let cell = &self.tiles.cells[id];
            if !cell.has(CHORD) || cell.time_s < self.end_s {
                continue;
            }
            let known_s = cell.time_s;
            if let Some((time_s, ray)) = self.best_ray(id)
                && time_s < known_s
                && time_s >= self.end_s
            {
                let cell = &mut self.tiles.cells[id];
                (cell.time_s, cell.ray) = (time_s, ray);
                cell.flags &= !CHORD;
            }
        }
    }

    fn best_ray(&mut self, id: usize) -> Option<(f32, Vector)> {
        let around = self.around(id);
        let own = self.cost(id);
        let mut best: Option<(f32, Vector)> = None;
        for direction in 0..8 {
            let from = around[direction] as usize;
            if !self.is_usable(&self.tiles.cells[from], f32::INFINITY) || !self.passable(&around, direction) {
                continue;
            }
            let near = self.tiles.cells[from];
            let leg = LEG[(direction + 4) % 8];
            let cost = own.mean(&near.cost());
            let ray = plus(near.ray, leg);
            let aside = cross(near.ray, leg);
            if dot(ray, leg) <= 0.0 || aside * aside > dot(ray, ray) {
                continue;
            }
            let (longer, shorter) = (cost.product(ray, ray), cost.product(near.ray, near.ray));
            let time_s = near.time_s
                + dot(cost.drift, leg)
                + cost.slowness * (longer - shorter) / (longer.sqrt() + shorter.sqrt());
            if best.is_none_or(|(known_s, _)| time_s < known_s) {
                best = Some((time_s, ray));
            }
        }
        best
    }
}
