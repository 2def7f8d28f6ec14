//! How much users differ in what they choose: Dirichlet–multinomial counts (Mosimann 1962, *Biometrika* 49, 65–82).

use crate::{
    base::float::{exp, log, sqrt},
    study::reference::special::ln_rising,
};

/// Counts of users, and the mean shares around which their tastes lie.
pub type Sort<'a> = (&'a [&'a [f64]], &'a [(f64, f64)]);

/// Range in which a strength is looked for.
const RANGE: (f64, f64) = (0.5, 300.0);

/// Mean shares of users' counts, and their standard errors, which allow for the sessions of one user being alike.
#[must_use]
pub fn shares(users: &[&[f64]], kinds: usize) -> Vec<(f64, f64)> {
    let totals: Vec<f64> = users.iter().map(|counts| counts.iter().sum()).collect();
    let all: f64 = totals.iter().sum();
    let one = |kind: usize| {
        let share = users.iter().map(|counts| counts[kind]).sum::<f64>() / all.max(1.0);
        let apart = |(counts, total): (&&[f64], &f64)| (counts[kind] - share * total).powi(2);
        (share, sqrt(users.iter().zip(&totals).map(apart).sum::<f64>()) / all.max(1.0))
    };
    (0..kinds).map(one).collect()
}

/// Strength that suits several sorts of counts, each with its shares, best; none if it is at the end of its range or hardly
/// told.
#[must_use]
pub fn strength(sorts: &[Sort<'_>]) -> Option<(f64, f64)> {
    let value = |ln: f64| sorts.iter().map(|(users, shares)| log_likelihood(users, shares, exp(ln))).sum::<f64>();
    let ends = (log(RANGE.0), log(RANGE.1));
    let best = golden(&value, ends);
    let step = 0.05;
    let curvature = (2.0 * value(best) - value(best - step) - value(best + step)) / (step * step);
    let inside = best > ends.0 + 0.05 && best < ends.1 - 0.05 && curvature > 0.5;
    inside.then(|| (exp(best), 1.0 / sqrt(curvature)))
}

fn log_likelihood(users: &[&[f64]], shares: &[(f64, f64)], strength: f64) -> f64 {
    let one = |counts: &&[f64]| {
        let kinds = counts.iter().zip(shares).filter(|(count, _)| **count > 0.0);
        let own: f64 = kinds.map(|(&count, &(share, _))| ln_rising(strength * share.max(1e-9), count)).sum();
        own - ln_rising(strength, counts.iter().sum())
    };
    users.iter().filter(|counts| counts.iter().sum::<f64>() > 1.0).map(one).sum()
}

/// The place of a maximum, by golden section (Kiefer 1953).
fn golden(value: &dyn Fn(f64) -> f64, (mut low, mut high): (f64, f64)) -> f64 {
    let part = (sqrt(5.0) - 1.0) / 2.0;
    let (mut a, mut b) = (high - part * (high - low), low + part * (high - low));
    let (mut at_a, mut at_b) = (value(a), value(b));
    for _ in 0..30 {
        if at_a > at_b {
            (high, b, at_b) = (b, a, at_a);
            a = high - part * (high - low);
            at_a = value(a);
        } else {
            (low, a, at_a) = (a, b, at_b);
            b = low + part * (high - low);
            at_b = value(b);
        }
    }
    f64::midpoint(low, high)
}
