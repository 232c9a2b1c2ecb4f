//! A query for what is read.

use firecore::geo::Bounds;

use super::kinds::asked;

/// What a server may spend on one query; it takes those sooner that ask for less.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effort {
    /// Time, s.
    pub time_s: u32,
    /// Memory, bytes.
    pub memory_bytes: u64,
}

/// The query, in Overpass QL, for the assets of a box with their shapes: of [`KINDS`](super::KINDS) all but what there are crowds of, as houses
/// and hydrants, which are read where a file has them.
///
/// Source: Overpass QL, version 0.7.62 (settings; `nwr`; `out geom`). Edges are rounded to a tenth of a metre.
pub fn query(bounds: &Bounds, effort: Effort) -> String {
    let Bounds { west_deg, south_deg, east_deg, north_deg } = bounds;
    let Effort { time_s, memory_bytes } = effort;
    let mut text = format!(
        "[out:json][timeout:{time_s}][maxsize:{memory_bytes}][bbox:{south_deg:.6},{west_deg:.6},{north_deg:.6},{east_deg:.6}];("
    );
    for (key, values) in asked() {
        text += &match values[..] {
            [only] => format!("nwr[\"{key}\"=\"{only}\"];"),
            _ => format!("nwr[\"{key}\"~\"^({})$\"];", values.join("|")),
        };
    }
    text + ");out geom qt;"
}
