//! The fuel in tree crowns, and what a fire needs to take it.

use crate::units::{KG_PER_LB, KJ_PER_BTU};

/// Low heat of combustion of canopy fuel, Btu/lb. Source: Scott and Reinhardt (2001), RMRS-RP-29; firelab/behave.
const HEAT_BTU_LB: f64 = 8000.0;

/// Lowest base height that is used, m. Source: BehavePlus 6.
const BASE_HEIGHT_M_MIN: f64 = 0.1;

/// Height that canopies are held below, m: above any tree.
const HEIGHT_M_MAX: f64 = 122.0;

/// Foliar moisture that is used at least. Source: BehavePlus 6.
const FOLIAR_MOISTURE_MIN: f64 = 0.30;

/// Foliar moisture that is used at most: above any foliage's, and there only to keep the arithmetic finite.
const FOLIAR_MOISTURE_MAX: f64 = 10.0;

/// Bulk density from which on there is a canopy, kg/m3: a tenth of the step that rasters are written in.
const BULK_DENSITY_KG_M3_MIN: f64 = 0.001;

/// Bulk density that canopies are held below, kg/m3: ten times the densest stands.
const BULK_DENSITY_KG_M3_MAX: f64 = 10.0;

/// Fuel in the crowns of a stand.
///
/// Values that no stand has are held: base height to at least 0.1 m, height to at most 122 m, bulk density to at most
/// 10 kg/m3, foliar moisture to 0.3 to 10.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CanopyFuel {
    /// Height of the lowest crown fuel that carries fire upward, m; 0 where there is no canopy.
    pub base_height_m: f64,
    /// Mass of fine canopy fuel over the volume of the canopy, kg/m3; 0 where there is no canopy.
    pub bulk_density_kg_m3: f64,
    /// Height of the canopy's top, m; 0 where there is no canopy.
    pub height_m: f64,
    /// Water in the foliage over its dry mass.
    pub foliar_moisture: f64,
}

impl CanopyFuel {
    /// Whether there is canopy fuel: all layers say so, and the top lies above the base.
    pub fn is_present(&self) -> bool {
        self.bulk_density_kg_m3 >= BULK_DENSITY_KG_M3_MIN
            && self.base_height_m > 0.0
            && self.height_m > self.base_height_m
    }

    /// Dry mass of canopy fuel over the ground's area, kg/m2.
    pub fn load_kg_m2(&self) -> f64 {
        let top_m = self.height_m.min(HEIGHT_M_MAX);
        self.held_bulk_density_kg_m3() * (top_m - self.base_height_m.max(0.0)).max(0.0)
    }

    /// Heat that all canopy fuel releases over the ground's area, kJ/m2, at 8000 Btu/lb (18 608 kJ/kg).
    pub fn heat_per_unit_area_kj_m2(&self) -> f64 {
        self.load_kg_m2() * (HEAT_BTU_LB * KJ_PER_BTU / KG_PER_LB)
    }

    /// Fireline intensity of the surface fire from which on crowns ignite, kW/m.
    ///
    /// Source: Van Wagner (1977), Can. J. For. Res. 7:23, with his constant of 0.010; heat of ignition
    /// 460 + 25.9 kJ/kg for each percent of moisture. Rounding 25.9 to 26, as ELMFIRE and pyretechnics do, asks for
    /// up to 0.5 % more intensity.
    /// Valid for: one stand of red pine with a base of 6 m fixed the constant.
    pub fn critical_fireline_intensity_kw_m(&self) -> f64 {
        let base_height_m = self.base_height_m.clamp(BASE_HEIGHT_M_MIN, HEIGHT_M_MAX);
        let moisture = self.foliar_moisture.clamp(FOLIAR_MOISTURE_MIN, FOLIAR_MOISTURE_MAX);
        let to_two_thirds = 0.010 * base_height_m * (460.0 + 25.9 * 100.0 * moisture);
        to_two_thirds * to_two_thirds.sqrt()
    }

    /// Rate of spread from which on a crown fire goes on from tree to tree, m/s.
    ///
    /// Source: Van Wagner (1977): 3.0 kg/m2 of crown fuel a minute through the front, over the bulk density.
    pub fn critical_active_rate_of_spread_m_s(&self) -> f64 {
        3.0 / self.held_bulk_density_kg_m3().max(BULK_DENSITY_KG_M3_MIN) / 60.0
    }

    /// Bulk density in the range that is used.
    pub(super) fn held_bulk_density_kg_m3(&self) -> f64 {
        self.bulk_density_kg_m3.clamp(0.0, BULK_DENSITY_KG_M3_MAX)
    }
}
