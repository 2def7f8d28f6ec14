//! How badly do they need help? The severity of a ticket, one of three: a [choice](super::choice).

use super::{choice::ChoicePrior, counts::Counts};
use crate::history::session::SEVERITIES;

/// Decayed counts of tickets by severity.
pub type SupportBelief = Counts<SEVERITIES>;

/// Prior of the severity.
pub type SupportPrior = ChoicePrior<SEVERITIES>;
