//! Costs of travel by cell and weather step: landscape, weather and a member's perturbation brought to Rothermel.

use std::ops::Range;

use jiff::Timestamp;

mod air;
mod crowns;
mod embers;
mod shelter;
mod tables;
#[cfg(test)]
mod tests;

pub use tables::Tables;

use air::{Air, AirField, FourAirs};
use crowns::{Crowns, Under};
use embers::{Embers, Source};
use shelter::Shelter;
use tables::{CODES, Fuel};

use super::crown::CanopyFuel;
use super::ellipse;
use super::front::lanes::{LANES, Lanes, four};
use super::front::{Burned, Medium, SpotFire, TravelCost, TravelCosts};
use super::lookup::{Class, Classes, SpreadTable};
use super::rothermel::{CuredBed, SurfaceSpread};
use super::{Physics, Scene};
use crate::grid::GridShape;
use crate::ignition::{Perturbation, WeatherShift};
use crate::landscape::{Canopy, FuelCode, Landscape};
use crate::weather::{Weather, WeatherSeries};

pub(super) struct Ground<'a> {
    landscape: &'a Landscape,
    canopy: Option<&'a Canopy>,
    weather: &'a WeatherSeries,
    tables: &'a Tables,
    shift: WeatherShift,
    air: AirField<'a>,
    /// By fuel code, the bed of the weather step that it was last met in, where all the landscape has one live moisture.
    cured: Box<[Option<Cured<'a>>; CODES]>,
    shelter: Shelter,
    crowns: Option<Crowns>,
    embers: Option<Embers>,
}

/// A fuel's bed in a weather step.
struct Cured<'a> {
    step: usize,
    fuel: &'a Fuel,
    bed: CuredBed,
}

impl<'a> Ground<'a> {
    pub(super) fn new(scene: Scene<'a>, perturbation: &Perturbation, physics: &Physics) -> Self {
        let Scene { landscape, weather, tables } = scene;
        let shift = perturbation.weather_shift();
        let canopy = tables.canopy(landscape);
        Self {
            landscape,
            canopy,
            weather,
            tables,
            shift,
            air: AirField::new(landscape, weather, &tables.steps, shift),
            cured: Box::new([const { None }; CODES]),
            shelter: Shelter::new(),
            crowns: canopy.and_then(|_| Crowns::new(physics, landscape)),
            embers: physics.embers.map(|settings| Embers::new(&settings, perturbation.ember_key)),
        }
    }

    /// Seconds after the start at which one of the kept steps gives way to the next.
    pub(super) fn changes_s(&self, seeded_at: Timestamp) -> Vec<f32> {
        let all: Vec<Timestamp> = self.weather.changes().collect();
        let since = |change: Timestamp| change.as_millisecond() - seeded_at.as_millisecond();
        self.tables.steps.iter().skip(1).map(|step| since(all[step - 1]) as f32 / 1000.0).collect()
    }

    pub(super) fn burns(&self, row: usize, col: usize) -> bool {
        self.tables.burns(self.fuel(row, col))
    }

    /// [`Self::burns`] for the cells of a row.
    pub(super) fn burns_along(&self, row: usize, cols: Range<usize>) -> impl Iterator<Item = bool> + '_ {
        let first = self.landscape.shape.index(row, 0);
        self.landscape.fuel[first + cols.start..first + cols.end].iter().map(|code| self.tables.burns(*code))
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
        let weather = self.shift.of(&self.weather.at(self.tables.steps[step], place));
        if self.weather.terrain_bends_wind {
            weather.bent(self.landscape.terrain_wind().at(row, col))
        } else {
            weather
        }
    }

    /// The head of a surface fire in a cell; none where the ground does not burn.
    pub(super) fn head(&self, step: usize, row: usize, col: usize) -> SurfaceSpread {
        if !self.burns(row, col) {
            return SurfaceSpread::NONE;
        }
        let (fuel, cell) = (self.tables.fuel(self.fuel(row, col)), self.landscape.shape.index(row, col));
        let weather = self.weather(step, row, col);
        let per_10m = self.canopy.map_or(fuel.open_factor, |canopy| shelter::exact(canopy, fuel, cell));
        let wind = [weather.wind_10m_east_m_s * per_10m, weather.wind_10m_north_m_s * per_10m];
        fuel.bed.moistened(&weather.moisture).spread(wind, self.landscape.terrain.rise(cell).map(f64::from))
    }

    /// Embers that were not followed.
    pub(super) fn embers_refused(&self) -> usize {
        self.embers.as_ref().map_or(0, |embers| embers.refused)
    }

    /// What moisture makes of a fuel in a cell.
    #[inline(always)]
    fn class(&mut self, step: usize, row: usize, col: usize, fuel: &'a Fuel, air: &Air) -> Class {
        let code = usize::from(fuel.code);
        match &self.cured[code] {
            Some(Cured { step: kept, bed, .. }) if *kept == step => Class::of_cured(bed, air.dead_moisture),
            _ => self.class_anew(step, row, col, fuel, air),
        }
    }

    #[inline(never)]
    fn class_anew(&mut self, step: usize, row: usize, col: usize, fuel: &'a Fuel, air: &Air) -> Class {
        match self.cure(step, fuel) {
            Some(bed) => Class::of_cured(bed, air.dead_moisture),
            None => Class::of(&fuel.bed.moistened(&self.weather(step, row, col).moisture)),
        }
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

    /// Mid-flame wind over 10 m wind in a cell.
    #[inline]
    fn midflame_factor(&mut self, fuel: &Fuel, cell: usize) -> f64 {
        match self.canopy {
            Some(canopy) => self.shelter.midflame_per_10m(canopy, fuel, cell),
            None => fuel.open_factor,
        }
    }

    /// The cost of the surface fire.
    #[inline(always)]
    fn surface_cost(&mut self, step: usize, row: usize, col: usize) -> TravelCost {
        let cell = self.landscape.shape.index(row, col);
        let air = self.air.at(step, row, col);
        let fuel = self.tables.fuel(self.landscape.fuel[cell]);
        let class = self.class(step, row, col, fuel, &air);
        let per_10m = self.midflame_factor(fuel, cell);
        let wind = air.wind_10m.map(|part| part * per_10m as f32);
        fuel.table.cost(&class, wind, self.landscape.terrain.rise(cell))
    }

    /// The costs of the surface fire in four neighbouring cells of a row, those that do not burn aside; whether they are known.
    #[inline(always)]
    fn surface_costs(&mut self, step: usize, row: usize, col: usize, costs: &mut TravelCosts) -> bool {
        let first = self.landscape.shape.index(row, col);
        let Some(&codes) = self.landscape.fuel.get(first..).and_then(|codes| codes.first_chunk()) else {
            return false;
        };
        if !self.air.has_four(col) {
            return false;
        }
        let air = self.air.at_four(step, row, col);
        let mut place =
            Four { landscape: self.landscape, canopy: self.canopy, shelter: &mut self.shelter, first };
        match cured_of(&self.cured, step, codes) {
            Some(cured) => place.costs(cured, &air, costs),
            None => self.surface_costs_anew(step, first, codes, &air, costs),
        }
    }

    #[inline(never)]
    fn surface_costs_anew(
        &mut self,
        step: usize,
        first: usize,
        codes: [FuelCode; LANES],
        air: &FourAirs,
        costs: &mut TravelCosts,
    ) -> bool {
        let Some(codes) = self.cure_four(step, codes) else {
            return false;
        };
        let mut place =
            Four { landscape: self.landscape, canopy: self.canopy, shelter: &mut self.shelter, first };
        cured_of(&self.cured, step, codes).is_some_and(|cured| place.costs(cured, air, costs))
    }

    /// Makes the beds of those fuels that burn; the codes with one that burns in the place of those that do not, if there is any and live
    /// moisture is the same everywhere.
    fn cure_four(&mut self, step: usize, codes: [FuelCode; LANES]) -> Option<[FuelCode; LANES]> {
        let burning = codes.into_iter().find(|code| self.tables.burns(*code))?;
        let codes = codes.map(|code| if self.tables.burns(code) { code } else { burning });
        for code in codes {
            if self.cured[usize::from(code)].as_ref().is_none_or(|cured| cured.step != step) {
                self.cure(step, self.tables.fuel(code))?;
            }
        }
        Some(codes)
    }

    /// Makes a fuel's bed of a step, where live moisture is the same everywhere.
    fn cure(&mut self, step: usize, fuel: &'a Fuel) -> Option<&CuredBed> {
        let bed = CuredBed::of(&fuel.bed, &self.shift.of_live(self.tables.live(step)?));
        Some(&self.cured[usize::from(fuel.code)].insert(Cured { step, fuel, bed }).bed)
    }

    /// The cost under a canopy: of the surface fire, or of what becomes of it.
    #[inline(never)]
    fn cost_under_canopy(&mut self, step: usize, row: usize, col: usize) -> TravelCost {
        let surface = self.surface_cost(step, row, col);
        self.under_canopy(step, row, col, &surface).unwrap_or(surface)
    }

    /// What a surface fire becomes under a canopy; `None` where it leaves the crowns alone.
    #[inline(never)]
    fn under_canopy(
        &mut self,
        step: usize,
        row: usize,
        col: usize,
        surface: &TravelCost,
    ) -> Option<TravelCost> {
        let cell = self.landscape.shape.index(row, col);
        let canopy = self.crowns.as_ref()?.canopy(self.landscape, cell)?;
        if stays_below(surface, &canopy) {
            return None;
        }
        let fuel = self.tables.fuel(self.landscape.fuel[cell]);
        let (weather, per_10m) = (self.weather(step, row, col), self.midflame_factor(fuel, cell));
        let bed = fuel.bed.moistened(&weather.moisture);
        let rise = self.landscape.terrain.rise(cell).map(f64::from);
        let wind_10m = [weather.wind_10m_east_m_s, weather.wind_10m_north_m_s];
        let under = Under {
            bed: &bed,
            surface: bed.spread(wind_10m.map(|part| part * per_10m), rise),
            rise,
            wind_10m,
            midflame_per_10m: per_10m,
        };
        self.crown_cost(step, &weather, &canopy, &under)
    }
}

impl Medium for Ground<'_> {
    #[inline(always)]
    fn cost(&mut self, step: usize, row: usize, col: usize) -> TravelCost {
        if self.crowns.is_some() {
            self.cost_under_canopy(step, row, col)
        } else {
            self.surface_cost(step, row, col)
        }
    }

    #[inline(always)]
    fn costs(&mut self, step: usize, row: usize, first_col: usize, costs: &mut TravelCosts) -> bool {
        self.crowns.is_none() && self.surface_costs(step, row, first_col, costs)
    }

    fn burnable(&self, row: usize, col: usize) -> bool {
        self.burns(row, col)
    }

    fn burnable_along(&self, row: usize, cols: Range<usize>) -> u32 {
        self.burns_along(row, cols).enumerate().fold(0, |bits, (at, burns)| bits | u32::from(burns) << at)
    }

    /// Reads the ends of each row, for nothing: one line of the caches or two hold all of it.
    fn comes_near(&self, rows: Range<usize>, cols: Range<usize>) {
        let Some(width) = cols.len().checked_sub(1) else { return };
        let mut read = 0;
        for row in rows {
            let first = self.landscape.shape.index(row, cols.start);
            read |= u32::from(self.landscape.fuel[first]);
            read |= self.landscape.terrain.touch(first) | self.landscape.terrain.touch(first + width);
        }
        std::hint::black_box(read);
    }

    fn throws_embers(&self) -> bool {
        self.embers.is_some()
    }

    fn embers(&mut self, step: usize, burned: &Burned, from_s: f32, fires: &mut Vec<SpotFire>) {
        let air = self.air.at(step, burned.row, burned.col);
        let cell = self.landscape.shape.index(burned.row, burned.col);
        let stand = self.canopy.and_then(|canopy| canopy.stand(cell));
        let source = Source {
            burned: *burned,
            cell,
            cell_m: self.landscape.shape.cell_size_m,
            heat_per_unit_area_kj_m2: f64::from(burned.heat_per_unit_area_kj_m2),
            wind_10m: air.wind_10m.map(f64::from),
            one_hour: f64::from(air.dead_moisture[0]),
            shade: stand.map_or(0.0, |stand| stand.cover),
        };
        if let Some(embers) = &mut self.embers {
            embers.throw(&source, from_s, fires);
        }
    }
}

/// Four neighbouring cells of a row.
struct Four<'g, 'a> {
    landscape: &'a Landscape,
    canopy: Option<&'a Canopy>,
    shelter: &'g mut Shelter,
    first: usize,
}

impl Four<'_, '_> {
    /// The costs of the surface fire; whether they are known.
    #[inline(always)]
    fn costs(&mut self, cured: [&Cured<'_>; LANES], air: &FourAirs, costs: &mut TravelCosts) -> bool {
        let Self { landscape, first, .. } = *self;
        let factors = match self.canopy {
            Some(canopy) => {
                four(|lane| self.shelter.midflame_per_10m(canopy, cured[lane].fuel, first + lane) as f32)
            }
            None => four(|lane| cured[lane].fuel.open_factor as f32),
        };
        let [still_slowness_s_m, heat_per_unit_area_kj_m2] =
            CuredBed::still_of_four(four(|lane| &cured[lane].bed), air.dead_moisture());
        let classes = Classes { still_slowness_s_m, heat_per_unit_area_kj_m2 };
        let wind = air.wind_10m().map(|part| part * Lanes::new(factors));
        let rise = landscape.terrain.rise_of_four(first);
        SpreadTable::costs(four(|lane| &cured[lane].fuel.table), &classes, wind, rise, costs)
    }
}

/// The beds of four fuels in a step, where all are known.
#[inline(always)]
fn cured_of<'c, 'a>(
    cured: &'c [Option<Cured<'a>>; CODES],
    step: usize,
    codes: [FuelCode; LANES],
) -> Option<[&'c Cured<'a>; LANES]> {
    let of = |lane: usize| cured[usize::from(codes[lane])].as_ref().filter(|cured| cured.step == step);
    Some([of(0)?, of(1)?, of(2)?, of(3)?])
}

/// Whether a surface fire's head is too weak to ignite crowns, told from its cost alone: most are, and the exact rates cost
/// ten times as much.
fn stays_below(surface: &TravelCost, canopy: &CanopyFuel) -> bool {
    /// The table's errors, as a share.
    const MARGIN: f64 = 1.01;
    let intensity_kw_m = surface.heat_per_unit_area_kj_m2 * surface.head_m_s();
    f64::from(intensity_kw_m) * MARGIN < canopy.critical_fireline_intensity_kw_m()
}
