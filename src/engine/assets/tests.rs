use firecore::asset::NearestAsset;
use firecore::detection::ClusterId;
use firecore::geo::Bounds;
use uuid::Uuid;

use super::*;
use crate::engine::board::{ClusterSnapshot, ClusterState};
use crate::engine::coverage::Coverage;

fn asset(id: &str, lon_deg: f64) -> Asset {
    Asset {
        id: id.to_owned(),
        kind: None,
        name: None,
        clearance_s: None,
        geometry: geo::Point::new(lon_deg, 0.0).into(),
    }
}

fn list(assets: &[Asset]) -> AssetList {
    AssetList::new(1, Arc::new(AssetIndex::new(assets.to_vec()).unwrap()))
}

/// A fire of a tenth of a degree around a longitude on the equator.
fn fire(lon_deg: f64, nearest: Option<(&str, f64)>) -> ClusterSnapshot {
    ClusterSnapshot {
        id: ClusterId(Uuid::nil()),
        state: ClusterState::Active,
        label: None,
        heat_source: None,
        last_received_at: None,
        ages_at: None,
        decision: None,
        detection_count: 2,
        first_at: None,
        last_at: None,
        bounds: Some(Bounds {
            west_deg: lon_deg - 0.05,
            south_deg: -0.05,
            east_deg: lon_deg + 0.05,
            north_deg: 0.05,
        }),
        nearest: nearest.map(|(id, distance_m)| NearestAsset { id: id.to_owned(), name: None, distance_m }),
        plan: None,
        forecast: None,
        provisional: None,
        staleness: None,
        failure: None,
        coverage: Coverage::default(),
    }
}

/// What one edit touches.
fn delta(before: &AssetList, edit: AssetsEdit) -> AssetDelta {
    let outcome = edit.apply(before).unwrap();
    AssetDelta::new(&list(&outcome.assets), outcome.changed).unwrap()
}

#[test]
fn an_edit_counts_what_it_adds_replaces_and_removes() {
    let before = list(&[asset("a", 1.0), asset("b", 2.0), asset("c", 3.0)]);
    let counts = |edit: AssetsEdit| {
        let outcome = edit.apply(&before).unwrap();
        let ids: Vec<String> = outcome.assets.iter().map(|asset| asset.id.clone()).collect();
        (outcome.counts(&before), ids.join(""))
    };
    assert_eq!(counts(AssetsEdit::Put(asset("b", 2.5))), ((0, 1, 0), "abc".to_owned()));
    assert_eq!(counts(AssetsEdit::Put(asset("b", 2.0))), ((0, 0, 0), "abc".to_owned()));
    assert_eq!(counts(AssetsEdit::Put(asset("d", 4.0))), ((1, 0, 0), "abcd".to_owned()));
    assert_eq!(counts(AssetsEdit::Remove("a".to_owned())), ((0, 0, 1), "bc".to_owned()));
    let two = vec![asset("c", 3.5), asset("e", 5.0)];
    assert_eq!(counts(AssetsEdit::PutAll(two.clone())), ((1, 1, 0), "abce".to_owned()));
    assert_eq!(counts(AssetsEdit::Replace(two)), ((1, 1, 2), "ce".to_owned()));
    let unknown = AssetsEdit::Remove("z".to_owned()).apply(&before);
    assert!(matches!(unknown, Err(AssetsChangeError::NotFound { id }) if id == "z"));
}

#[test]
fn a_change_touches_fires_that_it_may_decide() {
    let before = list(&[asset("a", 10.0), asset("b", 20.0)]);
    let moved = delta(&before, AssetsEdit::Put(asset("b", 10.5)));
    // Nearer than the nearest, within a box and its nearest distance, or beyond.
    assert!(moved.touches(Some(&fire(10.4, Some(("a", 44_000.0)))), 1_000.0));
    assert!(!moved.touches(Some(&fire(9.8, Some(("a", 22_000.0)))), 1_000.0));
    assert!(moved.touches(Some(&fire(9.8, Some(("a", 22_000.0)))), 100_000.0), "within the table's reach");
    assert!(moved.touches(Some(&fire(20.3, Some(("b", 33_000.0)))), 1_000.0), "its nearest went away");
    assert!(moved.touches(Some(&fire(-150.0, None)), 1_000.0), "it knew of none");
    assert!(moved.touches(None, 1_000.0), "it shows nothing yet");
    let removed = delta(&before, AssetsEdit::Remove("a".to_owned()));
    assert!(removed.touches(Some(&fire(10.4, Some(("a", 44_000.0)))), 1_000.0));
    assert!(!removed.touches(Some(&fire(20.3, Some(("b", 33_000.0)))), 1_000.0));
    assert!(!removed.touches(Some(&fire(20.3, None)), 1_000.0), "nothing new is there");
}

#[test]
fn a_tag_is_of_the_version_and_of_what_the_list_holds() {
    let (one, other) = (list(&[asset("a", 1.0)]), list(&[asset("a", 1.000_001)]));
    assert!(one.tag().starts_with("1-") && one.tag() != other.tag());
    assert_eq!(one.tag(), list(&[asset("a", 1.0)]).tag());
    let conditions =
        |if_match: Option<Tags>, if_none_match: Option<Tags>| Conditions { if_match, if_none_match };
    let of = |tag: &str| Some(Tags::Of(vec![tag.to_owned()]));
    for (required, id, holds) in [
        (conditions(of(one.tag()), None), None, true),
        (conditions(of(other.tag()), None), None, false),
        (conditions(Some(Tags::Any), None), Some("a"), true),
        (conditions(Some(Tags::Any), None), Some("b"), false),
        (conditions(None, Some(Tags::Any)), Some("b"), true),
        (conditions(None, Some(Tags::Any)), Some("a"), false),
        (conditions(None, Some(Tags::Any)), None, false),
        (conditions(None, of(other.tag())), None, true),
    ] {
        assert_eq!(required.check(&one, id).is_ok(), holds, "{required:?} {id:?}");
    }
}
