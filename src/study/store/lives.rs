//! The events that wait, by the user they belong to now: a name that was given up stands for the user it was joined to.
//!
//! In the tail events stay as they came, so that parting two users divides it again.

use std::collections::BTreeMap;

use super::{joins::Aliases, place};
use crate::{
    base::{time::SimTime, units::UserId},
    history::event::Event,
};

/// The events of all users, by (partition, user).
pub(super) type Lives = BTreeMap<(u32, UserId), Waiting>;

/// The events of one user, in time order.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    /// Under the user's own name, each once.
    pub events: Vec<Event>,
    /// As they came; empty, if that was under the user's own name.
    came: Vec<Event>,
}

/// The events of a tail.
pub(super) fn lives(tail: Vec<Event>, aliases: &Aliases) -> Lives {
    let mut lives = Lives::new();
    for event in tail {
        let user = aliases.user(event.user);
        let waiting: &mut Waiting = lives.entry(place(user)).or_default();
        waiting.events.push(event);
    }
    lives.iter_mut().for_each(|((_, user), waiting)| waiting.unite(*user));
    lives
}

/// The first and the last event.
pub(super) fn span(lives: &Lives) -> (SimTime, SimTime) {
    let ends = |end: fn(&[Event]) -> Option<&Event>| {
        lives.values().filter_map(move |waiting| end(&waiting.events).map(|event| event.at))
    };
    (ends(<[Event]>::first).min().unwrap_or_default(), ends(<[Event]>::last).max().unwrap_or_default())
}

/// How many different events there are, once every user has one name.
pub(super) fn distinct(tail: &[Event], aliases: &Aliases) -> usize {
    if aliases.is_empty() {
        return tail.len();
    }
    let mut events: Vec<Event> = tail.iter().map(|event| renamed(event, aliases.user(event.user))).collect();
    events.sort_by(Event::compare);
    events.dedup();
    events.len()
}

impl Waiting {
    fn unite(&mut self, user: UserId) {
        if self.events.iter().all(|event| event.user == user) {
            return;
        }
        self.came = std::mem::take(&mut self.events);
        self.events = self.came.iter().map(|event| renamed(event, user)).collect();
        self.events.sort_by(Event::compare);
        self.events.dedup();
    }

    /// The events at some places, in their order, as they came.
    pub fn rest(&self, kept: impl IntoIterator<Item = usize>) -> Vec<Event> {
        let rest: Vec<Event> = kept.into_iter().filter_map(|index| self.events.get(index).cloned()).collect();
        let (Some(first), false) = (rest.first(), self.came.is_empty()) else { return rest };
        let user = first.user;
        let waits = |event: &&Event| rest.binary_search_by(|other| other.compare(&renamed(event, user))).is_ok();
        self.came.iter().filter(waits).cloned().collect()
    }
}

fn renamed(event: &Event, user: UserId) -> Event {
    Event { user, ..event.clone() }
}
