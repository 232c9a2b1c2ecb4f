//! Well-known binary geometries (OGC 06-103r4), as GeoPackages hold them; heights and measures are left aside.

use geo::{Coord, Geometry, LineString, MultiLineString, MultiPoint, MultiPolygon, Point, Polygon};

use super::limits::NESTING_MAX;

/// Bytes that are taken from the front.
#[derive(Debug)]
struct Bytes<'a> {
    left: &'a [u8],
    is_little: bool,
}

/// A geometry; `None` for an empty one. The error says what was found instead of a point, line or polygon.
pub(super) fn read(bytes: &[u8]) -> Result<Option<Geometry<f64>>, String> {
    let mut bytes = Bytes { left: bytes, is_little: true };
    let geometry = bytes.geometry(0)?;
    match bytes.left.is_empty() {
        true => Ok(geometry),
        false => Err(format!("a geometry with {} bytes behind it", bytes.left.len())),
    }
}

impl Bytes<'_> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], String> {
        let (taken, left) = self.left.split_first_chunk::<N>().ok_or("a geometry that is cut short")?;
        self.left = left;
        Ok(*taken)
    }

    fn u32(&mut self) -> Result<u32, String> {
        let bytes = self.take()?;
        Ok(if self.is_little { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) })
    }

    fn f64(&mut self) -> Result<f64, String> {
        let bytes = self.take()?;
        Ok(if self.is_little { f64::from_le_bytes(bytes) } else { f64::from_be_bytes(bytes) })
    }

    fn geometry(&mut self, depth: usize) -> Result<Option<Geometry<f64>>, String> {
        if depth > NESTING_MAX {
            return Err(format!("geometries nested more than {NESTING_MAX} deep"));
        }
        self.is_little = match self.take::<1>()?[0] {
            0 => false,
            1 => true,
            other => return Err(format!("byte order {other}")),
        };
        let code = self.u32()?;
        // ISO adds thousands, PostGIS sets high bits: heights, measures, and a system's number in front.
        let (high, low) = (code >> 28, code & 0x0fff_ffff);
        if high & 2 != 0 {
            self.u32()?;
        }
        let iso = match low / 1000 {
            0 => 0,
            1 | 2 => 1,
            3 => 2,
            _ => return Err(format!("geometry type {code}")),
        };
        let extra = iso.max((high >> 3) + (high >> 2 & 1));
        let geometry = match low % 1000 {
            1 => {
                let at = self.coord(extra)?;
                return Ok((!at.x.is_nan() || !at.y.is_nan()).then(|| Point::from(at).into()));
            }
            2 => LineString(self.path(extra)?).into(),
            3 => self.polygon(extra)?.into(),
            4 => MultiPoint(self.parts(depth, |part| Point::try_from(part).ok())?).into(),
            5 => MultiLineString(self.parts(depth, |part| LineString::try_from(part).ok())?).into(),
            6 => MultiPolygon(self.parts(depth, |part| Polygon::try_from(part).ok())?).into(),
            7 => return Err("a geometry collection".to_owned()),
            8..=14 => return Err("a curve".to_owned()),
            other => return Err(format!("geometry type {other}")),
        };
        Ok((geo::CoordsIter::coords_count(&geometry) > 0).then_some(geometry))
    }

    fn coord(&mut self, extra: u32) -> Result<Coord<f64>, String> {
        let at = Coord { x: self.f64()?, y: self.f64()? };
        for _ in 0..extra {
            self.f64()?;
        }
        Ok(at)
    }

    /// A count, and no more of something than there are bytes for.
    fn count(&mut self, bytes_each: usize) -> Result<usize, String> {
        let count = self.u32()? as usize;
        match count <= self.left.len() / bytes_each {
            true => Ok(count),
            false => Err("a geometry that is cut short".to_owned()),
        }
    }

    fn path(&mut self, extra: u32) -> Result<Vec<Coord<f64>>, String> {
        let count = self.count(16 + 8 * extra as usize)?;
        (0..count).map(|_| self.coord(extra)).collect()
    }

    fn polygon(&mut self, extra: u32) -> Result<Polygon<f64>, String> {
        let count = self.count(4)?;
        let mut rings =
            (0..count).map(|_| self.path(extra).map(LineString)).collect::<Result<Vec<_>, _>>()?.into_iter();
        let exterior = rings.next().unwrap_or_else(|| LineString(Vec::new()));
        Ok(Polygon::new(exterior, rings.collect()))
    }

    fn parts<T>(&mut self, depth: usize, of: impl Fn(Geometry<f64>) -> Option<T>) -> Result<Vec<T>, String> {
        let count = self.count(9)?;
        let mut parts = Vec::new();
        for _ in 0..count {
            if let Some(part) = self.geometry(depth + 1)? {
                parts.push(of(part).ok_or("a geometry with parts of another kind")?);
            }
        }
        Ok(parts)
    }
}
