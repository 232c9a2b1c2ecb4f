//! The standard moisture scenarios D1L1 to D4L4, for comparing fuels at equal dryness.
//!
//! ```
//! use firecore::moisture::scenario::Scenario;
//!
//! let dry: Scenario = "D1L1".parse()?;
//! assert_eq!(dry.moisture().dead.one_hour, 0.03);
//! # Ok::<(), firecore::moisture::ClassError>(())
//! ```

use std::fmt;
use std::str::FromStr;

use super::class::{ClassError, classes, place};
use super::{DeadFuelMoisture, FuelMoisture, LiveFuelMoisture};

classes! {
    /// Dryness of the dead fuel.
    DeadScenario: "a dead fuel scenario" {
        /// Very low: 3, 4 and 5 %.
        VeryLow = "D1",
        /// Low: 6, 7 and 8 %.
        Low = "D2",
        /// Moderate: 9, 10 and 11 %.
        Moderate = "D3",
        /// High: 12, 13 and 14 %.
        High = "D4",
    }
}

classes! {
    /// Dryness of the live fuel.
    LiveScenario: "a live fuel scenario" {
        /// Fully cured: herbaceous 30 %, woody 60 %.
        FullyCured = "L1",
        /// Two thirds cured: 60 and 90 %.
        TwoThirdsCured = "L2",
        /// One third cured: 90 and 120 %.
        OneThirdCured = "L3",
        /// Fully green: 120 and 150 %.
        FullyGreen = "L4",
    }
}

impl DeadScenario {
    /// Source: Scott and Burgan (2005), RMRS-GTR-153, table 2.
    pub fn moisture(self) -> DeadFuelMoisture {
        let [one_hour, ten_hour, hundred_hour] = match self {
            Self::VeryLow => [0.03, 0.04, 0.05],
            Self::Low => [0.06, 0.07, 0.08],
            Self::Moderate => [0.09, 0.10, 0.11],
            Self::High => [0.12, 0.13, 0.14],
        };
        DeadFuelMoisture { one_hour, ten_hour, hundred_hour }
    }
}

impl LiveScenario {
    /// Source: Scott and Burgan (2005), RMRS-GTR-153, table 3.
    pub fn moisture(self) -> LiveFuelMoisture {
        let [herbaceous, woody] = match self {
            Self::FullyCured => [0.30, 0.60],
            Self::TwoThirdsCured => [0.60, 0.90],
            Self::OneThirdCured => [0.90, 1.20],
            Self::FullyGreen => [1.20, 1.50],
        };
        LiveFuelMoisture { herbaceous, woody }
    }
}

/// One of the 16 combinations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Scenario {
    /// Its dead fuel.
    pub dead: DeadScenario,
    /// Its live fuel.
    pub live: LiveScenario,
}

impl Scenario {
    /// All 16, from D1L1 to D4L4.
    pub fn all() -> impl Iterator<Item = Self> {
        DeadScenario::ALL
            .iter()
            .flat_map(|&dead| LiveScenario::ALL.iter().map(move |&live| Self { dead, live }))
    }

    /// Its moistures.
    pub fn moisture(self) -> FuelMoisture {
        FuelMoisture { dead: self.dead.moisture(), live: self.live.moisture() }
    }
}

impl fmt::Display for Scenario {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(&format!("{}{}", self.dead, self.live))
    }
}

impl FromStr for Scenario {
    type Err = ClassError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let names: Vec<String> = Self::all().map(|scenario| scenario.to_string()).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let place = place("a moisture scenario", &names, text)?;
        Ok(Self { dead: DeadScenario::ALL[place / 4], live: LiveScenario::ALL[place % 4] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scenario_is_read_back_from_its_name() {
        assert_eq!(Scenario::all().count(), 16);
        for scenario in Scenario::all() {
            assert_eq!(scenario.to_string().to_lowercase().parse(), Ok(scenario));
        }
    }

    #[test]
    fn scenarios_dry_from_four_to_one() {
        let moisture = |name: &str| name.parse::<Scenario>().unwrap().moisture();
        let (dry, wet) = (moisture("D1L1"), moisture("D4L4"));
        assert_eq!(dry.dead, DeadFuelMoisture { one_hour: 0.03, ten_hour: 0.04, hundred_hour: 0.05 });
        assert_eq!(dry.live, LiveFuelMoisture { herbaceous: 0.30, woody: 0.60 });
        assert_eq!(wet.dead, DeadFuelMoisture { one_hour: 0.12, ten_hour: 0.13, hundred_hour: 0.14 });
        assert_eq!(wet.live, LiveFuelMoisture { herbaceous: 1.20, woody: 1.50 });
        assert_eq!(moisture("D2L3").live.herbaceous, 0.90);
    }

    #[test]
    fn a_name_that_is_none_is_refused_with_those_there_are() {
        let error = "D5L1".parse::<Scenario>().unwrap_err().to_string();
        assert!(error.starts_with("a moisture scenario is one of D1L1, D1L2,"), "{error}");
        assert!(error.ends_with("D4L4, not 'D5L1'"), "{error}");
    }
}
