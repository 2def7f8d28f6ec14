//! What an account asked support for, by severity.

use crate::base::float::decay;

/// Half-life of a ticket \[day\].
pub const HALF_LIFE: f32 = 60.0;
/// Days for which the gravest tickets are counted one by one.
pub const WINDOW: i32 = 90;
/// Gravest tickets whose days are kept.
const KEPT: usize = 16;

/// Tickets.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tickets {
    /// Faded counts by severity, as of the last ticket.
    counts: [f32; 3],
    last: i32,
    /// Days of the last gravest tickets, in a ring.
    severe: [i32; KEPT],
    next: u8,
}

impl Default for Tickets {
    fn default() -> Self {
        Self { counts: [0.0; 3], last: 0, severe: [i32::MIN; KEPT], next: 0 }
    }
}

impl Tickets {
    /// Learns a ticket; a severity beyond 3 counts as 3.
    pub fn observe(&mut self, day: i32, severity: u8) {
        let left = decay((day - self.last).max(0) as f32, HALF_LIFE);
        self.counts.iter_mut().for_each(|count| *count *= left);
        // Tickets arrive a little late at times: those of an earlier day count in full.
        self.last = self.last.max(day);
        let place = usize::from(severity.clamp(1, 3)) - 1;
        self.counts[place] += 1.0;
        if place == 2 {
            self.severe[usize::from(self.next)] = day;
            self.next = (self.next + 1) % KEPT as u8;
        }
    }

    /// Tickets of all severities, faded to a day.
    #[must_use]
    pub fn lately(&self, day: i32) -> f64 {
        let left = decay((day - self.last).max(0) as f32, HALF_LIFE);
        f64::from(self.counts.iter().sum::<f32>() * left)
    }

    /// The gravest tickets of the last 90 days; at most 16.
    #[must_use]
    pub fn severe(&self, day: i32) -> u32 {
        self.severe.iter().filter(|&&at| at > day - WINDOW && at <= day).count() as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grave_tickets_count_for_90_days_and_all_others_fade() {
        let mut belief = Tickets::default();
        belief.observe(1_000, 3);
        belief.observe(1_060, 1);
        assert_eq!([belief.severe(1_060), belief.severe(1_089), belief.severe(1_090)], [1, 1, 0]);
        assert!((belief.lately(1_060) - 1.5).abs() < 1e-5);
    }
}
