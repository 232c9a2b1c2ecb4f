//! What is forecast, for when, and what came of it.

use geo::MultiPolygon;
use jiff::Timestamp;

use crate::detection::ClusterId;
use crate::ensemble::reduce::ArrivalPercentiles;
use crate::ignition::Seed;
use crate::strategy::{Method, Priority};

/// What will be run: fixed when the run is planned.
#[derive(Clone, Debug, PartialEq)]
pub struct ForecastPlan {
    /// The fire.
    pub cluster_id: ClusterId,
    /// Rises by one with each plan of the cluster.
    pub version: u64,
    /// Which simulator.
    pub method: Method,
    /// How urgent.
    pub priority: Priority,
    /// Why this method and priority, in words and numbers.
    pub reason: String,
    /// What every member starts from.
    pub seed: Seed,
    /// Number of detections behind the seed.
    pub detection_count: usize,
    /// Number of members to run, at least 1.
    pub members: u32,
    /// Lead times, s after `seed.seeded_at`, rising; the last one is the horizon.
    pub lead_times_s: Vec<u32>,
}

impl ForecastPlan {
    /// The longest lead time, s.
    pub fn horizon_s(&self) -> u32 {
        self.lead_times_s.last().copied().unwrap_or(0)
    }
}

/// One input that a forecast used.
#[derive(Clone, Debug, PartialEq)]
pub struct InputNote {
    /// Which input: `terrain`, `fuel`, `canopy`, `wind`, `dead_fuel_moisture`, `live_fuel_moisture`, `assets`.
    pub input: String,
    /// Where it came from, as a user would name it.
    pub source: String,
    /// The instant that it describes, where it has one.
    pub valid_at: Option<Timestamp>,
    /// True where nothing was given and a built-in value stood in.
    pub fallback: bool,
}

/// Outline of the ground burned by a lead time in at least (100 - percentile) % of the members.
#[derive(Clone, Debug, PartialEq)]
pub struct PercentilePerimeter {
    /// 10, 50 or 90; the perimeters nest: 10 inside 50 inside 90.
    pub percentile: u8,
    /// Seconds after the seed.
    pub lead_time_s: u32,
    /// The seed's time plus the lead time.
    pub valid_at: Timestamp,
    /// Longitude and latitude; exterior rings counter-clockwise, holes clockwise, cut at the antimeridian.
    pub perimeter: MultiPolygon<f64>,
    /// Area inside, ha.
    pub area_ha: f64,
    /// Mean over the ground that burned in the hour before the lead time, of the members' mean intensity there, kW/m.
    pub fireline_intensity_kw_m: f64,
    /// The same on a scale of 0 to 1: flame length over 3.4 m (11 ft), at most 1.
    pub intensity: f64,
}

/// What came of a plan.
#[derive(Clone, Debug)]
pub struct Forecast {
    /// What was run.
    pub plan: ForecastPlan,
    /// When it was reduced.
    pub issued_at: Timestamp,
    /// Members whose results are in it.
    pub members_used: u32,
    /// Members that failed or did not answer in time.
    pub members_lost: u32,
    /// Lead times rising, and 10, 50, 90 for each.
    pub perimeters: Vec<PercentilePerimeter>,
    /// Percentiles of the members' arrival times: what the perimeters are contours of.
    pub arrival: ArrivalPercentiles,
    /// The fire reached the edge of the known ground in some member.
    pub edge_reached: bool,
    /// Why the fire did not spread, where it did not in any member.
    pub no_spread: Option<String>,
    /// Every input with its source, age and whether it was a fall-back.
    pub inputs: Vec<InputNote>,
    /// What fell short of the plan and why, in words; empty when nothing did.
    pub degradations: Vec<String>,
}
