//! A log of decisions, read from a file: what another policy would have earned.

use std::path::Path;

use serde::Serialize;

use super::{
    error::ExperimentError,
    off_policy::{Decision, Estimator, Support, Taming, Value, value},
};
use crate::history::source::table::Table;

/// The policy that is evaluated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Policy {
    /// Every action alike.
    Uniform,
    /// These alike, no other.
    Items(Vec<String>),
    /// Probabilities in columns of this prefix, followed by the action's name.
    Columns(String),
    /// The action with the largest number in columns of this prefix.
    Greedy(String),
}

impl Policy {
    /// Reads `uniform`, `items:a,b`, `columns:PREFIX` or `greedy:PREFIX`.
    ///
    /// # Errors
    /// [`ExperimentError::Setting`] for anything else.
    pub fn parse(text: &str) -> Result<Self, ExperimentError> {
        let wrong =
            || ExperimentError::setting("--policy", text, "uniform, items:a,b,c, columns:PREFIX or greedy:PREFIX");
        if text == "uniform" {
            return Ok(Self::Uniform);
        }
        let (kind, rest) = text.split_once(':').filter(|(_, rest)| !rest.is_empty()).ok_or_else(wrong)?;
        match kind {
            "items" => Ok(Self::Items(rest.split(',').map(|item| item.trim().to_owned()).collect())),
            "columns" => Ok(Self::Columns(rest.to_owned())),
            "greedy" => Ok(Self::Greedy(rest.to_owned())),
            _ => Err(wrong()),
        }
    }
}

/// What is asked of a log.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Column of the action taken.
    pub action: String,
    /// Column of the probability with which it was.
    pub propensity: String,
    /// Column of what came of it.
    pub reward: String,
    /// The policy that is evaluated.
    pub policy: Policy,
    /// Prefix of the columns with a model's expected rewards.
    pub expected_reward: Option<String>,
    /// One minus the level of intervals.
    pub alpha: f64,
}

/// What another policy would have earned.
#[derive(Clone, Debug, Serialize)]
pub struct LoggedValue {
    /// Why no value is given, if none is.
    pub refused: Option<String>,
    /// How far the log can carry the policy.
    pub support: Support,
    /// What the log's own policy earned a decision.
    pub logged: Value,
    /// The policy's value by each estimator; empty if refused.
    pub values: Vec<Estimated>,
    /// What to know before believing it.
    pub warnings: Vec<String>,
}

/// A value by one estimator.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Estimated {
    /// The estimator.
    pub estimator: &'static str,
    /// The value.
    #[serde(flatten)]
    pub value: Value,
}

/// A table's actions and their numbers.
struct Log {
    /// Names of the actions, in order.
    actions: Vec<String>,
    /// Each row's action.
    taken: Vec<usize>,
}

impl Asked {
    /// Reads the log and evaluates the policy.
    ///
    /// # Errors
    /// [`ExperimentError`] if the log cannot be read, or a propensity is no probability.
    pub fn evaluate(&self, path: &Path) -> Result<(LoggedValue, Table), ExperimentError> {
        let table = Table::read(path, &[&self.action, &self.propensity, &self.reward])?;
        let log = Log::of(&table, &self.action)?;
        let rewards = self.complete(&table, &self.reward)?;
        let propensities = self.complete(&table, &self.propensity)?;
        if let Some(wrong) = propensities.iter().find(|p| !(**p > 0.0 && **p <= 1.0)) {
            let column = self.propensity.clone();
            return Err(ExperimentError::Range {
                column,
                expected: "probabilities above 0, at most 1",
                found: wrong.to_string(),
            });
        }
        let target = self.target(path, &log)?;
        let expected = match &self.expected_reward {
            Some(prefix) => self.by_action(path, prefix, &log)?,
            None => vec![Vec::new(); table.rows],
        };
        let decision = |row: usize| {
            Decision::of(log.taken[row], rewards[row], propensities[row], &target[row % target.len()], &expected[row])
        };
        let decisions: Vec<Decision> = (0..table.rows).map(decision).collect();
        Ok((self.valued(&decisions), table))
    }

    fn valued(&self, decisions: &[Decision]) -> LoggedValue {
        let support = Support::of(decisions);
        let refused = support.refusal();
        let on_policy: Vec<Decision> =
            decisions.iter().map(|one| Decision { target: one.propensity, ..one.clone() }).collect();
        let mut warnings: Vec<String> = refused.iter().map(|why| format!("Refused: {why}.")).collect();
        if support.is_off() {
            warnings.push(format!(
                "The mean weight is {:.3} ± {:.3}, not 1: propensities are wrong, or the log never takes some of the policy's actions.",
                support.mean_weight, support.mean_weight_se
            ));
        }
        if refused.is_none() && support.effective < 0.1 * support.decisions as f64 {
            warnings.push(format!(
                "Only {:.0} of {} decisions count effectively; the interval rests on these.",
                support.effective, support.decisions
            ));
        }
        let values = if refused.is_some() { Vec::new() } else { self.values(decisions) };
        let logged = value(&on_policy, Estimator::Ipw(Taming::None), self.alpha);
        LoggedValue { refused, support, logged, values, warnings }
    }

    fn values(&self, decisions: &[Decision]) -> Vec<Estimated> {
        let mut estimators = vec![
            ("snipw", Estimator::SelfNormalised),
            ("ipw", Estimator::Ipw(Taming::None)),
            ("ipw_clipped_10", Estimator::Ipw(Taming::Clipped(10.0))),
        ];
        if self.expected_reward.is_some() {
            let modelled = [
                ("dr", Estimator::DoublyRobust(Taming::None)),
                ("sndr", Estimator::SelfNormalisedDoublyRobust),
                ("dr_switch_10", Estimator::DoublyRobust(Taming::Switched(10.0))),
                ("dr_shrunk_10", Estimator::DoublyRobust(Taming::Shrunk(10.0))),
                ("dm", Estimator::Direct),
            ];
            estimators.splice(0..0, modelled);
        }
        let one = |(name, by)| Estimated { estimator: name, value: value(decisions, by, self.alpha) };
        estimators.into_iter().map(one).collect()
    }

    /// Numbers of which none is missing.
    fn complete(&self, table: &Table, column: &str) -> Result<Vec<f64>, ExperimentError> {
        let values = table.numbers(column)?;
        match values.iter().position(|value| value.is_nan()) {
            None => Ok(values),
            Some(row) => {
                let found = format!("a blank cell in row {}", row + 1);
                Err(ExperimentError::Range { column: column.to_owned(), expected: "a number in every row", found })
            }
        }
    }

    /// Probabilities of every action, once or a row.
    fn target(&self, path: &Path, log: &Log) -> Result<Vec<Vec<f64>>, ExperimentError> {
        let count = log.actions.len();
        match &self.policy {
            Policy::Uniform => Ok(vec![vec![1.0 / count as f64; count]]),
            Policy::Items(items) => {
                let unknown = items.iter().find(|item| !log.actions.contains(item));
                if let Some(unknown) = unknown {
                    return Err(ExperimentError::setting(
                        "--policy",
                        unknown.as_str(),
                        "actions that the log has taken",
                    ));
                }
                let share = |action: &String| if items.contains(action) { 1.0 / items.len() as f64 } else { 0.0 };
                Ok(vec![log.actions.iter().map(share).collect()])
            }
            Policy::Columns(prefix) => self.by_action(path, prefix, log),
            Policy::Greedy(prefix) => Ok(self.by_action(path, prefix, log)?.iter().map(|row| greedy(row)).collect()),
        }
    }

    /// Numbers of each action, a row each.
    fn by_action(&self, path: &Path, prefix: &str, log: &Log) -> Result<Vec<Vec<f64>>, ExperimentError> {
        let names: Vec<String> = log.actions.iter().map(|action| format!("{prefix}{action}")).collect();
        let table = Table::read(path, &names.iter().map(String::as_str).collect::<Vec<_>>())?;
        let columns = names.iter().map(|name| self.complete(&table, name)).collect::<Result<Vec<_>, _>>()?;
        Ok((0..table.rows).map(|row| columns.iter().map(|column| column[row]).collect()).collect())
    }
}

impl Log {
    fn of(table: &Table, column: &str) -> Result<Self, ExperimentError> {
        let (codes, levels) = table.labels(column)?;
        let mut actions = levels.to_vec();
        actions.sort();
        if actions.is_empty() || actions.iter().any(String::is_empty) {
            let found = "no action, or a blank one".to_owned();
            return Err(ExperimentError::Range {
                column: column.to_owned(),
                expected: "an action in every row",
                found,
            });
        }
        let places: Vec<usize> = levels.iter().map(|level| actions.binary_search(level).unwrap_or_default()).collect();
        Ok(Self { taken: codes.iter().map(|&code| places[code as usize]).collect(), actions })
    }
}

fn greedy(expected: &[f64]) -> Vec<f64> {
    let best = (0..expected.len()).fold(0, |best, i| if expected[i] > expected[best] { i } else { best });
    (0..expected.len()).map(|i| f64::from(u8::from(i == best))).collect()
}
