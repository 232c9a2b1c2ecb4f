//! Crown fire at one point: whether a surface fire takes the crowns, and what spreads then.
//!
//! A [`CrownModel`] holds the method and the fuel bed that Rothermel's rate is scaled from, [`MoistCrownModel`] adds
//! the moisture, and [`MoistCrownModel::fire`] is the inner loop of a front solver, without allocation.
//! [`MoistCrownModel::behavior`] gives every quantity of the published methods, as programs print them.
//!
//! Whether crowns ignite is decided by the intensity of the surface fire's head. Rates are those of a head fire with
//! the wind; none knows of slope. Spotting is [`super::spotting`]'s.
//!
//! ```
//! use firecore::moisture::{DeadFuelMoisture, FuelMoisture, LiveFuelMoisture};
//! use firecore::spread::crown::{CanopyFuel, CrownClass, CrownMethod, CrownModel};
//! use firecore::spread::rothermel::FuelBeds;
//!
//! let dry = FuelMoisture {
//!     dead: DeadFuelMoisture { one_hour: 0.03, ten_hour: 0.04, hundred_hour: 0.05 },
//!     live: LiveFuelMoisture { herbaceous: 0.30, woody: 0.60 },
//! };
//! let litter = FuelBeds::standard().get(165).expect("TU5 burns").moistened(&dry);
//! let canopy =
//!     CanopyFuel { base_height_m: 1.2, bulk_density_kg_m3: 0.2, height_m: 18.0, foliar_moisture: 1.0 };
//! let crowns = CrownModel::new(CrownMethod::Cruz2005).moistened(&dry);
//! let surface_at = |wind_10m_m_s: f64| litter.spread([0.1 * wind_10m_m_s, 0.0], [0.0, 0.0]);
//!
//! let fire = crowns.fire(&surface_at(10.0), &canopy, 10.0, surface_at);
//! assert_eq!(fire.class, CrownClass::Active);
//! assert!(fire.heading_rate_of_spread_m_s > surface_at(10.0).heading_rate_of_spread_m_s);
//! ```

use std::fmt;
use std::str::FromStr;

use super::ellipse::{self, LENGTH_TO_WIDTH_MAX};
use super::rothermel::{FuelBed, MoistBed, SurfaceSpread};
use super::{UnknownName, by_name};
use crate::fuel::FuelModel;
use crate::moisture::FuelMoisture;

mod behavior;
mod canopy;
mod constants;
mod rate;
mod shape;

pub use behavior::{CrownBehavior, FinalFire, torching_wind_10m_m_s};
pub use canopy::CanopyFuel;
pub use constants::Constants;
pub use shape::{area_m2, flame_length_m, length_to_width, perimeter_m};

/// Code of the fuel model whose rate of spread Rothermel's crown fire follows: timber with understory.
const TIMBER_UNDERSTORY: u8 = 10;

/// Which published method gives rate, crown fraction burned and heat of a crown fire.
///
/// All four decide by Van Wagner (1977) whether crowns ignite.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CrownMethod {
    /// Cruz, Alexander and Wakimoto (2005): active and passive rates fitted to experimental crown fires.
    Cruz2005,
    /// Scott and Reinhardt (2001), RMRS-RP-29: Rothermel's active rate, reached bit by bit as wind rises.
    ScottReinhardt2001,
    /// Rothermel (1991), INT-438: 3.34 times fuel model 10; torching does not speed the fire.
    Rothermel1991,
    /// Finney (1998), RMRS-RP-4: Rothermel's active rate by Van Wagner's crown fraction burned.
    Finney1998,
}

impl CrownMethod {
    /// Every method.
    pub const ALL: [Self; 4] =
        [Self::Cruz2005, Self::ScottReinhardt2001, Self::Rothermel1991, Self::Finney1998];

    /// The name that settings and files use.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cruz2005 => "cruz-2005",
            Self::ScottReinhardt2001 => "scott-reinhardt-2001",
            Self::Rothermel1991 => "rothermel-1991",
            Self::Finney1998 => "finney-1998",
        }
    }
}

impl fmt::Display for CrownMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for CrownMethod {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        by_name(name, &Self::ALL.map(|method| (method.name(), method)))
    }
}

/// What burns, from least to most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CrownClass {
    /// The surface alone.
    Surface,
    /// The surface alone, though the wind would carry a crown fire that came in from elsewhere.
    Conditional,
    /// Trees torch singly or in groups.
    Passive,
    /// A wall of flame from the ground to above the crowns.
    Active,
}

impl CrownClass {
    /// By whether the surface fire ignites crowns, and whether a crown fire would go on from tree to tree.
    ///
    /// Source: Van Wagner (1977); the conditional class by Scott and Reinhardt (2001), RMRS-RP-29.
    fn of(ignites: bool, goes_on: bool) -> Self {
        match (ignites, goes_on) {
            (false, false) => Self::Surface,
            (false, true) => Self::Conditional,
            (true, false) => Self::Passive,
            (true, true) => Self::Active,
        }
    }

    /// Whether crowns burn.
    pub fn is_crown_fire(self) -> bool {
        matches!(self, Self::Passive | Self::Active)
    }
}

impl fmt::Display for CrownClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Surface => "surface",
            Self::Conditional => "conditional",
            Self::Passive => "passive",
            Self::Active => "active",
        })
    }
}

/// The head of a fire at one point, with or without crowns.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CrownFire {
    /// What burns.
    pub class: CrownClass,
    /// Rate of spread of the head, m/s; never below the surface fire's.
    pub heading_rate_of_spread_m_s: f64,
    /// Share of the canopy fuel that burns with the front, 0 to 1.
    pub crown_fraction_burned: f64,
    /// Heat released per unit area by the flaming front, kJ/m2: the surface fire's and the burned share of the
    /// canopy's. Byram's fireline intensity is this times the rate.
    pub heat_per_unit_area_kj_m2: f64,
    /// Length over width of the fire's ellipse, 1 to 8.
    pub length_to_width: f64,
}

impl CrownFire {
    /// A fire that leaves the crowns alone.
    fn of_surface(surface: &SurfaceSpread, class: CrownClass) -> Self {
        Self {
            class,
            heading_rate_of_spread_m_s: surface.heading_rate_of_spread_m_s,
            crown_fraction_burned: 0.0,
            heat_per_unit_area_kj_m2: surface.heat_per_unit_area_kj_m2,
            length_to_width: ellipse::length_to_width(surface.effective_wind_m_s),
        }
    }
}

/// A method made ready: all that does not depend on weather.
#[derive(Clone, Debug, PartialEq)]
pub struct CrownModel {
    method: CrownMethod,
    constants: Constants,
    bed: FuelBed,
}

impl CrownModel {
    /// The method, ready for any moisture.
    pub fn new(method: CrownMethod) -> Self {
        let model = FuelModel::standard(TIMBER_UNDERSTORY).expect("BUG: fuel model 10 is standard");
        let bed = FuelBed::of(model).expect("BUG: fuel model 10 burns");
        Self { method, constants: Constants::Exact, bed }
    }

    /// The same with a choice of unit constants.
    pub fn with_constants(mut self, constants: Constants) -> Self {
        self.constants = constants;
        self
    }

    /// The method at one fuel moisture: to be kept as long as the moisture holds.
    pub fn moistened(&self, moisture: &FuelMoisture) -> MoistCrownModel {
        MoistCrownModel {
            method: self.method,
            constants: self.constants,
            timber: self.bed.moistened(moisture),
            cruz_moisture_factor: rate::cruz_moisture_factor(moisture.dead.one_hour),
        }
    }
}

/// A method at one fuel moisture: what is left to know is the surface fire, the canopy and the wind.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MoistCrownModel {
    method: CrownMethod,
    constants: Constants,
    /// Fuel model 10 at this moisture.
    timber: MoistBed,
    cruz_moisture_factor: f64,
}

impl MoistCrownModel {
    /// The fire that a surface fire becomes under a canopy.
    ///
    /// **Shape**: the surface fire is that of the same place and moment; the wind is the open one at 10 m, as a speed.
    /// `surface_at` gives the surface fire here under another open wind at 10 m, m/s, everything else as it is; only
    /// Scott and Reinhardt's method asks, for torching fires.
    ///
    /// Below no canopy the surface fire comes back. The rate is never below the surface fire's, and the shape is the
    /// surface fire's as long as crowns do not speed it; from there on it turns into the crown fire's by the crown
    /// fraction burned.
    ///
    /// Source: [`CrownMethod`]; crown fraction burned by Cruz's method as in Finney (1998), as it has none of its own.
    /// Valid for: finite arguments, held to what [`CanopyFuel`] says and to 1000 m/s.
    pub fn fire(
        &self,
        surface: &SurfaceSpread,
        canopy: &CanopyFuel,
        wind_10m_m_s: f64,
        surface_at: impl FnOnce(f64) -> SurfaceSpread,
    ) -> CrownFire {
        if !canopy.is_present() || surface.heading_rate_of_spread_m_s <= 0.0 {
            return CrownFire::of_surface(surface, CrownClass::Surface);
        }
        let linked = self.linked(surface, canopy, wind_10m_m_s, surface_at);
        if !linked.class.is_crown_fire() {
            return CrownFire::of_surface(surface, linked.class);
        }
        let rate_m_s = linked.rate_of_spread_m_s;
        let surface_shape = ellipse::length_to_width(surface.effective_wind_m_s);
        let crown_shape = length_to_width(wind_10m_m_s).min(LENGTH_TO_WIDTH_MAX);
        let blend =
            if rate_m_s > surface.heading_rate_of_spread_m_s { linked.crown_fraction_burned } else { 0.0 };
        CrownFire {
            class: linked.class,
            heading_rate_of_spread_m_s: rate_m_s.max(surface.heading_rate_of_spread_m_s),
            crown_fraction_burned: linked.crown_fraction_burned,
            heat_per_unit_area_kj_m2: surface.heat_per_unit_area_kj_m2
                + linked.crown_fraction_burned * canopy.heat_per_unit_area_kj_m2(),
            length_to_width: surface_shape + blend * (crown_shape - surface_shape),
        }
    }

    /// Rate of spread of a fire in all of the crowns, m/s: what the method takes for an active crown fire, whether or
    /// not there is one.
    ///
    /// Source: Cruz, Alexander and Wakimoto (2005), Can. J. For. Res. 35:1626; the other methods Rothermel (1991),
    /// INT-438: 3.34 times the rate of fuel model 10 at 0.4 of the wind at 20 ft, on level ground.
    /// Valid for: Cruz: experimental fires in conifer stands, most of them Canadian; Rothermel: a handful of wildfires
    /// in the northern Rocky Mountains.
    pub fn active_rate_of_spread_m_s(&self, canopy: &CanopyFuel, wind_10m_m_s: f64) -> f64 {
        match self.method {
            CrownMethod::Cruz2005 => rate::cruz_active_m_s(
                wind_10m_m_s,
                canopy.held_bulk_density_kg_m3(),
                self.cruz_moisture_factor,
            ),
            _ => rate::rothermel_active_m_s(&self.timber, wind_10m_m_s),
        }
    }

    /// Rate of spread of a fire that torches trees one by one, m/s, by Cruz's fit; by the other methods, which have no
    /// such rate, that of an active crown fire.
    ///
    /// Source: Cruz, Alexander and Wakimoto (2005), Can. J. For. Res. 35:1626.
    pub fn passive_rate_of_spread_m_s(&self, canopy: &CanopyFuel, wind_10m_m_s: f64) -> f64 {
        let active_m_s = self.active_rate_of_spread_m_s(canopy, wind_10m_m_s);
        match self.method {
            CrownMethod::Cruz2005 => {
                rate::cruz_passive_m_s(active_m_s, active_m_s / self.critical_active_m_s(canopy))
            }
            _ => active_m_s,
        }
    }

    fn critical_fireline_intensity_kw_m(&self, canopy: &CanopyFuel) -> f64 {
        self.constants.critical_fireline_intensity_kw_m(canopy)
    }

    fn critical_active_m_s(&self, canopy: &CanopyFuel) -> f64 {
        self.constants.critical_active_rate_of_spread_m_s(canopy)
    }

    /// Rate of spread at which a surface fire's intensity ignites crowns, m/s.
    fn critical_surface_m_s(&self, surface: &SurfaceSpread, canopy: &CanopyFuel) -> Option<f64> {
        let heat_kj_m2 = surface.heat_per_unit_area_kj_m2;
        (heat_kj_m2 > 0.0).then(|| self.critical_fireline_intensity_kw_m(canopy) / heat_kj_m2)
    }
}
