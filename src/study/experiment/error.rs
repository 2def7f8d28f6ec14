//! Why an experiment cannot be analysed.

use crate::history::error::HistoryError;

/// Why an experiment cannot be analysed.
#[derive(Debug, thiserror::Error)]
pub enum ExperimentError {
    /// The data cannot be read.
    #[error(transparent)]
    Data(#[from] HistoryError),
    /// A setting cannot be read.
    #[error("{option} {found:?}: expected {expected}")]
    Setting {
        /// The option.
        option: &'static str,
        /// What was given.
        found: String,
        /// What must be given.
        expected: String,
    },
    /// There are not two arms.
    #[error("column `{column}` must hold two arms or more, but holds {found}")]
    Arms {
        /// The column.
        column: String,
        /// The arms there are.
        found: String,
    },
    /// A value is outside its range.
    #[error("column `{column}`: expected {expected}, but found {found}")]
    Range {
        /// The column.
        column: String,
        /// What must be.
        expected: &'static str,
        /// What is.
        found: String,
    },
}

impl ExperimentError {
    /// Whether the operating system refused, rather than the content being wrong.
    #[must_use]
    pub const fn is_io(&self) -> bool {
        matches!(self, Self::Data(error) if error.is_io())
    }

    pub(super) fn setting(option: &'static str, found: impl Into<String>, expected: impl Into<String>) -> Self {
        Self::Setting { option, found: found.into(), expected: expected.into() }
    }
}
