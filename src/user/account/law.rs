//! A law over signals: how probable something is for an account, learned from accounts of which it is known.
//!
//! A logistic regression with a normal prior on the coefficients of standardised signals and on the tiers' intercepts
//! around the common one (tiers with few outcomes are pooled with all). Each coefficient has a precision of its own,
//! the one under which the outcomes seen are most probable, by Laplace's approximation and a weak Gamma hyperprior: so
//! a signal that says nothing is held at 0 while those that matter are hardly held back (MacKay 1992, *Bayesian
//! interpolation*, Neural Computation 4, § 4; Bishop 2006, *Pattern Recognition and Machine Learning*, § 7.2.3). The
//! covariance is kept, so that a prediction knows how sure the law is.

use super::signals::{SIGNALS, Signals};
use crate::base::{
    float::{exp, normal_quantile, sqrt},
    matrix,
};

/// Level of the intervals of predictions.
pub const LEVEL: f64 = 0.8;
/// The precision of a signal's coefficient where the outcomes say nothing of it.
const USUAL: f64 = 1_500.0;
/// Rounds of finding the precisions.
const ROUNDS: usize = 15;
/// Outcomes of the rarer kind below which nothing is learned but the rate.
const LEAST: usize = 20;
/// Steps of Newton's method, far more than it takes.
const STEPS: usize = 50;

/// What was believed of an account, and what came of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// The place of its tier.
    pub tier: u8,
    /// What was believed.
    pub signals: Signals,
    /// Whether it happened.
    pub happened: bool,
    /// When that was known \[day\].
    pub day: i32,
}

/// How probable something is, by signals.
#[derive(Clone, Debug, PartialEq)]
pub struct Law {
    tiers: usize,
    /// Mean and scale of each signal; a scale of 0 where it never varied.
    scales: Vec<(f64, f64)>,
    /// The common intercept, the tiers' own, and the signals'.
    coefficients: Vec<f64>,
    /// Lower factor of the precision of the coefficients.
    precision: Vec<Vec<f64>>,
    /// Samples it was learned from, and those in which it happened.
    pub samples: (usize, usize),
}

/// What a law says of an account.
#[derive(Clone, Debug, PartialEq)]
pub struct Forecast {
    /// How probable it is.
    pub probability: f64,
    /// Lower end of an 80% interval of that probability: how sure the law is.
    pub lo: f64,
    /// Upper end.
    pub hi: f64,
}

impl Law {
    /// Learns from samples.
    #[must_use]
    pub fn fit(samples: &[Sample], tiers: usize) -> Self {
        let scales = scales(samples);
        let rows: Vec<Vec<f64>> = samples.iter().map(|one| row(one.tier, &one.signals, &scales, tiers)).collect();
        let happened: Vec<bool> = samples.iter().map(|one| one.happened).collect();
        let yes = happened.iter().filter(|&&happened| happened).count();
        let enough = yes.min(samples.len() - yes) >= LEAST;
        let best = Fit::settled(&rows, &happened, tiers, if enough { ROUNDS } else { 0 })
            .unwrap_or_else(|| Fit::nothing(tiers));
        Self {
            tiers,
            scales,
            coefficients: best.coefficients,
            precision: best.precision,
            samples: (samples.len(), yes),
        }
    }

    /// What it says of an account.
    #[must_use]
    pub fn predict(&self, tier: u8, signals: &Signals) -> Forecast {
        let row = row(tier, signals, &self.scales, self.tiers);
        let mean: f64 = row.iter().zip(&self.coefficients).map(|(x, beta)| x * beta).sum();
        let variance = variance(&self.precision, &row);
        let reach = normal_quantile(0.5 + LEVEL / 2.0) * sqrt(variance);
        // The mean of a logistic of a normal (Bishop 2006, eq. 4.153).
        let shrink = 1.0 / sqrt(1.0 + std::f64::consts::PI * variance / 8.0);
        Forecast { probability: logistic(mean * shrink), lo: logistic(mean - reach), hi: logistic(mean + reach) }
    }

    /// What each signal adds to the log-odds, against an account whose signals are all average.
    #[must_use]
    pub fn contributions(&self, signals: &Signals) -> [f64; SIGNALS] {
        std::array::from_fn(|place| {
            let (mean, scale) = self.scales[place];
            let beta = self.coefficients[1 + self.tiers + place];
            if scale > 0.0 { beta * (signals.0[place] - mean) / scale } else { 0.0 }
        })
    }
}

/// Mean and standard deviation of each signal.
fn scales(samples: &[Sample]) -> Vec<(f64, f64)> {
    let n = samples.len().max(1) as f64;
    let of = |place: usize| {
        let mean = samples.iter().map(|one| one.signals.0[place]).sum::<f64>() / n;
        let squares: f64 =
            samples.iter().map(|one| (one.signals.0[place] - mean) * (one.signals.0[place] - mean)).sum();
        let scale = sqrt(squares / n);
        (mean, if scale > 1e-9 { scale } else { 0.0 })
    };
    (0..SIGNALS).map(of).collect()
}

fn row(tier: u8, signals: &Signals, scales: &[(f64, f64)], tiers: usize) -> Vec<f64> {
    let mut row = vec![0.0; 1 + tiers + SIGNALS];
    row[0] = 1.0;
    if usize::from(tier) < tiers {
        row[1 + usize::from(tier)] = 1.0;
    }
    for (place, &(mean, scale)) in scales.iter().enumerate() {
        row[1 + tiers + place] = if scale > 0.0 { (signals.0[place] - mean) / scale } else { 0.0 };
    }
    row
}

/// xᵀ·P⁻¹·x from the lower factor of P.
fn variance(lower: &[Vec<f64>], x: &[f64]) -> f64 {
    let mut solved = x.to_vec();
    for i in 0..solved.len() {
        let known: f64 = (0..i).map(|k| lower[i][k] * solved[k]).sum();
        solved[i] = (solved[i] - known) / lower[i][i];
    }
    solved.iter().map(|v| v * v).sum()
}

fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + exp(-x))
}

/// The mode of the posterior under one prior.
struct Fit {
    coefficients: Vec<f64>,
    /// Lower factor of the posterior's precision.
    precision: Matrix,
}

impl Fit {
    /// Even odds, of which nothing is known.
    fn nothing(tiers: usize) -> Self {
        let width = 1 + tiers + SIGNALS;
        let unit = |i: usize| (0..width).map(|j| f64::from(u8::from(i == j))).collect();
        Self { coefficients: vec![0.0; width], precision: (0..width).map(unit).collect() }
    }

    /// With the precisions that suit the outcomes best, after some rounds; none if it does not settle.
    fn settled(rows: &[Vec<f64>], happened: &[bool], tiers: usize, rounds: usize) -> Option<Self> {
        let width = 1 + tiers + SIGNALS;
        // The common intercept is hardly held back; tiers by a standard deviation of about one.
        let first = |place: usize| {
            if place == 0 {
                0.01
            } else if place <= tiers {
                1.0
            } else {
                USUAL
            }
        };
        let mut held: Vec<f64> = (0..width).map(first).collect();
        let mut fit = Self::of(rows, happened, &held, vec![0.0; width])?;
        for _ in 0..rounds {
            let spread = variances(&fit.precision);
            for place in 1 + tiers..width {
                let known = 1.0 - held[place] * spread[place];
                let beta = fit.coefficients[place];
                held[place] = (known.max(0.0) + 1.0) / (beta * beta + 1.0 / USUAL);
            }
            fit = Self::of(rows, happened, &held, fit.coefficients)?;
        }
        Some(fit)
    }

    /// By Newton's method from a starting point.
    fn of(rows: &[Vec<f64>], happened: &[bool], held: &[f64], mut coefficients: Vec<f64>) -> Option<Self> {
        for _ in 0..STEPS {
            let (gradient, hessian) = slope(rows, happened, &coefficients, held);
            let step = matrix::solve(hessian, &gradient)?;
            let longest = step.iter().fold(0.0f64, |most, s| most.max(s.abs()));
            // Far from the mode a whole step may overshoot.
            let damped = if longest > 2.0 { 2.0 / longest } else { 1.0 };
            coefficients.iter_mut().zip(&step).for_each(|(beta, step)| *beta += damped * step);
            if longest < 1e-6 {
                break;
            }
        }
        let (_, hessian) = slope(rows, happened, &coefficients, held);
        Some(Self { precision: matrix::factor(hessian)?, coefficients })
    }
}

/// The diagonal of the inverse, from the lower factor.
fn variances(lower: &[Vec<f64>]) -> Vec<f64> {
    let unit = |i: usize| (0..lower.len()).map(|j| f64::from(u8::from(i == j))).collect::<Vec<f64>>();
    (0..lower.len()).map(|i| variance(lower, &unit(i))).collect()
}

type Matrix = Vec<Vec<f64>>;

/// Gradient and negative Hessian of the log posterior, the latter's lower triangle only.
fn slope(rows: &[Vec<f64>], happened: &[bool], beta: &[f64], held: &[f64]) -> (Vec<f64>, Matrix) {
    let width = beta.len();
    let mut gradient: Vec<f64> = (0..width).map(|i| -held[i] * beta[i]).collect();
    let mut hessian: Matrix = (0..width).map(|i| vec![0.0; i + 1]).collect();
    for (row, &happened) in rows.iter().zip(happened) {
        let x: f64 = row.iter().zip(beta).map(|(x, b)| x * b).sum();
        let p = logistic(x);
        let (miss, weight) = (f64::from(u8::from(happened)) - p, p * (1.0 - p));
        for (i, &xi) in row.iter().enumerate().filter(|(_, xi)| **xi != 0.0) {
            gradient[i] += miss * xi;
            let scaled = weight * xi;
            hessian[i].iter_mut().zip(row).for_each(|(cell, xj)| *cell += scaled * xj);
        }
    }
    (0..width).for_each(|i| hessian[i][i] += held[i]);
    (gradient, hessian)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{
        luck::{Luck, Purpose, uniform},
        units::UserId,
    };

    /// Samples whose log-odds are 1 + x₀ − ½·x₁ + ½ in the second of two tiers.
    fn samples(count: u32) -> Vec<Sample> {
        let luck = Luck::new(11, 0);
        let one = |i: u32| {
            let [a, b, c, d] = luck.block(UserId(i.into()), Purpose::Fit, 0).map(uniform);
            let mut signals = Signals([0.0; SIGNALS]);
            (signals.0[0], signals.0[1], signals.0[2]) = (normal_quantile(a), normal_quantile(b), normal_quantile(c));
            let tier = (i % 2) as u8;
            let log_odds = 1.0 + signals.0[0] - 0.5 * signals.0[1] + 0.5 * f64::from(tier);
            Sample { tier, signals, happened: d < logistic(log_odds), day: i as i32 }
        };
        (0..count).map(one).collect()
    }

    fn signals(x: f64, y: f64) -> Signals {
        let mut signals = Signals([0.0; SIGNALS]);
        (signals.0[0], signals.0[1]) = (x, y);
        signals
    }

    #[test]
    fn a_law_is_recovered_from_what_came_of_it() {
        let law = Law::fit(&samples(8_000), 2);
        for (tier, x, y) in [(0, 0.0, 0.0), (1, 1.0, 0.0), (0, -1.0, 1.0), (1, 0.5, -1.5)] {
            let truth = logistic(1.0 + x - 0.5 * y + 0.5 * f64::from(tier));
            let found = law.predict(tier, &signals(x, y));
            assert!((found.probability - truth).abs() < 0.03, "{found:?} {truth}");
            assert!(found.lo < found.probability && found.probability < found.hi);
        }
        let contributions = law.contributions(&signals(1.0, 0.0));
        assert!((contributions[0] - 1.0).abs() < 0.1 && contributions[2].abs() < 0.1, "{contributions:?}");
    }

    /// Of 300 laws from 300 samples each, 80% ± 7% of the intervals hold the true log-odds at a typical account.
    #[test]
    fn intervals_hold_the_truth_at_their_rate() {
        let all = samples(90_000);
        let held = all.chunks(300).filter(|samples| {
            let found = Law::fit(samples, 2).predict(1, &signals(0.5, 0.0));
            let truth = logistic(2.0);
            found.lo <= truth && truth <= found.hi
        });
        let share = held.count() as f64 / 300.0;
        assert!((share - 0.8).abs() < 0.07, "{share}");
    }

    #[test]
    fn with_hardly_any_outcome_only_the_rate_is_learned() {
        let few: Vec<Sample> = samples(30);
        let law = Law::fit(&few, 2);
        let (low, high) = (law.predict(0, &signals(-2.0, 0.0)), law.predict(0, &signals(2.0, 0.0)));
        assert!((low.probability - high.probability).abs() < 0.1);
        let nothing = Law::fit(&[], 2).predict(0, &signals(0.0, 0.0));
        assert!((nothing.probability - 0.5).abs() < 0.01 && nothing.hi - nothing.lo > 0.3);
    }
}
