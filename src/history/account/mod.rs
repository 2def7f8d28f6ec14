//! Customers that are companies: what happened to each account, day by day, as a company's own systems have it.
//!
//! An account's record joins what its members did in the product (rolled up by week), what they asked support for,
//! how they judged the product, who sponsors it, and its contracts and invoices. It is all that an analysis of
//! accounts sees, whether it was recorded or simulated. Days are counted from 1970-01-01 in UTC.

pub mod files;
pub mod register;

use serde::{Deserialize, Serialize};

use super::name::Name;
use crate::base::units::{Currency, Money, UserId};

/// Most modules of a product that are told apart.
pub const MODULES: usize = 16;

/// All accounts of a company, and what happened to them.
#[derive(Clone, Debug, PartialEq)]
pub struct AccountHistory {
    /// Currency of all money.
    pub currency: Currency,
    /// Names of the tiers, by their places.
    pub tiers: Vec<Name>,
    /// Names of the roles of members, by their places.
    pub roles: Vec<Name>,
    /// Names of the modules, by their places; at most [`MODULES`].
    pub modules: Vec<Name>,
    /// Names of the products that may be bought on top, by their places.
    pub skus: Vec<Name>,
    /// The first day and the day after the last \[day\].
    pub days: (i32, i32),
    /// The accounts, in the order of their names.
    pub accounts: Vec<AccountRecord>,
}

/// One account.
#[derive(Clone, Debug, PartialEq)]
pub struct AccountRecord {
    /// Its name.
    pub id: Name,
    /// The place of its tier.
    pub tier: u8,
    /// The place, among the accounts, of the company that it belongs to.
    pub parent: Option<u32>,
    /// The experiment it was enrolled in, if there was one.
    pub enrolled: Option<Enrolment>,
    /// Who works with the product there.
    pub members: Vec<Member>,
    /// What happened, in the order of days; what happened on one day in the order of [`Happening`].
    pub events: Vec<AccountEvent>,
}

/// An account that was randomised into an arm of an experiment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enrolment {
    /// The arm.
    pub arm: Name,
    /// When \[day\]; what is judged comes after.
    pub day: i32,
}

/// One person of an account, summed up over the whole history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member {
    /// Who.
    pub user: UserId,
    /// The place of the role.
    pub role: u8,
    /// The modules used so far, one bit each.
    pub modules: u16,
    /// Weeks with at least one session.
    pub active_weeks: u16,
    /// Sessions.
    pub sessions: u32,
    /// The last week with a session \[day\]; none if there was none.
    pub last_active: Option<i32>,
}

/// Something that happened to an account.
#[derive(Clone, Debug, PartialEq)]
pub struct AccountEvent {
    /// When \[day\].
    pub day: i32,
    /// What.
    pub what: Happening,
}

/// What can happen to an account.
#[derive(Clone, Debug, PartialEq)]
pub enum Happening {
    /// A contract begins: the account's first, or, in the first day of a history, the one that runs.
    Started(Terms),
    /// A week of use has ended: the seven days before this one.
    Used(Usage),
    /// A member asked for help.
    Ticket {
        /// From 1 (minor) to 3 (down).
        severity: u8,
    },
    /// A member judged how a ticket was handled.
    Satisfaction {
        /// From 1 to 5.
        score: u8,
    },
    /// A business review took place.
    BusinessReview {
        /// What the customer made of it, from 1 to 5.
        score: u8,
    },
    /// A member said whether they would recommend the product.
    Recommendation {
        /// From 0 to 10.
        score: u8,
    },
    /// The person who bought the product left the company.
    SponsorLeft,
    /// Somebody took over from the person who left.
    SponsorNamed,
    /// An invoice was paid.
    Paid {
        /// How much.
        amount: Money,
        /// How long after it was due \[day\].
        late_days: u16,
    },
    /// More was bought within the contract; its price is on top of the terms.
    Expanded {
        /// The place of the product.
        sku: u8,
        /// What it adds to recurring revenue \[a year\].
        recurring: Money,
    },
    /// Somebody of the company took the account up, as a play asks.
    Contacted {
        /// The play's name.
        play: Name,
    },
    /// The contract was renewed, on the day on which the one before was over; expansions are part of its price.
    Renewed(Terms),
    /// The account did not renew, on the day on which its contract was over.
    Left,
}

/// What a contract says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// Recurring revenue \[a year\].
    pub recurring: Money,
    /// People with access.
    pub seats: u32,
    /// The day on which it is renewed or ends \[day\].
    pub renewal: i32,
    /// Renewals before this contract, as far as known.
    pub renewals: u16,
}

/// A week of use by the members of one account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// People with access.
    pub seats: u32,
    /// Members with at least one session.
    pub active: u32,
    /// Sessions.
    pub sessions: u32,
    /// Members who used each module.
    pub users: [u32; MODULES],
}

impl Happening {
    /// The order of what happens on one day: contracts first, so that all else falls into the one that runs.
    #[must_use]
    pub const fn rank(&self) -> u8 {
        match self {
            Self::Started(_) => 0,
            Self::Renewed(_) => 1,
            Self::Left => 2,
            Self::Used(_) => 3,
            Self::Ticket { .. } => 4,
            Self::Satisfaction { .. } => 5,
            Self::BusinessReview { .. } => 6,
            Self::Recommendation { .. } => 7,
            Self::SponsorLeft => 8,
            Self::SponsorNamed => 9,
            Self::Paid { .. } => 10,
            Self::Expanded { .. } => 11,
            Self::Contacted { .. } => 12,
        }
    }

    /// Whether the account's use of the product ends with it.
    #[must_use]
    pub const fn ends(&self) -> bool {
        matches!(self, Self::Left)
    }
}

impl AccountRecord {
    /// Every decision at the end of a contract, in order: the day, and whether the account stayed.
    pub fn decisions(&self) -> impl Iterator<Item = (i32, bool)> {
        self.events.iter().filter_map(|event| match event.what {
            Happening::Renewed(_) => Some((event.day, true)),
            Happening::Left => Some((event.day, false)),
            _ => None,
        })
    }

    /// The terms that hold on a day; none before the first contract and after the account has left.
    #[must_use]
    pub fn terms_on(&self, day: i32) -> Option<Terms> {
        let so_far = self.events.iter().take_while(|event| event.day <= day);
        so_far.fold(None, |terms, event| match event.what {
            Happening::Started(now) | Happening::Renewed(now) => Some(now),
            Happening::Left => None,
            Happening::Expanded { recurring, .. } => {
                terms.map(|terms: Terms| Terms { recurring: terms.recurring + recurring, ..terms })
            }
            _ => terms,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms(minor: i64, renewal: i32) -> Terms {
        Terms { recurring: Money::from_minor(minor), seats: 3, renewal, renewals: 0 }
    }

    #[test]
    fn an_expansion_is_part_of_the_price_until_the_renewal_states_a_new_one() {
        let event = |day, what| AccountEvent { day, what };
        let bought = Happening::Expanded { sku: 0, recurring: Money::from_minor(25) };
        let account = AccountRecord {
            id: "a".into(),
            tier: 0,
            parent: None,
            enrolled: None,
            members: Vec::new(),
            events: vec![
                event(0, Happening::Started(terms(100, 365))),
                event(40, bought),
                event(365, Happening::Renewed(terms(130, 730))),
                event(730, Happening::Left),
            ],
        };
        let price = |day| account.terms_on(day).map(|terms| terms.recurring.minor());
        assert_eq!(
            [price(-1), price(39), price(40), price(365), price(730)],
            [None, Some(100), Some(125), Some(130), None]
        );
        assert_eq!(account.decisions().collect::<Vec<_>>(), [(365, true), (730, false)]);
    }
}
