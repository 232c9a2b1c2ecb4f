//! The United States' National Weather Service, api.weather.gov: a place's grid point, its forecast, and stations' observations.
//!
//! Source: weather.gov/documentation/services-web-api. Unit codes are the WMO's (codes.wmo.int/common/unit).

mod grid_point;
mod observations;

use firecore::units::{
    KG_M2_PER_MM, M_S_PER_KM_H, M_S_PER_KNOT, M_S_PER_MPH, MM_PER_IN, MM_PER_M, PERCENT,
    celsius_of_fahrenheit, celsius_of_kelvin,
};

pub use grid_point::read as grid_point;
pub use observations::read as observations;

use super::answer::{AnswerError, At, parse};

/// The address of a place's grid point, out of the answer for `points/{latitude},{longitude}`.
///
/// It is the answer's own text: a caller checks that it leads to the host that was asked.
pub fn forecast_url(bytes: &[u8]) -> Result<String, AnswerError> {
    let answer = parse(bytes)?;
    let url = properties(&At::root(&answer))?.member("forecastGridData", "the grid point's address")?;
    Ok(url.text()?.to_owned())
}

/// An answer's properties; a problem is told in its words.
fn properties<'a>(root: &At<'a>) -> Result<At<'a>, AnswerError> {
    refused(root)?;
    root.member("properties", "an object of properties")
}

/// A problem has a status and a detail (RFC 9457), and no properties.
fn refused(root: &At<'_>) -> Result<(), AnswerError> {
    match root.get("detail").or_else(|| root.get("title")) {
        Some(detail) if root.get("status").is_some() => {
            Err(AnswerError::Told { reason: detail.text()?.chars().take(300).collect() })
        }
        _ => Ok(()),
    }
}

/// What a layer measures.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Measure {
    Speed,
    Bearing,
    Temperature,
    Share,
    Rain,
    Height,
}

impl Measure {
    /// Codes that are read.
    fn units(self) -> &'static str {
        match self {
            Self::Speed => "km_h-1, m_s-1, kt or mi_h-1",
            Self::Bearing => "degree_(angle)",
            Self::Temperature => "degC, degF or K",
            Self::Share => "percent",
            Self::Rain => "mm, m or in",
            Self::Height => "m",
        }
    }

    /// The way to SI from a code, with or without the vocabulary's name before a colon.
    fn turn(self, code: &At<'_>) -> Result<fn(f64) -> f64, AnswerError> {
        let text = code.text()?;
        let unit = text.rsplit(':').next().unwrap_or(text);
        Ok(match (self, unit) {
            (Self::Speed, "km_h-1") => |speed| speed * M_S_PER_KM_H,
            (Self::Speed, "m_s-1") | (Self::Bearing, "degree_(angle)") => |value| value,
            (Self::Speed, "kt") => |speed| speed * M_S_PER_KNOT,
            (Self::Speed, "mi_h-1") => |speed| speed * M_S_PER_MPH,
            (Self::Temperature, "degC") | (Self::Height, "m") => |value| value,
            (Self::Temperature, "degF") => celsius_of_fahrenheit,
            (Self::Temperature, "K") => celsius_of_kelvin,
            (Self::Share, "percent") => |percent| percent * PERCENT,
            (Self::Rain, "mm") => |rain| rain * KG_M2_PER_MM,
            (Self::Rain, "m") => |rain| rain * MM_PER_M * KG_M2_PER_MM,
            (Self::Rain, "in") => |rain| rain * MM_PER_IN * KG_M2_PER_MM,
            _ => return Err(code.wrong(self.units())),
        })
    }

    /// A value with its unit, as `{"unitCode": "wmoUnit:m", "value": 3.9}`; NaN where there is none.
    fn of(self, quantity: &At<'_>) -> Result<f64, AnswerError> {
        let Some(value) = quantity.get("value") else { return Ok(f64::NAN) };
        let turn = self.turn(&quantity.member("unitCode", self.units())?)?;
        value.number().map(turn)
    }
}
