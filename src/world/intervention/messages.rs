//! Writes to users by channel, tone and time of day, chosen by belief.

use serde::{Deserialize, Serialize};

use super::{Contact, Kind, Met, Names, Policy, Size, Use, Way};
use crate::{
    base::{
        luck::Stream,
        units::{Days, Positive},
    },
    world::{conditions::Conditions, uncertain::Uncertain},
};

/// As a scenario states it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Messages {
    /// Days without a session after which a message is sent, and again after as many.
    pub after_days: Days,
    /// How many are sent in one silence; 1 if not given.
    #[serde(default = "once")]
    pub times: u32,
    /// The ways to choose from, at most four.
    pub ways: Vec<Way>,
    /// Probability that a message brings a session, averaged over users and ways \[1\].
    pub answered: Uncertain,
    /// Strength of the hidden Dirichlet law of the users' tastes for the ways: the smaller, the more they differ.
    pub taste: Positive,
    /// How the way is chosen.
    #[serde(default = "thompson")]
    pub policy: Policy,
}

const fn once() -> u32 {
    1
}

const fn thompson() -> Policy {
    Policy::Thompson
}

/// In one world.
#[derive(Clone, Debug, PartialEq)]
pub struct Drawn(Contact);

impl Kind for Messages {
    type Drawn = Drawn;

    fn draw(&self, _: &Names<'_>, stream: &mut Stream) -> Drawn {
        let answered = self.answered.draw(stream).clamp(0.0, 1.0) as f32;
        Drawn(Contact {
            after: (self.after_days.value() * 86_400.0) as u32,
            times: self.times,
            hours: self.ways.iter().map(|way| way.hour).collect(),
            answered,
            taste: self.taste.value(),
            // A Dirichlet taste of strength s makes a way's chance about as uncertain as a Beta law of the same strength.
            expected: self.taste.value() as f32,
            policy: self.policy,
            returns: 0.0,
        })
    }

    fn in_words(&self) -> String {
        let ways: Vec<String> = self.ways.iter().map(|way| format!("{} {}", way.style, way.channel)).collect();
        let chosen = match self.policy {
            Policy::Thompson => "chosen by Thompson sampling from each user's belief".to_owned(),
            Policy::Even => "all alike".to_owned(),
            Policy::Only(way) => format!("always the one with number {way}"),
        };
        format!(
            "writes after {} days without a session, up to {} times, by {} ({chosen}); a message brings a session with \
             probability {}, and tastes for the ways have strength {}",
            self.after_days.value(),
            self.times,
            ways.join(", "),
            self.answered.in_words(),
            self.taste.value()
        )
    }

    fn sizes(&self) -> Vec<Size> {
        vec![Size::share("messages that bring a session", self.answered.mean())]
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
        vec![f64::from(self.0.answered)]
    }
}
