//! Regression adjustment: the effect after covariates, by least squares with interactions (Lin 2013, *Agnostic notes on
//! regression adjustments to experimental data*, Ann. Appl. Stat. 7), which never loses precision in large samples.

use libm::sqrt;

/// A least-squares fit.
#[derive(Clone, Debug, PartialEq)]
pub struct Fit {
    /// A coefficient a column; 0 for a column that the others before it explain.
    pub coefficients: Vec<f64>,
    /// Standard errors under equal variances.
    pub se: Vec<f64>,
    /// Robust standard errors, HC2 (MacKinnon & White 1985).
    pub se_hc2: Vec<f64>,
    /// Robust standard errors, HC3.
    pub se_hc3: Vec<f64>,
}

/// Rows of `columns` values each, one after the other.
#[derive(Clone, Debug, PartialEq)]
pub struct Design {
    columns: usize,
    cells: Vec<f64>,
}

impl Design {
    /// Of rows of equal length.
    #[must_use]
    pub fn new(columns: usize, rows: impl IntoIterator<Item = Vec<f64>>) -> Self {
        let cells = rows.into_iter().flat_map(|mut row| {
            row.resize(columns, 0.0);
            row
        });
        Self { columns, cells: cells.collect() }
    }

    fn rows(&self) -> impl Iterator<Item = &[f64]> {
        self.cells.chunks_exact(self.columns)
    }

    /// Least squares; none with fewer outcomes than columns.
    #[must_use]
    pub fn fit(&self, outcomes: &[f64]) -> Option<Fit> {
        let (n, k) = (outcomes.len(), self.columns);
        if n <= k || self.cells.len() != n * k {
            return None;
        }
        let (mut gram, mut cross) = (vec![0.0; k * k], vec![0.0; k]);
        for (row, y) in self.rows().zip(outcomes) {
            for i in 0..k {
                cross[i] += row[i] * y;
                (0..=i).for_each(|j| gram[i * k + j] += row[i] * row[j]);
            }
        }
        let inverse = inverse(&mut gram, k);
        let coefficients: Vec<f64> = (0..k).map(|i| (0..k).map(|j| inverse[i * k + j] * cross[j]).sum()).collect();
        Some(self.errors(outcomes, coefficients, &inverse))
    }

    fn errors(&self, outcomes: &[f64], coefficients: Vec<f64>, inverse: &[f64]) -> Fit {
        let k = self.columns;
        let (mut squares, mut hc2, mut hc3) = (0.0, vec![0.0; k], vec![0.0; k]);
        let mut influence = vec![0.0; k];
        for (row, y) in self.rows().zip(outcomes) {
            for i in 0..k {
                influence[i] = (0..k).map(|j| inverse[i * k + j] * row[j]).sum();
            }
            let fitted: f64 = row.iter().zip(&coefficients).map(|(x, b)| x * b).sum();
            let leverage: f64 = row.iter().zip(&influence).map(|(x, a)| x * a).sum();
            let (squared, rest) = ((y - fitted) * (y - fitted), (1.0 - leverage).max(1e-12));
            squares += squared;
            for i in 0..k {
                let pull = influence[i] * influence[i] * squared / rest;
                hc2[i] += pull;
                hc3[i] += pull / rest;
            }
        }
        let variance = squares / (outcomes.len() - k) as f64;
        let roots = |values: Vec<f64>| values.into_iter().map(sqrt).collect();
        Fit {
            se: (0..k).map(|i| sqrt(variance * inverse[i * k + i])).collect(),
            se_hc2: roots(hc2),
            se_hc3: roots(hc3),
            coefficients,
        }
    }
}

/// Inverse of a symmetric matrix given by its lower half, by Cholesky's factors; a column that those before it explain
/// gets a row and a column of zeros.
fn inverse(gram: &mut [f64], k: usize) -> Vec<f64> {
    let diagonal: Vec<f64> = (0..k).map(|i| gram[i * k + i]).collect();
    for i in 0..k {
        for j in 0..=i {
            let dot: f64 = (0..j).map(|l| gram[i * k + l] * gram[j * k + l]).sum();
            let rest = gram[i * k + j] - dot;
            gram[i * k + j] = if i == j {
                if rest > 1e-11 * diagonal[i] { sqrt(rest) } else { 0.0 }
            } else if gram[j * k + j] > 0.0 {
                rest / gram[j * k + j]
            } else {
                0.0
            };
        }
    }
    let mut inverse = vec![0.0; k * k];
    for column in (0..k).filter(|&column| gram[column * k + column] > 0.0) {
        let solved = solve(gram, k, column);
        (0..k).for_each(|row| inverse[row * k + column] = solved[row]);
    }
    inverse
}

/// Solves `L·Lᵀ x = e`, with e a unit vector.
fn solve(factor: &[f64], k: usize, unit: usize) -> Vec<f64> {
    let mut x = vec![0.0; k];
    for i in 0..k {
        let pivot = factor[i * k + i];
        let dot: f64 = (0..i).map(|j| factor[i * k + j] * x[j]).sum();
        x[i] = if pivot > 0.0 { (f64::from(u8::from(i == unit)) - dot) / pivot } else { 0.0 };
    }
    for i in (0..k).rev() {
        let pivot = factor[i * k + i];
        let dot: f64 = (i + 1..k).map(|j| factor[j * k + i] * x[j]).sum();
        x[i] = if pivot > 0.0 { (x[i] - dot) / pivot } else { 0.0 };
    }
    x
}

/// An effect after adjustment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdjustedEffect {
    /// The effect at the covariates' means.
    pub effect: f64,
    /// Its standard error, HC2.
    pub se: f64,
    /// Its standard error, HC3.
    pub se_hc3: f64,
}

/// Lin's estimator: outcomes on treatment, centred covariates and their products. Covariates come a column each; none
/// with too few rows.
#[must_use]
pub fn interacted(outcomes: &[f64], treated: &[bool], covariates: &[&[f64]]) -> Option<AdjustedEffect> {
    let centred: Vec<Vec<f64>> = covariates.iter().map(|column| standardised(column)).collect();
    let row = |i: usize| {
        let w = f64::from(u8::from(treated[i]));
        let mut row = vec![1.0, w];
        row.extend(centred.iter().map(|column| column[i]));
        row.extend(centred.iter().map(|column| w * column[i]));
        row
    };
    let fit = Design::new(2 + 2 * covariates.len(), (0..outcomes.len()).map(row)).fit(outcomes)?;
    Some(AdjustedEffect { effect: fit.coefficients[1], se: fit.se_hc2[1], se_hc3: fit.se_hc3[1] })
}

/// Centred and scaled: the scale changes nothing but keeps the equations well-conditioned.
fn standardised(column: &[f64]) -> Vec<f64> {
    let n = column.len() as f64;
    let mean = column.iter().sum::<f64>() / n;
    let sd = sqrt(column.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / n);
    column.iter().map(|v| if sd > 0.0 { (v - mean) / sd } else { 0.0 }).collect()
}
