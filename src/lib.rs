pub mod base;
pub mod history;
pub mod show;
