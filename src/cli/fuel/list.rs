//! All fuel models, as a table or as CSV.

use std::io::Write;

use firecore::fuel::FuelModel;
use firecore::landscape::FUEL_NO_DATA;

use crate::cli::table::number::{Digits, push_field, rounded};
use crate::cli::table::unit::{BTU_LB, FT, PER_FT, PERCENT, TON_ACRE};

/// A line a model, in the units that fire managers know.
pub(super) fn write(models: &[FuelModel], out: &mut impl Write) -> anyhow::Result<()> {
    let head = ["code", "name", "1h", "10h", "100h", "herb", "woody", "depth", "mx", "cures", "description"];
    let units = ["", "", "ton/acre", "", "", "", "", "ft", "%", "", ""];
    let mut rows = vec![head.map(str::to_owned), units.map(str::to_owned)];
    for model in models {
        let burns = model.is_burnable();
        let number = |value: f64| if burns { rounded(value) } else { String::new() };
        let [one, ten, hundred, herbaceous, woody] =
            model.load_kg_m2().map(|load| number(TON_ACRE.of_si(load)));
        rows.push([
            model.code.to_string(),
            model.name.to_string(),
            one,
            ten,
            hundred,
            herbaceous,
            woody,
            number(FT.of_si(model.depth_m())),
            number(PERCENT.of_si(model.dead_extinction_moisture())),
            if model.herbaceous_cures() { "yes".to_owned() } else { String::new() },
            model.description.to_string(),
        ]);
    }
    let right = [true, false, true, true, true, true, true, true, true, false, false];
    write_columns(&rows, right, out)
}

/// The columns that own fuel models are read from.
pub(super) fn write_csv(models: &[FuelModel], out: &mut impl Write) -> anyhow::Result<()> {
    let mut text = Vec::from(
        "code,name,description,load_1h_t_ac,load_10h_t_ac,load_100h_t_ac,load_herb_t_ac,load_woody_t_ac,\
         sav_1h,sav_herb,sav_woody,depth_ft,mx_dead_pct,heat_dead_btu_lb,heat_live_btu_lb,dynamic,burnable\n",
    );
    let mut digits = Digits::default();
    // 0 stands for no data and is no model.
    for model in models.iter().filter(|model| model.code != FUEL_NO_DATA) {
        push_field(&mut text, model.code.to_string().as_bytes(), true);
        for word in [&model.name, &model.description] {
            text.push(b',');
            push_field(&mut text, word.as_bytes(), false);
        }
        let loads = model.load_kg_m2().map(|load| TON_ACRE.of_si(load));
        let [one_hour, _, _, herbaceous, woody] =
            model.surface_to_volume_1_m().map(|ratio| PER_FT.of_si(ratio));
        let bed = [FT.of_si(model.depth_m()), PERCENT.of_si(model.dead_extinction_moisture())];
        let heats = model.heat_kj_kg().map(|heat| BTU_LB.of_si(heat));
        let flags = [model.herbaceous_cures(), model.is_burnable()].map(|is| f64::from(u8::from(is)));
        let numbers = loads.into_iter().chain([one_hour, herbaceous, woody]).chain(bed).chain(heats);
        for number in numbers.chain(flags) {
            text.push(b',');
            digits.push(&mut text, tidy(number));
        }
        text.push(b'\n');
    }
    Ok(out.write_all(&text)?)
}

/// Without what conversion there and back leaves in the last digits.
fn tidy(value: f64) -> f64 {
    (value * 1e9).round() / 1e9
}

/// Writes aligned columns, numbers to the right.
pub(super) fn write_columns<const N: usize>(
    rows: &[[String; N]],
    right: [bool; N],
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default();
    let widths: [usize; N] = std::array::from_fn(width);
    for row in rows {
        let mut line = String::new();
        for ((field, width), right) in row.iter().zip(widths).zip(right) {
            line += &if right { format!("{field:>width$}  ") } else { format!("{field:<width$}  ") };
        }
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}
