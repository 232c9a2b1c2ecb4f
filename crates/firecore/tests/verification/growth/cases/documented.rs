//! Cases that other programs' documents and runs give: their inputs through `firecore`'s own physics, then the front.

use firecore::fuel::FuelModel;
use firecore::moisture::{DeadFuelMoisture, FuelMoisture, LiveFuelMoisture};
use firecore::spread::crown::{CanopyFuel, CrownMethod, CrownModel};
use firecore::spread::ellipse::length_to_width;
use firecore::spread::rothermel::FuelBeds;
use firecore::units::{M_PER_FT, M_S_PER_FT_MIN, M_S_PER_KM_H, M_S_PER_MPH, WIND_10M_PER_20FT};
use firecore::wind;

use super::exact::{Exact, direction};
use super::findings::{Finding, Kind, Report};
use super::read::{Case, MIN_S, Unclear, spell};
use super::uniform::{State, run_to};

pub(crate) fn elmfire(case: &Case, cells: f64) -> Result<Report, Unclear> {
    let name = case.text("name").unwrap_or("unnamed").to_owned();
    let mut report = Report { name, ..Report::default() };
    if case.has("documented_ros_ft_min") {
        surface(case, &mut report)?;
        let rate_m_min = case.number("documented_ros_ft_min")? * M_PER_FT;
        let hours = case.numbers("isochrones_h")?;
        ellipses(rate_m_min, case.number("documented_lw")?, &hours, cells, &mut report)?;
    } else if case.has("documented_crosa_m_min") {
        crown(case, &mut report)?;
        let rate_m_min = case.number("documented_crosa_m_min")?;
        ellipses(rate_m_min, case.number("lw_cap")?, &[1.0], cells, &mut report)?;
    } else {
        return Err(case.lacks("documented_ros_ft_min", "a number, or documented_crosa_m_min"));
    }
    Ok(report)
}

fn percent(case: &Case, key: &str, default: f64) -> Result<f64, Unclear> {
    Ok(case.number_or(key, default)? / 100.0)
}

/// Rate, wind and shape from the documented fuel, moisture and wind.
fn surface(case: &Case, report: &mut Report) -> Result<(), Unclear> {
    let text = case.text("fuel").ok_or_else(|| case.lacks("fuel", "a fuel model"))?;
    let digits: String = text
        .split(|letter: char| !letter.is_ascii_digit())
        .rfind(|part| part.len() == 3)
        .unwrap_or_default()
        .to_owned();
    let code: u8 = digits.parse().map_err(|_| Unclear::new("fuel: a number of three digits", text))?;
    let beds = FuelBeds::standard();
    let (Some(bed), Some(model)) = (beds.get(code), FuelModel::standard(code)) else {
        return Err(Unclear::new("fuel: a model that burns", text));
    };
    let one_hour = percent(case, "m_1h_pct", 6.0)?;
    let moisture = FuelMoisture {
        dead: DeadFuelMoisture { one_hour, ten_hour: one_hour, hundred_hour: one_hour },
        live: LiveFuelMoisture {
            herbaceous: percent(case, "m_herb_pct", 60.0)?,
            woody: percent(case, "m_woody_pct", 60.0)?,
        },
    };
    let wind_20ft_m_s = case.number("wind20_mph")? * M_S_PER_MPH;
    let midflame_m_s = wind_20ft_m_s * wind::adjustment_factor(model.depth_m(), None);
    let spread = bed.moistened(&moisture).spread([0.0, midflame_m_s], [0.0, case.number_or("slope", 0.0)?]);
    let mut add = |at: &str, expected: Option<f64>, found: f64| {
        if let Some(expected) = expected {
            report.findings.push(Finding::new("physics", at, expected, found, Kind::Rate));
        }
    };
    add("midflame mi/h", case.maybe("documented_midflame_mph")?, midflame_m_s / M_S_PER_MPH);
    let rate_m_s = spread.heading_rate_of_spread_m_s;
    add("rate ft/min", case.maybe("documented_ros_ft_min")?, rate_m_s / M_S_PER_FT_MIN);
    let ratio = length_to_width(spread.effective_wind_m_s);
    report
        .notes
        .push(format!("length-to-width by firecore {ratio:.3}; the front runs with the documented one"));
    Ok(())
}

/// Rate of an active crown fire from the documented wind, moisture and canopy.
fn crown(case: &Case, report: &mut Report) -> Result<(), Unclear> {
    let wind_10m_m_s = match case.maybe("documented_wind10_kmh")? {
        Some(wind_km_h) => wind_km_h * M_S_PER_KM_H,
        None => case.number("wind20_mph")? * M_S_PER_MPH * WIND_10M_PER_20FT,
    };
    let one_hour = percent(case, "m_1h_pct", 4.0)?;
    let moisture = FuelMoisture {
        dead: DeadFuelMoisture { one_hour, ten_hour: one_hour, hundred_hour: one_hour },
        live: LiveFuelMoisture { herbaceous: 0.6, woody: 0.9 },
    };
    let model = CrownModel::new(CrownMethod::Cruz2005).moistened(&moisture);
    // Height and base play no part in the rate of an active crown fire.
    let canopy = CanopyFuel {
        base_height_m: 2.0,
        height_m: 12.0,
        bulk_density_kg_m3: case.positive("cbd_kg_m3")?,
        foliar_moisture: 1.0,
    };
    let rate_m_s = model.active_rate_of_spread_m_s(&canopy, wind_10m_m_s);
    let expected = case.number("documented_crosa_m_min")?;
    report.findings.push(Finding::new("physics", "rate m/min", expected, rate_m_s * MIN_S, Kind::Rate));
    Ok(())
}

/// The front of the documented ellipse at some hours, against the exact one.
fn ellipses(
    rate_m_min: f64,
    ratio: f64,
    hours: &[f64],
    cells: f64,
    report: &mut Report,
) -> Result<(), Unclear> {
    let spell = spell(f64::INFINITY, rate_m_min, ratio, 0.0)?;
    let exact = Exact::from_point(spell);
    for hour in hours {
        let time_s = hour * 3600.0;
        let reach = |name: &str, bearing_deg: f64| {
            let normal = direction(bearing_deg);
            (name.to_owned(), normal, exact.reach_m(normal, time_s))
        };
        let state = State {
            label: format!("{hour} h"),
            time_s,
            area_m2: Some(exact.area_m2(time_s)),
            perimeter_m: Some(exact.perimeter_m(time_s)),
            reaches: vec![reach("head", 0.0), reach("flank", 90.0), reach("back", 180.0)],
        };
        run_to(&exact, &state, cells, report);
    }
    Ok(())
}
