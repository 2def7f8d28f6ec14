//! What an alive customer will do.

use libm::floor;

use super::super::{count::length, negative_binomial::NegativeBinomial, purchases::Purchases};
use super::{
    Cnbd, Seen,
    dropout::{Dropout, purchases},
};

/// The purchases of an alive customer who is `phase` stages into the next gap: at most as many as whole gaps in the
/// stages to come, at most as many as the coins allow.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Future {
    stages: NegativeBinomial,
    a: f64,
    b: f64,
    k: f64,
    phase: f64,
}

impl Cnbd {
    /// One for each phase.
    pub(super) fn futures(&self, seen: Seen, horizon: f64) -> impl Iterator<Item = Future> + use<'_> {
        let (shape, b) = (self.r + self.stages(seen), self.b + self.coins(seen));
        let horizon = length(horizon);
        (0..self.k).map(move |phase| {
            let phase = f64::from(phase);
            let stages = NegativeBinomial::new(shape + phase, self.alpha + seen.age, horizon);
            Future { stages, a: self.a, b, k: f64::from(self.k), phase }
        })
    }

    /// Probabilities of `0..=most` purchases, whether alive or not.
    pub(super) fn probabilities(&self, customer: &Purchases, horizon: f64, most: usize) -> Vec<f64> {
        use super::super::count::CountModel;
        let seen = Seen::from(customer);
        let alive = self.p_alive(customer);
        let mut all = vec![0.0; most + 1];
        all[0] = 1.0 - alive;
        for (weight, future) in self.phases(seen).iter().zip(self.futures(seen, horizon)) {
            all.iter_mut().zip(future.pmf(most)).for_each(|(sum, p)| *sum += alive * weight * p);
        }
        all
    }
}

impl Future {
    /// Expected purchases.
    pub fn mean(&self) -> f64 {
        let mut coins = Dropout::new(self.a, self.b);
        let whole = |n: f64| floor((self.phase + n) / self.k);
        // Far up the rounding down takes away (k−1)/2 stages on average.
        let smooth = |n: f64| purchases(self.a, self.b, (self.phase + n - 0.5 * (self.k - 1.0)) / self.k);
        self.stages.mean(|n| coins.purchases_of(whole(n)), smooth)
    }

    /// Probability of at least one purchase.
    pub fn some(&self) -> f64 {
        let missing = self.k - self.phase;
        if missing == 1.0 { self.stages.some() } else { (1.0 - self.stages.below(missing)).max(0.0) }
    }

    /// Probabilities of `0..=most` purchases: stopped by the end of the horizon, or by the coin before it.
    pub fn pmf(&self, most: usize) -> Vec<f64> {
        let (k, phase) = (self.k as usize, self.phase as usize);
        let stages = self.stages.probabilities(k * (most + 1) - phase - 1);
        let gaps = |m: usize| -> f64 { stages[(k * m).saturating_sub(phase)..k * (m + 1) - phase].iter().sum() };
        let mut coins = Dropout::new(self.a, self.b);
        let mut up_to = gaps(0);
        let mut all = vec![up_to];
        for m in 1..=most {
            let exactly = gaps(m);
            up_to += exactly;
            let (reached, stopped) = coins.next();
            all.push(exactly * reached + (1.0 - up_to).max(0.0) * stopped);
        }
        all
    }
}
