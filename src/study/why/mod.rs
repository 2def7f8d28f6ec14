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
mod past;
pub mod period;
pub mod tally;
mod telling;

use serde::Serialize;

use self::{
    facts::Cut,
    past::Past,
    period::{Period, date},
    tally::Tally,
    telling::Telling,
};
use crate::{
    base::{time::Zone, units::Currency},
    history::log::History,
    study::estimate::Estimate,
};

/// Days before the first one in question that are looked at.
const LOOK_BACK: i64 = 728;
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
