//! A file's messages, and a message's sections.

use super::octets::Octets;
use super::packing::Packed;
use super::product::{Product, reference_at};
use super::{BYTES_MAX, FIELDS_MAX, Grib2Error, Grid, Message};

/// Octets of section 0.
const START: usize = 16;

/// How a message begins and ends.
const BEGIN: &[u8] = b"GRIB";
const END: &[u8] = b"7777";

/// The fields of a file's messages, in its order; what stands between messages is passed over.
///
/// A field that is not understood is an error, after which the next follows; after a broken frame nothing follows.
pub fn messages(bytes: &[u8]) -> Messages<'_> {
    let broken =
        (bytes.len() > BYTES_MAX).then_some(Grib2Error::TooLarge { max: BYTES_MAX, found: bytes.len() });
    Messages { file: bytes, rest: bytes, open: None, broken, fields: 0, ended: false }
}

/// See [`messages`].
#[derive(Debug)]
pub struct Messages<'a> {
    file: &'a [u8],
    /// Behind the open message.
    rest: &'a [u8],
    open: Option<Open<'a>>,
    /// What is wrong with the frame, not told yet.
    broken: Option<Grib2Error>,
    fields: usize,
    ended: bool,
}

/// A message with fields left.
#[derive(Debug)]
struct Open<'a> {
    discipline: u8,
    /// Sections that are not read yet.
    sections: &'a [u8],
    identification: Option<Octets<'a>>,
    grid: Option<Result<Grid, Grib2Error>>,
    product: Option<Octets<'a>>,
    representation: Option<Octets<'a>>,
    bitmap: Option<Octets<'a>>,
    /// The last bitmap of this message that was written out.
    bitmap_before: Option<Octets<'a>>,
}

impl<'a> Iterator for Messages<'a> {
    type Item = Result<Message<'a>, Grib2Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        if let Some(broken) = self.broken.take() {
            self.ended = true;
            return Some(Err(broken));
        }
        match self.advance() {
            Ok(Some(message)) => Some(message),
            Ok(None) => {
                self.ended = true;
                None
            }
            Err(broken) => {
                self.ended = true;
                Some(Err(broken))
            }
        }
    }
}

impl<'a> Messages<'a> {
    /// The next field; the outer error is a broken frame.
    fn advance(&mut self) -> Result<Option<Result<Message<'a>, Grib2Error>>, Grib2Error> {
        loop {
            if let Some(open) = &mut self.open {
                if let Some(data) = open.next_data()? {
                    self.fields += 1;
                    if self.fields > FIELDS_MAX {
                        return Err(Grib2Error::TooManyFields);
                    }
                    return Ok(Some(open.message(data)));
                }
                self.open = None;
            }
            let Some(at) = self.rest.windows(BEGIN.len()).position(|four| four == BEGIN) else {
                return match self.fields {
                    0 => Err(Grib2Error::NoMessage { found: self.file.len() }),
                    _ => Ok(None),
                };
            };
            let (open, rest) = open(&self.rest[at..])?;
            (self.open, self.rest) = (Some(open), rest);
        }
    }
}

/// Opens the message at the front; gives what is behind it, too.
fn open(bytes: &[u8]) -> Result<(Open<'_>, &[u8]), Grib2Error> {
    let start = Octets { section: 0, bytes };
    let edition = start.u8(8)?;
    if edition != 2 {
        return Err(Grib2Error::Edition { found: edition });
    }
    let needed = start.u64(9)?;
    let length = usize::try_from(needed).unwrap_or(usize::MAX);
    let truncated = Grib2Error::Truncated { what: "a message", needed, found: bytes.len() };
    if length < START + END.len() || length > bytes.len() {
        return Err(truncated);
    }
    let (message, rest) = bytes.split_at(length);
    let open = Open {
        discipline: start.u8(7)?,
        sections: &message[START..],
        identification: None,
        grid: None,
        product: None,
        representation: None,
        bitmap: None,
        bitmap_before: None,
    };
    Ok((open, rest))
}

impl<'a> Open<'a> {
    /// Goes on to the next section with values; `None` at the message's end.
    fn next_data(&mut self) -> Result<Option<Octets<'a>>, Grib2Error> {
        while self.sections != END {
            let section = self.section()?;
            match section.section {
                1 => self.identification = Some(section),
                // Section 2 is the centre's own.
                2 => {}
                3 => self.grid = Some(Grid::parse(section)),
                4 => self.product = Some(section),
                5 => self.representation = Some(section),
                6 => self.take_bitmap(section)?,
                7 => return Ok(Some(section)),
                found => return Err(Grib2Error::Order { needed: 7, found }),
            }
        }
        Ok(None)
    }

    fn section(&mut self) -> Result<Octets<'a>, Grib2Error> {
        let head = Octets { section: 0, bytes: self.sections };
        let (needed, section) = (head.u32(1)?, head.u8(5)?);
        let length = needed as usize;
        if length < 5 || length > self.sections.len() {
            let found = self.sections.len();
            return Err(Grib2Error::Truncated { what: "a section", needed: needed.into(), found });
        }
        let (bytes, rest) = self.sections.split_at(length);
        self.sections = rest;
        Ok(Octets { section, bytes })
    }

    fn take_bitmap(&mut self, section: Octets<'a>) -> Result<(), Grib2Error> {
        let found = section.u8(6)?;
        self.bitmap = match found {
            0 => Some(section),
            254 => self.bitmap_before,
            255 => None,
            _ => {
                let needed = "0 (written out), 254 (as before) or 255 (none)";
                return Err(Grib2Error::Unknown { what: "bitmap indicator", found: found.into(), needed });
            }
        };
        self.bitmap_before = self.bitmap.or(self.bitmap_before);
        Ok(())
    }

    /// What the sections before the values say of them.
    fn message(&mut self, data: Octets<'a>) -> Result<Message<'a>, Grib2Error> {
        let missing = |needed| Grib2Error::Order { needed, found: 7 };
        let identification = self.identification.ok_or_else(|| missing(1))?;
        let grid = self.grid.clone().ok_or_else(|| missing(3))??;
        let product = self.product.ok_or_else(|| missing(4))?;
        let representation = self.representation.ok_or_else(|| missing(5))?;
        let reference_at = reference_at(identification)?;
        let Product { parameter, level, kind, process, span } =
            Product::parse(self.discipline, product, reference_at)?;
        let packed = Packed { representation, bitmap: self.bitmap, data };
        let centre = identification.u16(6)?;
        Ok(Message { parameter, level, kind, centre, process, reference_at, span, grid, packed })
    }
}
