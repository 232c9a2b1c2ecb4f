//! Coordinate systems that features come in: longitude and latitude, UTM zones, web maps and some national planes.
//!
//! NAD 83, ETRS89, GDA94 and their kin are taken as WGS 84, which they differ from by 2 m at most; a warning says so.

use geo::{Coord, Geometry, MapCoords};
use proj4rs::Proj;

/// A coordinate system.
#[derive(Debug)]
pub struct Crs {
    /// The plane and the sphere; `None` where coordinates are degrees already.
    plane: Option<(Proj, Proj)>,
    name: String,
    is_near_wgs84: bool,
}

const WGS84: &str = "+proj=longlat +datum=WGS84 +no_defs";

/// Planes by EPSG code, metres. Source: EPSG registry, version 11.
const PLANES: [(i64, &str); 6] = [
    // Web maps.
    (3857, "+proj=merc +a=6378137 +b=6378137 +lat_ts=0 +lon_0=0 +x_0=0 +y_0=0 +k=1 +nadgrids=@null"),
    // Conterminous United States, California and Canada.
    (5070, "+proj=aea +lat_0=23 +lon_0=-96 +lat_1=29.5 +lat_2=45.5 +x_0=0 +y_0=0 +datum=NAD83"),
    (3310, "+proj=aea +lat_0=0 +lon_0=-120 +lat_1=34 +lat_2=40.5 +x_0=0 +y_0=-4000000 +datum=NAD83"),
    (3978, "+proj=lcc +lat_0=49 +lon_0=-95 +lat_1=49 +lat_2=77 +x_0=0 +y_0=0 +datum=NAD83"),
    // Europe and Australia.
    (3035, "+proj=laea +lat_0=52 +lon_0=10 +x_0=4321000 +y_0=3210000 +ellps=GRS80 +towgs84=0,0,0"),
    (3577, "+proj=aea +lat_0=0 +lon_0=132 +lat_1=-18 +lat_2=-36 +x_0=0 +y_0=0 +ellps=GRS80 +towgs84=0,0,0"),
];

impl Crs {
    /// Longitude and latitude on WGS 84, degrees.
    pub(super) fn wgs84() -> Self {
        Self { plane: None, name: "EPSG:4326".to_owned(), is_near_wgs84: false }
    }

    /// By its EPSG code; the error is its name.
    pub(super) fn from_epsg(code: i64) -> Result<Self, String> {
        let name = format!("EPSG:{code}");
        let (utm, is_near_wgs84) = match code {
            4326 | 4979 => return Ok(Self::wgs84()),
            4269 | 4258 | 4283 | 7844 | 4674 | 4167 => {
                return Ok(Self { plane: None, name, is_near_wgs84: true });
            }
            32601..=32660 => (Some((code - 32600, "")), false),
            32701..=32760 => (Some((code - 32700, " +south")), false),
            26901..=26923 => (Some((code - 26900, "")), true),
            25828..=25838 => (Some((code - 25800, "")), true),
            28348..=28358 => (Some((code - 28300, " +south")), true),
            7846..=7859 => (Some((code - 7800, " +south")), true),
            _ => (None, code != 3857),
        };
        let known = PLANES.iter().find(|(known, _)| *known == code);
        let definition = match (utm, known) {
            (Some((zone, south)), _) => {
                format!("+proj=utm +zone={zone}{south} +datum=WGS84 +units=m +no_defs")
            }
            (None, Some((_, definition))) => format!("{definition} +units=m +no_defs"),
            (None, None) => return Err(name),
        };
        let of = |definition: &str| {
            Proj::from_proj_string(definition).map_err(|error| format!("{name} ({error})"))
        };
        let plane = Some((of(&definition)?, of(WGS84)?));
        Ok(Self { plane, name, is_near_wgs84 })
    }

    /// By a name such as `urn:ogc:def:crs:EPSG::4326`, `EPSG:3857` or `urn:ogc:def:crs:OGC:1.3:CRS84`.
    pub(super) fn from_name(name: &str) -> Result<Self, String> {
        let last = name.rsplit([':', '/', '#']).next().unwrap_or_default();
        if last.eq_ignore_ascii_case("CRS84") {
            return Ok(Self::wgs84());
        }
        let code = last.parse().ok().filter(|_| name.to_ascii_uppercase().contains("EPSG"));
        code.map_or_else(|| Err(super::collect::excerpt(name)), Self::from_epsg)
    }

    /// What an operator should know of it.
    pub(super) fn note(&self) -> Option<String> {
        let Self { name, .. } = self;
        self.is_near_wgs84
            .then(|| format!("{name} was taken as WGS 84, from which it differs by 2 m at most"))
    }

    /// Turns a geometry's coordinates into longitude and latitude; the error is the point without an image.
    pub(super) fn turn(&self, geometry: &mut Geometry<f64>) -> Result<(), String> {
        let Some((plane, sphere)) = &self.plane else { return Ok(()) };
        let turned = geometry.try_map_coords(|at| {
            let mut point = (at.x, at.y, 0.0);
            let done = proj4rs::transform::transform(plane, sphere, &mut point);
            match done.is_ok() && point.0.is_finite() && point.1.is_finite() {
                true => Ok(Coord { x: point.0.to_degrees(), y: point.1.to_degrees() }),
                false => Err(format!("({}, {})", at.x, at.y)),
            }
        })?;
        *geometry = turned;
        Ok(())
    }
}
