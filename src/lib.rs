pub mod base;
pub mod cli;
pub mod history;
pub mod show;
pub mod study;
pub mod user;
pub mod world;
