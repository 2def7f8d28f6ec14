//! What is learned of customers that are companies.

pub mod association;
pub mod brief;
pub mod effect;
pub mod explanation;
pub mod foresight;
pub mod insight;
pub mod outlook;
pub mod plan;
pub mod projection;
pub mod spread;
pub mod surrogate;

#[cfg(test)]
mod tests;
