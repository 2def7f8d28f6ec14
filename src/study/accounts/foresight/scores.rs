//! How well something was foretold: log loss, Brier's score, calibration, each against what is simpler.

use serde::{Deserialize, Serialize};

use super::Foretold;
use crate::{
    base::{
        float::{exp, log},
        luck::{Luck, Purpose, uniform},
        units::UserId,
    },
    study::{
        estimate::Estimate,
        validation::bootstrap::{interval, poisson},
    },
};

/// Draws of the bootstrap; the unit is the account, because one account's decisions are not independent.
const DRAWS: u32 = 400;
/// Level of the intervals.
const LEVEL: f64 = 0.95;
/// Bins of equal mass.
const BINS: usize = 10;

/// How well one thing was foretold.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Scores {
    /// What: `renewal`, or a product.
    pub subject: String,
    /// How long before \[day\].
    pub days_ahead: i32,
    /// Predictions that were judged.
    pub predictions: usize,
    /// Of those, how many happened.
    pub happened: usize,
    /// Mean log loss \[nats\] of the law.
    pub log_loss: f64,
    /// Mean Brier score of the law.
    pub brier: f64,
    /// Against the tier's rate so far.
    pub against_tier: Comparison,
    /// Against the weighted health score.
    pub against_health: Comparison,
    /// Slope of the outcome's log-odds on the predicted ones: 1 is right, below 1 too sure of itself (Cox 1958).
    pub slope: Estimate,
    /// Predicted and observed shares.
    pub bins: Vec<Bin>,
}

/// What the law saves; above 0 it is better.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Comparison {
    /// Mean log loss of the other \[nats\].
    pub log_loss: f64,
    /// Log loss saved \[nats\].
    pub log_gain: Estimate,
    /// Brier score saved.
    pub brier_gain: Estimate,
}

/// One bin of equal mass.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bin {
    /// Mean predicted probability.
    pub predicted: f64,
    /// Share that happened.
    pub observed: f64,
    /// Predictions.
    pub count: usize,
}

impl Scores {
    /// Judges what was foretold.
    #[must_use]
    pub fn of(subject: &str, days_ahead: i32, told: &[Foretold], seed: u64) -> Self {
        let luck = Luck::new(seed, 0);
        let own: Vec<Loss> = told.iter().map(|one| Loss::of(one.probability, one.landmark.happened)).collect();
        let weights = Weights::of(told, &luck);
        Self {
            subject: subject.to_owned(),
            days_ahead,
            predictions: told.len(),
            happened: told.iter().filter(|one| one.landmark.happened).count(),
            log_loss: mean(own.iter().map(|loss| loss.log)),
            brier: mean(own.iter().map(|loss| loss.brier)),
            against_tier: Comparison::of(told, &own, |one| one.tier_rate, &weights),
            against_health: Comparison::of(told, &own, |one| one.health, &weights),
            slope: weights.estimate(&|weight| slope(told, weight)),
            bins: bins(told),
        }
    }
}

#[derive(Clone, Copy)]
struct Loss {
    log: f64,
    brier: f64,
}

impl Loss {
    fn of(probability: f64, happened: bool) -> Self {
        let p = probability.clamp(1e-6, 1.0 - 1e-6);
        let hit = if happened { p } else { 1.0 - p };
        Self { log: -log(hit), brier: (1.0 - hit) * (1.0 - hit) }
    }
}

impl Comparison {
    fn of(told: &[Foretold], own: &[Loss], other: fn(&Foretold) -> f64, weights: &Weights) -> Self {
        let theirs: Vec<Loss> = told.iter().map(|one| Loss::of(other(one), one.landmark.happened)).collect();
        let gain = |of: fn(&Loss) -> f64| {
            let saved: Vec<f64> = theirs.iter().zip(own).map(|(theirs, own)| of(theirs) - of(own)).collect();
            weights.estimate(&|weight| weighted_mean(&saved, weight))
        };
        Self {
            log_loss: mean(theirs.iter().map(|loss| loss.log)),
            log_gain: gain(|loss| loss.log),
            brier_gain: gain(|loss| loss.brier),
        }
    }
}

/// How often each draw counts each prediction: as often as its account.
struct Weights(Vec<Vec<f64>>);

impl Weights {
    fn of(told: &[Foretold], luck: &Luck) -> Self {
        let weight = |draw: u32| {
            let of = |one: &Foretold| {
                let [word, ..] = luck.block(UserId(one.landmark.account.into()), Purpose::Bootstrap, draw);
                poisson(uniform(word))
            };
            told.iter().map(of).collect()
        };
        Self((0..DRAWS).map(weight).collect())
    }

    fn estimate(&self, of: &dyn Fn(&[f64]) -> f64) -> Estimate {
        let all = self.0.first().map_or(0, Vec::len);
        let mean = of(&vec![1.0; all]);
        let draws: Vec<f64> = self.0.iter().map(|weight| of(weight)).filter(|value| value.is_finite()).collect();
        if draws.len() < 2 || !mean.is_finite() {
            return Estimate { mean, lo: None, hi: None, level: LEVEL };
        }
        let (lo, hi) = interval(draws, LEVEL);
        Estimate { mean, lo: Some(lo), hi: Some(hi), level: LEVEL }
    }
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
    sum / count
}

fn weighted_mean(values: &[f64], weight: &[f64]) -> f64 {
    let sum: f64 = values.iter().zip(weight).map(|(value, weight)| value * weight).sum();
    sum / weight.iter().sum::<f64>()
}

/// Slope of a logistic regression of outcomes on predicted log-odds, by Newton's method.
fn slope(told: &[Foretold], weight: &[f64]) -> f64 {
    let log_odds = |p: f64| log(p.clamp(1e-6, 1.0 - 1e-6) / (1.0 - p.clamp(1e-6, 1.0 - 1e-6)));
    let points: Vec<(f64, f64, f64)> = told
        .iter()
        .zip(weight)
        .filter(|(_, weight)| **weight > 0.0)
        .map(|(one, weight)| (log_odds(one.probability), f64::from(u8::from(one.landmark.happened)), *weight))
        .collect();
    let (mut a, mut b) = (0.0, 1.0);
    for _ in 0..12 {
        let (mut g, mut h) = ([0.0; 2], [0.0; 3]);
        for &(x, y, w) in &points {
            let p = 1.0 / (1.0 + exp(-(a + b * x)));
            let (miss, spread) = (w * (y - p), w * p * (1.0 - p));
            g = [g[0] + miss, g[1] + miss * x];
            h = [h[0] + spread, h[1] + spread * x, h[2] + spread * x * x];
        }
        let determinant = h[0] * h[2] - h[1] * h[1];
        if determinant.abs() < 1e-12 {
            return f64::NAN;
        }
        a += (h[2] * g[0] - h[1] * g[1]) / determinant;
        b += (h[0] * g[1] - h[1] * g[0]) / determinant;
    }
    b
}

fn bins(told: &[Foretold]) -> Vec<Bin> {
    let mut sorted: Vec<(f64, bool)> = told.iter().map(|one| (one.probability, one.landmark.happened)).collect();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let bounds = |bin: usize| bin * sorted.len() / BINS..(bin + 1) * sorted.len() / BINS;
    let bin = |bin: usize| {
        let own = &sorted[bounds(bin)];
        let count = own.len();
        (count > 0).then(|| Bin {
            predicted: own.iter().map(|one| one.0).sum::<f64>() / count as f64,
            observed: own.iter().filter(|one| one.1).count() as f64 / count as f64,
            count,
        })
    };
    (0..BINS).filter_map(bin).collect()
}
