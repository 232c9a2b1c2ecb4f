//! A forecast that tests can build in a moment: nested discs that grow with time.

use firecore::detection::ClusterId;
use firecore::ensemble::band::RankBand;
use firecore::ensemble::reduce::{ArrivalPercentiles, BurnCounts};
use firecore::forecast::band::{AreaBand, each_perimeter};
use firecore::forecast::{Ending, Forecast, ForecastPlan, InputNote, SimulatorNote, Urgency, perimeters};
use firecore::geo::{LocalFrame, LonLat};
use firecore::grid::GridShape;
use firecore::ignition::{Ignition, Seed};
use firecore::perimeter::Tolerance;
use firecore::spread::Physics;
use firecore::strategy::{Facts, Method, Priority, Thresholds, decide};

/// Discs around a place whose radius grows by 0.2 m/s in the median, 20 % less in p10 and 20 % more in p90.
pub(crate) fn forecast_at(lon: f64, lat: f64) -> Forecast {
    let place = LonLat::new(lon, lat).unwrap();
    let frame = LocalFrame::at(place);
    let centre = frame.to_plane(place);
    let shape = GridShape {
        rows: 160,
        cols: 160,
        cell_size_m: 30.0,
        west_m: centre.east_m - 2400.0,
        north_m: centre.north_m + 2400.0,
    };
    let times = |speed_m_s: f64| {
        let time = |index: usize| {
            let point = shape.centre(index / shape.cols, index % shape.cols);
            let distance_m = (point.east_m - centre.east_m).hypot(point.north_m - centre.north_m);
            ((distance_m - 200.0).max(0.0) / speed_m_s) as f32
        };
        (0..shape.len()).map(time).collect::<Vec<f32>>()
    };
    let burnable = (0..shape.len()).map(|index| index % shape.cols < 140).collect();
    let arrival = ArrivalPercentiles {
        p10_s: times(0.16),
        p50_s: times(0.20),
        p90_s: times(0.24),
        fireline_intensity_kw_m: vec![850.0; shape.len()],
        burnable,
        frame,
        shape,
    };
    let seeded_at = "2024-08-01T20:00:00Z".parse().unwrap();
    let lead_times_s = vec![3_600, 7_200];
    Forecast {
        perimeters: perimeters(&arrival, &lead_times_s, seeded_at, Tolerance::default()),
        perimeter_tolerance_m: Tolerance::default().m(shape.cell_size_m),
        plan: ForecastPlan {
            cluster_id: ClusterId(uuid::Uuid::from_u128(0x1234_5678_9abc_4def_8123_4567_89ab_cdef)),
            version: 7,
            method: Method::PhysX,
            priority: Priority::new(2),
            reason: "a hospital lies 900 m from the fire".to_owned(),
            decided_at: seeded_at,
            record: decide(&Facts::default(), &Thresholds::default()).record,
            urgency: Urgency::of_first("a test"),
            physics: Physics::default(),
            seed: Seed {
                seeded_at,
                burning: vec![Ignition {
                    position: place,
                    radius_m: 200.0,
                    position_sd_m: 108.0,
                    gap_m: 0.0,
                    age_s: 0,
                }],
                burned: Vec::new(),
                outlines: Vec::new(),
            },
            detection_count: 3,
            members: 20,
            lead_times_s: lead_times_s.clone(),
        },
        issued_at: "2024-08-01T20:03:00Z".parse().unwrap(),
        members_used: 19,
        members_lost: 1,
        members_left_out: 0,
        ending: Ending::AllMembers,
        bands: each_perimeter(&lead_times_s).map(|(lead, percentile)| band(lead, percentile)).collect(),
        burned: BurnCounts::default(),
        assets: Vec::new(),
        assets_version: 1,
        arrival,
        edge_reached: false,
        no_spread: None,
        inputs: vec![InputNote {
            input: "wind".to_owned(),
            source: "built-in light wind".to_owned(),
            valid_at: None,
            fallback: true,
        }],
        simulators: vec![SimulatorNote { simulator: "guira 0.1.0 in this process".to_owned(), members: 19 }],
        degradations: vec!["1 of 20 members was lost: out of time".to_owned()],
    }
}

/// Of 19 members p10's band is open below.
fn band(lead_time_s: u32, percentile: u8) -> AreaBand {
    let ranks = RankBand::new(19, u32::from(100 - percentile), 0.9);
    AreaBand {
        percentile,
        lead_time_s,
        ranks,
        area_ha: 1_000.0,
        area_ha_low: ranks.high.map(|_| 900.0),
        area_ha_high: ranks.low.map(|_| 1_100.04),
    }
}
