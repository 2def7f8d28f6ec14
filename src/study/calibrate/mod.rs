//! What a history says of models and worlds: the reference models fitted to it by name ([`models`]).

pub mod customers;
pub mod models;

#[cfg(test)]
mod tests;
