//! One row: a surface fire under a canopy, and what becomes of it.

use std::sync::Arc;

use firecore::spread::crown::{
    self, CanopyFuel, Constants, CrownBehavior, CrownClass, CrownMethod, CrownModel,
};
use firecore::spread::rothermel::{self, SurfaceSpread};
use firecore::units::WIND_10M_PER_20FT;
use firecore::wind::{self, Stand};

use crate::cli::spread::{CANOPY_FT_MAX, SLOPE_PCT_MAX, WIND_MPH_MAX};
use crate::cli::table::column::{Input, Kind, Output, Told};
use crate::cli::table::fuels::{FuelNames, Ground, MoistBeds, moisture, moisture_columns};
use crate::cli::table::{Given, Tool, unit};

/// Words of the column `method`, each with what it stands for; forecasts' names for them are read too.
const METHODS: [(&str, CrownMethod); 4] = [
    ("rothermel", CrownMethod::Rothermel1991),
    ("scott_reinhardt", CrownMethod::ScottReinhardt2001),
    ("cruz", CrownMethod::Cruz2005),
    ("finney", CrownMethod::Finney1998),
];

/// Largest canopy bulk density that is read, lb/ft3: as much as firecore computes with (10 kg/m3).
const BULK_DENSITY_LB_FT3_MAX: f64 = 0.624;

/// How long the crown fire of the size columns has run, s.
const RUN_S: f64 = 3600.0;

/// Places of the inputs.
#[derive(Clone, Copy)]
enum In {
    Fuel,
    /// The first of five.
    Moisture,
    Method = 6,
    Foliar,
    Wind,
    WindToward,
    Slope,
    CanopyCover,
    CanopyHeight,
    CanopyBase,
    BulkDensity,
}

const OUTPUTS: [Output; 28] = [
    Output::new("surf_ros_ft_min", "rate of spread, surface fire", unit::FT_MIN),
    Output::new("surf_hpua_btu_ft2", "heat per unit area, surface fire", unit::BTU_FT2),
    Output::new("surf_fli_btu_ft_s", "fireline intensity, surface fire", unit::BTU_FT_S),
    Output::new("surf_flame_ft", "flame length, surface fire", unit::FT),
    Output::new("waf", "wind adjustment factor", unit::NONE),
    Output::new("active_crown_ros_ft_min", "rate of spread, active crown fire", unit::FT_MIN),
    Output::new("canopy_load_lb_ft2", "canopy load", unit::LB_FT2),
    Output::new("canopy_hpua_btu_ft2", "heat per unit area, canopy", unit::BTU_FT2),
    Output::new("crown_hpua_btu_ft2", "heat per unit area, active crown fire", unit::BTU_FT2),
    Output::new("crown_fli_btu_ft_s", "fireline intensity, active crown fire", unit::BTU_FT_S),
    Output::new("crown_flame_ft", "flame length, active crown fire", unit::FT),
    Output::new("crit_surf_fli_btu_ft_s", "critical surface fireline intensity", unit::BTU_FT_S),
    Output::new("crit_surf_flame_ft", "critical surface flame length", unit::FT),
    Output::new("crit_crown_ros_ft_min", "critical crown rate of spread", unit::FT_MIN),
    Output::new("transition_ratio", "transition ratio", unit::NONE),
    Output::new("active_ratio", "active ratio", unit::NONE),
    Output::new("crown_lw", "length-to-width ratio, crown fire", unit::NONE),
    Output::code("fire_type", "type of fire", &["surface", "torching", "conditional", "active"]),
    Output::new("open_wind_active_mph", "20-ft wind for active crowning", unit::MPH),
    Output::new("crit_surf_ros_ft_min", "critical surface rate of spread", unit::FT_MIN),
    Output::new("crowning_surf_ros_ft_min", "surface rate of spread at that wind", unit::FT_MIN),
    Output::new("crown_fraction_burned", "crown fraction burned", unit::NONE),
    Output::new("final_ros_ft_min", "rate of spread, final", unit::FT_MIN),
    Output::new("final_hpua_btu_ft2", "heat per unit area, final", unit::BTU_FT2),
    Output::new("final_fli_btu_ft_s", "fireline intensity, final", unit::BTU_FT_S),
    Output::new("final_flame_ft", "flame length, final", unit::FT),
    Output::new("crown_area_60min_ft2", "area of an active crown fire in 1 h", unit::FT2),
    Output::new("crown_perim_60min_ft", "perimeter of an active crown fire in 1 h", unit::FT),
];

/// Fires under a canopy, row by row.
pub(super) struct Canopy {
    inputs: Vec<Input>,
    /// By place; `None` where nothing burns.
    grounds: Vec<Option<Ground>>,
    methods: [(CrownMethod, CrownModel); 4],
}

impl Canopy {
    pub(super) fn new(fuels: Arc<FuelNames>, constants: Constants) -> Self {
        let grounds = fuels.grounds();
        let mut inputs = vec![Input::new("fuel_model", "fuel model", Kind::Fuel(fuels))];
        inputs.extend(moisture_columns());
        inputs.extend([
            Input::choice("method", "method", &method_words()).or("scott_reinhardt").told(Told::Always),
            Input::number("foliar_pct", "moisture, foliage", unit::PERCENT, [0.0, 1000.0])
                .or("100")
                .told(Told::Always),
            Input::number("wind20_mph", "wind, 20 ft", unit::MPH, [0.0, WIND_MPH_MAX]),
            Input::number("wind_toward_deg", "wind toward, from upslope", unit::DEGREE, [-360.0, 360.0])
                .or("0"),
            Input::number("slope_pct", "slope", unit::PERCENT, [0.0, SLOPE_PCT_MAX])
                .or("0")
                .told(Told::Always),
            Input::number("canopy_cover_pct", "canopy cover", unit::PERCENT, [0.0, 100.0]),
            Input::number("canopy_height_ft", "canopy height", unit::FT, [0.0, CANOPY_FT_MAX]),
            Input::number("canopy_base_ft", "canopy base height", unit::FT, [0.0, CANOPY_FT_MAX]),
            Input::number("cbd_lb_ft3", "canopy bulk density", unit::LB_FT3, [0.0, BULK_DENSITY_LB_FT3_MAX]),
        ]);
        Self {
            inputs,
            grounds,
            methods: METHODS.map(|(_, method)| (method, CrownModel::new(method).with_constants(constants))),
        }
    }
}

/// The methods' short names, and behind them in the same order those that forecasts use.
fn method_words() -> Vec<&'static str> {
    let short = METHODS.iter().map(|(name, _)| *name);
    short.chain(METHODS.iter().map(|(_, method)| method.name())).collect()
}

impl Tool for Canopy {
    fn inputs(&self) -> &[Input] {
        &self.inputs
    }

    fn outputs(&self) -> &[Output] {
        &OUTPUTS
    }

    fn compute(&self, given: Given, beds: &mut MoistBeds, results: &mut [f64]) -> Result<(), String> {
        let number = |column: In| given.number(column as usize);
        let place = given.place(In::Fuel as usize);
        let Some(ground) = &self.grounds[place] else {
            return Err("fuel_model: needed a fuel model that burns, found ground that does not".into());
        };
        let canopy = CanopyFuel {
            base_height_m: number(In::CanopyBase),
            bulk_density_kg_m3: number(In::BulkDensity),
            height_m: number(In::CanopyHeight),
            foliar_moisture: number(In::Foliar),
        };
        if canopy.base_height_m > canopy.height_m {
            return Err("canopy_base_ft: needed a base below canopy_height_ft, found one above it".into());
        }
        let adjustment = adjustment_factor(ground, &canopy, number(In::CanopyCover));
        let moisture = moisture(given, In::Moisture as usize);
        let bed = beds.moistened(place, &moisture, |moisture| ground.bed.moistened(moisture));
        let (east, north) = number(In::WindToward).to_radians().sin_cos();
        let surface_at = |wind_10m_m_s: f64| {
            let midflame_m_s = wind_10m_m_s * wind::midflame_per_10m(adjustment);
            bed.spread([midflame_m_s * east, midflame_m_s * north], [0.0, number(In::Slope)])
        };
        let wind_10m_m_s = number(In::Wind) * WIND_10M_PER_20FT;
        let surface = surface_at(wind_10m_m_s);
        let (method, model) = &self.methods[given.place(In::Method as usize) % METHODS.len()];
        let crowns = model.moistened(&moisture);
        let behavior = crowns.behavior(&surface, &canopy, wind_10m_m_s, surface_at);
        let values = surface_results(&surface, adjustment)
            .into_iter()
            .chain(canopy_results(&canopy, &behavior))
            .chain(linked_results(*method, &behavior, wind_10m_m_s));
        for (result, value) in results.iter_mut().zip(values) {
            *result = value;
        }
        Ok(())
    }
}

/// The surface fire below the canopy, and how much wind reaches it.
fn surface_results(surface: &SurfaceSpread, adjustment: f64) -> [f64; 5] {
    let intensity_kw_m = surface.heading_fireline_intensity_kw_m();
    [
        surface.heading_rate_of_spread_m_s,
        surface.heat_per_unit_area_kj_m2,
        intensity_kw_m,
        rothermel::flame_length_m(intensity_kw_m),
        adjustment,
    ]
}

/// A fire in all of the crowns, and what it takes to get there.
fn canopy_results(canopy: &CanopyFuel, behavior: &CrownBehavior) -> [f64; 11] {
    let active_intensity_kw_m = rothermel::fireline_intensity_kw_m(
        behavior.active_heat_per_unit_area_kj_m2,
        behavior.active_rate_of_spread_m_s,
    );
    [
        behavior.active_rate_of_spread_m_s,
        canopy.load_kg_m2(),
        canopy.heat_per_unit_area_kj_m2(),
        behavior.active_heat_per_unit_area_kj_m2,
        active_intensity_kw_m,
        crown::flame_length_m(active_intensity_kw_m),
        behavior.critical_fireline_intensity_kw_m,
        rothermel::flame_length_m(behavior.critical_fireline_intensity_kw_m),
        behavior.critical_active_rate_of_spread_m_s,
        behavior.transition_ratio,
        behavior.active_ratio,
    ]
}

/// What comes of surface and crowns together. Rothermel's method knows no part of the crowns, so its columns for that
/// stay blank.
fn linked_results(method: CrownMethod, behavior: &CrownBehavior, wind_10m_m_s: f64) -> [f64; 12] {
    let by_parts = |value: Option<f64>| match method {
        CrownMethod::Rothermel1991 => f64::NAN,
        _ => value.unwrap_or(f64::NAN),
    };
    let shape = crown::length_to_width(wind_10m_m_s);
    let ran_m = behavior.active_rate_of_spread_m_s * RUN_S;
    [
        shape,
        match behavior.class {
            CrownClass::Surface => 0.0,
            CrownClass::Passive => 1.0,
            CrownClass::Conditional => 2.0,
            CrownClass::Active => 3.0,
        },
        by_parts(behavior.crowning_wind_10m_m_s.map(|wind_m_s| wind_m_s / WIND_10M_PER_20FT)),
        by_parts(behavior.critical_surface_rate_of_spread_m_s),
        by_parts(behavior.crowning_surface_rate_of_spread_m_s),
        by_parts(Some(behavior.crown_fraction_burned)),
        behavior.head.rate_of_spread_m_s,
        behavior.head.heat_per_unit_area_kj_m2,
        behavior.head.fireline_intensity_kw_m,
        behavior.head.flame_length_m,
        crown::area_m2(ran_m, shape),
        crown::perimeter_m(ran_m, shape),
    ]
}

/// By cones of the crown ratio that height and base give.
fn adjustment_factor(ground: &Ground, canopy: &CanopyFuel, cover: f64) -> f64 {
    let height_m = canopy.height_m;
    let crown_ratio = Some(wind::crown_ratio(height_m, canopy.base_height_m));
    wind::adjustment_factor(ground.depth_m, Some(&Stand { cover, height_m, crown_ratio }))
}
