//! Do they take an offer that a session holds, a coupon say? A [chance](super::chance) whose last answer speaks once
//! more: who redeemed last time has the habit, or the leaflet, at hand.

pub use super::chance::{Answers as OfferBelief, Chance as OfferPrior};
