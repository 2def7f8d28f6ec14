//! The crate as strangers see it: the command line, the shipped scenarios, and what must hold of any run.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking, its helpers included")]

mod accounts;
mod architecture;
mod backtest;
mod beliefs;
mod brief;
mod calibration;
mod command_line;
mod coverage;
mod determinism;
mod dropout;
mod experiment;
mod explain;
mod fit;
mod grocery;
mod import;
mod import_accounts;
mod insight;
mod interrupted;
mod interventions;
mod learned;
mod past_change;
mod report;
mod sbc;
mod scenarios;
mod support;
mod survey;
mod tour;
mod twins;
mod update;
mod why;
