//! Amounts in words: typically how much, and whether more or less than usual.

use super::{
    Call, Counted, Distinction, Reading, Told, Topic, Words,
    quantity::{central, divergence, quantile, typical},
    question::{Kind, Question},
};
use crate::{
    base::float::exp,
    history::session::{NO_KIND, Observation},
    user::{
        facet::{
            FacetKind,
            amount::{AmountBelief, AmountPrior, log_amount},
        },
        priors::Priors,
        segment::SEGMENTS,
    },
};

/// How much a paying session pays.
pub struct Amounts;

const FACET: FacetKind = FacetKind::Amount;

impl Told for Amounts {
    fn facet(&self) -> FacetKind {
        FACET
    }

    fn topics(&self, reading: &Reading<'_>) -> Vec<Topic> {
        vec![question(reading).answer(reading)]
    }

    fn call(&self, before: &Reading<'_>, seen: &Observation) -> Option<Call> {
        let Observation::Session(session) = seen else { return None };
        let paid = session.paid?;
        let [lo, median, hi] = central(|y| before.prediction.log_amount_at_most(y));
        let [low, _, high] = central(population(&before.priors.amount));
        let y = f64::from(log_amount(paid));
        let words = before.words;
        Some(Call {
            facet: FACET,
            predicted: words.amounts([lo, median, hi]),
            probability: super::LEVEL,
            happened: words.money(paid),
            right: (lo..=hi).contains(&y),
            population_right: (low..=high).contains(&y),
            gain_nats: 0.0,
        })
    }

    fn distinction(&self, priors: &Priors, words: &Words, segment: usize) -> Option<Distinction> {
        let own = |y: f64| priors.amount.cdf(&AmountBelief::default(), NO_KIND, 1.0, segment, y);
        let medians = [quantile(own, 0.5), quantile(population(&priors.amount), 0.5)].map(|y| words.amount(y));
        Some(Distinction {
            facet: FACET,
            divergence: divergence(own, population(&priors.amount)),
            words: format!("typically pays {} against {}", medians[0], medians[1]),
        })
    }
}

fn population(prior: &AmountPrior) -> impl Fn(f64) -> f64 {
    |y| f64::from(prior.population.cdf(y as f32))
}

/// How many amounts the prior is worth.
fn strength(prior: &AmountPrior) -> f64 {
    f64::from(prior.binned.as_deref().map_or(prior.level.kappa, |(binned, _)| binned.choice.strength))
}

/// All amounts, and those above a usual one.
fn counted(reading: &Reading<'_>, usual: f64) -> (Counted, Counted) {
    let (mut seen, mut larger) = (Counted::default(), Counted::default());
    for (session, paid) in reading.sessions().filter_map(|session| Some((session, session.paid?))) {
        seen.see(reading, FACET, session.at);
        if f64::from(log_amount(paid)) > usual {
            larger.see(reading, FACET, session.at);
        }
    }
    (seen, larger)
}

fn question(reading: &Reading<'_>) -> Question {
    let prior = &reading.priors.amount;
    let usual = quantile(population(prior), 0.5);
    let (seen, larger) = counted(reading, usual);
    let strength = strength(prior);
    let share = |c: usize| (strength * (1.0 - prior.cdf(&AmountBelief::default(), NO_KIND, 1.0, c, usual))) as f32;
    let major = |y: f64| exp(y) * 100.0 / reading.words.currency.minor_per_major() as f64;
    let (own, say) = (|y: f64| reading.prediction.log_amount_at_most(y), |y: f64| reading.words.amount(y));
    let kind = Kind {
        label: format!("amounts above {}", say(usual)),
        more: "pays larger amounts than most".to_owned(),
        less: "pays smaller amounts than most".to_owned(),
        avoids: "pays far smaller amounts than most".to_owned(),
        which: format!(" above the population's usual {}", say(usual)),
        seen: larger,
        alpha: std::array::from_fn::<f32, SEGMENTS, _>(share),
        population: 1.0 - population(prior)(usual),
    };
    Question {
        facet: FACET,
        name: "amount of a paying session".to_owned(),
        unit: "paying sessions",
        picks: seen.weight,
        seen,
        kinds: vec![kind],
        strength,
        typical: Some(typical(own, population(prior), major, say)),
    }
}
