//! A fire's mean conditions: the fuels around it, each with its share, its mean slope and canopy, and the mean weather over the horizon.

use jiff::{SignedDuration, Timestamp};

use crate::fuel::FuelModels;
use crate::geo::EastNorth;
use crate::ignition::{MappedPerimeter, Perturbation, Seed};
use crate::landscape::{Canopy, FuelCode, Landscape, Trees};
use crate::spread::crown::{CanopyFuel, CrownModel};
use crate::spread::ellipse;
use crate::spread::rothermel::{FuelBeds, SurfaceSpread};
use crate::spread::{FOLIAR_MOISTURE, NoSpread, Physics};
use crate::weather::{Weather, WeatherSeries, mix};
use crate::wind::{Bend, STRAIGHT, Stand, adjustment_factor, crown_ratio, midflame_per_10m};

/// How far around the ignitions ground counts, m: about as far as two VIIRS detections link.
const AROUND_M: f64 = 1000.0;

/// Fuels that are looked at, the commonest. Our choice: what is rarer changes a mean little.
const FUELS_MAX: usize = 12;

pub(super) struct Conditions<'a> {
    models: &'a FuelModels,
    /// The fuels that burn, the commonest first; empty where nothing does.
    grounds: Vec<Ground>,
    /// All codes found.
    codes: Vec<FuelCode>,
    ignitions: usize,
    weather: Weather,
}

/// The ground under one fuel, in the mean of its cells.
struct Ground {
    fuel: FuelCode,
    /// Of all ground that burns.
    share: f64,
    rise: [f64; 2],
    stand: Option<Stand>,
    /// Canopy fuel, with no foliar moisture yet.
    canopy: Option<CanopyFuel>,
    /// What the terrain makes of the wind.
    bend: Bend,
}

/// The head of a fire under mean conditions, along the slope.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Head {
    pub(super) heading_rate_of_spread_m_s: f64,
    pub(super) toward: [f64; 2],
    pub(super) length_to_width: f64,
    pub(super) heat_per_unit_area_kj_m2: f64,
}

impl<'a> Conditions<'a> {
    pub(super) fn around(
        seed: &Seed,
        landscape: &'a Landscape,
        weather: &WeatherSeries,
        horizon_s: u32,
    ) -> Self {
        let drawn = seed.outlines.iter().flat_map(MappedPerimeter::places);
        let began = seed.burning.iter().map(|ignition| ignition.position).chain(drawn);
        let places: Vec<EastNorth> = began.map(|place| landscape.frame.to_plane(place)).collect();
        let cells = cells_around(&places, landscape);
        let mut of_code: Vec<Vec<usize>> = vec![Vec::new(); 256];
        cells.iter().for_each(|cell| of_code[usize::from(landscape.fuel[*cell])].push(*cell));
        let codes = (0..=u8::MAX).filter(|code| !of_code[usize::from(*code)].is_empty());
        let codes: Vec<FuelCode> = codes.collect();
        let models: &FuelModels = &landscape.fuel_models;
        let mut burning: Vec<FuelCode> = codes.iter().copied().filter(|code| models.burns(*code)).collect();
        let count = |code: &FuelCode| of_code[usize::from(*code)].len();
        burning.sort_by_key(|code| std::cmp::Reverse(count(code)));
        let all: usize = burning.iter().map(count).sum();
        burning.truncate(FUELS_MAX);
        let grounds = burning.into_iter().map(|fuel| {
            let share = count(&fuel) as f64 / all as f64;
            Ground::of(fuel, share, &of_code[usize::from(fuel)], landscape, weather.terrain_bends_wind)
        });
        Self {
            models,
            grounds: grounds.collect(),
            codes,
            ignitions: seed.burning.len() + seed.outlines.len(),
            weather: mean_weather(weather, middle(&places), seed.seeded_at, horizon_s),
        }
    }

    /// The head of a fire under these conditions, as a member has them.
    pub(super) fn head(&self, beds: &FuelBeds, physics: &Physics, perturbation: &Perturbation) -> Head {
        let weather = perturbation.of_weather(&self.weather);
        let heads = self
            .grounds
            .iter()
            .map(|ground| (ground.share, ground.head(self.models, beds, physics, &weather)));
        Head::of_all(&heads.collect::<Vec<_>>())
    }

    /// Why no fire spreads under these conditions, if none does.
    pub(super) fn no_spread(&self, heading_m_s: f64, perturbation: &Perturbation) -> Option<NoSpread> {
        match self.grounds.first() {
            None if self.codes.is_empty() => Some(NoSpread::OutsideLandscape { ignitions: self.ignitions }),
            None => {
                Some(NoSpread::NotBurnable { codes: self.models.describe_all(self.codes.iter().copied()) })
            }
            Some(ground) if heading_m_s <= 0.0 => Some(NoSpread::TooWet {
                codes: self.models.describe(ground.fuel),
                one_hour: perturbation.of_weather(&self.weather).moisture.dead.one_hour,
            }),
            Some(_) => None,
        }
    }
}

impl Ground {
    fn of(fuel: FuelCode, share: f64, cells: &[usize], landscape: &Landscape, bends_wind: bool) -> Self {
        let stand = landscape.canopy.as_ref().map(|canopy| {
            let Trees { cover, height_m, base_height_m, .. } = mean_trees(canopy, cells);
            let crown_ratio = Some(crown_ratio(height_m, base_height_m));
            Stand { cover, height_m, crown_ratio }
        });
        let canopy = landscape.canopy.as_ref().and_then(|canopy| crown_fuel(canopy, cells));
        let bend = if bends_wind { mean_bend(landscape, cells) } else { STRAIGHT };
        let rise = |part: usize| mean(cells, |cell| landscape.terrain.rise(cell)[part].into());
        Self { fuel, share, rise: [rise(0), rise(1)], stand, canopy, bend }
    }

    fn head(&self, models: &FuelModels, beds: &FuelBeds, physics: &Physics, weather: &Weather) -> Head {
        let weather = weather.bent(self.bend);
        let (Some(model), Some(bed)) = (models.get(self.fuel), beds.get(self.fuel)) else {
            return Head::of_surface(&SurfaceSpread::NONE);
        };
        let per_10m = midflame_per_10m(adjustment_factor(model.depth_m(), self.stand.as_ref()));
        let [east, north] = [weather.wind_10m_east_m_s, weather.wind_10m_north_m_s];
        let moist = bed.moistened(&weather.moisture);
        let surface = moist.spread([east * per_10m, north * per_10m], self.rise);
        let (Some(method), Some(canopy)) = (physics.crown_fire, self.canopy) else {
            return Head::of_surface(&surface);
        };
        let canopy = CanopyFuel { foliar_moisture: physics.foliar_moisture, ..canopy };
        let wind_m_s = east.hypot(north);
        let surface_at = |other_m_s: f64| {
            let scale = if wind_m_s > 0.0 { other_m_s * per_10m / wind_m_s } else { 0.0 };
            moist.spread([east * scale, north * scale], self.rise)
        };
        let crowns = CrownModel::new(method).moistened(&weather.moisture);
        let fire = crowns.fire(&surface, &canopy, wind_m_s, surface_at);
        Head {
            heading_rate_of_spread_m_s: fire.heading_rate_of_spread_m_s,
            toward: surface.toward,
            length_to_width: fire.length_to_width,
            heat_per_unit_area_kj_m2: fire.heat_per_unit_area_kj_m2,
        }
    }
}

impl Head {
    /// Of a fire that goes over several fuels, each with its share of the ground: the mean rate of spread; the rest in the mean by what
    /// each fuel adds to that.
    fn of_all(heads: &[(f64, Head)]) -> Self {
        let sum = |of: &dyn Fn(&Head) -> f64| -> f64 {
            heads.iter().map(|(share, head)| share * head.heading_rate_of_spread_m_s * of(head)).sum()
        };
        let (rate, shares): (f64, f64) = (sum(&|_| 1.0), heads.iter().map(|(share, _)| share).sum());
        if rate <= 0.0 {
            return Self::of_surface(&SurfaceSpread::NONE);
        }
        let [east, north] = [sum(&|head| head.toward[0]), sum(&|head| head.toward[1])];
        let length = east.hypot(north);
        Self {
            heading_rate_of_spread_m_s: rate / shares,
            toward: if length > 0.0 { [east / length, north / length] } else { SurfaceSpread::NONE.toward },
            length_to_width: sum(&|head| head.length_to_width) / rate,
            heat_per_unit_area_kj_m2: sum(&|head| head.heat_per_unit_area_kj_m2) / rate,
        }
    }

    fn of_surface(surface: &SurfaceSpread) -> Self {
        Self {
            heading_rate_of_spread_m_s: surface.heading_rate_of_spread_m_s,
            toward: surface.toward,
            length_to_width: ellipse::length_to_width(surface.effective_wind_m_s),
            heat_per_unit_area_kj_m2: surface.heat_per_unit_area_kj_m2,
        }
    }
}

/// Canopy fuel of the cells that have any, in the mean; `None` where less than half have: a fire that meets crowns here and there does not run
/// through them. No trees have a base height of 0 m, with which it would.
fn crown_fuel(canopy: &Canopy, cells: &[usize]) -> Option<CanopyFuel> {
    let bears = |cell: &usize| {
        let trees = canopy.trees(*cell);
        trees.height_m > 0.0 && trees.bulk_density_kg_m3 > 0.0
    };
    let bearing: Vec<usize> = cells.iter().copied().filter(bears).collect();
    let trees = mean_trees(canopy, &bearing);
    (!bearing.is_empty() && 2 * bearing.len() >= cells.len()).then_some(CanopyFuel {
        base_height_m: trees.base_height_m,
        bulk_density_kg_m3: trees.bulk_density_kg_m3,
        height_m: trees.height_m,
        foliar_moisture: FOLIAR_MOISTURE,
    })
}

/// Trees in the mean of some cells.
fn mean_trees(canopy: &Canopy, cells: &[usize]) -> Trees {
    let mean = |of: fn(Trees) -> f64| mean(cells, |cell| of(canopy.trees(cell)));
    Trees {
        cover: mean(|trees| trees.cover),
        height_m: mean(|trees| trees.height_m),
        base_height_m: mean(|trees| trees.base_height_m),
        bulk_density_kg_m3: mean(|trees| trees.bulk_density_kg_m3),
    }
}

/// A layer's mean over some cells.
fn mean(cells: &[usize], of: impl Fn(usize) -> f64) -> f64 {
    cells.iter().map(|cell| of(*cell)).sum::<f64>() / cells.len().max(1) as f64
}

/// The mean of what the terrain makes of the wind in some cells; none leave it as it is.
fn mean_bend(landscape: &Landscape, cells: &[usize]) -> Bend {
    if cells.is_empty() {
        return STRAIGHT;
    }
    let (terrain, cols) = (landscape.terrain_wind(), landscape.shape.cols);
    std::array::from_fn(|part| mean(cells, |cell| terrain.at(cell / cols, cell % cols)[part].into()) as f32)
}

fn middle(places: &[EastNorth]) -> EastNorth {
    let count = places.len().max(1) as f64;
    EastNorth {
        east_m: places.iter().map(|at| at.east_m).sum::<f64>() / count,
        north_m: places.iter().map(|at| at.north_m).sum::<f64>() / count,
    }
}

/// Cells of the box around the places.
fn cells_around(places: &[EastNorth], landscape: &Landscape) -> Vec<usize> {
    let shape = &landscape.shape;
    let fold = |of: fn(&EastNorth) -> f64, pick: fn(f64, f64) -> f64| places.iter().map(of).reduce(pick);
    let (Some(west_m), Some(east_m)) = (fold(|at| at.east_m, f64::min), fold(|at| at.east_m, f64::max))
    else {
        return Vec::new();
    };
    let (south_m, north_m) =
        (fold(|at| at.north_m, f64::min).unwrap_or(0.0), fold(|at| at.north_m, f64::max).unwrap_or(0.0));
    let span = |from_m: f64, to_m: f64, count: usize| {
        let index = |metres: f64| (metres / shape.cell_size_m).clamp(0.0, count as f64);
        index(from_m - AROUND_M).floor() as usize..index(to_m + AROUND_M).ceil() as usize
    };
    let rows = span(shape.north_m - north_m, shape.north_m - south_m, shape.rows);
    let cols = span(west_m - shape.west_m, east_m - shape.west_m, shape.cols);
    rows.flat_map(|row| cols.clone().map(move |col| shape.index(row, col))).collect()
}

/// Weather at a place, averaged over the horizon by the time that each step holds.
fn mean_weather(weather: &WeatherSeries, at: EastNorth, seeded_at: Timestamp, horizon_s: u32) -> Weather {
    let end = seeded_at + SignedDuration::from_secs(i64::from(horizon_s));
    let changes: Vec<Timestamp> = weather.changes().collect();
    let (mut mean, mut total_ms) = (weather.at(weather.step_at(seeded_at), at), 0_i64);
    for step in 0..weather.steps.len() {
        let begin = if step == 0 { seeded_at } else { changes[step - 1].max(seeded_at) };
        let until = changes.get(step).copied().unwrap_or(end).min(end);
        let span_ms = until.as_millisecond() - begin.as_millisecond();
        if span_ms > 0 {
            total_ms += span_ms;
            mean = mix(&mean, &weather.at(step, at), span_ms as f64 / total_ms as f64);
        }
    }
    mean
}
