//! The canonical event: what any source is turned into and every replay is fed with.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use super::name::Name;
use crate::base::{
    time::SimTime,
    units::{Money, UserId},
};

/// One thing that happened to one user.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// When.
    pub at: SimTime,
    /// To whom.
    pub user: UserId,
    /// Ties in time are broken by this: the source's own id or position, never the order of arrival.
    pub ordinal: u64,
    /// What.
    pub kind: EventKind,
}

impl Event {
    /// The canonical order: (time, user, ordinal).
    #[must_use]
    pub const fn order(&self) -> (SimTime, UserId, u64) {
        (self.at, self.user, self.ordinal)
    }

    /// The canonical order made total by kind and payload, so that no two different events ever tie.
    #[must_use]
    pub fn compare(&self, other: &Self) -> Ordering {
        self.order().cmp(&other.order()).then_with(|| self.kind.compare(&other.kind))
    }
}

/// What happened. In files the kind is a snake-case name and the fields are columns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum EventKind {
    /// The user came by this channel.
    Acquired {
        /// Channel that brought the user.
        channel: Name,
        /// Campaign within it, if known.
        campaign: Option<Name>,
    },
    /// The user arrived.
    SessionStart,
    /// The user met an item.
    Content {
        /// Its kind in the catalogue.
        item: Name,
    },
    /// The user used a feature of the product.
    Feature {
        /// Its name.
        name: Name,
    },
    /// The company wrote to the user.
    Message {
        /// By what way: push, mail, in-app.
        channel: Name,
        /// In what tone.
        style: Name,
    },
    /// The user answered an offer or a message, or let it pass.
    Response {
        /// Whether the user took it.
        taken: bool,
    },
    /// The user paid.
    Charge {
        /// How much.
        amount: Money,
    },
    /// Money went back to the user.
    Refund {
        /// How much.
        amount: Money,
    },
    /// The user's bank took money back.
    Dispute {
        /// How much.
        amount: Money,
    },
    /// A subscription began.
    Subscribe {
        /// Its plan.
        plan: Name,
    },
    /// A subscription went on.
    Renew,
    /// The user left for good.
    Cancel,
    /// The user asked for help.
    Ticket {
        /// From 1 (minor) to 3 (down).
        severity: u8,
    },
    /// The user judged the product (a business review, a recommendation score).
    Review {
        /// The score on its own scale.
        score: f64,
    },
    /// The user bought more.
    Expand {
        /// What.
        sku: Name,
    },
    /// Two names are one user.
    Identify {
        /// The other name.
        alias: Name,
    },
    /// The user said what they prefer, in an onboarding survey, say.
    Stated {
        /// What was asked for: `daypart` or `content`.
        question: Name,
        /// What was said: an hour of the day, or a kind in the catalogue.
        answer: Name,
    },
}

impl EventKind {
    /// Names of all kinds as files have them, in the order in which kinds at one moment are sorted.
    pub const NAMES: [&str; 17] = [
        "acquired",
        "session_start",
        "content",
        "feature",
        "message",
        "response",
        "charge",
        "refund",
        "dispute",
        "subscribe",
        "renew",
        "cancel",
        "ticket",
        "review",
        "expand",
        "identify",
        "stated",
    ];

    /// Place in [`Self::NAMES`].
    #[must_use]
    pub const fn rank(&self) -> usize {
        match self {
            Self::Acquired { .. } => 0,
            Self::SessionStart => 1,
            Self::Content { .. } => 2,
            Self::Feature { .. } => 3,
            Self::Message { .. } => 4,
            Self::Response { .. } => 5,
            Self::Charge { .. } => 6,
            Self::Refund { .. } => 7,
            Self::Dispute { .. } => 8,
            Self::Subscribe { .. } => 9,
            Self::Renew => 10,
            Self::Cancel => 11,
            Self::Ticket { .. } => 12,
            Self::Review { .. } => 13,
            Self::Expand { .. } => 14,
            Self::Identify { .. } => 15,
            Self::Stated { .. } => 16,
        }
    }

    /// The kind's name as files have it.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        Self::NAMES[self.rank()]
    }

    /// Order by rank, then by payload.
    #[must_use]
    pub fn compare(&self, other: &Self) -> Ordering {
        self.rank().cmp(&other.rank()).then_with(|| self.texts().cmp(&other.texts())).then_with(|| {
            let (mine, theirs) = (self.number(), other.number());
            mine.0.cmp(&theirs.0).then(mine.1.total_cmp(&theirs.1))
        })
    }

    fn texts(&self) -> [Option<&str>; 2] {
        match self {
            Self::Acquired { channel, campaign } => [Some(channel), campaign.as_deref()],
            Self::Message { channel, style } => [Some(channel), Some(style)],
            Self::Stated { question, answer } => [Some(question), Some(answer)],
            Self::Content { item: one }
            | Self::Feature { name: one }
            | Self::Subscribe { plan: one }
            | Self::Expand { sku: one }
            | Self::Identify { alias: one } => [Some(one), None],
            _ => [None, None],
        }
    }

    fn number(&self) -> (i64, f64) {
        match self {
            Self::Response { taken } => ((*taken).into(), 0.0),
            Self::Charge { amount } | Self::Refund { amount } | Self::Dispute { amount } => (amount.minor(), 0.0),
            Self::Ticket { severity } => ((*severity).into(), 0.0),
            Self::Review { score } => (0, *score),
            _ => (0, 0.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_have_the_names_that_serde_gives_them() {
        let cancel = serde_json::to_value(EventKind::Cancel).unwrap();
        assert_eq!(cancel["kind"], EventKind::Cancel.name());
        let start = serde_json::to_value(EventKind::SessionStart).unwrap();
        assert_eq!(start["kind"], EventKind::SessionStart.name());
    }

    #[test]
    fn events_at_one_moment_are_ordered_by_kind_and_payload() {
        let event = |kind| Event { at: SimTime(0), user: UserId(1), ordinal: 0, kind };
        let content = |item: &str| event(EventKind::Content { item: item.into() });
        assert_eq!(event(EventKind::SessionStart).compare(&content("a")), Ordering::Less);
        assert_eq!(content("b").compare(&content("a")), Ordering::Greater);
        assert_eq!(content("b").compare(&content("b")), Ordering::Equal);
    }
}
