//! In what circumstances? What is known of a session as it unfolds: how long the pause before it was, when in the day it
//! began, what it was for. It tilts what follows, for everybody alike.

use super::gap::gap_bin;
use crate::history::session::{CONTENT_KINDS, DAYPARTS, Slot};

/// No circumstances: nothing is tilted.
pub const NO_CONTEXT: u16 = u16::MAX;
/// Classes of the pause before a session; 0 is the first session.
pub const PAUSES: usize = 8;
/// Times of day, on weekdays and at weekends.
pub const TIMES: usize = 2 * DAYPARTS;
/// Kinds of content, or none.
pub const PURPOSES: usize = CONTENT_KINDS + 1;

/// A quantity that was seen: its logarithm, the population's density there, and the circumstances.
#[derive(Clone, Copy, Debug)]
pub struct Seen {
    /// Its logarithm.
    pub y: f32,
    /// The population's density of it.
    pub population: f32,
    /// Circumstances.
    pub context: u16,
}

/// The class of the pause before a session, by the bin of its length; none: it is the first.
const CLASS: [u8; super::gap::GAP_BINS] = [1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 6, 7, 7, 7, 7, 7, 7, 7];

/// The class of a pause, given the logarithm of its days.
#[inline]
#[must_use]
pub fn pause(gap: Option<f32>) -> usize {
    gap.map_or(0, |y| usize::from(CLASS[gap_bin(y)]))
}

/// Classes of the days since the last session; 0 is the first session.
pub const ELAPSED: usize = 7;
/// Days of the week, or unknown.
pub const WEEKDAYS: usize = 8;
/// Parts of the day of the last session, or none.
pub const PARTS: usize = DAYPARTS + 1;

/// Calendar days from a session of one weekday to one of another, so many days of 24 hours later.
#[inline]
#[must_use]
pub fn calendar_days(days: f32, from: u8, to: u8) -> u32 {
    let ahead = f32::from((to + 7 - from) % 7);
    // Of the numbers that lead from one weekday to the other, the nearest.
    let weeks = ((days - ahead) / 7.0 + 0.5).max(0.0) as u32;
    7 * weeks + ahead as u32
}

/// The class of so many calendar days.
const fn elapsed(days: u32) -> usize {
    match days {
        0 => 1,
        1 => 2,
        2 => 3,
        7 => 5,
        3..=6 => 4,
        _ => 6,
    }
}

/// The last session: its part of the day and its weekday.
#[derive(Clone, Copy, Debug)]
pub struct LastSession {
    /// Half part of the day; [`NO_KIND`](crate::history::session::NO_KIND) if there was none.
    pub cell: u8,
    /// Day of the week, where it is known.
    pub weekday: Option<u8>,
}

impl LastSession {
    fn part(self) -> usize {
        usize::from(self.cell / 2).min(DAYPARTS)
    }
}

/// Circumstances of the time of day, given the day: the day of the week, the days since the last session and its part of
/// the day. None where the weekday is not known.
#[inline]
#[must_use]
pub fn of_daypart(weekday: Option<u8>, last: LastSession, days: f32) -> u16 {
    let Some(weekday) = weekday else { return NO_CONTEXT };
    let elapsed = last.weekday.map_or(0, |from| elapsed(calendar_days(days, from, weekday)));
    ((elapsed * PARTS + last.part()) * WEEKDAYS + usize::from(weekday)) as u16
}

/// Circumstances of the next gap: the gap before and the last session. None where its weekday is not known.
#[inline]
#[must_use]
pub fn of_gap(gap_bin: u8, last: LastSession) -> u16 {
    let Some(weekday) = last.weekday else { return NO_CONTEXT };
    let pause = CLASS.get(usize::from(gap_bin)).map_or(0, |&class| usize::from(class));
    ((pause * PARTS + last.part()) * WEEKDAYS + usize::from(weekday)) as u16
}

/// Circumstances in which content is met: the pause and the time.
#[inline]
#[must_use]
pub fn of_content(pause: usize, slot: Slot) -> u16 {
    let time = usize::from(slot.weekend) * DAYPARTS + usize::from(slot.daypart);
    (pause * TIMES + time) as u16
}

/// Circumstances in which a session ends: the pause and what it was for.
#[inline]
#[must_use]
pub fn of_payment(pause: usize, content: Option<u8>) -> u16 {
    let purpose = content.map_or(CONTENT_KINDS, usize::from);
    (pause * PURPOSES + purpose) as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calendar_days_lead_from_weekday_to_weekday() {
        // Monday 23:00 to Tuesday 01:00, and the reverse of a day; Sunday 08:00 to Sunday 20:00; three weeks and a bit.
        assert_eq!(calendar_days(0.08, 0, 1), 1);
        assert_eq!(calendar_days(0.9, 0, 0), 0);
        assert_eq!(calendar_days(0.5, 6, 6), 0);
        assert_eq!(calendar_days(6.6, 3, 3), 7);
        assert_eq!(calendar_days(22.3, 2, 3), 22);
    }
}
