//! A change as it is told: its parts by name, in whole minor units, each beside its noise.

use std::collections::BTreeMap;

use super::{
    Chance, FORESEEN, Figures, NAMED, Numbers, Part, Payer, Question, Why,
    attribution::{Parts, whole},
    expectation::Factors,
    facts::Cut,
    noise::{Band, LEVEL},
    past::{Past, Seen, direct, surprise},
    period::Period,
    tally::Tally,
};
use crate::{base::time::weekday, study::estimate::Estimate};

/// A change being told.
pub(super) struct Telling<'a> {
    pub question: &'a Question<'a>,
    pub tally: &'a Tally,
    pub cut: &'a Cut,
    pub past: &'a Past,
    pub own: Seen,
    pub other: Option<Seen>,
    pub period: Period,
    pub against: Option<Period>,
}

impl Telling<'_> {
    pub fn why(&self) -> Why {
        let total = self.revenue(self.period) - self.against_revenue();
        let parts = self.told(total);
        let expected: i128 = parts.iter().filter(|part| part.expected).map(|part| part.amount_minor).sum();
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

    /// All parts, in the order of telling.
    fn told(&self, total: i128) -> Vec<Part> {
        let (surprise, expected) = self.parts();
        let all: Vec<f64> = surprise.row().into_iter().chain(expected).collect();
        let named = self.names().into_iter().zip(whole(&all, total)).enumerate();
        let mut parts: Vec<Part> = named.map(|(place, (name, amount))| self.part(place, name, amount)).collect();
        parts.sort_by(|a, b| a.expected.cmp(&b.expected).then(b.likely.abs().total_cmp(&a.likely.abs())));
        parts.retain(|part| part.amount_minor != 0 || part.noise_sd.is_some_and(|sd| sd > 0.0));
        parts
    }

    /// What is not expected, in parts; and what is: by the weekday, by the level.
    fn parts(&self) -> (Parts, [f64; 2]) {
        let Some(other) = &self.other else { return (self.unexpected(&self.own), [0.0; 2]) };
        if !self.past.is_known {
            return (direct(&other.facts, &self.own.facts), [0.0; 2]);
        }
        let mut parts = self.unexpected(&self.own);
        parts.add(&self.unexpected(other), -1.0);
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
            let mut paid: BTreeMap<u32, i128> = BTreeMap::new();
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
