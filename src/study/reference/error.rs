//! What can be wrong with what is given to a reference model.

use thiserror::Error;

/// Why a model could not be fitted or built.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum ReferenceError {
    /// Nothing to learn from.
    #[error("a reference model needs at least one {0}, but none is given")]
    Empty(&'static str),
    /// A name that no model has.
    #[error("unknown reference model `{name}`, expected one of {choices}")]
    UnknownModel {
        /// As asked for.
        name: String,
        /// Those there are.
        choices: String,
    },
    /// Too few or too many parameters.
    #[error("{model} takes the parameters {expected}, but {found} are given")]
    ParameterCount {
        /// Name of the model.
        model: &'static str,
        /// Names of its parameters.
        expected: String,
        /// How many were given.
        found: usize,
    },
    /// A parameter out of its range.
    #[error("parameter {parameter} of {model} must be {must}, but is {value}")]
    Parameter {
        /// Name of the model.
        model: &'static str,
        /// Name of the parameter.
        parameter: &'static str,
        /// Its range.
        must: &'static str,
        /// As given.
        value: f64,
    },
    /// No parameters could be found at which the data have a likelihood.
    #[error("the likelihood of {0} is not finite anywhere near its starting points")]
    NoOptimum(&'static str),
}

/// What is wrong with the summary of one customer.
#[derive(Clone, Copy, Debug, PartialEq, Error)]
pub enum SummaryError {
    /// Not a length of time.
    #[error("{field} must be a time between 0 and 1e12, but is {value}")]
    Time {
        /// Which one.
        field: &'static str,
        /// As given.
        value: f64,
    },
    /// A last purchase after the end.
    #[error("recency must not exceed age ({age}), but is {recency}")]
    Order {
        /// Time from first to last purchase.
        recency: f64,
        /// Time from first purchase to the end of observation.
        age: f64,
    },
    /// A repeat purchase that is not one.
    #[error("recency must be 0 for a customer without repeat purchases, but is {0}")]
    NoRepeats(f64),
    /// Not a logarithm of gaps.
    #[error("the sum of the logarithms of the gaps must be finite, but is {0}")]
    LogGaps(f64),
    /// Not an amount.
    #[error("the mean spend must be finite, but is {0}")]
    Spend(f64),
    /// A cohort that grows, or is empty.
    #[error("survivors must not increase with age, but are {now} after {before} at age {age}")]
    Survivors {
        /// The age in periods.
        age: usize,
        /// Survivors a period earlier.
        before: u64,
        /// Survivors at that age.
        now: u64,
    },
}
