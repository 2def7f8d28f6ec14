//! From persons to the canonical history.

use std::collections::BTreeMap;

use super::{
    join::{Person, Persons},
    record::Deed,
};
use crate::{
    base::{
        time::SimTime,
        units::{Money, UserId},
    },
    history::{
        event::{Event, EventKind},
        name::Name,
    },
};

/// About how many acts' events are in memory at once.
const SLICE: usize = 500_000;
/// An act of this many tells where slices begin.
const SAMPLED: usize = 64;

/// Names of all persons, as the history's users.
#[must_use]
pub fn users(persons: &Persons<'_>) -> BTreeMap<UserId, Name> {
    persons.all.keys().map(|id| Name::from(id.to_string())).map(|name| (UserId::of(&name), name)).collect()
}

/// Hands out all events of everybody, in canonical order and a stretch of time after the other, so that few are in
/// memory at once. Repeated acts that say nothing new are kept, because they keep a session going.
///
/// # Errors
/// What `take` fails with.
pub fn in_order<E>(persons: &Persons<'_>, take: &mut dyn FnMut(&[Event]) -> Result<(), E>) -> Result<(), E> {
    let lives: Vec<(UserId, &Person<'_>)> =
        persons.all.iter().map(|(id, person)| (UserId::of(&id.to_string()), person)).collect();
    let bounds = bounds(persons);
    let mut events = Vec::new();
    for window in bounds.windows(2) {
        let slice = Slice { from: window[0], to: window[1] };
        for (user, person) in lives.iter().filter(|(_, person)| slice.meets(person)) {
            slice.live(persons, person, &mut |at, ordinal, kind| events.push(Event { at, user: *user, ordinal, kind }));
        }
        events.sort_unstable_by(Event::compare);
        events.dedup();
        take(&events)?;
        events.clear();
    }
    Ok(())
}

/// Moments between which there are about as many acts \[s\], with all of time between the first and the last.
fn bounds(persons: &Persons<'_>) -> Vec<i64> {
    let mut sample: Vec<i64> = persons.acts.iter().step_by(SAMPLED).map(|act| act.at.div_euclid(1000)).collect();
    sample.sort_unstable();
    let inner = sample.chunks(SLICE / SAMPLED).skip(1).map(|slice| slice[0]);
    let mut bounds: Vec<i64> = std::iter::once(i64::MIN).chain(inner).chain([i64::MAX]).collect();
    bounds.dedup();
    bounds
}

/// A stretch of time \[s\], its end not included.
struct Slice {
    from: i64,
    to: i64,
}

impl Slice {
    fn holds(&self, at: i64) -> bool {
        (self.from..self.to).contains(&at.div_euclid(1000))
    }

    /// Whether anything of a person may be in it; what went back of a payment may be dated beyond all else.
    fn meets(&self, person: &Person<'_>) -> bool {
        let is_there = person.since.div_euclid(1000) < self.to && person.until.div_euclid(1000) >= self.from;
        is_there || !person.payments.is_empty()
    }

    fn live(&self, persons: &Persons<'_>, person: &Person<'_>, put: &mut dyn FnMut(SimTime, u64, EventKind)) {
        let mut put = |at: i64, ordinal: u64, kind: &dyn Fn() -> EventKind| {
            if self.holds(at) {
                put(SimTime(at.div_euclid(1000)), ordinal, kind());
            }
        };
        put(person.since, 0, &|| acquired(person));
        let (sessions, paid_in) = persons.sessions(person);
        for session in &sessions {
            put(session.start, 0, &|| EventKind::SessionStart);
        }
        for act in &persons.acts[person.acts.clone()] {
            let deed = persons.names.deeds.get(act.deed);
            if !matches!(deed, Deed::Feature(name) if name.is_empty()) {
                put(act.at, act.key, &|| kind(deed));
            }
        }
        for (paid, session) in person.payments.iter().zip(paid_in) {
            // A late charge is dated to the end of the session that it belongs to.
            let end = |index: usize| sessions[index].end.max(sessions[index].start);
            let at = session.map_or(paid.at, |index| paid.at.min(end(index)));
            let money = |minor: i64| Money::from_minor(minor);
            if paid.gross != 0 {
                put(at, paid.key, &|| EventKind::Charge { amount: money(paid.gross) });
            }
            for (at, minor) in &paid.refunds {
                put(*at, paid.key, &|| EventKind::Refund { amount: money(*minor) });
            }
            for (at, minor) in &paid.disputes {
                put(*at, paid.key, &|| EventKind::Dispute { amount: money(*minor) });
            }
        }
    }
}

fn acquired(person: &Person<'_>) -> EventKind {
    let (channel, campaign) = person.first.as_ref().map_or_else(
        || (Name::from("unattributed"), None),
        |(_, touch)| (touch.channel.clone(), touch.campaign.clone()),
    );
    EventKind::Acquired { channel, campaign }
}

fn kind(deed: &Deed) -> EventKind {
    match deed {
        // A visit without more is an act of no kind: the session's start tells of it.
        Deed::Visit => EventKind::Feature { name: "visit".into() },
        Deed::Content(item) => EventKind::Content { item: item.clone() },
        Deed::Feature(name) => EventKind::Feature { name: name.clone() },
        Deed::Message(channel, style) => EventKind::Message { channel: channel.clone(), style: style.clone() },
        Deed::Subscribe(plan) => EventKind::Subscribe { plan: plan.clone() },
        Deed::Renew => EventKind::Renew,
        Deed::Cancel => EventKind::Cancel,
        Deed::Ticket(severity) => EventKind::Ticket { severity: *severity },
        Deed::Expand(sku) => EventKind::Expand { sku: sku.clone() },
    }
}
