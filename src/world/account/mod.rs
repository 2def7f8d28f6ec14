//! Customers that are companies. An account is an actor whose members are actors: members use the product, ask for
//! help, and follow each other; their account adds up what they do, decides whether to renew, shrink, buy more or
//! leave, and is taken up by plays. They hear of each other by letters that arrive in the next epoch.
//!
//! | file | what lives there |
//! |---|---|
//! | [`tier`], [`adoption`], [`renewal`], [`expansion`], [`play`] | the laws, as a scenario states them |
//! | [`check`] | what must hold between them |
//! | [`ground`] | the laws made ready to be lived |
//! | [`population`] | which accounts there are, and who works there |
//! | [`member`], [`company`] | the two kinds of actors, as plain data and plain functions |
//! | [`post`] | what they write to each other |
//! | [`cohort`], [`exchange`], [`direct`] | blocks of them, the post between blocks, and the actors that host them |
//! | [`book`], [`bridge`] | what is added up |
//! | [`recording`], [`floor`] | what others see of it; the plain loop it is measured against |

pub mod adoption;
pub mod book;
pub mod bridge;
pub mod check;
pub mod cohort;
pub mod company;
pub mod direct;
pub mod exchange;
pub mod expansion;
pub mod floor;
pub mod ground;
pub mod member;
pub mod play;
pub mod population;
pub mod post;
pub mod recording;
pub mod renewal;
#[cfg(test)]
mod tests;
pub mod tier;

use serde::{Deserialize, Serialize};

use crate::base::units::{NonNegative, Probability};
use adoption::{Adoption, Module, Use, Voices};
use expansion::Sku;
use play::Play;
use renewal::{Contract, Renewal};
use tier::{Role, Tier};

/// A world of accounts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accounts {
    /// How long letters are under way.
    #[serde(default)]
    pub epoch: Epoch,
    /// Kinds of accounts by size.
    pub tiers: Vec<Tier>,
    /// What people do there; shares add up to 1.
    pub roles: Vec<Role>,
    /// Contracts and their prices.
    pub contract: Contract,
    /// Share of accounts that belong to another one of their tier.
    #[serde(default = "nobody")]
    pub parent_share: Probability,
    /// Parts of the product.
    pub modules: Vec<Module>,
    /// How they come into use.
    pub adoption: Adoption,
    /// How much members do.
    pub usage: Use,
    /// What members say.
    pub voices: Voices,
    /// Why accounts renew.
    pub renewal: Renewal,
    /// Products on top.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub expansion: Vec<Sku>,
    /// Hours that a business review takes a customer success manager \[hour\].
    #[serde(default = "no_time")]
    pub review_hours: NonNegative,
    /// Days lived beyond the horizon, in which nothing new is begun, so that contracts that plays took up come to
    /// their end; retention is that of the horizon.
    #[serde(default)]
    pub follow_days: u32,
    /// What may be done with accounts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub plays: Vec<Play>,
}

/// How long letters are under way: what is written in one epoch arrives in the next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Epoch {
    /// A day.
    Day,
    /// Seven days.
    #[default]
    Week,
}

impl Epoch {
    /// Its length \[day\].
    #[must_use]
    pub const fn days(self) -> u32 {
        match self {
            Self::Day => 1,
            Self::Week => 7,
        }
    }
}

fn nobody() -> Probability {
    Probability::new(0.0).unwrap_or_else(|_| unreachable!("0 is a probability"))
}

fn no_time() -> NonNegative {
    NonNegative::new(0.0).unwrap_or_else(|_| unreachable!("0 is at least 0"))
}
