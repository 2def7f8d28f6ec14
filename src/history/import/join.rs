//! The three layers joined: persons, their sessions and payments, and where they came from.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    identity::Identities,
    payments::{Paid, Payments},
    privacy::Id,
    record::{Activity, Body, Record, Touch},
};

/// How sessions are cut and payments assigned \[ms\].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Windows {
    /// A longer pause ends a session.
    pub timeout: i64,
    /// How long after a session a payment still belongs to it.
    pub late: i64,
}

/// A stretch in which somebody was there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// First act \[ms\].
    pub start: i64,
    /// Last act \[ms\].
    pub end: i64,
    /// Paid in it \[minor unit\].
    pub gross: i64,
}

/// Somebody.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Person<'a> {
    /// What they did, in order of time, with the stable key.
    pub activities: Vec<(u64, &'a Activity)>,
    /// Their sessions, in order of time.
    pub sessions: Vec<Session>,
    /// Their payments, and the session each belongs to.
    pub payments: Vec<(&'a Paid, Option<usize>)>,
    /// Where they first came from, and when.
    pub first: Option<(i64, Touch)>,
    /// Where they came from before they first paid.
    pub last: Option<(i64, Touch)>,
}

impl Person<'_> {
    /// When they were first seen \[ms\].
    #[must_use]
    pub fn since(&self) -> i64 {
        let acted = self.activities.first().map(|(_, activity)| activity.at);
        let paid = self.payments.first().map(|(paid, _)| paid.at);
        acted.into_iter().chain(paid).min().unwrap_or(0)
    }

    /// When they were last seen \[ms\].
    #[must_use]
    pub fn until(&self) -> i64 {
        let acted = self.activities.last().map(|(_, activity)| activity.at);
        let paid = self.payments.last().map(|(paid, _)| paid.at);
        acted.into_iter().chain(paid).max().unwrap_or(0)
    }

    /// Paid in all \[minor unit\].
    #[must_use]
    pub fn gross(&self) -> i64 {
        self.payments.iter().map(|(paid, _)| paid.gross).sum()
    }
}

/// Everybody, by pseudonym.
pub type Persons<'a> = BTreeMap<Id, Person<'a>>;

/// Joins what was understood; ids of campaigns are what `campaign` makes of their names.
#[must_use]
pub fn persons<'a>(
    records: &'a [Record],
    payments: &'a Payments,
    who: &Identities,
    windows: Windows,
    campaign: &dyn Fn(&Touch) -> Touch,
) -> Persons<'a> {
    let mut persons = Persons::new();
    for record in records {
        if let Body::Activity(activity) = &record.body
            && let Some(id) = who.person(&activity.ids, activity.at)
        {
            persons.entry(id).or_default().activities.push((record.key, activity));
        }
    }
    for paid in
        payments.paid.iter().filter(|paid| paid.gross > 0 || !paid.refunds.is_empty() || !paid.disputes.is_empty())
    {
        if let Some(id) = paid.person {
            persons.entry(id).or_default().payments.push((paid, None));
        }
    }
    for person in persons.values_mut() {
        person.activities.sort_by_key(|(key, activity)| (activity.at, *key));
        person.payments.sort_by_key(|(paid, _)| (paid.at, paid.key));
        person.sessions = sessions(&person.activities, windows.timeout);
        assign(person, windows.late);
        touch(person, campaign);
    }
    persons
}

fn sessions(activities: &[(u64, &Activity)], timeout: i64) -> Vec<Session> {
    let mut sessions: Vec<Session> = Vec::new();
    for (_, activity) in activities.iter().filter(|(_, activity)| activity.deed.is_presence()) {
        match sessions.last_mut() {
            Some(open) if activity.at - open.end <= timeout => open.end = activity.at,
            _ => sessions.push(Session { start: activity.at, end: activity.at, gross: 0 }),
        }
    }
    sessions
}

/// A payment belongs to the latest session that began before it, if that was over not too long ago.
fn assign(person: &mut Person<'_>, late: i64) {
    for (paid, session) in &mut person.payments {
        let before = person.sessions.partition_point(|session| session.start <= paid.at);
        let found = before.checked_sub(1).filter(|&index| paid.at <= person.sessions[index].end + late);
        if let Some(index) = found {
            person.sessions[index].gross += paid.gross;
        }
        *session = found;
    }
}

fn touch(person: &mut Person<'_>, campaign: &dyn Fn(&Touch) -> Touch) {
    let paid_first = person.payments.iter().find(|(paid, _)| paid.gross > 0).map_or(i64::MAX, |(paid, _)| paid.at);
    let acts = person.activities.iter().filter_map(|(_, activity)| Some((activity.at, activity.touch.as_ref()?)));
    let pays = person.payments.iter().filter_map(|(paid, _)| Some((paid.at, paid.touch.as_ref()?)));
    let mut touches: Vec<(i64, &Touch)> = acts.chain(pays).collect();
    touches.sort();
    let first = touches.first().map(|(at, touch)| (*at, campaign(touch)));
    let last = touches.iter().rev().find(|(at, _)| *at <= paid_first).map(|(at, touch)| (*at, campaign(touch)));
    (person.first, person.last) = (first, last);
}

/// Everybody who is in an export of whom nothing is left to keep.
#[must_use]
pub fn without(records: Vec<Record>, erased: &BTreeSet<Id>) -> Vec<Record> {
    let is_erased = |ids: &super::record::Ids| {
        [ids.user, ids.device, ids.customer, ids.email].iter().flatten().any(|id| erased.contains(id))
    };
    let kept = |record: &Record| match &record.body {
        Body::Activity(activity) => !is_erased(&activity.ids),
        Body::Payment(payment) => !is_erased(&payment.ids),
        Body::Link(ids) => !is_erased(ids),
        Body::Alias(one, other) => !erased.contains(one) && !erased.contains(other),
        Body::Spend(_) | Body::Title(..) | Body::Part(..) => true,
    };
    records.into_iter().filter(kept).collect()
}
