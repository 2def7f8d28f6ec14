//! How a command fails: what went wrong, why, and the exit code.

use std::{error::Error, fmt};

use crate::{
    history::{error::HistoryError, sessions::SessionError},
    show::{folder::FolderError, run_report::ReportError},
    study::{experiment::error::ExperimentError, store::error::StoreError},
    world::{engine::EngineError, scenario::ScenarioError},
};

/// A failure, with its causes and its exit code.
#[derive(Debug)]
pub struct Failure {
    code: u8,
    causes: Vec<String>,
}

impl Failure {
    fn of(code: u8, error: &dyn Error) -> Self {
        let mut causes = vec![error.to_string()];
        let mut source = error.source();
        while let Some(cause) = source {
            causes.push(cause.to_string());
            source = cause.source();
        }
        Self { code, causes }
    }

    /// A gate that was asked for failed.
    #[must_use]
    pub fn gate(what: impl Into<String>) -> Self {
        Self { code: 1, causes: vec![what.into()] }
    }

    /// The input is wrong.
    #[must_use]
    pub fn input(what: impl Into<String>) -> Self {
        Self { code: 3, causes: vec![what.into()] }
    }

    /// Something cannot be read or written.
    #[must_use]
    pub fn write(what: impl Into<String>, why: impl fmt::Display) -> Self {
        Self { code: 4, causes: vec![what.into(), why.to_string()] }
    }

    /// The exit code.
    #[must_use]
    pub const fn code(&self) -> u8 {
        self.code
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, cause) in self.causes.iter().enumerate() {
            let lead = if i == 0 { "error" } else { "  because" };
            writeln!(f, "{lead}: {}", cause.replace('\n', "\n       "))?;
        }
        Ok(())
    }
}

impl From<ScenarioError> for Failure {
    fn from(error: ScenarioError) -> Self {
        let code = if matches!(error, ScenarioError::Read { .. }) { 4 } else { 3 };
        Self::of(code, &error)
    }
}

impl From<HistoryError> for Failure {
    fn from(error: HistoryError) -> Self {
        Self::of(if error.is_io() { 4 } else { 3 }, &error)
    }
}

impl From<SessionError> for Failure {
    fn from(error: SessionError) -> Self {
        Self::of(3, &error)
    }
}

impl From<ExperimentError> for Failure {
    fn from(error: ExperimentError) -> Self {
        Self::of(if error.is_io() { 4 } else { 3 }, &error)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::of(if error.is_io() { 4 } else { 3 }, &error)
    }
}

impl From<EngineError> for Failure {
    fn from(error: EngineError) -> Self {
        let code = if matches!(error, EngineError::NoWorld) { 3 } else { 4 };
        Self::of(code, &error)
    }
}

macro_rules! cannot_write {
    ($($error:ty),*) => {
        $(impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                Self::of(4, &error)
            }
        })*
    };
}

cannot_write!(FolderError, ReportError, std::io::Error);
