//! The canonical event: what any source is turned into and every replay is fed with.

use serde::{Deserialize, Serialize};

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
}

/// What happened. In files the kind is a snake-case name and the fields are columns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum EventKind {
    /// The user came by this channel.
    Acquired {
        /// Channel that brought the user.
        channel: String,
        /// Campaign within it, if known.
        campaign: Option<String>,
    },
    /// The user arrived.
    SessionStart,
    /// The user met an item.
    Content {
        /// Its kind in the catalogue.
        item: String,
    },
    /// The user used a feature of the product.
    Feature {
        /// Its name.
        name: String,
    },
    /// The company wrote to the user.
    Message {
        /// By what way: push, mail, in-app.
        channel: String,
        /// In what tone.
        style: String,
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
        plan: String,
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
        sku: String,
    },
    /// Two names are one user.
    Identify {
        /// The other name.
        alias: String,
    },
}
