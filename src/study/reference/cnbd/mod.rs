//! Regular purchases until a coin says stop: the family that BG/NBD, MBG/NBD and MBG/CNBD-k belong to.
//!
//! While alive, a customer's gaps are Erlang of `k` stages, each stage passed at rate `λ` [1/time]; after every repeat
//! purchase, and in the modified models after the first purchase too, they drop out with probability `p`. Over customers
//! `λ ~ Gamma(r, α)` and `p ~ Beta(a, b)` (Reutterer, Platzer & Schröder 2021, *IJRM* 38, 194–215; `k = 1`: Fader,
//! Hardie & Lee 2005, *Marketing Science* 24, 275–284; with the first coin: Batislam, Denizel & Filiztekin 2007, *IJRM*
//! 24, 201–209, as put right by Wagner & Hoppe 2008).
//!
//! Given a history the belief is a mixture: dropped out at the last purchase, or alive and `j` stages into the next gap.
//! In each part `λ` and `p` are again Gamma and Beta and independent, so all forecasts are sums of positive terms over
//! the stages passed in the time to come, and no hypergeometric function is needed.

mod dropout;
mod fit;
mod forecast;
#[cfg(test)]
mod tests;

use libm::{log, log1p};

pub(super) use fit::{Member, fitted};

use super::{
    count::CountModel,
    draw,
    latent::{Latent, Leaving, Uniform},
    purchases::Purchases,
    rows::Row,
    special::{ln_rising, logistic_of_minus, softplus},
};

/// A member of the family at known parameters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Cnbd {
    /// Name of the model.
    pub name: &'static str,
    /// Stages of a gap.
    pub k: u32,
    /// Whether the first purchase has a coin of its own.
    pub first_coin: bool,
    /// Shape of the rates \[1\].
    pub r: f64,
    /// Inverse scale of the rates \[time\].
    pub alpha: f64,
    /// Of the dropout probabilities \[1\].
    pub a: f64,
    /// Of the dropout probabilities \[1\].
    pub b: f64,
}

/// A customer in the unit of time of α.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Seen {
    /// Repeat purchases.
    pub x: f64,
    pub recency: f64,
    pub age: f64,
}

impl From<&Purchases> for Seen {
    fn from(it: &Purchases) -> Self {
        Self { x: f64::from(it.repeats), recency: it.recency, age: it.age }
    }
}

impl From<&Row> for Seen {
    fn from(it: &Row) -> Self {
        Self { x: it.repeats, recency: it.recency, age: it.age }
    }
}

impl Cnbd {
    /// Coins tossed, if the customer is alive.
    fn coins(&self, seen: Seen) -> f64 {
        seen.x + f64::from(u8::from(self.first_coin))
    }

    /// Stages passed by the last purchase.
    fn stages(&self, seen: Seen) -> f64 {
        f64::from(self.k) * seen.x
    }

    /// How much more likely than the first each number of stages into the next gap is: `k` factors, the first one 1.
    fn ahead(&self, seen: Seen) -> impl Iterator<Item = f64> + use<> {
        let shape = self.r + self.stages(seen);
        let since = (seen.age - seen.recency) / (self.alpha + seen.age);
        (0..self.k).scan(1.0, move |term, j| {
            let now = *term;
            *term *= (shape + f64::from(j)) * since / f64::from(j + 1);
            Some(now)
        })
    }

    /// Logarithm of the odds of having dropped out, and of the sum of [`Cnbd::ahead`].
    fn odds(&self, seen: Seen) -> (f64, f64) {
        let ln_ahead = if self.k == 1 { 0.0 } else { log(self.ahead(seen).sum()) };
        let coins = self.coins(seen);
        if coins < 1.0 {
            return (f64::NEG_INFINITY, ln_ahead);
        }
        let shape = self.r + self.stages(seen);
        let silent = shape * log1p((seen.age - seen.recency) / (self.alpha + seen.recency));
        (log(self.a / (self.b + coins - 1.0)) + silent - ln_ahead, ln_ahead)
    }

    /// Log-likelihood of the purchase times, but for what only `k` and the gaps are in.
    fn ln_likelihood(&self, seen: Seen) -> f64 {
        let (odds, ln_ahead) = self.odds(seen);
        self.by_repeats(seen) - self.r * log1p(seen.age / self.alpha) - self.stages(seen) * log(self.alpha + seen.age)
            + ln_ahead
            + softplus(odds)
    }

    /// The part that equal repeats share.
    fn by_repeats(&self, seen: Seen) -> f64 {
        let coins = self.coins(seen);
        ln_rising(self.r, self.stages(seen)) + ln_rising(self.b, coins) - ln_rising(self.a + self.b, coins)
    }

    /// Weights of the parts that are alive, by stages into the next gap; they add up to 1.
    fn phases(&self, seen: Seen) -> Vec<f64> {
        let all: Vec<f64> = self.ahead(seen).collect();
        let sum: f64 = all.iter().sum();
        all.iter().map(|weight| weight / sum).collect()
    }
}

impl CountModel for Cnbd {
    fn name(&self) -> &'static str {
        self.name
    }

    fn log_likelihood(&self, customer: &Purchases) -> f64 {
        self.ln_likelihood(customer.into()) + customer.regularity(self.k)
    }

    fn p_alive(&self, customer: &Purchases) -> f64 {
        logistic_of_minus(self.odds(customer.into()).0)
    }

    fn expected(&self, customer: &Purchases, horizon: f64) -> f64 {
        self.over_phases(customer, horizon, forecast::Future::mean)
    }

    fn p_active(&self, customer: &Purchases, horizon: f64) -> f64 {
        self.over_phases(customer, horizon, forecast::Future::some)
    }

    fn pmf(&self, customer: &Purchases, horizon: f64, most: u32) -> Vec<f64> {
        self.probabilities(customer, horizon, most as usize)
    }

    fn draw(&self, customer: &Purchases, uniform: Uniform<'_>) -> Latent {
        let seen = Seen::from(customer);
        let (shape, coins) = (self.r + self.stages(seen), self.coins(seen));
        let alive = uniform() < self.p_alive(customer);
        if !alive {
            let rate = draw::gamma(shape, uniform) / (self.alpha + seen.recency);
            let p = draw::beta(self.a + 1.0, self.b + coins - 1.0, uniform);
            return Latent { rate, leaving: Leaving::AfterPurchase(p), alive, stages: self.k, phase: 0 };
        }
        let phase = draw::one_of(&self.phases(seen), uniform) as u32;
        let rate = draw::gamma(shape + f64::from(phase), uniform) / (self.alpha + seen.age);
        let p = draw::beta(self.a, self.b + coins, uniform);
        Latent { rate, leaving: Leaving::AfterPurchase(p), alive, stages: self.k, phase }
    }
}

impl Cnbd {
    fn over_phases(&self, customer: &Purchases, horizon: f64, of: impl Fn(&forecast::Future) -> f64) -> f64 {
        let seen = Seen::from(customer);
        let futures = self.futures(seen, horizon);
        let alive = self.phases(seen).iter().zip(futures).map(|(weight, future)| weight * of(&future)).sum::<f64>();
        self.p_alive(customer) * alive
    }
}
