//! Post-stratification: the effect within strata, put together by the strata's shares.
//!
//! Strata are known before exposure. Their shares are random too, which adds what the strata's effects differ by
//! (Miratrix, Sekhon & Yu 2013, *Adjusting treatment effect estimates by post-stratification*, JRSS B 75).

use libm::sqrt;

use super::{
    difference::{Asked, Effect, Form, satterthwaite},
    summary::{Side, Summary},
};

/// Means and covariances of two things: control's baseline, and the effect.
#[derive(Clone, Copy, Default)]
struct Pooled {
    mean: [f64; 2],
    covariance: [[f64; 2]; 2],
}

/// Puts the effect in strata together, each given as control and treated; none if there is no variance.
///
/// A stratum with fewer than two units in an arm cannot say anything and is left out.
#[must_use]
pub fn compare(strata: &[(Side, Side)], asked: Asked) -> Option<Effect> {
    let usable: Vec<&(Side, Side)> = strata.iter().filter(|(c, t)| c.n > 1.0 && t.n > 1.0).collect();
    let Pooled { mean: [base, gap], covariance: [[of_base, both], [_, of_gap]] } = pool(&usable);
    let freedom = satterthwaite(united(usable.iter().map(|(c, _)| c)), united(usable.iter().map(|(_, t)| t)));
    if asked.form == Form::Absolute {
        return Effect::student(gap, sqrt(of_gap), freedom, asked);
    }
    let off = gap / base;
    let variance = (of_gap - 2.0 * off * both + off * off * of_base) / (base * base);
    Effect::student(gap / base.abs(), sqrt(variance), freedom, asked)
}

/// Squared error and units of an arm as if there were no strata: the degrees of freedom are taken of these.
fn united<'a>(sides: impl Iterator<Item = &'a Side>) -> (f64, f64) {
    let one = |side: &Side| Summary { n: side.n, mean: [side.value], covariance: [[side.variance]] };
    let all = sides.map(one).reduce(|all, one| all.united(&one));
    all.map_or((0.0, 0.0), |all| (all.covariance[0][0] / all.n, all.n))
}

fn pool(strata: &[&(Side, Side)]) -> Pooled {
    let all: f64 = strata.iter().map(|(c, t)| c.n + t.n).sum();
    let mut pooled = Pooled::default();
    for (control, treated) in strata {
        let share = (control.n + treated.n) / all;
        let means = [control.baseline, treated.value - control.value];
        let (base, both) = (control.baseline_variance / control.n, -control.covariance / control.n);
        let within = [[base, both], [both, control.squared_error() + treated.squared_error()]];
        for i in 0..2 {
            pooled.mean[i] += share * means[i];
            for j in 0..2 {
                pooled.covariance[i][j] += share * share * within[i][j] + share * means[i] * means[j] / all;
            }
        }
    }
    for i in 0..2 {
        (0..2).for_each(|j| pooled.covariance[i][j] -= pooled.mean[i] * pooled.mean[j] / all);
    }
    pooled
}
