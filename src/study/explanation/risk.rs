//! The risk of leaving over the coming period, and which evidence moved it.
//!
//! On the complementary log-log scale, `ln(−ln(1 − p))`, the hazards of the churn facet multiply into sums (Prentice &
//! Gloeckler 1978). Evidence is let in one piece after the other, and what each moves the logarithm of the hazard by is
//! its contribution: they add up exactly to the difference between the user's hazard and the population's mean.

use serde::Serialize;

use super::calendar::Calendar;
use crate::{
    base::{
        float::{exp, log, log1p},
        time::{DAY, SimTime},
    },
    user::{
        explain::{
            Reading, support, visit,
            wording::{ago, percent},
        },
        facet::{
            FacetKind,
            churn::{ChurnBelief, ChurnPrior, Departure},
        },
        segment,
    },
};

/// A user's risk.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Risk {
    /// Probability of leaving in the period \[1\].
    pub p: f64,
    /// First day of the period.
    pub from: String,
    /// Its last day.
    pub to: String,
    /// What leaving means here.
    pub means: String,
    /// What it holds only for, if not for everybody.
    pub caution: Option<String>,
    /// The population's risk over all tenures, from which the contributions start \[1\].
    pub population: f64,
    /// The population's risk at this tenure \[1\].
    pub population_at_tenure: f64,
    /// What moved the risk, in the order in which it was let in.
    pub contributions: Vec<Contribution>,
    /// What else is known that bears on it and is no part of its law, each in a few words.
    pub beside: Vec<String>,
}

/// What one piece of evidence did.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Contribution {
    /// Which.
    pub evidence: String,
    /// What it added to the logarithm of the hazard.
    pub log_hazard: f64,
    /// The evidence in words.
    pub words: String,
}

/// The periods of tenure that the coming one lies in, with the share of each.
type Window = Vec<(u32, f64)>;

/// Reads the risk and what moved it.
#[must_use]
pub fn risk(reading: &Reading<'_>, calendar: &Calendar) -> Risk {
    let model = reading.prediction.model();
    let prior = &reading.priors.churn;
    let (window, start) = window(reading);
    let end = SimTime(start.0 + (f64::from(prior.period_days) * DAY as f64) as i64 - 1);
    let contributions = contributions(reading, &window);
    let mean = mean(prior);
    let total: f64 = contributions.iter().map(|part| part.log_hazard).sum();
    Risk {
        p: probability(log_hazard(mean) + total),
        from: calendar.date(start),
        to: calendar.date(end),
        means: match prior.departure {
            Departure::Announced => "saying goodbye",
            Departure::Silent => "not coming once in the whole period",
        }
        .to_owned(),
        caution: (prior.departure == Departure::Silent
            && prior.period(model.first(), model.last()) < prior.period(model.first(), reading.at))
        .then(|| "the user has not come in the running period yet; the risk is that of who does".to_owned()),
        population: mean,
        population_at_tenure: over(&window, |period| f64::from(prior.population(period))),
        contributions,
        beside: beside(reading),
    }
}

/// Other facets that bear on leaving.
fn beside(reading: &Reading<'_>) -> Vec<String> {
    let state = Some(format!("engagement: {}", visit::state(reading)));
    let renews = reading.prediction.renews();
    let renews = renews.map(|p| format!("the running term is renewed with {}", percent(f64::from(p))));
    let ticket = support::last(reading).map(|(grade, days)| format!("the last ticket was {grade}, {}", ago(days)));
    state.into_iter().chain(renews).chain(ticket).collect()
}

/// Where leaving is announced the coming days are looked at; where it is silent, the period that begins next.
fn window(reading: &Reading<'_>) -> (Window, SimTime) {
    let (prior, first) = (&reading.priors.churn, reading.prediction.model().first());
    let period = prior.period(first, reading.at);
    let length = f64::from(prior.period_days);
    match prior.departure {
        Departure::Announced => {
            let left = (f64::from(period + 1) - reading.at.days_since(first) / length).clamp(0.0, 1.0);
            (vec![(period, left), (period + 1, 1.0 - left)], reading.at)
        }
        Departure::Silent => {
            let start = first.0 + (f64::from(period + 1) * length * DAY as f64) as i64;
            (vec![(period + 1, 1.0)], SimTime(start))
        }
    }
}

/// Evidence let in piece by piece.
fn contributions(reading: &Reading<'_>, window: &Window) -> Vec<Contribution> {
    let (model, prior) = (reading.prediction.model(), &reading.priors.churn);
    let belief = *model.churn();
    let mean = mean(prior);
    let population = over(window, |period| f64::from(prior.population(period)));
    let settled = ChurnPrior { frailty: None, engagement: 0.0, ..prior.clone() };
    let lapsing = ChurnPrior { engagement: 0.0, ..prior.clone() };
    let under = |prior: &ChurnPrior| over(window, |period| personal(reading, prior, &belief, period));
    let expert = model.expert(FacetKind::Churn);
    let mixed =
        |period: u32| f64::from(expert.mix(personal(reading, prior, &belief, period) as f32, prior.population(period)));
    let steps = [population, under(&settled), under(&lapsing), under(prior), over(window, mixed)];
    let words = words(reading, window, expert.weight);
    let mut before = log_hazard(mean);
    let step = |((evidence, words), p): ((&'static str, String), f64)| {
        let after = log_hazard(p);
        let log_hazard = after - before;
        before = after;
        Contribution { evidence: evidence.to_owned(), log_hazard, words }
    };
    words.into_iter().zip(steps).map(step).collect()
}

/// The personal probability of leaving in a period of tenure.
fn personal(reading: &Reading<'_>, prior: &ChurnPrior, belief: &ChurnBelief, period: u32) -> f64 {
    let model = reading.prediction.model();
    let recent = model.recent(reading.priors, period);
    f64::from(segment::mixed(&model.weights(), &prior.probabilities(belief, period, recent)))
}

/// Each piece of evidence in words, in the order of the steps.
fn words(reading: &Reading<'_>, window: &Window, trust: f32) -> [(&'static str, String); 5] {
    let (model, prior) = (reading.prediction.model(), &reading.priors.churn);
    let period = window.first().map_or(0, |&(period, _)| period);
    let segment = model.weights().iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).map_or(0, |(c, _)| c);
    let name = reading.priors.segments.get(segment).map_or("unnamed", String::as_str);
    let share = f64::from(model.weights()[segment]);
    let lapses = if prior.frailty.is_some() {
        let ChurnBelief { lapses, periods } = *model.churn();
        format!("stayed away in {lapses:.1} of {periods:.1} periods (faded counts)")
    } else {
        "not part of the law of this population".to_owned()
    };
    let recent = if prior.engagement > 0.0 {
        format!("{:.1} recent sessions (faded), against none", model.recent(reading.priors, period))
    } else {
        "not part of the law of this population".to_owned()
    };
    [
        ("tenure", format!("day {:.0} since the first session", model.tenure_days(reading.at))),
        ("segment", format!("{} {name}", percent(share))),
        ("own lapses", lapses),
        ("recent activity", recent),
        (
            "the population's say",
            format!("its own risk counts for {}, as a safeguard", percent(1.0 - f64::from(trust))),
        ),
    ]
}

/// The population's risk, over all tenures alike.
fn mean(prior: &ChurnPrior) -> f64 {
    prior.population.iter().map(|&p| f64::from(p)).sum::<f64>() / prior.population.len().max(1) as f64
}

/// Probability over a window, from the probabilities of its periods, at a hazard that is even within each.
fn over(window: &Window, p: impl Fn(u32) -> f64) -> f64 {
    let hazard: f64 = window.iter().map(|&(period, share)| share * -log1p(-p(period).clamp(LEAST, 1.0 - LEAST))).sum();
    1.0 - exp(-hazard)
}

/// Probabilities closer to 0 or 1 are not told apart from this.
const LEAST: f64 = 1e-9;

/// `ln(−ln(1 − p))`.
fn log_hazard(p: f64) -> f64 {
    log(-log1p(-p.clamp(LEAST, 1.0 - LEAST)))
}

/// Its inverse.
fn probability(log_hazard: f64) -> f64 {
    1.0 - exp(-exp(log_hazard))
}
