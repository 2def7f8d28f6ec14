//! What a validation found, ready for JSON.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{ahead::AheadReport, calibration::Calibration, stated::StatedReport};
use crate::user::facet::ScoreUnit;

/// Everything a validation found, by facet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Validation {
    /// Scores against baselines.
    pub facets: BTreeMap<String, FacetReport>,
    /// Predicted against observed shares.
    pub calibration: BTreeMap<String, Calibration>,
    /// Leaving within the coming days, asked every week; none where hardly anybody left.
    pub churn_ahead: Option<AheadReport>,
    /// What users said against what they did; none if nobody was asked.
    pub stated: Option<StatedReport>,
    /// Users that were predicted.
    pub users: usize,
    /// Sessions that were predicted.
    pub sessions: u64,
    /// Users fitted to and predicted, and the fit, fold by fold.
    pub folds: Vec<FoldReport>,
    /// Level of the intervals.
    pub level: f64,
}

/// One fold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FoldReport {
    /// Users fitted to.
    pub fitted_users: usize,
    /// Users predicted.
    pub predicted_users: usize,
    /// Prequential log score of the fitting users \[nat\].
    pub log_likelihood: Option<f64>,
    /// Strengths, scales and half-lives.
    pub settings: BTreeMap<String, f64>,
}

/// One facet's scores.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FacetReport {
    /// What values are in.
    pub score: ScoreUnit,
    /// True if nothing was there to predict: no event, or an outcome that is always the same.
    pub nothing_to_predict: bool,
    /// Over all events.
    pub all: Value,
    /// By number of prior sessions; bins without events are left out.
    pub by_prior_sessions: Vec<BinReport>,
}

/// One bin's scores.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BinReport {
    /// First number of prior sessions.
    pub from: u32,
    /// Last number; none: open.
    pub to: Option<u32>,
    /// The scores.
    #[serde(flatten)]
    pub value: Value,
}

/// Scores of some events: skill \[1\] or nats an event; none where there is nothing to predict.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Value {
    /// Against the static population of the fitting users: mean of the folds.
    pub value: Option<f64>,
    /// Lower end of its interval.
    pub lo: Option<f64>,
    /// Upper end.
    pub hi: Option<f64>,
    /// Events.
    pub events: u64,
    /// Against the population of the same number of prior sessions.
    pub value_by_bin_baseline: Option<f64>,
    /// Lower end of its interval.
    pub lo_by_bin_baseline: Option<f64>,
    /// Upper end.
    pub hi_by_bin_baseline: Option<f64>,
    /// `value`, fold by fold.
    pub folds: Vec<Option<f64>>,
}

/// A number and its interval; none where there is nothing to compute it from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ScoredValue {
    /// Mean of the folds.
    pub value: Option<f64>,
    /// Lower end of its interval.
    pub lo: Option<f64>,
    /// Upper end.
    pub hi: Option<f64>,
}
