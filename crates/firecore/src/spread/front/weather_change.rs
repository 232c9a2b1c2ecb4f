//! What happens where the front stands when the weather changes.

use super::Medium;
use super::solver::Front;

/// Points of an edge that a way may start from, as shares of it: the ends are the neighbours themselves.
const FEET: [f32; 5] = [0.0, 0.25, 0.5, 0.75, 1.0];

impl<M: Medium> Front<'_, M> {
    /// Times the cells next to the front anew under the costs of the step just opened.
    ///
    /// A cell that burned before keeps its time and is no partner of later updates: its time belongs to other costs.
    /// For each cell next to the front, every straight way from the burned part of its ring is followed at the old cost
    /// up to the change and at the new cost from there; the least time holds.
    pub(super) fn change_weather(&mut self) {
        for cell in std::mem::take(&mut self.later) {
            let index = cell as usize;
            if self.time_s(index) < self.begin_s {
                continue;
            }
            let (time_s, ray) = self.retimed(index);
            self.set(index, time_s, ray);
            if !self.enqueue(index, 0) {
                self.later.push(cell);
            }
        }
    }

    fn retimed(&mut self, cell: usize) -> (f32, [f32; 2]) {
        let (old, new) = (self.cost(cell, self.step - 1), self.cost(cell, self.step));
        let ray = self.ray(cell);
        let stretch = new.seconds(ray) / old.seconds(ray);
        // The old source is none under the new costs: the ray keeps its direction and starts a cell away.
        let shrink = self.cell_m / ray[0].hypot(ray[1]);
        let ray = [ray[0] * shrink, ray[1] * shrink];
        let mut best = (self.begin_s + (self.time_s(cell) - self.begin_s) * stretch, ray);
        for direction in 0..8 {
            let near = self.burned_neighbour(cell, direction);
            let far = self.burned_neighbour(cell, direction + 1);
            let (Some(near), far) = (near, far) else { continue };
            let old = old.mean(&self.cost(near, self.step - 1));
            let new = new.mean(&self.cost(near, self.step));
            let (near_s, near_leg) = (self.time_s(near), self.leg(direction + 4));
            let (far_s, far_leg) =
                far.map_or((near_s, near_leg), |far| (self.time_s(far), self.leg(direction + 5)));
            for foot in FEET.into_iter().take(if far.is_some() { FEET.len() } else { 1 }) {
                let mix = |a: f32, b: f32| a + foot * (b - a);
                let leg = [mix(near_leg[0], far_leg[0]), mix(near_leg[1], far_leg[1])];
                let share_gone = (self.begin_s - mix(near_s, far_s)) / old.seconds(leg);
                let time_s = self.begin_s + (1.0 - share_gone).max(0.0) * new.seconds(leg);
                if time_s < best.0 {
                    best = (time_s, leg);
                }
            }
        }
        best
    }

    /// The neighbour in a direction, if it burned after the start and before the change and fire can come from there.
    fn burned_neighbour(&self, cell: usize, direction: usize) -> Option<usize> {
        let neighbour = self.neighbour(cell, direction % 8)?;
        let time_s = self.time_s(neighbour);
        (time_s >= 0.0 && time_s < self.begin_s && self.passable(cell, direction % 8)).then_some(neighbour)
    }
}
