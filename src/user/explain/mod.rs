//! What is believed of one user, in plain words with its evidence; and what is not claimed, and why.
//!
//! A user *prefers* a kind if they pick it more often than the population does: `P(θ_k > π_k)`, where `θ_k` has the
//! posterior `Beta(n_k + s·π_ck, …)`, mixed over the segments by membership ([`posterior`]). It is said only where that
//! probability is above [`SURE`] and the evidence is worth at least [`ENOUGH`] sessions ([`question`]).
//!
//! What a facet has to say lives in a file of its own; a new one is a file and a line in [`TOLD`]. Counts come from the
//! record up to the moment that is told, raw ones beside those that have faded with the facet's half-life.

pub mod amount;
mod answer;
pub mod channel;
pub mod churn;
pub mod content;
pub mod daypart;
pub mod feature;
pub mod gap;
pub mod offer;
pub mod posterior;
pub mod purchase;
pub mod quantity;
pub mod question;
pub mod renewal;
pub mod review;
pub mod style;
pub mod support;
pub mod visit;
pub mod wording;

use serde::Serialize;

pub use quantity::Typical;
pub use wording::Words;

use super::{
    facet::{FACETS, FacetKind},
    priors::Priors,
    self_model::Prediction,
};
use crate::{
    base::time::SimTime,
    history::session::{Message, Observation, Session},
};

/// A belief is claimed only above this probability \[1\].
pub const SURE: f64 = 0.9;
/// And only on evidence worth so many sessions.
pub const ENOUGH: f64 = 5.0;
/// Level of all intervals \[1\].
pub const LEVEL: f64 = 0.8;

/// Everything that can be told, in the order of telling.
pub const TOLD: [&dyn Told; FACETS] = [
    &daypart::Dayparts,
    &content::Contents,
    &gap::Gaps,
    &visit::Visits,
    &purchase::Purchases,
    &amount::Amounts,
    &offer::Offers,
    &channel::Channels,
    &style::Styles,
    &feature::Features,
    &support::Support,
    &review::Reviews,
    &renewal::Renewals,
    &churn::Leaving,
];

/// Everything there is to say of one user.
#[must_use]
pub fn topics(reading: &Reading<'_>) -> Vec<Topic> {
    TOLD.iter().filter(|told| told.heard(reading)).flat_map(|told| told.topics(reading)).collect()
}

/// What may happen next, beside the next session itself.
#[must_use]
pub fn chances(reading: &Reading<'_>) -> Vec<Chance> {
    TOLD.iter().filter(|told| told.heard(reading)).flat_map(|told| told.chances(reading)).collect()
}

/// Facets of which the record holds nothing.
#[must_use]
pub fn unheard(reading: &Reading<'_>) -> Vec<FacetKind> {
    TOLD.iter().filter(|told| !told.heard(reading)).map(|told| told.facet()).collect()
}

/// A facet that can be told.
pub trait Told: Sync {
    /// Which.
    fn facet(&self) -> FacetKind;

    /// Whether the record holds anything of it; of what it does not, nothing is told.
    fn heard(&self, _: &Reading<'_>) -> bool {
        true
    }

    /// What is believed, a topic each question.
    fn topics(&self, reading: &Reading<'_>) -> Vec<Topic>;

    /// What may happen next, beside the next session itself.
    fn chances(&self, _: &Reading<'_>) -> Vec<Chance> {
        Vec::new()
    }

    /// What was predicted for an observation before it was seen, and what it was; none if the facet has no say.
    fn call(&self, _: &Reading<'_>, _: &Observation) -> Option<Call> {
        None
    }

    /// How a segment differs from the population.
    fn distinction(&self, _: &Priors, _: &Words, _: usize) -> Option<Distinction> {
        None
    }
}

/// The beliefs about a user as they are read at one moment.
#[derive(Clone, Copy, Debug)]
pub struct Reading<'a> {
    /// The beliefs.
    pub prediction: &'a Prediction<'a>,
    /// What is known of everybody.
    pub priors: &'a Priors,
    /// What was seen of the user up to the moment, in time order.
    pub record: &'a [Observation],
    /// The moment.
    pub at: SimTime,
    /// Names.
    pub words: &'a Words,
}

impl<'a> Reading<'a> {
    /// The sessions of the record.
    pub fn sessions(&self) -> impl Iterator<Item = &'a Session> + use<'a> {
        self.record
            .iter()
            .filter_map(|seen| if let Observation::Session(session) = seen { Some(session) } else { None })
    }

    /// The messages of the record whose fate is known.
    pub fn messages(&self) -> impl Iterator<Item = &'a Message> + use<'a> {
        self.record
            .iter()
            .filter_map(|seen| if let Observation::Message(message) = seen { Some(message) } else { None })
    }

    /// Half-life of a facet's evidence \[day\]; infinite where nothing fades.
    #[must_use]
    pub fn half_life(&self, facet: FacetKind) -> f64 {
        f64::from(self.priors.half_lives.by_facet()[facet as usize])
    }

    /// Days from a moment to the one that is told.
    #[must_use]
    pub fn age(&self, at: SimTime) -> f64 {
        self.at.days_since(at)
    }

    /// What is left of a facet's evidence of a moment \[1\].
    #[must_use]
    pub fn kept(&self, facet: FacetKind, at: SimTime) -> f64 {
        crate::base::float::exp(-std::f64::consts::LN_2 * self.age(at) / self.half_life(facet))
    }
}

/// How often something was seen, and when last.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Counted {
    /// How often.
    pub count: u32,
    /// The same, faded.
    pub weight: f64,
    /// When last.
    pub last: Option<SimTime>,
}

impl Counted {
    /// Counts what was seen at a moment.
    pub fn see(&mut self, reading: &Reading<'_>, facet: FacetKind, at: SimTime) {
        self.count += 1;
        self.weight += reading.kept(facet, at);
        self.last = Some(at);
    }

    /// Days since it was last seen.
    #[must_use]
    pub fn days_ago(&self, reading: &Reading<'_>) -> Option<f64> {
        self.last.map(|last| reading.age(last))
    }

    /// As the evidence for a topic of a facet.
    #[must_use]
    pub fn evidence(&self, reading: &Reading<'_>, facet: FacetKind) -> Evidence {
        Evidence {
            count: self.count,
            n_eff: self.weight,
            last_seen_days: self.days_ago(reading),
            half_life_days: Some(reading.half_life(facet)).filter(|days| days.is_finite()),
        }
    }
}

/// What a topic rests on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Evidence {
    /// Sessions, or gaps between them, that speak on it.
    pub count: u32,
    /// The same, faded by age: the sessions' worth of evidence that is left.
    pub n_eff: f64,
    /// Days since the last of them.
    pub last_seen_days: Option<f64>,
    /// Days in which evidence loses half its weight; none where it does not fade.
    pub half_life_days: Option<f64>,
}

/// One question about a user, and what there is to say on it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Topic {
    /// The facet.
    pub facet: FacetKind,
    /// The question: "time of day on weekdays".
    pub name: String,
    /// What it rests on.
    pub evidence: Evidence,
    /// What is claimed, the surest first.
    pub beliefs: Vec<Belief>,
    /// Why nothing is claimed, if nothing is.
    pub silence: Option<String>,
    /// The typical value, of a quantity.
    pub typical: Option<Typical>,
    /// What else there is to know, each in a few words: the last answer, what was tried once.
    pub notes: Vec<String>,
    /// Every kind, whether anything is claimed of it or not.
    pub habits: Vec<Habit>,
}

impl Topic {
    /// A topic of which nothing is said yet.
    #[must_use]
    pub fn new(facet: FacetKind, name: &str, evidence: Evidence) -> Self {
        let name = name.to_owned();
        Self { facet, name, evidence, beliefs: vec![], silence: None, typical: None, notes: vec![], habits: vec![] }
    }
}

/// How often the user picks a kind.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Habit {
    /// The kind.
    pub label: String,
    /// How often it was seen.
    pub count: u32,
    /// Days since it was last seen.
    pub last_seen_days: Option<f64>,
    /// The user's own share: median of its posterior \[1\].
    pub share: f64,
    /// Lower end of its 80% interval \[1\].
    pub lo: f64,
    /// Upper end \[1\].
    pub hi: f64,
    /// The population's share \[1\].
    pub population: f64,
    /// Probability that the user's own share is above the population's \[1\].
    pub p_more: f64,
}

/// Which way a user differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// More often than the population.
    More,
    /// Less often.
    Less,
}

/// A belief that is claimed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Belief {
    /// In a few words: "prefers evenings (17–20 h) on weekdays".
    pub statement: String,
    /// Which way the user differs.
    pub direction: Direction,
    /// How sure it is \[1\].
    pub probability: f64,
    /// The statement with its evidence.
    pub sentence: String,
    /// What it is about, for lists: "evenings (17–20 h)".
    pub label: String,
    /// Place of the kind among the topic's habits; none if it is no habit.
    pub habit: Option<usize>,
}

/// Something that may happen.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Chance {
    /// What.
    pub what: String,
    /// How likely it is \[1\].
    pub p: f64,
    /// How likely the population holds it \[1\]; none where the population knows nothing of it.
    pub population: Option<f64>,
}

/// A prediction made before an observation, held against it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Call {
    /// The facet.
    pub facet: FacetKind,
    /// What was most likely, or the 80% interval.
    pub predicted: String,
    /// How likely it was held \[1\].
    pub probability: f64,
    /// What happened.
    pub happened: String,
    /// Whether it was as predicted.
    pub right: bool,
    /// Whether the population's prediction would have been right.
    pub population_right: bool,
    /// Log score above the population's \[nat\]; filled in when it is scored.
    pub gain_nats: f64,
}

/// How a segment differs from the population in a facet.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Distinction {
    /// The facet.
    pub facet: FacetKind,
    /// How much: divergence of the segment's law from the population's \[nat\].
    pub divergence: f64,
    /// In words.
    pub words: String,
}

#[cfg(test)]
mod other_tests;
#[cfg(test)]
mod tests;
