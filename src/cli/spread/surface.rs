//! One row: a surface fire by Rothermel's model.

use std::sync::Arc;

use firecore::spread::ellipse::Ellipse;
use firecore::spread::rothermel::{self, MoistBed, SurfaceSpread, WindLimit};
use firecore::units::M_S_PER_FT_MIN;
use firecore::wind::{self, Stand};

use super::columns::{
    ADJUSTMENTS, BACKING_FLAME, BED, DIRECTION, FLAME, FLANKING_FLAME, In, LIMITED, OUTPUTS, SHAPE,
    WIND_INPUTS, inputs,
};
use super::options::Options;
use crate::cli::table::column::{Input, Output};
use crate::cli::table::fuels::{FuelNames, Ground, MoistBeds, moisture};
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

    fn compute(&self, given: Given, beds: &mut MoistBeds, results: &mut [f64]) -> Result<(), String> {
        let place = given.place(In::Fuel as usize);
        let Some(ground) = &self.grounds[place] else {
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
        let moist = beds.moistened(place, &moisture(given, In::Moisture as usize), |moisture| {
            ground.bed.moistened_with(moisture, self.options.curing)
        });
        let (head, is_limited) = self.head(moist, midflame_m_s, given);
        let rate = head.heading_rate_of_spread_m_s;
        let [length_to_width, eccentricity, back, flank, at_angles @ ..] = self.shape(&head, given)?;
        let direction_deg = if given.wants(DIRECTION) { direction_deg(&head) } else { f64::NAN };
        let slope_factor = ground.bed.slope_factor(number(In::Slope));

        let mut next = results.iter_mut();
        let mut put = |values: &[f64]| {
            for (value, result) in values.iter().zip(&mut next) {
                *result = *value;
            }
        };
        put(&[adjustment, midflame_m_s]);
        put(&if given.wants(BED) { bed_results(ground, moist) } else { [f64::NAN; 11] });
        put(&[
            slope_factor,
            if rate > 0.0 { head.effective_wind_m_s } else { f64::NAN },
            moist.wind_limit_m_s(self.options.shown_limit()),
            flag(is_limited),
        ]);
        put(&[rate, direction_deg, length_to_width, eccentricity, back, flank]);
        put(&intensity_results(&head, [rate, back, flank], given));
        put(&at_angles);
        // These follow the publications to the letter, as here all do.
        put(&[
            slope_factor,
            rate,
            direction_deg,
            length_to_width,
            back,
            flag(slope_factor > slope_factor_cap(moist)),
        ]);
        Ok(())
    }
}

impl Surface {
    /// The head of a row's fire, and whether the limit of the wind, where the row asks for one, slows it.
    fn head(&self, moist: &MoistBed, midflame_m_s: f64, given: Given) -> (SurfaceSpread, bool) {
        // Upslope is north.
        let slope = [0.0, given.number(In::Slope as usize)];
        let (east, north) = given.number(In::WindToward as usize).to_radians().sin_cos();
        let wind = [midflame_m_s * east, midflame_m_s * north];
        if given.place(In::WindLimit as usize) == 0 {
            return (moist.spread(wind, slope), false);
        }
        let limit = self.options.wind_limit.unwrap_or(WindLimit::Rothermel1972);
        let head = moist.with_wind_limit(limit).spread(wind, slope);
        let slower_than =
            |free: SurfaceSpread| head.heading_rate_of_spread_m_s < free.heading_rate_of_spread_m_s;
        (head, given.wants(LIMITED) && slower_than(moist.spread(wind, slope)))
    }

    /// Length-to-width ratio, eccentricity, rates of back and flanks, and of the angles: from the ignition, then the
    /// front's own. Where nobody wants any of them, none is computed.
    fn shape(&self, head: &SurfaceSpread, given: Given) -> Result<[f64; 8], String> {
        if !given.wants(SHAPE) {
            return Ok([f64::NAN; 8]);
        }
        let length_to_width = self.options.length_to_width(given, head)?;
        let fire = Ellipse::with_length_to_width(head.heading_rate_of_spread_m_s, length_to_width);
        let [radial, other_radial] = self.angle_cosines.map(|cosine| fire.radial_rate_of_spread_m_s(cosine));
        let [normal, other_normal] = self.angle_cosines.map(|cosine| fire.normal_rate_of_spread_m_s(cosine));
        Ok([
            fire.length_to_width,
            fire.eccentricity,
            fire.backing_rate_of_spread_m_s(),
            fire.flanking_rate_of_spread_m_s(),
            radial,
            other_radial,
            normal,
            other_normal,
        ])
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

/// Fireline intensity of head, back and flanks, by their rates of spread, and flame lengths as far as they are wanted.
fn intensity_results(head: &SurfaceSpread, rates_m_s: [f64; 3], given: Given) -> [f64; 6] {
    let [head_kw_m, back_kw_m, flank_kw_m] =
        rates_m_s.map(|rate| rothermel::fireline_intensity_kw_m(head.heat_per_unit_area_kj_m2, rate));
    let flame_m = |columns, intensity_kw_m| match given.wants(columns) {
        true => rothermel::flame_length_m(intensity_kw_m),
        false => f64::NAN,
    };
    [
        head_kw_m,
        back_kw_m,
        flank_kw_m,
        flame_m(FLAME, head_kw_m),
        flame_m(BACKING_FLAME, back_kw_m),
        flame_m(FLANKING_FLAME, flank_kw_m),
    ]
}

/// Slope factor that behave does not go beyond: 0.9 times the reaction intensity in Btu/ft2/min.
fn slope_factor_cap(moist: &MoistBed) -> f64 {
    moist.wind_limit_m_s(WindLimit::Rothermel1972) / M_S_PER_FT_MIN
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
        return Ok(ground.open_adjustment);
    }
    Ok(wind::adjustment_factor(ground.depth_m, Some(&Stand { cover, height_m, crown_ratio })))
}

fn flag(is: bool) -> f64 {
    if is { 1.0 } else { 0.0 }
}
