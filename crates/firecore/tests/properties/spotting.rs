//! Spotting distances.

use firecore::spread::spotting::{
    self, RidgePosition, Ridges, Spotting, TorchingTrees, TreeSpecies, UnknownTreeSpecies,
};
use proptest::prelude::*;

use crate::physics::any_finite;

fn species() -> impl Strategy<Value = TreeSpecies> {
    proptest::sample::select(TreeSpecies::ALL.to_vec())
}

fn position() -> impl Strategy<Value = RidgePosition> {
    proptest::sample::select(vec![
        RidgePosition::MidslopeWindward,
        RidgePosition::ValleyBottom,
        RidgePosition::MidslopeLeeward,
        RidgePosition::RidgeTop,
    ])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn longer_flames_carry_embers_farther(
        a in 0.1..30.0, b in 0.1..30.0, wind in 0.5..25.0, cover in 0.0..30.0,
    ) {
        // The height's share, 0.362 + sqrt(r) ln(r) / 2 of the ember's height over the cover's, rises from r = exp(-2) on:
        // an ember that stays that deep inside the cover is none that the formula is for.
        let in_range = |spot: &Spotting| spot.firebrand_height_m >= (-2.0_f64).exp() * spot.cover_height_m;
        let (low, high) = (f64::min(a, b), f64::max(a, b));
        for source in [spotting::surface_fire, spotting::burning_pile] {
            let spot = |flame| source(flame, wind, cover).expect("there is wind");
            if in_range(&spot(low)) {
                prop_assert!(spot(low).flat_distance_m <= spot(high).flat_distance_m * (1.0 + 1e-9));
            }
        }
    }

    #[test]
    fn more_trees_carry_embers_farther(
        species in species(), count in 1.0..15.0, times in 1.0..2.0, diameter in 0.1..0.9, height in 5.0..45.0,
        wind in 0.5..25.0, cover in 0.0..30.0,
    ) {
        let spot = |count| {
            let trees = TorchingTrees { species, count, diameter_m: diameter, height_m: height };
            trees.spotting(wind, cover).expect("there is wind")
        };
        let (few, many) = (spot(count), spot(count * times));
        prop_assert!(many.flame_height_m >= few.flame_height_m);
        prop_assert!(many.flame_duration <= few.flame_duration);
    }

    #[test]
    fn lower_cover_never_stops_embers_earlier(
        flame in 0.1..30.0, wind in 0.5..25.0, a in 0.0..30.0, b in 0.0..30.0,
    ) {
        // Where the ember rises clear of the cover; under it the formula has no meaning.
        let spot = |cover| spotting::surface_fire(flame, wind, cover).expect("there is wind");
        let (low, high) = (spot(f64::min(a, b)), spot(f64::max(a, b)));
        prop_assert!(low.cover_height_m <= high.cover_height_m);
        if high.firebrand_height_m > 4.0 * high.cover_height_m {
            prop_assert!(low.flat_distance_m >= high.flat_distance_m * (1.0 - 1e-9));
        }
    }

    #[test]
    fn no_finite_input_gives_anything_but_finite_distances(
        species in species(), position in position(), length in any_finite(), height in any_finite(),
        wind in any_finite(), count in any_finite(), run in any_finite(), rise in any_finite(),
    ) {
        let trees = TorchingTrees { species, count, diameter_m: length, height_m: height };
        let spots = [
            spotting::surface_fire(length, wind, height),
            spotting::burning_pile(length, wind, height),
            trees.spotting(wind, run).map(|torching| torching.spotting),
        ];
        let ridges =
            Ridges { ridge_to_valley_m: run, ridge_to_valley_elevation_m: rise, position };
        for spot in spots.into_iter().flatten() {
            for number in [spot.firebrand_height_m, spot.cover_height_m, spot.flat_distance_m] {
                prop_assert!(number.is_finite(), "{spot:?}");
            }
            prop_assert!(spot.flat_distance_m >= 0.0);
            let distance = ridges.mountain_distance_m(spot.flat_distance_m);
            prop_assert!(distance.is_finite() && distance >= 0.0, "{distance}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn no_finite_input_gives_anything_but_a_finite_plume(
        intensity in prop_oneof![any_finite(), 0.0..2e5], height in prop_oneof![any_finite(), 0.0..50.0],
        wind in prop_oneof![any_finite(), 0.0..40.0],
    ) {
        let distance = spotting::active_crown_fire(intensity, height, wind);
        prop_assert!(distance.is_finite() && distance >= 0.0, "{distance}");
    }
}

#[test]
fn level_ground_leaves_a_distance_as_it_is() {
    let level = Ridges {
        ridge_to_valley_m: 1000.0,
        ridge_to_valley_elevation_m: 0.0,
        position: RidgePosition::ValleyBottom,
    };
    assert_eq!(level.mountain_distance_m(432.0), 432.0);
}

#[test]
fn calm_air_carries_nothing() {
    assert_eq!(spotting::surface_fire(3.0, 0.0, 10.0), None);
    assert_eq!(spotting::burning_pile(3.0, 0.0, 10.0), None);
    assert_eq!(spotting::active_crown_fire(50_000.0, 20.0, 0.0), 0.0);
}

#[test]
fn species_are_found_by_the_names_they_print() {
    for species in TreeSpecies::ALL {
        assert_eq!(species.to_string().parse(), Ok(species));
    }
    let unknown = UnknownTreeSpecies { name: "oak".to_owned() };
    assert_eq!("oak".parse::<TreeSpecies>(), Err(unknown));
}
