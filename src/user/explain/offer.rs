//! Offers in words: whether they take them more or less often than most, and what they said to the last one.

use super::{
    Call, Chance, Distinction, Reading, Told, Topic, Words,
    answer::{Answer, YesOrNo, apart, asked, called, chance},
};
use crate::{
    history::session::Observation,
    user::{facet::FacetKind, priors::Priors},
};

/// Whether they take offers.
pub struct Offers;

const FACET: FacetKind = FacetKind::Offer;

impl Told for Offers {
    fn facet(&self) -> FacetKind {
        FACET
    }

    fn heard(&self, reading: &Reading<'_>) -> bool {
        answers(reading).next().is_some()
    }

    fn topics(&self, reading: &Reading<'_>) -> Vec<Topic> {
        let about = YesOrNo {
            facet: FACET,
            name: "offers".to_owned(),
            unit: "offers",
            label: "offers taken".to_owned(),
            more: "takes offers more often than most".to_owned(),
            less: "takes offers less often than most".to_owned(),
            avoids: "hardly ever takes an offer".to_owned(),
            which: " taken",
        };
        let mut topic = asked(reading, about, &reading.priors.offer, answers(reading)).answer(reading);
        let last = |taken| format!("the last one was {}", if taken { "taken" } else { "not taken" });
        topic.notes.extend(reading.prediction.model().last_offer().map(last));
        vec![topic]
    }

    fn chances(&self, reading: &Reading<'_>) -> Vec<Chance> {
        let what = "takes an offer, if one is made".to_owned();
        vec![chance(what, reading.prediction.takes_offer(), reading.priors.offer.population)]
    }

    fn call(&self, before: &Reading<'_>, seen: &Observation) -> Option<Call> {
        let Observation::Session(session) = seen else { return None };
        let p = (before.prediction.takes_offer(), before.priors.offer.population);
        Some(called(FACET, p, session.offer()?, ["taken", "not taken"]))
    }

    fn distinction(&self, priors: &Priors, _: &Words, segment: usize) -> Option<Distinction> {
        Some(apart(FACET, &priors.offer, segment, "takes offers:"))
    }
}

fn answers<'a>(reading: &Reading<'a>) -> impl Iterator<Item = Answer> + use<'a> {
    reading.sessions().filter_map(|session| Some(Answer { at: session.at, yes: session.offer()?, worth: 1.0 }))
}
