//! Do they come in a week? The visit rate, and how engaged they are.
//!
//! Each week of tenure a user comes or does not. Two views of it are mixed: a [chance](super::chance) that forgets, and a
//! hidden state of four, *engaged, regular, lapsing, dormant*, filtered week by week (Netzer, Lattin & Srinivasan 2008,
//! *A hidden Markov model of customer relationship dynamics*, Marketing Science 27).

use serde::{Deserialize, Serialize};

use super::{
    super::segment::PerSegment,
    chance::{Answers, Chance},
    hidden::{Chain, packed, unpacked},
};

/// States of engagement.
pub const STATES: usize = 4;
/// Their names, from the most engaged on.
pub const STATE_NAMES: [&str; STATES] = ["engaged", "regular", "lapsing", "dormant"];

/// Share of a state that moves to a neighbour in a week, before anything is fitted.
const STEP: f32 = 0.04;

/// Weeks, and the state after the last one that is decided.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct VisitBelief {
    /// Decayed weeks with a session, and without.
    pub weeks: Answers,
    /// Probability of each state; all 0 before the first week.
    pub state: [u16; STATES],
}

impl VisitBelief {
    /// Probability of each state after the last decided week.
    #[inline]
    #[must_use]
    pub fn state(&self, prior: &VisitPrior) -> [f32; STATES] {
        if self.state == [0; STATES] { prior.chain.start } else { unpacked(&self.state) }
    }

    /// Adds one week; `moved` is the state during it, before it was seen, and `keep` what is left of older weeks.
    #[inline]
    pub fn learn(&mut self, prior: &VisitPrior, moved: &[f32; STATES], keep: f32, came: bool) {
        self.weeks = self.weeks.faded(keep);
        self.weeks.learn(came);
        self.state = packed(&prior.chain.heard(moved, came));
    }
}

/// Prior of the visits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VisitPrior {
    /// Of a week with a session.
    pub week: Chance,
    /// Of the state.
    pub chain: Chain<STATES>,
    /// What the state counts in the mixed prediction \[1\].
    pub share: f32,
}

impl VisitPrior {
    /// A prior for a population that comes in a share of all weeks, before anything is fitted: four states around that
    /// share, each of which mostly stays.
    #[must_use]
    pub fn around(share: f32, week: Chance) -> Self {
        let odds = share.clamp(0.02, 0.98) / (1.0 - share.clamp(0.02, 0.98));
        let yes = [12.0, 2.0, 0.4, 0.05].map(|by| by * odds / (1.0 + by * odds));
        let step = std::array::from_fn(|from| {
            std::array::from_fn(|to| match usize::abs_diff(from, to) {
                0 => 1.0 - if from == 0 || from == STATES - 1 { STEP } else { 2.0 * STEP },
                1 => STEP,
                _ => 0.0,
            })
        });
        let chain = Chain { start: [0.25; STATES], step, yes };
        Self { week, chain, share: 0.5 }
    }

    /// Probability under each segment of coming in the next week or not, from the state during it.
    #[inline]
    #[must_use]
    pub fn probabilities(&self, belief: &VisitBelief, moved: &[f32; STATES], keep: f32, came: bool) -> PerSegment {
        let by_state = self.chain.says_yes(moved);
        let by_state = if came { by_state } else { 1.0 - by_state };
        let weeks = self.week.probabilities(&belief.weeks.faded(keep), None, came);
        weeks.map(|p| p + self.share * (by_state - p))
    }
}
