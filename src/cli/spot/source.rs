//! One row: a source of embers, and the farthest spot fire from it.

use firecore::spread::spotting::{
    self, RidgePosition, Ridges, Spotting, TorchingSpot, TorchingTrees, TreeSpecies,
};
use firecore::units::WIND_10M_PER_20FT;

use crate::cli::spread::{CANOPY_FT_MAX, WIND_MPH_MAX};
use crate::cli::table::column::{Input, Kind, Output, Told};
use crate::cli::table::fuels::MoistBeds;
use crate::cli::table::{Given, Tool, unit};

/// Words of the column `source`.
pub(super) const SOURCES: [&str; 4] = ["pile", "surface", "torching", "active_crown"];

/// Words of the column `location`, by number and by name.
const LOCATIONS: [&str; 8] =
    ["0", "1", "2", "3", "midslope-windward", "valley-bottom", "midslope-leeward", "ridge-top"];

const POSITIONS: [RidgePosition; 4] = [
    RidgePosition::MidslopeWindward,
    RidgePosition::ValleyBottom,
    RidgePosition::MidslopeLeeward,
    RidgePosition::RidgeTop,
];

/// Flame length over fireline intensity to the power 0.46, m and kW/m. Source: Byram (1959), in its metric form.
const BYRAM_M: f64 = 0.0775;
const BYRAM_POWER: f64 = 0.46;

/// Largest values of `a`, `b` and `c` that are read: above any fire's intensity in kW/m.
const VALUE_MAX: f64 = 1e7;

/// Places of the inputs.
#[derive(Clone, Copy)]
enum In {
    Source,
    Location,
    RidgeValley,
    RidgeElevation,
    Cover,
    Open,
    Wind,
    A,
    B,
    C,
    D,
}

const OUTPUTS: [Output; 6] = [
    Output::new("firebrand_height_ft", "height that embers reach", unit::FT),
    Output::new("cover_used_ft", "height of the cover as it counts", unit::FT),
    Output::new("flat_dist_mi", "spotting distance, level ground", unit::MI),
    Output::new("mountain_dist_mi", "spotting distance, these ridges", unit::MI),
    Output::new("torch_flame_height_ft", "flame height", unit::FT),
    Output::new("torch_flame_duration", "flame duration, no unit", unit::NONE),
];

/// Sources of embers, row by row.
pub(super) struct Source {
    inputs: Vec<Input>,
}

impl Source {
    pub(super) fn new() -> Self {
        let number = |name, what, unit, max| Input::number(name, what, unit, [0.0, max]);
        let mut species: Vec<&'static str> =
            vec!["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13"];
        species.extend(TreeSpecies::ALL.map(TreeSpecies::name));
        let inputs = vec![
            Input::choice("source", "source", &SOURCES),
            Input::choice("location", "location", &LOCATIONS).or("ridge-top"),
            number("ridge_valley_mi", "ridge to valley", unit::MI, 100.0).or("0"),
            number("ridge_valley_elev_ft", "ridge above valley", unit::FT, 30_000.0).or("0"),
            number("downwind_cover_ft", "cover downwind", unit::FT, CANOPY_FT_MAX).or("0").told(Told::Always),
            Input::choice("downwind_open", "cover downwind is open", &["0", "1"]).or("0"),
            number("wind20_mph", "wind, 20 ft", unit::MPH, WIND_MPH_MAX),
            number("a", "", unit::NONE, VALUE_MAX).or(""),
            number("b", "", unit::NONE, VALUE_MAX).or(""),
            number("c", "", unit::NONE, VALUE_MAX).or(""),
            Input::new("d", "", Kind::Choice(species)).or(""),
        ];
        Self { inputs }
    }
}

impl Tool for Source {
    fn inputs(&self) -> &[Input] {
        &self.inputs
    }

    fn outputs(&self) -> &[Output] {
        &OUTPUTS
    }

    fn compute(&self, given: Given, _: &mut MoistBeds, results: &mut [f64]) -> Result<(), String> {
        let number = |column: In| given.number(column as usize);
        let source = SOURCES[given.place(In::Source as usize)];
        refuse_missing(given, source)?;
        let wind_10m_m_s = number(In::Wind) * WIND_10M_PER_20FT;
        let share = if given.place(In::Open as usize) == 1 { 0.5 } else { 1.0 };
        let cover_m = share * number(In::Cover);
        let length_m = unit::FT.si_from(number(In::A));
        let spot = match source {
            "pile" => spotting::burning_pile(length_m, wind_10m_m_s, cover_m).or(Some(NO_SPOT)),
            "surface" => spotting::surface_fire(length_m, wind_10m_m_s, cover_m).or(Some(NO_SPOT)),
            "torching" => {
                let torching = trees(given).spotting(wind_10m_m_s, cover_m).unwrap_or(TorchingSpot {
                    flame_height_m: 0.0,
                    flame_duration: 0.0,
                    spotting: NO_SPOT,
                });
                results[4..].copy_from_slice(&[torching.flame_height_m, torching.flame_duration]);
                Some(torching.spotting)
            }
            _ => None,
        };
        let flat_m = match spot {
            Some(spot) => {
                results[..2].copy_from_slice(&[spot.firebrand_height_m, spot.cover_height_m]);
                spot.flat_distance_m
            }
            None => {
                let height_m = share * unit::FT.si_from(number(In::C));
                spotting::active_crown_fire(intensity_kw_m(given, length_m), height_m, wind_10m_m_s)
            }
        };
        let ridges = Ridges {
            ridge_to_valley_m: number(In::RidgeValley),
            ridge_to_valley_elevation_m: number(In::RidgeElevation),
            position: POSITIONS[given.place(In::Location as usize) % POSITIONS.len()],
        };
        results[2..4].copy_from_slice(&[flat_m, ridges.mountain_distance_m(flat_m)]);
        Ok(())
    }
}

/// In calm air and without a flame.
const NO_SPOT: Spotting = Spotting { firebrand_height_m: 0.0, cover_height_m: 0.0, flat_distance_m: 0.0 };

/// Says which of the columns that this source needs is blank, or 0 where nothing is so small.
fn refuse_missing(given: Given, source: &str) -> Result<(), String> {
    let needed: &[(In, &str, f64)] = match source {
        "pile" => &[(In::A, "a: needed the flame height (ft)", 0.0)],
        "surface" => &[(In::A, "a: needed the flame length (ft)", 0.0)],
        "torching" => &[
            (In::A, "a: needed the number of trees", 0.0),
            (In::B, "b: needed a diameter at breast height above 0 (in)", f64::MIN_POSITIVE),
            (In::C, "c: needed a tree height above 0 (ft)", f64::MIN_POSITIVE),
            (In::D, "d: needed the species", 0.0),
        ],
        _ => &[(In::C, "c: needed a tree height above 0 (ft)", f64::MIN_POSITIVE)],
    };
    let found = |value: f64| if value.is_nan() { "nothing".to_owned() } else { value.to_string() };
    let mut wrong: Vec<String> = Vec::new();
    for (column, words, min) in needed {
        let value = given.number(*column as usize);
        if value.is_nan() || value < *min {
            wrong.push(format!("{words} for {source}, found {}", found(value)));
        }
    }
    let [a, b] = [In::A, In::B].map(|column| given.number(column as usize));
    if source == "active_crown" && a.is_nan() && (b.is_nan() || b == 0.0) {
        let words = "the fireline intensity (kW/m), or in a the flame length (ft)";
        wrong.push(format!("b: needed {words} for {source}, found {}", found(b)));
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("; ")) }
}

fn trees(given: Given) -> TorchingTrees {
    let number = |column: In| given.number(column as usize);
    TorchingTrees {
        species: TreeSpecies::ALL[given.place(In::D as usize) % TreeSpecies::ALL.len()],
        count: number(In::A),
        diameter_m: unit::IN.si_from(number(In::B)),
        height_m: unit::FT.si_from(number(In::C)),
    }
}

/// The intensity in `b`, or that of the flame length in `a` where `b` is blank or 0.
fn intensity_kw_m(given: Given, flame_length_m: f64) -> f64 {
    let intensity_kw_m = given.number(In::B as usize);
    if intensity_kw_m > 0.0 {
        return intensity_kw_m;
    }
    (flame_length_m / BYRAM_M).powf(1.0 / BYRAM_POWER)
}
