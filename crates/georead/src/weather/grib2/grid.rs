//! Where a field's values lie: section 3.

use firecore::geo::LonLat;

use super::octets::Octets;
use super::plane::{Earth, Plane, Point};
use super::{GRID_NODES_MAX, Grib2Error};

/// Degrees in one step of a coded angle: a millionth, unless a grid says otherwise (regulation 92.1.6).
const CODED_DEG: f64 = 1e-6;

/// Metres in one step of a coded length: a thousandth (templates 3.10, 3.20, 3.30).
const CODED_M: f64 = 1e-3;

/// A whole turn, degrees.
pub(super) const TURN_DEG: f64 = 360.0;

/// Rows and columns of nodes, even in a plane.
///
/// Column 0 and row 0 are where scanning starts, so that rows may run north or south, columns east or west.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Grid {
    /// Nodes in a row.
    pub columns: usize,
    /// Rows.
    pub rows: usize,
    /// True where winds are along the grid's axes, not along true east and north.
    pub winds_along_grid: bool,
    pub(super) plane: Plane,
    /// The first node.
    pub(super) first: Point,
    /// To the next column and the next row.
    pub(super) step: Point,
    scan: Scan,
}

/// In which order values follow each other (flag table 3.4).
#[derive(Clone, Copy, Debug, PartialEq)]
struct Scan {
    /// Neighbours lie in a column.
    by_columns: bool,
    /// Every other line runs backward.
    alternate: bool,
}

impl Grid {
    /// The place of a node.
    ///
    /// **Errors** where the plane does not reach so far.
    pub fn node(&self, column: usize, row: usize) -> Result<LonLat, Grib2Error> {
        let x = self.first.0 + self.step.0 * column as f64;
        let y = self.first.1 + self.step.1 * row as f64;
        let (lon_deg, lat_deg) = self.plane.degrees_of((x, y));
        let lon_deg = (lon_deg + 180.0).rem_euclid(TURN_DEG) - 180.0;
        // Half a step of rounding may lie beyond a pole.
        let lat_deg = if lat_deg.abs() < 90.0 + CODED_DEG { lat_deg.clamp(-90.0, 90.0) } else { lat_deg };
        LonLat::new(lon_deg, lat_deg).map_err(|error| value("a node", "a place on the Earth", error))
    }

    /// How far the grid's rows are turned clockwise from true east at a place, rad.
    pub fn convergence_rad(&self, place: LonLat) -> f64 {
        self.plane.convergence_rad(place.lon_deg())
    }

    /// Column and row of a value, counted in the file's order.
    pub(super) fn cell(&self, index: usize) -> (usize, usize) {
        let along = if self.scan.by_columns { self.rows } else { self.columns };
        let (line, mut place) = (index / along, index % along);
        if self.scan.alternate && line % 2 == 1 {
            place = along - 1 - place;
        }
        if self.scan.by_columns { (line, place) } else { (place, line) }
    }

    /// How many nodes.
    pub fn nodes(&self) -> usize {
        self.columns * self.rows
    }

    pub(super) fn parse(section: Octets<'_>) -> Result<Self, Grib2Error> {
        let template = section.u16(13)?;
        let (source, listed) = (section.u8(6)?, section.u8(11)?);
        if source != 0 || listed != 0 {
            let found = u32::from(source.max(listed));
            return Err(Grib2Error::Unknown { what: "irregular grid", found, needed: "a regular grid, 0" });
        }
        let size = size(section)?;
        match template {
            0 => degrees(section, size),
            10 => mercator(section, size),
            20 => polar(section, size),
            30 => lambert(section, size),
            _ => {
                let needed = "0, 10, 20 or 30";
                Err(Grib2Error::Unknown { what: "grid template 3.", found: template.into(), needed })
            }
        }
    }

    /// A grid of a projection, from its first node and its steps' lengths.
    fn projected(
        section: Octets<'_>,
        size: Size,
        plane: Plane,
        step: (usize, usize),
        scan: u8,
    ) -> Result<Self, Grib2Error> {
        let (lat_deg, lon_deg) = place(section, 39)?;
        let length = |octet: usize| -> Result<f64, Grib2Error> {
            match section.u32(octet)? {
                0 | u32::MAX => Err(value("a grid's step", "a length above 0", section.u32(octet)?)),
                coded => Ok(f64::from(coded) * CODED_M),
            }
        };
        let first = plane.of_degrees(lon_deg, lat_deg);
        if !first.0.is_finite() || !first.1.is_finite() {
            return Err(value("a grid's first node", "within its plane", format!("{lat_deg}, {lon_deg}")));
        }
        let (scan, signs) = Scan::parse(scan)?;
        let step = (signs.0 * length(step.0)?, signs.1 * length(step.1)?);
        let winds_along_grid = section.u8(47)? & 0x08 != 0;
        let Size { columns, rows } = size;
        Ok(Self { columns, rows, winds_along_grid, plane, first, step, scan })
    }
}

/// Columns and rows, within the limit.
#[derive(Clone, Copy)]
struct Size {
    columns: usize,
    rows: usize,
}

fn size(section: Octets<'_>) -> Result<Size, Grib2Error> {
    let (columns, rows) = (section.u32(31)?, section.u32(35)?);
    let nodes = u64::from(columns) * u64::from(rows);
    if nodes == 0 || nodes > GRID_NODES_MAX as u64 {
        return Err(value("a grid", "of 1 to 16777216 nodes", format!("{columns} x {rows}")));
    }
    let told = section.u32(7)?;
    if u64::from(told) != nodes {
        let what = "nodes (columns times rows)";
        return Err(Grib2Error::Count { what, needed: nodes, found: told.into() });
    }
    Ok(Size { columns: columns as usize, rows: rows as usize })
}

/// Template 3.0.
fn degrees(section: Octets<'_>, size: Size) -> Result<Grid, Grib2Error> {
    let (basic, divisions) = (section.u32(39)?, section.u32(43)?);
    if basic != 0 || (divisions != 0 && divisions != u32::MAX) {
        let needed = "0, for millionths of a degree";
        return Err(Grib2Error::Unknown { what: "basic angle", found: basic, needed });
    }
    let (lat_deg, lon_deg) = place(section, 47)?;
    let (lat_end_deg, lon_end_deg) = place(section, 56)?;
    let (scan, signs) = Scan::parse(section.u8(72)?)?;
    let around_deg = (signs.0 * (lon_end_deg - lon_deg)).rem_euclid(TURN_DEG);
    let up_deg = signs.1 * (lat_end_deg - lat_deg);
    let step = (
        signs.0 * step_deg(size.columns, around_deg, section.u32(64)?)?,
        signs.1 * step_deg(size.rows, up_deg, section.u32(68)?)?,
    );
    let end_deg = lat_deg + step.1 * (size.rows - 1) as f64;
    if end_deg.abs() > 90.0 + 1e-3 || step.0.abs() * (size.columns - 1) as f64 > TURN_DEG + 1e-3 {
        return Err(value("a grid in degrees", "within the globe", format!("{lat_deg} to {end_deg} north")));
    }
    let Size { columns, rows } = size;
    // Along meridians and parallels the grid's axes are the true ones.
    let winds_along_grid = false;
    Ok(Grid { columns, rows, winds_along_grid, plane: Plane::Degrees, first: (lon_deg, lat_deg), step, scan })
}

/// A step from both ends, which is finer than the coded one; the coded one where the ends do not tell.
fn step_deg(count: usize, span_deg: f64, coded: u32) -> Result<f64, Grib2Error> {
    let told_deg = (coded != 0 && coded != u32::MAX).then(|| f64::from(coded) * CODED_DEG);
    let measured_deg = (count > 1 && span_deg > 0.0).then(|| span_deg / (count - 1) as f64);
    match (measured_deg, told_deg) {
        // A coded step is cut to its last digit.
        (Some(measured), Some(told)) if (measured - told).abs() <= 2.0 * CODED_DEG => Ok(measured),
        (_, Some(told)) => Ok(told),
        (Some(measured), None) => Ok(measured),
        (None, None) if count == 1 => Ok(1.0),
        (None, None) => Err(value("a grid's step", "above 0", span_deg)),
    }
}

/// Template 3.10.
fn mercator(section: Octets<'_>, size: Size) -> Result<Grid, Grib2Error> {
    if section.u32(61)? != 0 {
        return Err(value("a Mercator grid", "along the equator", section.u32(61)?));
    }
    let true_rad = angle_deg(section, 48, 89.0)?.to_radians();
    let (_, lon_deg) = place(section, 39)?;
    // Half a turn east of the first node is the plane's middle, so that no row is torn.
    let middle_rad = (lon_deg + 0.5 * TURN_DEG - CODED_DEG).to_radians();
    let plane = Plane::mercator(earth(section)?, true_rad, middle_rad);
    Grid::projected(section, size, plane, (65, 69), section.u8(60)?)
}

/// Template 3.20.
fn polar(section: Octets<'_>, size: Size) -> Result<Grid, Grib2Error> {
    let centre = section.u8(64)?;
    let south = centre & 0x80 != 0;
    let true_rad = angle_deg(section, 48, 90.0)?.to_radians();
    let lon_rad = angle_deg(section, 52, TURN_DEG)?.to_radians();
    let plane = Plane::polar(earth(section)?, true_rad, lon_rad, south);
    Grid::projected(section, size, plane, (56, 60), section.u8(65)?)
}

/// Template 3.30. Its steps are taken at its true parallels; the latitude that it names for them (LaD) is one of those.
fn lambert(section: Octets<'_>, size: Size) -> Result<Grid, Grib2Error> {
    let parallel = |octet| angle_deg(section, octet, 89.999);
    let (one_deg, two_deg) = (parallel(66)?, parallel(70)?);
    let lon_rad = angle_deg(section, 52, TURN_DEG)?.to_radians();
    let plane = Plane::cone(earth(section)?, (one_deg.to_radians(), two_deg.to_radians()), lon_rad);
    let plane = plane.ok_or_else(|| {
        value(
            "a Lambert grid's parallels",
            "off the equator, on one side",
            format!("{one_deg} and {two_deg}"),
        )
    })?;
    Grid::projected(section, size, plane, (56, 60), section.u8(65)?)
}

impl Scan {
    /// The order, and the signs of the steps east and north.
    fn parse(flags: u8) -> Result<(Self, (f64, f64)), Grib2Error> {
        if flags & 0x0f != 0 {
            let needed = "flags 1 to 4 only, nodes that are not shifted";
            return Err(Grib2Error::Unknown { what: "scanning mode", found: flags.into(), needed });
        }
        let east = if flags & 0x80 != 0 { -1.0 } else { 1.0 };
        let north = if flags & 0x40 != 0 { 1.0 } else { -1.0 };
        Ok((Self { by_columns: flags & 0x20 != 0, alternate: flags & 0x10 != 0 }, (east, north)))
    }
}

/// Latitude and longitude, degrees.
fn place(section: Octets<'_>, octet: usize) -> Result<(f64, f64), Grib2Error> {
    Ok((angle_deg(section, octet, 90.0)?, angle_deg(section, octet + 4, TURN_DEG)?))
}

fn angle_deg(section: Octets<'_>, octet: usize, max_deg: f64) -> Result<f64, Grib2Error> {
    let angle_deg = f64::from(section.i32(octet)?) * CODED_DEG;
    if angle_deg.abs() > max_deg {
        return Err(value("an angle of a grid", "on the globe", format!("{angle_deg} degrees")));
    }
    Ok(angle_deg)
}

/// The Earth's shape (code table 3.2).
fn earth(section: Octets<'_>) -> Result<Earth, Grib2Error> {
    let sphere = |radius_m| Earth { radius_m, eccentricity: 0.0 };
    let ellipsoid = |major_m: f64, minor_m: f64| {
        let ratio = minor_m / major_m;
        Earth { radius_m: major_m, eccentricity: (1.0 - ratio * ratio).max(0.0).sqrt() }
    };
    let told = |octet: usize| -> Result<f64, Grib2Error> {
        Ok(f64::from(section.u32(octet + 1)?) * 10_f64.powi(-section.i8(octet)?))
    };
    let code = section.u8(15)?;
    let earth = match code {
        0 => sphere(6_367_470.0),
        1 => sphere(told(16)?),
        2 => ellipsoid(6_378_160.0, 6_356_775.0),
        3 => ellipsoid(1000.0 * told(21)?, 1000.0 * told(26)?),
        4 => ellipsoid(6_378_137.0, 6_356_752.314),
        5 => ellipsoid(6_378_137.0, 6_356_752.314_245),
        6 => sphere(6_371_229.0),
        7 => ellipsoid(told(21)?, told(26)?),
        8 => sphere(6_371_200.0),
        _ => {
            let needed = "0 to 8";
            return Err(Grib2Error::Unknown { what: "shape of the Earth", found: code.into(), needed });
        }
    };
    // The ellipsoids in use differ by some metres; what lies far off is a broken length.
    let sound = (6.3e6..6.5e6).contains(&earth.radius_m) && earth.eccentricity < 0.1;
    if sound { Ok(earth) } else { Err(value("the Earth's radius", "6300 to 6500 km", earth.radius_m)) }
}

fn value(what: &'static str, needed: &'static str, found: impl ToString) -> Grib2Error {
    Grib2Error::Value { what, needed, found: found.to_string() }
}
