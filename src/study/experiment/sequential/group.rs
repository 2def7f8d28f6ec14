//! Group-sequential tests: a few planned looks that share one error.
//!
//! Lan & DeMets 1983 spend α as information grows, here as `α·t^ρ` (Kim & DeMets 1987); the boundary of each look
//! follows from the law of the statistic among those who have not yet crossed one, by recursive integration (Armitage,
//! McPherson & Rowe 1969).

use libm::{pow, sqrt};

use crate::study::{
    experiment::{
        difference::Tail,
        law::{normal_pdf, normal_quantile, normal_sf},
    },
    reference::quadrature::short_panel,
};

/// Beyond this the statistic is not followed.
const FARTHEST: f64 = 8.0;

/// The boundary of one look.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Boundary {
    /// Share of the planned information by then.
    pub information: f64,
    /// Statistic at which to stop.
    pub z: f64,
    /// The same as the p-value of a single test.
    pub nominal_alpha: f64,
}

/// Density of the statistic times the root of information, where nothing has been crossed.
type Density = Vec<(f64, f64)>;

/// Boundaries at looks with this information (ascending, at most 1), spending `alpha·t^rho`.
#[must_use]
pub fn boundaries(information: &[f64], alpha: f64, rho: f64, tail: Tail) -> Vec<Boundary> {
    let sides = if tail == Tail::Both { 2.0 } else { 1.0 };
    let (mut before, mut spent, mut density): (f64, f64, Option<Density>) = (0.0, 0.0, None);
    let mut found = Vec::with_capacity(information.len());
    for &now in information {
        let spend = (alpha * pow(now.min(1.0), rho) - spent).max(0.0) / sides;
        spent += spend * sides;
        let step = sqrt((now - before).max(1e-12));
        let z = edge(density.as_ref(), now, step, spend);
        let nominal_alpha = sides * normal_sf(z);
        found.push(Boundary { information: now, z, nominal_alpha });
        density = Some(continued(density.as_ref(), now, step, z, tail));
        before = now;
    }
    found
}

/// The statistic that is crossed upwards with this probability.
fn edge(density: Option<&Density>, now: f64, step: f64, spend: f64) -> f64 {
    let Some(density) = density else { return (-normal_quantile(spend)).min(FARTHEST) };
    let crossing =
        |z: f64| density.iter().map(|&(at, mass)| mass * normal_sf((z * sqrt(now) - at) / step)).sum::<f64>();
    let (mut lo, mut hi) = (-FARTHEST, FARTHEST);
    for _ in 0..40 {
        let middle = 0.5 * (lo + hi);
        if crossing(middle) > spend { lo = middle } else { hi = middle }
    }
    0.5 * (lo + hi)
}

/// Masses at the places of quadrature panels in the region where the test goes on.
fn continued(before: Option<&Density>, now: f64, step: f64, z: f64, tail: Tail) -> Density {
    let root = sqrt(now);
    let (from, to) = (if tail == Tail::Both { -z } else { -FARTHEST } * root, z * root);
    let mut density = Vec::new();
    let mut visit = |at: f64, weight: f64| {
        let value = match before {
            None => normal_pdf(at / root) / root,
            Some(before) => before.iter().map(|&(was, mass)| mass * normal_pdf((at - was) / step)).sum::<f64>() / step,
        };
        density.push((at, weight * value));
    };
    let count = libm::ceil((to - from) / (1.5 * step)).clamp(1.0, 400.0);
    let length = (to - from) / count;
    (0..count as u32).for_each(|i| short_panel(from + f64::from(i) * length, length, &mut visit));
    density
}
