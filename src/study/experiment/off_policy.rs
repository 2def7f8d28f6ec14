//! What another policy would have earned, from a log of decisions with their probabilities.
//!
//! Inverse propensity weighting and its self-normalised form (Swaminathan & Joachims 2015), the direct method, doubly
//! robust (Dudík, Langford & Li 2011), its switch (Wang, Agarwal & Dudík 2017) and its optimistic shrinkage (Su,
//! Dimakopoulou, Krishnamurthy & Dudík 2020), weights by a power mean (Metelli, Russo & Restelli 2021), and replay (Li,
//! Chu, Langford & Wang 2011). A few large weights can decide all of it: below an effective number of decisions the
//! result is refused.

use libm::sqrt;
use serde::Serialize;

use super::law::normal_critical;

/// A decision as it was logged.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// The action that was taken, as an index.
    pub action: usize,
    /// What came of it.
    pub reward: f64,
    /// Probability with which the log's policy took it.
    pub propensity: f64,
    /// Probability with which the other policy would have taken it.
    pub target: f64,
    /// Expected reward of the action taken, by some model; 0 without one.
    pub expected: f64,
    /// Expected reward of the other policy here, by the same model.
    pub expected_of_target: f64,
}

impl Decision {
    /// Of the target policy's probabilities and a model's expectations for every action.
    #[must_use]
    pub fn of(action: usize, reward: f64, propensity: f64, target: &[f64], expected: &[f64]) -> Self {
        let at = |values: &[f64]| values.get(action).copied().unwrap_or(0.0);
        let mean = target.iter().zip(expected).map(|(share, value)| share * value).sum();
        Self { action, reward, propensity, target: at(target), expected: at(expected), expected_of_target: mean }
    }

    /// How much more often the target policy takes this action.
    #[must_use]
    pub fn weight(&self) -> f64 {
        self.target / self.propensity
    }
}

/// How weights are tamed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Taming {
    /// Not at all.
    None,
    /// Cut at a limit.
    Clipped(f64),
    /// Left out above a limit (only with a model to stand in).
    Switched(f64),
    /// `λw/(w² + λ)`.
    Shrunk(f64),
    /// `w/(1 − λ + λw)`.
    SubGaussian(f64),
}

impl Taming {
    fn apply(self, weight: f64) -> f64 {
        match self {
            Self::None => weight,
            Self::Clipped(limit) => weight.min(limit),
            Self::Switched(limit) => {
                if weight > limit {
                    0.0
                } else {
                    weight
                }
            }
            Self::Shrunk(lambda) => lambda * weight / (weight * weight + lambda),
            Self::SubGaussian(lambda) => weight / (1.0 - lambda + lambda * weight),
        }
    }
}

/// How the value is estimated.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Estimator {
    /// Weighted rewards.
    Ipw(Taming),
    /// The same over the sum of the weights.
    SelfNormalised,
    /// What a model expects.
    Direct,
    /// What a model expects, and the weighted rest.
    DoublyRobust(Taming),
    /// The same with self-normalised weights.
    SelfNormalisedDoublyRobust,
}

/// A policy's value with its interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Value {
    /// Reward a decision.
    pub estimate: f64,
    /// Lower end, by the normal law.
    pub lo: f64,
    /// Upper end.
    pub hi: f64,
    /// Standard error.
    pub se: f64,
}

/// The value of the target policy by one estimator.
#[must_use]
pub fn value(log: &[Decision], estimator: Estimator, alpha: f64) -> Value {
    let n = log.len() as f64;
    let sum: f64 = log.iter().map(Decision::weight).sum();
    let part = |one: &Decision| {
        let (weight, rest) = (one.weight(), one.reward - one.expected);
        match estimator {
            Estimator::Ipw(taming) => taming.apply(weight) * one.reward,
            Estimator::SelfNormalised => weight * one.reward * n / sum,
            Estimator::Direct => one.expected_of_target,
            Estimator::DoublyRobust(taming) => one.expected_of_target + taming.apply(weight) * rest,
            Estimator::SelfNormalisedDoublyRobust => one.expected_of_target + weight * rest * n / sum,
        }
    };
    let estimate = log.iter().map(part).sum::<f64>() / n;
    // A ratio's influence leaves out its own mean, times how far the weight is from its mean.
    let influence = |one: &Decision| match estimator {
        Estimator::SelfNormalised => one.weight() * (one.reward - estimate) * n / sum + estimate,
        _ => part(one),
    };
    let squares: f64 = log.iter().map(|one| (influence(one) - estimate) * (influence(one) - estimate)).sum();
    let se = sqrt(squares / (n - 1.0) / n);
    let reach = normal_critical(alpha) * se;
    Value { estimate, lo: estimate - reach, hi: estimate + reach, se }
}

/// Mean reward where the log took the action that a deterministic policy would have, and how many those are.
#[must_use]
pub fn replay(log: &[Decision], chosen: impl Fn(usize) -> usize) -> (f64, usize) {
    let matched = log.iter().enumerate().filter(|(place, one)| chosen(*place) == one.action);
    let (count, sum) = matched.fold((0, 0.0), |(count, sum), (_, one)| (count + 1, sum + one.reward));
    (if count > 0 { sum / count as f64 } else { f64::NAN }, count)
}

/// How far the log can carry the target policy.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Support {
    /// Decisions.
    pub decisions: usize,
    /// As many decisions of equal weight would be as good: `(Σw)²/Σw²`.
    pub effective: f64,
    /// Largest weight.
    pub largest_weight: f64,
    /// Its share of all weight.
    pub largest_share: f64,
    /// Mean weight; 1 if propensities are right and the log takes every action that the policy takes.
    pub mean_weight: f64,
    /// Standard error of the mean weight.
    pub mean_weight_se: f64,
}

/// Fewest effective decisions that a value is given for.
pub const LEAST_EFFECTIVE: f64 = 100.0;
/// Largest share of all weight that one decision may have.
pub const LARGEST_SHARE: f64 = 0.05;

impl Support {
    /// Of a log.
    #[must_use]
    pub fn of(log: &[Decision]) -> Self {
        let n = log.len() as f64;
        let (sum, squares, largest_weight) = log
            .iter()
            .map(Decision::weight)
            .fold((0.0, 0.0, 0.0_f64), |all, w| (all.0 + w, all.1 + w * w, all.2.max(w)));
        let mean_weight = sum / n;
        Self {
            decisions: log.len(),
            effective: if squares > 0.0 { sum * sum / squares } else { 0.0 },
            largest_weight,
            largest_share: if sum > 0.0 { largest_weight / sum } else { 1.0 },
            mean_weight,
            mean_weight_se: sqrt((squares / n - mean_weight * mean_weight).max(0.0) / n),
        }
    }

    /// Why no value is given, if none is.
    #[must_use]
    pub fn refusal(&self) -> Option<String> {
        if self.effective < LEAST_EFFECTIVE {
            return Some(format!(
                "the effective sample size is {:.1} of {} decisions, fewer than {LEAST_EFFECTIVE}: the log says too little about this policy",
                self.effective, self.decisions
            ));
        }
        (self.largest_share > LARGEST_SHARE).then(|| {
            format!(
                "one decision has {:.0}% of all weight: it alone would decide the value",
                100.0 * self.largest_share
            )
        })
    }

    /// Whether the mean weight is not 1: wrong propensities, or actions that the log never takes.
    #[must_use]
    pub fn is_off(&self) -> bool {
        (self.mean_weight - 1.0).abs() > 4.0 * self.mean_weight_se + 1e-9
    }
}
