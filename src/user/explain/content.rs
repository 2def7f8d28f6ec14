//! Content in words: what they come for. A kind counts once a session, however often it was met.

use super::{
    Call, Counted, Distinction, Reading, Told, Topic, Words,
    daypart::{likeliest, of_choice, standing_out},
    question::{Kind, Question},
    wording::percent,
};
use crate::{
    history::session::{CONTENT_KINDS, Observation},
    user::{facet::FacetKind, priors::Priors},
};

/// What they come for.
pub struct Contents;

const FACET: FacetKind = FacetKind::Content;

impl Told for Contents {
    fn facet(&self) -> FacetKind {
        FACET
    }

    fn topics(&self, reading: &Reading<'_>) -> Vec<Topic> {
        // Where there is nothing to choose from there is nothing to tell.
        if reading.words.contents.len() < 2 { Vec::new() } else { vec![question(reading).answer(reading)] }
    }

    fn call(&self, before: &Reading<'_>, seen: &Observation) -> Option<Call> {
        let Observation::Session(session) = seen else { return None };
        let kind = usize::from(session.content()?);
        let p = before.prediction.contents();
        let likely = likeliest(&p);
        Some(Call {
            facet: FACET,
            predicted: before.words.content(likely).to_owned(),
            probability: f64::from(p[likely]),
            happened: before.words.content(kind).to_owned(),
            right: likely == kind,
            population_right: likeliest(&before.priors.content.0.population) == kind,
            gain_nats: 0.0,
        })
    }

    fn distinction(&self, priors: &Priors, words: &Words, segment: usize) -> Option<Distinction> {
        let (kind, own, population) = standing_out(&priors.content.0, segment, words.contents.len())?;
        let way = if own > population { "more" } else { "less" };
        Some(Distinction {
            facet: FACET,
            divergence: of_choice(&priors.content.0, segment),
            words: format!("{way} {}: {} against {}", words.content(kind), percent(own), percent(population)),
        })
    }
}

fn question(reading: &Reading<'_>) -> Question {
    let (mut seen, mut kinds) = (Counted::default(), [Counted::default(); CONTENT_KINDS]);
    for session in reading.sessions().filter(|session| session.contents != 0) {
        seen.see(reading, FACET, session.at);
        let met = (0..CONTENT_KINDS).filter(|kind| session.contents >> kind & 1 == 1);
        met.for_each(|kind| kinds[kind].see(reading, FACET, session.at));
    }
    let prior = &reading.priors.content.0;
    let kind = |(kind, label): (usize, &String)| Kind {
        more: format!("prefers {label}"),
        less: format!("comes for {label} less often than most"),
        avoids: format!("avoids {label}"),
        which: String::new(),
        label: label.clone(),
        seen: kinds[kind],
        alpha: prior.alpha[kind],
        population: f64::from(prior.population[kind]),
    };
    Question {
        facet: FACET,
        name: "content".to_owned(),
        unit: "sessions",
        seen,
        picks: kinds.iter().map(|kind| kind.weight).sum(),
        kinds: reading.words.contents.iter().take(CONTENT_KINDS).enumerate().map(kind).collect(),
        strength: f64::from(prior.strength),
        typical: None,
    }
}
