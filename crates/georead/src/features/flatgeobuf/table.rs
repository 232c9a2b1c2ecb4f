//! FlatBuffers tables, each offset checked before it is followed.

/// A table, an offset or a text that lies outside its buffer, or is none.
#[derive(Clone, Copy, Debug)]
pub(super) struct Broken;

/// A table: fields by number, each of which may be absent.
#[derive(Clone, Copy, Debug)]
pub(super) struct Table<'a> {
    buffer: &'a [u8],
    at: usize,
    fields: &'a [u8],
}

impl<'a> Table<'a> {
    /// The table that a buffer is for.
    pub(super) fn root(buffer: &'a [u8]) -> Result<Self, Broken> {
        Self::behind(buffer, 0)
    }

    /// The table that the offset at a place leads to.
    fn behind(buffer: &'a [u8], place: usize) -> Result<Self, Broken> {
        let at = follow(buffer, place)?;
        let back = i32::from_le_bytes(bytes_at(buffer, at)?);
        let fields_at =
            (at as i64).checked_sub(back.into()).and_then(|at| usize::try_from(at).ok()).ok_or(Broken)?;
        let size = usize::from(u16::from_le_bytes(bytes_at(buffer, fields_at)?));
        let fields = buffer.get(fields_at..).and_then(|rest| rest.get(4..size)).ok_or(Broken)?;
        Ok(Self { buffer, at, fields })
    }

    /// Where a field lies.
    fn place(&self, field: usize) -> Option<usize> {
        let offset = self.fields.as_chunks::<2>().0.get(field).map(|bytes| u16::from_le_bytes(*bytes))?;
        (offset != 0).then(|| self.at + usize::from(offset))
    }

    fn number<const N: usize>(&self, field: usize) -> Result<Option<[u8; N]>, Broken> {
        self.place(field).map(|place| bytes_at(self.buffer, place)).transpose()
    }

    pub(super) fn u8(&self, field: usize) -> Result<Option<u8>, Broken> {
        Ok(self.number::<1>(field)?.map(|[byte]| byte))
    }

    pub(super) fn u16(&self, field: usize) -> Result<Option<u16>, Broken> {
        Ok(self.number(field)?.map(u16::from_le_bytes))
    }

    pub(super) fn i32(&self, field: usize) -> Result<Option<i32>, Broken> {
        Ok(self.number(field)?.map(i32::from_le_bytes))
    }

    pub(super) fn u64(&self, field: usize) -> Result<Option<u64>, Broken> {
        Ok(self.number(field)?.map(u64::from_le_bytes))
    }

    pub(super) fn table(&self, field: usize) -> Result<Option<Table<'a>>, Broken> {
        self.place(field).map(|place| Self::behind(self.buffer, place)).transpose()
    }

    /// The bytes of a vector whose elements have so many.
    pub(super) fn vector(&self, field: usize, bytes_each: usize) -> Result<Option<&'a [u8]>, Broken> {
        let Some(place) = self.place(field) else { return Ok(None) };
        vector(self.buffer, follow(self.buffer, place)?, bytes_each).map(Some)
    }

    pub(super) fn bytes(&self, field: usize) -> Result<Option<&'a [u8]>, Broken> {
        self.vector(field, 1)
    }

    pub(super) fn text(&self, field: usize) -> Result<Option<&'a str>, Broken> {
        self.bytes(field)?.map(|bytes| std::str::from_utf8(bytes).map_err(|_| Broken)).transpose()
    }

    /// The tables of a vector of them.
    pub(super) fn tables(
        &self,
        field: usize,
    ) -> Result<impl Iterator<Item = Result<Table<'a>, Broken>> + use<'a>, Broken> {
        let buffer = self.buffer;
        let (start, count) = match self.place(field) {
            None => (0, 0),
            Some(place) => {
                let at = follow(buffer, place)?;
                (at + 4, vector(buffer, at, 4)?.len() / 4)
            }
        };
        Ok((0..count).map(move |number| Self::behind(buffer, start + 4 * number)))
    }
}

fn bytes_at<const N: usize>(buffer: &[u8], at: usize) -> Result<[u8; N], Broken> {
    buffer.get(at..).and_then(|rest| rest.first_chunk::<N>()).copied().ok_or(Broken)
}

/// Where the offset at a place leads.
fn follow(buffer: &[u8], place: usize) -> Result<usize, Broken> {
    let offset = u32::from_le_bytes(bytes_at(buffer, place)?) as usize;
    place.checked_add(offset).filter(|at| *at < buffer.len()).ok_or(Broken)
}

fn vector(buffer: &[u8], at: usize, bytes_each: usize) -> Result<&[u8], Broken> {
    let count = u32::from_le_bytes(bytes_at(buffer, at)?) as usize;
    let size = count.checked_mul(bytes_each).ok_or(Broken)?;
    buffer.get(at + 4..).and_then(|rest| rest.get(..size)).ok_or(Broken)
}
