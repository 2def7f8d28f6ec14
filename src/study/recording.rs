//! What a simulated world leaves behind, as a log would have it: the events of one arm, in the canonical form.
//!
//! A synthetic history is then read, cut, fitted and replayed like a recorded one. Money that goes back later, and
//! visits in answer to a friend's letter, are not in it.

use super::explanation::subject::{Watched, watch_arm};
use crate::{
    history::{
        event::{Event, EventKind},
        log::History,
        name::Name,
        session::{Observation, Session},
    },
    world::{
        arrivals::Newborn,
        engine::{self, EngineError, cohort::World},
        scenario::Scenario,
        survey::Asked,
    },
};

/// Lives a scenario's world once, as if nothing were tried, and writes down what its users do.
///
/// # Errors
/// [`EngineError::NoWorld`].
pub fn history(scenario: &Scenario) -> Result<History, EngineError> {
    let stage = engine::stage(scenario)?;
    Ok(of(scenario, &engine::world(scenario, &stage, 0, None)))
}

/// Lives a scenario's world once with what one of its arms does from the launch on.
///
/// # Errors
/// [`RecordingError`].
pub fn of_arm(scenario: &Scenario, id: &str) -> Result<History, RecordingError> {
    let arms: Vec<&str> = scenario.experiment.iter().flat_map(|it| &it.arms).map(|arm| arm.id.as_str()).collect();
    let stage = engine::stage(scenario)?;
    let world = engine::world(scenario, &stage, 0, None);
    let named = |place: usize| arms.get(place) == Some(&id);
    let lived = world.lot.arms.iter().position(|plan| !plan.perfect && named(plan.arm));
    let Some(arm) = lived else {
        return Err(RecordingError::Arm { id: id.to_owned(), known: arms.join(", ") });
    };
    Ok(lived_in(scenario, &world, arm))
}

/// Why an arm cannot be recorded.
#[derive(Debug, thiserror::Error)]
pub enum RecordingError {
    /// There is no world.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The arm is not in the experiment.
    #[error("no arm is named \"{id}\"; there are {known}")]
    Arm {
        /// What was asked for.
        id: String,
        /// What there is.
        known: String,
    },
}

/// The control of a world that is set up already.
#[must_use]
pub fn of(scenario: &Scenario, world: &World) -> History {
    lived_in(scenario, world, 0)
}

fn lived_in(scenario: &Scenario, world: &World, arm: usize) -> History {
    let scribe = Scribe::new(scenario, world, arm);
    let events = world.arrivals.all().flat_map(|newborn| scribe.life(&newborn)).collect();
    History::new(events, std::collections::BTreeMap::new())
}

struct Scribe<'a> {
    world: &'a World,
    watched: Watched,
    channels: Vec<Name>,
    contents: Vec<Name>,
    survey: Option<Asked>,
}

impl<'a> Scribe<'a> {
    fn new(scenario: &Scenario, world: &'a World, arm: usize) -> Self {
        let rules = scenario.world.iter();
        let contents: Vec<String> = rules.clone().flat_map(|rules| &rules.catalogue).map(|c| c.id.clone()).collect();
        let channels = rules.clone().flat_map(|rules| &rules.acquisition).map(|c| Name::from(c.id.as_str()));
        let hours = scenario.sessions.dayparts.hours();
        let survey = rules.clone().find_map(|rules| Some(Asked::new(rules.survey.as_ref()?, &contents, hours)));
        Self {
            world,
            watched: watch_arm(world, arm),
            channels: channels.collect(),
            contents: contents.iter().map(|id| Name::from(id.as_str())).collect(),
            survey,
        }
    }

    /// The events of one user; none if nothing was seen of them.
    fn life(&self, newborn: &Newborn) -> Vec<Event> {
        let Some((first, observations)) = self.watched.of(newborn.user) else { return Vec::new() };
        let mut events = Vec::new();
        let mut add = |at, kind| events.push(Event { at, user: newborn.user, ordinal: events.len() as u64, kind });
        if let Some(channel) = self.channels.get(usize::from(newborn.channel)) {
            add(first, EventKind::Acquired { channel: channel.clone(), campaign: None });
        }
        for (question, answer) in self.said(newborn) {
            add(first, EventKind::Stated { question: question.into(), answer: answer.into() });
        }
        for observation in observations {
            self.kinds(observation).into_iter().for_each(|kind| add(observation.at(), kind));
        }
        events
    }

    fn said(&self, newborn: &Newborn) -> Vec<(&'static str, &str)> {
        let Some(survey) = &self.survey else { return Vec::new() };
        let said = survey.answers(&self.world.stage, &self.world.lot.luck, newborn.user, newborn.segment);
        said.into_iter().map(|(question, answer)| (question.name(), answer)).collect()
    }

    fn kinds(&self, observation: &Observation) -> Vec<EventKind> {
        match observation {
            Observation::Session(session) => self.session(session),
            Observation::Left(_) => vec![EventKind::Cancel],
            // Worlds hold nothing else.
            _ => Vec::new(),
        }
    }

    fn session(&self, session: &Session) -> Vec<EventKind> {
        let content = session.content().and_then(|kind| self.contents.get(usize::from(kind)));
        let content = content.map(|item| EventKind::Content { item: item.clone() });
        let response = session.offer().map(|taken| EventKind::Response { taken });
        let charge = session.paid.map(|amount| EventKind::Charge { amount });
        [Some(EventKind::SessionStart), content, response, charge].into_iter().flatten().collect()
    }
}
