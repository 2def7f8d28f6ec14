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

/// The class of the pause before a session, by the bin of its length; none: it is the first.
const CLASS: [u8; super::gap::GAP_BINS] = [1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 6, 7, 7, 7, 7, 7, 7, 7];

/// The class of a pause, given the logarithm of its days.
#[inline]
#[must_use]
pub fn pause(gap: Option<f32>) -> usize {
    gap.map_or(0, |y| usize::from(CLASS[gap_bin(y)]))
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
