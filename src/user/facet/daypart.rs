//! At what time of day? One of up to six parts of the local day, apart for weekdays and weekends.
//!
//! A [choice](super::choice) whose evidence from the other kind of day counts for a share `ρ`: weekday and weekend
//! habits inform each other, but never average silently.

use serde::{Deserialize, Serialize};

use super::{super::segment::PerSegment, choice::ChoicePrior};
use crate::history::session::{DAYPARTS, Slot};

/// Decayed counts: weekday, weekend.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DaypartBelief {
    /// `[weekend][part]`.
    pub counts: [[f32; DAYPARTS]; 2],
}

impl DaypartBelief {
    /// What is left of it.
    #[inline]
    #[must_use]
    pub fn faded(&self, keep: f32) -> Self {
        Self { counts: self.counts.map(|day| day.map(|count| count * keep)) }
    }

    /// Adds one session.
    #[inline]
    pub fn learn(&mut self, slot: Slot) {
        self.counts[usize::from(slot.weekend)][usize::from(slot.daypart)] += 1.0;
    }
}

/// Prior of the day-part.
#[derive(Clone, Debug, PartialEq)]
pub struct DaypartPrior {
    /// Weekday, weekend.
    pub days: [ChoicePrior<DAYPARTS>; 2],
    /// ρ: what evidence from the other kind of day counts [1].
    pub across: f32,
}

impl DaypartPrior {
    /// Probability of the slot's part under each segment.
    #[inline]
    #[must_use]
    pub fn probabilities(&self, belief: &DaypartBelief, slot: Slot) -> PerSegment {
        let own = &belief.counts[usize::from(slot.weekend)];
        let other = &belief.counts[usize::from(!slot.weekend)];
        let part = usize::from(slot.daypart);
        let total: f32 = own.iter().sum::<f32>() + self.across * other.iter().sum::<f32>();
        self.days[usize::from(slot.weekend)].probabilities(part, own[part] + self.across * other[part], total)
    }

    /// What the population does at that time.
    #[inline]
    #[must_use]
    pub fn population(&self, slot: Slot) -> f32 {
        self.days[usize::from(slot.weekend)].population[usize::from(slot.daypart)]
    }
}
