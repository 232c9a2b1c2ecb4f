//! Which tags make an element an asset.

/// What a tag makes of an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The tag's value is the kind, as in `amenity=hospital`.
    Value,
    /// This is the kind.
    Named(&'static str),
}

/// Tags by key, values and the kind that they give; the first row that an element fits decides. Without values all but `no` and `yes` fit.
///
/// Source: the OpenStreetMap wiki's map features; power first, for a substation may be a building too.
pub const KINDS: &[(&str, &[&str], Kind)] = &[
    ("power", &["line", "minor_line", "cable"], Kind::Named("power_line")),
    ("power", &["plant"], Kind::Named("power_plant")),
    ("power", &["generator"], Kind::Named("power_generator")),
    ("power", &["substation", "tower", "transformer", "switch"], Kind::Value),
    (
        "amenity",
        &[
            "hospital",
            "clinic",
            "doctors",
            "nursing_home",
            "social_facility",
            "fire_station",
            "police",
            "prison",
            "school",
            "kindergarten",
            "college",
            "university",
            "childcare",
            "community_centre",
            "townhall",
            "place_of_worship",
            "shelter",
            "refugee_site",
            "fuel",
            "animal_shelter",
            "research_institute",
            "waste_transfer_station",
        ],
        Kind::Value,
    ),
    ("healthcare", &["hospital", "clinic", "nursing_home", "hospice"], Kind::Value),
    ("social_facility", &["nursing_home", "assisted_living", "group_home", "shelter"], Kind::Value),
    (
        "place",
        // A `locality` is a name where nobody lives.
        &[
            "city",
            "borough",
            "town",
            "village",
            "hamlet",
            "suburb",
            "quarter",
            "neighbourhood",
            "isolated_dwelling",
            "farm",
        ],
        Kind::Value,
    ),
    (
        "emergency",
        &["ambulance_station", "disaster_response", "landing_site", "mountain_rescue", "water_rescue"],
        Kind::Value,
    ),
    ("emergency", &[], Kind::Value),
    ("aeroway", &["aerodrome"], Kind::Named("airport")),
    ("aeroway", &["helipad", "heliport"], Kind::Value),
    (
        "man_made",
        &[
            "antenna",
            "communications_tower",
            "gasometer",
            "lighthouse",
            "mast",
            "observatory",
            "petroleum_well",
            "pipeline",
            "pumping_station",
            "reservoir_covered",
            "silo",
            "storage_tank",
            "tower",
            "wastewater_plant",
            "water_tank",
            "water_tower",
            "water_works",
            "works",
        ],
        Kind::Value,
    ),
    ("waterway", &["dam"], Kind::Value),
    ("landuse", &["reservoir", "residential", "industrial", "military", "farmyard"], Kind::Value),
    (
        "tourism",
        &["camp_site", "caravan_site", "hotel", "alpine_hut", "wilderness_hut", "museum"],
        Kind::Value,
    ),
    ("leisure", &["summer_camp"], Kind::Value),
    ("historic", &["castle", "monastery", "archaeological_site"], Kind::Value),
    ("railway", &["station", "halt"], Kind::Named("railway_station")),
    ("telecom", &["exchange", "data_center"], Kind::Value),
    ("building", &["yes"], Kind::Named("building")),
    ("building", &[], Kind::Value),
];

/// What there are crowds of: pylons, panels on roofs, every house. Rows of [`KINDS`] without values are crowds too: hydrants.
const CROWDS: &[(&str, &[&str])] =
    &[("power", &["generator", "tower", "transformer", "switch"]), ("building", &["yes"])];

/// Keys of [`KINDS`] with the values that a query asks for: all but the crowds, each key once.
pub(super) fn asked() -> Vec<(&'static str, Vec<&'static str>)> {
    let is_crowd = |key: &str, value: &str| {
        CROWDS.iter().any(|(known, values)| *known == key && values.contains(&value))
    };
    let mut asked: Vec<(&str, Vec<&str>)> = Vec::new();
    for (key, values, _) in KINDS {
        let wanted = values.iter().copied().filter(|value| !is_crowd(key, value));
        match asked.iter_mut().find(|(known, _)| known == key) {
            Some((_, known)) => known.extend(wanted),
            None => asked.push((key, wanted.collect())),
        }
    }
    asked.retain(|(_, values)| !values.is_empty());
    asked
}

/// The row of [`KINDS`] that a tag fits.
pub(super) fn row(key: &str, value: &str) -> Option<usize> {
    KINDS.iter().position(|(known, values, _)| {
        *known == key
            && match values {
                [] => !matches!(value, "no" | "yes"),
                values => values.contains(&value),
            }
    })
}
