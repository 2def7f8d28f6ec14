//! Did a past change do what it was projected to do?
//!
//! A world is fitted to the record up to the day before the change. Its twins live on twice over the same luck, without the
//! change and with it, and both are held against what came. What came less what would have come without is an interrupted
//! time series whose counterfactual is a world of twins (cf. Brodersen et al. 2015, *Annals of Applied Statistics* 9,
//! 247–274): whatever else began on that day is in it too.

use std::path::Path;

use serde::Serialize;

use super::{
    Twins,
    backtest::{self, Asked, BacktestError},
    forecast::{Day, Lived, Told, live},
    outlook::LEVELS,
};
use crate::{
    base::time::Date,
    history::{session::Observation, sessions::timelines},
    study::{estimate::Estimate, life::lives, twins::TwinError},
    world::{
        engine::Plan,
        intervention::Intervention,
        ledger::{Closed, DayCell},
        scenario::{Arm, Experiment, Scenario, ScenarioError, check},
    },
};

/// Level of what is said of the change: the second of [`LEVELS`].
pub const LEVEL: f64 = LEVELS[1];

/// What was changed, and where that is written.
#[derive(Clone, Copy, Debug)]
pub struct Change<'a> {
    /// Everything that began on the day.
    pub interventions: &'a [Intervention],
    /// The file that states them.
    pub file: &'a Path,
    /// Its text.
    pub source: &'a str,
}

/// A past change as it was projected, and what came.
#[derive(Clone, Debug, Serialize)]
pub struct PastChange {
    /// The first day with the change.
    pub on: String,
    /// The last day held against the projection.
    pub to: String,
    /// Days from the first to the last.
    pub horizon_days: u32,
    /// Worlds lived, each without and with the change.
    pub worlds: u32,
    /// Users treated by each intervention at some time, in an average world.
    pub treated: Vec<Treated>,
    /// Revenue first, then sessions, purchases and new users, over the whole horizon.
    pub quantities: Vec<Held>,
    /// What came of revenue beyond the world without the change, as a share of the change that was projected; none where the
    /// projected change may be 0.
    pub realised: Option<Estimate>,
    /// Revenue by day with the change, as projected [major unit].
    #[serde(skip)]
    pub with: Vec<Day>,
    /// Expected revenue by day without it [major unit].
    #[serde(skip)]
    pub without: Vec<f64>,
    /// Revenue that came, day by day [major unit].
    #[serde(skip)]
    pub came: Vec<f64>,
    /// Revenue before, day by day [major unit].
    #[serde(skip)]
    pub past: Vec<f64>,
    /// Share of days with the change whose revenue lies in their interval, at each of [`LEVELS`].
    pub daily_coverage: [f64; 3],
}

/// Who was treated.
#[derive(Clone, Debug, Serialize)]
pub struct Treated {
    /// The intervention.
    pub intervention: String,
    /// Users, in an average world.
    pub users: f64,
}

/// One quantity, projected and held against what came.
#[derive(Clone, Debug, Serialize)]
pub struct Held {
    /// What it is.
    pub name: &'static str,
    /// As projected without the change.
    pub without: Told,
    /// As projected with it.
    pub with: Told,
    /// With less without, in the same world.
    pub change: Estimate,
    /// What came.
    pub came: f64,
    /// What came less what would have come without the change.
    pub since: Estimate,
    /// Whether what came lies in the interval of the projection with the change.
    pub held: bool,
    /// Whether it lies in that of the projection without, so that the record cannot tell the change from none.
    pub as_without: bool,
}

/// A quantity of a day: its name, how the books have it.
type Quantity = (&'static str, fn(&DayCell) -> f64);

const QUANTITIES: [Quantity; 4] = [
    ("revenue", |cell| cell.gross as f64),
    ("sessions", |cell| cell.sessions as f64),
    ("purchases", |cell| cell.paid as f64),
    ("new_users", |cell| cell.born as f64),
];

/// Projects a change as of `asked.day`, the day before it, and holds it against the days after.
///
/// # Errors
/// [`BacktestError`]; [`BacktestError::Scenario`] also where an intervention names what the fitted world does not have.
pub fn past_change(asked: &Asked<'_>, change: &Change<'_>, plan: Plan) -> Result<PastChange, BacktestError> {
    // 1. What was known the day before.
    let known = backtest::until(asked.history, asked.scenario, asked.day);
    let scenario = with(backtest::fitted(asked, &known)?, asked, change)?;
    // 2. Lived on, without the change and with it.
    let twins = Twins::of(&scenario, asked.sessionisation, &known)?;
    let Lived { books, .. } = live(&twins, asked.replications, plan, &mut |_, _| {})?;
    // 3. What came.
    let came = came(asked)?;
    Ok(Reading { twins: &twins, books: &books, came: &came }.read(asked, change))
}

/// A fitted world with an arm in which the change is made at the launch.
fn with(mut scenario: Scenario, asked: &Asked<'_>, change: &Change<'_>) -> Result<Scenario, BacktestError> {
    scenario.interventions = change.interventions.to_vec();
    let ids = change.interventions.iter().map(|it| it.id.clone()).collect();
    let arms = [("without", Vec::new()), ("with", ids)];
    scenario.experiment = Some(Experiment {
        arms: arms.map(|(id, interventions)| Arm { id: id.to_owned(), interventions }).into(),
        replications: asked.replications,
        perfect_targeting: false,
    });
    let faults = check(&scenario, &change.file.display().to_string(), change.source);
    if faults.is_empty() { Ok(scenario) } else { Err(ScenarioError::Faults(faults).into()) }
}

/// What was recorded after the day before the change, by day.
fn came(asked: &Asked<'_>) -> Result<Vec<DayCell>, BacktestError> {
    let timelines = timelines(asked.history, asked.sessionisation).map_err(TwinError::from)?;
    let clock = backtest::clock(asked.history, asked.scenario);
    let mut days = vec![DayCell::default(); asked.horizon as usize];
    for life in lives(&timelines).0 {
        let mut first = true;
        for observation in life.observations {
            let Observation::Session(session) = observation else { continue };
            let born = u64::from(std::mem::take(&mut first));
            let day = usize::try_from(clock.wall(observation.at()).day() - asked.day - 1);
            let Some(day) = day.ok().and_then(|day| days.get_mut(day)) else { continue };
            day.born += born;
            day.sessions += 1;
            day.paid += u64::from(session.paid.is_some());
        }
    }
    // Money counts on the day on which it was charged.
    let minor = asked.scenario.currency.minor_per_major() as f64;
    let revenue = backtest::revenue(asked.history, asked.scenario, asked.day + 1, asked.horizon);
    days.iter_mut().zip(revenue).for_each(|(day, major)| day.gross = (major * minor).round() as i64);
    Ok(days)
}

struct Reading<'a> {
    twins: &'a Twins,
    books: &'a [Closed],
    came: &'a [DayCell],
}

/// Places of the arms.
const WITHOUT: usize = 0;
const WITH: usize = 1;

impl Reading<'_> {
    fn read(&self, asked: &Asked<'_>, change: &Change<'_>) -> PastChange {
        let quantities: Vec<Held> = QUANTITIES.iter().map(|quantity| self.held(quantity)).collect();
        let realised = quantities.first().and_then(realised);
        let with = self.days();
        let came = self.major(self.came, QUANTITIES[0].1);
        PastChange {
            on: date(asked.day + 1),
            to: date(asked.day + i64::from(asked.horizon)),
            horizon_days: asked.horizon,
            worlds: self.books.len() as u32,
            treated: self.treated(change),
            quantities,
            realised,
            without: (0..self.came.len()).map(|day| self.mean(WITHOUT, day)).collect(),
            daily_coverage: LEVELS.map(|level| inside(&with, &came, level)),
            with,
            came,
            past: self.twins.revenue_by_day(),
        }
    }

    fn held(&self, &(name, of): &Quantity) -> Held {
        let scale = if name == "revenue" { self.minor() } else { 1.0 };
        let [without, with] = [WITHOUT, WITH]
            .map(|arm| -> Vec<f64> { self.books.iter().map(|it| self.sum(it, arm, of) / scale).collect() });
        let change: Vec<f64> = with.iter().zip(&without).map(|(with, without)| with - without).collect();
        let came = self.came.iter().map(of).sum::<f64>() / scale;
        let (without, with) = (Told::of(&without), Told::of(&with));
        let within = |told: &Told| told.at(LEVEL).is_some_and(|(lo, hi)| lo <= came && came <= hi);
        Held {
            name,
            change: Estimate::of_one_more(&change, LEVEL),
            since: since(came, &without),
            held: within(&with),
            as_without: within(&without),
            came,
            without,
            with,
        }
    }

    fn minor(&self) -> f64 {
        self.twins.scenario.currency.minor_per_major() as f64
    }

    fn major(&self, days: &[DayCell], of: fn(&DayCell) -> f64) -> Vec<f64> {
        days.iter().map(|day| of(day) / self.minor()).collect()
    }

    /// The days of a book that are held against what came.
    fn after<'b>(&self, book: &'b Closed, arm: usize) -> &'b [DayCell] {
        &book.arms[arm].days[self.twins.stage.launch as usize..self.twins.stage.days as usize]
    }

    fn sum(&self, book: &Closed, arm: usize, of: fn(&DayCell) -> f64) -> f64 {
        self.after(book, arm).iter().map(of).sum()
    }

    fn mean(&self, arm: usize, day: usize) -> f64 {
        let sum: f64 = self.books.iter().map(|book| self.after(book, arm)[day].gross as f64).sum();
        sum / self.minor() / self.books.len().max(1) as f64
    }

    fn days(&self) -> Vec<Day> {
        let worlds: Vec<Vec<f64>> =
            self.books.iter().map(|book| self.major(self.after(book, WITH), QUANTITIES[0].1)).collect();
        let first = self.twins.stage.first_day + i64::from(self.twins.stage.launch);
        let day = |at: usize| {
            let told = Told::of(&worlds.iter().map(|world| world[at]).collect::<Vec<_>>());
            Day { date: date(first + at as i64), told }
        };
        (0..self.came.len()).map(day).collect()
    }

    fn treated(&self, change: &Change<'_>) -> Vec<Treated> {
        let users = |place: usize| {
            let entered = |book: &Closed| book.arms[WITH].entered[place].iter().sum::<i64>() as f64;
            self.books.iter().map(entered).sum::<f64>() / self.books.len().max(1) as f64
        };
        let ids = change.interventions.iter().map(|it| it.id.clone());
        ids.enumerate().map(|(place, intervention)| Treated { intervention, users: users(place) }).collect()
    }
}

/// What came less what would have come, whose doubt is that of the worlds without the change.
fn since(came: f64, without: &Told) -> Estimate {
    let ends = without.at(LEVEL);
    let (lo, hi) = (ends.map(|(_, hi)| came - hi), ends.map(|(lo, _)| came - lo));
    Estimate { mean: came - without.mean, lo, hi, level: LEVEL }
}

/// Of the projected change, what has come true.
fn realised(revenue: &Held) -> Option<Estimate> {
    let (change, since) = (revenue.change, revenue.since);
    let sure = change.lo? > 0.0 || change.hi? < 0.0;
    let (a, b) = (since.lo? / change.mean, since.hi? / change.mean);
    let (mean, level) = (since.mean / change.mean, LEVEL);
    sure.then_some(Estimate { mean, lo: Some(a.min(b)), hi: Some(a.max(b)), level })
}

fn date(day: i64) -> String {
    Date::from_number(day).map(|date| date.to_string()).unwrap_or_default()
}

/// Share of days that lie in their interval.
fn inside(said: &[Day], came: &[f64], level: f64) -> f64 {
    let within = |(day, came): &(&Day, &f64)| day.told.at(level).is_some_and(|(lo, hi)| lo <= **came && **came <= hi);
    said.iter().zip(came).filter(within).count() as f64 / came.len().max(1) as f64
}
