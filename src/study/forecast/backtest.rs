//! Would the forecast of a past day have been right? Held against what happened, customer by customer and in all, beside
//! the reference models.
//!
//! The mean is judged by squared errors and the median by absolute ones, as each is the best answer to its own question
//! (Gneiting 2011, *Making and evaluating point forecasts*, JASA 106); the mean's absolute error is told beside it.

use std::collections::BTreeMap;

use rayon::prelude::*;
use serde::Serialize;

use super::{
    Asked,
    customers::Customers,
    own::{self, Forecast},
    past::Past,
    references::{self, Said},
    scores::{Answers, Scores, scores},
    total::Total,
};
use crate::{
    base::{
        luck::{Luck, Purpose, uniform},
        time::Date,
        units::{Currency, UserId},
    },
    study::{
        reference::KINDS,
        validation::{
            bootstrap::{interval, poisson},
            calibration::ReliabilityBin,
        },
    },
};

/// A forecast of a past day and what came of it.
#[derive(Clone, Debug, Serialize)]
pub struct Backtest {
    /// The last local day that was known.
    pub as_of: String,
    /// What was asked.
    #[serde(skip)]
    pub asked: Asked,
    /// Days ahead.
    pub horizon_days: usize,
    /// Customers who had bought by then.
    pub customers: usize,
    /// Share of them who bought again within the horizon.
    pub active_share: f64,
    /// Scores of the default model.
    pub scores: Scores,
    /// Scores of the reference models, by name.
    pub references: BTreeMap<&'static str, Scores>,
    /// What the default model's scores are better by than each reference's, by name and score: negative errors saved.
    pub ahead_of: BTreeMap<&'static str, Gains>,
    /// Reference models that could not be fitted, and why.
    pub unfitted: BTreeMap<&'static str, String>,
    /// Share of the customers whose purchases lie in their 80% interval, and the share that the intervals claim.
    pub coverage_80: f64,
    /// The share that the intervals themselves claim: whole numbers seldom make it 80%.
    pub claimed_80: f64,
    /// Said and observed shares of those who come back, in tenths of the customers by what was said.
    pub reliability: Vec<ReliabilityBin>,
    /// All purchases.
    pub purchases: Held,
    /// All revenue [major unit], where anybody paid.
    pub revenue: Option<Revenue>,
    /// What forecasts from earlier days of the record taught.
    pub past: Past,
}

/// A total and what came.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Held {
    /// What was predicted.
    #[serde(flatten)]
    pub predicted: Total,
    /// What came.
    pub actual: f64,
}

/// Revenue, and how well it was told who brings it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Revenue {
    /// All of it.
    #[serde(flatten)]
    pub total: Held,
    /// Root mean square error of a customer's [major unit].
    pub rmse: f64,
    /// Predicted over actual.
    pub bias: f64,
    /// Share of the actual revenue that the tenth of the customers brought who were predicted to bring most.
    pub top_tenth: f64,
}

/// By how much a model is better than another, with 95% intervals over customers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Gains {
    /// Absolute error of the median.
    pub mae: Gain,
    /// Root mean square error of the mean.
    pub rmse: Gain,
    /// AUC of being active.
    pub auc_active: Gain,
    /// Log loss of being active.
    pub log_loss_active: Gain,
}

/// A gain: above 0 is better.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Gain {
    /// What was measured.
    pub value: f64,
    /// Lower end.
    pub lo: f64,
    /// Upper end.
    pub hi: f64,
}

/// Draws of customers behind the intervals.
const DRAWS: u32 = 200;
const LEVEL: f64 = 0.95;

/// Holds the forecast of a past day against what happened.
#[must_use]
pub fn backtest(customers: &Customers, asked: Asked, forecast: &Forecast, currency: Currency, seed: u64) -> Backtest {
    let truth = Truth::of(customers, forecast, asked, currency);
    let mine = Answers::of(forecast);
    let luck = Luck::new(seed, 1);
    let (mut references, mut ahead_of, mut unfitted) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    for kind in KINDS {
        match references::said(kind, customers, asked) {
            Ok(Said { expected, active, median }) => {
                let theirs = Answers { expected, active, median };
                references.insert(kind.name(), scores(&theirs, &truth.counts, &|_| 1.0));
                ahead_of.insert(kind.name(), gains(&mine, &theirs, &truth.counts, &luck));
            }
            Err(error) => {
                unfitted.insert(kind.name(), error.to_string());
            }
        }
    }
    let (coverage_80, claimed_80) = coverage(forecast, &truth.counts);
    Backtest {
        as_of: Date::from_number(asked.day).map(|date| date.to_string()).unwrap_or_default(),
        asked,
        horizon_days: asked.horizon,
        customers: forecast.customers.len(),
        active_share: truth.counts.iter().filter(|&&n| n > 0.0).count() as f64 / truth.counts.len().max(1) as f64,
        scores: scores(&mine, &truth.counts, &|_| 1.0),
        references,
        ahead_of,
        unfitted,
        coverage_80,
        claimed_80,
        reliability: reliability(&mine.active, &truth.counts),
        purchases: Held { predicted: forecast.purchases.clone(), actual: truth.counts.iter().sum() },
        revenue: forecast.revenue.clone().map(|total| truth.revenue(forecast, total)),
        past: forecast.past.clone(),
    }
}

/// What the customers of a forecast did within its horizon.
struct Truth {
    counts: Vec<f64>,
    /// [major unit].
    paid: Vec<f64>,
}

impl Truth {
    fn of(customers: &Customers, forecast: &Forecast, asked: Asked, currency: Currency) -> Self {
        let unit = 1.0 / currency.minor_per_major() as f64;
        let end = asked.day + asked.horizon as i64;
        let (mut counts, mut paid) = (Vec::new(), Vec::new());
        for one in &forecast.customers {
            let found = customers.all.binary_search_by_key(&one.user, |customer| customer.user);
            let Some(customer) = found.ok().map(|index| &customers.all[index]) else { continue };
            let within = customer.by(asked.day)..customer.by(end);
            counts.push(within.len() as f64);
            paid.push(customer.paid[within].iter().map(|paid| paid.minor() as f64 * unit).sum());
        }
        Self { counts, paid }
    }

    fn revenue(&self, forecast: &Forecast, predicted: Total) -> Revenue {
        let each: Vec<f64> =
            forecast.customers.iter().map(|one| one.outlook.counts.expected * one.amount.unwrap_or_default()).collect();
        let squares = each.iter().zip(&self.paid).map(|(p, a)| (p - a) * (p - a)).sum::<f64>();
        let actual: f64 = self.paid.iter().sum();
        let mut order: Vec<usize> = (0..each.len()).collect();
        order.sort_by(|&a, &b| each[b].total_cmp(&each[a]).then(a.cmp(&b)));
        let top: f64 = order[..each.len().div_ceil(10).min(each.len())].iter().map(|&index| self.paid[index]).sum();
        Revenue {
            rmse: (squares / each.len().max(1) as f64).sqrt(),
            bias: predicted.mean / actual,
            top_tenth: top / actual,
            total: Held { predicted, actual },
        }
    }
}

/// Share of the customers in their interval, and the share that was claimed.
fn coverage(forecast: &Forecast, actual: &[f64]) -> (f64, f64) {
    let one = |(one, &actual): (&own::Expected, &f64)| {
        let counts = &one.outlook.counts;
        let (low, high) = counts.interval(0.8);
        let claimed: f64 = (low..=high).map(|n| counts.probability(n)).sum();
        (f64::from(u8::from((low as f64..=high as f64).contains(&actual))), claimed)
    };
    let sum = forecast.customers.iter().zip(actual).map(one).fold((0.0, 0.0), |a, b| (a.0 + b.0, a.1 + b.1));
    let n = actual.len().max(1) as f64;
    (sum.0 / n, sum.1 / n)
}

fn reliability(said: &[f64], actual: &[f64]) -> Vec<ReliabilityBin> {
    let mut pairs: Vec<(f64, f64)> = said.iter().zip(actual).map(|(&said, y)| (said, y.min(1.0))).collect();
    pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
    let bin = |some: &[(f64, f64)]| {
        let mean = |of: fn(&(f64, f64)) -> f64| some.iter().map(of).sum::<f64>() / some.len() as f64;
        ReliabilityBin { predicted: mean(|one| one.0), observed: mean(|one| one.1), n: some.len() as u64 }
    };
    pairs.chunks(pairs.len().div_ceil(10).max(1)).map(bin).collect()
}

fn gains(mine: &Answers, theirs: &Answers, actual: &[f64], luck: &Luck) -> Gains {
    let draw = |draw: Option<u32>| {
        let times = |index: usize| {
            draw.map_or(1.0, |draw| poisson(uniform(luck.block(UserId(index as u64), Purpose::Bootstrap, draw)[0])))
        };
        let weights: Vec<f64> = (0..actual.len()).map(times).collect();
        let of = |answers| scores(answers, actual, &|index| weights[index]);
        let (mine, theirs) = (of(mine), of(theirs));
        [
            theirs.mae - mine.mae,
            theirs.rmse - mine.rmse,
            mine.auc_active - theirs.auc_active,
            theirs.log_loss_active - mine.log_loss_active,
        ]
    };
    let draws: Vec<[f64; 4]> = (0..DRAWS).into_par_iter().map(|index| draw(Some(index))).collect();
    let whole = draw(None);
    let gain = |score: usize| {
        let (lo, hi) = interval(draws.iter().map(|draw| draw[score]).collect(), LEVEL);
        Gain { value: whole[score], lo, hi }
    };
    Gains { mae: gain(0), rmse: gain(1), auc_active: gain(2), log_loss_active: gain(3) }
}
