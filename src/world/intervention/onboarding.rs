//! Changes what newcomers meet: only those who come first after its start, in their first days.

use serde::{Deserialize, Serialize};

use super::{Eligible, Kind, Met, Names, Size};
use crate::{
    base::luck::Stream,
    world::{conditions::Conditions, uncertain::Uncertain},
};

/// As a scenario states it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Onboarding {
    /// Days of tenure that it lasts.
    pub days: u32,
    /// What is added to the probability that the first session pays; 0 if not given.
    #[serde(default = "nothing")]
    pub first_session_paid: Uncertain,
    /// What multiplies sessions; 1 if not given.
    #[serde(default = "unchanged")]
    pub sessions: Uncertain,
    /// What multiplies the hazard of leaving; 1 if not given.
    #[serde(default = "unchanged")]
    pub hazard: Uncertain,
}

const fn nothing() -> Uncertain {
    Uncertain::Exactly(0.0)
}

const fn unchanged() -> Uncertain {
    Uncertain::Exactly(1.0)
}

/// In one world.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Drawn {
    days: f32,
    first_session_paid: f32,
    sessions: f32,
    hazard: f32,
}

impl Kind for Onboarding {
    type Drawn = Drawn;

    fn draw(&self, _: &Names<'_>, stream: &mut Stream) -> Drawn {
        Drawn {
            days: self.days as f32,
            first_session_paid: self.first_session_paid.draw(stream) as f32,
            sessions: self.sessions.draw(stream).max(0.0) as f32,
            hazard: self.hazard.draw(stream).max(0.0) as f32,
        }
    }

    fn in_words(&self) -> String {
        let (first, sessions) = (self.first_session_paid.in_words(), self.sessions.in_words());
        format!(
            "in the first {} days of those who come from then on, the first session pays more often by {first}, \
             sessions are multiplied by {sessions} and the hazard of leaving by {}",
            self.days,
            self.hazard.in_words()
        )
    }

    fn sizes(&self) -> Vec<Size> {
        vec![
            Size::share("first sessions that pay, more by", self.first_session_paid.mean()),
            Size::multiple("sessions ×", self.sessions.mean()),
            Size::multiple("the hazard of leaving ×", self.hazard.mean()),
        ]
    }
}

impl Drawn {
    fn part(multiple: f32, strength: f32) -> f32 {
        (1.0 + (multiple - 1.0) * strength).max(0.0)
    }
}

impl Met for Drawn {
    #[inline]
    fn apply(&self, strength: f32, conditions: &mut Conditions) {
        conditions.first_paid += self.first_session_paid * strength;
        conditions.answer.sessions *= Self::part(self.sessions, strength);
        conditions.hazard *= Self::part(self.hazard, strength);
    }

    fn most_sessions(&self, strength: f32) -> f32 {
        Self::part(self.sessions, strength).max(1.0)
    }

    fn hazard(&self) -> Option<f32> {
        (self.hazard != 1.0).then_some(self.hazard)
    }

    fn scope(&self, start: u32) -> Option<Eligible> {
        Some(Eligible::AllOf(vec![Eligible::BornSince(start), Eligible::Tenure(0.0, self.days)]))
    }

    fn numbers(&self) -> Vec<f64> {
        [self.first_session_paid, self.sessions, self.hazard].map(f64::from).to_vec()
    }
}
