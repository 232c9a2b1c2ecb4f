//! The nearest of a million assets, over a continent: points alone, and with lines and polygons among them.
//!
//! Four of five lie around 20,000 towns (normal, 5 km), the rest anywhere in the box from 125 W 25 N to 67 W 49 N. `near` asks within
//! some kilometres of an asset, `anywhere` in the box, `far` in another box of its size east of it, over the ocean.

use std::f64::consts::TAU;
use std::hint::black_box;
use std::io::Write;
use std::time::Instant;

use criterion::{BatchSize, BenchmarkId, Criterion, criterion_group, criterion_main};
use firecore::asset::{Asset, AssetIndex};
use firecore::geo::LonLat;
use geo::{Geometry, LineString, Point, Polygon};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

const ASSETS: usize = 1_000_000;
const TOWNS: usize = 20_000;
const QUERIES: usize = 200_000;

fn nearest(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("assets");
    group.sample_size(30);
    for (shapes, mixed) in [("points", false), ("mixed", true)] {
        let mut draw = Draw(ChaCha8Rng::seed_from_u64(1));
        let assets = assets(&mut draw, mixed);
        let places: Vec<LonLat> = (0..QUERIES).map(|at| near(&mut draw, &assets[at])).collect();
        let start = Instant::now();
        let resident_mb = resident_mb();
        let index = AssetIndex::new(assets).expect("drawn shapes have an index");
        writeln!(
            std::io::stderr(),
            "assets/{shapes} once: built in {:.2} s, {:.0} MB more, {:.0} MB with the assets",
            start.elapsed().as_secs_f64(),
            self::resident_mb() - resident_mb,
            self::resident_mb(),
        )
        .expect("standard error is open");
        let anywhere: Vec<LonLat> = (0..QUERIES).map(|_| draw.in_box(0.0)).collect();
        let far: Vec<LonLat> = (0..QUERIES).map(|_| draw.in_box(58.0)).collect();
        for (name, places) in [("near", places), ("anywhere", anywhere), ("far", far)] {
            let start_ns = processor_ns();
            places.iter().for_each(|place| drop(black_box(index.nearest(*place))));
            let each_ns = (processor_ns() - start_ns) / QUERIES as f64;
            writeln!(
                std::io::stderr(),
                "assets/{shapes}/{name} once: {each_ns:.0} ns of processor time each"
            )
            .expect("standard error is open");
            let mut at = 0;
            group.bench_function(BenchmarkId::new(shapes, name), |bencher| {
                let next = || {
                    at = (at + 1) % places.len();
                    places[at]
                };
                bencher.iter_batched(next, |place| index.nearest(black_box(place)), BatchSize::SmallInput);
            });
        }
    }
    group.finish();
}

/// Time that this thread had a processor for, ns: unlike the clock's it has no time in it that others ran.
fn processor_ns() -> f64 {
    let times = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    times.split(' ').next().and_then(|time| time.parse().ok()).unwrap_or(f64::NAN)
}

/// Resident memory of this process, MB.
fn resident_mb() -> f64 {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = pages.split(' ').nth(1).and_then(|pages| pages.parse::<f64>().ok());
    pages.unwrap_or(f64::NAN) * 4096.0 / 1e6
}

fn assets(draw: &mut Draw, mixed: bool) -> Vec<Asset> {
    let towns: Vec<LonLat> = (0..TOWNS).map(|_| draw.in_box(0.0)).collect();
    let asset = |number: usize| {
        let place = match number.is_multiple_of(5) {
            true => draw.in_box(0.0),
            false => {
                let town = towns[(draw.uniform() * TOWNS as f64) as usize];
                draw.around(town, 5.0)
            }
        };
        Asset {
            id: format!("asset-{number}"),
            kind: Some("building".to_owned()),
            name: None,
            clearance_s: None,
            geometry: match number % 10 {
                7 if mixed => draw.line(place),
                8 if mixed => draw.block(place),
                _ => Point::new(place.lon_deg(), place.lat_deg()).into(),
            },
        }
    };
    (0..ASSETS).map(asset).collect()
}

fn near(draw: &mut Draw, asset: &Asset) -> LonLat {
    let at = match &asset.geometry {
        Geometry::Point(point) => point.0,
        Geometry::LineString(line) => line.0[0],
        Geometry::Polygon(polygon) => polygon.exterior().0[0],
        _ => unreachable!("only these are drawn"),
    };
    let place = LonLat::new(at.x, at.y).expect("a drawn place is on the globe");
    draw.around(place, 3.0)
}

struct Draw(ChaCha8Rng);

impl Draw {
    fn uniform(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn in_box(&mut self, east_deg: f64) -> LonLat {
        let (lon_deg, lat_deg) = (-125.0 + 58.0 * self.uniform() + east_deg, 25.0 + 24.0 * self.uniform());
        LonLat::new(lon_deg, lat_deg).expect("within the box")
    }

    fn around(&mut self, place: LonLat, sigma_km: f64) -> LonLat {
        let away_km = sigma_km * (-2.0 * (1.0 - self.uniform()).ln()).sqrt();
        let (north, east) = (self.uniform() * TAU).sin_cos();
        let degree_km = 111.2;
        let lon_deg = place.lon_deg() + away_km * east / degree_km / place.lat_deg().to_radians().cos();
        LonLat::new(lon_deg, place.lat_deg() + away_km * north / degree_km).expect("some kilometres away")
    }

    /// A power line of five spans.
    fn line(&mut self, from: LonLat) -> Geometry<f64> {
        let mut at = from;
        let mut step = || {
            at = self.around(at, 0.4);
            (at.lon_deg(), at.lat_deg())
        };
        LineString::from((0..6).map(|_| step()).collect::<Vec<_>>()).into()
    }

    /// A block of 200 m.
    fn block(&mut self, corner: LonLat) -> Geometry<f64> {
        let (west, south) = (corner.lon_deg(), corner.lat_deg());
        let ring =
            vec![(west, south), (west + 2e-3, south), (west + 2e-3, south + 2e-3), (west, south + 2e-3)];
        Polygon::new(LineString::from(ring), Vec::new()).into()
    }
}

criterion_group!(benches, nearest);
criterion_main!(benches);
