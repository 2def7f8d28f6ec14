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
        log::History,
        name::Name,
    },
};

/// All events of everybody. Repeated acts that say nothing new are kept, because they keep a session going.
#[must_use]
pub fn history(persons: &Persons<'_>) -> History {
    let (mut events, mut names) = (Vec::new(), BTreeMap::new());
    for (id, person) in persons {
        let name = Name::from(id.to_string());
        let user = UserId::of(&name);
        names.insert(user, name);
        let mut put =
            |at: i64, ordinal: u64, kind| events.push(Event { at: SimTime(at.div_euclid(1000)), user, ordinal, kind });
        live(person, &mut put);
    }
    History::new(events, names)
}

fn live(person: &Person<'_>, put: &mut dyn FnMut(i64, u64, EventKind)) {
    let (channel, campaign) = person.first.as_ref().map_or_else(
        || (Name::from("unattributed"), None),
        |(_, touch)| (touch.channel.clone(), touch.campaign.clone()),
    );
    put(person.since(), 0, EventKind::Acquired { channel, campaign });
    for session in &person.sessions {
        put(session.start, 0, EventKind::SessionStart);
    }
    for &(key, activity) in &person.activities {
        if let Some(kind) = kind(&activity.deed) {
            put(activity.at, key, kind);
        }
    }
    for (paid, session) in &person.payments {
        // A late charge is dated to the end of the session that it belongs to.
        let at =
            session.map_or(paid.at, |index| paid.at.min(person.sessions[index].end.max(person.sessions[index].start)));
        if paid.gross != 0 {
            put(at, paid.key, EventKind::Charge { amount: Money::from_minor(paid.gross) });
        }
        for (at, minor) in &paid.refunds {
            put(*at, paid.key, EventKind::Refund { amount: Money::from_minor(*minor) });
        }
        for (at, minor) in &paid.disputes {
            put(*at, paid.key, EventKind::Dispute { amount: Money::from_minor(*minor) });
        }
    }
}

fn kind(deed: &Deed) -> Option<EventKind> {
    Some(match deed {
        // A visit without more is an act of no kind: the session's start tells of it.
        Deed::Visit => EventKind::Feature { name: "visit".into() },
        Deed::Content(item) => EventKind::Content { item: item.clone() },
        Deed::Feature(name) if name.is_empty() => return None,
        Deed::Feature(name) => EventKind::Feature { name: name.clone() },
        Deed::Message(channel, style) => EventKind::Message { channel: channel.clone(), style: style.clone() },
        Deed::Subscribe(plan) => EventKind::Subscribe { plan: plan.clone() },
        Deed::Renew => EventKind::Renew,
        Deed::Cancel => EventKind::Cancel,
        Deed::Ticket(severity) => EventKind::Ticket { severity: *severity },
        Deed::Expand(sku) => EventKind::Expand { sku: sku.clone() },
    })
}
