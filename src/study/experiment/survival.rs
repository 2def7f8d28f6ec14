//! How long until something happens, when not all have been watched for long enough.
//!
//! Kaplan & Meier 1958; the interval is on the log(−log) scale (Kalbfleisch & Prentice 2002, § 1.4), which stays within
//! \[0, 1\]; log-rank after Mantel 1966, with the weights of Gehan, Tarone & Ware, and Peto & Peto.

use libm::{exp, log, pow, sqrt};

use super::law::{chi_squared_sf, normal_critical};

/// A duration, and whether it ended with the event or only with the watching.
pub type Watched = (f64, bool);

/// What is known at a time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// The time.
    pub time: f64,
    /// Share that had no event up to here and now.
    pub survival: f64,
    /// Lower end of its interval.
    pub lo: f64,
    /// Upper end.
    pub hi: f64,
    /// Cumulative hazard (Nelson & Aalen).
    pub hazard: f64,
}

/// Kaplan and Meier's curve: time 0, and every time at which somebody left.
#[must_use]
pub fn kaplan_meier(watched: &[Watched], alpha: f64) -> Vec<Step> {
    let z = normal_critical(alpha);
    let (mut survival, mut hazard, mut spread) = (1.0, 0.0, 0.0);
    let mut curve = vec![Step { time: 0.0, survival, lo: 1.0, hi: 1.0, hazard }];
    for Leaving { time, at_risk, events } in leavings(watched) {
        survival *= 1.0 - events / at_risk;
        hazard += events / at_risk;
        spread += events / (at_risk * (at_risk - events));
        let (lo, hi) = ends(survival, spread, z);
        curve.push(Step { time, survival, lo, hi, hazard });
    }
    curve
}

fn ends(survival: f64, spread: f64, z: f64) -> (f64, f64) {
    if survival <= 0.0 || survival >= 1.0 {
        return (survival, survival);
    }
    let reach = z * sqrt(spread) / log(survival);
    (pow(survival, exp(-reach)), pow(survival, exp(reach)))
}

/// The first time by which half have had the event; none if they have not.
#[must_use]
pub fn median(curve: &[Step]) -> Option<f64> {
    curve.iter().find(|step| step.survival <= 0.5).map(|step| step.time)
}

/// Mean time without the event, of the time up to a limit: the area under the curve.
#[must_use]
pub fn restricted_mean(curve: &[Step], limit: f64) -> f64 {
    let end = |place: usize| curve.get(place + 1).map_or(limit, |next| next.time).min(limit);
    curve.iter().enumerate().map(|(place, step)| step.survival * (end(place) - step.time).max(0.0)).sum()
}

struct Leaving {
    time: f64,
    at_risk: f64,
    events: f64,
}

fn leavings(watched: &[Watched]) -> Vec<Leaving> {
    let mut ordered = watched.to_vec();
    ordered.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut at_risk = ordered.len() as f64;
    let groups = ordered.chunk_by(|a, b| a.0 == b.0).map(|group| {
        let events = group.iter().filter(|(_, event)| *event).count() as f64;
        let leaving = Leaving { time: group[0].0, at_risk, events };
        at_risk -= group.len() as f64;
        leaving
    });
    groups.collect()
}

/// How much an event weighs, by when it comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weighting {
    /// All alike: the log-rank test.
    LogRank,
    /// By the number at risk (Gehan's generalisation of Wilcoxon's test).
    Wilcoxon,
    /// By its root.
    TaroneWare,
    /// By the share that is left, as Peto & Peto estimate it.
    Peto,
}

/// Statistic and p-value of a test that two groups have the same hazards.
#[must_use]
pub fn log_rank(a: &[Watched], b: &[Watched], weighting: Weighting) -> (f64, f64) {
    let both: Vec<Watched> = a.iter().chain(b).copied().collect();
    let (mut off, mut variance, mut left) = (0.0, 0.0, 1.0);
    for Leaving { time, at_risk: n, events: d } in leavings(&both) {
        left *= 1.0 - d / (n + 1.0);
        let weight = match weighting {
            Weighting::LogRank => 1.0,
            Weighting::Wilcoxon => n,
            Weighting::TaroneWare => sqrt(n),
            Weighting::Peto => left,
        };
        let in_a = a.iter().filter(|one| one.0 >= time).count() as f64;
        let events = a.iter().filter(|one| one.0 == time && one.1).count() as f64;
        let share = in_a / n;
        off += weight * (events - d * share);
        if n > 1.0 {
            variance += weight * weight * d * share * (1.0 - share) * (n - d) / (n - 1.0);
        }
    }
    let chi_squared = if variance > 0.0 { off * off / variance } else { 0.0 };
    (chi_squared, chi_squared_sf(chi_squared, 1.0))
}
