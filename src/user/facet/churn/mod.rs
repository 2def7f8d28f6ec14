//! Do they leave? The chance of leaving in the coming period, by tenure.
//!
//! Tenure is cut into periods (30 days, say) from the user's first session. At the start of each period in
//! which the user is still there the belief is asked for the chance that they leave in it: a discrete-time
//! hazard `h_ck` by segment and period (Singer & Willett 1993, *It's about time*, J. Educational Statistics 18).
//! Where leaving is announced, a user is there until they cancel. Where it is silent, a user leaves a period
//! by not coming in the next one, and may come back; then a frailty `f` scales the hazard,
//! `P = 1 − (1−h_ck)^f` with posterior mean `f = (a + lapses) / (a + h̄_c·periods)` (Vaupel, Manton & Stallard 1979).
//! Who came often of late is less likely to stay away: `f` is multiplied by `(1 + m/θ)^−β`, `m` being the decayed
//! number of sessions at the period's start (a complementary log-log regression; Prentice & Gloeckler 1978).
//!
//! [`ahead`] asks on any day, not only at the start of a period.

pub mod ahead;

use serde::{Deserialize, Serialize};

use super::super::segment::{PerSegment, SEGMENTS};
use crate::base::{
    float::{exp32, exps, ln32, lns},
    gamma::Gamma,
    luck::{Stream, waiting},
    time::{DAY, SimTime},
};

/// Periods of tenure that are told apart; the last is open.
pub const PERIODS: usize = 24;

/// How a departure shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Departure {
    /// An event says so.
    Announced,
    /// A whole period without a session.
    Silent,
}

/// Decayed counts of the periods that were decided.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ChurnBelief {
    /// Periods at whose start the user was there.
    pub periods: f32,
    /// In how many of them the user left.
    pub lapses: f32,
}

impl ChurnBelief {
    /// What is left of it.
    #[inline]
    #[must_use]
    pub fn faded(&self, keep: f32) -> Self {
        Self { periods: self.periods * keep, lapses: self.lapses * keep }
    }

    /// Counts of both, where the other's have `sign` 1, or without the other's, where it is −1.
    #[must_use]
    pub fn joined(&self, other: &Self, sign: f32) -> Self {
        let joined = |mine: f32, theirs: f32| (mine + sign * theirs).max(0.0);
        Self { periods: joined(self.periods, other.periods), lapses: joined(self.lapses, other.lapses) }
    }

    /// Adds one decided period.
    #[inline]
    pub fn learn(&mut self, left: bool) {
        self.periods += 1.0;
        self.lapses += f32::from(u8::from(left));
    }
}

/// Prior of leaving.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChurnPrior {
    /// How a departure shows.
    pub departure: Departure,
    /// Length of a period \[day\].
    pub period_days: f32,
    /// h_ck.
    pub hazard: Vec<PerSegment>,
    /// a of the frailty, where users may come back.
    pub frailty: Option<f32>,
    /// β: how much recent sessions protect; 0: not at all.
    pub engagement: f32,
    /// θ: recent sessions that count as many \[1\].
    pub often: f32,
    /// h̄_c.
    pub mean_hazard: PerSegment,
    /// The population's hazard by period.
    pub population: Vec<f32>,
}

impl ChurnPrior {
    /// Checks nothing and computes what follows from the hazards; the population's are the segments' mixed.
    #[must_use]
    pub fn new(departure: Departure, period_days: f32, hazard: Vec<PerSegment>, population: Vec<f32>) -> Self {
        let mut mean_hazard = [0.0; SEGMENTS];
        for c in 0..SEGMENTS {
            mean_hazard[c] = hazard.iter().map(|h| h[c]).sum::<f32>() / hazard.len() as f32;
        }
        Self { departure, period_days, hazard, frailty: None, engagement: 0.0, often: 1.0, mean_hazard, population }
    }

    /// The period of tenure that a moment lies in.
    #[inline]
    #[must_use]
    pub fn period(&self, first: SimTime, at: SimTime) -> u32 {
        ((at.0 - first.0).max(0) as f64 / (f64::from(self.period_days) * DAY as f64)) as u32
    }

    /// Days from a moment to the start of a period; 0 if it has begun.
    #[inline]
    #[must_use]
    pub fn days_to(&self, first: SimTime, period: u32, from: SimTime) -> f32 {
        (period as f32 * self.period_days - from.days_since(first) as f32).max(0.0)
    }

    /// Probability under each segment of leaving in a period, if there at its start, after so many recent sessions.
    #[inline]
    #[must_use]
    pub fn probabilities(&self, belief: &ChurnBelief, period: u32, recent: f32) -> PerSegment {
        let mut p = self.hazard[(period as usize).min(self.hazard.len() - 1)];
        if self.frailty.is_none() && self.engagement == 0.0 {
            return p;
        }
        let pace = exp32(-self.engagement * ln32(1.0 + recent / self.often));
        for p in &mut p {
            *p = (1.0 - *p).max(1e-6);
        }
        lns(&mut p);
        for (p, mean) in p.iter_mut().zip(&self.mean_hazard) {
            let expected = mean * belief.periods;
            let frailty = self.frailty.map_or(1.0, |shape| (shape + belief.lapses) / (shape + expected));
            *p *= frailty * pace;
        }
        exps(&mut p);
        p.map(|stays| 1.0 - stays)
    }

    /// The population's probability.
    #[inline]
    #[must_use]
    pub fn population(&self, period: u32) -> f32 {
        self.population[(period as usize).min(self.population.len() - 1)]
    }
}

/// How easily one simulated user leaves. Hidden.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ChurnTrait {
    /// What multiplies the hazard.
    frailty: f32,
}

impl ChurnTrait {
    /// Draws a user's own frailty, of mean 1; without a law all are alike.
    #[must_use]
    pub fn draw(shape: Option<Gamma>, stream: &mut Stream) -> Self {
        Self { frailty: shape.map_or(1.0, |shape| shape.of_mean_one(stream)) as f32 }
    }

    /// A user of a known frailty.
    #[must_use]
    pub const fn of(frailty: f64) -> Self {
        Self { frailty: frailty as f32 }
    }

    /// Hazard that the user can stand in all, by inversion: the same luck under any hazard.
    #[inline]
    #[must_use]
    pub fn generate(&self, word: u32) -> f64 {
        waiting(word) / f64::from(self.frailty)
    }
}
