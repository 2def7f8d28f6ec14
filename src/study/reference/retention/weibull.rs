//! The beta–discrete-Weibull law, of which the shifted beta–geometric is the case `c = 1`.
//!
//! `S(t) = B(γ, δ+tᶜ)/B(γ, δ)` (Fader, Hardie, Liu, Davin & Steenburgh 2018, *Journal of Interactive Marketing* 43,
//! 1–16). The likelihood is that of renewing or not at each age, so cohorts of any ages add up.

use libm::{exp, expm1, log, pow};

use super::{
    super::{
        error::ReferenceError,
        fit::Fit,
        kind::Fitted,
        optimise::{Objective, Slope, WIDE, maximise},
        special::{harmonic, ln_rising},
    },
    Cohort, RetentionModel,
};

/// The law at known parameters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Weibull {
    pub name: &'static str,
    pub gamma: f64,
    pub delta: f64,
    pub c: f64,
}

/// ln 20: a duration dependence beyond it is not told from a wall.
const STEEP: f64 = 2.995_732_273_553_991;

impl Weibull {
    fn power(&self, age: u32) -> f64 {
        pow(f64::from(age), self.c).min(1e100)
    }

    /// Logarithm of the chance to renew at an age, and its derivatives by γ, δ and ln c.
    fn renewal(&self, age: u32) -> (f64, [f64; 3]) {
        let (from, to) = (self.power(age - 1), self.power(age));
        let (delta, step) = (self.delta + from, to - from);
        let ln = if step < self.gamma {
            ln_rising(delta, step) - ln_rising(self.gamma + delta, step)
        } else {
            ln_rising(delta, self.gamma) - ln_rising(delta + step, self.gamma)
        };
        let tilt = |t: u32, v: f64| {
            if t == 0 { 0.0 } else { self.c * v * log(f64::from(t)) * harmonic(self.delta + v, self.gamma) }
        };
        let by_both = harmonic(self.gamma + delta, step);
        let slopes = [-by_both, harmonic(delta, step) - by_both, tilt(age - 1, from) - tilt(age, to)];
        (ln.min(-f64::MIN_POSITIVE), slopes)
    }

    /// Log-likelihood of so many who stayed and who left at each age from 1 on, with the gradient by the logarithms.
    fn slope(&self, counts: &[(f64, f64)]) -> Slope<3> {
        let mut sums = Slope::default();
        for (age, &(stayed, left)) in (1..).zip(counts) {
            let (ln, slopes) = self.renewal(age);
            let leaves = -expm1(ln);
            // No factor that nobody lived up to: 0·∞ is not a number.
            let value = stayed * ln + if left > 0.0 { left * log(leaves) } else { 0.0 };
            let tilt = stayed - if left > 0.0 { left * exp(ln) / leaves } else { 0.0 };
            let gradient = [self.gamma * slopes[0], self.delta * slopes[1], slopes[2]].map(|slope| tilt * slope);
            sums.add(1.0, &Slope { value, gradient });
        }
        sums
    }
}

impl RetentionModel for Weibull {
    fn name(&self) -> &'static str {
        self.name
    }

    fn retention(&self, age: u32) -> f64 {
        if age == 0 { 1.0 } else { exp(self.renewal(age).0) }
    }

    fn survival(&self, age: u32) -> f64 {
        let v = self.power(age);
        if v < self.gamma {
            exp(ln_rising(self.delta, v) - ln_rising(self.gamma + self.delta, v))
        } else {
            exp(ln_rising(self.delta, self.gamma) - ln_rising(self.delta + v, self.gamma))
        }
    }

    fn log_likelihood(&self, cohort: &Cohort) -> f64 {
        self.slope(&counted(std::slice::from_ref(cohort))).value
    }
}

/// How many stayed and how many left at each age, over all cohorts.
fn counted(cohorts: &[Cohort]) -> Vec<(f64, f64)> {
    let oldest = cohorts.iter().map(|cohort| cohort.survivors.len()).max().unwrap_or(0);
    let mut counts = vec![(0.0, 0.0); oldest.saturating_sub(1)];
    for pairs in cohorts.iter().map(|cohort| cohort.survivors.windows(2)) {
        for (count, pair) in counts.iter_mut().zip(pairs) {
            count.0 += pair[1] as f64;
            count.1 += (pair[0] - pair[1]) as f64;
        }
    }
    counts
}

/// The first `N` of γ, δ, c, the others being 1.
struct Problem<const N: usize>(Vec<(f64, f64)>);

impl<const N: usize> Objective<N> for Problem<N> {
    fn at(&self, logs: &[f64; N]) -> Slope<N> {
        let slope = with("", logs.map(exp)).slope(&self.0);
        Slope { value: slope.value, gradient: std::array::from_fn(|i| slope.gradient[i]) }
    }

    fn limits(&self) -> [f64; N] {
        limits()
    }
}

fn limits<const N: usize>() -> [f64; N] {
    std::array::from_fn(|i| [WIDE, WIDE, STEEP][i])
}

/// The law with its first parameters given.
pub(super) fn with<const N: usize>(name: &'static str, parameters: [f64; N]) -> Weibull {
    let or_one = |i: usize| parameters.get(i).copied().unwrap_or(1.0);
    Weibull { name, gamma: or_one(0), delta: or_one(1), c: or_one(2) }
}

/// Fits the first `N` of γ, δ, c, which the model calls by its own names.
///
/// # Errors
/// If no customer was up for renewal.
pub(super) fn fitted<const N: usize>(
    model: &'static str,
    names: [&'static str; N],
    cohorts: &[Cohort],
) -> Result<Fitted<dyn RetentionModel>, ReferenceError> {
    let problem = Problem::<N>(counted(cohorts));
    if problem.0.iter().all(|&(stayed, left)| stayed + left == 0.0) {
        return Err(ReferenceError::Empty("customer up for renewal"));
    }
    let start = |gamma: f64, delta: f64, c: f64| std::array::from_fn(|i| log([gamma, delta, c][i]));
    let starts = [start(0.7, 2.0, 1.0), start(0.3, 3.0, 1.5), start(2.0, 20.0, 0.8), start(1.0, 0.3, 1.0)];
    let peak = maximise(&problem, &problem, &starts).ok_or(ReferenceError::NoOptimum(model))?;
    let fit = Fit::of(model, names, (&peak, limits()), [1.0; N]);
    let customers = cohorts.iter().filter_map(|cohort| cohort.survivors.first()).sum::<u64>() as usize;
    let law = with(model, std::array::from_fn::<f64, N, _>(|i| fit.parameters[i].value));
    Ok(Fitted { fit: Fit { customers, ..fit }, model: Box::new(law) })
}

#[cfg(test)]
mod tests {
    use super::super::super::optimise::tests::gradient_is_the_slope;
    use super::*;

    #[test]
    fn the_gradient_is_that_of_the_likelihood() {
        let counts = vec![(631.0, 369.0), (468.0, 163.0), (382.0, 86.0), (300.0, 0.0)];
        for at in [[0.7, 1.2, 1.0], [0.26, 1.7, 1.6], [40.0, 3.0, 0.4], [1e-3, 1e3, 2.0]] {
            gradient_is_the_slope(&Problem::<3>(counts.clone()), &at.map(log));
            gradient_is_the_slope(&Problem::<2>(counts.clone()), &[at[0], at[1]].map(log));
        }
    }
}
