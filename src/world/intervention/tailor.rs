//! Serves one segment the experience made for it, to whoever is believed to belong there.
//!
//! Those who do belong answer with the hit, the falsely targeted with the miss.

use serde::{Deserialize, Serialize};

use super::{Kind, Met, Names, Reference, Size};
use crate::{
    base::luck::Stream,
    world::{
        conditions::{Answer, Conditions, Tailoring},
        uncertain::Uncertain,
    },
};

/// As a scenario states it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tailor {
    /// The segment it is made for.
    pub segment: String,
    /// What it does to its members.
    pub hit: Multiples,
    /// What it does to others.
    pub miss: Multiples,
}

/// What multiplies a user's behaviour.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Multiples {
    /// Sessions.
    pub sessions: Uncertain,
    /// Amount of a paying session.
    pub amount: Uncertain,
}

/// In one world.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Drawn(Tailoring);

impl Multiples {
    fn draw(&self, stream: &mut Stream) -> Answer {
        let sessions = self.sessions.draw(stream).max(0.0) as f32;
        Answer { sessions, amount: self.amount.draw(stream).max(0.0) as f32 }
    }

    fn in_words(&self) -> String {
        format!("sessions × {} and amounts × {}", self.sessions.in_words(), self.amount.in_words())
    }
}

impl Kind for Tailor {
    type Drawn = Drawn;

    fn draw(&self, names: &Names<'_>, stream: &mut Stream) -> Drawn {
        let (hit, miss) = (self.hit.draw(stream), self.miss.draw(stream));
        Drawn(Tailoring { segment: names.segment(&self.segment), hit, miss })
    }

    fn in_words(&self) -> String {
        let (hit, miss) = (self.hit.in_words(), self.miss.in_words());
        format!("serves what “{}” users come for: {hit}; to others: {miss}", self.segment)
    }

    fn sizes(&self) -> Vec<Size> {
        let of = |what: &str| format!("{what} of “{}” ×", self.segment);
        let sessions = Size::multiple(of("sessions"), self.hit.sessions.mean());
        vec![sessions, Size::multiple(of("amounts"), self.hit.amount.mean())]
    }

    fn refers_to(&self) -> Vec<Reference<'_>> {
        vec![Reference::Segment(&self.segment)]
    }
}

impl Met for Drawn {
    #[inline]
    fn apply(&self, strength: f32, conditions: &mut Conditions) {
        let Tailoring { segment, hit, miss } = self.0;
        conditions.serve(Tailoring { segment, hit: hit.at(strength), miss: miss.at(strength) });
    }

    fn most_sessions(&self, strength: f32) -> f32 {
        let (hit, miss) = (self.0.hit.at(strength), self.0.miss.at(strength));
        hit.sessions.max(miss.sessions).max(1.0)
    }

    fn numbers(&self) -> Vec<f64> {
        vec![f64::from(self.0.hit.sessions), f64::from(self.0.hit.amount)]
    }
}
