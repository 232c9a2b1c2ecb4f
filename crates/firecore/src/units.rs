//! Published units to SI and back: the only place with conversion constants.
//!
//! Each constant is the number of SI units in one published unit. Sources: NIST SP 811 (2008), appendix B,
//! for the exact inch-pound definitions; the Btu is the International Table one.

/// Metres in one foot (exact).
pub const M_PER_FT: f64 = 0.3048;

/// Metres in one United States survey foot (exact). Source: Mendenhall order (1893).
pub const M_PER_US_SURVEY_FT: f64 = 1200.0 / 3937.0;

/// Metres in one statute mile (exact).
pub const M_PER_MI: f64 = 1609.344;

/// Metres per second in one knot: an international nautical mile an hour (exact).
pub const M_S_PER_KNOT: f64 = 1852.0 / 3600.0;

/// Millimetres in one inch (exact).
pub const MM_PER_IN: f64 = 25.4;

/// Millimetres in one metre (exact).
pub const MM_PER_M: f64 = 1000.0;

/// Kilograms a square metre in a millimetre of rain, for water of 1000 kg/m3.
pub const KG_M2_PER_MM: f64 = 1.0;

/// Kilowatts in one watt (exact).
pub const KW_PER_W: f64 = 1e-3;

/// One percent as a fraction (exact).
pub const PERCENT: f64 = 0.01;

/// Zero degrees Celsius, K (exact). Source: NIST SP 811 (2008), section 4.2.1.1.
pub const ZERO_CELSIUS_K: f64 = 273.15;

/// Kilograms in one avoirdupois pound (exact).
pub const KG_PER_LB: f64 = 0.453_592_37;

/// Kilograms per cubic metre in one pound per cubic foot (exact).
pub const KG_M3_PER_LB_FT3: f64 = KG_PER_LB / (M_PER_FT * M_PER_FT * M_PER_FT);

/// Kilojoules in one Btu (International Table).
pub const KJ_PER_BTU: f64 = 1.055_055_852_62;

/// Metres per second in one mile per hour (exact).
pub const M_S_PER_MPH: f64 = M_PER_MI / 3600.0;

/// Metres per second in one kilometre per hour (exact).
pub const M_S_PER_KM_H: f64 = 1.0 / 3.6;

/// Metres per second in one foot per minute (exact).
pub const M_S_PER_FT_MIN: f64 = M_PER_FT / 60.0;

/// Feet per minute in one mile per hour (exact).
pub const FT_MIN_PER_MPH: f64 = 88.0;

/// Kilowatts per metre in one Btu per foot and second: fireline intensity.
pub const KW_M_PER_BTU_FT_S: f64 = KJ_PER_BTU / M_PER_FT;

/// Degrees Fahrenheit in one degree Celsius, as a difference (exact).
pub const F_PER_C: f64 = 1.8;

/// Square metres in one hectare (exact).
pub const M2_PER_HA: f64 = 10_000.0;

/// Wind speed at 10 m over wind speed at 20 ft above open ground or canopy.
///
/// Source: Lawson and Armitage (2008), "Weather guide for the Canadian Forest Fire Danger Rating System";
/// the figure that BehavePlus uses.
pub const WIND_10M_PER_20FT: f64 = 1.15;

/// Degrees Fahrenheit of a temperature in degrees Celsius (exact).
pub fn fahrenheit_of_celsius(temperature_c: f64) -> f64 {
    32.0 + 1.8 * temperature_c
}

/// Degrees Celsius of a temperature in degrees Fahrenheit (exact).
pub fn celsius_of_fahrenheit(temperature_f: f64) -> f64 {
    (temperature_f - 32.0) / 1.8
}

/// Degrees Celsius of a temperature in kelvin (exact).
pub fn celsius_of_kelvin(temperature_k: f64) -> f64 {
    temperature_k - ZERO_CELSIUS_K
}
