//! Surface fire over a landscape as a medium of its own, so that two solvers can be asked about the same ground.

use firecore::landscape::Landscape;
use firecore::spread::front::{Medium, TravelCost};
use firecore::spread::lookup::{Class, SpreadTable};
use firecore::spread::rothermel::{FuelBed, FuelBeds};
use firecore::weather::WeatherSeries;
use firecore::wind::{adjustment_factor, midflame_per_10m};
use jiff::Timestamp;

/// The costs that `firecore::spread::spread` would find without canopy, crowns, embers and perturbation.
pub(crate) struct Surface<'a> {
    landscape: &'a Landscape,
    weather: &'a WeatherSeries,
    /// By fuel code; `None` where nothing burns.
    fuels: Vec<Option<Fuel>>,
}

struct Fuel {
    bed: FuelBed,
    table: SpreadTable,
    midflame_per_10m: f64,
}

impl<'a> Surface<'a> {
    pub(crate) fn new(landscape: &'a Landscape, weather: &'a WeatherSeries) -> Self {
        assert!(landscape.canopy.is_none(), "BUG: this medium knows no canopy");
        let beds = FuelBeds::of(&landscape.fuel_models);
        let fuel = |code| {
            let (bed, model) = (beds.get(code)?, landscape.fuel_models.get(code)?);
            Some(Fuel {
                bed: bed.clone(),
                table: SpreadTable::of(bed),
                midflame_per_10m: midflame_per_10m(adjustment_factor(model.depth_m(), None)),
            })
        };
        Self { landscape, weather, fuels: (0..=u8::MAX).map(fuel).collect() }
    }

    /// Seconds after the start at which one step gives way to the next.
    pub(crate) fn changes_s(&self, start: Timestamp) -> Vec<f32> {
        let since = |change: Timestamp| change.as_millisecond() - start.as_millisecond();
        self.weather.changes().map(|change| since(change) as f32 / 1000.0).collect()
    }
}

impl Medium for Surface<'_> {
    fn cost(&mut self, step: usize, row: usize, col: usize) -> TravelCost {
        let shape = &self.landscape.shape;
        let cell = shape.index(row, col);
        let weather = self.weather.at(step, shape.centre(row, col));
        let fuel = self.fuels[usize::from(self.landscape.fuel[cell])].as_ref();
        let fuel = fuel.expect("BUG: the cost of ground that does not burn is asked for");
        let class = Class::of(&fuel.bed.moistened(&weather.moisture));
        let wind = [weather.wind_10m_east_m_s, weather.wind_10m_north_m_s];
        let rise = self.landscape.terrain.rise(cell);
        fuel.table.cost(&class, wind.map(|part| (part * fuel.midflame_per_10m) as f32), rise)
    }

    fn burnable(&self, row: usize, col: usize) -> bool {
        let cell = self.landscape.shape.index(row, col);
        self.fuels[usize::from(self.landscape.fuel[cell])].is_some()
    }
}
