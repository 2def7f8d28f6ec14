//! Asymptotic confidence sequences: intervals that hold at all times together.
//!
//! Robbins' normal mixture for the average of users seen so far (Waudby-Smith, Arbour, Sinha, Kennedy & Ramdas 2021,
//! arXiv 2103.06476: eq. 9 two-sided, eq. 134 one-sided, eq. 161 for the tuning).

use libm::{exp, expm1, log, sqrt};

use crate::study::experiment::difference::{Effect, Tail};

/// The mixture's width, tuned to be tightest at a number of users.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mixture {
    /// One minus the level at which all intervals hold.
    pub alpha: f64,
    /// ρ of the paper.
    pub rho: f64,
}

impl Mixture {
    /// Two-sided, tightest at `users`.
    #[must_use]
    pub fn tuned(alpha: f64, users: f64) -> Self {
        let odds = -2.0 * log(alpha);
        Self { alpha, rho: sqrt((odds + log(odds + 1.0)) / users) }
    }

    /// For one side only.
    #[must_use]
    pub fn tuned_one_sided(alpha: f64, users: f64) -> Self {
        Self { alpha, rho: Self::tuned(2.0 * alpha, users).rho }
    }

    /// Half the interval's width, given the standard error at so many users.
    #[must_use]
    pub fn half_width(&self, se: f64, users: f64) -> f64 {
        let mixed = users * self.rho * self.rho + 1.0;
        // The paper's variance is that of one user: se²·n.
        se * sqrt(2.0 * mixed / (users * self.rho * self.rho) * log(sqrt(mixed) / self.alpha))
    }

    /// Half the width of the one-sided interval.
    #[must_use]
    pub fn half_width_one_sided(&self, se: f64, users: f64) -> f64 {
        let mixed = users * self.rho * self.rho + 1.0;
        se * sqrt(2.0 * mixed / (users * self.rho * self.rho) * log(1.0 + sqrt(mixed) / (2.0 * self.alpha)))
    }

    /// The level at which the two-sided interval would end at 0, at most 1.
    #[must_use]
    pub fn p_value(&self, estimate: f64, se: f64, users: f64) -> f64 {
        let mass = users * self.rho * self.rho;
        let z = estimate / se;
        (sqrt(mass + 1.0) * exp(-0.5 * z * z * mass / (mass + 1.0))).min(1.0)
    }

    /// The level at which the one-sided interval would end at 0, at most 1.
    #[must_use]
    pub fn p_value_one_sided(&self, estimate: f64, se: f64, users: f64) -> f64 {
        let mass = users * self.rho * self.rho;
        let z = (estimate / se).max(0.0);
        (0.5 * sqrt(mass + 1.0) / expm1(0.5 * z * z * mass / (mass + 1.0))).min(1.0)
    }
}

/// An effect with an interval that holds at every look; `users` are those of both arms so far.
#[must_use]
pub fn always_valid(effect: Effect, users: f64, alpha: f64, tightest_at: f64, tail: Tail) -> Effect {
    if tail == Tail::Both {
        let mixture = Mixture::tuned(alpha, tightest_at);
        let p_value = mixture.p_value(effect.estimate, effect.se, users);
        return Effect { p_value, ..effect }.reaching(mixture.half_width(effect.se, users), tail);
    }
    let mixture = Mixture::tuned_one_sided(alpha, tightest_at);
    let signed = if tail == Tail::Less { -effect.estimate } else { effect.estimate };
    let p_value = mixture.p_value_one_sided(signed, effect.se, users);
    Effect { p_value, ..effect }.reaching(mixture.half_width_one_sided(effect.se, users), tail)
}
