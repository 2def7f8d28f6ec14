//! Who leaves in a cliff: in which groups the excess is, and how those who leave in it behaved before.

use super::{
    Looked,
    cliff::{Cliff, Found},
    facts::{Facts, Person},
    interval::{Measured, two_sided},
    leaving::BIN,
    words::{percent, percent_of},
};
use crate::study::experiment::multiple::{Method, adjust};

/// Users of a group that reach the window, at least.
const FEWEST: usize = 60;
/// Days of behaviour before the window.
const BEFORE: f64 = 30.0;

/// Lines on where the excess is and what precedes it, as associations.
#[must_use]
pub fn who(looked: &Looked<'_>, found: &Found, cliff: &Cliff) -> Vec<String> {
    let reached = reached(looked.facts, found, cliff);
    let mut lines = groups(looked.facts, &reached);
    lines.extend(segments(looked, &reached));
    lines.extend(behaviours(looked.facts, &reached, cliff.days().0));
    lines
}

/// Those who reached the window, with the probability that they left in it, given that they could be seen to.
fn reached(facts: &Facts, found: &Found, cliff: &Cliff) -> Vec<(usize, f64)> {
    let (from, to) = cliff.days();
    if facts.announced {
        let people = (0..facts.people.len()).filter(|&place| {
            let person = &facts.people[place];
            person.watched >= to && person.left.is_none_or(|left| left >= from)
        });
        return people
            .map(|place| (place, f64::from(facts.people[place].left.is_some_and(|left| left < to))))
            .collect();
    }
    let (there, after) = (found.leaving.there(&found.null, from), found.leaving.there(&found.null, to));
    let later: std::collections::BTreeMap<usize, f64> = after.into_iter().collect();
    let seen = there.into_iter().filter(|(place, weight)| facts.people[*place].watched >= to && *weight > 0.5);
    seen.map(|(place, weight)| (place, 1.0 - later.get(&place).copied().unwrap_or(0.0) / weight)).collect()
}

/// Shares lost in the window by channel, and by whether users had paid before.
fn groups(facts: &Facts, reached: &[(usize, f64)]) -> Vec<String> {
    let of = |name: &str, is: &dyn Fn(&Person) -> bool| {
        let lost: Vec<f64> =
            reached.iter().filter(|(place, _)| is(&facts.people[*place])).map(|(_, left)| *left).collect();
        let mean = Measured::mean(&lost).filter(|_| lost.len() >= FEWEST)?;
        Some(format!("{name} {}", percent_of(&mean.share())))
    };
    let channels: Vec<String> = facts
        .channels
        .iter()
        .enumerate()
        .filter_map(|(place, name)| of(name, &|person| person.channel == Some(place)))
        .take(5)
        .collect();
    if channels.is_empty() { Vec::new() } else { vec![format!("leave in it, by channel: {}", channels.join(", "))] }
}

/// Shares lost in the window by inferred segment, each user counted as far as they are believed to belong.
fn segments(looked: &Looked<'_>, reached: &[(usize, f64)]) -> Option<String> {
    let classes = looked.classes.filter(|classes| classes.mixture.segments > 1)?;
    let one = |segment: usize| {
        let member = |place: usize| looked.members.get(place).map_or(0.0, |members| members[segment]);
        let parts: Vec<(f64, f64)> =
            reached.iter().map(|&(place, left)| (member(place) * left, member(place))).collect();
        let told = parts.iter().map(|part| part.1).sum::<f64>() >= FEWEST as f64;
        let lost = Measured::ratio(&parts).filter(|_| told)?;
        Some(format!("{} {}", classes.name(segment), percent_of(&lost.share())))
    };
    let told: Vec<String> = (0..classes.mixture.segments).filter_map(one).collect();
    (!told.is_empty()).then(|| format!("by inferred segment: {}", told.join(", ")))
}

/// What somebody did in the days before the window.
type Behaviour = (&'static str, fn(&Facts, &Person, f64) -> f64);

const BEHAVIOURS: [Behaviour; 4] = [
    ("sessions in the 30 days before", |facts, person, from| recent(facts, person, from).count() as f64),
    ("paying sessions in the 30 days before", |facts, person, from| {
        recent(facts, person, from).filter(|visit| visit.paid > 0).count() as f64
    }),
    ("sessions up to then", |facts, person, from| {
        facts.of_person(person).iter().filter(|visit| visit.tenure < from).count() as f64
    }),
    ("share of earlier sessions that paid", |facts, person, from| {
        let before: Vec<bool> =
            facts.of_person(person).iter().filter(|visit| visit.tenure < from).map(|visit| visit.paid > 0).collect();
        before.iter().filter(|paid| **paid).count() as f64 / before.len().max(1) as f64
    }),
];

fn recent<'a>(facts: &'a Facts, person: &Person, from: f64) -> impl Iterator<Item = &'a super::facts::Visit> {
    let days = from - BEFORE..from;
    facts.of_person(person).iter().filter(move |visit| days.contains(&visit.tenure))
}

/// How those who leave in the window differ before it, corrected for how many behaviours are looked at.
fn behaviours(facts: &Facts, reached: &[(usize, f64)], from: f64) -> Vec<String> {
    let apart: Vec<Measured> = BEHAVIOURS.iter().map(|(_, of)| difference(facts, reached, from, *of)).collect();
    let chances: Vec<f64> = apart.iter().map(|one| two_sided(one.z())).collect();
    let adjusted = adjust(&chances, Method::BenjaminiHochberg, 0.05);
    let lines = BEHAVIOURS.iter().zip(&apart).zip(adjusted).filter(|(_, q)| *q <= 0.05).map(|(((name, _), one), _)| {
        let more = if one.value > 0.0 { "more" } else { "fewer" };
        let size = if name.starts_with("share") { percent(one.value.abs()) } else { format!("{:.2}", one.value.abs()) };
        format!("before it, those who leave have {more} {name} than those who stay, by {size} (an association)")
    });
    let lines: Vec<String> = lines.collect();
    if lines.is_empty() {
        let days = BIN.max(BEFORE);
        return vec![format!("nothing that users did in the {days:.0} days before tells who leaves in it")];
    }
    lines
}

fn difference(facts: &Facts, reached: &[(usize, f64)], from: f64, of: fn(&Facts, &Person, f64) -> f64) -> Measured {
    let side = |left: bool| {
        let some = reached.iter().filter(|(_, gone)| (*gone > 0.5) == left);
        Measured::mean(&some.map(|(place, _)| of(facts, &facts.people[*place], from)).collect::<Vec<_>>())
    };
    match (side(true), side(false)) {
        (Some(gone), Some(stay)) => gone.less(stay),
        _ => Measured::default(),
    }
}
