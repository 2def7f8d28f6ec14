//! A world fitted to a history: every number of it with its standard error, and what the history cannot tell.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{
    evidence::Evidence,
    figures::Figures,
    holidays::{self, Holiday},
    level::Level,
    mixture::{Form, Mixture, OWN},
    spending::Spending,
    taste,
};
use crate::{
    base::{
        float::{exp, expm1, log, sqrt},
        time::LocalClock,
        units::Money,
    },
    history::{event::EventKind, log::History, sessions::Timelines},
    study::reference::special::logistic_of_minus,
    world::scenario::{Acquisition, Scenario},
};

/// A number with its standard error; none where the history does not tell it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Number {
    /// Its value.
    pub value: f64,
    /// Its standard error.
    pub se: Option<f64>,
}

impl Number {
    /// A number; an error that is none, or vast, is not told.
    #[must_use]
    pub fn new(value: f64, se: f64) -> Self {
        Self { value, se: Some(se).filter(|se| se.is_finite()) }
    }

    /// A number that was not learned from the history.
    #[must_use]
    pub fn given(value: f64) -> Self {
        Self { value, se: None }
    }
}

/// One hidden segment.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FittedSegment {
    /// Share of new users.
    pub share: Number,
    /// Sessions after the first [1/30 days].
    pub sessions_per_30d: Number,
    /// Probability that a session pays.
    pub paid_prob: Number,
    /// Mean amount [major units].
    pub amount_mean: Number,
    /// Spread of the logarithm of amounts within a user.
    pub amount_sigma: Number,
    /// Share lost inside each window of tenure, and per 30 days after them.
    pub loss: Vec<Number>,
}

/// One channel.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FittedChannel {
    /// Its name.
    pub id: String,
    /// New users a day.
    pub users_per_day: Number,
    /// Known spend a day [major units]; none if nothing is known.
    pub spend_per_day: Option<f64>,
}

/// A world as the history tells it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FittedWorld {
    /// Users it is from.
    pub users: usize,
    /// Local days of the record.
    pub days: i64,
    /// The last whole one of them, as a number.
    pub last_day: i64,
    /// Whether users were there before the record began, so that their tenure is not known.
    pub truncated: bool,
    /// Whether departures are said aloud.
    pub announced: bool,
    /// \[nat\]
    pub log_likelihood: f64,
    /// Whether anybody paid.
    pub pays: bool,
    /// Hidden segments, the largest first.
    pub segments: Vec<FittedSegment>,
    /// Shape of the law of session rates.
    pub rate_shape: Number,
    /// Spread of price levels.
    pub price_level_sigma: Number,
    /// Strength of the law of paying; none: all alike.
    pub paid_strength: Option<Number>,
    /// How much less likely a first session is to pay; none if nothing can be seen of it.
    pub first_session_paid_delta: Option<Number>,
    /// Shares of the parts of the day, on weekdays and at weekends.
    pub dayparts: [Vec<Number>; 2],
    /// Strength of that taste.
    pub daypart_strength: Option<Number>,
    /// Shares of the catalogue, by name.
    pub catalogue: Vec<(String, Number)>,
    /// Strength of the taste for content.
    pub content_strength: Option<Number>,
    /// Who brings users.
    pub channels: Vec<FittedChannel>,
    /// Sessions by weekday, Monday first.
    pub weekday: Vec<Number>,
    /// Days of the calendar that are unlike others; those that can be told from chance.
    pub holidays: Vec<Holiday>,
    /// What all users have in common from week to week; none if the record is too short or too thin to tell.
    pub level: Option<Level>,
    /// The same of how much they pay; none if nothing of it is told.
    pub spending: Option<Spending>,
    /// Ends of the windows of tenure \[day\].
    pub windows: Vec<f64>,
    /// Share of charges refunded, and disputed.
    pub refund: Number,
    /// Share of charges disputed.
    pub dispute: Number,
    /// Days lived before the launch, so that the world is as old as the record, or settled.
    pub warmup_days: u32,
    /// What the record shows on its last days.
    pub history: Figures,
}

/// Users that segments are fitted to at most.
const MOST_USERS: usize = 20_000;
/// Segments that are tried at most.
const MOST_SEGMENTS: usize = 4;
/// Users that a segment of its own needs.
const USERS_PER_SEGMENT: usize = 100;
/// Longest time before the launch for a world without a known beginning \[day\].
const LONGEST: f64 = 1_095.0;

/// Why there is no world to fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WorldError {
    /// Nobody came.
    #[error("a world needs at least one session to be fitted to, but the history has none")]
    NoSession,
}

/// What a world is fitted to.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// The scenario that named the history.
    pub scenario: &'a Scenario,
    /// Its events.
    pub history: &'a History,
    /// The same, cut into sessions.
    pub timelines: &'a Timelines,
}

/// Fits a world.
///
/// # Errors
/// Without a session.
pub fn fit(source: &Source<'_>) -> Result<FittedWorld, WorldError> {
    let Source { scenario, timelines, .. } = *source;
    // 1. What each user did.
    let evidence = Evidence::of(timelines, &scenario.clock.timezone, scenario.currency);
    if evidence.users.is_empty() {
        return Err(WorldError::NoSession);
    }
    // 2. Who they may be.
    let truncated = truncated(&evidence, known_beginnings(timelines));
    let form = Form::of(&evidence.users, windows(&evidence, truncated), evidence.announced);
    let step = evidence.users.len().div_ceil(MOST_USERS);
    let some: Vec<_> = evidence.users.iter().step_by(step).cloned().collect();
    let most = (some.len() / USERS_PER_SEGMENT).clamp(1, MOST_SEGMENTS);
    let mixture = form.fit(&some, scenario.self_model.segments, most);
    // 3. What goes for all of them.
    Ok(fitted_as(source, &evidence, &form, &mixture, truncated))
}

/// A world of segments that are fitted already.
#[must_use]
pub fn fitted_as(
    source: &Source<'_>,
    evidence: &Evidence,
    form: &Form,
    mixture: &Mixture,
    truncated: bool,
) -> FittedWorld {
    let Source { scenario, timelines, .. } = *source;
    let mut world = assembled(source, evidence, form, mixture, truncated);
    if scenario.recorded.is_some() {
        // The recorded users go on, so the channels bring only those who are new.
        world.channels = channels(scenario, timelines, evidence.days.1 - recent(evidence), recent(evidence));
    } else if truncated {
        world.settle(form);
    }
    world
}

fn assembled(source: &Source<'_>, evidence: &Evidence, form: &Form, mixture: &Mixture, truncated: bool) -> FittedWorld {
    let Source { scenario, history, timelines } = *source;
    let log_scale = |(value, error): (f64, f64)| Number::new(value, value * error);
    let (dayparts, daypart_strength) = dayparts(evidence, scenario.sessions.dayparts.hours().len());
    let (catalogue, content_strength) = catalogue(evidence, timelines);
    let strength = Some(mixture.shared(1)).filter(|&(value, error)| value < 200.0 && error < 1.0);
    let [refund, dispute] = returned(history);
    let holidays = holidays::found(evidence);
    let days = evidence.days.0..=evidence.days.1;
    let special: Vec<f64> = days.map(|day| holidays::times(&holidays, day)).collect();
    FittedWorld {
        users: evidence.users.len(),
        days: evidence.length(),
        last_day: evidence.days.1,
        truncated,
        announced: evidence.announced,
        log_likelihood: mixture.log_likelihood,
        pays: evidence.users.iter().any(|user| user.amounts.0 > 0.0),
        segments: segments(evidence, mixture, form),
        rate_shape: log_scale(mixture.shared(0)),
        price_level_sigma: log_scale(mixture.shared(2)),
        paid_strength: strength.map(log_scale),
        first_session_paid_delta: (!truncated).then(|| first_delta(evidence)),
        dayparts,
        daypart_strength,
        catalogue,
        content_strength,
        channels: channels(scenario, timelines, i64::MIN, evidence.length()),
        weekday: weekday(evidence),
        level: Level::of(evidence, &special, form, &mixture.at, mixture.segments),
        holidays,
        spending: Spending::of(evidence),
        windows: form.windows.clone(),
        refund,
        dispute,
        warmup_days: evidence.length().clamp(1, 19_000) as u32,
        history: Figures::of(timelines, &scenario.clock.timezone, scenario.currency),
    }
}

/// Whether most users have a known beginning.
fn known_beginnings(timelines: &Timelines) -> bool {
    2 * timelines.users.iter().filter(|user| user.channel.is_some()).count() > timelines.users.len()
}

/// Whether users were there before the record began: far more of them are new in its first fifth than afterwards, and some
/// are new to the end. If nobody is, they were chosen by when they came: then the record begins with their beginning.
fn truncated(evidence: &Evidence, known_beginnings: bool) -> bool {
    let fifth = evidence.newcomers.len() / 5;
    if known_beginnings || fifth < 2 {
        return false;
    }
    if evidence.newcomers[evidence.newcomers.len() / 2..].iter().all(|&new| new == 0) {
        return false;
    }
    let all = evidence.users.len() as f64;
    let early = f64::from(evidence.newcomers[..fifth].iter().sum::<u32>());
    let share = fifth as f64 / evidence.newcomers.len() as f64;
    early > 1.5 * share * all && early - share * all > 4.0 * sqrt(all * share * (1.0 - share))
}

/// Windows of tenure that the record tells apart.
#[must_use]
pub fn windows(evidence: &Evidence, truncated: bool) -> Vec<f64> {
    if truncated {
        return Vec::new();
    }
    let mut start = 0.0;
    let told = |&end: &f64| {
        let inside = |at: f64| start <= at && at < end;
        let gone = evidence.users.iter().filter(|user| {
            let silent = inside(user.recency) && user.watched - user.recency > 30.0;
            if evidence.announced { user.left && inside(user.watched) } else { silent }
        });
        let beyond = evidence.users.iter().filter(|user| user.watched > end).count();
        let told = gone.count() >= 10 && beyond >= 30;
        start = end;
        told
    };
    [30.0, 60.0, 90.0].into_iter().take_while(told).collect()
}

fn segments(evidence: &Evidence, mixture: &Mixture, form: &Form) -> Vec<FittedSegment> {
    let shares = mixture.shares();
    let paid = form.paid_over_expected(&evidence.users, &mixture.at, mixture.segments);
    let positive = |(ln, error): (f64, f64), unit: f64| Number::new(exp(ln) * unit, exp(ln) * unit * error);
    let one = |c: usize| {
        let (logit, error) = mixture.own(c, 1);
        let pays = logistic_of_minus(-logit);
        FittedSegment {
            share: Number::new(shares[c], mixture.share_error(c)),
            sessions_per_30d: positive(mixture.own(c, 0), 30.0),
            paid_prob: Number::new(pays, pays * (1.0 - pays) * error),
            amount_mean: positive(mixture.own(c, 2), paid[c]),
            amount_sigma: positive(mixture.own(c, 3), 1.0),
            loss: (0..=form.windows.len()).map(|w| loss(mixture.own(c, OWN + w), length(&form.windows, w))).collect(),
        }
    };
    let mut all: Vec<FittedSegment> = (0..mixture.segments).map(one).collect();
    all.sort_by(|a, b| b.share.value.total_cmp(&a.share.value));
    all
}

/// Length of a window; of the time after the last, a month.
fn length(windows: &[f64], window: usize) -> f64 {
    let start = window.checked_sub(1).map_or(0.0, |before| windows[before]);
    windows.get(window).map_or(30.0, |end| end - start)
}

fn loss((ln_hazard, error): (f64, f64), days: f64) -> Number {
    let sum = exp(ln_hazard) * days;
    Number::new(1.0 - exp(-sum), exp(-sum) * sum * error)
}

/// What first sessions pay less often than others of the same users.
fn first_delta(evidence: &Evidence) -> Number {
    let users = evidence.users.iter().filter(|user| user.repeats > 0.0);
    let apart: Vec<f64> = users.map(|user| f64::from(user.first_paid) - user.paid / user.repeats).collect();
    let n = apart.len().max(1) as f64;
    let mean = apart.iter().sum::<f64>() / n;
    let variance = apart.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n;
    Number::new(mean, if apart.len() < 20 { f64::INFINITY } else { sqrt(variance / n) })
}

fn numbers(shares: &[(f64, f64)]) -> Vec<Number> {
    shares.iter().map(|&(value, error)| Number::new(value, error)).collect()
}

fn dayparts(evidence: &Evidence, parts: usize) -> ([Vec<Number>; 2], Option<Number>) {
    let counts = [0, 1].map(|day| {
        let counts = evidence.users.iter().map(|user| &user.dayparts[day][..parts]);
        counts.filter(|counts| counts.iter().sum::<f64>() > 0.0).collect::<Vec<_>>()
    });
    let shares = [0, 1].map(|day: usize| taste::shares(&counts[day], parts));
    let strength = taste::strength(&[(&counts[0], &shares[0]), (&counts[1], &shares[1])]);
    ([0, 1].map(|day: usize| numbers(&shares[day])), strength.map(strong))
}

fn strong((value, error): (f64, f64)) -> Number {
    Number::new(value, value * error)
}

fn catalogue(evidence: &Evidence, timelines: &Timelines) -> (Vec<(String, Number)>, Option<Number>) {
    let names = &timelines.catalogues.contents;
    let counts: Vec<&[f64]> = evidence.users.iter().map(|user| &user.contents[..names.len()]).collect();
    let counts: Vec<&[f64]> = counts.into_iter().filter(|counts| counts.iter().sum::<f64>() > 0.0).collect();
    let shares = taste::shares(&counts, names.len());
    let strength = taste::strength(&[(&counts, &shares)]).map(strong);
    let named = names.iter().map(|name| name.as_str().to_owned()).zip(numbers(&shares));
    (named.filter(|(_, share)| share.value > 0.0).collect(), strength)
}

fn weekday(evidence: &Evidence) -> Vec<Number> {
    let flat = evidence.rhythm.iter().all(|&day| day == 1.0);
    let error = |day: usize| if flat { f64::INFINITY } else { evidence.rhythm[day] / sqrt(evidence.week[day].0 + 0.5) };
    (0..7).map(|day| Number::new(evidence.rhythm[day], error(day))).collect()
}

/// Days that tell who is new now: the last third of the record, between a week and a quarter.
fn recent(evidence: &Evidence) -> i64 {
    (evidence.length() / 3).clamp(7, 91).min(evidence.length())
}

/// New users a day by channel, the busiest first, from those who came after a day, within so many days; the spend of channels
/// that the scenario knows.
fn channels(scenario: &Scenario, timelines: &Timelines, after: i64, days: i64) -> Vec<FittedChannel> {
    let mut counts: BTreeMap<String, f64> = BTreeMap::new();
    let clock = LocalClock::new(&scenario.clock.timezone, timelines.span.0, timelines.span.1);
    for user in timelines.users.iter().filter(|user| !user.range.is_empty()) {
        let name = user.channel.as_ref().map_or("organic", |name| name.as_str());
        let new = clock.wall(user.first).day() > after;
        *counts.entry(name.to_owned()).or_default() += f64::from(new);
    }
    let mut counts: Vec<(String, f64)> = counts.into_iter().collect();
    counts.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    // A world has at most 16 channels.
    let rest: f64 = counts.iter().skip(15).map(|(_, count)| count).sum();
    if counts.len() > 16 {
        counts.truncate(15);
        counts.push(("(other)".to_owned(), rest));
    }
    let days = days as f64;
    let channel = |(id, count): (String, f64)| FittedChannel {
        users_per_day: Number::new(count / days, sqrt(count) / days),
        spend_per_day: spend(scenario, &id),
        id,
    };
    counts.into_iter().map(channel).collect()
}

fn spend(scenario: &Scenario, id: &str) -> Option<f64> {
    let mut channels = scenario.world.iter().flat_map(|world| &world.acquisition).filter(|channel| channel.id == id);
    channels.find_map(|channel| match &channel.brings {
        Acquisition::Paid { spend_per_day, .. } => Some(spend_per_day.value()).filter(|spend| *spend > 0.0),
        Acquisition::Organic { .. } => None,
    })
}

/// Shares of charges that were refunded and disputed.
fn returned(history: &History) -> [Number; 2] {
    let count = |of: fn(&EventKind) -> bool| history.events.iter().filter(|event| of(&event.kind)).count() as f64;
    let charges = count(|kind| matches!(kind, EventKind::Charge { amount } if *amount > Money::ZERO));
    let refunds = count(|kind| matches!(kind, EventKind::Refund { .. }));
    let disputes = count(|kind| matches!(kind, EventKind::Dispute { .. }));
    // There cannot be more money back than was paid.
    let most = if refunds + disputes > charges { charges / (refunds + disputes) } else { 1.0 };
    [refunds, disputes].map(|back| {
        let share = if charges > 0.0 { back * most / charges } else { 0.0 };
        Number::new(share, sqrt(share * (1.0 - share) / charges.max(1.0)))
    })
}

impl FittedWorld {
    /// A world whose users were there before the record began is lived until it is settled, with as many new users a day as
    /// keep up the sessions of the record's last days.
    fn settle(&mut self, form: &Form) {
        let hazard =
            |segment: &FittedSegment| (-log((1.0 - segment.loss[form.windows.len()].value).max(1e-9)) / 30.0).max(1e-9);
        let slowest = self.segments.iter().map(hazard).fold(f64::INFINITY, f64::min);
        let days = (3.0 / slowest).clamp(60.0, LONGEST).round();
        let lives = self.segments.iter().map(|segment| -expm1(-hazard(segment) * days) / hazard(segment));
        let lives: Vec<f64> = lives.collect();
        // The record holds the more of a segment the longer its users stay.
        let stock: f64 = self.segments.iter().zip(&lives).map(|(segment, life)| segment.share.value / life).sum();
        for (segment, life) in self.segments.iter_mut().zip(&lives) {
            segment.share.value /= life * stock;
        }
        let each = |(segment, life): (&FittedSegment, &f64)| {
            segment.share.value * (1.0 + life * segment.sessions_per_30d.value / 30.0)
        };
        let sessions: f64 = self.segments.iter().zip(&lives).map(each).sum();
        let seen: f64 = self.channels.iter().map(|channel| channel.users_per_day.value).sum();
        let times = self.history.sessions_per_day / sessions / seen.max(1e-9);
        for channel in &mut self.channels {
            channel.users_per_day = Number::given(channel.users_per_day.value * times);
        }
        self.warmup_days = days as u32;
        self.segments.sort_by(|a, b| b.share.value.total_cmp(&a.share.value));
    }
}
