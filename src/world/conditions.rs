//! What the company does to a user: the only thing an intervention may change.
//!
//! Conditions are the do-operator: they are set from what the company believes, and met by what the user is.

use crate::base::units::Money;

/// How a user answers to an experience [multiples of what they would do otherwise].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Answer {
    /// Sessions.
    pub sessions: f32,
    /// Amount of a paying session.
    pub amount: f32,
}

impl Answer {
    /// No difference.
    pub const NONE: Self = Self { sessions: 1.0, amount: 1.0 };

    /// The answer at part strength, linear in it.
    #[must_use]
    pub fn at(self, strength: f32) -> Self {
        let part = |multiple: f32| (1.0 + (multiple - 1.0) * strength).max(0.0);
        Self { sessions: part(self.sessions), amount: part(self.amount) }
    }
}

/// An experience made for one segment and served to somebody, who may or may not belong to it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tailoring {
    /// For whom it is made.
    pub segment: u8,
    /// What it does to them.
    pub hit: Answer,
    /// What it does to others.
    pub miss: Answer,
}

/// What one user meets at one moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Conditions {
    /// What multiplies everybody's sessions and amounts.
    pub answer: Answer,
    /// Tailored experiences, at most two at once.
    pub tailored: [Option<Tailoring>; 2],
    /// How far the defect behind the cliff is fixed \[1\].
    pub fixed: f32,
    /// Share of sessions that would earn nothing that is recovered \[1\].
    pub recovered: f32,
    /// What a recovered session pays.
    pub recovered_amount: Money,
    /// What multiplies the probability that a session pays \[1\].
    pub paid: f32,
    /// What is added to the probability that the first session pays \[1\].
    pub first_paid: f32,
    /// What multiplies the hazard of leaving \[1\].
    pub hazard: f32,
    /// Probability that a paying session makes a friend come \[1\].
    pub refers: f32,
}

impl Conditions {
    /// What everybody meets before anything is done.
    pub const USUAL: Self = Self {
        answer: Answer::NONE,
        tailored: [None; 2],
        fixed: 0.0,
        recovered: 0.0,
        recovered_amount: Money::ZERO,
        paid: 1.0,
        first_paid: 0.0,
        hazard: 1.0,
        refers: 0.0,
    };

    /// Serves a tailored experience; a third one at once is not met.
    pub fn serve(&mut self, tailoring: Tailoring) {
        if let Some(free) = self.tailored.iter_mut().find(|slot| slot.is_none()) {
            *free = Some(tailoring);
        }
    }
}
