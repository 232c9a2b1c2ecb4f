//! Embers from active crown fires: a wall of flame, the plume above it, and the fall of a char cylinder.
//!
//! Lengths are in units of the canopy's height above the canopy's top, speeds in units of sqrt(g x canopy height),
//! as published.

use super::{LENGTH_FT_MAX, wind_20ft_mph};
use crate::units::{M_PER_FT, M_S_PER_KM_H, M_S_PER_MPH};

/// Height that the 20 ft wind is measured at, m.
const WIND_HEIGHT_M: f64 = 20.0 * M_PER_FT;

/// Diameter of the char that still ignites where it lands, mm. Source: firelab/behave's default.
const EMBER_DIAMETER_MM: f64 = 0.5;

/// Fireline intensity below which the model has nothing to say, kW/m. Source: firelab/behave.
const INTENSITY_KW_M_MIN: f64 = 1000.0;

/// Intensity that fires are held below, kW/m: far beyond any fire's.
const INTENSITY_KW_M_MAX: f64 = 1e7;

/// Canopies and winds below which the model has nothing to say, m and km/h. Source: firelab/behave.
const CANOPY_M_MIN: f64 = 0.1;
const WIND_KM_H_MIN: f64 = 0.1;

/// Acceleration of gravity, m/s2, as the published program has it.
const GRAVITY_M_S2: f64 = 9.82;

/// Shape of the wind profile above the canopy: speed grows with 1 + ln(1 + 2.94 z). Source: the authors.
const PROFILE: f64 = 2.94;

/// Length of a step along the plume. Source: the authors' program. Distances depend on it: steps of a tenth change
/// those of the reference cases by 0.4 % in the median, and where embers hardly rise up to threefold (one of 4 m).
const STEP: f64 = 0.2;

/// Steps that are taken at most; the longest plume of the reference cases takes 2 626.
const STEPS_MAX: usize = 50_000;

/// Maximum spotting distance over level ground of an active crown fire, m; 0 below 1000 kW/m and in calm air.
///
/// **Shape**: fireline intensity of the crown fire, height of the canopy (half of it where the stand is open), open
/// wind at 10 m.
///
/// Source: Albini, Alexander and Cruz (2012), Int. J. Wildland Fire 21:609, for char of 0.5 mm on landing, in the steps
/// that the authors' program takes.
/// Valid for: steady fires in closed conifer stands on level ground.
pub fn active_crown_fire(fireline_intensity_kw_m: f64, canopy_height_m: f64, wind_10m_m_s: f64) -> f64 {
    let Some(wind_mph) = wind_20ft_mph(wind_10m_m_s) else { return 0.0 };
    let wind_km_h = wind_mph * M_S_PER_MPH / M_S_PER_KM_H;
    let canopy_m = canopy_height_m.min(LENGTH_FT_MAX * M_PER_FT);
    let intensity_kw_m = fireline_intensity_kw_m.min(INTENSITY_KW_M_MAX);
    if canopy_m <= CANOPY_M_MIN || wind_km_h <= WIND_KM_H_MIN || intensity_kw_m < INTENSITY_KW_M_MIN {
        return 0.0;
    }
    let canopy_wind_m_s = wind_mph * M_S_PER_MPH / (1.0 + (1.0 + PROFILE * WIND_HEIGHT_M / canopy_m).ln());
    let plume = Plume {
        flame: flame_height(intensity_kw_m, canopy_m, canopy_wind_m_s),
        wind: canopy_wind_m_s / (GRAVITY_M_S2 * canopy_m).sqrt(),
        // A cylinder loses 0.064 mm of its diameter over a fall of 1 m.
        char_share: (EMBER_DIAMETER_MM + 0.064 * canopy_m) / (0.064 * canopy_m),
    };
    let [along, up] = plume.highest();
    canopy_m * (along + plume.drift(up))
}

/// Height of the flame above the canopy: of y ln y = c the root, less 1, over the profile's 2.94.
///
/// The root is found as the authors' program finds it, by halving until c is met to 1e-6: distances of a few metres
/// are sensitive to what is left.
fn flame_height(intensity_kw_m: f64, canopy_m: f64, canopy_wind_m_s: f64) -> f64 {
    let met = 7.791e-3 * intensity_kw_m / (canopy_m * canopy_wind_m_s);
    let (mut low, mut high) = (1.0, if met < 700.0 { met.exp() } else { 1.0 + met });
    let mut middle = 0.5 * (low + high);
    // 1074 halvings bring any two numbers together.
    for _ in 0..1074 {
        let reached = middle * middle.ln();
        if (reached - met).abs() <= 1e-6 {
            break;
        }
        if reached >= met {
            high = middle;
        } else {
            low = middle;
        }
        middle = 0.5 * (low + high);
    }
    (middle - 1.0) / PROFILE
}

/// The plume above a wall of flame.
struct Plume {
    /// Height of the flame above the canopy.
    flame: f64,
    /// Wind at the top of the canopy.
    wind: f64,
    /// Diameter that an ember at the top of the canopy must have had, over what it loses on a fall of a canopy height.
    char_share: f64,
}

impl Plume {
    /// Where the plume's lower edge lets go of the ember that lands last: downwind and up.
    fn highest(&self) -> [f64; 2] {
        let rise = 1.0 + PROFILE * self.flame;
        let log = rise.ln();
        // At the flame's tip: mass flux, downwind speed, and the tilt of the plume.
        let flux = 0.468 * rise * log;
        let tip_along = 1.3765 * (self.flame + rise * log * log) / flux;
        let tilt = 1.40 * self.flame / (self.wind * (rise - 1.0 + rise * log * log).sqrt());
        let tip_up = tilt * tip_along;
        let tip_speed = tip_along.hypot(tip_up);
        let tip_density = 0.6;

        let flux_added = 0.2735 * flux;
        let momentum_added = 0.3765 * (self.flame + rise * log * log);
        let buoyancy = 2.0 * flux / (3.0 * self.wind * self.wind);
        let heat = 2.0 * flux / 3.0;
        let lift_per_height = 0.00838 / (self.wind * self.wind);

        let (mut x, mut z) = (self.flame / tilt, self.flame);
        let (mut along, mut up, mut speed) = (tip_along, tip_up, tip_speed);
        let mut momentum_up = flux * tip_up;
        let width = flux / (tip_density * tip_speed);
        let mut below = [0.5 * width * up / speed, 0.0];
        let mut edge = [x + below[0], z - 0.5 * width * along / speed];
        let mut lift = 0.5 * tip_density * up * up;
        for _ in 0..STEPS_MAX {
            if lift < lift_per_height * (edge[1] + self.char_share) {
                return below;
            }
            let dz = STEP * up / speed;
            x += STEP * along / speed;
            z += dz;
            let rise = 1.0 + PROFILE * z;
            let log = rise.ln();
            let flux_here = 0.34 * rise * log + flux_added;
            along = (z + 0.34 * rise * log * log + momentum_added) / flux_here;
            momentum_up += buoyancy / speed * dz;
            up = momentum_up / flux_here;
            speed = along.hypot(up);
            let lightness = 1.0 + heat / flux_here;
            let width = flux_here * lightness / speed;
            below = edge;
            edge = [x + 0.5 * width * up / speed, z - 0.5 * width * along / speed];
            lift = 0.5 * up * up / lightness;
        }
        below
    }

    /// How far an ember drifts while it falls from a height to the canopy, in closed form.
    fn drift(&self, height: f64) -> f64 {
        let share = self.char_share;
        let start = (share / (share + height)).sqrt();
        let end = (share / (share - 0.34)).sqrt();
        let ratio = end / start;
        let log = |value: f64| ((value + 1.0) / (value - 1.0)).ln();
        let path = 1.0 + (1.0 + PROFILE * height).ln() - start + (log(ratio) - log(end)) / ratio;
        10.9 * path * self.wind * (height + share).sqrt()
    }
}
