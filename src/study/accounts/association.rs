//! What goes with renewing, or with buying more: a logistic regression on all signals at once, so that a signal is not
//! credited with what those beside it explain, with intervals that allow for an account deciding more than once.
//!
//! Association is not effect: that an account which uses payroll renews more often does not mean that making it use
//! payroll would make it renew. What a module goes with is read with the other modules held still; the number of
//! modules is looked at in a model of its own, because it is their sum.

use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, Normal};

use super::foresight::Landmark;
use crate::{
    base::{
        float::{exp, normal_quantile, sqrt},
        matrix,
    },
    study::estimate::Estimate,
    user::account::{PLAIN, Signals, signals::SIGNALS},
};

/// Level of the intervals.
pub const LEVEL: f64 = 0.95;
/// Share of false finds among the finds that is allowed (Benjamini & Hochberg 1995).
pub const FALSE_FINDS: f64 = 0.05;
/// A precision that only keeps what has never varied from running away.
const HELD: f64 = 1e-3;

/// How one signal goes with an outcome.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Association {
    /// The signal.
    pub signal: String,
    /// Its place among all signals.
    pub place: usize,
    /// Log-odds a unit, others held still.
    pub log_odds: Estimate,
    /// The same in points of probability, a unit: the mean over accounts of what a small step goes with.
    pub points: Estimate,
    /// One standard deviation of the signal.
    pub spread: f64,
    /// P-value of no association.
    pub p_value: f64,
    /// The same corrected for how many were looked at.
    pub q_value: f64,
}

impl Association {
    /// Whether it is claimed.
    #[must_use]
    pub fn is_found(&self) -> bool {
        self.q_value <= FALSE_FINDS
    }
}

/// How all signals go with an outcome, the surest first.
#[must_use]
pub fn associations(landmarks: &[Landmark], tiers: usize, modules: &[impl AsRef<str>]) -> Vec<Association> {
    let all: Vec<usize> = (0..PLAIN + modules.len().min(SIGNALS - PLAIN)).collect();
    // The number of modules is the sum of the modules.
    let apart: Vec<usize> = all.iter().copied().filter(|&place| place != 0).collect();
    let together: Vec<usize> = (0..PLAIN).collect();
    let mut found = fitted(landmarks, tiers, &apart, modules);
    found.extend(fitted(landmarks, tiers, &together, modules).into_iter().filter(|one| one.place == 0));
    corrected(&mut found);
    found.sort_by(|a, b| a.p_value.total_cmp(&b.p_value).then(a.place.cmp(&b.place)));
    found
}

fn fitted(landmarks: &[Landmark], tiers: usize, places: &[usize], modules: &[impl AsRef<str>]) -> Vec<Association> {
    let varying: Vec<(usize, f64, f64)> = places.iter().filter_map(|&place| spread(landmarks, place)).collect();
    let rows: Vec<Vec<f64>> = landmarks.iter().map(|one| row(one, tiers, &varying)).collect();
    let Some(fit) = Regression::of(landmarks, &rows) else { return Vec::new() };
    let told = |(i, &(place, _, sd)): (usize, &(usize, f64, f64))| {
        let (beta, error) = (fit.coefficients[tiers + i] / sd, fit.errors[tiers + i] / sd);
        let signal = Signals::name(place, modules)?;
        Some(Association {
            signal,
            place,
            log_odds: estimate(beta, error, 1.0),
            points: estimate(beta, error, fit.steepness),
            spread: sd,
            p_value: p_value(beta / error),
            q_value: 1.0,
        })
    };
    varying.iter().enumerate().filter_map(told).collect()
}

/// Mean and standard deviation of a signal; none if it does not vary.
fn spread(landmarks: &[Landmark], place: usize) -> Option<(usize, f64, f64)> {
    let n = landmarks.len() as f64;
    let mean = landmarks.iter().map(|one| one.signals.0[place]).sum::<f64>() / n;
    let squares: f64 = landmarks.iter().map(|one| (one.signals.0[place] - mean).powi(2)).sum();
    let sd = sqrt(squares / n);
    (sd > 1e-9).then_some((place, mean, sd))
}

/// An intercept for each tier, then the signals in standard deviations.
fn row(landmark: &Landmark, tiers: usize, varying: &[(usize, f64, f64)]) -> Vec<f64> {
    let mut row = vec![0.0; tiers + varying.len()];
    row[usize::from(landmark.tier).min(tiers - 1)] = 1.0;
    for (cell, &(place, mean, sd)) in row[tiers..].iter_mut().zip(varying) {
        *cell = (landmark.signals.0[place] - mean) / sd;
    }
    row
}

fn estimate(beta: f64, error: f64, times: f64) -> Estimate {
    let reach = normal_quantile(0.5 + LEVEL / 2.0) * error;
    Estimate { mean: beta * times, lo: Some((beta - reach) * times), hi: Some((beta + reach) * times), level: LEVEL }
}

fn p_value(z: f64) -> f64 {
    Normal::standard().sf(z.abs()) * 2.0
}

/// Benjamini & Hochberg 1995, *Controlling the false discovery rate*, J. R. Stat. Soc. B 57, step-up.
fn corrected(found: &mut [Association]) {
    let mut order: Vec<usize> = (0..found.len()).collect();
    order.sort_by(|&a, &b| found[b].p_value.total_cmp(&found[a].p_value));
    let (all, mut least) = (found.len() as f64, 1.0f64);
    for (worse, &place) in order.iter().enumerate() {
        let rank = all - worse as f64;
        least = least.min(found[place].p_value * all / rank);
        found[place].q_value = least;
    }
}

/// A logistic regression with standard errors robust to several decisions of one account (Liang & Zeger 1986), widened
/// for what the fit has used up: by n/(n − k) (MacKinnon & White 1985, HC1).
struct Regression {
    coefficients: Vec<f64>,
    errors: Vec<f64>,
    /// Mean of p·(1 − p): points of probability for each log-odds. That of the mean probability would be too steep.
    steepness: f64,
}

impl Regression {
    fn of(landmarks: &[Landmark], rows: &[Vec<f64>]) -> Option<Self> {
        let width = rows.first()?.len();
        let mut beta = vec![0.0; width];
        for _ in 0..30 {
            let (gradient, hessian) = slope(landmarks, rows, &beta);
            let step = matrix::solve(hessian, &gradient)?;
            let longest = step.iter().fold(0.0f64, |most, s| most.max(s.abs()));
            let damped = if longest > 2.0 { 2.0 / longest } else { 1.0 };
            beta.iter_mut().zip(&step).for_each(|(beta, step)| *beta += damped * step);
            if longest < 1e-9 {
                break;
            }
        }
        let (_, hessian) = slope(landmarks, rows, &beta);
        let bread = matrix::inverse(hessian)?;
        let scores = scores(landmarks, rows, &beta);
        let (n, left) = (rows.len() as f64, rows.len().saturating_sub(width).max(1) as f64);
        let error = |i: usize| {
            let along = |score: &Vec<f64>| bread[i].iter().zip(score).map(|(b, s)| b * s).sum::<f64>();
            sqrt(scores.iter().map(along).map(|value| value * value).sum::<f64>() * n / left)
        };
        let steep = |row: &Vec<f64>| fitted_at(row, &beta) * (1.0 - fitted_at(row, &beta));
        let steepness = rows.iter().map(steep).sum::<f64>() / n;
        Some(Self { errors: (0..width).map(error).collect(), steepness, coefficients: beta })
    }
}

fn fitted_at(row: &[f64], beta: &[f64]) -> f64 {
    let x: f64 = row.iter().zip(beta).map(|(x, b)| x * b).sum();
    1.0 / (1.0 + exp(-x))
}

fn slope(landmarks: &[Landmark], rows: &[Vec<f64>], beta: &[f64]) -> (Vec<f64>, Vec<Vec<f64>>) {
    let width = beta.len();
    let mut gradient: Vec<f64> = beta.iter().map(|b| -HELD * b).collect();
    let mut hessian: Vec<Vec<f64>> = (0..width).map(|i| vec![0.0; i + 1]).collect();
    for (row, landmark) in rows.iter().zip(landmarks) {
        let p = fitted_at(row, beta);
        let miss = f64::from(u8::from(landmark.happened)) - p;
        for (i, &xi) in row.iter().enumerate().filter(|(_, xi)| **xi != 0.0) {
            gradient[i] += miss * xi;
            let scaled = p * (1.0 - p) * xi;
            hessian[i].iter_mut().zip(row).for_each(|(cell, xj)| *cell += scaled * xj);
        }
    }
    (0..width).for_each(|i| hessian[i][i] += HELD);
    (gradient, hessian)
}

/// The gradient's parts, added up by account.
fn scores(landmarks: &[Landmark], rows: &[Vec<f64>], beta: &[f64]) -> Vec<Vec<f64>> {
    let mut by_account = std::collections::BTreeMap::<u32, Vec<f64>>::new();
    for (row, landmark) in rows.iter().zip(landmarks) {
        let miss = f64::from(u8::from(landmark.happened)) - fitted_at(row, beta);
        let sum = by_account.entry(landmark.account).or_insert_with(|| vec![0.0; beta.len()]);
        sum.iter_mut().zip(row).for_each(|(sum, x)| *sum += miss * x);
    }
    by_account.into_values().collect()
}
