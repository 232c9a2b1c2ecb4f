//! The columns of a table of surface fires.

use std::sync::Arc;

use crate::cli::table::column::{Columns, Input, Kind, Output, Told};
use crate::cli::table::fuels::{FuelNames, moisture_columns};
use crate::cli::table::unit;

/// Places of the inputs in [`inputs`].
#[derive(Clone, Copy)]
pub(super) enum In {
    Fuel,
    /// The first of five.
    Moisture,
    WindInput = 6,
    Wind,
    Adjustment,
    CanopyCover,
    CanopyHeight,
    CrownRatio,
    WindToward,
    Slope,
    WindLimit,
}

/// Words of the column `wind_input`.
pub(super) const WIND_INPUTS: [&str; 3] = ["midflame", "20ft", "10m"];

/// Words of the column `waf_method`. `auto`: none at mid-flame height, else by the crown ratio where it is given.
pub(super) const ADJUSTMENTS: [&str; 4] = ["none", "crown_ratio", "no_crown_ratio", "auto"];

/// Largest wind speed that is read, mph, and slope, %: beyond anything on Earth.
pub(crate) const WIND_MPH_MAX: f64 = 500.0;
pub(crate) const SLOPE_PCT_MAX: f64 = 1000.0;

/// Largest canopy height that is read, ft: above any tree.
pub(crate) const CANOPY_FT_MAX: f64 = 400.0;

/// What is read; `limited_by_default` stands for a column `wind_limit` that is not there.
pub(super) fn inputs(fuels: Arc<FuelNames>, limited_by_default: bool) -> Vec<Input> {
    let mut inputs = vec![Input::new("fuel_model", "fuel model", Kind::Fuel(fuels))];
    inputs.extend(moisture_columns());
    inputs.extend([
        Input::choice("wind_input", "wind is given at", &WIND_INPUTS)
            .or("midflame")
            .told(Told::With("wind_mph")),
        Input::number("wind_mph", "wind speed", unit::MPH, [0.0, WIND_MPH_MAX]).or("0").told(Told::Always),
        Input::choice("waf_method", "canopy's shelter by", &ADJUSTMENTS).or("auto"),
        Input::number("canopy_cover_pct", "canopy cover", unit::PERCENT, [0.0, 100.0])
            .or("0")
            .told(Told::Always),
        Input::number("canopy_height_ft", "canopy height", unit::FT, [0.0, CANOPY_FT_MAX])
            .or("0")
            .told(Told::With("canopy_cover_pct")),
        Input::number("crown_ratio", "crown ratio", unit::NONE, [0.0, 1.0]).or(""),
        Input::number("wind_toward_deg", "wind toward, from upslope", unit::DEGREE, [-360.0, 360.0]).or("0"),
        Input::number("slope_pct", "slope", unit::PERCENT, [0.0, SLOPE_PCT_MAX]).or("0").told(Told::Always),
        Input::choice("wind_limit", "wind limit", &["0", "1"]).or(if limited_by_default { "1" } else { "0" }),
    ]);
    inputs
}

/// What is written, in the order that [`super::Surface`] computes it.
pub(super) const OUTPUTS: [Output; 39] = [
    Output::new("waf", "wind adjustment factor", unit::NONE),
    Output::new("midflame_mph", "mid-flame wind", unit::MPH),
    Output::new("char_sav", "surface-to-volume ratio", unit::PER_FT),
    Output::new("packing_ratio", "packing ratio", unit::NONE),
    Output::new("rel_packing_ratio", "relative packing ratio", unit::NONE),
    Output::new("live_mx_pct", "live moisture of extinction", unit::PERCENT),
    Output::new("m_dead_char_pct", "moisture, dead fuel", unit::PERCENT),
    Output::new("m_live_char_pct", "moisture, live fuel", unit::PERCENT),
    Output::new("heat_sink_btu_ft3", "heat sink", unit::BTU_FT3),
    Output::new("reaction_intensity_btu_ft2_min", "reaction intensity", unit::BTU_FT2_MIN),
    Output::new("residence_min", "residence time", unit::MINUTE),
    Output::new("hpua_btu_ft2", "heat per unit area", unit::BTU_FT2),
    Output::new("ros0_ft_min", "rate of spread, no wind or slope", unit::FT_MIN),
    Output::new("phi_s", "slope factor", unit::NONE),
    Output::new("eff_wind_mph", "effective wind", unit::MPH),
    Output::new("wind_limit_mph", "limit of the effective wind", unit::MPH),
    Output::code("wind_limit_exceeded", "limit applied", &["no", "yes"]),
    Output::new("ros_ft_min", "rate of spread, head", unit::FT_MIN),
    Output::new("dir_behave_deg", "direction of head, from upslope", unit::DEGREE),
    Output::new("lw_ratio", "length-to-width ratio", unit::NONE),
    Output::new("eccentricity", "eccentricity", unit::NONE),
    Output::new("backing_ros_ft_min", "rate of spread, back", unit::FT_MIN),
    Output::new("flanking_ros_ft_min", "rate of spread, flanks", unit::FT_MIN),
    Output::new("fli_btu_ft_s", "fireline intensity, head", unit::BTU_FT_S),
    Output::new("backing_fli_btu_ft_s", "fireline intensity, back", unit::BTU_FT_S),
    Output::new("flanking_fli_btu_ft_s", "fireline intensity, flanks", unit::BTU_FT_S),
    Output::new("flame_ft", "flame length, head", unit::FT),
    Output::new("backing_flame_ft", "flame length, back", unit::FT),
    Output::new("flanking_flame_ft", "flame length, flanks", unit::FT),
    Output::unprinted("ros_radial45_ft_min", unit::FT_MIN),
    Output::unprinted("ros_radial110_ft_min", unit::FT_MIN),
    Output::unprinted("ros_normal45_ft_min", unit::FT_MIN),
    Output::unprinted("ros_normal110_ft_min", unit::FT_MIN),
    Output::unprinted("pub_phi_s", unit::NONE).same_as("phi_s"),
    Output::unprinted("pub_ros_ft_min", unit::FT_MIN).same_as("ros_ft_min"),
    Output::unprinted("pub_dir_deg", unit::DEGREE).same_as("dir_behave_deg"),
    Output::unprinted("pub_lw_ratio", unit::NONE).same_as("lw_ratio"),
    Output::unprinted("pub_backing_ros_ft_min", unit::FT_MIN).same_as("backing_ros_ft_min"),
    Output::unprinted("phi_s_clipped", unit::NONE),
];

/// Outputs that cost a function of their own.
pub(super) const DIRECTION: Columns = Columns::named(&OUTPUTS, &["dir_behave_deg", "pub_dir_deg"]);
pub(super) const LIMITED: Columns = Columns::named(&OUTPUTS, &["wind_limit_exceeded"]);
pub(super) const FLAME: Columns = Columns::named(&OUTPUTS, &["flame_ft"]);
pub(super) const BACKING_FLAME: Columns = Columns::named(&OUTPUTS, &["backing_flame_ft"]);
pub(super) const FLANKING_FLAME: Columns = Columns::named(&OUTPUTS, &["flanking_flame_ft"]);

/// Outputs that fuel and moisture alone decide.
pub(super) const BED: Columns = Columns::named(
    &OUTPUTS,
    &[
        "char_sav",
        "packing_ratio",
        "rel_packing_ratio",
        "live_mx_pct",
        "m_dead_char_pct",
        "m_live_char_pct",
        "heat_sink_btu_ft3",
        "reaction_intensity_btu_ft2_min",
        "residence_min",
        "hpua_btu_ft2",
        "ros0_ft_min",
    ],
);

/// Outputs that follow from the shape.
pub(super) const SHAPE: Columns = Columns::named(
    &OUTPUTS,
    &[
        "lw_ratio",
        "pub_lw_ratio",
        "eccentricity",
        "backing_ros_ft_min",
        "pub_backing_ros_ft_min",
        "flanking_ros_ft_min",
        "backing_fli_btu_ft_s",
        "flanking_fli_btu_ft_s",
        "backing_flame_ft",
        "flanking_flame_ft",
        "ros_radial45_ft_min",
        "ros_radial110_ft_min",
        "ros_normal45_ft_min",
        "ros_normal110_ft_min",
    ],
);
