//! Acquisition: what a user costs by channel and campaign, what they have paid since, when that pays back, and the money that
//! went to users who never pay. Spend is joined by day and name.

use super::{
    Looked,
    facts::{Facts, Person},
    finding::{Finding, Kind, Measure, Trial},
    interval::{LEVEL, Measured},
    words::{grouped, money, percent, percent_of},
};
use crate::{
    base::float::{log, normal_quantile, sqrt},
    study::estimate::Estimate,
};

/// Horizon of a user's value \[day\].
const HORIZON: f64 = 365.0;
/// Days without a payment after which a user counts as one who never pays.
const NEVER_AFTER: f64 = 60.0;
/// Users that a source needs.
const FEWEST_USERS: usize = 30;
/// Spread of the logarithm of daily spend from which saturation can be told, and days that it takes.
const SPREAD: f64 = 0.10;
const FEWEST_DAYS: usize = 60;

/// Where users come from.
#[derive(Clone, Debug, PartialEq)]
pub struct Source {
    /// `channel`, or `campaign`.
    pub sort: &'static str,
    /// Its name.
    pub name: String,
    /// Users that it brought.
    pub users: usize,
    /// Spent on it over the record [major units].
    pub spend: f64,
    /// Cost of a new user [major units]; none without spend.
    pub cac: Option<Estimate>,
    /// What a user pays in the first year, net of what goes back [major units].
    pub value: Estimate,
    /// Days until what a user paid reaches what they cost; none if not within the horizon, or without spend.
    pub payback: Option<f64>,
    /// Share of users who had not paid after sixty days.
    pub never: Estimate,
    /// Relative change of new users a relative change of spend; none where spend hardly varies.
    pub elasticity: Option<Estimate>,
}

/// Every source with enough users.
#[must_use]
pub fn sources(facts: &Facts) -> Vec<Source> {
    let channels = facts.channels.iter().enumerate().filter_map(|(place, name)| {
        let spend = facts.spend.of_channel(name, facts.days);
        source(facts, "channel", name, spend, &|person| person.channel == Some(place))
    });
    let campaigns = facts.campaigns.iter().enumerate().filter_map(|(place, name)| {
        let spend = facts.spend.of_campaign(name, facts.days);
        source(facts, "campaign", name, spend, &|person| person.campaign == Some(place))
    });
    channels.chain(campaigns).collect()
}

fn source(facts: &Facts, sort: &'static str, name: &str, spend: f64, is: &dyn Fn(&Person) -> bool) -> Option<Source> {
    let people: Vec<&Person> = facts.people.iter().filter(|person| is(person)).collect();
    if people.len() < FEWEST_USERS {
        return None;
    }
    let n = people.len() as f64;
    let cac = (spend > 0.0).then(|| Measured::new(spend / n, spend / n / sqrt(n)).positive());
    let curve = curve(facts, &people);
    let value = curve.last().map_or(Measured::default(), |(_, sum)| *sum);
    let reached = |cost: &Estimate| curve.iter().find(|(_, sum)| sum.value >= cost.mean).map(|(day, _)| *day);
    let settled: Vec<f64> = people
        .iter()
        .filter(|person| person.watched >= NEVER_AFTER)
        .map(|person| f64::from(facts.of_person(person).iter().all(|visit| visit.paid == 0)))
        .collect();
    let never = Measured::mean(&settled).unwrap_or_default().share();
    let elasticity = (sort == "channel").then(|| elasticity(facts, name, &people)).flatten();
    let payback = cac.as_ref().and_then(reached);
    Some(Source {
        sort,
        name: name.to_owned(),
        users: people.len(),
        spend,
        cac,
        value: value.estimate(),
        payback,
        never,
        elasticity,
    })
}

/// What a user has paid up to a tenure, from those who were watched so long, in steps of ten days.
fn curve(facts: &Facts, people: &[&Person]) -> Vec<(f64, Measured)> {
    let (mut curve, mut sum, mut squares) = (Vec::new(), 0.0, 0.0);
    for step in 0..(HORIZON / 10.0) as u32 {
        let (from, to) = (10.0 * f64::from(step), 10.0 * f64::from(step + 1));
        let watched: Vec<&&Person> = people.iter().filter(|person| person.watched >= to).collect();
        let paid = |person: &Person| {
            let visits = facts.of_person(person).iter().filter(|visit| from <= visit.tenure && visit.tenure < to);
            // What went back is spread over the user's payments.
            let all: i64 = facts.of_person(person).iter().map(|visit| visit.paid).sum();
            let kept = 1.0 - (person.returned as f64 / all.max(1) as f64).min(1.0);
            facts.major(visits.map(|visit| visit.paid as f64).sum::<f64>() * kept)
        };
        let values: Vec<f64> = watched.iter().map(|person| paid(person)).collect();
        let Some(mean) = Measured::mean(&values).filter(|_| values.len() >= FEWEST_USERS / 2) else { break };
        sum += mean.value;
        // A user who pays once pays again: errors of steps add up rather than cancel, by about half as much again.
        squares += mean.se * mean.se;
        curve.push((to, Measured::new(sum, 1.5 * sqrt(squares))));
    }
    curve
}

/// Slope of the logarithm of new users over that of spend, day by day, by least squares with Poisson weights.
fn elasticity(facts: &Facts, name: &str, people: &[&Person]) -> Option<Estimate> {
    let spend = facts.spend.daily(name);
    let new = |day: i64| people.iter().filter(|person| person.first == day).count() as f64;
    let points: Vec<(f64, f64)> =
        spend.iter().filter(|(_, spend)| **spend > 0.0).map(|(day, spend)| (log(*spend), new(*day))).collect();
    let n = points.len() as f64;
    let mean = points.iter().map(|point| point.0).sum::<f64>() / n.max(1.0);
    let spread = sqrt(points.iter().map(|point| (point.0 - mean).powi(2)).sum::<f64>() / n.max(1.0));
    let users = points.iter().map(|point| point.1).sum::<f64>() / n.max(1.0);
    if points.len() < FEWEST_DAYS || spread < SPREAD || users < 1.0 {
        return None;
    }
    // Users a day are linear in ln spend around the mean: the slope over their mean is the elasticity there.
    let squares = n * spread * spread;
    let slope = points.iter().map(|(x, y)| (x - mean) * (y - users)).sum::<f64>() / squares;
    let rest: f64 = points.iter().map(|(x, y)| (y - users - slope * (x - mean)).powi(2)).sum::<f64>() / (n - 2.0);
    Some(Measured::new(slope / users, sqrt(rest / squares) / users).estimate())
}

/// Tells what acquisition costs and where it is wasted.
#[must_use]
pub fn look(looked: &Looked<'_>) -> Vec<Finding> {
    let (facts, sources) = (looked.facts, &looked.sources);
    if sources.is_empty() {
        let why = "no channel with 30 users or more: who brought users is not in this history";
        return vec![Finding::nothing(Kind::Acquisition, "all channels", why)];
    }
    let paid: Vec<&Source> = sources.iter().filter(|source| source.cac.is_some()).collect();
    if paid.is_empty() {
        let why = "channels are known, but not what was spent on them: give --spend, or import the ads' exports";
        let mut finding = Finding::nothing(Kind::Acquisition, "all channels", why);
        finding.evidence = sources.iter().take(6).map(|source| line(facts, source)).collect();
        return vec![finding];
    }
    // Campaigns are parts of channels: only one of both adds up.
    let sort = paid[0].sort;
    vec![told(looked, &paid.into_iter().filter(|source| source.sort == sort).collect::<Vec<_>>())]
}

fn told(looked: &Looked<'_>, paid: &[&Source]) -> Finding {
    let facts = looked.facts;
    let a_year = |source: &Source| source.spend / facts.length() as f64 * 365.0;
    let spent: f64 = paid.iter().map(|source| a_year(source)).sum();
    let wasted: f64 = paid.iter().map(|source| a_year(source) * source.never.mean).sum();
    let half = |it: &Estimate| it.hi.zip(it.lo).map_or(0.0, |(hi, lo)| (hi - lo) / 2.0);
    let error = sqrt(paid.iter().map(|source| (a_year(source) * half(&source.never)).powi(2)).sum());
    let error = error / normal_quantile(0.5 + LEVEL / 2.0);
    let share = Measured::new(wasted, error).times(1.0 / spent.max(1e-9)).share();
    let says = format!(
        "{} of what is spent on bringing users goes to users who have paid nothing after {NEVER_AFTER:.0} days",
        percent_of(&share)
    );
    let mut evidence: Vec<String> = paid.iter().map(|source| line(facts, source)).collect();
    evidence.push(
        "most of it is the price of finding those who pay; it is waste where a cheaper channel brings the same users"
            .to_owned(),
    );
    let (trial, action) = moved(facts, paid);
    Finding::new(Kind::Acquisition, "all paid channels", says)
        .sized(Measure::Share, &share)
        .worth(Measured::new(wasted, error).positive(), "what is spent on users who never pay")
        .because(evidence)
        .then(action, trial)
}

/// A tenth of the worst channel's spend goes to the best.
fn moved(facts: &Facts, paid: &[&Source]) -> (Option<Trial>, String) {
    let back = |source: &&&Source| source.cac.map_or(0.0, |cac| source.value.mean / cac.mean.max(1e-9));
    let best = paid.iter().max_by(|a, b| back(a).total_cmp(&back(b)));
    let worst = paid.iter().min_by(|a, b| back(a).total_cmp(&back(b)));
    let (Some(best), Some(worst)) = (best, worst) else { return (None, String::new()) };
    if best.name == worst.name || best.sort != "channel" {
        return (None, "Vary spend from week to week: only then can it be told what more of it would bring".to_owned());
    }
    let per_day = 0.1 * worst.spend / facts.length() as f64;
    let question = format!("What would it earn to move a tenth of the spend of {} to {}?", worst.name, best.name);
    let (from, to) = (&worst.name, &best.name);
    let effect = format!("MoveBudget(per_day: {per_day:.2}, from: {from:?}, to: {to:?})");
    let action = format!("Move a tenth of {from}'s spend to {to} for four weeks, in half of the regions");
    (Some(Trial::new("move_budget", &question, "All", effect)), action)
}

fn line(facts: &Facts, source: &Source) -> String {
    let range = |it: &Estimate| match (it.lo, it.hi) {
        (Some(lo), Some(hi)) => format!("{:.2} ({lo:.2} to {hi:.2})", it.mean),
        _ => format!("{:.2}", it.mean),
    };
    let mut parts = vec![format!("{} {}: {} users", source.sort, source.name, grouped(source.users as f64))];
    parts.extend(source.cac.map(|cac| format!("CAC {}", range(&cac))));
    parts.push(format!("value in a year {} {}", range(&source.value), facts.currency.code()));
    if source.cac.is_some() {
        parts.push(
            source.payback.map_or_else(
                || "not paid back within the record".to_owned(),
                |day| format!("paid back by day {day:.0}"),
            ),
        );
    }
    parts.push(format!("{} never pay", percent(source.never.mean)));
    parts.extend(match (&source.elasticity, source.cac) {
        (Some(it), _) => Some(format!("1% more spend brings {}% more users", range(it))),
        (None, Some(_)) => Some("spend hardly varies, so saturation cannot be told".to_owned()),
        _ => None,
    });
    if source.spend > 0.0 {
        parts.push(format!("spent {}", money(facts, source.spend)));
    }
    parts.join(", ")
}
