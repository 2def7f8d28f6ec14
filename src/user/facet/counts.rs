//! How counts that fade are kept: as whole steps of one unit that fades for all of them.
//!
//! A count is `steps · unit`. Fading multiplies the unit alone, so it costs the same for one kind or for thirty-two
//! and rounds nothing; an event adds `1/unit` steps, rounded to a whole one. A fresh unit is 1/256 event; once an event is
//! worth more than 8,192 steps, all steps are rounded anew to that unit. So a count is never wrong by more than half
//! of 1/256 of the event that it adds, and half a step for each rounding anew: far below what one event tells.

/// Unit of counts that nothing has faded yet \[event\].
const FRESH: f32 = 1.0 / 256.0;
/// Steps of one event above which counts are rounded anew.
const MOST: f32 = 8_192.0;

/// Counts of `K` kinds in two bytes each.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Counts<const K: usize> {
    /// What one step is worth \[event\].
    pub unit: f32,
    /// How many steps each kind has.
    pub steps: [u16; K],
}

impl<const K: usize> Default for Counts<K> {
    fn default() -> Self {
        Self { unit: FRESH, steps: [0; K] }
    }
}

impl<const K: usize> Counts<K> {
    /// Lets all counts fade.
    #[inline]
    pub fn fade(&mut self, keep: f32) {
        self.unit *= keep;
    }

    /// Adds an event of a kind.
    #[inline]
    pub fn add(&mut self, kind: usize) {
        self.add_part(kind, 1.0);
    }

    /// Adds a part of an event, or several.
    #[inline]
    pub fn add_part(&mut self, kind: usize, weight: f32) {
        if self.unit * MOST < 1.0 {
            self.settle(FRESH);
        }
        let steps = f32::from(self.steps[kind]) + weight / self.unit + 0.5;
        if steps < 65_536.0 {
            self.steps[kind] = steps as u16;
        } else {
            self.settle(self.unit * 4.0);
            self.add_part(kind, weight);
        }
    }

    /// Rounds all counts to steps of another, coarser unit.
    #[cold]
    fn settle(&mut self, unit: f32) {
        let by = self.unit / unit;
        for steps in &mut self.steps {
            *steps = (f32::from(*steps) * by + 0.5) as u16;
        }
        self.unit = unit;
    }

    /// All counts \[event\].
    #[inline]
    #[must_use]
    pub fn all(&self) -> [f32; K] {
        let mut counts = [0.0; K];
        for (count, steps) in counts.iter_mut().zip(&self.steps) {
            *count = f32::from(*steps) * self.unit;
        }
        counts
    }

    /// One count \[event\].
    #[inline]
    #[must_use]
    pub fn of(&self, kind: usize) -> f32 {
        f32::from(self.steps[kind]) * self.unit
    }

    /// Their sum \[event\].
    #[inline]
    #[must_use]
    pub fn total(&self) -> f32 {
        self.steps.iter().map(|&steps| u32::from(steps)).sum::<u32>() as f32 * self.unit
    }

    /// Counts of both, where the other's have `sign` 1, or without the other's, where it is −1: right to a step of the
    /// coarser unit.
    #[must_use]
    pub fn joined(&self, other: &Self, sign: f32) -> Self {
        let sums: [f32; K] = std::array::from_fn(|kind| (self.of(kind) + sign * other.of(kind)).max(0.0));
        let most = sums.iter().fold(0.0f32, |most, &sum| most.max(sum));
        let mut unit = self.unit.max(other.unit);
        while most / unit > 65_534.0 {
            unit *= 2.0;
        }
        Self { unit, steps: sums.map(|sum| (sum / unit + 0.5) as u16) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    proptest! {
        /// Against the same counts in 64 bits: users that come thirty times a day or once a decade.
        #[test]
        fn counts_are_right_to_a_hundredth_of_what_was_added(
            events in vec((0usize..6, 0.0f64..4.0), 1..600), slow in 0.001f64..3.0
        ) {
            let (mut counts, mut exact) = (Counts::<6>::default(), [0.0f64; 6]);
            for (kind, age) in events {
                let keep = (-age * slow).exp();
                counts.fade(keep as f32);
                exact.iter_mut().for_each(|count| *count *= keep);
                counts.add(kind);
                exact[kind] += 1.0;
            }
            for (count, exact) in counts.all().into_iter().zip(exact) {
                prop_assert!((f64::from(count) - exact).abs() <= 0.01 * exact.max(1.0), "{} {}", count, exact);
            }
            prop_assert!((counts.total() - counts.all().iter().sum::<f32>()).abs() < 1e-3 * counts.total());
        }

        #[test]
        fn joining_can_be_undone_to_a_step(
            mine in vec(0usize..4, 0..300), theirs in vec(0usize..4, 0..300), keep in 0.01f32..1.0
        ) {
            let filled = |kinds: &[usize]| {
                let mut counts = Counts::<4>::default();
                kinds.iter().for_each(|&kind| counts.add(kind));
                counts
            };
            let (mine, mut theirs) = (filled(&mine), filled(&theirs));
            theirs.fade(keep);
            let back = mine.joined(&theirs, 1.0).joined(&theirs, -1.0);
            for kind in 0..4 {
                prop_assert!((back.of(kind) - mine.of(kind)).abs() <= back.unit);
            }
        }
    }
}
