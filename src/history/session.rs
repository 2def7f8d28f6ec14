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

/// A part of a local day, on a weekday or at the weekend.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slot {
    /// Saturday or Sunday.
    pub weekend: bool,
    /// Index of the part, below [`DAYPARTS`].
    pub daypart: u8,
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
        let hour = wall.second_of_day() / 3_600;
        let daypart = self.0.iter().filter(|&&first| u32::from(first) <= hour).count() - 1;
        Slot { weekend: wall.weekday() >= 5, daypart: daypart as u8 }
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
    /// The content kind met first.
    pub content: Option<u8>,
    /// When it began on the user's wall clock.
    pub slot: Slot,
}

impl Session {
    /// A session that met nothing and earned nothing.
    #[must_use]
    pub const fn new(at: SimTime, slot: Slot) -> Self {
        Self { at, paid: None, contents: 0, content: None, slot }
    }

    /// The same session, having met a kind of content (below [`CONTENT_KINDS`]).
    #[must_use]
    pub const fn with_content(mut self, kind: u8) -> Self {
        if self.content.is_none() {
            self.content = Some(kind);
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
}

/// What the self-model is fed with, in time order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Observation {
    /// The user came.
    Session(Session),
    /// The user left for good.
    Left(SimTime),
}

impl Observation {
    /// When it was.
    #[must_use]
    pub const fn at(&self) -> SimTime {
        match self {
            Self::Session(session) => session.at,
            Self::Left(at) => *at,
        }
    }
}

/// The slot of a moment.
#[must_use]
pub fn slot_of(cuts: &DaypartCuts, clock: &LocalClock, at: SimTime) -> Slot {
    cuts.slot(clock.wall(at))
}
