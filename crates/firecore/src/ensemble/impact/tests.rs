use geo::Geometry;

use super::*;
use crate::asset::Asset;
use crate::geo::LocalFrame;
use crate::grid::{Grid, GridShape};

const CELL_M: f64 = 30.0;
const WEST_M: f64 = 300_000.0;
const NORTH_M: f64 = 3_700_020.0;

fn frame() -> LocalFrame {
    LocalFrame::utm(11, false)
}

/// The place so many cells south and east of the grid's corner.
fn place(south: f64, east: f64) -> LonLat {
    frame().to_lon_lat(EastNorth { east_m: WEST_M + east * CELL_M, north_m: NORTH_M - south * CELL_M })
}

fn point(id: usize, south: f64, east: f64) -> Asset {
    let at = place(south, east);
    let geometry = Geometry::Point(geo::Point::new(at.lon_deg(), at.lat_deg()));
    Asset { id: id.to_string(), kind: None, name: None, clearance_s: None, geometry }
}

/// One row of cells that begins `col` cells east.
fn member(col: usize, arrival_s: &[f32], burnable: bool) -> ArrivalTimes {
    let shape = GridShape {
        rows: 1,
        cols: arrival_s.len(),
        cell_size_m: CELL_M,
        west_m: WEST_M + col as f64 * CELL_M,
        north_m: NORTH_M,
    };
    ArrivalTimes {
        frame: frame(),
        arrival_s: Grid { shape, cells: arrival_s.to_vec() },
        fireline_intensity_kw_m: vec![0.0; arrival_s.len()],
        burnable: vec![burnable; arrival_s.len()],
        spot_fires: 0,
        embers_refused: 0,
        edge_reached: false,
        no_spread: None,
    }
}

fn impacts(assets: Vec<Asset>) -> Impacts {
    let assets = Arc::new(AssetIndex::new(assets).unwrap());
    Impacts::new(Watch { assets, start: place(0.5, 0.5), lead_times_s: vec![3_600, 7_200] })
}

#[test]
fn members_that_do_not_come_near_count_as_not_reaching() {
    let mut impacts = impacts(vec![point(0, 0.5, 4.5)]);
    for hour in 1..=4_u16 {
        impacts.add(&member(0, &[0.0, 0.0, 0.0, 0.0, 1_500.0 * f32::from(hour)], true));
    }
    for _ in 0..6 {
        impacts.add(&member(0, &[0.0, 10.0], true));
    }
    let [arrival] = &impacts.arrivals()[..] else { panic!("{impacts:?}") };
    assert_eq!(arrival.reached, [2, 4]);
    // The first, fifth and ninth of ten.
    assert_eq!((arrival.p90_s, arrival.p50_s, arrival.p10_s), (Some(1_500.0), None, None));
}

#[test]
fn what_is_reached_after_the_horizon_is_not_and_what_burns_at_the_start_is_at_0() {
    let mut impacts = impacts(vec![point(0, 0.5, 0.5), point(1, 0.5, 2.5), point(2, 0.5, 9.5)]);
    impacts.add(&member(0, &[-50.0, 3_000.0, 7_201.0], true));
    let arrivals = impacts.arrivals();
    // The third lies outside of the window: it is not told.
    assert_eq!(arrivals.iter().map(|one| one.asset).collect::<Vec<_>>(), [0, 1]);
    assert_eq!((arrivals[0].p90_s, &arrivals[0].reached[..]), (Some(0.0), &[1, 1][..]));
    assert_eq!((arrivals[1].p90_s, &arrivals[1].reached[..]), (None, &[0, 0][..]));
}

#[test]
fn no_more_than_the_nearest_assets_are_followed_and_the_others_are_counted() {
    let assets: Vec<Asset> = (0..ASSETS_MAX + 5).map(|id| point(id, 0.5, 0.5 + id as f64 * 0.01)).collect();
    let mut one = impacts(assets);
    one.add(&member(0, &[0.0; 20], true));
    assert_eq!((one.arrivals().len(), one.left_out()), (ASSETS_MAX, 5));
    assert!(one.arrivals().iter().all(|arrival| arrival.asset < ASSETS_MAX));
}

#[test]
fn nothing_is_reached_without_members_assets_or_cells() {
    let mut none = impacts(Vec::new());
    none.add(&member(0, &[0.0], true));
    assert!(none.arrivals().is_empty());
    let mut empty = impacts(vec![point(0, 0.5, 0.5)]);
    empty.add(&member(3, &[], true));
    assert!(empty.arrivals().is_empty() && impacts(Vec::new()).arrivals().is_empty());
}
