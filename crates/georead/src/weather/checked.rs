//! The check that every reader of weather ends in: order, range, finiteness.

use std::ops::RangeInclusive;

use super::{Hour, Sample, WeatherRun};

/// Air temperature that weather can have, degrees C. Reason: the records of the WMO archive, -89.2 and 56.7, with room.
pub const TEMPERATURE_C: RangeInclusive<f32> = -90.0..=60.0;

/// Relative humidity that a reader may give. Reason: sensors and models overshoot by a little; up to here it is cut to 1.
pub const RELATIVE_HUMIDITY: RangeInclusive<f32> = 0.0..=1.05;

/// Wind that weather can have, m/s. Reason: the strongest gust of the WMO archive is 113 m/s.
pub const WIND_M_S: RangeInclusive<f32> = 0.0..=120.0;

/// Rain that an hour can bring, kg/m2. Reason: the wettest hour of the WMO archive brought 305.
pub const RAIN_KG_M2: RangeInclusive<f32> = 0.0..=500.0;

/// Share of the sky that clouds can cover; a little more is rounding, and is cut to 1.
const CLOUD_COVER: RangeInclusive<f32> = 0.0..=1.05;

/// Radiation that can reach level ground, kW/m2. Reason: 1.36 outside the air, and broken clouds can add a quarter.
pub const RADIATION_KW_M2: RangeInclusive<f32> = 0.0..=1.7;

/// Radiation below zero that is a sensor's own cooling at night, and is cut to 0, kW/m2.
const NIGHT_KW_M2: f32 = -0.02;

/// Puts the hours of a run in order and takes out what weather cannot be.
///
/// Hours are sorted; of two with one instant, what the later says wins, field by field where it is known. A value out of its range becomes a
/// gap. Gives what was changed in words, one a kind, with how often.
pub fn checked(mut run: WeatherRun) -> (WeatherRun, Vec<String>) {
    let mut warnings = Vec::new();
    in_order(&mut run.hours, &mut warnings);
    let mut removed = Removed::default();
    for sample in run.hours.iter_mut().flat_map(|hour| &mut hour.samples) {
        removed.check(sample);
    }
    removed.tell(&mut warnings);
    (run, warnings)
}

/// Sorts the hours and joins those of one instant.
fn in_order(hours: &mut Vec<Hour>, warnings: &mut Vec<String>) {
    if !hours.is_sorted_by_key(|hour| hour.valid_at) {
        warnings.push("hours were not in order of time, and were sorted".to_owned());
        // Stable: among equals the later row stays the later.
        hours.sort_by_key(|hour| hour.valid_at);
    }
    let before = hours.len();
    hours.dedup_by(|later, earlier| {
        let same = later.valid_at == earlier.valid_at;
        if same {
            for (kept, told) in earlier.samples.iter_mut().zip(&later.samples) {
                kept.take_known(told);
            }
        }
        same
    });
    match before - hours.len() {
        0 => {}
        joined => warnings.push(format!("{joined} hours were given more than once; the later row was taken")),
    }
}

/// How many values of each kind were taken out.
#[derive(Default)]
struct Removed {
    temperature: usize,
    humidity: usize,
    wind: usize,
    rain: usize,
    cloud: usize,
    radiation: usize,
}

impl Removed {
    fn check(&mut self, sample: &mut Sample) {
        keep(&mut sample.temperature_c, TEMPERATURE_C, &mut self.temperature);
        keep(&mut sample.relative_humidity, RELATIVE_HUMIDITY, &mut self.humidity);
        keep(&mut sample.rain_kg_m2, RAIN_KG_M2, &mut self.rain);
        keep(&mut sample.cloud_cover, CLOUD_COVER, &mut self.cloud);
        if (NIGHT_KW_M2..0.0).contains(&sample.radiation_kw_m2) {
            sample.radiation_kw_m2 = 0.0;
        }
        keep(&mut sample.radiation_kw_m2, RADIATION_KW_M2, &mut self.radiation);
        sample.relative_humidity = cut(sample.relative_humidity);
        sample.cloud_cover = cut(sample.cloud_cover);
        let Sample { wind_10m_east_m_s, wind_10m_north_m_s, .. } = sample;
        keep_wind(wind_10m_east_m_s, wind_10m_north_m_s, &mut self.wind);
        let Sample { wind_80m_east_m_s, wind_80m_north_m_s, .. } = sample;
        keep_wind(wind_80m_east_m_s, wind_80m_north_m_s, &mut self.wind);
    }

    fn tell(&self, warnings: &mut Vec<String>) {
        let tell = [
            (self.temperature, "temperatures outside -90 to 60 degrees C"),
            (self.humidity, "humidities outside 0 to 105 %"),
            (self.wind, "winds without a bearing of 0 to 360 degrees or outside 0 to 120 m/s"),
            (self.rain, "amounts of rain outside 0 to 500 mm in an hour"),
            (self.cloud, "cloud covers outside 0 to 100 %"),
            (self.radiation, "radiations outside 0 to 1700 W/m2"),
        ];
        let told = tell.iter().filter(|(count, _)| *count > 0);
        warnings.extend(told.map(|(count, what)| format!("{count} {what} were taken for gaps")));
    }
}

/// At most 1; a gap stays one, which `min` would fill.
fn cut(share: f32) -> f32 {
    if share > 1.0 { 1.0 } else { share }
}

/// Makes a gap of a value out of its range. A gap is no fault.
fn keep(value: &mut f32, range: RangeInclusive<f32>, removed: &mut usize) {
    if !value.is_nan() && !range.contains(value) {
        *value = f32::NAN;
        *removed += 1;
    }
}

/// Makes a gap of a wind that is too strong, or known in one component only.
fn keep_wind(east_m_s: &mut f32, north_m_s: &mut f32, removed: &mut usize) {
    let speed_m_s = east_m_s.hypot(*north_m_s);
    if WIND_M_S.contains(&speed_m_s) {
        return;
    }
    if !east_m_s.is_nan() && !north_m_s.is_nan() {
        *removed += 1;
    }
    (*east_m_s, *north_m_s) = (f32::NAN, f32::NAN);
}

#[cfg(test)]
mod tests;
