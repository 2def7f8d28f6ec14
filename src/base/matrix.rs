//! Symmetric positive definite systems of a few dozen unknowns, by Cholesky's factors (Golub & Van Loan, *Matrix
//! Computations*, 4th ed., § 4.2).

use crate::base::float::sqrt;

/// The lower triangular factor L of a matrix L·Lᵀ; none if the matrix is not positive definite.
#[must_use]
pub fn factor(mut a: Vec<Vec<f64>>) -> Option<Vec<Vec<f64>>> {
    for i in 0..a.len() {
        for j in 0..=i {
            let known: f64 = (0..j).map(|k| a[i][k] * a[j][k]).sum();
            let rest = a[i][j] - known;
            a[i][j] = if i == j {
                Some(rest).filter(|rest| *rest > 0.0 && rest.is_finite()).map(sqrt)?
            } else {
                rest / a[j][j]
            };
        }
    }
    Some(a)
}

/// Solves a system; none if the matrix is not positive definite.
#[must_use]
pub fn solve(matrix: Vec<Vec<f64>>, right: &[f64]) -> Option<Vec<f64>> {
    factor(matrix).map(|lower| solved(&lower, right))
}

fn solved(lower: &[Vec<f64>], right: &[f64]) -> Vec<f64> {
    let (n, mut x) = (right.len(), right.to_vec());
    for i in 0..n {
        let known: f64 = (0..i).map(|k| lower[i][k] * x[k]).sum();
        x[i] = (x[i] - known) / lower[i][i];
    }
    for i in (0..n).rev() {
        let known: f64 = (i + 1..n).map(|k| lower[k][i] * x[k]).sum();
        x[i] = (x[i] - known) / lower[i][i];
    }
    x
}

/// The inverse; none if the matrix is not positive definite.
#[must_use]
pub fn inverse(matrix: Vec<Vec<f64>>) -> Option<Vec<Vec<f64>>> {
    let n = matrix.len();
    let lower = factor(matrix)?;
    let unit = |i: usize| (0..n).map(|j| f64::from(i == j)).collect::<Vec<f64>>();
    Some((0..n).map(|i| solved(&lower, &unit(i))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_inverse_undoes_its_matrix() {
        let matrix = vec![vec![4.0, 1.0, 0.5], vec![1.0, 3.0, 0.2], vec![0.5, 0.2, 2.0]];
        let back = inverse(matrix.clone()).unwrap();
        for i in 0..3 {
            let line: Vec<f64> = (0..3).map(|j| (0..3).map(|k| matrix[i][k] * back[k][j]).sum()).collect();
            assert!(line.iter().enumerate().all(|(j, x)| (x - f64::from(i == j)).abs() < 1e-12), "{line:?}");
        }
        assert_eq!(solve(vec![vec![1.0, 2.0], vec![2.0, 1.0]], &[1.0, 1.0]), None);
    }
}
