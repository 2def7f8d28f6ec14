//! Guardrails: a metric that must not get worse by more than a margin.
//!
//! One-sided, so that the interval's end that matters is compared with the margin (Piaggio et al. 2012, *Reporting of
//! noninferiority trials*, JAMA 308). An experiment too small to see harm does not pass.

use serde::Serialize;

use super::{
    difference::{Asked, Effect, Form, Tail, compare},
    error::ExperimentError,
    summary::Side,
};

/// How far a metric may move the wrong way.
#[derive(Clone, Debug, PartialEq)]
pub struct Guardrail {
    /// The metric's name as asked for.
    pub metric: String,
    /// Largest harm that is accepted, above 0.
    pub margin: f64,
    /// Whether the margin is a share of control's value.
    pub relative: bool,
    /// Whether less of the metric is better.
    pub less_is_better: bool,
}

/// What became of a guardrail in an arm.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Guarded {
    /// The effect, as a share of control's value where the margin is one, with its one-sided interval.
    pub effect: Effect,
    /// Where the interval must end before.
    pub limit: f64,
    /// Whether it does.
    pub passed: bool,
}

impl Guardrail {
    /// Reads `METRIC:MARGIN`: a margin like `-2%` (may fall by 2% of control's), `+3%` (less is better, may rise by 3%),
    /// or without `%` in the metric's own units; without a sign it may fall.
    ///
    /// # Errors
    /// [`ExperimentError::Setting`] for anything else.
    pub fn parse(text: &str) -> Result<Self, ExperimentError> {
        let expected = "METRIC:MARGIN with a margin like 2%, -2%, +3% or 0.01";
        let wrong = || ExperimentError::setting("--guardrail", text, expected);
        let (metric, margin) = text.rsplit_once(':').ok_or_else(wrong)?;
        let less_is_better = margin.starts_with('+');
        let (number, relative) = margin.strip_suffix('%').map_or((margin, false), |number| (number, true));
        let number: f64 = number.trim_start_matches(['+', '-']).parse().map_err(|_| wrong())?;
        if metric.is_empty() || !number.is_finite() || number <= 0.0 {
            return Err(wrong());
        }
        let margin = if relative { number / 100.0 } else { number };
        Ok(Self { metric: metric.to_owned(), margin, relative, less_is_better })
    }

    /// Tests that the harm is below the margin; none without variance.
    #[must_use]
    pub fn test(&self, control: &Side, treated: &Side, alpha: f64) -> Option<Guarded> {
        let form = if self.relative { Form::Relative } else { Form::Absolute };
        let tail = if self.less_is_better { Tail::Less } else { Tail::Greater };
        let effect = compare(control, treated, Asked { form, tail, alpha })?;
        let limit = if self.less_is_better { self.margin } else { -self.margin };
        let passed = if self.less_is_better { effect.hi < limit } else { effect.lo > limit };
        Some(Guarded { effect, limit, passed })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_difference_passes_only_if_the_experiment_could_have_seen_harm() {
        let guardrail = Guardrail::parse("visits:-2%").unwrap();
        let of = |n: f64| guardrail.test(&Side::plain(n, 10.0, 4.0), &Side::plain(n, 10.0, 4.0), 0.05).unwrap();
        assert!(of(100_000.0).passed && !of(100.0).passed);
        assert!(Guardrail::parse("wait:+3%").unwrap().less_is_better);
        assert!(
            ["visits", "visits:", ":2%", "visits:0%", "visits:much"].iter().all(|text| Guardrail::parse(text).is_err())
        );
    }
}
