//! Twins: every recorded user goes on in a fitted world, as somebody they may be given their record.
//!
//! A world of twins begins on the day after the record. What is not known is drawn in three layers, so that a forecast can
//! tell what would narrow it: the *law* (a longer record of more users), *who each user is* (a longer record of them), and
//! *luck* (nothing). Each draw of the law is shared by four worlds, each draw of the personas by two.

pub mod backtest;
pub mod forecast;
pub mod law;
pub mod outlook;
pub mod past_change;
pub mod posterior;
pub mod series;

use std::sync::Arc;

use rayon::prelude::*;

use self::{forecast::Forecast, law::Law, posterior::Twinning};
use super::{
    calibrate::evidence::{Evidence, Seen},
    life::{Life, UNKNOWN_CHANNEL, lives},
    projection::Baseline,
};
use crate::{
    base::{
        float::exp,
        luck::{Luck, Purpose},
        time::{DAY, Date, LocalClock, SimTime},
        units::UserId,
    },
    history::{
        log::History,
        name::Name,
        session::Observation,
        sessions::{Catalogues, SessionError, Sessionisation, Timelines, timelines},
    },
    user::self_model::SelfModel,
    world::{
        arm::Reached,
        engine::{self, EngineError, cohort::World},
        founder::{Founder, Founders, TWIN},
        hazard::Hazard,
        ledger::DayCell,
        scenario::Scenario,
        stage::Stage,
    },
};

/// Worlds that share a draw of the law.
pub const WORLDS_A_LAW: u32 = 4;
/// Worlds that share a draw of the personas.
pub const WORLDS_A_CAST: u32 = 2;

/// Why the recorded users cannot go on in a world.
#[derive(Debug, thiserror::Error)]
pub enum TwinError {
    /// There is nothing to go on in.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The record cannot be cut into sessions.
    #[error(transparent)]
    Sessions(#[from] SessionError),
    /// Nobody came.
    #[error("a forecast needs at least one recorded session, but the history has none")]
    NoSession,
    /// The world begins too late or too early.
    #[error("clock.start must be the day after the last recorded one, {expected}, but is {found}")]
    Start {
        /// The day it must be.
        expected: String,
        /// The day it is.
        found: String,
    },
    /// The catalogue lacks content that was recorded.
    #[error("the catalogue must hold all recorded content, but has no \"{missing}\"")]
    Catalogue {
        /// What is missing.
        missing: String,
    },
}

/// A recorded user, as far as the world must know them.
#[derive(Clone, Debug)]
struct Record {
    /// Their name in the history.
    user: UserId,
    /// First and last session, in seconds of the world.
    first: u32,
    last: u32,
    seen: Seen,
}

/// The recorded users and the world in which they go on.
#[derive(Debug)]
pub struct Twins {
    /// The scenario, its days before the launch being those of the record.
    pub scenario: Scenario,
    /// The same made ready, with the scenario's own numbers.
    pub stage: Arc<Stage>,
    records: Vec<Record>,
    models: Arc<Vec<SelfModel>>,
    law: Law,
    catalogue: Vec<f64>,
    /// What was recorded, by day of the world.
    past: Arc<Vec<DayCell>>,
}

impl Twins {
    /// Sets up the world of a scenario for the users of a history.
    ///
    /// # Errors
    /// [`TwinError`].
    pub fn of(scenario: &Scenario, sessionisation: &Sessionisation, history: &History) -> Result<Self, TwinError> {
        // 1. What everybody did, in the catalogue's own numbers.
        let world = scenario.world.as_ref().ok_or(EngineError::NoWorld)?;
        let timelines = cut(scenario, sessionisation, history)?;
        let evidence = Evidence::of(&timelines, &scenario.clock.timezone, scenario.currency);
        if evidence.users.is_empty() {
            return Err(TwinError::NoSession);
        }
        // 2. The world, as old as the record.
        let scenario = aged(scenario, &evidence)?;
        let stage = engine::stage(&scenario)?;
        let clock = LocalClock::new(&scenario.clock.timezone, timelines.span.0, timelines.span.1);
        let come: Vec<Life<'_>> =
            lives(&timelines).0.into_iter().filter(|life| sessions(life).next().is_some()).collect();
        let second = |at: SimTime| (clock.wall(at).0 - stage.first_day * DAY).max(0) as u32;
        let record = |(life, seen): (&Life<'_>, Seen)| Record {
            user: life.user,
            first: sessions(life).next().map_or(0, second),
            last: sessions(life).next_back().map_or(0, second),
            seen,
        };
        // 3. What is believed of each.
        let names = lives(&timelines).1;
        let channel = |life: &Life<'_>| channel(world, &names, life.channel);
        let models: Vec<SelfModel> = come.par_iter().map(|life| believed(life, channel(life), &stage)).collect();
        let law = Law::of(world, &evidence);
        let records = come.iter().zip(evidence.users).map(record).collect();
        let total: f64 = world.catalogue.iter().map(|content| content.share.value()).sum();
        let catalogue = world.catalogue.iter().map(|content| content.share.value() / total).collect();
        let past = Arc::new(recorded(&come, &stage, &clock));
        Ok(Self { scenario, stage, records, models: Arc::new(models), law, catalogue, past })
    }

    /// How many users are on record.
    #[must_use]
    pub fn users(&self) -> usize {
        self.records.len()
    }

    /// The name of a recorded user, by their place.
    #[must_use]
    pub fn user(&self, index: usize) -> UserId {
        self.records[index].user
    }

    /// The law and the personas that a world shares with others: those who are there when it begins.
    #[must_use]
    pub fn cast(&self, replication: u32) -> Cast {
        let of_law = Luck::new(self.scenario.seed, replication / WORLDS_A_LAW);
        let at = self.law.drawn(&of_law);
        let scenario = self.law.rewritten(&self.scenario, &at, &of_law);
        let mut stage = Stage::of(&scenario).unwrap_or_else(|| Stage::clone(&self.stage));
        // What the company believes beforehand does not depend on what is true.
        stage.priors.clone_from(&self.stage.priors);
        let of_cast = Luck::new(self.scenario.seed, replication / WORLDS_A_CAST);
        let founders = self.founders(&scenario, &stage.hazard, &at, &of_cast);
        Cast { stage: Arc::new(stage), founders }
    }

    fn founders(&self, scenario: &Scenario, hazard: &Hazard, at: &[f64], luck: &Luck) -> Founders {
        let Some(world) = &scenario.world else { return Founders::default() };
        let (law, catalogue) = (&self.law, &self.catalogue[..]);
        let twinning =
            Twinning { law, at, population: &world.population, hazard, catalogue, currency: scenario.currency };
        let launch = f64::from(self.stage.launch) * DAY as f64;
        let one = |(index, record): (usize, &Record)| {
            let user = twin(record.user);
            let tenure = (launch - f64::from(record.first)) / DAY as f64;
            let twin = twinning.draw(&record.seen, tenure, &mut luck.stream(user, Purpose::Twin, 0))?;
            let (born, last, model) = (record.first, record.last, index as u32);
            Some(Founder { user, persona: twin.persona, born, last, stands: twin.stands, model })
        };
        let users = self.records.par_iter().enumerate().map(one).collect::<Vec<_>>();
        Founders { users: users.into_iter().flatten().collect(), models: Arc::clone(&self.models) }
    }

    /// Revenue of each recorded day [major unit].
    #[must_use]
    pub fn revenue_by_day(&self) -> Vec<f64> {
        let minor = self.scenario.currency.minor_per_major() as f64;
        self.past.iter().map(|day| day.gross as f64 / minor).collect()
    }

    /// Completes a baseline with what no record shows: who is there still, and what each segment is worth.
    pub fn describe(&self, baseline: &mut Baseline, forecast: &Forecast) {
        baseline.active_users = forecast.there;
        let (mut users, mut money) = (vec![0.0; self.law.segments], vec![0.0; self.law.segments]);
        for record in &self.records {
            let (n, mean, squares) = record.seen.amounts;
            // The mean of log-normal amounts, from what was seen of their logarithms.
            let paid = if n > 0.0 { n * exp(mean + squares / n / 2.0) } else { 0.0 };
            let belongs = self.law.form.membership(&record.seen, &self.law.at, self.law.segments);
            users.iter_mut().zip(&belongs).for_each(|(sum, p)| *sum += p);
            money.iter_mut().zip(&belongs).for_each(|(sum, p)| *sum += p * paid);
        }
        let (all, total) = (users.iter().sum::<f64>().max(1e-9), money.iter().sum::<f64>().max(1e-9));
        for (segment, (users, money)) in baseline.segments.iter_mut().zip(users.iter().zip(&money)) {
            segment.share_of_new = users / all;
            segment.share_of_revenue = money / total;
            segment.ltv_multiple = segment.share_of_revenue / segment.share_of_new.max(1e-12);
        }
    }

    /// One world of a cast.
    #[must_use]
    pub fn world(&self, cast: &Cast, replication: u32, reached: &[Reached]) -> World {
        let (stage, founders) = (Arc::clone(&cast.stage), cast.founders.clone());
        let mut world = engine::founded(&self.scenario, stage, founders, replication, reached);
        world.past = Arc::clone(&self.past);
        world
    }
}

/// A draw of the law and of the personas.
#[derive(Clone, Debug)]
pub struct Cast {
    /// The world of that law.
    pub stage: Arc<Stage>,
    /// Who is there.
    pub founders: Founders,
}

/// A recorded user's name in a world.
#[must_use]
pub const fn twin(user: UserId) -> UserId {
    UserId(user.0 | TWIN)
}

fn sessions<'a>(life: &Life<'a>) -> impl DoubleEndedIterator<Item = SimTime> + use<'a> {
    life.observations.iter().filter(|it| matches!(it, Observation::Session(_))).map(Observation::at)
}

/// Timelines whose content has the numbers of the scenario's catalogue.
fn cut(scenario: &Scenario, sessionisation: &Sessionisation, history: &History) -> Result<Timelines, TwinError> {
    let found = Catalogues::of(&history.events);
    let contents = scenario.world.iter().flat_map(|world| &world.catalogue).map(|it| Name::from(it.id.as_str()));
    let contents: Vec<Name> = contents.collect();
    if let Some(missing) = found.contents.iter().find(|name| !contents.contains(name) && contents.len() < 32) {
        return Err(TwinError::Catalogue { missing: missing.to_string() });
    }
    let catalogues = Some(Catalogues { contents, ..found });
    Ok(timelines(history, &Sessionisation { catalogues, ..sessionisation.clone() })?)
}

/// The scenario with the record in the place of its days before the launch.
fn aged(scenario: &Scenario, evidence: &Evidence) -> Result<Scenario, TwinError> {
    let (first, last) = evidence.days;
    let shown = |day: i64| Date::from_number(day).map_or_else(String::new, |date| date.to_string());
    // Days without a record in between are lived by nobody; of more than a month's too much would be unknown.
    let start = scenario.clock.start.map(Date::number);
    let Some(start) = start.filter(|start| (last + 1..=last + 31).contains(start)) else {
        let found = start.map_or_else(|| "missing".to_owned(), shown);
        return Err(TwinError::Start { expected: shown(last + 1), found });
    };
    let mut aged = scenario.clone();
    aged.clock.warmup_days = (start - first) as u32;
    aged.clock.baseline_days = aged.clock.baseline_days.clamp(1, aged.clock.warmup_days);
    Ok(aged)
}

/// The number that the world's priors have for a channel of the record; of one it does not know, a larger one.
fn channel(world: &crate::world::scenario::World, names: &[Name], recorded: u8) -> u8 {
    let name = names.get(usize::from(recorded)).map(Name::as_str);
    let known = world.acquisition.iter().position(|channel| Some(channel.id.as_str()) == name);
    known.and_then(|index| u8::try_from(index).ok()).unwrap_or(UNKNOWN_CHANNEL)
}

/// What a record teaches; it is not closed, for the life goes on.
fn believed(life: &Life<'_>, channel: u8, stage: &Stage) -> SelfModel {
    let mut model = SelfModel::new(twin(life.user), life.first, channel, &stage.priors);
    for observation in life.observations {
        let (_, lesson) = model.predict(&stage.priors, observation.at()).score(observation);
        model.learn(lesson);
    }
    model
}

/// What was recorded, by day of the world.
fn recorded(come: &[Life<'_>], stage: &Stage, clock: &LocalClock) -> Vec<DayCell> {
    let mut days = vec![DayCell::default(); stage.launch as usize];
    let place = |at: SimTime| usize::try_from(clock.wall(at).day() - stage.first_day).ok();
    for life in come {
        let mut first = true;
        for observation in life.observations {
            let Some(day) = place(observation.at()).and_then(|day| days.get_mut(day)) else { continue };
            match observation {
                Observation::Session(session) => {
                    day.born += u64::from(std::mem::take(&mut first));
                    day.session(session.paid, crate::base::units::Money::ZERO);
                }
                Observation::Left(_) => day.left += 1,
                _ => {}
            }
        }
    }
    days
}
