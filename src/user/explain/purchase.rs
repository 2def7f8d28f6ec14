//! Paying in words: whether they pay more or less often than most.

use super::{
    Call, Counted, Distinction, Reading, Told, Topic, Words,
    quantity::relative_entropy,
    question::{Kind, Question},
    wording::percent,
};
use crate::{
    history::session::Observation,
    user::{facet::FacetKind, priors::Priors},
};

/// Whether a session pays.
pub struct Purchases;

const FACET: FacetKind = FacetKind::Purchase;
/// Where all but so few sessions pay, or do not, there is nothing to tell apart \[1\].
const ALL_ALIKE: f32 = 0.005;

impl Told for Purchases {
    fn facet(&self) -> FacetKind {
        FACET
    }

    fn topics(&self, reading: &Reading<'_>) -> Vec<Topic> {
        let mut topic = question(reading).answer(reading);
        if all_alike(reading.priors) {
            topic.beliefs.clear();
            let all = percent(f64::from(reading.priors.purchase.of(true).population));
            topic.silence = Some(format!("nothing is claimed: {all} of everybody's sessions pay"));
        }
        vec![topic]
    }

    fn call(&self, before: &Reading<'_>, seen: &Observation) -> Option<Call> {
        let Observation::Session(session) = seen else { return None };
        let paid = session.paid.is_some();
        let p = f64::from(before.prediction.pays());
        let population = before.priors.purchase.of(before.prediction.model().sessions() > 0).population;
        let said = |pays: bool| if pays { "pays" } else { "does not pay" };
        Some(Call {
            facet: FACET,
            predicted: said(p >= 0.5).to_owned(),
            probability: p.max(1.0 - p),
            happened: if paid { "paid" } else { "did not pay" }.to_owned(),
            right: paid == (p >= 0.5),
            population_right: paid == (population >= 0.5),
            gain_nats: 0.0,
        })
    }

    fn distinction(&self, priors: &Priors, _: &Words, segment: usize) -> Option<Distinction> {
        let [own, all] = [priors.purchase.of(true).share[segment], priors.purchase.of(true).population].map(f64::from);
        Some(Distinction {
            facet: FACET,
            divergence: relative_entropy(&[own, 1.0 - own], &[all, 1.0 - all]),
            words: format!("{} of sessions pay against {}", percent(own), percent(all)),
        })
    }
}

fn all_alike(priors: &Priors) -> bool {
    let share = priors.purchase.of(true).population;
    !(ALL_ALIKE..=1.0 - ALL_ALIKE).contains(&share)
}

/// Held against later sessions: a first one is often free.
fn question(reading: &Reading<'_>) -> Question {
    let (mut seen, mut paid) = (Counted::default(), Counted::default());
    for session in reading.sessions() {
        seen.see(reading, FACET, session.at);
        if session.paid.is_some() {
            paid.see(reading, FACET, session.at);
        }
    }
    let prior = reading.priors.purchase.of(true);
    let kind = Kind {
        label: "sessions that pay".to_owned(),
        more: "pays in more of their sessions than most".to_owned(),
        less: "pays in fewer of their sessions than most".to_owned(),
        avoids: "hardly ever pays".to_owned(),
        which: " that paid".to_owned(),
        seen: paid,
        alpha: prior.share.map(|share| share * prior.strength),
        population: f64::from(prior.population),
    };
    Question {
        facet: FACET,
        name: "paying".to_owned(),
        unit: "sessions",
        picks: seen.weight,
        seen,
        kinds: vec![kind],
        strength: f64::from(prior.strength),
        typical: None,
    }
}
