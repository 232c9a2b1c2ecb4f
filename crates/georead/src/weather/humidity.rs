//! Humidity from a dew point.

/// Factor of the exponent of saturation pressure over water.
///
/// Source: WMO-No. 8 (2018), volume I, annex 4.B, 1 (Magnus, after Sonntag 1990), as the next.
const MAGNUS: f64 = 17.62;

/// Offset of the temperature in it, degrees C.
const MAGNUS_C: f64 = 243.12;

/// Relative humidity, 0 to 1, of air at a temperature with a dew point. Valid for: -45 to 60 degrees C, over water.
pub(super) fn of_dew_point(temperature_c: f64, dew_point_c: f64) -> f64 {
    let exponent = |of_c: f64| MAGNUS * of_c / (MAGNUS_C + of_c);
    (exponent(dew_point_c) - exponent(temperature_c)).exp().min(1.0)
}

/// The same; NaN where either is not known.
pub(super) fn of_dew_point_or_gap(temperature_c: f64, dew_point_c: f64) -> f64 {
    // `min` in it would make a full one of a gap.
    if temperature_c.is_nan() || dew_point_c.is_nan() {
        f64::NAN
    } else {
        of_dew_point(temperature_c, dew_point_c)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn humidity_follows_from_the_dew_point() {
        // Saturation pressure 12.27 hPa at 10 and 31.66 hPa at 25 degrees C: the Smithsonian tables (List 1951).
        assert!((of_dew_point(25.0, 10.0) - 12.27 / 31.66).abs() < 2e-3);
        assert_eq!(of_dew_point(20.0, 20.5), 1.0);
    }
}
