//! For what do they come? One of up to 32 kinds of content.
//!
//! A [choice](super::choice); a kind met several times in one session is one piece of evidence, so that
//! repetition does not inflate confidence.

use serde::{Deserialize, Serialize};

use super::{
    super::segment::PerSegment,
    choice::{ChoicePrior, Picks, Taste, pick, shares},
    counts::Counts,
};
use crate::{base::luck::Stream, history::session::CONTENT_KINDS};

/// Decayed counts of the kinds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ContentBelief(pub Counts<CONTENT_KINDS>);

impl ContentBelief {
    /// Adds one session's kinds, each once.
    #[inline]
    pub fn learn(&mut self, kinds: u32) {
        let mut left = kinds;
        while left != 0 {
            self.0.add(left.trailing_zeros() as usize);
            left &= left - 1;
        }
    }
}

/// Prior of the content.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ContentPrior(pub ChoicePrior<CONTENT_KINDS>);

impl ContentPrior {
    /// Probability of a kind under each segment, with the belief's counts faded by `keep`; `last` is the kind met first
    /// in the last session that met any.
    #[inline]
    #[must_use]
    pub fn probabilities(&self, belief: &ContentBelief, last: u8, keep: f32, kind: usize, context: u16) -> PerSegment {
        self.0.probabilities_in(context, kind, &Picks::of(&belief.0, keep, last))
    }
}

/// What one simulated user comes for: cumulated shares of the kinds. Hidden.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ContentTrait([u8; CONTENT_KINDS]);

impl ContentTrait {
    /// Draws a user's own taste.
    #[must_use]
    pub fn draw(taste: &Taste, stream: &mut Stream) -> Self {
        Self(taste.draw(stream))
    }

    /// The user's own share of each kind \[1\].
    pub(crate) fn shares(&self) -> [f64; CONTENT_KINDS] {
        shares(&self.0)
    }

    /// What a session is for.
    #[inline]
    #[must_use]
    pub fn generate(&self, uniform: u16) -> u8 {
        pick(&self.0, uniform) as u8
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::user::facet::context::NO_CONTEXT;

    /// Fifty identical events inside one session move a belief less than five in five sessions.
    #[test]
    fn repetition_inside_a_session_is_one_piece_of_evidence() {
        let prior = ContentPrior(ChoicePrior::new(&[[1.0 / 32.0; CONTENT_KINDS]], 22.0, [1.0 / 32.0; CONTENT_KINDS]));
        let (mut once, mut five) = (ContentBelief::default(), ContentBelief::default());
        let fifty_in_one = (0..50).fold(0u32, |kinds, _| kinds | 1 << 7);
        once.learn(fifty_in_one);
        (0..5).for_each(|_| five.learn(1 << 7));
        let p = |belief| prior.probabilities(belief, 7, 1.0, 7, NO_CONTEXT)[0];
        assert!(p(&once) < p(&five));
    }
}
