//! What all members of a forecast look up: made once, shared by reference.

use std::sync::{Arc, OnceLock};

use crate::fuel::{FuelModel, FuelModels};
use crate::landscape::{Canopy, FuelCode, Landscape};
use crate::moisture::LiveFuelMoisture;
use crate::spread::lookup::SpreadTable;
use crate::spread::rothermel::{FuelBed, FuelBeds};
use crate::weather::WeatherSeries;
use crate::wind::{adjustment_factor, midflame_per_10m};

/// Fuel codes that there may be: what is kept by code in an array of so many needs no check of its bounds.
pub(super) const CODES: usize = FuelCode::MAX as usize + 1;

/// What every member on the same landscape under the same weather looks up.
///
/// A fuel's table is made when the first member meets it.
#[derive(Debug)]
pub struct Tables {
    models: Arc<FuelModels>,
    beds: FuelBeds,
    /// By fuel code.
    fuels: Box<[OnceLock<Box<Fuel>>; CODES]>,
    burns: [bool; CODES],
    /// Weather steps that differ from the one before: what the front knows as steps.
    pub(super) steps: Vec<usize>,
    /// Live moisture in each of them, where it is the same everywhere.
    live: Vec<Option<LiveFuelMoisture>>,
    /// Trees stand somewhere: canopy layers without any are as good as none.
    trees: bool,
    /// Steps of the weather, to tell it from another.
    steps_given: usize,
}

/// A fuel model on this landscape.
#[derive(Debug)]
pub(super) struct Fuel {
    pub(super) code: FuelCode,
    pub(super) bed: FuelBed,
    pub(super) table: SpreadTable,
    /// Mid-flame wind over 10 m wind without a canopy.
    pub(super) open_factor: f64,
    pub(super) depth_m: f64,
}

impl Tables {
    /// For members on a landscape under a weather.
    pub fn of(landscape: &Landscape, weather: &WeatherSeries) -> Self {
        let differs =
            |step: &usize| *step == 0 || weather.steps[*step].cells != weather.steps[*step - 1].cells;
        let steps: Vec<usize> = (0..weather.steps.len()).filter(differs).collect();
        let live = steps.iter().map(|step| live_everywhere(weather, *step)).collect();
        Self {
            models: Arc::clone(&landscape.fuel_models),
            beds: FuelBeds::of(&landscape.fuel_models),
            fuels: Box::new(std::array::from_fn(|_| OnceLock::new())),
            burns: std::array::from_fn(|code| landscape.fuel_models.burns(code as FuelCode)),
            steps,
            live,
            trees: landscape.canopy.as_ref().is_some_and(Canopy::has_trees),
            steps_given: weather.steps.len(),
        }
    }

    /// Whether they were made for these two.
    pub(in crate::spread) fn are_of(&self, landscape: &Landscape, weather: &WeatherSeries) -> bool {
        let models = &landscape.fuel_models;
        (Arc::ptr_eq(&self.models, models) || self.models == *models)
            && self.steps_given == weather.steps.len()
    }

    /// Whether ground of a code burns.
    #[inline]
    pub(super) fn burns(&self, code: FuelCode) -> bool {
        self.burns[usize::from(code)]
    }

    /// The canopy layers of the landscape, where trees stand.
    pub(super) fn canopy<'a>(&self, landscape: &'a Landscape) -> Option<&'a Canopy> {
        landscape.canopy.as_ref().filter(|_| self.trees)
    }

    /// Live moisture in a step, where it is the same everywhere.
    pub(super) fn live(&self, step: usize) -> Option<&LiveFuelMoisture> {
        self.live[step].as_ref()
    }

    /// A fuel that burns, by its code.
    #[inline]
    pub(super) fn fuel(&self, code: FuelCode) -> &Fuel {
        self.fuels[usize::from(code)].get_or_init(|| self.make(code))
    }

    #[inline(never)]
    fn make(&self, code: FuelCode) -> Box<Fuel> {
        let bed = self.beds.get(code).expect("BUG: the cost of ground that does not burn is asked for");
        let depth_m = self.models.get(code).map_or(0.0, FuelModel::depth_m);
        Box::new(Fuel {
            code,
            bed: bed.clone(),
            table: SpreadTable::of(bed),
            open_factor: midflame_per_10m(adjustment_factor(depth_m, None)),
            depth_m,
        })
    }
}

fn live_everywhere(weather: &WeatherSeries, step: usize) -> Option<LiveFuelMoisture> {
    let cells = &weather.steps[step].cells;
    let first = cells.first()?.moisture.live;
    cells.iter().all(|cell| cell.moisture.live == first).then_some(first)
}
