//! Reviews in words: whether they score higher or lower than most.
//!
//! A user's own level `μ` has Student's law: `(μ − m')/√(b'/(a'κ'))` with 2a' degrees of freedom (Gelman et al.,
//! *Bayesian Data Analysis*, 3rd ed., §3.3); what is told is the probability that it is above the population's median.

use super::{
    Belief, Call, Counted, Direction, ENOUGH, LEVEL, Reading, SURE, Told, Topic, Typical,
    quantity::{central, quantile},
    wording::{ago, half_life, probability},
};
use crate::{
    base::time::SimTime,
    history::session::Observation,
    user::facet::{
        FacetKind,
        level::{LevelBelief, StudentT},
    },
};

/// What they think.
pub struct Reviews;

const FACET: FacetKind = FacetKind::Review;
/// Scores are on a scale of their own, up to a hundred times as wide as that on which quantiles are looked for.
const WIDE: f64 = 100.0;

impl Told for Reviews {
    fn facet(&self) -> FacetKind {
        FACET
    }

    fn heard(&self, reading: &Reading<'_>) -> bool {
        reviews(reading).next().is_some()
    }

    fn topics(&self, reading: &Reading<'_>) -> Vec<Topic> {
        let mut seen = Counted::default();
        reviews(reading).for_each(|(at, _)| seen.see(reading, FACET, at));
        let evidence = seen.evidence(reading, FACET);
        let (higher, usual) = (higher(reading), usual(reading));
        let belief = if evidence.n_eff >= ENOUGH { belief(reading, higher, usual, &seen) } else { None };
        let beliefs: Vec<Belief> = belief.into_iter().collect();
        let silence = beliefs.is_empty().then(|| {
            let (worth, count) = (evidence.n_eff, evidence.count);
            let start = format!("nothing is claimed: {worth:.1} reviews' worth of evidence ({count} seen)");
            if worth < ENOUGH {
                format!("{start}, {ENOUGH:.0} are needed")
            } else {
                let way = if higher >= 0.5 { "higher" } else { "lower" };
                format!("{start}; the scores are {way} than most with P {}", probability(higher.max(1.0 - higher)))
            }
        });
        vec![Topic {
            beliefs,
            silence,
            typical: Some(typical(reading)),
            ..Topic::new(FACET, "scores of reviews", evidence)
        }]
    }

    fn call(&self, before: &Reading<'_>, seen: &Observation) -> Option<Call> {
        let Observation::Review { score, .. } = *seen else { return None };
        let score = f64::from(score);
        let [lo, median, hi] = own(before);
        let [low, _, high] = population(before);
        Some(Call {
            facet: FACET,
            predicted: format!("{median:.1} ({lo:.1} to {hi:.1})"),
            probability: LEVEL,
            happened: format!("{score:.1}"),
            right: (lo..=hi).contains(&score),
            population_right: (low..=high).contains(&score),
            gain_nats: 0.0,
        })
    }
}

fn reviews<'a>(reading: &Reading<'a>) -> impl Iterator<Item = (SimTime, f64)> + use<'a> {
    reading.record.iter().filter_map(|seen| match *seen {
        Observation::Review { at, score } => Some((at, f64::from(score))),
        _ => None,
    })
}

/// The next score: lower end, median, upper end.
fn own(reading: &Reading<'_>) -> [f64; 3] {
    central(|y| reading.prediction.reviews_at_most(WIDE * y)).map(|y| WIDE * y)
}

fn population(reading: &Reading<'_>) -> [f64; 3] {
    central(|y| f64::from(reading.priors.review.population.cdf((WIDE * y) as f32))).map(|y| WIDE * y)
}

/// The population's median.
fn usual(reading: &Reading<'_>) -> f64 {
    WIDE * quantile(|y| f64::from(reading.priors.review.population.cdf((WIDE * y) as f32)), 0.5)
}

/// The user's level, as it is believed by now, under one segment.
fn level(reading: &Reading<'_>, faded: &LevelBelief, segment: usize) -> StudentT {
    let prior = &reading.priors.review.level;
    let law = prior.predictive(faded, segment);
    // The next score varies by κ' + 1 times the variance of the level.
    StudentT { scale: law.scale / f64::from(prior.kappa + faded.n + 1.0).sqrt(), ..law }
}

/// Probability that the user's level is above the population's median.
fn higher(reading: &Reading<'_>) -> f64 {
    let model = reading.prediction.model();
    let faded = model.review().faded(reading.prediction.kept(FACET));
    let weights = model.weights().map(f64::from);
    let total: f64 = weights.iter().sum();
    let above = |(segment, weight): (usize, &f64)| weight * (1.0 - level(reading, &faded, segment).cdf(usual(reading)));
    weights.iter().enumerate().filter(|(_, weight)| **weight > 1e-6).map(above).sum::<f64>() / total.max(1e-9)
}

fn belief(reading: &Reading<'_>, higher: f64, usual: f64, seen: &Counted) -> Option<Belief> {
    let (direction, way, p) = if higher > SURE {
        (Direction::More, "higher", higher)
    } else if 1.0 - higher > SURE {
        (Direction::Less, "lower", 1.0 - higher)
    } else {
        return None;
    };
    let statement = format!("gives {way} scores than most");
    let mean = reviews(reading).map(|(_, score)| score).sum::<f64>() / f64::from(seen.count.max(1));
    let sentence = format!(
        "{statement}: P {}, {} reviews with a mean of {mean:.1} against the population's usual {usual:.1}, last seen {}, \
         {}, on {:.1} reviews' worth of evidence",
        probability(p),
        seen.count,
        ago(seen.days_ago(reading).unwrap_or_default()),
        half_life(seen.evidence(reading, FACET).half_life_days),
        seen.weight
    );
    Some(Belief { statement, direction, probability: p, sentence, habit: None, label: format!("{way} scores") })
}

fn typical(reading: &Reading<'_>) -> Typical {
    let ([lo, median, hi], [population_lo, population_median, population_hi]) = (own(reading), population(reading));
    let words = format!(
        "typically {median:.1} (8 of 10 from {lo:.1} to {hi:.1}); the population's: {population_median:.1} \
         ({population_lo:.1} to {population_hi:.1})"
    );
    Typical { median, lo, hi, population_median, population_lo, population_hi, words }
}
