//! The coordinate system in a `.prj` file: well-known text, in ESRI's spelling or the first OGC one.

use super::{Crs, Datum, Method, Projection};

/// Bytes that such a text may have: the longest in use have two thousand.
const TEXT_BYTES_MAX: usize = 64 << 10;
/// Brackets inside brackets: real ones have five.
const DEPTH_MAX: usize = 16;

/// The coordinate system of a text; else what was found in its place.
pub(crate) fn parse(text: &str) -> Result<Crs, String> {
    if text.len() > TEXT_BYTES_MAX {
        return Err(format!("a projection text of {} bytes, more than {TEXT_BYTES_MAX}", text.len()));
    }
    let whole = Reader { rest: text.trim() }.element(0).ok_or_else(|| found(text))?;
    match whole.keyword.as_str() {
        "PROJCS" => projected(&whole),
        "GEOGCS" => datum(&whole).map(|_| Crs::geographic()),
        "COMPD_CS" => match (whole.child("PROJCS"), whole.child("GEOGCS")) {
            (Some(projcs), _) => projected(projcs),
            (None, Some(geogcs)) => datum(geogcs).map(|_| Crs::geographic()),
            _ => Err(found(text)),
        },
        _ => Err(found(text)),
    }
}

fn found(text: &str) -> String {
    let start: String = text.trim().chars().take(60).collect();
    format!("a projection text that begins with {start:?}")
}

/// One keyword with what its brackets hold.
struct Element {
    keyword: String,
    texts: Vec<String>,
    numbers: Vec<f64>,
    children: Vec<Element>,
}

impl Element {
    fn child(&self, keyword: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.keyword == keyword)
    }

    fn name(&self) -> &str {
        self.texts.first().map_or("", String::as_str)
    }

    /// A parameter by any of its names.
    fn parameter(&self, names: &[&str]) -> Option<f64> {
        let named = |child: &&Self| {
            child.keyword == "PARAMETER" && names.iter().any(|name| child.name().eq_ignore_ascii_case(name))
        };
        self.children.iter().find(named)?.numbers.first().copied()
    }

    fn epsg(&self) -> Option<i64> {
        let authority = self.child("AUTHORITY").filter(|authority| authority.name() == "EPSG")?;
        let code = authority.texts.get(1).and_then(|code| code.parse().ok());
        code.or_else(|| authority.numbers.first().map(|code| *code as i64))
    }
}

struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    /// `KEYWORD[...]`, or a keyword alone.
    fn element(&mut self, depth: usize) -> Option<Element> {
        let length =
            self.rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(self.rest.len());
        if length == 0 || depth > DEPTH_MAX {
            return None;
        }
        let keyword = self.rest[..length].to_ascii_uppercase();
        let mut element = Element { keyword, texts: Vec::new(), numbers: Vec::new(), children: Vec::new() };
        self.skip(length);
        if !self.rest.starts_with(['[', '(']) {
            return Some(element);
        }
        self.skip(1);
        loop {
            match self.rest.chars().next()? {
                ']' | ')' => {
                    self.skip(1);
                    return Some(element);
                }
                ',' => self.skip(1),
                '"' => {
                    let (text, _) = self.rest[1..].split_once('"')?;
                    element.texts.push(text.to_owned());
                    self.skip(text.len() + 2);
                }
                '0'..='9' | '-' | '+' | '.' => {
                    let end = self.rest.find([',', ']', ')']).unwrap_or(self.rest.len());
                    element.numbers.push(self.rest[..end].trim().parse().ok()?);
                    self.skip(end);
                }
                _ => element.children.push(self.element(depth + 1)?),
            }
        }
    }

    fn skip(&mut self, bytes: usize) {
        self.rest = self.rest[bytes..].trim_start();
    }
}

fn projected(projcs: &Element) -> Result<Crs, String> {
    if let Some(crs) = projcs.epsg().and_then(|code| Crs::from_epsg(code).ok()) {
        return Ok(crs);
    }
    let name = projcs.name();
    let lacks = |what: &str| format!("{name:?} without {what}");
    let datum = datum(projcs.child("GEOGCS").ok_or_else(|| lacks("a GEOGCS"))?)?;
    let unit_m = projcs.child("UNIT").and_then(|unit| unit.numbers.first().copied());
    let unit_m = unit_m.filter(|unit_m| (1e-3..=1e4).contains(unit_m)).ok_or_else(|| lacks("a unit"))?;
    let lon_deg = projcs.parameter(&["central_meridian", "longitude_of_center", "longitude_of_origin"]);
    let lat_deg = projcs.parameter(&["latitude_of_origin", "latitude_of_center"]);
    let (lon_deg, lat_deg) = (lon_deg.ok_or_else(|| lacks("a central meridian"))?, lat_deg.unwrap_or(0.0));
    let projection = Projection {
        method: method(projcs, lat_deg)?,
        lon_deg,
        lat_deg,
        x_m: projcs.parameter(&["false_easting"]).unwrap_or(0.0) * unit_m,
        y_m: projcs.parameter(&["false_northing"]).unwrap_or(0.0) * unit_m,
        datum: datum.definition().to_owned(),
        unit_m,
    };
    projection.crs()
}

fn method(projcs: &Element, lat_deg: f64) -> Result<Method, String> {
    let scale = projcs.parameter(&["scale_factor"]).unwrap_or(1.0);
    let first = projcs.parameter(&["standard_parallel_1"]);
    let second = projcs.parameter(&["standard_parallel_2"]);
    let method = projcs.child("PROJECTION").map_or("", Element::name);
    Ok(match (method.to_ascii_lowercase().as_str(), first, second) {
        ("transverse_mercator" | "gauss_kruger", ..) => Method::TransverseMercator { scale },
        ("mercator" | "mercator_1sp" | "mercator_2sp", ..) => {
            Method::Mercator { parallel_deg: first.unwrap_or(0.0), scale }
        }
        ("albers" | "albers_conic_equal_area", Some(first), Some(second)) => {
            Method::Albers { parallels_deg: [first, second] }
        }
        ("lambert_conformal_conic" | "lambert_conformal_conic_2sp", Some(first), Some(second)) => {
            Method::LambertTwoParallels { parallels_deg: [first, second] }
        }
        ("lambert_conformal_conic" | "lambert_conformal_conic_1sp", first, None)
            if first.is_none_or(|first| first == lat_deg) =>
        {
            Method::LambertOneParallel { scale }
        }
        ("lambert_azimuthal_equal_area", ..) => Method::LambertEqualArea,
        _ => return Err(format!("projection {method:?} with parallels {first:?} and {second:?}")),
    })
}

/// The datum of a GEOGCS: those that lie within a few metres of WGS 84.
fn datum(geogcs: &Element) -> Result<Datum, String> {
    let lacks = |what: &str| format!("geographic coordinates {:?} without {what}", geogcs.name());
    let datum = geogcs.child("DATUM").ok_or_else(|| lacks("a datum"))?;
    let spheroid = datum.child("SPHEROID").ok_or_else(|| lacks("a spheroid"))?;
    let meridian_deg = geogcs.child("PRIMEM").and_then(|meridian| meridian.numbers.first().copied());
    if let Some(other) = meridian_deg.filter(|meridian_deg| *meridian_deg != 0.0) {
        return Err(format!("longitudes from {other} degrees east of Greenwich"));
    }
    let name = datum.name().to_ascii_lowercase();
    // WGS 84 and GRS 80 differ in the ninth digit of the flattening only: by 0.1 mm.
    let modern = matches!(spheroid.numbers.as_slice(),
        [axis_m, flattening, ..] if *axis_m == 6_378_137.0 && (flattening - 298.257_22).abs() < 1e-4);
    match () {
        () if name.contains("wgs_1984") || name.contains("wgs84") => Ok(Datum::Wgs84),
        () if name.contains("north_american") && name.contains("1983") => Ok(Datum::Nad83),
        () if modern => Ok(Datum::Grs80),
        () => Err(format!("datum {:?} on spheroid {:?}", datum.name(), spheroid.name())),
    }
}
