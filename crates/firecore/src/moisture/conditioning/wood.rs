//! Wood of a stick: its size and surface, how water lies in it and moves through it.
//!
//! Published units, so that it can be read against the papers: cm, h, cal, degrees C, g of water per g of dry wood.

use serde::{Deserialize, Serialize};

/// Density of dry wood, g/cm3. Source: Bevins (2005).
pub(super) const DENSITY_G_CM3: f64 = 0.40;

/// Density of the substance of cell walls, g/cm3. Source: Nelson (2000).
const SUBSTANCE_G_CM3: f64 = 1.53;

/// Moisture of wood whose every cavity is full.
pub(super) const FULL_MOISTURE: f64 = 1.0 / DENSITY_G_CM3 - 1.0 / SUBSTANCE_G_CM3;

/// Relative humidity at a wet surface. Source: Nelson (2000).
pub(super) const WET_HUMIDITY: f64 = 0.99;

/// Pressure of the air, cal/cm3: 912 hPa, as 900 m above the sea. Source: Bevins (2005).
pub(super) const PRESSURE_CAL_CM3: f64 = 0.0218;

/// Pressure at sea level, cal/cm3.
const SEA_LEVEL_CAL_CM3: f64 = 0.0242;

/// Zero degrees Celsius, K, as Nelson (2000) rounds it.
pub(super) const FREEZING_K: f64 = 273.2;

/// Gas constant, cal/(mol K).
const GAS_CAL_MOL_K: f64 = 1.987;

/// Which measures and surfaces the three sticks have.
///
/// They differ in the adsorption, desorption and heat exchange of the surface, in how rain wets it, and in what stands
/// for one-hour fuel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum StickSet {
    /// Parameters that follow from the radius, fitted to field data of four sizes, with the adsorption of the National
    /// Fire Danger Rating System 2016. One-hour fuel is a stick of its own.
    ///
    /// Source: Bevins (2005), "Adaptation of the Nelson dead fuel moisture model"; NFDRS 2016.
    DangerRating,
    /// Parameters of the first sticks, which FARSITE and FlamMap condition fuel with. One-hour fuel has no stick: it
    /// follows the equilibrium of the ten-hour stick's surface.
    ///
    /// Source: Nelson's sticks of 1997 to 2000 in version 0.7 of Bevins' library.
    FireGrowth,
}

/// What makes one stick unlike another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Wood {
    pub(super) radius_cm: f64,
    pub(super) length_cm: f64,
    /// Heat exchange of the surface, cal/(cm2 h K).
    pub(super) heat_cal_cm2_h_k: f64,
    /// Speed at which a dry surface takes up vapour, cm/h.
    pub(super) adsorption_cm_h: f64,
    /// Speed at which a damp surface gives it off, cm/h.
    pub(super) desorption_cm_h: f64,
    /// Highest moisture that rain gives.
    pub(super) moisture_max: f64,
    /// Rise of the surface's moisture in the first hour of strong rain, 1/h.
    pub(super) first_rain_1_h: f64,
    /// What follows the first hour of rain.
    pub(super) later_rain: LaterRain,
    /// Water that stands on the surface while it rains, g per g of the whole stick.
    pub(super) film: f64,
    pub(super) moisture_steps_per_h: f64,
    pub(super) diffusivity_steps_per_h: f64,
}

/// How rain goes on wetting a surface.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum LaterRain {
    /// As in the first hour, less by the share that humidity falls by.
    AsFirst,
    /// By its rate; from a rate on it fills the surface at once.
    ByRate {
        /// Rise of the surface's moisture, 1/cm of rain.
        per_rain_1_cm: f64,
        /// Rain over the stick's half circumference, cm/h.
        storm_cm_h: f64,
    },
}

/// Radii, cm, of fuel below 6 mm, of 6 to 25 mm and of 25 to 76 mm. Source: Carlson et al. (2007), Int. J. Wildland
/// Fire 16:204.
pub(super) const RADII_CM: [f64; 3] = [0.20, 0.64, 2.00];

impl Wood {
    /// Source: Bevins (2005); adsorption with the constant 0.06 of NFDRS 2016, for 0.00045 left large wood unable to
    /// take up damp air.
    pub(super) fn of_radius(radius_cm: f64) -> Self {
        Self {
            radius_cm,
            length_cm: 41.0,
            heat_cal_cm2_h_k: 0.2195 + 0.05260 / radius_cm.powf(2.5),
            adsorption_cm_h: 0.06 + 0.006126 / radius_cm.powf(2.6),
            desorption_cm_h: 0.06,
            moisture_max: 0.60,
            first_rain_1_h: 0.02822 + 0.1056 / radius_cm.powf(2.2),
            later_rain: LaterRain::AsFirst,
            film: 0.0,
            moisture_steps_per_h: (9.8202 + 26.865 / radius_cm.powf(1.4)).floor(),
            diffusivity_steps_per_h: (4.777 + 2.496 / radius_cm.powf(1.3)).floor(),
        }
    }

    /// Source: Nelson's ten-hour stick in Bevins' library, version 0.7.
    pub(super) fn first_ten_hour() -> Self {
        Self {
            radius_cm: 0.64,
            length_cm: 50.0,
            heat_cal_cm2_h_k: 0.38,
            adsorption_cm_h: 0.02,
            desorption_cm_h: 0.06,
            moisture_max: 0.60,
            first_rain_1_h: 0.55,
            later_rain: LaterRain::ByRate { per_rain_1_cm: 0.15, storm_cm_h: 0.05 },
            film: 0.05,
            moisture_steps_per_h: 10.0,
            diffusivity_steps_per_h: 4.0,
        }
    }

    /// Source: Nelson's hundred-hour stick in Bevins' library, version 0.7.
    pub(super) fn first_hundred_hour() -> Self {
        Self {
            radius_cm: 2.0,
            length_cm: 100.0,
            heat_cal_cm2_h_k: 0.30,
            adsorption_cm_h: 0.012,
            desorption_cm_h: 0.06,
            moisture_max: 0.40,
            first_rain_1_h: 0.05,
            later_rain: LaterRain::ByRate { per_rain_1_cm: 0.12, storm_cm_h: 5.0 },
            film: 0.005,
            moisture_steps_per_h: 5.0,
            diffusivity_steps_per_h: 4.0,
        }
    }
}

/// How much water wood holds at a humidity: moisture = scale (-ln(1 - humidity))^exponent.
///
/// Source: Nelson (2000), Can. J. For. Res. 30:1071, after Nelson (1984).
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Isotherm {
    scale: f64,
    exponent: f64,
}

impl Isotherm {
    pub(super) fn at(temperature_c: f64) -> Self {
        Self { scale: 0.1617 - 0.001419 * temperature_c, exponent: 0.4657 + 0.003578 * temperature_c }
    }

    pub(super) fn moisture(self, humidity: f64) -> f64 {
        self.scale * (-(-humidity).ln_1p()).powf(self.exponent)
    }

    /// Humidity that goes with one unit of moisture.
    fn humidity_per_moisture(self, humidity: f64) -> f64 {
        let falls = -(-humidity).ln_1p();
        (1.0 - humidity) * falls.powf(1.0 - self.exponent) / (self.scale * self.exponent)
    }
}

/// Pressure of saturated vapour, cal/cm3. Source: Nelson (2000).
pub(super) fn saturation_cal_cm3(temperature_k: f64) -> f64 {
    0.000_023_9 * (20.58 - VAPOUR_K / temperature_k).exp()
}

/// Slope of the logarithm of saturation pressure over the inverse temperature, K. Source: Nelson (2000).
pub(super) const VAPOUR_K: f64 = 5205.0;

/// Heat that evaporates water, cal/mol. Source: Nelson (2000).
pub(super) fn evaporation_cal_mol(temperature_k: f64) -> f64 {
    13_550.0 - 10.22 * temperature_k
}

/// Heat beyond evaporation that frees water bound to wood, cal/mol. Source: Nelson (2000).
pub(super) fn sorption_cal_mol(moisture: f64) -> f64 {
    5040.0 * (-14.0 * moisture).exp()
}

/// Speed at which water spreads in wood, bound and as vapour, cm2/h.
///
/// `humidity` is that at the surface, `fibre_saturation` the moisture above which water is free.
///
/// Source: Nelson (2000), Can. J. For. Res. 30:1071.
pub(super) fn diffusivity_cm2_h(
    temperature_c: f64,
    moisture: f64,
    humidity: f64,
    fibre_saturation: f64,
) -> f64 {
    let temperature_k = temperature_c + FREEZING_K;
    let (bound, humidity) =
        if moisture < fibre_saturation { (moisture, humidity) } else { (fibre_saturation, WET_HUMIDITY) };
    let per_moisture = Isotherm::at(temperature_c).humidity_per_moisture(humidity);

    // Volumes per gram of dry wood: bound water, and cell wall with it.
    let water_cm3 = bound / (1.3 - 0.64 * bound);
    let wall_cm3 = 0.685 + water_cm3;
    let wall_share = wall_cm3 / (1.0 / DENSITY_G_CM3 + water_cm3);

    let vapour_heat_cal_mol_k = 7.22 + 0.002374 * temperature_k + 2.67e-7 * temperature_k * temperature_k;
    let activation_cal_mol = (evaporation_cal_mol(temperature_k) + sorption_cal_mol(bound)
        - vapour_heat_cal_mol_k * temperature_k)
        / 1.2;
    let winding = 1.0 / (2.0 - water_cm3 / wall_cm3);
    let whole_wood = 1.0 / ((1.0 - (1.0 - wall_share).sqrt()) * wall_share);
    let along_walls = 3600.0
        * 0.0985
        * winding
        * whole_wood
        * (-activation_cal_mol / (GAS_CAL_MOL_K * temperature_k)).exp();

    let in_air_cm2_h =
        0.22 * 3600.0 * (SEA_LEVEL_CAL_CM3 / PRESSURE_CAL_CM3) * (temperature_k / FREEZING_K).powf(1.75);
    // 18 g/mol; 0.016 is how much walls hinder vapour between cavities.
    let as_vapour =
        18.0 * 0.016 * (1.0 - wall_share) * in_air_cm2_h * saturation_cal_cm3(temperature_k) * per_moisture
            / (DENSITY_G_CM3 * GAS_CAL_MOL_K * temperature_k);
    along_walls + as_vapour
}
