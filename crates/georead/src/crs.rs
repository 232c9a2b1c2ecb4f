//! Coordinate systems that rasters and features come in, to and from longitude and latitude on WGS 84.
//!
//! NAD 83, ETRS89, GDA94 and their kin are taken as WGS 84: they differ by 2 m at most, far below a cell.

use firecore::geo::{EARTH_RADIUS_M, LonLat};
use proj4rs::Proj;

pub(crate) mod wkt;

const WGS84: &str = "+proj=longlat +datum=WGS84 +no_defs";
/// 1200/3937 m by definition (Mendenhall order, 1893).
pub(crate) const US_SURVEY_FOOT_M: f64 = 1200.0 / 3937.0;

/// A coordinate system.
#[derive(Clone)]
pub struct Crs {
    /// `None` where coordinates are degrees already.
    plane: Option<(Proj, Proj)>,
    /// Metres in one unit of the coordinates.
    unit_m: f64,
    /// Zone and hemisphere where it is a UTM zone in metres.
    pub utm: Option<(u8, bool)>,
    /// Its EPSG code where that names another datum, which is taken as WGS 84.
    near_wgs84: Option<i64>,
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
        let (lon_deg, lat_deg) = self.to_degrees(x, y)?;
        LonLat::new((lon_deg + 180.0).rem_euclid(360.0) - 180.0, lat_deg).ok()
    }

    /// Longitude and latitude of x and y, degrees, as they come: a longitude of 180 stays on its side.
    pub(crate) fn to_degrees(&self, x: f64, y: f64) -> Option<(f64, f64)> {
        let Some((sphere, plane)) = &self.plane else { return Some((x, y)) };
        let mut point = (x * self.unit_m, y * self.unit_m, 0.0);
        proj4rs::transform::transform(plane, sphere, &mut point).ok()?;
        let (lon_deg, lat_deg) = (point.0.to_degrees(), point.1.to_degrees());
        (lon_deg.is_finite() && lat_deg.is_finite()).then_some((lon_deg, lat_deg))
    }

    /// A length in the unit of the coordinates; degrees of latitude where they are degrees.
    pub fn length(&self, length_m: f64) -> f64 {
        match self.is_geographic() {
            true => (length_m / EARTH_RADIUS_M).to_degrees(),
            false => length_m / self.unit_m,
        }
    }

    /// What an operator should know of it.
    pub(crate) fn note(&self) -> Option<String> {
        self.near_wgs84
            .map(|code| format!("EPSG:{code} was taken as WGS 84, from which it differs by 2 m at most"))
    }

    /// Longitude and latitude, degrees.
    pub(crate) fn geographic() -> Self {
        Self { plane: None, unit_m: 1.0, utm: None, near_wgs84: None }
    }

    fn projected(definition: &str, unit_m: f64) -> Result<Self, String> {
        let refused = |error| format!("{definition}, which is not valid: {error}");
        let plane = Proj::from_proj_string(definition).map_err(refused)?;
        let sphere = Proj::from_proj_string(WGS84).map_err(refused)?;
        Ok(Self { plane: Some((sphere, plane)), unit_m, utm: None, near_wgs84: None })
    }

    /// A coordinate system by its EPSG code.
    ///
    /// **Errors**, here and below, are what was found in place of a coordinate system.
    pub fn from_epsg(code: i64) -> Result<Self, String> {
        if let Some(datum) = Datum::of_epsg(code) {
            return Ok(Self { near_wgs84: datum.near_wgs84(code), ..Self::geographic() });
        }
        let utm = match code {
            32601..=32660 => Some((code - 32600, false, Datum::Wgs84)),
            32701..=32760 => Some((code - 32700, true, Datum::Wgs84)),
            26901..=26923 => Some((code - 26900, false, Datum::Nad83)),
            25828..=25838 => Some((code - 25800, false, Datum::Grs80)),
            28348..=28358 => Some((code - 28300, true, Datum::Grs80)),
            7846..=7859 => Some((code - 7800, true, Datum::Grs80)),
            _ => None,
        };
        if let Some((zone, south, datum)) = utm {
            let hemisphere = if south { " +south" } else { "" };
            let definition = format!("+proj=utm +zone={zone}{hemisphere} +datum=WGS84 +units=m +no_defs");
            let (utm, near_wgs84) = (Some((zone as u8, south)), datum.near_wgs84(code));
            return Ok(Self { utm, near_wgs84, ..Self::projected(&definition, 1.0)? });
        }
        let (_, datum, projection) =
            PLANES.iter().find(|(known, ..)| *known == code).ok_or_else(|| format!("EPSG:{code}"))?;
        let definition = format!("+proj={projection} {} +units=m +no_defs", datum.definition());
        Ok(Self { near_wgs84: datum.near_wgs84(code), ..Self::projected(&definition, 1.0)? })
    }
}

/// What longitude and latitude are measured on, as far as it is told apart here.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Datum {
    Wgs84,
    Nad83,
    /// Any of today's on the spheroid GRS 80: ETRS89, GDA94, GDA2020, SIRGAS 2000, NZGD2000.
    Grs80,
    /// The sphere of web maps, on which longitude and latitude of WGS 84 are drawn.
    WebSphere,
}

impl Datum {
    /// That of longitude and latitude by their EPSG code. Source: EPSG registry, version 11.
    pub(crate) fn of_epsg(code: i64) -> Option<Self> {
        match code {
            // WGS 84 in two and in three dimensions.
            4326 | 4979 => Some(Self::Wgs84),
            // NAD83, and its Canadian realisation.
            4269 | 4617 => Some(Self::Nad83),
            4258 | 4283 | 7844 | 4674 | 4167 => Some(Self::Grs80),
            _ => None,
        }
    }

    /// As PROJ spells it.
    pub(crate) fn definition(self) -> &'static str {
        match self {
            Self::Wgs84 => "+datum=WGS84",
            Self::Nad83 => "+datum=NAD83",
            Self::Grs80 => "+ellps=GRS80 +towgs84=0,0,0",
            Self::WebSphere => "+a=6378137 +b=6378137 +nadgrids=@null",
        }
    }

    fn near_wgs84(self, code: i64) -> Option<i64> {
        matches!(self, Self::Nad83 | Self::Grs80).then_some(code)
    }
}

/// Planes that national fuel and terrain maps and features come in, beside the UTM zones; metres. Source: EPSG registry, version 11.
const PLANES: [(i64, Datum, &str); 10] = [
    // Conterminous United States, Albers.
    (5070, Datum::Nad83, "aea +lat_0=23 +lon_0=-96 +lat_1=29.5 +lat_2=45.5 +x_0=0 +y_0=0"),
    // Alaska and California, Albers.
    (3338, Datum::Nad83, "aea +lat_0=50 +lon_0=-154 +lat_1=55 +lat_2=65 +x_0=0 +y_0=0"),
    (3310, Datum::Nad83, "aea +lat_0=0 +lon_0=-120 +lat_1=34 +lat_2=40.5 +x_0=0 +y_0=-4000000"),
    // Canada, Atlas Lambert.
    (3978, Datum::Nad83, "lcc +lat_0=49 +lon_0=-95 +lat_1=49 +lat_2=77 +x_0=0 +y_0=0"),
    // Australia, Albers on GDA94.
    (3577, Datum::Grs80, "aea +lat_0=0 +lon_0=132 +lat_1=-18 +lat_2=-36 +x_0=0 +y_0=0"),
    // Europe, equal area; France; Portugal.
    (3035, Datum::Grs80, "laea +lat_0=52 +lon_0=10 +x_0=4321000 +y_0=3210000"),
    (2154, Datum::Grs80, "lcc +lat_0=46.5 +lon_0=3 +lat_1=49 +lat_2=44 +x_0=700000 +y_0=6600000"),
    (3763, Datum::Grs80, "tmerc +lat_0=39.66825833333333 +lon_0=-8.133108333333334 +k=1 +x_0=0 +y_0=0"),
    // Web maps.
    (3857, Datum::WebSphere, "merc +lat_ts=0 +lon_0=0 +x_0=0 +y_0=0 +k=1"),
    // World, equal area.
    (6933, Datum::Wgs84, "cea +lat_ts=30 +lon_0=0 +x_0=0 +y_0=0"),
];

/// A projection spelled out by its parameters.
pub(crate) struct Projection {
    pub(crate) method: Method,
    /// Central meridian and latitude of the origin, degrees.
    pub(crate) lon_deg: f64,
    pub(crate) lat_deg: f64,
    /// False easting and northing, m.
    pub(crate) x_m: f64,
    pub(crate) y_m: f64,
    /// The datum as PROJ spells it.
    pub(crate) datum: String,
    /// Metres in one unit of the coordinates.
    pub(crate) unit_m: f64,
}

/// How a [`Projection`] projects; standard parallels in degrees.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Method {
    TransverseMercator { scale: f64 },
    Mercator { parallel_deg: f64, scale: f64 },
    LambertOneParallel { scale: f64 },
    LambertTwoParallels { parallels_deg: [f64; 2] },
    LambertEqualArea,
    Albers { parallels_deg: [f64; 2] },
}

impl Projection {
    pub(crate) fn crs(&self) -> Result<Crs, String> {
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
