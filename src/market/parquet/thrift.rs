//! As much of Thrift's compact protocol as it takes to look at sizes before anything is unpacked.
//!
//! The parquet crate reads the same bytes, but allocates what they ask for while it does. Specification:
//! Apache Thrift, "Thrift Compact protocol encoding"; Parquet's `PageHeader` and `FileMetaData`.

/// The bytes don't follow the protocol, or nest deeper than anything that is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Broken;

/// Deepest nesting that is skipped over.
const MAX_DEPTH: u8 = 16;

/// What a field or an element is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A boolean field: its value is in the header. As an element it is one byte.
    Flag,
    Byte,
    /// 16, 32 or 64 bits, as a zigzag varint.
    Whole,
    Real,
    Bytes,
    List,
    Map,
    Struct,
}

impl Kind {
    fn of(code: u8) -> Result<Self, Broken> {
        Ok(match code {
            1 | 2 => Self::Flag,
            3 => Self::Byte,
            4..=6 => Self::Whole,
            7 => Self::Real,
            8 => Self::Bytes,
            9 | 10 => Self::List,
            11 => Self::Map,
            12 => Self::Struct,
            _ => return Err(Broken),
        })
    }
}

/// A place in some bytes; every step is checked.
struct Cursor<'a> {
    rest: &'a [u8],
}

impl<'a> Cursor<'a> {
    fn byte(&mut self) -> Result<u8, Broken> {
        let (first, rest) = self.rest.split_first().ok_or(Broken)?;
        self.rest = rest;
        Ok(*first)
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], Broken> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or(Broken)?;
        self.rest = rest;
        Ok(taken)
    }

    fn varint(&mut self) -> Result<u64, Broken> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(Broken)
    }

    fn whole(&mut self) -> Result<i64, Broken> {
        let zigzag = self.varint()?;
        Ok((zigzag >> 1) as i64 ^ -((zigzag & 1) as i64))
    }

    fn size(&mut self) -> Result<u64, Broken> {
        u64::try_from(self.whole()?).map_err(|_| Broken)
    }

    /// The next field's id and kind; `None` at the end of a struct.
    fn field(&mut self, previous: i64) -> Result<Option<(i64, Kind)>, Broken> {
        let header = self.byte()?;
        if header == 0 {
            return Ok(None);
        }
        let id = match header >> 4 {
            0 => self.whole()?,
            delta => previous.saturating_add(i64::from(delta)),
        };
        Ok(Some((id, Kind::of(header & 15)?)))
    }

    /// The length of a list and what its elements are.
    fn list(&mut self) -> Result<(u64, Kind), Broken> {
        let header = self.byte()?;
        let length = match header >> 4 {
            15 => self.varint()?,
            length => u64::from(length),
        };
        Ok((length, Kind::of(header & 15)?))
    }

    fn skip(&mut self, kind: Kind, depth: u8) -> Result<(), Broken> {
        if depth == 0 {
            return Err(Broken);
        }
        match kind {
            Kind::Flag => {}
            Kind::Byte => {
                self.byte()?;
            }
            Kind::Whole => {
                self.varint()?;
            }
            Kind::Real => {
                self.take(8)?;
            }
            Kind::Bytes => {
                let length = self.varint()?;
                self.take(usize::try_from(length).map_err(|_| Broken)?)?;
            }
            Kind::List => {
                let (length, element) = self.list()?;
                for _ in 0..length {
                    self.skip_element(element, depth - 1)?;
                }
            }
            Kind::Map => {
                let length = self.varint()?;
                let kinds = if length > 0 { self.byte()? } else { 0 };
                for _ in 0..length {
                    self.skip_element(Kind::of(kinds >> 4)?, depth - 1)?;
                    self.skip_element(Kind::of(kinds & 15)?, depth - 1)?;
                }
            }
            Kind::Struct => {
                let mut last = 0;
                while let Some((id, kind)) = self.field(last)? {
                    self.skip(kind, depth - 1)?;
                    last = id;
                }
            }
        }
        Ok(())
    }

    /// Every element takes a byte at least, so that a long list ends with the bytes.
    fn skip_element(&mut self, kind: Kind, depth: u8) -> Result<(), Broken> {
        match kind {
            Kind::Flag => self.byte().map(|_| ()),
            kind => self.skip(kind, depth),
        }
    }
}

/// The sizes in a page's header, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PageSizes {
    /// Of the header itself.
    pub header: u64,
    /// Of what follows it in the file.
    pub packed: u64,
    /// Of that, unpacked.
    pub unpacked: u64,
}

/// Reads the header of the page that `bytes` begin with: field 2 is the unpacked size, field 3 the packed.
/// Of a field that is there twice the larger counts: who reads it may take either.
pub(super) fn page_sizes(bytes: &[u8]) -> Result<PageSizes, Broken> {
    let mut cursor = Cursor { rest: bytes };
    let (mut packed, mut unpacked) = (None, None);
    let mut last = 0;
    while let Some((id, kind)) = cursor.field(last)? {
        match (id, kind) {
            (2, Kind::Whole) => unpacked = unpacked.max(Some(cursor.size()?)),
            (3, Kind::Whole) => packed = packed.max(Some(cursor.size()?)),
            (_, kind) => cursor.skip(kind, MAX_DEPTH)?,
        }
        last = id;
    }
    let header = (bytes.len() - cursor.rest.len()) as u64;
    let (packed, unpacked) = (packed.ok_or(Broken)?, unpacked.ok_or(Broken)?);
    Ok(PageSizes { header, packed, unpacked })
}

/// How many elements (columns and groups) the schema in a file's metadata has: the length of its field 2.
pub(super) fn schema_elements(metadata: &[u8]) -> Result<u64, Broken> {
    let mut cursor = Cursor { rest: metadata };
    let (mut elements, mut last) = (None, 0);
    while let Some((id, kind)) = cursor.field(last)? {
        if (id, kind) == (2, Kind::List) {
            elements = elements.max(Some(Cursor { rest: cursor.rest }.list()?.0));
        }
        cursor.skip(kind, MAX_DEPTH)?;
        last = id;
    }
    elements.ok_or(Broken)
}
