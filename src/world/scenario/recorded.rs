//! A recorded history and how predictions on it are judged.

use serde::{Deserialize, Serialize};

pub use crate::history::source::Recorded;
use crate::{base::units::Probability, user::facet::churn::Departure};

/// How predictions on a recorded history are judged.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Replay {
    /// Which users the priors are fitted on and which are predicted.
    pub split: SplitRule,
    /// How a departure shows; by default announced if the history holds a single announcement, else silent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub departure: Option<Departure>,
    /// Predict only users with at least so many sessions, so that bins differ by evidence and not by who stays.
    pub at_least_sessions: usize,
}

/// Which users the priors are fitted on and which are predicted. Nobody is predicted by priors fitted to them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum SplitRule {
    /// Odd ids are fitted and even ones predicted, then the reverse; scores are the mean of both.
    #[default]
    OddAndEven,
    /// A share of the users, chosen by a hash of the id, is predicted; the others are fitted.
    Holdout {
        /// Share that is predicted.
        share: Probability,
    },
}
