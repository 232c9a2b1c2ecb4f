//! Costs of travel by cell and weather step: landscape, weather and a member's perturbation brought to Rothermel.

use jiff::Timestamp;

mod crowns;
mod embers;

use crowns::{Crowns, Under};
use embers::{Embers, Source};

use super::Physics;
use super::crown::CanopyFuel;
use super::ellipse;
use super::front::{Burned, Medium, SpotFire, TravelCost};
use super::lookup::{Class, SpreadTable};
use super::rothermel::{FuelBed, FuelBeds, MoistBed, SurfaceSpread};
use crate::fuel::FuelModel;
use crate::grid::GridShape;
use crate::ignition::{Perturbation, WeatherShift};
use crate::landscape::{FuelCode, Landscape};
use crate::weather::{Weather, WeatherSeries};
use crate::wind::{adjustment_factor, midflame_per_10m};

pub(super) struct Ground<'a> {
    landscape: &'a Landscape,
    weather: &'a WeatherSeries,
    /// Weather steps that differ from the one before: what the front knows as steps.
    steps: Vec<usize>,
    shift: WeatherShift,
    /// By fuel code, made when the code is first met; `None` where nothing burns.
    fuels: Vec<Option<Box<Fuel>>>,
    beds: FuelBeds,
    crowns: Option<Crowns>,
    embers: Option<Embers>,
    /// Weather of one step, where it is the same everywhere.
    everywhere: Option<(usize, Weather)>,
}

/// A fuel model on this landscape.
struct Fuel {
    bed: FuelBed,
    table: SpreadTable,
    /// Mid-flame wind over 10 m wind without a canopy.
    open_factor: f64,
    depth_m: f64,
    /// The moist bed of one weather step, where the weather is the same everywhere.
    moist: Option<(usize, MoistBed, Class)>,
}

impl<'a> Ground<'a> {
    pub(super) fn new(
        landscape: &'a Landscape,
        weather: &'a WeatherSeries,
        perturbation: &Perturbation,
        physics: &Physics,
    ) -> Self {
        let differs = |step: usize| step == 0 || weather.steps[step].cells != weather.steps[step - 1].cells;
        Self {
            landscape,
            weather,
            steps: (0..weather.steps.len()).filter(|step| differs(*step)).collect(),
            shift: perturbation.weather_shift(),
            fuels: (0..=FuelCode::MAX).map(|_| None).collect(),
            beds: FuelBeds::of(&landscape.fuel_models),
            crowns: Crowns::new(physics, landscape),
            embers: physics.embers.map(|settings| Embers::new(&settings, perturbation.ember_key)),
            everywhere: None,
        }
    }

    /// Seconds after the start at which one of the kept steps gives way to the next.
    pub(super) fn changes_s(&self, seeded_at: Timestamp) -> Vec<f32> {
        let all: Vec<Timestamp> = self.weather.changes().collect();
        let since = |change: Timestamp| change.as_millisecond() - seeded_at.as_millisecond();
        self.steps.iter().skip(1).map(|step| since(all[step - 1]) as f32 / 1000.0).collect()
    }

    pub(super) fn burns(&self, row: usize, col: usize) -> bool {
        self.beds.get(self.fuel(row, col)).is_some()
    }

    pub(super) fn fuel(&self, row: usize, col: usize) -> FuelCode {
        self.landscape.fuel[self.landscape.shape.index(row, col)]
    }

    /// Several codes in words.
    pub(super) fn describe(&self, codes: impl IntoIterator<Item = FuelCode>) -> String {
        self.landscape.fuel_models.describe_all(codes)
    }

    pub(super) fn shape(&self) -> &GridShape {
        &self.landscape.shape
    }

    /// Weather in a cell as the member has it.
    pub(super) fn weather(&mut self, step: usize, row: usize, col: usize) -> Weather {
        if let Some((_, weather)) = self.everywhere.filter(|(kept, _)| *kept == step) {
            return weather;
        }
        let place = self.landscape.shape.centre(row, col);
        let weather = self.shift.of(&self.weather.at(self.steps[step], place));
        self.everywhere = self.weather.shape.is_single().then_some((step, weather));
        weather
    }

    /// The head of a surface fire in a cell; none where the ground does not burn.
    pub(super) fn head(&mut self, step: usize, row: usize, col: usize) -> SurfaceSpread {
        let weather = self.weather(step, row, col);
        let (code, cell) = (self.fuel(row, col), self.landscape.shape.index(row, col));
        if !self.burns(row, col) {
            return SurfaceSpread::NONE;
        }
        let per_10m = self.midflame_factor(code, cell);
        let moist = self.moist(step, code, &weather).0;
        let wind = [weather.wind_10m_east_m_s * per_10m, weather.wind_10m_north_m_s * per_10m];
        moist.spread(wind, self.rise(cell).map(f64::from))
    }

    /// Embers that were not followed.
    pub(super) fn embers_refused(&self) -> usize {
        self.embers.as_ref().map_or(0, |embers| embers.refused)
    }

    /// Rise over run toward east and north.
    fn rise(&self, cell: usize) -> [f32; 2] {
        [self.landscape.rise_east[cell], self.landscape.rise_north[cell]]
    }

    /// A fuel that burns, by its code.
    fn fuel_of(&mut self, code: FuelCode) -> &mut Fuel {
        let slot = &mut self.fuels[usize::from(code)];
        slot.get_or_insert_with(|| {
            let bed = self.beds.get(code).expect("BUG: the cost of ground that does not burn is asked for");
            let depth_m = self.landscape.fuel_models.get(code).map_or(0.0, FuelModel::depth_m);
            Box::new(Fuel {
                bed: bed.clone(),
                table: SpreadTable::of(bed),
                open_factor: midflame_per_10m(adjustment_factor(depth_m, None)),
                depth_m,
                moist: None,
            })
        })
    }

    /// The bed of a fuel at a cell's moisture.
    fn moist(&mut self, step: usize, code: FuelCode, weather: &Weather) -> (MoistBed, Class) {
        let keeps = self.weather.shape.is_single();
        let fuel = self.fuel_of(code);
        if let Some((_, moist, class)) = fuel.moist.filter(|(kept, _, _)| *kept == step) {
            return (moist, class);
        }
        let moist = fuel.bed.moistened(&weather.moisture);
        let class = Class::of(&moist);
        fuel.moist = keeps.then_some((step, moist, class));
        (moist, class)
    }

    /// The cost of the fire that a surface fire becomes under a canopy; `None` where it leaves the crowns alone.
    fn crown_cost(
        &mut self,
        step: usize,
        weather: &Weather,
        canopy: &CanopyFuel,
        under: &Under<'_>,
    ) -> Option<TravelCost> {
        let keeps = self.weather.shape.is_single();
        let model = self.crowns.as_mut()?.moist(step, keeps, &weather.moisture);
        let fire = crowns::fire(&model, canopy, under);
        if !fire.class.is_crown_fire() {
            return None;
        }
        let eccentricity = ellipse::eccentricity(fire.length_to_width);
        let (rate_m_s, heat) = (fire.heading_rate_of_spread_m_s, fire.heat_per_unit_area_kj_m2);
        let cost = TravelCost::on_slope(rate_m_s, eccentricity, under.surface.toward, under.rise, heat);
        Some(TravelCost { class: fire.class, ..cost })
    }

    fn midflame_factor(&mut self, code: FuelCode, cell: usize) -> f64 {
        let stand = self.landscape.canopy.as_ref().and_then(|canopy| canopy.stand(cell));
        let fuel = self.fuel_of(code);
        match stand {
            Some(stand) => midflame_per_10m(adjustment_factor(fuel.depth_m, Some(&stand))),
            None => fuel.open_factor,
        }
    }
}

impl Medium for Ground<'_> {
    fn cost(&mut self, step: usize, row: usize, col: usize) -> TravelCost {
        let weather = self.weather(step, row, col);
        let (code, cell) = (self.fuel(row, col), self.landscape.shape.index(row, col));
        let per_10m = self.midflame_factor(code, cell);
        let (moist, class) = self.moist(step, code, &weather);
        let wind = [weather.wind_10m_east_m_s * per_10m, weather.wind_10m_north_m_s * per_10m];
        let rise = self.rise(cell);
        let surface = self.fuel_of(code).table.cost(&class, wind.map(|part| part as f32), rise);
        let Some(canopy) = self.crowns.as_ref().and_then(|crowns| crowns.canopy(self.landscape, cell)) else {
            return surface;
        };
        if stays_below(&surface, &canopy) {
            return surface;
        }
        let rise = rise.map(f64::from);
        let under = Under {
            bed: &moist,
            surface: moist.spread(wind, rise),
            rise,
            wind_10m: [weather.wind_10m_east_m_s, weather.wind_10m_north_m_s],
            midflame_per_10m: per_10m,
        };
        self.crown_cost(step, &weather, &canopy, &under).unwrap_or(surface)
    }

    fn burnable(&self, row: usize, col: usize) -> bool {
        self.burns(row, col)
    }

    fn throws_embers(&self) -> bool {
        self.embers.is_some()
    }

    fn embers(&mut self, step: usize, burned: &Burned, from_s: f32, fires: &mut Vec<SpotFire>) {
        let weather = self.weather(step, burned.row, burned.col);
        let cell = self.landscape.shape.index(burned.row, burned.col);
        let stand = self.landscape.canopy.as_ref().and_then(|canopy| canopy.stand(cell));
        let source = Source {
            burned: *burned,
            cell,
            cell_m: self.landscape.shape.cell_size_m,
            heat_per_unit_area_kj_m2: f64::from(burned.heat_per_unit_area_kj_m2),
            wind_10m: [weather.wind_10m_east_m_s, weather.wind_10m_north_m_s],
            one_hour: weather.moisture.dead.one_hour,
            shade: stand.map_or(0.0, |stand| stand.cover),
        };
        if let Some(embers) = &mut self.embers {
            embers.throw(&source, from_s, fires);
        }
    }
}

/// Whether a surface fire's head is too weak to ignite crowns, told from its cost alone: most are, and the exact rates cost
/// ten times as much.
fn stays_below(surface: &TravelCost, canopy: &CanopyFuel) -> bool {
    /// The table's errors, as a share.
    const MARGIN: f64 = 1.01;
    let intensity_kw_m = surface.heat_per_unit_area_kj_m2 * surface.head_m_s();
    f64::from(intensity_kw_m) * MARGIN < canopy.critical_fireline_intensity_kw_m()
}
