//! What each user did on each day: sessions, those that paid, money in and money back.
//!
//! Money counts on the day it moved. A session is cut at midnight, so that a day's sessions and its money are of the same
//! users; a pause longer than the timeout cuts it too.

use std::collections::BTreeMap;

use crate::{
    base::{
        time::{LocalClock, SimTime, Zone},
        units::UserId,
    },
    history::{
        event::{Event, EventKind},
        log::History,
        name::Name,
    },
};

/// Days in a row on which nobody does anything that make a long silence.
const SILENCE: usize = 28;

/// One user on one day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Visit {
    /// Place in [`Tally::users`].
    pub user: u32,
    /// The day is the user's first.
    pub new: bool,
    /// Sessions.
    pub sessions: u32,
    /// Sessions that paid.
    pub paid: u32,
    /// Money paid [minor unit].
    pub gross: i64,
    /// Refunds and disputes [minor unit].
    pub back: i64,
}

/// Everybody's days.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Number of the first day that is kept.
    pub first: i64,
    /// By day from the first: visits in the order of the first event.
    pub days: Vec<Vec<Visit>>,
    /// Who, in the order of the first event.
    pub users: Vec<Person>,
    /// First and last day of the whole record.
    pub record: (i64, i64),
}

/// A user of a tally.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Who.
    pub id: UserId,
    /// The channel that brought them.
    pub channel: Option<Name>,
    first_day: Option<i64>,
    last_act: SimTime,
    /// The day of the latest visit, and its place in it.
    open: (i64, usize),
    has_paid: bool,
}

/// First and last day of a record on the users' clock; none of an empty one.
#[must_use]
pub fn span(history: &History, zone: &Zone) -> Option<(i64, i64)> {
    let (first, last) = (history.events.first()?.at, history.events.last()?.at);
    let clock = LocalClock::new(zone, first, last);
    Some((clock.wall(first).day(), clock.wall(last).day()))
}

impl Tally {
    /// Of the days from one to before another; `timeout` in minutes.
    #[must_use]
    pub fn of(history: &History, zone: &Zone, timeout: u32, (from, to): (i64, i64)) -> Self {
        let Some(record) = span(history, zone) else { return Self::default() };
        let (start, end) = (history.events[0].at, history.events[history.events.len() - 1].at);
        let clock = LocalClock::new(zone, start, end);
        let days = vec![Vec::new(); usize::try_from(to - from).unwrap_or(0)];
        let mut tally = Self { first: from, days, users: Vec::new(), record };
        let mut index: BTreeMap<UserId, u32> = BTreeMap::new();
        for event in &history.events {
            let user = *index.entry(event.user).or_insert_with(|| tally.meet(event.user));
            tally.add(user, event, clock.wall(event.at).day(), i64::from(timeout) * 60);
        }
        tally
    }

    /// Drops what was before the last long silence that ended before a day: another business, or a stray event.
    pub fn forget_before_silence(&mut self, before: i64) {
        let known = usize::try_from(before - self.first).unwrap_or(0).min(self.days.len());
        let (mut silent, mut begins) = (0, 0);
        for (place, visits) in self.days[..known].iter().enumerate() {
            silent = if visits.is_empty() { silent + 1 } else { 0 };
            if silent >= SILENCE {
                begins = place + 1;
            }
        }
        self.days.drain(..begins);
        self.first += begins as i64;
    }

    /// Visits of a day; none outside.
    #[must_use]
    pub fn day(&self, day: i64) -> &[Visit] {
        usize::try_from(day - self.first).ok().and_then(|place| self.days.get(place)).map_or(&[], Vec::as_slice)
    }

    /// Charges less refunds and disputes of a day [minor unit].
    #[must_use]
    pub fn revenue(&self, day: i64) -> i128 {
        self.day(day).iter().map(|visit| i128::from(visit.gross) - i128::from(visit.back)).sum()
    }

    fn meet(&mut self, id: UserId) -> u32 {
        let open = (i64::MIN, 0);
        let last_act = SimTime(i64::MIN / 2);
        self.users.push(Person { id, channel: None, first_day: None, last_act, open, has_paid: false });
        (self.users.len() - 1) as u32
    }

    fn add(&mut self, user: u32, event: &Event, day: i64, timeout: i64) {
        let person = &mut self.users[user as usize];
        if let EventKind::Acquired { channel, .. } = &event.kind {
            person.channel.get_or_insert_with(|| channel.clone());
        }
        let acts = is_act(&event.kind);
        if acts {
            person.first_day.get_or_insert(day);
        }
        let Some(place) = usize::try_from(day - self.first).ok().filter(|place| *place < self.days.len()) else {
            return;
        };
        let visits = &mut self.days[place];
        if !acts && money(&event.kind) == (0, 0) {
            return;
        }
        let is_first_of_day = person.open.0 != day;
        if is_first_of_day {
            visits.push(Visit { user, new: person.first_day == Some(day), ..Visit::default() });
            person.open = (day, visits.len() - 1);
        }
        let visit = &mut visits[person.open.1];
        if acts {
            visit.new = person.first_day == Some(day);
            if visit.sessions == 0 || person.parts(event, timeout) {
                visit.sessions += 1;
                person.has_paid = false;
            }
            person.last_act = event.at;
        }
        let (gross, back) = money(&event.kind);
        visit.gross = visit.gross.saturating_add(gross);
        visit.back = visit.back.saturating_add(back);
        if gross != 0 && !person.has_paid {
            visit.paid += 1;
            person.has_paid = true;
        }
    }
}

impl Person {
    fn parts(&self, event: &Event, timeout: i64) -> bool {
        let pause = event.at.0 - self.last_act.0;
        pause > timeout || event.kind == EventKind::SessionStart && pause >= timeout
    }
}

/// Money in, and money back [minor unit].
const fn money(kind: &EventKind) -> (i64, i64) {
    match kind {
        EventKind::Charge { amount } => (amount.minor(), 0),
        EventKind::Refund { amount } | EventKind::Dispute { amount } => (0, amount.minor()),
        _ => (0, 0),
    }
}

/// What a user does, as against what is done to the user.
const fn is_act(kind: &EventKind) -> bool {
    matches!(
        kind,
        EventKind::SessionStart
            | EventKind::Content { .. }
            | EventKind::Feature { .. }
            | EventKind::Response { .. }
            | EventKind::Charge { .. }
            | EventKind::Subscribe { .. }
            | EventKind::Expand { .. }
    )
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::base::{time::DAY, units::Money};

    fn history(events: &[(i64, u64, EventKind)]) -> History {
        let event = |(ordinal, (at, user, kind)): (usize, &(i64, u64, EventKind))| Event {
            at: SimTime(*at),
            user: UserId(*user),
            ordinal: ordinal as u64,
            kind: kind.clone(),
        };
        History::new(events.iter().enumerate().map(event).collect(), BTreeMap::new())
    }

    const fn charge(minor: i64) -> EventKind {
        EventKind::Charge { amount: Money::from_minor(minor) }
    }

    #[test]
    fn midnight_and_the_timeout_cut_sessions_and_money_counts_when_it_moved() {
        let late = DAY - 600;
        let refund = EventKind::Refund { amount: Money::from_minor(300) };
        let history = history(&[
            (late, 1, EventKind::SessionStart),
            (late + 300, 1, charge(500)),
            (late + 310, 1, charge(200)),
            (DAY + 60, 1, charge(100)),
            (DAY + 7_200, 1, EventKind::SessionStart),
            (DAY + 9_000, 2, refund),
        ]);
        let tally = Tally::of(&history, &Zone::new("UTC").unwrap(), 30, (0, 2));
        let visit = |user, new, sessions, paid, gross, back| Visit { user, new, sessions, paid, gross, back };
        assert_eq!(tally.day(0), [visit(0, true, 1, 1, 700, 0)]);
        assert_eq!(tally.day(1), [visit(0, false, 2, 1, 100, 0), visit(1, false, 0, 0, 0, 300)]);
        assert_eq!((tally.revenue(0), tally.revenue(1), tally.revenue(5)), (700, -200, 0));
    }

    #[test]
    fn what_was_before_a_long_silence_is_another_business() {
        let history = history(&[(0, 1, charge(1)), (40 * DAY, 1, charge(2)), (50 * DAY, 1, charge(3))]);
        let mut tally = Tally::of(&history, &Zone::new("UTC").unwrap(), 30, (0, 51));
        tally.forget_before_silence(50);
        assert_eq!((tally.first, tally.revenue(40), tally.revenue(50)), (40, 2, 3));
    }
}
