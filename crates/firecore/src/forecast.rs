//! What is forecast, for when, and what came of it.

use geo::MultiPolygon;
use jiff::{SignedDuration, Timestamp};

use crate::detection::ClusterId;
use crate::ensemble::reduce::{ArrivalPercentiles, BurnCounts};
use crate::ignition::Seed;
use crate::perimeter::{Field, Perimeter, Tolerance, area_ha, outlines};
use crate::spread::Physics;
use crate::spread::crown::CrownMethod;
use crate::spread::rothermel::flame_length_m;
use crate::strategy::{DecisionRecord, Method, Priority};
use crate::units::M_PER_FT;
use band::AreaBand;
use impact::AssetImpact;

pub mod band;
pub mod diff;
pub mod impact;
mod expects;
#[cfg(test)]
mod sample;

/// Lead times where none are asked for, s: 1, 3, 6, 12 and 24 h.
pub const LEAD_TIMES_S: [u32; 5] = [3_600, 10_800, 21_600, 43_200, 86_400];

/// The percentiles of every forecast.
pub const PERCENTILES: [u8; 3] = [10, 50, 90];

/// Flames of this length are beyond control at the head: the intensity scale's 1. Source: 11 ft, Andrews and Rothermel
/// (1982), INT-131.
const UNCONTROLLED_FLAME_LENGTH_M: f64 = 11.0 * M_PER_FT;

/// The stretch of time before a lead time whose burned ground gives the perimeter's intensity, s.
const INTENSITY_WINDOW_S: f32 = 3600.0;

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
    /// When it was decided.
    pub decided_at: Timestamp,
    /// What the decision rested on, and what would have changed it.
    pub record: DecisionRecord,
    /// What the order of runs rests on beside the priority.
    pub urgency: Urgency,
    /// Which fires its members know beside the one on the ground.
    pub physics: Physics,
    /// What every member starts from.
    pub seed: Seed,
    /// Number of detections behind the seed.
    pub detection_count: usize,
    /// Number of members to run, at least 1.
    pub members: u32,
    /// Lead times, s after `seed.seeded_at`, rising; the last one is the horizon.
    pub lead_times_s: Vec<u32>,
}

/// What the order of runs rests on beside the priority.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Urgency {
    /// The fire has no forecast yet.
    pub first: bool,
    /// Another run of the fire follows at once: this one only stands in until then.
    pub stands_in: bool,
    /// It grew by a good part, or beyond its last forecast, since that one was planned.
    pub grew: bool,
    /// What it lacks, in words: why there is this run.
    pub why: String,
}

impl Urgency {
    /// That of a first and only forecast.
    pub fn of_first(why: &str) -> Self {
        Self { first: true, stands_in: false, grew: false, why: why.to_owned() }
    }
}

impl ForecastPlan {
    /// The longest lead time, s.
    pub fn horizon_s(&self) -> u32 {
        self.lead_times_s.last().copied().unwrap_or(0)
    }

    /// How crowns burn, by name, and how many embers fly for each GJ; the surrogate throws none.
    pub fn beyond_surface_fire(&self) -> (Option<CrownMethod>, Option<f64>) {
        let embers = self.physics.embers.filter(|_| self.method == Method::PhysX);
        (self.physics.crown_fire, embers.map(|embers| embers.per_gj))
    }
}

/// One input that a forecast used.
#[derive(Clone, Debug, PartialEq)]
pub struct InputNote {
    /// Which input: `terrain`, `fuel`, `canopy`, `wind`, `dead_fuel_moisture`, `live_fuel_moisture`, `assets`,
    /// `perimeter`.
    pub input: String,
    /// Where it came from, as a user would name it.
    pub source: String,
    /// The instant that it describes, where it has one.
    pub valid_at: Option<Timestamp>,
    /// True where nothing was given and a built-in value stood in.
    pub fallback: bool,
}

/// Who computed members of a forecast.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SimulatorNote {
    /// The program with its version, and where it ran.
    pub simulator: String,
    /// How many of the members in the forecast.
    pub members: u32,
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
    /// Area inside on the ellipsoid, ha.
    pub area_ha: f64,
    /// Mean over the ground that burned in the hour before the lead time, of the members' mean intensity there, kW/m.
    pub fireline_intensity_kw_m: f64,
    /// The same on a scale of 0 to 1: flame length over 3.4 m (11 ft), at most 1.
    pub intensity: f64,
}

/// Why no more members are in a forecast.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Ending {
    /// It is provisional: members are still to come.
    StillRunning,
    /// Every member finished or failed.
    AllMembers,
    /// Time was up.
    Deadline,
    /// Every perimeter's band was within this share of its area.
    Settled {
        /// The share that was asked for.
        fraction: f64,
    },
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
    /// Members that are neither: still to come in a provisional forecast, not needed in one that had settled.
    pub members_left_out: u32,
    /// Why no more members are in it.
    pub ending: Ending,
    /// How sure each perimeter's area is, in the perimeters' order.
    pub bands: Vec<AreaBand>,
    /// Lead times rising, and 10, 50, 90 for each.
    pub perimeters: Vec<PercentilePerimeter>,
    /// How far the perimeters may lie from the contours of the arrival times, m; 0: they are those contours.
    pub perimeter_tolerance_m: f64,
    /// Percentiles of the members' arrival times: what the perimeters are contours of.
    pub arrival: ArrivalPercentiles,
    /// How many members burned each cell by each lead time, over the same grid.
    pub burned: BurnCounts,
    /// When the fire reaches the assets that lie in some member's window; the most urgent first.
    pub assets: Vec<AssetImpact>,
    /// Version of the list of assets that it was made with.
    pub assets_version: u64,
    /// The fire reached the edge of the known ground in some member.
    pub edge_reached: bool,
    /// Why the fire did not spread, where it did not in any member.
    pub no_spread: Option<String>,
    /// Every input with its source, age and whether it was a fall-back.
    pub inputs: Vec<InputNote>,
    /// Who computed its members.
    pub simulators: Vec<SimulatorNote>,
    /// What fell short of the plan and why, in words; empty when nothing did.
    pub degradations: Vec<String>,
}

impl Forecast {
    /// The same without the grids that its perimeters are contours of, which take most of its memory: where they lie stays.
    pub fn without_grids(&self) -> Self {
        let arrival = ArrivalPercentiles {
            frame: self.arrival.frame.clone(),
            shape: self.arrival.shape,
            p10_s: Vec::new(),
            p50_s: Vec::new(),
            p90_s: Vec::new(),
            fireline_intensity_kw_m: Vec::new(),
            burnable: Vec::new(),
        };
        self.with_grids(arrival, BurnCounts::default())
    }

    /// The same with other grids.
    pub fn with_grids(&self, arrival: ArrivalPercentiles, burned: BurnCounts) -> Self {
        Self {
            arrival,
            burned,
            plan: self.plan.clone(),
            bands: self.bands.clone(),
            perimeters: self.perimeters.clone(),
            assets: self.assets.clone(),
            no_spread: self.no_spread.clone(),
            inputs: self.inputs.clone(),
            simulators: self.simulators.clone(),
            degradations: self.degradations.clone(),
            ..*self
        }
    }

    /// False for what [`Forecast::without_grids`] gave.
    pub fn has_grids(&self) -> bool {
        self.arrival.burnable.len() == self.arrival.shape.len()
    }

    /// True while members are still to come.
    pub fn is_provisional(&self) -> bool {
        self.ending == Ending::StillRunning
    }
}

/// Perimeters of every lead time and percentile, lead times in the order given, simplified together.
///
/// `lead_times_s` are seconds after `seeded_at`, none beyond the horizon that the members ran for.
pub fn perimeters(
    arrival: &ArrivalPercentiles,
    lead_times_s: &[u32],
    seeded_at: Timestamp,
    tolerance: Tolerance,
) -> Vec<PercentilePerimeter> {
    let outlines = perimeter_outlines(arrival, lead_times_s, tolerance);
    let asked = band::each_perimeter(lead_times_s).zip(&outlines);
    asked.map(|(asked, outline)| perimeter_of(arrival, outline, asked, seeded_at)).collect()
}

/// The outlines of [`perimeters`], which are made together.
pub fn perimeter_outlines(
    arrival: &ArrivalPercentiles,
    lead_times_s: &[u32],
    tolerance: Tolerance,
) -> Vec<Perimeter> {
    let field = |percentile: u8| Field {
        shape: &arrival.shape,
        arrival_s: arrival.percentile_s(percentile),
        burnable: &arrival.burnable,
    };
    let asked = band::each_perimeter(lead_times_s);
    let levels: Vec<_> = asked.map(|(lead, percentile)| (field(percentile), lead as f32)).collect();
    outlines(&levels, tolerance)
}

/// One of [`perimeters`] by its outline, lead time and percentile: each can be made by itself.
pub fn perimeter_of(
    arrival: &ArrivalPercentiles,
    outline: &Perimeter,
    (lead_time_s, percentile): (u32, u8),
    seeded_at: Timestamp,
) -> PercentilePerimeter {
    let perimeter = outline.to_lon_lat(&arrival.frame);
    let recent_kw_m = recent_intensity_kw_m(arrival, arrival.percentile_s(percentile), lead_time_s as f32);
    PercentilePerimeter {
        percentile,
        lead_time_s,
        valid_at: seeded_at + SignedDuration::from_secs(i64::from(lead_time_s)),
        area_ha: area_ha(&perimeter),
        perimeter,
        fireline_intensity_kw_m: recent_kw_m,
        intensity: (flame_length_m(recent_kw_m) / UNCONTROLLED_FLAME_LENGTH_M).min(1.0),
    }
}

/// Mean over the cells that burned in the hour before a time; 0 when none did.
fn recent_intensity_kw_m(arrival: &ArrivalPercentiles, arrival_s: &[f32], time_s: f32) -> f64 {
    let (mut sum, mut cells) = (0.0, 0_u32);
    for (time, intensity) in arrival_s.iter().zip(&arrival.fireline_intensity_kw_m) {
        if *time <= time_s && *time > time_s - INTENSITY_WINDOW_S && *intensity > 0.0 {
            sum += f64::from(*intensity);
            cells += 1;
        }
    }
    if cells == 0 { 0.0 } else { sum / f64::from(cells) }
}
