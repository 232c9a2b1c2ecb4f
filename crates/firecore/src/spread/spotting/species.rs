//! Trees whose torching flames are known.

use std::fmt;
use std::str::FromStr;

/// Kind of tree. Source: Albini (1979), INT-GTR-56; southern pines as BehavePlus extends him.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TreeSpecies {
    /// *Picea engelmannii*.
    EngelmannSpruce,
    /// *Pseudotsuga menziesii*.
    DouglasFir,
    /// *Abies lasiocarpa*.
    SubalpineFir,
    /// *Tsuga heterophylla*.
    WesternHemlock,
    /// *Pinus ponderosa*.
    PonderosaPine,
    /// *Pinus contorta*.
    LodgepolePine,
    /// *Pinus monticola*.
    WesternWhitePine,
    /// *Abies grandis*.
    GrandFir,
    /// *Abies balsamea*.
    BalsamFir,
    /// *Pinus elliottii*.
    SlashPine,
    /// *Pinus palustris*.
    LongleafPine,
    /// *Pinus serotina*.
    PondPine,
    /// *Pinus echinata*.
    ShortleafPine,
    /// *Pinus taeda*.
    LoblollyPine,
}

/// Flame of one torching tree: each figure at a diameter of 1 in, and the power of the diameter that it goes with.
pub(super) struct Flames {
    pub(super) height_ft: f64,
    pub(super) height_exponent: f64,
    pub(super) duration: f64,
    pub(super) duration_exponent: f64,
}

impl TreeSpecies {
    /// Every species, in the order that BehavePlus counts them, from 0.
    pub const ALL: [Self; 14] = [
        Self::EngelmannSpruce,
        Self::DouglasFir,
        Self::SubalpineFir,
        Self::WesternHemlock,
        Self::PonderosaPine,
        Self::LodgepolePine,
        Self::WesternWhitePine,
        Self::GrandFir,
        Self::BalsamFir,
        Self::SlashPine,
        Self::LongleafPine,
        Self::PondPine,
        Self::ShortleafPine,
        Self::LoblollyPine,
    ];

    /// The name that settings and files use.
    pub fn name(self) -> &'static str {
        match self {
            Self::EngelmannSpruce => "engelmann-spruce",
            Self::DouglasFir => "douglas-fir",
            Self::SubalpineFir => "subalpine-fir",
            Self::WesternHemlock => "western-hemlock",
            Self::PonderosaPine => "ponderosa-pine",
            Self::LodgepolePine => "lodgepole-pine",
            Self::WesternWhitePine => "western-white-pine",
            Self::GrandFir => "grand-fir",
            Self::BalsamFir => "balsam-fir",
            Self::SlashPine => "slash-pine",
            Self::LongleafPine => "longleaf-pine",
            Self::PondPine => "pond-pine",
            Self::ShortleafPine => "shortleaf-pine",
            Self::LoblollyPine => "loblolly-pine",
        }
    }

    /// Source: Albini (1979), INT-GTR-56.
    pub(super) fn flames(self) -> Flames {
        let (height_ft, height_exponent) = match self {
            Self::EngelmannSpruce | Self::DouglasFir | Self::SubalpineFir | Self::WesternHemlock => {
                (15.7, 0.451)
            }
            Self::PonderosaPine | Self::LodgepolePine | Self::WesternWhitePine => (12.9, 0.453),
            Self::GrandFir | Self::BalsamFir => (16.5, 0.515),
            Self::SlashPine
            | Self::LongleafPine
            | Self::PondPine
            | Self::ShortleafPine
            | Self::LoblollyPine => (2.71, 1.0),
        };
        let (duration, duration_exponent) = match self {
            Self::EngelmannSpruce | Self::PonderosaPine | Self::LodgepolePine => (12.6, -0.256),
            Self::DouglasFir
            | Self::SubalpineFir
            | Self::WesternWhitePine
            | Self::GrandFir
            | Self::BalsamFir => (10.7, -0.278),
            Self::WesternHemlock => (6.30, -0.249),
            Self::SlashPine | Self::LongleafPine => (11.9, -0.389),
            Self::PondPine | Self::ShortleafPine => (7.91, -0.344),
            Self::LoblollyPine => (13.5, -0.544),
        };
        Flames { height_ft, height_exponent, duration, duration_exponent }
    }
}

impl fmt::Display for TreeSpecies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// No tree whose torching flames are known has this name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no tree species with known flames is called {name:?}: names are like douglas-fir or ponderosa-pine")]
pub struct UnknownTreeSpecies {
    /// What was asked for.
    pub name: String,
}

impl FromStr for TreeSpecies {
    type Err = UnknownTreeSpecies;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|species| species.name() == name);
        found.ok_or_else(|| UnknownTreeSpecies { name: name.to_owned() })
    }
}
