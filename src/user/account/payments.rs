//! How an account pays: faded days of delay.

use crate::base::float::decay;

/// Half-life of a late payment \[day\].
pub const HALF_LIFE: f32 = 365.0;

/// Payments.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Payments {
    late: f32,
    last: i32,
}

impl Payments {
    /// Learns a payment and how long after it was due it came \[day\].
    pub fn observe(&mut self, day: i32, late_days: u16) {
        self.late = self.lately(day) as f32 + f32::from(u8::from(late_days > 0));
        self.last = self.last.max(day);
    }

    /// Late payments, faded to a day.
    #[must_use]
    pub fn lately(&self, day: i32) -> f64 {
        f64::from(self.late * decay((day - self.last).max(0) as f32, HALF_LIFE))
    }
}
