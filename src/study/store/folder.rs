//! The folder of a set, of which at any moment there is one version, and whole.
//!
//! Data files are named after their content, so that a new version never touches the files of the old one. A version
//! begins to exist when its manifest is renamed into place; only then are files deleted that it does not name.
//! Whoever is killed before leaves the old version, and files that nobody names and the next one clears away.

use std::{
    fs::{self, File, TryLockError},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

use super::{
    Contents, StoredSet,
    basis::Basis,
    error::StoreError,
    joins::{self, Join},
    manifest::{self, MANIFEST, Manifest, Stored},
    models::{self, Names},
};
use crate::history::{
    log::{self, History},
    rejection::{self, Rejection},
    source::{self, Recorded},
};

const LOCK: &str = ".lock";
const MAKING: &str = ".making-";

/// A folder with a set, or for one, which nobody else changes meanwhile.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    /// Held as long as this is; the system lets go of it when the process ends, however it ends.
    _lock: Option<File>,
}

impl Folder {
    /// A folder in which a set will be made.
    ///
    /// # Errors
    /// [`StoreError::Exists`], [`StoreError::Foreign`], [`StoreError::InUse`] or [`StoreError::Io`].
    pub fn create(path: &Path) -> Result<Self, StoreError> {
        fs::create_dir_all(path).map_err(StoreError::io("create", path))?;
        if path.join(MANIFEST).exists() {
            return Err(StoreError::Exists { path: path.to_owned() });
        }
        if let Some(found) = names(path)?.into_iter().find(|name| !is_ours(name)) {
            return Err(StoreError::Foreign { path: path.to_owned(), found });
        }
        let folder = Self::locked(path)?;
        // Somebody may have made one just before.
        if path.join(MANIFEST).exists() { Err(StoreError::Exists { path: path.to_owned() }) } else { Ok(folder) }
    }

    /// A folder whose set will change.
    ///
    /// # Errors
    /// [`StoreError::InUse`], [`StoreError::Io`], or if it holds no set.
    pub fn to_change(path: &Path) -> Result<Self, StoreError> {
        Manifest::read(path)?;
        Self::locked(path)
    }

    /// A folder whose set is read; others may read it meanwhile.
    ///
    /// # Errors
    /// [`StoreError::InUse`], [`StoreError::Io`], or if it holds no set.
    pub fn to_read(path: &Path) -> Result<Self, StoreError> {
        Manifest::read(path)?;
        // Where nothing can be written, nothing changes either.
        let Ok(file) = lock_file(path) else { return Ok(Self { path: path.to_owned(), _lock: None }) };
        taken(path, file.try_lock_shared())?;
        Ok(Self { path: path.to_owned(), _lock: Some(file) })
    }

    fn locked(path: &Path) -> Result<Self, StoreError> {
        let file = lock_file(path).map_err(StoreError::io("write to", path))?;
        taken(path, file.try_lock())?;
        Ok(Self { path: path.to_owned(), _lock: Some(file) })
    }

    /// The set as it is now, every file checked.
    ///
    /// # Errors
    /// [`StoreError::Damaged`], [`StoreError::Newer`] or [`StoreError::Io`].
    pub fn load(&self) -> Result<(StoredSet, Manifest), StoreError> {
        let manifest = Manifest::read(&self.path)?;
        manifest.files().try_for_each(|stored| self.check(stored))?;
        let basis = self.basis(&manifest.priors)?;
        let (models, names) = models::read(&self.path.join(&manifest.models.file))?;
        self.counted(&manifest.models, models.len())?;
        let tail = self.tail(&manifest.tail, &basis)?;
        let (joins, given_up) =
            manifest.joins.as_ref().map(|stored| self.joins(stored)).transpose()?.unwrap_or_default();
        let latest = Some(crate::base::time::SimTime(manifest.latest));
        let mut set = StoredSet { basis, contents: Contents { latest, models, names, tail: tail.events, joins } };
        set.meet(tail.names)?;
        set.meet(given_up)?;
        Ok((set, manifest))
    }

    fn check(&self, stored: &Stored) -> Result<(), StoreError> {
        let path = self.path.join(&stored.file);
        let expected = || format!("{} bytes with BLAKE3 {}", stored.bytes, stored.blake3);
        let mut file = match File::open(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(StoreError::damaged(&path, expected(), "there is no such file"));
            }
            opened => opened.map_err(StoreError::io("read", &path))?,
        };
        let length = file.metadata().map_err(StoreError::io("read", &path))?.len();
        if length != stored.bytes {
            return Err(StoreError::damaged(&path, expected(), format!("it has {length} bytes")));
        }
        let mut hasher = blake3::Hasher::new();
        hasher.update_reader(&mut file).map_err(StoreError::io("read", &path))?;
        let found = hasher.finalize().to_hex();
        let same = found.as_str() == stored.blake3;
        if same { Ok(()) } else { Err(StoreError::damaged(&path, expected(), format!("it has BLAKE3 {found}"))) }
    }

    fn counted(&self, stored: &Stored, rows: usize) -> Result<(), StoreError> {
        let path = self.path.join(&stored.file);
        let wrong = || StoreError::damaged(&path, format!("{} rows", stored.rows), format!("it has {rows}"));
        if rows as u64 == stored.rows { Ok(()) } else { Err(wrong()) }
    }

    fn basis(&self, stored: &Stored) -> Result<Basis, StoreError> {
        let path = self.path.join(&stored.file);
        let bytes = fs::read(&path).map_err(StoreError::io("read", &path))?;
        let damaged = |found: &dyn std::fmt::Display| StoreError::damaged(&path, "the priors of a set", found);
        let basis: Basis =
            serde_json::from_slice(&bytes).map_err(|error| damaged(&format!("they are not: {error}")))?;
        match basis.flaw() {
            Some(flaw) => Err(damaged(&format!("they have {flaw}"))),
            None => Ok(basis),
        }
    }

    fn tail(&self, stored: &Stored, basis: &Basis) -> Result<History, StoreError> {
        let recorded = Recorded::canonical(&self.path.join(&stored.file));
        let history = log::load_since(&recorded, Path::new(""), basis.currency, None)?.history;
        self.counted(stored, history.events.len())?;
        Ok(history)
    }

    /// The joins, and the names of whom they joined.
    fn joins(&self, stored: &Stored) -> Result<(Vec<Join>, Names), StoreError> {
        let path = self.path.join(&stored.file);
        let (halves, names) = models::read_rows(&path)?;
        self.counted(stored, halves.len())?;
        let damaged = |found| StoreError::damaged(&path, "pairs of users, none of them given up before", found);
        Ok((joins::joined(&halves).map_err(damaged)?, names))
    }

    /// Puts a set in the place of the one there was, if any, beside the rows that were left out of it.
    ///
    /// # Errors
    /// [`StoreError::Io`]; the set that was there is then still there, unless the message says otherwise.
    pub fn save(&self, set: &StoredSet, rejected: &[Rejection]) -> Result<Manifest, StoreError> {
        self.clear(|name| name.starts_with(MAKING))?;
        let rejected = self.store_rejected(rejected)?;
        self.replace(set, rejected)
    }

    /// The same for a set that no events came to: what the latest update left out stays beside it.
    ///
    /// # Errors
    /// As [`Self::save`].
    pub fn save_changed(&self, set: &StoredSet, before: &Manifest) -> Result<Manifest, StoreError> {
        self.clear(|name| name.starts_with(MAKING))?;
        self.replace(set, before.rejected.clone())
    }

    fn replace(&self, set: &StoredSet, rejected: Option<Stored>) -> Result<Manifest, StoreError> {
        let contents = &set.contents;
        let models = self.store("models", "parquet", contents.models.len(), |file| {
            let out = BufWriter::with_capacity(1 << 20, file);
            models::write(&contents.models, &contents.names, out).map_err(io::Error::from)?.flush()
        })?;
        let tail = self.store_tail(contents)?;
        let priors = self.store("priors", "json", 1, |file| {
            let mut out = BufWriter::new(file);
            serde_json::to_writer(&mut out, &set.basis)?;
            out.flush()
        })?;
        let joins = self.store_joins(contents)?;
        let manifest = Manifest::of(set, (models, tail, priors), rejected, joins);
        self.publish(&manifest)?;
        let named = |name: &str| manifest.files().any(|stored| stored.file == name);
        self.clear(|name| name != LOCK && !named(name))?;
        Ok(manifest)
    }

    fn store_rejected(&self, rejected: &[Rejection]) -> Result<Option<Stored>, StoreError> {
        if rejected.is_empty() {
            return Ok(None);
        }
        let csv = |file: &File| rejection::write_csv(rejected, BufWriter::new(file));
        self.store("rejected", "csv", rejected.len(), csv).map(Some)
    }

    fn store_joins(&self, contents: &Contents) -> Result<Option<Stored>, StoreError> {
        if contents.joins.is_empty() {
            return Ok(None);
        }
        let halves = joins::halves(&contents.joins);
        let parquet = |file: &File| models::write(&halves, &contents.names, file).map_err(io::Error::from)?.flush();
        self.store("joins", "parquet", halves.len(), parquet).map(Some)
    }

    fn store_tail(&self, contents: &Contents) -> Result<Stored, StoreError> {
        let history = History { events: contents.tail.clone(), names: contents.names.clone() };
        let making = self.path.join(format!("{MAKING}tail.parquet"));
        source::write(&history, &making)?;
        self.settle(&making, "tail", "parquet", contents.tail.len())
    }

    /// Writes a file beside the others and gives it the name of its content.
    fn store(
        &self,
        sort: &str,
        ending: &str,
        rows: usize,
        write: impl FnOnce(&File) -> io::Result<()>,
    ) -> Result<Stored, StoreError> {
        let making = self.path.join(format!("{MAKING}{sort}.{ending}"));
        let file = File::create(&making).map_err(StoreError::io("write", &making))?;
        write(&file).map_err(StoreError::io("write", &making))?;
        self.settle(&making, sort, ending, rows)
    }

    fn settle(&self, making: &Path, sort: &str, ending: &str, rows: usize) -> Result<Stored, StoreError> {
        let io_error = || StoreError::io("write", making);
        let mut file = File::open(making).map_err(io_error())?;
        file.sync_all().map_err(io_error())?;
        let mut hasher = blake3::Hasher::new();
        hasher.update_reader(&mut file).map_err(io_error())?;
        let blake3 = hasher.finalize().to_hex().to_string();
        let name = Stored::name(sort, &blake3, ending);
        fs::rename(making, self.path.join(&name)).map_err(io_error())?;
        let bytes = file.metadata().map_err(io_error())?.len();
        Ok(Stored { file: name, rows: rows as u64, bytes, blake3 })
    }

    /// From here on the new set is the set.
    fn publish(&self, manifest: &Manifest) -> Result<(), StoreError> {
        let making = self.path.join(format!("{MAKING}{MANIFEST}"));
        let write = || -> io::Result<()> {
            let mut file = File::create(&making)?;
            file.write_all(&serde_json::to_vec_pretty(manifest)?)?;
            file.sync_all()?;
            // The names of the data files first, so that no manifest survives a crash without them.
            sync_folder(&self.path)?;
            fs::rename(&making, self.path.join(MANIFEST))?;
            sync_folder(&self.path)
        };
        write().map_err(StoreError::io("write", &making))
    }

    /// Removes files of ours that nobody needs; files of others are left alone.
    fn clear(&self, is_needless: impl Fn(&str) -> bool) -> Result<(), StoreError> {
        for name in names(&self.path)?.into_iter().filter(|name| is_ours(name) && is_needless(name)) {
            let path = self.path.join(&name);
            fs::remove_file(&path).map_err(StoreError::io("remove", &path))?;
        }
        Ok(())
    }
}

fn lock_file(folder: &Path) -> io::Result<File> {
    File::options().create(true).truncate(false).write(true).open(folder.join(LOCK))
}

fn taken(folder: &Path, lock: Result<(), TryLockError>) -> Result<(), StoreError> {
    match lock {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => Err(StoreError::InUse { path: folder.to_owned() }),
        Err(TryLockError::Error(source)) => Err(StoreError::io("lock", folder)(source)),
    }
}

fn names(folder: &Path) -> Result<Vec<String>, StoreError> {
    let entries = fs::read_dir(folder).map_err(StoreError::io("read", folder))?;
    let name = |entry: io::Result<fs::DirEntry>| Ok(entry?.file_name().to_string_lossy().into_owned());
    entries.map(name).collect::<io::Result<_>>().map_err(StoreError::io("read", folder))
}

/// A data file, the lock, or what somebody who was killed was making.
fn is_ours(name: &str) -> bool {
    name == LOCK || name.starts_with(MAKING) || manifest::is_data(name)
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    // Only Unix lets a folder be opened; elsewhere the rename has to do.
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}
