//! What a self-model suggests to do: when to write, by what way, about what and in what tone. Only what is claimed is
//! suggested, that is, what is surer than 90% on five sessions' worth of evidence ([`crate::user::explain`]).

use serde::Serialize;

use crate::user::{
    explain::{Belief, Direction, Topic},
    facet::FacetKind,
};

/// What to do for a user.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Action {
    /// When they come more than others do.
    pub when: Option<String>,
    /// What they come for more than others do.
    pub about: Option<String>,
    /// The way of writing that they open more than others do.
    pub by: Option<String>,
    /// The tone that they answer more than others do.
    pub tone: Option<String>,
    /// All of it in a sentence.
    pub words: String,
}

impl Action {
    /// As the topics suggest.
    #[must_use]
    pub fn of(topics: &[Topic]) -> Self {
        let said = |facet: FacetKind| {
            surest(topics, facet).map(|belief| {
                let said = belief.statement.as_str();
                said.strip_prefix("prefers ").unwrap_or(said).to_owned()
            })
        };
        let label = |facet: FacetKind| surest(topics, facet).map(|belief| belief.label.clone());
        let action = Self {
            when: said(FacetKind::Daypart),
            about: label(FacetKind::Content),
            by: label(FacetKind::Channel),
            tone: label(FacetKind::Style),
            words: String::new(),
        };
        Self { words: action.said(), ..action }
    }

    /// Whether anything is known to act on.
    #[must_use]
    pub const fn is_known(&self) -> bool {
        self.when.is_some() || self.about.is_some() || self.by.is_some() || self.tone.is_some()
    }

    fn said(&self) -> String {
        if !self.is_known() {
            return "nothing is sure enough to act on: ask them".to_owned();
        }
        let part = |lead: &str, what: &Option<String>| what.as_ref().map(|what| format!("{lead}{what}"));
        let parts = [
            part("by ", &self.by),
            part("about ", &self.about),
            part("in a tone that is ", &self.tone),
            part("in the ", &self.when),
        ];
        format!("write {}", parts.into_iter().flatten().collect::<Vec<_>>().join(", "))
    }
}

/// A preference whose share is above the population's by less is nothing to act on \[1\].
const NOTABLE: f64 = 0.05;

/// The surest claim of more than others, of a facet.
fn surest(topics: &[Topic], facet: FacetKind) -> Option<&Belief> {
    let claims = topics.iter().filter(|topic| topic.facet == facet).flat_map(|topic| {
        let is_notable = |belief: &&Belief| {
            let habit = belief.habit.and_then(|place| topic.habits.get(place));
            habit.is_none_or(|habit| habit.share > habit.population + NOTABLE)
        };
        topic.beliefs.iter().filter(|belief| belief.direction == Direction::More).filter(is_notable)
    });
    claims.max_by(|a, b| a.probability.total_cmp(&b.probability))
}
