//! Exports of other tools, turned into one history: acquisition, engagement and revenue joined per person.
//!
//! [`read`](intake::read) turns files into [records](record), pseudonymised on the way in; [`join`](Joined::of) works
//! out who is who, cuts sessions, puts payments together, converts money and attributes persons to campaigns. The
//! result depends on the set of records alone, not on files, their order or how often a row is there.

pub mod archive;
pub mod attribution;
pub mod columns;
pub mod company;
pub mod events;
pub mod format;
pub mod held;
pub mod identity;
pub mod intake;
pub mod join;
pub mod kept;
pub mod number;
pub mod parquet;
pub mod payments;
pub mod picked;
pub mod privacy;
pub mod rates;
pub mod record;
pub mod row;
pub mod summary;
pub mod table;
pub mod zip;

use std::collections::{BTreeMap, BTreeSet};

use self::{
    attribution::{Attribution, Spending, attribution},
    held::Held,
    identity::Identities,
    join::{Persons, Windows},
    payments::{Payments, payments},
    privacy::Id,
    rates::Rates,
    record::{Body, Record},
};
use crate::base::units::Currency;

/// How records are joined.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How sessions are cut.
    pub windows: Windows,
    /// The currency of the history; by default the one that most amounts are in.
    pub currency: Option<Currency>,
    /// Rates of exchange.
    pub rates: Rates,
    /// Identities that were seen together and are not one person.
    pub apart: BTreeSet<(Id, Id)>,
}

/// Payments, spend and who is who: what persons are joined from.
#[derive(Debug)]
pub struct Books {
    /// Who is who.
    pub who: Identities,
    /// Payments in one currency.
    pub payments: Payments,
    /// Spend in that currency.
    pub spending: Spending,
    /// It.
    pub currency: Currency,
}

impl Books {
    /// Works them out.
    #[must_use]
    pub fn of(held: &Held, settings: &Settings) -> Self {
        let records = held.others();
        let currency = settings.currency.unwrap_or_else(|| most_used(records));
        let who = Identities::of(held, &settings.apart);
        let paid = records.iter().filter_map(|record| {
            if let Body::Payment(payment) = &record.body { Some((record.key, payment.as_ref())) } else { None }
        });
        let by = |ids: &record::Ids, at: i64| {
            who.person(&held.names.known(ids), at).map(|person| *held.names.ids.get(person))
        };
        let payments = payments(&paid.collect::<Vec<_>>(), &by, &settings.rates, currency);
        let spending = Spending::of(records, &settings.rates, currency);
        Self { who, payments, spending, currency }
    }

    /// Everybody who is in any record, by number.
    #[must_use]
    pub fn persons(&self, held: &Held) -> BTreeSet<held::Number> {
        let acted = held.acts().iter().filter_map(|act| self.who.person(&act.ids, act.at));
        let paid = self.payments.paid.iter().filter_map(|paid| held.names.ids.find(&paid.person?));
        acted.chain(paid).collect()
    }
}

/// Everything, joined.
pub struct Joined<'a> {
    /// Everybody.
    pub persons: Persons<'a>,
    /// What campaigns brought.
    pub attribution: Attribution,
}

impl<'a> Joined<'a> {
    /// Joins records by their books.
    #[must_use]
    pub fn of(held: Held, books: &'a Books, settings: &Settings) -> Self {
        let campaign = |touch: &record::Touch| books.spending.resolve(touch);
        let persons = Persons::of(held, &books.payments, &books.who, &settings.windows, &campaign);
        let attribution = attribution(&persons.all, &books.spending);
        Self { persons, attribution }
    }
}

/// The currency of most amounts; of several the first by name, and USD where there is none.
fn most_used(records: &[Record]) -> Currency {
    let mut uses: BTreeMap<Currency, u64> = BTreeMap::new();
    for record in records {
        let currency = match &record.body {
            Body::Payment(payment) => Some(payment.settled.map_or(payment.amount.currency, |settled| settled.currency)),
            Body::Spend(spend) => spend.currency,
            _ => None,
        };
        if let Some(currency) = currency {
            *uses.entry(currency).or_default() += 1;
        }
    }
    let most = uses.into_iter().max_by_key(|&(currency, uses)| (uses, std::cmp::Reverse(currency)));
    most.map_or_else(dollars, |(currency, _)| currency)
}

#[expect(clippy::unwrap_used, reason = "a constant that is a currency")]
fn dollars() -> Currency {
    Currency::new("USD").unwrap()
}

#[cfg(test)]
mod tests;
