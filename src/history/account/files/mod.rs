//! An account history as a folder of plain tables that people can make from their own exports.
//!
//! | file | columns |
//! |---|---|
//! | `company.ron` | currency, names of tiers, roles, modules and products on top, first day and the day after the last |
//! | `accounts.csv` | `account`, `tier`; if known `parent`, and for who is in an experiment `arm` and `enrolled` (a day) |
//! | `contracts.csv` | `account`, `start`, `renewal` (days), `recurring` (a year, decimal), `seats`, `outcome` (`renewed`, `left`, `running`); if known `renewals` before it |
//! | `members.csv` | `member`, `account`, `role` |
//! | `product.csv` | if there: `at` (day or moment), `member`, `module`: each use, rolled up by week on reading |
//! | `usage.csv` | if there: weeks already rolled up: `account`, `week_end`, `seats`, `active`, `sessions`, and a column a module |
//! | `seen.csv` | if there: `member`, `modules` (names with `;` between), `active_weeks`, `sessions`, `last_active`: members already summed up |
//! | `events.csv` | `day`, `account`, `kind`, `value`, `name`: all that happens to an account besides |
//!
//! What contradicts itself (an account without members, a member in two accounts, a renewal before its start,
//! overlapping contracts, an unknown tier, a parent above itself) is refused with file and line. A row that is no row
//! is left out, counted and kept with what was expected.

mod reading;
mod rolling;
mod table;
mod writing;

pub(in crate::history) use writing::decimal;

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::AccountHistory;
use crate::{
    base::{codec, time::Date, units::Currency},
    history::{error::HistoryError, name::Name, rejection::Rejection},
};

/// What is the same for all accounts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Company {
    /// Currency of all money.
    pub currency: Currency,
    /// Names of the tiers.
    pub tiers: Vec<Name>,
    /// Names of the roles of members.
    pub roles: Vec<Name>,
    /// Names of the modules; at most 16.
    pub modules: Vec<Name>,
    /// Names of the products that may be bought on top; at most 8.
    #[serde(default)]
    pub skus: Vec<Name>,
    /// The first day.
    pub first: Date,
    /// The day after the last.
    pub end: Date,
}

/// A history that was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Read {
    /// The history.
    pub history: AccountHistory,
    /// Rows that were left out.
    pub rejected: Vec<Rejection>,
    /// The files that were read.
    pub files: Vec<PathBuf>,
}

/// Whether a folder is meant to hold an account history; what is missing is told on reading.
#[must_use]
pub fn is_there(folder: &Path) -> bool {
    ["company.ron", "accounts.csv"].iter().any(|file| folder.join(file).is_file())
}

/// Reads a history.
///
/// # Errors
/// [`HistoryError`] with file and line, what must be and what is.
pub fn read(folder: &Path) -> Result<Read, HistoryError> {
    reading::read(folder, &company(folder)?)
}

fn company(folder: &Path) -> Result<Company, HistoryError> {
    let path = folder.join("company.ron");
    let name = path.display().to_string();
    let text = std::fs::read_to_string(&path).map_err(|why| HistoryError::reading(&name, why))?;
    let company: Company = codec::from_str(&path, &text)
        .map_err(|fault| HistoryError::unreadable(&name, "what is the same for all accounts", fault))?;
    let setting = |what: String| Err(HistoryError::Setting { file: name.clone(), what });
    match () {
        () if company.tiers.is_empty() => setting("there must be at least 1 tier, but there is none".to_owned()),
        () if company.modules.len() > super::MODULES => setting(format!(
            "there must be at most {} modules, but there are {}",
            super::MODULES,
            company.modules.len()
        )),
        () if company.skus.len() > 8 => {
            setting(format!("there must be at most 8 products, but there are {}", company.skus.len()))
        }
        () if company.end <= company.first => {
            setting(format!("`end` must come after `first` ({}), but is {}", company.first, company.end))
        }
        () => Ok(company),
    }
}

/// Writes a history, use rolled up by week.
///
/// # Errors
/// [`HistoryError::Io`] if the folder cannot be written.
pub fn write(history: &AccountHistory, folder: &Path) -> Result<(), HistoryError> {
    writing::write(history, folder)
}

#[cfg(test)]
mod tests;
