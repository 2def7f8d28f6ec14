//! In what tone do they answer? Whether a message that was opened is answered as hoped, by its tone: a
//! [chance](super::chance) a tone.

use serde::{Deserialize, Serialize};

use super::{
    chance::{Answers, Chance},
    counts::Counts,
};
use crate::history::session::WAYS;

/// Decayed counts by tone: answered, turned down.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct StyleBelief(pub Counts<{ 2 * WAYS }>);

impl StyleBelief {
    /// Answers to one tone.
    #[inline]
    #[must_use]
    pub fn answers(&self, style: u8, keep: f32) -> Answers {
        let style = usize::from(style);
        Answers { yes: self.0.of(2 * style) * keep, no: self.0.of(2 * style + 1) * keep }
    }

    /// Adds the answer to one message, with a weight.
    #[inline]
    pub fn learn(&mut self, style: u8, weight: f32, taken: bool) {
        self.0.add_part(2 * usize::from(style) + usize::from(!taken), weight);
    }
}

/// Prior of the style: one chance a tone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StylePrior(pub [Chance; WAYS]);
