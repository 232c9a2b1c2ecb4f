//! Every class leads to one standard model, and the numbers of two maps are not mixed up.

use super::*;
use crate::fuel::FuelModel;
use crate::moisture::{DeadFuelMoisture, FuelMoisture, LiveFuelMoisture};
use crate::spread::rothermel::FuelBeds;

#[test]
fn every_row_leads_to_a_standard_model_and_no_number_to_two() {
    for classification in Classification::ALL {
        let mut seen = std::collections::BTreeMap::new();
        for row in classification.rows() {
            assert!(FuelModel::standard(row.model).is_some(), "{classification} {}", row.name);
            for class in row.classes.iter().flat_map(|(first, last)| *first..=*last) {
                assert_eq!(seen.insert(class, row.name), None, "{classification}: {class} twice");
                assert_eq!(classification.to_standard(class), Some(row.model));
            }
        }
        let burns = classification
            .rows()
            .filter(|row| FuelModel::standard(row.model).is_some_and(FuelModel::is_burnable));
        assert!(burns.count() >= 5, "{classification}");
        assert!(
            (0..=u16::MAX).filter(|class| classification.to_standard(*class).is_some()).eq(seen.into_keys())
        );
    }
}

#[test]
fn names_are_read_back_and_an_unknown_one_is_told_all_of_them() {
    for classification in Classification::ALL {
        assert_eq!(classification.name().parse(), Ok(classification));
    }
    let error = "FBP".parse::<Classification>().expect_err("names are in lower case").to_string();
    assert!(
        error.contains("fbp-2014") && error.contains("corine-humid") && error.ends_with("\"FBP\""),
        "{error}"
    );
}

#[test]
fn canadas_two_numberings_agree_in_the_types_that_both_have() {
    let types = |classification: Classification| {
        let rows = classification.rows().filter(|row| row.name.contains('-') && row.classes.len() == 1);
        rows.map(|row| (row.name, row.model)).collect::<std::collections::BTreeMap<_, _>>()
    };
    let (late, early) = (types(Classification::Fbp), types(Classification::Fbp2014));
    let both: Vec<_> = early.iter().filter(|(name, _)| late.contains_key(*name)).collect();
    assert!(both.len() >= 13, "{both:?}");
    assert!(both.into_iter().all(|(name, model)| late[name] == *model));
    // C-1 and non-fuel share a number.
    assert_eq!(
        (Classification::Fbp.to_standard(101), Classification::Fbp2014.to_standard(101)),
        (Some(99), Some(161))
    );
}

#[test]
fn more_conifers_take_mixedwood_from_aspen_to_spruce() {
    let model = |class| Classification::Fbp.to_standard(class);
    assert_eq!((model(625), model(675)), (model(11), model(2)));
    assert_eq!((model(525), model(575)), (model(12), model(2)));
    assert_eq!(model(649), model(11));
    assert_eq!(model(650), model(2));
}

#[test]
fn corine_has_its_44_classes_under_both_numbers() {
    let legend = (1..=44).map(|class| Classification::CorineArid.to_standard(class));
    let codes = Classification::CorineArid.rows().filter(|row| row.classes.len() == 2);
    assert!(legend.eq(codes.map(|row| Some(row.model))));
    // Sclerophyllous vegetation is shrubland, in both climates.
    assert_eq!(Classification::CorineArid.to_standard(323), Some(147));
    assert_eq!(Classification::CorineHumid.to_standard(323), Some(148));
}

#[test]
fn models_spread_in_the_order_that_their_reasons_give() {
    let beds = FuelBeds::standard();
    let dead = DeadFuelMoisture { one_hour: 0.06, ten_hour: 0.07, hundred_hour: 0.08 };
    let moisture = FuelMoisture { dead, live: LiveFuelMoisture { herbaceous: 0.6, woody: 0.9 } };
    let rate = |class: u16| {
        let code = Classification::Fbp.to_standard(class).expect("a class of the map");
        let bed = beds.get(code).expect("it burns").moistened(&moisture);
        bed.spread([2.0, 0.0], [0.0, 0.0]).heading_rate_of_spread_m_s
    };
    for (slower, faster, why) in [
        (1, 2, "lichen woodland is slower than boreal spruce"),
        (12, 11, "green aspen is slower than leafless aspen"),
        (11, 2, "spruce is the faster half of mixedwood"),
        (11, 70, "dead fir is the faster half of its mixedwood"),
        (31, 32, "matted grass is slower than standing grass"),
    ] {
        assert!(rate(slower) < rate(faster), "{why}: {} and {} m/s", rate(slower), rate(faster));
    }
}
