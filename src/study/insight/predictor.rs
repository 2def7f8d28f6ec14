//! What goes with being worth more, and with leaving: behaviours of the first month, held against what came of the user in the
//! three months after it. Associations only: whoever likes the product does more of everything.

use super::{
    Looked,
    facts::{Facts, Person, Visit},
    finding::{Finding, Kind, Measure, Trial},
    interval::{Measured, two_sided},
    words::{chance, grouped, money, percent},
};
use crate::{
    base::float::sqrt,
    study::experiment::multiple::{Method, adjust},
};

/// Days that behaviour is seen in, and days that its outcome is.
const SEEN: f64 = 30.0;
const OUTCOME: f64 = 90.0;
/// Users that a comparison needs on either side.
const FEWEST: usize = 30;
/// Share of claims that may be false.
const FALSE_SHARE: f64 = 0.05;
/// Predictors of each outcome told at most.
const MOST: usize = 2;

/// What became of a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// What they paid in the three months after [major units].
    Revenue,
    /// Whether they were not seen in the three months after \[1\].
    Gone,
}

/// One behaviour against one outcome.
#[derive(Clone, Debug, PartialEq)]
pub struct Association {
    /// The behaviour.
    pub behaviour: String,
    /// What it goes with.
    pub outcome: Outcome,
    /// Mean outcome of those with more of it, less that of the others.
    pub difference: Measured,
    /// Mean outcome of the others.
    pub others: f64,
    /// Share of users with more of it.
    pub share: f64,
    /// Chance after correction for all that were looked at (Benjamini & Hochberg 1995).
    pub q: f64,
}

/// A behaviour of the first month: its name, and how much of it each user showed.
struct Behaviour {
    name: String,
    values: Vec<f64>,
}

/// Every behaviour against both outcomes.
#[must_use]
pub fn associations(facts: &Facts) -> Vec<Association> {
    let people: Vec<&Person> = facts
        .people
        .iter()
        .filter(|person| person.watched >= SEEN + OUTCOME && person.left.is_none_or(|left| left >= SEEN))
        .collect();
    if facts.truncated || people.len() < 2 * FEWEST {
        return Vec::new();
    }
    let outcomes = [Outcome::Revenue, Outcome::Gone].map(|outcome| (outcome, came_of(facts, &people, outcome)));
    let mut all: Vec<Association> = Vec::new();
    for behaviour in behaviours(facts, &people) {
        all.extend(outcomes.iter().filter_map(|(outcome, values)| compared(&behaviour, *outcome, values)));
    }
    let chances: Vec<f64> = all.iter().map(|one| two_sided(one.difference.z())).collect();
    for (one, q) in all.iter_mut().zip(adjust(&chances, Method::BenjaminiHochberg, FALSE_SHARE)) {
        one.q = q;
    }
    all.sort_by(|a, b| b.difference.z().abs().total_cmp(&a.difference.z().abs()));
    all
}

fn month<'a>(facts: &'a Facts, person: &Person) -> impl Iterator<Item = &'a Visit> + Clone {
    facts.of_person(person).iter().filter(|visit| visit.tenure < SEEN)
}

fn came_of(facts: &Facts, people: &[&Person], outcome: Outcome) -> Vec<f64> {
    let one = |person: &&Person| {
        let after = SEEN..SEEN + OUTCOME;
        let mut later = facts.of_person(person).iter().filter(|visit| after.contains(&visit.tenure));
        match outcome {
            Outcome::Revenue => facts.major(later.map(|visit| visit.paid as f64).sum()),
            Outcome::Gone => f64::from(later.next().is_none()),
        }
    };
    people.iter().map(one).collect()
}

fn behaviours(facts: &Facts, people: &[&Person]) -> Vec<Behaviour> {
    let of = |name: &str, value: &dyn Fn(&Person) -> f64| Behaviour {
        name: name.to_owned(),
        values: people.iter().map(|person| value(person)).collect(),
    };
    let count =
        |person: &Person, is: &dyn Fn(&Visit) -> bool| month(facts, person).filter(|visit| is(visit)).count() as f64;
    let share = |person: &Person, is: &dyn Fn(&Visit) -> bool| {
        count(person, is) / (month(facts, person).count() as f64).max(1.0)
    };
    let mut all = vec![
        of("sessions in the first month", &|person| count(person, &|_| true)),
        of("paying sessions in the first month", &|person| count(person, &|visit| visit.paid > 0)),
        of("paying in the first session", &|person| count(person, &|visit| visit.number == 0 && visit.paid > 0)),
        of("what was paid in the first month", &|person| month(facts, person).map(|visit| visit.paid as f64).sum()),
        of("coming back within a week", &|person| count(person, &|visit| visit.number == 1 && visit.tenure < 7.0)),
        of("share of sessions at weekends", &|person| share(person, &|visit| visit.slot.weekend)),
        of("share of sessions in the evening", &|person| {
            share(person, &|visit| usize::from(visit.slot.daypart) + 2 >= facts.hours.len())
        }),
        of("different content in the first month", &|person| {
            month(facts, person)
                .filter_map(|visit| visit.content)
                .fold(0u32, |all, kind| all | 1 << kind)
                .count_ones()
                .into()
        }),
    ];
    for (kind, name) in facts.contents.iter().enumerate() {
        all.push(of(&format!("meeting {name}"), &|person| {
            f64::from(month(facts, person).any(|visit| visit.content == Some(kind as u8)))
        }));
    }
    for (place, name) in facts.features.iter().enumerate() {
        all.push(of(&format!("using {name}"), &|person| {
            f64::from(month(facts, person).any(|visit| visit.features >> place & 1 == 1))
        }));
    }
    for (place, name) in facts.channels.iter().enumerate() {
        all.push(of(&format!("coming by {name}"), &|person| f64::from(person.channel == Some(place))));
    }
    all
}

/// Users above the middle of a behaviour against the others.
fn compared(behaviour: &Behaviour, outcome: Outcome, values: &[f64]) -> Option<Association> {
    let mut sorted = behaviour.values.clone();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted[sorted.len() / 2];
    // Of a behaviour that most show fully, those who do not are the other side.
    let more = |value: f64| if middle < sorted[sorted.len() - 1] { value > middle } else { value >= middle };
    let side = |wanted: bool| -> Vec<f64> {
        let pairs = behaviour.values.iter().zip(values);
        pairs.filter(|(value, _)| more(**value) == wanted).map(|(_, outcome)| *outcome).collect()
    };
    let (high, low) = (side(true), side(false));
    if high.len() < FEWEST || low.len() < FEWEST {
        return None;
    }
    let (above, below) = (Measured::mean(&high)?, Measured::mean(&low)?);
    let share = high.len() as f64 / values.len() as f64;
    if !(0.02..=0.98).contains(&share) {
        return None;
    }
    let name = behaviour.name.clone();
    Some(Association { behaviour: name, outcome, difference: above.less(below), others: below.value, share, q: 1.0 })
}

/// Tells the strongest associations.
#[must_use]
pub fn look(looked: &Looked<'_>) -> Vec<Finding> {
    let facts = looked.facts;
    let all = &looked.associations;
    if all.is_empty() {
        let why = "too few users were watched for four months from their first day: what predicts value cannot be told";
        return vec![Finding::nothing(Kind::Predictor, "first month", why)];
    }
    let stands: Vec<&Association> = all.iter().filter(|one| one.q <= FALSE_SHARE).collect();
    if stands.is_empty() {
        let why = format!("none of {} behaviours goes with later value or leaving beyond chance", all.len());
        return vec![Finding::nothing(Kind::Predictor, "first month", why)];
    }
    // Behaviours of one outcome are kin: a few of each are enough.
    let of = |outcome: Outcome| stands.iter().copied().filter(move |one| one.outcome == outcome).take(MOST);
    let strongest: Vec<&Association> = of(Outcome::Revenue).chain(of(Outcome::Gone)).collect();
    strongest.into_iter().enumerate().map(|(place, one)| told(facts, one, all.len(), place)).collect()
}

fn told(facts: &Facts, one: &Association, looked_at: usize, place: usize) -> Finding {
    let new = facts.people.iter().filter(|person| facts.is_recent(person.first)).count() as f64;
    let says = match one.outcome {
        Outcome::Revenue => format!(
            "users with more of “{}” pay {} in the three months after, others {}",
            one.behaviour,
            money(facts, one.others + one.difference.value),
            money(facts, one.others)
        ),
        Outcome::Gone => format!(
            "of users with more of “{}” {} are not seen in the three months after, of others {}",
            one.behaviour,
            percent(one.others + one.difference.value),
            percent(one.others)
        ),
    };
    let measure = if one.outcome == Outcome::Revenue { Measure::Money } else { Measure::Share };
    let mut finding = Finding::new(Kind::Predictor, one.behaviour.clone(), says)
        .sized(measure, &one.difference.estimate())
        .by_chance(one.q)
        .because(vec![
            format!("{} after correction for {looked_at} comparisons; {} of users have more of it", chance(one.q), percent(one.share)),
            "an association: whoever likes the product does more of everything, so the effect of bringing more users to it may be nothing".to_owned(),
        ]);
    if one.outcome == Outcome::Revenue && new > 0.0 {
        let users = Measured::new(new, sqrt(new)).times(facts.a_year() * (1.0 - one.share));
        let all = one.difference.by(users).times(0.1);
        let is = format!(
            "what a year's {} new users with less of it would pay more if a tenth of the difference were caused by it",
            grouped(users.value)
        );
        finding = finding.worth(all.estimate(), is);
    }
    let action = format!(
        "Bring a random half of new users to “{}”, and compare the halves: that would show cause",
        one.behaviour
    );
    finding.then(action, Some(trial(one, place)))
}

/// What it would be worth if a tenth of the association were an effect.
fn trial(one: &Association, place: usize) -> Trial {
    let question = format!("What would it earn if a tenth of what goes with “{}” were caused by it?", one.behaviour);
    let effect = match one.outcome {
        Outcome::Revenue => {
            let more = 1.0 + 0.1 * one.difference.value.abs() / one.others.max(1e-6);
            format!("Scale(facet: Sessions, by: LogNormal(mean: {:.4}, sigma: 0.05))", more.min(1.5))
        }
        Outcome::Gone => {
            let less = 1.0 - 0.1 * (one.difference.value.abs() / one.others.max(1e-6)).min(1.0);
            format!("Scale(facet: Hazard, by: LogNormal(mean: {less:.4}, sigma: 0.05))")
        }
    };
    Trial::new(&format!("try_predictor_{}", place + 1), &question, "TenureDays(1, 30)", effect)
}
