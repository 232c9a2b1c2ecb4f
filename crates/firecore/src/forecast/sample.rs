//! A forecast that tests can build in a moment: ten members that spread evenly, each at its own rate.

use std::sync::Arc;

use super::band::each_perimeter;
use super::impact::asset_impacts;
use super::*;
use crate::asset::{Asset, AssetIndex};
use crate::ensemble::MemberIndex;
use crate::ensemble::impact::Watch;
use crate::ensemble::reduce::Reducer;
use crate::geo::{EastNorth, LocalFrame, LonLat};
use crate::grid::{Grid, GridShape};
use crate::ignition::Ignition;
use crate::spread::ArrivalTimes;
use crate::strategy::{Facts, Thresholds, decide};

pub(crate) const CELL_M: f64 = 30.0;
pub(crate) const LEADS_S: [u32; 2] = [3_600, 7_200];

/// What a test may change.
#[derive(Clone, Debug)]
pub(crate) struct Sample {
    pub(crate) version: u64,
    pub(crate) method: Method,
    pub(crate) seeded_at: Timestamp,
    /// Of the median member; the others have up to 45 % less or more.
    pub(crate) rate_m_s: f64,
    /// Half the side of the window, cells.
    pub(crate) reach: i64,
    pub(crate) cell_m: f64,
    /// Cells that the window lies farther east, of a grid that stays.
    pub(crate) east: i64,
    pub(crate) assets: Vec<Asset>,
}

impl Default for Sample {
    fn default() -> Self {
        Self {
            version: 1,
            method: Method::PhysX,
            seeded_at: "2024-08-01T20:00:00Z".parse().unwrap(),
            rate_m_s: 0.1,
            reach: 60,
            cell_m: CELL_M,
            east: 0,
            assets: Vec::new(),
        }
    }
}

/// Where every sample starts.
pub(crate) fn start() -> LonLat {
    place(0.0, 0.0)
}

/// The place so many metres east and north of the start, which is the corner of four cells.
pub(crate) fn place(east_m: f64, north_m: f64) -> LonLat {
    frame().to_lon_lat(EastNorth { east_m: 300_000.0 + east_m, north_m: 3_700_020.0 + north_m })
}

/// A point asset there.
pub(crate) fn asset(id: &str, east_m: f64, north_m: f64) -> Asset {
    let at = place(east_m, north_m);
    Asset {
        id: id.to_owned(),
        kind: Some("camp".to_owned()),
        name: None,
        clearance_s: None,
        geometry: geo::Point::new(at.lon_deg(), at.lat_deg()).into(),
    }
}

fn frame() -> LocalFrame {
    LocalFrame::utm(11, false)
}

impl Sample {
    pub(crate) fn forecast(&self) -> Forecast {
        let plan = self.plan();
        let assets = Arc::new(AssetIndex::new(self.assets.clone()).unwrap());
        let watch = Watch { assets, start: start(), lead_times_s: plan.lead_times_s.clone() };
        let mut reducer = Reducer::new(plan.horizon_s(), usize::MAX).watching(watch);
        for index in 0..10 {
            let rate_m_s = self.rate_m_s * (0.55 + 0.1 * f64::from(index));
            reducer.add(MemberIndex(index), &self.member(rate_m_s));
        }
        let reduced = reducer.reduce(0.9).unwrap();
        let leads = &plan.lead_times_s;
        let perimeters = perimeters(&reduced.arrival, leads, self.seeded_at, Tolerance::OFF);
        let bands = each_perimeter(leads).map(|(lead, percentile)| AreaBand::at(&reduced, percentile, lead));
        Forecast {
            issued_at: self.seeded_at,
            members_used: 10,
            members_lost: 0,
            members_left_out: 0,
            ending: Ending::AllMembers,
            bands: bands.collect(),
            perimeters,
            perimeter_tolerance_m: 0.0,
            assets: asset_impacts(&plan, &self.assets, &reduced.assets, 10),
            arrival: reduced.arrival,
            burned: reduced.burned,
            assets_version: 1,
            edge_reached: false,
            no_spread: None,
            inputs: Vec::new(),
            simulators: Vec::new(),
            degradations: Vec::new(),
            plan,
        }
    }

    fn plan(&self) -> ForecastPlan {
        let ignition =
            Ignition { position: start(), radius_m: 15.0, position_sd_m: 0.0, gap_m: 0.0, age_s: 0 };
        ForecastPlan {
            cluster_id: ClusterId(uuid::Uuid::from_u128(7)),
            version: self.version,
            method: self.method,
            priority: Priority::new(1),
            reason: "a sample".to_owned(),
            decided_at: self.seeded_at,
            record: decide(&Facts::default(), &Thresholds::default()).record,
            urgency: Urgency::of_first("a sample"),
            physics: Physics::default(),
            seed: Seed {
                seeded_at: self.seeded_at,
                burning: vec![ignition],
                burned: Vec::new(),
                outlines: Vec::new(),
            },
            detection_count: 1,
            members: 10,
            lead_times_s: LEADS_S.to_vec(),
        }
    }

    fn member(&self, rate_m_s: f64) -> ArrivalTimes {
        let side = 2 * self.reach as usize;
        let shape = GridShape {
            rows: side,
            cols: side,
            cell_size_m: self.cell_m,
            west_m: 300_000.0 + (self.east - self.reach) as f64 * self.cell_m,
            north_m: 3_700_020.0 + self.reach as f64 * self.cell_m,
        };
        let time = |at: usize| {
            let centre = shape.centre(at / side, at % side);
            ((centre.east_m - 300_000.0).hypot(centre.north_m - 3_700_020.0) / rate_m_s) as f32
        };
        ArrivalTimes {
            frame: frame(),
            arrival_s: Grid { shape, cells: (0..shape.len()).map(time).collect() },
            fireline_intensity_kw_m: vec![500.0; shape.len()],
            burnable: vec![true; shape.len()],
            spot_fires: 0,
            embers_refused: 0,
            edge_reached: false,
            no_spread: None,
        }
    }
}
