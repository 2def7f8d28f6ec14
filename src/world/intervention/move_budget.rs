//! Moves spend between the channels that bring users, or adds spend to one.
//!
//! A channel saturates: spend `s` brings users in proportion to `s/(s + h)`, where at spend `h` it brings half of what it
//! ever could (a Hill curve of slope 1; Jin et al. 2017, *Bayesian Methods for Media Mix Modeling with Carryover and
//! Shape Effects*, §2.2). Without an `h` users are in proportion to spend.

use serde::{Deserialize, Serialize};

use super::{Kind, Met, Names, Reference, Size, Use};
use crate::{
    base::{luck::Stream, units::Positive},
    world::{conditions::Conditions, uncertain::Uncertain},
};

/// As a scenario states it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MoveBudget {
    /// What is moved [major units a day].
    pub per_day: Positive,
    /// The channel it is taken from; new money if not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The channel it goes to; saved if not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// Spend at which the channel it is taken from brings half of what it could [major units a day].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_half_spend: Option<Uncertain>,
    /// The same of the channel it goes to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to_half_spend: Option<Uncertain>,
}

/// What an intervention does to the yield of the channels.
#[derive(Clone, Debug, PartialEq)]
pub struct Shift {
    /// Channel, and what multiplies the users it brings in full force.
    pub yields: Vec<(u8, f64)>,
    /// Spend added in full force [major units a day].
    pub spend_per_day: f64,
}

/// In one world.
#[derive(Clone, Debug, PartialEq)]
pub struct Drawn(Shift);

impl MoveBudget {
    /// What multiplies the users of a channel when its spend changes.
    fn yielded(names: &Names<'_>, id: &str, more: f64, half: Option<f64>) -> (u8, f64) {
        let spend = names
            .channels
            .iter()
            .find(|channel| channel.id == id)
            .map_or(0.0, crate::world::scenario::Channel::spend_per_day);
        let then = (spend + more).max(0.0);
        let saturation = half.map_or(1.0, |half| (spend + half.max(0.0)) / (then + half.max(0.0)).max(1e-9));
        (names.channel(id), if spend > 0.0 { then / spend * saturation } else { 1.0 })
    }
}

impl Kind for MoveBudget {
    type Drawn = Drawn;

    fn draw(&self, names: &Names<'_>, stream: &mut Stream) -> Drawn {
        let amount = self.per_day.value();
        let mut half = |law: &Option<Uncertain>| law.as_ref().map(|law| law.draw(stream));
        let (from_half, to_half) = (half(&self.from_half_spend), half(&self.to_half_spend));
        let from = self.from.iter().map(|id| Self::yielded(names, id, -amount, from_half));
        let to = self.to.iter().map(|id| Self::yielded(names, id, amount, to_half));
        let spend_per_day =
            amount * (f64::from(u8::from(self.to.is_some())) - f64::from(u8::from(self.from.is_some())));
        Drawn(Shift { yields: from.chain(to).collect(), spend_per_day })
    }

    fn in_words(&self) -> String {
        let from = self.from.as_ref().map_or("new money".to_owned(), |id| format!("“{id}”"));
        let to = self.to.as_ref().map_or("savings".to_owned(), |id| format!("“{id}”"));
        let half = |law: &Option<Uncertain>| law.as_ref().map_or("nowhere near".to_owned(), Uncertain::in_words);
        format!(
            "moves {} a day from {from} to {to}; half of what they could bring is reached at {} and {}",
            self.per_day.value(),
            half(&self.from_half_spend),
            half(&self.to_half_spend)
        )
    }

    fn sizes(&self) -> Vec<Size> {
        vec![Size::share("spend moved a day", self.per_day.value())]
    }

    fn refers_to(&self) -> Vec<Reference<'_>> {
        self.from.iter().chain(&self.to).map(|id| Reference::Channel(id)).collect()
    }
}

impl Met for Drawn {
    fn apply(&self, _: f32, _: &mut Conditions) {}

    fn shift(&self) -> Option<&Shift> {
        Some(&self.0)
    }

    fn used_by(&self) -> Use {
        Use::Counted
    }

    fn numbers(&self) -> Vec<f64> {
        self.0.yields.iter().map(|(_, by)| *by).collect()
    }
}
