//! How much an account's members use the product: shares of seats, faded over a short and a long time, so that their
//! difference is the trend.

use crate::{
    base::float::decay,
    history::account::{MODULES, Usage},
};

/// Half-life of what counts as now \[day\].
pub const NOW: f32 = 28.0;
/// Half-life of what counts as usual \[day\].
pub const USUAL: f32 = 120.0;
/// Half-life of the use of a module \[day\].
pub const MODULE: f32 = 45.0;

/// Use of the product.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Use {
    /// The last week's end \[day\]; 0 before any.
    last: i32,
    /// Weights of the weeks seen, now and usually.
    weight: [f32; 3],
    /// Faded sums of the share of seats that came, now and usually.
    active: [f32; 2],
    /// Faded sum of sessions a seat, now.
    sessions: f32,
    /// Faded sums of the share of seats that used each module.
    modules: [f32; MODULES],
    /// Weeks in a row in which each module was used by at least a seventh of the seats.
    pub steady: [u8; MODULES],
}

impl Use {
    /// Learns a week.
    pub fn observe(&mut self, day: i32, usage: &Usage) {
        let age = if self.last == 0 { 0.0 } else { (day - self.last).max(0) as f32 };
        self.last = day;
        let seats = usage.seats.max(1) as f32;
        let (now, usual, module) = (decay(age, NOW), decay(age, USUAL), decay(age, MODULE));
        let active = usage.active as f32 / seats;
        self.weight = [self.weight[0] * now + 1.0, self.weight[1] * usual + 1.0, self.weight[2] * module + 1.0];
        self.active = [self.active[0] * now + active, self.active[1] * usual + active];
        self.sessions = self.sessions * now + usage.sessions as f32 / seats;
        for (m, &users) in usage.users.iter().enumerate() {
            let share = users as f32 / seats;
            self.modules[m] = self.modules[m] * module + share;
            self.steady[m] = if share >= 1.0 / 7.0 { self.steady[m].saturating_add(1) } else { 0 };
        }
    }

    /// Share of seats that come in a week, now; none before any week has been seen.
    #[must_use]
    pub fn active_share(&self) -> Option<f64> {
        (self.weight[0] > 0.0).then(|| f64::from(self.active[0] / self.weight[0]))
    }

    /// How much more of them come now than usually, as a difference of shares.
    #[must_use]
    pub fn trend(&self) -> Option<f64> {
        let usual = (self.weight[1] > 0.0).then(|| f64::from(self.active[1] / self.weight[1]))?;
        Some(self.active_share()? - usual)
    }

    /// Sessions a seat in a week, now.
    #[must_use]
    pub fn sessions_per_seat(&self) -> Option<f64> {
        (self.weight[0] > 0.0).then(|| f64::from(self.sessions / self.weight[0]))
    }

    /// Share of seats that use a module in a week.
    #[must_use]
    pub fn of_module(&self, module: usize) -> f64 {
        if self.weight[2] > 0.0 { f64::from(self.modules[module] / self.weight[2]) } else { 0.0 }
    }

    /// The end of the last week that was seen \[day\]; none before any.
    #[must_use]
    pub const fn last(&self) -> Option<i32> {
        if self.last == 0 { None } else { Some(self.last) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn use_that_falls_has_a_trend_below_0() {
        let mut belief = Use::default();
        for week in 0..30u32 {
            let active = if week < 20 { 40 } else { 20 };
            belief.observe(7 * (week as i32 + 1), &Usage { seats: 100, active, sessions: 80, ..Usage::default() });
        }
        assert!(belief.trend().unwrap() < -0.06);
        assert!((belief.sessions_per_seat().unwrap() - 0.8).abs() < 1e-6);
    }
}
