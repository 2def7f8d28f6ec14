pub mod base;
pub mod history;
