//! Users worth looking at: those who come most, pay most, and are most likely to leave.

use serde::Serialize;

use super::{calendar::Calendar, close, risk};
use crate::{
    base::{
        time::SimTime,
        units::{Money, UserId},
    },
    history::session::Observation,
    study::life::Life,
    user::{
        explain::{Reading, Words, wording::percent},
        priors::Priors,
        self_model::SelfModel,
    },
};

/// A user worth looking at.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Candidate {
    /// Who.
    #[serde(skip)]
    pub user: UserId,
    /// The name to ask for.
    pub id: String,
    /// Why.
    pub why: String,
    /// Sessions seen.
    pub sessions: usize,
    /// Everything paid [major units].
    pub paid: f64,
}

/// Users of each sort that are told: most sessions, highest value, most at risk.
const EACH: [usize; 3] = [4, 3, 3];
/// Of whom too little is known, a risk is the population's.
const KNOWN: usize = 5;

/// What candidates are chosen by.
#[derive(Clone, Copy, Debug)]
pub struct Choosing<'a> {
    /// As of when.
    pub at: SimTime,
    /// What is known of users: even ids, odd ids.
    pub priors: [&'a Priors; 2],
    /// Names of things.
    pub words: &'a Words,
    /// The users' calendar.
    pub calendar: &'a Calendar,
}

/// What users are ranked by, the highest first; 0 and below are left out.
type Rank<'a> = dyn Fn(&Life<'_>) -> f64 + 'a;
/// Why a user of a rank is told.
type Why<'a> = dyn Fn(f64) -> String + 'a;

/// Chooses up to ten; `name` gives a user's own name.
#[must_use]
pub fn candidates(lives: &[Life<'_>], choosing: &Choosing<'_>, name: &dyn Fn(UserId) -> String) -> Vec<Candidate> {
    let currency = choosing.words.currency;
    let mut chosen: Vec<Candidate> = Vec::new();
    let orders: [(&Rank<'_>, &Why<'_>); 3] = [
        (&|life| sessions(life) as f64, &|_| "among the most sessions".to_owned()),
        (&|life| paid(life).major(currency), &|_| "among the highest value".to_owned()),
        (&|life| at_risk(life, choosing), &|p| format!("among the most at risk: {} in the coming period", percent(p))),
    ];
    for ((rank, why), count) in orders.into_iter().zip(EACH) {
        let mut ranked: Vec<(f64, &Life<'_>)> = lives.iter().map(|life| (rank(life), life)).collect();
        ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.user.cmp(&b.1.user)));
        ranked.retain(|(rank, life)| *rank > 0.0 && chosen.iter().all(|known| known.user != life.user));
        chosen.extend(ranked.into_iter().take(count).map(|(rank, life)| Candidate {
            user: life.user,
            id: name(life.user),
            why: why(rank),
            sessions: sessions(life),
            paid: paid(life).major(currency),
        }));
    }
    chosen
}

fn sessions(life: &Life<'_>) -> usize {
    life.observations.iter().filter(|seen| matches!(seen, Observation::Session(_))).count()
}

fn paid(life: &Life<'_>) -> Money {
    life.observations
        .iter()
        .filter_map(|seen| if let Observation::Session(session) = seen { session.paid } else { None })
        .sum()
}

/// Risk of a user who is known and still there; 0 of others.
fn at_risk(life: &Life<'_>, choosing: &Choosing<'_>) -> f64 {
    if sessions(life) < KNOWN {
        return 0.0;
    }
    let Choosing { at, words, calendar, .. } = *choosing;
    let priors = choosing.priors[(life.user.0 % 2) as usize];
    let mut model = SelfModel::new(life.user, life.first, life.channel, priors);
    for seen in life.observations {
        let (_, lesson) = model.predict(priors, seen.at()).score(seen);
        model.learn(lesson);
    }
    let model = close(model, priors, at);
    let prediction = model.predict(priors, at);
    let risk = risk::risk(&Reading { prediction: &prediction, priors, record: life.observations, at, words }, calendar);
    if model.left() || risk.caution.is_some() { 0.0 } else { risk.p }
}
