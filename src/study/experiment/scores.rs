//! How good a forecast was: of a number, by the continuous ranked probability score; of a yes or no, by several.
//!
//! Gneiting & Raftery 2007, *Strictly proper scoring rules, prediction, and estimation*, JASA 102, §§ 4.2, 5.

use libm::{log, sqrt};

use super::law::{normal_cdf, normal_pdf};

/// CRPS of a normal forecast.
#[must_use]
pub fn crps_normal(observed: f64, mean: f64, sd: f64) -> f64 {
    let z = (observed - mean) / sd;
    sd * (z * (2.0 * normal_cdf(z) - 1.0) + 2.0 * normal_pdf(z) - 1.0 / sqrt(std::f64::consts::PI))
}

/// CRPS of an ensemble: mean distance to the observation less half the mean distance of its members.
///
/// A `fair` score leaves out that a member's distance to itself is 0, so ensembles of different sizes compare.
#[must_use]
pub fn crps_ensemble(observed: f64, members: &[f64], fair: bool) -> f64 {
    let n = members.len() as f64;
    let mut ascending = members.to_vec();
    ascending.sort_by(f64::total_cmp);
    let distance = members.iter().map(|member| (member - observed).abs()).sum::<f64>() / n;
    // Over pairs of sorted values the i-th is added i times and taken away n−1−i times.
    let pairs: f64 = ascending.iter().enumerate().map(|(i, value)| (2.0 * i as f64 + 1.0 - n) * value).sum();
    distance - pairs / (n * if fair { n - 1.0 } else { n })
}

/// Mean squared distance of probabilities to what happened.
#[must_use]
pub fn brier(happened: &[bool], said: &[f64]) -> f64 {
    let squared = |(&y, p): (&bool, &f64)| (f64::from(u8::from(y)) - p) * (f64::from(u8::from(y)) - p);
    happened.iter().zip(said).map(squared).sum::<f64>() / said.len() as f64
}

/// Mean of −ln of the probability given to what happened.
#[must_use]
pub fn log_loss(happened: &[bool], said: &[f64]) -> f64 {
    let loss = |(&y, &p): (&bool, &f64)| -log(if y { p } else { 1.0 - p }.max(f64::EPSILON));
    happened.iter().zip(said).map(loss).sum::<f64>() / said.len() as f64
}

/// Of a pair in which it happened to one only, how often that one had the larger probability; ties count half.
#[must_use]
pub fn auc(happened: &[bool], said: &[f64]) -> f64 {
    let part = |wanted: bool| -> Vec<f64> {
        happened.iter().zip(said).filter(|(y, _)| **y == wanted).map(|(_, p)| *p).collect()
    };
    super::nonparametric::mann_whitney(&part(false), &part(true)).map_or(0.5, |ranked| ranked.superiority)
}

/// Mean precision over the events, as the threshold falls.
#[must_use]
pub fn average_precision(happened: &[bool], said: &[f64]) -> f64 {
    let mut order: Vec<(f64, bool)> = said.iter().copied().zip(happened.iter().copied()).collect();
    order.sort_by(|a, b| b.0.total_cmp(&a.0));
    let (mut seen, mut hits, mut sum) = (0.0, 0.0, 0.0);
    for group in order.chunk_by(|a, b| a.0 == b.0) {
        let new = group.iter().filter(|(_, y)| *y).count() as f64;
        seen += group.len() as f64;
        hits += new;
        sum += new * hits / seen;
    }
    sum / hits
}
