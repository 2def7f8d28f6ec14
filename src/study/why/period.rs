//! A day or a week of the users' calendar: 2026-03-17, or 2026-W12 (ISO 8601).

use std::fmt;

use crate::base::time::{Date, weekday};

/// A day, or a week from Monday to Sunday.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Period {
    /// Its number since 1970-01-01.
    Day(i64),
    /// The number of its Monday.
    Week(i64),
}

/// Why a text is no period.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a day must be year-month-day (2026-03-17) or a week year-Wweek (2026-W12), but is {0:?}")]
pub struct PeriodError(pub String);

impl Period {
    /// Reads a day or a week.
    ///
    /// # Errors
    /// [`PeriodError`] for anything else.
    pub fn parse(text: &str) -> Result<Self, PeriodError> {
        let text = text.trim();
        let day = Date::parse(text).ok().map(|date| Self::Day(date.number()));
        day.or_else(|| week(text)).ok_or_else(|| PeriodError(text.to_owned()))
    }

    /// Its first day.
    #[must_use]
    pub const fn start(self) -> i64 {
        match self {
            Self::Day(day) | Self::Week(day) => day,
        }
    }

    /// Its length \[day\].
    #[must_use]
    pub const fn days(self) -> i64 {
        match self {
            Self::Day(_) => 1,
            Self::Week(_) => 7,
        }
    }

    /// The day after its last.
    #[must_use]
    pub const fn end(self) -> i64 {
        self.start() + self.days()
    }

    /// The period of the same length that ends where this begins.
    #[must_use]
    pub const fn before(self) -> Self {
        match self {
            Self::Day(day) => Self::Day(day - 1),
            Self::Week(day) => Self::Week(day - 7),
        }
    }

    /// "Tuesday 2026-03-17", "the week of 2026-03-16".
    #[must_use]
    pub fn in_words(self) -> String {
        match self {
            Self::Day(day) => format!("{} {self}", WEEKDAYS[usize::from(weekday(day))]),
            Self::Week(day) => format!("the week of {}", date(day)),
        }
    }
}

/// Names of the days of the week, from Monday.
pub const WEEKDAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Day(day) => f.write_str(&date(*day)),
            Self::Week(monday) => {
                // A week is of the year that its Thursday is in.
                let thursday = date(monday + 3);
                let year = thursday.split('-').next().unwrap_or_default();
                let number = first_monday(year).map_or(0, |first| (monday - first) / 7 + 1);
                write!(f, "{year}-W{number:02}")
            }
        }
    }
}

/// A day number as a date.
#[must_use]
pub fn date(day: i64) -> String {
    Date::from_number(day).map_or_else(|| format!("day {day}"), |date| date.to_string())
}

fn week(text: &str) -> Option<Period> {
    let (year, number) = text.split_once("-W")?;
    if year.len() != 4 || number.len() != 2 {
        return None;
    }
    let number = number.parse::<i64>().ok().filter(|number| *number >= 1)?;
    let period = Period::Week(first_monday(year)? + 7 * (number - 1));
    // Not every year has 53 weeks.
    (period.to_string() == text).then_some(period)
}

/// The Monday of the week that holds 4 January.
fn first_monday(year: &str) -> Option<i64> {
    let fourth = Date::parse(&format!("{year}-01-04")).ok()?.number();
    Some(fourth - i64::from(weekday(fourth)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// ISO 8601: 2026-W01 begins on 2025-12-29; 2026 has 53 weeks, 2025 has 52.
    #[test]
    fn weeks_are_those_of_the_standard() {
        let week = Period::parse("2026-W01").unwrap();
        assert_eq!((date(week.start()).as_str(), week.to_string().as_str()), ("2025-12-29", "2026-W01"));
        assert_eq!(date(Period::parse("2026-W12").unwrap().start()), "2026-03-16");
        assert!(Period::parse("2026-W53").is_ok() && Period::parse("2025-W53").is_err());
        assert_eq!(Period::parse("2026-W01").unwrap().before().to_string(), "2025-W52");
    }

    #[test]
    fn a_day_is_a_date_and_nothing_else() {
        assert_eq!(Period::parse("2026-03-17").unwrap().in_words(), "Tuesday 2026-03-17");
        for text in ["", "Tuesday", "2026-3-17", "2026-02-30", "2026-W00", "2026-W1", "20-W12", "2026-W12x"] {
            assert!(Period::parse(text).is_err(), "{text}");
        }
    }
}
