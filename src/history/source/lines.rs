//! Lines of a text file, in bounded memory.

use std::io::{self, BufRead};

/// Longest line that is read \[byte\].
pub const LONGEST: usize = 16 << 20;

/// A line without its line feed.
#[derive(Debug, PartialEq, Eq)]
pub struct Line {
    /// From 1.
    pub number: u64,
    /// Its bytes; none if it is longer than [`LONGEST`].
    pub bytes: Option<Vec<u8>>,
}

/// The lines of a reader.
pub struct Lines<R> {
    reader: R,
    number: u64,
}

impl<R: BufRead> Lines<R> {
    /// The lines of a reader, the first without its byte-order mark.
    pub const fn new(reader: R) -> Self {
        Self { reader, number: 0 }
    }

    /// The next line.
    ///
    /// # Errors
    /// When the reader fails.
    pub fn next(&mut self) -> io::Result<Option<Line>> {
        let Some(mut bytes) = self.bounded()? else { return Ok(None) };
        self.number += 1;
        if let Some(first) = bytes.as_mut().filter(|bytes| self.number == 1 && bytes.starts_with(b"\xEF\xBB\xBF")) {
            first.drain(..3);
        }
        Ok(Some(Line { number: self.number, bytes }))
    }

    /// Reads to the end of the line, but keeps no more than is allowed.
    #[expect(clippy::option_option, reason = "no line left, a line too long, and a line are three things")]
    fn bounded(&mut self) -> io::Result<Option<Option<Vec<u8>>>> {
        let (mut bytes, mut read) = (Vec::new(), 0);
        loop {
            let chunk = self.reader.fill_buf()?;
            if chunk.is_empty() {
                return Ok((read > 0).then_some((read <= LONGEST).then_some(bytes)));
            }
            let end = memchr::memchr(b'\n', chunk);
            let part = &chunk[..end.unwrap_or(chunk.len())];
            if read + part.len() <= LONGEST {
                bytes.extend_from_slice(part);
            } else {
                bytes = Vec::new();
            }
            read += part.len();
            let used = part.len() + usize::from(end.is_some());
            self.reader.consume(used);
            if end.is_some() {
                return Ok(Some((read <= LONGEST).then_some(bytes)));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &[u8]) -> Vec<Option<Vec<u8>>> {
        let mut lines = Lines::new(io::BufReader::with_capacity(3, text));
        std::iter::from_fn(|| lines.next().unwrap()).map(|line| line.bytes).collect()
    }

    #[test]
    fn line_feeds_and_the_byte_order_mark_are_no_content() {
        let want = ["a\r", "", "b", "\u{feff}c"].map(|text| Some(text.as_bytes().to_vec()));
        assert_eq!(all("\u{feff}a\r\n\nb\n\u{feff}c".as_bytes()), want);
        assert!(all(b"").is_empty());
    }

    #[test]
    fn a_line_of_more_than_16_mib_is_not_kept() {
        let mut text = vec![b'x'; LONGEST + 1];
        text.extend(b"\nnext");
        let mut lines = Lines::new(&text[..]);
        assert_eq!(lines.next().unwrap(), Some(Line { number: 1, bytes: None }));
        assert_eq!(lines.next().unwrap(), Some(Line { number: 2, bytes: Some(b"next".to_vec()) }));
    }
}
