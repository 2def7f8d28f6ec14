//! Whether an effect wears off: the effect by days since exposure, and the decay that fits it best.
//!
//! `effect(d) = lasting + fading·2^(−d/half_life)` by weighted least squares over a grid of half-lives. What is carried
//! into a projection is the lasting part, not the mean of a short experiment.

use libm::{exp2, sqrt};
use serde::Serialize;

use super::{
    difference::{Asked, Effect, Form, compare},
    summary::Side,
};

/// Half-lives that are tried [day].
const HALF_LIVES: [f64; 9] = [1.0, 2.0, 3.0, 5.0, 7.0, 10.0, 14.0, 21.0, 30.0];

/// The effect on one day since exposure.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Day {
    /// Days since exposure.
    pub day: f64,
    /// The effect.
    pub effect: Effect,
}

/// How an effect wears off.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Novelty {
    /// Day by day.
    pub days: Vec<Day>,
    /// What stays.
    pub lasting: Effect,
    /// What there is on top on day 0.
    pub fading: Effect,
    /// Half-life of the fading part \[day\].
    pub half_life: f64,
    /// p-value of the test that nothing fades, adjusted for the half-lives that were tried (Bonferroni).
    pub p_value: f64,
}

/// Fits the decay to arms by day; none with fewer than four days.
#[must_use]
pub fn by_day(days: &[(f64, Side, Side)], alpha: f64) -> Option<Novelty> {
    let asked = Asked::two_sided(Form::Absolute, alpha);
    let one = |(day, control, treated): &(f64, Side, Side)| {
        Some(Day { day: *day, effect: compare(control, treated, asked)? })
    };
    let days: Vec<Day> = days.iter().filter_map(one).collect();
    if days.len() < 4 {
        return None;
    }
    let fits = HALF_LIVES.iter().filter_map(|&half_life| fit(&days, half_life, asked));
    let (_, half_life, lasting, fading) = fits.reduce(|best, one| if one.0 < best.0 { one } else { best })?;
    let p_value = (fading.p_value * HALF_LIVES.len() as f64).min(1.0);
    Some(Novelty { days, lasting, fading, half_life, p_value })
}

/// Weighted squares left, the half-life, and both parts.
fn fit(days: &[Day], half_life: f64, asked: Asked) -> Option<(f64, f64, Effect, Effect)> {
    let (mut w, mut wx, mut wxx, mut wy, mut wxy, mut wyy) = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0);
    for Day { day, effect } in days {
        let (x, y, weight) = (exp2(-day / half_life), effect.estimate, 1.0 / (effect.se * effect.se));
        w += weight;
        wx += weight * x;
        wxx += weight * x * x;
        wy += weight * y;
        wxy += weight * x * y;
        wyy += weight * y * y;
    }
    let whole = w * wxx - wx * wx;
    let (lasting, fading) = ((wy * wxx - wx * wxy) / whole, (w * wxy - wx * wy) / whole);
    let left = wyy - lasting * wy - fading * wxy;
    let effect = |value: f64, variance: f64| Effect::normal(value, sqrt(variance), asked);
    Some((left, half_life, effect(lasting, wxx / whole)?, effect(fading, w / whole)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_effect_that_halves_every_five_days_is_taken_apart() {
        let side = |value: f64| Side::plain(40_000.0, value, 1.0);
        let day = |d: u32| (f64::from(d), side(0.0), side(0.05 + 0.2 * exp2(-f64::from(d) / 5.0)));
        let found = by_day(&(0..28).map(day).collect::<Vec<_>>(), 0.05).unwrap();
        assert_eq!(found.half_life, 5.0);
        assert!((found.lasting.estimate - 0.05).abs() < 1e-9 && (found.fading.estimate - 0.2).abs() < 1e-9);
        assert!(found.p_value < 1e-6);
    }
}
