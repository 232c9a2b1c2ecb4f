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

use crate::units::M_S_PER_MPH;

/// Longest shape that is used. Source: the bound that firelab/behave puts on Anderson's fit.
pub(super) const LENGTH_TO_WIDTH_MAX: f64 = 8.0;

/// Length over width of a fire, at an effective wind at mid-flame height: 1 in still air, at most 8.
///
/// Source: Anderson (1983), INT-305, less 0.397 so that still air gives a circle: Finney (1998), RMRS-RP-4.
pub fn length_to_width(effective_wind_m_s: f64) -> f64 {
    let wind_mph = effective_wind_m_s / M_S_PER_MPH;
    let ratio = 0.936 * (0.1147 * wind_mph).exp() + 0.461 * (-0.0692 * wind_mph).exp() - 0.397;
    ratio.clamp(1.0, LENGTH_TO_WIDTH_MAX)
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
        let length_to_width = length_to_width(effective_wind_m_s);
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
