//! What air, light and rain make of a stick's surface, and what they give it and take from it.
//!
//! Published units, as in [`super::wood`].

use std::f64::consts::PI;

use serde::{Deserialize, Serialize};

use super::wood::{
    DENSITY_G_CM3, FREEZING_K, FULL_MOISTURE, Isotherm, LaterRain, PRESSURE_CAL_CM3, VAPOUR_K, WET_HUMIDITY,
    Wood, evaporation_cal_mol, saturation_cal_cm3, sorption_cal_mol,
};

/// Warmest that wood gets in the sun, degrees C. Source: Bevins (2005).
const WOOD_C_MAX: f64 = 71.0;

/// W/m2 of radiation that warm a surface by 1 cal/(cm2 h): the share absorbed, 0.4, spread over the whole round of the
/// stick. Source: Nelson (2000).
const W_M2_PER_CAL_CM2_H: f64 = 94.743;

/// Radiation that makes it day, cal/(cm2 h). Source: Bevins (2005).
const DAY_CAL_CM2_H: f64 = 1.5e-5;

/// Temperature of a clear sky by night and by day, degrees C, and the exchange of long-wave radiation with it,
/// cal/(cm2 h K). Source: Nelson (2000).
const NIGHT_SKY: (f64, f64) = (3.0, 0.112_467);
const DAY_SKY: (f64, f64) = (6.0, 0.116_171);

/// Psychrometric constant, 1/K. Source: Nelson (2000).
const PSYCHROMETRIC_1_K: f64 = 0.000_772;

/// Heat capacity of air, cal/(g K). Source: Nelson (2000).
const AIR_CAL_G_K: f64 = 0.24;

/// Exchange of water over that of heat: molar mass of water over that of air, times the ratio of Prandtl and Schmidt
/// numbers to the power 2/3, 0.622 (0.7 / 0.58)^0.667. Source: Nelson (2000).
const WATER_EXCHANGE: f64 = 0.622 * 1.133_636_76;

/// Surface tension of water, dyn/cm; diameter of a cell's cavity, cm, and its share of the cell's width; permeability
/// of wood full of water, cm2. Source: Nelson (2000).
const TENSION_DYN_CM: f64 = 72.8;
const CAVITY_CM: f64 = 0.0023;
const CAVITY_SHARE: f64 = 0.8;
const PERMEABILITY_CM2: f64 = 2.0e-13;

/// Saturation below which columns of free water are broken, and above which they reach the wide part of the cells.
/// Source: Nelson (2000).
pub(super) const BROKEN_SATURATION: f64 = 0.071_428_5;
const WIDE_SATURATION: f64 = 0.285_714;

/// Least vapour pressure at a surface, cal/cm3. Source: Bevins (2005).
const PRESSURE_CAL_CM3_MIN: f64 = 1e-6;

/// Air and light around a stick.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Surroundings {
    pub(super) temperature_c: f64,
    pub(super) humidity: f64,
    pub(super) radiation_w_m2: f64,
}

impl Surroundings {
    pub(super) fn toward(&self, other: &Self, share: f64) -> Self {
        let lerp = |a: f64, b: f64| a + (b - a) * share;
        Self {
            temperature_c: lerp(self.temperature_c, other.temperature_c),
            humidity: lerp(self.humidity, other.humidity),
            radiation_w_m2: lerp(self.radiation_w_m2, other.radiation_w_m2),
        }
    }
}

/// What air and light make of a stick's surface.
pub(super) struct Surface {
    pub(super) temperature_c: f64,
    pub(super) temperature_in_rain_c: f64,
    pub(super) dew_point_c: f64,
    pub(super) humidity: f64,
    pub(super) fibre_saturation: f64,
    pub(super) equilibrium: f64,
    /// Vapour pressures, cal/cm3: at the surface, saturated there, and of the air.
    vapour_cal_cm3: f64,
    saturated_cal_cm3: f64,
    air_vapour_cal_cm3: f64,
    /// Moisture that a unit of relative vapour pressure difference moves in an hour.
    exchange_1_h: f64,
}

impl Surface {
    /// Source: Nelson (2000), Can. J. For. Res. 30:1071, in the form of Bevins (2005).
    pub(super) fn of(wood: &Wood, air: &Surroundings, moisture: f64) -> Self {
        let air_k = air.temperature_c + FREEZING_K;
        let dew_point_k = VAPOUR_K / (VAPOUR_K / air_k - air.humidity.ln());
        let warming = air.radiation_w_m2 / W_M2_PER_CAL_CM2_H;
        let day = warming > DAY_CAL_CM2_H;
        let (sky_c, sky_exchange) = if day { DAY_SKY } else { NIGHT_SKY };
        let warming = if day { warming } else { 0.0 };

        let exchange = sky_exchange + wood.heat_cal_cm2_h_k;
        let dry_c = air.temperature_c + (warming - sky_exchange * (air.temperature_c - sky_c)) / exchange;
        let dry_c = dry_c.min(WOOD_C_MAX);
        let evaporation = evaporation_cal_mol(dry_c + FREEZING_K);
        let water_exchange = WATER_EXCHANGE * wood.heat_cal_cm2_h_k;
        let cooling = water_exchange * PSYCHROMETRIC_1_K / AIR_CAL_G_K * evaporation / 18.0;
        let temperature_c = dry_c - cooling * (dry_c - air.temperature_c) / (exchange + cooling);

        let surface_k = temperature_c + FREEZING_K;
        let saturated_cal_cm3 = saturation_cal_cm3(surface_k);
        let bound_share = evaporation / (evaporation + sorption_cal_mol(moisture));
        let air_vapour_cal_cm3 = air.humidity * saturation_cal_cm3(air_k);
        let vapour =
            air_vapour_cal_cm3 + PSYCHROMETRIC_1_K * PRESSURE_CAL_CM3 * bound_share * (air_k - surface_k);
        let vapour_cal_cm3 = vapour.max(PRESSURE_CAL_CM3_MIN);
        let humidity = (vapour_cal_cm3 / saturated_cal_cm3).min(WET_HUMIDITY);
        let isotherm = Isotherm::at(temperature_c);
        Self {
            temperature_c,
            temperature_in_rain_c: dry_c,
            dew_point_c: dew_point_k - FREEZING_K,
            humidity,
            fibre_saturation: isotherm.moisture(WET_HUMIDITY),
            equilibrium: isotherm.moisture(humidity),
            vapour_cal_cm3,
            saturated_cal_cm3,
            air_vapour_cal_cm3,
            exchange_1_h: water_exchange / (AIR_CAL_G_K * DENSITY_G_CM3 * wood.radius_cm),
        }
    }

    /// Viscosity of water at the surface, cm2/s. Source: Nelson (2000).
    fn viscosity_cm2_s(&self) -> f64 {
        let surface_k = self.temperature_c + FREEZING_K;
        0.00439 + 0.000_001_77 * (338.76 - surface_k).max(0.0).powf(2.1237)
    }

    /// Room for free water.
    pub(super) fn room(&self) -> f64 {
        (FULL_MOISTURE - self.fibre_saturation).max(1e-6)
    }

    /// Moisture that a surface with free water loses in a step; what condenses on it is a loss below zero.
    pub(super) fn evaporation(&self, wood: &Wood, step_h: f64) -> f64 {
        let excess = self.saturated_cal_cm3 - self.air_vapour_cal_cm3;
        if self.temperature_c <= self.dew_point_c && excess > 0.0 {
            return 0.0;
        }
        let drying = 2.0 * step_h * self.exchange_1_h * excess / PRESSURE_CAL_CM3;
        if drying <= 0.0 {
            return drying;
        }
        // Capillary flow out of the stick's ends.
        let cavity_radius_cm = 0.5 * CAVITY_SHARE * CAVITY_CM;
        let volume_cm4 = wood.radius_cm * wood.radius_cm * wood.length_cm * DENSITY_G_CM3;
        let capillary =
            3600.0 * PI * TENSION_DYN_CM * cavity_radius_cm * cavity_radius_cm / (16.0 * volume_cm4);
        drying + step_h * capillary / self.viscosity_cm2_s()
    }

    /// Moisture that dew gives a dry surface in a step.
    pub(super) fn dew(&self, step_h: f64) -> f64 {
        let deficit = (self.air_vapour_cal_cm3 - self.vapour_cal_cm3).max(0.0);
        2.0 * step_h * self.exchange_1_h * deficit / PRESSURE_CAL_CM3
    }

    /// Moisture of a surface without free water, between the node below it and the equilibrium.
    pub(super) fn sorption(
        &self,
        wood: &Wood,
        before: f64,
        below: f64,
        diffusivity_cm2_h: f64,
        dx_cm: f64,
    ) -> f64 {
        let speed_cm_h = if before >= self.equilibrium { wood.desorption_cm_h } else { wood.adsorption_cm_h };
        let biot = speed_cm_h * dx_cm / diffusivity_cm2_h;
        (below + biot * self.equilibrium) / (1.0 + biot)
    }

    /// Ease with which free water flows at a moisture, cm2/h.
    pub(super) fn free_flow(&self, moisture: f64) -> f64 {
        let saturation = (moisture - self.fibre_saturation) / self.room();
        if !(BROKEN_SATURATION..=WIDE_SATURATION).contains(&saturation) {
            return 0.0;
        }
        let permeability = PERMEABILITY_CM2 * (2.0 * (saturation / WIDE_SATURATION).sqrt() - 1.0);
        let suction = TENSION_DYN_CM / (DENSITY_G_CM3 * CAVITY_CM * WIDE_SATURATION);
        permeability.max(0.0) / (self.viscosity_cm2_s() * self.room())
            * suction
            * (WIDE_SATURATION / saturation).powf(1.5)
    }
}

/// Rain of one span of time, as it wets a stick.
pub(super) struct Rain {
    /// Over the stick's half circumference, cm/h.
    rate_cm_h: f64,
    first_rise_1_h: f64,
}

impl Rain {
    /// Source: Nelson (2000); the fall of humidity weakens it as in Bevins (2005), to 0.15 in the first sticks.
    pub(super) fn of(wood: &Wood, from: &Surroundings, to: &Surroundings, rate_cm_h: f64) -> Self {
        let rate_cm_h = rate_cm_h / PI;
        let falling = (1.0 - to.humidity / from.humidity).max(0.0);
        let weakened = match wood.later_rain {
            LaterRain::AsFirst => 1.0 - falling,
            LaterRain::ByRate { .. } if falling > 0.0 => 0.15,
            LaterRain::ByRate { .. } => 1.0,
        };
        let first_rise_1_h = wood.first_rain_1_h * (1.0 - (-100.0 * rate_cm_h).exp()) * weakened;
        Self { rate_cm_h, first_rise_1_h }
    }

    pub(super) fn moisture(&self, wood: &Wood, before: f64, rain_h: f64, step_h: f64) -> f64 {
        match wood.later_rain {
            LaterRain::ByRate { storm_cm_h, .. } if self.rate_cm_h >= storm_cm_h => wood.moisture_max,
            LaterRain::ByRate { per_rain_1_cm, .. } if rain_h > 1.0 => {
                before + step_h * per_rain_1_cm * self.rate_cm_h
            }
            _ => before + step_h * self.first_rise_1_h,
        }
    }
}
