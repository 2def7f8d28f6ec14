//! Why a stored set cannot be read, written or folded into.

use std::{io, path::PathBuf};

use crate::history::{error::HistoryError, sessions::SessionError};

/// Why a stored set cannot be read, written or folded into.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A file of the set is not what it was when it was written.
    #[error("{}: expected {expected}, but {found}; the set was not changed", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What it must be.
        expected: String,
        /// What it is.
        found: String,
    },
    /// A later program wrote the set.
    #[error("{}: expected a set of version {expected} or earlier, but it is of version {found}: this program is older than the set", path.display())]
    Newer {
        /// The file that says so.
        path: PathBuf,
        /// The latest version that this program reads.
        expected: u64,
        /// The set's.
        found: u64,
    },
    /// There is a set where one should be made.
    #[error("{} is a set of self-models already: fold more events into it with `--with`, or choose another folder", path.display())]
    Exists {
        /// The folder.
        path: PathBuf,
    },
    /// There is something else where a set should be made.
    #[error("{} exists and holds {found:?}, which is no part of a set: it will not be touched", path.display())]
    Foreign {
        /// The folder.
        path: PathBuf,
        /// One of the names in it.
        found: String,
    },
    /// Another process works on the set.
    #[error("{} is in use: another process is reading it or folding events into it; try again when it is done", path.display())]
    InUse {
        /// The folder.
        path: PathBuf,
    },
    /// What is put together does not belong together.
    #[error("{what}: expected {expected}, but it is {found}")]
    Mismatch {
        /// Of what.
        what: String,
        /// As the set has it.
        expected: String,
        /// As it was found.
        found: String,
    },
    /// The operating system refused.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// With which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Events could not be read or written.
    #[error(transparent)]
    History(#[from] HistoryError),
    /// Sessions could not be cut.
    #[error(transparent)]
    Sessions(#[from] SessionError),
}

impl StoreError {
    /// Whether the system or another process is in the way, rather than the content being wrong.
    #[must_use]
    pub const fn is_io(&self) -> bool {
        match self {
            Self::Io { .. } | Self::InUse { .. } => true,
            Self::History(error) => error.is_io(),
            _ => false,
        }
    }

    /// The system refused.
    pub(super) fn io(action: &'static str, path: &std::path::Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { action, path, source }
    }

    /// A file is not what it was.
    pub(super) fn damaged(path: &std::path::Path, expected: impl Into<String>, found: impl std::fmt::Display) -> Self {
        Self::Damaged { path: path.to_owned(), expected: expected.into(), found: found.to_string() }
    }
}
