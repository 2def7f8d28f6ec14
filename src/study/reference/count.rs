//! What every model of purchase counts can do.

use super::{
    discount,
    kind::Kind,
    latent::{Latent, Uniform},
    purchases::Purchases,
};

/// A kind of model of purchase counts.
pub type CountKind = Kind<Purchases, dyn CountModel>;

/// A model of purchase counts at known parameters. Time is in the caller's unit throughout; a horizon that is negative
/// or not a number counts as 0. No answer is ever NaN.
pub trait CountModel: Send + Sync {
    /// Name of its kind.
    fn name(&self) -> &'static str;

    /// Log-likelihood of one customer's purchase times \[nat\], in the density of the caller's unit of time.
    fn log_likelihood(&self, customer: &Purchases) -> f64;

    /// Probability that the customer has not dropped out by the end of observation \[1\].
    fn p_alive(&self, customer: &Purchases) -> f64;

    /// Expected purchases \[1\] within `horizon` \[time\] after the end of observation.
    fn expected(&self, customer: &Purchases, horizon: f64) -> f64;

    /// Probability of at least one purchase within `horizon` \[time\] \[1\].
    fn p_active(&self, customer: &Purchases, horizon: f64) -> f64;

    /// Probabilities of `0..=most` purchases within `horizon` \[time\]: `most + 1` numbers \[1\].
    fn pmf(&self, customer: &Purchases, horizon: f64, most: u32) -> Vec<f64>;

    /// A draw from what is believed of this customer, to simulate them forward from the end of observation.
    fn draw(&self, customer: &Purchases, uniform: Uniform<'_>) -> Latent;

    /// Expected repeat purchases of a new customer by `age` \[time\]: `E[X(t)]`.
    fn expected_of_new(&self, age: f64) -> f64 {
        self.expected(&Purchases::NEW, age)
    }

    /// Expected purchases ever after the end of observation, each discounted continuously at `rate` \[1/time\] above 0
    /// (DERT: Fader, Hardie & Lee 2005, *Journal of Marketing Research* 42, 415–430).
    fn discounted(&self, customer: &Purchases, rate: f64) -> f64 {
        discount::of(|horizon| self.expected(customer, horizon), rate)
    }
}

/// A horizon that can be computed with.
pub(super) fn length(horizon: f64) -> f64 {
    if horizon > 0.0 { horizon.min(1e15) } else { 0.0 }
}
