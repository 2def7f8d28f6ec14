//! Maximum likelihood in the logarithms of positive parameters: a quasi-Newton climb from several starting points, a
//! simplex where that fails, and Newton's last steps. Nothing can leave the box that the logarithms are kept in.

mod climb;
mod curvature;
mod simplex;

use climb::{Climb, climb};
use curvature::hessian;
pub(super) use curvature::{Matrix, inverse_of};

/// A log-likelihood and its gradient.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Slope<const N: usize> {
    /// Log-likelihood \[nat\].
    pub value: f64,
    /// By the logarithm of each parameter.
    pub gradient: [f64; N],
}

impl<const N: usize> Default for Slope<N> {
    fn default() -> Self {
        Self { value: 0.0, gradient: [0.0; N] }
    }
}

impl<const N: usize> Slope<N> {
    /// Adds another one, so many times.
    pub fn add(&mut self, times: f64, other: &Self) {
        self.value += times * other.value;
        self.gradient.iter_mut().zip(other.gradient).for_each(|(sum, more)| *sum += times * more);
    }

    fn is_finite(&self) -> bool {
        self.value.is_finite() && self.gradient.iter().all(|g| g.is_finite())
    }
}

/// What is maximised.
pub(super) trait Objective<const N: usize>: Sync {
    /// At the logarithms of the parameters.
    fn at(&self, logs: &[f64; N]) -> Slope<N>;

    /// How much there is of what it adds up, in a unit of its own \[1\].
    fn size(&self) -> f64 {
        1.0
    }

    /// How far from 0 each logarithm may go.
    fn limits(&self) -> [f64; N] {
        [WIDE; N]
    }
}

/// ln 10⁶: in units that suit the data, no parameter that is known is larger, or smaller than its inverse.
pub(super) const WIDE: f64 = 13.815_510_557_964_274;

/// The best there is.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Peak<const N: usize> {
    pub at: [f64; N],
    pub value: f64,
    /// Second derivatives by the logarithms.
    pub hessian: Matrix<N>,
    pub converged: bool,
}

/// Most of Newton's last steps.
const POLISH: usize = 4;

/// Climbs a coarse objective from all starts, then the full one from the best; none if it is finite at none of them.
pub(super) fn maximise<const N: usize>(
    full: &impl Objective<N>,
    coarse: &impl Objective<N>,
    starts: &[[f64; N]],
) -> Option<Peak<N>> {
    let climbs = starts.iter().filter_map(|start| climb(coarse, start, None));
    let best = climbs.reduce(|best, next| if next.slope.value > best.slope.value { next } else { best })?;
    let mut top = climb(full, &best.at, metric(coarse, &best.at, coarse.size() / full.size()))?;
    if !top.converged {
        let again = climb(full, &simplex::search(full, &top.at), None);
        top = again.filter(|again| again.slope.value >= top.slope.value).unwrap_or(top);
    }
    Some(polished(full, top))
}

/// What the coarse objective tells of the curvature of the full one, so that the climb starts with good steps.
fn metric<const N: usize>(coarse: &impl Objective<N>, at: &[f64; N], share: f64) -> Option<Matrix<N>> {
    let information = hessian(coarse, at).map(|line| line.map(|c| -c));
    inverse_of(&information, &[true; N]).map(|inverse| inverse.map(|line| line.map(|c| share * c)))
}

/// Newton's steps as long as they make the gradient smaller and the rest no worse.
fn polished<const N: usize>(full: &impl Objective<N>, mut top: Climb<N>) -> Peak<N> {
    let mut curved = hessian(full, &top.at);
    for _ in 0..POLISH {
        let Some(next) = stepped(full, &top, &curved) else { break };
        let settled = apart(&next.at, &top.at) < 1e-4;
        top = next;
        if settled {
            break;
        }
        curved = hessian(full, &top.at);
    }
    Peak { at: top.at, value: top.slope.value, hessian: curved, converged: top.converged }
}

fn stepped<const N: usize>(full: &impl Objective<N>, top: &Climb<N>, curved: &Matrix<N>) -> Option<Climb<N>> {
    let covariance = inverse_of(&curved.map(|line| line.map(|c| -c)), &[true; N])?;
    let step = curvature::times(&covariance, &top.slope.gradient);
    let at: [f64; N] = std::array::from_fn(|i| top.at[i] + step[i]);
    let inside = at.iter().zip(full.limits()).all(|(at, limit)| at.abs() < limit);
    if !inside || apart(&at, &top.at) > 0.5 {
        return None;
    }
    let slope = full.at(&at);
    let better = largest(&slope.gradient) < largest(&top.slope.gradient)
        && slope.value >= top.slope.value - 1e-12 * top.slope.value.abs();
    (better && slope.is_finite()).then_some(Climb { at, slope, converged: true })
}

fn largest<const N: usize>(values: &[f64; N]) -> f64 {
    values.iter().fold(0.0, |most: f64, value| most.max(value.abs()))
}

fn apart<const N: usize>(a: &[f64; N], b: &[f64; N]) -> f64 {
    largest(&std::array::from_fn::<f64, N, _>(|i| a[i] - b[i]))
}

#[cfg(test)]
pub(super) mod tests;
