//! The cells just beyond the end of a span: no visit has followed a ray to all of them.

use super::Medium;
use super::metric::{LEG, Vector, cross, dot, plus};
use super::solver::Front;
use super::tiles::CHORD;

impl<M: Medium> Front<'_, M> {
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
