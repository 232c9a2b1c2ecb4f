//! FARSITE over 401 x 476 cells of 30 m in New Mexico: four days of hourly weather, as the front arrived.
//!
//! FARSITE writes what it interpolates between the vertices of two perimeters, 60 m apart: next to a change of fuel,
//! wind or time step a cell holds a mixture. Cells are compared where heat per unit area and reaction intensity, two
//! separate outputs, agree on the residence time of the cell's own fuel: there all vertices stood in it. Fuel moisture
//! during the run is not written; it is found from the reaction intensity, as one moisture of all dead classes.

use std::path::Path;

use firecore::fuel::FuelModel;
use firecore::moisture::{DeadFuelMoisture, FuelMoisture, LiveFuelMoisture};
use firecore::spread::ellipse::Ellipse;
use firecore::spread::rothermel::{self, FuelBed, FuelBeds, MoistBed, SurfaceSpread};
use firecore::units::M_S_PER_MPH;

use super::{M_S_PER_M_MIN, Site, blowing, compass, dot, times};
use crate::differences::Differences;
use crate::rasters::{LandscapeLayers, Raster, landscape_samples};

mod crowns;

/// Live moisture of the run: its input file, 80 and 90 %.
const LIVE: LiveFuelMoisture = LiveFuelMoisture { herbaceous: 0.80, woody: 0.90 };

/// The run's start: day of June 2013, in hours.
const START_H: f64 = 19.0 * 24.0 + 10.0;

/// How far heat per unit area and reaction intensity may disagree on the residence time.
const SAME_FUEL: f64 = 0.03;

/// Rates are written to 0.01 m/min: slower ones than this are too coarse to compare.
const RATE_M_MIN_MIN: f64 = 0.2;

/// What FARSITE writes for a fire that leaves the crowns alone.
const SURFACE_FIRE: f32 = 1.0;

/// Dead moisture that the reaction intensity is searched for.
const MOISTURE_RANGE: [f64; 2] = [0.005, 0.15];

/// Wind at 20 ft of one hour.
#[derive(Clone, Copy)]
struct Wind {
    /// Hour of June.
    at_h: f64,
    speed_m_s: f64,
    toward: [f64; 2],
}

/// The landscape, the weather and the outputs, in FARSITE's metric units: m/min, kW/m, kJ/m2, kW/m2, min, degrees.
struct Run {
    layers: LandscapeLayers,
    winds: Vec<Wind>,
    arrival_min: Vec<f32>,
    rate_m_min: Vec<f32>,
    toward_deg: Vec<f32>,
    intensity_kw_m: Vec<f32>,
    flame_m: Vec<f32>,
    heat_kj_m2: Vec<f32>,
    reaction_kw_m2: Vec<f32>,
    crown_fire: Vec<f32>,
}

/// A cell whose vertices stood in its own fuel.
struct Cell {
    at: usize,
    site: Site,
    bed: MoistBed,
    wind: Wind,
}

impl Run {
    fn read(samples: &Path) -> Self {
        let folder = samples.join("farsite_reference");
        let layers = LandscapeLayers::read_lcp(&folder.join("69121.lcp"));
        let output = |name: &str| {
            let raster = Raster::read_ascii_gz(&folder.join(format!("outputs/test_{name}.asc.gz")));
            assert_eq!((raster.rows, raster.cols), (layers.rows, layers.cols), "{name}");
            raster.cells
        };
        let inputs = std::fs::read_to_string(folder.join("062913.input")).expect("the run has its inputs");
        Self {
            winds: winds(&inputs),
            arrival_min: output("ArrivalTime"),
            rate_m_min: output("SpreadRate"),
            toward_deg: output("SpreadDirection"),
            intensity_kw_m: output("Intensity"),
            flame_m: output("FlameLength"),
            heat_kj_m2: output("HeatPerUnitArea"),
            reaction_kw_m2: output("ReactionIntensity"),
            crown_fire: output("CrownFire"),
            layers,
        }
    }

    /// Cells of surface fire that are compared.
    fn cells(&self) -> impl Iterator<Item = Cell> {
        let beds = FuelBeds::standard();
        let surface = (0..self.layers.len()).filter(|at| self.crown_fire[*at] == SURFACE_FIRE);
        surface.filter(|at| f64::from(self.rate_m_min[*at]) >= RATE_M_MIN_MIN).filter_map(move |at| {
            let site = Site::of(&self.layers, at);
            let bed = beds.get(site.code)?;
            let reaction_kw_m2 = f64::from(self.reaction_kw_m2[at]);
            let residence_s = f64::from(self.heat_kj_m2[at]) / reaction_kw_m2;
            if (residence_s / bed.residence_time_s() - 1.0).abs() > SAME_FUEL {
                return None;
            }
            Some(Cell { at, site, bed: bed_of_reaction(bed, reaction_kw_m2)?.0, wind: self.wind(at) })
        })
    }

    /// The wind that was valid when the fire arrived: the last hour's.
    fn wind(&self, at: usize) -> Wind {
        let arrival_h = START_H + f64::from(self.arrival_min[at]) / 60.0;
        self.winds[self.winds.partition_point(|wind| wind.at_h <= arrival_h) - 1]
    }
}

/// Lines of weather: year, month, day, hour and minute, °F, %, inches, mph at 20 ft, degrees from, % cloud.
fn winds(inputs: &str) -> Vec<Wind> {
    let of_line = |line: &str| {
        let fields: Vec<f64> = line.split_whitespace().filter_map(|field| field.parse().ok()).collect();
        let [2013.0, _, day, hour_minute, _, _, _, wind_mph, from_deg, _] = fields[..] else { return None };
        let at_h = day * 24.0 + hour_minute / 100.0;
        Some(Wind { at_h, speed_m_s: wind_mph * M_S_PER_MPH, toward: blowing(from_deg) })
    };
    inputs.lines().filter_map(of_line).collect()
}

/// The bed at the dead moisture that gives a reaction intensity; `None` where none does.
fn bed_of_reaction(bed: &FuelBed, reaction_kw_m2: f64) -> Option<(MoistBed, FuelMoisture)> {
    let at = |moisture: f64| {
        let dead = DeadFuelMoisture { one_hour: moisture, ten_hour: moisture, hundred_hour: moisture };
        let moisture = FuelMoisture { dead, live: LIVE };
        (bed.moistened(&moisture), moisture)
    };
    let [mut dry, mut wet] = MOISTURE_RANGE;
    if at(dry).0.reaction_intensity_kw_m2() < reaction_kw_m2
        || at(wet).0.reaction_intensity_kw_m2() > reaction_kw_m2
    {
        return None;
    }
    for _ in 0..24 {
        let middle = 0.5 * (dry + wet);
        match at(middle).0.reaction_intensity_kw_m2() > reaction_kw_m2 {
            true => dry = middle,
            false => wet = middle,
        }
    }
    Some(at(0.5 * (dry + wet)))
}

#[test]
fn surface_fires_agree_with_farsite() {
    let Some(samples) = landscape_samples() else { return };
    let run = Run::read(&samples);
    let mut differences = Differences::default();
    for cell in run.cells() {
        let reference_kw_m = f64::from(run.intensity_kw_m[cell.at]);
        let computed_m = rothermel::flame_length_m(reference_kw_m);
        differences.relative(
            "flame length from their intensity",
            computed_m,
            f64::from(run.flame_m[cell.at]),
        );
        compare_rates(&mut differences, &run, &cell);
    }
    differences.assert_within(
        "
rate of spread                                   |   8241 | 0.0188 0.1096 0.4139 1.8059 |  5.2 26.6 72.7
rate of spread, by their rules                   |   8241 | 0.0149 0.1000 0.3722 1.2650 |  6.7 30.7 75.3
rate of spread, by their rules, head             |   1781 | 0.0103 0.0726 0.3810 1.5869 | 10.0 40.1 78.2
rate of spread, by their rules, flank            |   1920 | 0.0215 0.1316 0.3713 1.2150 |  4.0 22.9 69.5
rate of spread, by their rules, back             |   1210 | 0.0109 0.0715 0.2872 0.8893 |  9.3 40.0 83.8
radial rate of spread, by their rules            |   8241 | 0.0226 0.1422 0.4500 0.8938 |  4.3 20.8 63.7
flame length from their intensity                |   8241 | 0.0012 0.0051 0.0104 0.0168 | 90.7 99.5 99.5
",
    );
}

/// The front's own speed in the direction that FARSITE writes, which is square to its perimeter.
fn compare_rates(differences: &mut Differences, run: &Run, cell: &Cell) {
    let Cell { at, site, bed, wind } = cell;
    let depth_m = FuelModel::standard(site.code).map_or(0.0, FuelModel::depth_m);
    let front = compass(f64::from(run.toward_deg[*at]));
    let reference_m_min = f64::from(run.rate_m_min[*at]);
    let head = bed.spread(times(wind.toward, wind.speed_m_s * site.adjustment_factor(depth_m)), site.slope);
    let fire = Ellipse::new(head.heading_rate_of_spread_m_s, head.effective_wind_m_s);
    let normal_m_s = fire.normal_rate_of_spread_m_s(dot(front, head.toward));
    differences.relative("rate of spread", normal_m_s / M_S_PER_M_MIN, reference_m_min);

    let (head, fire) = by_their_rules(site, bed, wind, depth_m);
    let cos = dot(front, head.toward);
    let normal_m_min = fire.normal_rate_of_spread_m_s(cos) / M_S_PER_M_MIN;
    differences.relative("rate of spread, by their rules", normal_m_min, reference_m_min);
    if let Some(part) = part_of_front(cos) {
        differences.relative(part, normal_m_min, reference_m_min);
    }
    let radial_m_min = fire.radial_rate_of_spread_m_s(cos) / M_S_PER_M_MIN;
    differences.relative("radial rate of spread, by their rules", radial_m_min, reference_m_min);
}

/// As in FlamMap: any canopy shelters, the wind's direction lies in the slope's plane, the shape follows the sum of
/// winds.
fn by_their_rules(site: &Site, bed: &MoistBed, wind: &Wind, depth_m: f64) -> (SurfaceSpread, Ellipse) {
    let midflame_m_s = wind.speed_m_s * site.their_adjustment_factor(depth_m);
    let midflame = times(site.onto_slope(wind.toward), midflame_m_s);
    let head = bed.spread(midflame, site.slope);
    let fire = Ellipse::new(head.heading_rate_of_spread_m_s, site.sum_of_winds_m_s(bed, midflame));
    (head, fire)
}

/// Within 30 degrees of the heading direction, beyond 120, or near 90.
fn part_of_front(cos_from_heading: f64) -> Option<&'static str> {
    match cos_from_heading {
        cos if cos > 0.866 => Some("rate of spread, by their rules, head"),
        cos if cos < -0.5 => Some("rate of spread, by their rules, back"),
        cos if cos.abs() < 0.3 => Some("rate of spread, by their rules, flank"),
        _ => None,
    }
}
