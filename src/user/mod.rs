//! Who a customer is: the facets of behaviour, what a simulated user *is* ([`persona`]) and what the company
//! *believes* from events alone ([`self_model`]).

pub mod account;
pub mod expert;
pub mod explain;
pub mod facet;
pub mod persona;
pub mod population;
pub mod priors;
pub mod segment;
pub mod self_model;
