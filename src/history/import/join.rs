//! The three layers joined: persons, their sessions and payments, and where they came from.

use std::{collections::BTreeMap, ops::Range};

use super::{
    held::{Act, Held, Names, Numbers, place},
    identity::Identities,
    payments::{Paid, Payments},
    privacy::Id,
    record::{Deed, Touch},
};
use crate::base::time::{LocalClock, SimTime, Zone};

/// How sessions are cut and payments assigned.
#[derive(Clone, Debug, PartialEq)]
pub struct Windows {
    /// A longer pause ends a session \[ms\].
    pub timeout: i64,
    /// How long after a session a payment still belongs to it \[ms\].
    pub late: i64,
    /// Where midnight ends a session too.
    pub midnight: Option<Zone>,
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
    /// Where what they did is among [`Persons::acts`], in order of time.
    pub acts: Range<usize>,
    /// Their payments, in order of time.
    pub payments: Vec<&'a Paid>,
    /// How often they were there.
    pub sessions: u64,
    /// How often without paying.
    pub unpaid_sessions: u64,
    /// When they were first seen \[ms\].
    pub since: i64,
    /// When they were last seen \[ms\].
    pub until: i64,
    /// Where they first came from, and when.
    pub first: Option<(i64, Touch)>,
    /// Where they came from before they first paid.
    pub last: Option<(i64, Touch)>,
}

impl Person<'_> {
    /// Paid in all \[minor unit\].
    #[must_use]
    pub fn gross(&self) -> i64 {
        self.payments.iter().map(|paid| paid.gross).sum()
    }
}

/// Everybody.
#[derive(Debug)]
pub struct Persons<'a> {
    /// By pseudonym.
    pub all: BTreeMap<Id, Person<'a>>,
    /// What they did, person by person, in order of time.
    pub acts: Vec<Act>,
    /// What numbers in acts mean.
    pub names: Names,
    /// By number of a deed: whether whoever did it was there.
    presence: Vec<bool>,
    windows: Windows,
    /// Days on the users' clock, if they end sessions.
    days: Option<LocalClock>,
}

impl<'a> Persons<'a> {
    /// Joins what was understood; ids of campaigns are what `campaign` makes of their names.
    #[must_use]
    pub fn of(
        held: Held,
        payments: &'a Payments,
        who: &Identities,
        windows: &Windows,
        campaign: &dyn Fn(&Touch) -> Touch,
    ) -> Self {
        let (mut acts, names) = held.into_acts();
        assign_persons(&mut acts, who, &names);
        let presence = names.deeds.iter().map(Deed::is_presence).collect();
        let days = windows.midnight.as_ref().map(|zone| clock(zone, &acts));
        let mut persons = Self { all: BTreeMap::new(), acts, names, presence, windows: windows.clone(), days };
        persons.gather(payments);
        let mut all = std::mem::take(&mut persons.all);
        all.values_mut().for_each(|person| persons.describe(person, campaign));
        persons.all = all;
        persons
    }

    fn gather(&mut self, payments: &'a Payments) {
        let mut from = 0;
        for acts in self.acts.chunk_by(|a, b| a.ids.user == b.ids.user) {
            if let Some(user) = acts[0].ids.user {
                let id = *self.names.ids.get(user);
                self.all.insert(id, Person { acts: from..from + acts.len(), ..Person::default() });
            }
            from += acts.len();
        }
        let is_money = |paid: &&Paid| paid.gross > 0 || !paid.refunds.is_empty() || !paid.disputes.is_empty();
        for paid in payments.paid.iter().filter(is_money) {
            if let Some(id) = paid.person {
                self.all.entry(id).or_default().payments.push(paid);
            }
        }
    }

    fn describe(&self, person: &mut Person<'a>, campaign: &dyn Fn(&Touch) -> Touch) {
        person.payments.sort_by_key(|paid| (paid.at, paid.key));
        let acts = &self.acts[person.acts.clone()];
        let (first, last) = (acts.first().map(|act| act.at), acts.last().map(|act| act.at));
        let paid = person.payments.first().zip(person.payments.last());
        person.since = first.into_iter().chain(paid.map(|(first, _)| first.at)).min().unwrap_or(0);
        person.until = last.into_iter().chain(paid.map(|(_, last)| last.at)).max().unwrap_or(0);
        let (sessions, _) = self.sessions(person);
        person.sessions = sessions.len() as u64;
        person.unpaid_sessions = sessions.iter().filter(|session| session.gross == 0).count() as u64;
        self.touch(person, campaign);
    }

    /// Sessions of a person, in order of time, and which of them each payment belongs to.
    #[must_use]
    pub fn sessions(&self, person: &Person<'_>) -> (Vec<Session>, Vec<Option<usize>>) {
        let mut sessions: Vec<Session> = Vec::new();
        for act in self.acts[person.acts.clone()].iter().filter(|act| self.is_presence(act)) {
            match sessions.last_mut() {
                Some(open) if self.goes_on(open, act.at) => open.end = act.at,
                _ => sessions.push(Session { start: act.at, end: act.at, gross: 0 }),
            }
        }
        let of = |paid: &&Paid| {
            // The latest session that began before it, if that was over not too long ago.
            let before = sessions.partition_point(|session| session.start <= paid.at);
            before.checked_sub(1).filter(|&index| paid.at <= sessions[index].end + self.windows.late)
        };
        let paid_in: Vec<Option<usize>> = person.payments.iter().map(of).collect();
        for (paid, session) in person.payments.iter().zip(&paid_in) {
            if let Some(index) = *session {
                sessions[index].gross += paid.gross;
            }
        }
        (sessions, paid_in)
    }

    fn goes_on(&self, open: &Session, at: i64) -> bool {
        let is_same_day = |days: &LocalClock| day(days, open.end) == day(days, at);
        at - open.end <= self.windows.timeout && self.days.as_ref().is_none_or(is_same_day)
    }

    fn is_presence(&self, act: &Act) -> bool {
        self.presence[place(act.deed)]
    }

    fn touch(&self, person: &mut Person<'a>, campaign: &dyn Fn(&Touch) -> Touch) {
        let paid_first = person.payments.iter().find(|paid| paid.gross > 0).map_or(i64::MAX, |paid| paid.at);
        let acts = self.acts[person.acts.clone()].iter();
        let acts = acts.filter_map(|act| Some((act.at, self.names.touches.get(act.touch?))));
        let pays = person.payments.iter().filter_map(|paid| Some((paid.at, paid.touch.as_ref()?)));
        let touches = || acts.clone().chain(pays.clone());
        let resolved = |(at, touch): (i64, &Touch)| (at, campaign(touch));
        let (first, last) = (touches().min(), touches().filter(|(at, _)| *at <= paid_first).max());
        (person.first, person.last) = (first.map(resolved), last.map(resolved));
    }
}

fn clock(zone: &Zone, acts: &[Act]) -> LocalClock {
    let moments = || acts.iter().map(|act| SimTime(act.at.div_euclid(1000)));
    LocalClock::new(zone, moments().min().unwrap_or(SimTime(0)), moments().max().unwrap_or(SimTime(0)))
}

fn day(clock: &LocalClock, at: i64) -> i64 {
    clock.wall(SimTime(at.div_euclid(1000))).day()
}

/// Puts each act's person in the place of its user, leaves out what nobody did, and sorts by person and time.
fn assign_persons(acts: &mut Vec<Act>, who: &Identities, names: &Names) {
    acts.retain_mut(|act| {
        let person = who.person(&act.ids, act.at);
        act.ids = Numbers { user: person, ..Numbers::default() };
        person.is_some()
    });
    // Persons in the order of their pseudonyms, whatever the order in which they were met.
    let mut by_id: Vec<(&Id, usize)> = names.ids.iter().zip(0..).collect();
    by_id.sort_unstable();
    let mut ranks = vec![0_u32; by_id.len()];
    for (rank, (_, number)) in by_id.iter().enumerate() {
        ranks[*number] = rank as u32;
    }
    let rank = |act: &Act| act.ids.user.map_or(0, |user| ranks[place(user)]);
    acts.sort_unstable_by_key(|act| (rank(act), act.at, act.key));
}
