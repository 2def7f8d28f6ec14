//! What a history says of models and worlds: the reference models fitted to it by name ([`models`]), and a world that
//! can be run ([`world`]), written so that a person can read and change it ([`script`]).
//!
//! A world is fitted by the laws that it draws from ([`laws`], [`mixture`], [`taste`]), not by the priors of
//! [`fit`](super::fit), which are what predicts best.

pub mod customers;
pub mod evidence;
pub mod figures;
pub mod holidays;
pub mod laws;
pub mod level;
pub mod mixture;
pub mod models;
pub mod month;
pub mod script;
pub mod spending;
pub mod taste;
pub mod world;

#[cfg(test)]
mod tests;
