//! One user's record, and how it is lived through again: predict, score, learn.

use crate::{
    base::{time::SimTime, units::UserId},
    history::{
        name::Name,
        session::Observation,
        sessions::{Timelines, UserTimeline},
    },
    user::{
        facet::{FACETS, FacetKind},
        priors::Priors,
        self_model::{Scores, SelfModel, Witness},
    },
};

/// What was recorded of one user.
#[derive(Clone, Copy, Debug)]
pub struct Life<'a> {
    /// Whose record it is.
    pub user: UserId,
    /// The channel that brought the user, as an index into the priors' channels; any larger number: unknown.
    pub channel: u8,
    /// When the user was first seen.
    pub first: SimTime,
    /// Until when the user was watched.
    pub end: SimTime,
    /// What was seen, in time order.
    pub observations: &'a [Observation],
}

/// The lives of a history, and the names of the channels they came by, in the order of their indices: sorted by
/// name, at most 254; rarer ones beyond that do not occur in practice and count as unknown.
#[must_use]
pub fn lives(timelines: &Timelines) -> (Vec<Life<'_>>, Vec<Name>) {
    let mut channels: Vec<Name> = timelines.users.iter().filter_map(|user| user.channel.clone()).collect();
    channels.sort();
    channels.dedup();
    let index = |name: &Name| channels.binary_search(name).ok().and_then(|index| u8::try_from(index).ok());
    let life = |user: &UserTimeline| Life {
        user: user.user,
        channel: user.channel.as_ref().and_then(index).unwrap_or(UNKNOWN_CHANNEL),
        first: user.first,
        end: timelines.span.1,
        observations: &timelines.observations[user.range.clone()],
    };
    let lives = timelines.users.iter().map(life).collect();
    (lives, channels)
}

/// Of an unknown channel.
pub const UNKNOWN_CHANNEL: u8 = u8::MAX;

/// Sums of log scores by facet \[nat\], with the number of predictions in them.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LogScores {
    /// Of the self-model.
    pub model: [f64; FACETS],
    /// Of the population's static law.
    pub population: [f64; FACETS],
    /// Predictions.
    pub events: [u64; FACETS],
}

impl LogScores {
    /// Over all facets \[nat\].
    #[must_use]
    pub fn total(&self) -> f64 {
        self.model.iter().sum()
    }

    /// Both together.
    #[must_use]
    pub fn plus(mut self, other: &Self) -> Self {
        for facet in 0..FACETS {
            self.model[facet] += other.model[facet];
            self.population[facet] += other.population[facet];
            self.events[facet] += other.events[facet];
        }
        self
    }
}

impl Witness for LogScores {
    #[inline]
    fn scored(&mut self, scores: &Scores) {
        for kind in FacetKind::ALL {
            if let Some((score, events)) = scores.of(kind) {
                let facet = kind as usize;
                self.model[facet] += f64::from(score.log_p);
                self.population[facet] += f64::from(score.population_log_p);
                self.events[facet] += u64::from(events);
            }
        }
    }
}

impl Life<'_> {
    /// Replays the record with these priors, in front of a witness; returns the beliefs at its end.
    pub fn replay(&self, priors: &Priors, witness: &mut dyn Witness) -> SelfModel {
        let mut model = SelfModel::new(self.user, self.first, self.channel, priors);
        for observation in self.observations {
            let (_, lesson) = model.predict(priors, observation.at()).score_before(observation, witness);
            model.learn(lesson);
        }
        let last = self.observations.last().map_or(self.first, Observation::at);
        let (_, lesson) = model.predict(priors, self.end.max(last)).close_before(witness);
        model.learn(lesson);
        model
    }
}
