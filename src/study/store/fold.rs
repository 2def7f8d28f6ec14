//! Folding events into a set: what is settled by the new watermark is learned, the rest waits in the tail.

use std::collections::BTreeSet;

use rayon::prelude::*;

use super::{
    StoredSet,
    error::StoreError,
    joins::Aliases,
    lives::{Lives, Waiting, distinct, lives, span},
    models::Names,
    place,
};
use crate::{
    base::{time::SimTime, units::UserId},
    history::{error::HistoryError, event::Event, log::History, session::Observation, sessions::Cutter},
    user::self_model::SelfModel,
};

/// What an update did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Folded {
    /// Users who were not known before.
    pub born: u64,
    /// Events that were new.
    pub events: u64,
    /// Those of them that happened before one that was known already.
    pub late: u64,
    /// Events that were there already.
    pub duplicates: u64,
    /// Sessions that the self-models learned.
    pub sessions: u64,
}

/// What became of one user's events.
struct Learned {
    model: Option<SelfModel>,
    tail: Vec<Event>,
    sessions: u64,
}

impl StoredSet {
    /// Folds events in. None may be older than the watermark: [`load_since`](crate::history::log::load_since)
    /// leaves those out.
    ///
    /// # Errors
    /// [`HistoryError::Collision`], if two names of users cannot be told apart.
    pub fn fold(&mut self, history: History) -> Result<Folded, StoreError> {
        let mut folded = Folded::default();
        self.meet(history.names)?;
        // 1. The new events among those that wait.
        let aliases = self.aliases();
        folded.born = self.strangers(&history.events, &self.contents.tail);
        self.add(history.events, &aliases, &mut folded);
        // 2. What is settled by now is learned.
        let Some(watermark) = self.watermark() else { return Ok(folded) };
        let lives = lives(std::mem::take(&mut self.contents.tail), &aliases);
        let learned = self.learned(&lives, watermark);
        // 3. The new set.
        folded.sessions = learned.iter().map(|one| one.sessions).sum();
        self.put(learned);
        Ok(folded)
    }

    /// Names of users; two that have the same hash are an error.
    pub(super) fn meet(&mut self, names: Names) -> Result<(), StoreError> {
        for (user, name) in names {
            let known = self.contents.names.entry(user).or_insert_with(|| name.clone());
            if *known != name {
                let (first, second) = (known.to_string(), name.to_string());
                return Err(HistoryError::Collision { first, second }.into());
            }
        }
        Ok(())
    }

    /// Users, with or without a self-model.
    #[must_use]
    pub fn users(&self) -> u64 {
        self.contents.models.len() as u64 + self.strangers(&self.contents.tail, &[])
    }

    /// Users of some events who have no self-model, nor any event that waits.
    fn strangers(&self, events: &[Event], waiting: &[Event]) -> u64 {
        let aliases = self.aliases();
        let users =
            |events: &[Event]| -> BTreeSet<UserId> { events.iter().map(|one| aliases.user(one.user)).collect() };
        let (waiting, users) = (users(waiting), users(events));
        users.difference(&waiting).filter(|user| self.model(**user).is_none()).count() as u64
    }

    fn add(&mut self, events: Vec<Event>, aliases: &Aliases, folded: &mut Folded) {
        let contents = &mut self.contents;
        let (before, given) = (distinct(&contents.tail, aliases), events.len());
        let known = contents.latest;
        let late = |event: &&Event| known.is_some_and(|latest| event.at < latest);
        folded.late = events.iter().filter(late).count() as u64;
        contents.latest = events.iter().map(|event| event.at).chain(known).max();
        contents.tail.extend(events);
        contents.tail.sort_by(Event::compare);
        contents.tail.dedup();
        folded.events = (distinct(&contents.tail, aliases) - before) as u64;
        folded.duplicates = given as u64 - folded.events;
    }

    fn learned(&self, lives: &Lives, watermark: SimTime) -> Vec<Learned> {
        let catalogues = self.basis.catalogues();
        let cutter = Cutter::new(&self.basis.sessionisation, &catalogues, span(lives));
        let users: Vec<(&UserId, &Waiting)> = lives.iter().map(|((_, user), life)| (user, life)).collect();
        users.into_par_iter().map(|(user, life)| self.learn(*user, life, &cutter, watermark)).collect()
    }

    fn learn(&self, user: UserId, waiting: &Waiting, cutter: &Cutter<'_>, watermark: SimTime) -> Learned {
        let (model, life) = (self.model(user).copied(), &waiting.events);
        let settled = cutter.settle(life, watermark);
        if model.is_none() && settled.observations.is_empty() {
            // Not met yet: when they were first seen, and by what channel they came, is in these events.
            return Learned { model: None, tail: waiting.rest(0..life.len()), sessions: 0 };
        }
        let channel = self.basis.channel(settled.channel.as_ref());
        let mut model = model.unwrap_or_else(|| SelfModel::new(user, life[0].at, channel, &self.basis.priors));
        self.observe(&mut model, &settled.observations);
        let is_session = |observation: &&Observation| matches!(observation, Observation::Session(_));
        let sessions = settled.observations.iter().filter(is_session).count() as u64;
        Learned { model: Some(model), tail: waiting.rest(settled.kept), sessions }
    }

    /// Predict, score, learn.
    fn observe(&self, model: &mut SelfModel, observations: &[Observation]) {
        for observation in observations {
            let observation = &not_before(model.last(), *observation);
            let (_, lesson) = model.predict(&self.basis.priors, observation.at()).score(observation);
            model.learn(lesson);
        }
    }

    /// Sets a user's self-model, or takes it away.
    pub(super) fn set(&mut self, user: UserId, model: Option<&SelfModel>) {
        match (self.find(user), model) {
            (Ok(index), Some(model)) => self.contents.models[index] = *model,
            (Ok(index), None) => drop(self.contents.models.remove(index)),
            (Err(index), Some(model)) => self.contents.models.insert(index, *model),
            (Err(_), None) => {}
        }
    }

    fn put(&mut self, learned: Vec<Learned>) {
        let (mut newborn, mut tail) = (Vec::new(), Vec::new());
        for one in learned {
            tail.extend(one.tail);
            let Some(model) = one.model else { continue };
            match self.find(model.user()) {
                Ok(index) => self.contents.models[index] = model,
                Err(_) => newborn.push(model),
            }
        }
        tail.sort_by(Event::compare);
        self.contents.tail = tail;
        if !newborn.is_empty() {
            self.contents.models.extend(newborn);
            self.contents.models.sort_by_cached_key(|model| place(model.user()));
        }
    }

    fn find(&self, user: UserId) -> Result<usize, usize> {
        let wanted = place(user);
        self.contents.models.binary_search_by(|model| place(model.user()).cmp(&wanted))
    }

    /// The self-model of a user, as far as it is settled.
    #[must_use]
    pub fn model(&self, user: UserId) -> Option<&SelfModel> {
        self.find(user).ok().map(|index| &self.contents.models[index])
    }

    /// The beliefs about all users at the moment of the latest event, by (partition, user): the tail is learned as if
    /// nothing came after it, and the record is closed. Exactly what a replay of all events leaves; the set itself
    /// stays as it is.
    #[must_use]
    pub fn beliefs(&self) -> Vec<SelfModel> {
        let Some(latest) = self.contents.latest else { return Vec::new() };
        let mut now = self.clone();
        let lives = lives(now.contents.tail.split_off(0), &self.aliases());
        let learned = now.lived_out(&lives, latest);
        now.put(learned);
        now.contents.models.par_iter_mut().for_each(|model| close(model, &self.basis.priors, latest));
        now.contents.models
    }

    fn lived_out(&self, lives: &Lives, latest: SimTime) -> Vec<Learned> {
        let catalogues = self.basis.catalogues();
        let cutter = Cutter::new(&self.basis.sessionisation, &catalogues, span(lives));
        let users: Vec<(&UserId, &Waiting)> = lives.iter().map(|((_, user), life)| (user, life)).collect();
        let live = |(user, waiting): (&UserId, &Waiting)| {
            let life = &waiting.events;
            let cut = cutter.live(life, latest);
            let channel = self.basis.channel(cut.channel.as_ref());
            let new = || SelfModel::new(*user, life[0].at, channel, &self.basis.priors);
            let mut model = self.model(*user).copied().unwrap_or_else(new);
            self.observe(&mut model, &cut.observations);
            Learned { model: Some(model), tail: Vec::new(), sessions: 0 }
        };
        users.into_par_iter().map(live).collect()
    }
}

/// Of two users who became one a session may not have been settled when a later one of the other was: it is taken to
/// begin when that one did.
fn not_before(last: SimTime, observation: Observation) -> Observation {
    match observation {
        Observation::Session(mut session) => {
            session.at = session.at.max(last);
            Observation::Session(session)
        }
        other => other,
    }
}

/// Decides what can be decided when the record ends.
fn close(model: &mut SelfModel, priors: &crate::user::priors::Priors, end: SimTime) {
    let (_, lesson) = model.predict(priors, end).close();
    model.learn(lesson);
}
