//! Pareto/NBD: Poisson purchases until the customer leaves, at any time, unseen (Schmittlein, Morrison & Colombo 1987,
//! *Management Science* 33, 1–24; the derivation followed is Fader & Hardie 2005, *A note on deriving the Pareto/NBD
//! model and related expressions*).
//!
//! Purchase rate `λ ~ Gamma(r, α)` and leaving rate `μ ~ Gamma(s, β)`, both [1/time], independent over customers.
//! Parameters `r` \[1\], `alpha` \[time\], `s` \[1\], `beta` \[time\].
//!
//! The likelihood is usually written as a difference of two hypergeometric functions, of one form for α ≥ β and of
//! another for α < β. Here it stays the integral over the unseen time of leaving that they come from (`leaving`):
//! positive terms only, the same for any α and β, and the gradient costs next to nothing more.

mod fit;
mod forecast;
mod leaving;
#[cfg(test)]
mod tests;

use libm::log;

use super::{
    count::{CountKind, CountModel, length},
    kind::checked,
    latent::{Latent, Uniform},
    purchases::Purchases,
    special::{ln_rising, saturating},
};
use leaving::History;

const NAMES: [&str; 4] = ["r", "alpha", "s", "beta"];
const NAME: &str = "pareto_nbd";

/// The kind.
pub static KIND: CountKind = CountKind {
    name: NAME,
    title: "Pareto/NBD",
    parameters: &NAMES,
    fit: fit::fitted,
    at: |parameters| Ok(Box::new(Pareto::of(checked(NAME, NAMES, parameters)?))),
};

/// At known parameters.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Pareto {
    r: f64,
    alpha: f64,
    s: f64,
    beta: f64,
}

impl Pareto {
    fn of([r, alpha, s, beta]: [f64; 4]) -> Self {
        Self { r, alpha, s, beta }
    }

    fn history(&self, customer: &Purchases) -> History {
        let (from, to) = (customer.recency, customer.age);
        History { shape: self.r + f64::from(customer.repeats), alpha: self.alpha, s: self.s, beta: self.beta, from, to }
    }
}

impl CountModel for Pareto {
    fn name(&self) -> &'static str {
        NAME
    }

    fn log_likelihood(&self, customer: &Purchases) -> f64 {
        let (x, history) = (f64::from(customer.repeats), self.history(customer));
        let by_then = history.silence();
        ln_rising(self.r, x) - x * log(self.alpha + customer.recency) + history.ln_start(self.r) + log(by_then.total())
    }

    fn p_alive(&self, customer: &Purchases) -> f64 {
        self.history(customer).silence().alive()
    }

    fn expected(&self, customer: &Purchases, horizon: f64) -> f64 {
        let later = self.alive(customer);
        let lived = saturating(later.s - 1.0, libm::log1p(length(horizon) / later.beta));
        self.p_alive(customer) * later.r / later.alpha * later.beta * lived
    }

    fn p_active(&self, customer: &Purchases, horizon: f64) -> f64 {
        self.p_alive(customer) * self.alive(customer).buys(length(horizon))
    }

    fn pmf(&self, customer: &Purchases, horizon: f64, most: u32) -> Vec<f64> {
        let alive = self.p_alive(customer);
        let mut all = self.alive(customer).pmf(length(horizon), most as usize);
        all.iter_mut().for_each(|p| *p *= alive);
        all[0] += 1.0 - alive;
        all
    }

    fn draw(&self, customer: &Purchases, uniform: Uniform<'_>) -> Latent {
        self.drawn(customer, uniform)
    }
}
