//! Has paying users bring people they know: a referral programme. Users then hear of each other, and the world is lived
//! day by day.

use serde::{Deserialize, Serialize};

use super::{Kind, Met, Names, Size, Use};
use crate::{
    base::luck::Stream,
    world::{conditions::Conditions, uncertain::Uncertain},
};

/// As a scenario states it. Whom a user tells is drawn from one pool of people, so that the programme saturates as more
/// and more of them have come.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refer {
    /// Probability that a paying session makes somebody come who has not come before \[1\].
    pub per_paid_session: Uncertain,
    /// People who may be told in all.
    pub prospects: u32,
}

/// In one world.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Drawn {
    per_paid_session: f32,
    prospects: u32,
}

impl Kind for Refer {
    type Drawn = Drawn;

    fn draw(&self, _: &Names<'_>, stream: &mut Stream) -> Drawn {
        let per_paid_session = self.per_paid_session.draw(stream).clamp(0.0, 1.0) as f32;
        Drawn { per_paid_session, prospects: self.prospects }
    }

    fn in_words(&self) -> String {
        let share = self.per_paid_session.in_words();
        format!(
            "after each paying session the user tells one of {} people, who comes with probability {share}",
            self.prospects
        )
    }

    fn sizes(&self) -> Vec<Size> {
        vec![Size::share("friends who come a paying session", self.per_paid_session.mean())]
    }
}

impl Met for Drawn {
    #[inline]
    fn apply(&self, strength: f32, conditions: &mut Conditions) {
        conditions.refers = (conditions.refers + self.per_paid_session * strength).min(1.0);
    }

    fn prospects(&self) -> Option<u32> {
        Some(self.prospects)
    }

    fn used_by(&self) -> Use {
        Use::Counted
    }

    fn numbers(&self) -> Vec<f64> {
        vec![f64::from(self.per_paid_session)]
    }
}
