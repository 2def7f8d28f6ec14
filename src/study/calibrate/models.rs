//! Reference models fitted by name.

use std::collections::BTreeMap;

use serde::Serialize;

use super::customers::Customers;
use crate::study::reference::{
    Fit, KINDS, ReferenceError, SummaryError,
    gamma_gamma::GammaGamma,
    kind,
    retention::{RETENTION_KINDS, retention_kind},
};

/// Name of the model of spend.
pub const GAMMA_GAMMA: &str = "gamma_gamma";

/// Names of all models, in the order in which they are told.
#[must_use]
pub fn names() -> Vec<&'static str> {
    let counts = KINDS.iter().map(|kind| kind.name());
    counts.chain([GAMMA_GAMMA]).chain(RETENTION_KINDS.iter().map(|kind| kind.name())).collect()
}

/// Whether a model is about goodbyes, so that there is nothing to fit where nobody says them.
#[must_use]
pub fn needs_goodbyes(name: &str) -> bool {
    RETENTION_KINDS.iter().any(|kind| kind.name() == name)
}

/// Why a model could not be fitted.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ModelError {
    /// The customers cannot be summed up.
    #[error(transparent)]
    Summary(#[from] SummaryError),
    /// The model cannot be fitted to them.
    #[error(transparent)]
    Reference(#[from] ReferenceError),
    /// Nobody says goodbye.
    #[error("the history has no announced departures, and {0} is about nothing else")]
    NoGoodbyes(String),
    /// The best there is, is no number.
    #[error("the fit of {0} has no finite result on this history")]
    NotFinite(String),
}

/// A model as it was fitted.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FittedModel {
    /// Parameters by name; times in weeks, tenures in periods of 30 days, money in major units.
    pub parameters: BTreeMap<&'static str, f64>,
    /// Their standard errors; none where the history does not tell.
    pub standard_errors: BTreeMap<&'static str, Option<f64>>,
    /// \[nat\]
    pub log_likelihood: f64,
    /// How many customers it is from.
    pub customers: usize,
    /// What to be careful about.
    pub cautions: Vec<String>,
}

/// Fits one model.
///
/// # Errors
/// [`ModelError`], if the history does not bear it.
pub fn fit(name: &str, customers: &Customers) -> Result<FittedModel, ModelError> {
    let fit = if name == GAMMA_GAMMA {
        GammaGamma::fit(&customers.spend()?)?.0
    } else if needs_goodbyes(name) {
        retention(name, customers)?
    } else {
        kind(name)?.fit(&customers.counts()?)?.fit
    };
    FittedModel::of(&fit).ok_or_else(|| ModelError::NotFinite(name.to_owned()))
}

fn retention(name: &str, customers: &Customers) -> Result<Fit, ModelError> {
    if !customers.announced() {
        return Err(ModelError::NoGoodbyes(name.to_owned()));
    }
    Ok(retention_kind(name)?.fit(&customers.cohorts()?)?.fit)
}

impl FittedModel {
    /// None if there is anything in it that is no number.
    fn of(fit: &Fit) -> Option<Self> {
        let finite = fit.log_likelihood.is_finite() && fit.parameters.iter().all(|it| it.value.is_finite());
        let error = |error: Option<f64>| error.filter(|error| error.is_finite());
        finite.then(|| Self {
            parameters: fit.parameters.iter().map(|it| (it.name, it.value)).collect(),
            standard_errors: fit.parameters.iter().map(|it| (it.name, error(it.standard_error))).collect(),
            log_likelihood: fit.log_likelihood,
            customers: fit.customers,
            cautions: fit.cautions.iter().map(ToString::to_string).collect(),
        })
    }
}
