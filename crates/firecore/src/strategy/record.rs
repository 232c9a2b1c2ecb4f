//! What a decision rested on, and what would have changed it.

use super::{Facts, Method, Priority, Thresholds, table};
use crate::asset::NearestAsset;

/// The line of the table that a decision follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// An asset is at most `near_m` away.
    Near,
    /// The nearest asset is farther than `near_m` and at most `far_m` away.
    Far,
    /// The nearest asset is farther than `far_m` away.
    Beyond,
    /// No asset is known.
    NoAsset,
}

impl Rule {
    /// As it is written on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Near => "asset_near",
            Self::Far => "asset_far",
            Self::Beyond => "assets_beyond",
            Self::NoAsset => "no_asset",
        }
    }
}

/// Everything that a decision rested on.
#[derive(Clone, Debug, PartialEq)]
pub struct DecisionRecord {
    /// The line of the table.
    pub rule: Rule,
    /// Where the table's lines lay.
    pub thresholds: Thresholds,
    /// What was known.
    pub facts: Facts,
    /// What had the last word over the table, where something had.
    pub overridden: Option<String>,
    /// The least changes that would have led elsewhere.
    pub counterfactuals: Vec<Counterfactual>,
}

/// A change of one fact, and what would have been decided then.
#[derive(Clone, Debug, PartialEq)]
pub struct Counterfactual {
    /// What would have to be different.
    pub change: Change,
    /// The method then.
    pub method: Method,
    /// The priority then.
    pub priority: Priority,
    /// The same in words.
    pub text: String,
}

/// A change of one fact.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Change {
    /// The nearest asset lies closer by this, m.
    Nearer(f64),
    /// The nearest asset lies farther away by more than this, m.
    Farther(f64),
    /// There is an asset within this distance, m.
    AssetWithin(f64),
    /// There are so many more detections.
    MoreDetections(usize),
}

impl DecisionRecord {
    /// What the table rests on, and the changes that would cross its nearest lines.
    pub(super) fn new(rule: Rule, facts: &Facts, thresholds: &Thresholds) -> Self {
        let changes = changes(rule, facts, thresholds);
        let here = table(facts, thresholds);
        let counterfactuals = changes
            .into_iter()
            .filter_map(|change| {
                let (method, priority) = table(&changed(facts, change, thresholds), thresholds);
                let text = in_words(change, facts, method, priority);
                ((method, priority) != here).then_some(Counterfactual { change, method, priority, text })
            })
            .collect();
        Self { rule, thresholds: *thresholds, facts: facts.clone(), overridden: None, counterfactuals }
    }
}

fn changes(rule: Rule, facts: &Facts, thresholds: &Thresholds) -> Vec<Change> {
    let (near_m, far_m) = (thresholds.near_m, thresholds.far_m);
    let distance_m = facts.nearest_asset.as_ref().map_or(f64::INFINITY, |nearest| nearest.distance_m);
    let mut changes = match rule {
        Rule::Near if near_m < far_m => vec![Change::Farther(near_m - distance_m)],
        Rule::Near => vec![Change::Farther(far_m - distance_m)],
        Rule::Far => vec![Change::Nearer(distance_m - near_m), Change::Farther(far_m - distance_m)],
        Rule::Beyond => vec![Change::Nearer(distance_m - far_m)],
        Rule::NoAsset => vec![Change::AssetWithin(far_m)],
    };
    if facts.detection_count <= thresholds.detections_many {
        changes.push(Change::MoreDetections(thresholds.detections_many + 1 - facts.detection_count));
    }
    changes
}

/// The facts after a change; a little beyond a line that has to be crossed.
fn changed(facts: &Facts, change: Change, thresholds: &Thresholds) -> Facts {
    let mut facts = facts.clone();
    let known = facts.nearest_asset.take();
    let at = |distance_m: f64| {
        let known = known.clone().unwrap_or(NearestAsset {
            id: String::new(),
            name: None,
            distance_m: f64::INFINITY,
        });
        Some(NearestAsset { distance_m, ..known })
    };
    let distance_m = known.as_ref().map_or(f64::INFINITY, |nearest| nearest.distance_m);
    match change {
        // Exactly on the line: a difference of two distances may miss it by its last digit.
        Change::Nearer(_) if distance_m > thresholds.far_m => facts.nearest_asset = at(thresholds.far_m),
        Change::Nearer(_) => facts.nearest_asset = at(thresholds.near_m),
        Change::Farther(_) if distance_m <= thresholds.near_m => {
            facts.nearest_asset = at(thresholds.near_m.next_up());
        }
        Change::Farther(_) => facts.nearest_asset = at(thresholds.far_m.next_up()),
        Change::AssetWithin(reach_m) => facts.nearest_asset = at(reach_m),
        Change::MoreDetections(more) => {
            facts.nearest_asset = known;
            facts.detection_count += more;
        }
    }
    facts
}

fn in_words(change: Change, facts: &Facts, method: Method, priority: Priority) -> String {
    let asset = match facts.nearest_asset.as_ref().and_then(|nearest| nearest.name.as_ref()) {
        Some(name) => format!("the nearest asset ({name})"),
        None => "the nearest asset".to_owned(),
    };
    let condition = match change {
        Change::Nearer(by_m) => format!("if {asset} were {} m nearer", tenths(by_m)),
        Change::Farther(by_m) => format!("if {asset} were more than {} m farther away", tenths(by_m)),
        Change::AssetWithin(reach_m) => format!("if an asset lay within {} m", tenths(reach_m)),
        Change::MoreDetections(1) => "with 1 more detection".to_owned(),
        Change::MoreDetections(more) => format!("with {more} more detections"),
    };
    format!("{method}, priority {}, {condition}", priority.level())
}

fn tenths(metres: f64) -> f64 {
    (metres * 10.0).round() / 10.0
}
