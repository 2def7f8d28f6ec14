//! What is coming: which contracts end soon, how probable each is to be renewed, how much revenue is at risk, and who
//! is ready to buy more. By laws learned from all outcomes that are known on the day.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::foresight::{Landmark, expansions, renewals};
use crate::{
    base::{
        luck::{Luck, Purpose, uniform},
        units::UserId,
    },
    history::account::{AccountHistory, AccountRecord, Terms},
    study::{estimate::Estimate, validation::bootstrap::interval},
    user::account::{
        AccountModel, Signals,
        law::{Forecast, Law, Sample},
    },
};

/// How long before the end of a contract the law of renewing was learned \[day\].
pub const AHEAD: i32 = 90;
/// Draws of revenue at risk.
const DRAWS: u32 = 1_000;

/// The laws of a company's accounts, as of a day.
#[derive(Clone, Debug)]
pub struct Laws {
    /// Of renewing.
    pub renewal: Law,
    /// Of buying each product within 90 days.
    pub expansion: Vec<Law>,
}

/// One account as it stands.
#[derive(Clone, Debug)]
pub struct Standing<'a> {
    /// Its place in the history.
    pub place: u32,
    /// Its record.
    pub account: &'a AccountRecord,
    /// What is believed of it.
    pub model: AccountModel,
    /// The contract that runs.
    pub terms: Terms,
    /// All signals on the day.
    pub signals: Signals,
    /// How probable it is to renew.
    pub renews: Forecast,
    /// How probable it is to buy each product within 90 days; none for those it holds.
    pub buys: Vec<Option<Forecast>>,
}

impl Laws {
    /// Learns from all outcomes known before a day.
    #[must_use]
    pub fn learned(history: &AccountHistory, day: i32) -> Self {
        let known = |landmarks: &[Landmark]| -> Vec<Sample> {
            landmarks.iter().filter(|one| one.known < day).map(|one| one.sample(one.signals)).collect()
        };
        let tiers = history.tiers.len();
        let skus = (0..history.skus.len() as u8).into_par_iter();
        let expansion = skus.map(|sku| Law::fit(&known(expansions(history, sku).in_order()), tiers));
        Self { renewal: Law::fit(&known(renewals(history, AHEAD).in_order()), tiers), expansion: expansion.collect() }
    }

    /// The law of renewing alone, as of a day; none while hardly anything has been decided.
    #[must_use]
    pub fn renewal_alone(history: &AccountHistory, day: i32) -> Option<Self> {
        let marks = renewals(history, AHEAD);
        let known = marks.in_order().iter().filter(|one| one.known < day);
        let samples: Vec<Sample> = known.map(|one| one.sample(one.signals)).collect();
        (samples.len() >= 150).then(|| Self { renewal: Law::fit(&samples, history.tiers.len()), expansion: Vec::new() })
    }

    /// All accounts that are there on a day, in the order of the history.
    #[must_use]
    pub fn standings<'a>(&self, history: &'a AccountHistory, day: i32) -> Vec<Standing<'a>> {
        let standing = |(place, account): (usize, &'a AccountRecord)| self.standing(place as u32, account, day);
        history.accounts.par_iter().enumerate().filter_map(standing).collect()
    }

    /// One account on a day; none if it has no contract then.
    #[must_use]
    pub fn standing<'a>(&self, place: u32, account: &'a AccountRecord, day: i32) -> Option<Standing<'a>> {
        let mut model = AccountModel::new(account.tier);
        account
            .events
            .iter()
            .take_while(|event| event.day <= day)
            .for_each(|event| model.observe(event.day, &event.what));
        let terms = model.terms()?;
        let signals = model.signals(day);
        let buys = self
            .expansion
            .iter()
            .enumerate()
            .map(|(sku, law)| (model.commitment.held >> sku & 1 == 0).then(|| law.predict(account.tier, &signals)));
        let buys = buys.collect();
        Some(Standing {
            place,
            account,
            model,
            terms,
            signals,
            renews: self.renewal.predict(account.tier, &signals),
            buys,
        })
    }
}

/// Revenue whose contract ends soon.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct AtRisk {
    /// Within so many days.
    pub days: i32,
    /// Contracts that end.
    pub contracts: usize,
    /// Their recurring revenue \[major units a year\].
    pub recurring: f64,
    /// What of it is expected not to be renewed; 80% interval of luck and of what the law does not know.
    pub lost: Estimate,
}

/// Revenue at risk within some days of a day.
#[must_use]
pub fn at_risk(history: &AccountHistory, standings: &[Standing<'_>], day: i32, days: i32, seed: u64) -> AtRisk {
    let ending: Vec<&Standing<'_>> =
        standings.iter().filter(|one| (0..days).contains(&(one.terms.renewal - day))).collect();
    let money = |one: &Standing<'_>| one.terms.recurring.major(history.currency);
    let luck = Luck::new(seed, 0);
    let lost = |draw: u32| -> f64 {
        // What the law does not know is common to all accounts, their luck is their own.
        let common = uniform(luck.block(UserId(u64::MAX), Purpose::Future, draw)[0]);
        let of = |one: &&Standing<'_>| {
            let [own, ..] = luck.block(UserId(one.place.into()), Purpose::Future, draw);
            if uniform(own) < drawn(&one.renews, common) { 0.0 } else { money(one) }
        };
        ending.iter().map(of).sum()
    };
    let draws: Vec<f64> = (0..DRAWS).into_par_iter().map(lost).collect();
    let mean = ending.iter().map(|one| money(one) * (1.0 - one.renews.probability)).sum();
    let (lo, hi) = interval(draws, 0.8);
    AtRisk {
        days,
        contracts: ending.len(),
        recurring: ending.iter().map(|one| money(one)).sum(),
        lost: Estimate { mean, lo: Some(lo), hi: Some(hi), level: 0.8 },
    }
}

/// A probability at a quantile of what the law knows of it: normal log-odds through the ends of its 80% interval.
fn drawn(told: &Forecast, quantile: f64) -> f64 {
    use crate::base::float::{exp, log, normal_quantile};
    let log_odds = |p: f64| log(p.clamp(1e-9, 1.0 - 1e-9) / (1.0 - p.clamp(1e-9, 1.0 - 1e-9)));
    let (lo, hi) = (log_odds(told.lo), log_odds(told.hi));
    let sd = (hi - lo) / (2.0 * normal_quantile(0.9));
    1.0 / (1.0 + exp(-(f64::midpoint(lo, hi) + sd * normal_quantile(quantile))))
}
