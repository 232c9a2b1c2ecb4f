//! How sure a perimeter's area is with so many members.

use crate::ensemble::band::RankBand;
use crate::ensemble::reduce::{PercentileBand, Reduced};
use crate::forecast::PERCENTILES;
use crate::perimeter::{Field, Perimeter};

/// Between which areas a percentile's perimeter would lie if there were members without end.
///
/// The ends are the areas of the perimeters of two other sorted members, cell by cell. In each cell the band holds the
/// true percentile with its coverage; for the area, in which cells make up for each other, that is on the safe side.
#[derive(Clone, Debug, PartialEq)]
pub struct AreaBand {
    /// 10, 50 or 90.
    pub percentile: u8,
    /// Seconds after the seed.
    pub lead_time_s: u32,
    /// Which of the sorted members are the ends: the lower one burns early and gives the larger area.
    pub ranks: RankBand,
    /// Area of the percentile's own perimeter, ha.
    pub area_ha: f64,
    /// The smaller area, ha; `None`: with so few members the band is open there.
    pub area_ha_low: Option<f64>,
    /// The larger area, ha; `None` likewise.
    pub area_ha_high: Option<f64>,
}

impl AreaBand {
    /// Measures the band of a percentile at a lead time; in the grid's plane.
    pub fn at(reduced: &Reduced, percentile: u8, lead_time_s: u32) -> Self {
        let arrival = &reduced.arrival;
        let area_ha = |arrival_s: &[f32]| {
            let field = Field { shape: &arrival.shape, arrival_s, burnable: &arrival.burnable };
            Perimeter::at(field, lead_time_s as f32).plane_area_ha()
        };
        let PercentileBand { ranks, early_s, late_s, .. } = reduced
            .bands
            .iter()
            .find(|band| band.percentile == percentile)
            .expect("BUG: the members were reduced without bands");
        Self {
            percentile,
            lead_time_s,
            ranks: *ranks,
            area_ha: area_ha(arrival.percentile_s(percentile)),
            area_ha_low: late_s.as_deref().map(area_ha),
            area_ha_high: early_s.as_deref().map(area_ha),
        }
    }

    /// The same in the measure that the perimeter's own area was taken in: that one may be simplified, and on the ellipsoid.
    pub fn scaled_to(self, area_ha: f64) -> Self {
        let scale = if self.area_ha > 0.0 { area_ha / self.area_ha } else { 1.0 };
        Self {
            area_ha,
            area_ha_low: self.area_ha_low.map(|low| low * scale),
            area_ha_high: self.area_ha_high.map(|high| high * scale),
            ..self
        }
    }

    /// True where the band is closed and narrower than a share of the area.
    pub fn is_within(&self, share: f64) -> bool {
        let width_ha = self.area_ha_high.zip(self.area_ha_low).map(|(high, low)| high - low);
        width_ha.is_some_and(|width_ha| width_ha <= share * self.area_ha)
    }
}

/// Lead times and percentiles in the order of the perimeters.
pub fn each_perimeter(lead_times_s: &[u32]) -> impl Iterator<Item = (u32, u8)> {
    lead_times_s.iter().flat_map(|lead| PERCENTILES.map(|percentile| (*lead, percentile)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ensemble::MemberIndex;
    use crate::ensemble::reduce::Reducer;
    use crate::geo::LocalFrame;
    use crate::grid::{Grid, GridShape};
    use crate::spread::ArrivalTimes;

    /// A disc that grows by 1 cell a minute, times the member's factor.
    fn member(factor: f32) -> ArrivalTimes {
        let shape = GridShape { rows: 81, cols: 81, cell_size_m: 30.0, west_m: 0.0, north_m: 0.0 };
        let minutes = |at: usize| ((at / 81) as f32 - 40.0).hypot((at % 81) as f32 - 40.0) / factor;
        ArrivalTimes {
            frame: LocalFrame::utm(10, false),
            arrival_s: Grid { shape, cells: (0..shape.len()).map(|at| 60.0 * minutes(at)).collect() },
            fireline_intensity_kw_m: vec![500.0; shape.len()],
            burnable: vec![true; shape.len()],
            edge_reached: false,
            spot_fires: 0,
            embers_refused: 0,
            no_spread: None,
        }
    }

    fn reduced(members: u32) -> Reduced {
        let mut reducer = Reducer::new(1_200, usize::MAX);
        for index in 0..members {
            let factor = 1.0 + (index as f32 - members as f32 / 2.0) / members as f32;
            reducer.add(MemberIndex(index), &member(factor));
        }
        reducer.reduce(0.9).expect("members")
    }

    #[test]
    fn the_ends_are_the_areas_of_the_ranked_members() {
        let band = AreaBand::at(&reduced(30), 50, 1_200);
        assert_eq!((band.ranks.low, band.ranks.rank, band.ranks.high), (Some(11), 15, Some(20)));
        // The k-th to burn is the k-th fastest: factors fall from 1 + 14 / 30.
        let disc_ha = |rank: u32| {
            let radius_m = 30.0 * 20.0 * (1.0 + (15.0 - f64::from(rank)) / 30.0);
            std::f64::consts::PI * radius_m * radius_m / 1e4
        };
        let near =
            |found: f64, rank: u32| assert!((found / disc_ha(rank) - 1.0).abs() < 0.005, "{found} {rank}");
        near(band.area_ha, 15);
        near(band.area_ha_high.expect("closed"), 11);
        near(band.area_ha_low.expect("closed"), 20);
        assert!(band.is_within(0.7) && !band.is_within(0.5));
    }

    #[test]
    fn an_open_band_is_never_within_and_scaling_keeps_the_shares() {
        let open = AreaBand::at(&reduced(5), 10, 1_200);
        assert!(open.area_ha_low.is_none() && open.area_ha_high.is_some_and(|high| high > open.area_ha));
        assert!(!open.is_within(1e9));
        let scaled = open.clone().scaled_to(2.0 * open.area_ha);
        assert_eq!(scaled.area_ha_high, open.area_ha_high.map(|high| 2.0 * high));
    }

    #[test]
    fn the_order_is_that_of_the_perimeters() {
        let order: Vec<_> = each_perimeter(&[60, 120]).collect();
        assert_eq!(order, [(60, 10), (60, 50), (60, 90), (120, 10), (120, 50), (120, 90)]);
    }
}
