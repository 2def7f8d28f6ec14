//! Folding events into a set: what is settled by the new watermark is learned, the rest waits in the tail.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::{StoredSet, error::StoreError, models::Names, place};
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

/// The events of one user, in time order.
type Lives = BTreeMap<(u32, UserId), Vec<Event>>;

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
        folded.born = self.strangers(&history.events, &self.contents.tail);
        self.add(history.events, &mut folded);
        // 2. What is settled by now is learned.
        let Some(watermark) = self.watermark() else { return Ok(folded) };
        let lives = lives(std::mem::take(&mut self.contents.tail));
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
        let waiting: BTreeSet<UserId> = waiting.iter().map(|event| event.user).collect();
        let users: BTreeSet<UserId> = events.iter().map(|event| event.user).collect();
        users.difference(&waiting).filter(|user| self.model(**user).is_none()).count() as u64
    }

    fn add(&mut self, events: Vec<Event>, folded: &mut Folded) {
        let contents = &mut self.contents;
        let (before, given) = (contents.tail.len(), events.len());
        let known = contents.latest;
        let late = |event: &&Event| known.is_some_and(|latest| event.at < latest);
        folded.late = events.iter().filter(late).count() as u64;
        contents.latest = events.iter().map(|event| event.at).chain(known).max();
        contents.tail.extend(events);
        contents.tail.sort_by(Event::compare);
        contents.tail.dedup();
        folded.events = (contents.tail.len() - before) as u64;
        folded.duplicates = given as u64 - folded.events;
    }

    fn learned(&self, lives: &Lives, watermark: SimTime) -> Vec<Learned> {
        let catalogues = self.basis.catalogues();
        let cutter = Cutter::new(&self.basis.sessionisation, &catalogues, span(lives));
        let users: Vec<(&UserId, &Vec<Event>)> = lives.iter().map(|((_, user), life)| (user, life)).collect();
        users.into_par_iter().map(|(user, life)| self.learn(*user, life, &cutter, watermark)).collect()
    }

    fn learn(&self, user: UserId, life: &[Event], cutter: &Cutter<'_>, watermark: SimTime) -> Learned {
        let model = self.model(user).copied();
        let settled = cutter.settle(life, watermark);
        if model.is_none() && settled.observations.is_empty() {
            // Not met yet: when they were first seen, and by what channel they came, is in these events.
            return Learned { model: None, tail: life.to_vec(), sessions: 0 };
        }
        let channel = self.basis.channel(settled.channel.as_ref());
        let mut model = model.unwrap_or_else(|| SelfModel::new(user, life[0].at, channel, &self.basis.priors));
        self.observe(&mut model, &settled.observations);
        let is_session = |observation: &&Observation| matches!(observation, Observation::Session(_));
        let sessions = settled.observations.iter().filter(is_session).count() as u64;
        let tail = settled.kept.into_iter().filter_map(|index| life.get(index).cloned()).collect();
        Learned { model: Some(model), tail, sessions }
    }

    /// Predict, score, learn.
    fn observe(&self, model: &mut SelfModel, observations: &[Observation]) {
        for observation in observations {
            let (_, lesson) = model.predict(&self.basis.priors, observation.at()).score(observation);
            model.learn(lesson);
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
        let lives = lives(now.contents.tail.split_off(0));
        let learned = now.lived_out(&lives, latest);
        now.put(learned);
        now.contents.models.par_iter_mut().for_each(|model| close(model, &self.basis.priors, latest));
        now.contents.models
    }

    fn lived_out(&self, lives: &Lives, latest: SimTime) -> Vec<Learned> {
        let catalogues = self.basis.catalogues();
        let cutter = Cutter::new(&self.basis.sessionisation, &catalogues, span(lives));
        let users: Vec<(&UserId, &Vec<Event>)> = lives.iter().map(|((_, user), life)| (user, life)).collect();
        let live = |(user, life): (&UserId, &Vec<Event>)| {
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

/// Decides what can be decided when the record ends.
fn close(model: &mut SelfModel, priors: &crate::user::priors::Priors, end: SimTime) {
    let (_, lesson) = model.predict(priors, end).close();
    model.learn(lesson);
}

fn lives(tail: Vec<Event>) -> Lives {
    let mut lives = Lives::new();
    for event in tail {
        lives.entry(place(event.user)).or_default().push(event);
    }
    lives
}

/// The first and the last event.
fn span(lives: &Lives) -> (SimTime, SimTime) {
    let ends = |end: fn(&[Event]) -> Option<&Event>| lives.values().filter_map(move |life| end(life).map(|e| e.at));
    (ends(<[Event]>::first).min().unwrap_or_default(), ends(<[Event]>::last).max().unwrap_or_default())
}
