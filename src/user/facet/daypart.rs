//! At what time of day? One of up to six parts of the local day, apart for weekdays and weekends.
//!
//! A [choice](super::choice) whose evidence from the other kind of day counts for a share `ρ`: weekday and weekend
//! habits inform each other, but never average silently.

use serde::{Deserialize, Serialize};

use super::{
    super::segment::PerSegment,
    choice::{ChoicePrior, NO_PICK, Picks, Taste, pick},
};
use crate::{
    base::luck::Stream,
    history::session::{DAYPARTS, Slot},
};

/// Decayed counts: weekday, weekend.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct DaypartBelief {
    /// `[weekend][part]`.
    pub counts: [[f32; DAYPARTS]; 2],
    /// The part of the last session.
    pub last: u8,
}

impl Default for DaypartBelief {
    fn default() -> Self {
        Self { counts: [[0.0; DAYPARTS]; 2], last: NO_PICK }
    }
}

impl DaypartBelief {
    /// What is left of it.
    #[inline]
    #[must_use]
    pub fn faded(&self, keep: f32) -> Self {
        let mut faded = *self;
        faded.fade(keep);
        faded
    }

    /// Lets it fade in place.
    #[inline]
    pub fn fade(&mut self, keep: f32) {
        for count in self.counts.as_flattened_mut() {
            *count *= keep;
        }
    }

    /// Adds one session.
    #[inline]
    pub fn learn(&mut self, slot: Slot) {
        self.counts[usize::from(slot.weekend)][usize::from(slot.daypart)] += 1.0;
        self.last = slot.daypart;
    }

    /// Counts that speak for a kind of day: its own, and a share of the other's.
    #[inline]
    #[must_use]
    pub fn counts_for(&self, weekend: bool, across: f32) -> [f32; DAYPARTS] {
        let (own, other) = (&self.counts[usize::from(weekend)], &self.counts[usize::from(!weekend)]);
        let mut counts = *own;
        for (count, other) in counts.iter_mut().zip(other) {
            *count += across * other;
        }
        counts
    }
}

/// Prior of the day-part.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DaypartPrior {
    /// Weekday, weekend.
    pub days: [ChoicePrior<DAYPARTS>; 2],
    /// ρ: what evidence from the other kind of day counts \[1\].
    pub across: f32,
}

impl DaypartPrior {
    /// Probability of the slot's part under each segment.
    #[inline]
    #[must_use]
    pub fn probabilities(&self, belief: &DaypartBelief, slot: Slot) -> PerSegment {
        let counts = belief.counts_for(slot.weekend, self.across);
        let picks = Picks { counts: &counts, total: counts.iter().sum(), keep: 1.0, last: belief.last };
        self.days[usize::from(slot.weekend)].probabilities(usize::from(slot.daypart), &picks)
    }

    /// What the population does at that time.
    #[inline]
    #[must_use]
    pub fn population(&self, slot: Slot) -> f32 {
        self.days[usize::from(slot.weekend)].population[usize::from(slot.daypart)]
    }
}

/// When in the day one simulated user is active: cumulated shares of the parts, weekday and weekend. Hidden.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DaypartTrait([[u16; DAYPARTS]; 2]);

impl DaypartTrait {
    /// Draws a user's own taste for weekdays and weekends.
    #[must_use]
    pub fn draw(tastes: &[Taste; 2], stream: &mut Stream) -> Self {
        Self([0, 1].map(|day| tastes[day].draw(stream)))
    }

    /// Where in the day a share of the day's activity is reached: the part, and how far into it \[1\].
    #[inline]
    #[must_use]
    pub fn generate(&self, weekend: bool, share: f64) -> (u8, f64) {
        let bounds = &self.0[usize::from(weekend)];
        let position = share * 65_536.0;
        let part = pick(bounds, position.min(65_535.0) as u16);
        let start = if part == 0 { 0.0 } else { f64::from(bounds[part - 1]) };
        let end = if bounds[part] == u16::MAX { 65_536.0 } else { f64::from(bounds[part]) };
        (part as u8, ((position - start) / (end - start).max(1.0)).clamp(0.0, 0.999_999))
    }
}
