//! The crate as strangers see it: the command line, the shipped scenarios, and what must hold of any run.

mod architecture;
mod calibration;
mod command_line;
mod coverage;
mod determinism;
mod grocery;
mod scenarios;
mod support;
