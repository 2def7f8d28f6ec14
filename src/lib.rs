pub mod base;
pub mod history;
pub mod user;
pub mod world;
