//! Renewals in words: how likely the running term is followed by another, by the number of terms so far.

use super::{
    Belief, Call, Chance, Counted, Direction, Distinction, ENOUGH, Reading, SURE, Told, Topic, Words,
    answer::{called, chance},
    quantity::relative_entropy,
    wording::{percent, probability},
};
use crate::{
    history::session::Observation,
    user::{facet::FacetKind, priors::Priors},
};

/// Whether they renew.
pub struct Renewals;

const FACET: FacetKind = FacetKind::Renewal;

impl Told for Renewals {
    fn facet(&self) -> FacetKind {
        FACET
    }

    fn heard(&self, reading: &Reading<'_>) -> bool {
        reading.record.iter().any(|seen| matches!(seen, Observation::Term { .. }))
    }

    fn topics(&self, reading: &Reading<'_>) -> Vec<Topic> {
        let mut renewed = Counted::default();
        let renewals = reading.record.iter().filter(|seen| matches!(seen, Observation::Term { renewal: true, .. }));
        renewals.for_each(|seen| renewed.see(reading, FACET, seen.at()));
        let evidence = renewed.evidence(reading, FACET);
        let running = reading.prediction.renews().zip(reading.prediction.model().term());
        let Some((p, renewals)) = running else {
            let silence = Some("nothing is claimed: no term runs".to_owned());
            return vec![Topic { silence, ..Topic::new(FACET, "renewal", evidence) }];
        };
        let beliefs: Vec<Belief> =
            if evidence.n_eff >= ENOUGH { belief(reading, f64::from(p)).into_iter().collect() } else { Vec::new() };
        let silence = beliefs.is_empty().then(|| silence(evidence.count, f64::from(p)));
        let population = percent(f64::from(reading.priors.renewal.population));
        let note = format!(
            "term {} runs; it is renewed with {} (population {population})",
            u32::from(renewals) + 1,
            percent(f64::from(p))
        );
        vec![Topic { beliefs, silence, notes: vec![note], ..Topic::new(FACET, "renewal", evidence) }]
    }

    fn chances(&self, reading: &Reading<'_>) -> Vec<Chance> {
        let population = reading.priors.renewal.population;
        let renews = |p: f32| chance("renews the running term at its end".to_owned(), p, population);
        reading.prediction.renews().map(renews).into_iter().collect()
    }

    fn call(&self, before: &Reading<'_>, seen: &Observation) -> Option<Call> {
        let renewed = match seen {
            Observation::Term { renewal: true, .. } => true,
            Observation::Left(_) => false,
            _ => return None,
        };
        let p = (before.prediction.renews()?, before.priors.renewal.population);
        Some(called(FACET, p, renewed, ["renewed", "not renewed"]))
    }

    fn distinction(&self, priors: &Priors, _: &Words, segment: usize) -> Option<Distinction> {
        let own = f64::from(priors.renewal.share.first()?[segment]);
        let all = f64::from(priors.renewal.population);
        Some(Distinction {
            facet: FACET,
            divergence: relative_entropy(&[own, 1.0 - own], &[all, 1.0 - all]),
            words: format!("first terms renewed: {} against {} of all", percent(own), percent(all)),
        })
    }
}

fn silence(renewals: u32, p: f64) -> String {
    if f64::from(renewals) < ENOUGH {
        format!("nothing is claimed: {renewals} renewals seen, {ENOUGH:.0} are needed")
    } else {
        format!("nothing is claimed: renewal has P {}", probability(p))
    }
}

/// What becomes of the running term, if it is sure.
fn belief(reading: &Reading<'_>, p: f64) -> Option<Belief> {
    let (direction, statement, label, sure) = if p > SURE {
        (Direction::More, "renews when a term ends", "renewal", p)
    } else if 1.0 - p > SURE {
        (Direction::Less, "does not renew when the term ends", "no renewal", 1.0 - p)
    } else {
        return None;
    };
    let renewals = reading.prediction.model().term()?;
    let sentence = format!(
        "{statement}: P {} for the running one, after {renewals} renewals in a row; the population renews {} of terms",
        probability(sure),
        percent(f64::from(reading.priors.renewal.population))
    );
    let (statement, label) = (statement.to_owned(), label.to_owned());
    Some(Belief { statement, direction, probability: sure, sentence, habit: None, label })
}
