//! How good forecasts of purchases are.

use serde::Serialize;

use super::own::Forecast;
use crate::base::float::log;

/// What a model says of each customer.
pub(super) struct Answers {
    pub expected: Vec<f64>,
    pub active: Vec<f64>,
    pub median: Vec<f64>,
}

impl Answers {
    pub fn of(forecast: &Forecast) -> Self {
        let counts = || forecast.customers.iter().map(|one| &one.outlook.counts);
        Self {
            expected: counts().map(|counts| counts.expected).collect(),
            active: counts().map(|counts| counts.active).collect(),
            median: counts().map(|counts| counts.median() as f64).collect(),
        }
    }
}

/// Scores over customers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Scores {
    /// Mean absolute error of the medians.
    pub mae: f64,
    /// The same of the means.
    pub mae_of_mean: f64,
    /// Root mean square error of the means.
    pub rmse: f64,
    /// Pearson's correlation of means and outcomes.
    pub correlation: f64,
    /// Sum of the means over the sum of the outcomes.
    pub bias: f64,
    /// Probability that of two customers the one who came back was given the larger probability to.
    pub auc_active: f64,
    /// The same by their means.
    pub auc_expected: f64,
    /// Mean log loss of being active \[nat\].
    pub log_loss_active: f64,
    /// Mean squared error of the probability to be active.
    pub brier_active: f64,
}

/// Scores of answers, where each customer counts so many times.
pub(super) fn scores(answers: &Answers, actual: &[f64], times: &dyn Fn(usize) -> f64) -> Scores {
    let mut sums = Sums::default();
    for (index, &y) in actual.iter().enumerate() {
        sums.add(times(index), y, [answers.expected[index], answers.active[index], answers.median[index]]);
    }
    let n = sums.weight;
    let covariance = sums.product / n - sums.expected * sums.actual / (n * n);
    let variance = |squares: f64, sum: f64| squares / n - sum * sum / (n * n);
    let spread = (variance(sums.expected_square, sums.expected) * variance(sums.actual_square, sums.actual)).sqrt();
    Scores {
        mae: sums.absolute_median / n,
        mae_of_mean: sums.absolute / n,
        rmse: (sums.square / n).sqrt(),
        correlation: covariance / spread,
        bias: sums.expected / sums.actual,
        auc_active: auc(&answers.active, actual, times),
        auc_expected: auc(&answers.expected, actual, times),
        log_loss_active: sums.log_loss / n,
        brier_active: sums.brier / n,
    }
}

#[derive(Default)]
struct Sums {
    weight: f64,
    absolute: f64,
    absolute_median: f64,
    square: f64,
    expected: f64,
    actual: f64,
    product: f64,
    expected_square: f64,
    actual_square: f64,
    log_loss: f64,
    brier: f64,
}

impl Sums {
    fn add(&mut self, weight: f64, y: f64, [expected, active, median]: [f64; 3]) {
        let came = if y > 0.0 { active } else { 1.0 - active };
        self.weight += weight;
        self.absolute += weight * (expected - y).abs();
        self.absolute_median += weight * (median - y).abs();
        self.square += weight * (expected - y) * (expected - y);
        self.expected += weight * expected;
        self.actual += weight * y;
        self.product += weight * expected * y;
        self.expected_square += weight * expected * expected;
        self.actual_square += weight * y * y;
        self.log_loss -= weight * log(came.max(1e-9));
        self.brier += weight * (1.0 - came) * (1.0 - came);
    }
}

/// The Mann–Whitney statistic; ties count a half. Not a number where all or none are active.
fn auc(predicted: &[f64], actual: &[f64], times: &dyn Fn(usize) -> f64) -> f64 {
    let mut order: Vec<usize> = (0..actual.len()).collect();
    order.sort_by(|&a, &b| predicted[a].total_cmp(&predicted[b]));
    let (mut idle_below, mut pairs, mut active, mut idle) = (0.0, 0.0, 0.0, 0.0);
    for tied in order.chunk_by(|&a, &b| predicted[a].total_cmp(&predicted[b]).is_eq()) {
        let weight = |came: bool| tied.iter().filter(|&&i| (actual[i] > 0.0) == came).map(|&i| times(i)).sum::<f64>();
        let (came, stayed) = (weight(true), weight(false));
        pairs += came * (idle_below + 0.5 * stayed);
        idle_below += stayed;
        active += came;
        idle += stayed;
    }
    pairs / (active * idle)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_are_those_worked_out_by_hand() {
        let answers =
            Answers { expected: vec![0.5, 2.0, 1.0], active: vec![0.4, 0.9, 0.5], median: vec![0.0, 2.0, 1.0] };
        let found = scores(&answers, &[0.0, 4.0, 0.0], &|_| 1.0);
        assert!((found.mae - 1.0).abs() < 1e-12 && (found.mae_of_mean - 3.5 / 3.0).abs() < 1e-12);
        assert!((found.rmse - (5.25f64 / 3.0).sqrt()).abs() < 1e-12 && (found.bias - 3.5 / 4.0).abs() < 1e-12);
        assert!((found.auc_active - 1.0).abs() < 1e-12);
        assert!((found.log_loss_active + (0.6f64.ln() + 0.9f64.ln() + 0.5f64.ln()) / 3.0).abs() < 1e-9);
        let twice = scores(&answers, &[0.0, 4.0, 0.0], &|index| if index == 1 { 2.0 } else { 1.0 });
        assert!((twice.mae - 1.25).abs() < 1e-12 && (twice.correlation - 0.962_250).abs() < 1e-5, "{twice:?}");
    }

    #[test]
    fn ties_count_a_half() {
        assert!((auc(&[1.0, 1.0, 0.0], &[1.0, 0.0, 0.0], &|_| 1.0) - 0.75).abs() < 1e-12);
    }
}
