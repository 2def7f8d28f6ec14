//! Second derivatives, and small symmetric systems.

use super::Objective;

/// Small and square.
pub(in super::super) type Matrix<const N: usize> = [[f64; N]; N];

/// Step of the differences, in logarithms.
const STEP: f64 = 1e-4;

/// Second derivatives by central differences of the gradient, made symmetric.
pub(super) fn hessian<const N: usize>(objective: &impl Objective<N>, at: &[f64; N]) -> Matrix<N> {
    let side = |i: usize, step: f64| {
        let mut moved = *at;
        moved[i] += step;
        objective.at(&moved).gradient
    };
    let lines: Matrix<N> = std::array::from_fn(|i| {
        let (up, down) = (side(i, STEP), side(i, -STEP));
        std::array::from_fn(|j| (up[j] - down[j]) / (2.0 * STEP))
    });
    std::array::from_fn(|i| std::array::from_fn(|j| 0.5 * (lines[i][j] + lines[j][i])))
}

/// Inverse of the part of a symmetric positive matrix that is `free`, 0 elsewhere; none if that part is not positive,
/// or so close to it that digits mean nothing. By Gauss and Jordan's sweeps, which need no pivoting for such a matrix.
pub(in super::super) fn inverse_of<const N: usize>(matrix: &Matrix<N>, free: &[bool; N]) -> Option<Matrix<N>> {
    let mut m = *matrix;
    for i in (0..N).filter(|&i| free[i]) {
        let pivot = m[i][i];
        if pivot.is_nan() || pivot <= 1e-10 * matrix[i][i].abs() || pivot <= 1e-7 {
            return None;
        }
        m[i] = m[i].map(|value| value / pivot);
        m[i][i] = 1.0 / pivot;
        let swept = m[i];
        for j in (0..N).filter(|&j| free[j] && j != i) {
            let factor = m[j][i];
            m[j][i] = 0.0;
            (0..N).for_each(|k| m[j][k] -= factor * swept[k]);
        }
    }
    let kept = |i: usize, j: usize| if free[i] && free[j] { m[i][j] } else { 0.0 };
    let inverse: Matrix<N> = std::array::from_fn(|i| std::array::from_fn(|j| kept(i, j)));
    (0..N).all(|i| inverse[i][i].is_finite() && inverse[i][i] >= 0.0).then_some(inverse)
}

pub(super) fn identity<const N: usize>() -> Matrix<N> {
    std::array::from_fn(|i| std::array::from_fn(|j| f64::from(u8::from(i == j))))
}

pub(super) fn dot<const N: usize>(a: &[f64; N], b: &[f64; N]) -> f64 {
    (0..N).map(|i| a[i] * b[i]).sum()
}

pub(super) fn times<const N: usize>(matrix: &Matrix<N>, vector: &[f64; N]) -> [f64; N] {
    std::array::from_fn(|i| dot(&matrix[i], vector))
}
