//! What is kept of an import for the next one: settings and records, sealed.
//!
//! Frames of a length and that many bytes, the first of them the settings, the others records a few thousand at a time,
//! and the BLAKE3 hash of all of them at the end: neither writing nor reading needs all in memory.

use std::{
    collections::BTreeSet,
    io::{self, BufReader, BufWriter, Read, Write},
};

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{held::Held, privacy::Id, record::Record};
use crate::base::units::Currency;

/// Of the layout; another one is refused.
pub const VERSION: u32 = 3;
/// Records of a frame.
const FRAME: usize = 4_096;
/// Largest frame \[byte\].
const LARGEST: u32 = 1 << 30;
const MAGIC: &[u8; 8] = b"cwm rows";

/// Settings that the next import goes on with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    /// Tells keys of pseudonyms apart.
    pub key: String,
    /// The currency of the history, if it was said.
    pub currency: Option<Currency>,
    /// Rates for all days, as they were given.
    pub rates: Vec<String>,
    /// Tables of rates, as they were given.
    pub tables: Vec<String>,
    /// Minutes without an act that end a session.
    pub timeout: u32,
    /// Minutes after a session in which a payment still belongs to it.
    pub late: u32,
    /// Whether midnight on the users' clock ends a session too.
    pub at_midnight: bool,
    /// The zone of the users' days.
    pub timezone: String,
    /// Identities that were seen together and are not one person.
    pub apart: BTreeSet<(Id, Id)>,
    /// Identities of whom nothing is kept.
    pub erased: BTreeSet<Id>,
}

/// Why kept rows cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum KeptError {
    /// The bytes are not those that were written.
    #[error(
        "must be as it was written, but is damaged or of an earlier layout: import the exports anew into another folder"
    )]
    Damaged,
    /// Written by another version.
    #[error("must be of layout {VERSION}, but is of another ({found}): import the exports anew into another folder")]
    Version {
        /// Which.
        found: u32,
    },
    /// The system refuses.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Writes settings and records.
///
/// # Errors
/// When the system refuses.
pub fn write(kept: &Kept, held: &Held, out: impl Write) -> io::Result<()> {
    let mut out = Sealing { out: BufWriter::new(out), hasher: blake3::Hasher::new() };
    out.put(MAGIC)?;
    out.put(&VERSION.to_le_bytes())?;
    out.frame(kept)?;
    let mut records: Vec<Record> = Vec::with_capacity(FRAME);
    for record in held.records() {
        records.push(record);
        if records.len() == FRAME {
            out.frame(&records)?;
            records.clear();
        }
    }
    out.frame(&records)?;
    let seal = out.hasher.finalize();
    out.out.write_all(&0_u32.to_le_bytes())?;
    out.out.write_all(seal.as_bytes())?;
    out.out.flush()
}

/// Reads them; the records are those of earlier imports.
///
/// # Errors
/// [`KeptError`] of what is damaged, of another version, or cannot be read.
pub fn read(file: impl Read) -> Result<(Kept, Held), KeptError> {
    let mut input = Unsealing { input: BufReader::new(file), hasher: blake3::Hasher::new() };
    if input.take::<8>()? != *MAGIC {
        return Err(KeptError::Damaged);
    }
    let found = u32::from_le_bytes(input.take()?);
    if found != VERSION {
        return Err(KeptError::Version { found });
    }
    let kept = input.frame()?.ok_or(KeptError::Damaged)?;
    let mut held = Held::default();
    while let Some(records) = input.frame::<Vec<Record>>()? {
        records.into_iter().for_each(|record| held.push(record));
    }
    let mut seal = [0; 32];
    input.input.read_exact(&mut seal).map_err(shortened)?;
    if input.hasher.finalize().as_bytes() != &seal {
        return Err(KeptError::Damaged);
    }
    held.is_earlier();
    Ok((kept, held))
}

struct Sealing<W: Write> {
    out: BufWriter<W>,
    hasher: blake3::Hasher,
}

impl<W: Write> Sealing<W> {
    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.hasher.update(bytes);
        self.out.write_all(bytes)
    }

    fn frame(&mut self, value: &impl Serialize) -> io::Result<()> {
        let bytes = postcard::to_stdvec(value).map_err(io::Error::other)?;
        let length = u32::try_from(bytes.len()).map_err(io::Error::other)?;
        self.put(&length.to_le_bytes())?;
        self.put(&bytes)
    }
}

struct Unsealing<R: Read> {
    input: BufReader<R>,
    hasher: blake3::Hasher,
}

impl<R: Read> Unsealing<R> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], KeptError> {
        let mut bytes = [0; N];
        self.input.read_exact(&mut bytes).map_err(shortened)?;
        self.hasher.update(&bytes);
        Ok(bytes)
    }

    /// The next frame; none at the end. No frame is empty.
    fn frame<T: DeserializeOwned>(&mut self) -> Result<Option<T>, KeptError> {
        let mut length = [0; 4];
        self.input.read_exact(&mut length).map_err(shortened)?;
        let length = match u32::from_le_bytes(length) {
            0 => return Ok(None),
            length if length > LARGEST => return Err(KeptError::Damaged),
            length => length,
        };
        // As much as there is, so that a damaged length reserves nothing.
        let mut bytes = Vec::new();
        (&mut self.input).take(length.into()).read_to_end(&mut bytes)?;
        if bytes.len() != length as usize {
            return Err(KeptError::Damaged);
        }
        self.hasher.update(&length.to_le_bytes());
        self.hasher.update(&bytes);
        postcard::from_bytes(&bytes).map(Some).map_err(|_| KeptError::Damaged)
    }
}

fn shortened(error: io::Error) -> KeptError {
    if error.kind() == io::ErrorKind::UnexpectedEof { KeptError::Damaged } else { KeptError::Io(error) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::history::import::{
        privacy::IdKind,
        record::{Activity, Body, Deed, Ids},
    };

    fn written() -> Vec<u8> {
        let mut held = Held::default();
        for key in 0..10_000 {
            let ids = Ids { user: Some(Id { kind: IdKind::User, hash: key % 7 }), ..Ids::default() };
            let activity = Activity { at: 1_000 * key as i64, ids, deed: Deed::Visit, touch: None };
            held.push(Record { key, body: Body::Activity(activity) });
        }
        held.settle();
        let kept = Kept {
            key: "k".to_owned(),
            currency: None,
            rates: vec!["EUR/USD=1.1".to_owned()],
            tables: Vec::new(),
            timeout: 30,
            late: 60,
            at_midnight: false,
            timezone: "UTC".to_owned(),
            apart: BTreeSet::new(),
            erased: BTreeSet::new(),
        };
        let mut bytes = Vec::new();
        write(&kept, &held, &mut bytes).unwrap();
        let (again, read) = read(&bytes[..]).unwrap();
        assert_eq!(again, kept);
        assert!(read.records().eq(held.records()));
        bytes
    }

    #[test]
    fn what_is_written_is_read_and_another_version_refused() {
        let mut bytes = written();
        bytes[8] = 9;
        assert!(matches!(read(&bytes[..]), Err(KeptError::Version { found: 9 })));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn damage_is_told(place in any::<prop::sample::Index>(), flip in 1_u8.., cut in any::<bool>()) {
            let mut bytes = written();
            let place = place.index(bytes.len());
            if cut { bytes.truncate(place) } else { bytes[place] ^= flip }
            prop_assert!(read(&bytes[..]).is_err());
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(read(&[&MAGIC[..], &VERSION.to_le_bytes(), &bytes].concat()[..]).is_err());
        }
    }
}
