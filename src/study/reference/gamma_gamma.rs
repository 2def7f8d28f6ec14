//! Gamma–Gamma: what a purchase is worth, independent of how many there are (Colombo & Jiang 1999, *Journal of
//! Interactive Marketing* 13, 2–12; Fader & Hardie 2013, *The Gamma-Gamma model of monetary value*).
//!
//! An amount is `Gamma(p, ν)` and `ν ~ Gamma(q, γ)` over customers. Parameters `p` \[1\], `q` \[1\], `gamma` \[money\].

use libm::{exp, lgamma, log, log1p};
use rayon::prelude::*;
use serde::Serialize;

use super::{
    draw,
    error::{ReferenceError, SummaryError},
    fit::{Caution, Fit},
    kind::checked,
    latent::Uniform,
    optimise::{Objective, Slope, WIDE, maximise},
    special::{digamma, harmonic, ln_rising},
};

const NAMES: [&str; 3] = ["p", "q", "gamma"];
const NAME: &str = "gamma_gamma";
/// Rows that one task adds up.
const CHUNK: usize = 2_048;

/// What one customer spent.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Spend {
    purchases: u32,
    mean: f64,
}

impl Spend {
    /// So many purchases of `mean` \[money\] each; the papers take repeat purchases only. Any finite mean is taken, but
    /// the model is only about those above 0.
    ///
    /// # Errors
    /// If the mean is not finite.
    pub fn new(purchases: u32, mean: f64) -> Result<Self, SummaryError> {
        if mean.is_finite() { Ok(Self { purchases, mean }) } else { Err(SummaryError::Spend(mean)) }
    }

    /// Whether it says anything about amounts.
    fn counts(&self) -> bool {
        self.purchases > 0 && self.mean > 0.0
    }
}

/// The model at known parameters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GammaGamma {
    p: f64,
    q: f64,
    gamma: f64,
}

impl GammaGamma {
    /// At parameters `p`, `q`, `gamma`, all above 0.
    ///
    /// # Errors
    /// If one is out of its range.
    pub fn at(parameters: &[f64]) -> Result<Self, ReferenceError> {
        checked(NAME, NAMES, parameters).map(Self::of)
    }

    fn of([p, q, gamma]: [f64; 3]) -> Self {
        Self { p, q, gamma }
    }

    /// Fits by maximum likelihood. Customers without purchases or with a mean of 0 or less say nothing and are left out;
    /// of the latter a [`Caution`] tells.
    ///
    /// # Errors
    /// If nobody is left.
    pub fn fit(customers: &[Spend]) -> Result<(Fit, Self), ReferenceError> {
        let problem = Problem::of(customers);
        let total: f64 = problem.rows.iter().map(|row| row.weight).sum();
        if total == 0.0 {
            return Err(ReferenceError::Empty("customer with spend"));
        }
        let starts = [[2.0, 3.0], [8.0, 3.0], [1.0, 1.5], [100.0, 50.0]];
        let starts = starts.map(|[p, q]: [f64; 2]| [p, q, (q - 1.0) / p].map(log));
        let peak = maximise(&problem, &problem, &starts).ok_or(ReferenceError::NoOptimum(NAME))?;
        let mut fit = Fit::of(NAME, NAMES, (&peak, [WIDE; 3]), [1.0, 1.0, problem.scale]);
        let left_out = customers.iter().filter(|it| it.purchases > 0 && !it.counts()).count();
        fit.cautions.extend((left_out > 0).then_some(Caution::LeftOut(left_out)));
        let log_likelihood = fit.log_likelihood - total * log(problem.scale);
        let model = Self::of(std::array::from_fn(|i| fit.parameters[i].value));
        Ok((Fit { log_likelihood, customers: total as usize, ..fit }, model))
    }

    /// Log-likelihood of a customer's mean amount \[nat\]; 0 for who bought nothing.
    #[must_use]
    pub fn log_likelihood(&self, customer: &Spend) -> f64 {
        if customer.counts() { self.slope(f64::from(customer.purchases), customer.mean).value } else { 0.0 }
    }

    /// Expected amount of a purchase \[money\], given what the customer spent; that of anybody for who bought nothing.
    /// None if the belief has no mean (`p·x + q ≤ 1`).
    #[must_use]
    pub fn expected(&self, customer: &Spend) -> Option<f64> {
        let x = if customer.counts() { f64::from(customer.purchases) } else { 0.0 };
        let shape = self.p * x + self.q - 1.0;
        let spent = if x > 0.0 { x * customer.mean } else { 0.0 };
        (shape > 0.0).then(|| self.p * (self.gamma + spent) / shape)
    }

    /// A draw of the customer's own mean amount \[money\] from the belief.
    #[must_use]
    pub fn draw(&self, customer: &Spend, uniform: Uniform<'_>) -> f64 {
        let x = if customer.counts() { f64::from(customer.purchases) } else { 0.0 };
        let inverse_scale = self.gamma + if x > 0.0 { x * customer.mean } else { 0.0 };
        self.p * inverse_scale / draw::gamma(self.p * x + self.q, uniform).max(f64::MIN_POSITIVE)
    }

    /// Log density of a mean amount `z` of `x` purchases, and its gradient by the logarithms of p, q, γ.
    fn slope(&self, x: f64, z: f64) -> Slope<3> {
        let Self { p, q, gamma } = *self;
        let (shape, spent) = (p * x, x * z);
        let (ln_own, ln_all) = (log1p(gamma / spent), log1p(spent / gamma));
        let value = ln_rising(shape, q) - lgamma(q) - shape * ln_own - q * ln_all - log(z);
        let by_q = digamma(q + shape) - digamma(q) - ln_all;
        let gradient = [shape * (harmonic(shape, q) - ln_own), q * by_q, (q * spent - shape * gamma) / (gamma + spent)];
        Slope { value, gradient }
    }
}

/// Customers with the same spend.
struct Row {
    purchases: f64,
    /// In mean amounts.
    mean: f64,
    weight: f64,
}

struct Problem {
    rows: Vec<Row>,
    scale: f64,
}

impl Problem {
    fn of(customers: &[Spend]) -> Self {
        let mut keys: Vec<Spend> = customers.iter().copied().filter(Spend::counts).collect();
        let scale = keys.iter().map(|it| it.mean).sum::<f64>() / keys.len().max(1) as f64;
        let scale = if scale.is_normal() { scale } else { 1.0 };
        keys.par_sort_unstable_by(|a, b| a.purchases.cmp(&b.purchases).then(a.mean.total_cmp(&b.mean)));
        let row = |same: &[Spend]| Row {
            purchases: f64::from(same[0].purchases),
            mean: same[0].mean / scale,
            weight: same.len() as f64,
        };
        Self { rows: keys.chunk_by(|a, b| a == b).map(row).collect(), scale }
    }
}

impl Objective<3> for Problem {
    fn at(&self, logs: &[f64; 3]) -> Slope<3> {
        let model = GammaGamma::of(logs.map(exp));
        let chunk = |rows: &[Row]| {
            let mut sums = Slope::default();
            rows.iter().for_each(|row| sums.add(row.weight, &model.slope(row.purchases, row.mean)));
            sums
        };
        let chunks: Vec<Slope<3>> = self.rows.par_chunks(CHUNK).map(chunk).collect();
        chunks.iter().fold(Slope::default(), |mut all, chunk| {
            all.add(1.0, chunk);
            all
        })
    }
}

#[cfg(test)]
mod tests;
