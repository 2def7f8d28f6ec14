//! How busy each day is for everybody, and how much is paid on it: the week's rhythm, the calendar, and levels that wander.
//!
//! Days differ by their weekday, by what the calendar says of them, by a noise of their own, and by a level that everybody
//! shares, that takes a normal step each day and comes back to the usual as fast as the rhythm says (a local or damped level;
//! Harvey 1989, *Forecasting, Structural Time Series Models and the Kalman Filter*, § 2.3). Users' sessions come evenly in *operational* time, of which busy days hold more.

use super::scenario::{Rhythm, Special, Spending};
use crate::base::{
    float::{exp, log, normal_quantile, pow, sqrt},
    luck::{Luck, Purpose, uniform},
    time::{Date, weekday},
    units::UserId,
};

/// Operational time by day, where it is not the same every week.
#[derive(Clone, Debug, PartialEq)]
pub struct Busy {
    /// Operational time at the beginning of each day, and at the end of the last.
    cumulated: Vec<f64>,
    /// By whole operational day: the calendar day in which it begins.
    days: Vec<u32>,
}

/// Kinds of noise, as chance knows them.
const WANDERING: UserId = UserId(0);
const OF_THE_DAY: UserId = UserId(1);
const SPENDING_WANDERS: UserId = UserId(2);
const SPENDING_OF_THE_DAY: UserId = UserId(3);

impl Busy {
    /// Draws a world's days, from its first one on; the level wanders from the launch. None where every week is the same.
    #[must_use]
    pub fn drawn(rhythm: &Rhythm, first_day: i64, launch: u32, days: u32, luck: &Luck) -> Option<Self> {
        if rhythm.is_even() {
            return None;
        }
        let weekdays = rhythm.weekday.map(f64::from);
        let mean = weekdays.iter().sum::<f64>() / 7.0;
        let normal = |kind, day| normal_quantile(uniform(luck.block(kind, Purpose::Day, day)[0]));
        let (step, own) = (rhythm.week_sd.value() / sqrt(7.0), rhythm.day_sd.value());
        let keep = pow(rhythm.week_keep.value(), 1.0 / 7.0);
        let mut level = log(rhythm.level.value());
        let busy = (0..days).map(|day| {
            let date = first_day + i64::from(day);
            let month = rhythm.month[part_of_month(Date::from_number(date))].value();
            let usual = weekdays[usize::from(weekday(date))] / mean * month * special(&rhythm.calendar, date);
            if day < launch {
                return usual;
            }
            level = keep * level + step * normal(WANDERING, day);
            usual * exp(level + own * normal(OF_THE_DAY, day) - own * own / 2.0)
        });
        Some(Self::of(busy))
    }

    fn of(busy: impl Iterator<Item = f64>) -> Self {
        let mut sum = 0.0;
        let add = |day: f64| {
            sum += day.clamp(1e-3, 1e3);
            sum
        };
        let cumulated: Vec<f64> = std::iter::once(0.0).chain(busy.map(add)).collect();
        let mut day = 0;
        let begins = |whole: u32| {
            while cumulated.get(day as usize + 1).is_some_and(|end| *end <= f64::from(whole)) {
                day += 1;
            }
            day
        };
        let days = (0..=cumulated[cumulated.len() - 1] as u32).map(begins).collect();
        Self { cumulated, days }
    }

    /// Operational time at which a share of a day is over; after the last day every one counts as 1.
    #[inline]
    #[must_use]
    pub fn activity(&self, day: u32, share: f64) -> f64 {
        let last = self.cumulated.len() - 1;
        let from = (day as usize).min(last);
        let length = self.cumulated.get(from + 1).map_or(1.0, |end| end - self.cumulated[from]);
        self.cumulated[from] + (day as usize - from) as f64 + share * length
    }

    /// The day that holds an operational time, and how much of it is over then.
    #[inline]
    #[must_use]
    pub fn day(&self, activity: f64) -> (u32, f64) {
        let last = self.cumulated.len() - 1;
        if activity >= self.cumulated[last] {
            let beyond = activity - self.cumulated[last];
            return (last as u32 + beyond as u32, beyond - f64::from(beyond as u32));
        }
        let mut day = self.days[activity as usize] as usize;
        while self.cumulated[day + 1] <= activity {
            day += 1;
        }
        (day as u32, (activity - self.cumulated[day]) / (self.cumulated[day + 1] - self.cumulated[day]))
    }
}

/// Parts of a month: days 1–7, 8–14, 15–21, and the rest.
pub const MONTH_PARTS: usize = 4;

/// The part of the month that a day lies in.
#[must_use]
pub fn part_of_month(day: Option<Date>) -> usize {
    day.map_or(0, |day| (usize::from(day.day_of_month()) - 1) / 7).min(MONTH_PARTS - 1)
}

/// Draws what amounts are multiplied by on each of a world's days; their level wanders from the launch. None where all days are
/// alike.
#[must_use]
pub fn spending(law: &Spending, first_day: i64, launch: u32, days: u32, luck: &Luck) -> Option<Vec<f32>> {
    if law.is_even() {
        return None;
    }
    let normal = |kind, day| normal_quantile(uniform(luck.block(kind, Purpose::Day, day)[0]));
    let (step, own) = (law.week_sd.value() / sqrt(7.0), law.day_sd.value());
    let keep = pow(law.week_keep.value(), 1.0 / 7.0);
    let mut level = log(law.level.value());
    let times = (0..days).map(|day| {
        let date = first_day + i64::from(day);
        let month = law.month[part_of_month(Date::from_number(date))].value();
        let usual = f64::from(law.weekday[usize::from(weekday(date))]) * month;
        if day < launch {
            return usual as f32;
        }
        level = keep * level + step * normal(SPENDING_WANDERS, day);
        let noise = level + own * normal(SPENDING_OF_THE_DAY, day) - own * own / 2.0;
        (usual * exp(noise)).clamp(1e-3, 1e3) as f32
    });
    Some(times.collect())
}

/// A level on average over so many days from the launch, if it only comes back.
#[must_use]
pub fn mean_level(level: f64, week_keep: f64, days: u32) -> f64 {
    let (keep, mut ln) = (pow(week_keep, 1.0 / 7.0), log(level));
    let daily = (0..days.max(1)).map(|_| {
        ln *= keep;
        exp(ln)
    });
    daily.sum::<f64>() / f64::from(days.max(1))
}

/// What the calendar makes of a day: sessions on it, relative to the same day without it.
#[must_use]
pub fn special(calendar: &[Special], day: i64) -> f64 {
    let held = calendar.iter().filter(|special| special.holds(day));
    held.map(|special| special.times.value()).product()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_operational_time_undo_each_other() {
        let busy = Busy::of([0.5, 2.5, 0.1, 0.2, 3.0].into_iter());
        for day in 0..8 {
            for share in [0.0, 0.25, 0.99] {
                let (back, part) = busy.day(busy.activity(day, share) + 1e-12);
                assert_eq!(back, day, "{share}");
                assert!((part - share).abs() < 1e-9, "{day} {share} {part}");
            }
        }
        assert!((busy.activity(5, 0.0) - 6.3).abs() < 1e-12);
    }
}
