//! Costs of travel by cell and weather step: landscape, weather and a member's perturbation brought to Rothermel.

use jiff::Timestamp;

use super::front::{Medium, TravelCost};
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
        perturbation: &'a Perturbation,
    ) -> Self {
        let differs = |step: usize| step == 0 || weather.steps[step].cells != weather.steps[step - 1].cells;
        Self {
            landscape,
            weather,
            steps: (0..weather.steps.len()).filter(|step| differs(*step)).collect(),
            shift: perturbation.weather_shift(),
            fuels: (0..=FuelCode::MAX).map(|_| None).collect(),
            beds: FuelBeds::of(&landscape.fuel_models),
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
        let class = self.moist(step, code, &weather).1;
        let wind = [weather.wind_10m_east_m_s * per_10m, weather.wind_10m_north_m_s * per_10m];
        let rise = self.rise(cell);
        self.fuel_of(code).table.cost(&class, wind.map(|part| part as f32), rise)
    }

    fn burnable(&self, row: usize, col: usize) -> bool {
        self.burns(row, col)
    }
}
