//! Many tests at once: p-values adjusted for how many there were.
//!
//! An adjusted p-value at most α is a rejection at level α of the family: of any error at all for the methods of
//! Bonferroni, Šidák, Holm, Hochberg and Hommel, of the expected share of false discoveries for those of Benjamini and
//! others.

use libm::{expm1, log1p};
use serde::Serialize;

/// How p-values are adjusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// Times the number of tests.
    Bonferroni,
    /// `1 − (1 − p)^m`, for independent tests.
    Sidak,
    /// Holm 1979, *A simple sequentially rejective multiple test procedure*: never worse than Bonferroni.
    Holm,
    /// Holm's steps with Šidák's formula.
    HolmSidak,
    /// Hochberg 1988, *A sharper Bonferroni procedure*, for independent or positively dependent tests.
    Hochberg,
    /// Hommel 1988, *A stagewise rejective multiple test procedure*: at least as strong as Hochberg's.
    Hommel,
    /// Benjamini & Hochberg 1995, *Controlling the false discovery rate*.
    BenjaminiHochberg,
    /// Benjamini & Yekutieli 2001: under any dependence.
    BenjaminiYekutieli,
    /// Two stages: the first estimates how many null hypotheses there are. At level α.
    TwoStage,
    /// Benjamini, Krieger & Yekutieli 2006, *Adaptive linear step-up procedures*: the first stage at α/(1+α).
    TwoStageKrieger,
}

/// Every method.
pub const METHODS: [Method; 10] = [
    Method::Bonferroni,
    Method::Sidak,
    Method::Holm,
    Method::HolmSidak,
    Method::Hochberg,
    Method::Hommel,
    Method::BenjaminiHochberg,
    Method::BenjaminiYekutieli,
    Method::TwoStage,
    Method::TwoStageKrieger,
];

/// Adjusted p-values, in the order given. Only the two-stage methods depend on the level.
#[must_use]
pub fn adjust(p_values: &[f64], method: Method, alpha: f64) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|&a, &b| p_values[a].total_cmp(&p_values[b]));
    let ascending: Vec<f64> = order.iter().map(|&place| p_values[place]).collect();
    let mut adjusted = vec![0.0; p_values.len()];
    for (&place, value) in order.iter().zip(method.of_ascending(&ascending, alpha)) {
        adjusted[place] = value;
    }
    adjusted
}

impl Method {
    fn of_ascending(self, p: &[f64], alpha: f64) -> Vec<f64> {
        let m = p.len() as f64;
        match self {
            Self::Bonferroni => p.iter().map(|p| (p * m).min(1.0)).collect(),
            Self::Sidak => p.iter().map(|&p| sidak(p, m)).collect(),
            Self::Holm => step_down(p, |p, left| p * left),
            Self::HolmSidak => step_down(p, sidak),
            Self::Hochberg => step_up(p, |p, place| p * (m - place + 1.0)),
            Self::Hommel => hommel(p),
            Self::BenjaminiHochberg => step_up(p, |p, place| p * m / place),
            Self::BenjaminiYekutieli => {
                let harmonic: f64 = (1..=p.len()).map(|i| 1.0 / i as f64).sum();
                step_up(p, |p, place| p * m * harmonic / place)
            }
            Self::TwoStage => two_stage(p, alpha, 1.0),
            Self::TwoStageKrieger => two_stage(p, alpha, 1.0 + alpha),
        }
    }
}

/// `1 − (1 − p)^m`.
fn sidak(p: f64, m: f64) -> f64 {
    -expm1(m * log1p(-p))
}

/// From the smallest on, never falling; the formula gets the number of tests left.
fn step_down(p: &[f64], formula: impl Fn(f64, f64) -> f64) -> Vec<f64> {
    let mut most = 0.0_f64;
    let mut step = |(place, &value): (usize, &f64)| {
        most = most.max(formula(value, (p.len() - place) as f64)).min(1.0);
        most
    };
    p.iter().enumerate().map(&mut step).collect()
}

/// From the largest on, never rising; the formula gets the place from 1.
fn step_up(p: &[f64], formula: impl Fn(f64, f64) -> f64) -> Vec<f64> {
    let mut least = 1.0_f64;
    let mut adjusted = vec![0.0; p.len()];
    for place in (0..p.len()).rev() {
        least = least.min(formula(p[place], place as f64 + 1.0));
        adjusted[place] = least;
    }
    adjusted
}

/// Wright 1992, *Adjusted p-values for simultaneous inference*, § 5: for every number of true hypotheses, Simes' test of
/// the largest p-values.
fn hommel(p: &[f64]) -> Vec<f64> {
    let n = p.len();
    let mut adjusted = p.to_vec();
    for m in (2..=n).rev() {
        let tail = &p[n - m..];
        let simes = (0..m).map(|i| m as f64 * tail[i] / (i as f64 + 1.0)).fold(f64::INFINITY, f64::min);
        for place in 0..n {
            let bound = if place < n - m { simes.min(m as f64 * p[place]) } else { simes };
            adjusted[place] = adjusted[place].max(bound);
        }
    }
    adjusted
}

fn two_stage(p: &[f64], alpha: f64, factor: f64) -> Vec<f64> {
    let m = p.len() as f64;
    let first = step_up(p, |p, place| p * m / place);
    let rejected = first.iter().filter(|&&p| p <= alpha / factor).count();
    let null_share = if rejected == 0 || rejected == p.len() { 1.0 } else { (m - rejected as f64) / m };
    first.iter().map(|p| p * null_share * factor).collect()
}
