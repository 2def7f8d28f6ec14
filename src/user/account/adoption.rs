//! Which modules an account has adopted: knowledge tracing, by module (Corbett & Anderson 1995, *Knowledge tracing*,
//! User Modeling and User-Adapted Interaction 4, 253–278).
//!
//! Touching a module once is not adopting it: who has not adopted it may try it (guess), and who has may leave it alone
//! for a week (slip). Both depend on how many members were there: of three, nobody may need payroll this week; of three
//! hundred, somebody does. What is adopted may be given up, so that the belief forgets.

use crate::{
    base::float::exp32,
    history::account::{MODULES, Usage},
};

/// Adopted before anything has been seen.
const PRIOR: f32 = 0.3;
/// Adopting in a week.
const ADOPTS: f32 = 0.012;
/// Giving up in a week.
const GIVES_UP: f32 = 0.024;
/// Probability that one member who comes uses an adopted module in a week.
const USES: f32 = 0.15;
/// Probability that one member who comes tries one that is not adopted.
const TRIES: f32 = 0.002;
/// Neither is ever certain.
const LEAST: f32 = 0.02;

/// P(adopted) by module.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Adoption {
    /// By the places of the modules.
    pub probability: [f32; MODULES],
    /// Weeks of evidence.
    pub weeks: u16,
}

impl Default for Adoption {
    fn default() -> Self {
        Self { probability: [PRIOR; MODULES], weeks: 0 }
    }
}

impl Adoption {
    /// Learns a week of use. A week in which nobody came says nothing.
    pub fn observe(&mut self, usage: &Usage) {
        if usage.active == 0 {
            return;
        }
        self.weeks = self.weeks.saturating_add(1);
        let came = usage.active as f32;
        let slip = exp32(-USES * came).max(LEAST);
        let guess = (1.0 - exp32(-TRIES * came)).clamp(LEAST, 0.5);
        for (probability, users) in self.probability.iter_mut().zip(usage.users) {
            *probability = passed(learned(*probability, users > 0, slip, guess));
        }
    }

    /// Modules that are more likely adopted than not, one bit each.
    #[must_use]
    pub fn adopted(&self) -> u16 {
        let bit = |(place, probability): (usize, &f32)| u16::from(*probability > 0.5) << place;
        self.probability.iter().enumerate().map(bit).fold(0, |bits, bit| bits | bit)
    }

    /// How many modules it is expected to have adopted.
    #[must_use]
    pub fn expected(&self) -> f64 {
        self.probability.iter().map(|&probability| f64::from(probability)).sum()
    }
}

/// Bayes' rule for one week (Corbett & Anderson 1995, eq. 1 and 2).
fn learned(prior: f32, used: bool, slip: f32, guess: f32) -> f32 {
    let (if_adopted, if_not) = if used { (1.0 - slip, guess) } else { (slip, 1.0 - guess) };
    let both = prior * if_adopted;
    both / (both + (1.0 - prior) * if_not)
}

/// A week passes (eq. 3, with forgetting).
fn passed(probability: f32) -> f32 {
    probability * (1.0 - GIVES_UP) + (1.0 - probability) * ADOPTS
}

#[cfg(test)]
mod tests {
    use super::*;

    fn week(active: u32, users: u32) -> Usage {
        let mut usage = Usage { seats: 100, active, sessions: active * 2, ..Usage::default() };
        usage.users[3] = users;
        usage
    }

    #[test]
    fn touching_a_module_once_is_not_adopting_it() {
        let mut belief = Adoption::default();
        (0..8).for_each(|_| belief.observe(&week(30, 0)));
        belief.observe(&week(30, 1));
        (0..3).for_each(|_| belief.observe(&week(30, 0)));
        assert_eq!(belief.adopted() >> 3 & 1, 0);
        (0..3).for_each(|_| belief.observe(&week(30, 4)));
        assert_eq!(belief.adopted() >> 3 & 1, 1);
    }

    #[test]
    fn a_quiet_week_says_less_where_few_people_come() {
        let after_silence = |active| {
            let mut belief = Adoption::default();
            (0..6).for_each(|_| belief.observe(&week(active, 1)));
            belief.observe(&week(active, 0));
            belief.probability[3]
        };
        assert!(after_silence(3) > after_silence(40) + 0.3);
    }
}
