//! Sufficient statistics: what an arm's rows come down to, and how they are put together.
//!
//! Means and covariances of `K` columns over the units of one arm, in the metric's own units. Everything else (a ratio,
//! a covariate adjustment) is a smooth function of the means, so its variance follows by the delta method (Deng,
//! Knoblich & Lu 2018, *Applying the delta method in metric analytics*).

/// Size, means and covariances (divided by n−1) of `K` columns over the units of an arm.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Summary<const K: usize> {
    /// Units.
    pub n: f64,
    /// Mean of each column.
    pub mean: [f64; K],
    /// Covariances of the columns between units.
    pub covariance: [[f64; K]; K],
}

impl<const K: usize> Summary<K> {
    /// Of rows; two passes, so large means do not eat the variance.
    #[must_use]
    pub fn of(rows: impl Iterator<Item = [f64; K]> + Clone) -> Self {
        let (mut n, mut mean) = (0.0, [0.0; K]);
        for row in rows.clone() {
            n += 1.0;
            (0..K).for_each(|i| mean[i] += row[i]);
        }
        mean = mean.map(|sum| if n > 0.0 { sum / n } else { 0.0 });
        let mut covariance = [[0.0; K]; K];
        for row in rows {
            for i in 0..K {
                (0..K).for_each(|j| covariance[i][j] += (row[i] - mean[i]) * (row[j] - mean[j]));
            }
        }
        let divided = |value: f64| if n > 1.0 { value / (n - 1.0) } else { 0.0 };
        Self { n, mean, covariance: covariance.map(|row| row.map(divided)) }
    }

    /// Of sums, and sums of products of each pair of columns.
    #[must_use]
    pub fn from_sums(n: f64, sum: [f64; K], products: [[f64; K]; K]) -> Self {
        let mean = sum.map(|sum| if n > 0.0 { sum / n } else { 0.0 });
        let mut covariance = [[0.0; K]; K];
        for i in 0..K {
            for j in 0..K {
                covariance[i][j] = if n > 1.0 { (products[i][j] - sum[i] * sum[j] / n) / (n - 1.0) } else { 0.0 };
            }
        }
        Self { n, mean, covariance }
    }

    /// Variance of the linear form with these weights between units.
    #[must_use]
    pub fn along(&self, weights: [f64; K]) -> f64 {
        self.between(weights, weights)
    }

    /// Covariance of two linear forms between units.
    #[must_use]
    pub fn between(&self, a: [f64; K], b: [f64; K]) -> f64 {
        let mut sum = 0.0;
        for i in 0..K {
            (0..K).for_each(|j| sum += a[i] * b[j] * self.covariance[i][j]);
        }
        sum
    }

    /// Both arms as one; the covariances are those of the united rows.
    #[must_use]
    pub fn united(&self, other: &Self) -> Self {
        let n = self.n + other.n;
        let mut joint = Self { n, mean: [0.0; K], covariance: [[0.0; K]; K] };
        for i in 0..K {
            joint.mean[i] = (self.n * self.mean[i] + other.n * other.mean[i]) / n;
        }
        for i in 0..K {
            for j in 0..K {
                let gap = (self.mean[i] - other.mean[i]) * (self.mean[j] - other.mean[j]);
                let within = (self.n - 1.0) * self.covariance[i][j] + (other.n - 1.0) * other.covariance[i][j];
                joint.covariance[i][j] = (within + gap * self.n * other.n / n) / (n - 1.0);
            }
        }
        joint
    }
}

impl Summary<1> {
    /// Of one column.
    #[must_use]
    pub fn of_values(values: &[f64]) -> Self {
        Self::of(values.iter().map(|&value| [value]))
    }

    /// Of successes among trials, with the variance p(1−p) of the law and not of the sample.
    #[must_use]
    pub fn of_proportion(trials: f64, successes: f64) -> Self {
        let share = if trials > 0.0 { successes / trials } else { 0.0 };
        Self { n: trials, mean: [share], covariance: [[share * (1.0 - share)]] }
    }
}

/// One arm's value as a comparison needs it: a mean, a ratio, or either adjusted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Side {
    /// Units.
    pub n: f64,
    /// The value, possibly adjusted; its difference between arms is the effect.
    pub value: f64,
    /// Variance of the value's influence between units: the value's own is this over `n`.
    pub variance: f64,
    /// The value as it is, without adjustment: what a relative effect is relative to.
    pub baseline: f64,
    /// Variance of the baseline's influence between units.
    pub baseline_variance: f64,
    /// Covariance of both.
    pub covariance: f64,
    /// The value at which a relative effect is linearised: adjusted or not, both estimate the same.
    pub linearised_at: f64,
}

impl Side {
    /// A value that is not adjusted.
    #[must_use]
    pub const fn plain(n: f64, value: f64, variance: f64) -> Self {
        Self {
            n,
            value,
            variance,
            baseline: value,
            baseline_variance: variance,
            covariance: variance,
            linearised_at: value,
        }
    }

    /// A mean.
    #[must_use]
    pub const fn mean(of: &Summary<1>) -> Self {
        Self::plain(of.n, of.mean[0], of.covariance[0][0])
    }

    /// The ratio of two sums over units: total of column 0 over total of column 1.
    #[must_use]
    pub fn ratio(of: &Summary<2>) -> Self {
        let (ratio, gradient) = ratio_of(of.mean[0], of.mean[1]);
        Self::plain(of.n, ratio, of.along(gradient))
    }

    /// Variance of the value.
    #[must_use]
    pub fn squared_error(&self) -> f64 {
        self.variance / self.n
    }
}

/// A ratio of means and its gradient.
pub(super) fn ratio_of(numerator: f64, denominator: f64) -> (f64, [f64; 2]) {
    let ratio = numerator / denominator;
    (ratio, [1.0 / denominator, -ratio / denominator])
}
