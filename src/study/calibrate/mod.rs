//! What a history says of models and worlds: the reference models fitted to it by name ([`models`]).

pub mod customers;
pub mod evidence;
pub mod figures;
pub mod laws;
mod matrix;
pub mod mixture;
pub mod models;
pub mod script;
pub mod taste;
pub mod world;

#[cfg(test)]
mod tests;
