//! What a day changed in the self-models: of those who did anything on it, who is now most like another segment, and which
//! beliefs are newly held or given up.

use rayon::prelude::*;
use serde::Serialize;

use super::{Known, lived};
use crate::{
    base::time::SimTime,
    history::session::Observation,
    study::{explanation::close, life::Life},
    user::{
        explain::{self, Reading},
        self_model::SelfModel,
    },
};

/// Users whose beliefs are compared.
const COMPARED: usize = 400;
/// Changes that are told of each sort.
const TOLD: usize = 6;
/// A segment that a user is surely enough most like \[1\].
const LIKELY: f32 = 0.5;

/// What a day changed.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Changes {
    /// Users who did anything, and of how many of them beliefs were compared.
    pub active: usize,
    /// Of how many of them the beliefs were compared.
    pub compared: usize,
    /// Users who are now most like another segment.
    pub moved: Vec<Moved>,
    /// How many there are.
    pub moved_users: usize,
    /// Beliefs that are newly held.
    pub held: Vec<Belief>,
    /// How many there are.
    pub newly_held: usize,
    /// Beliefs that were given up.
    pub lost: Vec<Belief>,
    /// How many there are.
    pub given_up: usize,
}

/// A user who is now most like another segment.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Moved {
    /// The user's own name.
    pub user: String,
    /// The segment before.
    pub from: String,
    /// The segment now.
    pub to: String,
    /// Probability of it now \[1\].
    pub p: f64,
}

/// What is believed of a user, or was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Belief {
    /// The user's own name.
    pub user: String,
    /// In a few words.
    pub statement: String,
}

/// One user's.
struct Change {
    moved: Option<Moved>,
    held: Vec<Belief>,
    lost: Vec<Belief>,
}

/// Compares the beliefs at the end of a day with those at its beginning.
#[must_use]
pub fn changes(known: &Known<'_>) -> Changes {
    let active: Vec<usize> = (0..known.lives.len())
        .filter(|&place| known.lives[place].observations.iter().any(|o| o.at() >= known.from))
        .collect();
    let compared = &active[..active.len().min(COMPARED)];
    let all: Vec<Change> = compared.par_iter().map(|&place| change(known, place)).collect();
    let moved: Vec<Moved> = all.iter().filter_map(|change| change.moved.clone()).collect();
    let held: Vec<Belief> = all.iter().flat_map(|change| change.held.clone()).collect();
    let lost: Vec<Belief> = all.iter().flat_map(|change| change.lost.clone()).collect();
    Changes {
        active: active.len(),
        compared: compared.len(),
        moved_users: moved.len(),
        newly_held: held.len(),
        given_up: lost.len(),
        moved: moved.into_iter().take(TOLD).collect(),
        held: held.into_iter().take(TOLD).collect(),
        lost: lost.into_iter().take(TOLD).collect(),
    }
}

fn change(known: &Known<'_>, place: usize) -> Change {
    let life = known.lives[place];
    let name = (known.name)(life.user);
    let before = life.observations.partition_point(|seen| seen.at() < known.from);
    let after = close(known.models[place], known.priors, known.at);
    let now = statements(known, &after, life.observations, known.at);
    if before == 0 {
        // Whoever is new was believed to be nothing.
        return Change { moved: None, held: beliefs(&name, &now, &[]), lost: Vec::new() };
    }
    let shorter = Life { observations: &life.observations[..before], end: known.from, ..life };
    let then = close(lived(&shorter, known.priors), known.priors, known.from);
    let said = statements(known, &then, shorter.observations, known.from);
    Change {
        moved: moved(known, &name, &then, &after),
        held: beliefs(&name, &now, &said),
        lost: beliefs(&name, &said, &now),
    }
}

/// What is in one list but not in the other.
fn beliefs(name: &str, these: &[String], others: &[String]) -> Vec<Belief> {
    let new = these.iter().filter(|said| !others.contains(said));
    new.map(|said| Belief { user: name.to_owned(), statement: said.clone() }).collect()
}

fn statements(known: &Known<'_>, model: &SelfModel, record: &[Observation], at: SimTime) -> Vec<String> {
    let prediction = model.predict(known.priors, at);
    let reading = Reading { prediction: &prediction, priors: known.priors, record, at, words: known.words };
    let topics = explain::topics(&reading);
    topics.into_iter().flat_map(|topic| topic.beliefs).map(|belief| belief.statement).collect()
}

fn moved(known: &Known<'_>, name: &str, then: &SelfModel, now: &SelfModel) -> Option<Moved> {
    let likeliest = |model: &SelfModel| {
        let weights = model.weights();
        let best = weights.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).map_or(0, |(segment, _)| segment);
        (best, weights[best])
    };
    let ((from, _), (to, p)) = (likeliest(then), likeliest(now));
    let segment = |place: usize| known.priors.segments.get(place).cloned().unwrap_or_default();
    let named = |from, to| Moved { user: name.to_owned(), from: segment(from), to: segment(to), p: f64::from(p) };
    (from != to && p >= LIKELY).then(|| named(from, to))
}
