//! Weather at a place and time, from a coarse grid of valid times.

use jiff::Timestamp;

use crate::geo::{EastNorth, LocalFrame};
use crate::grid::GridShape;
use crate::landscape::Landscape;
use crate::moisture::{DeadFuelMoisture, FuelMoisture, LiveFuelMoisture};
use crate::wind::{Bend, bent};

/// Weather at one place and time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Weather {
    /// Wind 10 m above open ground, eastward component in the frame's axes (the way it blows), m/s.
    pub wind_10m_east_m_s: f64,
    /// The same, northward component, m/s.
    pub wind_10m_north_m_s: f64,
    /// Dead and live fuel moisture.
    pub moisture: FuelMoisture,
}

impl Weather {
    /// The same with the wind as terrain bends it.
    #[must_use]
    pub fn bent(mut self, bend: Bend) -> Self {
        let wind = [self.wind_10m_east_m_s, self.wind_10m_north_m_s];
        [self.wind_10m_east_m_s, self.wind_10m_north_m_s] = bent(bend.map(f64::from), wind);
        self
    }
}

/// Weather of one valid time on the series' grid.
#[derive(Clone, Debug, PartialEq)]
pub struct WeatherStep {
    /// The instant that the values belong to.
    pub valid_at: Timestamp,
    /// One value a cell of the series' grid, row-major.
    pub cells: Vec<Weather>,
}

/// Weather over an area and a time window.
///
/// The value of a valid time holds from halfway after the one before it to halfway before the next; the first holds
/// for all earlier times and the last for all later ones.
#[derive(Clone, Debug, PartialEq)]
pub struct WeatherSeries {
    /// The plane that the grid lies in and that the wind components refer to.
    pub frame: LocalFrame,
    /// The coarse grid; one cell for constant weather.
    pub shape: GridShape,
    /// At least one, by rising `valid_at`.
    pub steps: Vec<WeatherStep>,
    /// Whether the terrain under it turns its wind and changes its speed, as [`crate::wind::TerrainWind`] does: for wind of a model or a station, which
    /// knows no ridge; not for wind that knows the terrain.
    pub terrain_bends_wind: bool,
}

impl WeatherSeries {
    /// Instants at which one step's values give way to the next one's: one fewer than there are steps.
    pub fn changes(&self) -> impl Iterator<Item = Timestamp> + '_ {
        self.steps.windows(2).map(|pair| {
            let (a, b) = (pair[0].valid_at.as_millisecond(), pair[1].valid_at.as_millisecond());
            Timestamp::from_millisecond(a + (b - a) / 2).expect("an instant between two instants is one")
        })
    }

    /// The step whose values hold at an instant.
    pub fn step_at(&self, instant: Timestamp) -> usize {
        self.changes().take_while(|change| *change <= instant).count()
    }

    /// Weather at a point of the frame, bilinear between the centres of the grid's cells, constant beyond them.
    pub fn at(&self, step: usize, point: EastNorth) -> Weather {
        let cells = &self.steps[step].cells;
        if cells.len() == 1 {
            return cells[0];
        }
        let shape = &self.shape;
        let (row, row_next, down) =
            bracket((shape.north_m - point.north_m) / shape.cell_size_m - 0.5, shape.rows);
        let (col, col_next, right) =
            bracket((point.east_m - shape.west_m) / shape.cell_size_m - 0.5, shape.cols);
        let top = mix(&cells[shape.index(row, col)], &cells[shape.index(row, col_next)], right);
        let bottom = mix(&cells[shape.index(row_next, col)], &cells[shape.index(row_next, col_next)], right);
        mix(&top, &bottom, down)
    }
}

impl WeatherSeries {
    /// Weather at a point as the terrain makes it, where it does.
    pub fn over(&self, landscape: &Landscape, step: usize, point: EastNorth) -> Weather {
        let weather = self.at(step, point);
        match landscape.shape.cell_at(point) {
            Some((row, col)) if self.terrain_bends_wind => {
                weather.bent(landscape.terrain_wind().at(row, col))
            }
            _ => weather,
        }
    }
}

/// The two cells around a fractional index and the weight of the second.
#[inline]
pub(crate) fn bracket(position: f64, count: usize) -> (usize, usize, f64) {
    let clamped = position.clamp(0.0, (count - 1) as f64);
    // Cut off, which is the floor of what is not negative; no such grid has more than i32::MAX rows.
    let low = clamped as i32 as usize;
    (low, (low + 1).min(count - 1), clamped - low as f64)
}

/// The weighted mean of two values: `weight` is the share of `b`.
pub fn mix(a: &Weather, b: &Weather, weight: f64) -> Weather {
    let lerp = |a: f64, b: f64| a + (b - a) * weight;
    let (dead_a, dead_b) = (&a.moisture.dead, &b.moisture.dead);
    let (live_a, live_b) = (&a.moisture.live, &b.moisture.live);
    Weather {
        wind_10m_east_m_s: lerp(a.wind_10m_east_m_s, b.wind_10m_east_m_s),
        wind_10m_north_m_s: lerp(a.wind_10m_north_m_s, b.wind_10m_north_m_s),
        moisture: FuelMoisture {
            dead: DeadFuelMoisture {
                one_hour: lerp(dead_a.one_hour, dead_b.one_hour),
                ten_hour: lerp(dead_a.ten_hour, dead_b.ten_hour),
                hundred_hour: lerp(dead_a.hundred_hour, dead_b.hundred_hour),
            },
            live: LiveFuelMoisture {
                herbaceous: lerp(live_a.herbaceous, live_b.herbaceous),
                woody: lerp(live_a.woody, live_b.woody),
            },
        },
    }
}
