//! One stick of wood: its moisture and warmth from surface to core, moved through time.
//!
//! Published units, as in [`super::wood`].

use std::f64::consts::PI;

use serde::{Deserialize, Serialize};

use super::wood::{
    DENSITY_G_CM3, FREEZING_K, FULL_MOISTURE, Isotherm, LaterRain, PRESSURE_CAL_CM3, VAPOUR_K, WET_HUMIDITY,
    Wood, diffusivity_cm2_h, evaporation_cal_mol, saturation_cal_cm3, sorption_cal_mol,
};

/// Places along the radius, the first at the surface and the last at the core. Source: Bevins (2005) has 11 for every
/// radius used here.
const NODES: usize = 11;

/// Speed at which warmth spreads in wood, cm2/h. Source: Nelson (2000).
const WARMTH_CM2_H: f64 = 8.0;

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
const BROKEN_SATURATION: f64 = 0.071_428_5;
const WIDE_SATURATION: f64 = 0.285_714;

/// Least vapour pressure at a surface, cal/cm3. Source: Bevins (2005).
const PRESSURE_CAL_CM3_MIN: f64 = 1e-6;

/// Less rain than this is none, cm.
const RAIN_CM_MIN: f64 = 1e-4;

/// Moisture that a stick's fibres are taken to hold above its own before the first weather is known. Source: Bevins
/// (2005).
const FIRST_ROOM: f64 = 0.1;

/// Air and light around a stick.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Surroundings {
    pub(super) temperature_c: f64,
    pub(super) humidity: f64,
    pub(super) radiation_w_m2: f64,
}

impl Surroundings {
    fn toward(&self, other: &Self, share: f64) -> Self {
        let lerp = |a: f64, b: f64| a + (b - a) * share;
        Self {
            temperature_c: lerp(self.temperature_c, other.temperature_c),
            humidity: lerp(self.humidity, other.humidity),
            radiation_w_m2: lerp(self.radiation_w_m2, other.radiation_w_m2),
        }
    }
}

/// State of a stick; moisture is g of water per g of dry wood.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Stick {
    moisture: [f64; NODES],
    /// Free water over the room for it.
    saturation: [f64; NODES],
    temperature_c: [f64; NODES],
    diffusivity_cm2_h: [f64; NODES],
    surface_humidity: f64,
    fibre_saturation: f64,
    /// Moisture that the surface would come to.
    equilibrium: f64,
    /// How long it has rained.
    rain_h: f64,
    /// Water on the surface over the stick's dry mass.
    film: f64,
}

impl Stick {
    /// A stick of one moisture through and through, as warm as the air around it.
    pub(super) fn new(wood: &Wood, moisture: f64, air: &Surroundings) -> Self {
        let moisture = moisture.clamp(0.0, wood.moisture_max);
        let isotherm = Isotherm::at(air.temperature_c);
        let mut stick = Self {
            moisture: [moisture; NODES],
            saturation: [0.0; NODES],
            temperature_c: [air.temperature_c; NODES],
            diffusivity_cm2_h: [0.0; NODES],
            surface_humidity: air.humidity.min(WET_HUMIDITY),
            fibre_saturation: moisture + FIRST_ROOM,
            equilibrium: isotherm.moisture(air.humidity.min(WET_HUMIDITY)),
            rain_h: 0.0,
            film: 0.0,
        };
        stick.renew_diffusivity();
        stick
    }

    /// Mean over the volume, with the water that stands on the surface.
    pub(super) fn mean_moisture(&self, wood: &Wood) -> f64 {
        let mean: f64 = (0..NODES).map(|node| self.moisture[node] * volume_share(node)).sum();
        mean.min(wood.moisture_max) + self.film
    }

    /// Moisture that the surface would come to in the air of the last step.
    pub(super) fn surface_equilibrium(&self) -> f64 {
        self.equilibrium
    }

    /// Moves the stick `hours` on, from one air to another, `rain_cm` falling evenly in between.
    pub(super) fn advance(
        &mut self,
        wood: &Wood,
        from: &Surroundings,
        to: &Surroundings,
        hours: f64,
        rain_cm: f64,
    ) {
        let steps = (wood.moisture_steps_per_h * hours).ceil().max(1.0) as usize;
        let renewals = (wood.diffusivity_steps_per_h * hours).ceil().max(1.0) as usize;
        let step_h = hours / steps as f64;
        let rain = (rain_cm >= RAIN_CM_MIN).then(|| Rain::of(wood, from, to, rain_cm / hours));
        for step in 1..=steps {
            let air = from.toward(to, step as f64 / steps as f64);
            let surface = Surface::of(wood, &air, self.moisture[0]);
            self.rain_h = if rain.is_some() { self.rain_h + step_h } else { 0.0 };
            let moved = self.step_surface(wood, &surface, rain.as_ref(), step_h);
            let dx_cm = wood.radius_cm / (NODES - 1) as f64;
            let before = *self;
            if moved {
                self.spread_moisture(wood, &before, &surface, dx_cm, step_h);
            }
            let warmth = std::array::from_fn(|node| WARMTH_CM2_H * radius_cm(wood, node));
            spread(&mut self.temperature_c, &before.temperature_c, &warmth, wood, dx_cm, step_h);
            if (step * renewals) / steps != ((step - 1) * renewals) / steps {
                self.renew_diffusivity();
            }
        }
    }

    /// Exchange of the outermost node with air and rain; whether water can then move inside.
    fn step_surface(&mut self, wood: &Wood, surface: &Surface, rain: Option<&Rain>, step_h: f64) -> bool {
        self.fibre_saturation = surface.fibre_saturation;
        self.equilibrium = surface.equilibrium;
        self.temperature_c[0] = surface.temperature_c;
        self.surface_humidity = surface.humidity;
        self.film = 0.0;
        let before = self.moisture[0];
        let mut free_water = true;
        let after = if let Some(rain) = rain {
            self.temperature_c[0] = surface.temperature_in_rain_c;
            self.surface_humidity = WET_HUMIDITY;
            self.film = wood.film;
            rain.moisture(wood, before, self.rain_h, step_h)
        } else if before > surface.fibre_saturation {
            self.surface_humidity = WET_HUMIDITY;
            // Free water goes first: a long step would else dry the surface past what binds the rest.
            (before - surface.evaporation(wood, step_h)).max(surface.fibre_saturation)
        } else if surface.temperature_c <= surface.dew_point_c {
            before + surface.dew(step_h)
        } else {
            free_water = false;
            surface.sorption(wood, before, self.moisture[1], self.diffusivity_cm2_h[0])
        };
        self.moisture[0] = after.clamp(0.0, wood.moisture_max);
        let saturation = (self.moisture[0] - surface.fibre_saturation) / surface.room();
        self.saturation[0] = if free_water { saturation.max(0.0) } else { 0.0 };
        // At a standstill above fibre saturation nothing moves inside either.
        rain.is_some() || before <= surface.fibre_saturation || self.moisture[0] != before
    }

    fn spread_moisture(&mut self, wood: &Wood, before: &Self, surface: &Surface, dx_cm: f64, step_h: f64) {
        let free: [f64; NODES] =
            std::array::from_fn(|node| surface.free_flow(before.moisture[node]) * radius_cm(wood, node));
        spread(&mut self.saturation, &before.saturation, &free, wood, dx_cm, step_h);
        // Water moves freely only where its columns are whole all the way to the core.
        if self.saturation[1..NODES - 1].iter().all(|saturation| *saturation >= BROKEN_SATURATION) {
            for node in 1..NODES {
                self.moisture[node] =
                    surface.fibre_saturation + self.saturation[node].min(1.0) * surface.room();
            }
        } else {
            let bound: [f64; NODES] =
                std::array::from_fn(|node| before.diffusivity_cm2_h[node] * radius_cm(wood, node));
            spread(&mut self.moisture, &before.moisture, &bound, wood, dx_cm, step_h);
        }
        for moisture in &mut self.moisture[1..] {
            *moisture = moisture.clamp(0.0, wood.moisture_max);
        }
    }

    fn renew_diffusivity(&mut self) {
        for node in 0..NODES {
            self.diffusivity_cm2_h[node] = diffusivity_cm2_h(
                self.temperature_c[node],
                self.moisture[node],
                self.surface_humidity,
                self.fibre_saturation,
            );
        }
    }
}

/// What air and light make of a stick's surface.
struct Surface {
    temperature_c: f64,
    temperature_in_rain_c: f64,
    dew_point_c: f64,
    humidity: f64,
    fibre_saturation: f64,
    equilibrium: f64,
    /// Vapour pressures, cal/cm3: at the surface, saturated there, and of the air.
    vapour_cal_cm3: f64,
    saturated_cal_cm3: f64,
    air_vapour_cal_cm3: f64,
    /// Moisture that a unit of relative vapour pressure difference moves in an hour.
    exchange_1_h: f64,
}

impl Surface {
    /// Source: Nelson (2000), Can. J. For. Res. 30:1071, in the form of Bevins (2005).
    fn of(wood: &Wood, air: &Surroundings, moisture: f64) -> Self {
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
    fn room(&self) -> f64 {
        (FULL_MOISTURE - self.fibre_saturation).max(1e-6)
    }

    /// Moisture that a surface with free water loses in a step; what condenses on it is a loss below zero.
    fn evaporation(&self, wood: &Wood, step_h: f64) -> f64 {
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
    fn dew(&self, step_h: f64) -> f64 {
        let deficit = (self.air_vapour_cal_cm3 - self.vapour_cal_cm3).max(0.0);
        2.0 * step_h * self.exchange_1_h * deficit / PRESSURE_CAL_CM3
    }

    /// Moisture of a surface without free water, between the node below it and the equilibrium.
    fn sorption(&self, wood: &Wood, before: f64, below: f64, diffusivity_cm2_h: f64) -> f64 {
        let speed_cm_h = if before >= self.equilibrium { wood.desorption_cm_h } else { wood.adsorption_cm_h };
        let dx_cm = wood.radius_cm / (NODES - 1) as f64;
        let biot = speed_cm_h * dx_cm / diffusivity_cm2_h;
        (below + biot * self.equilibrium) / (1.0 + biot)
    }

    /// Ease with which free water flows at a moisture, cm2/h.
    fn free_flow(&self, moisture: f64) -> f64 {
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
struct Rain {
    /// Over the stick's half circumference, cm/h.
    rate_cm_h: f64,
    first_rise_1_h: f64,
}

impl Rain {
    /// Source: Nelson (2000); the fall of humidity weakens it as in Bevins (2005), to 0.15 in the first sticks.
    fn of(wood: &Wood, from: &Surroundings, to: &Surroundings, rate_cm_h: f64) -> Self {
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

    fn moisture(&self, wood: &Wood, before: f64, rain_h: f64, step_h: f64) -> f64 {
        match wood.later_rain {
            LaterRain::ByRate { storm_cm_h, .. } if self.rate_cm_h >= storm_cm_h => wood.moisture_max,
            LaterRain::ByRate { per_rain_1_cm, .. } if rain_h > 1.0 => {
                before + step_h * per_rain_1_cm * self.rate_cm_h
            }
            _ => before + step_h * self.first_rise_1_h,
        }
    }
}

/// One step of diffusion inside: each node becomes a mean of itself and its neighbours, weighted by the ease with which
/// they exchange. A mean never leaves the range of what it is taken of, so no step is too long.
///
/// Source: Nelson (2000), control volumes in a cylinder, in the form of Bevins (2005).
fn spread(
    values: &mut [f64; NODES],
    before: &[f64; NODES],
    ease: &[f64; NODES],
    wood: &Wood,
    dx_cm: f64,
    step_h: f64,
) {
    for node in 1..NODES - 1 {
        let inner = ease[node + 1] / dx_cm;
        let outer = ease[node - 1] / dx_cm;
        let own = radius_cm(wood, node) * dx_cm / step_h;
        values[node] = (inner * before[node + 1] + outer * before[node - 1] + own * before[node])
            / (inner + outer + own);
    }
    values[NODES - 1] = values[NODES - 2];
}

/// Distance of a node from the core.
fn radius_cm(wood: &Wood, node: usize) -> f64 {
    wood.radius_cm * (NODES - 1 - node) as f64 / (NODES - 1) as f64
}

/// Share of the stick's volume that lies around a node.
fn volume_share(node: usize) -> f64 {
    let spacing = 1.0 / (NODES - 1) as f64;
    let outer = (1.0 - (node as f64 - 0.5) * spacing).min(1.0);
    let inner = (1.0 - (node as f64 + 0.5) * spacing).max(0.0);
    outer * outer - inner * inner
}
