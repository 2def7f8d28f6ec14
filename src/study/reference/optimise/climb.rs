//! The method of Broyden, Fletcher, Goldfarb and Shanno (Nocedal & Wright, *Numerical Optimization*, 2nd ed., § 6.1),
//! uphill, with a backtracking line search.
//!
//! The logarithms `θ` are kept in their box as `θ = L·tanh(φ/L)`, so the search in `φ` knows no bounds.

use libm::{atanh, tanh};

use super::{
    Objective, Slope, apart,
    curvature::{Matrix, dot, identity, times},
    largest,
};

/// Most steps.
const STEPS: usize = 300;
/// Most halvings of one step.
const HALVINGS: usize = 25;
/// Longest step in any logarithm.
const STRIDE: f64 = 2.0;

/// Where a climb ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Climb<const N: usize> {
    pub at: [f64; N],
    pub slope: Slope<N>,
    pub converged: bool,
}

/// A place without bounds.
struct Place<const N: usize> {
    free: [f64; N],
    slope: Slope<N>,
}

/// Climbs; none if the start has no finite likelihood. `metric` is a first guess of the inverse of the curvature.
pub(super) fn climb<const N: usize>(
    objective: &impl Objective<N>,
    start: &[f64; N],
    metric: Option<Matrix<N>>,
) -> Option<Climb<N>> {
    let mut here = Some(start_of(objective, start)).filter(|here| here.slope.is_finite())?;
    let (mut inverse, mut fresh, mut converged) = (metric.unwrap_or_else(identity), metric.is_none(), false);
    for _ in 0..STEPS {
        let direction = times(&inverse, &here.slope.gradient);
        let gain = dot(&direction, &here.slope.gradient);
        // What could still be gained is below what rounding hides.
        converged = gain.abs() <= 1e-9 + 1e-13 * here.slope.value.abs();
        if converged {
            break;
        }
        let Some(next) = towards(objective, &here, &direction, gain) else {
            if fresh {
                break;
            }
            (inverse, fresh) = (identity(), true);
            continue;
        };
        fresh = !learn(&mut inverse, &here, &next, fresh);
        here = next;
    }
    let at = bounded(&here.free, &objective.limits());
    Some(Climb { at, slope: objective.at(&at), converged })
}

fn start_of<const N: usize>(objective: &impl Objective<N>, start: &[f64; N]) -> Place<N> {
    let limits = objective.limits();
    place(objective, std::array::from_fn(|i| limits[i] * atanh((start[i] / limits[i]).clamp(-0.999_999, 0.999_999))))
}

fn bounded<const N: usize>(free: &[f64; N], limits: &[f64; N]) -> [f64; N] {
    std::array::from_fn(|i| limits[i] * tanh(free[i] / limits[i]))
}

fn place<const N: usize>(objective: &impl Objective<N>, free: [f64; N]) -> Place<N> {
    let limits = objective.limits();
    let at = bounded(&free, &limits);
    let mut slope = objective.at(&at);
    (0..N).for_each(|i| slope.gradient[i] *= 1.0 - (at[i] / limits[i]) * (at[i] / limits[i]));
    Place { free, slope }
}

/// The first of ever shorter steps that gains as much as the gradient promises, by a little at least.
fn towards<const N: usize>(
    objective: &impl Objective<N>,
    here: &Place<N>,
    direction: &[f64; N],
    gain: f64,
) -> Option<Place<N>> {
    if gain.is_nan() || gain <= 0.0 {
        return None;
    }
    let noise = 1e-14 * here.slope.value.abs();
    let mut length = (STRIDE / largest(direction)).min(1.0);
    for _ in 0..HALVINGS {
        let next = place(objective, std::array::from_fn(|i| here.free[i] + length * direction[i]));
        if next.slope.is_finite() && next.slope.value >= here.slope.value + 1e-4 * length * gain - noise {
            return Some(next).filter(|next| apart(&next.free, &here.free) > 1e-13);
        }
        length *= 0.5;
    }
    None
}

/// What a step teaches about the curvature; false if it teaches nothing.
fn learn<const N: usize>(inverse: &mut Matrix<N>, here: &Place<N>, next: &Place<N>, fresh: bool) -> bool {
    let s: [f64; N] = std::array::from_fn(|i| next.free[i] - here.free[i]);
    let y: [f64; N] = std::array::from_fn(|i| here.slope.gradient[i] - next.slope.gradient[i]);
    let (sy, yy) = (dot(&s, &y), dot(&y, &y));
    if sy.is_nan() || sy <= 1e-10 * libm::sqrt(dot(&s, &s) * yy) {
        return !fresh;
    }
    if fresh {
        (0..N).for_each(|i| inverse[i][i] = sy / yy);
    }
    let hy = times(inverse, &y);
    let factor = (1.0 + dot(&y, &hy) / sy) / sy;
    for i in 0..N {
        for j in 0..N {
            inverse[i][j] += factor * s[i] * s[j] - (hy[i] * s[j] + s[i] * hy[j]) / sy;
        }
    }
    true
}
