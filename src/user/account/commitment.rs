//! An account's contracts: what it pays, how often it has renewed, whether it gave seats up, what it bought on top.
//!
//! Who has renewed before renews more often, by sorting alone: those who were likely to leave have left (Fader & Hardie
//! 2007, *How to project customer retention*, J. Interactive Marketing 21, 76–90).

use crate::{base::units::Money, history::account::Terms};

/// Contracts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Commitment {
    /// The terms that hold, with what was bought on top; none without a contract.
    pub terms: Option<Terms>,
    /// Products bought on top, one bit each.
    pub held: u8,
    /// Whether the last renewal was for fewer seats.
    pub shrank: bool,
}

impl Commitment {
    /// Learns a contract.
    pub fn agree(&mut self, terms: Terms) {
        self.shrank = self.terms.is_some_and(|before| terms.seats < before.seats);
        self.terms = Some(terms);
    }

    /// Learns a purchase within the contract.
    pub fn expand(&mut self, sku: u8, recurring: Money) {
        self.held |= 1u8.checked_shl(sku.into()).unwrap_or(0);
        self.terms.iter_mut().for_each(|terms| terms.recurring += recurring);
    }

    /// Learns that the account has left.
    pub const fn end(&mut self) {
        self.terms = None;
    }
}
