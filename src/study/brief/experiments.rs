//! What the experiments that run say so far, as `cwm experiment analyse` has read them.
//!
//! Whoever looks every morning and stops when it looks good fools themselves with an interval that holds once. So a
//! metric is told by its always-valid interval, which holds however often one looks, where there is one.

use serde::{Deserialize, Serialize};

/// An experiment so far.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Experiment {
    /// What it is called: its folder.
    pub name: String,
    /// Each arm in each metric.
    pub readings: Vec<Reading>,
    /// What warns against believing it.
    pub warnings: Vec<String>,
}

/// One arm in one metric.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Reading {
    /// What is measured.
    pub metric: String,
    /// The arm.
    pub arm: String,
    /// What it is compared with.
    pub control: String,
    /// Whether the difference may be called an effect: chance assigned the arms.
    pub is_effect: bool,
    /// The difference.
    pub estimate: f64,
    /// Lower end of its interval.
    pub lo: f64,
    /// Upper end.
    pub hi: f64,
    /// Whether the interval holds however often one looks.
    pub always_valid: bool,
    /// Users in the arm and in the control.
    pub users: (f64, f64),
    /// What it says.
    pub verdict: Verdict,
}

/// What an interval says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// More than in the control.
    More,
    /// Less.
    Less,
    /// It may be chance.
    Open,
}

/// A summary as it is written, as far as it is read.
#[derive(Deserialize)]
struct Summary {
    comparisons: Vec<Comparison>,
    warnings: Vec<String>,
}

#[derive(Deserialize)]
struct Comparison {
    arm: String,
    control: String,
    metric: String,
    reading: String,
    estimate: Option<f64>,
    lo: Option<f64>,
    hi: Option<f64>,
    users: (f64, f64),
    always_valid: Option<Interval>,
}

#[derive(Clone, Copy, Deserialize)]
struct Interval {
    lo: Option<f64>,
    hi: Option<f64>,
}

impl Experiment {
    /// Of the `summary.json` of an analysed experiment.
    ///
    /// # Errors
    /// When it is none, in words.
    pub fn read(name: &str, summary: &[u8]) -> Result<Self, String> {
        let summary: Summary = serde_json::from_slice(summary)
            .map_err(|why| format!("must be what `cwm experiment analyse --out` writes, but is not: {why}"))?;
        if summary.comparisons.is_empty() {
            return Err("must be of an experiment with arms and metrics, but compares none".to_owned());
        }
        let readings = summary.comparisons.into_iter().filter_map(Reading::of).collect();
        Ok(Self { name: name.to_owned(), readings, warnings: summary.warnings })
    }
}

impl Reading {
    /// None where there is no interval to go by.
    fn of(told: Comparison) -> Option<Self> {
        let always = told.always_valid.and_then(|interval| interval.lo.zip(interval.hi));
        let (lo, hi) = always.or(told.lo.zip(told.hi))?;
        let verdict = match (lo > 0.0, hi < 0.0) {
            (true, _) => Verdict::More,
            (_, true) => Verdict::Less,
            _ => Verdict::Open,
        };
        Some(Self {
            metric: told.metric,
            arm: told.arm,
            control: told.control,
            is_effect: told.reading == "effect",
            estimate: told.estimate?,
            lo,
            hi,
            always_valid: always.is_some(),
            users: told.users,
            verdict,
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_interval_that_holds_at_every_look_decides() {
        let one = |always: serde_json::Value| {
            json!({
                "comparisons": [{
                    "arm": "b", "control": "a", "metric": "spend", "reading": "effect", "estimate": 1.0, "lo": 0.2, "hi": 1.8,
                    "users": [100, 101], "always_valid": always,
                }],
                "warnings": ["the arms are not of equal size"],
            })
            .to_string()
        };
        let open = Experiment::read("x", one(json!({"lo": -0.3, "hi": 2.3})).as_bytes()).unwrap();
        assert_eq!((open.readings[0].verdict, open.readings[0].always_valid), (Verdict::Open, true));
        assert_eq!(open.warnings.len(), 1);
        let once = Experiment::read("x", one(json!(null)).as_bytes()).unwrap();
        assert_eq!((once.readings[0].verdict, once.readings[0].always_valid), (Verdict::More, false));
        assert!(Experiment::read("x", b"{}").unwrap_err().contains("cwm experiment analyse"));
    }
}
