//! Intervals of proportions, of one and of two: by the normal law, by Wilson's score, exact, and others.
//!
//! Newcombe 1998, *Interval estimation for the difference between independent proportions* (Stat. Med. 17), and
//! Miettinen & Nurminen 1985, *Comparative analysis of two rates* (Stat. Med. 4).

use libm::{acos, cos, exp, log, sqrt};

use super::law::{beta_quantile, normal_critical, normal_sf};

/// Lower and upper end.
pub type Ends = (f64, f64);

/// Successes among trials.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Count {
    /// Successes.
    pub successes: f64,
    /// Trials.
    pub trials: f64,
}

impl Count {
    /// Share of successes.
    #[must_use]
    pub fn share(&self) -> f64 {
        self.successes / self.trials
    }

    fn wald(self, alpha: f64) -> Ends {
        let p = self.share();
        let reach = normal_critical(alpha) * sqrt(p * (1.0 - p) / self.trials);
        (p - reach, p + reach)
    }

    /// By the normal law, cut to \[0, 1\].
    #[must_use]
    pub fn normal(self, alpha: f64) -> Ends {
        cut(self.wald(alpha))
    }

    /// Where the score test does not reject (Wilson 1927).
    #[must_use]
    pub fn wilson(self, alpha: f64) -> Ends {
        let (z, p, n) = (normal_critical(alpha), self.share(), self.trials);
        let (middle, whole) = (p + z * z / (2.0 * n), 1.0 + z * z / n);
        let reach = z * sqrt(p * (1.0 - p) / n + z * z / (4.0 * n * n));
        // Rounding must not leave a rest where nothing, or everything, succeeded.
        let lo = if self.successes == 0.0 { 0.0 } else { (middle - reach) / whole };
        let hi = if self.successes == n { 1.0 } else { (middle + reach) / whole };
        (lo, hi)
    }

    /// Wald's with z²/2 successes and failures more (Agresti & Coull 1998).
    #[must_use]
    pub fn agresti_coull(self, alpha: f64) -> Ends {
        let z = normal_critical(alpha);
        let more = Self { successes: self.successes + 0.5 * z * z, trials: self.trials + z * z };
        cut(more.wald(alpha))
    }

    /// Exact (Clopper & Pearson 1934): never covers less than it says.
    #[must_use]
    pub fn exact(self, alpha: f64) -> Ends {
        let (x, n) = (self.successes, self.trials);
        let lo = if x == 0.0 { 0.0 } else { beta_quantile(0.5 * alpha, x, n - x + 1.0) };
        let hi = if x == n { 1.0 } else { beta_quantile(1.0 - 0.5 * alpha, x + 1.0, n - x) };
        (lo, hi)
    }

    /// Bayesian with Jeffreys' prior, a beta law of (½, ½).
    #[must_use]
    pub fn jeffreys(self, alpha: f64) -> Ends {
        let (a, b) = (self.successes + 0.5, self.trials - self.successes + 0.5);
        (beta_quantile(0.5 * alpha, a, b), beta_quantile(1.0 - 0.5 * alpha, a, b))
    }

    /// With so many successes and trials more.
    fn with(self, successes: f64, trials: f64) -> Self {
        Self { successes: self.successes + successes, trials: self.trials + trials }
    }
}

fn cut((lo, hi): Ends) -> Ends {
    (lo.max(0.0), hi.min(1.0))
}

/// Two proportions, treated against control.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Two {
    /// Treated.
    pub treated: Count,
    /// Control.
    pub control: Count,
}

impl Two {
    /// Treated less control.
    #[must_use]
    pub fn difference(&self) -> f64 {
        self.treated.share() - self.control.share()
    }

    /// Interval of the difference by the normal law.
    #[must_use]
    pub fn difference_wald(&self, alpha: f64) -> Ends {
        let part = |count: &Count| count.share() * (1.0 - count.share()) / count.trials;
        around(self.difference(), normal_critical(alpha) * sqrt(part(&self.treated) + part(&self.control)))
    }

    /// The same with one success and one failure more in each arm (Agresti & Caffo 2000).
    #[must_use]
    pub fn difference_agresti_caffo(&self, alpha: f64) -> Ends {
        Self { treated: self.treated.with(1.0, 2.0), control: self.control.with(1.0, 2.0) }.difference_wald(alpha)
    }

    /// From both Wilson intervals (Newcombe 1998, method 10).
    #[must_use]
    pub fn difference_newcombe(&self, alpha: f64) -> Ends {
        let (t, c, gap) = (self.treated.wilson(alpha), self.control.wilson(alpha), self.difference());
        let (p, q) = (self.treated.share(), self.control.share());
        let root = |a: f64, b: f64| sqrt(a * a + b * b);
        (gap - root(p - t.0, c.1 - q), gap + root(t.1 - p, q - c.0))
    }

    /// Where the score test of a difference does not reject (Miettinen & Nurminen 1985).
    #[must_use]
    pub fn difference_score(&self, alpha: f64) -> Ends {
        let z = normal_critical(alpha);
        let gap = self.difference();
        let score = |value: f64| (gap - value) / sqrt(self.constrained_variance(value));
        (root(&|v| score(v) - z, -1.0, gap), root(&|v| score(v) + z, gap, 1.0))
    }

    /// Variance of the difference under a given one, by the likeliest proportions that have it: a root of a cubic.
    fn constrained_variance(&self, gap: f64) -> f64 {
        let (n1, n0) = (self.treated.trials, self.control.trials);
        let (x0, x) = (self.control.successes, self.control.successes + self.treated.successes);
        let n = n1 + n0;
        let b = (n1 + 2.0 * n0) * gap - n - x;
        let c = (n0 * gap - n - 2.0 * x0) * gap + x;
        let d = x0 * gap * (1.0 - gap);
        let v = b * b * b / (27.0 * n * n * n) - b * c / (6.0 * n * n) + d / (2.0 * n);
        let u = sqrt((b * b / (9.0 * n * n) - c / (3.0 * n)).max(0.0));
        let u = if v < 0.0 { -u } else { u };
        let angle = if u == 0.0 { 0.0 } else { (v / (u * u * u)).clamp(-1.0, 1.0) };
        let p0 = 2.0 * u * cos((std::f64::consts::PI + acos(angle)) / 3.0) - b / (3.0 * n);
        let p0 = p0.clamp((-gap).max(0.0), (1.0 - gap).min(1.0));
        let p1 = (p0 + gap).clamp(0.0, 1.0);
        let variance = (p1 * (1.0 - p1) / n1 + p0 * (1.0 - p0) / n0) * n / (n - 1.0);
        variance.max(1e-300)
    }

    /// Interval of the ratio by the normal law of its logarithm.
    #[must_use]
    pub fn ratio_log(&self, alpha: f64) -> Ends {
        let part = |count: &Count| 1.0 / count.successes - 1.0 / count.trials;
        let middle = log(self.treated.share() / self.control.share());
        let (lo, hi) = around(middle, normal_critical(alpha) * sqrt(part(&self.treated) + part(&self.control)));
        (exp(lo), exp(hi))
    }

    /// The same with half a success and half a trial more in each arm.
    #[must_use]
    pub fn ratio_log_adjusted(&self, alpha: f64) -> Ends {
        Self { treated: self.treated.with(0.5, 0.5), control: self.control.with(0.5, 0.5) }.ratio_log(alpha)
    }

    /// Where the score test of a ratio does not reject (Miettinen & Nurminen 1985).
    #[must_use]
    pub fn ratio_score(&self, alpha: f64) -> Ends {
        let z = normal_critical(alpha);
        let (p1, p0) = (self.treated.share(), self.control.share());
        let score = |ln: f64| {
            let ratio = exp(ln);
            (p1 - ratio * p0) / sqrt(self.ratio_variance(ratio))
        };
        let at = log((p1 / p0).clamp(1e-12, 1e12));
        (exp(root(&|v| score(v) - z, at - 30.0, at)), exp(root(&|v| score(v) + z, at, at + 30.0)))
    }

    fn ratio_variance(&self, ratio: f64) -> f64 {
        let (Count { successes: x1, trials: n1 }, Count { successes: x0, trials: n0 }) = (self.treated, self.control);
        let (a, b, c) = ((n1 + n0) * ratio, n1 * ratio + x1 + n0 + x0 * ratio, x1 + x0);
        let p0 = (b - sqrt((b * b - 4.0 * a * c).max(0.0))) / (2.0 * a);
        let p1 = (ratio * p0).min(1.0);
        let n = n1 + n0;
        ((p1 * (1.0 - p1) / n1 + ratio * ratio * p0 * (1.0 - p0) / n0) * n / (n - 1.0)).max(1e-300)
    }

    /// Statistic and two-sided p-value of the test with a pooled variance.
    #[must_use]
    pub fn pooled_test(&self) -> (f64, f64) {
        let (t, c) = (self.treated, self.control);
        let pooled = (t.successes + c.successes) / (t.trials + c.trials);
        let z = self.difference() / sqrt(pooled * (1.0 - pooled) * (1.0 / t.trials + 1.0 / c.trials));
        (z, 2.0 * normal_sf(z.abs()))
    }
}

const fn around(middle: f64, reach: f64) -> Ends {
    (middle - reach, middle + reach)
}

/// Where a falling function crosses 0.
fn root(function: &dyn Fn(f64) -> f64, mut lo: f64, mut hi: f64) -> f64 {
    for _ in 0..90 {
        let middle = 0.5 * (lo + hi);
        if function(middle) > 0.0 { lo = middle } else { hi = middle }
    }
    0.5 * (lo + hi)
}
