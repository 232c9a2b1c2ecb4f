//! What a change of a protocol breaks, by the rules of its file's head.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use prost_types::{
    DescriptorProto, EnumDescriptorProto, FieldDescriptorProto, FileDescriptorProto, ServiceDescriptorProto,
};

/// What of a part may not change, by the part's kind and full name.
type Facts = BTreeMap<&'static str, String>;

/// A number and a name that nothing else takes.
type Vacant = (i32, String);

/// A protocol as far as others rest on it.
#[derive(Default)]
struct Contract {
    parts: BTreeMap<String, Facts>,
    /// Of fields and values: where they are, and what has to be reserved where they go.
    vacant: BTreeMap<String, (String, Vacant)>,
    reserved_names: BTreeSet<(String, String)>,
    reserved_numbers: BTreeMap<String, Vec<RangeInclusive<i32>>>,
    zeros: BTreeMap<String, String>,
}

/// What programs built against the released file would not survive, a line each; additions are none.
pub(super) fn breaks(released: &FileDescriptorProto, now: &FileDescriptorProto) -> Vec<String> {
    let [released, now] = [released, now].map(Contract::of);
    let mut broken = Vec::new();
    for (part, facts) in &released.parts {
        let Some(found) = now.parts.get(part) else {
            broken.extend(released.gone(part, &now));
            continue;
        };
        for (fact, value) in facts.iter().filter(|(fact, value)| found[*fact] != **value) {
            broken.push(format!("{part}: {fact} was {value}, is {}", found[fact]));
        }
    }
    for (owner, name) in released.reserved_names.difference(&now.reserved_names) {
        broken.push(format!("{owner}: the name {name} is no longer reserved"));
    }
    for (owner, ranges) in &released.reserved_numbers {
        for range in ranges.iter().filter(|range| !now.reserves(owner, range)) {
            broken.push(format!("{owner}: {} to {} are no longer reserved", range.start(), range.end()));
        }
    }
    for (owner, name) in now.zeros.iter().filter(|(_, name)| !name.ends_with("_UNSPECIFIED")) {
        broken.push(format!("{owner}: 0 is {name}, needed a name that ends in _UNSPECIFIED"));
    }
    broken
}

impl Contract {
    fn of(file: &FileDescriptorProto) -> Self {
        let mut contract = Self::default();
        let facts = [("package", file.package().to_owned()), ("syntax", file.syntax().to_owned())];
        contract.part("file".to_owned(), facts);
        file.service.iter().for_each(|service| contract.service(service));
        file.message_type.iter().for_each(|message| contract.message("", message));
        file.enum_type.iter().for_each(|one| contract.enumeration("", one));
        contract
    }

    fn service(&mut self, service: &ServiceDescriptorProto) {
        self.part(format!("service {}", service.name()), []);
        for method in &service.method {
            let facts = [
                ("request", method.input_type().to_owned()),
                ("response", method.output_type().to_owned()),
                ("stream of requests", method.client_streaming().to_string()),
                ("stream of responses", method.server_streaming().to_string()),
            ];
            self.part(format!("rpc {}.{}", service.name(), method.name()), facts);
        }
    }

    fn message(&mut self, outer: &str, message: &DescriptorProto) {
        let name = format!("{outer}{}", message.name());
        let owner = format!("message {name}");
        self.part(owner.clone(), []);
        for oneof in &message.oneof_decl {
            self.part(format!("oneof {name}.{}", oneof.name()), []);
        }
        for field in &message.field {
            let part = format!("field {name}.{}", field.name());
            self.vacant.insert(part.clone(), (owner.clone(), (field.number(), field.name().to_owned())));
            self.part(part, field_facts(message, field));
        }
        self.reserved_names.extend(message.reserved_name.iter().map(|name| (owner.clone(), name.clone())));
        // The end of a message's range lies behind it, that of an enum's in it.
        let ranges = message.reserved_range.iter().map(|range| range.start()..=range.end() - 1);
        self.reserved_numbers.insert(owner, ranges.collect());
        message.nested_type.iter().for_each(|inner| self.message(&format!("{name}."), inner));
        message.enum_type.iter().for_each(|inner| self.enumeration(&format!("{name}."), inner));
    }

    fn enumeration(&mut self, outer: &str, one: &EnumDescriptorProto) {
        let name = format!("{outer}{}", one.name());
        let owner = format!("enum {name}");
        self.part(owner.clone(), []);
        for value in &one.value {
            let part = format!("value {name}.{}", value.name());
            self.vacant.insert(part.clone(), (owner.clone(), (value.number(), value.name().to_owned())));
            self.part(part, [("number", value.number().to_string())]);
        }
        let zero = one.value.iter().find(|value| value.number() == 0);
        self.zeros.insert(owner.clone(), zero.map_or("nothing", |value| value.name()).to_owned());
        self.reserved_names.extend(one.reserved_name.iter().map(|name| (owner.clone(), name.clone())));
        let ranges = one.reserved_range.iter().map(|range| range.start()..=range.end());
        self.reserved_numbers.insert(owner, ranges.collect());
    }

    fn part(&mut self, name: String, facts: impl IntoIterator<Item = (&'static str, String)>) {
        self.parts.insert(name, facts.into_iter().collect());
    }

    /// What is wrong with a part's absence.
    fn gone(&self, part: &str, now: &Self) -> Option<String> {
        let Some((owner, (number, name))) = self.vacant.get(part) else {
            return Some(format!("{part} is gone"));
        };
        // Where the whole owner is gone that is said once, of the owner.
        if !now.parts.contains_key(owner) {
            return None;
        }
        let has_name = now.reserved_names.contains(&(owner.clone(), name.clone()));
        let has_number = now.reserves(owner, &(*number..=*number));
        (!has_name || !has_number)
            .then(|| format!("{part} is gone: its number {number} and its name have to be reserved"))
    }

    fn reserves(&self, owner: &str, numbers: &RangeInclusive<i32>) -> bool {
        let ranges = self.reserved_numbers.get(owner).into_iter().flatten();
        ranges.into_iter().any(|range| range.start() <= numbers.start() && range.end() >= numbers.end())
    }
}

fn field_facts(message: &DescriptorProto, field: &FieldDescriptorProto) -> [(&'static str, String); 7] {
    let oneof = field.oneof_index.map(|at| message.oneof_decl[at as usize].name());
    let packed = field.options.as_ref().and_then(|options| options.packed);
    [
        ("number", field.number().to_string()),
        ("type", field.r#type().as_str_name().to_owned()),
        ("type name", field.type_name().to_owned()),
        ("label", field.label().as_str_name().to_owned()),
        // Unsaid: packed where that is possible.
        ("packed", packed.unwrap_or(true).to_string()),
        ("oneof", oneof.unwrap_or("none").to_owned()),
        ("json name", field.json_name().to_owned()),
    ]
}
