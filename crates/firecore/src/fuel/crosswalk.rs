//! From other classifications of fuel and land cover to the standard fuel models.
//!
//! A crosswalk gives a map a fire that spreads at about the right rate; it knows nothing about the stand. Each row says
//! where it comes from and how much doubt there is. The Canadian system's own spread equations are not here: an FBP
//! raster is turned into fuel models for Rothermel's, and its crown fires are not those of the FBP system.
//!
//! ```
//! use firecore::fuel::crosswalk::Classification;
//!
//! let canada: Classification = "fbp".parse()?;
//! assert_eq!(canada.to_standard(2), Some(164)); // C-2 boreal spruce: TU4
//! assert_eq!(canada.to_standard(102), Some(98)); // water
//! assert_eq!(canada.to_standard(999), None);
//! # Ok::<(), firecore::fuel::crosswalk::UnknownClassification>(())
//! ```

use std::fmt;
use std::str::FromStr;

use crate::landscape::FuelCode;

mod corine;
mod europe;
mod fbp;
#[cfg(test)]
mod tests;

/// A classification that a fuel raster may follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Classification {
    /// Canadian Forest Fire Behavior Prediction fuel types, numbered as the national map of 2024 and most Canadian programs do.
    Fbp,
    /// The same, numbered as the national map of 2014.
    Fbp2014,
    /// FirEUrisk's map of Europe, where the climate is arid to semi-arid.
    FirEUriskArid,
    /// FirEUrisk's map of Europe, where the climate is sub-humid to humid.
    FirEUriskHumid,
    /// ESA WorldCover, where the climate is arid to semi-arid.
    WorldCoverArid,
    /// ESA WorldCover, where the climate is sub-humid to humid.
    WorldCoverHumid,
    /// CORINE land cover, where the climate is arid to semi-arid.
    CorineArid,
    /// CORINE land cover, where the climate is sub-humid to humid.
    CorineHumid,
}

impl Classification {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Fbp,
        Self::Fbp2014,
        Self::FirEUriskArid,
        Self::FirEUriskHumid,
        Self::WorldCoverArid,
        Self::WorldCoverHumid,
        Self::CorineArid,
        Self::CorineHumid,
    ];

    /// The name that settings and command lines use.
    pub fn name(self) -> &'static str {
        match self {
            Self::Fbp => "fbp",
            Self::Fbp2014 => "fbp-2014",
            Self::FirEUriskArid => "fireurisk-arid",
            Self::FirEUriskHumid => "fireurisk-humid",
            Self::WorldCoverArid => "worldcover-arid",
            Self::WorldCoverHumid => "worldcover-humid",
            Self::CorineArid => "corine-arid",
            Self::CorineHumid => "corine-humid",
        }
    }

    /// The standard fuel model that stands for a class of a raster; `None` for a number that is no class.
    pub fn to_standard(self, class: u16) -> Option<FuelCode> {
        let (entries, climate) = self.entries();
        let holds =
            |entry: &&Entry| entry.classes.iter().any(|(first, last)| (*first..=*last).contains(&class));
        entries.iter().find(holds).map(|entry| entry.models[climate as usize])
    }

    /// Every class with its model, in the order of the source's legend.
    pub fn rows(self) -> impl Iterator<Item = Row> {
        let (entries, climate) = self.entries();
        entries.iter().map(move |entry| Row {
            classes: entry.classes,
            name: entry.name,
            model: entry.models[climate as usize],
            basis: entry.basis,
            doubt: entry.doubt,
        })
    }

    fn entries(self) -> (&'static [Entry], Climate) {
        match self {
            Self::Fbp => (&fbp::FBP, Climate::Arid),
            Self::Fbp2014 => (&fbp::FBP_2014, Climate::Arid),
            Self::FirEUriskArid => (&europe::FIREURISK, Climate::Arid),
            Self::FirEUriskHumid => (&europe::FIREURISK, Climate::Humid),
            Self::WorldCoverArid => (&europe::WORLD_COVER, Climate::Arid),
            Self::WorldCoverHumid => (&europe::WORLD_COVER, Climate::Humid),
            Self::CorineArid => (&corine::CORINE, Climate::Arid),
            Self::CorineHumid => (&corine::CORINE, Climate::Humid),
        }
    }
}

/// A class and the model that stands for it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Row {
    /// The class's numbers in a raster: runs from the first to the last of each pair.
    pub classes: &'static [(u16, u16)],
    /// What the source calls it.
    pub name: &'static str,
    /// Code of the standard fuel model, or of ground that does not burn.
    pub model: FuelCode,
    /// Where the row comes from.
    pub basis: Basis,
    /// How far the class may lie from the model.
    pub doubt: Doubt,
}

/// Where a row of a crosswalk comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// A publication gives this model.
    Published(&'static str),
    /// A publication gives several models; ours is one of them, for the reason named.
    ChosenAmongPublished(&'static str),
    /// No publication was found: our choice, for the reason named.
    OurChoice(&'static str),
}

/// How far a class may lie from its model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// The class says as much as the model.
    Low,
    /// The model is one of a few neighbours that would do.
    Some,
    /// The class holds fuels of very different kinds.
    High,
}

/// A name that no classification has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("needed one of {}, found \"{found}\"", names())]
pub struct UnknownClassification {
    /// The name.
    pub found: String,
}

fn names() -> String {
    Classification::ALL.map(Classification::name).join(", ")
}

impl FromStr for Classification {
    type Err = UnknownClassification;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|classification| classification.name() == text);
        found.ok_or_else(|| UnknownClassification { found: text.to_owned() })
    }
}

impl fmt::Display for Classification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Which of an entry's models counts.
#[derive(Clone, Copy)]
enum Climate {
    Arid = 0,
    Humid = 1,
}

/// A class with its models in both climates.
struct Entry {
    classes: &'static [(u16, u16)],
    name: &'static str,
    /// In arid and in humid climate.
    models: [FuelCode; 2],
    basis: Basis,
    doubt: Doubt,
}

const fn entry(
    classes: &'static [(u16, u16)],
    name: &'static str,
    models: [FuelCode; 2],
    basis: Basis,
    doubt: Doubt,
) -> Entry {
    Entry { classes, name, models, basis, doubt }
}
