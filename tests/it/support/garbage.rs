//! Members' results that are none.

use firecore::geo::LocalFrame;
use firecore::spread::ArrivalTimes;

/// What a member gives that is no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Garbage {
    NotANumber,
    TooShort,
    NegativeIntensity,
    OtherGrid,
    OtherZone,
}

impl Garbage {
    pub(super) fn of(self, mut member: ArrivalTimes) -> ArrivalTimes {
        match self {
            Self::NotANumber => member.arrival_s.cells[7] = f32::NAN,
            Self::TooShort => drop(member.burnable.pop()),
            Self::NegativeIntensity => member.fireline_intensity_kw_m[7] = -1.0,
            Self::OtherGrid => member.arrival_s.shape.west_m += 100.0,
            Self::OtherZone => member.frame = LocalFrame::utm(60, true),
        }
        member
    }
}
