//! One fuel model: its numbers, what follows from them, and how fire spreads in it.

use std::io::Write;

use firecore::fuel::FuelModel;
use firecore::moisture::scenario::{LiveScenario, Scenario};
use firecore::spread::rothermel::{self, FuelBed};

use super::list::write_columns;
use crate::cli::table::case::{number_line, words_line, write_aligned};
use crate::cli::table::number::rounded;
use crate::cli::table::unit::{
    BTU_LB, FT, FT_MIN, KM_H, LB_FT3, M, M_MIN, MINUTE, MPH, NONE, PER_FT, PERCENT, TON_ACRE,
};

/// Mid-flame winds of the table, mph, and the nearest ones in km/h that people name.
const WINDS_MPH: [f64; 4] = [0.0, 5.0, 10.0, 15.0];
const WINDS_KM_H: [f64; 4] = [0.0, 8.0, 16.0, 24.0];

/// Everything about a model.
pub(super) fn write(model: &FuelModel, metric: bool, out: &mut impl Write) -> anyhow::Result<()> {
    writeln!(out, "{model} (code {})\n", model.code)?;
    let Some(bed) = FuelBed::of(model) else {
        writeln!(out, "Nothing burns here: no fire enters such ground.")?;
        return Ok(());
    };
    write_numbers(model, &bed, out)?;
    let live = model.load_kg_m2()[3..].iter().any(|load| *load > 0.0);
    write_spread(&bed, live, metric, out)
}

fn write_numbers(model: &FuelModel, bed: &FuelBed, out: &mut impl Write) -> anyhow::Result<()> {
    let classes = ["dead 1-hour", "dead 10-hour", "dead 100-hour", "live herbaceous", "live woody"];
    let mut lines = Vec::new();
    for (class, load) in classes.iter().zip(model.load_kg_m2()) {
        lines.push(number_line(&format!("load, {class}"), TON_ACRE, load));
    }
    for (class, ratio) in classes.iter().zip(model.surface_to_volume_1_m()) {
        if ratio > 0.0 {
            lines.push(number_line(&format!("surface-to-volume ratio, {class}"), PER_FT, ratio));
        }
    }
    let [dead_heat, live_heat] = model.heat_kj_kg();
    lines.extend([
        number_line("depth of the bed", FT, model.depth_m()),
        number_line("dead moisture of extinction", PERCENT, model.dead_extinction_moisture()),
        number_line("heat content, dead fuel", BTU_LB, dead_heat),
        number_line("heat content, live fuel", BTU_LB, live_heat),
        words_line("herbaceous fuel cures", if model.herbaceous_cures() { "yes" } else { "no" }),
        words_line("", ""),
        number_line("characteristic surface-to-volume ratio", PER_FT, bed.surface_to_volume_1_m()),
        number_line("packing ratio", NONE, bed.packing_ratio()),
        number_line("relative packing ratio", NONE, bed.relative_packing_ratio()),
        number_line("bulk density", LB_FT3, bed.bulk_density_kg_m3()),
        number_line("residence time", MINUTE, bed.residence_time_s()),
    ]);
    write_aligned(&lines, out)
}

/// Rates of spread and flame lengths at the standard moisture scenarios; one live scenario stands for all where nothing
/// lives.
fn write_spread(bed: &FuelBed, live: bool, metric: bool, out: &mut impl Write) -> anyhow::Result<()> {
    let (winds, wind, rate, flame) = match metric {
        true => (WINDS_KM_H, KM_H, M_MIN, M),
        false => (WINDS_MPH, MPH, FT_MIN, FT),
    };
    writeln!(
        out,
        "\nLevel ground: rate of spread ({}) and flame length ({}) by mid-flame wind ({})\n",
        rate.name, flame.name, wind.name
    )?;
    let mut rows: Vec<[String; 9]> = vec![std::array::from_fn(|column| match column {
        0 => String::from("moisture"),
        1..=4 => format!("rate {}", winds[column - 1]),
        _ => format!("flame {}", winds[column - 5]),
    })];
    for scenario in Scenario::all().filter(|scenario| live || scenario.live == LiveScenario::FullyCured) {
        let moist = bed.moistened(&scenario.moisture());
        let heads = winds.map(|speed| moist.spread([wind.si_from(speed), 0.0], [0.0, 0.0]));
        let rates = heads.map(|head| rounded(rate.of_si(head.heading_rate_of_spread_m_s)));
        let flames = heads.map(|head| {
            let flame_m = rothermel::flame_length_m(head.heading_fireline_intensity_kw_m());
            rounded(flame.of_si(flame_m))
        });
        let name = if live { scenario.to_string() } else { scenario.dead.to_string() };
        let mut fields = std::iter::once(name).chain(rates).chain(flames);
        rows.push(std::array::from_fn(|_| fields.next().unwrap_or_default()));
    }
    write_columns(&rows, [false, true, true, true, true, true, true, true, true], out)
}
