//! Tickets in words: how severe their troubles are.

use super::{
    Call, Chance, Counted, Distinction, Reading, Told, Topic, Words,
    answer::chance,
    daypart::{likeliest, of_choice, standing_out},
    question::{Kind, Question},
    wording::percent,
};
use crate::{
    base::time::SimTime,
    history::session::{Observation, SEVERITIES},
    user::{facet::FacetKind, priors::Priors},
};

/// How badly they need help.
pub struct Support;

const FACET: FacetKind = FacetKind::Support;
/// Names of the severities, the lightest first.
pub const GRADES: [&str; SEVERITIES] = ["light", "middling", "severe"];

impl Told for Support {
    fn facet(&self) -> FacetKind {
        FACET
    }

    fn heard(&self, reading: &Reading<'_>) -> bool {
        tickets(reading).next().is_some()
    }

    fn topics(&self, reading: &Reading<'_>) -> Vec<Topic> {
        vec![question(reading).answer(reading)]
    }

    fn chances(&self, reading: &Reading<'_>) -> Vec<Chance> {
        let severe = SEVERITIES - 1;
        let p = reading.prediction.severities()[severe];
        vec![chance(
            "has a severe matter, if they ask for help".to_owned(),
            p,
            reading.priors.support.population[severe],
        )]
    }

    fn call(&self, before: &Reading<'_>, seen: &Observation) -> Option<Call> {
        let Observation::Ticket { severity, .. } = *seen else { return None };
        let severity = usize::from(severity).min(SEVERITIES - 1);
        let p = before.prediction.severities();
        let likely = likeliest(&p);
        Some(Call {
            facet: FACET,
            predicted: GRADES[likely].to_owned(),
            probability: f64::from(p[likely]),
            happened: GRADES[severity].to_owned(),
            right: likely == severity,
            population_right: likeliest(&before.priors.support.population) == severity,
            gain_nats: 0.0,
        })
    }

    fn distinction(&self, priors: &Priors, _: &Words, segment: usize) -> Option<Distinction> {
        let (grade, own, population) = standing_out(&priors.support, segment, SEVERITIES)?;
        Some(Distinction {
            facet: FACET,
            divergence: of_choice(&priors.support, segment),
            words: format!("{} tickets: {} against {}", GRADES[grade], percent(own), percent(population)),
        })
    }
}

/// When help was asked for, and how badly it was needed.
fn tickets<'a>(reading: &Reading<'a>) -> impl Iterator<Item = (SimTime, usize)> + use<'a> {
    reading.record.iter().filter_map(|seen| match *seen {
        Observation::Ticket { at, severity } => Some((at, usize::from(severity).min(SEVERITIES - 1))),
        _ => None,
    })
}

/// The last ticket: how severe it was, and how many days ago.
#[must_use]
pub fn last(reading: &Reading<'_>) -> Option<(&'static str, f64)> {
    tickets(reading).last().map(|(at, severity)| (GRADES[severity], reading.age(at)))
}

fn question(reading: &Reading<'_>) -> Question {
    let (mut seen, mut grades) = (Counted::default(), [Counted::default(); SEVERITIES]);
    for (at, severity) in tickets(reading) {
        seen.see(reading, FACET, at);
        grades[severity].see(reading, FACET, at);
    }
    let prior = &reading.priors.support;
    let kind = |(grade, name): (usize, &&str)| Kind {
        label: format!("{name} matters"),
        more: format!("asks for help in {name} matters more often than most"),
        less: format!("asks for help in {name} matters less often than most"),
        avoids: format!("hardly ever asks for help in {name} matters"),
        which: format!(" on {name} matters"),
        seen: grades[grade],
        alpha: prior.alpha[grade],
        population: f64::from(prior.population[grade]),
    };
    Question {
        facet: FACET,
        name: "severity of tickets".to_owned(),
        unit: "tickets",
        picks: seen.weight,
        seen,
        kinds: GRADES.iter().enumerate().map(kind).collect(),
        strength: f64::from(prior.strength),
        typical: None,
    }
}
