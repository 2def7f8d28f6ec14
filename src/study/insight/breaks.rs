//! Sudden breaks: a step that works differently from one day on.
//!
//! For every population and step the days before and after each day are compared; the largest standardised change is held
//! against its law where nothing changes, simulated with the days' own noise, so that the search over days is paid for; and
//! Holm's correction (1979) pays for the number of series. Where counts grow or fall by themselves, what is compared is the
//! jump between lines fitted to both sides (Porter & Yu 2015, *Journal of Econometrics* 189).

use rayon::prelude::*;

use super::{
    Looked,
    comparable::strata,
    finding::{Finding, Kind, Measure, Trial},
    interval::{Measured, quantile},
    series::{self, Series, Step},
    words::{chance, date, grouped, money, percent, percent_of},
};
use crate::{
    base::{
        float::{normal_quantile, sqrt},
        luck::{Luck, Purpose},
        units::UserId,
    },
    study::experiment::multiple::{Method, adjust},
};

/// Days that are compared on either side, at most and at least.
const SIDE: usize = 28;
const LEAST_SIDE: usize = 7;
/// Simulated records without a break.
const SIMULATIONS: u32 = 2_000;
/// Chance of any claim where nothing breaks.
const ALPHA: f64 = 0.05;
/// Days around one break in which others are taken for its echoes.
const ECHO: i64 = 21;
/// Days that a change must last to be told as money a year.
const LASTING: usize = 14;
/// New users that are left where a record was closed to them, as a share.
const CLOSED: f64 = 0.02;
/// Breaks told at most.
const MOST: usize = 5;
/// First days, in which everything is new.
const SETTLING: usize = 28;

/// A change of one series.
#[derive(Clone, Debug)]
struct Change<'a> {
    series: &'a Series,
    /// The first day after it, from the first of the record.
    day: usize,
    /// Difference of the rates after and before.
    size: Measured,
    p: f64,
}

/// Looks for breaks.
#[must_use]
pub fn look(looked: &Looked<'_>) -> Vec<Finding> {
    let facts = looked.facts;
    let all = series::all(facts, &looked.dimensions, &strata(facts));
    let none = |why: String| vec![Finding::nothing(Kind::Break, "all steps", why)];
    if all.is_empty() {
        return none(
            "fewer than three sessions a day, or four weeks: a break could not be told from chance".to_owned(),
        );
    }
    let mut found: Vec<Change<'_>> =
        all.par_iter().enumerate().filter_map(|(place, series)| largest(series, looked.seed, place as u64)).collect();
    let adjusted = adjust(&found.iter().map(|change| change.p).collect::<Vec<_>>(), Method::Holm, ALPHA);
    found.iter_mut().zip(adjusted).for_each(|(change, p)| change.p = p);
    found.retain(|change| change.p <= ALPHA);
    found.sort_by(|a, b| b.size.z().abs().total_cmp(&a.size.z().abs()));
    if found.is_empty() {
        return none(format!("no sudden break in {} steps and populations, at an error of 5%", all.len()));
    }
    let mut told: Vec<Finding> = Vec::new();
    let mut days: Vec<i64> = Vec::new();
    for change in &found {
        if days.iter().all(|day| (day - change.day as i64).abs() > ECHO) && told.len() < MOST {
            days.push(change.day as i64);
            told.push(tell(looked, change, &found));
        }
    }
    told
}

/// The largest change of a series, with its chance over all days.
fn largest(series: &Series, seed: u64, place: u64) -> Option<Change<'_>> {
    let days = series.sums.len();
    let candidates: Vec<(usize, Weights)> = (LEAST_SIDE + SETTLING.min(days / 4)..=days.saturating_sub(LEAST_SIDE))
        .filter_map(|day| Some((day, Weights::of(series, day)?)))
        .collect();
    let z = |weights: &Weights, of: &[f64]| weights.change(of) / weights.sd;
    let (day, weights) = candidates
        .iter()
        .filter(|(day, weights)| is_seen(series, *day, weights.change(&series.sums)))
        .max_by(|a, b| z(&a.1, &series.sums).abs().total_cmp(&z(&b.1, &series.sums).abs()))?;
    let size = Measured::new(weights.change(&series.sums), weights.sd);
    let most = size.z().abs();
    // A change that a single day of chance shows as often cannot stand.
    let p = if most < 3.0 { 1.0 } else { by_chance(series, &candidates, most, seed, place) };
    Some(Change { series, day: *day, size, p })
}

/// Whether the days next to it show a jump, too: a line that bends is no break.
fn is_seen(series: &Series, day: usize, jump: f64) -> bool {
    if series.step == Step::Paying {
        return true;
    }
    let near = [day.saturating_sub(SIDE / 2)..day, day..(day + SIDE / 2).min(series.sums.len())];
    let [Some(before), Some(after)] = near.map(|days| series.rate(days)) else { return false };
    (after.0 - before.0) * jump > 0.0 && (after.0 - before.0).abs() > 0.3 * jump.abs()
}

fn by_chance(series: &Series, candidates: &[(usize, Weights)], most: f64, seed: u64, place: u64) -> f64 {
    let luck = Luck::new(seed, 0);
    let sds: Vec<f64> = series.variances.iter().map(|variance| sqrt(*variance)).collect();
    let above = (0..SIMULATIONS)
        .filter(|&draw| {
            let mut stream = luck.stream(UserId(place), Purpose::Day, draw);
            let noise: Vec<f64> = sds.iter().map(|sd| sd * normal_quantile(stream.uniform())).collect();
            candidates.iter().any(|(_, weights)| (weights.change(&noise) / weights.sd).abs() >= most)
        })
        .count();
    (above as f64 + 1.0) / (f64::from(SIMULATIONS) + 1.0)
}

/// How the sums of days make up the change at a day: a weight a day, and the change's standard deviation.
#[derive(Clone, Debug)]
struct Weights {
    from: usize,
    weights: Vec<f64>,
    sd: f64,
}

impl Weights {
    fn of(series: &Series, day: usize) -> Option<Self> {
        let (from, to) = (day.saturating_sub(SIDE), (day + SIDE).min(series.sums.len()));
        let sloped = series.step != Step::Paying;
        let mut weights = side(series, from..day, day, sloped)?;
        weights.iter_mut().for_each(|weight| *weight = -*weight);
        weights.extend(side(series, day..to, day, sloped)?);
        let variance: f64 = weights.iter().zip(&series.variances[from..to]).map(|(w, v)| w * w * v).sum();
        (variance > 0.0).then(|| Self { from, weights, sd: sqrt(variance) })
    }

    fn change(&self, of: &[f64]) -> f64 {
        self.weights.iter().zip(&of[self.from..]).map(|(weight, sum)| weight * sum).sum()
    }
}

/// Weights of one side's sums in its level at a day: its mean rate, or the end of a line through its rates.
fn side(series: &Series, days: std::ops::Range<usize>, at: usize, sloped: bool) -> Option<Vec<f64>> {
    let over = &series.over[days.clone()];
    let total: f64 = over.iter().sum();
    if total <= 0.0 {
        return None;
    }
    if !sloped {
        return Some(over.iter().map(|_| 1.0 / total).collect());
    }
    let x: Vec<f64> = days.map(|day| day as f64 - at as f64 + 0.5).collect();
    let mean = x.iter().zip(over).map(|(x, w)| x * w).sum::<f64>() / total;
    let spread: f64 = x.iter().zip(over).map(|(x, w)| w * (x - mean).powi(2)).sum();
    // A rate is a sum over `over`; weighed by it, sums stand alone.
    (spread > 0.0).then(|| x.iter().map(|x| 1.0 / total - mean * (x - mean) / spread).collect())
}

fn population(looked: &Looked<'_>, series: &Series) -> String {
    series.population.group.map_or_else(
        || "everybody".to_owned(),
        |(dimension, group)| {
            let dimension = &looked.dimensions[dimension];
            format!("{} {}", dimension.name, dimension.groups[group])
        },
    )
}

fn tell(looked: &Looked<'_>, change: &Change<'_>, all: &[Change<'_>]) -> Finding {
    let (facts, series) = (looked.facts, change.series);
    let (day, whom) = (date(facts.followed().0 + change.day as i64), population(looked, series));
    let (before, after) = levels(change);
    let is_share = series.step == Step::Paying;
    let write = |level: f64| if is_share { percent(level) } else { format!("{level:.1} a day") };
    let direction = if change.size.value < 0.0 { "fell" } else { "rose" };
    let what = series.step.name();
    let says = format!("on {day} the {what} of {whom} {direction} from {} to {}", write(before), write(after));
    let relative = if is_share { change.size } else { change.size.times(1.0 / before.max(1e-9)) };
    let mut size = relative.estimate();
    size.mean = size.mean.max(-1.0);
    size.lo = size.lo.map(|lo| lo.max(-1.0));
    let echoes: Vec<String> = all
        .iter()
        .filter(|other| other.day.abs_diff(change.day) <= ECHO as usize && !std::ptr::eq(other.series, series))
        .take(6)
        .map(|other| format!("{} of {}", other.series.step.name(), population(looked, other.series)))
        .collect();
    let mut evidence = vec![
        format!("{} over all days and steps looked at", chance(change.p)),
        format!("the change is {}", percent_of(&size)),
    ];
    if !echoes.is_empty() {
        evidence.push(format!("seen at the same time, more weakly, in: {}", echoes.join(", ")));
    }
    let a_day = lost(looked, change);
    evidence.push(format!(
        "{} a day since then, {}",
        money(facts, a_day.value.abs()),
        if a_day.value < 0.0 { "gained" } else { "lost" }
    ));
    let since = series.sums.len() - change.day;
    let is_closed = series.step == Step::Arriving && after < CLOSED * before;
    let mut finding = Finding::new(Kind::Break, format!("{whom}, {what}, {day}"), says);
    if is_closed {
        evidence.push("hardly anybody is new from then on: the record may hold only those who came before".to_owned());
    } else if since >= LASTING {
        let is = "what it costs, as long as it stays (below 0: what it brings)";
        finding = finding.worth(a_day.times(365.0).estimate(), is);
    } else {
        evidence.push(format!("seen for {since} days only: no sum a year is told of what may be a holiday"));
    }
    finding
        .sized(Measure::Share, &size)
        .by_chance(change.p)
        .because(evidence)
        .then(format!("Look at what was released or broke on {day}"), trial(looked, change, &whom, before, after))
}

/// Level before and after: of shares, what was paid of all sessions; of counts, their mean over two weeks.
fn levels(change: &Change<'_>) -> (f64, f64) {
    let (series, day) = (change.series, change.day);
    let days = series.sums.len();
    if series.step != Step::Paying {
        let rate = |days: std::ops::Range<usize>| series.rate(days).map_or(0.0, |rate| rate.0);
        return (rate(day.saturating_sub(SIDE / 2)..day), rate(day..(day + SIDE / 2).min(days)));
    }
    let share = |days: std::ops::Range<usize>| {
        let (paid, all): (f64, f64) = (series.paid[days.clone()].iter().sum(), series.counts[days].iter().sum());
        paid / all.max(1.0)
    };
    (share(day.saturating_sub(SIDE)..day), share(day..(day + SIDE).min(days)))
}

/// Money a day that the change costs [major units].
fn lost(looked: &Looked<'_>, change: &Change<'_>) -> Measured {
    let (facts, series) = (looked.facts, change.series);
    let mut amounts: Vec<f64> =
        facts.visits.iter().filter(|visit| visit.paid > 0).map(|visit| facts.major(visit.paid as f64)).collect();
    let mean = amounts.iter().sum::<f64>() / amounts.len().max(1) as f64;
    amounts.sort_by(f64::total_cmp);
    // A few very large payments are no measure of a usual one.
    let typical = mean.min(2.0 * quantile(&amounts, 0.5));
    let after = change.day..(change.day + SIDE).min(series.counts.len());
    let n = after.len().max(1) as f64;
    let all: f64 = series.counts[after].iter().sum();
    // A session less is a paid one less as often as sessions pay.
    let pays = series.paid.iter().sum::<f64>() / series.counts.iter().sum::<f64>().max(1.0);
    match series.step {
        Step::Paying => change.size.times(-all / n * typical),
        Step::Coming | Step::Arriving => change.size.times(-typical * pays),
    }
}

fn trial(looked: &Looked<'_>, change: &Change<'_>, whom: &str, before: f64, after: f64) -> Option<Trial> {
    let facet = if change.series.step == Step::Paying { "Paid" } else { "Sessions" };
    let by = (before / after.max(1e-6)).clamp(0.1, 10.0);
    let group = change.series.population.group;
    let dimension = group.map(|(dimension, group)| (&looked.dimensions[dimension], group));
    let channel = dimension.filter(|(dimension, _)| dimension.name == "channel");
    let eligible = channel
        .map_or_else(|| "All".to_owned(), |(dimension, group)| format!("Channel({:?})", dimension.groups[group]));
    // Where a group cannot be treated alone, everybody is, as far as the group weighs.
    let weight = match (group, channel) {
        (Some(_), None) => {
            let all: f64 = change.series.counts.iter().sum();
            all / looked.facts.visits.len().max(1) as f64
        }
        _ => 1.0,
    };
    let mean = 1.0 + (by - 1.0) * weight;
    let sigma = (change.size.se / change.size.value.abs().max(1e-9) * (mean - 1.0).abs()).clamp(0.01, 0.5);
    let effect = format!("Scale(facet: {facet}, by: LogNormal(mean: {mean:.4}, sigma: {sigma:.4}))");
    let question = format!("What would it earn to undo what happened to {whom}?");
    (change.series.step != Step::Arriving)
        .then(|| Trial::new(&format!("undo_break_{}", grouped(change.day as f64)), &question, &eligible, effect))
}
