//! Posterior predictive check: does what a fitted world leaves behind look like the history it was fitted to?
//!
//! Replicas of the record are lived in worlds drawn from the fitted law and what it leaves open. To each come as many new
//! users on every day by every channel as came to the record; what they do is cut into sessions like the record. Measures of
//! the record are then held against the same measures of the replicas (Gelman, Meng & Stern 1996, *Statistica Sinica* 6).

mod measures;
mod ranking;
mod trace;

use std::sync::Arc;

use rayon::prelude::*;
use serde::Serialize;

pub use ranking::{Bin, Measured};

use self::trace::{Span, Trace};
use super::{calibrate::evidence::Evidence, recording, twins::law::Law};
use crate::{
    base::{
        luck::Luck,
        time::{DAY, Date, LocalClock},
    },
    history::{
        log::History,
        name::Name,
        session::Observation,
        sessions::{SessionError, Sessionisation, Timelines, timelines},
    },
    world::{
        engine::{self, EngineError},
        scenario::{Rhythm, Scenario},
        stage::Stage,
    },
};

/// What is to be checked.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The fitted world.
    pub scenario: &'a Scenario,
    /// How the record was cut.
    pub sessionisation: &'a Sessionisation,
    /// The record.
    pub timelines: &'a Timelines,
    /// Replicas to live \[1\].
    pub replicas: u32,
}

/// How a fitted world resembles its history.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Check {
    /// Replicas that were lived.
    pub replicas: u32,
    /// Users of the record, and of each replica.
    pub users: usize,
    /// Local days of the record.
    pub days: i64,
    /// What was held against the record, the worst fit first.
    pub measures: Vec<Measured>,
}

/// Why there is nothing to check.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// There is no world.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// What a replica left behind cannot be cut into sessions.
    #[error(transparent)]
    Sessions(#[from] SessionError),
    /// Nobody came.
    #[error("a check needs at least one recorded session, but the history has none")]
    NoSession,
}

/// Holds a fitted world against its history.
///
/// # Errors
/// [`CheckError`].
pub fn check(asked: &Asked<'_>) -> Result<Check, CheckError> {
    // 1. The record.
    let world = asked.scenario.world.as_ref().ok_or(EngineError::NoWorld)?;
    let zone = &asked.scenario.clock.timezone;
    let evidence = Evidence::of(asked.timelines, zone, asked.scenario.currency);
    if evidence.users.is_empty() {
        return Err(CheckError::NoSession);
    }
    let span = Span { days: evidence.days, zone, currency: asked.scenario.currency };
    let record = Trace::of(asked.timelines, &span);
    // 2. Its replicas.
    let names: Vec<&str> = world.acquisition.iter().map(|channel| channel.id.as_str()).collect();
    let replay = Replicas {
        scenario: at_the_record(asked.scenario, evidence.days),
        law: Law::of(world, &evidence),
        coming: coming(asked.timelines, &span, &names),
        sessionisation: asked.sessionisation,
        span,
    };
    // 3. Measured alike. Of a replica its measures are kept and no more.
    let measures = measures::of(&record);
    let taken = |trace: &Trace| measures.iter().map(|measure| (measure.of)(trace)).collect::<Vec<_>>();
    let replicas: Vec<Vec<Vec<f64>>> =
        (0..asked.replicas).into_par_iter().map(|r| Ok(taken(&replay.trace(r)?))).collect::<Result<_, CheckError>>()?;
    // 4. Told apart, if they can be.
    let one = |(place, own): (usize, Vec<f64>)| {
        let others = replicas.iter().map(|replica| replica[place].clone()).collect();
        ranking::held(&measures[place], own, others)
    };
    let mut found: Vec<Measured> = taken(&record).into_iter().enumerate().map(one).collect();
    found.sort_by(|a, b| a.p_value.total_cmp(&b.p_value).then(b.distance.total_cmp(&a.distance)));
    let (users, days) = (evidence.users.len(), evidence.length());
    Ok(Check { replicas: asked.replicas, users, days, measures: found })
}

/// Worlds that might have left the record behind.
struct Replicas<'a> {
    scenario: Scenario,
    law: Law,
    /// New users by day and channel.
    coming: Vec<Vec<u32>>,
    sessionisation: &'a Sessionisation,
    span: Span<'a>,
}

impl Replicas<'_> {
    fn trace(&self, replication: u32) -> Result<Trace, CheckError> {
        let luck = Luck::new(self.scenario.seed, replication);
        let mut scenario = self.law.rewritten(&self.scenario, &self.law.drawn(&luck), &luck);
        if let Some(world) = &mut scenario.world {
            // The level is that of the record's end; the record as a whole is at level 1.
            world.rhythm.level = Rhythm::default().level;
            world.rhythm.spending.level = Rhythm::default().level;
        }
        let stage = Stage::of(&scenario).map(Arc::new).ok_or(EngineError::NoWorld)?;
        let history: History =
            recording::of(&scenario, &engine::scheduled(&scenario, stage, replication, &self.coming));
        Ok(Trace::of(&timelines(&history, self.sessionisation)?, &self.span))
    }
}

/// The world as it was when the record began; nothing is tried in it.
fn at_the_record(scenario: &Scenario, (first, last): (i64, i64)) -> Scenario {
    let mut scenario = scenario.clone();
    let clock = &mut scenario.clock;
    clock.start = Date::from_number(first + 1).or(clock.start);
    (clock.warmup_days, clock.baseline_days) = (1, 1);
    clock.horizon_days = (last - first).max(1) as u32;
    scenario.interventions.clear();
    scenario
}

/// New users by day of the record and channel of the world; who came by no known channel is counted to the first.
fn coming(timelines: &Timelines, span: &Span<'_>, names: &[&str]) -> Vec<Vec<u32>> {
    let clock = LocalClock::new(span.zone, timelines.span.0, timelines.span.1);
    let mut coming = vec![vec![0; names.len()]; (span.days.1 - span.days.0 + 1) as usize];
    for user in &timelines.users {
        let sessions = timelines.of(user).iter().filter(|it| matches!(it, Observation::Session(_)));
        let Some(first) = sessions.map(Observation::at).next() else { continue };
        let day = clock.wall(first).0.div_euclid(DAY) - span.days.0;
        let own = user.channel.as_ref().map(Name::as_str);
        let channel = names.iter().position(|name| Some(*name) == own).unwrap_or(0);
        if let Some(cell) = usize::try_from(day).ok().and_then(|day| coming.get_mut(day)?.get_mut(channel)) {
            *cell += 1;
        }
    }
    coming
}
