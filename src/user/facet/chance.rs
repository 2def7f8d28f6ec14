//! Yes or no: the Beta–Bernoulli law that purchase, offers and messages share.
//!
//! A user of segment `c` says yes with a probability from `Beta(s·p_c, s·(1-p_c))`; given decayed counts the next
//! answer is yes with probability `(yes + ℓ·last + s·p_c) / (yes + no + ℓ + s)`, where the last answer, if it is
//! remembered, speaks once more with weight `ℓ` (Gelman et al., *Bayesian Data Analysis*, 3rd ed., §2.4).

use serde::{Deserialize, Serialize};

use super::super::segment::PerSegment;

/// Decayed counts of answers.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Answers {
    /// Yes.
    pub yes: f32,
    /// No.
    pub no: f32,
}

impl Answers {
    /// What is left of them.
    #[inline]
    #[must_use]
    pub fn faded(&self, keep: f32) -> Self {
        Self { yes: self.yes * keep, no: self.no * keep }
    }

    /// Adds one answer.
    #[inline]
    pub fn learn(&mut self, yes: bool) {
        *(if yes { &mut self.yes } else { &mut self.no }) += 1.0;
    }

    /// Counts of both, where the other's have `sign` 1, or without the other's, where it is −1.
    #[must_use]
    pub fn joined(&self, other: &Self, sign: f32) -> Self {
        Self { yes: (self.yes + sign * other.yes).max(0.0), no: (self.no + sign * other.no).max(0.0) }
    }

    /// Both.
    #[inline]
    #[must_use]
    pub fn total(&self) -> f32 {
        self.yes + self.no
    }
}

/// Prior of a yes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Chance {
    /// p_c.
    pub share: PerSegment,
    /// s.
    pub strength: f32,
    /// ℓ: what the last answer counts beside itself \[1\]; 0: nothing.
    pub sticky: f32,
    /// The population's share.
    pub population: f32,
    /// What circumstances multiply the odds of a yes by; empty: nothing.
    pub odds: Vec<f32>,
}

impl Chance {
    /// Shares of the segments, the strength that they have for one user, and the share of all.
    #[must_use]
    pub const fn new(share: PerSegment, strength: f32, population: f32) -> Self {
        Self { share, strength, sticky: 0.0, population, odds: Vec::new() }
    }

    /// Probability of an answer under each segment; `last` is the last answer, if it is known.
    #[inline]
    #[must_use]
    pub fn probabilities(&self, answers: &Answers, last: Option<bool>, yes: bool) -> PerSegment {
        let (mut said, mut weight) = (answers.yes, answers.total());
        if let Some(last) = last {
            said += self.sticky * f32::from(u8::from(last));
            weight += self.sticky;
        }
        let scale = 1.0 / (weight + self.strength);
        // No is yes turned round: 1 − p = base + slope·p.
        let (base, slope) = if yes { (0.0, scale) } else { (1.0, -scale) };
        let mut p = self.share;
        for p in &mut p {
            *p = base + slope * (*p * self.strength + said);
        }
        p
    }

    /// The same in some circumstances: `p·o / (1 − p + p·o)`.
    #[inline]
    #[must_use]
    pub fn probabilities_in(&self, context: u16, answers: &Answers, last: Option<bool>, yes: bool) -> PerSegment {
        let p = self.probabilities(answers, last, true);
        let odds = self.odds.get(usize::from(context)).copied().unwrap_or(1.0);
        p.map(|p| {
            let p = p * odds / (1.0 - p + p * odds);
            if yes { p } else { 1.0 - p }
        })
    }

    /// The population's probability of an answer.
    #[inline]
    #[must_use]
    pub const fn population(&self, yes: bool) -> f32 {
        if yes { self.population } else { 1.0 - self.population }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::user::segment::SEGMENTS;

    #[test]
    fn yes_and_no_add_up_and_the_last_answer_speaks_once_more() {
        let prior = Chance { sticky: 2.0, ..Chance::new([0.25; SEGMENTS], 4.0, 0.25) };
        let mut answers = Answers::default();
        (0..3).for_each(|i| answers.learn(i > 0));
        let p = |last, yes| prior.probabilities(&answers, last, yes)[0];
        assert!((p(None, true) - 3.0 / 7.0).abs() < 1e-6);
        assert!((p(Some(true), true) - 5.0 / 9.0).abs() < 1e-6);
        assert!((p(Some(false), true) + p(Some(false), false) - 1.0).abs() < 1e-6);
    }
}
