//! A recorded history and how predictions on it are judged.

use serde::{Deserialize, Serialize};

pub use crate::history::source::Recorded;

/// How predictions on a recorded history are judged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Replay {
    /// Which users the priors are fitted on and which are predicted.
    pub split: SplitRule,
}

/// Which users the priors are fitted on and which are predicted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SplitRule {
    /// Odd ids are fitted and even ones predicted, then the reverse; the mean of both is reported.
    OddAndEven,
}
