//! The shape of a fire under steady wind on uniform ground: an ellipse with the ignition at its rear focus.
//!
//! Two speeds belong to a direction, and they differ by up to the length-to-width ratio:
//! [`Ellipse::radial_rate_of_spread_m_s`] is how fast the fire reaches out from the ignition (travel times need it);
//! [`Ellipse::normal_rate_of_spread_m_s`] is how fast the front moves square to itself (level sets, intensity and
//! flame length need it).
//!
//! ```
//! use firecore::spread::ellipse::Ellipse;
//!
//! let fire = Ellipse::new(0.5, 3.0);
//! assert!(fire.flanking_rate_of_spread_m_s() < fire.heading_rate_of_spread_m_s);
//! assert_eq!(fire.radial_rate_of_spread_m_s(1.0), fire.heading_rate_of_spread_m_s);
//! ```

use std::str::FromStr;

use super::{UnknownName, by_name};
use crate::units::M_S_PER_MPH;

/// Longest shape that is used. Source: the bound that firelab/behave puts on Anderson's fit.
pub(super) const LENGTH_TO_WIDTH_MAX: f64 = 8.0;

/// Length over width of a fire, at an effective wind at mid-flame height: 1 in still air, at most 8.
///
/// The default of [`LengthToWidth`].
pub fn length_to_width(effective_wind_m_s: f64) -> f64 {
    LengthToWidth::Anderson1983.ratio(effective_wind_m_s)
}

/// Fits of length over width to the wind. They are for different winds: each says which one it takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LengthToWidth {
    /// `0.936 exp(0.1147 U) + 0.461 exp(-0.0692 U) - 0.397`, U the effective wind at mid-flame height in mi/h.
    ///
    /// Source: Anderson (1983), INT-305, less 0.397 so that still air gives a circle: Finney (1998), RMRS-RP-4; bound
    /// of firelab/behave.
    /// Valid for: surface fires; at most 8, which it reaches at 19.0 mi/h (8.5 m/s).
    #[default]
    Anderson1983,
    /// The same as first published, without the correction: 1.397 in still air.
    ///
    /// Source: Anderson (1983), INT-305, a fit to fires in a wind tunnel.
    /// Valid for: surface fires in wind; at most 8, which it reaches at 18.6 mi/h (8.3 m/s).
    Anderson1983Uncorrected,
    /// `1 + 0.25 U`, U the effective wind at mid-flame height in mi/h.
    ///
    /// Source: Andrews (2018), RMRS-GTR-371, and BehavePlus 6.
    /// Valid for: surface fires; no bound is published.
    Andrews2018,
    /// `1 + 0.0012 U^2.154`, U the wind 10 m above open ground in km/h.
    ///
    /// Source: Alexander (1985), a fit to wildfires and experimental fires in conifer forest.
    /// Valid for: winds to about 50 km/h, where it is 6.5; it rises without end above.
    Alexander1985,
    /// `1 + 0.125 U`, U the wind 20 ft above the canopy in mi/h.
    ///
    /// Source: Rothermel (1991), INT-438.
    /// Valid for: crown fires.
    Rothermel1991Crown,
}

impl LengthToWidth {
    const NAMES: [(&'static str, Self); 5] = [
        ("anderson-1983", Self::Anderson1983),
        ("anderson-1983-uncorrected", Self::Anderson1983Uncorrected),
        ("andrews-2018", Self::Andrews2018),
        ("alexander-1985", Self::Alexander1985),
        ("rothermel-1991-crown", Self::Rothermel1991Crown),
    ];

    /// Length over width at the wind that the fit is for, m/s: at least 1.
    pub fn ratio(self, wind_m_s: f64) -> f64 {
        let wind_mph = wind_m_s / M_S_PER_MPH;
        match self {
            Self::Anderson1983 => (anderson1983(wind_mph) - 0.397).clamp(1.0, LENGTH_TO_WIDTH_MAX),
            Self::Anderson1983Uncorrected => anderson1983(wind_mph).clamp(1.0, LENGTH_TO_WIDTH_MAX),
            Self::Andrews2018 => 1.0 + 0.25 * wind_mph,
            Self::Alexander1985 => 1.0 + 0.0012 * (wind_m_s * KM_H_PER_M_S).powf(2.154),
            Self::Rothermel1991Crown => 1.0 + 0.125 * wind_mph,
        }
    }
}

/// km/h in 1 m/s (exact).
const KM_H_PER_M_S: f64 = 3.6;

/// [`length_to_width`] without its bounds.
pub(super) fn anderson(effective_wind_m_s: f64) -> f64 {
    anderson1983(effective_wind_m_s / M_S_PER_MPH) - 0.397
}

fn anderson1983(wind_mph: f64) -> f64 {
    0.936 * (0.1147 * wind_mph).exp() + 0.461 * (-0.0692 * wind_mph).exp()
}

impl FromStr for LengthToWidth {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        by_name(text, &Self::NAMES)
    }
}

/// Distance between an ellipse's foci over its length, for a length-to-width ratio of at least 1.
pub fn eccentricity(length_to_width: f64) -> f64 {
    (length_to_width * length_to_width - 1.0).max(0.0).sqrt() / length_to_width
}

/// An elliptical fire, as speeds: what the ellipse grows by in a second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ellipse {
    /// Rate of spread of the head, m/s.
    pub heading_rate_of_spread_m_s: f64,
    /// Length over width.
    pub length_to_width: f64,
    /// Distance between the foci over the length: 0 for a circle, below 1.
    pub eccentricity: f64,
}

impl Ellipse {
    /// The fire of a head's rate of spread and the effective wind behind it.
    pub fn new(heading_rate_of_spread_m_s: f64, effective_wind_m_s: f64) -> Self {
        Self::with_length_to_width(heading_rate_of_spread_m_s, length_to_width(effective_wind_m_s))
    }

    /// The fire of a head's rate of spread and a length-to-width ratio, at least 1.
    pub fn with_length_to_width(heading_rate_of_spread_m_s: f64, length_to_width: f64) -> Self {
        Self { heading_rate_of_spread_m_s, length_to_width, eccentricity: eccentricity(length_to_width) }
    }

    /// Rate of spread of the back, against the heading direction, m/s. Source: Alexander (1985).
    pub fn backing_rate_of_spread_m_s(&self) -> f64 {
        self.heading_rate_of_spread_m_s * (1.0 - self.eccentricity) / (1.0 + self.eccentricity)
    }

    /// Rate of spread of the flanks, square to the heading direction, m/s: the front's own speed at the widest place.
    pub fn flanking_rate_of_spread_m_s(&self) -> f64 {
        (self.heading_rate_of_spread_m_s + self.backing_rate_of_spread_m_s()) / (2.0 * self.length_to_width)
    }

    /// How fast the fire reaches out from its ignition, m/s, in a direction whose angle from the heading direction
    /// has this cosine.
    pub fn radial_rate_of_spread_m_s(&self, cos_from_heading: f64) -> f64 {
        let e = self.eccentricity;
        self.heading_rate_of_spread_m_s * ((1.0 - e) / (1.0 - e * cos_from_heading))
    }

    /// How fast the front moves square to itself, m/s, where its normal's angle from the heading direction has this
    /// cosine.
    ///
    /// Source: Catchpole, de Mestre and Gill (1982), Aust. For. Res. 12:47.
    pub fn normal_rate_of_spread_m_s(&self, cos_from_heading: f64) -> f64 {
        let half_length = 0.5 * (self.heading_rate_of_spread_m_s + self.backing_rate_of_spread_m_s());
        let half_width = half_length / self.length_to_width;
        let cos_squared = cos_from_heading * cos_from_heading;
        let along = half_length * half_length * cos_squared;
        let across = half_width * half_width * (1.0 - cos_squared).max(0.0);
        half_length * self.eccentricity * cos_from_heading + (along + across).sqrt()
    }
}
