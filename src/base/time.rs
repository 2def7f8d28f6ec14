//! Time: UTC seconds, and a named zone wherever a local day or a part of it is meant.

use std::fmt;

use jiff::{Timestamp, civil, tz::TimeZone};
use serde::{Deserialize, Serialize};

/// Seconds in a day of 24 hours.
pub const DAY: i64 = 86_400;

/// A moment: seconds since 1970-01-01T00:00:00Z.
///
/// ```
/// use cwm::base::time::SimTime;
/// let noon = SimTime::parse("2026-03-01T12:00:00Z").unwrap();
/// assert_eq!(noon.to_string(), "2026-03-01T12:00:00Z");
/// assert_eq!(SimTime::parse("2026-03-01T06:00:00-06:00").unwrap(), noon);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SimTime(pub i64);

/// Why a text is no moment, date or zone.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    /// Not a moment.
    #[error("a time must be ISO 8601 with an offset (2026-03-01T12:00:00Z), but is {0:?}")]
    Moment(String),
    /// Not a date.
    #[error("a date must be year-month-day (2026-03-01), but is {0:?}")]
    Date(String),
    /// Not a zone of the IANA database.
    #[error("a time zone must be an IANA name (America/Chicago, UTC), but is {0:?}")]
    Zone(String),
}

impl SimTime {
    /// Reads ISO 8601 with an offset.
    ///
    /// # Errors
    /// [`TimeError::Moment`] for anything else, impossible dates included.
    pub fn parse(text: &str) -> Result<Self, TimeError> {
        let moment: Timestamp = text.trim().parse().map_err(|_| TimeError::Moment(text.to_owned()))?;
        Ok(Self(moment.as_second()))
    }

    /// Days from `earlier` to this moment; negative if it is later.
    #[must_use]
    pub fn days_since(self, earlier: Self) -> f64 {
        (self.0 - earlier.0) as f64 / DAY as f64
    }
}

impl fmt::Display for SimTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Timestamp::from_second(self.0) {
            Ok(moment) => write!(f, "{moment}"),
            Err(_) => write!(f, "{} s after 1970", self.0),
        }
    }
}

/// A calendar day, as in a scenario file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Date(civil::Date);

impl Date {
    /// Reads `year-month-day`.
    ///
    /// # Errors
    /// [`TimeError::Date`] for anything else.
    pub fn parse(text: &str) -> Result<Self, TimeError> {
        text.parse().map(Self).map_err(|_| TimeError::Date(text.to_owned()))
    }

    /// A day of a month, from 1 each; none if there is no such day.
    #[must_use]
    pub fn new(year: i16, month: u8, day: u8) -> Option<Self> {
        civil::Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok().map(Self)
    }

    /// Its year.
    #[must_use]
    pub fn year(self) -> i16 {
        self.0.year()
    }

    /// Days since 1970-01-01.
    #[must_use]
    pub fn number(self) -> i64 {
        let epoch = civil::Date::constant(1970, 1, 1);
        (self.0 - epoch).get_days().into()
    }

    /// Its number in its month, from 1.
    #[must_use]
    pub fn day_of_month(self) -> u8 {
        self.0.day().unsigned_abs()
    }

    /// The day with this number; none past the calendar's end (year 9999).
    #[must_use]
    pub fn from_number(number: i64) -> Option<Self> {
        let epoch = civil::Date::constant(1970, 1, 1);
        epoch.checked_add(jiff::Span::new().try_days(number).ok()?).ok().map(Self)
    }
}

impl TryFrom<String> for Date {
    type Error = TimeError;
    fn try_from(text: String) -> Result<Self, TimeError> {
        Self::parse(&text)
    }
}

impl From<Date> for String {
    fn from(date: Date) -> String {
        date.to_string()
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// A time zone by its IANA name; the database is compiled in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Zone {
    name: String,
    zone: TimeZone,
}

impl Zone {
    /// Looks a zone up.
    ///
    /// # Errors
    /// [`TimeError::Zone`] for an unknown name.
    pub fn new(name: &str) -> Result<Self, TimeError> {
        let zone = TimeZone::get(name).map_err(|_| TimeError::Zone(name.to_owned()))?;
        Ok(Self { name: name.to_owned(), zone })
    }

    /// Its IANA name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl TryFrom<String> for Zone {
    type Error = TimeError;
    fn try_from(name: String) -> Result<Self, TimeError> {
        Self::new(&name)
    }
}

impl From<Zone> for String {
    fn from(zone: Zone) -> String {
        zone.name
    }
}

/// A moment as the user's wall shows it: seconds since 1970-01-01T00:00:00 *local*.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct WallTime(pub i64);

impl WallTime {
    /// Local day number since 1970-01-01.
    #[must_use]
    pub const fn day(self) -> i64 {
        self.0.div_euclid(DAY)
    }

    /// Seconds since local midnight.
    #[must_use]
    pub const fn second_of_day(self) -> u32 {
        self.0.rem_euclid(DAY) as u32
    }

    /// Day of the week, 0 = Monday.
    #[must_use]
    pub const fn weekday(self) -> u8 {
        weekday(self.day())
    }
}

/// Day of the week of a day number, 0 = Monday (1970-01-01 was a Thursday).
#[must_use]
pub const fn weekday(day: i64) -> u8 {
    (day + 3).rem_euclid(7) as u8
}

/// A zone's offsets over a span, ready for fast conversion both ways.
#[derive(Clone, Debug, PartialEq)]
pub struct LocalClock {
    /// (UTC second from which it holds, offset in seconds), sorted.
    offsets: Vec<(i64, i64)>,
}

impl LocalClock {
    /// Prepares the offsets of a zone from one moment to another.
    #[must_use]
    pub fn new(zone: &Zone, from: SimTime, to: SimTime) -> Self {
        let start = Timestamp::from_second(from.0).unwrap_or(Timestamp::MIN);
        let mut offsets = vec![(i64::MIN, i64::from(zone.zone.to_offset(start).seconds()))];
        let later = zone.zone.following(start).map(|t| (t.timestamp().as_second(), i64::from(t.offset().seconds())));
        offsets.extend(later.take_while(|&(at, _)| at <= to.0));
        offsets.dedup_by_key(|&mut (_, offset)| offset);
        Self { offsets }
    }

    /// What a wall clock shows at a moment.
    #[inline]
    #[must_use]
    pub fn wall(&self, at: SimTime) -> WallTime {
        let next = self.offsets.partition_point(|&(from, _)| from <= at.0);
        WallTime(at.0 + self.offsets[next - 1].1)
    }

    /// The first moment at which a wall clock shows a time; a time that a change of offset skips is taken as
    /// if the old offset still held.
    #[inline]
    #[must_use]
    pub fn moment(&self, wall: WallTime) -> SimTime {
        let mut at = wall.0 - self.offsets[0].1;
        for pair in self.offsets.windows(2) {
            let ends_on_the_wall = pair[1].0 + pair[0].1;
            if wall.0 >= ends_on_the_wall {
                at = (wall.0 - pair[1].1).max(pair[1].0);
            }
        }
        SimTime(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn impossible_dates_and_unknown_zones_are_refused() {
        assert!(SimTime::parse("2026-02-30T00:00:00Z").is_err());
        assert!(SimTime::parse("2026-02-20 00:00").is_err());
        assert!(Date::parse("2026-13-01").is_err());
        assert!(Zone::new("America/Chicgo").is_err());
    }

    #[test]
    fn day_numbers_and_weekdays_agree_with_the_calendar() {
        let date = Date::parse("2026-11-22").unwrap();
        assert_eq!(weekday(date.number()), 6, "a Sunday");
        assert_eq!(Date::from_number(date.number()), Some(date));
    }

    #[test]
    fn wall_time_follows_daylight_saving_both_ways() {
        let zone = Zone::new("America/Chicago").unwrap();
        let (from, to) =
            (SimTime::parse("2026-01-01T00:00:00Z").unwrap(), SimTime::parse("2027-01-01T00:00:00Z").unwrap());
        let clock = LocalClock::new(&zone, from, to);
        // Clocks went from 02:00 CST to 03:00 CDT on 2026-03-08.
        let before = SimTime::parse("2026-03-08T07:59:59Z").unwrap();
        assert_eq!(clock.wall(before).second_of_day(), 2 * 3600 - 1);
        assert_eq!(clock.wall(SimTime(before.0 + 1)).second_of_day(), 3 * 3600);
        for hour in 0..8_000 {
            let at = SimTime(from.0 + hour * 3_600 + 17);
            let back = clock.moment(clock.wall(at));
            // The repeated hour of autumn reads back as its first pass.
            assert!(back == at || at.0 - back.0 == 3_600, "{at} {back}");
        }
    }
}
