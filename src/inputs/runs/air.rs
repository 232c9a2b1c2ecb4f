//! Air over the coarse cells: what the nodes around each cell say, brought to the cell's elevation.

use firecore::grid::GridShape;
use firecore::landscape::Landscape;
use firecore::moisture::conditioning::{Sky, aloft};
use georead::weather::WeatherRun;

use super::space::{Nodes, Weights};
use super::time::{AtHour, Basis};
use super::wind_of;

/// Temperature, humidity, rain and light at a place and an hour.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct AirAt {
    pub(super) temperature_c: f64,
    pub(super) relative_humidity: f64,
    pub(super) rain_kg_m2: f64,
    pub(super) sky: Sky,
}

/// The air over a grid of coarse cells.
pub(super) struct Air<'a> {
    run: &'a WeatherRun,
    /// By node, then by hour.
    by_node: Vec<Vec<AtHour>>,
    /// Who speaks for each cell.
    weights: Vec<Weights>,
    /// Mean elevation of each cell's ground, m.
    pub(super) elevation_m: Vec<f64>,
}

impl<'a> Air<'a> {
    pub(super) fn new(
        run: &'a WeatherRun,
        nodes: &Nodes,
        by_node: Vec<Vec<AtHour>>,
        landscape: &Landscape,
        shape: &GridShape,
    ) -> Self {
        let weights = (0..shape.len())
            .map(|cell| nodes.speak_for(shape.centre(cell / shape.cols, cell % shape.cols)))
            .collect();
        Self { run, by_node, weights, elevation_m: elevations_m(landscape, shape) }
    }

    /// Wind at 10 m toward true east and north; the mean of those nodes that know it, and of all where none around the cell does.
    pub(super) fn wind(&self, cell: usize, hour: usize) -> Option<[f64; 2]> {
        self.mean(&self.weights[cell], hour, |at| at.wind.and(wind_of(&at.sample))).or_else(|| {
            let all: Weights = (0..self.by_node.len()).map(|node| (node, 1.0)).collect();
            self.mean(&all, hour, |at| at.wind.and(wind_of(&at.sample)))
        })
    }

    /// How the worst-known wind of an hour that is used came about; `None` where there is none.
    pub(super) fn worst_wind(&self, hour: usize) -> Option<Basis> {
        let mut speaking: Vec<usize> = self.weights.iter().flatten().map(|(node, _)| *node).collect();
        speaking.sort_unstable();
        speaking.dedup();
        speaking.iter().filter_map(|node| self.by_node[*node][hour].wind).max()
    }

    /// Air over a cell at an elevation; `None` where temperature or humidity is not known.
    pub(super) fn at(&self, cell: usize, hour: usize, elevation_m: f64) -> Option<AirAt> {
        let weights = &self.weights[cell];
        let mut sum = [0.0; 3];
        for (node, weight) in weights {
            let at = &self.by_node[*node][hour];
            if at.air.is_none() {
                continue;
            }
            let above_m = self.run.nodes[*node].elevation_m.map_or(0.0, |node_m| elevation_m - node_m);
            let (temperature_c, humidity) =
                aloft(f64::from(at.sample.temperature_c), f64::from(at.sample.relative_humidity), above_m);
            sum = [sum[0] + weight, sum[1] + weight * temperature_c, sum[2] + weight * humidity];
        }
        if sum[0] <= 0.0 {
            return None;
        }
        let one = |value: fn(&AtHour) -> f32| {
            self.mean(weights, hour, |at| {
                Some(value(at)).filter(|value| value.is_finite()).map(|value| [f64::from(value), 0.0])
            })
            .map(|mean| mean[0])
        };
        let sky = match one(|at| at.sample.radiation_kw_m2) {
            Some(level_kw_m2) => Sky::Measured { level_kw_m2 },
            None => Sky::Clouds { cover: one(|at| at.sample.cloud_cover).unwrap_or(0.0) },
        };
        Some(AirAt {
            temperature_c: sum[1] / sum[0],
            relative_humidity: sum[2] / sum[0],
            rain_kg_m2: one(|at| at.sample.rain_kg_m2).unwrap_or(0.0),
            sky,
        })
    }

    /// Whether any node knows rain, and light.
    pub(super) fn knows(&self) -> [bool; 2] {
        let any = |value: fn(&AtHour) -> f32| self.by_node.iter().flatten().any(|at| value(at).is_finite());
        let light = any(|at| at.sample.cloud_cover) || any(|at| at.sample.radiation_kw_m2);
        [any(|at| at.sample.rain_kg_m2), light]
    }

    /// True where the elevation that the temperature belongs to is known at every node.
    pub(super) fn knows_elevation(&self) -> bool {
        self.run.nodes.iter().all(|node| node.elevation_m.is_some())
    }

    fn mean(
        &self,
        weights: &Weights,
        hour: usize,
        value: impl Fn(&AtHour) -> Option<[f64; 2]>,
    ) -> Option<[f64; 2]> {
        let mut sum = [0.0; 3];
        for (node, weight) in weights {
            if let Some([a, b]) = value(&self.by_node[*node][hour]) {
                sum = [sum[0] + weight, sum[1] + weight * a, sum[2] + weight * b];
            }
        }
        (sum[0] > 0.0).then(|| [sum[1] / sum[0], sum[2] / sum[0]])
    }
}

/// Mean elevation of the landscape's cells in each coarse cell; the landscape's own mean where a coarse cell holds none.
fn elevations_m(landscape: &Landscape, shape: &GridShape) -> Vec<f64> {
    /// Every fourth row and column tells a mean of kilometres to a metre or two.
    const STEP: usize = 4;
    let (mut sums, mut counts) = (vec![0.0; shape.len()], vec![0_u32; shape.len()]);
    let ground = &landscape.shape;
    for row in (0..ground.rows).step_by(STEP) {
        for col in (0..ground.cols).step_by(STEP) {
            let elevation_m = f64::from(landscape.terrain.elevation_m(ground.index(row, col)));
            if let Some((down, right)) =
                shape.cell_at(ground.centre(row, col)).filter(|_| elevation_m.is_finite())
            {
                sums[shape.index(down, right)] += elevation_m;
                counts[shape.index(down, right)] += 1;
            }
        }
    }
    let (sum, count) = (sums.iter().sum::<f64>(), counts.iter().sum::<u32>());
    let mean = if count > 0 { sum / f64::from(count) } else { 0.0 };
    sums.iter()
        .zip(&counts)
        .map(|(sum, count)| if *count > 0 { sum / f64::from(*count) } else { mean })
        .collect()
}
