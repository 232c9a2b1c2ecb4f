//! Which coordinate system a raster lies in.

use firecore::geo::LonLat;
use proj4rs::Proj;

use super::tags::{Directory, Tag};
use super::{RasterProblem, damaged};

const WGS84: &str = "+proj=longlat +datum=WGS84 +no_defs";
const US_SURVEY_FOOT_M: f64 = 1200.0 / 3937.0;

/// A coordinate system, to and from longitude and latitude on WGS 84.
///
/// NAD 83, ETRS89 and GDA94 are taken as WGS 84: they differ by 2 m at most, far below a cell.
#[derive(Clone)]
pub(in crate::inputs) struct Crs {
    /// `None` where coordinates are degrees already.
    plane: Option<(Proj, Proj)>,
    /// Metres in one unit of the coordinates.
    unit_m: f64,
    /// Zone and hemisphere where it is a UTM zone in metres.
    pub(in crate::inputs) utm: Option<(u8, bool)>,
}

impl Crs {
    /// True where x and y are longitude and latitude in degrees.
    pub(in crate::inputs) fn is_geographic(&self) -> bool {
        self.plane.is_none()
    }

    /// x and y of a position; `None` where the projection has no image of it.
    pub(in crate::inputs) fn to_xy(&self, place: LonLat) -> Option<(f64, f64)> {
        let Some((sphere, plane)) = &self.plane else { return Some((place.lon_deg(), place.lat_deg())) };
        let mut point = (place.lon_deg().to_radians(), place.lat_deg().to_radians(), 0.0);
        proj4rs::transform::transform(sphere, plane, &mut point).ok()?;
        let (x, y) = (point.0 / self.unit_m, point.1 / self.unit_m);
        (x.is_finite() && y.is_finite()).then_some((x, y))
    }

    /// The position of x and y.
    #[cfg(test)]
    pub(in crate::inputs) fn to_lon_lat(&self, x: f64, y: f64) -> Option<LonLat> {
        let Some((sphere, plane)) = &self.plane else {
            return LonLat::new((x + 180.0).rem_euclid(360.0) - 180.0, y).ok();
        };
        let mut point = (x * self.unit_m, y * self.unit_m, 0.0);
        proj4rs::transform::transform(plane, sphere, &mut point).ok()?;
        LonLat::new((point.0.to_degrees() + 180.0).rem_euclid(360.0) - 180.0, point.1.to_degrees()).ok()
    }

    fn geographic() -> Self {
        Self { plane: None, unit_m: 1.0, utm: None }
    }

    fn projected(definition: &str, unit_m: f64) -> Result<Self, RasterProblem> {
        let refused = |error| damaged(format!("the coordinate system {definition} is not valid: {error}"));
        let plane = Proj::from_proj_string(definition).map_err(refused)?;
        let sphere = Proj::from_proj_string(WGS84).map_err(refused)?;
        Ok(Self { plane: Some((sphere, plane)), unit_m, utm: None })
    }

    /// A coordinate system by its EPSG code.
    pub(super) fn from_epsg(code: u16) -> Result<Self, RasterProblem> {
        if matches!(code, 4326 | 4269 | 4258 | 4283 | 7844 | 4674 | 4167) {
            return Ok(Self::geographic());
        }
        let utm = match code {
            32601..=32660 => Some((code - 32600, false)),
            32701..=32760 => Some((code - 32700, true)),
            26901..=26923 => Some((code - 26900, false)),
            25828..=25838 => Some((code - 25800, false)),
            28348..=28358 => Some((code - 28300, true)),
            7846..=7859 => Some((code - 7800, true)),
            _ => None,
        };
        if let Some((zone, south)) = utm {
            let hemisphere = if south { " +south" } else { "" };
            let definition = format!("+proj=utm +zone={zone}{hemisphere} +datum=WGS84 +units=m +no_defs");
            return Ok(Self { utm: Some((zone as u8, south)), ..Self::projected(&definition, 1.0)? });
        }
        let (_, definition) =
            KNOWN.iter().find(|(known, _)| *known == code).ok_or_else(|| unknown(format!("EPSG:{code}")))?;
        Self::projected(&format!("{definition} +units=m +no_defs"), 1.0)
    }
}

/// Systems that national fuel and terrain maps come in, beside the UTM zones. Source: EPSG registry, version 11.
const KNOWN: [(u16, &str); 10] = [
    // Conterminous United States, Albers.
    (5070, "+proj=aea +lat_0=23 +lon_0=-96 +lat_1=29.5 +lat_2=45.5 +x_0=0 +y_0=0 +datum=NAD83"),
    // Alaska and California, Albers.
    (3338, "+proj=aea +lat_0=50 +lon_0=-154 +lat_1=55 +lat_2=65 +x_0=0 +y_0=0 +datum=NAD83"),
    (3310, "+proj=aea +lat_0=0 +lon_0=-120 +lat_1=34 +lat_2=40.5 +x_0=0 +y_0=-4000000 +datum=NAD83"),
    // Canada, Atlas Lambert.
    (3978, "+proj=lcc +lat_0=49 +lon_0=-95 +lat_1=49 +lat_2=77 +x_0=0 +y_0=0 +datum=NAD83"),
    // Australia, Albers on GDA94.
    (3577, "+proj=aea +lat_0=0 +lon_0=132 +lat_1=-18 +lat_2=-36 +x_0=0 +y_0=0 +ellps=GRS80 +towgs84=0,0,0"),
    // Europe, equal area; France; Portugal.
    (3035, "+proj=laea +lat_0=52 +lon_0=10 +x_0=4321000 +y_0=3210000 +ellps=GRS80 +towgs84=0,0,0"),
    (
        2154,
        "+proj=lcc +lat_0=46.5 +lon_0=3 +lat_1=49 +lat_2=44 +x_0=700000 +y_0=6600000 +ellps=GRS80 +towgs84=0,0,0",
    ),
    (
        3763,
        "+proj=tmerc +lat_0=39.66825833333333 +lon_0=-8.133108333333334 +k=1 +x_0=0 +y_0=0 +ellps=GRS80 +towgs84=0,0,0",
    ),
    // Web maps.
    (3857, "+proj=merc +a=6378137 +b=6378137 +lat_ts=0 +lon_0=0 +x_0=0 +y_0=0 +k=1 +nadgrids=@null"),
    // World, equal area.
    (6933, "+proj=cea +lat_ts=30 +lon_0=0 +x_0=0 +y_0=0 +datum=WGS84"),
];

/// The coordinate system that a file's geographic keys name, and whether a tie point means a pixel's centre.
pub(super) fn read(directory: &Directory) -> Result<(Crs, bool), RasterProblem> {
    let keys =
        Keys { table: directory.numbers(Tag::GEO_KEYS)?, doubles: directory.floats(Tag::GEO_DOUBLES)? };
    let point_is_centre = keys.code(Keys::RASTER_TYPE) == Some(2);
    let crs = match (keys.code(Keys::MODEL_TYPE), keys.code(Keys::PROJECTED_TYPE)) {
        (Some(2), _) => match keys.code(Keys::GEOGRAPHIC_TYPE) {
            Some(code) if code != USER_DEFINED => Crs::from_epsg(code)?,
            _ => keys.datum().map(|_| Crs::geographic())?,
        },
        (_, Some(code)) if code != USER_DEFINED => Crs::from_epsg(code)?,
        (Some(1), _) | (None, Some(_)) => keys.user_defined()?,
        _ => return Err(unknown("no geographic keys".to_owned())),
    };
    Ok((crs, point_is_centre))
}

const USER_DEFINED: u16 = 32767;

fn unknown(found: String) -> RasterProblem {
    RasterProblem::Unsupported {
        what: "coordinate system",
        needed: "a UTM zone, longitude and latitude, or a common national system by its EPSG code; or Albers, \
                 Lambert or transverse Mercator by its parameters",
        found,
    }
}

/// The table of geographic keys: four numbers a key, the first row being a heading.
struct Keys {
    table: Vec<u64>,
    doubles: Vec<f64>,
}

impl Keys {
    const MODEL_TYPE: u64 = 1024;
    const RASTER_TYPE: u64 = 1025;
    const GEOGRAPHIC_TYPE: u64 = 2048;
    const SEMI_MAJOR_AXIS: u64 = 2057;
    const INVERSE_FLATTENING: u64 = 2059;
    const PROJECTED_TYPE: u64 = 3072;
    const METHOD: u64 = 3075;
    const LINEAR_UNIT: u64 = 3076;

    fn code(&self, key: u64) -> Option<u16> {
        let row = self.table.chunks_exact(4).skip(1).find(|row| row[0] == key && row[1] == 0)?;
        u16::try_from(row[3]).ok()
    }

    /// The first of some keys that has a number.
    fn double(&self, keys: &[u64]) -> Option<f64> {
        keys.iter().find_map(|key| {
            let row = self.table.chunks_exact(4).skip(1).find(|row| row[0] == *key && row[1] == 34736)?;
            self.doubles.get(usize::try_from(row[3]).ok()?).copied()
        })
    }

    fn datum(&self) -> Result<String, RasterProblem> {
        match self.code(Self::GEOGRAPHIC_TYPE) {
            Some(4326) => Ok("+datum=WGS84".to_owned()),
            Some(4269 | 4617) => Ok("+datum=NAD83".to_owned()),
            Some(4258 | 4283 | 7844 | 4674 | 4167) => Ok("+ellps=GRS80 +towgs84=0,0,0".to_owned()),
            Some(USER_DEFINED) | None => {
                let axis_m = self.double(&[Self::SEMI_MAJOR_AXIS]);
                match (axis_m, self.double(&[Self::INVERSE_FLATTENING])) {
                    (Some(axis_m), Some(flattening)) if (6.37e6..6.39e6).contains(&axis_m) => {
                        Ok(format!("+a={axis_m} +rf={flattening} +towgs84=0,0,0"))
                    }
                    _ => Ok("+datum=WGS84".to_owned()),
                }
            }
            Some(other) => Err(unknown(format!("a projection on EPSG:{other}"))),
        }
    }

    /// A projection spelled out by its parameters.
    fn user_defined(&self) -> Result<Crs, RasterProblem> {
        let unit_m = match self.code(Self::LINEAR_UNIT) {
            None | Some(9001) => 1.0,
            Some(9002) => firecore::units::M_PER_FT,
            Some(9003) => US_SURVEY_FOOT_M,
            Some(other) => return Err(unknown(format!("coordinates in unit EPSG:{other}"))),
        };
        let parallels = || Some((self.double(&[3078])?, self.double(&[3079])?));
        let lon = self.double(&[3080, 3084, 3088]);
        let lat = self.double(&[3081, 3085, 3089]).unwrap_or(0.0);
        let method = match (self.code(Self::METHOD), parallels()) {
            (Some(1), _) => format!("+proj=tmerc +k={}", self.double(&[3092]).unwrap_or(1.0)),
            (Some(8), Some((first, second))) => format!("+proj=lcc +lat_1={first} +lat_2={second}"),
            (Some(9), _) => format!("+proj=lcc +lat_1={lat} +k_0={}", self.double(&[3092]).unwrap_or(1.0)),
            (Some(10), _) => "+proj=laea".to_owned(),
            (Some(11), Some((first, second))) => format!("+proj=aea +lat_1={first} +lat_2={second}"),
            (other, _) => return Err(unknown(format!("projection method {}", other.unwrap_or(0)))),
        };
        let Some(lon) = lon else {
            return Err(unknown("a projection without a central meridian".to_owned()));
        };
        let x_m = self.double(&[3082, 3086, 3090]).unwrap_or(0.0) * unit_m;
        let y_m = self.double(&[3083, 3087, 3091]).unwrap_or(0.0) * unit_m;
        let datum = self.datum()?;
        let definition =
            format!("{method} +lat_0={lat} +lon_0={lon} +x_0={x_m} +y_0={y_m} {datum} +units=m +no_defs");
        let mut crs = Crs::projected(&definition, unit_m)?;
        crs.utm = utm_zone(self.code(Self::METHOD), lon, lat, x_m, y_m, self.double(&[3092]), unit_m);
        Ok(crs)
    }
}

/// The UTM zone that the parameters of a transverse Mercator projection spell out.
fn utm_zone(
    method: Option<u16>,
    lon: f64,
    lat: f64,
    x_m: f64,
    y_m: f64,
    scale: Option<f64>,
    unit_m: f64,
) -> Option<(u8, bool)> {
    let zone = (lon + 183.0) / 6.0;
    let utm = method == Some(1)
        && zone.fract() == 0.0
        && (1.0..=60.0).contains(&zone)
        && lat == 0.0
        && x_m == 500_000.0
        && (y_m == 0.0 || y_m == 10_000_000.0)
        && scale.is_some_and(|scale| (scale - 0.9996).abs() < 1e-9)
        && unit_m == 1.0;
    utm.then_some((zone as u8, y_m > 0.0))
}
