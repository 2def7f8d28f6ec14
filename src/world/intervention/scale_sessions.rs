//! Brings users more often (messages at their own time and in their own tone, say), or less.

use serde::{Deserialize, Serialize};

use super::{Kind, Met, Names, Size};
use crate::{
    base::luck::Stream,
    world::{
        conditions::{Answer, Conditions},
        uncertain::Uncertain,
    },
};

/// As a scenario states it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScaleSessions {
    /// What multiplies the sessions of treated users.
    pub by: Uncertain,
}

/// In one world.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Drawn(Answer);

impl Kind for ScaleSessions {
    type Drawn = Drawn;

    fn draw(&self, _: &Names<'_>, stream: &mut Stream) -> Drawn {
        Drawn(Answer { sessions: self.by.draw(stream).max(0.0) as f32, amount: 1.0 })
    }

    fn in_words(&self) -> String {
        format!("multiplies sessions by {}", self.by.in_words())
    }

    fn sizes(&self) -> Vec<Size> {
        vec![Size::multiple("sessions ×", self.by.mean())]
    }
}

impl Met for Drawn {
    #[inline]
    fn apply(&self, strength: f32, conditions: &mut Conditions) {
        conditions.answer.sessions *= self.0.at(strength).sessions;
    }

    fn most_sessions(&self, strength: f32) -> f32 {
        self.0.at(strength).sessions.max(1.0)
    }

    fn numbers(&self) -> Vec<f64> {
        vec![f64::from(self.0.sessions)]
    }
}
