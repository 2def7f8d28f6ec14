//! A discrete-time hazard by penalised maximum likelihood: Fisher scoring with a small dense system.
//!
//! `P(left) = 1 − exp(−e^η)`, `η = α_week + β·x + γ_channel`; with `μ = e^η` and `p = P(left)` a row's score is
//! `(y − p)·μ/p` and its expected information `μ²·(1−p)/p`.

use rayon::prelude::*;

use super::ahead::log_score;
use crate::{
    base::float::{exp, log, log1p, sqrt},
    user::facet::churn::ahead::within,
};

/// One landmark.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Row {
    /// Week of tenure.
    pub week: usize,
    /// Standardised covariates.
    pub signs: Vec<f32>,
    /// Channel and how late it is, if it is known.
    pub channel: Option<(usize, f64)>,
    /// Whether the user left.
    pub left: bool,
}

impl Row {
    /// Its tenure alone.
    pub fn bare(&self) -> Self {
        Self { week: self.week, signs: Vec::new(), channel: None, left: self.left }
    }
}

/// Rows, and how many parameters there are: weeks, then covariates, then channels.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Problem {
    pub rows: Vec<Row>,
    pub weeks: usize,
    pub signs: usize,
    pub channels: usize,
}

/// Rows that one task adds up; the sums are joined in their order, so that threads change nothing.
const BLOCK: usize = 8_192;
/// Most steps of a fit.
const STEPS: usize = 30;

/// Log likelihood, its gradient and its expected information (upper triangle, row by row).
struct Sums {
    value: f64,
    gradient: Vec<f64>,
    information: Vec<f64>,
}

impl Problem {
    fn size(&self) -> usize {
        self.weeks + self.signs + 2 * self.channels
    }

    /// The rows of one half of the users.
    pub fn part(&self, halves: &[Option<bool>], chosen: bool) -> Self {
        let rows = self.rows.iter().zip(halves).filter(|&(_, &half)| half == Some(chosen)).map(|(row, _)| row.clone());
        Self { rows: rows.collect(), ..*self }
    }

    /// The parameters that suit the rows best under penalties (smoothness of the weeks, ridge of the others).
    pub fn fit(&self, penalty: (f64, f64)) -> Option<Vec<f64>> {
        let mut at = self.start();
        let mut sums = self.penalised(&at, penalty);
        for _ in 0..STEPS {
            let step = solved(&sums.information, &sums.gradient)?;
            let (next, better) = self.towards(&at, &step, &sums, penalty)?;
            let moved = at.iter().zip(&next).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            (at, sums) = (next, better);
            if moved < 1e-6 {
                break;
            }
        }
        Some(at)
    }

    /// Log score of the rows \[nat\].
    pub fn log_likelihood(&self, at: &[f64]) -> f64 {
        self.rows.iter().map(|row| log_score(self.eta(row, at), row.left)).sum()
    }

    /// Everybody leaves alike.
    fn start(&self) -> Vec<f64> {
        let left = self.rows.iter().filter(|row| row.left).count() as f64;
        let share = (left + 0.5) / (self.rows.len() as f64 + 1.0);
        let mut at = vec![0.0; self.size()];
        at[..self.weeks].fill(log(-log1p(-share)));
        at
    }

    /// A step, halved until it makes things no worse.
    fn towards(&self, at: &[f64], step: &[f64], sums: &Sums, penalty: (f64, f64)) -> Option<(Vec<f64>, Sums)> {
        let mut length = 1.0;
        for _ in 0..12 {
            let next: Vec<f64> = at.iter().zip(step).map(|(a, s)| a + length * s).collect();
            let better = self.penalised(&next, penalty);
            if better.value >= sums.value - 1e-9 * sums.value.abs() {
                return Some((next, better));
            }
            length *= 0.5;
        }
        None
    }

    fn eta(&self, row: &Row, at: &[f64]) -> f64 {
        let (weeks, others) = at.split_at(self.weeks);
        let tilt: f64 = row.signs.iter().zip(others).map(|(&x, weight)| f64::from(x) * weight).sum();
        let channel = row.channel.map_or(0.0, |(channel, late)| {
            let of = &others[self.signs + 2 * channel..];
            of[0] + late * of[1]
        });
        weeks[row.week] + tilt + channel
    }

    fn penalised(&self, at: &[f64], (smooth, ridge): (f64, f64)) -> Sums {
        let mut sums = self.sums(at);
        let size = self.size();
        for week in 1..self.weeks {
            let apart = at[week] - at[week - 1];
            sums.value -= 0.5 * smooth * apart * apart;
            sums.gradient[week] -= smooth * apart;
            sums.gradient[week - 1] += smooth * apart;
            sums.information[week * size + week] += smooth;
            sums.information[(week - 1) * size + week - 1] += smooth;
            sums.information[(week - 1) * size + week] -= smooth;
        }
        for i in self.weeks..size {
            sums.value -= 0.5 * ridge * at[i] * at[i];
            sums.gradient[i] -= ridge * at[i];
            sums.information[i * size + i] += ridge;
        }
        sums
    }

    fn sums(&self, at: &[f64]) -> Sums {
        let size = self.size();
        let none = || Sums { value: 0.0, gradient: vec![0.0; size], information: vec![0.0; size * size] };
        let block = |rows: &[Row]| {
            let (mut sums, mut known) = (none(), Vec::new());
            rows.iter().for_each(|row| self.add(row, at, &mut known, &mut sums));
            sums
        };
        let blocks: Vec<Sums> = self.rows.par_chunks(BLOCK).map(block).collect();
        blocks.into_iter().fold(none(), |mut all, block| {
            all.value += block.value;
            all.gradient.iter_mut().zip(block.gradient).for_each(|(sum, more)| *sum += more);
            all.information.iter_mut().zip(block.information).for_each(|(sum, more)| *sum += more);
            all
        })
    }

    /// Adds one row, of which only few parameters know; they are put into `known`, which is kept from row to row.
    fn add(&self, row: &Row, at: &[f64], known: &mut Vec<(usize, f64)>, sums: &mut Sums) {
        let eta = self.eta(row, at);
        let (p, mu) = (within(eta), exp(eta.clamp(-30.0, 5.0)));
        let score = (f64::from(u8::from(row.left)) - p) * mu / p;
        let information = mu * mu * (1.0 - p) / p;
        sums.value += log_score(eta, row.left);
        self.name(row, known);
        let size = self.size();
        for (place, &(i, x)) in known.iter().enumerate() {
            sums.gradient[i] += score * x;
            let line = &mut sums.information[i * size..(i + 1) * size];
            known[place..].iter().for_each(|&(j, y)| line[j] += information * x * y);
        }
    }

    /// The parameters that a row knows, in ascending order, and what multiplies each.
    fn name(&self, row: &Row, known: &mut Vec<(usize, f64)>) {
        known.clear();
        known.push((row.week, 1.0));
        known.extend(row.signs.iter().enumerate().map(|(i, &x)| (self.weeks + i, f64::from(x))));
        if let Some((channel, late)) = row.channel {
            let first = self.weeks + self.signs + 2 * channel;
            known.extend([(first, 1.0), (first + 1, late)]);
        }
    }
}

/// Solves a symmetric positive system, given its upper triangle; none if it is not positive.
fn solved(upper: &[f64], right: &[f64]) -> Option<Vec<f64>> {
    let n = right.len();
    let u = factored(upper, n)?;
    let mut x = right.to_vec();
    for i in 0..n {
        let before: f64 = (0..i).map(|k| u[k * n + i] * x[k]).sum();
        x[i] = (x[i] - before) / u[i * n + i];
    }
    for i in (0..n).rev() {
        let after: f64 = (i + 1..n).map(|j| u[i * n + j] * x[j]).sum();
        x[i] = (x[i] - after) / u[i * n + i];
    }
    Some(x)
}

/// Cholesky's `U` with `UᵀU` the matrix.
fn factored(upper: &[f64], n: usize) -> Option<Vec<f64>> {
    let mut u = upper.to_vec();
    for i in 0..n {
        for k in 0..i {
            let factor = u[k * n + i];
            (i..n).for_each(|j| u[i * n + j] -= factor * u[k * n + j]);
        }
        let pivot = u[i * n + i];
        if pivot.is_nan() || pivot <= 1e-12 {
            return None;
        }
        let root = sqrt(pivot);
        (i..n).for_each(|j| u[i * n + j] /= root);
    }
    Some(u)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{
        luck::{Luck, Purpose},
        units::UserId,
    };

    #[test]
    fn a_small_system_is_solved() {
        let x = solved(&[4.0, 2.0, 0.0, 3.0], &[2.0, -1.0]).unwrap();
        assert!((4.0 * x[0] + 2.0 * x[1] - 2.0).abs() < 1e-12 && (2.0 * x[0] + 3.0 * x[1] + 1.0).abs() < 1e-12);
        assert_eq!(solved(&[0.0, 0.0, 0.0, 1.0], &[1.0, 1.0]), None);
    }

    /// Rows whose weights are known: every one of them is found again within three standard errors.
    #[test]
    fn weights_are_recovered() {
        let truth = [0.8, -0.5, 0.0];
        let rows = (0..40_000u64).map(|id| {
            let mut stream = Luck::new(9, 0).stream(UserId(id), Purpose::Birth, 0);
            let mut uniform = || stream.uniform();
            let signs: Vec<f32> = (0..3).map(|_| (3.464 * (uniform() - 0.5)) as f32).collect();
            let week = (id % 4) as usize;
            let tilt: f64 = signs.iter().zip(truth).map(|(&x, weight)| f64::from(x) * weight).sum();
            let left = uniform() < within(-2.0 - 0.2 * week as f64 + tilt);
            Row { week, signs, channel: None, left }
        });
        let problem = Problem { rows: rows.collect(), weeks: 4, signs: 3, channels: 0 };
        let found = problem.fit((0.1, 0.1)).unwrap();
        for (found, truth) in found[4..].iter().zip(truth) {
            assert!((found - truth).abs() < 0.05, "{found} instead of {truth}");
        }
        (0..4).for_each(|week| assert!((found[week] + 2.0 + 0.2 * week as f64).abs() < 0.12, "{found:?}"));
    }
}
