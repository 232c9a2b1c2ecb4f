//! Which coordinate system a raster lies in.

use firecore::geo::{EARTH_RADIUS_M, LonLat};
use proj4rs::Proj;

use super::RasterProblem;

pub(super) mod wkt;

const WGS84: &str = "+proj=longlat +datum=WGS84 +no_defs";
/// 1200/3937 m by definition (Mendenhall order, 1893).
pub(super) const US_SURVEY_FOOT_M: f64 = 1200.0 / 3937.0;

/// A coordinate system, to and from longitude and latitude on WGS 84.
///
/// NAD 83, ETRS89 and GDA94 are taken as WGS 84: they differ by 2 m at most, far below a cell.
#[derive(Clone)]
pub struct Crs {
    /// `None` where coordinates are degrees already.
    plane: Option<(Proj, Proj)>,
    /// Metres in one unit of the coordinates.
    unit_m: f64,
    /// Zone and hemisphere where it is a UTM zone in metres.
    pub utm: Option<(u8, bool)>,
}

impl Crs {
    /// True where x and y are longitude and latitude in degrees.
    pub fn is_geographic(&self) -> bool {
        self.plane.is_none()
    }

    /// x and y of a position; `None` where the projection has no image of it.
    pub fn to_xy(&self, place: LonLat) -> Option<(f64, f64)> {
        let Some((sphere, plane)) = &self.plane else { return Some((place.lon_deg(), place.lat_deg())) };
        let mut point = (place.lon_deg().to_radians(), place.lat_deg().to_radians(), 0.0);
        proj4rs::transform::transform(sphere, plane, &mut point).ok()?;
        let (x, y) = (point.0 / self.unit_m, point.1 / self.unit_m);
        (x.is_finite() && y.is_finite()).then_some((x, y))
    }

    /// The position of x and y.
    pub fn to_lon_lat(&self, x: f64, y: f64) -> Option<LonLat> {
        let Some((sphere, plane)) = &self.plane else {
            return LonLat::new((x + 180.0).rem_euclid(360.0) - 180.0, y).ok();
        };
        let mut point = (x * self.unit_m, y * self.unit_m, 0.0);
        proj4rs::transform::transform(plane, sphere, &mut point).ok()?;
        LonLat::new((point.0.to_degrees() + 180.0).rem_euclid(360.0) - 180.0, point.1.to_degrees()).ok()
    }

    /// A length in the unit of the coordinates; degrees of latitude where they are degrees.
    pub fn length(&self, length_m: f64) -> f64 {
        match self.is_geographic() {
            true => (length_m / EARTH_RADIUS_M).to_degrees(),
            false => length_m / self.unit_m,
        }
    }

    pub(super) fn geographic() -> Self {
        Self { plane: None, unit_m: 1.0, utm: None }
    }

    fn projected(definition: &str, unit_m: f64) -> Result<Self, String> {
        let refused = |error| format!("{definition}, which is not valid: {error}");
        let plane = Proj::from_proj_string(definition).map_err(refused)?;
        let sphere = Proj::from_proj_string(WGS84).map_err(refused)?;
        Ok(Self { plane: Some((sphere, plane)), unit_m, utm: None })
    }

    /// A coordinate system by its EPSG code.
    ///
    /// **Errors**, here and below, are what was found in place of a coordinate system.
    pub fn from_epsg(code: u16) -> Result<Self, String> {
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
            KNOWN.iter().find(|(known, _)| *known == code).ok_or_else(|| format!("EPSG:{code}"))?;
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

pub(super) fn unknown(found: String) -> RasterProblem {
    RasterProblem::Unsupported {
        what: "coordinate system",
        needed: "a UTM zone, longitude and latitude, or a common national system by its EPSG code; or Albers, \
                 Lambert or transverse Mercator by its parameters",
        found,
    }
}

/// A projection spelled out by its parameters.
pub(super) struct Projection {
    pub(super) method: Method,
    /// Central meridian and latitude of the origin, degrees.
    pub(super) lon_deg: f64,
    pub(super) lat_deg: f64,
    /// False easting and northing, m.
    pub(super) x_m: f64,
    pub(super) y_m: f64,
    /// The datum as PROJ spells it.
    pub(super) datum: String,
    /// Metres in one unit of the coordinates.
    pub(super) unit_m: f64,
}

/// How a [`Projection`] projects; standard parallels in degrees.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Method {
    TransverseMercator { scale: f64 },
    Mercator { parallel_deg: f64, scale: f64 },
    LambertOneParallel { scale: f64 },
    LambertTwoParallels { parallels_deg: [f64; 2] },
    LambertEqualArea,
    Albers { parallels_deg: [f64; 2] },
}

impl Projection {
    pub(super) fn crs(&self) -> Result<Crs, String> {
        let Self { method, lon_deg, lat_deg, x_m, y_m, datum, unit_m } = self;
        let method = match method {
            Method::TransverseMercator { scale } => format!("tmerc +k={scale}"),
            Method::Mercator { parallel_deg, scale } => format!("merc +lat_ts={parallel_deg} +k={scale}"),
            Method::LambertOneParallel { scale } => format!("lcc +lat_1={lat_deg} +k_0={scale}"),
            Method::LambertTwoParallels { parallels_deg: [first, second] } => {
                format!("lcc +lat_1={first} +lat_2={second}")
            }
            Method::LambertEqualArea => "laea".to_owned(),
            Method::Albers { parallels_deg: [first, second] } => {
                format!("aea +lat_1={first} +lat_2={second}")
            }
        };
        let definition = format!(
            "+proj={method} +lat_0={lat_deg} +lon_0={lon_deg} +x_0={x_m} +y_0={y_m} {datum} +units=m +no_defs"
        );
        Ok(Crs { utm: self.utm_zone(), ..Crs::projected(&definition, *unit_m)? })
    }

    /// The UTM zone that the parameters spell out.
    fn utm_zone(&self) -> Option<(u8, bool)> {
        let Method::TransverseMercator { scale } = self.method else { return None };
        let zone = (self.lon_deg + 183.0) / 6.0;
        let utm = zone.fract() == 0.0
            && (1.0..=60.0).contains(&zone)
            && self.lat_deg == 0.0
            && self.x_m == 500_000.0
            && (self.y_m == 0.0 || self.y_m == 10_000_000.0)
            && (scale - 0.9996).abs() < 1e-9
            && self.unit_m == 1.0;
        utm.then_some((zone as u8, self.y_m > 0.0))
    }
}
