//! Landmarks: moments at which it is asked who will leave, with what was known then and what came of it.
//!
//! There is one every seven days of tenure, from the day a user is first seen, as long as they are there: until they
//! say goodbye, or, where leaving is silent, while they came within the last horizon. A landmark whose horizon runs past the end of the
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

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;
    use crate::{
        base::units::UserId,
        history::session::{Session, Slot},
        study::life::UNKNOWN_CHANNEL,
    };

    const SLOT: Slot = Slot { weekend: false, daypart: 1, late: false };

    fn observation((hour, kind): &(i64, u8)) -> Observation {
        let at = SimTime(hour * 3_600);
        match kind {
            0 => Observation::Review { at, score: *hour as f32 },
            1 => Observation::Ticket { at, severity: 1 },
            _ => Observation::Session(Session::new(at, SLOT)),
        }
    }

    fn landmarks(seen: &[(i64, u8)], left: Option<i64>, priors: &Priors) -> Vec<Landmark> {
        let mut observations: Vec<Observation> = seen.iter().map(observation).collect();
        observations.extend(left.map(|hour| Observation::Left(SimTime(hour * 3_600))));
        observations.sort_by_key(Observation::at);
        let end = SimTime(200 * DAY);
        Life { user: UserId(1), channel: UNKNOWN_CHANNEL, first: SimTime(0), end, observations: &observations }
            .landmarks(priors, 30.0)
    }

    proptest! {
        /// What happens after a landmark changes nothing of what was known at it, whatever it is.
        #[test]
        fn nothing_of_the_future_enters(
            before in vec((0i64..2_400, 0u8..6), 0..40),
            one in vec((2_401i64..4_800, 0u8..6), 0..20),
            other in vec((2_401i64..4_800, 0u8..6), 0..20),
            left in 2_401i64..4_800,
        ) {
            let priors = Priors::ignorant();
            let known = |later: &[(i64, u8)], left| {
                let all: Vec<(i64, u8)> = before.iter().chain(later).copied().collect();
                let until = SimTime(100 * DAY);
                let landmarks = landmarks(&all, left, &priors).into_iter().filter(|landmark| landmark.at <= until);
                landmarks.map(|landmark| landmark.standing).collect::<Vec<_>>()
            };
            prop_assert!(known(&one, None).len() == 15);
            prop_assert_eq!(known(&one, None), known(&other, Some(left)));
        }
    }

    #[test]
    fn a_landmark_is_left_within_its_horizon_and_there_is_none_after() {
        let landmarks = landmarks(&[(1, 2), (30, 2)], Some(50 * 24), &Priors::ignorant());
        let weeks: Vec<(i64, bool)> = landmarks.iter().map(|found| (found.at.0 / DAY, found.left)).collect();
        let expected: Vec<(i64, bool)> = (0..8).map(|week| (7 * week, 7 * week >= 20)).collect();
        assert_eq!(weeks, expected);
    }

    #[test]
    fn who_leaves_in_silence_is_there_until_a_horizon_has_passed() {
        let mut priors = Priors::ignorant();
        priors.churn.departure = Departure::Silent;
        let landmarks = landmarks(&[(24, 2), (20 * 24, 2)], None, &priors);
        let weeks: Vec<(i64, bool)> = landmarks.iter().map(|found| (found.at.0 / DAY, found.left)).collect();
        let expected =
            [(0, false), (7, false), (14, false), (21, true), (28, true), (35, true), (42, true), (49, true)];
        assert_eq!(weeks, expected);
    }
}
