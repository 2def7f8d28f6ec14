//! Why revenue changed from one day to another: the change taken apart, exactly, in money, each part beside its noise.
//!
//! 1. What each day would be is foretold from the days before it alone ([`expectation`]): the change in that is what the
//!    weekday and the level of the business explain.
//! 2. What was beyond that is taken apart on each of the two days ([`attribution`]), in an order-free way: traffic by
//!    channel, new against returning, sessions a user, paid share, amounts, the tops of large payments, named large payers,
//!    money back. A part of the change is the difference of the two days' parts.
//! 3. The same is done for every day of the past two years, which shows how far each part is off by chance ([`noise`]).
//!
//! Parts are whole minor units and add up to the change to the cent. With too few days before there is nothing to foretell
//! from: then the days are compared with each other, and nothing is said of noise.

pub mod attribution;
pub mod expectation;
pub mod facts;
pub mod noise;
pub mod period;
pub mod tally;

use serde::Serialize;

use self::{
    attribution::{Parts, whole},
    expectation::{Factors, State, best_speed},
    facts::{Cut, Facts},
    noise::{Band, LEVEL, Noise},
    period::{Period, date},
    tally::Tally,
};
use crate::{
    base::{
        time::{Zone, weekday},
        units::Currency,
    },
    history::log::History,
    study::estimate::Estimate,
};

/// Days before the first one in question that are looked at.
const LOOK_BACK: i64 = 728;
/// Days that an expectation needs before it is trusted, and before its errors count as noise.
const BURN_IN: i64 = 28;
/// Days that an expectation needs at all.
const FEWEST: u32 = 14;
/// Longest distance between two periods \[day\].
const FARTHEST: i64 = 3_660;
/// Level of the interval of what is expected \[1\].
const FORESEEN: f64 = 0.8;
/// Payers who are named.
const NAMED: usize = 5;

/// What is asked of which history.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// What happened.
    pub history: &'a History,
    /// The users' time zone.
    pub zone: &'a Zone,
    /// Longest pause within a session \[min\].
    pub timeout_minutes: u32,
    /// Currency of all money.
    pub currency: Currency,
    /// The day or week.
    pub period: Period,
    /// What it is held against: another one, or what was expected of it.
    pub against: Against,
}

/// What a period is held against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Against {
    /// Another period of the same length.
    Period(Period),
    /// What the days before it made expect.
    Expectation,
}

/// Why a question has no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WhyError {
    /// Nobody did anything.
    #[error("a history must have at least one event, but has none")]
    Empty,
    /// A period that the record does not hold, or not all of.
    #[error("{asked} is outside the record, which runs from {first} to {last} on the users' clock")]
    Outside {
        /// What was asked for.
        asked: String,
        /// First day of the record.
        first: String,
        /// Last day of the record.
        last: String,
    },
    /// A day against a week, or a period against itself.
    #[error(
        "{period} can be held against another period of the same length within ten years, but not against {against}"
    )]
    Unlike {
        /// What was asked for.
        period: String,
        /// What it was to be held against.
        against: String,
    },
}

/// A change in revenue, taken apart.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Why {
    /// The day or week: "2026-03-17", "2026-W12".
    pub period: String,
    /// What it is held against; "expectation" if no other period.
    pub against: String,
    /// Revenue less refunds and disputes [major unit].
    pub revenue: f64,
    /// The same of what it is held against [major unit].
    pub against_revenue: f64,
    /// The change [major unit].
    pub total: f64,
    /// The same, exactly [minor unit].
    pub total_minor: i128,
    /// The change as a share of what it is held against; none if that is nothing.
    pub relative: Option<f64>,
    /// What was expected of the period itself; none with too little history, and where it is held against another one.
    pub foreseen: Option<Estimate>,
    /// What of it was to be expected [major unit].
    pub expected: f64,
    /// What was not [major unit].
    pub surprise: f64,
    /// What of the change chance alone may be: none with too little history.
    pub noise: Option<Chance>,
    /// Whether the surprise is no larger than what chance alone makes of it; none with too little history.
    pub within_noise: Option<bool>,
    /// What was not expected, in the order of how much of it is likely no chance; then what was to be expected.
    pub parts: Vec<Part>,
    /// What happened beside what was to be expected.
    pub figures: Vec<Figures>,
    /// Who paid most.
    pub payers: Vec<Payer>,
}

/// What chance alone makes of a change.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Chance {
    /// Standard deviation [major unit].
    pub sd: f64,
    /// What stays within noise [major unit].
    pub reach: f64,
    /// Share of changes without a cause that stay within \[1\].
    pub level: f64,
    /// Share of changes without a cause that are as large as this one \[1\].
    pub p_value: f64,
    /// Past periods that this rests on.
    pub periods: usize,
}

/// A part of a change.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Part {
    /// What: `traffic:search`, `paid_share`, `user:17`.
    pub name: String,
    /// The same in words.
    pub label: String,
    /// How much of the change [major unit].
    pub amount: f64,
    /// The same, exactly [minor unit].
    pub amount_minor: i128,
    /// How much of it is likely no chance [major unit]: what is expected of a normal effect whose standard deviation is the
    /// noise `S` of the whole change, seen with the part's own noise `s`, is `S²/(S² + s²)` of what is seen.
    pub likely: f64,
    /// Standard deviation by chance alone [major unit]; none with too little history.
    pub noise_sd: Option<f64>,
    /// What 95% stay within by chance alone [major unit].
    pub noise_reach: Option<f64>,
    /// Beyond that.
    pub beyond_noise: bool,
    /// Explained by the weekday or by the level of the business.
    pub expected: bool,
}

/// A period in numbers.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Figures {
    /// Of which period.
    pub period: String,
    /// What was seen.
    pub seen: Numbers,
    /// What the days before made expect; none with too little history.
    pub expected: Option<Numbers>,
}

/// Users, sessions and money.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Numbers {
    /// Users who came, each day's counted.
    pub users: f64,
    /// Those of them who were new.
    pub new_users: f64,
    /// Sessions.
    pub sessions: f64,
    /// Sessions that paid.
    pub paid_sessions: f64,
    /// Money paid [major unit].
    pub gross: f64,
    /// Refunds and disputes [major unit].
    pub back: f64,
}

/// Who paid much.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Payer {
    /// In which period.
    pub period: String,
    /// The user's own name.
    pub user: String,
    /// How much [major unit].
    pub paid: f64,
}

/// Takes a change apart.
///
/// # Errors
/// [`WhyError`] for a period that is not in the record, or that cannot be compared.
pub fn why(question: &Question<'_>) -> Result<Why, WhyError> {
    // 1. Who did what on which day.
    let (period, against) = checked(question)?;
    let first = against.map_or(period, |against| if against.start() < period.start() { against } else { period });
    let Some(record) = tally::span(question.history, question.zone) else { return Err(WhyError::Empty) };
    let from = (first.start() - LOOK_BACK).max(record.0);
    let last = against.map_or(period.end(), |against| against.end().max(period.end()));
    let mut tally = Tally::of(question.history, question.zone, question.timeout_minutes, (from, last));
    tally.forget_before_silence(first.start());
    // 2. What was to be expected, and how far off days are by chance.
    let cut = Cut::of(&tally, first.start());
    let past = Past::of(&tally, &cut, first);
    // 3. The change, in parts.
    let own = past.seen(period);
    let other = against.map(|against| past.seen(against));
    Ok(Telling { question, tally: &tally, cut: &cut, past: &past, own, other, period, against }.why())
}

fn checked(question: &Question<'_>) -> Result<(Period, Option<Period>), WhyError> {
    let Some((first, last)) = tally::span(question.history, question.zone) else { return Err(WhyError::Empty) };
    let against = match question.against {
        Against::Period(against) => Some(against),
        Against::Expectation => None,
    };
    for asked in std::iter::once(question.period).chain(against) {
        if asked.start() < first || asked.end() > last + 1 {
            return Err(WhyError::Outside { asked: asked.to_string(), first: date(first), last: date(last) });
        }
    }
    if let Some(against) = against.filter(|against| {
        against.days() != question.period.days()
            || *against == question.period
            || (against.start() - question.period.start()).abs() > FARTHEST
    }) {
        return Err(WhyError::Unlike { period: question.period.to_string(), against: against.to_string() });
    }
    Ok((question.period, against))
}

/// Days in numbers, and what is learned of them.
struct Past {
    first: i64,
    days: Vec<Facts>,
    speed: f64,
    noise: Noise,
    /// Enough days are before the first period in question.
    is_known: bool,
}

/// A period, day by day: what was expected and what was seen.
#[derive(Clone, Debug)]
struct Seen {
    expected: Vec<Factors>,
    /// What was expected, had the period begun on another day of the week.
    facts: Vec<Facts>,
    state: State,
}

impl Past {
    fn of(tally: &Tally, cut: &Cut, first: Period) -> Self {
        let days: Vec<Facts> = tally.days.iter().map(|visits| cut.facts(visits)).collect();
        let before = usize::try_from(first.start() - tally.first).unwrap_or(0).min(days.len());
        let weekdays: Vec<u8> = (0..days.len()).map(|day| weekday(tally.first + day as i64)).collect();
        let speed = best_speed(&days[..before], &weekdays[..before]);
        let is_known = before >= FEWEST as usize;
        let mut past = Self { first: tally.first, days, speed, noise: Noise::default(), is_known };
        if is_known {
            past.noise = past.errors(first, cut);
        }
        past
    }

    /// Surprises of the periods before, as long and as far apart as the one in question.
    fn errors(&self, first: Period, cut: &Cut) -> Noise {
        let mut noise = Noise::default();
        let mut state = State::new(cut.channels.len(), cut.payers.len(), self.speed);
        let length = first.days();
        for day in self.first..first.start() {
            let is_start = (first.start() - day) % length == 0;
            if is_start && day - self.first >= BURN_IN.min((first.start() - self.first) / 2) {
                let expected: Vec<Factors> = (day..day + length).map(|day| state.expected(weekday(day))).collect();
                let facts = &self.days[(day - self.first) as usize..(day + length - self.first) as usize];
                noise.see(&surprise(&expected, facts).row(), expected.iter().map(Factors::gross).sum());
            }
            state.learn(&self.days[(day - self.first) as usize], weekday(day));
        }
        noise
    }

    /// A period as it was, and as the days before it made expect.
    fn seen(&self, period: Period) -> Seen {
        let channels = self.days.first().map_or(0, |day| day.channels.len());
        let few = self.days.first().map_or(0, |day| day.few.len());
        let mut state = State::new(channels, few, self.speed);
        for day in self.first..period.start() {
            state.learn(&self.days[(day - self.first) as usize], weekday(day));
        }
        let expected = (period.start()..period.end()).map(|day| state.expected(weekday(day))).collect();
        let nothing = Facts { channels: vec![Default::default(); channels], few: vec![0.0; few], ..Facts::default() };
        let day = |day: i64| {
            let place = usize::try_from(day - self.first).ok();
            place.and_then(|place| self.days.get(place)).unwrap_or(&nothing).clone()
        };
        Seen { expected, facts: (period.start()..period.end()).map(day).collect(), state }
    }
}

/// What days were beyond what was expected, in parts.
fn surprise(expected: &[Factors], facts: &[Facts]) -> Parts {
    let mut sum = Parts::default();
    for (expected, facts) in expected.iter().zip(facts) {
        add(&mut sum, &Parts::between(expected, &Factors::of(facts, Some(expected))), 1.0);
    }
    sum
}

/// Adds parts so many times.
fn add(sum: &mut Parts, other: &Parts, times: f64) {
    let lists = [(&mut sum.traffic, &other.traffic), (&mut sum.few, &other.few)];
    for (sum, other) in lists {
        sum.resize(other.len(), 0.0);
        sum.iter_mut().zip(other).for_each(|(sum, other)| *sum += times * other);
    }
    sum.mix += times * other.mix;
    sum.sessions += times * other.sessions;
    sum.pays += times * other.pays;
    sum.amounts += times * other.amounts;
    sum.beyond += times * other.beyond;
    sum.back += times * other.back;
}

/// A change being told.
struct Telling<'a> {
    question: &'a Question<'a>,
    tally: &'a Tally,
    cut: &'a Cut,
    past: &'a Past,
    own: Seen,
    other: Option<Seen>,
    period: Period,
    against: Option<Period>,
}

impl Telling<'_> {
    fn why(&self) -> Why {
        let total = self.revenue(self.period) - self.against_revenue();
        let (surprise, [weekly, level]) = self.parts();
        let row = surprise.row();
        let all: Vec<f64> = row.iter().copied().chain([weekly, level]).collect();
        let exact = whole(&all, total);
        let named = self.names().into_iter().zip(&exact).enumerate();
        let mut parts: Vec<Part> = named.map(|(place, (name, &amount))| self.part(place, name, amount)).collect();
        parts.sort_by(|a, b| a.expected.cmp(&b.expected).then(b.likely.abs().total_cmp(&a.likely.abs())));
        parts.retain(|part| part.amount_minor != 0 || part.noise_sd.is_some_and(|sd| sd > 0.0));
        let expected: i128 = exact[row.len()..].iter().sum();
        let off = self.major(total - expected);
        let noise = self.chance(off);
        let against_revenue = self.major(self.against_revenue());
        Why {
            period: self.period.to_string(),
            against: self.against.map_or("expectation".to_owned(), |against| against.to_string()),
            revenue: self.major(self.revenue(self.period)),
            against_revenue,
            total: self.major(total),
            total_minor: total,
            relative: (against_revenue > 0.0).then(|| self.major(total) / against_revenue),
            foreseen: self.foreseen(),
            expected: self.major(expected),
            surprise: off,
            noise,
            within_noise: noise.map(|noise| off.abs() <= noise.reach),
            parts,
            figures: self.figures(),
            payers: self.payers(),
        }
    }

    /// What is not expected, in parts; and what is: by the weekday, by the level.
    fn parts(&self) -> (Parts, [f64; 2]) {
        let Some(other) = &self.other else { return (self.unexpected(&self.own), [0.0; 2]) };
        if !self.past.is_known {
            return (direct(&other.facts, &self.own.facts), [0.0; 2]);
        }
        let mut parts = self.unexpected(&self.own);
        add(&mut parts, &self.unexpected(other), -1.0);
        // Two factors that change together share evenly what they do together.
        let days = |period: Period| period.start()..period.end();
        let sum = |seen: &Seen, period: Period| -> f64 {
            days(period).map(|day| seen.state.expected(weekday(day)).revenue()).sum()
        };
        let Some(against) = self.against else { return (parts, [0.0; 2]) };
        let [new, new_then, old_now, old] =
            [sum(&self.own, self.period), sum(&self.own, against), sum(other, self.period), sum(other, against)];
        (parts, [f64::midpoint(new - new_then, old_now - old), f64::midpoint(new - old_now, new_then - old)])
    }

    fn unexpected(&self, seen: &Seen) -> Parts {
        surprise(&seen.expected, &seen.facts)
    }

    /// Ids and words of all parts, in the order of a row; what is expected last.
    fn names(&self) -> Vec<(String, String)> {
        let name = |id: &str, words: &str| (id.to_owned(), words.to_owned());
        let channels = self.cut.channels.iter().map(|id| match id.as_str() {
            "channel not known" if self.cut.channels.len() == 1 => name("traffic", "number of users"),
            id => (format!("traffic:{id}"), format!("users by way of {id}")),
        });
        let rest = [
            name("new_vs_returning", "new against returning users"),
            name("sessions_per_user", "sessions a user"),
            name("paid_share", "share of sessions that pay"),
            name("amount", "amount paid: price and mix"),
            name("largest_payments", "largest payments"),
        ];
        let few = self.cut.payers.iter().map(|&user| {
            let user = self.user(user);
            (format!("user:{user}"), format!("user {user}"))
        });
        let last = [
            name("refunds", "refunds and disputes"),
            name("expected_weekday", "expected: the day of the week"),
            name("expected_level", "expected: level and season"),
        ];
        channels.chain(rest).chain(few).chain(last).collect()
    }

    fn part(&self, place: usize, (name, label): (String, String), amount: i128) -> Part {
        let expected = name.starts_with("expected_");
        let band = if expected { None } else { self.band(Some(place)) };
        let major = |minor: f64| minor / self.question.currency.minor_per_major() as f64;
        let own = band.map_or(0.0, |band| band.sd * band.sd);
        let all = self.band(None).map_or(1.0, |band| band.sd * band.sd);
        let beyond_noise = band.is_some_and(|band| amount as f64 > band.reach || (amount as f64) < -band.reach);
        Part {
            amount: self.major(amount),
            amount_minor: amount,
            likely: self.major(amount) * if own > 0.0 { all / (all + own) } else { 1.0 },
            noise_sd: if expected {
                self.past.noise.is_known().then_some(0.0)
            } else {
                band.map(|band| major(band.sd))
            },
            noise_reach: band.map(|band| major(band.reach)),
            beyond_noise,
            expected,
            name,
            label,
        }
    }

    fn expected_gross(seen: &Seen) -> f64 {
        seen.expected.iter().map(Factors::gross).sum()
    }

    /// What the period is held against, as noise takes it.
    fn apart(&self) -> Option<(f64, usize)> {
        let (other, against) = (self.other.as_ref()?, self.against?);
        let apart = (self.period.start() - against.start()).unsigned_abs() as usize / self.period.days() as usize;
        Some((Self::expected_gross(other), apart))
    }

    fn band(&self, part: Option<usize>) -> Option<Band> {
        self.past.noise.band(part, Self::expected_gross(&self.own), self.apart())
    }

    fn chance(&self, off: f64) -> Option<Chance> {
        let (band, per_major) = (self.band(None)?, self.question.currency.minor_per_major() as f64);
        let expected = Self::expected_gross(&self.own);
        let p_value = self.past.noise.p_value(off * per_major, expected, self.apart())?;
        let periods = self.past.noise.periods();
        Some(Chance { sd: band.sd / per_major, reach: band.reach / per_major, level: LEVEL, p_value, periods })
    }

    /// What was expected of the period, with the interval that past errors give it.
    fn foreseen(&self) -> Option<Estimate> {
        let mean = self.major(self.against_revenue());
        let (lo, hi) = self.past.noise.interval(Self::expected_gross(&self.own), FORESEEN)?;
        let per_major = self.question.currency.minor_per_major() as f64;
        let (lo, hi) = (Some(mean + lo / per_major), Some(mean + hi / per_major));
        self.other.is_none().then_some(Estimate { mean, lo, hi, level: FORESEEN })
    }

    fn revenue(&self, period: Period) -> i128 {
        (period.start()..period.end()).map(|day| self.tally.revenue(day)).sum()
    }

    /// Revenue of what the period is held against [minor unit].
    fn against_revenue(&self) -> i128 {
        self.against.map_or_else(
            || self.own.expected.iter().map(Factors::revenue).sum::<f64>().round() as i128,
            |against| self.revenue(against),
        )
    }

    fn major(&self, minor: i128) -> f64 {
        minor as f64 / self.question.currency.minor_per_major() as f64
    }

    fn user(&self, user: u32) -> String {
        self.question.history.name(self.tally.users[user as usize].id).into_owned()
    }

    fn figures(&self) -> Vec<Figures> {
        let of = |period: Period, seen: &Seen| Figures {
            period: period.to_string(),
            seen: self.numbers(period),
            expected: self.past.is_known.then(|| self.expected_numbers(seen)),
        };
        let other = self.against.zip(self.other.as_ref()).map(|(against, seen)| of(against, seen));
        std::iter::once(of(self.period, &self.own)).chain(other).collect()
    }

    fn numbers(&self, period: Period) -> Numbers {
        let mut sum = Numbers::default();
        for visit in (period.start()..period.end()).flat_map(|day| self.tally.day(day)) {
            sum.users += f64::from(u8::from(visit.sessions > 0));
            sum.new_users += f64::from(u8::from(visit.new));
            sum.sessions += f64::from(visit.sessions);
            sum.paid_sessions += f64::from(visit.paid);
            sum.gross += self.major(i128::from(visit.gross));
            sum.back += self.major(i128::from(visit.back));
        }
        sum
    }

    /// Of those who are not named large payers: of them only money is expected.
    fn expected_numbers(&self, seen: &Seen) -> Numbers {
        let mut sum = Numbers::default();
        let per_major = self.question.currency.minor_per_major() as f64;
        for factors in &seen.expected {
            for traffic in &factors.channels {
                sum.users += traffic.users;
                sum.new_users += traffic.users * traffic.manners[1].share;
                for manner in &traffic.manners {
                    let sessions = traffic.users * manner.share * manner.sessions;
                    sum.sessions += sessions;
                    sum.paid_sessions += sessions * manner.pays;
                }
            }
            sum.gross += factors.gross() / per_major;
            sum.back += factors.back / per_major;
        }
        sum
    }

    fn payers(&self) -> Vec<Payer> {
        let of = |period: Period| {
            let mut paid: std::collections::BTreeMap<u32, i128> = std::collections::BTreeMap::new();
            for visit in (period.start()..period.end()).flat_map(|day| self.tally.day(day)) {
                *paid.entry(visit.user).or_default() += i128::from(visit.gross);
            }
            let mut most: Vec<(u32, i128)> = paid.into_iter().filter(|(_, paid)| *paid > 0).collect();
            most.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
            let payer =
                move |(user, paid)| Payer { period: period.to_string(), user: self.user(user), paid: self.major(paid) };
            most.into_iter().take(NAMED).map(payer).collect::<Vec<_>>()
        };
        std::iter::once(self.period).chain(self.against).flat_map(of).collect()
    }
}

/// The difference between days, each compared with the one in the other period.
fn direct(from: &[Facts], to: &[Facts]) -> Parts {
    let mut sum = Parts::default();
    for (from, to) in from.iter().zip(to) {
        // What neither tells is nothing to either.
        let guess = Factors::of(to, None);
        let from = Factors::of(from, Some(&guess));
        add(&mut sum, &Parts::between(&from, &Factors::of(to, Some(&from))), 1.0);
    }
    sum
}
