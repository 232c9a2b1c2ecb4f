//! Every part of the protocol has its comment, and every number its unit.

use std::collections::BTreeSet;

use prost_types::field_descriptor_proto::Type;
use prost_types::{DescriptorProto, FieldDescriptorProto};

use super::compiled;

/// Ends of names that are units; the file's head lists them.
const UNITS: [&str; 16] = [
    "_m", "_s", "_m_s", "_kw_m", "_kg_m3", "_deg", "_rad", "_ms", "_bytes", "_per_gj", "_m_h", "_lb_ft2",
    "_1_ft", "_ft", "_btu_lb", "_f32",
];

/// Numbers without a unit, by why they have none.
const WITHOUT_UNIT: [(&str, &[&str]); 7] = [
    (
        "counts",
        &[
            "threads",
            "members_in_hand_max",
            "landscape_cells_max",
            "members",
            "members_done",
            "members_in_hand",
            "followed_max",
            "rows",
            "cols",
            "span_cols",
            "burned_cells",
            "spot_fires",
            "embers_refused",
            "outside_landscape_ignitions",
        ],
    ),
    ("indices", &["member", "first_member", "first_row", "first_col", "span_first_col", "version"]),
    ("codes, ranks and keys", &["code", "epsg", "fuel_code", "priority", "ember_key"]),
    (
        "fractions and tangents",
        &["wind_speed_fraction", "moisture_fraction", "cover", "rise_east", "rise_north"],
    ),
    ("factors", &["wind_speed_factor", "moisture_factor"]),
    (
        "water over dry mass",
        &[
            "foliar_moisture",
            "dead_extinction_moisture",
            "dead_moisture_one_hour",
            "dead_moisture_ten_hour",
            "dead_moisture_hundred_hour",
            "live_moisture_herbaceous",
            "live_moisture_woody",
        ],
    ),
    (
        "bytes that hold no numbers, and a layer's, whose unit is in the name of the field that holds it",
        &["sha256", "landscape_sha256", "weather_sha256", "piece", "cluster_uuid", "constant"],
    ),
];

#[test]
fn every_part_of_the_protocol_has_a_comment_above_it() {
    let file = compiled();
    let locations = &file.source_code_info.as_ref().unwrap().location;
    let said: BTreeSet<&[i32]> = locations
        .iter()
        .filter(|location| !location.leading_comments().trim().is_empty())
        .map(|location| location.path.as_slice())
        .collect();
    // The numbers are those of the fields of FileDescriptorProto and of what it holds.
    let mut parts: Vec<(String, Vec<i32>)> = Vec::new();
    for (at, message) in file.message_type.iter().enumerate() {
        messages(message.name(), message, &[4, at as i32], &mut parts);
    }
    for (at, one) in file.enum_type.iter().enumerate() {
        parts.push((one.name().to_owned(), vec![5, at as i32]));
        let values = one.value.iter().enumerate();
        parts.extend(
            values.map(|(inner, value)| (value.name().to_owned(), vec![5, at as i32, 2, inner as i32])),
        );
    }
    for (at, service) in file.service.iter().enumerate() {
        parts.push((service.name().to_owned(), vec![6, at as i32]));
        let methods = service.method.iter().enumerate();
        parts
            .extend(methods.map(|(inner, rpc)| (rpc.name().to_owned(), vec![6, at as i32, 2, inner as i32])));
    }
    assert!(parts.len() > 200, "only {} parts found", parts.len());
    let unsaid: Vec<String> =
        parts.into_iter().filter(|(_, path)| !said.contains(path.as_slice())).map(|(name, _)| name).collect();
    assert!(unsaid.is_empty(), "without a comment directly above: {unsaid:#?}");
}

fn messages(name: &str, message: &DescriptorProto, path: &[i32], parts: &mut Vec<(String, Vec<i32>)>) {
    let inside = |kind: i32, at: usize| [path, &[kind, at as i32]].concat();
    parts.push((name.to_owned(), path.to_vec()));
    for (at, field) in message.field.iter().enumerate() {
        parts.push((format!("{name}.{}", field.name()), inside(2, at)));
    }
    for (at, oneof) in message.oneof_decl.iter().enumerate() {
        parts.push((format!("{name}.{}", oneof.name()), inside(8, at)));
    }
    for (at, inner) in message.nested_type.iter().enumerate() {
        messages(&format!("{name}.{}", inner.name()), inner, &inside(3, at), parts);
    }
}

#[test]
fn every_number_of_the_protocol_has_its_unit_or_is_known_to_have_none() {
    let file = compiled();
    let without: BTreeSet<&str> = WITHOUT_UNIT.iter().flat_map(|(_, names)| names.iter().copied()).collect();
    let fields = file.message_type.iter().flat_map(|message| {
        message.field.iter().filter(|field| is_number(field)).map(|field| (message.name(), field.name()))
    });
    let fields: Vec<_> = fields.collect();
    assert!(fields.len() > 80, "only {} numbers found", fields.len());
    let unsaid = |name: &str| !UNITS.iter().any(|unit| name.ends_with(unit)) && !without.contains(name);
    let breaches: Vec<_> = fields.iter().filter(|(_, name)| unsaid(name)).collect();
    assert!(breaches.is_empty(), "no unit at the end, and not on the list: {breaches:#?}");
    let names: BTreeSet<&str> = fields.iter().map(|(_, name)| *name).collect();
    let stale: Vec<_> = without.iter().filter(|name| !names.contains(*name)).collect();
    assert!(stale.is_empty(), "on the list without such a field: {stale:?}");
}

#[test]
fn the_units_are_those_that_the_files_head_lists() {
    let text = include_str!("../../../proto/physx.proto");
    let head = text.split("syntax =").next().unwrap();
    let listed = |unit: &str| {
        head.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_').any(|word| word == unit)
    };
    let unlisted: Vec<_> = UNITS.iter().filter(|unit| !listed(unit)).collect();
    assert!(unlisted.is_empty(), "{unlisted:?}");
}

/// Whether it holds one number or many: also as bytes, or as a layer of a landscape.
fn is_number(field: &FieldDescriptorProto) -> bool {
    match field.r#type() {
        Type::Bool | Type::String | Type::Enum | Type::Group => false,
        Type::Message => field.type_name() == ".guira.physx.v1.Layer",
        _ => true,
    }
}
