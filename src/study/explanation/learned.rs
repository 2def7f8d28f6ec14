//! What is learned of one user as they are known longer: the claims after their first, tenth and fiftieth session.

use serde::Serialize;

use super::{Explanation, Question, explain, forecast::Forecast, membership::Membership};
use crate::{base::time::SimTime, history::session::Observation, study::life::Life, user::explain::Topic};

/// Sessions after which it is told.
pub const STAGES: [u32; 3] = [1, 10, 50];

/// What was learned of one user.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Learned {
    /// The user's own name.
    pub user: String,
    /// What was known after so many sessions.
    pub at_sessions: Vec<Stage>,
}

/// What was known after so many sessions.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Stage {
    /// Sessions.
    pub session: u32,
    /// Date of the last of them, on the users' clock.
    pub date: String,
    /// What is claimed, with its evidence.
    pub claims: Vec<String>,
    /// The same by topic.
    #[serde(skip)]
    pub topics: Vec<Topic>,
    /// Whom the user is like, the likeliest segment first.
    pub membership: Vec<Membership>,
    /// What they will do next.
    pub next: Option<Forecast>,
}

/// Tells it at each stage that the user has reached.
#[must_use]
pub fn learned(question: &Question<'_>) -> Learned {
    let stages = STAGES.iter().filter_map(|&session| stage(question, session));
    Learned { user: question.name.to_owned(), at_sessions: stages.collect() }
}

fn stage(question: &Question<'_>, session: u32) -> Option<Stage> {
    let observations = question.life.observations;
    let (place, last) = observations
        .iter()
        .enumerate()
        .filter(|(_, seen)| matches!(seen, Observation::Session(_)))
        .nth(session as usize - 1)?;
    // What was seen at the same moment is of the same session.
    let more = observations[place + 1..].iter().take_while(|seen| seen.at() == last.at()).count();
    let at = SimTime(last.at().0 + 1);
    let life = Life { observations: &observations[..=place + more], end: at, ..question.life };
    let Explanation { topics, segments, next, .. } = explain(&Question { life, at, ..*question });
    Some(Stage {
        session,
        date: question.calendar.date(last.at()),
        claims: topics.iter().flat_map(|topic| &topic.beliefs).map(|belief| belief.sentence.clone()).collect(),
        topics,
        membership: segments,
        next,
    })
}
