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

/// Users whose beliefs are compared: reading one in full takes thousands of times as long as a membership.
const COMPARED: usize = 24;
/// Of whom less was seen, nothing is claimed \[session\].
const KNOWN: u32 = 5;
/// Changes that are told of each sort.
const TOLD: usize = 6;
/// A segment that a user is surely enough most like \[1\].
const LIKELY: f32 = 0.5;

/// What a day changed.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Changes {
    /// Users who did anything.
    pub active: usize,
    /// Of how many of them the beliefs were compared: those who have paid most, of whom enough is known.
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
    held: Vec<Belief>,
    lost: Vec<Belief>,
}

/// Compares the beliefs at the end of a day with those at its beginning.
#[must_use]
pub fn changes(known: &Known<'_>) -> Changes {
    let active: Vec<usize> = (0..known.lives.len())
        .filter(|&place| known.lives[place].observations.iter().any(|o| o.at() >= known.from))
        .collect();
    let mut compared: Vec<usize> =
        active.iter().copied().filter(|&place| known.models[place].sessions() >= KNOWN).collect();
    compared.sort_by_key(|&place| (std::cmp::Reverse(known.models[place].gross()), known.lives[place].user));
    compared.truncate(COMPARED);
    let moved: Vec<Moved> = active.par_iter().filter_map(|&place| moved(known, place)).collect();
    let all: Vec<Change> = compared.par_iter().map(|&place| change(known, place)).collect();
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
    let now = statements(known, &close(known.models[place], known.priors, known.at), life.observations, known.at);
    // Whoever is new was believed to be nothing.
    let said =
        then(known, &life).map(|(before, then)| statements(known, &then, before, known.from)).unwrap_or_default();
    Change { held: beliefs(&name, &now, &said), lost: beliefs(&name, &said, &now) }
}

/// What had been seen of a user when the day began, and what was believed of them; none of whoever is new.
fn then<'a>(known: &Known<'_>, life: &Life<'a>) -> Option<(&'a [Observation], SelfModel)> {
    let before = &life.observations[..life.observations.partition_point(|seen| seen.at() < known.from)];
    let shorter = Life { observations: before, end: known.from, ..*life };
    (!before.is_empty()).then(|| (before, close(lived(&shorter, known.priors), known.priors, known.from)))
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

fn moved(known: &Known<'_>, place: usize) -> Option<Moved> {
    let life = known.lives[place];
    let (_, then) = then(known, &life)?;
    let likeliest = |model: &SelfModel| {
        let weights = model.weights();
        let best = weights.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).map_or(0, |(segment, _)| segment);
        (best, weights[best])
    };
    let ((from, _), (to, p)) = (likeliest(&then), likeliest(&known.models[place]));
    let segment = |place: usize| known.priors.segments.get(place).cloned().unwrap_or_default();
    let named =
        |from, to| Moved { user: (known.name)(life.user), from: segment(from), to: segment(to), p: f64::from(p) };
    (from != to && p >= LIKELY).then(|| named(from, to))
}
