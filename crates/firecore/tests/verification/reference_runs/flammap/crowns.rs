//! Fires under FlamMap's canopies, by Finney's method.

use firecore::fuel::FuelModel;
use firecore::spread::crown::{
    self, CanopyFuel, CrownBehavior, CrownClass, CrownMethod, CrownModel, MoistCrownModel,
};
use firecore::spread::rothermel::{FuelBed, MoistBed, SurfaceSpread};
use firecore::units::WIND_10M_PER_20FT;

use super::super::{M_S_PER_M_MIN, Site, place, times};
use super::Run;
use crate::differences::{Classes, Differences};
use crate::rasters::landscape_samples;

/// Foliar moisture of the run: its input file, 100 %.
const FOLIAR_MOISTURE: f64 = 1.0;

/// Mid-flame wind over the wind at 20 ft, rate of a crown fire over that of fuel model 10: Rothermel (1991).
const CROWN_WIND_ADJUSTMENT: f64 = 0.4;
const CROWN_PER_TIMBER: f64 = 3.34;

/// How far from ignition to the critical rate Finney's crown fires are active from.
const ACTIVE_FROM: f64 = 0.9;

/// Heat of canopy fuel in FlamMap, kJ/kg: 18 000, and 18 010 by its rounding of units.
const THEIR_CANOPY_HEAT_KJ_KG: f64 = 18_010.0;

/// A cell under a canopy, with the head of its surface fire by FlamMap's rules.
struct Stand {
    site: Site,
    canopy: CanopyFuel,
    surface: SurfaceSpread,
    crowns: MoistCrownModel,
    timber: MoistBed,
    /// Wind at 20 ft, its direction on the slope's plane.
    wind_20ft: [f64; 2],
}

impl Stand {
    fn new(run: &Run, at: usize, site: Site, bed: &MoistBed, models: &(CrownModel, FuelBed)) -> Self {
        let moisture = run.moisture_of(at);
        let toward = site.onto_slope(run.wind_toward(at));
        let canopy = CanopyFuel {
            base_height_m: site.base_height_m,
            bulk_density_kg_m3: f64::from(run.layers.bulk_density_kg_100m3[at]) / 100.0,
            height_m: site.height_m,
            foliar_moisture: FOLIAR_MOISTURE,
        };
        Self {
            surface: bed.spread(times(toward, run.midflame_m_s(at)), site.slope),
            crowns: models.0.moistened(&moisture),
            timber: models.1.moistened(&moisture),
            wind_20ft: times(toward, run.wind_20ft_m_s(at)),
            site,
            canopy,
        }
    }

    /// The same with the surface fire by this crate's own rules all the way.
    fn by_own_rules(mut self, run: &Run, at: usize, bed: &MoistBed) -> Self {
        let depth_m = FuelModel::standard(self.site.code).map_or(0.0, FuelModel::depth_m);
        let midflame_m_s = run.wind_20ft_m_s(at) * self.site.adjustment_factor(depth_m);
        self.surface = bed.spread(times(run.wind_toward(at), midflame_m_s), self.site.slope);
        self
    }

    fn behavior(&self) -> CrownBehavior {
        let wind_10m_m_s = self.wind_20ft[0].hypot(self.wind_20ft[1]) * WIND_10M_PER_20FT;
        // Only Scott and Reinhardt's method asks for another wind's surface fire.
        self.crowns.behavior(&self.surface, &self.canopy, wind_10m_m_s, |_| self.surface)
    }

    /// Crown fraction burned as computed here; FlamMap's active rate knows the slope, and its class needs the critical
    /// rate itself, where its rate is a crown fire's from 0.9 of the way on.
    fn by_their_rules(&self, behavior: &CrownBehavior) -> TheirFire {
        let surface_m_s = self.surface.heading_rate_of_spread_m_s;
        let fraction = behavior.crown_fraction_burned;
        let crown_wind = times(self.wind_20ft, CROWN_WIND_ADJUSTMENT);
        let timber = self.timber.spread(crown_wind, self.site.slope);
        let active_m_s = CROWN_PER_TIMBER * timber.heading_rate_of_spread_m_s;
        let partly_m_s = surface_m_s + fraction * (active_m_s - surface_m_s);
        let ignition_m_s = behavior.critical_surface_rate_of_spread_m_s.unwrap_or(f64::INFINITY);
        let critical_m_s = behavior.critical_active_rate_of_spread_m_s;
        let speeds = partly_m_s >= ignition_m_s + ACTIVE_FROM * (critical_m_s - ignition_m_s);
        let rate_m_s = if speeds { partly_m_s } else { surface_m_s };
        let heat_kj_m2 = self.surface.heat_per_unit_area_kj_m2
            + fraction * THEIR_CANOPY_HEAT_KJ_KG * self.canopy.load_kg_m2();
        TheirFire {
            class: match speeds && partly_m_s >= critical_m_s {
                true => CrownClass::Active,
                false => behavior.class.min(CrownClass::Passive),
            },
            rate_m_s,
            intensity_kw_m: heat_kj_m2 * rate_m_s,
        }
    }
}

struct TheirFire {
    class: CrownClass,
    rate_m_s: f64,
    intensity_kw_m: f64,
}

#[test]
fn crown_fires_agree_with_flammap() {
    let Some(samples) = landscape_samples() else { return };
    let run = Run::read(&samples);
    let timber = FuelModel::standard(10).and_then(FuelBed::of).expect("fuel model 10 burns");
    let models = (CrownModel::new(CrownMethod::Finney1998), timber);
    let mut differences = Differences::default();
    let (mut classes, mut their_classes) = (Classes::default(), Classes::default());
    let mut by_own_rules = Classes::default();
    for (at, site, bed) in run.cells().filter(|(_, site, _)| site.has_canopy()) {
        let stand = Stand::new(&run, at, site, &bed, &models);
        let behavior = stand.behavior();
        let their_fire = stand.by_their_rules(&behavior);
        let reference = run.crown_state[at] as usize - 1;
        classes.record(reference, place(behavior.class));
        their_classes.record(reference, place(their_fire.class));
        by_own_rules.record(reference, place(stand.by_own_rules(&run, at, &bed).behavior().class));
        if reference > 0 && behavior.class.is_crown_fire() {
            compare(&mut differences, &run, at, &behavior, &their_fire);
        }
    }
    classes.assert_within("from their mid-flame wind", [[48341, 5, 0], [0, 54322, 82], [0, 20, 332]]);
    their_classes.assert_within("by their rules", [[48341, 5, 0], [0, 54398, 0], [0, 3, 349]]);
    by_own_rules
        .assert_within("by this crate's own rules", [[47331, 1070, 0], [710, 53654, 78], [0, 35, 318]]);
    differences.assert_within(
        "
crown fraction burned, absolute                  |  54475 | 0.0002 0.0003 0.0003 0.0004 | 99.5 99.5 99.5
rate of spread                                   |  54475 | 0.0002 0.0003 0.0014 0.0064 | 98.7 99.1 99.3
fireline intensity                               |  54475 | 0.0025 0.0062 0.0167 0.0278 | 74.7 99.1 99.3
flame length                                     |  54475 | 0.0017 0.0042 0.0111 0.0185 | 88.4 99.2 99.3
flame length from their intensity                |  54475 | 0.0003 0.0003 0.0003 0.0003 | 99.5 99.5 99.5
rate of spread of active fires                   |    349 | 0.0071 0.0355 0.1251 0.8135 | 14.8 63.8 93.5
rate of spread of active fires, by their rules   |    349 | 0.0018 0.0020 0.0021 0.0022 | 99.5 99.5 99.5
rate of spread, by their rules                   |  54475 | 0.0002 0.0003 0.0014 0.0039 | 99.4 99.5 99.5
fireline intensity, by their rules               |  54475 | 0.0004 0.0006 0.0011 0.0039 | 99.4 99.5 99.5
",
    );
}

fn compare(
    differences: &mut Differences,
    run: &Run,
    at: usize,
    behavior: &CrownBehavior,
    their_fire: &TheirFire,
) {
    let head = &behavior.head;
    let reference_m_s = f64::from(run.rate_m_min[at]) * M_S_PER_M_MIN;
    let reference_kw_m = f64::from(run.intensity_kw_m[at]);
    let reference_m = f64::from(run.flame_m[at]);
    differences.record(
        "crown fraction burned, absolute",
        behavior.crown_fraction_burned - f64::from(run.crown_fraction[at]),
    );
    differences.relative("rate of spread", head.rate_of_spread_m_s, reference_m_s);
    differences.relative("fireline intensity", head.fireline_intensity_kw_m, reference_kw_m);
    differences.relative("flame length", head.flame_length_m, reference_m);
    differences.relative(
        "flame length from their intensity",
        crown::flame_length_m(reference_kw_m),
        reference_m,
    );
    differences.relative("rate of spread, by their rules", their_fire.rate_m_s, reference_m_s);
    differences.relative("fireline intensity, by their rules", their_fire.intensity_kw_m, reference_kw_m);
    if run.crown_state[at] == 3.0 {
        differences.relative("rate of spread of active fires", head.rate_of_spread_m_s, reference_m_s);
        differences.relative(
            "rate of spread of active fires, by their rules",
            their_fire.rate_m_s,
            reference_m_s,
        );
    }
}
