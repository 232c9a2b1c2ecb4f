//! Surface fire, crowns and wind linked into one fire, with every quantity on the way.

use super::canopy::CanopyFuel;
use super::{Constants, CrownClass, CrownMethod, MoistCrownModel, flame_length_m, rate};
use crate::spread::rothermel::{self, MoistBed, SurfaceSpread};

/// Makes the crown fraction burned 0.9 where the rate is 0.9 of the way from ignition to active spread: -ln(0.1) / 0.9.
///
/// Source: Van Wagner (1993), Can. J. For. Res. 23:442; Finney (1998), RMRS-RP-4.
const FRACTION_STEEPNESS: f64 = std::f64::consts::LN_10 / ACTIVE_FROM;

/// How far from the rate at which crowns ignite to the critical active rate Finney's fires are active from.
const ACTIVE_FROM: f64 = 0.9;

/// What a published method says of a fire under a canopy, step by step.
///
/// Kept to the letter, so that it can be laid beside other programs; [`super::CrownFire`] is what a front should use.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CrownBehavior {
    /// What burns.
    pub class: CrownClass,
    /// Rate of spread of a fire in all of the crowns, m/s, whether or not there is one.
    pub active_rate_of_spread_m_s: f64,
    /// Heat per unit area of a fire in all of the crowns, kJ/m2.
    pub active_heat_per_unit_area_kj_m2: f64,
    /// Surface fireline intensity from which on crowns ignite, kW/m.
    pub critical_fireline_intensity_kw_m: f64,
    /// Surface rate of spread from which on crowns ignite, m/s; `None` where no surface fire burns.
    pub critical_surface_rate_of_spread_m_s: Option<f64>,
    /// Rate of spread from which on a crown fire goes on from tree to tree, m/s.
    pub critical_active_rate_of_spread_m_s: f64,
    /// Surface fireline intensity over the critical one.
    pub transition_ratio: f64,
    /// Active rate of spread over the critical one.
    pub active_ratio: f64,
    /// Open wind at 10 m from which on the active rate reaches the critical one, m/s: Scott and Reinhardt's crowning
    /// index. 0 where it does in still air, `None` where no wind does it and for Cruz's method.
    pub crowning_wind_10m_m_s: Option<f64>,
    /// Rate of spread of the surface fire at that wind, m/s: R'sa.
    pub crowning_surface_rate_of_spread_m_s: Option<f64>,
    /// Share of the canopy fuel that burns with the front, 0 to 1; by [`super::Constants::BehavePlus`] what Scott and
    /// Reinhardt's line gives, even in an active fire.
    pub crown_fraction_burned: f64,
    /// What comes of it.
    pub head: FinalFire,
}

/// The head of the fire that a method ends with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FinalFire {
    /// Rate of spread, m/s.
    pub rate_of_spread_m_s: f64,
    /// Heat released per unit area, kJ/m2.
    pub heat_per_unit_area_kj_m2: f64,
    /// Fireline intensity, kW/m. A torching fire by Rothermel's method has that of the active crown fire, as
    /// BehavePlus gives it, though rate times heat is less.
    pub fireline_intensity_kw_m: f64,
    /// Flame length, m: Thomas's where crowns burn, else Byram's.
    pub flame_length_m: f64,
}

/// What decides a fire's head.
pub(super) struct Linked {
    pub(super) class: CrownClass,
    pub(super) rate_of_spread_m_s: f64,
    pub(super) crown_fraction_burned: f64,
}

impl MoistCrownModel {
    /// Everything that the method says of a fire under a canopy; arguments as in [`Self::fire`].
    ///
    /// Below no canopy the class is surface; thresholds are then those of the least canopy that is used. A fraction that the published formula leaves without a value,
    /// because the surface fire at the crowning wind is slower than the one that ignites crowns, is 1 in a crown fire.
    ///
    /// Source: [`CrownMethod`].
    pub fn behavior(
        &self,
        surface: &SurfaceSpread,
        canopy: &CanopyFuel,
        wind_10m_m_s: f64,
        surface_at: impl Fn(f64) -> SurfaceSpread,
    ) -> CrownBehavior {
        let linked = self.linked(surface, canopy, wind_10m_m_s, &surface_at);
        let surface_intensity_kw_m = surface.heading_fireline_intensity_kw_m();
        let active_rate_m_s = self.active_rate_of_spread_m_s(canopy, wind_10m_m_s);
        let active_heat_kj_m2 = surface.heat_per_unit_area_kj_m2 + canopy.heat_per_unit_area_kj_m2();
        let critical_kw_m = self.critical_fireline_intensity_kw_m(canopy);
        let critical_active_m_s = self.critical_active_m_s(canopy);
        let crowning_wind = self.crowning_wind_10m_m_s(canopy);
        CrownBehavior {
            class: linked.class,
            active_rate_of_spread_m_s: active_rate_m_s,
            active_heat_per_unit_area_kj_m2: active_heat_kj_m2,
            critical_fireline_intensity_kw_m: critical_kw_m,
            critical_surface_rate_of_spread_m_s: self.critical_surface_m_s(surface, canopy),
            critical_active_rate_of_spread_m_s: critical_active_m_s,
            transition_ratio: surface_intensity_kw_m / critical_kw_m,
            active_ratio: active_rate_m_s / critical_active_m_s,
            crowning_wind_10m_m_s: crowning_wind,
            crowning_surface_rate_of_spread_m_s: crowning_wind
                .map(|wind| surface_at(wind).heading_rate_of_spread_m_s),
            crown_fraction_burned: self.fraction_by_the_line(&linked, surface, canopy, surface_at),
            head: self.final_fire(&linked, surface, canopy, active_rate_m_s * active_heat_kj_m2),
        }
    }

    /// Open wind at 10 m from which on a crown fire goes on from tree to tree, m/s: the crowning index.
    ///
    /// 0 where it does in still air; `None` where no wind does it, and for Cruz's method.
    ///
    /// Source: Scott and Reinhardt (2001), RMRS-RP-29, eq. 20, with fuel model 10's own numbers and no slope.
    pub fn crowning_wind_10m_m_s(&self, canopy: &CanopyFuel) -> Option<f64> {
        match self.method {
            CrownMethod::Cruz2005 => None,
            _ => rate::rothermel_wind_10m_m_s(&self.timber, self.critical_active_m_s(canopy)),
        }
    }

    /// Class, rate and crown fraction burned by the method.
    pub(super) fn linked(
        &self,
        surface: &SurfaceSpread,
        canopy: &CanopyFuel,
        wind_10m_m_s: f64,
        surface_at: impl FnOnce(f64) -> SurfaceSpread,
    ) -> Linked {
        let surface_m_s = surface.heading_rate_of_spread_m_s;
        let active_m_s = self.active_rate_of_spread_m_s(canopy, wind_10m_m_s);
        let critical_m_s = self.critical_active_m_s(canopy);
        let can_crown = canopy.is_present() && surface_m_s > 0.0;
        let ignites = can_crown
            && surface.heading_fireline_intensity_kw_m() >= self.critical_fireline_intensity_kw_m(canopy);
        let mut class = CrownClass::of(ignites, can_crown && active_m_s >= critical_m_s);
        let Some(ignition_m_s) = self.critical_surface_m_s(surface, canopy).filter(|_| ignites) else {
            return Linked { class, rate_of_spread_m_s: surface_m_s, crown_fraction_burned: 0.0 };
        };
        let partly = |fraction: f64| surface_m_s + fraction * (active_m_s - surface_m_s);
        let (rate_of_spread_m_s, crown_fraction_burned) = match (self.method, class) {
            (CrownMethod::Finney1998, _) => {
                let fraction = finney_fraction(surface_m_s, ignition_m_s, critical_m_s);
                let active_from_m_s = ignition_m_s + ACTIVE_FROM * (critical_m_s - ignition_m_s);
                let active = partly(fraction) >= active_from_m_s;
                class = CrownClass::of(ignites, active);
                (if active { partly(fraction) } else { surface_m_s }, fraction)
            }
            (_, CrownClass::Active) => (active_m_s, 1.0),
            (CrownMethod::Cruz2005, _) => {
                let passive_m_s = rate::cruz_passive_m_s(active_m_s, active_m_s / critical_m_s);
                (passive_m_s, finney_fraction(passive_m_s.max(surface_m_s), ignition_m_s, critical_m_s))
            }
            (CrownMethod::ScottReinhardt2001, _) => {
                let crowning = self.crowning_wind_10m_m_s(canopy).map(surface_at);
                let fraction = crowning.map_or(0.0, |crowning| {
                    linear_fraction(surface_m_s, ignition_m_s, crowning.heading_rate_of_spread_m_s)
                });
                (partly(fraction), fraction)
            }
            (CrownMethod::Rothermel1991, _) => (surface_m_s, 1.0),
        };
        Linked { class, rate_of_spread_m_s, crown_fraction_burned }
    }

    /// The crown fraction burned as BehavePlus prints it, where its constants are asked for.
    fn fraction_by_the_line(
        &self,
        linked: &Linked,
        surface: &SurfaceSpread,
        canopy: &CanopyFuel,
        surface_at: impl FnOnce(f64) -> SurfaceSpread,
    ) -> f64 {
        let lined = (self.method, self.constants, linked.class)
            == (CrownMethod::ScottReinhardt2001, Constants::BehavePlus, CrownClass::Active);
        let ignition_m_s = self.critical_surface_m_s(surface, canopy);
        let crowning = self.crowning_wind_10m_m_s(canopy).map(surface_at);
        match (lined, ignition_m_s, crowning) {
            (true, Some(ignition_m_s), Some(crowning)) => {
                let span_m_s = crowning.heading_rate_of_spread_m_s - ignition_m_s;
                let way_m_s = surface.heading_rate_of_spread_m_s - ignition_m_s;
                if span_m_s > 0.0 { (way_m_s / span_m_s).clamp(0.0, 1.0) } else { 0.0 }
            }
            _ => linked.crown_fraction_burned,
        }
    }

    fn final_fire(
        &self,
        linked: &Linked,
        surface: &SurfaceSpread,
        canopy: &CanopyFuel,
        active_intensity_kw_m: f64,
    ) -> FinalFire {
        let heat_per_unit_area_kj_m2 = surface.heat_per_unit_area_kj_m2
            + linked.crown_fraction_burned * canopy.heat_per_unit_area_kj_m2();
        let fireline_intensity_kw_m = match (self.method, linked.class) {
            (CrownMethod::Rothermel1991, CrownClass::Passive) => active_intensity_kw_m,
            _ => heat_per_unit_area_kj_m2 * linked.rate_of_spread_m_s,
        };
        FinalFire {
            rate_of_spread_m_s: linked.rate_of_spread_m_s,
            heat_per_unit_area_kj_m2,
            fireline_intensity_kw_m,
            flame_length_m: match linked.class.is_crown_fire() {
                true => flame_length_m(fireline_intensity_kw_m),
                false => rothermel::flame_length_m(fireline_intensity_kw_m),
            },
        }
    }
}

/// Open wind at 10 m, blowing upslope, from which on the surface fire ignites crowns, m/s: the torching index.
///
/// **Shape**: the slope is rise over run; `midflame_per_10m` is what [`crate::wind::midflame_per_10m`] gives here.
/// 0 where the fire ignites them in still air; `None` where no wind makes it.
///
/// Source: Scott and Reinhardt (2001), RMRS-RP-29.
pub fn torching_wind_10m_m_s(
    bed: &MoistBed,
    canopy: &CanopyFuel,
    slope_tan: f64,
    midflame_per_10m: f64,
) -> Option<f64> {
    if !canopy.is_present() || midflame_per_10m <= 0.0 {
        return None;
    }
    let heat_kj_m2 = bed.heat_per_unit_area_kj_m2();
    if heat_kj_m2 <= 0.0 {
        return None;
    }
    let rate_m_s = canopy.critical_fireline_intensity_kw_m() / heat_kj_m2;
    Some(bed.upslope_wind_m_s(rate_m_s, slope_tan)? / midflame_per_10m)
}

/// Crown fraction burned by Van Wagner (1993), as Finney (1998) and FARSITE compute it: 0 where crowns ignite, 0.9
/// at 0.9 of the way to the critical active rate.
fn finney_fraction(rate_m_s: f64, ignition_m_s: f64, critical_active_m_s: f64) -> f64 {
    if critical_active_m_s <= ignition_m_s {
        return 1.0;
    }
    let way = (rate_m_s - ignition_m_s).max(0.0) / (critical_active_m_s - ignition_m_s);
    1.0 - (-FRACTION_STEEPNESS * way).exp()
}

/// Crown fraction burned by Scott and Reinhardt (2001): along a line from the surface fire that ignites crowns
/// to the one at the wind of an active crown fire.
fn linear_fraction(rate_m_s: f64, ignition_m_s: f64, crowning_m_s: f64) -> f64 {
    let span_m_s = crowning_m_s - ignition_m_s;
    // Where crowns ignite only beyond the crowning wind, they all burn at once.
    if span_m_s > 0.0 { ((rate_m_s - ignition_m_s) / span_m_s).clamp(0.0, 1.0) } else { 1.0 }
}
