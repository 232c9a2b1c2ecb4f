//! One stick of wood: its moisture and warmth from surface to core, moved through time.
//!
//! Published units, as in [`super::wood`].

use serde::{Deserialize, Serialize};

use super::surface::{BROKEN_SATURATION, Rain, Surface, Surroundings};
use super::wood::{Isotherm, WET_HUMIDITY, Wood, diffusivity_cm2_h};

/// Places along the radius, the first at the surface and the last at the core. Source: Bevins (2005) has 11 for every
/// radius used here.
const NODES: usize = 11;

/// Speed at which warmth spreads in wood, cm2/h. Source: Nelson (2000).
const WARMTH_CM2_H: f64 = 8.0;

/// Less rain than this is none, cm.
const RAIN_CM_MIN: f64 = 1e-4;

/// Moisture that a stick's fibres are taken to hold above its own before the first weather is known. Source: Bevins
/// (2005).
const FIRST_ROOM: f64 = 0.1;

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
            let before = *self;
            if moved {
                self.spread_moisture(wood, &before, &surface, step_h);
            }
            let warmth = std::array::from_fn(|node| WARMTH_CM2_H * radius_cm(wood, node));
            spread(&mut self.temperature_c, &before.temperature_c, &warmth, wood, step_h);
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
            surface.sorption(wood, before, self.moisture[1], self.diffusivity_cm2_h[0], spacing_cm(wood))
        };
        self.moisture[0] = after.clamp(0.0, wood.moisture_max);
        let saturation = (self.moisture[0] - surface.fibre_saturation) / surface.room();
        self.saturation[0] = if free_water { saturation.max(0.0) } else { 0.0 };
        // At a standstill above fibre saturation nothing moves inside either.
        rain.is_some() || before <= surface.fibre_saturation || self.moisture[0] != before
    }

    fn spread_moisture(&mut self, wood: &Wood, before: &Self, surface: &Surface, step_h: f64) {
        let free: [f64; NODES] =
            std::array::from_fn(|node| surface.free_flow(before.moisture[node]) * radius_cm(wood, node));
        spread(&mut self.saturation, &before.saturation, &free, wood, step_h);
        // Water moves freely only where its columns are whole all the way to the core.
        if self.saturation[1..NODES - 1].iter().all(|saturation| *saturation >= BROKEN_SATURATION) {
            for node in 1..NODES {
                self.moisture[node] =
                    surface.fibre_saturation + self.saturation[node].min(1.0) * surface.room();
            }
        } else {
            let bound: [f64; NODES] =
                std::array::from_fn(|node| before.diffusivity_cm2_h[node] * radius_cm(wood, node));
            spread(&mut self.moisture, &before.moisture, &bound, wood, step_h);
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

/// One step of diffusion inside: each node becomes a mean of itself and its neighbours, weighted by the ease with which
/// they exchange. A mean never leaves the range of what it is taken of, so no step is too long.
///
/// Source: Nelson (2000), control volumes in a cylinder, in the form of Bevins (2005).
fn spread(values: &mut [f64; NODES], before: &[f64; NODES], ease: &[f64; NODES], wood: &Wood, step_h: f64) {
    let dx_cm = spacing_cm(wood);
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
    spacing_cm(wood) * (NODES - 1 - node) as f64
}

/// Distance from node to node.
fn spacing_cm(wood: &Wood) -> f64 {
    wood.radius_cm / (NODES - 1) as f64
}

/// Share of the stick's volume that lies around a node.
fn volume_share(node: usize) -> f64 {
    let spacing = 1.0 / (NODES - 1) as f64;
    let outer = (1.0 - (node as f64 - 0.5) * spacing).min(1.0);
    let inner = (1.0 - (node as f64 + 0.5) * spacing).max(0.0);
    outer * outer - inner * inner
}
