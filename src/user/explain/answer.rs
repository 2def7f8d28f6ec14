//! Yes or no in words: the question that offers, messages and visits share.

use super::{
    Call, Chance, Counted, Distinction, Reading,
    quantity::relative_entropy,
    question::{Kind, Question},
    wording::percent,
};
use crate::{
    base::time::SimTime,
    user::facet::{FacetKind, chance::Chance as Prior},
};

/// One answer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Answer {
    pub at: SimTime,
    pub yes: bool,
    /// What it counts \[1\].
    pub worth: f64,
}

/// What is said of who says yes more or less often than the population.
#[derive(Clone, Debug)]
pub(super) struct YesOrNo {
    pub facet: FacetKind,
    /// Name of the question.
    pub name: String,
    /// What is counted: "offers".
    pub unit: &'static str,
    pub label: String,
    pub more: String,
    pub less: String,
    pub avoids: String,
    /// Which of them were a yes, as it follows the number.
    pub which: &'static str,
}

/// Puts the question to the answers of a record.
pub(super) fn asked(
    reading: &Reading<'_>,
    about: YesOrNo,
    prior: &Prior,
    answers: impl Iterator<Item = Answer>,
) -> Question {
    let (mut seen, mut yes, mut picks) = (Counted::default(), Counted::default(), 0.0);
    for answer in answers {
        seen.see(reading, about.facet, answer.at);
        picks += answer.worth * reading.kept(about.facet, answer.at);
        if answer.yes {
            yes.see(reading, about.facet, answer.at);
        }
    }
    let kind = Kind {
        label: about.label,
        more: about.more,
        less: about.less,
        avoids: about.avoids,
        which: about.which.to_owned(),
        seen: yes,
        alpha: prior.share.map(|share| share * prior.strength),
        population: f64::from(prior.population),
    };
    Question {
        facet: about.facet,
        name: about.name,
        unit: about.unit,
        seen,
        picks: picks.max(yes.weight),
        kinds: vec![kind],
        strength: f64::from(prior.strength),
        typical: None,
    }
}

/// A yes or no that was predicted, where it is said so: yes, no.
pub(super) fn called(facet: FacetKind, (p, population): (f32, f32), yes: bool, said: [&str; 2]) -> Call {
    let p = f64::from(p);
    let word = |yes: bool| said[usize::from(!yes)].to_owned();
    Call {
        facet,
        predicted: word(p >= 0.5),
        probability: p.max(1.0 - p),
        happened: word(yes),
        right: yes == (p >= 0.5),
        population_right: yes == (population >= 0.5),
        gain_nats: 0.0,
    }
}

/// How a segment's share of yes differs from the population's, of what is named.
pub(super) fn apart(facet: FacetKind, prior: &Prior, segment: usize, what: &str) -> Distinction {
    let [own, all] = [prior.share[segment], prior.population].map(f64::from);
    Distinction {
        facet,
        divergence: relative_entropy(&[own, 1.0 - own], &[all, 1.0 - all]),
        words: format!("{what} {} against {}", percent(own), percent(all)),
    }
}

/// Something that may happen.
pub(super) fn chance(what: String, p: f32, population: f32) -> Chance {
    Chance { what, p: f64::from(p), population: Some(f64::from(population)) }
}
