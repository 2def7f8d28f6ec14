//! When users were randomised but sessions are counted: errors by user.
//!
//! With one indicator on the right-hand side the sandwich estimator of Liang & Zeger 1986 is a sum over users of their
//! squared sums of residuals.

use std::collections::BTreeMap;

use libm::sqrt;

/// A row: who, in which arm, what came of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Row {
    /// The unit that was randomised.
    pub unit: u64,
    /// Whether it is treated.
    pub treated: bool,
    /// The outcome.
    pub outcome: f64,
}

/// A difference of means of rows, with errors of several kinds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Clustered {
    /// Treated mean less control mean.
    pub effect: f64,
    /// Standard error by unit, with the correction `G/(G−1)·(N−1)/(N−2)` for few units.
    pub se: f64,
    /// The same without the correction.
    pub se_uncorrected: f64,
    /// Standard error as if every row were a unit of its own (HC2): too small where units have several rows.
    pub se_naive: f64,
    /// Units.
    pub units: f64,
}

/// Compares arms row by row, with errors by unit; none without two rows in both arms.
#[must_use]
pub fn compare(rows: &[Row]) -> Option<Clustered> {
    let (mut count, mut sum) = ([0.0; 2], [0.0; 2]);
    for row in rows {
        count[usize::from(row.treated)] += 1.0;
        sum[usize::from(row.treated)] += row.outcome;
    }
    if count[0] < 2.0 || count[1] < 2.0 {
        return None;
    }
    let mean = [sum[0] / count[0], sum[1] / count[1]];
    let mut residuals: BTreeMap<u64, [f64; 2]> = BTreeMap::new();
    let mut naive = 0.0;
    for row in rows {
        let arm = usize::from(row.treated);
        let residual = row.outcome - mean[arm];
        residuals.entry(row.unit).or_default()[arm] += residual / count[arm];
        naive += residual * residual / (count[arm] * (count[arm] - 1.0));
    }
    let (n, units) = (rows.len() as f64, residuals.len() as f64);
    // A unit in both arms pulls them in opposite directions.
    let variance: f64 = residuals.values().map(|of| (of[1] - of[0]) * (of[1] - of[0])).sum();
    let few = units / (units - 1.0) * (n - 1.0) / (n - 2.0);
    Some(Clustered {
        effect: mean[1] - mean[0],
        se: sqrt(variance * few),
        se_uncorrected: sqrt(variance),
        se_naive: sqrt(naive),
        units,
    })
}
