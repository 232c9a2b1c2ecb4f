//! Maximum spotting distances against 203 runs of an established program.

use firecore::spread::spotting::{self, RidgePosition, Ridges, Spotting, TorchingTrees, TreeSpecies};
use firecore::units::{M_PER_FT, M_PER_MI, M_S_PER_MPH, WIND_10M_PER_20FT};

use crate::table::{Budget, Errors, Row, Table};

const VECTORS: &str = include_str!("data/spotting_vectors.csv");

/// Relative. The reference is printed to ten digits; the plume of active crown fires multiplies rounding.
const BUDGET: Budget = Budget { p75: 1e-9, p99: 5e-8, max: 1e-7 };

/// Below this, in the reference's units, errors are absolute; the shortest distance is 2e-5 mi.
const FLOOR: f64 = 1e-9;

#[test]
fn spotting_distances_agree_with_the_reference() {
    let table = Table::parse(VECTORS);
    let mut errors = Errors::default();
    for row in table.rows() {
        compare(&mut errors, row);
    }
    assert_eq!(errors.count(), 814);
    errors.assert_within(BUDGET);
}

fn compare(errors: &mut Errors, row: Row) {
    let wind_10m_m_s = row.number("wind20_mph") * M_S_PER_MPH * WIND_10M_PER_20FT;
    let open = row.number("downwind_open") == 1.0;
    let share = if open { 0.5 } else { 1.0 };
    let cover_m = share * row.number("downwind_cover_ft") * M_PER_FT;
    let a = row.number("a");
    let mut torching = None;
    let spot = match row.text("source") {
        "pile" => spotting::burning_pile(a * M_PER_FT, wind_10m_m_s, cover_m),
        "surface" => spotting::surface_fire(a * M_PER_FT, wind_10m_m_s, cover_m),
        "torching" => {
            torching = Some(trees(row).spotting(wind_10m_m_s, cover_m));
            torching.flatten().map(|torching| torching.spotting)
        }
        "active_crown" => {
            let height_m = share * row.number("c") * M_PER_FT;
            let flat_m = spotting::active_crown_fire(intensity_kw_m(row), height_m, wind_10m_m_s);
            Some(Spotting { firebrand_height_m: f64::NAN, cover_height_m: f64::NAN, flat_distance_m: flat_m })
        }
        other => panic!("unknown source: {other}"),
    };
    // The reference prints 0 for everything in calm air.
    let flat_m = spot.map_or(0.0, |spot| spot.flat_distance_m);
    let mut check = |column: &str, computed: f64| {
        if let Some(reference) = row.maybe(column) {
            errors.relative(column, row.text("case_id"), computed, reference, FLOOR);
        }
    };
    check("firebrand_height_ft", spot.map_or(0.0, |spot| spot.firebrand_height_m / M_PER_FT));
    check("cover_used_ft", spot.map_or(0.0, |spot| spot.cover_height_m / M_PER_FT));
    check("flat_dist_mi", flat_m / M_PER_MI);
    check("mountain_dist_mi", ridges(row).mountain_distance_m(flat_m) / M_PER_MI);
    if let Some(torching) = torching {
        check("torch_flame_height_ft", torching.map_or(0.0, |torching| torching.flame_height_m / M_PER_FT));
        check("torch_flame_duration", torching.map_or(0.0, |torching| torching.flame_duration));
    }
}

fn trees(row: Row) -> TorchingTrees {
    TorchingTrees {
        species: TreeSpecies::ALL[row.number("d") as usize],
        count: row.number("a"),
        diameter_m: row.number("b") / 12.0 * M_PER_FT,
        height_m: row.number("c") * M_PER_FT,
    }
}

/// The row's intensity, or that of its flame length by the metric form of Byram's fit.
fn intensity_kw_m(row: Row) -> f64 {
    match row.number("b") {
        0.0 => (row.number("a") * M_PER_FT / 0.0775).powf(1.0 / 0.46),
        intensity_kw_m => intensity_kw_m,
    }
}

fn ridges(row: Row) -> Ridges {
    Ridges {
        ridge_to_valley_m: row.number("ridge_valley_mi") * M_PER_MI,
        ridge_to_valley_elevation_m: row.number("ridge_valley_elev_ft") * M_PER_FT,
        position: match row.text("location") {
            "0" => RidgePosition::MidslopeWindward,
            "1" => RidgePosition::ValleyBottom,
            "2" => RidgePosition::MidslopeLeeward,
            "3" => RidgePosition::RidgeTop,
            other => panic!("unknown location: {other}"),
        },
    }
}
