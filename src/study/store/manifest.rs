//! The manifest of a set: what is in it, which files hold it, and their hashes.
//!
//! A set is what its manifest names. It is written last and renamed over the one before, so that at any moment there
//! is one whole set, the old one or the new one. It is sealed with a hash of its own content.

use std::{fs, io::Read, path::Path};

use serde::{Deserialize, Serialize};

use super::{StoredSet, error::StoreError};

/// Name of the manifest in its folder.
pub const MANIFEST: &str = "manifest.json";
/// The latest version of the form of a set that this program reads: the one with joins.
///
/// A program that knows only [`PLAIN`] sets would take a name that was given up for a user of its own, so it must
/// refuse a set with joins; one without is still written as it can read it.
pub const FORMAT: u64 = 2;
/// The version of a set without joins.
pub const PLAIN: u64 = 1;
/// The sorts of data files, and their endings.
const SORTS: [(&str, &str); 5] =
    [("models", "parquet"), ("tail", "parquet"), ("priors", "json"), ("rejected", "csv"), ("joins", "parquet")];
/// Longest manifest that is read [byte].
const LONGEST: u64 = 1 << 20;

/// What is in a set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Version of the form.
    pub format: u64,
    /// Version of the program that wrote it.
    pub cwm: String,
    /// Name of the scenario the set was made from.
    pub scenario: String,
    /// The latest event \[s since 1970\].
    pub latest: i64,
    /// All that happened before is folded, but for sessions and messages that are not done \[s since 1970\].
    pub watermark: i64,
    /// The same in ISO 8601, for people.
    pub watermark_utc: String,
    /// Users, with or without a self-model.
    pub users: u64,
    /// The self-models.
    pub models: Stored,
    /// Events that are not folded yet.
    pub tail: Stored,
    /// What the set rests on.
    pub priors: Stored,
    /// Rows that the latest update left out, if it did.
    pub rejected: Option<Stored>,
    /// Users who became one, if there are such.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub joins: Option<Stored>,
    /// BLAKE3 of this manifest with an empty seal.
    pub seal: String,
}

/// A file of a set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stored {
    /// Its name, which has part of its hash in it.
    pub file: String,
    /// Rows in it; 1, if it has none.
    pub rows: u64,
    /// Its length.
    pub bytes: u64,
    /// Its BLAKE3 hash, in hexadecimal.
    pub blake3: String,
}

impl Stored {
    /// The name that a file with this content has.
    #[must_use]
    pub fn name(sort: &str, blake3: &str, ending: &str) -> String {
        format!("{sort}-{}.{ending}", blake3.get(..16).unwrap_or(blake3))
    }
}

impl Manifest {
    /// Of a set with these files, sealed.
    pub(super) fn of(
        set: &StoredSet,
        (models, tail, priors): (Stored, Stored, Stored),
        rejected: Option<Stored>,
        joins: Option<Stored>,
    ) -> Self {
        let (latest, watermark) = (set.contents.latest.unwrap_or_default(), set.watermark().unwrap_or_default());
        Self {
            format: if joins.is_some() { FORMAT } else { PLAIN },
            cwm: env!("CARGO_PKG_VERSION").to_owned(),
            scenario: set.basis.scenario.clone(),
            latest: latest.0,
            watermark: watermark.0,
            watermark_utc: watermark.to_string(),
            users: set.users(),
            models,
            tail,
            priors,
            rejected,
            joins,
            seal: String::new(),
        }
        .sealed()
    }

    /// The files it names.
    pub fn files(&self) -> impl Iterator<Item = &Stored> {
        [&self.models, &self.tail, &self.priors].into_iter().chain(&self.rejected).chain(&self.joins)
    }

    /// The manifest as its file has it, sealed.
    pub(super) fn sealed(mut self) -> Self {
        self.seal = self.expected_seal();
        self
    }

    fn expected_seal(&self) -> String {
        let open = Self { seal: String::new(), ..self.clone() };
        // A manifest of texts and whole numbers always has a JSON form.
        blake3::hash(&serde_json::to_vec(&open).unwrap_or_default()).to_hex().to_string()
    }

    /// Reads the manifest of a folder.
    ///
    /// # Errors
    /// [`StoreError::Io`], [`StoreError::Newer`] or [`StoreError::Damaged`].
    pub(super) fn read(folder: &Path) -> Result<Self, StoreError> {
        let path = folder.join(MANIFEST);
        fs::read_dir(folder).map_err(StoreError::io("read", folder))?;
        if !path.exists() {
            return Err(StoreError::damaged(&path, "the manifest of a set of self-models", "there is none"));
        }
        let mut bytes = Vec::new();
        let file = fs::File::open(&path).map_err(StoreError::io("read", &path))?;
        file.take(LONGEST + 1).read_to_end(&mut bytes).map_err(StoreError::io("read", &path))?;
        if bytes.len() as u64 > LONGEST {
            return Err(StoreError::damaged(&path, "a manifest of at most 1 MiB", "it is longer"));
        }
        Self::parsed(&path, &bytes)
    }

    fn parsed(path: &Path, bytes: &[u8]) -> Result<Self, StoreError> {
        let damaged = |found: &dyn std::fmt::Display| {
            StoreError::damaged(
                path,
                format!("the manifest of a set of self-models of version {FORMAT} or earlier"),
                found,
            )
        };
        // The version first: a later form may have other fields.
        let versioned: Versioned =
            serde_json::from_slice(bytes).map_err(|error| damaged(&format!("it is not: {error}")))?;
        if versioned.format > FORMAT {
            return Err(StoreError::Newer { path: path.to_owned(), expected: FORMAT, found: versioned.format });
        }
        let manifest: Self = serde_json::from_slice(bytes).map_err(|error| damaged(&format!("it is not: {error}")))?;
        let seal = manifest.expected_seal();
        if seal != manifest.seal {
            return Err(StoreError::damaged(path, format!("the seal {seal}"), format!("it is {:?}", manifest.seal)));
        }
        match manifest.misnamed() {
            Some(file) => Err(damaged(&format!("it names the file {file:?}"))),
            None => Ok(manifest),
        }
    }

    /// A file with another name than its content gives it: no name leads out of the folder.
    fn misnamed(&self) -> Option<&str> {
        let right =
            |stored: &Stored, sort: &str, ending: &str| stored.file == Stored::name(sort, &stored.blake3, ending);
        let plain = |stored: &&Stored| {
            let digits = stored.blake3.len() == 64 && stored.blake3.bytes().all(|byte| byte.is_ascii_hexdigit());
            digits && SORTS.into_iter().any(|(sort, ending)| right(stored, sort, ending))
        };
        self.files().find(|stored| !plain(stored)).map(|stored| stored.file.as_str())
    }
}

/// Whether a file's name is one that a data file may have.
pub(super) fn is_data(name: &str) -> bool {
    let is_hash = |middle: &str| middle.len() == 16 && middle.bytes().all(|byte| byte.is_ascii_hexdigit());
    SORTS.into_iter().any(|(sort, ending)| {
        let rest = name.strip_prefix(sort).and_then(|rest| rest.strip_prefix('-'));
        let hash = rest.and_then(|rest| rest.strip_suffix(ending)).and_then(|hash| hash.strip_suffix('.'));
        hash.is_some_and(is_hash)
    })
}

#[derive(Deserialize)]
struct Versioned {
    format: u64,
}
