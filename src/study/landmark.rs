//! Landmarks: moments at which it is asked who will leave, with what was known then and what came of it.
//!
//! There is one every seven days of tenure, from the day a user is first seen, as long as they are there: until they say goodbye, or,
//! where leaving is silent, while they came within the last horizon. A landmark whose horizon runs past the end of the
//! record is dropped, whatever became of it: all users are watched until the same day, so that this depends on nothing
//! they do, whereas keeping those that are already known to have left would make leaving look more common than it is.

use super::life::Life;
use crate::{
    base::time::{DAY, SimTime},
    history::session::Observation,
    user::{
        facet::churn::{Departure, ahead::Standing},
        priors::Priors,
        self_model::SelfModel,
    },
};

/// From one landmark to the next \[day\].
const EVERY: i64 = 7;

/// One moment of a life.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Landmark {
    /// When.
    pub at: SimTime,
    /// What was known.
    pub standing: Standing,
    /// Whether the user left within the horizon.
    pub left: bool,
}

impl Life<'_> {
    /// The landmarks of a life whose horizon \[day\] is observed.
    #[must_use]
    pub fn landmarks(&self, priors: &Priors, horizon_days: f64) -> Vec<Landmark> {
        let horizon = (horizon_days * DAY as f64) as i64;
        let mut model = SelfModel::new(self.user, self.first, self.channel, priors);
        let (mut rest, mut landmarks) = (self.observations, Vec::new());
        for week in 0.. {
            let at = SimTime(self.first.0 + week * EVERY * DAY);
            let until = SimTime(at.0 + horizon);
            if until > self.end {
                break;
            }
            rest = learned(&mut model, priors, rest, at);
            if there(&model, priors, at, horizon) {
                let left = leaves(rest, priors.churn.departure, until);
                landmarks.push(Landmark { at, standing: model.predict(priors, at).standing(), left });
            }
        }
        landmarks
    }
}

/// Learns what happened up to a moment; returns what came after it.
fn learned<'a>(model: &mut SelfModel, priors: &Priors, seen: &'a [Observation], at: SimTime) -> &'a [Observation] {
    let now = seen.partition_point(|observation| observation.at() <= at);
    for observation in &seen[..now] {
        let (_, lesson) = model.predict(priors, observation.at()).score(observation);
        model.learn(lesson);
    }
    &seen[now..]
}

fn there(model: &SelfModel, priors: &Priors, at: SimTime, horizon: i64) -> bool {
    match priors.churn.departure {
        Departure::Announced => !model.left(),
        Departure::Silent => at.0 - model.last().0 < horizon,
    }
}

/// Whether what comes after a landmark is a departure.
fn leaves(later: &[Observation], departure: Departure, until: SimTime) -> bool {
    let mut within = later.iter().take_while(|observation| observation.at() <= until);
    match departure {
        Departure::Announced => within.any(|observation| matches!(observation, Observation::Left(_))),
        Departure::Silent => !within.any(|observation| matches!(observation, Observation::Session(_))),
    }
}
