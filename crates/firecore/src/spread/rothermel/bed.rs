//! What a fuel model alone decides: everything here is the same in all weather.
//!
//! The characteristic surface-to-volume ratio does not depend on curing, since cured herbaceous fuel keeps its own
//! ratio and only changes category. With it the packing, the reaction velocity, the propagating flux and the wind
//! and slope coefficients are static, and a change of moisture costs no transcendental function.

use crate::fuel::{Fuel, FuelModel, FuelModels, PARTICLE_DENSITY_LB_FT3};
use crate::landscape::FuelCode;
use crate::units::{FT_MIN_PER_MPH, KG_PER_LB, M_PER_FT, M_S_PER_MPH};

/// Total mineral content of fuel, mass over dry mass. Source: Albini (1976).
pub(super) const TOTAL_MINERAL: f64 = 0.0555;

/// Silica-free mineral content of fuel, mass over dry mass. Source: Albini (1976).
const EFFECTIVE_MINERAL: f64 = 0.010;

/// Lower edges of the surface-to-volume classes that share net load, 1/ft; below the last nothing counts.
/// Source: Albini (1976), INT-GTR-30.
const CLASS_EDGES_1_FT: [f64; 5] = [1200.0, 192.0, 96.0, 48.0, 16.0];

/// Number of classes, with the one below the last edge.
pub(super) const CLASSES: usize = CLASS_EDGES_1_FT.len() + 1;

/// A kind of particle in the fuel bed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Particle {
    pub(super) load_lb_ft2: f64,
    /// Surface of the particles over their load, ft2/lb.
    pub(super) surface_ft2_lb: f64,
    /// Share of a particle that is heated before it ignites: exp(-138 / ratio).
    pub(super) heated_share: f64,
    /// Weight of live load in its moisture of extinction: exp(-500 / ratio).
    pub(super) live_weight: f64,
    /// Which class of [`CLASS_EDGES_1_FT`]; `CLASSES - 1` where the particle counts in none.
    pub(super) class: usize,
}

impl Particle {
    fn new(load_lb_ft2: f64, ratio_1_ft: f64) -> Self {
        if load_lb_ft2 <= 0.0 {
            let (surface_ft2_lb, heated_share, live_weight) = (0.0, 0.0, 0.0);
            return Self { load_lb_ft2: 0.0, surface_ft2_lb, heated_share, live_weight, class: CLASSES - 1 };
        }
        Self {
            load_lb_ft2,
            surface_ft2_lb: ratio_1_ft / PARTICLE_DENSITY_LB_FT3,
            heated_share: (-138.0 / ratio_1_ft).exp(),
            live_weight: (-500.0 / ratio_1_ft).exp(),
            class: CLASS_EDGES_1_FT.iter().position(|edge| ratio_1_ft >= *edge).unwrap_or(CLASSES - 1),
        }
    }
}

/// A fuel model made ready for spread: all that does not depend on weather or terrain.
///
/// Source: Rothermel (1972), INT-115, with the changes of Albini (1976), INT-GTR-30.
#[derive(Clone, Debug, PartialEq)]
pub struct FuelBed {
    /// 1 h, 10 h, 100 h.
    pub(super) dead: [Particle; 3],
    pub(super) herbaceous: Particle,
    pub(super) woody: Particle,
    pub(super) herbaceous_cures: bool,
    pub(super) dead_extinction_moisture: f64,
    /// Surface of all particles over the ground's area, ft2/ft2.
    pub(super) surface: f64,
    pub(super) bulk_density_lb_ft3: f64,
    /// Reaction intensity per net load and moisture damping, Btu/lb/min: velocity, heat and mineral damping; of dead
    /// and of live fuel.
    pub(super) reaction_btu_lb_min: [f64; 2],
    /// Share of the reaction intensity that heats the fuel ahead.
    pub(super) flux_ratio: f64,
    pub(super) residence_min: f64,
    /// Wind factor over (mid-flame wind in m/s) to the power `wind_exponent`.
    pub(super) wind_factor: f64,
    pub(super) wind_exponent: f64,
    /// Slope factor over (rise over run) squared.
    pub(super) slope_factor: f64,
    ratio_1_ft: f64,
    packing: f64,
    relative_packing: f64,
}

impl FuelBed {
    /// The bed of a fuel model; `None` where nothing burns.
    pub fn of(model: &FuelModel) -> Option<Self> {
        model.fuel.as_ref().map(Self::of_fuel)
    }

    /// Characteristic surface-to-volume ratio, 1/m.
    pub fn surface_to_volume_1_m(&self) -> f64 {
        self.ratio_1_ft / M_PER_FT
    }

    /// Share of the bed's volume that is fuel.
    pub fn packing_ratio(&self) -> f64 {
        self.packing
    }

    /// Packing ratio over the one at which the fuel burns best.
    pub fn relative_packing_ratio(&self) -> f64 {
        self.relative_packing
    }

    /// Oven-dry mass over the bed's volume, kg/m3.
    pub fn bulk_density_kg_m3(&self) -> f64 {
        self.bulk_density_lb_ft3 * KG_PER_LB / M_PER_FT.powi(3)
    }

    /// How long the flaming front stands over a point, s. Source: Anderson (1969), INT-69.
    pub fn residence_time_s(&self) -> f64 {
        self.residence_min * 60.0
    }

    /// Equation 47 over the wind, by the square of the mid-flame wind in m/s: what a wind's components are multiplied by.
    pub(in crate::spread) fn wind_factor_over_wind(&self, wind_squared: f64) -> f64 {
        wind_factor_over_wind(self.wind_factor, self.wind_exponent, wind_squared)
    }

    /// The same as a factor and the power of the wind's square.
    pub(in crate::spread) fn wind_power(&self) -> [f64; 2] {
        [self.wind_factor, power_of_square(self.wind_exponent)]
    }

    /// Equation 47, solved for the wind.
    pub(in crate::spread) fn effective_wind_m_s(&self, factor: f64) -> f64 {
        effective_wind_m_s(self.wind_factor, self.wind_exponent, factor)
    }

    /// How much a slope adds to the rate of spread on level ground in still air, as a share of it.
    ///
    /// Source: Rothermel (1972), INT-115, eq. 51.
    pub fn slope_factor(&self, slope_tan: f64) -> f64 {
        self.slope_factor * slope_tan * slope_tan
    }

    fn of_fuel(fuel: &Fuel) -> Self {
        let particle =
            |place: usize| Particle::new(fuel.load_lb_ft2[place], fuel.surface_to_volume_1_ft[place]);
        let particles: [Particle; 5] = std::array::from_fn(particle);
        let [one_hour, ten_hour, hundred_hour, herbaceous, woody] = particles;

        // Equations 53 to 57: shares by surface, first inside a category and then across the two, multiply to
        // the particle's share of the whole surface.
        let surface_of = |particle: &Particle| particle.load_lb_ft2 * particle.surface_ft2_lb;
        let surface: f64 = particles.iter().map(surface_of).sum();
        let weighted = particles.iter().zip(fuel.surface_to_volume_1_ft);
        let ratio_1_ft =
            weighted.map(|(particle, ratio)| surface_of(particle) * ratio).sum::<f64>() / surface;

        // Equations 40 and 31 take the plain load, not the weighted one.
        let bulk_density_lb_ft3 = fuel.load_lb_ft2.iter().sum::<f64>() / fuel.depth_ft;
        let packing = bulk_density_lb_ft3 / PARTICLE_DENSITY_LB_FT3;
        let relative_packing = packing / (3.348 * ratio_1_ft.powf(-0.8189)); // eq. 37
        let (wind_factor, wind_exponent) = wind_coefficients(ratio_1_ft, relative_packing);
        let velocity_1_min = reaction_velocity_1_min(ratio_1_ft, relative_packing);

        Self {
            dead: [one_hour, ten_hour, hundred_hour],
            herbaceous,
            woody,
            herbaceous_cures: fuel.herbaceous_cures,
            dead_extinction_moisture: fuel.dead_extinction_moisture,
            surface,
            bulk_density_lb_ft3,
            reaction_btu_lb_min: [fuel.dead_heat_btu_lb, fuel.live_heat_btu_lb]
                .map(|heat_btu_lb| velocity_1_min * heat_btu_lb * mineral_damping(EFFECTIVE_MINERAL)),
            flux_ratio: propagating_flux_ratio(ratio_1_ft, packing),
            residence_min: 384.0 / ratio_1_ft,
            wind_factor,
            wind_exponent,
            slope_factor: 5.275 * packing.powf(-0.3), // eq. 51
            ratio_1_ft,
            packing,
            relative_packing,
        }
    }
}

/// The beds of all fuel models that burn, found by code.
#[derive(Clone, Debug)]
pub struct FuelBeds {
    beds: Vec<FuelBed>,
    place: [Option<u8>; 256],
}

impl FuelBeds {
    /// The standard models' beds; some microseconds of work, to be done once.
    pub fn standard() -> Self {
        Self::of(&FuelModels::standard())
    }

    /// The beds of a table of fuel models.
    pub fn of(models: &FuelModels) -> Self {
        let mut beds = Vec::new();
        let mut place = [None; 256];
        for model in models.all() {
            let Some(bed) = FuelBed::of(model) else { continue };
            place[usize::from(model.code)] = Some(beds.len() as u8);
            beds.push(bed);
        }
        Self { beds, place }
    }

    /// The bed of a code; `None` where nothing burns and for codes that the table does not hold.
    pub fn get(&self, code: FuelCode) -> Option<&FuelBed> {
        self.place[usize::from(code)].map(|place| &self.beds[usize::from(place)])
    }
}

/// Equation 47 over the wind in m/s, by the wind's square; 0 in still air.
///
/// In fuel coarser than any standard model's (below 908 1/ft) the factor rises slower than the wind: over a wind of nothing
/// it is infinite, though the factor itself is 0.
pub(super) fn wind_factor_over_wind(wind_factor: f64, wind_exponent: f64, wind_squared: f64) -> f64 {
    if wind_squared > 0.0 { wind_factor * wind_squared.powf(power_of_square(wind_exponent)) } else { 0.0 }
}

/// The power of the wind's square that equation 47 over the wind goes with.
fn power_of_square(wind_exponent: f64) -> f64 {
    0.5 * (wind_exponent - 1.0)
}

/// Equation 47, solved for the wind.
pub(super) fn effective_wind_m_s(wind_factor: f64, wind_exponent: f64, factor: f64) -> f64 {
    (factor / wind_factor).powf(1.0 / wind_exponent)
}

/// Optimum reaction velocity, 1/min. Source: equations 36 and 38, with the exponent of Albini (1976) for eq. 39.
fn reaction_velocity_1_min(ratio_1_ft: f64, relative_packing: f64) -> f64 {
    let ratio_to_three_halves = ratio_1_ft.powf(1.5);
    let velocity_max_1_min = ratio_to_three_halves / (495.0 + 0.0594 * ratio_to_three_halves);
    let exponent = 133.0 * ratio_1_ft.powf(-0.7913);
    velocity_max_1_min * (relative_packing * (1.0 - relative_packing).exp()).powf(exponent)
}

/// Source: equation 30.
fn mineral_damping(effective_mineral: f64) -> f64 {
    (0.174 * effective_mineral.powf(-0.19)).min(1.0)
}

/// Source: equation 42.
fn propagating_flux_ratio(ratio_1_ft: f64, packing: f64) -> f64 {
    let exponent = (0.792 + 0.681 * ratio_1_ft.sqrt()) * (packing + 0.1);
    exponent.exp() / (192.0 + 0.2595 * ratio_1_ft)
}

/// Wind factor for a wind of 1 m/s, and the power of the wind that it grows with.
///
/// Source: equations 47 to 50, where the wind is in ft/min.
fn wind_coefficients(ratio_1_ft: f64, relative_packing: f64) -> (f64, f64) {
    let c = 7.47 * (-0.133 * ratio_1_ft.powf(0.55)).exp();
    let b = 0.02526 * ratio_1_ft.powf(0.54);
    let e = 0.715 * (-3.59e-4 * ratio_1_ft).exp();
    let ft_min_per_m_s = FT_MIN_PER_MPH / M_S_PER_MPH;
    (c * relative_packing.powf(-e) * ft_min_per_m_s.powf(b), b)
}
