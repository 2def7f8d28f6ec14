//! Bounds on what a Parquet file may claim, looked at before anything is decoded.
//!
//! A decoder makes room for what a header claims: rows, values, the size of a page. A made-up header can claim billions
//! in a few bytes. So every page header is read here first, without its page, and a file is refused that claims more than
//! its length can stand for.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read, Seek, SeekFrom},
};

use parquet::file::metadata::ParquetMetaData;

/// Values that any file may hold, and values a byte of its length in larger ones: rows that are all alike need hardly
/// any room.
const VALUES: (u64, u64) = (1 << 20, 64);
/// Size that any page may have \[byte\], and by how much larger ones may have been packed: what deflate can do at most.
const PAGE: (u64, u64) = (64 << 20, 1_032);
/// How deep a header may be nested.
const DEPTH: u8 = 8;

/// What is wrong with what a file claims, in words; nothing if it can be decoded in bounded memory.
///
/// # Errors
/// What is claimed, and what is there.
pub fn check(metadata: &ParquetMetaData, file: &File) -> Result<(), String> {
    let told = |error: io::Error| format!("its page headers cannot be read: {error}");
    let length = file.metadata().map_err(told)?.len();
    let most = VALUES.0.max(length.saturating_mul(VALUES.1));
    let (mut rows, mut bytes) = (0u64, 0u64);
    let mut reader = BufReader::with_capacity(1 << 12, file);
    for group in metadata.row_groups() {
        let mut claimed = u64::try_from(group.num_rows()).unwrap_or(u64::MAX);
        for column in group.columns() {
            let (start, size) = chunk(column).ok_or("it claims a column before its start")?;
            bytes = bytes.saturating_add(size);
            if start.saturating_add(size) > length || bytes > length {
                return Err(format!("it claims columns of {bytes} bytes and more in {length} bytes"));
            }
            claimed = claimed.max(values(&mut reader, start, size).map_err(told)??);
        }
        rows = rows.saturating_add(claimed);
        if rows > most {
            return Err(format!("it claims {rows} rows or values in {length} bytes"));
        }
    }
    Ok(())
}

/// Where a column's pages begin, and how long they are.
fn chunk(column: &parquet::file::metadata::ColumnChunkMetaData) -> Option<(u64, u64)> {
    let data = column.data_page_offset();
    let start = column.dictionary_page_offset().map_or(data, |dictionary| dictionary.min(data));
    Some((u64::try_from(start).ok()?, u64::try_from(column.compressed_size()).ok()?))
}

/// Values that the pages of a column claim together.
fn values(reader: &mut BufReader<&File>, start: u64, size: u64) -> io::Result<Result<u64, String>> {
    reader.seek(SeekFrom::Start(start))?;
    let (mut left, mut values) = (size, 0u64);
    while left > 0 {
        let mut header = Header { reader: reader.by_ref().take(left), page: Page::default() };
        header.fields(0, 0)?;
        let (page, after) = (header.page, header.reader.limit());
        if page.packed > after {
            return Ok(Err(format!("a page claims {} bytes where {after} are left", page.packed)));
        }
        if page.size > PAGE.0.max(page.packed.saturating_mul(PAGE.1)) {
            return Ok(Err(format!("a page of {} bytes claims to be one of {}", page.packed, page.size)));
        }
        values = values.saturating_add(page.values);
        reader.seek_relative(page.packed as i64)?;
        left = after - page.packed;
    }
    Ok(Ok(values))
}

/// What a page header claims; what it does not say is 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Page {
    /// Unpacked \[byte\].
    size: u64,
    /// As it lies in the file \[byte\].
    packed: u64,
    values: u64,
}

/// A page header in Thrift's compact form, read field by field; all but three numbers are skipped.
struct Header<R> {
    reader: R,
    page: Page,
}

/// Fields of the header: sizes, and the headers of data and dictionary pages of all versions, whose first field is the
/// number of values.
const SIZE: i64 = 2;
const PACKED: i64 = 3;
const KINDS: [i64; 3] = [5, 7, 8];

impl<R: BufRead> Header<R> {
    /// The fields of a struct, which is itself a field of the header or, at depth 0, the header.
    fn fields(&mut self, depth: u8, of: i64) -> io::Result<()> {
        if depth > DEPTH {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "nested too deeply"));
        }
        let mut field = 0i64;
        loop {
            let head = self.byte()?;
            if head == 0 {
                return Ok(());
            }
            field = if head >> 4 == 0 { self.signed()? } else { field.saturating_add(i64::from(head >> 4)) };
            match head & 15 {
                4..=6 => self.number(depth, of, field)?,
                // At depth 1 it is told which of the header's fields this is.
                12 => self.fields(depth + 1, if depth == 0 { field } else { 0 })?,
                1 | 2 => {}
                other => self.skip(other, depth)?,
            }
        }
    }

    fn number(&mut self, depth: u8, of: i64, field: i64) -> io::Result<()> {
        // A size below 0 is larger than any.
        let number = u64::try_from(self.signed()?).unwrap_or(u64::MAX);
        match (depth, field) {
            (0, SIZE) => self.page.size = number,
            (0, PACKED) => self.page.packed = number,
            (1, 1) if KINDS.contains(&of) => self.page.values = number,
            _ => {}
        }
        Ok(())
    }

    fn skip(&mut self, sort: u8, depth: u8) -> io::Result<()> {
        match sort {
            1..=3 => self.byte().map(drop),
            4..=6 => self.unsigned().map(drop),
            7 => self.pass(8),
            8 => {
                let length = self.unsigned()?;
                self.pass(length)
            }
            9 | 10 => self.skip_list(depth),
            12 => self.fields(depth + 1, 0),
            _ => Err(io::Error::new(io::ErrorKind::InvalidData, "no page header")),
        }
    }

    fn skip_list(&mut self, depth: u8) -> io::Result<()> {
        let head = self.byte()?;
        let length = if head >> 4 == 15 { self.unsigned()? } else { u64::from(head >> 4) };
        if depth > DEPTH {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "nested too deeply"));
        }
        (0..length).try_for_each(|_| self.skip(head & 15, depth + 1))
    }

    fn byte(&mut self) -> io::Result<u8> {
        let mut byte = [0];
        self.reader.read_exact(&mut byte)?;
        Ok(byte[0])
    }

    fn unsigned(&mut self) -> io::Result<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 127) << shift;
            if byte < 128 {
                break;
            }
        }
        Ok(number)
    }

    fn signed(&mut self) -> io::Result<i64> {
        let number = self.unsigned()?;
        Ok((number >> 1) as i64 ^ -((number & 1) as i64))
    }

    fn pass(&mut self, length: u64) -> io::Result<()> {
        let passed = io::copy(&mut self.reader.by_ref().take(length), &mut io::sink())?;
        if passed == length { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(header: &[u8]) -> io::Result<Page> {
        let mut header = Header { reader: header, page: Page::default() };
        header.fields(0, 0)?;
        Ok(header.page)
    }

    #[test]
    fn a_header_is_read_as_it_was_written() {
        // type 0, size 300, packed 20, data page header {values 7, encoding 0, two levels, statistics {max "ab"}}.
        let bytes = [
            0x15, 0, 0x15, 0xd8, 0x04, 0x15, 0x28, 0x2c, 0x15, 14, 0x15, 0, 0x15, 6, 0x15, 6, 0x1c, 0x18, 2, 97, 98, 0,
            0, 0,
        ];
        assert_eq!(page(&bytes).unwrap(), Page { size: 300, packed: 20, values: 7 });
        assert!(page(&bytes[..20]).is_err());
        assert_eq!(page(&[0x25, 0x01, 0]).unwrap().size, u64::MAX);
        assert!(page(&[0x1c; 40]).is_err());
    }
}
