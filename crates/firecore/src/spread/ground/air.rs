//! A member's wind and dead moisture by cell, in single precision: bilinear between the nodes of the weather's grid.
//!
//! The weather's cells are much larger than the landscape's, so the four nodes around a cell serve hundreds of others: what is
//! kept is the surface between them, with the member's draws applied to the nodes, which gives the same as applying
//! them in each cell.

use wide::f32x4;

use crate::ignition::WeatherShift;
use crate::landscape::Landscape;
use crate::spread::front::lanes::{LANES, four};
use crate::spread::rothermel::held_moisture;
use crate::weather::{Weather, WeatherSeries, bracket};
use crate::wind::{TerrainWind, bent};

/// Patches kept in either direction: a front of a thousand cells crosses fewer.
const KEPT: usize = 16;

/// Wind at 10 m and dead fuel moisture in a cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Air {
    /// The way it blows, east and north, m/s.
    pub(super) wind_10m: [f32; 2],
    /// 1 h, 10 h and 100 h.
    pub(super) dead_moisture: [f32; 3],
}

/// That of four cells.
pub(super) struct FourAirs {
    /// By cell: wind to the east and to the north, 1 h and 10 h moisture.
    most: [f32x4; LANES],
    /// 100 h moisture in all of them.
    hundred_hour: f32x4,
    /// What the terrain makes of the wind: east-east, north-north, east-north.
    bends: Option<[f32x4; 3]>,
}

impl FourAirs {
    /// East and north in all of them.
    #[inline(always)]
    pub(super) fn wind_10m(&self) -> [f32x4; 2] {
        let [east, north, ..] = f32x4::transpose(self.most);
        self.bends.map_or([east, north], |bends| bent(bends, [east, north]))
    }

    /// By cell 1 h, 10 h and 100 h, each four times.
    #[inline(always)]
    pub(super) fn dead_moisture(&self) -> [[f32x4; 3]; LANES] {
        let hundred_hour = self.hundred_hour.to_array();
        four(|lane| {
            let [_, _, one_hour, ten_hour] = self.most[lane].to_array();
            [one_hour, ten_hour, hundred_hour[lane]].map(f32x4::splat)
        })
    }
}

/// The air over a landscape.
pub(super) struct AirField<'a> {
    weather: &'a WeatherSeries,
    /// Steps of the weather by the front's number.
    steps: &'a [usize],
    shift: WeatherShift,
    /// By row and by column of the landscape.
    south: Vec<Between>,
    east: Vec<Between>,
    patches: Box<[Patch; KEPT * KEPT]>,
    /// Where the terrain bends the wind.
    terrain: Option<&'a TerrainWind>,
}

/// Between which nodes a row or column of the landscape lies.
#[derive(Clone, Copy)]
struct Between {
    first: u32,
    /// The share of the next one.
    share: f32,
}

/// The air between four nodes: `parts[0] + x parts[1] + y (parts[2] + x parts[3])`.
#[derive(Clone, Copy)]
struct Patch {
    /// Row and column of the node in the north-west, and the step.
    of: [u32; 3],
    /// Wind to the east and to the north, 1 h and 10 h moisture: a register full.
    parts: [f32x4; 4],
    hundred_hour: [f32; 4],
}

impl Patch {
    const NONE: Self = Self { of: [u32::MAX; 3], parts: [f32x4::ZERO; 4], hundred_hour: [0.0; 4] };
}

/// Numbers of a node.
const NUMBERS: usize = 5;

impl<'a> AirField<'a> {
    pub(super) fn new(
        landscape: &'a Landscape,
        weather: &'a WeatherSeries,
        steps: &'a [usize],
        shift: WeatherShift,
    ) -> Self {
        let (ground, nodes) = (&landscape.shape, &weather.shape);
        let between = |corner_m: f64, cells: usize, count: usize| {
            let place = |cell: usize| {
                let (first, _, share) = bracket(
                    (corner_m + (cell as f64 + 0.5) * ground.cell_size_m) / nodes.cell_size_m - 0.5,
                    count,
                );
                Between { first: first as u32, share: share as f32 }
            };
            (0..cells).map(place).collect()
        };
        Self {
            weather,
            steps,
            shift,
            south: between(nodes.north_m - ground.north_m, ground.rows, nodes.rows),
            east: between(ground.west_m - nodes.west_m, ground.cols, nodes.cols),
            patches: Box::new([Patch::NONE; KEPT * KEPT]),
            terrain: weather.terrain_bends_wind.then(|| landscape.terrain_wind()),
        }
    }

    /// The air in a cell.
    #[inline(always)]
    pub(super) fn at(&mut self, step: usize, row: usize, col: usize) -> Air {
        let (down, right) = (self.south[row], self.east[col]);
        let kept = down.first as usize % KEPT * KEPT + right.first as usize % KEPT;
        let of = [down.first, right.first, step as u32];
        if self.patches[kept].of != of {
            self.patches[kept] = self.patch(of);
        }
        let Patch { parts: [constant, along_x, along_y, along_both], hundred_hour, .. } = &self.patches[kept];
        let (x, y) = (right.share, down.share);
        let (all_x, all_y) = (f32x4::splat(x), f32x4::splat(y));
        let lanes = *constant + all_x * *along_x + all_y * (*along_y + all_x * *along_both);
        let [wind_east, wind_north, one_hour, ten_hour] = lanes.to_array();
        let [constant, along_x, along_y, along_both] = hundred_hour;
        let hundred_hour = constant + x * along_x + y * (along_y + x * along_both);
        let wind = [wind_east, wind_north];
        let wind_10m = self.terrain.map_or(wind, |terrain| bent(terrain.at(row, col), wind));
        Air { wind_10m, dead_moisture: [one_hour, ten_hour, hundred_hour] }
    }

    /// Whether four neighbouring cells of a row lie in the landscape and between the same nodes.
    #[inline(always)]
    pub(super) fn has_four(&self, col: usize) -> bool {
        // They rise from west to east.
        matches!(self.east.get(col..col + LANES), Some([west, .., east]) if west.first == east.first)
    }

    /// The air in four such cells.
    #[inline(always)]
    pub(super) fn at_four(&mut self, step: usize, row: usize, col: usize) -> FourAirs {
        let down = self.south[row];
        let right: &[Between; LANES] = self.east[col..].first_chunk().expect("there are four");
        let kept = down.first as usize % KEPT * KEPT + right[0].first as usize % KEPT;
        let of = [down.first, right[0].first, step as u32];
        if self.patches[kept].of != of {
            self.patches[kept] = self.patch(of);
        }
        let Patch { parts: [constant, along_x, along_y, along_both], hundred_hour, .. } = &self.patches[kept];
        let y = f32x4::splat(down.share);
        let most = four(|lane| {
            let x = f32x4::splat(right[lane].share);
            *constant + x * *along_x + y * (*along_y + x * *along_both)
        });
        let [constant, along_x, along_y, along_both] = hundred_hour.map(f32x4::splat);
        let x = f32x4::new(four(|lane| right[lane].share));
        let hundred_hour = constant + x * along_x + y * (along_y + x * along_both);
        let bends = self.terrain.map(|terrain| {
            let [one, two, three, four] = four(|lane| terrain.at(row, col + lane));
            std::array::from_fn(|part| f32x4::new([one[part], two[part], three[part], four[part]]))
        });
        FourAirs { most, hundred_hour, bends }
    }

    #[inline(never)]
    fn patch(&self, of: [u32; 3]) -> Patch {
        let [north, west, step] = of.map(|part| part as usize);
        let (shape, cells) = (&self.weather.shape, &self.weather.steps[self.steps[step]].cells);
        let (south, east) = ((north + 1).min(shape.rows - 1), (west + 1).min(shape.cols - 1));
        let node = |row, col| numbers(&self.shift.of(&cells[shape.index(row, col)]));
        let (nw, ne, sw, se) = (node(north, west), node(north, east), node(south, west), node(south, east));
        let part = |at: usize| {
            [nw[at], ne[at] - nw[at], sw[at] - nw[at], se[at] - sw[at] - (ne[at] - nw[at])]
                .map(|part| part as f32)
        };
        let by_number: [[f32; 4]; NUMBERS] = std::array::from_fn(part);
        let parts =
            std::array::from_fn(|part| f32x4::new(std::array::from_fn(|number| by_number[number][part])));
        Patch { of, parts, hundred_hour: by_number[NUMBERS - 1] }
    }
}

/// Moistures are held where fuel beds hold them, so that what lies between is inside, too.
fn numbers(weather: &Weather) -> [f64; NUMBERS] {
    let dead = &weather.moisture.dead;
    let [one_hour, ten_hour, hundred_hour] =
        [dead.one_hour, dead.ten_hour, dead.hundred_hour].map(held_moisture);
    let (east, north) = (weather.wind_10m_east_m_s, weather.wind_10m_north_m_s);
    [east, north, one_hour, ten_hour, hundred_hour]
}
