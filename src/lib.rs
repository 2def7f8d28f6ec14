pub mod base;
pub mod history;
pub mod study;
pub mod user;
