//! Intervals by a Poisson bootstrap over users: each draw counts each user 0, 1, 2, … times with mean 1
//! (Oza & Russell 2001; Chamandy et al. 2012, *Estimating uncertainty for massive data streams*). Users are the
//! unit, because one user's sessions are not independent.

use rayon::prelude::*;

use super::scoring::Table;
use crate::base::{
    luck::{Luck, Purpose, uniform},
    units::UserId,
};

/// Sums of a fold's tables with each draw's weights.
pub(super) fn draws(tables: &[(UserId, Table)], count: u32, luck: &Luck) -> Vec<Table> {
    let draw = |draw: u32| {
        let mut sum = Table::default();
        for (user, table) in tables {
            let times = times(*user, draw, luck);
            if times > 0.0 {
                sum.add(table, times);
            }
        }
        sum
    };
    (0..count).into_par_iter().map(draw).collect()
}

/// How often a draw counts a user.
pub(super) fn times(user: UserId, draw: u32, luck: &Luck) -> f64 {
    poisson(uniform(luck.block(user, Purpose::Bootstrap, draw)[0]))
}

/// Quantile of the Poisson law with mean 1.
pub(crate) fn poisson(u: f64) -> f64 {
    let (mut count, mut p) = (0.0, (-1.0f64).exp());
    let mut below = p;
    while u > below && count < 12.0 {
        count += 1.0;
        p /= count;
        below += p;
    }
    count
}

/// Central interval of draws at a level, by linear interpolation between order statistics.
pub(crate) fn interval(mut draws: Vec<f64>, level: f64) -> (f64, f64) {
    draws.sort_by(f64::total_cmp);
    let at = |q: f64| {
        let position = q * (draws.len() - 1) as f64;
        let low = position as usize;
        let high = (low + 1).min(draws.len() - 1);
        draws[low] + (position - low as f64) * (draws[high] - draws[low])
    };
    (at(0.5 - level / 2.0), at(0.5 + level / 2.0))
}

/// The same; none if all draws are alike, which is what they are of one user and says nothing of others.
pub(super) fn interval_of_several(draws: Vec<f64>, level: f64) -> Option<(f64, f64)> {
    if draws.is_empty() {
        return None;
    }
    let (lo, hi) = interval(draws, level);
    (hi - lo > 1e-9 * lo.abs().max(hi.abs())).then_some((lo, hi))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_have_mean_and_variance_one() {
        let n = 100_000;
        let counts = || (0..n).map(|i| poisson((f64::from(i) + 0.5) / f64::from(n)));
        let mean = counts().sum::<f64>() / f64::from(n);
        let variance = counts().map(|k| (k - mean).powi(2)).sum::<f64>() / f64::from(n);
        assert!((mean - 1.0).abs() < 1e-3 && (variance - 1.0).abs() < 1e-2, "{mean} {variance}");
    }
}
