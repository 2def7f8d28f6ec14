//! The default model at work: fitted to what was known by the end of a day, asked for everybody.

use rayon::prelude::*;

use super::{
    Asked,
    classes::{Tables, grid},
    customers::{Customer, Customers},
    mixture::{Evidence, Mixture, Record},
    outlook::{Ahead, Outlook},
    past::Past,
    spend::Worth,
    total::Total,
};
use crate::{
    base::{
        float::sqrt,
        luck::{Luck, Purpose, uniform},
        units::{Currency, UserId},
    },
    study::validation::bootstrap::poisson,
};

/// Everybody's forecast.
#[derive(Clone, Debug)]
pub struct Forecast {
    /// By user.
    pub customers: Vec<Expected>,
    /// Purchases of all of them.
    pub purchases: Total,
    /// What they will pay [major unit]; none where nobody ever paid.
    pub revenue: Option<Total>,
    /// What forecasts from earlier days of the record taught.
    pub past: Past,
    /// Log-likelihood of the fit \[nat\].
    pub log_likelihood: f64,
    /// Classes with a share above a thousandth.
    pub classes: usize,
}

/// One customer's forecast.
#[derive(Clone, Debug)]
pub struct Expected {
    /// Who.
    pub user: UserId,
    /// How often, and when next.
    pub outlook: Outlook,
    /// Expected amount of a purchase [major unit].
    pub amount: Option<f64>,
}

/// Refits behind the uncertainty of the fit, and their rounds of EM.
const REFITS: u32 = 24;
const REFIT_ROUNDS: usize = 3;

/// A fit: what is known by the end of a day.
pub(super) struct Fitted {
    /// Each with the place of its customer.
    pub records: Vec<(usize, Record)>,
    pub mixture: Mixture,
    evidence: Evidence,
    tables: Tables,
}

impl Fitted {
    /// Fits in so many rounds of EM from even shares.
    pub fn new(customers: &Customers, day: i64, horizon: usize, rounds: usize) -> Self {
        let span = (day - customers.span.0 + 1).max(1) as usize;
        let tables = Tables::new(grid(span), span + horizon);
        let record = |(index, customer): (usize, &Customer)| Some((index, Record::of(customer, day)?));
        let records: Vec<(usize, Record)> = customers.all.iter().enumerate().filter_map(record).collect();
        let evidence = Evidence::new(&tables, records.iter().map(|(_, record)| record));
        let mixture = evidence.fit(None, rounds, &|_| 1.0);
        Self { records, mixture, evidence, tables }
    }

    /// The shares after more rounds.
    pub fn sharpened(&self, from: &Mixture, rounds: usize) -> Mixture {
        self.evidence.fit(Some(&from.shares), rounds, &|_| 1.0)
    }

    pub fn ahead(&self, horizon: usize) -> Ahead<'_> {
        Ahead::new(&self.tables, horizon, self.records.iter().map(|(_, record)| record.open).collect())
    }
}

/// Forecasts everybody who had bought by the end of a day.
#[must_use]
pub fn forecast(customers: &Customers, asked: Asked, currency: Currency, seed: u64) -> Forecast {
    let past = Past::of(customers, asked);
    let fitted = Fitted::new(customers, asked.day, asked.horizon, past.rounds);
    let ahead = fitted.ahead(asked.horizon);
    let worth = Worth::fit(&customers.all, asked.day, currency);
    let one = |(index, record): &(usize, Record)| {
        let customer = &customers.all[*index];
        let outlook = past.taught(&ahead.outlook(&fitted.mixture, record)?);
        let amount = worth.as_ref().map(|worth| worth.expected(customer, asked.day));
        Some(Expected { user: customer.user, outlook, amount })
    };
    let expected: Vec<Expected> = fitted.records.par_iter().filter_map(one).collect();
    let spread = Spread { fit: fit_spread(&fitted, &ahead, seed), drift: past.drift };
    Forecast {
        purchases: purchases(&expected, spread),
        revenue: worth.map(|worth| revenue(&expected, &worth, spread)),
        customers: expected,
        past,
        log_likelihood: fitted.mixture.log_likelihood,
        classes: fitted.mixture.shares.iter().filter(|&&share| share > 1e-3).count(),
    }
}

/// Relative standard deviations of a total.
#[derive(Clone, Copy)]
struct Spread {
    fit: f64,
    drift: f64,
}

fn purchases(expected: &[Expected], spread: Spread) -> Total {
    let mean: f64 = expected.iter().map(|one| one.outlook.counts.expected).sum();
    let variance: f64 = expected.iter().map(|one| one.outlook.counts.variance).sum();
    Total::new(mean, sqrt(variance), spread.fit * mean, spread.drift * mean)
}

fn revenue(expected: &[Expected], worth: &Worth, spread: Spread) -> Total {
    let (mut mean, mut variance) = (0.0, 0.0);
    for one in expected {
        let (counts, amount) = (&one.outlook.counts, one.amount.unwrap_or_default());
        mean += counts.expected * amount;
        variance += counts.variance * amount * amount + counts.expected * worth.within * worth.within;
    }
    Total::new(mean, sqrt(variance), spread.fit * mean, spread.drift * mean)
}

/// Relative standard deviation of the total over refits to customers drawn with replacement.
fn fit_spread(fitted: &Fitted, ahead: &Ahead<'_>, seed: u64) -> f64 {
    let luck = Luck::new(seed, 0);
    let mean = |mixture: &Mixture| fitted.evidence.mean(&mixture.shares, |open| ahead.means(open));
    let draw = |draw: u32| {
        let times = |record: usize| poisson(uniform(luck.block(UserId(record as u64), Purpose::Bootstrap, draw)[0]));
        mean(&fitted.evidence.fit(Some(&fitted.mixture.shares), REFIT_ROUNDS, &times))
    };
    let draws: Vec<f64> = (0..REFITS).into_par_iter().map(draw).collect();
    let centre = draws.iter().sum::<f64>() / f64::from(REFITS);
    let variance = draws.iter().map(|draw| (draw - centre) * (draw - centre)).sum::<f64>() / f64::from(REFITS - 1);
    if centre > 0.0 { sqrt(variance) / centre } else { 0.0 }
}
