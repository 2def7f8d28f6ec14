//! Every session with what had been predicted for it before it happened, and whether that was right.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Question;
use crate::{
    history::session::Observation,
    study::life::LogScores,
    user::{
        explain::{Call, Reading, TOLD},
        facet::{FACETS, FacetKind},
        self_model::{Scores, SelfModel, Witness},
    },
};

/// All of a user's sessions, and how they were predicted.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Timeline {
    /// By facet, what became of the predictions.
    pub summary: BTreeMap<String, Summary>,
    /// Log score above the population's over everything \[nat\].
    pub gain_nats: f64,
    /// In time order.
    pub entries: Vec<Entry>,
}

/// What became of the predictions of one facet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Summary {
    /// Predictions that could be right or wrong.
    pub calls: u32,
    /// Share that was right \[1\]; of quantities, in the 80% interval.
    pub right: Option<f64>,
    /// Share that the population's prediction would have had right \[1\].
    pub population_right: Option<f64>,
    /// Predictions scored.
    pub scored: u64,
    /// Log score above the population's \[nat\].
    pub gain_nats: f64,
}

/// One session, or what happened beside sessions: a message, a ticket, a review, a renewal.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Entry {
    /// When, on the users' clock.
    pub at: String,
    /// What it was.
    pub what: &'static str,
    /// Sessions up to and with it.
    pub session: u32,
    /// What had been predicted, facet by facet.
    pub calls: Vec<Call>,
    /// Log score above the population's, over these predictions \[nat\].
    pub gain_nats: f64,
    /// Days since the user was first seen.
    pub tenure_days: f64,
}

/// Lives a record again; gives what was predicted and the beliefs at its end.
pub(super) fn timeline(question: &Question<'_>) -> (Timeline, SelfModel) {
    let Question { life, at, priors, .. } = question;
    let mut model = SelfModel::new(life.user, life.first, life.channel, priors);
    let (mut entries, mut totals) = (Vec::new(), LogScores::default());
    for (place, seen) in life.observations.iter().enumerate() {
        // 1. What is predicted, before it is looked at.
        let before = model.predict(priors, seen.at());
        let reading = Reading {
            prediction: &before,
            priors,
            record: &life.observations[..place],
            at: seen.at(),
            words: question.words,
        };
        let calls: Vec<Call> = TOLD.iter().filter_map(|told| told.call(&reading, seen)).collect();
        // 2. Scored, then learned.
        let mut gains = Gains::default();
        let (_, lesson) = before.score_before(seen, &mut gains);
        model.learn(lesson);
        totals = totals.plus(&gains.0);
        if !calls.is_empty() {
            add(&mut entries, entry(&model, calls, &gains, question, seen));
        }
    }
    let mut rest = Gains::default();
    let _ = model.predict(priors, *at).close_before(&mut rest);
    (told(entries, &totals.plus(&rest.0)), model)
}

/// Scores by facet.
#[derive(Default)]
struct Gains(LogScores);

impl Gains {
    fn of(&self, facet: FacetKind) -> f64 {
        gain(&self.0, facet as usize)
    }
}

impl Witness for Gains {
    fn scored(&mut self, scores: &Scores) {
        self.0.scored(scores);
    }
}

fn gain(scores: &LogScores, facet: usize) -> f64 {
    scores.model[facet] - scores.population[facet]
}

fn entry(model: &SelfModel, calls: Vec<Call>, gains: &Gains, question: &Question<'_>, seen: &Observation) -> Entry {
    let scored = |call: Call| Call { gain_nats: gains.of(call.facet), ..call };
    let calls: Vec<Call> = calls.into_iter().map(scored).collect();
    Entry {
        at: question.calendar.time(seen.at()),
        what: what(seen),
        session: model.sessions(),
        gain_nats: calls.iter().map(|call| call.gain_nats).sum(),
        calls,
        tenure_days: model.tenure_days(seen.at()),
    }
}

/// Features are those of the session that has just been told.
fn add(entries: &mut Vec<Entry>, entry: Entry) {
    match entries.last_mut() {
        Some(last) if entry.what == FEATURES && last.what == SESSION && last.session == entry.session => {
            last.gain_nats += entry.gain_nats;
            last.calls.extend(entry.calls);
        }
        _ => entries.push(entry),
    }
}

/// What an entry of a session is called.
pub const SESSION: &str = "session";
const FEATURES: &str = "features";

const fn what(seen: &Observation) -> &'static str {
    match seen {
        Observation::Session(_) => SESSION,
        Observation::Features { .. } => FEATURES,
        Observation::Message(_) => "message",
        Observation::Term { .. } => "term",
        Observation::Ticket { .. } => "ticket",
        Observation::Review { .. } => "review",
        Observation::Left(_) => "goodbye",
    }
}

fn told(entries: Vec<Entry>, totals: &LogScores) -> Timeline {
    let scored = FacetKind::ALL.iter().filter(|&&facet| totals.events[facet as usize] > 0);
    let summary = scored.map(|&facet| (facet.name().to_owned(), summary(&entries, facet, totals))).collect();
    Timeline { summary, gain_nats: (0..FACETS).map(|facet| gain(totals, facet)).sum(), entries }
}

fn summary(entries: &[Entry], facet: FacetKind, totals: &LogScores) -> Summary {
    let calls = || entries.iter().flat_map(|entry| &entry.calls).filter(|call| call.facet == facet);
    let count = calls().count();
    let share = |right: fn(&Call) -> bool| {
        (count > 0).then(|| calls().filter(|call| right(call)).count() as f64 / count as f64)
    };
    Summary {
        calls: count as u32,
        right: share(|call| call.right),
        population_right: share(|call| call.population_right),
        scored: totals.events[facet as usize],
        gain_nats: gain(totals, facet as usize),
    }
}
