//! What a user will do next: when, at what time of day, for what, whether they pay and how much.
//!
//! The time is that of the gap's law, given that the user has not come since the last session:
//! `P(G ≤ g | G > e) = (F(g) − F(e)) / (1 − F(e))`. The weekday follows from it; the time of day from the weekday.

use serde::Serialize;

use super::calendar::Calendar;
pub use crate::user::explain::Chance;
use crate::{
    base::{
        float::exp,
        time::{DAY, SimTime, weekday},
    },
    history::session::DAYPARTS,
    user::explain::{LEVEL, Reading, chances, quantity::quantile, wording::WEEKDAYS},
};

/// The next session, if the user comes again.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Forecast {
    /// Date by which it has come with even odds.
    pub date: String,
    /// Date of the lower end of the 80% interval.
    pub date_lo: String,
    /// Of the upper end.
    pub date_hi: String,
    /// The same as days from the moment: lower end, median, upper end.
    pub days: [f64; 3],
    /// Probability that it comes within seven days \[1\].
    pub within_a_week: f64,
    /// The likeliest day of the week.
    pub weekday: Chance,
    /// The likeliest part of the day.
    pub daypart: Chance,
    /// The three likeliest kinds of content.
    pub contents: Vec<Chance>,
    /// Whether it pays.
    pub pays: Chance,
    /// Median of what it pays, if it does [major units].
    pub amount: f64,
    /// Lower end of the 80% interval.
    pub amount_lo: f64,
    /// Upper end.
    pub amount_hi: f64,
    /// Whether they come in the first week of tenure that is not decided yet.
    pub visits: Chance,
    /// What else may happen: to offers, messages, features, the term that runs.
    pub others: Vec<Chance>,
}

/// Forecasts the next session.
#[must_use]
pub fn forecast(reading: &Reading<'_>, calendar: &Calendar) -> Forecast {
    let gap = Gap::of(reading);
    let days = [0.5 - LEVEL / 2.0, 0.5, 0.5 + LEVEL / 2.0].map(|mass| gap.quantile(mass));
    let date = |days: f64| calendar.date(SimTime(reading.at.0 + (days * DAY as f64) as i64));
    let week = week(&gap, calendar);
    let likely = (0..7).fold(0, |best, day| if week[day] > week[best] { day } else { best });
    let amounts = [0.5 - LEVEL / 2.0, 0.5, 0.5 + LEVEL / 2.0].map(|mass| amount(reading, mass));
    let later = reading.prediction.model().sessions() > 0;
    Forecast {
        date: date(days[1]),
        date_lo: date(days[0]),
        date_hi: date(days[2]),
        within_a_week: gap.within(7.0),
        days,
        weekday: Chance { what: WEEKDAYS[likely].to_owned(), p: week[likely], population: None },
        daypart: daypart(reading, week[5] + week[6]),
        contents: contents(reading),
        pays: Chance {
            what: "pays".to_owned(),
            p: f64::from(reading.prediction.pays()),
            population: Some(f64::from(reading.priors.purchase.of(later).population)),
        },
        amount: amounts[1],
        amount_lo: amounts[0],
        amount_hi: amounts[2],
        visits: visits(reading, calendar),
        others: chances(reading),
    }
}

/// Weeks are those of tenure; one in which the user has come already is decided.
fn visits(reading: &Reading<'_>, calendar: &Calendar) -> Chance {
    let model = reading.prediction.model();
    let start = model.first().0 + i64::from(model.weeks()) * 7 * DAY;
    Chance {
        what: format!("comes in the seven days from {} on, a week of tenure", calendar.date(SimTime(start))),
        p: f64::from(reading.prediction.visits()),
        population: Some(f64::from(reading.priors.visit.week.population)),
    }
}

/// The time to the next session, given that none has come yet.
struct Gap<'a> {
    reading: &'a Reading<'a>,
    /// Days since the last session.
    elapsed: f64,
    /// Probability of a gap that long or shorter.
    passed: f64,
}

impl<'a> Gap<'a> {
    fn of(reading: &'a Reading<'a>) -> Self {
        let elapsed = reading.age(reading.prediction.model().last()).max(0.0);
        Self { reading, elapsed, passed: reading.prediction.comes_within(elapsed) }
    }

    /// Probability that it comes within so many days from the moment.
    fn within(&self, days: f64) -> f64 {
        let by_then = self.reading.prediction.comes_within(self.elapsed + days);
        ((by_then - self.passed) / (1.0 - self.passed).max(1e-9)).clamp(0.0, 1.0)
    }

    /// Days from the moment within which it comes with a probability.
    fn quantile(&self, mass: f64) -> f64 {
        let target = self.passed + mass * (1.0 - self.passed);
        let y = quantile(|y| self.reading.prediction.log_gap_at_most(y), target);
        (exp(y) - self.elapsed).max(0.0)
    }
}

/// Days ahead that are looked at one by one; later ones are spread evenly over the week \[day\].
const AHEAD: i64 = 120;

/// Probability of each day of the week, Monday first.
fn week(gap: &Gap<'_>, calendar: &Calendar) -> [f64; 7] {
    let today = calendar.day(gap.reading.at);
    let (mut week, mut before) = ([0.0; 7], 0.0);
    for day in today..today + AHEAD {
        let by_its_end = gap.within(calendar.midnight(day + 1).days_since(gap.reading.at));
        week[usize::from(weekday(day))] += by_its_end - before;
        before = by_its_end;
    }
    week.map(|p| p + (1.0 - before) / 7.0)
}

fn daypart(reading: &Reading<'_>, weekend: f64) -> Chance {
    let [weekdays, weekends] = [false, true].map(|day| reading.prediction.dayparts(day));
    let mixed = |a: f32, b: f32| (1.0 - weekend) * f64::from(a) + weekend * f64::from(b);
    let p: [f64; DAYPARTS] = std::array::from_fn(|part| mixed(weekdays[part], weekends[part]));
    let part = (0..DAYPARTS).fold(0, |best, part| if p[part] > p[best] { part } else { best });
    let population = &reading.priors.daypart.days;
    Chance {
        what: reading.words.daypart(part).to_owned(),
        p: p[part],
        population: Some(mixed(population[0].population[part], population[1].population[part])),
    }
}

fn contents(reading: &Reading<'_>) -> Vec<Chance> {
    let (p, population) = (reading.prediction.contents(), &reading.priors.content.0.population);
    let mut kinds: Vec<usize> = (0..reading.words.contents.len().min(p.len())).collect();
    kinds.sort_by(|&a, &b| p[b].total_cmp(&p[a]));
    let chance = |kind: usize| Chance {
        what: reading.words.content(kind).to_owned(),
        p: f64::from(p[kind]),
        population: Some(f64::from(population[kind])),
    };
    kinds.into_iter().take(3).map(chance).collect()
}

/// Quantile of the amount [major units].
fn amount(reading: &Reading<'_>, mass: f64) -> f64 {
    let y = quantile(|y| reading.prediction.log_amount_at_most(y), mass);
    exp(y) * 100.0 / reading.words.currency.minor_per_major() as f64
}
