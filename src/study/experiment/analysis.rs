//! A recorded experiment with a row a user, analysed: every arm against control, every metric, and what warns.

mod comparing;
pub mod projected;
mod values;
mod warnings;

use std::collections::BTreeMap;

use serde::Serialize;

use super::{
    bayesian::{Posterior, Prior},
    difference::Effect,
    error::ExperimentError,
    heterogeneity::Heterogeneity,
    identification::{Balance, Identification, Reading, balance, reading},
    metric::Metric,
    non_inferiority::{Guarded, Guardrail},
    novelty::Novelty,
    outliers::Sensitivity,
    sample_ratio,
};
use crate::history::source::table::Table;

/// What is asked of a recorded experiment.
#[derive(Clone, Debug)]
pub struct Question {
    /// Column that holds the arms.
    pub arm: String,
    /// The control's name; found by its name if not given.
    pub control: Option<String>,
    /// What is compared.
    pub metrics: Vec<Metric>,
    /// What was known before; of a ratio metric `NUMERATOR/DENOMINATOR`.
    pub covariates: Vec<String>,
    /// Columns whose levels are looked at by themselves; `A*B` are the levels of both crossed.
    pub segments: Vec<String>,
    /// Column of strata that were known before.
    pub strata: Option<String>,
    /// Column of days since exposure.
    pub day: Option<String>,
    /// Column of what was randomised, if rows are finer.
    pub unit: Option<String>,
    /// Sizes that the arms were meant to have, in the order of their names with control first.
    pub expected: Option<Vec<f64>>,
    /// What must not get worse.
    pub guardrails: Vec<Guardrail>,
    /// Why the arms compare.
    pub identification: Identification,
    /// One minus the level of intervals.
    pub alpha: f64,
    /// Users at which the always-valid interval is tightest.
    pub tightest_at: f64,
    /// What is believed of relative effects beforehand.
    pub prior: Option<Prior>,
}

/// An experiment, analysed.
#[derive(Clone, Debug, Serialize)]
pub struct Analysis {
    /// Every arm against control, metric by metric.
    pub comparisons: Vec<Comparison>,
    /// Do the arms have the sizes that were meant?
    pub sample_ratio: SampleRatio,
    /// What to know before believing any of it.
    pub warnings: Vec<String>,
    /// What the differences may be called.
    pub identification: Identified,
    /// Are the arms alike in what was known before?
    pub balance: Vec<Balance>,
    /// Effects by segment.
    pub segments: Vec<Segment>,
    /// What must not get worse.
    pub guardrails: Vec<GuardedArm>,
    /// Whether effects wear off.
    pub novelty: Vec<Wearing>,
    /// Level of all intervals \[1\].
    pub level: f64,
}

/// What the differences may be called.
#[derive(Clone, Debug, Serialize)]
pub struct Identified {
    /// What was stated.
    pub stated: Identification,
    /// An effect or an association.
    pub reading: Reading,
    /// Why.
    pub why: String,
}

/// Sizes of the arms.
#[derive(Clone, Debug, Serialize)]
pub struct SampleRatio {
    /// Of the test that the sizes are as meant.
    pub p_value: f64,
    /// Users found, arm by arm.
    pub users: BTreeMap<String, u64>,
    /// Shares that were meant.
    pub expected: BTreeMap<String, f64>,
    /// Whether the shares were given; else equal ones are taken.
    pub stated: bool,
}

/// One arm against control in one metric.
#[derive(Clone, Debug, Serialize)]
pub struct Comparison {
    /// The arm.
    pub arm: String,
    /// The control.
    pub control: String,
    /// The metric as asked for.
    pub metric: String,
    /// An effect or an association.
    pub reading: Reading,
    /// Treated minus control.
    pub estimate: f64,
    /// Lower end.
    pub lo: Option<f64>,
    /// Upper end.
    pub hi: Option<f64>,
    /// Of a single test with a fixed size.
    pub p_value: f64,
    /// Adjusted for all comparisons (Holm).
    pub p_adjusted: f64,
    /// False discovery rate at which it would be found (Benjamini & Hochberg).
    pub q_value: f64,
    /// Standard error.
    pub se: Option<f64>,
    /// Users of the arm and of control that have the metric.
    pub users: [u64; 2],
    /// The metric in the arm and in control.
    pub values: [f64; 2],
    /// As a share of control's value.
    pub relative: Option<Relative>,
    /// After what was known before.
    pub adjusted: Option<AdjustedResult>,
    /// After strata.
    pub post_stratified: Option<Interval>,
    /// Holds however often one looks.
    pub always_valid: Option<Interval>,
    /// With the prior that was stated, or a flat one: an effect that looks large is shrunk towards what such effects
    /// usually are.
    pub bayesian: Option<Posterior>,
    /// Smallest difference that an experiment of this size sees with a power of 80%.
    pub detectable: Option<f64>,
    /// By ranks: p-value, and probability that the arm's value is the larger of a random pair.
    pub ranks: Option<Ranks>,
    /// Without the most extreme user.
    pub outliers: Option<Sensitivity>,
}

/// As a share of control's value.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Relative {
    /// `(t − c)/|c|`.
    pub estimate: f64,
    /// Lower end by the linear delta method.
    pub lo: f64,
    /// Upper end.
    pub hi: f64,
    /// By the same.
    pub p_value: f64,
    /// By the delta method on the logarithm: asymmetric, never below −1.
    pub log_ratio: Option<Interval>,
}

/// An estimate with its interval.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Interval {
    /// The estimate.
    pub estimate: f64,
    /// Lower end.
    pub lo: f64,
    /// Upper end.
    pub hi: f64,
    /// p-value.
    pub p_value: f64,
}

impl From<Effect> for Interval {
    fn from(Effect { estimate, lo, hi, p_value, .. }: Effect) -> Self {
        Self { estimate, lo, hi, p_value }
    }
}

/// After what was known before.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct AdjustedResult {
    /// How: `cuped`, `ratio_cuped` or `regression`.
    pub method: &'static str,
    /// The adjusted effect.
    pub effect: Interval,
    /// Share of the variance that is gone.
    pub variance_reduction: f64,
}

/// By ranks.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Ranks {
    /// Mann and Whitney's.
    pub p_value: f64,
    /// Probability that the arm's value is the larger of a random pair.
    pub superiority: f64,
}

/// Effects by the levels of a column.
#[derive(Clone, Debug, Serialize)]
pub struct Segment {
    /// The column.
    pub segment: String,
    /// The arm.
    pub arm: String,
    /// The metric.
    pub metric: String,
    /// Effects by level.
    #[serde(flatten)]
    pub found: Heterogeneity,
}

/// A guardrail in one arm.
#[derive(Clone, Debug, Serialize)]
pub struct GuardedArm {
    /// The metric.
    pub metric: String,
    /// The arm.
    pub arm: String,
    /// What became of it.
    #[serde(flatten)]
    pub found: Guarded,
}

/// How an arm's effect wears off.
#[derive(Clone, Debug, Serialize)]
pub struct Wearing {
    /// The metric.
    pub metric: String,
    /// The arm.
    pub arm: String,
    /// What was found.
    #[serde(flatten)]
    pub found: Novelty,
}

/// Rows by arm, control first.
#[derive(Clone, Debug)]
pub(in crate::study::experiment) struct Arms {
    pub names: Vec<String>,
    /// Places of the arm's rows.
    pub rows: Vec<Vec<usize>>,
    /// Whether control was found by its name rather than named.
    pub guessed: bool,
}

impl Question {
    /// Every column that is needed.
    #[must_use]
    pub fn columns(&self) -> Vec<&str> {
        let metrics = self.metrics.iter().flat_map(Metric::columns);
        let covariates = self.covariates.iter().flat_map(|name| name.split('/'));
        let others = [&self.strata, &self.day, &self.unit].into_iter().flatten().flat_map(|name| name.split('*'));
        let segments = self.segments.iter().flat_map(|name| name.split('*'));
        std::iter::once(self.arm.as_str()).chain(metrics).chain(covariates).chain(others).chain(segments).collect()
    }

    /// Analyses an experiment.
    ///
    /// # Errors
    /// [`ExperimentError`] if the data or the question do not fit together.
    pub fn analyse(&self, table: &Table) -> Result<Analysis, ExperimentError> {
        // 1. Who is in which arm, and is that as it should be?
        let arms = Arms::of(table, &self.arm, self.control.as_deref())?;
        let sample_ratio = self.sample_ratio(&arms)?;
        let balance = self.balance(table, &arms)?;
        let (reading, why) = reading(self.identification, &balance);
        let identification = Identified { stated: self.identification, reading, why };
        // 2. Every arm against control.
        let mut comparisons = self.comparisons(table, &arms, reading)?;
        comparing::correct(&mut comparisons, self.alpha);
        let mut segments = self.in_segments(table, &arms)?;
        comparing::correct_segments(&mut segments, self.alpha);
        let guardrails = self.guarded(table, &arms)?;
        let novelty = self.wearing(table, &arms)?;
        // 3. What to know before believing it.
        let mut analysis = Analysis {
            comparisons,
            sample_ratio,
            warnings: Vec::new(),
            identification,
            balance,
            segments,
            guardrails,
            novelty,
            level: 1.0 - self.alpha,
        };
        analysis.warnings = warnings::of(self, table, &arms, &analysis)?;
        Ok(analysis)
    }

    fn sample_ratio(&self, arms: &Arms) -> Result<SampleRatio, ExperimentError> {
        let count = arms.names.len();
        if let Some(expected) = self.expected.as_ref().filter(|expected| expected.len() != count) {
            let wanted = format!("{count} numbers, for {}", arms.names.join(", "));
            let found = expected.iter().map(f64::to_string).collect::<Vec<_>>().join(":");
            return Err(ExperimentError::setting("--expected", found, wanted));
        }
        let weights = self.expected.clone().unwrap_or_else(|| vec![1.0; count]);
        let users: Vec<f64> = arms.rows.iter().map(|rows| rows.len() as f64).collect();
        let whole: f64 = weights.iter().sum();
        Ok(SampleRatio {
            p_value: sample_ratio::fixed(&users, &weights),
            users: arms.names.iter().cloned().zip(users.iter().map(|&n| n as u64)).collect(),
            expected: arms.names.iter().cloned().zip(weights.iter().map(|weight| weight / whole)).collect(),
            stated: self.expected.is_some(),
        })
    }

    fn balance(&self, table: &Table, arms: &Arms) -> Result<Vec<Balance>, ExperimentError> {
        let mut found = Vec::new();
        for name in self.covariates.iter().flat_map(|name| name.split('/')) {
            let values = table.numbers(name)?;
            let of = |arm: usize| -> Vec<f64> {
                arms.rows[arm].iter().map(|&row| values[row]).filter(|value| !value.is_nan()).collect()
            };
            let control = of(0);
            found.extend((1..arms.names.len()).map(|arm| balance(name, &arms.names[arm], &control, &of(arm))));
        }
        Ok(found)
    }
}

impl Arms {
    pub fn of(table: &Table, column: &str, control: Option<&str>) -> Result<Self, ExperimentError> {
        let (codes, levels) = table.labels(column)?;
        let mut names: Vec<&String> = levels.iter().filter(|level| !level.is_empty()).collect();
        names.sort();
        if !(2..=50).contains(&names.len()) {
            let found = format!(
                "{} ({})",
                names.len(),
                names.iter().take(5).map(|name| name.as_str()).collect::<Vec<_>>().join(", ")
            );
            return Err(ExperimentError::Arms { column: column.to_owned(), found });
        }
        let place = match control {
            Some(name) => names.iter().position(|level| *level == name).ok_or_else(|| {
                let known = names.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(", ");
                ExperimentError::setting("--control", name, format!("one of {known}"))
            })?,
            None => names.iter().position(|name| looks_like_control(name)).unwrap_or(0),
        };
        let first = names.remove(place);
        names.insert(0, first);
        let arm_of: Vec<Option<usize>> =
            levels.iter().map(|level| names.iter().position(|name| *name == level)).collect();
        let mut rows = vec![Vec::new(); names.len()];
        for (row, &code) in codes.iter().enumerate() {
            if let Some(arm) = arm_of[code as usize] {
                rows[arm].push(row);
            }
        }
        Ok(Self { names: names.into_iter().cloned().collect(), rows, guessed: control.is_none() })
    }
}

fn looks_like_control(name: &str) -> bool {
    let name = name.to_lowercase();
    ["control", "placebo", "holdout", "baseline"].iter().any(|word| name.contains(word))
        || ["0", "0.0", "false", "no", "none", "a", "off"].contains(&name.as_str())
        || name.starts_with("no ")
}
