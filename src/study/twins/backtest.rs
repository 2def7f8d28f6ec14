//! Would a world of twins have been right? A world is fitted to a record cut off at a past day, lived on, and held against
//! what came: day by day, week by week and in all, beside forecasts that look at totals alone.

use std::{collections::BTreeMap, path::Path};

use serde::Serialize;

use super::{
    TwinError, Twins,
    forecast::{Day, Forecast, Told, live},
    outlook::LEVELS,
    series,
};
use crate::{
    base::{
        time::{Date, LocalClock, SimTime},
        units::Currency,
    },
    history::{
        event::EventKind,
        log::History,
        sessions::{Sessionisation, timelines},
    },
    study::calibrate::{
        script::{self, Head},
        world::{self, Source, WorldError},
    },
    world::{
        engine::Plan,
        scenario::{Recorded, Scenario, ScenarioError, ScenarioFile},
    },
};

/// A forecast of a past day by twins, and what came of it.
#[derive(Clone, Debug, Serialize)]
pub struct TwinBacktest {
    /// The last local day that was known.
    pub as_of: String,
    /// Days ahead.
    pub horizon_days: u32,
    /// What was forecast.
    #[serde(skip)]
    pub forecast: Forecast,
    /// Revenue that came, day by day [major unit].
    #[serde(skip)]
    pub came: Vec<f64>,
    /// Revenue before, day by day [major unit].
    #[serde(skip)]
    pub past: Vec<f64>,
    /// All revenue: what was expected, and what came [major unit].
    pub revenue: Told,
    /// What came [major unit].
    pub actual: f64,
    /// Share of days whose revenue lies inside their interval, at each of the levels.
    pub daily_coverage: [f64; 3],
    /// Share of weeks, likewise.
    pub weekly_coverage: [f64; 3],
    /// Root mean square error of a week's revenue [major unit]: of the twins, and of forecasts that look at totals alone.
    pub weekly_rmse: BTreeMap<&'static str, f64>,
}

/// Why there is none.
#[derive(Debug, thiserror::Error)]
pub enum BacktestError {
    /// No world can be fitted.
    #[error(transparent)]
    World(#[from] WorldError),
    /// The fitted world is not in order, which would be a fault of this program.
    #[error(transparent)]
    Scenario(#[from] ScenarioError),
    /// Users cannot go on in it.
    #[error(transparent)]
    Twins(#[from] TwinError),
}

/// What is asked of a backtest.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The scenario that names the history.
    pub scenario: &'a Scenario,
    /// How it is cut.
    pub sessionisation: &'a Sessionisation,
    /// All of it.
    pub history: &'a History,
    /// The last local day that is known.
    pub day: i64,
    /// Days ahead.
    pub horizon: u32,
    /// Worlds to live.
    pub replications: u32,
}

/// Fits, lives on and compares.
///
/// # Errors
/// [`BacktestError`].
pub fn backtest(asked: &Asked<'_>, plan: Plan) -> Result<TwinBacktest, BacktestError> {
    // 1. What was known.
    let known = until(asked.history, asked.scenario, asked.day);
    let scenario = fitted(asked, &known)?;
    // 2. Lived on.
    let twins = Twins::of(&scenario, asked.sessionisation, &known)?;
    let forecast = live(&twins, asked.replications, plan, &mut |_, _| {})?.forecast;
    // 3. What came.
    let past = twins.revenue_by_day();
    let came = revenue(asked.history, asked.scenario, asked.day + 1, asked.horizon);
    Ok(compared(asked, forecast, past, came))
}

/// The record up to a day.
pub(super) fn until(history: &History, scenario: &Scenario, day: i64) -> History {
    let clock = clock(history, scenario);
    let events = history.events.iter().filter(|event| clock.wall(event.at).day() <= day).cloned().collect();
    History { events, names: history.names.clone() }
}

pub(super) fn clock(history: &History, scenario: &Scenario) -> LocalClock {
    let at = |event: Option<&crate::history::event::Event>| event.map_or(SimTime(0), |event| event.at);
    let (first, last) = (at(history.events.first()), at(history.events.last()));
    LocalClock::new(&scenario.clock.timezone, first, last)
}

/// The world of what was known, as `cwm fit` writes it.
pub(super) fn fitted(asked: &Asked<'_>, known: &History) -> Result<Scenario, BacktestError> {
    let timelines = timelines(known, asked.sessionisation).map_err(TwinError::from)?;
    // Users go on in it, so its channels bring only those who are new.
    let recorded = asked.scenario.recorded.clone().unwrap_or_else(|| Recorded::canonical(Path::new("record.parquet")));
    let of = Scenario { recorded: Some(recorded), ..asked.scenario.clone() };
    let mut world = world::fit(&Source { scenario: &of, history: known, timelines: &timelines })?;
    // A record cut off on purpose is whole on its last day.
    world.last_day = asked.day;
    let Some(start) = Date::from_number(asked.day + 1) else { return Err(TwinError::NoSession.into()) };
    let head = Head { name: "as_of", of: "a record cut off", scenario: &of, start, recorded: of.recorded.as_ref() };
    let text = script::written(&head, &world);
    let mut scenario = ScenarioFile::parse(Path::new("as_of.ron"), text)?.scenario;
    scenario.clock.horizon_days = asked.horizon;
    scenario.metrics = None;
    Ok(scenario)
}

/// Revenue by day [major unit].
pub(super) fn revenue(history: &History, scenario: &Scenario, from: i64, days: u32) -> Vec<f64> {
    let (clock, mut sums) = (clock(history, scenario), vec![0.0; days as usize]);
    for event in &history.events {
        let EventKind::Charge { amount } = event.kind else { continue };
        let day = usize::try_from(clock.wall(event.at).day() - from).ok().and_then(|day| sums.get_mut(day));
        day.into_iter().for_each(|sum| *sum += major(amount, scenario.currency));
    }
    sums
}

fn major(amount: crate::base::units::Money, currency: Currency) -> f64 {
    amount.major(currency)
}

fn compared(asked: &Asked<'_>, forecast: Forecast, past: Vec<f64>, came: Vec<f64>) -> TwinBacktest {
    let weeks: Vec<f64> = came.chunks_exact(7).map(|week| week.iter().sum()).collect();
    let twins: Vec<f64> = forecast.weeks.iter().map(|week| week.told.mean).collect();
    // Weeks are counted back from the last known day, so that none is cut.
    let known: Vec<f64> = past.rchunks_exact(7).map(|week| week.iter().sum()).collect();
    let known: Vec<f64> = known.into_iter().rev().collect();
    let mut weekly_rmse = BTreeMap::from([("twins", rmse(&twins, &weeks))]);
    if known.len() > 1 {
        weekly_rmse.extend(series::KINDS.map(|(name, kind)| (name, rmse(&kind(&known, weeks.len()), &weeks))));
    }
    TwinBacktest {
        as_of: Date::from_number(asked.day).map(|date| date.to_string()).unwrap_or_default(),
        horizon_days: asked.horizon,
        daily_coverage: coverage(&forecast.days, &came),
        weekly_coverage: coverage(&forecast.weeks, &weeks),
        weekly_rmse,
        revenue: forecast.totals.first().map_or_else(|| Told::of(&[]), |total| total.told.clone()),
        actual: came.iter().sum(),
        forecast,
        came,
        past,
    }
}

fn rmse(said: &[f64], came: &[f64]) -> f64 {
    let squares: f64 = said.iter().zip(came).map(|(said, came)| (said - came).powi(2)).sum();
    (squares / came.len().max(1) as f64).sqrt()
}

/// Share of what came that lies inside, by level.
fn coverage(said: &[Day], came: &[f64]) -> [f64; 3] {
    LEVELS.map(|level| {
        let inside = |(day, came): (&Day, &f64)| day.told.at(level).is_some_and(|(lo, hi)| lo <= *came && *came <= hi);
        said.iter().zip(came).filter(|pair| inside(*pair)).count() as f64 / came.len().max(1) as f64
    })
}
