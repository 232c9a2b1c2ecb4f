//! FlamMap over 371 x 371 cells of 60 m in Montana: gridded wind, conditioned fuel moisture, Finney's crown fires.

use std::path::Path;

use firecore::fuel::FuelModel;
use firecore::moisture::{DeadFuelMoisture, FuelMoisture, LiveFuelMoisture};
use firecore::spread::ellipse::Ellipse;
use firecore::spread::rothermel::{self, FuelBeds, MoistBed, SurfaceSpread};
use firecore::units::M_S_PER_MPH;

use super::{M_S_PER_M_MIN, Site, blowing, compass, dot, times, turn_rad};
use crate::differences::Differences;
use crate::rasters::{LandscapeLayers, Raster, landscape_samples};

mod crowns;
mod winds;

/// Live moisture of the run: its input file, 30 and 60 %.
const LIVE: LiveFuelMoisture = LiveFuelMoisture { herbaceous: 0.30, woody: 0.60 };

/// What FlamMap writes for a fire that leaves the crowns alone.
const SURFACE_FIRE: f32 = 1.0;

/// The landscape, the run's inputs by cell and its outputs, in its units: mph, m/min, kW/m, kJ/m2, degrees.
struct Run {
    layers: LandscapeLayers,
    wind_20ft_mph: Vec<f32>,
    wind_from_deg: Vec<f32>,
    midflame_mph: Vec<f32>,
    moisture: [Vec<f32>; 3],
    /// 1 surface, 2 passive, 3 active; 0 where nothing burns.
    crown_state: Vec<f32>,
    crown_fraction: Vec<f32>,
    rate_m_min: Vec<f32>,
    map_rate_m_min: Vec<f32>,
    toward_deg: Vec<f32>,
    intensity_kw_m: Vec<f32>,
    flame_m: Vec<f32>,
    heat_kj_m2: Vec<f32>,
    /// Half width, half length, and from the ignition to the centre.
    ellipse_m_min: [Vec<f32>; 3],
}

impl Run {
    fn read(samples: &Path) -> Self {
        let folder = samples.join("flammap_reference");
        let layers = LandscapeLayers::read_lcp(&folder.join("2427464.lcp"));
        let output = |name: &str| {
            let raster = Raster::read_geotiff(&folder.join(format!("outputs/test_{name}.tif")));
            assert_eq!((raster.rows, raster.cols), (layers.rows, layers.cols), "{name}");
            raster.cells
        };
        Self {
            wind_20ft_mph: output("WINDSPEEDGRID"),
            wind_from_deg: output("WINDDIRGRID"),
            midflame_mph: output("MIDFLAME"),
            moisture: ["FUELMOISTURE1", "FUELMOISTURE10", "FUELMOISTURE100"].map(output),
            crown_state: output("CROWNSTATE"),
            crown_fraction: output("CROWNFRACTIONBURNED"),
            rate_m_min: output("SPREADRATE"),
            map_rate_m_min: output("HORIZRATE"),
            toward_deg: output("MAXSPREADDIR"),
            intensity_kw_m: output("INTENSITY"),
            flame_m: output("FLAMELENGTH"),
            heat_kj_m2: output("HEATAREA"),
            ellipse_m_min: ["ELLIPSEDIM_A", "ELLIPSEDIM_B", "ELLIPSEDIM_C"].map(output),
            layers,
        }
    }

    /// Every cell that burns, with its fuel at the run's moisture.
    fn cells(&self) -> impl Iterator<Item = (usize, Site, MoistBed)> {
        let beds = FuelBeds::standard();
        (0..self.layers.len()).filter_map(move |at| {
            let site = Site::of(&self.layers, at);
            let bed = beds.get(site.code)?.moistened(&self.moisture_of(at));
            Some((at, site, bed))
        })
    }

    fn moisture_of(&self, at: usize) -> FuelMoisture {
        let [one_hour, ten_hour, hundred_hour] = [0, 1, 2].map(|class| f64::from(self.moisture[class][at]));
        FuelMoisture { dead: DeadFuelMoisture { one_hour, ten_hour, hundred_hour }, live: LIVE }
    }

    fn wind_toward(&self, at: usize) -> [f64; 2] {
        blowing(f64::from(self.wind_from_deg[at]))
    }

    fn wind_20ft_m_s(&self, at: usize) -> f64 {
        f64::from(self.wind_20ft_mph[at]) * M_S_PER_MPH
    }

    fn midflame_m_s(&self, at: usize) -> f64 {
        f64::from(self.midflame_mph[at]) * M_S_PER_MPH
    }
}

#[test]
fn what_burns_in_flammap_burns_here() {
    let Some(samples) = landscape_samples() else { return };
    let run = Run::read(&samples);
    let burning = run.crown_state.iter().filter(|state| **state > 0.0).count();
    assert_eq!(run.cells().filter(|(at, ..)| run.crown_state[*at] > 0.0).count(), burning);
    assert_eq!(run.cells().count(), burning);
}

#[test]
fn midflame_wind_and_what_comes_of_it_agree_with_flammap() {
    let Some(samples) = landscape_samples() else { return };
    let run = Run::read(&samples);
    let mut differences = Differences::default();
    for (at, site, bed) in run.cells() {
        let reference = f64::from(run.midflame_mph[at]) / f64::from(run.wind_20ft_mph[at]);
        let depth_m = FuelModel::standard(site.code).map_or(0.0, FuelModel::depth_m);
        let (set, rate) = match site.cover {
            _ if !site.has_canopy() => ("wind adjustment, no canopy", "surface rate, no canopy"),
            cover if cover < 0.2 => ("wind adjustment, cover 15 %", "surface rate, cover 15 %"),
            _ => ("wind adjustment, cover 25 % and more", "surface rate, cover 25 % and more"),
        };
        if run.crown_state[at] == SURFACE_FIRE {
            let midflame_m_s = run.wind_20ft_m_s(at) * site.adjustment_factor(depth_m);
            let head = bed.spread(times(run.wind_toward(at), midflame_m_s), site.slope);
            let rate_m_min = head.heading_rate_of_spread_m_s / M_S_PER_M_MIN;
            differences.relative(rate, rate_m_min, f64::from(run.rate_m_min[at]));
        }
        differences.relative(set, site.adjustment_factor(depth_m), reference);
        differences.relative(
            "wind adjustment, by their rules",
            site.their_adjustment_factor(depth_m),
            reference,
        );
    }
    differences.assert_within(
        "
wind adjustment, no canopy                       |  24671 | 0.0019 0.0019 0.0019 0.0019 | 99.5 99.5 99.5
wind adjustment, cover 15 %                      |  10064 | 0.2064 0.4292 0.8428 0.8428 |  0.0  0.0 26.4
wind adjustment, cover 25 % and more             |  92513 | 0.0919 0.0977 0.1116 0.4253 |  0.0  0.0 97.9
wind adjustment, by their rules                  | 127249 | 0.0003 0.0003 0.0019 0.0019 | 99.5 99.5 99.5
surface rate, no canopy                          |  24671 | 0.0020 0.0026 0.0063 0.0475 | 93.8 98.6 99.4
surface rate, cover 15 %                         |   4441 | 0.1771 0.5342 0.8901 1.8076 |  0.0  1.1 13.7
surface rate, cover 25 % and more                |  43660 | 0.0276 0.0855 0.1243 1.0032 |  3.0 23.5 95.5
",
    );
}

#[test]
fn surface_fires_agree_with_flammap() {
    let Some(samples) = landscape_samples() else { return };
    let run = Run::read(&samples);
    let mut differences = Differences::default();
    for (at, site, bed) in run.cells().filter(|(at, ..)| run.crown_state[*at] == SURFACE_FIRE) {
        compare_head(&mut differences, &run, at, &site, &bed);
        compare_by_their_rules(&mut differences, &run, at, &site, &bed);
    }
    differences.assert_within(
        "
rate of spread                                   |  72773 | 0.0003 0.0011 0.0149 0.0833 | 85.7 97.2 99.4
rate of spread, by their rules                   |  72773 | 0.0002 0.0003 0.0010 0.0035 | 99.4 99.5 99.5
rate of spread of their ellipse, by their rules  |  72773 | 0.0003 0.0003 0.0003 0.0003 | 99.5 99.5 99.5
heading direction, rad                           |  72773 | 0.0009 0.0082 0.0329 0.0896 | 57.7 95.6 99.4
heading direction, by their rules, rad           |  72773 | 0.0002 0.0002 0.0002 0.0003 | 99.5 99.5 99.5
rate of spread on the map                        |  72474 | 0.0003 0.0012 0.0158 0.0700 | 84.2 97.8 99.4
rate of spread on the map, by their rules        |  72474 | 0.0003 0.0003 0.0013 0.0050 | 99.3 99.5 99.5
heat per unit area                               |  72773 | 0.0003 0.0003 0.0004 0.0004 | 99.5 99.5 99.5
fireline intensity                               |  72773 | 0.0003 0.0011 0.0150 0.0834 | 85.7 97.2 99.4
flame length                                     |  72773 | 0.0005 0.0008 0.0069 0.0374 | 93.1 99.0 99.5
flame length from their intensity                |  72773 | 0.0006 0.0006 0.0006 0.0006 | 99.5 99.5 99.5
ellipse, half width                              |  72773 | 0.0056 0.0430 0.1208 0.2149 | 16.2 57.3 98.3
ellipse, half length                             |  72773 | 0.0015 0.0098 0.0267 0.0689 | 53.0 97.2 99.4
ellipse, ignition to centre                      |  72773 | 0.0022 0.0183 0.0639 0.2589 | 35.7 87.1 97.8
ellipse, half width, by their rules              |  72773 | 0.0003 0.0003 0.0003 0.0003 | 99.5 99.5 99.5
ellipse, half length, by their rules             |  72773 | 0.0003 0.0003 0.0003 0.0003 | 99.5 99.5 99.5
ellipse, ignition to centre, by their rules      |  72773 | 0.0003 0.0003 0.0003 0.0003 | 99.5 99.5 99.5
",
    );
}

/// The head as this crate computes it, from the mid-flame wind that FlamMap writes.
fn compare_head(differences: &mut Differences, run: &Run, at: usize, site: &Site, bed: &MoistBed) {
    let head = bed.spread(times(run.wind_toward(at), run.midflame_m_s(at)), site.slope);
    let rate_m_min = head.heading_rate_of_spread_m_s / M_S_PER_M_MIN;
    differences.relative("rate of spread", rate_m_min, f64::from(run.rate_m_min[at]));
    let reference = compass(f64::from(run.toward_deg[at]));
    differences.record("heading direction, rad", turn_rad(reference, head.toward));
    // FlamMap writes 0 on level ground.
    if site.steepness() > 0.0 {
        let on_map_m_min = rate_m_min / dot(site.slope, head.toward).hypot(1.0);
        let reference = f64::from(run.map_rate_m_min[at]);
        differences.relative("rate of spread on the map", on_map_m_min, reference);
    }
    let intensity_kw_m = head.heading_fireline_intensity_kw_m();
    let reference_kw_m = f64::from(run.intensity_kw_m[at]);
    let reference_m = f64::from(run.flame_m[at]);
    differences.relative("heat per unit area", head.heat_per_unit_area_kj_m2, f64::from(run.heat_kj_m2[at]));
    differences.relative("fireline intensity", intensity_kw_m, reference_kw_m);
    differences.relative("flame length", rothermel::flame_length_m(intensity_kw_m), reference_m);
    differences.relative(
        "flame length from their intensity",
        rothermel::flame_length_m(reference_kw_m),
        reference_m,
    );
    let names = ["ellipse, half width", "ellipse, half length", "ellipse, ignition to centre"];
    compare_ellipse(differences, run, at, names, &head, head.effective_wind_m_s);
}

/// The same with FlamMap's rules: the wind's direction is taken onto the slope's plane, and the shape follows the sum
/// of the wind and of the wind that would have the slope's effect.
fn compare_by_their_rules(differences: &mut Differences, run: &Run, at: usize, site: &Site, bed: &MoistBed) {
    let toward = site.onto_slope(run.wind_toward(at));
    let wind = times(toward, run.midflame_m_s(at));
    let head = bed.spread(wind, site.slope);
    let rate_m_min = head.heading_rate_of_spread_m_s / M_S_PER_M_MIN;
    differences.relative("rate of spread, by their rules", rate_m_min, f64::from(run.rate_m_min[at]));
    let [_, half_length, to_centre] = [0, 1, 2].map(|part| f64::from(run.ellipse_m_min[part][at]));
    differences.relative(
        "rate of spread of their ellipse, by their rules",
        rate_m_min,
        half_length + to_centre,
    );
    let reference = compass(f64::from(run.toward_deg[at]));
    differences.record("heading direction, by their rules, rad", turn_rad(reference, head.toward));

    let steepness = site.steepness();
    let sum_m_s = site.sum_of_winds_m_s(bed, wind);
    let names = [
        "ellipse, half width, by their rules",
        "ellipse, half length, by their rules",
        "ellipse, ignition to centre, by their rules",
    ];
    compare_ellipse(differences, run, at, names, &head, sum_m_s);
    if steepness > 0.0 {
        // The direction is one of the slope's plane: only its upslope part is shortened on the map.
        let upslope = dot(site.slope, head.toward) / steepness;
        let shortened = (1.0 - upslope * upslope * (1.0 - 1.0 / (1.0 + steepness * steepness))).sqrt();
        let reference = f64::from(run.map_rate_m_min[at]);
        differences.relative("rate of spread on the map, by their rules", rate_m_min * shortened, reference);
    }
}

fn compare_ellipse(
    differences: &mut Differences,
    run: &Run,
    at: usize,
    names: [&'static str; 3],
    head: &SurfaceSpread,
    shaping_wind_m_s: f64,
) {
    let fire = Ellipse::new(head.heading_rate_of_spread_m_s, shaping_wind_m_s);
    let back_m_s = fire.backing_rate_of_spread_m_s();
    let half_length_m_s = 0.5 * (fire.heading_rate_of_spread_m_s + back_m_s);
    let dimensions = [fire.flanking_rate_of_spread_m_s(), half_length_m_s, half_length_m_s - back_m_s];
    for ((name, computed), reference) in names.into_iter().zip(dimensions).zip(&run.ellipse_m_min) {
        differences.relative(name, computed / M_S_PER_M_MIN, f64::from(reference[at]));
    }
}
