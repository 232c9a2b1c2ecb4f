//! The ellipse against the front solver on the ground that both can do exactly, and its reasons for not spreading.

use std::sync::Arc;

use super::*;
use crate::detection::ClusterId;
use crate::ensemble::reduce::ArrivalPercentiles;
use crate::ensemble::{MemberIndex, MemberPlan, PerturbationSettings, RngSeed};
use crate::forecast;
use crate::geo::{EastNorth, LocalFrame, LonLat};
use crate::ignition::{Ignition, MappedPerimeter, MappedShape};
use crate::landscape::{Canopy, Terrain};
use crate::moisture::{DeadFuelMoisture, FuelMoisture, LiveFuelMoisture};
use crate::perimeter::Tolerance;
use crate::weather::{Weather, WeatherStep};

const HORIZON_S: u32 = 6 * 3600;

fn place() -> LonLat {
    LonLat::new(-119.0, 34.5).expect("a valid place")
}

fn seed(radius_m: f64) -> Seed {
    let ignition = Ignition { position: place(), radius_m, position_sd_m: 100.0, gap_m: 0.0, age_s: 0 };
    Seed {
        seeded_at: "2026-08-01T12:00:00Z".parse().expect("a time"),
        burning: vec![ignition],
        burned: vec![],
        outlines: Vec::new(),
    }
}

fn plain(fuel: FuelCode) -> Landscape {
    let frame = LocalFrame::at(place());
    let centre = frame.to_plane(place());
    let shape = GridShape {
        rows: 600,
        cols: 600,
        cell_size_m: 30.0,
        west_m: centre.east_m - 9000.0,
        north_m: centre.north_m + 9000.0,
    };
    Landscape {
        frame,
        shape,
        terrain: Terrain::flat(shape.len()),
        fuel: vec![fuel; shape.len()],
        fuel_models: Arc::default(),
        canopy: None,
    }
}

fn west_wind(speed_m_s: f64, one_hour: f64) -> WeatherSeries {
    let landscape = plain(102);
    let moisture = FuelMoisture {
        dead: DeadFuelMoisture { one_hour, ten_hour: one_hour + 0.01, hundred_hour: one_hour + 0.02 },
        live: LiveFuelMoisture { herbaceous: 0.6, woody: 0.9 },
    };
    let weather = Weather { wind_10m_east_m_s: speed_m_s, wind_10m_north_m_s: 0.0, moisture };
    WeatherSeries {
        frame: landscape.frame,
        shape: GridShape { rows: 1, cols: 1, cell_size_m: 18_000.0, ..landscape.shape },
        steps: vec![WeatherStep { valid_at: seed(0.0).seeded_at, cells: vec![weather] }],
        terrain_bends_wind: false,
    }
}

/// How far east of the start the middle of the burned cells lies, m.
fn middle_east_m(result: &ArrivalTimes) -> f64 {
    let start = result.frame.to_plane(place());
    let shape = &result.arrival_s.shape;
    let burned = |cell: &usize| result.arrival_s.cells[*cell] <= HORIZON_S as f32;
    let east: Vec<f64> = (0..shape.len())
        .filter(burned)
        .map(|cell| shape.centre(cell / shape.cols, cell % shape.cols).east_m - start.east_m)
        .collect();
    east.iter().sum::<f64>() / east.len() as f64
}

fn area_ha(result: ArrivalTimes) -> f64 {
    let reduced = ArrivalPercentiles::reduce(&[result]).expect("one member");
    forecast::perimeters(&reduced, &[HORIZON_S], seed(0.0).seeded_at, Tolerance::OFF)[1].area_ha
}

#[test]
fn on_uniform_ground_it_agrees_with_the_front_solver() {
    let (landscape, weather, stop) = (plain(102), west_wind(4.0, 0.08), StopToken::default());
    let seed = seed(0.0);
    let ellipse =
        spread(&seed, &Perturbation::NONE, &Physics::default(), &landscape, &weather, HORIZON_S, &stop)
            .expect("not stopped");
    let front = crate::spread::spread(
        &seed,
        &Perturbation::NONE,
        &Physics::default(),
        &landscape,
        &weather,
        HORIZON_S,
        &stop,
    )
    .expect("not stopped");
    assert_eq!((&ellipse.no_spread, &front.no_spread), (&None, &None));
    assert!(!ellipse.edge_reached && !front.edge_reached);
    // A west wind blows both of them east.
    let (ellipse_m, front_m) = (middle_east_m(&ellipse), middle_east_m(&front));
    assert!(
        front_m > 500.0 && (front_m / ellipse_m - 1.0).abs() < 0.04,
        "{ellipse_m:.0} m and {front_m:.0} m"
    );
    let (ellipse_ha, front_ha) = (area_ha(ellipse), area_ha(front));
    let error = front_ha / ellipse_ha - 1.0;
    assert!(error.abs() < 0.02, "{ellipse_ha:.1} ha by the ellipse, {front_ha:.1} ha by the front");
}

/// A tree here and there makes no crown fire, however its base is averaged with ground that has none; a wood does.
#[test]
fn crowns_burn_where_most_of_the_ground_bears_them() {
    let (weather, stop) = (west_wind(9.0, 0.06), StopToken::default());
    let area = |one_in: usize, physics: &Physics| {
        let ground = plain(165);
        let layer = |value: f32| -> Vec<f32> {
            (0..ground.shape.len()).map(|cell| if cell % one_in == 0 { value } else { 0.0 }).collect()
        };
        let canopy = Canopy::bare(ground.shape.len())
            .with_cover(&layer(0.4))
            .with_height_m(&layer(15.0))
            .with_base_height_m(&layer(1.0))
            .with_bulk_density_kg_m3(&layer(0.15));
        let landscape = Landscape { canopy: Some(canopy), ..ground };
        let result = spread(&seed(0.0), &Perturbation::NONE, physics, &landscape, &weather, HORIZON_S, &stop);
        area_ha(result.expect("not stopped"))
    };
    let [sparse, wood] =
        [7, 1].map(|one_in| [&Physics::default(), &Physics::SURFACE].map(|physics| area(one_in, physics)));
    assert_eq!(sparse[0], sparse[1]);
    assert!(wood[0] > 3.0 * wood[1], "{wood:?} ha with and without crowns");
}

/// On top of a ridge both methods run faster in a wind that the ridge speeds up, and by as much.
#[test]
fn on_a_ridge_a_wind_that_bends_drives_both_methods_faster() {
    let mut landscape = plain(102);
    let (cols, cells) = (landscape.shape.cols, landscape.shape.len());
    let across_m = |cell: usize| ((cell % cols) as f32 + 0.5 - cols as f32 / 2.0) * 30.0;
    let ridge: Vec<f32> =
        (0..cells).map(|cell| 250.0 * (-(across_m(cell) / 2_500.0).powi(2)).exp()).collect();
    // Elevations alone: the slope's own effect is left out.
    landscape.terrain = landscape.terrain.with_elevation_m(&ridge);
    let (weather, stop) = (west_wind(4.0, 0.08), StopToken::default());
    let bending = WeatherSeries { terrain_bends_wind: true, ..weather.clone() };
    let faster: Vec<f64> = [spread, crate::spread::spread]
        .map(|simulate| {
            let middle_m = |weather: &WeatherSeries| {
                let (draws, physics) = (Perturbation::NONE, Physics::SURFACE);
                let result = simulate(&seed(0.0), &draws, &physics, &landscape, weather, HORIZON_S, &stop);
                middle_east_m(&result.expect("not stopped"))
            };
            middle_m(&bending) / middle_m(&weather)
        })
        .to_vec();
    assert!(faster.iter().all(|factor| (1.1..1.6).contains(factor)), "{faster:?}");
    assert!((faster[0] / faster[1] - 1.0).abs() < 0.1, "{faster:?}");
}

#[test]
fn an_ignition_on_water_or_off_the_map_is_off_fuel() {
    let mut seed = seed(190.0);
    assert_eq!((seed.off_fuel(&plain(102)), seed.off_fuel(&plain(98))), (vec![], vec![Some(98)]));
    let far = Ignition { position: LonLat::new(-110.0, 34.5).expect("a valid place"), ..seed.burning[0] };
    seed.burning.push(far);
    assert_eq!(seed.off_fuel(&plain(102)), [None]);
}

#[test]
fn wet_fuel_and_bare_ground_say_why_nothing_spreads() {
    let (wet, dry, stop) = (west_wind(4.0, 0.40), west_wind(4.0, 0.08), StopToken::default());
    for simulate in [spread, crate::spread::spread] {
        let no_spread = |landscape: &Landscape, weather: &WeatherSeries| {
            simulate(
                &seed(50.0),
                &Perturbation::NONE,
                &Physics::default(),
                landscape,
                weather,
                HORIZON_S,
                &stop,
            )
            .expect("not stopped")
            .no_spread
            .expect("nothing spreads")
            .to_string()
        };
        let too_wet = no_spread(&plain(102), &wet);
        assert!(too_wet.contains("GR2") && too_wet.contains("40.0 %"), "{too_wet}");
        let on_water = no_spread(&plain(98), &dry);
        assert!(on_water.to_lowercase().contains("water"), "{on_water}");
        let mut far = plain(102);
        far.shape.west_m += 100_000.0;
        assert!(
            no_spread(&far, &dry).contains("outside")
                || no_spread(&far, &dry).contains("inside the landscape")
        );
    }
}

#[test]
fn members_of_one_ensemble_share_a_grid_and_their_perimeters_nest() {
    let (landscape, weather, stop) = (plain(102), west_wind(6.0, 0.06), StopToken::default());
    let seed = seed(190.0);
    let members: Vec<ArrivalTimes> = (0..10)
        .map(|member| {
            let rng_seed =
                RngSeed { cluster: ClusterId(uuid::Uuid::nil()), version: 1, member: MemberIndex(member) };
            let plan = MemberPlan::draw(rng_seed, &seed, &PerturbationSettings::default());
            spread(&seed, &plan.perturbation, &Physics::default(), &landscape, &weather, HORIZON_S, &stop)
                .expect("not stopped")
        })
        .collect();
    let reduced = ArrivalPercentiles::reduce(&members).expect("ten members");
    assert_eq!(reduced.shape, members[0].arrival_s.shape);
    let areas: Vec<f64> = forecast::perimeters(&reduced, &[HORIZON_S], seed.seeded_at, Tolerance::OFF)
        .iter()
        .map(|perimeter| perimeter.area_ha)
        .collect();
    assert!(areas[0] < areas[1] && areas[1] < areas[2], "p10, p50, p90: {areas:?} ha");
}

/// Fuel that is a little too wet in the mean burns in some members, and those are not cut at a grid that was made for none.
#[test]
fn members_that_go_farther_than_the_weather_as_given_are_not_cut() {
    let (landscape, weather, stop) = (plain(102), west_wind(9.0, 0.151), StopToken::default());
    let seed = seed(60.0);
    let grow = |perturbation: &Perturbation| {
        spread(&seed, perturbation, &Physics::SURFACE, &landscape, &weather, HORIZON_S, &stop)
            .expect("not stopped")
    };
    let widest = PerturbationSettings::default();
    assert_eq!(FASTEST.wind_speed_factor, 1.0 + widest.wind_speed_fraction);
    assert_eq!(FASTEST.moisture_factor, 1.0 - widest.moisture_fraction);
    let given = grow(&Perturbation::NONE);
    assert!(given.no_spread.is_some(), "too wet");
    for factor in [0.95, 0.9, 0.8, 0.6] {
        let member = grow(&Perturbation { moisture_factor: factor, ..Perturbation::NONE });
        let reached = member.arrival_s.cells.iter().filter(|time| **time <= HORIZON_S as f32).count();
        assert!(reached > 20 && !member.edge_reached, "{factor}: {reached} cells");
        assert!(member.arrival_s.shape.shares_lattice(&given.arrival_s.shape));
    }
}

#[test]
fn a_mapped_perimeter_counts_with_its_convex_hull() {
    let landscape = plain(102);
    let centre = landscape.frame.to_plane(place());
    let corner = |(east_m, north_m): (f64, f64)| {
        let at = EastNorth { east_m: centre.east_m + east_m, north_m: centre.north_m + north_m };
        landscape.frame.to_lon_lat(at)
    };
    // A square with a bay in its southern side.
    let drawn = [(-900.0, -900.0), (0.0, 300.0), (900.0, -900.0), (900.0, 900.0), (-900.0, 900.0)];
    let ring = drawn.map(corner).to_vec();
    let mapped = MappedPerimeter { shape: MappedShape::Area(vec![ring]), position_sd_m: 0.0 };
    let seed = Seed { burning: vec![], outlines: vec![mapped], ..seed(0.0) };
    let weather = west_wind(4.0, 0.06);
    let stop = StopToken::default();
    let result =
        spread(&seed, &Perturbation::NONE, &Physics::SURFACE, &landscape, &weather, HORIZON_S, &stop)
            .expect("nothing stops it");
    assert_eq!(result.no_spread, None);
    let shape = &result.arrival_s.shape;
    let burned_at_once = result.arrival_s.cells.iter().filter(|time| **time <= 0.0).count() as f64;
    let hull_cells = (1800.0 / shape.cell_size_m).powi(2);
    assert!((burned_at_once / hull_cells - 1.0).abs() < 0.1, "{burned_at_once} of {hull_cells} cells");
    let burned = result.arrival_s.cells.iter().filter(|time| **time <= HORIZON_S as f32).count() as f64;
    assert!(burned > 1.1 * hull_cells, "{burned} cells burn in the end");
}
