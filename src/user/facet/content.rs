//! For what do they come? One of up to 32 kinds of content.
//!
//! A [choice](super::choice); a kind met several times in one session is one piece of evidence, so that
//! repetition does not inflate confidence.

use serde::{Deserialize, Serialize};

use super::{
    super::segment::PerSegment,
    choice::{ChoicePrior, NO_PICK, Picks, Taste, pick},
};
use crate::{base::luck::Stream, history::session::CONTENT_KINDS};

/// Decayed counts of the kinds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ContentBelief {
    /// One count a kind.
    pub counts: [f32; CONTENT_KINDS],
    /// The kind met first in the last session that met any.
    pub last: u8,
}

impl Default for ContentBelief {
    fn default() -> Self {
        Self { counts: [0.0; CONTENT_KINDS], last: NO_PICK }
    }
}

impl ContentBelief {
    /// Lets the counts fade in place: 128 bytes are not worth a copy.
    #[inline]
    pub fn fade(&mut self, keep: f32) {
        for count in &mut self.counts {
            *count *= keep;
        }
    }

    /// Adds one session's kinds, each once.
    #[inline]
    pub fn learn(&mut self, kinds: u32, first: Option<u8>) {
        self.last = first.unwrap_or(self.last);
        let mut left = kinds;
        while left != 0 {
            self.counts[left.trailing_zeros() as usize] += 1.0;
            left &= left - 1;
        }
    }

    /// The picks, faded by `keep`.
    #[inline]
    #[must_use]
    pub fn picks(&self, keep: f32) -> Picks<'_, CONTENT_KINDS> {
        Picks { counts: &self.counts, total: lane_sum(&self.counts), keep, last: self.last }
    }
}

/// Prior of the content.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ContentPrior(pub ChoicePrior<CONTENT_KINDS>);

impl ContentPrior {
    /// Probability of a kind under each segment, with the belief's counts faded by `keep`.
    #[inline]
    #[must_use]
    pub fn probabilities(&self, belief: &ContentBelief, keep: f32, kind: usize) -> PerSegment {
        self.0.probabilities(kind, &belief.picks(keep))
    }
}

/// Sums in eight lanes, in one fixed order that vector instructions can follow.
#[inline]
fn lane_sum(counts: &[f32; CONTENT_KINDS]) -> f32 {
    let mut lanes = [0.0f32; 8];
    for eight in counts.as_chunks::<8>().0 {
        for (lane, count) in lanes.iter_mut().zip(eight) {
            *lane += count;
        }
    }
    let [a, b, c, d, e, f, g, h] = lanes;
    ((a + b) + (c + d)) + ((e + f) + (g + h))
}

/// What one simulated user comes for: cumulated shares of the kinds. Hidden.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ContentTrait([u16; CONTENT_KINDS]);

impl ContentTrait {
    /// Draws a user's own taste.
    #[must_use]
    pub fn draw(taste: &Taste, stream: &mut Stream) -> Self {
        Self(taste.draw(stream))
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

    /// Fifty identical events inside one session move a belief less than five in five sessions.
    #[test]
    fn repetition_inside_a_session_is_one_piece_of_evidence() {
        let prior = ContentPrior(ChoicePrior::new(&[[1.0 / 32.0; CONTENT_KINDS]], 22.0, [1.0 / 32.0; CONTENT_KINDS]));
        let (mut once, mut five) = (ContentBelief::default(), ContentBelief::default());
        let fifty_in_one = (0..50).fold(0u32, |kinds, _| kinds | 1 << 7);
        once.learn(fifty_in_one, Some(7));
        (0..5).for_each(|_| five.learn(1 << 7, Some(7)));
        let p = |belief| prior.probabilities(belief, 1.0, 7)[0];
        assert!(p(&once) < p(&five));
    }
}
