//! When the fire comes to a place within a cell.

use super::Field;

impl Field<'_> {
    /// When the fire comes to a place, s; infinity: it does not. Never later where no cell is later.
    ///
    /// `place` is in cells southward and eastward from the grid's north-western corner. Between the centres of cells the time
    /// is bilinear, which meets the contours on the lines between them. Ground that cannot burn, and what lies outside the grid, takes the time of the place's own
    /// cell, for the edge lies on that ground's border. A place that itself lies on such ground is reached when the earliest of
    /// the eight cells around is: the fire stands beside it.
    pub fn time_at(self, place: [f64; 2]) -> f32 {
        let [row, col] = place.map(|part| part.floor() as i64);
        let Some(own_s) = self.burning_s(row, col) else { return self.reached_s(row, col) };
        let corner = place.map(|part| (part - 0.5).floor());
        let share = [place[0] - 0.5 - corner[0], place[1] - 0.5 - corner[1]];
        let mut time_s = 0.0;
        for (down, right) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
            let part = |step: i64, share: f64| if step == 1 { share } else { 1.0 - share };
            let weight = part(down, share[0]) * part(right, share[1]);
            if weight > 0.0 {
                let cell_s = self.burning_s(corner[0] as i64 + down, corner[1] as i64 + right);
                time_s += weight * f64::from(cell_s.unwrap_or(own_s));
            }
        }
        time_s as f32
    }

    /// When the fire comes to a cell, s; to one that cannot burn, when it comes to the earliest of the eight around.
    pub fn reached_s(self, row: i64, col: i64) -> f32 {
        self.burning_s(row, col).unwrap_or_else(|| {
            let around = (-1..=1).flat_map(|down| (-1..=1).map(move |right| (down, right)));
            let times = around.filter_map(|(down, right)| self.burning_s(row + down, col + right));
            times.fold(f32::INFINITY, f32::min)
        })
    }

    /// When a cell burns, s; `None` outside the grid and where nothing can burn.
    fn burning_s(self, row: i64, col: i64) -> Option<f32> {
        let (row, col) = (usize::try_from(row).ok()?, usize::try_from(col).ok()?);
        let inside = row < self.shape.rows && col < self.shape.cols;
        let index = inside.then(|| self.shape.index(row, col)).filter(|index| self.burnable[*index])?;
        Some(self.arrival_s[index])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grid::GridShape;

    const SHAPE: GridShape = GridShape { rows: 2, cols: 3, cell_size_m: 30.0, west_m: 0.0, north_m: 60.0 };
    const FAR: f32 = f32::INFINITY;

    fn time_s(arrival_s: &[f32; 6], burnable: &[bool; 6], place: [f64; 2]) -> f32 {
        Field { shape: &SHAPE, arrival_s, burnable }.time_at(place)
    }

    #[test]
    fn between_centres_the_time_is_bilinear() {
        let plane = [0.0, 100.0, 200.0, 40.0, 140.0, 240.0];
        for (place, expected) in
            [([0.5, 0.5], 0.0), ([1.0, 1.0], 70.0), ([1.5, 2.5], 240.0), ([0.75, 1.5], 110.0)]
        {
            assert!((time_s(&plane, &[true; 6], place) - expected).abs() < 1e-3, "{place:?}");
        }
        // Beyond the outermost centres there is nothing to lean on but the cell's own time.
        assert_eq!(time_s(&plane, &[true; 6], [0.1, 0.5]), 0.0);
        // Outside the grid nothing burns: the fire can only stand beside it.
        assert_eq!(time_s(&plane, &[true; 6], [2.1, 0.5]), 40.0);
        assert_eq!(time_s(&plane, &[true; 6], [3.1, 0.5]), FAR);
    }

    #[test]
    fn ground_that_cannot_burn_is_reached_when_the_fire_stands_beside_it() {
        let times = [0.0, 100.0, FAR, 40.0, 140.0, FAR];
        let burnable = [true, true, false, true, true, false];
        assert_eq!(time_s(&times, &burnable, [0.5, 2.9]), 100.0);
        // Beside it the cell's own time counts.
        assert_eq!(time_s(&times, &burnable, [0.5, 1.9]), 100.0);
        // Ground that can burn and was not reached holds the edge back.
        assert_eq!(time_s(&times, &[true; 6], [0.5, 1.9]), FAR);
        assert_eq!(time_s(&times, &[true; 6], [0.5, 2.5]), FAR);
    }
}
