//! Well-known text geometries, with PostGIS' number of a coordinate system in front; heights and measures are left aside.

use geo::{Coord, Geometry, LineString, MultiLineString, MultiPoint, MultiPolygon, Point, Polygon};

/// A geometry and its coordinate system's EPSG code where the text says one. The error says what was found instead of a point,
/// line or polygon.
pub(super) fn read(text: &str) -> Result<(Geometry<f64>, Option<i64>), String> {
    let text = text.trim();
    let (code, text) = match text.get(..5).filter(|start| start.eq_ignore_ascii_case("SRID=")) {
        Some(_) => {
            let (code, rest) = text[5..].split_once(';').ok_or("an SRID without a semicolon")?;
            (Some(code.trim().parse().map_err(|_| format!("the SRID {code:?}"))?), rest.trim_start())
        }
        None => (None, text),
    };
    let end = text.find(|letter: char| !letter.is_ascii_alphabetic()).unwrap_or(text.len());
    let (kind, rest) = text.split_at(end);
    let mut words = Words { left: rest.trim_start() };
    for dimension in ["ZM", "Z", "M"] {
        if words.take_word(dimension) {
            break;
        }
    }
    let geometry = words.geometry(kind)?;
    match words.left.trim_start() {
        "" => Ok((geometry, code)),
        rest => Err(format!("{} behind a geometry", super::collect::excerpt(rest))),
    }
}

struct Words<'a> {
    left: &'a str,
}

impl Words<'_> {
    fn geometry(&mut self, kind: &str) -> Result<Geometry<f64>, String> {
        let is = |known: &str| kind.eq_ignore_ascii_case(known);
        if self.take_word("EMPTY") {
            return Err("an empty geometry".to_owned());
        }
        Ok(match () {
            () if is("POINT") => {
                self.expect('(')?;
                let at = self.coord()?;
                self.expect(')')?;
                Point::from(at).into()
            }
            () if is("LINESTRING") => self.path()?.into(),
            () if is("POLYGON") => self.polygon()?.into(),
            () if is("MULTIPOINT") => MultiPoint(self.list(Self::point)?).into(),
            () if is("MULTILINESTRING") => MultiLineString(self.list(Self::path)?).into(),
            () if is("MULTIPOLYGON") => MultiPolygon(self.list(Self::polygon)?).into(),
            () if is("GEOMETRYCOLLECTION") => return Err("a geometry collection".to_owned()),
            () => return Err(super::collect::excerpt(kind)),
        })
    }

    /// Takes a word that is not the start of a longer one.
    fn take_word(&mut self, word: &str) -> bool {
        let left = self.left.trim_start();
        let is_there = left.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word))
            && !left[word.len()..].starts_with(|letter: char| letter.is_ascii_alphanumeric());
        if is_there {
            self.left = &left[word.len()..];
        }
        is_there
    }

    fn take(&mut self, mark: char) -> bool {
        let rest = self.left.trim_start().strip_prefix(mark);
        self.left = rest.unwrap_or(self.left);
        rest.is_some()
    }

    fn expect(&mut self, mark: char) -> Result<(), String> {
        match self.take(mark) {
            true => Ok(()),
            false => {
                Err(format!("{} where {mark:?} was due", super::collect::excerpt(self.left.trim_start())))
            }
        }
    }

    /// Two numbers or more.
    fn coord(&mut self) -> Result<Coord<f64>, String> {
        let (mut parts, mut count) = ([0.0; 4], 0);
        loop {
            let left = self.left.trim_start();
            let end = left
                .find(|letter: char| letter.is_whitespace() || ",()".contains(letter))
                .unwrap_or(left.len());
            if end == 0 {
                break;
            }
            let number = left[..end].parse().map_err(|_| super::collect::excerpt(&left[..end]))?;
            *parts.get_mut(count).ok_or("a position of more than four numbers")? = number;
            count += 1;
            self.left = &left[end..];
        }
        match count {
            0 | 1 => Err(format!("a position of {count} numbers")),
            _ => Ok(Coord { x: parts[0], y: parts[1] }),
        }
    }

    fn list<T>(&mut self, one: impl Fn(&mut Self) -> Result<T, String>) -> Result<Vec<T>, String> {
        self.expect('(')?;
        let mut all = vec![one(self)?];
        while self.take(',') {
            all.push(one(self)?);
        }
        self.expect(')')?;
        Ok(all)
    }

    /// A point of several, with brackets or without.
    fn point(&mut self) -> Result<Point<f64>, String> {
        let has_brackets = self.take('(');
        let at = self.coord()?;
        if has_brackets {
            self.expect(')')?;
        }
        Ok(Point::from(at))
    }

    fn path(&mut self) -> Result<LineString<f64>, String> {
        Ok(LineString(self.list(Self::coord)?))
    }

    fn polygon(&mut self) -> Result<Polygon<f64>, String> {
        let mut rings = self.list(Self::path)?.into_iter();
        let exterior = rings.next().ok_or("a polygon without a ring")?;
        Ok(Polygon::new(exterior, rings.collect()))
    }
}
