//! Which publications to follow where they differ, as flags.

use firecore::spread::ellipse::LengthToWidth;
use firecore::spread::rothermel::{Curing, SurfaceSpread, WindLimit};
use firecore::units::WIND_10M_PER_20FT;

use super::columns::{In, WIND_INPUTS};
use crate::cli::table::Given;

/// Which publications to follow where they differ.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub(super) struct Options {
    /// How grass cures: behaveplus or scott-burgan-2005.
    #[arg(long, value_name = "NAME", default_value = "behaveplus", help_heading = "Choices")]
    pub(super) curing: Curing,
    /// Limit of the wind: none, rothermel-1972, andrews-2013 or rate-of-spread-2013. It holds for rows whose wind_limit is 1,
    /// blank or not there; without it rows with a 1 take rothermel-1972.
    #[arg(long, value_name = "NAME", help_heading = "Choices")]
    pub(super) wind_limit: Option<WindLimit>,
    /// Shape by the wind: anderson-1983, anderson-1983-uncorrected or andrews-2018 for the effective mid-flame wind;
    /// alexander-1985 or rothermel-1991-crown for the open wind, which must then be given at 20 ft or 10 m.
    #[arg(long, value_name = "NAME", default_value = "anderson-1983", help_heading = "Choices")]
    length_to_width: LengthToWidth,
}

impl Options {
    /// Length over width of a fire.
    pub(super) fn length_to_width(&self, given: Given, head: &SurfaceSpread) -> Result<f64, String> {
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

    /// The limit that the column of the limiting wind tells of: one that limits a wind.
    pub(super) fn shown_limit(&self) -> WindLimit {
        match self.wind_limit {
            Some(WindLimit::Andrews2013) => WindLimit::Andrews2013,
            _ => WindLimit::Rothermel1972,
        }
    }
}
