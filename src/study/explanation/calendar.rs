//! The users' calendar: moments as their clocks show them, and the parts of their days.

use crate::{
    base::time::{DAY, Date, LocalClock, SimTime, TimeError, WallTime, Zone},
    history::session::{DaypartCuts, Slot, slot_of},
};

/// How far beyond the record days are told \[day\].
const BEYOND: i64 = 3_700;

/// A zone's clock over a record and the years after it.
#[derive(Clone, Debug, PartialEq)]
pub struct Calendar {
    clock: LocalClock,
    cuts: DaypartCuts,
}

impl Calendar {
    /// For a record between two moments.
    #[must_use]
    pub fn new(zone: &Zone, cuts: &DaypartCuts, (from, to): (SimTime, SimTime)) -> Self {
        let clock = LocalClock::new(zone, SimTime(from.0 - BEYOND * DAY), SimTime(to.0 + BEYOND * DAY));
        Self { clock, cuts: cuts.clone() }
    }

    /// The moment that a text names: a date (its first second), or a date and a time of day, on the users' clock.
    ///
    /// # Errors
    /// [`TimeError::Date`] for anything else.
    pub fn moment(&self, text: &str) -> Result<SimTime, TimeError> {
        let wrong = || TimeError::Date(text.to_owned());
        let (date, time) = text.trim().split_once(['T', ' ']).unwrap_or((text.trim(), "0"));
        let mut parts = time.split(':').map(|part| part.parse::<i64>().ok().filter(|part| (0..60).contains(part)));
        let [hour, minute, second] = [(); 3].map(|()| parts.next().unwrap_or(Some(0)));
        let (hour, minute, second) = hour.zip(minute).zip(second).map(|((h, m), s)| (h, m, s)).ok_or_else(wrong)?;
        if hour > 23 || parts.next().is_some() {
            return Err(wrong());
        }
        let day = Date::parse(date).map_err(|_| wrong())?.number();
        Ok(self.clock.moment(WallTime(day * DAY + hour * 3_600 + minute * 60 + second)))
    }

    /// A date: "2017-03-04".
    #[must_use]
    pub fn date(&self, at: SimTime) -> String {
        Date::from_number(self.clock.wall(at).day()).map_or_else(|| at.to_string(), |date| date.to_string())
    }

    /// A date and a time of day: "2017-03-04 18:20".
    #[must_use]
    pub fn time(&self, at: SimTime) -> String {
        let second = self.clock.wall(at).second_of_day();
        format!("{} {:02}:{:02}", self.date(at), second / 3_600, second / 60 % 60)
    }

    /// Number of the local day.
    #[must_use]
    pub fn day(&self, at: SimTime) -> i64 {
        self.clock.wall(at).day()
    }

    /// When a local day begins.
    #[must_use]
    pub fn midnight(&self, day: i64) -> SimTime {
        self.clock.moment(WallTime(day * DAY))
    }

    /// The slot of a moment.
    #[must_use]
    pub fn slot(&self, at: SimTime) -> Slot {
        slot_of(&self.cuts, &self.clock, at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calendar() -> Calendar {
        let cuts = DaypartCuts::new(vec![0, 6, 12, 18]).unwrap();
        Calendar::new(&Zone::new("America/Chicago").unwrap(), &cuts, (SimTime(1_767_225_600), SimTime(1_780_000_000)))
    }

    #[test]
    fn a_date_is_its_first_second_on_the_users_clock() {
        let calendar = calendar();
        let at = calendar.moment("2026-03-01").unwrap();
        assert_eq!((at.to_string().as_str(), calendar.time(at).as_str()), ("2026-03-01T06:00:00Z", "2026-03-01 00:00"));
        assert_eq!(calendar.time(calendar.moment("2026-07-01T18:20").unwrap()), "2026-07-01 18:20");
        assert_eq!(calendar.moment("2026-07-01 18:20:05").unwrap().0 % 60, 5);
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for text in ["yesterday", "2026-02-30", "2026-03-01T25:00", "2026-03-01T10:61", "2026-03-01T1:2:3:4", ""] {
            assert!(calendar().moment(text).is_err(), "{text}");
        }
    }
}
