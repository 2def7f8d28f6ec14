//! How far everybody together is off what each does: a level that wanders from week to week, and the noise of single days.
//!
//! What the users of a week would do at their own rates is held against what they did. The logarithm of the ratio is a local
//! level with Poisson noise that comes back to the record's mean, filtered by Kalman's recursions; how far the level wanders
//! and how soon it comes back is averaged over their posterior (Harvey 1989, *Forecasting, Structural Time Series Models and the Kalman Filter*, §§ 2.3, 4.2).

use serde::Serialize;

use super::{
    evidence::{Evidence, Seen},
    mixture::{Form, OWN},
    world::Number,
};
use crate::{
    base::{
        float::{exp, log, sqrt},
        time::{Date, weekday},
    },
    world::busy::{MONTH_PARTS, part_of_month},
};

/// What all users have in common from week to week.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Level {
    /// Sessions at the record's end, relative to what its users did over all of it.
    pub now: Number,
    /// Standard deviation of the step that its logarithm takes in a week.
    pub week_sd: f64,
    /// Share of the level's logarithm that is left after a week; 1 if it never comes back.
    pub week_keep: f64,
    /// Standard deviation of the logarithm of a single day.
    pub day_sd: f64,
    /// By part of the month, relative to the mean; none if the record has too few months.
    pub month: Option<[Number; MONTH_PARTS]>,
}

/// Weeks that a level needs.
const WEEKS: usize = 8;
/// Sessions that a week must have on average.
const SESSIONS: f64 = 20.0;
/// Largest steps that are thought of, and how many.
const STEPS: (f64, u32) = (0.3, 40);
/// How wide the level is thought to be at the beginning, and how small steps are thought to be.
const BEGINNING: f64 = 0.15;
const STEP_SCALE: f64 = 0.05;
/// Shares of the level that may be left after a week.
const KEEPS: [f64; 6] = [0.6, 0.75, 0.85, 0.92, 0.96, 1.0];

impl Level {
    /// Of users of a fitted law, whose sessions follow its parameters, and what the calendar makes of each local day; none where the record is too short or too thin.
    #[must_use]
    pub fn of(evidence: &Evidence, special: &[f64], form: &Form, at: &[f64], segments: usize) -> Option<Self> {
        let weeks = (evidence.length() / 7) as usize;
        let came: Vec<f64> = evidence.daily.rchunks_exact(7).rev().map(sum).collect();
        if weeks < WEEKS || came.iter().sum::<f64>() < SESSIONS * weeks as f64 {
            return None;
        }
        let expected = expected(evidence, form, at, segments, weeks);
        let day_sd = day_sd(evidence, special);
        let month = month(evidence, special);
        let times = of_the_month(evidence, month.as_ref(), weeks).into_iter().zip(of_weeks(special));
        let expected = expected.iter().zip(times).map(|(e, (month, special))| e * month * special);
        let series: Vec<(f64, f64)> = came
            .iter()
            .zip(expected)
            .filter(|(_, e)| *e >= 2.0)
            .map(|(o, e)| (log((o + 0.5) / (e + 0.5)), 1.0 / (o + 0.5) + day_sd * day_sd / 7.0))
            .collect();
        (series.len() >= WEEKS).then(|| Self { month, ..filtered(&series, day_sd) })
    }
}

/// The month's effect on sessions.
fn month(evidence: &Evidence, special: &[f64]) -> Option<[Number; MONTH_PARTS]> {
    let usual = |day: usize| evidence.rhythm[usize::from(weekday(evidence.days.0 + day as i64))] * special[day];
    let days: Vec<_> = evidence.daily.iter().enumerate().map(|(day, &n)| (f64::from(n), usual(day))).collect();
    super::month::parts(&days, evidence.days.0)
}

/// What the month makes of each of the record's last weeks.
fn of_the_month(evidence: &Evidence, month: Option<&[Number; MONTH_PARTS]>, weeks: usize) -> Vec<f64> {
    let times = |day: i64| month.map_or(1.0, |parts| parts[part_of_month(Date::from_number(day))].value);
    let first = evidence.days.1 + 1 - 7 * weeks as i64;
    (0..weeks as i64).map(|week| (0..7).map(|day| times(first + 7 * week + day)).sum::<f64>() / 7.0).collect()
}

/// What holidays make of each of the record's last weeks.
fn of_weeks(special: &[f64]) -> Vec<f64> {
    special.rchunks_exact(7).rev().map(|week| week.iter().sum::<f64>() / 7.0).collect()
}

fn sum(days: &[u32]) -> f64 {
    days.iter().map(|&n| f64::from(n)).sum()
}

/// Averages over how far the level may wander, and how soon it comes back.
pub(super) fn filtered(series: &[(f64, f64)], day_sd: f64) -> Level {
    let step = |i: u32| STEPS.0 * (f64::from(i) / f64::from(STEPS.1 - 1)).powi(2);
    let pairs = KEEPS.iter().flat_map(|&keep| (0..STEPS.1).map(move |i| (keep, step(i))));
    let runs: Vec<(f64, f64, Run)> = pairs.map(|(keep, step)| (keep, step, run(series, keep, step))).collect();
    let prior = |step: f64| -0.5 * (step / STEP_SCALE).powi(2);
    let top = runs.iter().map(|(_, step, run)| run.likelihood + prior(*step)).fold(f64::NEG_INFINITY, f64::max);
    // Steps are spaced as squares, so each stands for a width that grows with its root.
    let weight = |(_, step, run): &(f64, f64, Run)| sqrt(step.max(1e-6)) * exp(run.likelihood + prior(*step) - top);
    let total: f64 = runs.iter().map(weight).sum();
    let mean = |of: &dyn Fn(&(f64, f64, Run)) -> f64| runs.iter().map(|one| weight(one) * of(one)).sum::<f64>() / total;
    let level = mean(&|one| one.2.level);
    let variance = mean(&|one| one.2.variance + (one.2.level - level).powi(2));
    let (now, week_keep) = (exp(level), mean(&|one| one.0));
    Level {
        now: Number::new(now, now * sqrt(variance)),
        week_sd: sqrt(mean(&|one| one.1 * one.1)),
        week_keep,
        day_sd,
        month: None,
    }
}

/// Where a level ends.
struct Run {
    level: f64,
    variance: f64,
    likelihood: f64,
}

/// Kalman's filter.
fn run(series: &[(f64, f64)], keep: f64, step: f64) -> Run {
    let mut at = Run { level: 0.0, variance: BEGINNING * BEGINNING, likelihood: 0.0 };
    for &(seen, noise) in series {
        at.level *= keep;
        let before = keep * keep * at.variance + step * step;
        let (error, spread) = (seen - at.level, before + noise);
        at.likelihood -= 0.5 * (log(spread) + error * error / spread);
        at.level += before / spread * error;
        at.variance = before * noise / spread;
    }
    at
}

/// What the users of each week would do at their own rates, were it a week like all others.
fn expected(evidence: &Evidence, form: &Form, at: &[f64], segments: usize, weeks: usize) -> Vec<f64> {
    let end = (evidence.days.1 + 1) as f64;
    let first = end - 7.0 * weeks as f64;
    let mut sums = vec![0.0; weeks];
    for user in &evidence.users {
        let (rate, there) = rate(user, form, at, segments);
        for (week, sum) in sums.iter_mut().enumerate() {
            let from = first + 7.0 * week as f64 - user.began;
            *sum += rate * present(user, there, from, from + 7.0);
        }
    }
    sums
}

/// Days of a user between two tenures, each counted by how likely they were still there.
fn present(user: &Seen, there: f64, from: f64, to: f64) -> f64 {
    let surely = (to.min(user.recency) - from.max(0.0)).max(0.0);
    let (a, b) = (from.max(user.recency), to.min(user.watched));
    let silent = (user.watched - user.recency).max(1e-9);
    if b <= a {
        return surely;
    }
    // The longer the silence, the less likely.
    let middle = (f64::midpoint(a, b) - user.recency) / silent;
    surely + (b - a) * (1.0 - (1.0 - there) * middle)
}

/// A user's own rate [1/operational day], and the probability that they are there at the end.
fn rate(user: &Seen, form: &Form, at: &[f64], segments: usize) -> (f64, f64) {
    let (mut rate, mut there) = (0.0, 0.0);
    for (c, belongs) in form.membership(user, at, segments).into_iter().enumerate() {
        let mut hazards = Vec::with_capacity(at.len() - OWN);
        let visits = form.visits_of(at, c, &mut hazards);
        let alive = visits.alive(user);
        let lived = alive * user.watched
            + (1.0 - alive) * f64::midpoint(user.recency, user.watched).min(user.recency + 1.0 / visits.rate);
        rate += belongs * (visits.shape + user.repeats) / (visits.shape / visits.rate + lived);
        there += belongs * alive;
    }
    (rate, there)
}

/// What is left of the scatter of days around their week and weekday, beyond Poisson's.
fn day_sd(evidence: &Evidence, special: &[f64]) -> f64 {
    let (mut squares, mut noise, mut weeks) = (0.0, 0.0, 0.0);
    for (week, (days, special)) in evidence.daily.rchunks_exact(7).zip(special.rchunks_exact(7)).enumerate() {
        let total = sum(days);
        if total < 2.0 * SESSIONS {
            continue;
        }
        for (i, &day) in days.iter().enumerate() {
            let date = evidence.days.1 - 7 * week as i64 - 6 + i as i64;
            let own = special[i] * 7.0 / special.iter().sum::<f64>();
            let usual = total / 7.0 * evidence.rhythm[usize::from(weekday(date))] * own;
            // The week's own mean takes a seventh of the scatter away.
            squares += ((f64::from(day) - usual) / usual.max(0.5)).powi(2) * 7.0 / 6.0;
            noise += 1.0 / usual.max(0.5);
        }
        weeks += 7.0;
    }
    if weeks == 0.0 { 0.0 } else { sqrt(((squares - noise) / weeks).max(0.0)).min(0.5) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{
        float::normal_quantile,
        luck::{Luck, Purpose, uniform},
        units::UserId,
    };

    /// Of 60 levels that wander by 4% a week, seen with 3% of noise: where they end lies in the 90% interval in 47 to 60 of
    /// them, and the step is found within a third on average. One seed.
    #[test]
    fn a_wandering_level_is_followed() {
        let luck = Luck::new(5, 0);
        let normal = |kind: u64, i: u32| normal_quantile(uniform(luck.block(UserId(kind), Purpose::Fit, i)[0]));
        let (mut held, mut steps) = (0, 0.0);
        for set in 0..60u32 {
            let mut level = 0.0;
            let week = |week: u32| {
                level += 0.04 * normal(1, set * 100 + week);
                (level + 0.03 * normal(2, set * 100 + week), 0.0009)
            };
            let series: Vec<(f64, f64)> = (0..50).map(week).collect();
            let found = filtered(&series, 0.0);
            let se = found.now.se.unwrap() / found.now.value;
            held += u32::from((log(found.now.value) - level).abs() < 1.645 * se);
            steps += found.week_sd / 60.0;
        }
        assert!((47..=60).contains(&held), "{held}");
        assert!((0.027..0.053).contains(&steps), "{steps}");
    }
}
