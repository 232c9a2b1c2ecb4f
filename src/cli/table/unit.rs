//! Units of columns: what one is in SI, and what a printed table shows beside it.

use firecore::units::{
    KG_PER_LB, KJ_PER_BTU, KW_M_PER_BTU_FT_S, M_PER_FT, M_PER_MI, M_S_PER_FT_MIN, M_S_PER_KM_H, M_S_PER_MPH,
    M2_PER_HA,
};

/// The unit of a column.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Unit {
    /// As it is printed; empty for what has none.
    pub(crate) name: &'static str,
    /// How many of the SI units, that tools compute with, are in one.
    si_per_unit: f64,
    /// The SI value of 0 of this unit.
    si_at_zero: f64,
    /// The other system's unit, and how many SI units are in one; without a name where there is none.
    other: (&'static str, f64),
}

const fn unit(name: &'static str, si_per_unit: f64, other: (&'static str, f64)) -> Unit {
    Unit { name, si_per_unit, si_at_zero: 0.0, other }
}

/// Fractions, ratios, flags and codes.
pub(crate) const NONE: Unit = unit("", 1.0, ("", 1.0));
/// Fractions as percent.
pub(crate) const PERCENT: Unit = unit("%", 0.01, ("", 1.0));
/// Whole percent, computed as such.
pub(crate) const PERCENT_POINTS: Unit = unit("%", 1.0, ("", 1.0));
pub(crate) const FAHRENHEIT: Unit =
    Unit { si_at_zero: -32.0 / 1.8, ..unit("deg F", 1.0 / 1.8, ("deg C", 1.0)) };
pub(crate) const CELSIUS: Unit = unit("deg C", 1.0, ("", 1.0));
pub(crate) const DEGREE: Unit = unit("deg", 1.0, ("", 1.0));
pub(crate) const MINUTE: Unit = unit("min", 60.0, ("s", 1.0));
pub(crate) const MPH: Unit = unit("mph", M_S_PER_MPH, ("km/h", M_S_PER_KM_H));
pub(crate) const FT_MIN: Unit = unit("ft/min", M_S_PER_FT_MIN, ("m/min", M_S_PER_M_MIN));
pub(crate) const FT: Unit = unit("ft", M_PER_FT, ("m", 1.0));
pub(crate) const PER_FT: Unit = unit("1/ft", 1.0 / M_PER_FT, ("1/m", 1.0));
pub(crate) const BTU_FT_S: Unit = unit("Btu/ft/s", KW_M_PER_BTU_FT_S, ("kW/m", 1.0));
pub(crate) const BTU_FT2: Unit = unit("Btu/ft2", KJ_M2_PER_BTU_FT2, ("kJ/m2", 1.0));
pub(crate) const BTU_FT2_MIN: Unit = unit("Btu/ft2/min", KJ_M2_PER_BTU_FT2 / 60.0, ("kW/m2", 1.0));
pub(crate) const BTU_FT3: Unit = unit("Btu/ft3", KJ_M2_PER_BTU_FT2 / M_PER_FT, ("kJ/m3", 1.0));
pub(crate) const LB_FT2: Unit = unit("lb/ft2", KG_M2_PER_LB_FT2, ("kg/m2", 1.0));
pub(crate) const TON_ACRE: Unit = unit("ton/acre", KG_M2_PER_TON_ACRE, ("kg/m2", 1.0));
pub(crate) const LB_FT3: Unit = unit("lb/ft3", KG_M2_PER_LB_FT2 / M_PER_FT, ("kg/m3", 1.0));
pub(crate) const BTU_LB: Unit = unit("Btu/lb", KJ_PER_BTU / KG_PER_LB, ("kJ/kg", 1.0));
pub(crate) const FT2: Unit = unit("ft2", M_PER_FT * M_PER_FT, ("ha", M2_PER_HA));
pub(crate) const MI: Unit = unit("mi", M_PER_MI, ("km", 1000.0));
pub(crate) const IN: Unit = unit("in", M_PER_FT / 12.0, ("cm", 0.01));
pub(crate) const M: Unit = unit("m", 1.0, ("ft", M_PER_FT));
pub(crate) const M_MIN: Unit = unit("m/min", M_S_PER_M_MIN, ("ft/min", M_S_PER_FT_MIN));
pub(crate) const KM_H: Unit = unit("km/h", M_S_PER_KM_H, ("mph", M_S_PER_MPH));
pub(crate) const KW_M: Unit = unit("kW/m", 1.0, ("Btu/ft/s", KW_M_PER_BTU_FT_S));
pub(crate) const KG_M3: Unit = unit("kg/m3", 1.0, ("lb/ft3", KG_M2_PER_LB_FT2 / M_PER_FT));

/// m/s in one m/min (exact).
const M_S_PER_M_MIN: f64 = 1.0 / 60.0;
/// kJ/m2 in one Btu/ft2.
const KJ_M2_PER_BTU_FT2: f64 = KJ_PER_BTU / (M_PER_FT * M_PER_FT);

/// kg/m2 in one lb/ft2.
const KG_M2_PER_LB_FT2: f64 = KG_PER_LB / (M_PER_FT * M_PER_FT);
/// kg/m2 in one short ton per acre (exact: 2000 lb, 43 560 ft2).
const KG_M2_PER_TON_ACRE: f64 = 2000.0 / 43_560.0 * KG_M2_PER_LB_FT2;

impl Unit {
    /// A value of this unit in SI.
    pub(crate) fn si_from(self, value: f64) -> f64 {
        value * self.si_per_unit + self.si_at_zero
    }

    /// An SI value in this unit.
    pub(crate) fn of_si(self, si: f64) -> f64 {
        (si - self.si_at_zero) / self.si_per_unit
    }

    /// An SI value in the other system's unit, with its name; `None` where both systems share the unit.
    pub(crate) fn other_of_si(self, si: f64) -> Option<(f64, &'static str)> {
        let (name, si_per_other) = self.other;
        (!name.is_empty()).then(|| (si / si_per_other, name))
    }
}
