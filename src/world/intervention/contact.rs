//! Messages to users who have not come for a while: when they are sent, by which way, and how the way is chosen.
//!
//! Under [`Policy::Thompson`] each way's chance of an answer has a Beta posterior, the user's own openings on top of what
//! was expected; the way is drawn from the shares in which 32 draws from the posteriors were largest, mixed with a
//! twentieth of even shares (Thompson 1933, *Biometrika* 25). Because it is drawn from these very shares, they are its
//! propensities, exactly: what an off-policy evaluation of the log needs.

use serde::{Deserialize, Serialize};

use super::Sight;
use crate::{
    base::{gamma::Gamma, luck::Stream},
    history::session::WAYS,
};

/// One way to write to a user.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Way {
    /// The channel, such as push.
    pub channel: String,
    /// The tone, such as direct.
    pub style: String,
    /// Hour of the local day at which it is sent; the part of the day in which the user is believed to come, if not
    /// given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hour: Option<u8>,
}

/// How the way is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Policy {
    /// By draws from what is believed of the user.
    Thompson,
    /// All ways alike.
    Even,
    /// Always the same one, counted from 0.
    Only(u8),
}

/// Messages of one intervention in one world.
#[derive(Clone, Debug, PartialEq)]
pub struct Contact {
    /// Silence after which one is sent \[s\].
    pub after: u32,
    /// How many are sent in one silence.
    pub times: u32,
    /// Hours of the ways; none: by belief.
    pub hours: Vec<Option<u8>>,
    /// Probability that a user who is there answers, averaged over tastes \[1\].
    pub answered: f32,
    /// Strength of the users' tastes for ways: the smaller, the more they differ.
    pub taste: f64,
    /// Strength of what is expected of a user \[messages\].
    pub expected: f32,
    /// How the way is chosen.
    pub policy: Policy,
    /// Probability that a user who has left comes back \[1\].
    pub returns: f32,
}

/// Draws that propensities are counted from.
const DRAWS: u32 = 32;
/// Part of all messages that goes to the ways alike.
const EVEN: f64 = 0.05;

impl Contact {
    /// Number of ways.
    #[must_use]
    pub fn ways(&self) -> usize {
        self.hours.len().clamp(1, WAYS)
    }

    /// The way to take, and the probability with which it is taken.
    #[must_use]
    pub fn choose(&self, sight: &Sight<'_>, stream: &mut Stream) -> (u8, f64) {
        let shares = self.propensities(sight, stream);
        let mut left = stream.uniform();
        let last = self.ways() - 1;
        let passed = |share: &&f64| {
            left -= **share;
            left >= 0.0
        };
        let way = shares[..last].iter().take_while(passed).count();
        (way as u8, shares[way])
    }

    /// With which probability each way is taken.
    fn propensities(&self, sight: &Sight<'_>, stream: &mut Stream) -> [f64; WAYS] {
        let ways = self.ways();
        let even = 1.0 / ways as f64;
        match self.policy {
            Policy::Even => std::array::from_fn(|way| if way < ways { even } else { 0.0 }),
            Policy::Only(only) => {
                std::array::from_fn(|way| f64::from(u8::from(way == usize::from(only).min(ways - 1))))
            }
            Policy::Thompson => {
                let wins = self.wins(sight, stream);
                wins.map(|wins| (1.0 - EVEN) * f64::from(wins) / f64::from(DRAWS) + EVEN * even)
            }
        }
    }

    /// How often each way is the best of the draws.
    fn wins(&self, sight: &Sight<'_>, stream: &mut Stream) -> [u32; WAYS] {
        let laws: Vec<[Gamma; 2]> = (0..self.ways() as u8)
            .map(|way| {
                let seen = sight.model.channels().answers(way, 1.0);
                let yes = f64::from(self.answered * self.expected + seen.yes).max(0.01);
                let no = f64::from((1.0 - self.answered) * self.expected + seen.no).max(0.01);
                [Gamma::of(yes), Gamma::of(no)]
            })
            .collect();
        let mut wins = [0; WAYS];
        for _ in 0..DRAWS {
            let mut best = (f64::MIN, 0);
            for (way, [yes, no]) in laws.iter().enumerate() {
                let (yes, no) = (yes.draw(stream), no.draw(stream));
                let chance = yes / (yes + no).max(f64::MIN_POSITIVE);
                if chance > best.0 {
                    best = (chance, way);
                }
            }
            wins[best.1] += 1;
        }
        wins
    }

    /// Probability that a user with these shares of taste answers a message by a way, at a strength.
    #[must_use]
    pub fn answer(&self, tastes: &[f64], way: u8, strength: f32) -> f64 {
        let taste = tastes.get(usize::from(way)).copied().unwrap_or(0.0) * self.ways() as f64;
        (f64::from(self.answered * strength) * taste).clamp(0.0, 1.0)
    }
}
