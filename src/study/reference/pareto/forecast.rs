//! What an alive customer will do, and draws of what a customer is.

use libm::{exp, expm1, log1p, sqrt};

use super::super::{
    draw,
    latent::{Latent, Leaving, Uniform},
    negative_binomial::NegativeBinomial,
    purchases::Purchases,
    quadrature::panels,
};
use super::{History, Pareto};

impl Pareto {
    /// The beliefs about an alive customer at the end of observation: Gamma again, as of a new one.
    pub(super) fn alive(&self, customer: &Purchases) -> Self {
        let (r, age) = (self.r + f64::from(customer.repeats), customer.age);
        Self { r, alpha: self.alpha + age, beta: self.beta + age, ..*self }
    }

    /// Probability of at least one purchase of an alive customer. Buying and leaving are a race: who buys first is to
    /// the purchase rate what who leaves first is to the leaving rate, so it is the same integral with the roles changed.
    pub(super) fn buys(&self, horizon: f64) -> f64 {
        let (shape, alpha, s, beta) = (self.s, self.beta, self.r, self.alpha);
        History { shape, alpha, s, beta, from: 0.0, to: horizon }.silence().dead().min(1.0)
    }

    /// Probabilities of `0..=most` purchases of an alive customer: Poisson counts up to the end or up to leaving.
    pub(super) fn pmf(&self, horizon: f64, most: usize) -> Vec<f64> {
        let mut all = vec![0.0; most + 1];
        let mut add = |until: f64, weight: f64| {
            let counts = NegativeBinomial::new(self.r, self.alpha, until).probabilities(most);
            all.iter_mut().zip(counts).for_each(|(sum, p)| *sum += weight * p);
        };
        add(horizon, exp(-self.s * log1p(horizon / self.beta)));
        // Fine enough for the first purchase, for leaving at once, and for as narrow a law as the largest count has.
        let near = (self.alpha / (1.0 + self.r)).min(self.beta / (1.0 + self.s));
        let narrow = sqrt(1.0 / (most as f64 + 1.0) + 1.0 / self.r);
        panels(0.0, log1p(horizon / near), (2.0 * narrow).min(1.0), |u, weight| {
            let until = near * expm1(u);
            let density = self.s / (self.beta + until) * exp(-self.s * log1p(until / self.beta));
            add(until, weight * (near + until) * density);
        });
        all
    }

    /// A draw from the belief: whether they left, when, and so both rates.
    pub(super) fn drawn(&self, customer: &Purchases, uniform: Uniform<'_>) -> Latent {
        let history = self.history(customer);
        let alive = uniform() < history.silence().alive();
        let left = if alive { customer.age } else { self.left(&history, uniform) };
        let rate = draw::gamma(history.shape, uniform) / (self.alpha + left);
        let shape = self.s + f64::from(u8::from(!alive));
        let leaving = Leaving::AtRate(draw::gamma(shape, uniform) / (self.beta + left));
        Latent { rate, leaving, alive, stages: 1, phase: 0 }
    }

    /// When a customer who left did so: the place at which a uniform share of the integral is reached.
    fn left(&self, history: &History, uniform: Uniform<'_>) -> f64 {
        let goal = uniform() * history.silence().dead();
        let (mut low, mut high) = (history.from, history.to);
        for _ in 0..50 {
            let middle = 0.5 * (low + high);
            if (History { to: middle, ..*history }).silence().dead() < goal { low = middle } else { high = middle }
        }
        0.5 * (low + high)
    }
}
