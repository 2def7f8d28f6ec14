//! Writes once to users who have not come for long: some were only silent, some had left and come back.

use serde::{Deserialize, Serialize};

use super::{Contact, Kind, Met, Names, Policy, Size, Use};
use crate::{
    base::{luck::Stream, units::Days},
    world::{conditions::Conditions, uncertain::Uncertain},
};

/// As a scenario states it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WinBack {
    /// Days without a session after which the user counts as lapsing.
    pub after_days: Days,
    /// Probability that a user who is still there comes because of it \[1\].
    pub answered: Uncertain,
    /// Probability that a user who has left comes back because of it \[1\].
    pub returns: Uncertain,
}

/// In one world.
#[derive(Clone, Debug, PartialEq)]
pub struct Drawn(Contact);

impl Kind for WinBack {
    type Drawn = Drawn;

    fn draw(&self, _: &Names<'_>, stream: &mut Stream) -> Drawn {
        let (answered, returns) = (self.answered.draw(stream), self.returns.draw(stream));
        Drawn(Contact {
            after: (self.after_days.value() * 86_400.0) as u32,
            times: 1,
            hours: vec![None],
            answered: answered.clamp(0.0, 1.0) as f32,
            taste: f64::INFINITY,
            expected: 1.0,
            policy: Policy::Only(0),
            returns: returns.clamp(0.0, 1.0) as f32,
        })
    }

    fn in_words(&self) -> String {
        format!(
            "writes once after {} days without a session: of those still there {} come, of those who have left {} come back",
            self.after_days.value(),
            self.answered.in_words(),
            self.returns.in_words()
        )
    }

    fn sizes(&self) -> Vec<Size> {
        vec![Size::share("users who had left and come back", self.returns.mean())]
    }
}

impl Met for Drawn {
    fn apply(&self, _: f32, _: &mut Conditions) {}

    fn contact(&self) -> Option<&Contact> {
        Some(&self.0)
    }

    fn used_by(&self) -> Use {
        Use::Counted
    }

    fn numbers(&self) -> Vec<f64> {
        vec![f64::from(self.0.returns)]
    }
}
