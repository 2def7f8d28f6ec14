//! A session: the unit in which users are met, predicted and learned from.

use serde::{Deserialize, Serialize};

use crate::base::{
    time::{LocalClock, SimTime, WallTime},
    units::Money,
};

/// Largest number of content kinds a catalogue keeps apart; a larger one pools its rarest.
pub const CONTENT_KINDS: usize = 32;
/// Largest number of parts a local day is cut into.
pub const DAYPARTS: usize = 6;

/// Halves of the parts: the finest cells in which the time of day is remembered.
pub const CELLS: usize = 2 * DAYPARTS;
/// Largest number of features of a product that are kept apart; more are pooled.
pub const FEATURES: usize = 16;
/// Largest number of ways, and of tones, in which a company writes that are kept apart; more are pooled.
pub const WAYS: usize = 4;
/// Grades of severity of a ticket.
pub const SEVERITIES: usize = 3;

/// A part of a local day, on a weekday or at the weekend.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slot {
    /// Saturday or Sunday.
    pub weekend: bool,
    /// Index of the part, below [`DAYPARTS`].
    pub daypart: u8,
    /// In its second half.
    pub late: bool,
}

impl Slot {
    /// Index of the half part, below [`CELLS`].
    #[inline]
    #[must_use]
    pub const fn cell(&self) -> usize {
        2 * self.daypart as usize + self.late as usize
    }
}

/// Where the local day is cut: the first hour of each part, ascending, starting at 0.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<u8>", into = "Vec<u8>")]
pub struct DaypartCuts(Vec<u8>);

impl DaypartCuts {
    /// Checks the cuts.
    ///
    /// # Errors
    /// A sentence, unless they start at 0, ascend, stay below 24 and are at most [`DAYPARTS`].
    pub fn new(hours: Vec<u8>) -> Result<Self, String> {
        let ascending = hours.windows(2).all(|pair| pair[0] < pair[1]);
        let fits = (1..=DAYPARTS).contains(&hours.len()) && hours.last().is_some_and(|&last| last < 24);
        if hours.first() == Some(&0) && ascending && fits {
            Ok(Self(hours))
        } else {
            Err(format!(
                "day-parts must be at most {DAYPARTS} first hours, ascending from 0 and below 24, but are {hours:?}"
            ))
        }
    }

    /// First hours of the parts.
    #[must_use]
    pub fn hours(&self) -> &[u8] {
        &self.0
    }

    /// The slot a wall clock shows.
    #[must_use]
    pub fn slot(&self, wall: WallTime) -> Slot {
        let second = wall.second_of_day();
        let part = self.0.iter().filter(|&&first| u32::from(first) <= second / 3_600).count() - 1;
        let ends = self.0.get(part + 1).map_or(24, |&next| u32::from(next));
        let middle = 1_800 * (u32::from(self.0[part]) + ends);
        Slot { weekend: wall.weekday() >= 5, daypart: part as u8, late: second >= middle }
    }
}

impl TryFrom<Vec<u8>> for DaypartCuts {
    type Error = String;
    fn try_from(hours: Vec<u8>) -> Result<Self, String> {
        Self::new(hours)
    }
}

impl From<DaypartCuts> for Vec<u8> {
    fn from(cuts: DaypartCuts) -> Vec<u8> {
        cuts.0
    }
}

/// What a session was, as far as anybody can see: no hidden truth in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// When it began.
    pub at: SimTime,
    /// Money charged in it; none if it earned nothing.
    pub paid: Option<Money>,
    /// All content kinds met in it, one bit each: meeting one twice is one piece of evidence.
    pub contents: u32,
    /// The content kind met first; [`NO_KIND`] if none.
    first: u8,
    /// Its slot: the part, the day of the week and 1, weekend, late.
    slot: u8,
    /// Whether an offer was taken: 0 none was made, 1 no, 2 yes.
    offer: u8,
}

/// No kind at all.
pub const NO_KIND: u8 = u8::MAX;

const DAY_SHIFT: u8 = 3;
const WEEKEND: u8 = 1 << 6;
const LATE: u8 = 1 << 7;

impl Session {
    /// A session that met nothing and earned nothing.
    #[must_use]
    pub const fn new(at: SimTime, slot: Slot) -> Self {
        Self { at, paid: None, contents: 0, first: NO_KIND, slot: 0, offer: 0 }.with_slot(slot)
    }

    /// When it began on the user's wall clock.
    #[inline]
    #[must_use]
    pub const fn slot(&self) -> Slot {
        Slot { weekend: self.slot & WEEKEND != 0, daypart: self.slot & 7, late: self.slot & LATE != 0 }
    }

    /// The content kind met first.
    #[inline]
    #[must_use]
    pub const fn content(&self) -> Option<u8> {
        if self.first == NO_KIND { None } else { Some(self.first) }
    }

    /// Whether an offer was taken; none if none was made.
    #[inline]
    #[must_use]
    pub const fn offer(&self) -> Option<bool> {
        match self.offer {
            0 => None,
            offer => Some(offer == 2),
        }
    }

    /// The same session at another time of day.
    #[must_use]
    pub const fn with_slot(mut self, slot: Slot) -> Self {
        self.slot = self.slot & (7 << DAY_SHIFT)
            | slot.daypart & 7
            | if slot.weekend { WEEKEND } else { 0 }
            | if slot.late { LATE } else { 0 };
        self
    }

    /// The day of the week it began on, from Monday, 0, where it is known.
    #[inline]
    #[must_use]
    pub const fn weekday(&self) -> Option<u8> {
        match self.slot >> DAY_SHIFT & 7 {
            0 => None,
            day => Some(day - 1),
        }
    }

    /// The same session on a day of the week, from Monday, 0.
    #[must_use]
    pub const fn with_weekday(mut self, weekday: u8) -> Self {
        self.slot = self.slot & !(7 << DAY_SHIFT) | (weekday % 7 + 1) << DAY_SHIFT;
        self
    }

    /// The same session, having met a kind of content (below [`CONTENT_KINDS`]).
    #[must_use]
    pub const fn with_content(mut self, kind: u8) -> Self {
        if self.first == NO_KIND {
            self.first = kind;
        }
        self.contents |= 1 << kind;
        self
    }

    /// The same session, having earned something.
    #[must_use]
    pub const fn with_paid(mut self, amount: Money) -> Self {
        self.paid = Some(amount);
        self
    }

    /// The same session with an offer that was taken or not; one that was taken stays taken.
    #[must_use]
    pub const fn with_offer(mut self, taken: bool) -> Self {
        let offer = 1 + taken as u8;
        self.offer = if offer > self.offer { offer } else { self.offer };
        self
    }
}

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fate {
    /// Nothing was heard within the time to answer.
    Ignored,
    /// It was opened, and turned down.
    Refused,
    /// It was answered as the company hoped.
    Taken,
}

/// A message whose fate is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// When its fate was known.
    pub at: SimTime,
    /// When it was sent.
    pub sent: SimTime,
    /// By what way, below [`WAYS`].
    pub channel: u8,
    /// In what tone, below [`WAYS`].
    pub style: u8,
    /// What became of it.
    pub fate: Fate,
}

/// What the self-model is fed with, in time order.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Observation {
    /// The user came.
    Session(Session),
    /// Features used in a session, one bit each; only in histories that have features.
    Features {
        /// When the session began.
        at: SimTime,
        /// Which.
        used: u16,
    },
    /// A message was answered, or not.
    Message(Message),
    /// A term of a subscription began.
    Term {
        /// When.
        at: SimTime,
        /// After another one.
        renewal: bool,
    },
    /// The user asked for help.
    Ticket {
        /// When.
        at: SimTime,
        /// Below [`SEVERITIES`].
        severity: u8,
    },
    /// The user judged the product.
    Review {
        /// When.
        at: SimTime,
        /// On its own scale.
        score: f32,
    },
    /// The user left for good.
    Left(SimTime),
}

impl Observation {
    /// When it was.
    #[inline]
    #[must_use]
    pub const fn at(&self) -> SimTime {
        match self {
            Self::Session(session) => session.at,
            Self::Message(message) => message.at,
            Self::Features { at, .. } | Self::Term { at, .. } | Self::Ticket { at, .. } | Self::Review { at, .. } => {
                *at
            }
            Self::Left(at) => *at,
        }
    }
}

/// The slot of a moment.
#[must_use]
pub fn slot_of(cuts: &DaypartCuts, clock: &LocalClock, at: SimTime) -> Slot {
    cuts.slot(clock.wall(at))
}
