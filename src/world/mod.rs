//! Simulated worlds: the scenario, what happens in it, and the engine of actors that lives it.

pub mod account;
pub mod arm;
pub mod arrivals;
pub mod book;
pub mod busy;
pub mod conditions;
pub mod engine;
pub mod founder;
pub mod hazard;
pub mod intervention;
pub mod ledger;
pub mod life;
pub mod mail;
pub mod scenario;
pub mod stage;
pub mod survey;
pub mod uncertain;
