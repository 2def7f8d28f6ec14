//! What is added up over accounts: whole numbers, so that parts add up the same in any order.

use std::ops::AddAssign;

use super::{bridge::Bridge, ground::Ground};
use crate::base::units::Money;

/// What happened after the launch, by tier.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Book {
    /// By the places of the tiers.
    pub tiers: Vec<TierBook>,
}

/// What happened to the accounts of a tier after the launch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TierBook {
    /// Of the accounts that were there at the launch.
    pub bridge: Bridge,
    /// Accounts that came later, and what they pay as they come \[a year\].
    pub came: (u64, Money),
    /// Sessions of members.
    pub sessions: u64,
    /// Tickets by severity.
    pub tickets: [u64; 3],
    /// Business reviews.
    pub reviews: u64,
    /// Contracts that came to their end, and those that were renewed.
    pub renewals: (u64, u64),
    /// Invoices, and those that were paid late.
    pub invoices: (u64, u64),
    /// Time that customer success managers spend \[minute\].
    pub minutes: u64,
    /// What plays cost.
    pub cost: Money,
    /// Recurring revenue at the end of each week after the launch.
    pub recurring: Vec<Money>,
    /// By the places of the plays.
    pub plays: Vec<PlayBook>,
}

/// What came of a play.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PlayBook {
    /// Contracts whose account was eligible at some time; counted in every arm, also where the play is not made.
    pub eligible: u64,
    /// Of those, the contracts that ended.
    pub due: u64,
    /// Of those, the contracts that were renewed.
    pub renewed: u64,
    /// Recurring revenue that ended with them \[a year\].
    pub recurring_due: Money,
    /// What of it was renewed.
    pub recurring_kept: Money,
    /// Accounts that were taken up.
    pub contacted: u64,
    /// Accounts that went along.
    pub went_along: u64,
    /// Products on top that were bought by who was taken up, while it had effect.
    pub bought: u64,
}

impl Book {
    /// An empty book.
    #[must_use]
    pub fn of(ground: &Ground) -> Self {
        let tier = TierBook {
            recurring: vec![Money::ZERO; ground.weeks()],
            plays: vec![PlayBook::default(); ground.law.plays.len()],
            ..TierBook::default()
        };
        Self { tiers: vec![tier; ground.law.tiers.len()] }
    }

    /// All tiers together.
    #[must_use]
    pub fn all(&self) -> TierBook {
        let mut sum = TierBook::default();
        self.tiers.iter().for_each(|tier| sum += tier);
        sum
    }
}

impl AddAssign<&Self> for Book {
    fn add_assign(&mut self, other: &Self) {
        self.tiers.resize(self.tiers.len().max(other.tiers.len()), TierBook::default());
        self.tiers.iter_mut().zip(&other.tiers).for_each(|(own, other)| *own += other);
    }
}

impl AddAssign<&Self> for TierBook {
    fn add_assign(&mut self, other: &Self) {
        self.bridge += other.bridge;
        self.came.0 += other.came.0;
        self.came.1 += other.came.1;
        self.sessions += other.sessions;
        self.tickets.iter_mut().zip(other.tickets).for_each(|(own, other)| *own += other);
        self.reviews += other.reviews;
        self.renewals.0 += other.renewals.0;
        self.renewals.1 += other.renewals.1;
        self.invoices.0 += other.invoices.0;
        self.invoices.1 += other.invoices.1;
        self.minutes += other.minutes;
        self.cost += other.cost;
        add(&mut self.recurring, &other.recurring, |own, other| *own += *other);
        add(&mut self.plays, &other.plays, |own, other| *own += *other);
    }
}

/// Adds place by place, however many places either has.
fn add<T: Clone + Default>(own: &mut Vec<T>, other: &[T], plus: fn(&mut T, &T)) {
    own.resize(own.len().max(other.len()), T::default());
    own.iter_mut().zip(other).for_each(|(own, other)| plus(own, other));
}

impl AddAssign for PlayBook {
    fn add_assign(&mut self, other: Self) {
        self.eligible += other.eligible;
        self.due += other.due;
        self.renewed += other.renewed;
        self.recurring_due += other.recurring_due;
        self.recurring_kept += other.recurring_kept;
        self.contacted += other.contacted;
        self.went_along += other.went_along;
        self.bought += other.bought;
    }
}
