//! Costs of travel by cell and weather step: landscape, weather and a member's perturbation brought to Rothermel.

use jiff::Timestamp;

use super::ellipse::Ellipse;
use super::front::{Medium, TravelCost};
use super::rothermel::{FuelBeds, MoistBed, SurfaceSpread};
use crate::grid::GridShape;
use crate::ignition::Perturbation;
use crate::landscape::{FuelCode, Landscape};
use crate::weather::{Weather, WeatherSeries};
use crate::wind::{Stand, adjustment_factor, crown_ratio, midflame_per_10m};

pub(super) struct Ground<'a> {
    landscape: &'a Landscape,
    weather: &'a WeatherSeries,
    /// Weather steps that differ from the one before: what the front knows as steps.
    steps: Vec<usize>,
    perturbation: &'a Perturbation,
    beds: FuelBeds,
    /// Mid-flame wind over 10 m wind without a canopy, by fuel code.
    open_factor: [f64; 256],
    /// Moist beds of one weather step by fuel code, where the weather is the same everywhere.
    moist: Vec<Option<(usize, MoistBed)>>,
}

impl<'a> Ground<'a> {
    pub(super) fn new(
        landscape: &'a Landscape,
        weather: &'a WeatherSeries,
        perturbation: &'a Perturbation,
    ) -> Self {
        let differs = |step: usize| step == 0 || weather.steps[step].cells != weather.steps[step - 1].cells;
        let mut open_factor = [0.0; 256];
        for model in landscape.fuel_models.all().iter().filter(|model| model.is_burnable()) {
            open_factor[usize::from(model.code)] = midflame_per_10m(adjustment_factor(model.depth_m(), None));
        }
        Self {
            landscape,
            weather,
            steps: (0..weather.steps.len()).filter(|step| differs(*step)).collect(),
            perturbation,
            beds: FuelBeds::of(&landscape.fuel_models),
            open_factor,
            moist: vec![None; 256],
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
    pub(super) fn weather(&self, step: usize, row: usize, col: usize) -> Weather {
        let place = self.landscape.shape.centre(row, col);
        self.perturbation.of_weather(&self.weather.at(self.steps[step], place))
    }

    /// The head of a surface fire in a cell; none where the ground does not burn.
    pub(super) fn head(&mut self, step: usize, row: usize, col: usize) -> SurfaceSpread {
        let code = self.fuel(row, col);
        let Some(bed) = self.beds.get(code) else { return SurfaceSpread::NONE };
        let weather = self.weather(step, row, col);
        let per_10m = self.midflame_factor(code, row, col);
        let wind = [weather.wind_10m_east_m_s * per_10m, weather.wind_10m_north_m_s * per_10m];
        let cell = self.landscape.shape.index(row, col);
        let slope = [f64::from(self.landscape.rise_east[cell]), f64::from(self.landscape.rise_north[cell])];
        if !self.weather.shape.is_single() {
            return bed.moistened(&weather.moisture).spread(wind, slope);
        }
        match &mut self.moist[usize::from(code)] {
            Some((kept, moist)) if *kept == step => moist.spread(wind, slope),
            slot => slot.insert((step, bed.moistened(&weather.moisture))).1.spread(wind, slope),
        }
    }

    fn midflame_factor(&self, code: FuelCode, row: usize, col: usize) -> f64 {
        let open = self.open_factor[usize::from(code)];
        let Some(canopy) = &self.landscape.canopy else { return open };
        let cell = self.landscape.shape.index(row, col);
        let (cover, height_m) = (f64::from(canopy.cover[cell]), f64::from(canopy.height_m[cell]));
        if cover <= 0.0 || height_m <= 0.0 {
            return open;
        }
        let base_height_m = f64::from(canopy.base_height_m[cell]);
        let stand = Stand { cover, height_m, crown_ratio: Some(crown_ratio(height_m, base_height_m)) };
        let depth_m = self.landscape.fuel_models.get(code).map_or(0.0, |model| model.depth_m());
        midflame_per_10m(adjustment_factor(depth_m, Some(&stand)))
    }
}

impl Medium for Ground<'_> {
    fn cost(&mut self, step: usize, row: usize, col: usize) -> TravelCost {
        let head = self.head(step, row, col);
        let cell = self.landscape.shape.index(row, col);
        let climb = f64::from(self.landscape.rise_east[cell]) * head.toward[0]
            + f64::from(self.landscape.rise_north[cell]) * head.toward[1];
        let ellipse = Ellipse::new(head.heading_rate_of_spread_m_s, head.effective_wind_m_s);
        let on_map_m_s = head.heading_rate_of_spread_m_s / climb.hypot(1.0);
        TravelCost::of_ellipse(on_map_m_s, ellipse.eccentricity, head.toward, head.heat_per_unit_area_kj_m2)
    }

    fn burnable(&self, row: usize, col: usize) -> bool {
        self.burns(row, col)
    }
}
