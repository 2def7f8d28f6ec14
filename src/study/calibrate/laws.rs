//! The laws of one hidden segment, with what differs between its users integrated out.
//!
//! - *Sessions* come at a rate that is Gamma over users, until the user leaves: at a hazard by window of tenure, seen where
//!   users say goodbye, else integrated over all times since the last session (a Pareto/NBD with such a hazard).
//! - *Paying* is binomial with a probability that is Beta over users.
//! - *Amounts* are log-normal around a level that is log-normal over users.

use crate::{
    base::float::{exp, log},
    study::{
        calibrate::evidence::Seen,
        reference::{quadrature::short_panel, special::ln_rising},
    },
};

/// Sessions and leaving.
#[derive(Clone, Copy, Debug)]
pub struct Visits<'a> {
    /// Mean rate over users [1/day].
    pub rate: f64,
    /// Shape of its law.
    pub shape: f64,
    /// Ends of the windows of tenure \[day\].
    pub windows: &'a [f64],
    /// Hazard in each window, and after the last [1/day].
    pub hazard: &'a [f64],
    /// Whether a departure is said aloud.
    pub announced: bool,
}

impl Visits<'_> {
    /// Log-likelihood of when a user came, and left \[nat\].
    #[must_use]
    pub fn log_likelihood(&self, user: &Seen) -> f64 {
        let b = self.shape / self.rate;
        let power = self.shape + user.repeats;
        let usual = ln_rising(self.shape, user.repeats) + self.shape * log(b);
        let stayed = -power * log(b + user.watched) - self.cumulated(user.watched);
        if !self.announced {
            return usual + self.stayed_or_left(user, b, power, stayed);
        }
        usual + stayed + if user.left { log(self.hazard_at(user.watched)) } else { 0.0 }
    }

    /// Derivative of the log-likelihood by the logarithm of the hazard in a window, where departures are said aloud \[nat\].
    #[must_use]
    pub fn hazard_slope(&self, user: &Seen, window: usize) -> f64 {
        let start = window.checked_sub(1).map_or(0.0, |before| self.windows[before]);
        let end = self.windows.get(window).copied().unwrap_or(f64::INFINITY);
        let left = user.left && (start..end).contains(&user.watched);
        f64::from(left) - self.hazard[window] * (user.watched.min(end) - start).max(0.0)
    }

    /// Probability that a user is still there at the end of the record \[1\].
    #[must_use]
    pub fn alive(&self, user: &Seen) -> f64 {
        if self.announced {
            return f64::from(!user.left);
        }
        let b = self.shape / self.rate;
        let power = self.shape + user.repeats;
        let stayed = -power * log(b + user.watched) - self.cumulated(user.watched);
        exp(stayed - self.stayed_or_left(user, b, power, stayed)).min(1.0)
    }

    /// Logarithm of the sum of having stayed and of having left at any time since the last session.
    fn stayed_or_left(&self, user: &Seen, b: f64, power: f64, stayed: f64) -> f64 {
        let base = -power * log(b + user.recency) - self.cumulated(user.recency);
        // Only as far as there is anything left, and each window by itself: at its end the hazard jumps.
        let (from, end) = (log(b + user.recency), log(b + user.watched));
        let end = end.min(from + 40.0 / power.max(1.0));
        let jumps = self.windows.iter().map(|&jump| log(b + jump)).filter(|&jump| from < jump && jump < end);
        let (mut start, mut sum) = (from, exp(stayed - base));
        for until in jumps.chain([end]) {
            sum += self.left_between((start, until), (b, power), base);
            start = until;
        }
        base + log(sum.max(f64::MIN_POSITIVE))
    }

    /// Density of the record and of having left, relative to exp(base), integrated between two values of ln (b + t) without a
    /// jump between.
    fn left_between(&self, (from, end): (f64, f64), (b, power): (f64, f64), base: f64) -> f64 {
        let panels = (power * (end - from) / 4.0).ceil().clamp(1.0, 12.0);
        let step = (end - from) / panels;
        let hazard = self.hazard_at(exp(f64::midpoint(from, end)) - b);
        let mut sum = 0.0;
        for i in 0..panels as u32 {
            short_panel(from + f64::from(i) * step, step, |u, weight| {
                sum += weight * hazard * exp(u - power * u - self.cumulated(exp(u) - b) - base);
            });
        }
        sum
    }

    fn hazard_at(&self, tenure: f64) -> f64 {
        self.hazard[self.windows.iter().filter(|&&end| end <= tenure).count()]
    }

    /// Hazard accumulated up to a tenure.
    fn cumulated(&self, tenure: f64) -> f64 {
        let (mut start, mut sum) = (0.0, 0.0);
        for (&end, hazard) in self.windows.iter().chain([&f64::INFINITY]).zip(self.hazard) {
            sum += (tenure.min(end) - start).max(0.0) * hazard;
            start = end;
        }
        sum
    }
}

/// Log-likelihood of how many repeat sessions paid, where the probability is Beta with this mean and strength \[nat\].
#[must_use]
pub fn paying(user: &Seen, mean: f64, strength: f64) -> f64 {
    let missed = user.repeats - user.paid;
    ln_rising(mean * strength, user.paid) + ln_rising((1.0 - mean) * strength, missed)
        - ln_rising(strength, user.repeats)
}

/// Log-likelihood of amounts of this mean [major units], with spreads of the logarithm within and between users \[nat\].
#[must_use]
pub fn amounts(user: &Seen, mean: f64, within: f64, between: f64) -> f64 {
    let (n, seen, squares) = user.amounts;
    if n == 0.0 {
        return 0.0;
    }
    let (own, all) = (within * within, within * within + n * between * between);
    let centre = log(mean) - own / 2.0 - between * between / 2.0;
    -0.5 * ((n - 1.0) * log(own) + log(all) + squares / own + n * (seen - centre).powi(2) / all)
}

/// Mean and variance of the personal level of the logarithm of amounts, given what was paid: normal around a normal level
/// (Gelman et al., *Bayesian Data Analysis*, 3rd ed., § 2.5).
#[must_use]
pub fn level(user: &Seen, mean: f64, within: f64, between: f64) -> (f64, f64) {
    let prior = log(mean) - within * within / 2.0 - between * between / 2.0;
    let (known, seen) = (1.0 / (between * between).max(1e-9), user.amounts.0 / (within * within).max(1e-9));
    ((prior * known + user.amounts.1 * seen) / (known + seen), 1.0 / (known + seen))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// With a hazard that is the same for ever the integral is a difference of powers; here by brute force.
    #[test]
    fn leaving_unseen_is_integrated() {
        let law = Visits { rate: 0.2, shape: 1.5, windows: &[30.0], hazard: &[0.02, 0.01], announced: false };
        for (repeats, recency, watched) in [(0.0, 0.0, 50.0), (4.0, 20.0, 90.0), (60.0, 80.0, 300.0)] {
            let user = Seen { repeats, recency, watched, ..Seen::default() };
            let (b, power) = (7.5, 1.5 + repeats);
            let density = |t: f64| law.hazard_at(t) * exp(-law.cumulated(t)) * (b + t).powf(-power);
            let steps = 400_000;
            let step = (watched - recency) / f64::from(steps);
            let left: f64 = (0..steps).map(|i| density(recency + (f64::from(i) + 0.5) * step) * step).sum();
            let stayed = exp(-law.cumulated(watched)) * (b + watched).powf(-power);
            let want = log(left + stayed) + ln_rising(1.5, repeats) + 1.5 * log(b);
            assert!((law.log_likelihood(&user) - want).abs() < 1e-4, "{repeats}: {} {want}", law.log_likelihood(&user));
        }
    }

    #[test]
    fn the_slope_by_a_hazard_is_that_of_the_likelihood() {
        let hazards = [0.02, 0.005, 0.01];
        for (watched, left) in [(12.0, true), (30.0, true), (45.0, false), (200.0, true)] {
            let user = Seen { repeats: 3.0, recency: 10.0, watched, left, ..Seen::default() };
            for window in 0..3 {
                let at = |by: f64| {
                    let mut hazard = hazards;
                    hazard[window] *= exp(by);
                    let windows = &[30.0, 60.0];
                    let law = Visits { rate: 0.2, shape: 1.5, windows, hazard: &hazard, announced: true };
                    (law.log_likelihood(&user), law.hazard_slope(&user, window))
                };
                let difference = (at(1e-5).0 - at(-1e-5).0) / 2e-5;
                assert!((at(0.0).1 - difference).abs() < 1e-7, "{watched} {window}: {} {difference}", at(0.0).1);
            }
        }
    }

    #[test]
    fn without_differences_paying_is_binomial() {
        let user = Seen { repeats: 7.0, paid: 3.0, ..Seen::default() };
        let want = 3.0 * log(0.3) + 4.0 * log(0.7);
        assert!((paying(&user, 0.3, 1e9) - want).abs() < 1e-6);
    }
}
