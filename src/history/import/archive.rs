//! What is inside a file: itself, or what gzip and zip hold, in bounded memory.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read, Seek},
    path::Path,
};

use flate2::bufread::MultiGzDecoder;

use super::zip;

/// Most that one file may unpack to \[byte\].
const LARGEST: u64 = 1 << 40;
/// Most that deflate makes of a byte is 1,032; more is not what it says.
const DENSEST: u64 = 1_032;
/// Archives inside archives.
const DEEPEST: u8 = 3;

/// What is done with the content of a file.
pub type Visit<'a> = &'a mut dyn FnMut(&str, &mut dyn BufRead) -> io::Result<()>;

/// Calls `visit` for every plain file in a file, with its name.
///
/// # Errors
/// When it cannot be read, or an archive is damaged or unpacks to more than an archive of its size can hold.
pub fn open(path: &Path, name: &str, visit: Visit<'_>) -> io::Result<()> {
    let mut file = File::open(path)?;
    let mut magic = [0; 4];
    let read = file.read(&mut magic)?;
    file.rewind()?;
    if magic[..read].starts_with(b"PK\x03\x04") {
        return members(file, name, visit);
    }
    unpack(&mut BufReader::with_capacity(1 << 16, file), name, 0, visit)
}

fn members(mut file: File, name: &str, visit: Visit<'_>) -> io::Result<()> {
    for member in zip::members(&mut file)?.iter().filter(|member| !is_furniture(&member.name)) {
        let most = member.packed.saturating_mul(DENSEST).saturating_add(1 << 16);
        let inner = zip::open(&mut file, member)?;
        let mut bounded = BufReader::new(Bounded { inner, left: most.min(LARGEST) });
        unpack(&mut bounded, &format!("{name}/{}", member.name), 1, visit)?;
    }
    Ok(())
}

/// Folders, and what operating systems leave behind.
fn is_furniture(name: &str) -> bool {
    name.ends_with('/') || name.starts_with("__MACOSX/") || name.ends_with(".DS_Store")
}

fn unpack(reader: &mut dyn BufRead, name: &str, depth: u8, visit: Visit<'_>) -> io::Result<()> {
    let start = reader.fill_buf()?;
    if start.starts_with(b"PK\x03\x04") {
        return Err(io::Error::other("a zip inside an archive: unpack the outer one first"));
    }
    if !start.starts_with(&[0x1F, 0x8B]) {
        return visit(name, reader);
    }
    if depth >= DEEPEST {
        return Err(io::Error::other(format!("archives inside archives, more than {DEEPEST} deep")));
    }
    let bounded = Bounded { inner: MultiGzDecoder::new(reader), left: LARGEST };
    unpack(&mut BufReader::with_capacity(1 << 16, bounded), name, depth + 1, visit)
}

/// A reader that fails beyond a length.
struct Bounded<R> {
    inner: R,
    left: u64,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.left = self
            .left
            .checked_sub(read as u64)
            .ok_or_else(|| io::Error::other("unpacks to more than an archive of its size can hold"))?;
        Ok(read)
    }
}
