//! Holidays: days of the calendar on which everybody together comes more or less often than on others like them.
//!
//! Each day that a rule names is held against the days around it. It counts as a holiday of this history if it is off by more
//! than chance makes one of so many days (Bonferroni's correction), and by more than all but very few ordinary days, since
//! ordinary days are off by more than a normal law says. What is found is drawn towards no effect by as much as it is unsure.

use serde::Serialize;

use super::{evidence::Evidence, world::Number};
use crate::base::{
    float::{exp, log, normal_quantile, sqrt},
    time::{Date, weekday},
};

/// A day of the calendar that is unlike others.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Holiday {
    /// Its name.
    pub name: &'static str,
    /// Sessions on it, relative to the same day without it.
    pub times: Number,
    /// How often the record holds it.
    pub seen: usize,
    #[serde(skip)]
    rule: Rule,
}

/// When a day is.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Rule {
    /// A day of a month.
    Fixed(u8, u8),
    /// So many days after the nth such weekday (Monday 0) of a month.
    Nth(u8, u8, u8, i64),
    /// The last such weekday of a month before December.
    Last(u8, u8),
    /// So many days after Easter Sunday.
    Easter(i64),
}

const MONDAY: u8 = 0;
const THURSDAY: u8 = 3;
const SUNDAY: u8 = 6;

/// Days that shops and apps of many countries feel. Which of them a history knows, it tells.
const RULES: [(&str, Rule); 25] = [
    ("New Year's Day", Rule::Fixed(1, 1)),
    ("Valentine's Day", Rule::Fixed(2, 14)),
    ("Women's Day", Rule::Fixed(3, 8)),
    ("Good Friday", Rule::Easter(-2)),
    ("Easter Sunday", Rule::Easter(0)),
    ("Easter Monday", Rule::Easter(1)),
    ("May Day", Rule::Fixed(5, 1)),
    ("Mother's Day", Rule::Nth(5, SUNDAY, 2, 0)),
    ("Memorial Day", Rule::Last(5, MONDAY)),
    ("Father's Day", Rule::Nth(6, SUNDAY, 3, 0)),
    ("Independence Day", Rule::Fixed(7, 4)),
    ("Labor Day", Rule::Nth(9, MONDAY, 1, 0)),
    ("Halloween", Rule::Fixed(10, 31)),
    ("Singles' Day", Rule::Fixed(11, 11)),
    ("Thanksgiving Eve", Rule::Nth(11, THURSDAY, 4, -1)),
    ("Thanksgiving", Rule::Nth(11, THURSDAY, 4, 0)),
    ("Black Friday", Rule::Nth(11, THURSDAY, 4, 1)),
    ("Cyber Monday", Rule::Nth(11, THURSDAY, 4, 4)),
    ("Super Saturday", Rule::Fixed(12, 22)),
    ("Day before Christmas Eve", Rule::Fixed(12, 23)),
    ("Christmas Eve", Rule::Fixed(12, 24)),
    ("Christmas Day", Rule::Fixed(12, 25)),
    ("Boxing Day", Rule::Fixed(12, 26)),
    ("Day before New Year's Eve", Rule::Fixed(12, 30)),
    ("New Year's Eve", Rule::Fixed(12, 31)),
];

/// Days around a day that it is held against, on each side, and how many of them there must be.
const AROUND: i64 = 15;
const LEAST_AROUND: usize = 14;
/// Days that there must be on either side of it.
const BESIDE: i64 = 5;
/// Ordinary days that the noise is told from, and sessions on a usual day.
const LEAST_DAYS: usize = 60;
const LEAST_SESSIONS: f64 = 5.0;
/// Chance that any holiday is claimed where there is none.
const FALSE_CLAIM: f64 = 0.05;
/// Share of ordinary days that may be as far off as a holiday.
const AS_FAR: f64 = 0.005;
/// How far holidays are off, before any is seen: standard deviation of the logarithm.
const PRIOR: f64 = 0.5;

/// Those of a record, the most certain ones first.
#[must_use]
pub fn found(evidence: &Evidence) -> Vec<Holiday> {
    let first = evidence.days.0;
    let last = first + evidence.daily.len() as i64 - 1;
    let named: Vec<(usize, i64)> = (0..RULES.len()).flat_map(|rule| days(rule, first, last)).collect();
    let special = |day: i64| named.iter().any(|(_, own)| *own == day);
    let mut ordinary: Vec<f64> =
        (first..=last).filter(|&day| !special(day)).filter_map(|day| Some(off(evidence, &special, day)?.0)).collect();
    ordinary.iter_mut().for_each(|log| *log = log.abs());
    ordinary.sort_by(f64::total_cmp);
    if ordinary.len() < LEAST_DAYS {
        return Vec::new();
    }
    // The median of what is off, as a standard deviation of a normal law.
    let sd = ordinary[ordinary.len() / 2] / 0.6745;
    let far = ordinary[((ordinary.len() as f64 * (1.0 - AS_FAR)) as usize).min(ordinary.len() - 1)];
    let told: Vec<(usize, Vec<(f64, f64)>)> = (0..RULES.len())
        .map(|rule| {
            (rule, named.iter().filter(move |own| own.0 == rule).filter_map(|own| off(evidence, &special, own.1)))
        })
        .map(|(rule, seen)| (rule, seen.map(|(log, noise)| (log, noise.max(sd * sd))).collect::<Vec<_>>()))
        .filter(|(_, seen)| !seen.is_empty())
        .collect();
    let certain = normal_quantile(1.0 - FALSE_CLAIM / 2.0 / told.len().max(1) as f64);
    let mut holidays: Vec<(f64, Holiday)> =
        told.iter().filter_map(|(rule, seen)| holiday(*rule, seen, certain, far)).collect();
    holidays.sort_by(|a, b| b.0.total_cmp(&a.0));
    holidays.into_iter().map(|(_, holiday)| holiday).collect()
}

/// How far a day's sessions are off those of the days around, as a logarithm, and the variance of chance in it.
fn off(evidence: &Evidence, special: &dyn Fn(i64) -> bool, day: i64) -> Option<(f64, f64)> {
    // The first day of a record may be a part of one.
    let place = |day: i64| usize::try_from(day - evidence.days.0).ok().filter(|&at| at > 0);
    let at = |day: i64| place(day).and_then(|at| evidence.daily.get(at));
    let usual = |day: i64| evidence.rhythm[usize::from(weekday(day))];
    let around = (day - AROUND..=day + AROUND).filter(|&other| other != day && !special(other));
    let around: Vec<(f64, f64)> = around.filter_map(|other| Some((f64::from(*at(other)?), usual(other)))).collect();
    // Enough on either side, so that growth is not taken for it.
    let sides = [day - BESIDE, day + BESIDE].map(at);
    let (sessions, weight) = around.iter().fold((0.0, 0.0), |sum, day| (sum.0 + day.0, sum.1 + day.1));
    if sides.contains(&None) || around.len() < LEAST_AROUND || sessions < LEAST_SESSIONS * around.len() as f64 {
        return None;
    }
    let expected = sessions / weight * usual(day);
    let log = log((f64::from(*at(day)?) + 0.5) / (expected + 0.5));
    Some((log, 1.0 / (expected + 0.5) + 1.0 / sessions))
}

/// What several years say of a day, if it is off beyond doubt; with how many standard errors.
fn holiday(rule: usize, seen: &[(f64, f64)], certain: f64, far: f64) -> Option<(f64, Holiday)> {
    let weight: f64 = seen.iter().map(|(_, noise)| 1.0 / noise).sum();
    let mean = seen.iter().map(|(log, noise)| log / noise).sum::<f64>() / weight;
    let scatter = seen.iter().map(|(log, _)| (log - mean).powi(2)).sum::<f64>();
    let years = seen.len() as f64;
    // Years that differ by more than chance say less than they seem to.
    let between = if years > 1.0 { scatter / (years - 1.0) / years } else { 0.0 };
    let variance = (1.0 / weight).max(between);
    let errors = mean.abs() / sqrt(variance);
    let kept = PRIOR * PRIOR / (PRIOR * PRIOR + variance);
    let times = exp(kept * mean).clamp(0.02, 50.0);
    let (name, rule) = RULES[rule];
    // A day with few sessions is counted less exactly than a usual one; all noise taken for that of counting, to be safe.
    let few = (1.0 / times - 1.0).max(0.0) * seen.iter().map(|(_, noise)| noise).sum::<f64>() / (years * years);
    let se = times * sqrt(kept * variance + few);
    let holiday = Holiday { name, times: Number::new(times, se), seen: seen.len(), rule };
    (errors > certain && mean.abs() > far).then_some((errors, holiday))
}

impl Holiday {
    /// When it is, from one day to another.
    pub fn days(&self, from: i64, to: i64) -> impl Iterator<Item = i64> + use<> {
        let rule = self.rule;
        years(from, to).filter_map(move |year| rule.day(year)).filter(move |day| (from..=to).contains(day))
    }
}

/// What holidays make of a day.
#[must_use]
pub fn times(holidays: &[Holiday], day: i64) -> f64 {
    let held = holidays.iter().filter(|holiday| holiday.days(day, day).next().is_some());
    held.map(|holiday| holiday.times.value).product()
}

fn days(rule: usize, from: i64, to: i64) -> impl Iterator<Item = (usize, i64)> {
    let days = years(from, to).filter_map(move |year| RULES[rule].1.day(year));
    days.filter(move |day| (from..=to).contains(day)).map(move |day| (rule, day))
}

fn years(from: i64, to: i64) -> impl Iterator<Item = i16> {
    let year = |day: i64| Date::from_number(day).map_or(1970, Date::year);
    year(from)..=year(to)
}

impl Rule {
    /// Its day in a year.
    fn day(self, year: i16) -> Option<i64> {
        let first = |month: u8| Date::new(year, month, 1).map(Date::number);
        Some(match self {
            Self::Fixed(month, day) => Date::new(year, month, day)?.number(),
            Self::Nth(month, of, nth, after) => {
                let first = first(month)?;
                first + i64::from((of + 7 - weekday(first)) % 7) + 7 * (i64::from(nth) - 1) + after
            }
            Self::Last(month, of) => {
                let last = first(month + 1)? - 1;
                last - i64::from((weekday(last) + 7 - of) % 7)
            }
            Self::Easter(after) => easter(year)? + after,
        })
    }
}

/// Easter Sunday of a year (Meeus 1991, *Astronomical Algorithms*, ch. 8).
fn easter(year: i16) -> Option<i64> {
    let year = i64::from(year);
    let (a, b, c) = (year % 19, year / 100, year % 100);
    let f = (b + 8) / 25;
    let h = (19 * a + b - b / 4 - (b - f + 1) / 3 + 15) % 30;
    let l = (32 + 2 * (b % 4) + 2 * (c / 4) - h - c % 4) % 7;
    let m = (a + 11 * h + 22 * l) / 451;
    let day = h + l - 7 * m + 114;
    Date::new(i16::try_from(year).ok()?, (day / 31) as u8, (day % 31 + 1) as u8).map(Date::number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{
        luck::{Luck, Purpose, uniform},
        units::UserId,
    };

    fn date(text: &str) -> i64 {
        Date::parse(text).unwrap().number()
    }

    fn day(name: &str, year: i16) -> i64 {
        RULES.iter().find(|(own, _)| *own == name).and_then(|(_, rule)| rule.day(year)).unwrap()
    }

    #[test]
    fn days_are_where_calendars_have_them() {
        for (name, year, expected) in [
            ("Easter Sunday", 2000, "2000-04-23"),
            ("Easter Sunday", 2024, "2024-03-31"),
            ("Easter Sunday", 2038, "2038-04-25"),
            ("Good Friday", 2026, "2026-04-03"),
            ("Thanksgiving", 2017, "2017-11-23"),
            ("Black Friday", 2019, "2019-11-29"),
            ("Cyber Monday", 2018, "2018-11-26"),
            ("Memorial Day", 2021, "2021-05-31"),
            ("Labor Day", 2020, "2020-09-07"),
            ("Mother's Day", 2023, "2023-05-14"),
            ("Father's Day", 2025, "2025-06-15"),
        ] {
            assert_eq!(Date::from_number(day(name, year)), Date::from_number(date(expected)), "{name}");
        }
    }

    /// Two years of days that are off by 10% at random, one in 30 of them by 25%; with what is planted on some.
    fn record(seed: u64, planted: &[(&str, f64)]) -> Evidence {
        let luck = Luck::new(seed, 0);
        let draw = |kind: u64, i: u32| uniform(luck.block(UserId(kind), Purpose::Fit, i)[0]);
        let (from, to) = (date("2016-02-01"), date("2018-01-31"));
        let daily = (from..=to).map(|number| {
            let i = (number - from) as u32;
            let wide = if draw(1, i) < 1.0 / 30.0 { 0.25 } else { 0.10 };
            let year = Date::from_number(number).unwrap().year();
            let times: f64 =
                planted.iter().filter(|(name, _)| day(name, year) == number).map(|(_, times)| times).product();
            (400.0 * times * exp(wide * normal_quantile(draw(2, i)))) as u32
        });
        let daily: Vec<u32> = daily.collect();
        Evidence {
            users: Vec::new(),
            week: [(0.0, 0.0); 7],
            rhythm: [1.0; 7],
            days: (from, to),
            newcomers: vec![0; daily.len()],
            spending: Vec::new(),
            daily,
            announced: false,
        }
    }

    #[test]
    fn planted_holidays_are_found_and_sized() {
        let planted = [("Black Friday", 2.0), ("Christmas Day", 0.3), ("Easter Sunday", 0.5)];
        for seed in 0..20 {
            let holidays = found(&record(seed, &planted));
            for (name, times) in planted {
                let own = holidays.iter().find(|holiday| holiday.name == name).unwrap();
                let se = own.times.se.unwrap();
                assert!((own.times.value - times).abs() < 4.0 * se && se < 0.25 * times, "{name}: {own:?}");
                assert_eq!(own.seen, 2);
            }
        }
    }

    /// Of 300 planted effects 95% intervals hold 270 to 298.
    #[test]
    fn intervals_hold_what_was_planted_at_their_rate() {
        let planted = [("Black Friday", 2.0), ("Christmas Day", 0.3), ("Easter Sunday", 0.5)];
        let (mut held, mut told) = (0, 0);
        for seed in 100..200 {
            let holidays = found(&record(seed, &planted));
            for (name, times) in planted {
                let Some(own) = holidays.iter().find(|holiday| holiday.name == name) else { continue };
                told += 1;
                held += u32::from((own.times.value - times).abs() <= 1.96 * own.times.se.unwrap());
            }
        }
        assert!(told >= 297 && (270..=298).contains(&held), "{held} of {told}");
    }

    #[test]
    fn where_there_is_none_hardly_any_is_claimed() {
        let claims = (0..200).filter(|&seed| !found(&record(seed, &[])).is_empty()).count();
        assert!(claims <= 14, "{claims} of 200");
    }

    #[test]
    fn a_short_or_thin_record_has_none() {
        let mut evidence = record(1, &[("Christmas Day", 0.1)]);
        evidence.daily.iter_mut().for_each(|sessions| *sessions /= 200);
        assert_eq!(found(&evidence), []);
        let mut evidence = record(1, &[("Easter Sunday", 0.1)]);
        evidence.daily.truncate(40);
        assert_eq!(found(&evidence), []);
    }
}
