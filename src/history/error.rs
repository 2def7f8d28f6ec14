//! Why a history could not be had.

use std::{io, path::Path};

use super::rejection::Rejection;

/// Why a history could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// The operating system refused.
    #[error("cannot {verb} {file}")]
    Io {
        /// `read` or `write`.
        verb: &'static str,
        /// The file as the user named it.
        file: String,
        /// What the system said.
        source: io::Error,
    },
    /// The file's ending says nothing about its format, and nothing else does.
    #[error("{file}: the format must be named, or told by an ending that is one of {known}")]
    UnknownFormat {
        /// The file as the user named it.
        file: String,
        /// The endings there are.
        known: String,
    },
    /// The file as a whole is not what its format says.
    #[error("{file}: expected {expected}, but {found}")]
    Unreadable {
        /// The file as the user named it.
        file: String,
        /// What the file should be.
        expected: String,
        /// What it is.
        found: String,
    },
    /// A column that is needed is not there.
    #[error("{file}: no column `{column}`{}; the columns are: {}", hint(nearest.as_deref()), listed(columns))]
    MissingColumn {
        /// The file as the user named it.
        file: String,
        /// The column.
        column: String,
        /// The columns there are.
        columns: Vec<String>,
        /// The one that is most like it.
        nearest: Option<String>,
    },
    /// The settings for a file contradict themselves.
    #[error("{file}: {what}")]
    Setting {
        /// The file as the user named it.
        file: String,
        /// What must be and what is.
        what: String,
    },
    /// More rows are malformed than the scenario allows.
    #[error(
        "{rejected} of {rows} rows were rejected, more than the share of {limit} that is allowed; the first: {first}"
    )]
    TooManyRejected {
        /// Rows rejected.
        rejected: u64,
        /// Rows read.
        rows: u64,
        /// Share allowed.
        limit: f64,
        /// The first of them.
        first: Box<Rejection>,
    },
    /// Two names of users have the same 63-bit hash.
    #[error("the users {first:?} and {second:?} cannot be told apart: their names have the same hash; rename one")]
    Collision {
        /// One name.
        first: String,
        /// The other.
        second: String,
    },
    /// There is nothing to replay.
    #[error("no events in {files}: expected at least one, but {rows} rows gave none")]
    Empty {
        /// The files read.
        files: String,
        /// Rows read.
        rows: u64,
    },
}

impl HistoryError {
    /// Whether the operating system refused, rather than the content being wrong.
    #[must_use]
    pub const fn is_io(&self) -> bool {
        matches!(self, Self::Io { .. })
    }

    /// The operating system refused to read.
    #[must_use]
    pub fn reading(file: &str, source: io::Error) -> Self {
        Self::Io { verb: "read", file: file.to_owned(), source }
    }

    /// The operating system refused to write.
    #[must_use]
    pub fn writing(file: &Path, source: io::Error) -> Self {
        Self::Io { verb: "write", file: file.display().to_string(), source }
    }

    /// The file as a whole is not what its format says.
    pub fn unreadable(file: &str, expected: &str, found: impl std::fmt::Display) -> Self {
        Self::Unreadable { file: file.to_owned(), expected: expected.to_owned(), found: found.to_string() }
    }
}

fn hint(nearest: Option<&str>) -> String {
    nearest.map(|name| format!(" (did you mean `{name}`?)")).unwrap_or_default()
}

fn listed(columns: &[String]) -> String {
    const SHOWN: usize = 50;
    let text = columns.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    match columns.len().checked_sub(SHOWN) {
        Some(more) if more > 0 => format!("{text}, and {more} more"),
        _ => text,
    }
}
