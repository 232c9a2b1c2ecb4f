//! One row: a surface fire by Rothermel's model.

use std::sync::Arc;

use firecore::spread::ellipse::{Ellipse, LengthToWidth};
use firecore::spread::rothermel::{self, Curing, MoistBed, SurfaceSpread, WindLimit};
use firecore::units::{M_S_PER_FT_MIN, WIND_10M_PER_20FT};
use firecore::wind::{self, Stand};

use super::columns::{ADJUSTMENTS, In, OUTPUTS, WIND_INPUTS, inputs};
use crate::cli::table::column::{Input, Output};
use crate::cli::table::fuels::{FuelNames, Ground, moisture};
use crate::cli::table::{Given, Tool};

/// Angles from the heading direction that speeds are written for, degrees.
const ANGLES_DEG: [f64; 2] = [45.0, 110.0];

/// Surface fires, row by row.
pub(super) struct Surface {
    inputs: Vec<Input>,
    /// By place; `None` where nothing burns.
    grounds: Vec<Option<Ground>>,
    angle_cosines: [f64; 2],
    options: Options,
}

impl Surface {
    pub(super) fn new(fuels: Arc<FuelNames>, options: Options) -> Self {
        let limited_by_default = options.wind_limit.is_some();
        Self {
            grounds: fuels.grounds(),
            inputs: inputs(fuels, limited_by_default),
            options,
            angle_cosines: ANGLES_DEG.map(|angle| angle.to_radians().cos()),
        }
    }
}

impl Tool for Surface {
    fn inputs(&self) -> &[Input] {
        &self.inputs
    }

    fn outputs(&self) -> &[Output] {
        &OUTPUTS
    }

    fn compute(&self, given: Given, results: &mut [f64]) -> Result<(), String> {
        let Some(ground) = &self.grounds[given.place(In::Fuel as usize)] else {
            does_not_burn(results);
            return Ok(());
        };
        let number = |column: In| given.number(column as usize);
        let adjustment = adjustment_factor(ground, given)?;
        let midflame_m_s = number(In::Wind)
            * match WIND_INPUTS[given.place(In::WindInput as usize)] {
                "10m" => wind::midflame_per_10m(adjustment),
                "20ft" => adjustment,
                _ => 1.0,
            };
        let moist = ground.bed.moistened_with(&moisture(given, In::Moisture as usize), self.options.curing);
        let limit = self.options.wind_limit.unwrap_or(WindLimit::Rothermel1972);
        let limits = given.place(In::WindLimit as usize) == 1;

        // Upslope is north.
        let slope = number(In::Slope);
        let (east, north) = number(In::WindToward).to_radians().sin_cos();
        let wind = [midflame_m_s * east, midflame_m_s * north];
        let free = moist.spread(wind, [0.0, slope]);
        let head = if limits { moist.with_wind_limit(limit).spread(wind, [0.0, slope]) } else { free };
        let fire = Ellipse::with_length_to_width(
            head.heading_rate_of_spread_m_s,
            self.options.length_to_width(given, &head)?,
        );

        let mut next = results.iter_mut();
        let mut put = |values: &[f64]| {
            for (value, result) in values.iter().zip(&mut next) {
                *result = *value;
            }
        };
        put(&[adjustment, midflame_m_s]);
        put(&bed_results(ground, &moist));
        put(&[ground.bed.slope_factor(slope)]);
        let spreads = head.heading_rate_of_spread_m_s > 0.0;
        put(&[
            if spreads { head.effective_wind_m_s } else { f64::NAN },
            moist.wind_limit_m_s(shown_limit(limit)),
            flag(head.heading_rate_of_spread_m_s < free.heading_rate_of_spread_m_s),
        ]);
        put(&head_results(&fire, &head));
        for cosine in self.angle_cosines {
            put(&[fire.radial_rate_of_spread_m_s(cosine)]);
        }
        for cosine in self.angle_cosines {
            put(&[fire.normal_rate_of_spread_m_s(cosine)]);
        }
        put(&published(ground, &moist, &fire, &head, slope));
        Ok(())
    }
}

/// Which publications to follow where they differ.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub(super) struct Options {
    /// How grass cures: behaveplus or scott-burgan-2005.
    #[arg(long, value_name = "NAME", default_value = "behaveplus", help_heading = "Choices")]
    curing: Curing,
    /// Limit of the wind: none, rothermel-1972, andrews-2013 or rate-of-spread-2013. It holds for rows whose wind_limit is 1,
    /// blank or not there; without it rows with a 1 take rothermel-1972.
    #[arg(long, value_name = "NAME", help_heading = "Choices")]
    wind_limit: Option<WindLimit>,
    /// Shape by the wind: anderson-1983, anderson-1983-uncorrected or andrews-2018 for the effective mid-flame wind;
    /// alexander-1985 or rothermel-1991-crown for the open wind, which must then be given at 20 ft or 10 m.
    #[arg(long, value_name = "NAME", default_value = "anderson-1983", help_heading = "Choices")]
    length_to_width: LengthToWidth,
}

impl Options {
    fn length_to_width(&self, given: Given, head: &SurfaceSpread) -> Result<f64, String> {
        let fit = self.length_to_width;
        let wind_10m_per_fits = match fit {
            LengthToWidth::Alexander1985 => 1.0,
            LengthToWidth::Rothermel1991Crown => WIND_10M_PER_20FT,
            _ => return Ok(fit.ratio(head.effective_wind_m_s)),
        };
        let wind_m_s = given.number(In::Wind as usize);
        let wind_10m_m_s = match WIND_INPUTS[given.place(In::WindInput as usize)] {
            "10m" => wind_m_s,
            "20ft" => wind_m_s * WIND_10M_PER_20FT,
            _ if wind_m_s == 0.0 => 0.0,
            _ => {
                return Err(
                    "wind_input: needed 20ft or 10m for this length-to-width fit, found midflame".into()
                );
            }
        };
        Ok(fit.ratio(wind_10m_m_s / wind_10m_per_fits))
    }
}

/// The limit that the column of the limiting wind tells of: one that limits a wind.
fn shown_limit(limit: WindLimit) -> WindLimit {
    match limit {
        WindLimit::Andrews2013 => limit,
        _ => WindLimit::Rothermel1972,
    }
}

/// What does not depend on wind and slope.
fn bed_results(ground: &Ground, moist: &MoistBed) -> [f64; 11] {
    let bed = &ground.bed;
    [
        bed.surface_to_volume_1_m(),
        bed.packing_ratio(),
        bed.relative_packing_ratio(),
        if ground.has_live_fuel { moist.live_extinction_moisture() } else { 0.0 },
        moist.dead_moisture(),
        moist.live_moisture(),
        moist.heat_sink_kj_m3(),
        moist.reaction_intensity_kw_m2(),
        bed.residence_time_s(),
        moist.heat_per_unit_area_kj_m2(),
        moist.still_rate_of_spread_m_s(),
    ]
}

/// Head, shape, back and flanks.
fn head_results(fire: &Ellipse, head: &SurfaceSpread) -> [f64; 12] {
    let [rate, back, flank] = [
        fire.heading_rate_of_spread_m_s,
        fire.backing_rate_of_spread_m_s(),
        fire.flanking_rate_of_spread_m_s(),
    ];
    let intensities = [rate, back, flank]
        .map(|rate| rothermel::fireline_intensity_kw_m(head.heat_per_unit_area_kj_m2, rate));
    let [flame, back_flame, flank_flame] = intensities.map(rothermel::flame_length_m);
    let [intensity, back_intensity, flank_intensity] = intensities;
    [
        rate,
        direction_deg(head),
        fire.length_to_width,
        fire.eccentricity,
        back,
        flank,
        intensity,
        back_intensity,
        flank_intensity,
        flame,
        back_flame,
        flank_flame,
    ]
}

/// The columns that follow the publications to the letter, which here all do, and whether behave would have left them:
/// it caps the slope factor at 0.9 times the reaction intensity in Btu/ft2/min.
fn published(
    ground: &Ground,
    moist: &MoistBed,
    fire: &Ellipse,
    head: &SurfaceSpread,
    slope: f64,
) -> [f64; 6] {
    let slope_factor = ground.bed.slope_factor(slope);
    let cap = moist.wind_limit_m_s(WindLimit::Rothermel1972) / M_S_PER_FT_MIN;
    [
        slope_factor,
        fire.heading_rate_of_spread_m_s,
        direction_deg(head),
        fire.length_to_width,
        fire.backing_rate_of_spread_m_s(),
        flag(slope_factor > cap),
    ]
}

/// Clockwise from upslope, 0 to below 360; NaN where the fire grows as a circle or not at all.
fn direction_deg(head: &SurfaceSpread) -> f64 {
    if head.effective_wind_m_s <= 0.0 {
        return f64::NAN;
    }
    let [east, north] = head.toward;
    let turn_deg = east.atan2(north).to_degrees().rem_euclid(360.0);
    // The remainder of a tiny negative angle rounds to the whole turn.
    if turn_deg >= 360.0 { 0.0 } else { turn_deg }
}

/// Nothing moves, but a fire that stands still is a circle.
fn does_not_burn(results: &mut [f64]) {
    for (result, output) in results.iter_mut().zip(&OUTPUTS) {
        *result = match output.name {
            "lw_ratio" | "pub_lw_ratio" => 1.0,
            "dir_behave_deg" | "pub_dir_deg" => f64::NAN,
            _ => 0.0,
        };
    }
}

fn adjustment_factor(ground: &Ground, given: Given) -> Result<f64, String> {
    let (cover, height_m) = (given.number(In::CanopyCover as usize), given.number(In::CanopyHeight as usize));
    let ratio = given.number(In::CrownRatio as usize);
    let crown_ratio = match ADJUSTMENTS[given.place(In::Adjustment as usize)] {
        "none" => return Ok(1.0),
        "auto" if given.place(In::WindInput as usize) == 0 => return Ok(1.0),
        "auto" => (!ratio.is_nan()).then_some(ratio),
        "no_crown_ratio" => None,
        _ if ratio.is_nan() && cover > 0.0 => {
            return Err(
                "crown_ratio: needed a number from 0 to 1 for waf_method crown_ratio, found nothing".into()
            );
        }
        _ => Some(ratio),
    };
    if cover <= 0.0 {
        return Ok(wind::adjustment_factor(ground.depth_m, None));
    }
    Ok(wind::adjustment_factor(ground.depth_m, Some(&Stand { cover, height_m, crown_ratio })))
}

fn flag(is: bool) -> f64 {
    if is { 1.0 } else { 0.0 }
}
