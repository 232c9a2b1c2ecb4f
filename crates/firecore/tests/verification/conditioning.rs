//! Conditioned dead fuel moisture against the rasters of a FlamMap run: a week of station weather on mountain ground.

use std::fs;

use firecore::geo::LonLat;
use firecore::moisture::DeadFuelMoisture;
use firecore::moisture::conditioning::{FuelWeather, HourlyWeather, Site, Sky, StickSet, Sticks, condition};
use firecore::units::{M_PER_FT, celsius_of_fahrenheit};
use jiff::Timestamp;

use crate::rasters::{LandscapeLayers, Raster, landscape_samples};

/// Rows and columns from one compared cell to the next.
const STRIDE: usize = 13;

/// Moisture that the run starts with.
const INITIAL: DeadFuelMoisture = DeadFuelMoisture { one_hour: 0.04, ten_hour: 0.06, hundred_hour: 0.13 };

const STATION_ELEVATION_M: f64 = 5400.0 * M_PER_FT;

/// How far a quantile of the differences may be from what `docs/science.md` explains.
const BUDGET: f64 = 0.001;
const LIGHT_BUDGET_KW_M2: f64 = 0.005;

/// Share of the signed differences below which a figure lies, in the order of [`Differences::quantiles`].
const SHARES: [f64; 5] = [0.01, 0.10, 0.50, 0.90, 0.99];

/// The run's station record, its clock read as mean solar time, as the run does.
struct Run {
    weather: Vec<HourlyWeather>,
    layers: LandscapeLayers,
    one_hour: Raster,
    ten_hour: Raster,
    hundred_hour: Raster,
    radiation_w_m2: Raster,
}

impl Run {
    fn read() -> Option<Self> {
        let folder = landscape_samples()?.join("flammap_reference");
        let input = fs::read_to_string(folder.join("2427464_Basic.input")).expect("the run's settings");
        let raster = |name: &str| Raster::read_geotiff(&folder.join(format!("outputs/test_{name}.tif")));
        Some(Self {
            weather: station_weather(&input),
            layers: LandscapeLayers::read_lcp(&folder.join("2427464.lcp")),
            one_hour: raster("FUELMOISTURE1"),
            ten_hour: raster("FUELMOISTURE10"),
            hundred_hour: raster("FUELMOISTURE100"),
            radiation_w_m2: raster("SOLARRADIATION"),
        })
    }

    /// Cells on a grid of `stride` that burn in the run.
    fn cells(&self, stride: usize) -> impl Iterator<Item = usize> + '_ {
        let (rows, cols) = (self.layers.rows, self.layers.cols);
        let on_grid = (0..rows)
            .step_by(stride)
            .flat_map(move |row| (0..cols).step_by(stride).map(move |col| row * cols + col));
        on_grid.filter(|cell| self.one_hour.cells[*cell] > 0.0 && self.layers.aspect_deg[*cell] >= 0)
    }

    fn site(&self, cell: usize) -> Site {
        let elevation_m = f64::from(self.layers.elevation_m[cell]);
        let slope_tan = f64::from(self.layers.slope_deg[cell]).to_radians().tan();
        let aspect_rad = f64::from(self.layers.aspect_deg[cell]).to_radians();
        Site {
            place: LonLat::new(0.0, f64::from(self.layers.latitude_deg)).expect("a latitude"),
            elevation_m,
            above_weather_m: elevation_m - STATION_ELEVATION_M,
            rise: [-slope_tan * aspect_rad.sin(), -slope_tan * aspect_rad.cos()],
            canopy_cover: f64::from(self.layers.cover_pct[cell]) / 100.0,
        }
    }

    fn reference(&self, cell: usize) -> [f64; 3] {
        [&self.one_hour, &self.ten_hour, &self.hundred_hour].map(|raster| f64::from(raster.cells[cell]))
    }
}

/// Source: FlamMap's settings: year, month, day, clock, degrees F, percent, inches, mph, degrees, percent of cloud.
fn station_weather(input: &str) -> Vec<HourlyWeather> {
    let rows = input.lines().map(|line| line.split_ascii_whitespace().collect::<Vec<_>>());
    let rows: Vec<_> = rows.filter(|words| words.len() == 10).collect();
    assert_eq!(rows.len(), 170, "hours of weather");
    let read = |words: Vec<&str>| {
        let number = |place: usize| words[place].parse::<f64>().expect("a number");
        let [year, month, day, clock] = [0, 1, 2, 3].map(|place| number(place) as i64);
        let text = format!("{year}-{month:02}-{day:02}T{:02}:{:02}:00Z", clock / 100, clock % 100);
        HourlyWeather {
            valid_at: text.parse().expect("an instant"),
            temperature_c: celsius_of_fahrenheit(number(4)),
            relative_humidity: number(5) / 100.0,
            rain_kg_m2: number(6) * 25.4,
            sky: Sky::Clouds { cover: number(9) / 100.0 },
        }
    };
    rows.into_iter().map(read).collect()
}

/// Signed differences of one quantity from the reference.
#[derive(Default)]
struct Differences(Vec<f64>);

impl Differences {
    fn quantiles(mut self) -> [f64; 5] {
        self.0.sort_by(f64::total_cmp);
        SHARES.map(|share| self.0[((self.0.len() - 1) as f64 * share).round() as usize])
    }

    /// Fails, with the quantiles, where one is not within `budget` of what was found and explained.
    fn assert_near(self, name: &str, explained: [f64; 5], budget: f64) {
        let count = self.0.len();
        let found = self.quantiles();
        let near = found.iter().zip(explained).all(|(found, explained)| (found - explained).abs() <= budget);
        let text = found.map(|value| format!("{value:+.4}")).join(" ");
        assert!(near, "{name}, {count} cells: p1 p10 p50 p90 p99 = {text}, needed {explained:?} to {budget}");
    }
}

fn differences(run: &Run, stride: usize, moisture: impl Fn(&Site) -> DeadFuelMoisture) -> [Differences; 3] {
    let mut all: [Differences; 3] = Default::default();
    for cell in run.cells(stride) {
        let dead = moisture(&run.site(cell));
        let computed = [dead.one_hour, dead.ten_hour, dead.hundred_hour];
        for ((differences, value), reference) in all.iter_mut().zip(computed).zip(run.reference(cell)) {
            differences.0.push(value - reference);
        }
    }
    all
}

/// Light as FARSITE and FlamMap compute it: no diffuse light, the azimuth taken as the hour angle, clouds and crowns
/// each letting 1 less their cover through, and thinner air counted at a third of the height.
fn flammap_light_kw_m2(site: &Site, instant: Timestamp, cloud_cover: f64) -> f64 {
    let [east, north, up] = firecore::moisture::conditioning::sun::direction(site.place, instant);
    if up <= 0.0 {
        return 0.0;
    }
    let (sin_lat, cos_lat) = site.place.lat_deg().to_radians().sin_cos();
    let toward_equator = up * cos_lat - north * sin_lat;
    let hour_angle_rad = (-east).atan2(toward_equator);
    let azimuth_rad = hour_angle_rad + std::f64::consts::PI;
    let level = (1.0 - up * up).sqrt();
    let (toward_east, toward_north) = (level * azimuth_rad.sin(), level * azimuth_rad.cos());
    let [rise_east, rise_north] = site.rise;
    let steepness = (1.0 + rise_east * rise_east + rise_north * rise_north).sqrt();
    let incidence = (up - rise_east * toward_east - rise_north * toward_north) / steepness;
    let air_mass = (-0.000_146_7 * site.elevation_m / 3.2808).exp() / up;
    let through = (1.0 - cloud_cover) * (1.0 - site.canopy_cover);
    1.370 * 0.7_f64.powf(air_mass) * incidence.max(0.0) * through
}

/// The run itself: each hour's record holds for the hour after it, and the light is FlamMap's.
fn as_flammap(run: &Run, site: &Site) -> DeadFuelMoisture {
    let mut sticks = Sticks::new(StickSet::FireGrowth, INITIAL);
    let hour = jiff::SignedDuration::from_hours(1);
    sticks.advance(&with_flammap_light(&run.weather[0], site));
    for record in &run.weather[..run.weather.len() - 1] {
        let weather = with_flammap_light(record, site);
        sticks.advance(&FuelWeather { valid_at: weather.valid_at + hour, ..weather });
    }
    sticks.moisture()
}

fn with_flammap_light(record: &HourlyWeather, site: &Site) -> FuelWeather {
    let Sky::Clouds { cover } = record.sky else { panic!("the record tells clouds") };
    FuelWeather {
        radiation_kw_m2: flammap_light_kw_m2(site, record.valid_at, cover.min(0.99)),
        ..site.reached_by(record)
    }
}

fn as_guira(run: &Run, set: StickSet, site: &Site) -> DeadFuelMoisture {
    let mut sticks = Sticks::new(set, INITIAL);
    let hours = condition(&run.weather, site, &mut sticks);
    *hours.last().expect("there is weather")
}

/// What is left is that FlamMap fills in between steps of 200 m, 10 and 45 degrees and 15 % of cover.
#[test]
fn the_sticks_reproduce_flammaps_moisture_under_its_own_light() {
    let Some(run) = Run::read() else { return };
    let [one, ten, hundred] = differences(&run, STRIDE, |site| as_flammap(&run, site));
    one.assert_near("1-h", [-0.0067, -0.0038, -0.0003, 0.0037, 0.0065], BUDGET);
    ten.assert_near("10-h", [-0.0099, -0.0063, -0.0004, 0.005, 0.0094], BUDGET);
    hundred.assert_near("100-h", [-0.0158, -0.0117, -0.0071, -0.0009, 0.0017], BUDGET);
}

/// Drier by its hour's lag, by clouds that it lets shade more, and by the diffuse light that it leaves out.
#[test]
fn conditioning_agrees_with_flammap_but_for_light_and_clock() {
    let Some(run) = Run::read() else { return };
    let [one, ten, hundred] = differences(&run, STRIDE, |site| as_guira(&run, StickSet::FireGrowth, site));
    one.assert_near("1-h", [-0.0207, -0.0167, -0.0127, -0.0085, -0.0035], BUDGET);
    ten.assert_near("10-h", [-0.0289, -0.0255, -0.02, -0.0146, -0.0064], BUDGET);
    hundred.assert_near("100-h", [-0.0269, -0.0238, -0.0194, -0.0117, -0.0043], BUDGET);
}

/// Besides, one-hour fuel is a stick here, and the thickest one takes up more of the damp after rain.
#[test]
fn the_danger_ratings_sticks_differ_from_flammap_as_documented() {
    let Some(run) = Run::read() else { return };
    let [one, ten, hundred] =
        differences(&run, 2 * STRIDE, |site| as_guira(&run, StickSet::DangerRating, site));
    one.assert_near("1-h", [-0.0032, 0.005, 0.0212, 0.0395, 0.0512], BUDGET);
    ten.assert_near("10-h", [-0.0287, -0.0253, -0.0193, -0.0152, -0.0122], BUDGET);
    hundred.assert_near("100-h", [-0.0049, -0.0013, 0.0034, 0.0152, 0.0207], BUDGET);
}

/// FlamMap's light is that of the lower end of its steps of slope and aspect, not filled in.
#[test]
fn light_on_slopes_agrees_with_flammaps() {
    let Some(run) = Run::read() else { return };
    let record = run.weather[run.weather.len() - 2];
    let (mut own, mut same) = (Differences::default(), Differences::default());
    for cell in run.cells(3) {
        let site = run.site(cell);
        let Sky::Clouds { cover } = record.sky else { panic!("the record tells clouds") };
        let reference = f64::from(run.radiation_w_m2.cells[cell]) / 1000.0;
        same.0.push(flammap_light_kw_m2(&site, record.valid_at, cover) - reference);
        own.0.push(site.radiation_kw_m2(record.valid_at, record.sky) - reference);
    }
    same.assert_near("FlamMap's formula, kW/m2", [-0.110, -0.056, -0.005, 0.040, 0.096], LIGHT_BUDGET_KW_M2);
    own.assert_near("light, kW/m2", [-0.010, 0.046, 0.120, 0.226, 0.293], LIGHT_BUDGET_KW_M2);
}
