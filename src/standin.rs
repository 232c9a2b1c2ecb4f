//! Stand-ins until the real ones are merged.
use firecore::ensemble::MemberPlan;
use firecore::ensemble::reduce::ArrivalPercentiles;
use firecore::forecast::PercentilePerimeter;
use firecore::grid::Grid;
use firecore::ignition::Seed;
use firecore::landscape::Landscape;
use firecore::spread::{ArrivalTimes, StopToken, Stopped};
use firecore::weather::WeatherSeries;
use jiff::{SignedDuration, Timestamp};

pub fn spread(
    _seed: &Seed,
    member: &MemberPlan,
    landscape: &Landscape,
    _weather: &WeatherSeries,
    horizon_s: u32,
    stop: &StopToken,
) -> Result<ArrivalTimes, Stopped> {
    if stop.is_stopped() {
        return Err(Stopped);
    }
    let n = landscape.shape.len();
    Ok(ArrivalTimes {
        frame: landscape.frame.clone(),
        arrival_s: Grid::filled(landscape.shape, (f64::from(horizon_s) * member.perturbation.wind_speed_factor) as f32),
        fireline_intensity_kw_m: vec![100.0; n],
        burnable: vec![true; n],
        edge_reached: false,
        no_spread: None,
    })
}
pub mod surrogate {
    pub use super::spread;
}
pub fn reduce(members: &[ArrivalTimes]) -> Option<ArrivalPercentiles> {
    let first = members.first()?;
    let n = first.arrival_s.shape.len();
    let sorted: Vec<Vec<f32>> = (0..n)
        .map(|cell| {
            let mut values: Vec<f32> = members.iter().map(|m| m.arrival_s.cells[cell]).collect();
            values.sort_by(f32::total_cmp);
            values
        })
        .collect();
    let at = |share: f64| {
        sorted.iter().map(|v| v[((v.len() as f64 * share).ceil() as usize).clamp(1, v.len()) - 1]).collect::<Vec<_>>()
    };
    Some(ArrivalPercentiles {
        frame: first.frame.clone(),
        shape: first.arrival_s.shape,
        p10_s: at(0.9),
        p50_s: at(0.5),
        p90_s: at(0.1),
        fireline_intensity_kw_m: first.fireline_intensity_kw_m.clone(),
        burnable: first.burnable.clone(),
    })
}
pub fn perimeters(arrival: &ArrivalPercentiles, leads: &[u32], seeded_at: Timestamp) -> Vec<PercentilePerimeter> {
    let mut all = Vec::new();
    for lead in leads {
        for (percentile, grid) in [(10, &arrival.p10_s), (50, &arrival.p50_s), (90, &arrival.p90_s)] {
            let burned = grid.iter().filter(|t| **t <= *lead as f32).count();
            all.push(PercentilePerimeter {
                percentile,
                lead_time_s: *lead,
                valid_at: seeded_at + SignedDuration::from_secs(i64::from(*lead)),
                perimeter: geo::MultiPolygon::new(vec![]),
                area_ha: burned as f64 * arrival.shape.cell_size_m.powi(2) / 1e4,
                fireline_intensity_kw_m: 100.0,
                intensity: 0.2,
            });
        }
    }
    all
}
