//! The rules themselves: each kind of break is seen and named, and what breaks nothing is let pass.

use prost_types::descriptor_proto::ReservedRange;
use prost_types::enum_descriptor_proto::EnumReservedRange;
use prost_types::field_descriptor_proto::{Label, Type};
use prost_types::{
    DescriptorProto, EnumDescriptorProto, EnumValueDescriptorProto, FieldDescriptorProto, FieldOptions,
    FileDescriptorProto, MethodDescriptorProto,
};

use super::breaks::breaks;
use super::{bare, compiled};

type Change = fn(&mut FileDescriptorProto);

fn message<'a>(file: &'a mut FileDescriptorProto, name: &str) -> &'a mut DescriptorProto {
    file.message_type.iter_mut().find(|message| message.name() == name).unwrap()
}

fn field<'a>(file: &'a mut FileDescriptorProto, owner: &str, name: &str) -> &'a mut FieldDescriptorProto {
    message(file, owner).field.iter_mut().find(|field| field.name() == name).unwrap()
}

fn output(file: &mut FileDescriptorProto) -> &mut EnumDescriptorProto {
    file.enum_type.iter_mut().find(|one| one.name() == "Output").unwrap()
}

fn method<'a>(file: &'a mut FileDescriptorProto, name: &str) -> &'a mut MethodDescriptorProto {
    file.service[0].method.iter_mut().find(|method| method.name() == name).unwrap()
}

fn remove_field(file: &mut FileDescriptorProto) {
    message(file, "Grid").field.retain(|field| field.name() != "west_m");
}

fn remove_value(file: &mut FileDescriptorProto) {
    output(file).value.retain(|value| value.name() != "OUTPUT_FIRELINE_INTENSITY");
}

fn reserve_number(file: &mut FileDescriptorProto) {
    message(file, "Grid").reserved_range.push(ReservedRange { start: Some(4), end: Some(5) });
}

fn reserve_name(file: &mut FileDescriptorProto) {
    message(file, "Grid").reserved_name.push("west_m".to_owned());
}

/// What others rest on, and what is said where it is taken from them.
const BREAKS: [(Change, &str); 26] = [
    (|file| file.package = Some("guira.physx.v2".to_owned()), "file: package was guira.physx.v1"),
    (|file| file.syntax = Some("proto2".to_owned()), "file: syntax was proto3, is proto2"),
    (|file| file.service.clear(), "service PhysXSim is gone"),
    (
        |file| file.service[0].method.retain(|method| method.name() != "PutInput"),
        "rpc PhysXSim.PutInput is gone",
    ),
    (
        |file| method(file, "RunSimulation").server_streaming = Some(true),
        "rpc PhysXSim.RunSimulation: stream of responses was false, is true",
    ),
    (
        |file| method(file, "PutInput").client_streaming = Some(false),
        "rpc PhysXSim.PutInput: stream of requests was true, is false",
    ),
    (
        |file| method(file, "Describe").input_type = Some(".guira.physx.v1.Limits".to_owned()),
        "rpc PhysXSim.Describe: request was .guira.physx.v1.DescribeRequest",
    ),
    (
        |file| method(file, "Describe").output_type = Some(".guira.physx.v1.Limits".to_owned()),
        "rpc PhysXSim.Describe: response was .guira.physx.v1.DescribeResponse",
    ),
    (|file| file.message_type.retain(|message| message.name() != "TooWet"), "message TooWet is gone"),
    (|file| file.enum_type.retain(|one| one.name() != "Output"), "enum Output is gone"),
    (remove_field, "field Grid.west_m is gone: its number 4 and its name have to be reserved"),
    (
        |file| {
            remove_field(file);
            reserve_number(file);
        },
        "field Grid.west_m is gone",
    ),
    (
        |file| {
            remove_field(file);
            reserve_name(file);
        },
        "field Grid.west_m is gone",
    ),
    (|file| field(file, "Grid", "west_m").number = Some(9), "field Grid.west_m: number was 4, is 9"),
    (|file| field(file, "Grid", "west_m").name = Some("left_m".to_owned()), "field Grid.west_m is gone"),
    (
        |file| field(file, "Grid", "west_m").json_name = Some("left".to_owned()),
        "field Grid.west_m: json name was westM, is left",
    ),
    (
        |file| field(file, "Grid", "west_m").set_type(Type::Float),
        "field Grid.west_m: type was TYPE_DOUBLE, is TYPE_FLOAT",
    ),
    (
        |file| field(file, "Disc", "middle").type_name = Some(".guira.physx.v1.Grid".to_owned()),
        "field Disc.middle: type name was .guira.physx.v1.Place, is .guira.physx.v1.Grid",
    ),
    (
        |file| field(file, "Grid", "west_m").set_label(Label::Repeated),
        "field Grid.west_m: label was LABEL_OPTIONAL, is LABEL_REPEATED",
    ),
    (
        |file| {
            let options = FieldOptions { packed: Some(false), ..FieldOptions::default() };
            field(file, "ArrivalTile", "span_cols").options = Some(options);
        },
        "field ArrivalTile.span_cols: packed was true, is false",
    ),
    (
        |file| field(file, "RunSimulationRequest", "member").oneof_index = Some(0),
        "field RunSimulationRequest.member: oneof was none, is draws",
    ),
    (
        |file| field(file, "RunSimulationRequest", "rng_seed").oneof_index = None,
        "field RunSimulationRequest.rng_seed: oneof was draws, is none",
    ),
    (
        |file| message(file, "Scenario").oneof_decl[0].name = Some("earth".to_owned()),
        "oneof Scenario.ground is gone",
    ),
    (remove_value, "value Output.OUTPUT_FIRELINE_INTENSITY is gone"),
    (
        |file| output(file).value[1].number = Some(7),
        "value Output.OUTPUT_FIRELINE_INTENSITY: number was 1, is 7",
    ),
    (
        |file| output(file).value[0].name = Some("OUTPUT_NOTHING".to_owned()),
        "enum Output: 0 is OUTPUT_NOTHING, needed a name that ends in _UNSPECIFIED",
    ),
];

#[test]
fn each_break_is_named() {
    let released = bare(&compiled());
    assert_eq!(breaks(&released, &released), Vec::<String>::new());
    for (change, expected) in BREAKS {
        let mut now = released.clone();
        change(&mut now);
        let broken = breaks(&released, &now);
        assert!(broken.iter().any(|line| line.contains(expected)), "needed {expected}\nfound {broken:#?}");
    }
}

#[test]
fn what_was_reserved_stays_so() {
    let mut released = bare(&compiled());
    reserve_name(&mut released);
    reserve_number(&mut released);
    remove_field(&mut released);
    let mut now = released.clone();
    let grid = message(&mut now, "Grid");
    grid.reserved_name.clear();
    grid.reserved_range.clear();
    let expected = [
        "message Grid: the name west_m is no longer reserved",
        "message Grid: 4 to 4 are no longer reserved",
    ];
    assert_eq!(breaks(&released, &now), expected);
    // A wider range holds the narrower one.
    message(&mut released, "Grid").reserved_range = vec![ReservedRange { start: Some(4), end: Some(9) }];
    message(&mut now, "Grid").reserved_name.push("west_m".to_owned());
    message(&mut now, "Grid").reserved_range = vec![ReservedRange { start: Some(3), end: Some(100) }];
    assert_eq!(breaks(&released, &now), Vec::<String>::new());
}

#[test]
fn what_is_reserved_may_go() {
    let released = bare(&compiled());
    let mut now = released.clone();
    remove_field(&mut now);
    reserve_number(&mut now);
    reserve_name(&mut now);
    remove_value(&mut now);
    output(&mut now).reserved_range.push(EnumReservedRange { start: Some(1), end: Some(1) });
    output(&mut now).reserved_name.push("OUTPUT_FIRELINE_INTENSITY".to_owned());
    assert_eq!(breaks(&released, &now), Vec::<String>::new());
}

#[test]
fn additions_break_nothing() {
    let released = bare(&compiled());
    let mut now = released.clone();
    let mut field = released.message_type[0].field.first().cloned().unwrap_or_default();
    field.name = Some("flame_length_m".to_owned());
    field.number = Some(90);
    message(&mut now, "Grid").field.push(field);
    let value =
        EnumValueDescriptorProto { name: Some("OUTPUT_FLAMES".to_owned()), number: Some(2), options: None };
    output(&mut now).value.push(value);
    let added = DescriptorProto { name: Some("Flames".to_owned()), ..DescriptorProto::default() };
    now.message_type.push(added);
    let mut method = now.service[0].method[0].clone();
    method.name = Some("Watch".to_owned());
    now.service[0].method.push(method);
    assert_ne!(now, released);
    assert_eq!(breaks(&released, &now), Vec::<String>::new());
}
