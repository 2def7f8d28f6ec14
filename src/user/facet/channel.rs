//! By what way are they reached? Whether a message is opened at all, by its way, and less so the more came before it.
//!
//! A user opens a message that comes by a way with probability `θ·e^(−φF)`: `θ` is the user's own, a
//! [chance](super::chance) a way, and `F` the messages of late, fading by half in [`TIRED_DAYS`] days. Given decayed sums of
//! openings and of what each message was worth, `e^(−φF)`, the next one is opened with probability
//! `e^(−φF)·(opened + s·p_c)/(worth + s)`: exact for `φ = 0`, and the posterior mean of a Poisson rate with exposure
//! otherwise.

use serde::{Deserialize, Serialize};

use super::{
    super::segment::PerSegment,
    chance::{Answers, Chance},
    counts::Counts,
};
use crate::{
    base::float::{decay, exp32},
    history::session::WAYS,
};

/// Days in which half of the messages of late are forgotten.
pub const TIRED_DAYS: f32 = 7.0;

/// Decayed sums by way: opened, worth; and how tired the user was of messages when the last one was sent.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ChannelBelief {
    /// `[opened, worth]` by way.
    pub sums: Counts<{ 2 * WAYS }>,
    /// F: decayed number of messages up to and with the last one, in steps of 1/256 \[1\].
    pub(in crate::user) fatigue: u16,
    /// When it was sent, since the user was first seen \[2 h\].
    pub(in crate::user) last: u16,
}

impl ChannelBelief {
    /// Openings and misses that one way is worth.
    #[inline]
    #[must_use]
    pub fn answers(&self, channel: u8, keep: f32) -> Answers {
        let channel = 2 * usize::from(channel);
        let (opened, worth) = (self.sums.of(channel) * keep, self.sums.of(channel + 1) * keep);
        Answers { yes: opened, no: (worth - opened).max(0.0) }
    }

    /// Fatigue at a moment, so many days after the user was first seen.
    #[inline]
    #[must_use]
    pub fn tired(&self, sent: f64) -> f32 {
        let days = (sent as f32 - f32::from(self.last) / 12.0).max(0.0);
        f32::from(self.fatigue) / 256.0 * decay(days, TIRED_DAYS)
    }

    /// When the last message was sent, since the user was first seen \[day\].
    #[must_use]
    pub fn sent(&self) -> f64 {
        f64::from(self.last) / 12.0
    }

    /// Sets how tired the user was when the last message was sent, so many days after they were first seen.
    pub fn tire(&mut self, tired: f32, sent: f64) {
        self.fatigue = (tired.max(0.0) * 256.0 + 0.5) as u16;
        self.last = (sent * 12.0 + 0.5) as u16;
    }

    /// Adds one message, with a weight, that was worth so much.
    #[inline]
    pub fn learn(&mut self, channel: u8, sent: f64, (weight, worth): (f32, f32), opened: bool) {
        self.fatigue = ((self.tired(sent) + 1.0) * 256.0) as u16;
        self.last = self.last.max((sent * 12.0).max(0.0) as u16);
        let channel = 2 * usize::from(channel);
        self.sums.add_part(channel + 1, weight * worth);
        if opened {
            self.sums.add_part(channel, weight);
        }
    }
}

/// Prior of the channel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChannelPrior {
    /// One chance a way.
    pub ways: [Chance; WAYS],
    /// φ: how much one message of late takes off the next \[1\].
    pub fatigue: f32,
}

impl ChannelPrior {
    /// What a message is worth after others: `e^(−φF)`.
    #[inline]
    #[must_use]
    pub fn worth(&self, tired: f32) -> f32 {
        exp32(-self.fatigue * tired)
    }

    /// Probability under each segment that a message is opened, or not.
    #[inline]
    #[must_use]
    pub fn probabilities(&self, answers: &Answers, channel: u8, worth: f32, opened: bool) -> PerSegment {
        let open = self.ways[usize::from(channel)].probabilities(answers, None, true);
        open.map(|p| {
            let p = (p * worth).min(0.999);
            if opened { p } else { 1.0 - p }
        })
    }
}
