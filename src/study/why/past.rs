//! Days in numbers: what the days before each made expect, and how far off that was.

use super::{
    attribution::Parts,
    expectation::{Factors, State, best_speed},
    facts::{Cut, Facts},
    noise::Noise,
    period::Period,
    tally::Tally,
};
use crate::base::time::weekday;

/// Days that an expectation needs before its errors count as noise.
const BURN_IN: i64 = 28;
/// Days that an expectation needs at all.
const FEWEST: usize = 14;

/// Days in numbers, and what is learned of them.
pub(super) struct Past {
    first: i64,
    days: Vec<Facts>,
    speed: f64,
    pub noise: Noise,
    /// Enough days are before the first period in question.
    pub is_known: bool,
}

/// A period, day by day: what was expected and what was seen.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    pub expected: Vec<Factors>,
    pub facts: Vec<Facts>,
    /// What had been learned before it.
    pub state: State,
}

impl Past {
    pub fn of(tally: &Tally, cut: &Cut, first: Period) -> Self {
        let days: Vec<Facts> = tally.days.iter().map(|visits| cut.facts(visits)).collect();
        let before = usize::try_from(first.start() - tally.first).unwrap_or(0).min(days.len());
        let weekdays: Vec<u8> = (0..days.len()).map(|day| weekday(tally.first + day as i64)).collect();
        let speed = best_speed(&days[..before], &weekdays[..before]);
        let is_known = before >= FEWEST;
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
    pub fn seen(&self, period: Period) -> Seen {
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
pub(super) fn surprise(expected: &[Factors], facts: &[Facts]) -> Parts {
    let mut sum = Parts::default();
    for (expected, facts) in expected.iter().zip(facts) {
        sum.add(&Parts::between(expected, &Factors::of(facts, Some(expected))), 1.0);
    }
    sum
}

/// The difference between days, each compared with the one in the other period.
pub(super) fn direct(from: &[Facts], to: &[Facts]) -> Parts {
    let mut sum = Parts::default();
    for (from, to) in from.iter().zip(to) {
        // What neither tells is nothing to either.
        let guess = Factors::of(to, None);
        let from = Factors::of(from, Some(&guess));
        sum.add(&Parts::between(&from, &Factors::of(to, Some(&from))), 1.0);
    }
    sum
}
