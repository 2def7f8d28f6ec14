//! Gives a discount: more sessions pay, each pays less, those that would have paid anyway included.

use serde::{Deserialize, Serialize};

use super::{Kind, Met, Names, Size, Use};
use crate::{
    base::{luck::Stream, units::Probability},
    world::{conditions::Conditions, uncertain::Uncertain},
};

/// As a scenario states it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Discount {
    /// Share taken off each charge \[1\].
    pub share: Probability,
    /// What multiplies the probability that a session pays.
    pub paid: Uncertain,
    /// What multiplies sessions; 1 if not given.
    #[serde(default = "unchanged")]
    pub sessions: Uncertain,
}

const fn unchanged() -> Uncertain {
    Uncertain::Exactly(1.0)
}

/// In one world.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Drawn {
    share: f32,
    paid: f32,
    sessions: f32,
}

impl Kind for Discount {
    type Drawn = Drawn;

    fn draw(&self, _: &Names<'_>, stream: &mut Stream) -> Drawn {
        let (paid, sessions) = (self.paid.draw(stream), self.sessions.draw(stream));
        Drawn { share: self.share.value() as f32, paid: paid.max(0.0) as f32, sessions: sessions.max(0.0) as f32 }
    }

    fn in_words(&self) -> String {
        let (paid, sessions) = (self.paid.in_words(), self.sessions.in_words());
        let share = self.share.value();
        format!("takes {share} off each charge; the probability to pay is multiplied by {paid}, sessions by {sessions}")
    }

    fn sizes(&self) -> Vec<Size> {
        let share = Size::share("share off each charge", self.share.value());
        vec![share, Size::multiple("the probability to pay ×", self.paid.mean())]
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
        conditions.answer.amount *= (1.0 - self.share * strength).max(0.0);
        conditions.paid *= Self::part(self.paid, strength);
        conditions.answer.sessions *= Self::part(self.sessions, strength);
    }

    fn most_sessions(&self, strength: f32) -> f32 {
        Self::part(self.sessions, strength).max(1.0)
    }

    fn used_by(&self) -> Use {
        Use::PaidSession
    }

    fn numbers(&self) -> Vec<f64> {
        vec![f64::from(self.share), f64::from(self.paid)]
    }
}
