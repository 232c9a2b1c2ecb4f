//! When the fire reaches what is worth protecting, and any other place.

use std::cmp::Ordering;

use jiff::{SignedDuration, Timestamp};

use super::{Forecast, ForecastPlan};
use crate::asset::Asset;
use crate::ensemble::impact::AssetArrival;
use crate::geo::{EastNorth, LonLat};
use crate::perimeter::Field;

/// Farther from a fire than this no place is looked up in its plane, m: a UTM plane is made for some hundred kilometres.
const PLANE_M_MAX: f64 = 2_000_000.0;

/// How a forecast's fire comes to an asset.
#[derive(Clone, Debug, PartialEq)]
pub struct AssetImpact {
    /// The asset's id.
    pub id: String,
    /// What it is, such as `hospital`.
    pub kind: Option<String>,
    /// What people call it.
    pub name: Option<String>,
    /// Time that people need to clear it, s, where it is known.
    pub clearance_s: Option<u32>,
    /// Great-circle distance from it to the nearest detection or mapped place of the fire, m; 0 inside a polygon.
    pub distance_m: f64,
    /// By each lead time.
    pub reached: Vec<ReachedBy>,
    /// When it is reached.
    pub arrival: ArrivalTime,
}

/// How likely a place or asset is reached by a lead time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ReachedBy {
    /// Seconds after the seed.
    pub lead_time_s: u32,
    /// Members that reach it.
    pub members: u32,
    /// Their share of all members.
    pub probability: f64,
}

/// When a place or asset is reached; seconds after the seed, `None`: not within the horizon. Of two that are there p90 is the
/// earlier one, as its perimeter is the larger.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ArrivalTime {
    /// By then at least 90 % of the members reach it.
    pub p10_s: Option<f64>,
    /// By then at least 50 % do.
    pub p50_s: Option<f64>,
    /// By then at least 10 % do.
    pub p90_s: Option<f64>,
}

/// What a forecast says of one place.
#[derive(Clone, Debug, PartialEq)]
pub struct AtPlace {
    /// Whether the place's own cell can burn. Where it cannot, what is said is of the cells beside it.
    pub burnable: bool,
    /// Members that burned the place's cell by each lead time.
    pub reached: Vec<ReachedBy>,
    /// When the place is reached, by the percentiles of the cells around it.
    pub arrival: ArrivalTime,
}

impl AssetImpact {
    /// Share of the members that reach it within the horizon.
    pub fn probability(&self) -> f64 {
        self.reached.last().map_or(0.0, |reached| reached.probability)
    }

    /// When its clearing must begin, so that it is done when one member in ten comes; `None` where fewer come or the time that it
    /// takes is not known.
    pub fn clear_by(&self, seeded_at: Timestamp) -> Option<Timestamp> {
        let arrival = instant(seeded_at, self.arrival.p90_s?);
        arrival.checked_sub(SignedDuration::from_secs(self.clearance_s?.into())).ok()
    }

    /// The earlier reached the more urgent: first by p90, then by p50 and p10, then by the distance now, then by id.
    fn by_urgency(&self, other: &Self) -> Ordering {
        let sooner = |a: Option<f64>, b: Option<f64>| {
            a.unwrap_or(f64::INFINITY).total_cmp(&b.unwrap_or(f64::INFINITY))
        };
        let (own, others) = (&self.arrival, &other.arrival);
        sooner(own.p90_s, others.p90_s)
            .then(sooner(own.p50_s, others.p50_s))
            .then(sooner(own.p10_s, others.p10_s))
            .then(other.probability().total_cmp(&self.probability()))
            .then(self.distance_m.total_cmp(&other.distance_m))
            .then_with(|| self.id.cmp(&other.id))
    }
}

impl ArrivalTime {
    /// The percentiles with their times, the earliest first.
    pub fn each(&self) -> [(u8, Option<f64>); 3] {
        [(90, self.p90_s), (50, self.p50_s), (10, self.p10_s)]
    }
}

/// The instant so many seconds after a seed.
pub fn instant(seeded_at: Timestamp, after_s: f64) -> Timestamp {
    // To the second: no front is known better.
    seeded_at + SignedDuration::from_secs(after_s.round() as i64)
}

/// What a plan's members give for the assets, the most urgent first. `assets` is the list that they were followed in.
pub fn asset_impacts(
    plan: &ForecastPlan,
    assets: &[Asset],
    arrivals: &[AssetArrival],
    members: u32,
) -> Vec<AssetImpact> {
    let impact = |arrival: &AssetArrival| {
        let asset = &assets[arrival.asset];
        let places = plan.seed.extent().map(|(place, _)| place);
        let counts = plan.lead_times_s.iter().zip(&arrival.reached);
        AssetImpact {
            id: asset.id.clone(),
            kind: asset.kind.clone(),
            name: asset.name.clone(),
            clearance_s: asset.clearance_s,
            distance_m: asset.distance_m(places).unwrap_or(f64::INFINITY),
            reached: counts.map(|(lead, count)| reached_by(*lead, *count, members)).collect(),
            arrival: ArrivalTime {
                p10_s: arrival.p10_s.map(f64::from),
                p50_s: arrival.p50_s.map(f64::from),
                p90_s: arrival.p90_s.map(f64::from),
            },
        }
    };
    let mut impacts: Vec<AssetImpact> = arrivals.iter().map(impact).collect();
    impacts.sort_by(AssetImpact::by_urgency);
    impacts
}

fn reached_by(lead_time_s: u32, count: u32, members: u32) -> ReachedBy {
    ReachedBy { lead_time_s, members: count, probability: f64::from(count) / f64::from(members.max(1)) }
}

impl Forecast {
    /// True where a place lies in the window of its members, whether it has its grids or not.
    pub fn covers(&self, place: LonLat) -> bool {
        self.on_plane(place).is_some_and(|at| self.arrival.shape.cell_at(at).is_some())
    }

    /// A place on the grids' plane; `None` far away from them, where it has no image.
    fn on_plane(&self, place: LonLat) -> Option<EastNorth> {
        let shape = &self.arrival.shape;
        let (start, _) = self.plan.seed.extent().next()?;
        let across_m = shape.cell_size_m * (shape.rows as f64).hypot(shape.cols as f64);
        (start.distance_m(place) <= (1.01 * across_m).min(PLANE_M_MAX))
            .then(|| self.arrival.frame.to_plane(place))
    }

    /// What it says of a place; `None` where the place lies outside of all members' windows, or it has no grids.
    pub fn at_place(&self, place: LonLat) -> Option<AtPlace> {
        if !self.has_grids() {
            return None;
        }
        let (arrival, shape) = (&self.arrival, &self.arrival.shape);
        let at = self.on_plane(place)?;
        let (row, col) = shape.cell_at(at)?;
        let in_cells = [
            (shape.north_m - at.north_m) / shape.cell_size_m,
            (at.east_m - shape.west_m) / shape.cell_size_m,
        ];
        let horizon_s = f64::from(self.plan.horizon_s());
        let time_s = |percentile: u8| {
            let arrival_s = arrival.percentile_s(percentile);
            let field = Field { shape, arrival_s, burnable: &arrival.burnable };
            let time_s = f64::from(field.time_at(in_cells));
            (time_s <= horizon_s).then_some(time_s.max(0.0))
        };
        let counts = self.burned.at(shape, &arrival.burnable, (row, col));
        let leads = self.burned.lead_times_s.iter().zip(counts);
        Some(AtPlace {
            burnable: arrival.burnable[shape.index(row, col)],
            reached: leads
                .map(|(lead, count)| reached_by(*lead, count.into(), self.burned.members))
                .collect(),
            arrival: ArrivalTime { p10_s: time_s(10), p50_s: time_s(50), p90_s: time_s(90) },
        })
    }
}

#[cfg(test)]
mod tests;
