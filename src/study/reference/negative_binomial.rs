//! Poisson counts whose rate has a Gamma belief, as sums over all counts that matter.
//!
//! Of shape `s` and odds `t/A`: `P(n) = Γ(s+n)/(Γ(s)·n!) · qˢ·zⁿ`, `z = t/(A+t)`, `q = 1 − z` (Greenwood & Yule 1920).

use libm::{ceil, exp, expm1, log, log1p, sqrt};

use super::{quadrature::panels, special::ln_rising};

/// Most counts that are summed one by one; beyond, an integral takes their place.
const ONE_BY_ONE: f64 = 4_096.0;

/// A count in a time to come.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct NegativeBinomial {
    shape: f64,
    ln_z: f64,
    ln_q: f64,
}

impl NegativeBinomial {
    /// Of a rate with Gamma belief (`shape`, `inverse_scale` \[time\]), over a `horizon` \[time\].
    pub fn new(shape: f64, inverse_scale: f64, horizon: f64) -> Self {
        let odds = horizon / inverse_scale;
        Self { shape, ln_z: -log1p(1.0 / odds), ln_q: -log1p(odds) }
    }

    /// Logarithm of the probability of `n`, which need not be whole.
    pub fn ln_p(&self, n: f64) -> f64 {
        if n <= 0.0 {
            return self.shape * self.ln_q;
        }
        // Γ(s+n)/(Γ(s)·Γ(1+n)) with the smaller number as the step, which keeps the digits.
        let binomial = if self.shape < n {
            ln_rising(n + 1.0, self.shape) - ln_rising(1.0, self.shape) + log(self.shape / (self.shape + n))
        } else {
            ln_rising(self.shape, n) - ln_rising(1.0, n)
        };
        binomial + self.shape * self.ln_q + n * self.ln_z
    }

    /// Probability of at most one less than `below`.
    pub fn below(&self, below: f64) -> f64 {
        let mut sum = 0.0;
        let ratio = Ratio::of(self);
        let mut p = exp(self.ln_p(0.0));
        for n in 0..below as u32 {
            sum += p;
            p *= ratio.after(f64::from(n));
        }
        sum
    }

    /// Probability of at least one.
    pub fn some(&self) -> f64 {
        -expm1(self.shape * self.ln_q)
    }

    /// First and last count that matter: nine standard deviations down, and as many plus the geometric tail up.
    pub fn range(&self) -> (f64, f64) {
        let (z, q) = (exp(self.ln_z), exp(self.ln_q));
        let (mean, deviation) = (self.shape * z / q, sqrt(self.shape * z) / q);
        let last = mean + 9.0 * deviation + 40.0 / -self.ln_z + 32.0;
        let first = mean - 9.0 * deviation;
        (if first > 1.0 { libm::floor(first) } else { 0.0 }, ceil(last.min(1e15)))
    }

    /// Sum over counts of their probability times a value. `next` is called for each count from the first on, in order;
    /// `at` answers for any count far up, where the value is smooth.
    pub fn mean(&self, mut next: impl FnMut(f64) -> f64, at: impl Fn(f64) -> f64) -> f64 {
        let (first, last) = self.range();
        let summed = last.min(first + ONE_BY_ONE);
        let ratio = Ratio::of(self);
        let (mut n, mut p, mut sum) = (first, exp(self.ln_p(first)), 0.0);
        while n <= summed {
            let more = p * next(n);
            sum += more;
            if more < 1e-18 * sum && ratio.after(n) < 1.0 {
                return sum;
            }
            p *= ratio.after(n);
            n += 1.0;
        }
        if last > summed { sum + self.far(n, last, at) } else { sum }
    }

    /// The sum of `n..=last` as an integral over the logarithm of the count.
    fn far(&self, n: f64, last: f64, at: impl Fn(f64) -> f64) -> f64 {
        let (from, to) = (log(n - 0.5), log(last + 0.5));
        let narrow = sqrt(1.0 / self.shape + exp(-from));
        let mut sum = 0.0;
        panels(from, to, (3.0 * narrow).min(1.0), |u, weight| {
            let n = exp(u);
            sum += weight * n * exp(self.ln_p(n)) * at(n);
        });
        sum
    }

    /// Probabilities of `0..=most`.
    pub fn probabilities(&self, most: usize) -> Vec<f64> {
        let mut all = vec![0.0; most + 1];
        let (first, last) = self.range();
        if first > most as f64 {
            return all;
        }
        let ratio = Ratio::of(self);
        let mut p = exp(self.ln_p(first));
        for n in first as usize..=most.min(last as usize) {
            all[n] = p;
            p *= ratio.after(n as f64);
        }
        all
    }
}

/// `P(n+1)/P(n)`.
struct Ratio {
    shape: f64,
    z: f64,
}

impl Ratio {
    fn of(law: &NegativeBinomial) -> Self {
        Self { shape: law.shape, z: exp(law.ln_z) }
    }

    fn after(&self, n: f64) -> f64 {
        self.z * (self.shape + n) / (n + 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_are_the_laws_own_for_narrow_and_for_wide_counts() {
        for (shape, horizon) in [(0.3, 2.0), (0.3, 1e5), (5.0, 0.01), (300.0, 1.0), (5e4, 1.0), (6e5, 2.0), (0.01, 1e7)]
        {
            let law = NegativeBinomial::new(shape, 1.0, horizon);
            let mean = law.mean(|n| n, |n| n);
            assert!((mean / (shape * horizon) - 1.0).abs() < 1e-9, "{shape} {horizon}: {mean}");
            let all = law.mean(|_| 1.0, |_| 1.0);
            assert!((all - 1.0).abs() < 1e-8, "{shape} {horizon}: {all}");
        }
    }

    #[test]
    fn an_empty_horizon_has_no_counts() {
        let law = NegativeBinomial::new(0.3, 1.0, 0.0);
        assert_eq!((law.some(), law.below(1.0), law.mean(|n| n, |n| n)), (0.0, 1.0, 0.0));
    }
}
