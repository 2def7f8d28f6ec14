//! What a purchase of each customer is worth: Gamma–Gamma on their repeat purchases, as the literature has it.

use super::customers::Customer;
use crate::{
    base::units::Currency,
    study::reference::gamma_gamma::{GammaGamma, Spend},
};

/// What a purchase is worth, by customer.
#[derive(Clone, Debug)]
pub struct Worth {
    law: Option<GammaGamma>,
    /// Of any purchase [major unit].
    mean: f64,
    /// Standard deviation of one customer's purchases [major unit].
    pub within: f64,
    unit: f64,
}

impl Worth {
    /// Fits to what was paid by the end of a day; none if nothing was.
    #[must_use]
    pub fn fit(customers: &[Customer], day: i64, currency: Currency) -> Option<Self> {
        let unit = 1.0 / currency.minor_per_major() as f64;
        let spent: Vec<Spend> = customers.iter().filter_map(|customer| repeat(customer, day, unit)).collect();
        let mut all = Moments::default();
        let mut within = Moments::default();
        for customer in customers {
            let paid = paid(customer, day, unit);
            let mean = paid.iter().sum::<f64>() / paid.len().max(1) as f64;
            paid.iter().for_each(|&amount| all.add(amount));
            if paid.len() > 1 {
                // Each customer's own mean costs one purchase.
                let ease = (paid.len() as f64 / (paid.len() - 1) as f64).sqrt();
                paid.iter().for_each(|&amount| within.add((amount - mean) * ease));
            }
        }
        let law = GammaGamma::fit(&spent).ok().map(|(_, law)| law);
        let spread = if within.n > 0.0 { within.square() } else { all.variance() };
        (all.sum > 0.0).then(|| Self { law, mean: all.sum / all.n, within: spread.sqrt(), unit })
    }

    /// Expected amount of a customer's next purchase [major unit].
    #[must_use]
    pub fn expected(&self, customer: &Customer, day: i64) -> f64 {
        let by_law = || self.law?.expected(&repeat(customer, day, self.unit).unwrap_or(Spend::new(0, 0.0).ok()?));
        by_law().filter(|amount| amount.is_finite()).unwrap_or(self.mean)
    }
}

fn paid(customer: &Customer, day: i64, unit: f64) -> Vec<f64> {
    customer.paid[..customer.by(day)].iter().map(|paid| paid.minor() as f64 * unit).collect()
}

/// Repeat purchases and their mean.
fn repeat(customer: &Customer, day: i64, unit: f64) -> Option<Spend> {
    let paid = paid(customer, day, unit);
    let repeats = paid.get(1..).filter(|repeats| !repeats.is_empty())?;
    Spend::new(repeats.len() as u32, repeats.iter().sum::<f64>() / repeats.len() as f64).ok()
}

#[derive(Default)]
struct Moments {
    n: f64,
    sum: f64,
    squares: f64,
}

impl Moments {
    fn add(&mut self, x: f64) {
        self.n += 1.0;
        self.sum += x;
        self.squares += x * x;
    }

    fn square(&self) -> f64 {
        self.squares / self.n.max(1.0)
    }

    fn variance(&self) -> f64 {
        (self.square() - (self.sum / self.n.max(1.0)).powi(2)).max(0.0)
    }
}
