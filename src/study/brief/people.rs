//! Who is at risk and worth saving, and who is ready for more.
//!
//! What is at stake is the probability of leaving in the coming period times what the user is expected to pay over the
//! coming 90 days. A few are chosen by a rough reading of everybody (what they paid lately in the place of what they are
//! expected to) and then read in full.

use rayon::prelude::*;
use serde::Serialize;

use super::{Known, action::Action};
use crate::{
    base::{
        time::{DAY, SimTime},
        units::Money,
    },
    history::session::{Observation, Session},
    study::{
        estimate::Estimate,
        explanation::{close, risk, value},
        life::Life,
    },
    user::{
        explain::{self, Direction, Reading, Topic, wording::percent},
        facet::FacetKind,
        self_model::SelfModel,
    },
};

/// Users of each sort that are told.
const TOLD: usize = 5;
/// Users that are read in full for each sort.
const READ: usize = 6;
/// Of whom less was seen, too little is known \[session\].
const KNOWN: u32 = 5;
/// What "lately" means \[day\].
const LATELY: i64 = 90;
/// Who came less often than this in the last four weeks is not ready for more \[session\].
const OFTEN: usize = 3;

/// A user who may leave.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AtRisk {
    /// The user's own name.
    pub user: String,
    /// Probability of leaving in the coming period \[1\].
    pub p_leaves: f64,
    /// What leaving means, and until when.
    pub means: String,
    /// What they are expected to pay in the coming 90 days [major unit].
    pub worth: Estimate,
    /// What is at stake: both multiplied [major unit].
    pub at_stake: f64,
    /// Days since they last came.
    pub silent_days: f64,
    /// Sessions seen.
    pub sessions: u32,
    /// What raised the risk.
    pub reasons: Vec<String>,
    /// What to do.
    pub action: Action,
}

/// A user who would take more.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Ready {
    /// The user's own name.
    pub user: String,
    /// Probability that the next session pays \[1\].
    pub p_pays: f64,
    /// Sessions in the last four weeks.
    pub lately: usize,
    /// Probability of leaving in the coming period \[1\].
    pub p_leaves: f64,
    /// What they have paid so far [major unit].
    pub paid: f64,
    /// What is claimed of them that speaks for it.
    pub reasons: Vec<String>,
    /// What to do.
    pub action: Action,
}

/// Those who are there, with what is roughly known of them.
struct Rough<'a> {
    place: usize,
    life: Life<'a>,
    leaves: f64,
    pays: f64,
    paid_lately: Money,
    lately: usize,
}

/// Reads everybody.
#[must_use]
pub fn people(known: &Known<'_>) -> (Vec<AtRisk>, Vec<Ready>) {
    let rough: Vec<Rough<'_>> =
        (0..known.lives.len()).into_par_iter().filter_map(|place| roughly(known, place)).collect();
    (at_risk(known, &rough), ready(known, &rough))
}

fn roughly<'a>(known: &'a Known<'_>, place: usize) -> Option<Rough<'a>> {
    let (life, model) = (known.lives[place], &known.models[place]);
    if model.left() || model.sessions() < KNOWN {
        return None;
    }
    let closed = close(*model, known.priors, known.at);
    let prediction = closed.predict(known.priors, known.at);
    let since = |days: i64| SimTime(known.at.0 - days * DAY);
    let recent = |days: i64| sessions(&life).rev().take_while(move |session| session.at >= since(days));
    Some(Rough {
        place,
        life,
        leaves: f64::from(prediction.leaves()),
        pays: f64::from(prediction.pays()),
        paid_lately: recent(LATELY).filter_map(|session| session.paid).sum(),
        lately: recent(28).count(),
    })
}

fn sessions<'a>(life: &Life<'a>) -> impl DoubleEndedIterator<Item = &'a Session> + use<'a> {
    life.observations
        .iter()
        .filter_map(|seen| if let Observation::Session(session) = seen { Some(session) } else { None })
}

/// The first so many by a rank, the highest first.
fn chosen<'r, 'a>(rough: &'r [Rough<'a>], rank: impl Fn(&Rough<'a>) -> f64) -> Vec<&'r Rough<'a>> {
    let mut ranked: Vec<(f64, &Rough<'a>)> =
        rough.iter().map(|one| (rank(one), one)).filter(|(r, _)| *r > 0.0).collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.life.user.cmp(&b.1.life.user)));
    ranked.into_iter().take(READ).map(|(_, one)| one).collect()
}

fn at_risk(known: &Known<'_>, rough: &[Rough<'_>]) -> Vec<AtRisk> {
    let candidates = chosen(rough, |one| one.leaves * one.paid_lately.minor() as f64);
    let mut read: Vec<AtRisk> = candidates.into_iter().filter_map(|one| one.at_risk(known)).collect();
    read.sort_by(|a, b| b.at_stake.total_cmp(&a.at_stake).then_with(|| a.user.cmp(&b.user)));
    read.retain(|one| one.at_stake > 0.0);
    read.truncate(TOLD);
    read
}

fn ready(known: &Known<'_>, rough: &[Rough<'_>]) -> Vec<Ready> {
    let is_ready = |one: &Rough<'_>| one.lately >= OFTEN && one.paid_lately > Money::ZERO;
    let candidates =
        chosen(rough, |one| if is_ready(one) { one.lately as f64 * one.pays * (1.0 - one.leaves) } else { 0.0 });
    let read = candidates.into_iter().map(|one| one.ready(known)).filter(|ready| !ready.reasons.is_empty());
    read.take(TOLD).collect()
}

impl Rough<'_> {
    /// A reading in full.
    fn read<T>(&self, known: &Known<'_>, of: impl FnOnce(&SelfModel, &Reading<'_>) -> T) -> T {
        let model = &known.models[self.place];
        let closed = close(*model, known.priors, known.at);
        let prediction = closed.predict(known.priors, known.at);
        let Known { priors, at, words, .. } = *known;
        of(model, &Reading { prediction: &prediction, priors, record: self.life.observations, at, words })
    }

    /// None of whom the risk is only that of who comes.
    fn at_risk(&self, known: &Known<'_>) -> Option<AtRisk> {
        self.read(known, |model, reading| {
            let risk = risk::risk(reading, known.calendar);
            if risk.caution.is_some() {
                return None;
            }
            let value = value::value(model, reading, known.calendar, known.seed);
            let mut moved: Vec<_> = risk.contributions.iter().filter(|part| speaks(part)).collect();
            moved.sort_by(|a, b| b.log_hazard.total_cmp(&a.log_hazard));
            let mut reasons: Vec<String> =
                moved.iter().take(2).map(|part| format!("{}: {}", part.evidence, part.words)).collect();
            reasons.extend(risk.beside.iter().take(2).cloned());
            Some(AtRisk {
                user: (known.name)(self.life.user),
                p_leaves: risk.p,
                means: format!("{}, {} to {}", risk.means, risk.from, risk.to),
                worth: value.expected,
                at_stake: risk.p * value.expected.mean,
                silent_days: known.at.days_since(model.last()),
                sessions: model.sessions(),
                reasons,
                action: Action::of(&explain::topics(reading)),
            })
        })
    }

    fn ready(&self, known: &Known<'_>) -> Ready {
        self.read(known, |model, reading| {
            let topics = explain::topics(reading);
            Ready {
                user: (known.name)(self.life.user),
                p_pays: self.pays,
                lately: self.lately,
                p_leaves: self.leaves,
                paid: model.gross().major(known.words.currency),
                reasons: reasons(&topics),
                action: Action::of(&topics),
            }
        })
    }
}

/// A risk that is raised by less is not told with its reason [log hazard].
const LITTLE: f64 = 0.05;

/// Whether evidence raised the risk; the safeguard against too much trust in a self-model is no reason.
fn speaks(part: &risk::Contribution) -> bool {
    part.log_hazard > LITTLE && part.evidence != "the population's say"
}

/// What speaks for more: what they do more than others, in paying, coming, and taking offers.
fn reasons(topics: &[Topic]) -> Vec<String> {
    const SPEAK: [FacetKind; 4] = [FacetKind::Purchase, FacetKind::Amount, FacetKind::Offer, FacetKind::Visit];
    let speaks = topics.iter().filter(|topic| SPEAK.contains(&topic.facet)).flat_map(|topic| &topic.beliefs);
    speaks
        .filter(|belief| belief.direction == Direction::More)
        .map(|belief| format!("{} ({})", belief.statement, percent(belief.probability)))
        .collect()
}
