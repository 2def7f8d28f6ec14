//! The folder of a run, which appears whole or not at all.
//!
//! Everything is written into a hidden folder beside the target, forced to disk, and renamed. An earlier
//! folder of the same name is renamed aside first, so at any moment either it or the new one exists whole;
//! if the process is killed between the two renames, the next [`Publication::begin`] puts it back. Only a
//! folder with a manifest of ours is ever replaced.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io,
    path::{Component, Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use tempfile::TempDir;

use super::{
    chart::{ChartError, pngs},
    document::Document,
    html, markdown,
    table::{Table, TableError},
};

/// Why a run's folder could not be written.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// The path names no folder.
    #[error("{} is not the name of a folder", path.display())]
    NoName {
        /// What was given.
        path: PathBuf,
    },
    /// Something that is no folder has the name.
    #[error("{} exists and is not a folder", path.display())]
    NotAFolder {
        /// The path.
        path: PathBuf,
    },
    /// The folder holds what this program did not write.
    #[error("{} exists, is not empty and has no {MANIFEST} of ours: it will not be replaced", path.display())]
    NotOurs {
        /// The folder.
        path: PathBuf,
    },
    /// Nothing may be written there.
    #[error("cannot write to {}", path.display())]
    ReadOnly {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file's path would leave the folder.
    #[error("{name:?} must be a path inside the folder, of plain names")]
    Outside {
        /// What was given.
        name: String,
    },
    /// Two files have the same name.
    #[error("{name} has been written already")]
    Twice {
        /// The file.
        name: String,
    },
    /// Reading or writing failed.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// With which file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A value has no JSON form.
    #[error("cannot write {name} as JSON")]
    Json {
        /// The file.
        name: String,
        /// Why.
        source: serde_json::Error,
    },
    /// A chart could not be drawn.
    #[error(transparent)]
    Chart(#[from] ChartError),
    /// A table could not be written.
    #[error(transparent)]
    Table(#[from] TableError),
}

/// Name of the file that says who wrote a folder.
pub const MANIFEST: &str = "manifest.json";
const WRITTEN_BY: &str = "cwm";

/// A file of the folder, as the manifest lists it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Written {
    /// Its length.
    pub bytes: u64,
    /// Its BLAKE3 hash, in hexadecimal.
    pub blake3: String,
}

#[derive(Serialize, Deserialize)]
struct Manifest<T> {
    written_by: String,
    version: String,
    run: T,
    files: BTreeMap<String, Written>,
}

/// A folder in the making. Dropped without [`publish`](Self::publish), it leaves nothing behind.
#[derive(Debug)]
pub struct Publication {
    target: PathBuf,
    making: TempDir,
    /// Held while the folder is in the making, so that others do not take it for a leftover.
    _lock: File,
    written: BTreeMap<String, Written>,
}

impl Publication {
    /// Starts a folder that will be `target`, and cleans up after runs that were killed.
    ///
    /// # Errors
    /// [`FolderError::NotOurs`], [`FolderError::NotAFolder`] or [`FolderError::NoName`] for a target that
    /// cannot be replaced, [`FolderError::ReadOnly`] or [`FolderError::Io`] if nothing can be written there.
    pub fn begin(target: &Path) -> Result<Self, FolderError> {
        let target = settle(target)?;
        let parent = target.parent().unwrap_or(&target).to_owned();
        clean(&target, &parent)?;
        refuse_foreign(&target)?;
        let (making, lock) = make(&target, &parent).map_err(|source| denied(&parent, source))?;
        Ok(Self { target, making, _lock: lock, written: BTreeMap::new() })
    }

    /// Where the folder will be.
    #[must_use]
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// Writes a file; `name` is its path inside the folder, with `/` between names.
    ///
    /// # Errors
    /// [`FolderError::Outside`], [`FolderError::Twice`] or [`FolderError::Io`].
    pub fn write(&mut self, name: &str, content: &[u8]) -> Result<(), FolderError> {
        if !is_inside(name) {
            return Err(FolderError::Outside { name: name.to_owned() });
        }
        if self.written.contains_key(name) {
            return Err(FolderError::Twice { name: name.to_owned() });
        }
        let path = self.making.path().join(name);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(io_error("create", folder))?;
        }
        fs::write(&path, content).map_err(io_error("write", &path))?;
        let entry = Written { bytes: content.len() as u64, blake3: blake3::hash(content).to_hex().to_string() };
        self.written.insert(name.to_owned(), entry);
        Ok(())
    }

    /// Writes a file through `fill`, which never has to have all of it in memory; `name` is a plain name.
    ///
    /// # Errors
    /// [`FolderError::Outside`] or [`FolderError::Twice`], or what `fill` fails with.
    pub fn stream<E: From<FolderError>>(
        &mut self,
        name: &str,
        fill: impl FnOnce(File) -> Result<(), E>,
    ) -> Result<(), E> {
        if !is_inside(name) {
            return Err(FolderError::Outside { name: name.to_owned() }.into());
        }
        if self.written.contains_key(name) {
            return Err(FolderError::Twice { name: name.to_owned() }.into());
        }
        let path = self.making.path().join(name);
        fill(File::create(&path).map_err(io_error("create", &path))?)?;
        let entry = sealed(&path).map_err(io_error("read", &path))?;
        self.written.insert(name.to_owned(), entry);
        Ok(())
    }

    /// Writes a value as indented JSON.
    ///
    /// # Errors
    /// [`FolderError::Json`], or as [`write`](Self::write).
    pub fn write_json(&mut self, name: &str, value: &impl Serialize) -> Result<(), FolderError> {
        let json =
            serde_json::to_vec_pretty(value).map_err(|source| FolderError::Json { name: name.to_owned(), source })?;
        self.write(name, &[json, b"\n".to_vec()].concat())
    }

    /// Writes a table as `tables/*.csv` and `tables/*.parquet`.
    ///
    /// # Errors
    /// [`FolderError::Table`], or as [`write`](Self::write).
    pub fn write_table(&mut self, table: &Table) -> Result<(), FolderError> {
        self.write(&format!("tables/{}.csv", table.name), &table.to_csv()?)?;
        self.write(&format!("tables/{}.parquet", table.name), &table.to_parquet()?)
    }

    /// Writes a report as `report.html` and `report.md`, with its charts (SVG and PNG) and its tables.
    ///
    /// # Errors
    /// [`FolderError::Chart`], [`FolderError::Table`], or as [`write`](Self::write).
    pub fn write_report(&mut self, document: &Document) -> Result<(), FolderError> {
        self.write("report.html", html::render(document).as_bytes())?;
        self.write("report.md", markdown::render(document).as_bytes())?;
        let figures: Vec<_> = document.figures().collect();
        let pictures: Vec<_> = figures.iter().map(|figure| &figure.picture).collect();
        for (figure, png) in figures.iter().zip(pngs(&pictures)?) {
            self.write(&format!("charts/{}.svg", figure.name), figure.picture.svg.as_bytes())?;
            self.write(&format!("charts/{}.png", figure.name), &png)?;
        }
        document.tables().try_for_each(|table| self.write_table(table))
    }

    /// Writes the manifest (who wrote the folder, what `run` says of the run, and every file with its hash),
    /// forces all to disk and moves the folder into place.
    ///
    /// # Errors
    /// [`FolderError::NotOurs`] if a foreign folder has taken the name in the meantime, [`FolderError::Json`]
    /// or [`FolderError::Io`]. An earlier folder is then still in place.
    pub fn publish(mut self, run: &impl Serialize) -> Result<PathBuf, FolderError> {
        let files = self.written.clone();
        let version = env!("CARGO_PKG_VERSION").to_owned();
        self.write_json(MANIFEST, &Manifest { written_by: WRITTEN_BY.to_owned(), version, run, files })?;
        sync(self.making.path()).map_err(io_error("force to disk", self.making.path()))?;
        refuse_foreign(&self.target)?;
        self.replace()?;
        Ok(self.target)
    }

    fn replace(&mut self) -> Result<(), FolderError> {
        let aside = aside(&self.target);
        let replaces = self.target.exists();
        if replaces {
            fs::rename(&self.target, &aside).map_err(io_error("move aside", &self.target))?;
        }
        if let Err(source) = fs::rename(self.making.path(), &self.target) {
            if replaces {
                // Best effort: if this fails too, the next run does it.
                let _ = fs::rename(&aside, &self.target);
            }
            return Err(io_error("publish", &self.target)(source));
        }
        self.making.disable_cleanup(true);
        if let Some(parent) = self.target.parent() {
            sync_folder(parent).map_err(io_error("force to disk", parent))?;
        }
        if replaces {
            // The new folder is in place; what cannot be removed now is cleaned by the next run.
            let _ = fs::remove_dir_all(&aside);
        }
        Ok(())
    }
}

fn sealed(path: &Path) -> io::Result<Written> {
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(File::open(path)?)?;
    Ok(Written { bytes: hasher.count(), blake3: hasher.finalize().to_hex().to_string() })
}

fn io_error(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> FolderError {
    let path = path.to_owned();
    move |source| FolderError::Io { action, path, source }
}

fn denied(path: &Path, source: io::Error) -> FolderError {
    use io::ErrorKind::{AlreadyExists, NotADirectory, PermissionDenied, ReadOnlyFilesystem};
    match source.kind() {
        AlreadyExists | NotADirectory if path.exists() && !path.is_dir() => {
            FolderError::NotAFolder { path: path.to_owned() }
        }
        PermissionDenied | ReadOnlyFilesystem => FolderError::ReadOnly { path: path.to_owned(), source },
        _ => FolderError::Io { action: "write to", path: path.to_owned(), source },
    }
}

/// The target's own path, behind links, in a parent that exists.
fn settle(target: &Path) -> Result<PathBuf, FolderError> {
    let unnamed = || FolderError::NoName { path: target.to_owned() };
    if target.exists() {
        let settled = target.canonicalize().map_err(io_error("find", target))?;
        return if settled.file_name().is_some() { Ok(settled) } else { Err(unnamed()) };
    }
    let name = target.file_name().ok_or_else(unnamed)?;
    let parent = match target.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    fs::create_dir_all(parent).map_err(|source| denied(parent, source))?;
    Ok(parent.canonicalize().map_err(io_error("find", parent))?.join(name))
}

fn refuse_foreign(target: &Path) -> Result<(), FolderError> {
    if !target.exists() {
        return Ok(());
    }
    if !target.is_dir() {
        return Err(FolderError::NotAFolder { path: target.to_owned() });
    }
    let empty = fs::read_dir(target).map_err(io_error("read", target))?.next().is_none();
    if empty || is_ours(target) { Ok(()) } else { Err(FolderError::NotOurs { path: target.to_owned() }) }
}

fn is_ours(folder: &Path) -> bool {
    let manifest = fs::read(folder.join(MANIFEST)).ok();
    let manifest = manifest.and_then(|json| serde_json::from_slice::<Manifest<serde::de::IgnoredAny>>(&json).ok());
    manifest.is_some_and(|manifest| manifest.written_by == WRITTEN_BY)
}

fn name_of(target: &Path) -> String {
    target.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

fn prefix(target: &Path) -> String {
    format!(".{}.making-", name_of(target))
}

fn aside(target: &Path) -> PathBuf {
    target.with_file_name(format!(".{}.replaced", name_of(target)))
}

/// Puts back or removes what killed runs of this target left behind.
fn clean(target: &Path, parent: &Path) -> Result<(), FolderError> {
    let aside = aside(target);
    if aside.exists() && !target.exists() {
        fs::rename(&aside, target).map_err(io_error("put back", target))?;
    } else if aside.exists() {
        fs::remove_dir_all(&aside).map_err(io_error("remove", &aside))?;
    }
    for entry in fs::read_dir(parent).map_err(io_error("read", parent))? {
        let path = entry.map_err(io_error("read", parent))?.path();
        if name_of(&path).starts_with(&prefix(target)) && lock(&path).is_some() {
            fs::remove_dir_all(&path).map_err(|source| denied(&path, source))?;
        }
    }
    Ok(())
}

/// A new folder beside the target, locked.
fn make(target: &Path, parent: &Path) -> io::Result<(TempDir, File)> {
    let prefix = prefix(target);
    for _ in 0..8 {
        let mut builder = tempfile::Builder::new();
        builder.prefix(&prefix);
        #[cfg(unix)]
        // As any new folder: what others may do with it is the user's umask to say.
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o777));
        let making = builder.tempdir_in(parent)?;
        // Between creation and lock another run may have taken it for a leftover; then there is a next one.
        if let Some(lock) = lock(making.path()).filter(|_| making.path().exists()) {
            return Ok((making, lock));
        }
    }
    Err(io::Error::other("other runs keep removing the folder in the making"))
}

/// A lock that ends with the process that holds it.
fn lock(folder: &Path) -> Option<File> {
    let file = File::open(folder).ok()?;
    file.try_lock().is_ok().then_some(file)
}

fn is_inside(name: &str) -> bool {
    let plain = |component: Component<'_>| matches!(component, Component::Normal(_));
    let odd = |c: char| c.is_control() || matches!(c, '\\' | ':');
    !name.is_empty() && !name.ends_with('/') && !name.contains(odd) && Path::new(name).components().all(plain)
}

fn sync(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() { sync(&path)? } else { File::open(&path)?.sync_all()? }
    }
    sync_folder(folder)
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    // Only Unix lets a folder be opened; elsewhere the rename has to do.
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::show::document::tests::report;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| name_of(&entry.unwrap().path())).collect();
        names.sort();
        names
    }

    fn publish(target: &Path, text: &str) {
        let mut folder = Publication::begin(target).unwrap();
        folder.write("summary.json", text.as_bytes()).unwrap();
        folder.publish(&"run").unwrap();
    }

    #[test]
    fn a_report_is_published_with_all_its_files() {
        let home = tempfile::tempdir().unwrap();
        let target = home.path().join("outputs/spring");
        let mut folder = Publication::begin(&target).unwrap();
        folder.write_report(&report()).unwrap();
        folder.write_json("summary.json", &[1, 2]).unwrap();
        assert!(!target.exists());
        folder.publish(&serde_json::json!({ "seed": 7 })).unwrap();
        assert_eq!(names(&target), ["charts", "manifest.json", "report.html", "report.md", "summary.json", "tables"]);
        assert_eq!(names(&target.join("charts")), ["uplift.png", "uplift.svg"]);
        assert_eq!(names(&target.join("tables")), ["arms.csv", "arms.parquet"]);
        let manifest: Manifest<serde_json::Value> =
            serde_json::from_slice(&fs::read(target.join(MANIFEST)).unwrap()).unwrap();
        assert_eq!((manifest.run["seed"].as_i64(), manifest.files["summary.json"].bytes), (Some(7), 13));
        assert_eq!(names(target.parent().unwrap()), ["spring"]);
    }

    #[test]
    fn a_second_run_replaces_the_first() {
        let home = tempfile::tempdir().unwrap();
        let target = home.path().join("spring");
        publish(&target, "1");
        publish(&target, "2");
        assert_eq!(fs::read_to_string(target.join("summary.json")).unwrap(), "2");
        assert_eq!(names(home.path()), ["spring"]);
    }

    #[test]
    fn a_run_that_is_given_up_leaves_the_old_folder_and_nothing_else() {
        let home = tempfile::tempdir().unwrap();
        let target = home.path().join("spring");
        publish(&target, "1");
        let mut folder = Publication::begin(&target).unwrap();
        folder.write("summary.json", b"2").unwrap();
        drop(folder);
        assert_eq!(fs::read_to_string(target.join("summary.json")).unwrap(), "1");
        assert_eq!(names(home.path()), ["spring"]);
    }

    #[test]
    fn what_a_killed_run_left_is_cleaned_or_put_back() {
        let home = tempfile::tempdir().unwrap();
        let target = home.path().join("spring");
        publish(&target, "1");
        // Killed between the two renames.
        fs::rename(&target, aside(&target)).unwrap();
        fs::create_dir(home.path().join(".spring.making-abc")).unwrap();
        drop(Publication::begin(&target).unwrap());
        assert_eq!(fs::read_to_string(target.join("summary.json")).unwrap(), "1");
        assert_eq!(names(home.path()), ["spring"]);
    }

    #[test]
    fn a_run_beside_another_does_not_clean_it_away() {
        let home = tempfile::tempdir().unwrap();
        let target = home.path().join("spring");
        let mut first = Publication::begin(&target).unwrap();
        publish(&target, "2");
        first.write("summary.json", b"1").unwrap();
        first.publish(&"run").unwrap();
        assert_eq!(fs::read_to_string(target.join("summary.json")).unwrap(), "1");
    }

    #[test]
    fn a_folder_of_somebody_else_is_not_replaced() {
        let home = tempfile::tempdir().unwrap();
        let target = home.path().join("photos");
        fs::create_dir(&target).unwrap();
        drop(Publication::begin(&target).unwrap());
        fs::write(target.join("manifest.json"), "{\"name\": \"a web page\"}").unwrap();
        let error = Publication::begin(&target).unwrap_err();
        assert!(matches!(error, FolderError::NotOurs { .. }), "{error}");
        assert!(error.to_string().contains("photos exists, is not empty"));
        let error = Publication::begin(&target.join("manifest.json")).unwrap_err();
        assert!(matches!(error, FolderError::NotAFolder { .. }));
    }

    #[test]
    fn a_target_that_cannot_be_written_is_named_early() {
        let home = tempfile::tempdir().unwrap();
        fs::write(home.path().join("file"), "").unwrap();
        let target = home.path().join("file/spring");
        let error = Publication::begin(&target).unwrap_err();
        assert!(error.to_string().contains("file"), "{error}");
        let error = denied(Path::new("/x"), io::ErrorKind::PermissionDenied.into());
        assert_eq!(error.to_string(), "cannot write to /x");
        assert!(matches!(Publication::begin(Path::new("/")).unwrap_err(), FolderError::NoName { .. }));
    }

    #[test]
    fn a_file_cannot_leave_the_folder_or_be_written_twice() {
        let home = tempfile::tempdir().unwrap();
        let mut folder = Publication::begin(&home.path().join("spring")).unwrap();
        for name in ["", "../a", "/a", "a/../../b", "a/", "./a", "c:\\a"] {
            assert!(matches!(folder.write(name, b""), Err(FolderError::Outside { .. })), "{name}");
        }
        folder.write("a", b"").unwrap();
        assert!(matches!(folder.write("a", b""), Err(FolderError::Twice { .. })));
    }
}
