//! How modules spread over all accounts, how healthy tiers are, and how far accounts have come on the way to a product
//! on top.

use serde::{Deserialize, Serialize};

use super::outlook::Standing;
use crate::history::account::{AccountHistory, Happening, MODULES};

/// A chance of buying within 90 days from which an account counts as ready.
const READY: f64 = 0.1;

/// How modules spread.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Spread {
    /// The days on which weeks ended.
    pub weeks: Vec<i32>,
    /// By module: the share of accounts, of those there that week, in which somebody used it.
    pub modules: Vec<(String, Vec<f64>)>,
}

/// How healthy a tier is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Health {
    /// The tier.
    pub tier: String,
    /// Accounts that are there.
    pub accounts: usize,
    /// Share of their revenue that is expected to renew.
    pub renews: f64,
    /// Shares of accounts that renew with less than 60%, 60 to 80%, 80 to 90%, and more.
    pub bands: [f64; 4],
}

/// How far accounts have come on the way to a product: those that are there, that do not hold it, that are ready for
/// it, that were taken up by a play and are ready, that hold it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Funnel {
    /// The product.
    pub sku: String,
    /// Steps with their accounts.
    pub steps: Vec<(String, usize)>,
}

/// How modules spread over the weeks of a history.
#[must_use]
pub fn spread(history: &AccountHistory) -> Spread {
    let mut weeks = std::collections::BTreeMap::<i32, (u32, [u32; MODULES])>::new();
    for event in history.accounts.iter().flat_map(|account| &account.events) {
        if let Happening::Used(usage) = &event.what {
            let (accounts, used) = weeks.entry(event.day).or_default();
            *accounts += 1;
            used.iter_mut().zip(usage.users).for_each(|(used, users)| *used += u32::from(users > 0));
        }
    }
    let share = |module: usize| weeks.values().map(|(all, used)| f64::from(used[module]) / f64::from(*all)).collect();
    let named = history.modules.iter().enumerate().map(|(place, module)| (module.to_string(), share(place)));
    Spread { modules: named.collect(), weeks: weeks.keys().copied().collect() }
}

/// How healthy each tier is.
#[must_use]
pub fn health(history: &AccountHistory, standings: &[Standing<'_>]) -> Vec<Health> {
    let of = |(place, tier): (usize, &crate::history::name::Name)| {
        let own: Vec<&Standing<'_>> = standings.iter().filter(|one| usize::from(one.account.tier) == place).collect();
        let money = |one: &&Standing<'_>| one.terms.recurring.minor() as f64;
        let all: f64 = own.iter().map(money).sum();
        let kept: f64 = own.iter().map(|one| money(one) * one.renews.probability).sum();
        let within = |lo: f64, hi: f64| {
            let count = own.iter().filter(|one| (lo..hi).contains(&one.renews.probability)).count();
            count as f64 / own.len().max(1) as f64
        };
        Health {
            tier: tier.to_string(),
            accounts: own.len(),
            renews: if all > 0.0 { kept / all } else { f64::NAN },
            bands: [within(0.0, 0.6), within(0.6, 0.8), within(0.8, 0.9), within(0.9, 1.1)],
        }
    };
    history.tiers.iter().enumerate().map(of).collect()
}

/// How far accounts have come on the way to each product.
#[must_use]
pub fn funnels(history: &AccountHistory, standings: &[Standing<'_>]) -> Vec<Funnel> {
    let contacted =
        |one: &Standing<'_>| one.account.events.iter().any(|event| matches!(event.what, Happening::Contacted { .. }));
    let of = |(sku, name): (usize, &crate::history::name::Name)| {
        let open = |one: &&Standing<'_>| one.buys[sku].is_some();
        let ready = |one: &&Standing<'_>| one.buys[sku].as_ref().is_some_and(|told| told.probability >= READY);
        let count = |of: &dyn Fn(&&Standing<'_>) -> bool| standings.iter().filter(of).count();
        let steps = vec![
            ("there".to_owned(), standings.len()),
            ("do not hold it".to_owned(), count(&open)),
            ("ready: 10% or more within 90 days".to_owned(), count(&ready)),
            ("ready, and taken up before".to_owned(), count(&|one| ready(one) && contacted(one))),
            ("hold it".to_owned(), count(&|one| !open(one))),
        ];
        Funnel { sku: name.to_string(), steps }
    };
    history.skus.iter().enumerate().map(of).collect()
}
