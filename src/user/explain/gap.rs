//! The time between sessions in words: typically how long, and whether shorter or longer than usual.

use super::{
    Call, Counted, Distinction, Reading, Told, Topic, Words,
    quantity::{central, divergence, quantile, typical},
    question::{Kind, Question},
    wording::duration,
};
use crate::{
    base::float::exp,
    history::session::{NO_KIND, Observation},
    user::{
        facet::{
            FacetKind,
            gap::{GapBelief, GapLaw, GapPrior, log_gap},
        },
        priors::Priors,
        segment::SEGMENTS,
    },
};

/// The time to the next session.
pub struct Gaps;

const FACET: FacetKind = FacetKind::Gap;

impl Told for Gaps {
    fn facet(&self) -> FacetKind {
        FACET
    }

    fn topics(&self, reading: &Reading<'_>) -> Vec<Topic> {
        vec![question(reading).answer(reading)]
    }

    /// As it was predicted at the last session: how long the gap became was not known then.
    fn call(&self, before: &Reading<'_>, seen: &Observation) -> Option<Call> {
        let Observation::Session(session) = seen else { return None };
        let model = before.prediction.model();
        (model.sessions() > 0).then_some(())?;
        let then = model.predict(before.priors, model.last());
        let [lo, median, hi] = central(|y| then.log_gap_at_most(y));
        let [low, _, high] = central(population(&before.priors.gap));
        let days = session.at.days_since(model.last());
        let y = f64::from(log_gap(days as f32));
        Some(Call {
            facet: FACET,
            predicted: format!("{} ({} to {})", duration(exp(median)), duration(exp(lo)), duration(exp(hi))),
            probability: super::LEVEL,
            happened: duration(days),
            right: (lo..=hi).contains(&y),
            population_right: (low..=high).contains(&y),
            gain_nats: 0.0,
        })
    }

    fn distinction(&self, priors: &Priors, _: &Words, segment: usize) -> Option<Distinction> {
        let own = |y: f64| priors.gap.cdf(&GapBelief::default(), NO_KIND, 1.0, segment, y);
        let medians = [quantile(own, 0.5), quantile(population(&priors.gap), 0.5)].map(|y| duration(exp(y)));
        (medians[0] != medians[1]).then(|| Distinction {
            facet: FACET,
            divergence: divergence(own, population(&priors.gap)),
            words: format!("typically {} between sessions against {}", medians[0], medians[1]),
        })
    }
}

fn population(prior: &GapPrior) -> impl Fn(f64) -> f64 {
    |y| f64::from(prior.population.cdf(y as f32))
}

/// How many gaps the prior is worth.
fn strength(law: &GapLaw) -> f64 {
    f64::from(match law {
        GapLaw::Exponential { shape, .. } => *shape,
        GapLaw::Binned(binned) => binned.choice.strength,
    })
}

/// All gaps, and those shorter than a usual one.
fn counted(reading: &Reading<'_>, usual: f64) -> (Counted, Counted) {
    let (mut seen, mut shorter, mut last) = (Counted::default(), Counted::default(), None);
    for session in reading.sessions() {
        if let Some(last) = last.replace(session.at) {
            seen.see(reading, FACET, session.at);
            if f64::from(log_gap(session.at.days_since(last) as f32)) < usual {
                shorter.see(reading, FACET, session.at);
            }
        }
    }
    (seen, shorter)
}

fn question(reading: &Reading<'_>) -> Question {
    let prior = &reading.priors.gap;
    let usual = quantile(population(prior), 0.5);
    let (seen, shorter) = counted(reading, usual);
    let strength = strength(&prior.law);
    let share = |c: usize| (strength * prior.cdf(&GapBelief::default(), NO_KIND, 1.0, c, usual)) as f32;
    let usual_words = duration(exp(usual));
    let own = |y: f64| reading.prediction.log_gap_at_most(y);
    let kind = Kind {
        label: format!("gaps shorter than {usual_words}"),
        more: "comes more often than most".to_owned(),
        less: "comes less often than most".to_owned(),
        avoids: "comes far less often than most".to_owned(),
        which: format!(" shorter than the population's usual {usual_words}"),
        seen: shorter,
        alpha: std::array::from_fn::<f32, SEGMENTS, _>(share),
        population: population(prior)(usual),
    };
    Question {
        facet: FACET,
        name: "time between sessions".to_owned(),
        unit: "gaps",
        picks: seen.weight,
        seen,
        kinds: vec![kind],
        strength,
        typical: Some(typical(own, population(prior), exp, |y| duration(exp(y)))),
    }
}
