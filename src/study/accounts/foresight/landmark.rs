//! Landmarks: what was believed of an account on a day, and what came of it.

use crate::{
    base::units::Money,
    history::account::{AccountHistory, AccountRecord, Happening},
    user::account::{AccountModel, Signals, law::Sample},
};

use super::PURCHASE;

/// From one landmark of a purchase to the next \[day\]: as long as a purchase may take, so that none counts twice.
const EVERY: i32 = PURCHASE;

/// What was believed of an account on a day, and what came of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Landmark {
    /// The place of the account in its history.
    pub account: u32,
    /// The place of its tier.
    pub tier: u8,
    /// When it was believed \[day\].
    pub at: i32,
    /// When it was known what came of it \[day\].
    pub known: i32,
    /// What was believed.
    pub signals: Signals,
    /// What the account paid then \[a year\].
    pub recurring: Money,
    /// What came of it.
    pub happened: bool,
}

impl Landmark {
    /// As a law learns it, with these signals.
    pub(in crate::study::accounts) fn sample(&self, signals: Signals) -> Sample {
        Sample { tier: self.tier, signals, happened: self.happened, day: self.known }
    }
}

/// Landmarks in the order of their days, those of one day in the order of accounts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Landmarks(Vec<Landmark>);

impl Landmarks {
    fn sorted(mut all: Vec<Landmark>) -> Self {
        all.sort_by_key(|one| (one.at, one.account));
        Self(all)
    }

    /// All of them.
    #[must_use]
    pub fn in_order(&self) -> &[Landmark] {
        &self.0
    }
}

/// So many days before each decision at the end of a contract: the account stayed, or not.
#[must_use]
pub fn renewals(history: &AccountHistory, days_ahead: i32) -> Landmarks {
    let of = |(place, account): (usize, &AccountRecord)| {
        let asked: Vec<(i32, (i32, bool))> =
            account.decisions().map(|(day, stayed)| (day - days_ahead, (day, stayed))).collect();
        at_days(place, account, &asked)
    };
    Landmarks::sorted(history.accounts.iter().enumerate().flat_map(of).collect())
}

/// Every 90 days of an account that does not hold a product: it bought it within 90 days, or not. Landmarks whose 90
/// days run past the end of the history are left out.
#[must_use]
pub fn expansions(history: &AccountHistory, sku: u8) -> Landmarks {
    let of = |(place, account): (usize, &AccountRecord)| {
        let bought = account.events.iter().find_map(|event| match event.what {
            Happening::Expanded { sku: own, .. } if own == sku => Some(event.day),
            _ => None,
        });
        let first = account.events.first().map_or(history.days.1, |event| event.day) + EVERY;
        // Days are the same for all accounts, so that none is looked at because of what it did.
        let days = (history.days.0..history.days.1 - PURCHASE).step_by(EVERY as usize);
        let open = days.filter(|&day| day >= first && bought.is_none_or(|bought| bought > day));
        let asked: Vec<(i32, (i32, bool))> =
            open.map(|day| (day, (day + PURCHASE, bought.is_some_and(|bought| bought <= day + PURCHASE)))).collect();
        at_days(place, account, &asked)
    };
    Landmarks::sorted(history.accounts.iter().enumerate().flat_map(of).collect())
}

/// What was believed on some days, in their order; days without a contract are left out.
fn at_days(place: usize, account: &AccountRecord, asked: &[(i32, (i32, bool))]) -> Vec<Landmark> {
    let mut model = AccountModel::new(account.tier);
    let mut events = account.events.iter().peekable();
    let mut landmarks = Vec::with_capacity(asked.len());
    for &(at, (known, happened)) in asked {
        while let Some(event) = events.next_if(|event| event.day <= at) {
            model.observe(event.day, &event.what);
        }
        let Some(terms) = model.terms() else { continue };
        landmarks.push(Landmark {
            account: place as u32,
            tier: account.tier,
            at,
            known,
            signals: model.signals(at),
            recurring: terms.recurring,
            happened,
        });
    }
    landmarks
}
