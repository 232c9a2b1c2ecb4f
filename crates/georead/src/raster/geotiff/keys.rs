//! The keys of a GeoTIFF that name its coordinate system.

use super::tags::{Directory, Tag};
use crate::crs::{Crs, Datum, Method, Projection, US_SURVEY_FOOT_M};
use crate::raster::RasterProblem;

/// The coordinate system that a file's geographic keys name (or what they name that is none), and whether a tie point means
/// a pixel's centre. `None` where there are no keys.
pub(super) fn read(directory: &Directory) -> Result<(Option<Result<Crs, String>>, bool), RasterProblem> {
    let keys =
        Keys { table: directory.numbers(Tag::GEO_KEYS)?, doubles: directory.floats(Tag::GEO_DOUBLES)? };
    let point_is_centre = keys.code(Keys::RASTER_TYPE) == Some(2);
    let crs = match (keys.code(Keys::MODEL_TYPE), keys.code(Keys::PROJECTED_TYPE)) {
        (Some(2), _) => Some(match keys.code(Keys::GEOGRAPHIC_TYPE) {
            Some(code) if code != USER_DEFINED => Crs::from_epsg(code.into()),
            _ => keys.datum().map(|_| Crs::geographic()),
        }),
        (_, Some(code)) if code != USER_DEFINED => Some(Crs::from_epsg(code.into())),
        (Some(1), _) | (None, Some(_)) => Some(keys.user_defined()),
        _ => None,
    };
    Ok((crs, point_is_centre))
}

const USER_DEFINED: u16 = 32767;

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

    fn datum(&self) -> Result<String, String> {
        match self.code(Self::GEOGRAPHIC_TYPE) {
            Some(USER_DEFINED) | None => {
                let axis_m = self.double(&[Self::SEMI_MAJOR_AXIS]);
                match (axis_m, self.double(&[Self::INVERSE_FLATTENING])) {
                    (Some(axis_m), Some(flattening)) if (6.37e6..6.39e6).contains(&axis_m) => {
                        Ok(format!("+a={axis_m} +rf={flattening} +towgs84=0,0,0"))
                    }
                    _ => Ok(Datum::Wgs84.definition().to_owned()),
                }
            }
            Some(code) => match Datum::of_epsg(code.into()) {
                Some(datum) => Ok(datum.definition().to_owned()),
                None => Err(format!("a projection on EPSG:{code}")),
            },
        }
    }

    /// A projection spelled out by its parameters.
    fn user_defined(&self) -> Result<Crs, String> {
        let unit_m = match self.code(Self::LINEAR_UNIT) {
            None | Some(9001) => 1.0,
            Some(9002) => firecore::units::M_PER_FT,
            Some(9003) => US_SURVEY_FOOT_M,
            Some(other) => return Err(format!("coordinates in unit EPSG:{other}")),
        };
        let parallels = || Some([self.double(&[3078])?, self.double(&[3079])?]);
        let scale = self.double(&[3092]).unwrap_or(1.0);
        let method = match (self.code(Self::METHOD), parallels()) {
            (Some(1), _) => Method::TransverseMercator { scale },
            (Some(7), _) => Method::Mercator { parallel_deg: self.double(&[3078]).unwrap_or(0.0), scale },
            (Some(8), Some(parallels_deg)) => Method::LambertTwoParallels { parallels_deg },
            (Some(9), _) => Method::LambertOneParallel { scale },
            (Some(10), _) => Method::LambertEqualArea,
            (Some(11), Some(parallels_deg)) => Method::Albers { parallels_deg },
            (other, _) => return Err(format!("projection method {}", other.unwrap_or(0))),
        };
        let Some(lon_deg) = self.double(&[3080, 3084, 3088]) else {
            return Err("a projection without a central meridian".to_owned());
        };
        let projection = Projection {
            method,
            lon_deg,
            lat_deg: self.double(&[3081, 3085, 3089]).unwrap_or(0.0),
            x_m: self.double(&[3082, 3086, 3090]).unwrap_or(0.0) * unit_m,
            y_m: self.double(&[3083, 3087, 3091]).unwrap_or(0.0) * unit_m,
            datum: self.datum()?,
            unit_m,
        };
        projection.crs()
    }
}
