//! What a history holds, laid out for looking: every session with its place in its user's life, every user with their
//! origin, and the days that count as now.
//!
//! Nothing here is inferred. Times are local days of the users' zone; money is in minor units until it is told.

use std::{collections::BTreeMap, ops::Range};

use super::spend::Spend;
use crate::{
    base::{
        time::{LocalClock, SimTime, Zone},
        units::{Currency, UserId},
    },
    history::{
        event::EventKind,
        log::History,
        name::Name,
        session::{Observation, Session, Slot},
        sessions::Timelines,
    },
    study::calibrate::evidence::closing_day,
};

/// Days that count as now, at most; and the share of a record that they may be.
const LATEST_DAYS: i64 = 91;

/// Days that are followed one by one, at most.
const MOST_DAYS: i64 = 3_660;

/// One session.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Visit {
    /// Place of its user in [`Facts::people`].
    pub person: usize,
    /// Local day.
    pub day: i64,
    /// Its part of the day.
    pub slot: Slot,
    /// From Monday, 0.
    pub weekday: u8,
    /// The content met first.
    pub content: Option<u8>,
    /// Features used in it, one bit each.
    pub features: u16,
    /// Its place among the user's sessions, from 0.
    pub number: u32,
    /// Days since the user was first seen \[day\].
    pub tenure: f64,
    /// What it earned [minor units]; 0 for nothing.
    pub paid: i64,
}

/// One user.
#[derive(Clone, Debug, PartialEq)]
pub struct Person {
    /// Who.
    pub user: UserId,
    /// First local day.
    pub first: i64,
    /// Place of the channel in [`Facts::channels`].
    pub channel: Option<usize>,
    /// Place of the campaign in [`Facts::campaigns`].
    pub campaign: Option<usize>,
    /// Their sessions.
    pub visits: Range<usize>,
    /// Tenure at the goodbye \[day\], unless something followed it.
    pub left: Option<f64>,
    /// Tenure at the end of the record \[day\].
    pub watched: f64,
    /// Money that went back [minor units].
    pub returned: i64,
}

/// A history, laid out.
#[derive(Clone, Debug)]
pub struct Facts {
    /// User by user, each in time order.
    pub visits: Vec<Visit>,
    /// Users with at least one session.
    pub people: Vec<Person>,
    /// Names of the channels that brought users, by name.
    pub channels: Vec<Name>,
    /// Names of campaigns, by name.
    pub campaigns: Vec<Name>,
    /// Names of content.
    pub contents: Vec<Name>,
    /// Names of features.
    pub features: Vec<Name>,
    /// First and last whole local day.
    pub days: (i64, i64),
    /// First and last of the days that count as now.
    pub recent: (i64, i64),
    /// Of all money.
    pub currency: Currency,
    /// What was spent on bringing users.
    pub spend: Spend,
    /// Parts that the day is cut into, by their first hours.
    pub hours: Vec<u8>,
    /// Whether anybody said goodbye.
    pub announced: bool,
    /// Whether users were there before the record began, so that tenure is not known.
    pub truncated: bool,
}

/// How a history is to be read.
#[derive(Clone, Copy, Debug)]
pub struct Reading<'a> {
    /// Its events.
    pub history: &'a History,
    /// The same, cut into sessions.
    pub timelines: &'a Timelines,
    /// The users' zone.
    pub zone: &'a Zone,
    /// Of all money.
    pub currency: Currency,
    /// First hours of the parts of the day.
    pub hours: &'a [u8],
}

impl Facts {
    /// Lays a history out.
    #[must_use]
    pub fn of(reading: &Reading<'_>, spend: Spend) -> Self {
        let timelines = reading.timelines;
        let clock = LocalClock::new(reading.zone, timelines.span.0, timelines.span.1);
        let days = (clock.wall(timelines.span.0).day(), closing_day(timelines, &clock));
        let days = (days.0, days.1.max(days.0));
        let mut facts = Self {
            visits: Vec::new(),
            people: Vec::new(),
            channels: names(timelines.users.iter().filter_map(|user| user.channel.clone())),
            campaigns: Vec::new(),
            contents: timelines.catalogues.contents.clone(),
            features: timelines.catalogues.features.clone(),
            days,
            recent: recent(days),
            currency: reading.currency,
            spend,
            hours: reading.hours.to_vec(),
            announced: false,
            truncated: false,
        };
        facts.fill(reading, &clock);
        facts.announced = facts.people.iter().any(|person| person.left.is_some());
        facts.truncated = facts.began_with_users();
        facts
    }

    fn fill(&mut self, reading: &Reading<'_>, clock: &LocalClock) {
        let campaigns = campaigns(reading.history);
        self.campaigns = names(campaigns.values().cloned());
        for (place, user) in reading.timelines.users.iter().enumerate() {
            let start = self.visits.len();
            let seen = &reading.timelines.observations[user.range.clone()];
            self.visits.extend(visits(seen, self.people.len(), user.first, clock));
            if self.visits.len() == start {
                continue;
            }
            let tenure = |at: SimTime| at.days_since(user.first).max(0.0);
            let returned = reading.timelines.outcomes[reading.timelines.users[place].range.clone()].iter();
            self.people.push(Person {
                user: user.user,
                first: clock.wall(user.first).day(),
                channel: user.channel.as_ref().and_then(|name| self.channels.binary_search(name).ok()),
                campaign: campaigns.get(&user.user).and_then(|name| self.campaigns.binary_search(name).ok()),
                visits: start..self.visits.len(),
                left: left(seen).map(tenure),
                watched: tenure(reading.timelines.span.1),
                returned: returned.map(|outcome| outcome.returned.minor()).sum(),
            });
        }
    }

    /// Whether users were there before the record began: with no known beginning, far more are new in its first fifth than
    /// later, and some are new to the end.
    fn began_with_users(&self) -> bool {
        let known = self.people.iter().filter(|person| person.channel.is_some()).count();
        let fifth = self.length() / 5;
        if 2 * known > self.people.len() || fifth < 2 {
            return false;
        }
        let since = |day: i64| self.people.iter().filter(|person| person.first - self.days.0 >= day).count();
        let (all, early) = (self.people.len(), self.people.len() - since(fifth));
        since(self.length() / 2) > 0 && early as f64 > 0.35 * all as f64
    }

    /// Length of the record \[day\].
    #[must_use]
    pub fn length(&self) -> i64 {
        self.days.1 - self.days.0 + 1
    }

    /// The days that are followed one by one: all, or the last ten years of a longer record.
    #[must_use]
    pub fn followed(&self) -> (i64, usize) {
        let first = self.days.0.max(self.days.1 - MOST_DAYS + 1);
        (first, (self.days.1 - first + 1) as usize)
    }

    /// Length of what counts as now \[day\].
    #[must_use]
    pub fn recent_days(&self) -> f64 {
        (self.recent.1 - self.recent.0 + 1) as f64
    }

    /// What a sum over the recent days is in a year.
    #[must_use]
    pub fn a_year(&self) -> f64 {
        365.0 / self.recent_days()
    }

    /// Whether a local day counts as now.
    #[must_use]
    pub fn is_recent(&self, day: i64) -> bool {
        (self.recent.0..=self.recent.1).contains(&day)
    }

    /// Money in major units.
    #[must_use]
    pub fn major(&self, minor: f64) -> f64 {
        minor / self.currency.minor_per_major() as f64
    }

    /// The sessions of a user.
    #[must_use]
    pub fn of_person(&self, person: &Person) -> &[Visit] {
        &self.visits[person.visits.clone()]
    }

    /// Names of the parts of the day.
    #[must_use]
    pub fn daypart(&self, part: usize) -> String {
        let ends = self.hours.get(part + 1).copied().unwrap_or(24);
        format!("{}–{ends} h", self.hours.get(part).copied().unwrap_or(0))
    }
}

fn recent(days: (i64, i64)) -> (i64, i64) {
    let length = days.1 - days.0 + 1;
    // Whole weeks where there are any, so that weekdays weigh alike.
    let wanted = (length / 3).clamp(28, LATEST_DAYS).min(length);
    let whole = if wanted >= 7 { wanted / 7 * 7 } else { wanted };
    (days.1 - whole + 1, days.1)
}

fn names(all: impl Iterator<Item = Name>) -> Vec<Name> {
    let mut names: Vec<Name> = all.collect();
    names.sort();
    names.dedup();
    names
}

/// The campaign that first brought each user.
fn campaigns(history: &History) -> BTreeMap<UserId, Name> {
    let mut found = BTreeMap::new();
    for event in &history.events {
        if let EventKind::Acquired { campaign: Some(campaign), .. } = &event.kind {
            found.entry(event.user).or_insert_with(|| campaign.clone());
        }
    }
    found
}

fn visits<'a>(
    seen: &'a [Observation],
    person: usize,
    first: SimTime,
    clock: &'a LocalClock,
) -> impl Iterator<Item = Visit> + 'a {
    let used = |at: SimTime| {
        let features = seen.iter().filter_map(move |it| match it {
            Observation::Features { at: then, used } if *then == at => Some(*used),
            _ => None,
        });
        features.fold(0, |all, used| all | used)
    };
    // A history without features is not searched for them.
    let some = seen.iter().any(|it| matches!(it, Observation::Features { .. }));
    let sessions =
        seen.iter().filter_map(|it| if let Observation::Session(session) = it { Some(session) } else { None });
    sessions.enumerate().map(move |(number, session): (usize, &Session)| {
        let wall = clock.wall(session.at);
        Visit {
            person,
            day: wall.day(),
            slot: session.slot(),
            weekday: wall.weekday(),
            content: session.content(),
            features: if some { used(session.at) } else { 0 },
            number: number as u32,
            tenure: session.at.days_since(first).max(0.0),
            paid: session.paid.map_or(0, |paid| paid.minor().max(0)),
        }
    })
}

fn left(seen: &[Observation]) -> Option<SimTime> {
    let mut telling = seen.iter().rev().filter(|it| matches!(it, Observation::Left(_) | Observation::Session(_)));
    telling.next().filter(|it| matches!(it, Observation::Left(_))).map(Observation::at)
}
