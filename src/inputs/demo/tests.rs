use super::*;

const NOON_PST: &str = "2025-09-10T20:00:00Z";

fn start() -> Timestamp {
    NOON_PST.parse().unwrap()
}

#[test]
fn the_world_is_the_same_on_every_call() {
    assert_eq!(landscape(), landscape());
    assert_eq!(weather_series(start(), 3600), weather_series(start(), 3600));
}

#[test]
fn the_world_holds_grass_brush_trees_a_town_and_water() {
    let world = landscape();
    let share = |codes: std::ops::RangeInclusive<u8>| {
        world.fuel.iter().filter(|code| codes.contains(code)).count() as f64 / world.fuel.len() as f64
    };
    let shares = [
        ("grass", share(101..=109), 0.15..0.7),
        ("brush", share(121..=149), 0.15..0.7),
        ("trees", share(161..=189), 0.03..0.4),
        ("town", share(91..=91), 0.003..0.03),
        ("water", share(98..=98), 0.005..0.05),
    ];
    for (cover, share, expected) in shares {
        assert!(expected.contains(&share), "{cover}: {share}");
    }
    let canopy = world.canopy.unwrap();
    let bare_under_trees =
        (0..world.fuel.len()).find(|&i| (canopy.trees(i).cover > 0.0) != (world.fuel[i] > 150));
    assert_eq!(bare_under_trees, None, "trees stand exactly where the fuel is timber");
}

#[test]
fn slopes_agree_with_the_elevations() {
    let world = landscape();
    let (row, col) = (200, 150);
    let at = |row, col| f64::from(world.terrain.elevation_m(world.shape.index(row, col)));
    let [rise_east, rise_north] = world.terrain.rise(world.shape.index(row, col)).map(f64::from);
    let rise = (at(row, col + 1) - at(row, col - 1)) / (2.0 * world.shape.cell_size_m);
    assert!((rise - rise_east).abs() < 0.02, "{rise}");
    let rise = (at(row - 1, col) - at(row + 1, col)) / (2.0 * world.shape.cell_size_m);
    assert!((rise - rise_north).abs() < 0.02, "{rise}");
}

#[test]
fn the_fire_by_the_power_line_burns_and_the_afternoon_wind_blows_from_it_to_the_town() {
    let world = landscape();
    let point = world.frame.to_plane(detections(Timestamp::UNIX_EPOCH)[0].position());
    let (row, col) = world.shape.cell_at(point).unwrap();
    assert!((101..=189).contains(&world.fuel[world.shape.index(row, col)]));
    let weather = weather_series("2025-09-11T00:00:00Z".parse().unwrap(), 3600);
    let wind = weather.at(0, point);
    assert!(wind.wind_10m_east_m_s > 6.0, "{wind:?}");
    assert!(wind.wind_10m_north_m_s.abs() < wind.wind_10m_east_m_s / 2.0, "{wind:?}");
}

#[test]
fn the_weather_covers_the_window_and_turns_and_strengthens() {
    let weather = weather_series(start(), 6 * 3600);
    let (first, last) = (weather.steps.first().unwrap(), weather.steps.last().unwrap());
    assert!(first.valid_at <= start() && last.valid_at.as_second() >= start().as_second() + 6 * 3600);
    let day = weather_series(start(), 24 * 3600);
    let speed = |step: &firecore::weather::WeatherStep| {
        step.cells[0].wind_10m_east_m_s.hypot(step.cells[0].wind_10m_north_m_s)
    };
    let slowest = day.steps.iter().map(speed).fold(f64::INFINITY, f64::min);
    let fastest = day.steps.iter().map(speed).fold(0.0, f64::max);
    assert!(slowest < 3.0 && fastest > 7.0, "{slowest} {fastest}");
    assert!(
        day.steps.iter().any(|step| step.cells[0].wind_10m_east_m_s < -1.0),
        "the night wind comes from the east"
    );
}

#[tokio::test]
async fn a_fire_outside_the_world_gets_the_fallback() {
    let area = Bounds { west_deg: 10.0, south_deg: 50.0, east_deg: 10.01, north_deg: 50.01 };
    let set = DemoInputs::default().fetch(area, start(), 3600).await.unwrap();
    assert!(set.notes.iter().all(|note| note.fallback));
    assert_eq!(set.landscape.frame.epsg(), 32632);
}
