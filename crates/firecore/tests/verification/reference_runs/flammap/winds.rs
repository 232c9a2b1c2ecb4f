//! The wind over mountains against the grid that FlamMap had WindNinja make of one wind: 20 mph from 240 degrees, cells of 60 m.

use firecore::grid::GridShape;
use firecore::wind::{STRAIGHT, TerrainWind, bent};

use super::Run;
use crate::rasters::landscape_samples;
use crate::reference_runs::{blowing, times};

/// The run's `WIND_SPEED` and `WIND_DIRECTION`.
const SPEED_MPH: f64 = 20.0;
const FROM_DEG: f64 = 240.0;

/// How far winds are from WindNinja's over some cells.
struct Apart {
    /// Root of the mean square of the vectors' differences, mph.
    vectors_mph: f64,
    /// Mean difference of the speeds, mph.
    speeds_mph: f64,
    /// Mean difference of the directions, degrees.
    directions_deg: f64,
    /// Correlation of the speeds.
    correlation: f64,
}

fn apart(run: &Run, cells: &[usize], wind_mph: impl Fn(usize) -> [f64; 2]) -> Apart {
    let count = cells.len() as f64;
    let (mut vectors, mut speeds, mut directions) = (0.0, 0.0, 0.0);
    let mut sums = [0.0_f64; 5];
    for at in cells {
        let [east, north] = wind_mph(*at);
        let wanted_mph = f64::from(run.wind_20ft_mph[*at]);
        let wanted = times(run.wind_toward(*at), wanted_mph);
        vectors += (east - wanted[0]).powi(2) + (north - wanted[1]).powi(2);
        let speed_mph = east.hypot(north);
        speeds += (speed_mph - wanted_mph).abs();
        let [beside, along] = [east * wanted[1] - north * wanted[0], east * wanted[0] + north * wanted[1]];
        directions += beside.atan2(along).abs().to_degrees();
        let terms = [speed_mph, wanted_mph, speed_mph.powi(2), wanted_mph.powi(2), speed_mph * wanted_mph];
        sums.iter_mut().zip(terms).for_each(|(sum, term)| *sum += term / count);
    }
    let [one, other, one_square, other_square, both] = sums;
    let spread = ((one_square - one * one) * (other_square - other * other)).sqrt();
    Apart {
        vectors_mph: (vectors / count).sqrt(),
        speeds_mph: speeds / count,
        directions_deg: directions / count,
        correlation: (both - one * other) / spread,
    }
}

#[test]
fn terrain_makes_of_one_wind_nearly_what_windninja_makes_of_it() {
    let Some(samples) = landscape_samples() else { return };
    let run = Run::read(&samples);
    let layers = &run.layers;
    let shape = GridShape {
        rows: layers.rows,
        cols: layers.cols,
        cell_size_m: layers.cell_size_m,
        west_m: 0.0,
        north_m: 0.0,
    };
    let elevation_m: Vec<f32> = layers.elevation_m.iter().copied().map(f32::from).collect();
    let wind = TerrainWind::over(&shape, &elevation_m);
    let open = times(blowing(FROM_DEG), SPEED_MPH).map(|part| part as f32);
    let by = |bend: &dyn Fn(usize) -> firecore::wind::Bend, cells: &[usize]| {
        apart(&run, cells, |at| bent(bend(at), open).map(f64::from))
    };
    let all = 0..layers.cols;
    let halves = [("whole", all.clone()), ("west", 0..all.end / 2), ("east", all.end / 2..all.end)];
    for (name, cols) in halves {
        let cells: Vec<usize> = (0..layers.len()).filter(|at| cols.contains(&(at % layers.cols))).collect();
        let here = by(&|at| wind.at(at / layers.cols, at % layers.cols), &cells);
        let even = by(&|_| STRAIGHT, &cells);
        println!(
            "{name}: vectors {:.2} mph (one wind {:.2}), speeds {:.2} ({:.2}), directions {:.1} degrees ({:.1}), r {:.3}",
            here.vectors_mph,
            even.vectors_mph,
            here.speeds_mph,
            even.speeds_mph,
            here.directions_deg,
            even.directions_deg,
            here.correlation
        );
        assert!(here.vectors_mph < 0.5 * even.vectors_mph, "{name}");
        assert!(here.speeds_mph < 0.5 * even.speeds_mph, "{name}");
        assert!(here.directions_deg < 0.6 * even.directions_deg, "{name}");
        assert!(here.correlation > 0.88, "{name}");
    }
}
