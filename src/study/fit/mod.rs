//! Priors from a history (empirical Bayes): what to believe of a user before anything is known of them.

pub mod ahead;
pub mod assemble;
pub mod context;
pub mod evidence;
pub mod hidden;
mod newton;
pub mod others;
pub mod relate;
pub mod segments;
pub mod static_law;
pub mod strength;

use rayon::prelude::*;

use self::{
    evidence::{Evidence, Tempering},
    static_law::{StaticLaw, Tally},
};
use super::life::{Life, LogScores};
use crate::{
    history::session::Observation,
    user::{
        facet::churn::{ChurnPrior, Departure},
        priors::Priors,
        segment::{PerSegment, SEGMENTS},
    },
};

/// How to fit.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Number of latent segments, at most eight; none: as many as the users bear.
    pub segments: Option<usize>,
    /// How a departure shows; none: announced if the history holds a single announcement.
    pub departure: Option<Departure>,
    /// Length of a period of tenure \[day\].
    pub period_days: f32,
    /// How far ahead leaving is predicted on any day \[day\].
    pub horizon_days: f64,
    /// How often each strength, scale and half-life is searched for; 0 leaves them at their defaults.
    pub sweeps: usize,
    /// Observations that the search may use at most: it takes every n-th user of a larger history.
    pub searched: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { segments: None, departure: None, period_days: 30.0, horizon_days: 30.0, sweeps: 3, searched: 20_000 }
    }
}

/// Priors and how well they suit the users they were fitted to.
#[derive(Clone, Debug, PartialEq)]
pub struct Fitted {
    /// The priors.
    pub priors: Priors,
    /// Prequential log score of the fitting users, by facet \[nat\].
    pub scores: LogScores,
    /// The same over all facets \[nat\].
    pub log_likelihood: f64,
    /// Numbers that were searched for, by name.
    pub settings: Vec<(&'static str, f64)>,
    /// Users that were fitted to.
    pub users: usize,
}

/// Rounds of expectation–maximisation between two searches for strengths.
const RELATE_ROUNDS: usize = 5;

/// Users that a segment of its own needs.
const USERS_PER_SEGMENT: usize = 40;

/// Fits the priors of all facets to a history.
#[must_use]
pub fn fit(lives: &[Life<'_>], settings: &Settings) -> Fitted {
    // 1. What the population does, and what each user did.
    let leaving = (settings.departure.unwrap_or_else(|| departure(lives)), settings.period_days);
    let law = static_law(lives, leaving.0, leaving.1);
    let evidence = evidence(lives, leaving);
    let tempered: Vec<Evidence> = evidence.iter().map(|user| user.tempered(&Tempering::default())).collect();
    // 2. Who goes together.
    let count = settings.segments.unwrap_or(lives.len() / USERS_PER_SEGMENT).clamp(1, SEGMENTS);
    let segmentation = segments::segment(&tempered, count);
    // 3. Priors, first with usual strengths, then with those that predict the fitting users best.
    let born = born(lives, &segmentation.membership, count);
    let others = others::fit(lives, leaving, &segmentation.membership, &law);
    let mut priors = assemble::assemble(&segmentation, &evidence, &law, born, leaving, others);
    if leaving.0 == Departure::Silent {
        priors.churn.frailty = Some(1.0);
        priors.churn.engagement = 1.0;
        priors.churn.often = 3.0;
    }
    let some = sample(lives, settings.searched);
    let mut priors = strength::strengthen(&some, priors, settings.sweeps.min(2), 3.0);
    for _ in 1..settings.sweeps {
        priors = relate::relate(lives, priors, RELATE_ROUNDS);
        priors = strength::strengthen(&some, priors, 1, 1.8);
    }
    // 4. What circumstances tilt, and strengths once more in their light.
    if settings.sweeps > 0 {
        priors = context::tilted(lives, priors);
        priors = strength::strengthen(&some, priors, 2, 1.8);
    }
    // 5. Who leaves within the coming days, from all that is believed by then.
    priors.ahead = ahead::fit(lives, &priors, settings.horizon_days);
    let scores = strength::prequential(lives, &priors);
    Fitted { settings: strength::settings(&priors), log_likelihood: scores.total(), scores, users: lives.len(), priors }
}

/// Every n-th user, so that there are not many more observations than asked for.
fn sample<'a>(lives: &[Life<'a>], observations: usize) -> Vec<Life<'a>> {
    let all: usize = lives.iter().map(|life| life.observations.len()).sum();
    let step = all.div_ceil(observations.max(1)).max(1);
    lives.iter().copied().step_by(step).collect()
}

/// Announced if anybody said goodbye.
fn departure(lives: &[Life<'_>]) -> Departure {
    let goodbye = |life: &Life<'_>| life.observations.iter().any(|o| matches!(o, Observation::Left(_)));
    if lives.iter().any(goodbye) { Departure::Announced } else { Departure::Silent }
}

/// Priors that only say what a departure is: for reading a history, not for believing.
#[must_use]
pub fn reading(departure: Departure, period_days: f32) -> Priors {
    let mut priors = Priors::ignorant();
    let periods = priors.churn.population.clone();
    priors.churn = ChurnPrior::new(departure, period_days, priors.churn.hazard.clone(), periods);
    priors
}

/// The static law of all events of some lives.
#[must_use]
pub fn static_law(lives: &[Life<'_>], departure: Departure, period_days: f32) -> StaticLaw {
    let priors = reading(departure, period_days);
    let mut tally = Tally::default();
    for life in lives {
        life.replay(&priors, &mut tally);
    }
    tally.law()
}

fn evidence(lives: &[Life<'_>], leaving: assemble::Leaving) -> Vec<Evidence> {
    let priors = reading(leaving.0, leaving.1);
    let each = lives.par_iter().map(|life| {
        let mut evidence = Evidence::default();
        life.replay(&priors, &mut evidence);
        evidence
    });
    each.collect()
}

/// Membership by channel, shrunk to everyone's with the weight of twenty users; everyone's is last.
fn born(lives: &[Life<'_>], membership: &[Vec<f64>], count: usize) -> Vec<PerSegment> {
    let known = |life: &&Life<'_>| life.channel != super::life::UNKNOWN_CHANNEL;
    let channels = lives.iter().filter(known).map(|life| usize::from(life.channel) + 1).max().unwrap_or(0);
    let mut sums = vec![[0.0f64; SEGMENTS]; channels + 1];
    for (life, membership) in lives.iter().zip(membership) {
        for c in 0..count {
            sums[channels][c] += membership[c];
            if life.channel != super::life::UNKNOWN_CHANNEL {
                sums[usize::from(life.channel)][c] += membership[c];
            }
        }
    }
    let everyone = normalised(&sums[channels], &[0.0; SEGMENTS], count);
    let mut born: Vec<PerSegment> =
        sums[..channels].iter().map(|sums| normalised(sums, &everyone.map(|w| 20.0 * f64::from(w)), count)).collect();
    born.push(everyone);
    born
}

fn normalised(sums: &[f64; SEGMENTS], more: &[f64; SEGMENTS], count: usize) -> PerSegment {
    let sum = |c: usize| if c < count { sums[c] + more[c] + 1e-3 } else { 0.0 };
    let total: f64 = (0..SEGMENTS).map(sum).sum();
    std::array::from_fn(|c| (sum(c) / total) as f32)
}

#[cfg(test)]
mod tests;
