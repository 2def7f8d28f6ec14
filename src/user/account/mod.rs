//! What is believed of an account, from what others can see of it: the use its members make of the product, its
//! tickets, what it says, who sponsors it, how it pays, and its contracts.
//!
//! Like a user's self-model it is data-only: sufficient statistics that fade, one file a facet, at most 1 KB. What the
//! whole of it says about the coming renewal, or about buying more, is a [`law::Law`] over its [`Signals`].

pub mod adoption;
pub mod commitment;
pub mod law;
pub mod payments;
pub mod sentiment;
pub mod signals;
pub mod sponsor;
pub mod tickets;
pub mod usage;

pub use signals::{PLAIN, SIGNALS, Signals};

use crate::history::account::{Happening, Terms};
use adoption::Adoption;
use commitment::Commitment;
use payments::Payments;
use sentiment::Sentiment;
use sponsor::Sponsor;
use tickets::Tickets;
use usage::Use;

/// What is believed of one account.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AccountModel {
    /// The place of its tier.
    pub tier: u8,
    /// Which modules it has adopted.
    pub adoption: Adoption,
    /// How much its members use the product.
    pub usage: Use,
    /// What it asked support for.
    pub tickets: Tickets,
    /// What it says.
    pub sentiment: Sentiment,
    /// Who sponsors the product there.
    pub sponsor: Sponsor,
    /// How it pays.
    pub payments: Payments,
    /// Its contracts.
    pub commitment: Commitment,
}

const _: () = assert!(size_of::<AccountModel>() <= 1024, "an account's model takes at most 1 KB");

impl AccountModel {
    /// Of an account that nothing has been seen of yet.
    #[must_use]
    pub fn new(tier: u8) -> Self {
        Self {
            tier,
            adoption: Adoption::default(),
            usage: Use::default(),
            tickets: Tickets::default(),
            sentiment: Sentiment::default(),
            sponsor: Sponsor::default(),
            payments: Payments::default(),
            commitment: Commitment::default(),
        }
    }

    /// Learns what happened on a day.
    pub fn observe(&mut self, day: i32, what: &Happening) {
        match what {
            Happening::Used(usage) => {
                self.adoption.observe(usage);
                self.usage.observe(day, usage);
            }
            Happening::Ticket { severity } => self.tickets.observe(day, *severity),
            Happening::Satisfaction { score } => self.sentiment.handled(day, *score),
            Happening::BusinessReview { score } => self.sentiment.reviewed(day, *score),
            Happening::Recommendation { score } => self.sentiment.recommended(day, *score),
            Happening::SponsorLeft => self.sponsor.left(day),
            Happening::SponsorNamed => self.sponsor.named(),
            Happening::Paid { late_days, .. } => self.payments.observe(day, *late_days),
            Happening::Started(terms) | Happening::Renewed(terms) => self.commitment.agree(*terms),
            Happening::Expanded { sku, recurring } => self.commitment.expand(*sku, *recurring),
            Happening::Contacted { .. } => {}
            Happening::Left => self.commitment.end(),
        }
    }

    /// The terms that hold; none before the first contract and after the account has left.
    #[must_use]
    pub const fn terms(&self) -> Option<Terms> {
        self.commitment.terms
    }

    /// Modules that it has more likely adopted than not, one bit each.
    #[must_use]
    pub fn adopted_modules(&self, _day: i32) -> u16 {
        self.adoption.adopted()
    }

    /// All that a prediction may hang on, as of a day.
    #[must_use]
    pub fn signals(&self, day: i32) -> Signals {
        Signals::of(self, day)
    }
}
