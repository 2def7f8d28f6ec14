//! What happened: the canonical event, the files it is read from and written to, and sessions.

pub mod event;
pub mod session;
