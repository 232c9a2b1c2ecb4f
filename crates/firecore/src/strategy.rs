//! Which simulator a fire's forecast uses, how urgent it is, and why.
//!
//! ```
//! use firecore::strategy::{Facts, Method, Thresholds, decide};
//! let facts = Facts { nearest_asset: None, detection_count: 8, requested: None };
//! let decision = decide(&facts, &Thresholds::default());
//! assert_eq!((decision.method, decision.priority.level()), (Method::Surrogate, 6));
//! ```

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::asset::NearestAsset;

mod record;
#[cfg(test)]
mod tests;

pub use record::{Change, Counterfactual, DecisionRecord, Rule};

/// Decides how a fire is forecast.
///
/// | nearest asset | method | priority |
/// | --- | --- | --- |
/// | at most `near_m` | PhysX | 1 |
/// | at most `far_m` | PhysX | 3 |
/// | farther, or none known | surrogate | 7 |
///
/// More than `detections_many` detections are one step (one level) more urgent. A requested priority is a
/// hint of at most one step and never changes the method: critical and high one step more urgent, low one
/// step less, normal none. The steps are added up and the sum is held inside 1 to 10.
pub fn decide(facts: &Facts, thresholds: &Thresholds) -> Decision {
    let (rule, mut why) = by_distance(facts.nearest_asset.as_ref(), thresholds);
    let many = thresholds.detections_many;
    if facts.detection_count > many {
        why += &format!(
            "; {} detections (more than {many}) make it one step more urgent",
            facts.detection_count
        );
    }
    if let Some(requested) = facts.requested {
        why += &match requested.steps() {
            0 => String::new(),
            steps => {
                let direction = if steps < 0 { "more" } else { "less" };
                format!("; the requested priority {requested} makes it one step {direction} urgent")
            }
        };
    }
    if level(rule, facts, thresholds) < 1 {
        why += "; 1 is the most urgent";
    }
    let (method, priority) = table(facts, thresholds);
    let reason = format!("{method}, priority {}: {why}", priority.level());
    Decision { method, priority, reason, record: DecisionRecord::new(rule, facts, thresholds) }
}

/// Method and priority alone.
fn table(facts: &Facts, thresholds: &Thresholds) -> (Method, Priority) {
    let (rule, _) = by_distance(facts.nearest_asset.as_ref(), thresholds);
    let method = match rule {
        Rule::Near | Rule::Far => Method::PhysX,
        Rule::Beyond | Rule::NoAsset => Method::Surrogate,
    };
    (method, Priority::new(level(rule, facts, thresholds).clamp(1, 10) as u8))
}

/// The sum of the steps, which may lie outside 1 to 10.
fn level(rule: Rule, facts: &Facts, thresholds: &Thresholds) -> i8 {
    let base = match rule {
        Rule::Near => 1,
        Rule::Far => 3,
        Rule::Beyond | Rule::NoAsset => 7,
    };
    let many = i8::from(facts.detection_count > thresholds.detections_many);
    base - many + facts.requested.map_or(0, RequestedPriority::steps)
}

fn by_distance(nearest: Option<&NearestAsset>, thresholds: &Thresholds) -> (Rule, String) {
    let Some(nearest) = nearest else {
        return (Rule::NoAsset, "no asset is known".to_owned());
    };
    let (near_m, far_m) = (thresholds.near_m, thresholds.far_m);
    let (rule, compared) = match nearest.distance_m {
        distance_m if distance_m <= near_m => (Rule::Near, format!("at most {near_m} m")),
        distance_m if distance_m <= far_m => (Rule::Far, format!("at most {far_m} m")),
        _ => (Rule::Beyond, format!("more than {far_m} m")),
    };
    let named = nearest.name.as_ref().map(|name| format!(" ({name})")).unwrap_or_default();
    let distance = in_words(nearest.distance_m);
    (rule, format!("nearest asset{named} {distance} away ({compared})"))
}

/// Metres with one decimal up to 2 km, where the thresholds lie; kilometres beyond.
fn in_words(distance_m: f64) -> String {
    match distance_m {
        distance_m if distance_m < 2000.0 => format!("{} m", (distance_m * 10.0).round() / 10.0),
        _ => format!("{:.1} km", distance_m / 1000.0),
    }
}

/// What is known about a fire when its forecast is decided.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facts {
    /// The asset nearest to any of its detections; `None` where no asset is known.
    pub nearest_asset: Option<NearestAsset>,
    /// How many detections it has.
    pub detection_count: usize,
    /// The priority that someone asked for.
    pub requested: Option<RequestedPriority>,
}

/// What was decided about a fire's forecast.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// Which simulator.
    pub method: Method,
    /// How urgent.
    pub priority: Priority,
    /// Why, in words and numbers.
    pub reason: String,
    /// What it rested on.
    pub record: DecisionRecord,
}

impl Decision {
    /// The same urgency by another method, because something else than the table has the last word.
    pub fn by(self, method: Method, why: &str) -> Self {
        let reason =
            format!("{method}, priority {}: {why}; decided was {}", self.priority.level(), self.reason);
        let record = DecisionRecord { overridden: Some(format!("{method}: {why}")), ..self.record };
        Self { method, priority: self.priority, reason, record }
    }
}

/// Where the decision table's lines lie.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Thresholds {
    near_m: f64,
    far_m: f64,
    detections_many: usize,
}

/// Why two distances are no thresholds.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum ThresholdsError {
    /// A distance is not finite or not positive.
    #[error("{field} must be a finite number of metres above 0, found {found}")]
    Distance {
        /// `near_m` or `far_m`.
        field: &'static str,
        /// The refused value, m.
        found: f64,
    },
    /// The near line lies beyond the far line.
    #[error("near_m must be at most far_m, found {near_m} and {far_m}")]
    Order {
        /// The near line, m.
        near_m: f64,
        /// The far line, m.
        far_m: f64,
    },
}

impl Thresholds {
    /// The two distances, and the number of detections above which a fire is more urgent.
    ///
    /// **Errors** when a distance is not finite and positive, or `near_m` exceeds `far_m`.
    pub fn new(near_m: f64, far_m: f64, detections_many: usize) -> Result<Self, ThresholdsError> {
        for (field, found) in [("near_m", near_m), ("far_m", far_m)] {
            if !(found.is_finite() && found > 0.0) {
                return Err(ThresholdsError::Distance { field, found });
            }
        }
        if near_m > far_m {
            return Err(ThresholdsError::Order { near_m, far_m });
        }
        Ok(Self { near_m, far_m, detections_many })
    }

    /// Up to here an asset makes a fire PhysX with priority 1, m.
    pub fn near_m(&self) -> f64 {
        self.near_m
    }

    /// Up to here an asset makes a fire PhysX with priority 3, m.
    pub fn far_m(&self) -> f64 {
        self.far_m
    }

    /// Above this many detections a fire is one step more urgent.
    pub fn detections_many(&self) -> usize {
        self.detections_many
    }
}

impl Default for Thresholds {
    /// 500 m, 1000 m, 5 detections.
    fn default() -> Self {
        Self { near_m: 500.0, far_m: 1000.0, detections_many: 5 }
    }
}

/// Which simulator a forecast uses; `"physx"` and `"surrogate"` on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Method {
    /// Rothermel spread over terrain, fuel and weather.
    PhysX,
    /// The analytic ellipse for the cluster's mean conditions.
    Surrogate,
}

impl Method {
    /// Both.
    pub const ALL: [Self; 2] = [Self::PhysX, Self::Surrogate];

    /// Its place in [`Method::ALL`].
    pub fn slot(self) -> usize {
        match self {
            Self::PhysX => 0,
            Self::Surrogate => 1,
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::PhysX => "physx",
            Self::Surrogate => "surrogate",
        })
    }
}

/// Urgency: 1 is the most urgent, 10 the least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Priority(u8);

impl Priority {
    /// A priority, held inside 1 to 10.
    pub fn new(level: u8) -> Self {
        Self(level.clamp(1, 10))
    }

    /// 1 (most urgent) to 10.
    pub fn level(self) -> u8 {
        self.0
    }
}

/// A priority that a request asks for; a hint, not an order. Ordered by urgency, low first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RequestedPriority {
    /// One step less urgent.
    Low,
    /// No step.
    Normal,
    /// One step more urgent.
    High,
    /// One step more urgent: a request cannot push a fire past what the assets near it decide.
    Critical,
}

impl RequestedPriority {
    /// Every requested priority, from the least to the most urgent.
    pub const ALL: [Self; 4] = [Self::Low, Self::Normal, Self::High, Self::Critical];

    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Normal => "normal",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }

    /// Levels that are added to the decided priority; negative is more urgent.
    fn steps(self) -> i8 {
        match self {
            Self::Low => 1,
            Self::Normal => 0,
            Self::High | Self::Critical => -1,
        }
    }
}

impl fmt::Display for RequestedPriority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A requested priority's name that is none of the four.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("priority must be one of low, normal, high, critical, found {found:?}")]
pub struct UnknownPriority {
    /// The refused name.
    pub found: String,
}

impl FromStr for RequestedPriority {
    type Err = UnknownPriority;

    fn from_str(name: &str) -> Result<Self, UnknownPriority> {
        let known = Self::ALL.into_iter().find(|priority| priority.as_str() == name);
        known.ok_or_else(|| UnknownPriority { found: name.to_owned() })
    }
}
