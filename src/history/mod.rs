//! What happened: the canonical event, the files it is read from and written to, and sessions.

pub mod account;
pub mod error;
pub mod event;
pub mod import;
pub mod log;
pub mod name;
pub mod rejection;
pub mod session;
pub mod sessions;
pub mod source;
pub mod stated;
