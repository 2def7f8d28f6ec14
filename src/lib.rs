//! `cwm`, the customer world model engine: one structured, continuously updated self-model per user, replayed on
//! real histories, simulated in synthetic worlds, experimented on and explained.
//!
//! **One generative model of a customer, many uses.** Behaviour is split into facets ([`user::facet`]); each knows
//! how it is generated, predicted, learned and fitted. Three things never mix, and the types keep them apart: what a
//! simulated user *is* ([`user::persona`]), what the company *believes* ([`user::self_model`]), and what it *does*
//! ([`world::conditions`]). Persona + conditions + luck → events → self-model → conditions: that circle is the
//! simulation; with recorded data the first arrow is the log.
//!
//! The floors, in the order of the data flow. A module uses the floors below its own; a test holds it to that.
//!
//! | floor | module | what lives there |
//! |---|---|---|
//! | 0 | [`base`] | units, time, keyed luck, partitions, the RON codec |
//! | 1 | [`history`] | what happened: events, the files they are read from, sessions |
//! | 2 | [`user`] | who a customer is: facets, self-model, priors, persona |
//! | 3 | [`world`] | the scenario, conditions, interventions, lives, the ledger, the engine of actors |
//! | 4 | [`study`] | what is learned from it: fits, validation, forecasts, reference models, one user explained, what a history reveals, stored sets, projections, benchmarks |
//! | 5 | [`show`] | charts, tables, reports, folders of results |
//! | 6 | [`cli`] | one file a command |
//!
//! Where to start reading: [`world::life`] is one simulated user, lived through; [`user::self_model`] is what is
//! believed of them, with predict, score and learn in that order by type; [`world::engine`] hosts millions of them.

pub mod base;
pub mod cli;
pub mod history;
pub mod show;
pub mod study;
pub mod user;
pub mod world;
