//! The members of a zip archive, stored or deflated, by its central directory (PKWARE, APPNOTE 6.3, §§ 4.3.7, 4.3.12
//! and 4.3.16).

use std::{
    fs::File,
    io::{self, BufReader, Read, Seek, SeekFrom},
};

use flate2::bufread::DeflateDecoder;

/// Farthest from the end that the directory's end may be: its own length and the longest comment.
const TAIL: u64 = 22 + 65_535;
/// Most members.
const MEMBERS: usize = 65_535;
/// Largest directory \[byte\].
const DIRECTORY: u64 = 64 << 20;

/// A member.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Member {
    /// Its path in the archive.
    pub name: String,
    /// Its packed size \[byte\].
    pub packed: u64,
    deflated: bool,
    header: u64,
}

fn wrong(what: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.into())
}

fn number(bytes: &[u8], at: usize, length: usize) -> io::Result<u64> {
    let slice = bytes.get(at..at + length).ok_or_else(|| wrong("it ends too early"))?;
    Ok(slice.iter().rev().fold(0, |sum, &byte| sum << 8 | u64::from(byte)))
}

/// The members, by name.
///
/// # Errors
/// When there is no directory, or it is damaged or encrypted.
pub fn members(file: &mut File) -> io::Result<Vec<Member>> {
    let length = file.seek(SeekFrom::End(0))?;
    let from = length.saturating_sub(TAIL);
    let mut tail = Vec::new();
    file.seek(SeekFrom::Start(from))?;
    file.take(TAIL).read_to_end(&mut tail)?;
    let end = tail.windows(4).rposition(|window| window == b"PK\x05\x06");
    let end = end.ok_or_else(|| wrong("its directory is missing, as if it were cut off"))?;
    let (size, start) = (number(&tail, end + 12, 4)?, number(&tail, end + 16, 4)?);
    if start == 0xFFFF_FFFF || size > DIRECTORY || start + size > length {
        return Err(wrong("its directory is not where it says; unpack archives of 4 GB and more first"));
    }
    let mut directory = vec![0; size as usize];
    file.seek(SeekFrom::Start(start))?;
    file.read_exact(&mut directory)?;
    let mut found = Vec::new();
    let mut at = 0;
    while directory.get(at..at + 4) == Some(b"PK\x01\x02") && found.len() < MEMBERS {
        let (member, next) = member(&directory, at)?;
        found.push(member);
        at = next;
    }
    found.sort();
    Ok(found)
}

fn member(directory: &[u8], at: usize) -> io::Result<(Member, usize)> {
    let field = |offset, length| number(directory, at + offset, length);
    let (flags, method) = (field(8, 2)?, field(10, 2)?);
    let name_length = field(28, 2)? as usize;
    let next = at + 46 + name_length + field(30, 2)? as usize + field(32, 2)? as usize;
    let name = directory.get(at + 46..at + 46 + name_length).ok_or_else(|| wrong("it ends too early"))?;
    let name = String::from_utf8_lossy(name).into_owned();
    match (flags & 1, method) {
        (0, 0 | 8) => Ok((Member { name, packed: field(20, 4)?, deflated: method == 8, header: field(42, 4)? }, next)),
        (0, _) => Err(wrong("it is packed by another method than deflate")),
        _ => Err(wrong("it is encrypted")),
    }
}

/// The content of a member.
///
/// # Errors
/// When its header is damaged.
pub fn open<'a>(file: &'a mut File, member: &Member) -> io::Result<Box<dyn Read + 'a>> {
    let mut header = [0; 30];
    file.seek(SeekFrom::Start(member.header))?;
    file.read_exact(&mut header)?;
    if !header.starts_with(b"PK\x03\x04") {
        return Err(wrong("a member is not where the directory says"));
    }
    let skip = number(&header, 26, 2)? + number(&header, 28, 2)?;
    file.seek(SeekFrom::Current(skip as i64))?;
    let packed = BufReader::with_capacity(1 << 16, file.take(member.packed));
    Ok(if member.deflated { Box::new(DeflateDecoder::new(packed)) } else { Box::new(packed) })
}
