//! What a field is, and when: sections 1 and 4.

use jiff::civil::DateTime;
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};

use super::Grib2Error;
use super::octets::Octets;

/// Longest forecast or interval that is read, hours. Reason: seasonal forecasts reach a year.
const HOURS_MAX: i64 = 24 * 400;

/// What a field is of (code tables 0.0, 4.1 and 4.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Parameter {
    /// 0 is meteorology.
    pub discipline: u8,
    /// 0 temperature, 1 moisture, 2 momentum, 3 mass, 4 short-wave radiation, 6 cloud.
    pub category: u8,
    /// Its number therein.
    pub number: u8,
}

/// A fixed surface (code table 4.5).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Level {
    /// 1 ground, 10 whole atmosphere, 103 height above ground.
    pub kind: u8,
    /// In the kind's unit; NaN where it has none.
    pub value: f64,
}

/// Which of a product's many forms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProductKind {
    /// The only one.
    Plain,
    /// An ensemble's member of this number.
    Member(u8),
    /// A statistic over an ensemble, a probability or a percentile.
    Statistic,
}

/// When a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Span {
    /// At an instant.
    At(Timestamp),
    /// Over an interval.
    Over {
        /// Its start.
        from: Timestamp,
        /// Its end.
        until: Timestamp,
        /// How its instants are put together: 0 mean, 1 sum, 2 highest, 3 lowest (code table 4.10).
        statistic: u8,
    },
}

impl Span {
    /// The instant, or the interval's end.
    pub fn valid_at(self) -> Timestamp {
        match self {
            Self::At(instant) => instant,
            Self::Over { until, .. } => until,
        }
    }
}

/// What section 4 says.
pub(super) struct Product {
    pub(super) parameter: Parameter,
    pub(super) level: Level,
    pub(super) kind: ProductKind,
    pub(super) process: u8,
    pub(super) span: Span,
}

impl Product {
    pub(super) fn parse(
        discipline: u8,
        section: Octets<'_>,
        reference: Timestamp,
    ) -> Result<Self, Grib2Error> {
        let template = section.u16(8)?;
        // Octet behind the shared ones and the ensemble's own: the interval starts there, where there is one.
        let (kind, interval) = match template {
            0 => (ProductKind::Plain, None),
            1 => (ProductKind::Member(section.u8(36)?), None),
            2 | 5 | 6 => (ProductKind::Statistic, None),
            8 => (ProductKind::Plain, Some(35)),
            9 => (ProductKind::Statistic, Some(48)),
            10 => (ProductKind::Statistic, Some(36)),
            11 => (ProductKind::Member(section.u8(36)?), Some(38)),
            12 => (ProductKind::Statistic, Some(37)),
            _ => {
                let needed = "0, 1, 2, 5, 6, 8, 9, 10, 11 or 12";
                return Err(Grib2Error::Unknown {
                    what: "product template 4.",
                    found: template.into(),
                    needed,
                });
            }
        };
        let ahead = duration(section.u8(18)?, section.i32(19)?)?;
        let starts_at = later(reference, ahead)?;
        let span = match interval {
            None => Span::At(starts_at),
            Some(octet) => over(section, octet, starts_at)?,
        };
        Ok(Self {
            parameter: Parameter { discipline, category: section.u8(10)?, number: section.u8(11)? },
            level: level(section)?,
            kind,
            process: section.u8(14)?,
            span,
        })
    }
}

fn over(section: Octets<'_>, octet: usize, from: Timestamp) -> Result<Span, Grib2Error> {
    let until = instant(section, octet)?;
    if until < from || until.duration_since(from) > SignedDuration::from_hours(HOURS_MAX) {
        let found = format!("{from} to {until}");
        return Err(Grib2Error::Value { what: "an interval", needed: "forward and within 400 days", found });
    }
    Ok(Span::Over { from, until, statistic: section.u8(octet + 12)? })
}

fn level(section: Octets<'_>) -> Result<Level, Grib2Error> {
    let (kind, scale, raw) = (section.u8(23)?, section.u8(24)?, section.u32(25)?);
    // All bits set stand for missing.
    let value = match (scale, raw) {
        (255, _) | (_, u32::MAX) => f64::NAN,
        _ => f64::from(section.i32(25)?) * 10_f64.powi(-section.i8(24)?),
    };
    Ok(Level { kind, value })
}

/// When the model was started: octets 13 on of section 1.
pub(super) fn reference_at(section: Octets<'_>) -> Result<Timestamp, Grib2Error> {
    instant(section, 13)
}

/// An instant in seven octets, UTC.
fn instant(section: Octets<'_>, octet: usize) -> Result<Timestamp, Grib2Error> {
    let year = section.u16(octet)?;
    let part = |behind: usize| section.u8(octet + behind).map(|part| i8::try_from(part).unwrap_or(-1));
    let (month, day, hour, minute, second) = (part(2)?, part(3)?, part(4)?, part(5)?, part(6)?);
    let made = i16::try_from(year)
        .ok()
        .and_then(|year| DateTime::new(year, month, day, hour, minute, second, 0).ok())
        .and_then(|civil| Offset::UTC.to_timestamp(civil).ok());
    made.ok_or_else(|| Grib2Error::Value {
        what: "a time",
        needed: "a date and time of the calendar",
        found: format!("{year}-{month}-{day} {hour}:{minute}:{second}"),
    })
}

/// A length of time in a unit of code table 4.4.
fn duration(unit: u8, count: i32) -> Result<SignedDuration, Grib2Error> {
    let unit_s: i64 = match unit {
        0 => 60,
        1 => 3600,
        2 => 24 * 3600,
        10 => 3 * 3600,
        11 => 6 * 3600,
        12 => 12 * 3600,
        13 => 1,
        _ => {
            let needed = "minutes, hours, days, 3, 6 or 12 hours, or seconds";
            return Err(Grib2Error::Unknown { what: "unit of time", found: unit.into(), needed });
        }
    };
    let length = SignedDuration::from_secs(unit_s * i64::from(count));
    if length.abs() > SignedDuration::from_hours(HOURS_MAX) {
        let found = format!("{} hours", length.as_hours());
        return Err(Grib2Error::Value { what: "forecast time", needed: "within 400 days", found });
    }
    Ok(length)
}

fn later(instant: Timestamp, by: SignedDuration) -> Result<Timestamp, Grib2Error> {
    instant.checked_add(by).map_err(|_| Grib2Error::Value {
        what: "forecast time",
        needed: "within the calendar",
        found: format!("{instant} and {} s", by.as_secs()),
    })
}
