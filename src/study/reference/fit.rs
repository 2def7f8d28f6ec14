//! What a fit tells: parameters with their standard errors, the log-likelihood, and what to be careful about.

use std::fmt;

use libm::{exp, sqrt};
use serde::Serialize;

use super::optimise::{Matrix, Peak, inverse_of};

/// A parameter that is closer than this to its limit, in logarithms, is said to be at it.
const AT_LIMIT: f64 = 0.7;
/// Standard error of a logarithm beyond which a parameter is said to be vague.
const VAGUE: f64 = 2.0;

/// A parameter as it was estimated.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Estimate {
    /// Its letter or name in the model's paper, as in [`super::Kind::parameters`].
    pub name: &'static str,
    /// Its value, in units of the caller's time or money where it has any.
    pub value: f64,
    /// From the observed information in the logarithms of the parameters, by the delta method; none where the
    /// parameter is at a limit or the information is singular.
    pub standard_error: Option<f64>,
}

/// What to be careful about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Caution {
    /// The data ask for a parameter as large or small as can be.
    AtLimit(&'static str),
    /// The data hardly tell this parameter: to no better than a factor of 7 either way.
    Vague(&'static str),
    /// The data do not tell the parameters apart: there are no standard errors.
    Singular,
    /// The search stopped early.
    NotConverged,
    /// So many customers were left out, as the model is not about them.
    LeftOut(usize),
}

impl fmt::Display for Caution {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtLimit(name) => {
                write!(to, "{name} is at its limit: the data ask for one as large or small as can be")
            }
            Self::Vague(name) => write!(to, "the data hardly tell {name}: to no better than a factor of 7 either way"),
            Self::Singular => write!(to, "the data do not tell the parameters apart, so they have no standard errors"),
            Self::NotConverged => write!(to, "the search for the best parameters stopped early"),
            Self::LeftOut(customers) => {
                write!(to, "{customers} customers were left out, as the model is not about them")
            }
        }
    }
}

/// A model fitted by maximum likelihood.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Fit {
    /// Name of the model.
    pub model: &'static str,
    /// In the model's order.
    pub parameters: Vec<Estimate>,
    /// In the caller's units of time or money, without combinatorial constants \[nat\].
    pub log_likelihood: f64,
    /// How many customers it is from \[1\].
    pub customers: usize,
    /// What to be careful about, if anything.
    pub cautions: Vec<Caution>,
}

impl Fit {
    /// From a peak in logarithms: `names` in order, and the unit of each parameter in the caller's units.
    pub(super) fn of<const N: usize>(
        model: &'static str,
        names: [&'static str; N],
        (peak, limits): (&Peak<N>, [f64; N]),
        units: [f64; N],
    ) -> Self {
        let free: [bool; N] = std::array::from_fn(|i| peak.at[i].abs() < limits[i] - AT_LIMIT);
        let information: Matrix<N> = peak.hessian.map(|line| line.map(|c| -c));
        let covariance = inverse_of(&information, &free);
        let estimate = |i: usize| {
            let value = units[i] * exp(peak.at[i]);
            let known = covariance.filter(|_| free[i]);
            Estimate { name: names[i], value, standard_error: known.map(|c| value * sqrt(c[i][i])) }
        };
        let mut cautions: Vec<Caution> = (0..N).filter(|&i| !free[i]).map(|i| Caution::AtLimit(names[i])).collect();
        let vague = |i: &usize| covariance.is_some_and(|c| c[*i][*i] > VAGUE * VAGUE);
        cautions.extend((0..N).filter(vague).map(|i| Caution::Vague(names[i])));
        cautions.extend(covariance.is_none().then_some(Caution::Singular));
        cautions.extend((!peak.converged).then_some(Caution::NotConverged));
        let parameters = (0..N).map(estimate).collect();
        Self { model, parameters, log_likelihood: peak.value, customers: 0, cautions }
    }

    /// Values alone, in order.
    #[must_use]
    pub fn values(&self) -> Vec<f64> {
        self.parameters.iter().map(|parameter| parameter.value).collect()
    }

    /// One parameter by name.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&Estimate> {
        self.parameters.iter().find(|parameter| parameter.name == name)
    }
}
