//! Payments: what several rows, of several exports, say of the same one, put together and converted.

use std::collections::BTreeMap;

use super::{
    privacy::Id,
    rates::{Rates, share},
    record::{Amount, Handles, Ids, MoneyDeed, Payment, Touch},
};
use crate::base::units::Currency;

/// How a payment is told from others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Name {
    Charge(u64),
    Intent(u64),
    Invoice(u64),
    Row(u64),
}

/// A payment, in one currency.
#[derive(Clone, Debug, PartialEq)]
pub struct Paid {
    /// Its own name, the same on every import.
    pub key: u64,
    /// When \[ms\].
    pub at: i64,
    /// By whom; none if nothing says.
    pub person: Option<Id>,
    /// What was paid \[minor unit\].
    pub gross: i64,
    /// What went back, when.
    pub refunds: Vec<(i64, i64)>,
    /// What the bank took back, when.
    pub disputes: Vec<(i64, i64)>,
    /// What the processor took.
    pub fee: i64,
    /// Where the payer came from, if the payment says.
    pub touch: Option<Touch>,
}

impl Paid {
    /// What went back \[minor unit\].
    #[must_use]
    pub fn refunded(&self) -> i64 {
        self.refunds.iter().map(|(_, minor)| minor).sum()
    }

    /// What the bank took back \[minor unit\].
    #[must_use]
    pub fn disputed(&self) -> i64 {
        self.disputes.iter().map(|(_, minor)| minor).sum()
    }

    /// What is left \[minor unit\].
    #[must_use]
    pub fn net(&self) -> i64 {
        self.gross - self.refunded() - self.disputed() - self.fee
    }
}

/// Payments, and what could not be converted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Payments {
    /// In order of their names.
    pub paid: Vec<Paid>,
    /// Attempts that failed.
    pub failed: u64,
    /// Amounts without a rate, by currency \[minor unit\].
    pub unconverted: BTreeMap<Currency, i64>,
}

/// Tells who has identities at a moment \[ms\].
pub type Who<'a> = &'a dyn Fn(&Ids, i64) -> Option<Id>;

/// Puts rows together; `rows` have their stable keys and are in the order of them.
#[must_use]
pub fn payments(rows: &[(u64, &Payment)], who: Who<'_>, rates: &Rates, currency: Currency) -> Payments {
    let mut by_intent: BTreeMap<u64, u64> = BTreeMap::new();
    let mut by_invoice: BTreeMap<u64, u64> = BTreeMap::new();
    for (_, row) in rows.iter().filter(|(_, row)| row.deed == MoneyDeed::Charge) {
        if let Some(charge) = row.handles.charge {
            let least = |map: &mut BTreeMap<u64, u64>, handle: Option<u64>| {
                if let Some(handle) = handle {
                    map.entry(handle).and_modify(|known| *known = charge.min(*known)).or_insert(charge);
                }
            };
            least(&mut by_intent, row.handles.intent);
            least(&mut by_invoice, row.handles.invoice);
        }
    }
    // An invoice and an intent without a charge may still be one payment.
    let pairs = rows.iter().filter_map(|(_, row)| Some((row.handles.invoice?, row.handles.intent?)));
    let intents: BTreeMap<u64, u64> = pairs.collect();
    let name = |key: u64, handles: &Handles| {
        let charge = handles
            .charge
            .or_else(|| by_intent.get(&handles.intent?).copied())
            .or_else(|| by_invoice.get(&handles.invoice?).copied());
        let intent = || handles.intent.or_else(|| intents.get(&handles.invoice?).copied());
        charge
            .map(Name::Charge)
            .or_else(|| intent().map(Name::Intent))
            .or(handles.invoice.map(Name::Invoice))
            .unwrap_or(Name::Row(key))
    };
    let mut groups: BTreeMap<Name, Vec<(u64, &Payment)>> = BTreeMap::new();
    for &(key, row) in rows {
        groups.entry(name(key, &row.handles)).or_default().push((key, row));
    }
    let mut all = Payments::default();
    for (name, group) in groups {
        all.settle(name, &group, who, rates, currency);
    }
    all
}

impl Payments {
    fn settle(&mut self, name: Name, rows: &[(u64, &Payment)], who: Who<'_>, rates: &Rates, currency: Currency) {
        let charges: Vec<&Payment> =
            rows.iter().map(|(_, row)| *row).filter(|row| row.deed == MoneyDeed::Charge).collect();
        let is_money = rows.iter().any(|(_, row)| row.deed != MoneyDeed::Failed);
        if !is_money {
            self.failed += 1;
            return;
        }
        // The customer's own amount is preferred to a settled one that a balance row repeats.
        let main = charges.iter().find(|row| row.settled != Some(row.amount)).or(charges.first()).copied();
        let settled = charges.iter().find_map(|row| row.settled);
        let any = main.unwrap_or(rows[0].1);
        let (mut at, mut touch, mut ids) = (any.at, None, Ids::default());
        for (_, row) in rows {
            ids = Ids {
                user: ids.user.or(row.ids.user),
                device: ids.device.or(row.ids.device),
                customer: ids.customer.or(row.ids.customer),
                email: ids.email.or(row.ids.email),
            };
            touch = touch.or_else(|| row.touch.clone());
        }
        at = charges.iter().filter(|row| row.handles.charge.is_some()).map(|row| row.at).min().unwrap_or(at);
        let charge = main.map(|main| main.amount);
        let exchange = Exchange { charge, settled, at, rates, currency };
        let mut money = |amount: Amount| {
            let converted = exchange.convert(amount);
            if converted.is_none() {
                *self.unconverted.entry(amount.currency).or_default() += amount.minor;
            }
            converted
        };
        let gross = charge.and_then(&mut money).unwrap_or(0);
        let refunds = refunds(rows).into_iter().filter_map(|(at, amount)| Some((at, money(amount)?))).collect();
        let disputes = disputes(rows).into_iter().filter_map(|(at, amount)| Some((at, money(amount)?))).collect();
        let fees: BTreeMap<(MoneyDeed, Currency), i64> =
            rows.iter().filter_map(|(_, row)| Some(((row.deed, row.fee?.currency), row.fee?.minor))).collect();
        let own = rows.iter().filter(|(_, row)| row.deed == MoneyDeed::Fee).map(|(_, row)| row.amount);
        let fees = fees.into_iter().map(|((_, currency), minor)| Amount { minor, currency }).chain(own);
        let fee = fees.filter_map(&mut money).sum();
        let key = match name {
            Name::Charge(key) | Name::Intent(key) | Name::Invoice(key) | Name::Row(key) => key,
        };
        self.paid.push(Paid { key, at, person: who(&ids, at), gross, refunds, disputes, fee, touch });
    }
}

/// Explicit refunds, and what a charge says went back beyond them.
fn refunds(rows: &[(u64, &Payment)]) -> Vec<(i64, Amount)> {
    let explicit = rows.iter().filter(|(_, row)| row.deed == MoneyDeed::Refund && row.amount.minor > 0);
    let mut parts: Vec<(i64, Amount)> = explicit.map(|(_, row)| (row.at, row.amount)).collect();
    // A row that only states a total is later than the charge itself, or all there is.
    let mut totals: Vec<(i64, bool, i64, Currency)> = rows
        .iter()
        .filter(|(_, row)| row.refunded > 0)
        .map(|(_, row)| (row.refunded, row.deed == MoneyDeed::Charge, row.at, row.amount.currency))
        .collect();
    totals.sort_unstable();
    let mut known: i64 = parts.iter().map(|(_, amount)| amount.minor).sum();
    for (total, _, at, currency) in totals {
        if total > known {
            parts.push((at, Amount { minor: total - known, currency }));
            known = total;
        }
    }
    parts.sort_by_key(|(at, amount)| (*at, *amount));
    parts
}

/// Disputes that were not won, the same one counted once.
fn disputes(rows: &[(u64, &Payment)]) -> Vec<(i64, Amount)> {
    let of = |deed| rows.iter().filter(move |(_, row)| row.deed == deed).map(|(_, row)| (row.at, row.amount));
    let won: i64 = of(MoneyDeed::DisputeWon).map(|(_, amount)| amount.minor).max().unwrap_or(0);
    // The event and the balance row of one dispute have different names and the same amount.
    let mut lost: BTreeMap<Amount, i64> = BTreeMap::new();
    for (at, amount) in of(MoneyDeed::Dispute) {
        lost.entry(amount).and_modify(|known| *known = at.min(*known)).or_insert(at);
    }
    lost.into_iter().filter(|(amount, _)| amount.minor != won).map(|(amount, at)| (at, amount)).collect()
}

/// How amounts of one payment are converted: all alike.
struct Exchange<'a> {
    charge: Option<Amount>,
    settled: Option<Amount>,
    at: i64,
    rates: &'a Rates,
    currency: Currency,
}

impl Exchange<'_> {
    fn convert(&self, amount: Amount) -> Option<i64> {
        if amount.currency == self.currency {
            return Some(amount.minor);
        }
        if let (Some(charge), Some(settled)) = (self.charge, self.settled)
            && settled.currency == self.currency
            && charge.currency == amount.currency
            && charge.minor > 0
        {
            return i64::try_from(share(amount.minor.into(), settled.minor.into(), charge.minor.into())).ok();
        }
        self.rates.convert(amount.minor, amount.currency, self.currency, self.at.div_euclid(86_400_000))
    }
}
