//! What the reference family forecasts for the same customers.

use rayon::prelude::*;

use super::{
    Asked,
    customers::{Customer, Customers},
};
use crate::study::reference::{CountKind, Purchases, ReferenceError};

/// What a reference model says of each customer, in the order of those who had bought by then.
#[derive(Clone, Debug)]
pub struct Said {
    /// Expected purchases.
    pub expected: Vec<f64>,
    /// P(at least one).
    pub active: Vec<f64>,
    /// Medians.
    pub median: Vec<f64>,
}

/// A week \[day\]: the unit of time of the literature.
const WEEK: f64 = 7.0;

/// A customer as these models know them, in weeks; none before the first purchase.
#[must_use]
pub fn summary(customer: &Customer, day: i64) -> Option<Purchases> {
    let known = &customer.days[..customer.by(day)];
    let first = known.first()?;
    let times: Vec<f64> = known.iter().map(|bought| (bought - first) as f64 / WEEK).collect();
    Purchases::from_times(&times, (day - first) as f64 / WEEK).ok()
}

/// Fits a model to what was known by the end of a day, and asks it for everybody.
///
/// # Errors
/// [`ReferenceError`], if it cannot be fitted.
pub fn said(kind: &CountKind, customers: &Customers, asked: Asked) -> Result<Said, ReferenceError> {
    let known: Vec<Purchases> = customers.all.iter().filter_map(|customer| summary(customer, asked.day)).collect();
    let model = kind.fit(&known)?.model;
    let horizon = asked.horizon as f64 / WEEK;
    let one = |customer: &Purchases| {
        let (expected, active) = (model.expected(customer, horizon), model.p_active(customer, horizon));
        let median =
            if active <= 0.5 { 0.0 } else { median(&model.pmf(customer, horizon, (2.0 * expected + 8.0) as u32)) };
        (expected, active, median)
    };
    let all: Vec<(f64, f64, f64)> = known.par_iter().map(one).collect();
    let of = |part: fn(&(f64, f64, f64)) -> f64| all.iter().map(part).collect();
    Ok(Said { expected: of(|one| one.0), active: of(|one| one.1), median: of(|one| one.2) })
}

fn median(pmf: &[f64]) -> f64 {
    let mut sum = 0.0;
    let below = |p: &&f64| {
        sum += **p;
        sum < 0.5
    };
    pmf.iter().take_while(below).count() as f64
}
