//! How a column of times is written, and how it becomes UTC.

use jiff::{Timestamp, civil, tz::TimeZone};
use serde::{Deserialize, Serialize};

use super::cell::{Cell, Expected};
use crate::base::time::{DAY, SimTime, Zone};

/// The column with the time of a row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Time {
    /// Its name.
    pub column: String,
    /// How it is written. Columns that are times by type, as Parquet has them, need no choice.
    #[serde(default)]
    pub format: TimeFormat,
    /// The zone of times that have none of their own.
    #[serde(default)]
    pub timezone: Option<Zone>,
    /// A blank time means that nothing happened, and the row gives no event; otherwise it is rejected.
    #[serde(default)]
    pub optional: bool,
}

/// How a time is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum TimeFormat {
    /// `2026-03-01T12:00:00Z`; without an offset, `timezone` is taken.
    #[default]
    Iso8601,
    /// Seconds since 1970 in UTC.
    EpochSeconds,
    /// Thousandths of a second since 1970 in UTC.
    EpochMillis,
    /// Millionths of a second since 1970 in UTC.
    EpochMicros,
    /// `2026-03-01`: midnight in `timezone`.
    Date,
}

/// Reads times of one column.
#[derive(Clone, Debug)]
pub struct Clock {
    format: TimeFormat,
    zone: Option<TimeZone>,
}

impl Clock {
    /// UTC in ISO 8601, as canonical files have it.
    #[must_use]
    pub fn canonical() -> Self {
        Self { format: TimeFormat::Iso8601, zone: None }
    }

    /// The clock of a column.
    ///
    /// # Errors
    /// In words, if dates have no zone.
    pub fn new(time: &Time) -> Result<Self, String> {
        if time.format == TimeFormat::Date && time.timezone.is_none() {
            return Err(format!(
                "dates in `{}` need a timezone in Time, such as \"America/New_York\" or \"UTC\", but there is none",
                time.column
            ));
        }
        // A zone that `Zone` knows is in the same database.
        let zone = time.timezone.as_ref().and_then(|zone| TimeZone::get(zone.name()).ok());
        Ok(Self { format: time.format, zone })
    }

    /// The moment in a cell; none if it is blank.
    ///
    /// # Errors
    /// What was expected, if the cell holds no moment.
    pub fn read(&self, cell: Cell<'_>) -> Result<Option<SimTime>, Expected> {
        let second = match (cell.trimmed(), self.format) {
            (Cell::Blank, _) => return Ok(None),
            (Cell::Moment(second), _) => Some(second),
            (Cell::Wall(second), _) => self.second_of_wall(second)?,
            (Cell::Day(day), _) => self.second_of_wall(day.saturating_mul(DAY))?,
            (Cell::Text(text), TimeFormat::Iso8601) => self.second_of_text(text)?,
            (cell @ (Cell::Text(_) | Cell::Whole(_)), TimeFormat::Date) => self.second_of_date(&cell.shown())?,
            (cell, TimeFormat::EpochSeconds) => epoch(cell, 1),
            (cell, TimeFormat::EpochMillis) => epoch(cell, 1_000),
            (cell, TimeFormat::EpochMicros) => epoch(cell, 1_000_000),
            _ => None,
        };
        let valid = second.filter(|&second| Timestamp::from_second(second).is_ok());
        valid.map(|second| Some(SimTime(second))).ok_or_else(|| self.expected())
    }

    fn expected(&self) -> Expected {
        match self.format {
            TimeFormat::Iso8601 => "a time in ISO 8601 (2026-03-01T12:00:00Z)",
            TimeFormat::EpochSeconds => "seconds since 1970, of a year up to 9999",
            TimeFormat::EpochMillis => "milliseconds since 1970, of a year up to 9999",
            TimeFormat::EpochMicros => "microseconds since 1970, of a year up to 9999",
            TimeFormat::Date => "a date (2026-03-01)",
        }
        .into()
    }

    fn second_of_text(&self, text: &str) -> Result<Option<i64>, Expected> {
        if let Ok(moment) = text.parse::<Timestamp>() {
            return Ok(Some(moment.as_second()));
        }
        // A text with an offset that is no time at all must not be taken as one without an offset.
        match text.parse::<civil::DateTime>() {
            Ok(wall) if !text.ends_with(['Z', 'z']) => self.second_of_civil(wall).map(Some),
            _ => Ok(None),
        }
    }

    fn second_of_date(&self, text: &str) -> Result<Option<i64>, Expected> {
        match text.parse::<civil::Date>() {
            Ok(date) => self.second_of_civil(date.at(0, 0, 0, 0)).map(Some),
            Err(_) => Ok(None),
        }
    }

    fn second_of_wall(&self, second: i64) -> Result<Option<i64>, Expected> {
        match Timestamp::from_second(second) {
            Ok(moment) => self.second_of_civil(TimeZone::UTC.to_datetime(moment)).map(Some),
            Err(_) => Ok(None),
        }
    }

    /// A time that a change of offset skips is taken as if the old offset still held; of a repeated hour, the
    /// first pass is taken.
    fn second_of_civil(&self, wall: civil::DateTime) -> Result<i64, Expected> {
        let zone = self.zone.as_ref().ok_or("a time with an offset, or a timezone in Time")?;
        zone.to_timestamp(wall).map(Timestamp::as_second).map_err(|_| self.expected())
    }
}

fn epoch(cell: Cell<'_>, per_second: i64) -> Option<i64> {
    if let Ok(Some(number)) = cell.whole() {
        return i64::try_from(number.div_euclid(per_second.into())).ok();
    }
    let number = cell.real().ok()??;
    #[expect(clippy::cast_possible_truncation, reason = "an `as` cast saturates; the calendar's end is checked later")]
    Some((number / per_second as f64).floor() as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clock(format: TimeFormat, zone: Option<&str>) -> Clock {
        let timezone = zone.map(|name| Zone::new(name).unwrap());
        Clock::new(&Time { column: "t".into(), format, timezone, optional: false }).unwrap()
    }

    fn shown(clock: &Clock, cell: Cell<'_>) -> String {
        clock.read(cell).map_or_else(std::borrow::Cow::into_owned, |at| at.unwrap().to_string())
    }

    #[test]
    fn every_format_reads_the_same_noon() {
        let noon = "2026-03-01T12:00:00Z";
        let zone = Some("America/Chicago");
        assert_eq!(shown(&clock(TimeFormat::Iso8601, None), Cell::Text(noon)), noon);
        assert_eq!(shown(&clock(TimeFormat::Iso8601, zone), Cell::Text("2026-03-01 06:00:00")), noon);
        assert_eq!(shown(&clock(TimeFormat::EpochSeconds, None), Cell::Whole(1_772_366_400)), noon);
        assert_eq!(shown(&clock(TimeFormat::EpochMillis, None), Cell::Text("1772366400999")), noon);
        assert_eq!(shown(&clock(TimeFormat::EpochMicros, None), Cell::Real(1_772_366_400_000_000.0)), noon);
        assert_eq!(shown(&clock(TimeFormat::Date, zone), Cell::Text("2026-03-01")), "2026-03-01T06:00:00Z");
        assert_eq!(shown(&clock(TimeFormat::Date, zone), Cell::Whole(20_260_301)), "2026-03-01T06:00:00Z");
    }

    #[test]
    fn a_time_without_an_offset_needs_a_zone() {
        let bare = clock(TimeFormat::Iso8601, None);
        assert!(shown(&bare, Cell::Text("2026-03-01T06:00:00")).contains("timezone"));
        assert!(shown(&bare, Cell::Wall(0)).contains("timezone"));
        let time = Time { column: "day".into(), format: TimeFormat::Date, timezone: None, optional: false };
        assert!(Clock::new(&time).unwrap_err().contains("timezone"));
    }

    #[test]
    fn impossible_and_far_times_are_refused() {
        for text in ["2026-02-30T00:00:00Z", "yesterday", "2026-13-01T00:00:00Z", "2026-03-01T25:00:00Z"] {
            assert!(clock(TimeFormat::Iso8601, Some("UTC")).read(Cell::Text(text)).is_err(), "{text}");
        }
        for number in [i128::MAX, 1_000_000_000_000_000, i128::MIN] {
            assert!(clock(TimeFormat::EpochSeconds, None).read(Cell::Whole(number)).is_err());
        }
    }
}
