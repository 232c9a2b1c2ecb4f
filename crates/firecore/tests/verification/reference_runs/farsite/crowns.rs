//! Fires under FARSITE's canopies, by Scott and Reinhardt's method.
//!
//! Rates of crown fires are not compared: nowhere in the burned area are a cell's fuel and canopy those of its eight
//! neighbours, so that what FARSITE writes in a crown fire's cell is a mixture of vertices with and without one.

use firecore::fuel::FuelModel;
use firecore::spread::crown::{self, CanopyFuel, CrownMethod, CrownModel};
use firecore::spread::rothermel::FuelBeds;
use firecore::units::WIND_10M_PER_20FT;

use super::super::{M_S_PER_M_MIN, Site, place};
use super::{RATE_M_MIN_MIN, Run, Wind, bed_of_reaction, by_their_rules};
use crate::differences::{Classes, Differences};
use crate::rasters::landscape_samples;

/// Foliar moisture of the run: its input file, 80 %.
const FOLIAR_MOISTURE: f64 = 0.80;

/// FARSITE writes an active crown fire from 2.8 kg/m2 of crown fuel a minute on, where Van Wagner (1977) has 3.0.
const THEIR_MASS_FLOW: f64 = 2.8 / 3.0;

/// Flames are written to 0.01 m: shorter ones than this are too coarse to compare, m.
const FLAME_M_MIN: f64 = 0.5;

fn canopy(run: &Run, at: usize, site: &Site) -> CanopyFuel {
    CanopyFuel {
        base_height_m: site.base_height_m,
        bulk_density_kg_m3: f64::from(run.layers.bulk_density_kg_100m3[at]) / 100.0,
        height_m: site.height_m,
        foliar_moisture: FOLIAR_MOISTURE,
    }
}

/// FARSITE's class follows from the intensity and rate that it writes and from the cell's canopy.
#[test]
fn crown_class_of_intensity_and_rate_is_farsites() {
    let Some(samples) = landscape_samples() else { return };
    let run = Run::read(&samples);
    let (mut classes, mut flames) = (Classes::default(), Differences::default());
    for at in (0..run.layers.len()).filter(|at| run.crown_fire[*at] > 0.0) {
        let site = Site::of(&run.layers, at);
        let canopy = canopy(&run, at, &site);
        let intensity_kw_m = f64::from(run.intensity_kw_m[at]);
        let rate_m_s = f64::from(run.rate_m_min[at]) * M_S_PER_M_MIN;
        let ignites = site.cover > 0.0 && intensity_kw_m >= canopy.critical_fireline_intensity_kw_m();
        let goes_on =
            canopy.is_present() && rate_m_s >= THEIR_MASS_FLOW * canopy.critical_active_rate_of_spread_m_s();
        let reference = run.crown_fire[at] as usize - 1;
        classes.record(reference, usize::from(ignites) + usize::from(ignites && goes_on));
        let reference_m = f64::from(run.flame_m[at]);
        if reference > 0 && reference_m >= FLAME_M_MIN {
            let computed_m = crown::flame_length_m(intensity_kw_m);
            flames.relative("flame length of crown fires from their intensity", computed_m, reference_m);
        }
    }
    classes.assert_within("FARSITE, from its intensity and rate", [[40124, 0, 0], [0, 2405, 0], [0, 0, 23]]);
    flames.assert_within(
        "
flame length of crown fires from their intensity |   1980 | 0.0004 0.0012 0.0041 0.0073 | 99.4 99.5 99.5
",
    );
}

/// The whole way from wind and moisture to the class, with all that FARSITE's rasters mix.
#[test]
fn crown_class_agrees_with_farsite() {
    let Some(samples) = landscape_samples() else { return };
    let run = Run::read(&samples);
    let beds = FuelBeds::standard();
    let model = CrownModel::new(CrownMethod::ScottReinhardt2001);
    let mut classes = Classes::default();
    for at in (0..run.layers.len()).filter(|at| f64::from(run.rate_m_min[*at]) >= RATE_M_MIN_MIN) {
        let site = Site::of(&run.layers, at);
        let canopy = canopy(&run, at, &site);
        let Some(bed) = beds.get(site.code).filter(|_| canopy.is_present()) else { continue };
        let found = bed_of_reaction(bed, f64::from(run.reaction_kw_m2[at]));
        let Some((moist, moisture)) = found else { continue };
        let wind = run.wind(at);
        let depth_m = FuelModel::standard(site.code).map_or(0.0, FuelModel::depth_m);
        let surface_at = |wind_10m_m_s: f64| {
            let wind = Wind { speed_m_s: wind_10m_m_s / WIND_10M_PER_20FT, ..wind };
            by_their_rules(&site, &moist, &wind, depth_m).0
        };
        let wind_10m_m_s = wind.speed_m_s * WIND_10M_PER_20FT;
        let crowns = model.moistened(&moisture);
        let behavior = crowns.behavior(&surface_at(wind_10m_m_s), &canopy, wind_10m_m_s, surface_at);
        classes.record(run.crown_fire[at] as usize - 1, place(behavior.class));
    }
    classes.assert_within("FARSITE, from wind and moisture", [[19145, 321, 13], [225, 270, 32], [3, 0, 0]]);
}
