//! What a trial will have done to renewing, told months before the contracts end, and held against what it did.
//!
//! The surrogate index of an account is the probability to renew that a law gives to its signals, some days after
//! enrolment, where the law was learned from decisions that were over before anybody's index was taken (Athey, Chetty,
//! Imbens & Kang 2019, *The surrogate index*, NBER 26463, eq. 2.2). The arms' difference in how far the index moved
//! since enrolment is the projected effect. It is right if the play works through the signals alone, and if the signals
//! move renewing by as much as they go with it; where health makes accounts both use and stay it promises too much,
//! so that every projection is told beside what was seen in the end.

use serde::{Deserialize, Serialize};

use super::{
    association::LEVEL,
    effect::{Enrolled, arms, difference},
    outlook::Laws,
};
use crate::{
    history::account::{AccountHistory, AccountRecord},
    study::estimate::Estimate,
    user::account::{AccountModel, law::Law},
};

/// A projected effect, and what came of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Surrogate {
    /// How long after enrolment it was told \[day\].
    pub days_after: i32,
    /// Enrolled accounts with an index: treated, left alone.
    pub accounts: (usize, usize),
    /// Effect on the share that renews, as it was foretold; its interval holds the luck of who is in which arm, given
    /// the law.
    pub foretold: Estimate,
    /// The effect that was seen among those who have decided since; none while too few have.
    pub seen: Option<Estimate>,
}

impl Surrogate {
    /// What was seen less what was foretold, with the interval of a difference of two that err apart; none while nothing
    /// was seen.
    #[must_use]
    pub fn miss(&self) -> Option<Estimate> {
        let seen = self.seen?;
        let half = |one: &Estimate| Some((one.hi? - one.lo?) / 2.0);
        let reach = half(&seen).zip(half(&self.foretold)).map(|(a, b)| a.hypot(b));
        let mean = seen.mean - self.foretold.mean;
        Some(Estimate { mean, lo: reach.map(|reach| mean - reach), hi: reach.map(|reach| mean + reach), level: LEVEL })
    }
}

/// Foretells the effect of a history's trial so many days after enrolment; none if there was no trial with two accounts
/// in each arm, or if hardly any contract was decided before.
#[must_use]
pub fn surrogate(history: &AccountHistory, days_after: i32) -> Option<Surrogate> {
    let enrolled = || history.accounts.iter().filter_map(|account| account.enrolled.as_ref());
    let first = enrolled().map(|own| own.day).min()?;
    let law = Laws::renewal_alone(history, first.saturating_add(days_after))?.renewal;
    let all = history.accounts.iter().enumerate();
    let moved: Vec<Enrolled> =
        all.filter_map(|(place, account)| moved(place, account, &law, days_after, history.days.1)).collect();
    let (treated, control) = arms(&moved);
    if treated.len().min(control.len()) < 2 {
        return None;
    }
    let foretold = difference(&treated, &control, |one| one.moved);
    Some(Surrogate { days_after, accounts: (treated.len(), control.len()), foretold, seen: seen(&moved) })
}

/// What was seen among those who have decided.
fn seen(all: &[Enrolled]) -> Option<Estimate> {
    let decided = all.iter().filter(|one| one.renewed.is_finite());
    let (treated, control): (Vec<&Enrolled>, Vec<&Enrolled>) = decided.partition(|one| one.treated);
    (treated.len().min(control.len()) >= 2).then(|| difference(&treated, &control, |one| one.renewed))
}

/// How far an enrolled account's index moved; none if the history ends before it can be taken.
fn moved(place: usize, account: &AccountRecord, law: &Law, days_after: i32, end: i32) -> Option<Enrolled> {
    let own = account.enrolled.as_ref()?;
    let at = own.day.saturating_add(days_after);
    let decision = account.decisions().find(|(day, _)| *day > own.day);
    let before = index(account, own.day, law)?;
    let after = match decision {
        // Who has decided by then needs no index.
        Some((day, stayed)) if day <= at => f64::from(u8::from(stayed)),
        _ => index(account, at, law).filter(|_| at < end)?,
    };
    Some(Enrolled {
        account: place as u32,
        treated: own.arm.as_str() != "control",
        renewed: decision.map_or(f64::NAN, |(_, stayed)| f64::from(u8::from(stayed))),
        moved: after - before,
    })
}

/// The index on a day; none without a contract.
fn index(account: &AccountRecord, day: i32, law: &Law) -> Option<f64> {
    let mut model = AccountModel::new(account.tier);
    account.events.iter().take_while(|event| event.day <= day).for_each(|event| model.observe(event.day, &event.what));
    model.terms().map(|_| law.predict(account.tier, &model.signals(day)).probability)
}
