//! At what time of day? One of up to six parts of the local day, apart for weekdays and weekends.
//!
//! A [choice](super::choice) that remembers half parts. Evidence from the other kind of day counts for a share `ρ`, and
//! never for more than a few sessions: weekday and weekend habits inform each other, but never average silently.

use serde::{Deserialize, Serialize};

use super::{
    super::segment::PerSegment,
    choice::{ChoicePrior, Picks, Taste, pick, shares},
    counts::Counts,
};
use crate::{
    base::luck::Stream,
    history::session::{CELLS, DAYPARTS, Slot},
};

/// What the other kind of day can say at most \[event\]: five weekdays must not drown two days of a weekend.
const AT_MOST: f32 = 6.0;

/// Decayed counts of half parts: weekday, weekend.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct DaypartBelief(pub Counts<{ 2 * CELLS }>);

impl DaypartBelief {
    /// Adds one session.
    #[inline]
    pub fn learn(&mut self, slot: Slot) {
        self.0.add(usize::from(slot.weekend) * CELLS + slot.cell());
    }

    /// What speaks for a kind of day, of what is left: its own counts, and a share of the other's.
    #[inline]
    #[must_use]
    pub fn picks(&self, weekend: bool, across: f32, keep: f32, last: u8) -> Picks<'_, CELLS> {
        let [weekday, end] = self.0.steps.as_chunks().0 else { unreachable!("two kinds of day") };
        let (steps, other) = if weekend { (end, weekday) } else { (weekday, end) };
        let unit = self.0.unit * keep;
        let said = across * unit * other.iter().map(|&steps| u32::from(steps)).sum::<u32>() as f32;
        Picks { steps, unit, across: Some((other, across / (1.0 + said / AT_MOST))), last }
    }
}

/// Prior of the day-part.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DaypartPrior {
    /// Weekday, weekend.
    pub days: [ChoicePrior<DAYPARTS, CELLS>; 2],
    /// ρ: what evidence from the other kind of day counts \[1\].
    pub across: f32,
}

impl DaypartPrior {
    /// Probability of the slot's part under each segment, with the belief's counts faded by `keep`; `last` is the
    /// half part of the last session.
    #[inline]
    #[must_use]
    pub fn probabilities(&self, belief: &DaypartBelief, last: u8, keep: f32, slot: Slot, context: u16) -> PerSegment {
        let picks = belief.picks(slot.weekend, self.across, keep, last);
        self.days[usize::from(slot.weekend)].probabilities_in(context, usize::from(slot.daypart), &picks)
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
pub struct DaypartTrait([[u8; DAYPARTS]; 2]);

impl DaypartTrait {
    /// Draws a user's own taste for weekdays and weekends.
    #[must_use]
    pub fn draw(tastes: &[Taste; 2], stream: &mut Stream) -> Self {
        Self([0, 1].map(|day| tastes[day].draw(stream)))
    }

    /// The user's own share of each part over a whole week \[1\].
    pub(crate) fn shares(&self) -> [f64; DAYPARTS] {
        let [weekday, weekend] = self.0.map(|bounds| shares(&bounds));
        std::array::from_fn(|part| (5.0 * weekday[part] + 2.0 * weekend[part]) / 7.0)
    }

    /// Where in the day a share of the day's activity is reached: the part, and how far into it \[1\].
    #[inline]
    #[must_use]
    pub fn generate(&self, weekend: bool, share: f64) -> (u8, f64) {
        let bounds = &self.0[usize::from(weekend)];
        let position = share * 255.0;
        let part = pick(bounds, (share * 65_536.0).min(65_535.0) as u16);
        let start = if part == 0 { 0.0 } else { f64::from(bounds[part - 1]) };
        let end = f64::from(bounds[part]);
        (part as u8, ((position - start) / (end - start).max(1.0)).clamp(0.0, 0.999_999))
    }
}
