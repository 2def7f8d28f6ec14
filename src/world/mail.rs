//! What one user does that another hears of, in the next epoch.

use super::arrivals::Newborn;
use crate::base::units::UserId;

/// A recommendation on its way. Letters are delivered in the order of (time, sender, ordinal).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mail {
    /// When the friend comes because of it [s since the world began].
    pub at: u32,
    /// Who wrote.
    pub from: UserId,
    /// The session after which it was written.
    pub ordinal: u32,
    /// To whom.
    pub to: Newborn,
    /// The intervention of the arm, from 1, that has it written to somebody who has not come before; 0: to a friend who
    /// has.
    pub invites: u8,
}
